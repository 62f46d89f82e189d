//! The report that is made of a partial: the last step, in which small numbers are suppressed.

use std::ops::RangeInclusive;

use super::PartialReport;
use super::part::Part;
use crate::digest::Digest;
use crate::disclosure::Threshold;
use crate::ledger::Head;
use crate::order::Docket;
use crate::report::Report;
use crate::report::issuers::Issuers;

/// The step from a partial report to a report for the public.
#[must_use = "a report is made by `build`"]
#[derive(Debug)]
pub struct Publication<'p> {
    partial: &'p PartialReport,
    docket: &'p Docket,
    threshold: Threshold,
    is_fine: bool,
    allows_gaps: bool,
    after: Option<Head>,
    expected: Vec<Head>,
}

/// Why a partial report is not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicationError {
    /// The period is not one of whole days.
    #[error(
        "the period is not of whole days: begin and end it at midnight UTC, a day or more apart, or say that finer periods reveal \
         more (`finer_than_days_reveals_more`)"
    )]
    Period,
    /// Lines are missing.
    #[error("lines {from} to {to} of the ledger are missing: merge the partial report that is about them, too")]
    Gap {
        /// The number of the first one.
        from: u64,
        /// The number of the last one.
        to: u64,
    },
    /// Lines are from before the line that the ledger was said to go on after.
    #[error("{part} are not after line {}, after which the ledger was said to go on: leave them out, or say nothing of that line", after.seq)]
    Before {
        /// The lines.
        part: Box<Part>,
        /// The line that was named.
        after: Head,
    },
    /// The first line goes on after another one than was said.
    #[error("{part} go on after {}, and the line before was said to have {expected}: they are of another ledger, or were changed", part.prev)]
    OtherBefore {
        /// The lines.
        part: Box<Part>,
        /// The digest that was named.
        expected: Digest,
    },
    /// The first line is within a file, although the ledger was said to go on after the end of one.
    #[error(
        "{part} begin within a file, and line {} was said to be the last one of the file before: merge the partial reports of the whole \
         file, and name the last line of the file before it",
        after.seq
    )]
    WithinFile {
        /// The lines.
        part: Box<Part>,
        /// The line that was named.
        after: Head,
    },
    /// A line is not the one that was published.
    #[error("line {} has {found}, and was published as {}: the ledger was written anew", expected.seq, expected.digest)]
    Published {
        /// The published value.
        expected: Head,
        /// The digest of the line.
        found: Digest,
    },
    /// The ledger does not have a line that was published.
    #[error("the lines do not have line {}, which was published: lines are missing, or a partial report is", .0.seq)]
    Missing(Head),
    /// A published line was not looked for when its part was read.
    #[error("{part} have line {}, which was published, but it was not compared: give it (`--head {head}`) when the partial report of its file is made", head.seq)]
    NotCompared {
        /// The lines.
        part: Box<Part>,
        /// The published value.
        head: Head,
    },
}

impl<'p> Publication<'p> {
    pub(super) fn new(partial: &'p PartialReport, docket: &'p Docket) -> Publication<'p> {
        let threshold = Threshold::default();
        Publication { partial, docket, threshold, is_fine: false, allows_gaps: false, after: None, expected: Vec::new() }
    }

    /// Sets the smallest number of people and meetings that is shown: 10 by default, and never less.
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// Allows a period that is not of whole days UTC: see
    /// [`ReportBuilder::finer_than_days_reveals_more`](crate::report::ReportBuilder::finer_than_days_reveals_more).
    pub fn finer_than_days_reveals_more(mut self) -> Self {
        self.is_fine = true;
        self
    }

    /// Begins after the file that ended with this line, when it and earlier ones are kept elsewhere.
    pub fn after(mut self, head: Head) -> Self {
        self.after = Some(head);
        self
    }

    /// Demands that the lines have one that was published. It is known of a line that was [compared](super::PartialBuilder::compare_head)
    /// when its part was read, and of the last line of each part. Call it once for each.
    pub fn expect_head(mut self, head: Head) -> Self {
        self.expected.push(head);
        self
    }

    /// Makes a report although lines are missing. It says so.
    pub fn allow_gaps(mut self) -> Self {
        self.allows_gaps = true;
        self
    }

    /// The numbers of the lines that are missing, from the first line of the ledger to the last one that was read. They count
    /// decisions: do not publish them.
    #[must_use]
    pub fn gaps(&self) -> Vec<RangeInclusive<u64>> {
        self.start().map_or_else(Vec::new, |start| self.partial.coverage.gaps(start))
    }

    /// The number of the first line that must be there.
    fn start(&self) -> Option<u64> {
        self.after.map_or(Some(0), |after| after.seq.checked_add(1))
    }

    /// Makes the report.
    ///
    /// # Errors
    ///
    /// When the period is not of whole days and [finer ones](Self::finer_than_days_reveals_more) were not allowed. When lines are missing
    /// and [gaps](Self::allow_gaps) were not allowed. When the lines are not those that were published.
    pub fn build(self) -> Result<Report, PublicationError> {
        if !self.is_fine && !self.partial.period.is_of_days() {
            return Err(PublicationError::Period);
        }
        self.begins_after()?;
        self.expected.iter().try_for_each(|head| self.has(*head))?;
        let gaps = self.gaps();
        if let (Some(gap), false) = (gaps.first(), self.allows_gaps) {
            return Err(PublicationError::Gap { from: *gap.start(), to: *gap.end() });
        }
        let issuers = Issuers::of(self.docket);
        let mut tallies = issuers.tallies();
        for (orders, of_set) in &self.partial.sets {
            if let Some(row) = tallies.get_mut(issuers.row(orders)) {
                // INVARIANT: no sum is too large, as all decisions together are counted in 64 bits (`records`).
                let _ = row.add(of_set.clone());
            }
        }
        Ok(issuers.report(&tallies, self.partial.period, self.threshold, !gaps.is_empty()))
    }

    /// The first line goes on after the line that was named.
    fn begins_after(&self) -> Result<(), PublicationError> {
        let (Some(after), Some(first)) = (self.after, self.partial.parts().next()) else { return Ok(()) };
        let part = || Box::new(first.clone());
        match self.start() {
            Some(start) if first.from > start => Ok(()),
            // As in one pass: a report on the last lines of a file would tell, beside an earlier one, what they say.
            Some(start) if first.from == start && first.prev == after.digest && !first.begins_file => {
                Err(PublicationError::WithinFile { part: part(), after })
            }
            Some(start) if first.from == start && first.prev == after.digest => Ok(()),
            Some(start) if first.from == start => Err(PublicationError::OtherBefore { part: part(), expected: after.digest }),
            _ => Err(PublicationError::Before { part: part(), after }),
        }
    }

    /// The lines have one that was published.
    fn has(&self, head: Head) -> Result<(), PublicationError> {
        let partial = self.partial;
        if self.after == Some(head) || partial.heads.contains(&head) {
            return Ok(());
        }
        let noted = partial.heads.iter().find(|noted| noted.seq == head.seq).copied();
        match partial.coverage.part_of(head.seq) {
            Some(part) => match noted.or(Some(part.head()).filter(|last| last.seq == head.seq)) {
                Some(found) if found == head => Ok(()),
                Some(found) => Err(PublicationError::Published { expected: head, found: found.digest }),
                None => Err(PublicationError::NotCompared { part: Box::new(part.clone()), head }),
            },
            None => Err(PublicationError::Missing(head)),
        }
    }
}
