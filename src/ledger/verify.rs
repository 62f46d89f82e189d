//! Verifying a ledger: is every line still there, and still what it was?

use std::io::{self, Read};
use std::time::SystemTime;

use super::fault::{Fault, FaultCause};
use super::head::Head;
use super::line::{Line, Record};
use super::lines::{Lines, LinesError};
use crate::digest::Digest;

/// Verifies the files of a ledger, the first one first: every line of every file is there, is what was written, and stands where it
/// was written. Reads each once, in constant memory.
///
/// The chain proves that nobody changed a part of it. Somebody who writes the whole of it anew, or removes lines from its end, is
/// found by [`Verification::expect`] only.
///
/// # Errors
///
/// The first fault, or the reader's error.
pub fn verify<N: Into<String>, R: Read>(files: impl IntoIterator<Item = (N, R)>) -> Result<Verified, VerifyError> {
    let mut verification = Verification::new();
    for (name, reader) in files {
        verification.file(name, reader)?;
    }
    verification.finish()
}

/// Verifies the files of a ledger one by one, against what was published of it.
#[derive(Debug)]
pub struct Verification {
    start: Start,
    /// What must be in the chain and was not met yet.
    expected: Vec<Head>,
    /// The last line, and where it stands.
    last: Option<Last>,
    verified: Verified,
}

/// What a ledger may begin with.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// Its first line.
    Beginning,
    /// The line after this one.
    After(Head),
    /// Any line: a file alone says nothing of those before.
    Anywhere,
}

#[derive(Debug)]
struct Last {
    head: Head,
    file: String,
    line: u64,
}

/// What a ledger was found to be, with nothing wrong in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many files it has.
    pub files: u64,
    /// How many lines, with headers and seals.
    pub lines: u64,
    /// How many of them record a decision.
    pub records: u64,
    /// The earliest time that was decided about.
    pub first: Option<SystemTime>,
    /// The latest time that was decided about.
    pub last: Option<SystemTime>,
    /// Its last line. `None` when there are no files.
    pub head: Option<Head>,
    /// True when that is a seal, so that the last file is complete.
    pub is_sealed: bool,
}

/// Why a ledger could not be verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A reader failed.
    #[error("{}, line {line} cannot be read: {error}", crate::text::quote::Quoted(file))]
    Read {
        /// The name of the file.
        file: String,
        /// The number of the line, from 1.
        line: u64,
        /// The reader's error.
        error: io::Error,
    },
    /// Something is wrong with the ledger.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Default for Verification {
    fn default() -> Verification {
        Verification::new()
    }
}

impl Verification {
    /// Of a ledger from its first line on.
    #[must_use]
    pub fn new() -> Verification {
        Verification { start: Start::Beginning, expected: Vec::new(), last: None, verified: Verified::default() }
    }

    /// Of the files of a ledger after the one that ended with this line, when the earlier ones are kept elsewhere.
    #[must_use]
    pub fn after(head: Head) -> Verification {
        Verification { start: Start::After(head), ..Verification::new() }
    }

    /// Of a file of which it does not matter what it continues.
    pub(super) fn anywhere() -> Verification {
        Verification { start: Start::Anywhere, ..Verification::new() }
    }

    /// Demands that a line which was published, or noted elsewhere, is in the ledger. Any number can be.
    #[must_use]
    pub fn expect_head(mut self, head: Head) -> Verification {
        self.expected.push(head);
        self
    }

    /// Verifies the next file. Its name is for faults.
    ///
    /// # Errors
    ///
    /// The first fault, or the reader's error. What is verified after an error has no meaning.
    pub fn file(&mut self, name: impl Into<String>, reader: impl Read) -> Result<(), VerifyError> {
        self.lines(name.into(), &mut Lines::new(reader))
    }

    /// Verifies the next file, and hands on each decision that it records. That a line was not changed shows when the next one is
    /// verified: what is made of the decisions has no meaning after an error.
    ///
    /// # Errors
    ///
    /// As for [`file`](Verification::file).
    pub fn records(&mut self, name: impl Into<String>, reader: impl Read, each: impl FnMut(&Record)) -> Result<(), VerifyError> {
        self.lines_with(name.into(), &mut Lines::new(reader), each)
    }

    pub(super) fn lines<R: Read>(&mut self, file: String, lines: &mut Lines<R>) -> Result<(), VerifyError> {
        self.lines_with(file, lines, |_| {})
    }

    fn lines_with<R: Read>(
        &mut self,
        file: String,
        lines: &mut Lines<R>,
        mut each: impl FnMut(&Record),
    ) -> Result<(), VerifyError> {
        if let Some(last) = self.last.as_ref().filter(|_| !self.verified.is_sealed) {
            return Err(last.fault(FaultCause::Unsealed { next: file }));
        }
        let mut at = LineRef { file, line: 1 };
        while let Some(line) = lines.next() {
            at.line = lines.number();
            let line = line.map_err(|error| at.unread(error))?;
            self.line(&at, &line, Digest::of(lines.bytes()))?;
            line.record().into_iter().for_each(&mut each);
        }
        if lines.number() == 0 {
            return Err(at.fault(None, FaultCause::Empty));
        }
        self.verified.files += 1;
        Ok(())
    }

    fn line(&mut self, at: &LineRef, line: &Line, digest: Digest) -> Result<(), VerifyError> {
        let (seq, is_first) = (line.seq(), at.line == 1);
        let fault = |cause| Err(at.fault(Some(seq), cause));
        match line {
            Line::Header(_) if !is_first => return fault(FaultCause::HeaderInside),
            Line::Record(_) | Line::Seal(_) if is_first => return fault(FaultCause::NoHeader),
            _ if !is_first && self.verified.is_sealed => return fault(FaultCause::AfterSeal),
            _ => {}
        }
        self.links(at, line)?;
        let head = Head { seq, digest };
        if let Some(expected) = self.expected.iter().find(|expected| expected.seq == seq && expected.digest != digest) {
            return fault(FaultCause::Published { expected: expected.digest, found: digest });
        }
        self.expected.retain(|expected| expected.seq != seq);
        self.verified.lines += 1;
        self.verified.head = Some(head);
        self.verified.is_sealed = matches!(line, Line::Seal(_));
        if let Some(record) = line.record() {
            self.verified.records += 1;
            self.verified.first = Some(self.verified.first.map_or(record.time, |first| first.min(record.time)));
            self.verified.last = self.verified.last.max(Some(record.time));
        }
        match &mut self.last {
            Some(last) if last.file == at.file => (last.head, last.line) = (head, at.line),
            last => *last = Some(Last { head, file: at.file.clone(), line: at.line }),
        }
        Ok(())
    }

    /// Each line has the number after that of the line before, and carries its digest.
    fn links(&self, at: &LineRef, line: &Line) -> Result<(), VerifyError> {
        let (seq, prev) = (line.seq(), line.prev());
        let (before, first) = match (&self.last, self.start) {
            (Some(last), _) => (Some(last.head), 0),
            (None, Start::After(head)) => (Some(head), 0),
            (None, Start::Beginning) => (None, 0),
            (None, Start::Anywhere) => (None, seq),
        };
        let expected = before.map_or(Some(first), |before| before.seq.checked_add(1));
        if expected != Some(seq) {
            return Err(at.fault(Some(seq), FaultCause::OutOfSequence { expected: expected.unwrap_or(u64::MAX), found: seq }));
        }
        match (before, &self.last) {
            (Some(before), Some(last)) if before.digest != prev => {
                Err(last.fault(FaultCause::Changed { expected: prev, found: before.digest }))
            }
            (Some(before), None) if before.digest != prev => {
                Err(at.fault(Some(seq), FaultCause::OtherBefore { expected: before.digest, found: prev }))
            }
            (None, _) if seq == 0 && prev != Digest::ZERO => {
                Err(at.fault(Some(seq), FaultCause::OtherBefore { expected: Digest::ZERO, found: prev }))
            }
            _ => Ok(()),
        }
    }

    /// What was verified, after the last file.
    ///
    /// # Errors
    ///
    /// When a line is missing that was [expected](Verification::expect).
    pub fn finish(self) -> Result<Verified, VerifyError> {
        // The line that the first one follows is there when that one carries its digest.
        let is_before = |head: &Head| matches!(self.start, Start::After(before) if before == *head);
        match (self.expected.into_iter().filter(|head| !is_before(head)).max(), self.last) {
            (None, _) => Ok(self.verified),
            (Some(missing), Some(last)) if missing.seq > last.head.seq => Err(last.fault(FaultCause::EndsEarly { missing })),
            (Some(missing), last) => {
                let at = last.map_or_else(LineRef::default, |last| LineRef { file: last.file, line: 1 });
                Err(at.fault(None, FaultCause::EndsEarly { missing }))
            }
        }
    }
}

/// Where the line at hand stands.
#[derive(Default)]
struct LineRef {
    file: String,
    line: u64,
}

impl LineRef {
    fn fault(&self, seq: Option<u64>, cause: FaultCause) -> VerifyError {
        VerifyError::Fault(Fault { file: self.file.clone(), line: self.line, seq, cause })
    }

    fn unread(&self, error: LinesError) -> VerifyError {
        match error {
            LinesError::Read { line, error } => VerifyError::Read { file: self.file.clone(), line, error },
            LinesError::Line { fault, .. } => self.fault(None, FaultCause::Line(fault)),
            LinesError::Torn { .. } => self.fault(None, FaultCause::Torn),
        }
    }
}

impl Last {
    fn fault(&self, cause: FaultCause) -> VerifyError {
        VerifyError::Fault(Fault { file: self.file.clone(), line: self.line, seq: Some(self.head.seq), cause })
    }
}
