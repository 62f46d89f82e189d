//! One line of a ledger: its content, and the one way to write it.

mod kinds;
mod consistency;
mod fault;
mod fields;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display};
use std::io;

use serde::{Deserialize, Serialize};

pub use consistency::Inconsistency;
pub use fault::LineFault;
use fault::unreadable;
use fields::{HeaderFields, PadFields, RecordFields, SealFields, UnrecordedFields};
pub use kinds::{Form, Header, Line, Pad, Record, Seal, Unrecorded};
pub(super) use kinds::{MAX_LINE, NO_ORDER};

use super::key::Key;
use super::salt::Salt;
use crate::digest::Digest;
use crate::policy::{Consideration, Explanation};

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

/// Compares bytes with those that were read, as they are written.
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
