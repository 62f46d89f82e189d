//! The members of each line, in the sequence in which they are written: twins of the lines, for the code that serde derives.

use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::fault::LineFault;
use super::kinds::{Form, Header, Line, NO_ORDER, Pad, Record, Seal, Unrecorded};
use crate::digest::Digest;
use crate::geo::Location;
use crate::ledger::key::{KeyCommitment, MeetingHash};
use crate::ledger::salt::Salt;
use crate::policy::{DecisionKind, Reason};
use crate::region::Region;
use crate::text::timestamp;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderFields {
    ledger: u32,
    seq: u64,
    #[serde(with = "time")]
    opened: SystemTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyCommitment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Record", deny_unknown_fields)]
pub(super) struct RecordFields {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Unrecorded", deny_unknown_fields)]
pub(super) struct UnrecordedFields {
    #[serde(rename = "unrecorded")]
    decisions: u64,
    seq: u64,
    salt: Salt,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Pad", deny_unknown_fields)]
pub(super) struct PadFields {
    #[serde(rename = "pad", with = "time")]
    time: SystemTime,
    seq: u64,
    salt: Salt,
    prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Seal", deny_unknown_fields)]
pub(super) struct SealFields {
    #[serde(with = "time")]
    sealed: SystemTime,
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    prev: Digest,
}

impl From<&Header> for HeaderFields {
    fn from(header: &Header) -> HeaderFields {
        let &Header { seq, opened, key, salt, prev } = header;
        let form = if salt.is_some() { Form::Two } else { Form::One };
        HeaderFields { ledger: form.number(), seq, opened, key, salt, prev }
    }
}

impl HeaderFields {
    /// The line, when the header has the members of its form, and no others.
    pub(super) fn line(self) -> Result<Line, LineFault> {
        let HeaderFields { ledger, seq, opened, key, salt, prev } = self;
        match (ledger, key, salt) {
            (1, None, None) | (2, Some(_), Some(_)) => Ok(Line::Header(Header { seq, opened, key, salt, prev })),
            (1 | 2, ..) => Err(LineFault::NotCanonical),
            (version, ..) => Err(LineFault::Version { version }),
        }
    }
}

/// Times are RFC 3339 in UTC, with as many decimals of a second as it takes.
mod time {
    use super::{Deserialize, Deserializer, Serializer, SystemTime, de, ser, timestamp};

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        let text = timestamp::format(*time).ok_or_else(|| ser::Error::custom("a time that RFC 3339 cannot write"))?;
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        timestamp::parse(<&str>::deserialize(deserializer)?, timestamp::LeapSecond::Later).map_err(de::Error::custom)
    }
}

/// Why-codes are the names of reasons, and one more.
mod why {
    use super::{Deserialize, Deserializer, NO_ORDER, Reason, Serialize, Serializer, de};

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
