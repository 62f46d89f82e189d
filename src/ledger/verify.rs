//! Verification of a ledger: every line is there, as it was written.

use std::io::Read;
use std::time::SystemTime;

use super::fault::{Fault, FaultCause, VerifyError};
use super::head::Head;
use super::key::Key;
use super::line::{Form, Line, Record};
use super::lines::{Lines, LinesError};
use super::sequence::in_sequence;
use crate::digest::Digest;

/// Verifies the files of a ledger: every line of every file is there, is what was written, and stands where it was written. Reads
/// each once, in memory that does not grow with its length.
///
/// The files may be given in any sequence: their first lines say which one comes first. All are open at the same time; give them
/// to a [`Verification`] one by one where they are too many for that.
///
/// The chain proves that nobody changed a part of it. Somebody who writes the whole of it anew, or removes lines from its end, is
/// found by [`Verification::expect_head`] only.
///
/// # Errors
///
/// The first fault, or the reader's error.
pub fn verify<N: Into<String>, R: Read>(files: impl IntoIterator<Item = (N, R)>) -> Result<Verified, VerifyError> {
    let mut verification = Verification::new();
    for (name, reader) in in_sequence(files)? {
        verification.file(name, reader)?;
    }
    verification.finish()
}

/// The verification of the files of a ledger one by one, against its published heads.
#[derive(Debug)]
pub struct Verification {
    start: Start,
    /// The key that files of form 2 must have been written with.
    key: Option<Key>,
    /// The heads that must be in the chain and were not met yet.
    expected: Vec<Head>,
    /// The last line, and where it stands.
    last: Option<Last>,
    verified: Verified,
}

/// The line with which the ledger must begin.
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

/// The counts and the last line of a ledger in which nothing is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The number of files.
    pub files: u64,
    /// The number of lines, with headers and seals.
    pub lines: u64,
    /// The number of lines that record a decision.
    pub records: u64,
    /// The number of lines of padding.
    pub pads: u64,
    /// The number of decisions that were made and not recorded, as far as the ledger says.
    pub unrecorded: u64,
    /// The earliest time that was decided about.
    pub first: Option<SystemTime>,
    /// The latest time that was decided about.
    pub last: Option<SystemTime>,
    /// Its last line. `None` when there are no files.
    pub head: Option<Head>,
    /// The last line whose number is one less than a multiple of 256: the one that can be [published](super::Ledger::public_head)
    /// without telling how many decisions there are. `None` when there is none in the files.
    pub public_head: Option<Head>,
    /// Whether the last line is a seal, so that the last file is complete.
    pub is_sealed: bool,
    /// The form of the last file. `None` when there are no files.
    pub form: Option<Form>,
}

impl Default for Verification {
    fn default() -> Verification {
        Verification::new()
    }
}

impl Verification {
    /// Begins with the first line of a ledger.
    #[must_use]
    pub fn new() -> Verification {
        let verified = Verified::default();
        Verification { start: Start::Beginning, key: None, expected: Vec::new(), last: None, verified }
    }

    /// Begins after the file that ended with this line, when it and earlier ones are kept elsewhere.
    #[must_use]
    pub fn after(head: Head) -> Verification {
        Verification { start: Start::After(head), ..Verification::new() }
    }

    /// Begins with any line.
    pub(crate) fn anywhere() -> Verification {
        Verification { start: Start::Anywhere, ..Verification::new() }
    }

    /// Demands that the ledger has a line that was published or noted elsewhere. Call it once for each.
    #[must_use]
    pub fn expect_head(mut self, head: Head) -> Verification {
        self.expected.push(head);
        self
    }

    /// Demands that files of form 2 were written with this key: their headers say so, and each line has the salt that the key gives
    /// for its number. Files of form 1 do not know their key.
    #[must_use]
    pub fn with_key(mut self, key: Key) -> Verification {
        self.key = Some(key);
        self
    }

    /// Verifies the next file. Its name is for faults. The files are given in their sequence, the first one first:
    /// [`in_sequence`] sorts them.
    ///
    /// # Errors
    ///
    /// The first fault, or the reader's error. What is verified after an error has no meaning.
    pub fn file(&mut self, name: impl Into<String>, reader: impl Read) -> Result<(), VerifyError> {
        self.lines(name.into(), &mut Lines::new(reader))
    }

    /// Verifies the next file, and calls `each` with every decision that it records. Whether a line was changed shows when the next
    /// one is verified: after an error, nothing that was made of the decisions has a meaning.
    ///
    /// # Errors
    ///
    /// As for [`file`](Verification::file).
    pub fn records(
        &mut self,
        name: impl Into<String>,
        reader: impl Read,
        mut each: impl FnMut(&Record),
    ) -> Result<(), VerifyError> {
        self.each_line(name, reader, |line, _| line.record().into_iter().for_each(&mut each))
    }

    /// Verifies the next file, and calls `each` with every line and its bytes, without the line feed. As for
    /// [`records`](Verification::records), they have no meaning after an error.
    ///
    /// # Errors
    ///
    /// As for [`file`](Verification::file).
    pub fn each_line(
        &mut self,
        name: impl Into<String>,
        reader: impl Read,
        each: impl FnMut(&Line, &[u8]),
    ) -> Result<(), VerifyError> {
        self.lines_with(name.into(), &mut Lines::new(reader), each)
    }

    pub(super) fn lines<R: Read>(&mut self, file: String, lines: &mut Lines<R>) -> Result<(), VerifyError> {
        self.lines_with(file, lines, |_, _| {})
    }

    fn lines_with<R: Read>(
        &mut self,
        file: String,
        lines: &mut Lines<R>,
        mut each: impl FnMut(&Line, &[u8]),
    ) -> Result<(), VerifyError> {
        let mut at = LineRef { file, line: 1 };
        while let Some(line) = lines.next() {
            at.line = lines.number();
            let line = line.map_err(|error| at.unread(error))?;
            self.line(&at, &line, Digest::of(lines.bytes()))?;
            each(&line, lines.bytes());
        }
        if lines.number() == 0 {
            return Err(at.fault(None, FaultCause::Empty));
        }
        self.verified.files += 1;
        Ok(())
    }

    fn line(&mut self, at: &LineRef, line: &Line, digest: Digest) -> Result<(), VerifyError> {
        let seq = line.seq();
        let fault = |cause| Err(at.fault(Some(seq), cause));
        match line {
            _ if at.line == 1 => self.first_line(at, line)?,
            Line::Header(_) => return fault(FaultCause::HeaderInside),
            _ if self.verified.is_sealed => return fault(FaultCause::AfterSeal),
            _ => {}
        }
        self.links(at, line)?;
        self.is_of_file(at, line)?;
        let head = Head { seq, digest };
        if let Some(expected) = self.expected.iter().find(|expected| expected.seq == seq && expected.digest != digest) {
            return fault(FaultCause::Published { expected: expected.digest, found: digest });
        }
        self.expected.retain(|expected| expected.seq != seq);
        self.verified.add(line, head);
        match &mut self.last {
            Some(last) if at.line > 1 => (last.head, last.line) = (head, at.line),
            last => *last = Some(Last { head, file: at.file.clone(), line: at.line }),
        }
        Ok(())
    }

    /// The first line of a file is a header, and the file before ends with a seal.
    fn first_line(&self, at: &LineRef, line: &Line) -> Result<(), VerifyError> {
        let seq = line.seq();
        match (line, &self.last) {
            (Line::Header(_), Some(last)) if seq == 0 => {
                let cause = FaultCause::BeginsAnew { before: last.file.clone() };
                Err(at.fault(Some(seq), cause))
            }
            (Line::Header(_), Some(last)) if !self.verified.is_sealed => {
                Err(last.fault(FaultCause::Unsealed { next: at.file.clone() }))
            }
            (Line::Header(_), _) => Ok(()),
            (_, Some(last)) if !self.verified.is_sealed => {
                let goes_on = last.head.seq.checked_add(1) == Some(seq) && last.head.digest == line.prev();
                Err(if goes_on {
                    at.fault(Some(seq), FaultCause::Split { before: last.file.clone(), file: at.file.clone() })
                } else {
                    last.fault(FaultCause::Unsealed { next: at.file.clone() })
                })
            }
            _ => Err(at.fault(Some(seq), FaultCause::NoHeader)),
        }
    }

    /// A line has the form that the header of its file names, and the salt that the key gives.
    fn is_of_file(&self, at: &LineRef, line: &Line) -> Result<(), VerifyError> {
        let fault = |cause| Err(at.fault(Some(line.seq()), cause));
        if let (Some(expected), false) = (self.verified.form, at.line == 1) {
            if expected != line.form() {
                return fault(FaultCause::OtherForm { expected, found: line.form() });
            }
        }
        let Some(key) = &self.key else { return Ok(()) };
        match line {
            Line::Header(header) if header.key.is_some_and(|of_file| of_file != key.commitment()) => fault(FaultCause::OtherKey),
            _ if line.salt() != line.form().salt(key, line.seq()) => fault(FaultCause::OtherSalt),
            _ => Ok(()),
        }
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

    /// Ends the verification, after the last file.
    ///
    /// # Errors
    ///
    /// When a line is missing that was [expected](Verification::expect_head).
    pub fn finish(self) -> Result<Verified, VerifyError> {
        // The first line carries the digest of the one before it, so that line counts as met.
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

impl Verified {
    /// Counts a line that was verified.
    fn add(&mut self, line: &Line, head: Head) {
        self.lines += 1;
        self.head = Some(head);
        if head.is_public() {
            self.public_head = Some(head);
        }
        self.is_sealed = matches!(line, Line::Seal(_));
        self.form = Some(line.form());
        match line {
            Line::Record(record) => {
                self.records += 1;
                self.first = Some(self.first.map_or(record.time, |first| first.min(record.time)));
                self.last = self.last.max(Some(record.time));
            }
            Line::Pad(_) => self.pads += 1,
            Line::Unrecorded(unrecorded) => self.unrecorded = self.unrecorded.saturating_add(unrecorded.decisions),
            Line::Header(_) | Line::Seal(_) => {}
        }
    }
}

/// The position of a line.
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
