//! Writing a ledger.

use std::fmt::{self, Debug};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use super::head::Head;
use super::key::Key;
use super::line::{Form, Header, Inconsistency, Line, Pad, Record, Seal, Unrecorded};
use crate::digest::Digest;
use crate::disk::Lock;
use crate::policy::Explanation;
use crate::text::quote::Quoted;

/// An append-only record of decisions: one line of JSON each, chained by SHA-256.
///
/// A line says when, by which policy on which atlas, what was decided and why; it has no address, no user, no account and no name
/// of a meeting. Each line carries the digest of the line before, so that [`verify`](super::verify()) finds the one that was
/// changed, removed, moved or repeated.
///
/// # What is written when
///
/// Each line is given to the writer with one `write_all`. A record is acknowledged when [`record`](Ledger::record) returns its
/// number; whether it survives a loss of power is up to the writer: see [`flush`](Ledger::flush) and, for files,
/// [`sync`](Ledger::sync). A failed write leaves an unknown part of the line, so the ledger takes no more; [`open`](Ledger::open) a
/// file again, which sets a torn line aside.
///
/// ```
/// use bailiwick::ledger::{Key, Ledger, verify};
/// # use bailiwick::{Atlas, Docket, Policy, Source};
/// # let ranges = "203.0.113.0,203.0.113.255,CN\n";
/// # let atlas = Atlas::builder().source(Source::from_range_csv("provider", ranges.as_bytes())?).build()?;
/// # let docket: Docket = serde_json::from_str(r#"{"orders":[{"id":"cn-1","issuer":"CN","meetings":["vigil"],"status":"in-force"}]}"#)?;
/// # let policy = Policy::compile(&docket, &atlas)?;
///
/// let key = Key::new(&[7; 32])?; // of random bytes, and kept elsewhere
/// let mut ledger = Ledger::begin(Vec::new(), key)?;
/// let explanation = policy.explain("vigil", "203.0.113.7".parse()?, "US".parse()?, std::time::SystemTime::now());
/// let seq = ledger.record(&explanation)?;
/// let head = ledger.head();
///
/// let verified = verify([("ledger.jsonl", ledger.into_inner().as_slice())])?;
/// assert_eq!((seq, verified.records, verified.head), (1, 1, Some(head)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Ledger<W> {
    pub(super) writer: W,
    key: Key,
    /// The form of the file that is written.
    form: Form,
    head: Head,
    public_head: Option<Head>,
    /// The file that is written, when the ledger opened it.
    pub(super) file: Option<OpenFile>,
    /// The buffer of a line, kept from one to the next.
    line: Vec<u8>,
    /// Whether a write has begun and not succeeded. A failed write may leave any part of a line behind.
    is_broken: bool,
}

/// Why a ledger did not take a line. It takes others, except after [`Write`](LedgerError::Write) and
/// [`Broken`](LedgerError::Broken).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The writer failed. Some of the line may be there, so this ledger takes no more.
    #[error("the ledger cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The writer failed before.
    #[error("the ledger takes no more lines, as its writer failed before: open its file again")]
    Broken,
    /// A time that a line cannot have.
    #[error("the time of the decision is outside of the years 0000 to 9999: record decisions about real times")]
    Time,
    /// More than a line can hold: many orders name the meeting.
    #[error(
        "the record has {found} bytes and a line has at most {limit}: many orders name one meeting; join them or shorten their \
         ids, and count the decision with `Ledger::unrecorded`"
    )]
    TooLong {
        /// The number of bytes of the record.
        found: usize,
        /// The most bytes of a line of the file.
        limit: usize,
    },
    /// A decision that contradicts itself: no reader would take its line.
    #[error("the record {0}: report this as a defect of the library, with the orders and the geo files")]
    Inconsistent(#[source] Inconsistency),
    /// The file has form 1, in which there is no such line.
    #[error("the file has form 1, which has no padding and no counts of unrecorded decisions: go on in a new file first")]
    Form,
    /// A number of unrecorded decisions that is too small to be written.
    #[error("{found} unrecorded decisions are too few to be written: count on until there are {}", Unrecorded::LEAST)]
    FewUnrecorded {
        /// The number.
        found: u64,
    },
    /// The number of the next line does not fit 64 bits.
    #[error("the ledger has as many lines as can be numbered: begin another one")]
    Full,
    /// The file was removed while it was written, or another one took its place.
    #[error(
        "{} was removed or replaced while the ledger wrote to it, so that its lines are lost once the ledger is closed: keep a copy \
         (on Linux, of `/proc/PID/fd/N`), and go on in a new file with `rotate_to`",
        Quoted(&path.to_string_lossy())
    )]
    Unlinked {
        /// The path at which the file was.
        path: PathBuf,
    },
    /// The file was renamed while it was written, and another one took its name.
    #[error(
        "another file is at {} than the one that the ledger writes to, which was renamed: no line is lost, and they are in the renamed \
         file. Go on in a new file with `rotate_to`, and rotate with that alone",
        Quoted(&path.to_string_lossy())
    )]
    Replaced {
        /// The path at which the file was.
        path: PathBuf,
    },
    /// The file was shortened while it was written: lines are missing from it.
    #[error(
        "{} has {found} bytes and should have {expected}: something emptied or cut it while the ledger wrote to it, such as a \
         rotation tool with copytruncate. Join the copy with it, go on in a new file with `rotate_to`, and rotate with that alone",
        Quoted(&path.to_string_lossy())
    )]
    Shortened {
        /// The path of the file.
        path: PathBuf,
        /// The number of bytes that it should have.
        expected: u64,
        /// The number of bytes that it has.
        found: u64,
    },
}

/// The file that a ledger opened.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) path: PathBuf,
    /// The number of bytes of the file.
    pub(super) length: u64,
    /// Held on a handle of its own.
    pub(super) lock: Lock,
}

impl<W> Ledger<W> {
    /// Goes on where the writer stands: after the line `head`, of this file.
    pub(super) fn resume(writer: W, key: Key, form: Form, head: Head, public_head: Option<Head>) -> Ledger<W> {
        Ledger { writer, key, form, head, public_head, file: None, line: Vec::new(), is_broken: false }
    }
}

impl<W: Write> Ledger<W> {
    /// Begins a ledger: writes the header of its first file, which has form 2, to a writer that has written nothing.
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn begin(writer: W, key: Key) -> Result<Ledger<W>, LedgerError> {
        Ledger::with_header(writer, key, 0, Digest::ZERO)
    }

    /// Begins another file of a ledger that goes on, after the last line of the file before, which is sealed. A ledger that is open
    /// does both in [`rotate`](Ledger::rotate).
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn carry_on(writer: W, key: Key, after: Head) -> Result<Ledger<W>, LedgerError> {
        let seq = after.seq.checked_add(1).ok_or(LedgerError::Full)?;
        let mut ledger = Ledger::with_header(writer, key, seq, after.digest)?;
        ledger.public_head = ledger.public_head.or(Some(after).filter(|after| after.is_public()));
        Ok(ledger)
    }

    fn with_header(writer: W, key: Key, seq: u64, prev: Digest) -> Result<Ledger<W>, LedgerError> {
        let head = Head { seq, digest: prev };
        let mut ledger = Ledger::resume(writer, key, Form::Two, head, None);
        let header = ledger.header(head);
        ledger.append(&header)?;
        Ok(ledger)
    }

    /// The header of the file that goes on after a line: `before` has the digest of that, and the number of the header.
    pub(super) fn header(&self, Head { seq, digest: prev }: Head) -> Line {
        // A new file has form 2, whatever the form of the one before it.
        let (key, salt) = (Some(self.key.commitment()), Form::Two.salt(&self.key, seq));
        Line::Header(Header { seq, opened: SystemTime::now(), key, salt, prev })
    }

    /// Records a decision. Returns the number of its line, under which the question can be kept elsewhere, for
    /// [`replay`](super::replay()).
    ///
    /// The first record of a policy computes its digests, which takes some ten milliseconds when its atlas is the world: ask for
    /// [`Policy::digest`](crate::Policy::digest) and [`Policy::atlas_digest`](crate::Policy::atlas_digest) before it is put to use.
    ///
    /// # Errors
    ///
    /// When the writer fails, now or before; then the record is not acknowledged. When the time is one that RFC 3339 cannot write.
    pub fn record(&mut self, explanation: &Explanation<'_>) -> Result<u64, LedgerError> {
        let seq = self.next_seq()?;
        self.append(&Line::Record(Record::new(explanation, &self.key, self.form, seq, self.head.digest)))?;
        Ok(seq)
    }

    /// Records how many decisions were made and not recorded since the last such line, such as while the disk was full or a
    /// decision did not fit a line. Returns the number of its line.
    ///
    /// A number from 1 to 9 is refused, as it is one of few people: count on until there are ten. 0 says that none is missing.
    ///
    /// # Errors
    ///
    /// As [`record`](Ledger::record); for a number from 1 to 9; when the file has form 1.
    pub fn unrecorded(&mut self, decisions: u64) -> Result<u64, LedgerError> {
        if (1..Unrecorded::LEAST).contains(&decisions) {
            return Err(LedgerError::FewUnrecorded { found: decisions });
        }
        let seq = self.next_seq()?;
        let salt = self.form.salt(&self.key, seq).ok_or(LedgerError::Form)?;
        self.append(&Line::Unrecorded(Unrecorded { seq, decisions, salt, prev: self.head.digest }))?;
        Ok(seq)
    }

    /// Writes padding up to the next multiple of 256 lines, so that the [public head](Ledger::public_head) covers every line that is
    /// there: at the end of a period, or before a rotation. Returns how many lines that were: none when the last line is the public
    /// head already.
    ///
    /// # Errors
    ///
    /// When the writer fails, now or before; when the file has form 1.
    pub fn pad(&mut self) -> Result<u64, LedgerError> {
        let (time, mut lines) = (SystemTime::now(), 0);
        while !self.head.is_public() {
            let seq = self.next_seq()?;
            let salt = self.form.salt(&self.key, seq).ok_or(LedgerError::Form)?;
            self.append(&Line::Pad(Pad { seq, time, salt, prev: self.head.digest }))?;
            lines += 1;
        }
        Ok(lines)
    }

    /// Ends the file with a seal and goes on in another one, whose header carries the chain over. Gives back the writer of the file
    /// that was ended. The new file has form 2.
    ///
    /// # Errors
    ///
    /// When either cannot be written. Then the ledger takes no more lines; [`head`](Ledger::head) tells whether the file is sealed.
    pub fn rotate(&mut self, writer: W) -> Result<W, LedgerError> {
        let (seal, header) = self.rotation()?;
        self.append(&seal)?;
        self.flush()?;
        let ended = std::mem::replace(&mut self.writer, writer);
        self.file = None;
        self.append(&header)?;
        self.form = Form::Two;
        Ok(ended)
    }

    /// The seal of the file, and the header of the next one.
    pub(super) fn rotation(&self) -> Result<(Line, Line), LedgerError> {
        let seq = self.next_seq()?;
        let salt = self.form.salt(&self.key, seq);
        let seal = Line::Seal(Seal { seq, sealed: SystemTime::now(), salt, prev: self.head.digest });
        let digest = seal.digest().ok_or(LedgerError::Time)?;
        let header = self.header(Head { seq: seq.checked_add(1).ok_or(LedgerError::Full)?, digest });
        Ok((seal, header))
    }

    /// Goes on in another file, to which this header was written.
    pub(super) fn go_on(&mut self, writer: W, file: OpenFile, header: Head) {
        self.writer = writer;
        self.file = Some(file);
        self.form = Form::Two;
        self.advance(header);
    }

    /// Flushes the writer. Of lines that a buffered writer holds, acknowledged ones are lost when the program dies before.
    ///
    /// # Errors
    ///
    /// When the writer fails, now or before.
    pub fn flush(&mut self) -> Result<(), LedgerError> {
        self.guarded(Write::flush)
    }

    /// The last line. Keep it where the ledger's keepers cannot reach it: lines removed from the end, or a ledger that was written
    /// anew as a whole, can be found in no other way. Publish [`public_head`](Ledger::public_head) instead, as the number of this
    /// line tells how many decisions there are.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The last line at a multiple of 256 lines, which can be published: it does not tell the number of decisions, from which
    /// readers could compute what a [report](crate::report) does not show. [`pad`](Ledger::pad) makes it the last line.
    ///
    /// Publish at fixed times, not as soon as there is one: a person who joins until it appears would know the number of joins in
    /// between.
    ///
    /// `None` when there is no such line, or the last one is in a file before the one that was opened.
    #[must_use]
    pub fn public_head(&self) -> Option<Head> {
        self.public_head
    }

    /// The form of the file that is written.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The writer.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.writer
    }

    /// The writer, at the end of the last line. A file that the ledger opened stays locked until it is closed.
    #[must_use]
    pub fn into_inner(self) -> W {
        if let Some(OpenFile { lock, .. }) = self.file {
            lock.leave();
        }
        self.writer
    }

    fn next_seq(&self) -> Result<u64, LedgerError> {
        self.head.seq.checked_add(1).ok_or(LedgerError::Full)
    }

    pub(super) fn append(&mut self, line: &Line) -> Result<(), LedgerError> {
        line.is_consistent().map_err(LedgerError::Inconsistent)?;
        let mut bytes = std::mem::take(&mut self.line);
        bytes.clear();
        if !line.append_to(&mut bytes) {
            return Err(LedgerError::Time);
        }
        let limit = line.form().max_line();
        if bytes.len() > limit {
            return Err(LedgerError::TooLong { found: bytes.len(), limit });
        }
        let digest = Digest::of(&bytes);
        bytes.push(b'\n');
        self.guarded(|writer| writer.write_all(&bytes))?;
        if let Some(file) = &mut self.file {
            file.length = file.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        self.advance(Head { seq: line.seq(), digest });
        self.line = bytes;
        Ok(())
    }

    fn advance(&mut self, head: Head) {
        self.head = head;
        if head.is_public() {
            self.public_head = Some(head);
        }
    }

    /// Uses the writer; when that fails or panics, the ledger never uses it again.
    pub(super) fn guarded(&mut self, act: impl FnOnce(&mut W) -> io::Result<()>) -> Result<(), LedgerError> {
        if self.is_broken {
            return Err(LedgerError::Broken);
        }
        self.is_broken = true;
        act(&mut self.writer).map_err(LedgerError::Write)?;
        self.is_broken = false;
        Ok(())
    }
}

impl<W> Debug for Ledger<W> {
    /// Without the key, and without the buffer of the last line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("head", &self.head).field("is_broken", &self.is_broken).finish_non_exhaustive()
    }
}
