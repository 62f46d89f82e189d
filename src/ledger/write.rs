//! Writing a ledger.

use std::fmt::{self, Debug};
use std::io::{self, Write};
use std::time::SystemTime;

use super::head::Head;
use super::key::Key;
use super::line::{Header, Line, MAX_LINE, Record, Seal};
use crate::digest::Digest;
use crate::policy::Explanation;

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
/// [`sync`](Ledger::sync). After a write that failed nobody knows how much of the line is there, so the ledger takes no more;
/// [`open`](Ledger::open) a file again, which sets a torn line aside.
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
    writer: W,
    key: Key,
    head: Head,
    /// The line at hand. Its room is kept.
    line: Vec<u8>,
    /// True from before a write until it succeeded: what it left behind is not known.
    is_broken: bool,
}

/// Why a ledger did not take a line. But for [`Write`](LedgerError::Write) and [`Broken`](LedgerError::Broken) it takes others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The writer failed. Some of the line may be there, so this ledger takes no more.
    #[error("the ledger cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The writer failed before.
    #[error("the ledger takes no more lines, as its writer failed before: open its file again")]
    Broken,
    /// A time that a line cannot say.
    #[error("the time of the decision is outside of the years 0000 to 9999: record decisions about real times")]
    Time,
    /// More than a line can hold: thousands of orders name the meeting.
    #[error("the record has {found} bytes and a line has at most {MAX_LINE}: thousands of orders name one meeting, join them")]
    TooLong {
        /// How many it has.
        found: usize,
    },
    /// The number of the next line does not fit 64 bits.
    #[error("the ledger has as many lines as can be numbered: begin another one")]
    Full,
}

impl<W: Write> Ledger<W> {
    /// Begins a ledger: writes the header of its first file. The writer is at the end of what is to hold nothing else.
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn begin(writer: W, key: Key) -> Result<Ledger<W>, LedgerError> {
        Ledger::with_header(writer, key, 0, Digest::ZERO)
    }

    /// Begins another file of a ledger that goes on, after its last line: after the [`Head`] of a file that is sealed. When the
    /// ledger is at hand, [`rotate`](Ledger::rotate) does both.
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn carry_on(writer: W, key: Key, after: Head) -> Result<Ledger<W>, LedgerError> {
        let seq = after.seq.checked_add(1).ok_or(LedgerError::Full)?;
        Ledger::with_header(writer, key, seq, after.digest)
    }

    /// A ledger that goes on where the writer stands: after the line `head`, of this file.
    pub(super) fn resume(writer: W, key: Key, head: Head) -> Ledger<W> {
        Ledger { writer, key, head, line: Vec::new(), is_broken: false }
    }

    fn with_header(writer: W, key: Key, seq: u64, prev: Digest) -> Result<Ledger<W>, LedgerError> {
        let mut ledger = Ledger::resume(writer, key, Head { seq, digest: prev });
        ledger.append(&Line::Header(Header { seq, opened: SystemTime::now(), prev }))?;
        Ok(ledger)
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
        self.append(&Line::Record(Record::new(explanation, &self.key, seq, self.head.digest)))?;
        Ok(seq)
    }

    /// Ends the file with a seal and goes on in another one, whose header carries the chain over. Gives back the writer of the file
    /// that was ended.
    ///
    /// # Errors
    ///
    /// When either cannot be written. Then the ledger takes no more lines; [`head`](Ledger::head) tells whether the file is sealed.
    pub fn rotate(&mut self, writer: W) -> Result<W, LedgerError> {
        self.seal()?;
        self.flush()?;
        self.go_on(writer)
    }

    /// Writes the seal.
    pub(super) fn seal(&mut self) -> Result<(), LedgerError> {
        let seq = self.next_seq()?;
        // That there is a number left for the header of the next file is asked before anything is written.
        seq.checked_add(1).ok_or(LedgerError::Full)?;
        self.append(&Line::Seal(Seal { seq, sealed: SystemTime::now(), prev: self.head.digest }))
    }

    /// Goes on in the next file, after the seal.
    pub(super) fn go_on(&mut self, writer: W) -> Result<W, LedgerError> {
        let seq = self.next_seq()?;
        let ended = std::mem::replace(&mut self.writer, writer);
        self.append(&Line::Header(Header { seq, opened: SystemTime::now(), prev: self.head.digest }))?;
        Ok(ended)
    }

    /// Flushes the writer. Of lines that a buffered writer holds, acknowledged ones are lost when the program dies before.
    ///
    /// # Errors
    ///
    /// When the writer fails, now or before.
    pub fn flush(&mut self) -> Result<(), LedgerError> {
        self.guarded(Write::flush)
    }

    /// The last line. Publish it now and then where the ledger's keepers cannot reach it: lines removed from the end, or a ledger
    /// that was written anew as a whole, can be found in no other way.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The writer.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.writer
    }

    /// The writer, at the end of the last line.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.writer
    }

    fn next_seq(&self) -> Result<u64, LedgerError> {
        self.head.seq.checked_add(1).ok_or(LedgerError::Full)
    }

    fn append(&mut self, line: &Line) -> Result<(), LedgerError> {
        let mut bytes = std::mem::take(&mut self.line);
        bytes.clear();
        if !line.append_to(&mut bytes) {
            return Err(LedgerError::Time);
        }
        if bytes.len() > MAX_LINE {
            return Err(LedgerError::TooLong { found: bytes.len() });
        }
        let digest = Digest::of(&bytes);
        bytes.push(b'\n');
        self.guarded(|writer| writer.write_all(&bytes))?;
        self.head = Head { seq: line.seq(), digest };
        self.line = bytes;
        Ok(())
    }

    /// Does something with the writer, and nothing with it any more when that fails, or panics.
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
    /// Without the key, and without the line at hand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("head", &self.head).field("is_broken", &self.is_broken).finish_non_exhaustive()
    }
}
