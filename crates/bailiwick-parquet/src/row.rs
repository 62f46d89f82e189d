//! One row of an archive: a line of a ledger, without what can be computed.

use std::time::{SystemTime, UNIX_EPOCH};

use bailiwick::ledger::{Header, Line, Record};

/// The why-code of a decision about a meeting that no order names.
const NO_ORDER: &str = "no-order";

/// One row, with the values of its columns but `file`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) seq: Option<i64>,
    pub(crate) form: Option<i32>,
    pub(crate) time: Option<Time>,
    pub(crate) policy: Option<String>,
    pub(crate) atlas: Option<String>,
    pub(crate) meeting: Option<String>,
    pub(crate) verdict: Option<String>,
    pub(crate) orders: Option<Vec<String>>,
    pub(crate) why: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) prefix_len: Option<i32>,
    pub(crate) unrecorded: Option<i64>,
    pub(crate) key_commitment: Option<String>,
    pub(crate) prev: Option<String>,
    pub(crate) raw: Option<Vec<u8>>,
}

/// The kind of the line of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Header,
    Record,
    Unrecorded,
    Pad,
    Seal,
    /// No line of a ledger.
    #[default]
    Other,
}

/// Every kind, and its name in the column.
const KINDS: [(Kind, &str); 6] = [
    (Kind::Header, "header"),
    (Kind::Record, "record"),
    (Kind::Unrecorded, "unrecorded"),
    (Kind::Pad, "pad"),
    (Kind::Seal, "seal"),
    (Kind::Other, "other"),
];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, name)| name)
    }

    pub(crate) fn named(name: &str) -> Option<Kind> {
        KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// A time, as the columns `time` and `nanos` have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Time {
    /// Microseconds since 1970-01-01T00:00:00Z, those of the last one that is not after the time.
    pub(crate) micros: i64,
    /// The nanoseconds from there to the time, 0 to 999.
    pub(crate) nanos: i32,
}

impl Time {
    /// `None` for a time that no line has: a line's years are 0000 to 9999.
    fn of(time: SystemTime) -> Option<Time> {
        let nanos = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).ok()?,
            Err(before) => -i128::try_from(before.duration().as_nanos()).ok()?,
        };
        let micros = i64::try_from(nanos.div_euclid(1000)).ok()?;
        Some(Time { micros, nanos: i32::try_from(nanos.rem_euclid(1000)).ok()? })
    }
}

impl Row {
    /// The row of a line, with its `prev` and without `raw`. A value that a column cannot hold is null.
    pub(crate) fn of(line: &Line) -> Row {
        let prev = Some(line.prev().to_string());
        let form = i32::try_from(line.form().number()).ok();
        let row = Row { seq: i64::try_from(line.seq()).ok(), form, prev, ..Row::default() };
        match line {
            Line::Header(header) => row.with_header(header),
            Line::Record(record) => row.with_record(record),
            Line::Unrecorded(count) => {
                // A count that is too large is still one that is large: a sum over the column must not lose it.
                let unrecorded = Some(i64::try_from(count.decisions).unwrap_or(i64::MAX));
                Row { kind: Kind::Unrecorded, unrecorded, ..row }
            }
            Line::Pad(pad) => Row { kind: Kind::Pad, time: Time::of(pad.time), ..row },
            Line::Seal(seal) => Row { kind: Kind::Seal, time: Time::of(seal.sealed), ..row },
            // A kind that a later version of the library has: the line is kept in `raw`.
            _ => Row { form: None, seq: None, prev: None, ..row },
        }
    }

    fn with_header(self, header: &Header) -> Row {
        let key_commitment = header.key.map(|key| key.to_string());
        Row { kind: Kind::Header, time: Time::of(header.opened), key_commitment, ..self }
    }

    fn with_record(self, record: &Record) -> Row {
        Row {
            kind: Kind::Record,
            time: Time::of(record.time),
            policy: Some(record.policy.to_string()),
            atlas: Some(record.atlas.to_string()),
            meeting: Some(record.meeting.to_string()),
            verdict: Some(record.verdict.name().to_owned()),
            orders: Some(record.orders.clone()),
            why: Some(record.why.map_or(NO_ORDER, |why| why.name()).to_owned()),
            region: Some(record.region.to_string()),
            prefix_len: record.prefix_len.map(i32::from),
            ..self
        }
    }

    /// The row of bytes that are no line of a ledger.
    pub(crate) fn other(bytes: &[u8]) -> Row {
        Row { raw: Some(bytes.to_vec()), ..Row::default() }
    }

    /// About how many bytes its values of unbounded length have.
    pub(crate) fn weight(&self) -> usize {
        let ids = self.orders.as_ref().map_or(0, |ids| ids.iter().map(|id| id.len() + 8).sum());
        ids + self.raw.as_ref().map_or(0, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_its_microsecond_and_the_nanoseconds_after_it() {
        let cases = [(0, false, 0, 0), (1_999, false, 1, 999), (1, true, -1, 999), (1_000, true, -1, 0), (1_001, true, -2, 999)];
        for (nanos, is_before, micros, rest) in cases {
            let distance = Duration::from_nanos(nanos);
            let time = if is_before { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
            assert_eq!(Time::of(time), Some(Time { micros, nanos: rest }), "{nanos}");
        }
    }
}
