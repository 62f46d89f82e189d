//! One line of a ledger: what it says, and the one way to write it.

use std::fmt::{self, Debug, Display};
use std::io;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::key::{Key, MeetingHash};
use crate::digest::Digest;
use crate::geo::Location;
use crate::policy::DecisionKind;
use crate::policy::{Consideration, Explanation, Reason};
use crate::region::Region;
use crate::text::quote::{Quoted, excerpt};
use crate::text::timestamp::{self, LeapSecond};

/// The form of the lines, as the header of each file gives it.
const VERSION: u32 = 1;

/// The most bytes of one line without its end. A record of one order has some 400, each further order adds its id; thousands of
/// orders that name one meeting fit. A file that never ends a line must not make us hold it.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// The first of each file.
    Header(Header),
    /// One decision.
    Record(Record),
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
    /// keep. Ascending.
    pub orders: Vec<String>,
    /// The greatest [`Reason`] among all orders that name the meeting or its account, of every status: that of the one that came
    /// nearest to reaching. `None` when no order names them.
    pub why: Option<Reason>,
    /// Where the participant's address is.
    pub region: Location,
    /// The length of the network that it was located by. `None` when it is not located.
    pub prefix_len: Option<u8>,
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
    /// The digest of the line before.
    pub prev: Digest,
}

/// Why some bytes are no line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It has more bytes than any line that is written.
    #[error("has more than {limit} bytes, as no line of a ledger has")]
    TooLong {
        /// How many it may have.
        limit: usize,
    },
    /// It cannot be read.
    #[error("is no line of a ledger ({})", Quoted(reason))]
    Unreadable {
        /// What the parser found.
        reason: String,
    },
    /// It can be read, and a ledger would have written the same otherwise, byte for byte.
    #[error("is not written as a ledger writes it")]
    NotCanonical,
    /// A header of a form that this version does not know.
    #[error("says that the ledger has form {version}, and only form {VERSION} is known here: use a later version")]
    Version {
        /// The form.
        version: u32,
    },
}

impl Line {
    /// Reads a line, without its end. What is read is written the same again, byte for byte.
    ///
    /// # Errors
    ///
    /// When a ledger would not have written these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Line, LineFault> {
        if bytes.len() > MAX_LINE {
            return Err(LineFault::TooLong { limit: MAX_LINE });
        }
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        // What a line is shows in its first key.
        let line = if bytes.starts_with(b"{\"ledger\"") {
            HeaderFields::deserialize(&mut parser).map_err(unreadable)?.line()?
        } else if bytes.starts_with(b"{\"sealed\"") {
            Line::Seal(SealFields::deserialize(&mut parser).map_err(unreadable)?)
        } else {
            Line::Record(RecordFields::deserialize(&mut parser).map_err(unreadable)?)
        };
        parser.end().map_err(unreadable)?;
        let mut same = Same { expected: bytes };
        match line.write(&mut same) {
            Ok(()) if same.expected.is_empty() => Ok(line),
            _ => Err(LineFault::NotCanonical),
        }
    }

    /// Appends the line to some bytes, without its end. False when one of its times is beyond RFC 3339, which ends with the year
    /// 9999.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> bool {
        self.write(bytes).is_ok()
    }

    fn write(&self, writer: impl io::Write) -> Result<(), serde_json::Error> {
        let mut writer = serde_json::Serializer::new(writer);
        match self {
            Line::Header(header) => HeaderFields::from(header).serialize(&mut writer),
            Line::Record(record) => RecordFields::serialize(record, &mut writer),
            Line::Seal(seal) => SealFields::serialize(seal, &mut writer),
        }
    }

    /// The line's number in the whole ledger, from 0.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Line::Header(header) => header.seq,
            Line::Record(record) => record.seq,
            Line::Seal(seal) => seal.seq,
        }
    }

    /// The digest that it gives for the line before.
    #[must_use]
    pub fn prev(&self) -> Digest {
        match self {
            Line::Header(header) => header.prev,
            Line::Record(record) => record.prev,
            Line::Seal(seal) => seal.prev,
        }
    }

    /// The decision, on a line that records one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Line::Record(record) => Some(record),
            Line::Header(_) | Line::Seal(_) => None,
        }
    }
}

impl Display for Line {
    /// As it stands in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        if !self.append_to(&mut bytes) {
            return Err(fmt::Error);
        }
        f.pad(&String::from_utf8_lossy(&bytes))
    }
}

/// Compares what is written with what was read, and holds nothing.
struct Same<'a> {
    expected: &'a [u8],
}

impl io::Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.expected = self.expected.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unreadable(error: serde_json::Error) -> LineFault {
    LineFault::Unreadable { reason: excerpt(&error.to_string()) }
}

// The twins of the lines, for the code that serde derives: the fields stand in the sequence in which they are written.

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {
    ledger: u32,
    seq: u64,
    #[serde(with = "time")]
    opened: SystemTime,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Record", deny_unknown_fields)]
struct RecordFields {
    seq: u64,
    #[serde(with = "time")]
    time: SystemTime,
    policy: Digest,
    atlas: Digest,
    meeting: MeetingHash,
    verdict: DecisionKind,
    orders: Vec<String>,
    #[serde(with = "why")]
    why: Option<Reason>,
    #[serde(deserialize_with = "location")]
    region: Location,
    prefix_len: Option<u8>,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Seal", deny_unknown_fields)]
struct SealFields {
    #[serde(with = "time")]
    sealed: SystemTime,
    seq: u64,
    prev: Digest,
}

impl From<&Header> for HeaderFields {
    fn from(header: &Header) -> HeaderFields {
        HeaderFields { ledger: VERSION, seq: header.seq, opened: header.opened, prev: header.prev }
    }
}

impl HeaderFields {
    fn line(self) -> Result<Line, LineFault> {
        match self {
            HeaderFields { ledger: VERSION, seq, opened, prev } => Ok(Line::Header(Header { seq, opened, prev })),
            HeaderFields { ledger: version, .. } => Err(LineFault::Version { version }),
        }
    }
}

/// Times are RFC 3339 in UTC, with as many decimals of a second as it takes.
mod time {
    use super::*;

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        let text = timestamp::format(*time).ok_or_else(|| ser::Error::custom("a time that RFC 3339 cannot write"))?;
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        timestamp::parse(<&str>::deserialize(deserializer)?, LeapSecond::Later).map_err(de::Error::custom)
    }
}

/// The why-code where there is nothing to have a reason.
pub(super) const NO_ORDER: &str = "no-order";

/// Why-codes are the names of reasons, and one more.
mod why {
    use super::*;

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(why: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
        match why {
            Some(reason) => reason.serialize(serializer),
            None => serializer.serialize_str(NO_ORDER),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Reason>, D::Error> {
        match <&str>::deserialize(deserializer)? {
            NO_ORDER => Ok(None),
            name => Reason::deserialize(de::value::StrDeserializer::new(name)).map(Some),
        }
    }
}

fn location<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Location, D::Error> {
    match <&str>::deserialize(deserializer)? {
        "contested" => Ok(Location::Contested),
        "unknown" => Ok(Location::Unknown),
        code => match code.parse::<Region>().map_err(de::Error::custom)? {
            Region::UNKNOWN => Err(de::Error::custom("no address is located in `ZZ`")),
            region => Ok(Location::In(region)),
        },
    }
}

impl Record {
    /// What is to be recorded of a decision.
    pub(super) fn new(explanation: &Explanation<'_>, key: &Key, seq: u64, prev: Digest) -> Record {
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
            prev,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    /// Every kind of line, as it is written.
    fn lines() -> Vec<String> {
        let digest = format!("sha256:{HASH}");
        let record = |middle: &str| {
            let start =
                format!(r#"{{"seq":7,"time":"2020-06-04T12:00:00.5Z","policy":"{digest}","atlas":"{digest}","meeting":"{HASH}""#);
            format!(r#"{start},{middle},"prev":"{digest}"}}"#)
        };
        vec![
            format!(r#"{{"ledger":1,"seq":0,"opened":"2020-06-03T00:00:00Z","prev":"{}"}}"#, Digest::ZERO),
            record(r#""verdict":"block-participant","orders":["cn-1","cn-2"],"why":"reaches","region":"CN-GD","prefix_len":24"#),
            record(r#""verdict":"keep-meeting","orders":["\"é\\\n"],"why":"contested","region":"contested","prefix_len":0"#),
            record(r#""verdict":"allow","orders":[],"why":"no-order","region":"unknown","prefix_len":null"#),
            record(r#""verdict":"allow","orders":[],"why":"expired","region":"HK","prefix_len":128"#),
            format!(r#"{{"sealed":"2020-06-05T00:00:00Z","seq":8,"prev":"{digest}"}}"#),
        ]
    }

    #[test]
    fn every_kind_of_line_is_read_and_written_again_the_same() {
        for text in lines() {
            assert_eq!(Line::parse(text.as_bytes()).map(|line| line.to_string()), Ok(text));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_no_line() {
        let changes = [
            ("{", "{ "),
            ("{", ""),
            ("}", "} "),
            ("}", "},"),
            ("}", ",\"user\":1}"),
            ("\"seq\":", "\"seq\":0"),
            ("\"seq\":", "\"seq\":-"),
            ("\"seq\":", "\"seq\":1e"),
            ("\"seq\":", "\"Seq\":"),
            ("\"seq\"", "\"s\\u0065q\""),
            (":00Z", ":00+00:00"),
            (":00Z", ":00.0Z"),
            (":00.5Z", ":00.50Z"),
            ("aabbcc", "AABBCC"),
            ("sha256:", ""),
            ("CN-GD", "cn-gd"),
            ("\"HK\"", "\"CN-HK\""),
            ("\"HK\"", "\"ZZ\""),
            ("\"HK\"", "\"UK\""),
            ("128", "256"),
            ("null", "\"\""),
            ("é", "\\u00e9"),
            ("no-order", "none"),
            ("\"allow\"", "\"close-account\""),
            ("\"ledger\":1", "\"ledger\":2"),
            ("\"prev\"", "\"prev\":null,\"prev\""),
        ];
        for (from, to) in changes {
            let changed = lines().into_iter().filter(|line| line.contains(from)).map(|line| line.replacen(from, to, 1));
            let refused = changed.inspect(|line| assert!(Line::parse(line.as_bytes()).is_err(), "{line}")).count();
            assert!(refused > 0, "no line has {from}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let long = vec![b' '; MAX_LINE + 1];
        assert_eq!(Line::parse(&long), Err(LineFault::TooLong { limit: MAX_LINE }));
        assert!(matches!(Line::parse(&[0xff; 9]), Err(LineFault::Unreadable { .. })));
        assert!(matches!(Line::parse(b""), Err(LineFault::Unreadable { .. })));
    }
}
