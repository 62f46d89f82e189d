//! The report of loading a file, for operators.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::error::Refused;
use crate::text::number::Thousands;
use crate::text::quote::{Quoted, excerpt};

/// The most refused lines that are kept to be shown. All are counted.
const KEPT: usize = 10;

/// The most codes that are counted one by one. Files of the published formats have a dozen codes of no place; any other file could
/// have one a line.
const CODES: usize = 64;

/// The result of loading a file: the number of rows, how many of them locate addresses, and why the others do not.
///
/// ```
/// use bailiwick::Source;
///
/// let rows = "192.0.2.0,192.0.2.255,US\n198.51.100.0,198.51.100.255,EU\n";
/// let source = Source::from_range_csv("provider", rows.as_bytes())?;
/// assert_eq!(source.load_report().to_string(), "2 rows read, 1 located\n  1 row of `EU` locates nothing");
/// # Ok::<(), bailiwick::SourceError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    rows: u64,
    located: u64,
    skipped: BTreeMap<Skipped, u64>,
    noted: BTreeMap<Noted, u64>,
    refused: Vec<Refused>,
    /// The first refused line whose addresses cannot be read.
    unreadable: Option<Refused>,
}

/// A note about lines that are not errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Noted {
    /// A header, in a format that is published with and without one. It does not count as a row.
    Header,
    /// A row that is located by its country alone, as its region is not a code of ISO 3166-2.
    RegionNotRead,
    /// A row of a geofeed that repeats an earlier one. It does not count as a row.
    Repeated,
}

/// Why a row locates nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// It has a code of no place, such as `EU` or `ZZ`, in upper case. Its addresses are not located.
    Code(String),
    /// A code or status beyond the first 64 different ones.
    OtherCode,
    /// It has no code. Its addresses are not located.
    NoCode,
    /// Its subdivision is not in its country. Its addresses are not located.
    Disagreeing,
    /// A registry has assigned the addresses to nobody: `available`, `reserved`. They are not located.
    Status(String),
    /// It is flagged as an anonymous proxy. Its addresses are not located.
    AnonymousProxy,
    /// It is flagged as a satellite provider. Its addresses are not located.
    Satellite,
    /// It is flagged as anycast: its addresses are used in many places. They are not located.
    Anycast,
    /// It is about numbers of autonomous systems, not about addresses.
    AsNumber,
    /// The line cannot be read. See [`LoadReport::refused`].
    Refused,
}

impl LoadReport {
    /// The number of rows: those that locate addresses and those that are skipped. Comments, blank lines, headers and summaries are
    /// no rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of rows that locate their addresses in a region.
    #[must_use]
    pub fn located(&self) -> u64 {
        self.located
    }

    /// The number of rows that locate nothing, for each reason, the most frequent first.
    pub fn skipped(&self) -> impl Iterator<Item = (&Skipped, u64)> {
        let mut skipped: Vec<_> = self.skipped.iter().map(|(reason, &count)| (reason, count)).collect();
        skipped.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        skipped.into_iter()
    }

    /// The notes about other lines, each with the number of lines.
    pub fn noted(&self) -> impl Iterator<Item = (Noted, u64)> {
        self.noted.iter().map(|(&noted, &lines)| (noted, lines))
    }

    /// The first lines that were refused, ten at most. `skipped` counts all of them.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Adds the report on another file of the same source.
    pub(super) fn add(&mut self, file: LoadReport) {
        self.rows += file.rows;
        self.located += file.located;
        for (reason, rows) in file.skipped {
            *self.skipped.entry(reason).or_default() += rows;
        }
        for (noted, lines) in file.noted {
            *self.noted.entry(noted).or_default() += lines;
        }
        self.unreadable = self.unreadable.take().or(file.unreadable);
        let room = KEPT.saturating_sub(self.refused.len());
        self.refused.extend(file.refused.into_iter().take(room));
    }

    pub(super) fn count_located(&mut self) {
        self.rows += 1;
        self.located += 1;
    }

    pub(super) fn count_skipped(&mut self, reason: Skipped) {
        self.rows += 1;
        let known = self.skipped.len() < CODES
            || !matches!(reason, Skipped::Code(_) | Skipped::Status(_))
            || self.skipped.contains_key(&reason);
        *self.skipped.entry(if known { reason } else { Skipped::OtherCode }).or_default() += 1;
    }

    pub(super) fn count_noted(&mut self, noted: Noted) {
        *self.noted.entry(noted).or_default() += 1;
    }

    pub(super) fn count_refused(&mut self, refused: Refused, is_readable: bool) {
        self.count_skipped(Skipped::Refused);
        if !is_readable && self.unreadable.is_none() {
            self.unreadable = Some(refused.clone());
        }
        if self.refused.len() < KEPT {
            self.refused.push(refused);
        }
    }

    /// The first refused line whose addresses cannot be read.
    pub(super) fn unreadable(&self) -> Option<&Refused> {
        self.unreadable.as_ref()
    }

    /// Whether there were lines, and all of them were refused.
    pub(super) fn is_all_refused(&self) -> bool {
        self.skipped.get(&Skipped::Refused) == Some(&self.rows)
    }
}

impl Skipped {
    /// The sentence about a number of rows that locate nothing for this reason, as in the report's text: ``2 rows of `EU` locate
    /// nothing``.
    #[must_use]
    pub fn summary(&self, rows: u64) -> String {
        let (nothing, rows) = (if rows == 1 { "locates nothing" } else { "locate nothing" }, RowCount(rows));
        match self {
            Skipped::Code(code) => format!("{rows} of {} {nothing}", Quoted(code)),
            Skipped::OtherCode => format!("{rows} of other codes {nothing}"),
            Skipped::NoCode => format!("{rows} without a code {nothing}"),
            Skipped::Disagreeing => format!("{rows} with a subdivision of another country {nothing}"),
            Skipped::Status(status) => format!("{rows} with the status {} {nothing}", Quoted(status)),
            Skipped::AnonymousProxy => format!("{rows} of anonymous proxies {nothing}"),
            Skipped::Satellite => format!("{rows} of satellite providers {nothing}"),
            Skipped::Anycast => format!("{rows} of anycast networks {nothing}"),
            Skipped::AsNumber => format!("{rows} about autonomous systems ignored"),
            Skipped::Refused => format!("{rows} refused"),
        }
    }

    /// The reason for a row whose code is not a region.
    pub(super) fn code(code: &str) -> Skipped {
        if code.is_empty() { Skipped::NoCode } else { Skipped::Code(excerpt(code).to_ascii_uppercase()) }
    }
}

impl Display for LoadReport {
    /// Writes a summary line, a line for each reason, and one for each refused line that is kept, without a line end at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} read, {} located", RowCount(self.rows), Thousands(self.located.into()))?;
        self.skipped().try_for_each(|(reason, count)| write!(f, "\n  {}", reason.summary(count)))?;
        for (noted, count) in self.noted() {
            let rows = RowCount(count);
            match noted {
                Noted::Header => {
                    write!(f, "\n  {} header line{} passed over", Thousands(count.into()), if count == 1 { "" } else { "s" })
                }
                Noted::RegionNotRead => write!(f, "\n  {rows} located by the country alone, as the region is not a code"),
                Noted::Repeated => write!(f, "\n  {rows} repeated"),
            }?;
        }
        self.refused.iter().try_for_each(|refused| write!(f, "\n  {refused}"))?;
        Ok(())
    }
}

/// A number of rows, for a message.
struct RowCount(u64);

impl Display for RowCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} row{}", Thousands(self.0.into()), if self.0 == 1 { "" } else { "s" })
    }
}
