//! Times as an order writes them: RFC 3339 strings with an offset.

use std::fmt::{self, Display};
use std::ops::Range;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserializer, Serializer, ser};

use crate::text::quote::{Quoted, excerpt};
use crate::text::suggestion::{Meant, Suggestion};

/// A time that RFC 3339 can write: one of the years 0000 to 9999 in UTC, to the last nanosecond of them.
///
/// ```
/// use bailiwick::text::Timestamp;
///
/// let last: Timestamp = "9999-12-31T23:59:59Z".parse()?;
/// assert_eq!(last.to_string(), "9999-12-31T23:59:59Z");
/// # Ok::<(), bailiwick::text::ParseTimestampError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(SystemTime);

impl Timestamp {
    /// `None` for a time before the year 0000 or after 9999.
    #[must_use]
    pub fn new(time: SystemTime) -> Option<Timestamp> {
        let years = from_system_time(time).map(DateTime::year)?;
        (years >= 0).then_some(Timestamp(time))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(Timestamp(time): Timestamp) -> SystemTime {
        time
    }
}

/// In UTC, such as `2020-06-03T00:00:00Z`.
impl Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: `new` took it, so it can be written.
        f.pad(&format(self.0).unwrap_or_default())
    }
}

/// Reads the `date-time` of RFC 3339, with any offset.
///
/// A leap second, which `SystemTime` does not count, is the last nanosecond before the midnight that follows it. An order that begins or
/// ends beside it is then in force exactly when its text says so; one that itself begins or ends within a leap second is not in force
/// there.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Timestamp, ParseTimestampError> {
        parse(text, LeapSecond::Within).map(Timestamp).map_err(ParseTimestampError)
    }
}

impl Timestamp {
    /// Reads a time as people and other programs write it: RFC 3339, and the forms of ISO 8601 that have a date, a time of the day and an
    /// offset, such as `2020-06-04 12:00+08`. A leap second is read as by [`FromStr`], in every form.
    ///
    /// # Errors
    ///
    /// When the text is no such time, when it is outside of the years 0000 to 9999 in UTC, or when it is a leap second where none can be.
    pub fn from_iso_8601(text: &str) -> Result<Timestamp, ParseTimestampError> {
        match text.parse::<jiff::Timestamp>().map(SystemTime::from) {
            Ok(time) if is_leap_second(text) => within_leap_second(text, time),
            Ok(time) => Timestamp::new(time).ok_or_else(|| TimestampError::Year(excerpt(text))),
            // The times of `jiff` end two hours and a day before the year 9999 does, and many write its last second for ever.
            Err(_) => parse(text, LeapSecond::Within).map(Timestamp),
        }
        .map_err(ParseTimestampError)
    }
}

/// The time that stands for a leap second in a text of which `jiff` read the second before.
fn within_leap_second(text: &str, before: SystemTime) -> Result<Timestamp, TimestampError> {
    let utc = || from_system_time(before).filter(|&utc| can_precede_leap_second(utc));
    match parse(text, LeapSecond::Within) {
        // A form that RFC 3339 does not have.
        Err(TimestampError::Shape(_)) => utc()
            .and_then(|utc| utc.with().subsec_nanosecond(LAST_NANOSECOND).build().ok())
            .and_then(to_system_time)
            .map(Timestamp)
            .ok_or_else(|| TimestampError::Value(excerpt(text))),
        read => read.map(Timestamp),
    }
}

/// Whether the time of the day has 60 seconds, in a text that has the form of ISO 8601, with or without colons.
fn is_leap_second(text: &str) -> bool {
    let Some((_, time)) = text.split_once(['T', 't', ' ']) else { return false };
    let digits = time.chars().filter(|&c| c != ':').take_while(char::is_ascii_digit).skip("hhmm".len());
    digits.take("ss".len()).eq("60".chars())
}

/// Why a text is no [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ParseTimestampError(TimestampError);

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimestampError {
    #[error("{} has no offset: end it with `Z` for UTC, or with one like `+08:00`", Quoted(.0))]
    NoOffset(String),
    #[error("{} is not an RFC 3339 date and time with an offset: write one like `2020-06-03T00:00:00Z`", Quoted(.0))]
    Shape(String),
    #[error("{} has more than nine decimals of a second: write at most nine", Quoted(.0))]
    Decimals(String),
    #[error("{} does not exist: check the month, the day and the time of the day", Quoted(.0))]
    Value(String),
    #[error(
        "{} is a leap second where none can be, which is at the end of a month in UTC{}",
        Quoted(text),
        Meant(Some(suggestion))
    )]
    LeapSecond { text: String, suggestion: Suggestion },
    #[error("{} is outside of the years 0000 to 9999 in UTC: leave the time out if it is to mean always or never", Quoted(.0))]
    Year(String),
}

#[cfg(feature = "orders-file")]
impl TimestampError {
    /// The value to write instead, where it is known.
    pub(crate) fn suggestion(&self) -> Option<&Suggestion> {
        if let TimestampError::LeapSecond { suggestion, .. } = self { Some(suggestion) } else { None }
    }
}

/// The instant that stands for a leap second: `SystemTime` counts none, and clocks repeat, skip or stretch the seconds around one. Each is
/// chosen so that nobody is blocked beyond the text of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeapSecond {
    /// The next midnight, which is after the leap second by every clock: an order takes effect no earlier than written.
    Later,
    /// The start of the second before, which is before the leap second by every clock: an order lasts no longer than written.
    Earlier,
    /// The last nanosecond before the next midnight, for a time that is asked about: it is after every time of the second before, and
    /// before the midnight. An order that ended in that second is over, and one that begins with the midnight is not in force yet.
    Within,
}

/// The last nanosecond of a second.
const LAST_NANOSECOND: i32 = 999_999_999;

/// Reads the `date-time` of RFC 3339, section 5.6. The grammar is checked here, because `jiff` reads more of ISO 8601 than
/// that.
///
/// A leap second (`:60`) can be the last second of any month in UTC (ITU-R TF.460-6, section 2.1; so far it was one of June or
/// December, RFC 3339, section 5.7), since 1972. Whether there was one is not checked: those to come are not known.
pub(crate) fn parse(text: &str, leap_second: LeapSecond) -> Result<SystemTime, TimestampError> {
    let excerpt = || excerpt(text);
    let offset = after_seconds(text).ok_or_else(|| TimestampError::Shape(excerpt()))?;
    let (local, _) = text.split_at_checked(text.len() - offset.len()).unwrap_or((text, ""));
    if local.len() > "0000-00-00T00:00:00.000000000".len() {
        return Err(TimestampError::Decimals(excerpt()));
    }
    let ahead = match offset.as_bytes() {
        [] => return Err(TimestampError::NoOffset(excerpt())),
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), hours @ .., b':', _, _] if is_hour(hours) => minutes(offset)
            .map(|ahead| if *sign == b'-' { -ahead } else { ahead })
            .ok_or_else(|| TimestampError::Shape(excerpt()))?,
        _ => return Err(TimestampError::Shape(excerpt())),
    };
    let is_leap_second = local.get(SECONDS) == Some("60");
    // `jiff` reads `:60` as `:59`.
    let local: DateTime = local.parse().map_err(|_| TimestampError::Value(excerpt()))?;
    let utc = |local: DateTime| local.checked_sub(SignedDuration::from_mins(ahead)).ok().filter(|utc| utc.year() >= 0);
    let mut at = utc(local);
    if is_leap_second {
        let second = SignedDuration::from_secs(1);
        let before = local.with().subsec_nanosecond(0).build().map_err(|_| TimestampError::Value(excerpt()))?;
        let after = before.checked_add(second).ok();
        if !utc(before).is_some_and(can_precede_leap_second) {
            return Err(match after {
                Some(after) => {
                    TimestampError::LeapSecond { text: excerpt(), suggestion: Suggestion::write(format!("{after}{offset}")) }
                }
                None => TimestampError::Value(excerpt()),
            });
        }
        at = match leap_second {
            LeapSecond::Earlier => utc(before),
            LeapSecond::Later => after.and_then(utc),
            LeapSecond::Within => before.with().subsec_nanosecond(LAST_NANOSECOND).build().ok().and_then(utc),
        };
    }
    at.and_then(to_system_time).ok_or_else(|| TimestampError::Year(excerpt()))
}

/// The position of the seconds in a time.
const SECONDS: Range<usize> = "0000-00-00T00:00:".len().."0000-00-00T00:00:00".len();

/// Whether a second of UTC can be followed by a leap second: the last but one of a month that has one.
fn can_precede_leap_second(utc: DateTime) -> bool {
    utc.year() >= 1972 && utc.day() == utc.days_in_month() && (utc.hour(), utc.minute(), utc.second()) == (23, 59, 59)
}

/// The minutes of `±hh:mm`.
fn minutes(offset: &str) -> Option<i64> {
    let (hours, minutes) = offset.get(1..).filter(|digits| matches(digits, "00:00"))?.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60).then_some(hours * 60 + minutes)
}

/// 1970-01-01T00:00:00, UTC.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

fn to_system_time(utc: DateTime) -> Option<SystemTime> {
    let since = utc.duration_since(EPOCH);
    let distance = since.unsigned_abs();
    if since.is_negative() { SystemTime::UNIX_EPOCH.checked_sub(distance) } else { SystemTime::UNIX_EPOCH.checked_add(distance) }
}

fn from_system_time(time: SystemTime) -> Option<DateTime> {
    let since = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => SignedDuration::try_from(after).ok()?,
        Err(before) => -SignedDuration::try_from(before.duration()).ok()?,
    };
    EPOCH.checked_add(since).ok()
}

/// The rest of a text that begins with `YYYY-MM-DDThh:mm:ss` and decimals.
fn after_seconds(text: &str) -> Option<&str> {
    let (to_seconds, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    if !matches(to_seconds, "0000-00-00T00:00:00") && !matches(to_seconds, "0000-00-00t00:00:00") {
        return None;
    }
    let Some(decimals) = rest.strip_prefix('.') else { return Some(rest) };
    let offset = decimals.trim_start_matches(|c: char| c.is_ascii_digit());
    (offset.len() < decimals.len()).then_some(offset)
}

/// Whether `text` is `pattern` with any digit in the place of each `0`.
fn matches(text: &str, pattern: &str) -> bool {
    text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).eq(pattern.bytes())
}

fn is_hour(digits: &[u8]) -> bool {
    matches!(digits, [b'0' | b'1', b'0'..=b'9'] | [b'2', b'0'..=b'3'])
}

/// Writes a time in UTC. `None` for one that RFC 3339 cannot write: its years are 0 to 9999.
pub(crate) fn format(time: SystemTime) -> Option<String> {
    from_system_time(time).filter(|utc| utc.year() >= 0).map(|utc| format!("{utc}Z"))
}

/// For `#[serde(with)]`.
#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(crate) fn serialize<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        None => serializer.serialize_none(),
        Some(time) => match format(*time) {
            Some(text) => serializer.serialize_str(&text),
            None => Err(ser::Error::custom("a time before the year 0 or after 9999 cannot be written as RFC 3339")),
        },
    }
}

/// Reads the time of a field from which on something holds.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    deserializer.deserialize_option(Time(LeapSecond::Later))
}

/// The time of a field until which something holds, for `#[serde(with)]`.
pub(crate) mod until {
    use super::{Deserializer, LeapSecond, SystemTime, Time};

    pub(crate) use super::serialize;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        deserializer.deserialize_option(Time(LeapSecond::Earlier))
    }
}

/// Reads a time that is asked about.
#[cfg(feature = "orders-file")]
pub(crate) fn deserialize_asked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    deserializer.deserialize_option(Time(LeapSecond::Within))
}

/// Why `null` is no time.
const NOTHING: &str = "`null` is no time: write a string, such as \"2020-06-03T00:00:00Z\", or leave the key out";

struct Time(LeapSecond);

impl<'de> Visitor<'de> for Time {
    type Value = Option<SystemTime>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 date and time in quotes, such as \"2020-06-03T00:00:00Z\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        parse(text, self.0).map(Some).map_err(E::custom)
    }

    // A key that is written and has no value is not absent: an order whose end somebody cleared must not last for ever.
    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Err(E::custom(NOTHING))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Err(E::custom(NOTHING))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let bare = map.next_key::<String>()?.is_some_and(|key| is_toml_date(&key));
        let what = if bare { "a date or time without quotes" } else { "a table" };
        Err(de::Error::custom(format_args!("{what}: write a string, such as \"2020-06-03T00:00:00Z\"")))
    }
}

/// TOML hands its own, unquoted dates and times over as a map with this one key.
pub(crate) fn is_toml_date(key: &str) -> bool {
    key == "$__toml_private_datetime"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// Whichever way a format tells that a key has no value.
    #[test]
    fn a_time_without_a_value_is_not_absent() {
        type Read = Result<Option<SystemTime>, de::value::Error>;
        let time = || Time(LeapSecond::Later);
        let (none, unit): (Read, Read) = (time().visit_none(), time().visit_unit());
        assert_eq!([none, unit].map(|read| read.unwrap_err().to_string()), [NOTHING, NOTHING]);
    }

    #[test]
    fn rfc_3339_times_are_read_and_written() {
        let cases = [
            ("2020-06-03T00:00:00Z", "2020-06-03T00:00:00Z"),
            ("2020-06-03T08:00:00+08:00", "2020-06-03T00:00:00Z"),
            ("2020-06-02t20:00:00-04:00", "2020-06-03T00:00:00Z"),
            ("2020-06-03T00:00:00.5z", "2020-06-03T00:00:00.5Z"),
            ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("0000-01-01T00:00:00-01:00", "0000-01-01T01:00:00Z"),
        ];
        for (text, written) in cases {
            assert_eq!(format(read(text).unwrap()).as_deref(), Some(written), "{text}");
        }
        assert_eq!(read("1970-01-01T00:00:01Z"), Ok(UNIX_EPOCH + Duration::from_secs(1)));
    }

    fn read(text: &str) -> Result<SystemTime, TimestampError> {
        parse(text, LeapSecond::Later)
    }

    #[test]
    fn anything_else_says_what_to_write() {
        assert!(matches!(read("2020-06-03T00:00:00"), Err(TimestampError::NoOffset(_))));
        assert!(matches!(read("2020-06-03T00:00:00.25"), Err(TimestampError::NoOffset(_))));
        for text in [
            "",
            "2020-06-03",
            "2020-06-03 00:00:00Z",
            "2020-6-3T00:00:00Z",
            "20200603T000000Z",
            "2020-06-03T00:00:00.Z",
            "2020-06-03T00:00:00+08",
            "2020-06-03T00:00:00+0800",
            "2020-06-03T00:00:00+24:00",
            "2020-06-03T00:00:00+08:60",
            "2020-06-03T00:00:00Z[Asia/Hong_Kong]",
            "+002020-06-03T00:00:00Z",
            "2020-06-03T00:00:00 Z",
            "2020-06-03T00:00Z",
        ] {
            assert!(matches!(read(text), Err(TimestampError::Shape(_))), "{text}: {:?}", read(text));
        }
        for text in ["2020-02-30T00:00:00Z", "2020-13-01T00:00:00Z", "2020-06-03T24:00:00Z"] {
            assert!(matches!(read(text), Err(TimestampError::Value(_))), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn what_cannot_be_written_again_is_not_read() {
        assert!(matches!(read("2020-06-03T00:00:00.0000000001Z"), Err(TimestampError::Decimals(_))));
        for text in ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00"] {
            assert!(matches!(read(text), Err(TimestampError::Year(_))), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn a_time_that_rfc_3339_cannot_write_is_no_timestamp() {
        let [first, last] = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"];
        for text in [first, last] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(Timestamp::new(time.into()), Some(time));
        }
        let nanosecond = Duration::from_nanos(1);
        let time = |text: &str| SystemTime::from(text.parse::<Timestamp>().unwrap());
        assert_eq!([time(first) - nanosecond, time(last) + nanosecond].map(Timestamp::new), [None, None]);
        let error = "9999-12-31T23:59:59-01:00".parse::<Timestamp>().unwrap_err().to_string();
        assert!(error.contains("outside of the years 0000 to 9999"), "{error}");
    }

    #[test]
    fn a_time_that_rfc_3339_cannot_write_is_none() {
        assert_eq!(format(UNIX_EPOCH + Duration::from_secs(300_000_000_000)), None);
        assert_eq!(format(UNIX_EPOCH - Duration::from_secs(90_000_000_000)), None);
    }

    /// A leap second, the instant from which on and the one until which something holds that says so. Who asks about it gets the last
    /// nanosecond before the first.
    #[test]
    fn a_leap_second_neither_begins_an_order_early_nor_ends_it_late() {
        let cases = [
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2016-12-31T23:59:59Z"),
            ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00Z", "2016-12-31T23:59:59Z"),
            ("2016-12-31T23:59:60.999999999Z", "2017-01-01T00:00:00Z", "2016-12-31T23:59:59Z"),
            ("2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00Z", "2016-12-31T23:59:59Z"),
            ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z", "1990-12-31T23:59:59Z"),
            ("2015-07-01T05:29:60.25+05:30", "2015-07-01T00:00:00Z", "2015-06-30T23:59:59Z"),
            ("1972-06-30T23:59:60Z", "1972-07-01T00:00:00Z", "1972-06-30T23:59:59Z"),
            ("2028-02-29T23:59:60Z", "2028-03-01T00:00:00Z", "2028-02-29T23:59:59Z"),
        ];
        for (text, from, until) in cases {
            let read =
                [LeapSecond::Later, LeapSecond::Earlier].map(|leap_second| format(parse(text, leap_second).unwrap()).unwrap());
            assert_eq!(read, [from, until], "{text}");
            let asked = SystemTime::from(text.parse::<Timestamp>().unwrap());
            assert_eq!(asked + Duration::from_nanos(1), parse(from, LeapSecond::Later).unwrap(), "{text}");
            assert_eq!(Timestamp::from_iso_8601(text), Ok(Timestamp(asked)), "{text}");
        }
    }

    /// Texts of the last seconds of 2016, ascending, and their places in that sequence: bounds of an order and times that are asked about.
    #[test]
    fn no_order_is_in_force_beyond_its_text_around_a_leap_second() {
        let texts = [
            "2016-12-31T23:59:58.5Z",
            "2016-12-31T23:59:59Z",
            "2016-12-31T23:59:59.5Z",
            "2016-12-31T23:59:59.999999999Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5Z",
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:00.5Z",
        ];
        let is_leap = |text: &str| text.contains(":60");
        for (asked_at, asked) in texts.iter().enumerate() {
            let asked_time = SystemTime::from(asked.parse::<Timestamp>().unwrap());
            for (bound_at, bound) in texts.iter().enumerate() {
                let has_begun = parse(bound, LeapSecond::Later).unwrap() <= asked_time;
                let is_over = parse(bound, LeapSecond::Earlier).unwrap() <= asked_time;
                assert!(!has_begun || bound_at <= asked_at, "at {asked} an order has begun that begins at {bound}");
                assert!(is_over || asked_at < bound_at, "at {asked} an order lasts that ends at {bound}");
                if !is_leap(bound) {
                    assert_eq!([has_begun, is_over], [bound_at <= asked_at; 2], "{bound} at {asked}");
                }
            }
        }
    }

    #[test]
    fn times_of_other_forms_have_the_same_leap_seconds() {
        let last = Timestamp::from_str("2016-12-31T23:59:59.999999999Z");
        for text in [
            "2016-12-31 23:59:60Z",
            "2016-12-31t23:59:60.5z",
            "2016-12-31 23:59:60,25Z",
            "20161231T235960Z",
            "2016-12-31T235960.123Z",
            "2017-01-01 07:59:60+08",
            "2017-01-01T07:59:60+0800",
            "2017-01-01T07:59:60+08:00[Asia/Hong_Kong]",
        ] {
            assert_eq!(Timestamp::from_iso_8601(text), last, "{text}");
        }
        for text in ["2016-12-31 16:00:00Z", "20161231T160000Z", "2016-12-31 16:00+00", "1960-06-01 00:00:00Z"] {
            assert!(!Timestamp::from_iso_8601(text).unwrap().to_string().contains("59"), "{text}");
        }
        for text in ["2016-12-31 23:58:60Z", "20161231T005960Z", "2016-12-30 23:59:60Z", "2016-12-31 23:59:60+08"] {
            let error = Timestamp::from_iso_8601(text).unwrap_err().to_string();
            assert!(error.ends_with("does not exist: check the month, the day and the time of the day"), "{error}");
        }
        let error = Timestamp::from_iso_8601("2016-12-31T23:58:60Z").unwrap_err().to_string();
        assert!(error.ends_with("did you mean `2016-12-31T23:59:00Z`?"), "{error}");
    }

    #[test]
    fn times_as_people_write_them_are_read() {
        for (text, written) in [
            ("2020-06-04 12:00+08", "2020-06-04T04:00:00Z"),
            ("9999-12-30T21:59:59Z", "9999-12-30T21:59:59Z"),
            ("9999-12-30T22:00:00Z", "9999-12-30T22:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(Timestamp::from_iso_8601(text).unwrap().to_string(), written, "{text}");
        }
        for text in ["2020-06-04T12:00:00", "2020-06-04", "for ever", "-000001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", ""] {
            assert!(Timestamp::from_iso_8601(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_leap_second_where_none_can_be_is_refused_with_the_next_minute() {
        let cases = [
            ("2020-06-03T00:00:60Z", "2020-06-03T00:01:00Z"),
            ("2020-06-03T23:59:60.5Z", "2020-06-04T00:00:00Z"),
            ("2016-12-31T23:59:60+08:00", "2017-01-01T00:00:00+08:00"),
            ("2017-01-01T00:59:60Z", "2017-01-01T01:00:00Z"),
            ("2028-02-28T23:59:60Z", "2028-02-29T00:00:00Z"),
            ("1971-12-31T23:59:60z", "1972-01-01T00:00:00z"),
        ];
        for (text, meant) in cases {
            for leap_second in [LeapSecond::Later, LeapSecond::Earlier, LeapSecond::Within] {
                let error = parse(text, leap_second).unwrap_err();
                #[cfg(feature = "orders-file")]
                assert_eq!(error.suggestion(), Some(&Suggestion::write(meant)), "{text}: {error}");
                assert!(error.to_string().ends_with(&format!("did you mean `{meant}`?")), "{error}");
                assert!(parse(meant, leap_second).is_ok());
            }
        }
        for text in ["2016-12-31T23:59:61Z", "2016-12-31T24:59:60Z", "2016-13-31T23:59:60Z", "9999-12-31T23:59:60+08:00"] {
            assert!(matches!(read(text), Err(TimestampError::Value(_))), "{text}: {:?}", read(text));
        }
    }
}
