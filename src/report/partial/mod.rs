//! Partial reports: what is counted of some lines of a ledger, to be merged with that of the others.
//!
//! - `part`, `coverage`: which lines were read, so that a merge finds what is missing and what is there twice;
//! - `builder`: counts lines;
//! - `file`: the bytes that are kept and sent;
//! - `publication`: the report, without small numbers.

mod builder;
mod coverage;
mod error;
mod file;
mod part;
mod publication;

use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::time::SystemTime;

use hashbrown::HashMap;

pub use builder::PartialBuilder;
use coverage::Coverage;
pub use error::{MergeError, PartialError, PartialFileError};
pub use part::Part;
pub use publication::{Publication, PublicationError};

use super::orders::Period;
use super::people::Tallies;
use crate::ledger::{Head, KeyCommitment};
use crate::order::Docket;

/// The most sets of orders that are told apart: a million, as no docket has so many orders in force. Without a bound, a ledger that
/// names other orders on each line would fill the memory.
const MOST_SETS: usize = 1 << 20;

/// What is counted of some lines of a ledger in a period: exact numbers, which must not be published.
///
/// Partials of the parts of a ledger are [merged](PartialReport::merge), in any sequence and grouping, and [published as a
/// report](PartialReport::report), which is the one that [`Report::builder`](super::Report::builder) makes of all files in one pass,
/// byte for byte. A partial names the lines it is about, so that a merge refuses lines that are counted twice, and a report those
/// that are missing.
///
/// It counts by the orders that decided, so it needs no docket: that is given to the report, in the state of that day.
///
/// ```
/// use bailiwick::Docket;
/// use bailiwick::report::PartialReport;
/// use std::time::{Duration, SystemTime};
///
/// let from = SystemTime::UNIX_EPOCH;
/// let until = from + Duration::from_secs(86_400);
/// let one = PartialReport::builder(from, until).build()?; // after `.ledger(name, file)?`
/// let other = PartialReport::from_bytes(&one.to_bytes())?;
///
/// let merged = PartialReport::merge([one, other])?;
/// let report = merged.report(&Docket::default()).build()?;
/// assert!(report.rows.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PartialReport {
    period: Period,
    coverage: Coverage,
    /// The key that headers commit to.
    key: Option<KeyCommitment>,
    /// The expected heads that were met.
    heads: BTreeSet<Head>,
    /// The number of lines that record a decision, in the period or not.
    records: u64,
    /// The decisions in the period about meetings that orders name, by those orders.
    sets: HashMap<Vec<String>, Tallies>,
}

impl PartialReport {
    /// Begins a partial on a period, `from` included and `until` excluded: the period of the report that is to be made.
    pub fn builder(from: SystemTime, until: SystemTime) -> PartialBuilder {
        PartialBuilder::new(PartialReport::nothing(Period { from, until }))
    }

    /// The partial of no line.
    fn nothing(period: Period) -> PartialReport {
        let (coverage, heads) = (Coverage::default(), BTreeSet::new());
        PartialReport { period, coverage, key: None, heads, records: 0, sets: HashMap::new() }
    }

    /// Merges partials. What comes of it depends on the lines that they are about, and not on how these are divided, nor on the
    /// sequence and the grouping.
    ///
    /// # Errors
    ///
    /// When there are none. When they are about different periods or ledgers, or when a line is in two of them.
    pub fn merge(partials: impl IntoIterator<Item = PartialReport>) -> Result<PartialReport, MergeError> {
        let mut partials = partials.into_iter();
        let first = partials.next().ok_or(MergeError::Nothing)?;
        partials.try_fold(first, PartialReport::merge_with)
    }

    /// Merges two partials.
    ///
    /// # Errors
    ///
    /// As for [`merge`](PartialReport::merge).
    pub fn merge_with(self, other: PartialReport) -> Result<PartialReport, MergeError> {
        // The smaller one is looked up in the larger one.
        let is_larger = other.sets.len() > self.sets.len();
        let (mut merged, added) = if is_larger { (other, self) } else { (self, other) };
        let PartialReport { period, coverage, key, heads, records, sets } = added;
        if merged.period != period {
            let (one, other): ((SystemTime, SystemTime), _) = (merged.period.into(), period.into());
            return Err(MergeError::Period { one: one.min(other), other: one.max(other) });
        }
        merged.commit_to(key)?;
        merged.coverage.join(coverage)?;
        merged.heads.extend(heads);
        merged.records = merged.records.checked_add(records).ok_or(MergeError::Overflow)?;
        for (orders, tallies) in sets {
            merged.set(&orders)?.add(tallies).map_err(|_| MergeError::Overflow)?;
        }
        Ok(merged)
    }

    /// Begins the report on what was counted, on the orders of a docket. Small numbers are suppressed in it: make it of the last
    /// merge.
    pub fn report<'p>(&'p self, docket: &'p Docket) -> Publication<'p> {
        Publication::new(self, docket)
    }

    /// The period: its start, this instant included, and its end, excluded.
    #[must_use]
    pub fn period(&self) -> (SystemTime, SystemTime) {
        self.period.into()
    }

    /// The lines that were read, ascending: parts that follow each other in one file are one.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.coverage.iter()
    }

    /// Remembers the key of a header. There is one key.
    fn commit_to(&mut self, key: Option<KeyCommitment>) -> Result<(), MergeError> {
        match (self.key, key) {
            (Some(one), Some(other)) if one != other => Err(MergeError::Key { one, other }),
            _ => {
                self.key = self.key.or(key);
                Ok(())
            }
        }
    }

    /// The tallies of the decisions under some orders.
    fn set(&mut self, orders: &[String]) -> Result<&mut Tallies, MergeError> {
        self.set_of_most(orders, MOST_SETS)
    }

    /// The same, where so many sets of orders are told apart.
    fn set_of_most(&mut self, orders: &[String], most: usize) -> Result<&mut Tallies, MergeError> {
        if self.sets.len() >= most && !self.sets.contains_key(orders) {
            return Err(MergeError::TooManySets);
        }
        Ok(self.sets.entry_ref(orders).or_default())
    }
}

/// Writes no counts: they may be too small to be shown.
impl Debug for PartialReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialReport").field("period", &self.period).field("parts", &self.coverage).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn only_so_many_sets_of_orders_are_told_apart_and_those_go_on() {
        let mut partial = PartialReport::nothing(Period { from: UNIX_EPOCH, until: UNIX_EPOCH });
        let mut is_counted = |order: &str| partial.set_of_most(&[order.to_owned()], 2).is_ok();
        assert_eq!(["a", "b", "a", "c", "b"].map(&mut is_counted), [true, true, true, false, true]);
        assert_eq!(partial.sets.len(), 2);
    }
}
