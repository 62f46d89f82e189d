//! The public report: what governments demanded in a period, and what was done, without a figure about fewer than ten people.
//!
//! # What is counted
//!
//! A [`Report`] has a row for each issuer, and a total.
//!
//! **Orders** are counted as the docket has them, whatever their number: they are what governments did. An order belongs to the
//! period in which it was received; where it stands is what the docket says when the report is made. See [`Orders`].
//!
//! **Joins** are counted as the ledger has them: each time that somebody asked to join a meeting that an order in force named. A
//! person who asks three times is counted three times, as the ledger knows no persons. Each join is in one cell: it was blocked, or
//! let through for one of three reasons, under the orders of one issuer or of several. See [`People`]. So a number of joins may
//! stand for fewer people: ten can be ten attempts of one person, which neither the ledger nor the report tells.
//!
//! **Done** is what came of demands to end meetings and to suspend accounts: nothing. No decision can do either, and reading a
//! ledger fails at a line that says so.
//!
//! # What is not shown
//!
//! A number of joins or of meetings from 1 to 9, or below the [`Threshold`], is not shown, and cannot be computed from the shown
//! ones: a reader who knows these rules learns of a hidden number that it is from 1 to the threshold less 1, and nothing else.
//!
//! - Cells do not overlap, and no row has a sum.
//! - A total is computed from the cells that are shown: their sum when all are, and `at least` their sum otherwise.
//! - There are at most as many meetings as joins. Where a number of meetings would tell something about a hidden number of joins,
//!   only the bounds that the joins imply are shown.
//! - From 65,536 meetings of one row on, their number is an estimate, and shown with its error: `about 70120 ± 0.8 %`. In 95 of 100
//!   cases the estimate is off by no more than that.
//! - Reports with several thresholds tell no more than the one with the lowest, which shows all that the others show.
//!
//! # What must not be published beside it
//!
//! This holds for one report, and for readers without other knowledge. These attacks were tried:
//!
//! - **The number of lines.** A reader who knows the number of lines of the ledger at both ends of the period can subtract the
//!   shown numbers, and gets the hidden one. A head has the number of a line: publish [public
//!   heads](crate::ledger::Ledger::public_head) only, which stand at multiples of 256 lines, at times that were fixed before.
//! - **Overlapping periods.** The difference of two is a period that was not published. Periods are whole days, from midnight to
//!   midnight UTC, so that few differences can be made; do not publish two that overlap.
//! - **Periods shorter than a day.** The fewer people a period has, the more its numbers tell of them: a report for each minute
//!   tells when somebody joined. [`ReportBuilder::finer_than_days_reveals_more`] allows them.
//! - **One's own joins.** A person who joins nine times, and sees that a number is shown, knows that somebody else was there. No
//!   threshold helps against it; longer periods do.
//! - **A sweep and the roster at one instant.** A person who sees the others leave a meeting knows who was removed. A report
//!   tells that person nothing more.
//! - **Other dockets.** Two reports on one period with different dockets differ by the joins under the orders that differ.
//!   Publish one.
//!
//! No id, no name of a meeting and no digest is in a report.
//!
//! # Partial reports
//!
//! A [`PartialReport`] has what is counted of some lines of a ledger, exactly, so that machines share the work: partials of the
//! parts of a ledger are merged, in any sequence and grouping, and the last one is [published](PartialReport::report). The report
//! has the bytes of the one that is made in one pass. Small numbers are suppressed there, after the last merge: **a partial must not
//! be published**. Its file says so.

mod error;
mod orders;
mod meetings;
mod people;
mod issuers;
mod builder;
mod partial;
mod csv;
mod markdown;

use std::fmt::{self, Display};
use std::time::SystemTime;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use builder::{ReportBuilder, ReportStart};
pub use error::ReportError;
pub use orders::{Demanded, Orders};
pub use partial::{MergeError, Part, PartialBuilder, PartialError, PartialFileError, PartialReport, Publication, PublicationError};
pub use people::People;

use crate::disclosure::Threshold;
use crate::order::Docket;
use crate::text::timestamp;

/// A report on what governments demanded in a period, and on what was done. The [module](self) says what is counted, and what is
/// not shown.
///
/// It holds what it shows and nothing else, so that no format can say more than another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The start of the period, this instant included.
    pub from: SystemTime,
    /// The end of the period, this instant excluded.
    pub until: SystemTime,
    /// The smallest number of people and meetings that is shown.
    pub threshold: Threshold,
    /// The issuers of the docket, ascending, then joins that are of no single one of them, if there are any.
    pub rows: Vec<Row>,
    /// All rows together.
    pub total: Row,
    /// Whether lines of the ledger are missing from it, as was [asked for](Publication::allow_gaps).
    pub has_gaps: bool,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The party that the row is about.
    pub party: Party,
    /// Their orders. None in rows that are about joins only.
    pub orders: Orders,
    /// The people whom orders were about.
    pub people: People,
}

/// The party that a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Party {
    /// A region, in upper case, or a group, as the docket names it.
    Issuer(String),
    /// Joins under the orders of several issuers, which would be counted twice otherwise.
    Several,
    /// Joins under orders that the docket does not have, or has twice. The docket is not the one that was in force: keep
    /// expired orders as they are, and set those that were taken back to `withdrawn`.
    NotInDocket,
    /// All rows together.
    Total,
}

impl Report {
    /// Begins a report on the orders of a docket. The docket should have every order that was in force in the period.
    ///
    /// ```
    /// use bailiwick::report::Report;
    /// use bailiwick::disclosure::Threshold;
    /// use bailiwick::{Docket, Order};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let mut docket = Docket::default();
    /// docket.orders.push(Order::new("cn-1", "CN"));
    /// let from = SystemTime::UNIX_EPOCH;
    /// let until = from + Duration::from_secs(86_400);
    ///
    /// let builder = Report::builder(&docket).period(from, until).threshold(Threshold::at_least(20));
    /// let report = builder.build()?; // after `.ledger(name, file)?` for each file of the ledger
    /// assert!(report.to_markdown().contains("| CN | 0 |"));
    /// # Ok::<(), bailiwick::report::ReportError>(())
    /// ```
    pub fn builder(docket: &Docket) -> ReportStart<'_> {
        ReportStart { docket }
    }

    /// The report as Markdown (CommonMark, with the tables of GitHub), for a page that people read.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::write(self)
    }

    /// The report as CSV (RFC 4180): a line of names, a line for each row, and the total. Where an issuer's name could be taken for
    /// a formula, an apostrophe stands before it.
    #[must_use]
    pub fn to_csv(&self) -> String {
        csv::write(self)
    }

    /// The report as JSON, in the shape of `docs/json.md`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts and numbers: there is nothing that JSON cannot write.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What was read, and what follows from it.
    fn about_done(&self) -> &'static str {
        if self.has_gaps { ABOUT_GAPS } else { ABOUT_DONE }
    }

    /// Every row, the total last.
    fn all_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain([&self.total])
    }
}

impl Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Party::Issuer(name) => name,
            Party::Several => "several issuers",
            Party::NotInDocket => "not in the docket",
            Party::Total => "total",
        })
    }
}

impl Party {
    /// The kind of row, for machines.
    fn kind(&self) -> &'static str {
        match self {
            Party::Issuer(_) => "issuer",
            Party::Several => "several-issuers",
            Party::NotInDocket => "not-in-docket",
            Party::Total => "total",
        }
    }

    fn issuer(&self) -> Option<&str> {
        match self {
            Party::Issuer(name) => Some(name),
            Party::Several | Party::NotInDocket | Party::Total => None,
        }
    }
}

/// The results of the demands to end meetings and to suspend accounts.
#[derive(Serialize)]
struct Done {
    meetings_ended: u64,
    accounts_affected: u64,
}

/// The explanation of [`DONE`] in every format. Without commas, so that CSV needs no quotes for it.
const ABOUT_DONE: &str = "\
No decision can end a meeting or touch an account; the ledger was verified for this report and has no other decisions.";

/// The explanation where lines of the ledger are missing.
const ABOUT_GAPS: &str = "\
No decision can end a meeting or touch an account. Lines of the ledger are missing from this report: its numbers of people and \
meetings are those of the lines that were read.";

/// INVARIANT: nothing else can have been done. A decision, and a line of a ledger, is one of three, none of which ends a meeting or
/// touches an account; [`people::cell`] names all of them, so that a fourth would not compile.
const DONE: Done = Done { meetings_ended: 0, accounts_affected: 0 };

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Report", 6)?;
        map.serialize_field("from", &timestamp::format(self.from))?;
        map.serialize_field("until", &timestamp::format(self.until))?;
        map.serialize_field("threshold", &self.threshold.get())?;
        map.serialize_field("about_done", self.about_done())?;
        map.serialize_field("rows", &self.rows)?;
        map.serialize_field("total", &self.total)?;
        map.end()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Row", 5)?;
        map.serialize_field("row", self.party.kind())?;
        map.serialize_field("issuer", &self.party.issuer())?;
        map.serialize_field("orders", &self.orders)?;
        map.serialize_field("done", &DONE)?;
        map.serialize_field("people", &self.people)?;
        map.end()
    }
}
