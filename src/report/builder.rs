//! The builder of a report: counts the docket as a whole, and the ledger as it is read.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::io::Read;
use std::time::SystemTime;

use hashbrown::HashMap;

use super::error::ReportError;
use super::orders::{Orders, Period};
use super::people::{People, Tallies};
use super::{Party, Report, Row};
use crate::disclosure::Threshold;
use crate::ledger::{Record, Verification, VerifyError};
use crate::order::{Docket, Order};
use crate::region::Region;

/// A builder without a period yet.
#[derive(Debug, Clone, Copy)]
#[must_use = "a report needs its period"]
pub struct ReportStart<'d> {
    pub(super) docket: &'d Docket,
}

/// A builder of a report. Its memory grows with the docket and with the meetings that orders name, but not with the ledger.
#[must_use = "a report is made by `build`"]
pub struct ReportBuilder<'d> {
    docket: &'d Docket,
    period: Period,
    threshold: Threshold,
    /// Whether the period need not be one of whole days.
    is_fine: bool,
    verification: Verification,
    /// The orders of each issuer, ascending by issuer.
    issuers: BTreeMap<String, Vec<&'d Order>>,
    /// The index of the row of each order, by id.
    rows: HashMap<&'d str, usize>,
    tallies: Tallies,
}

impl<'d> ReportStart<'d> {
    /// Sets the period: `from` included, `until` excluded, so that one period begins where the one before ends. Both are midnights
    /// UTC, unless [`finer_than_days_reveals_more`](ReportBuilder::finer_than_days_reveals_more) is called.
    pub fn period(self, from: SystemTime, until: SystemTime) -> ReportBuilder<'d> {
        let ReportStart { docket } = self;
        let mut issuers: BTreeMap<String, Vec<&Order>> = BTreeMap::new();
        docket.orders.iter().for_each(|order| issuers.entry(issuer(docket, order)).or_default().push(order));
        let mut rows = HashMap::new();
        for (row, orders) in issuers.values().enumerate() {
            for order in orders {
                let taken = rows.insert(order.id.as_str(), row);
                // An id that two issuers have belongs to neither.
                if taken.is_some_and(|taken| taken != row) {
                    rows.insert(&order.id, issuers.len() + NOT_IN_DOCKET);
                }
            }
        }
        let tallies = Tallies::new(issuers.len() + NOT_IN_DOCKET + 1);
        let period = Period { from, until };
        let (threshold, verification) = (Threshold::default(), Verification::new());
        ReportBuilder { docket, period, threshold, is_fine: false, verification, issuers, rows, tallies }
    }
}

/// The index, after those of the issuers, of the row of joins under the orders of several issuers.
const SEVERAL: usize = 0;

/// The index, after those of the issuers, of the row of joins under orders that are not in the docket.
const NOT_IN_DOCKET: usize = 1;

/// The issuer of an order; a region in upper case, however it is written.
fn issuer(docket: &Docket, order: &Order) -> String {
    match order.issuer.parse::<Region>() {
        Ok(region) if !docket.jurisdictions.contains_key(&order.issuer) => region.to_string(),
        _ => order.issuer.clone(),
    }
}

impl ReportBuilder<'_> {
    /// Sets the smallest number of people and meetings that is shown: 10 by default, and never less.
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// Allows a period that is not of whole days UTC.
    ///
    /// As the name says, this reveals more: the shorter a period, the fewer people it has, and the more each number tells of them;
    /// and periods that begin at different times of a day allow more differences. Do not publish such a report beside another one
    /// that overlaps it.
    pub fn finer_than_days_reveals_more(mut self) -> Self {
        self.is_fine = true;
        self
    }

    /// Sets how the ledger is verified, instead of from its first line to its last: with [`Verification::after`], when the files of
    /// earlier periods are kept elsewhere; with [`Verification::expect_head`], against what was published of it.
    pub fn verified_by(mut self, verification: Verification) -> Self {
        self.verification = verification;
        self
    }

    /// Reads the next file of the ledger, the first one first, and verifies it: [`in_sequence`](crate::ledger::in_sequence) sorts
    /// files. Its name is for faults. Decisions outside of the period are not counted.
    ///
    /// # Errors
    ///
    /// When the ledger is not what was written, or the reader fails. Then there is no report.
    pub fn ledger(mut self, name: impl Into<String>, reader: impl Read) -> Result<Self, VerifyError> {
        let ReportBuilder { period, verification, issuers, rows, tallies, .. } = &mut self;
        verification.records(name, reader, |record| {
            if period.holds(record.time) {
                tallies.count(record, || row(record, rows, issuers.len()));
            }
        })?;
        Ok(self)
    }

    /// Makes the report.
    ///
    /// # Errors
    ///
    /// When the period is not of whole days and [finer ones](Self::finer_than_days_reveals_more) were not allowed. When a line is missing that was [expected](Verification::expect_head).
    pub fn build(self) -> Result<Report, ReportError> {
        let ReportBuilder { docket, period, threshold, is_fine, verification, issuers, tallies, .. } = self;
        if !is_fine && !period.is_of_days() {
            return Err(ReportError::Period);
        }
        verification.finish()?;
        let people: Vec<People> = tallies.shown(threshold).collect();
        let total = Row {
            party: Party::Total,
            orders: Orders::of(issuers.values().flatten().copied(), docket, period),
            people: People::total(&people),
        };
        let parties = issuers.into_iter().map(|(issuer, orders)| (Party::Issuer(issuer), orders));
        let parties = parties.chain([(Party::Several, Vec::new()), (Party::NotInDocket, Vec::new())]);
        let rows = parties.zip(people).map(|((party, orders), people)| {
            let orders = Orders::of(orders.into_iter(), docket, period);
            Row { party, orders, people }
        });
        let is_shown = |row: &Row| matches!(row.party, Party::Issuer(_)) || row.people != People::NOBODY;
        Ok(Report { from: period.from, until: period.until, threshold, rows: rows.filter(is_shown).collect(), total })
    }
}

/// The index of the row of a decision.
fn row(record: &Record, rows: &HashMap<&str, usize>, issuers: usize) -> usize {
    let mut of_orders = record.orders.iter().map(|id| rows.get(id.as_str()).copied().unwrap_or(issuers + NOT_IN_DOCKET));
    let first = of_orders.next().unwrap_or(issuers + NOT_IN_DOCKET);
    if of_orders.all(|row| row == first) { first } else { issuers + SEVERAL }
}

/// Writes no counts: they may be too small to be shown.
impl Debug for ReportBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportBuilder").field("period", &self.period).field("threshold", &self.threshold).finish_non_exhaustive()
    }
}
