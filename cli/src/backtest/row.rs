//! A row of a file, read as a join.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bailiwick::backtest::{Day, Join};
use bailiwick::text::{Timestamp, read_address};
use bailiwick::{Meeting, Region};

use crate::backtest_args::{Field, TimeUnit};
use crate::time;

/// A value as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw<'a> {
    /// No value: null, or an empty field of CSV.
    Absent,
    Text(Cow<'a, str>),
    Number(i64),
    /// An address that the file has as bytes or as an unsigned number of 32 bits.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "text has no types"))]
    Address(IpAddr),
    /// A time whose type has its unit.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "text has no types"))]
    Time(SystemTime),
    /// Anything else, as it is shown.
    Other(String),
}

/// The values of a row, in the sequence of [`Field::ALL`].
pub(crate) type Values<'a> = [Raw<'a>; 5];

/// A row without values.
pub(crate) fn absent<'a>() -> Values<'a> {
    [const { Raw::Absent }; 5]
}

/// Why a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unread {
    /// The field, and its value, where it is one field.
    pub(crate) value: Option<(&'static str, Option<String>)>,
    /// What to write instead.
    pub(crate) hint: &'static str,
}

impl Unread {
    /// A row that has no fields that could be told apart.
    pub(crate) fn row(hint: &'static str) -> Unread {
        Unread { value: None, hint }
    }

    fn field(field: Field, raw: &Raw<'_>, hint: &'static str) -> Unread {
        let shown = match raw {
            Raw::Absent => None,
            Raw::Text(text) => Some(text.chars().take(SHOWN).collect()),
            Raw::Number(number) => Some(number.to_string()),
            Raw::Address(address) => Some(address.to_string()),
            Raw::Time(_) => Some("a time".to_owned()),
            Raw::Other(text) => Some(text.chars().take(SHOWN).collect()),
        };
        Unread { value: Some((field.name(), shown)), hint }
    }
}

/// The most characters of a value that are shown.
const SHOWN: usize = 60;

/// Reads the values of a row.
pub(crate) fn join<'a>(values: &'a Values<'_>, unit: Option<TimeUnit>) -> Result<Join<'a>, Unread> {
    let [meeting, address, time, account, host_region] = values;
    let id = required(Field::Meeting, meeting)?;
    let account = text(Field::Account, account)?;
    let meeting = account.map_or(Meeting::new(id), |account| Meeting::new(id).hosted_by(account));
    let address = self::address(address)?;
    // It decides nothing about the participant. So a row is not left out for it.
    let host_region = match host_region {
        Raw::Text(text) => text.parse().unwrap_or(Region::UNKNOWN),
        _ => Region::UNKNOWN,
    };
    Ok(Join::new(meeting, address, self::time(time, unit)?).hosted_in(host_region))
}

fn required<'a>(field: Field, raw: &'a Raw<'_>) -> Result<&'a str, Unread> {
    text(field, raw)?.ok_or_else(|| Unread::field(field, raw, "give one: without it nothing can be asked"))
}

/// A text, or nothing.
fn text<'a>(field: Field, raw: &'a Raw<'_>) -> Result<Option<&'a str>, Unread> {
    match raw {
        Raw::Absent => Ok(None),
        Raw::Text(text) => Ok(Some(text.as_ref()).filter(|text| !text.is_empty())),
        other => Err(Unread::field(field, other, "write it as a text, in the form in which the orders name it")),
    }
}

fn address(raw: &Raw<'_>) -> Result<IpAddr, Unread> {
    const HINT: &str = "write one address, like `203.0.113.7` or `2001:db8::7`, without a port, a length or a zone";
    match raw {
        Raw::Address(address) => Ok(*address),
        Raw::Text(text) if !text.is_empty() => read_address(text).ok_or_else(|| Unread::field(Field::Address, raw, HINT)),
        Raw::Text(_) | Raw::Absent => Err(Unread::field(Field::Address, &Raw::Absent, "give one: without it nothing can be asked")),
        _ => Err(Unread::field(Field::Address, raw, HINT)),
    }
}

fn time(raw: &Raw<'_>, unit: Option<TimeUnit>) -> Result<SystemTime, Unread> {
    const HINT: &str = "write a date and time with an offset, such as `2026-06-04T12:00:00Z`, or a number and `--time-unit`";
    const NO_OFFSET: &str = "end it with `Z` for UTC, or with an offset like `+08:00`";
    const YEAR: &str =
        "it is not in the years 0000 to 9999, or does not exist: give the right unit with `--time-unit`, or another time";
    let wrong = |hint| Unread::field(Field::Time, raw, hint);
    let time = match raw {
        Raw::Time(time) => Ok(*time),
        Raw::Number(number) => unit.and_then(|unit| since_epoch(*number, unit)).ok_or_else(|| wrong(HINT)),
        Raw::Text(text) if !text.is_empty() => match (Timestamp::from_iso_8601(text).ok(), unit) {
            (Some(time), _) => Ok(time.into()),
            (None, _) if time::has_form(text) => Err(wrong(YEAR)),
            (None, Some(unit)) => text.parse().ok().and_then(|number| since_epoch(number, unit)).ok_or_else(|| wrong(HINT)),
            (None, None) if text.parse::<jiff::civil::DateTime>().is_ok() => Err(wrong(NO_OFFSET)),
            (None, None) => Err(wrong(HINT)),
        },
        Raw::Text(_) | Raw::Absent => Err(Unread::field(Field::Time, &Raw::Absent, "give one: without it nothing can be asked")),
        _ => Err(wrong(HINT)),
    }?;
    // A backtest counts a join of no day as not read, and cannot name it.
    if Day::of(time).is_some() { Ok(time) } else { Err(wrong(YEAR)) }
}

/// The time at a number of units since 1970-01-01T00:00:00Z.
pub(crate) fn since_epoch(number: i64, unit: TimeUnit) -> Option<SystemTime> {
    let nanoseconds = i128::from(number).checked_mul(unit.nanoseconds())?;
    let magnitude = nanoseconds.unsigned_abs();
    let seconds = u64::try_from(magnitude / 1_000_000_000).ok()?;
    let distance = Duration::new(seconds, u32::try_from(magnitude % 1_000_000_000).ok()?);
    if nanoseconds < 0 { SystemTime::UNIX_EPOCH.checked_sub(distance) } else { SystemTime::UNIX_EPOCH.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Raw<'_> {
        Raw::Text(text.into())
    }

    #[test]
    fn a_time_is_read_with_its_offset_and_never_guessed() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for (raw, unit, seconds) in [
            (text("2020-06-04T12:00:00Z"), None, 1_591_272_000),
            (text("2020-06-04T20:00:00+08:00"), None, 1_591_272_000),
            (text("2020-06-04 12:00:00+00"), None, 1_591_272_000),
            (text("9999-12-31T23:59:59Z"), None, 253_402_300_799),
            (text("1591272000"), Some(TimeUnit::Seconds), 1_591_272_000),
            (Raw::Number(1_591_272_000_000), Some(TimeUnit::Milliseconds), 1_591_272_000),
        ] {
            assert_eq!(time(&raw, unit), Ok(at(seconds)), "{raw:?}");
        }
        for (raw, unit, hint) in [
            (text("2020-06-04T12:00:00"), None, "end it with `Z`"),
            (text("2020-06-04 12:00:00"), None, "end it with `Z`"),
            (text("1591272000"), None, "--time-unit"),
            (Raw::Number(1_591_272_000), None, "--time-unit"),
            (text("4 June 2020"), None, "such as `2026-06-04T12:00:00Z`"),
            (text("12"), Some(TimeUnit::Seconds), ""),
            (Raw::Absent, None, "give one"),
            // Milliseconds, said to be seconds.
            (Raw::Number(1_591_272_000_000), Some(TimeUnit::Seconds), "the right unit with `--time-unit`"),
            (text("1591272000000"), Some(TimeUnit::Seconds), "the right unit with `--time-unit`"),
            (text("-000001-01-01T00:00:00Z"), None, "the years 0000 to 9999"),
            (text("9999-12-31T23:59:59-05:00"), None, "the years 0000 to 9999"),
        ] {
            match time(&raw, unit) {
                Ok(time) => assert!(hint.is_empty() && time == at(12)),
                Err(unread) => assert!(unread.hint.contains(hint) && !hint.is_empty(), "{raw:?}: {}", unread.hint),
            }
        }
        assert_eq!(since_epoch(-1, TimeUnit::Milliseconds), Some(SystemTime::UNIX_EPOCH - Duration::from_millis(1)));
        assert!([i64::MIN, i64::MAX].iter().all(|&number| since_epoch(number, TimeUnit::Nanoseconds).is_some()));
    }

    #[test]
    fn a_row_is_a_join_when_its_meeting_address_and_time_are_there() {
        let right = [text("vigil"), text("::ffff:203.0.113.7"), text("2020-06-04T12:00:00Z"), Raw::Absent, text("us")];
        assert_eq!(join(&right, None).unwrap().host_region, "US".parse().unwrap());
        let cases = [
            (0, Raw::Absent, "meeting"),
            (0, text(""), "meeting"),
            (0, Raw::Number(7), "meeting"),
            (1, text("203.0.113.0/24"), "address"),
            (1, text("203.0.113.7:443"), "address"),
            (1, text("3405803776"), "address"),
            (1, text("2001:db8::7%eth0"), "address"),
            (1, text("203.0.113.7%eth0"), "address"),
            (1, text("fe80::7%"), "address"),
            (1, Raw::Number(3_405_803_776), "address"),
            (2, text("yesterday"), "time"),
            (3, Raw::Other("[]".to_owned()), "account"),
        ];
        for (at, raw, field) in cases {
            let mut wrong = right.clone();
            wrong[at] = raw;
            assert_eq!(join(&wrong, None).unwrap_err().value.unwrap().0, field);
        }
        let mut linked = right.clone();
        linked[1] = text("fe80::7%eth0");
        assert_eq!(join(&linked, None).unwrap().address, "fe80::7".parse::<IpAddr>().unwrap());
        for (at, raw) in [(3, text("")), (3, Raw::Absent), (4, text("")), (4, text("Mars")), (4, Raw::Number(1))] {
            let mut other = right.clone();
            other[at] = raw;
            assert!(join(&other, None).is_ok(), "an account may be absent, and the region of a host decides nothing");
        }
    }
}
