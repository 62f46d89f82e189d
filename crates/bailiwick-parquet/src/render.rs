//! Writes the line of a row, as a ledger writes it: `docs/json.md` says how.

use bailiwick::ledger::{Key, Line};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::Serialize;

use crate::row::{Kind, Row, Time};

/// 1970-01-01T00:00:00, UTC.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// From where the salt of a line comes.
#[derive(Clone, Copy)]
pub(crate) enum Salts<'a> {
    /// The key of the file.
    Key(&'a Key),
    /// The line itself, which is at hand while it is exported.
    Line(&'a Line),
    /// Nowhere. Only lines of form 1 can be written.
    None,
}

/// Appends the line of a row, without its end. `None` when its columns do not make a line.
pub(crate) fn append(row: &Row, prev: &str, salts: Salts<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    match row.kind {
        Kind::Header => {
            number(bytes, "{\"ledger\":", row.form?)?;
            number(bytes, ",\"seq\":", row.seq?)?;
            time(bytes, ",\"opened\":\"", row.time?)?;
            row.key_commitment.iter().for_each(|key| text(bytes, ",\"key\":\"", key));
        }
        Kind::Record => record(row, bytes)?,
        Kind::Unrecorded => {
            number(bytes, "{\"unrecorded\":", row.unrecorded?)?;
            number(bytes, ",\"seq\":", row.seq?)?;
        }
        Kind::Pad => {
            time(bytes, "{\"pad\":\"", row.time?)?;
            number(bytes, ",\"seq\":", row.seq?)?;
        }
        Kind::Seal => {
            time(bytes, "{\"sealed\":\"", row.time?)?;
            number(bytes, ",\"seq\":", row.seq?)?;
        }
        Kind::Other => return None,
    }
    if row.form? == 2 {
        text(bytes, ",\"salt\":\"", &salt(row.seq?, salts)?);
    }
    text(bytes, ",\"prev\":\"", prev);
    bytes.push(b'}');
    Some(())
}

fn record(row: &Row, bytes: &mut Vec<u8>) -> Option<()> {
    number(bytes, "{\"seq\":", row.seq?)?;
    time(bytes, ",\"time\":\"", row.time?)?;
    text(bytes, ",\"policy\":\"", row.policy.as_ref()?);
    text(bytes, ",\"atlas\":\"", row.atlas.as_ref()?);
    text(bytes, ",\"meeting\":\"", row.meeting.as_ref()?);
    text(bytes, ",\"verdict\":\"", row.verdict.as_ref()?);
    bytes.extend_from_slice(b",\"orders\":");
    // Texts of people: these alone need escapes.
    row.orders.as_ref()?.serialize(&mut serde_json::Serializer::new(&mut *bytes)).ok()?;
    text(bytes, ",\"why\":\"", row.why.as_ref()?);
    text(bytes, ",\"region\":\"", row.region.as_ref()?);
    bytes.extend_from_slice(b",\"prefix_len\":");
    row.prefix_len.serialize(&mut serde_json::Serializer::new(&mut *bytes)).ok()
}

fn salt(seq: i64, salts: Salts<'_>) -> Option<String> {
    match salts {
        Salts::Key(key) => Some(key.salt(u64::try_from(seq).ok()?).to_string()),
        Salts::Line(line) => line.salt().map(|salt| salt.to_string()),
        Salts::None => None,
    }
}

fn text(bytes: &mut Vec<u8>, member: &str, text: &str) {
    bytes.extend_from_slice(member.as_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'"');
}

fn number(bytes: &mut Vec<u8>, member: &str, number: impl Serialize) -> Option<()> {
    bytes.extend_from_slice(member.as_bytes());
    number.serialize(&mut serde_json::Serializer::new(&mut *bytes)).ok()
}

fn time(bytes: &mut Vec<u8>, member: &str, Time { micros, nanos }: Time) -> Option<()> {
    let since = SignedDuration::from_micros(micros).checked_add(SignedDuration::from_nanos(nanos.into()))?;
    let time = EPOCH.checked_add(since).ok()?;
    text(bytes, member, &format!("{time}Z"));
    Some(())
}
