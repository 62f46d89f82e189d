//! Counts lines of a ledger, and verifies that they follow each other.

use std::fmt::{self, Debug};
use std::io::Read;

use super::PartialReport;
use super::error::PartialError;
use super::part::{Break, Part};
use crate::digest::Digest;
use crate::ledger::{Fault, FaultCause, Head, Line, Lines, LinesError, Record, VerifyError};
use crate::report::people::cell;
use crate::text::timestamp;

/// A builder of a partial report. Its memory grows with the sets of orders that occur and, up to a bound for each, with their
/// meetings, but not with the number of lines.
#[must_use = "a partial report is made by `build`"]
pub struct PartialBuilder {
    partial: PartialReport,
    /// Whether the period need not be one of whole days.
    is_fine: bool,
    /// The heads that lines are compared with.
    published: Vec<Head>,
}

/// The lines that are being read.
struct Run {
    file: String,
    /// Whether they are of one file, without a gap.
    is_file: bool,
    /// The number of the line that was read last, from 1.
    line: u64,
    /// The lines since the last gap.
    part: Option<Part>,
}

impl PartialBuilder {
    pub(super) fn new(partial: PartialReport) -> PartialBuilder {
        PartialBuilder { partial, is_fine: false, published: Vec::new() }
    }

    /// Allows a period that is not of whole days UTC: see
    /// [`ReportBuilder::finer_than_days_reveals_more`](crate::report::ReportBuilder::finer_than_days_reveals_more).
    pub fn finer_than_days_reveals_more(mut self) -> Self {
        self.is_fine = true;
        self
    }

    /// Compares a line that was published or noted elsewhere with that of the ledger, if it is among the lines that are read after
    /// this call. The partial says that it is, so that [`Publication::expect_head`](super::Publication::expect_head) can demand it.
    /// Call it once for each.
    pub fn compare_head(mut self, head: Head) -> Self {
        self.published.push(head);
        self
    }

    /// Reads a file of a ledger, or a piece of one that was split between two lines, and verifies that each line follows the one
    /// before. Files may be given in any sequence. The name is for faults, and the partial has it.
    ///
    /// # Errors
    ///
    /// When a line is not what was written, or the reader fails. When a line was counted already.
    pub fn ledger(mut self, name: impl Into<String>, reader: impl Read) -> Result<Self, PartialError> {
        let mut run = Run { file: name.into(), is_file: true, line: 1, part: None };
        let mut lines = Lines::new(reader);
        while let Some(line) = lines.next() {
            run.line = lines.number();
            let line = line.map_err(|error| run.unread(error))?;
            self.line(&mut run, &line, lines.bytes())?;
        }
        if lines.number() == 0 {
            return Err(run.fault(None, FaultCause::Empty).into());
        }
        self.partial.coverage.insert_all(run.part)?;
        Ok(self)
    }

    /// Reads lines that a program has, with or without their line feeds, of one file or of several that follow each other. A line
    /// whose number is not the next one begins another part. The name is for faults, and the partial has it.
    ///
    /// # Errors
    ///
    /// When a line is not what was written. When a line was counted already.
    pub fn lines<L: AsRef<[u8]>>(
        mut self,
        name: impl Into<String>,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Self, PartialError> {
        let mut run = Run { file: name.into(), is_file: false, line: 0, part: None };
        for bytes in lines {
            run.line += 1;
            let bytes = bytes.as_ref();
            let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            let line = Line::parse(bytes).map_err(|fault| run.fault(None, FaultCause::Line(fault)))?;
            self.line(&mut run, &line, bytes)?;
        }
        self.partial.coverage.insert_all(run.part)?;
        Ok(self)
    }

    fn line(&mut self, run: &mut Run, line: &Line, bytes: &[u8]) -> Result<(), PartialError> {
        let (seq, digest) = (line.seq(), Digest::of(bytes));
        for published in self.published.iter().filter(|published| published.seq == seq) {
            if published.digest != digest {
                let cause = FaultCause::Published { expected: published.digest, found: digest };
                return Err(run.fault(Some(seq), cause).into());
            }
            self.partial.heads.insert(*published);
        }
        self.partial.coverage.insert_all(run.take(line, digest)?)?;
        match line {
            Line::Header(header) => self.partial.commit_to(header.key)?,
            Line::Record(record) => self.record(record)?,
            Line::Unrecorded(_) | Line::Pad(_) | Line::Seal(_) => {}
        }
        Ok(())
    }

    fn record(&mut self, record: &Record) -> Result<(), PartialError> {
        self.partial.records = self.partial.records.saturating_add(1);
        if self.partial.period.holds(record.time) {
            if let Some(cell) = cell(record) {
                self.partial.set(&record.orders)?.count(record, cell);
            }
        }
        Ok(())
    }

    /// Makes the partial.
    ///
    /// # Errors
    ///
    /// When the period is not of whole days and [finer ones](Self::finer_than_days_reveals_more) were not allowed. When it begins or
    /// ends outside of the years 0000 to 9999.
    pub fn build(self) -> Result<PartialReport, PartialError> {
        let PartialBuilder { partial, is_fine, .. } = self;
        if !is_fine && !partial.period.is_of_days() {
            return Err(PartialError::Period);
        }
        if timestamp::format(partial.period.from).is_none() || timestamp::format(partial.period.until).is_none() {
            return Err(PartialError::Year);
        }
        Ok(partial)
    }
}

impl Run {
    /// Adds the next line. Returns the part that ended before it.
    fn take(&mut self, line: &Line, digest: Digest) -> Result<Option<Part>, VerifyError> {
        let (is_file, seq) = (self.is_file, line.seq());
        match &mut self.part {
            Some(part) if part.to.checked_add(1) == Some(seq) => match follows(part, line, is_file) {
                Ok(()) => {
                    part.extend(line, digest);
                    Ok(None)
                }
                // The line before was changed, or this one.
                Err(cause @ FaultCause::Changed { .. }) => {
                    let (line, seq) = (self.line.saturating_sub(1), seq.checked_sub(1));
                    Err(Fault { file: self.file.clone(), line, seq, cause }.into())
                }
                Err(cause) => Err(self.fault(Some(seq), cause)),
            },
            Some(part) if is_file => {
                let expected = part.to.saturating_add(1);
                Err(self.fault(Some(seq), FaultCause::OutOfSequence { expected, found: seq }))
            }
            _ => self.begin(line, digest),
        }
    }

    fn begin(&mut self, line: &Line, digest: Digest) -> Result<Option<Part>, VerifyError> {
        if line.seq() == 0 && !matches!(line, Line::Header(_)) {
            return Err(self.fault(Some(0), FaultCause::NoHeader));
        }
        if line.seq() == 0 && line.prev() != Digest::ZERO {
            return Err(self.fault(Some(0), FaultCause::OtherBefore { expected: Digest::ZERO, found: line.prev() }));
        }
        Ok(self.part.replace(Part::begin(self.file.clone(), line, digest)))
    }

    fn fault(&self, seq: Option<u64>, cause: FaultCause) -> VerifyError {
        Fault { file: self.file.clone(), line: self.line, seq, cause }.into()
    }

    fn unread(&self, error: LinesError) -> VerifyError {
        match error {
            LinesError::Read { line, error } => VerifyError::Read { file: self.file.clone(), line, error },
            LinesError::Line { line, fault } => self.at(line).fault(None, FaultCause::Line(fault)),
            LinesError::Torn { line } => self.at(line).fault(None, FaultCause::Torn),
        }
    }

    fn at(&self, line: u64) -> Run {
        Run { file: self.file.clone(), is_file: self.is_file, line, part: None }
    }
}

/// Whether a line that has the next number follows a part; within one file there is no header, and nothing after a seal.
fn follows(part: &Part, line: &Line, is_file: bool) -> Result<(), FaultCause> {
    let begins_file = matches!(line, Line::Header(_));
    match part.is_followed_by(line.prev(), begins_file, line.form()) {
        Err(Break::Digest) => Err(FaultCause::Changed { expected: line.prev(), found: part.digest }),
        Err(Break::Form) => Err(FaultCause::OtherForm { expected: part.last_form, found: line.form() }),
        Err(Break::HeaderInside) => Err(FaultCause::HeaderInside),
        Err(Break::AfterSeal) => Err(FaultCause::AfterSeal),
        Ok(()) if is_file && begins_file => Err(FaultCause::HeaderInside),
        Ok(()) => Ok(()),
    }
}

/// Writes no counts: they may be too small to be shown.
impl Debug for PartialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialBuilder").field("partial", &self.partial).finish_non_exhaustive()
    }
}
