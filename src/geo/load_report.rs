//! What loading a file did, for those who operate it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::error::{At, LineError};
use crate::text::number::Thousands;
use crate::text::quote::{Quoted, excerpt};

/// How many refused lines are kept to be shown: enough to see what is wrong with a file. The others are counted.
const KEPT: usize = 10;

/// How many different codes are counted apart. Files of the published formats have a dozen that are no region; a file of
/// anything else could have one a line.
const CODES: usize = 64;

/// What loading a file did: how many rows were read, how many of them locate addresses, and why the others do not.
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
    refused: Vec<Refused>,
}

/// Why a row locates nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// It has a code that is no region, such as `EU`, or `ZZ`. In upper case. Its addresses are not located.
    Code(String),
    /// As `Code` or `Status`, for one beyond the first 64 different ones.
    OtherCode,
    /// It has no code. Its addresses are not located.
    NoCode,
    /// Its subdivision is not in its country. Its addresses are not located.
    Disagreeing,
    /// A registry has the addresses, and gave them to nobody: `available`, `reserved`. They are not located.
    Status(String),
    /// It is about numbers of autonomous systems, and so about no address.
    AsNumber,
    /// The line cannot be read. See [`LoadReport::refused`].
    Refused,
}

/// A line that could not be read, and was passed over because the load is [tolerant](crate::geo::Loader::tolerant).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Which file of a source that has several: `locations`. `None` for the file of the networks.
    pub part: Option<&'static str>,
    /// The number of the line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub error: LineError,
}

impl LoadReport {
    /// How many rows were read: those that are located and those that are skipped. Comments, blank lines, headers and
    /// summaries are no rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many rows say in which region their addresses are.
    #[must_use]
    pub fn located(&self) -> u64 {
        self.located
    }

    /// How many rows locate nothing, for each reason, the most frequent first.
    pub fn skipped(&self) -> impl Iterator<Item = (&Skipped, u64)> {
        let mut skipped: Vec<_> = self.skipped.iter().map(|(reason, &count)| (reason, count)).collect();
        skipped.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        skipped.into_iter()
    }

    /// The first lines that were refused, ten at most. `skipped` counts all of them.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Adds what loading another file of the same source did.
    pub(super) fn add(&mut self, file: LoadReport) {
        self.rows += file.rows;
        self.located += file.located;
        for (reason, rows) in file.skipped {
            *self.skipped.entry(reason).or_default() += rows;
        }
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

    pub(super) fn count_refused(&mut self, part: Option<&'static str>, line: u64, error: LineError) {
        self.count_skipped(Skipped::Refused);
        if self.refused.len() < KEPT {
            self.refused.push(Refused { part, line, error });
        }
    }
}

impl Skipped {
    /// The reason why a row of a code that is no region locates nothing.
    pub(super) fn code(code: &str) -> Skipped {
        if code.is_empty() { Skipped::NoCode } else { Skipped::Code(excerpt(code).to_ascii_uppercase()) }
    }
}

impl Display for LoadReport {
    /// A line that sums up, and one for each reason and each refused line that is kept, without an end of line after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} read, {} located", RowCount(self.rows), Thousands(self.located.into()))?;
        for (reason, count) in self.skipped() {
            let (rows, s) = (RowCount(count), if count == 1 { "s" } else { "" });
            f.write_str("\n  ")?;
            match reason {
                Skipped::Code(code) => write!(f, "{rows} of {} locate{s} nothing", Quoted(code)),
                Skipped::OtherCode => write!(f, "{rows} of other codes locate{s} nothing"),
                Skipped::NoCode => write!(f, "{rows} without a code locate{s} nothing"),
                Skipped::Disagreeing => write!(f, "{rows} with a subdivision of another country locate{s} nothing"),
                Skipped::Status(status) => write!(f, "{rows} with the status {} locate{s} nothing", Quoted(status)),
                Skipped::AsNumber => write!(f, "{rows} about autonomous systems ignored"),
                Skipped::Refused => write!(f, "{rows} refused"),
            }?;
        }
        for Refused { part, line, error } in &self.refused {
            write!(f, "\n  {}: {error}", At { line: *line, part: *part })?;
        }
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
