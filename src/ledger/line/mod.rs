//! One line of a ledger: what it says, and the one way to write it.

mod fault;
mod fields;
mod consistency;
#[cfg(test)]
mod tests;

use std::fmt::{self, Debug, Display};
use std::io;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use consistency::Inconsistency;
pub use fault::LineFault;
use fault::unreadable;
pub(super) use fields::NO_ORDER;
use fields::{HeaderFields, PadFields, RecordFields, SealFields, UnrecordedFields};

use super::key::{Key, KeyCommitment, MeetingHash};
use super::salt::Salt;
use crate::digest::Digest;
use crate::geo::Location;
use crate::policy::DecisionKind;
use crate::policy::{Consideration, Explanation, Reason};

/// The most bytes of a line of form 1, without its end. A file that never ends a line must not make a reader hold it.
pub(super) const MAX_LINE: usize = 1 << 20;

/// The most bytes of a line of form 2, without its end: an entry of a transparency log (C2SP tlog-tiles) has its length in 16 bits.
/// A record of one order has some 500; each further order adds its id, of at most 512.
const MAX_SALTED: usize = 65_535;

/// The form of the lines of a file: which members they have. The header of the file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Without salts. Files that have it are read, verified and gone on with; none is begun.
    One,
    /// Each line has a salt, the header a commitment to the key.
    Two,
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// The first of each file.
    Header(Header),
    /// One decision.
    Record(Record),
    /// The number of decisions that were made and not recorded.
    Unrecorded(Unrecorded),
    /// Says nothing, so that the number of lines tells nothing.
    Pad(Pad),
    /// The last of a file that another one follows.
    Seal(Seal),
}

/// The first line of each file: it carries the chain over from the file before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The line's number in the whole ledger, from 0.
    pub seq: u64,
    /// When the file was begun.
    pub opened: SystemTime,
    /// The commitment to the key of the file. `None` in form 1.
    pub key: Option<KeyCommitment>,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the last line of the file before: zeros in the first file of a ledger.
    pub prev: Digest,
}

/// One decision, without anything of the person whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// The time that was decided about.
    pub time: SystemTime,
    /// The digest of the policy that decided: [`Policy::digest`](crate::Policy::digest).
    pub policy: Digest,
    /// The digest of its atlas: [`Atlas::digest`](crate::Atlas::digest).
    pub atlas: Digest,
    /// The meeting's id, as a keyed hash.
    pub meeting: MeetingHash,
    /// What was decided.
    pub verdict: DecisionKind,
    /// The ids of the orders that reach the participant, of a block; of those in force that name the meeting or its account, of a
    /// keep; none of an allow. Ascending byte for byte, each once.
    pub orders: Vec<String>,
    /// The greatest [`Reason`] among all orders that name the meeting or its account, of every status: that of the one that came
    /// nearest to reaching. `None` when no order names them.
    pub why: Option<Reason>,
    /// Where the participant's address is.
    pub region: Location,
    /// The length of the network that the address was located, or contested, by, from 0 to 128. `None` exactly when the address is
    /// not located.
    pub prefix_len: Option<u8>,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the line before.
    pub prev: Digest,
}

/// The number of decisions that were made and not recorded, such as while the disk was full. In form 2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecorded {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// How many decisions: none, or at least [`Unrecorded::LEAST`].
    pub decisions: u64,
    /// The salt of the line.
    pub salt: Salt,
    /// The digest of the line before.
    pub prev: Digest,
}

impl Unrecorded {
    /// The least number, but for 0, that a line may have: a number of people below ten is not shown anywhere.
    pub const LEAST: u64 = 10;
}

/// A line that says nothing, so that nobody can tell from the number of lines how many decisions there are. In form 2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pad {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// When it was written.
    pub time: SystemTime,
    /// The salt of the line.
    pub salt: Salt,
    /// The digest of the line before.
    pub prev: Digest,
}

/// The last line of a file that another one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seal {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// When the file was ended.
    pub sealed: SystemTime,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the line before.
    pub prev: Digest,
}

impl Form {
    /// Its number, as the header has it.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Form::One => 1,
            Form::Two => 2,
        }
    }

    /// The most bytes of a line, without its end.
    #[must_use]
    pub fn max_line(self) -> usize {
        match self {
            Form::One => MAX_LINE,
            Form::Two => MAX_SALTED,
        }
    }

    /// The salt of a line of this form.
    pub(super) fn salt(self, key: &Key, seq: u64) -> Option<Salt> {
        match self {
            Form::One => None,
            Form::Two => Some(key.salt(seq)),
        }
    }
}

impl Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

impl Line {
    /// Reads a line, without its end. What is read is written the same again, byte for byte.
    ///
    /// # Errors
    ///
    /// When a ledger would not have written these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Line, LineFault> {
        LineFault::of_bytes(bytes)?;
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        // The first key tells the kinds of lines apart.
        let line = if bytes.starts_with(b"{\"ledger\"") {
            HeaderFields::deserialize(&mut parser).map_err(unreadable)?.line()?
        } else if bytes.starts_with(b"{\"sealed\"") {
            Line::Seal(SealFields::deserialize(&mut parser).map_err(unreadable)?)
        } else if bytes.starts_with(b"{\"pad\"") {
            Line::Pad(PadFields::deserialize(&mut parser).map_err(unreadable)?)
        } else if bytes.starts_with(b"{\"unrecorded\"") {
            Line::Unrecorded(UnrecordedFields::deserialize(&mut parser).map_err(unreadable)?)
        } else {
            Line::Record(RecordFields::deserialize(&mut parser).map_err(unreadable)?)
        };
        parser.end().map_err(unreadable)?;
        let mut rest = Expected { bytes };
        if line.write(&mut rest).is_err() || !rest.bytes.is_empty() {
            return Err(LineFault::NotCanonical);
        }
        if bytes.len() > line.form().max_line() {
            return Err(LineFault::TooLong { limit: line.form().max_line() });
        }
        line.is_consistent()?;
        Ok(line)
    }

    /// The bytes of the line as they stand in a file, without the line feed: what its digest is of. `None` when one of its times
    /// was set to one outside of the years 0000 to 9999.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.append_to(&mut bytes).then_some(bytes)
    }

    /// The digest of the line, which the next one carries: SHA-256 of [`to_bytes`](Line::to_bytes), and `None` where that is.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.to_bytes().map(|bytes| Digest::of(&bytes))
    }

    /// Appends the line to some bytes, without its end. False when one of its times is outside of the years 0000 to 9999, which
    /// RFC 3339 cannot write.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> bool {
        self.write(bytes).is_ok()
    }

    fn write(&self, writer: impl io::Write) -> Result<(), serde_json::Error> {
        let mut writer = serde_json::Serializer::new(writer);
        match self {
            Line::Header(header) => HeaderFields::from(header).serialize(&mut writer),
            Line::Record(record) => RecordFields::serialize(record, &mut writer),
            Line::Unrecorded(unrecorded) => UnrecordedFields::serialize(unrecorded, &mut writer),
            Line::Pad(pad) => PadFields::serialize(pad, &mut writer),
            Line::Seal(seal) => SealFields::serialize(seal, &mut writer),
        }
    }

    /// The line's number in the whole ledger, from 0.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Line::Header(header) => header.seq,
            Line::Record(record) => record.seq,
            Line::Unrecorded(unrecorded) => unrecorded.seq,
            Line::Pad(pad) => pad.seq,
            Line::Seal(seal) => seal.seq,
        }
    }

    /// The digest that it gives for the line before.
    #[must_use]
    pub fn prev(&self) -> Digest {
        match self {
            Line::Header(header) => header.prev,
            Line::Record(record) => record.prev,
            Line::Unrecorded(unrecorded) => unrecorded.prev,
            Line::Pad(pad) => pad.prev,
            Line::Seal(seal) => seal.prev,
        }
    }

    /// The salt of the line. `None` in form 1.
    #[must_use]
    pub fn salt(&self) -> Option<Salt> {
        match self {
            Line::Header(header) => header.salt,
            Line::Record(record) => record.salt,
            Line::Unrecorded(unrecorded) => Some(unrecorded.salt),
            Line::Pad(pad) => Some(pad.salt),
            Line::Seal(seal) => seal.salt,
        }
    }

    /// The form in which the line is written.
    #[must_use]
    pub fn form(&self) -> Form {
        if self.salt().is_some() { Form::Two } else { Form::One }
    }

    /// The decision, on a line that records one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Line::Record(record) => Some(record),
            Line::Header(_) | Line::Unrecorded(_) | Line::Pad(_) | Line::Seal(_) => None,
        }
    }
}

impl Display for Line {
    /// As it stands in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes().ok_or(fmt::Error)?;
        f.pad(&String::from_utf8_lossy(&bytes))
    }
}

/// Compares what is written with what was read, and holds nothing.
struct Expected<'a> {
    bytes: &'a [u8],
}

impl io::Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes = self.bytes.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Record {
    /// The record of a decision.
    pub(super) fn new(explanation: &Explanation<'_>, key: &Key, form: Form, seq: u64, prev: Digest) -> Record {
        Record {
            seq,
            time: explanation.at(),
            policy: explanation.policy.digest(),
            atlas: explanation.policy.atlas_digest(),
            meeting: key.hash(explanation.meeting()),
            verdict: explanation.decision().kind(),
            orders: explanation.decision().ids().map(str::to_owned).collect(),
            why: explanation.orders().iter().map(Consideration::reason).max(),
            region: explanation.location(),
            prefix_len: explanation.network().map(|network| network.prefix_len()),
            salt: form.salt(key, seq),
            prev,
        }
    }
}
