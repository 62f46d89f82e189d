//! The builder of a report: counts the docket as a whole, and the ledger as it is read.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::io::Read;
use std::time::SystemTime;

use super::Report;
use super::error::ReportError;
use super::issuers::Issuers;
use super::orders::Period;
use super::people::{Tallies, cell};
use crate::disclosure::Threshold;
use crate::ledger::{KeyCommitment, Line, Verification, VerifyError};
use crate::order::Docket;

/// A builder without a period yet.
#[derive(Debug, Clone, Copy)]
#[must_use = "a report needs its period"]
pub struct ReportStart<'d> {
    pub(super) docket: &'d Docket,
}

/// A builder of a report. Its memory grows with the docket and, up to a bound for each issuer, with the meetings that orders name,
/// but not with the ledger.
#[must_use = "a report is made by `build`"]
pub struct ReportBuilder<'d> {
    issuers: Issuers<'d>,
    period: Period,
    threshold: Threshold,
    /// Whether the period need not be one of whole days.
    is_fine: bool,
    verification: Verification,
    /// What was counted, by row.
    tallies: Vec<Tallies>,
    /// The keys that headers commit to.
    keys: BTreeSet<KeyCommitment>,
}

impl<'d> ReportStart<'d> {
    /// Sets the period: `from` included, `until` excluded, so that one period begins where the one before ends. Both are midnights
    /// UTC, unless [`finer_than_days_reveals_more`](ReportBuilder::finer_than_days_reveals_more) is called.
    pub fn period(self, from: SystemTime, until: SystemTime) -> ReportBuilder<'d> {
        let issuers = Issuers::of(self.docket);
        let tallies = issuers.tallies();
        let period = Period { from, until };
        let (threshold, verification) = (Threshold::default(), Verification::new());
        ReportBuilder { issuers, period, threshold, is_fine: false, verification, tallies, keys: BTreeSet::new() }
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
        let ReportBuilder { period, verification, issuers, tallies, keys, .. } = &mut self;
        verification.each_line(name, reader, |line, _| match line {
            Line::Header(header) => keys.extend(header.key),
            Line::Record(record) if period.holds(record.time) => {
                let Some(cell) = cell(record) else { return };
                if let Some(row) = tallies.get_mut(issuers.row(&record.orders)) {
                    row.count(record, cell);
                }
            }
            _ => {}
        })?;
        Ok(self)
    }

    /// Makes the report.
    ///
    /// # Errors
    ///
    /// When the period is not of whole days and [finer ones](Self::finer_than_days_reveals_more) were not allowed. When a line is
    /// missing that was [expected](Verification::expect_head). When files were written with several keys.
    pub fn build(self) -> Result<Report, ReportError> {
        let ReportBuilder { issuers, period, threshold, is_fine, verification, tallies, keys } = self;
        if !is_fine && !period.is_of_days() {
            return Err(ReportError::Period);
        }
        verification.finish()?;
        if keys.len() > 1 {
            return Err(ReportError::Keys);
        }
        Ok(issuers.report(&tallies, period, threshold, false))
    }
}

/// Writes no counts: they may be too small to be shown.
impl Debug for ReportBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportBuilder").field("period", &self.period).field("threshold", &self.threshold).finish_non_exhaustive()
    }
}
