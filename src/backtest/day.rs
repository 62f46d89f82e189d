//! Days of UTC.

use std::fmt::{self, Display};
use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::quote::{Quoted, excerpt};

/// A day of UTC in the years 0000 to 9999, which are those that RFC 3339 can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// The seconds of a day of UTC; `SystemTime` counts no leap seconds.
const SECONDS: i64 = 86_400;

/// 1970-01-01.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// 0000-01-01, in days since 1970-01-01.
const FIRST: i32 = -719_528;

/// 9999-12-31, in days since 1970-01-01.
const LAST: i32 = 2_932_896;

impl Day {
    /// The day in which a time is. `None` outside of the years 0000 to 9999.
    #[must_use]
    pub fn of(at: SystemTime) -> Option<Day> {
        let seconds = match at.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).ok()?,
            Err(before) => {
                let before = before.duration();
                let begun = i64::from(before.subsec_nanos() > 0);
                i64::try_from(before.as_secs()).ok()?.checked_neg()?.checked_sub(begun)?
            }
        };
        Day::new(i32::try_from(seconds.div_euclid(SECONDS)).ok()?)
    }

    fn new(days: i32) -> Option<Day> {
        (FIRST..=LAST).contains(&days).then_some(Day(days))
    }

    /// The number of days since 1970-01-01, negative before.
    #[must_use]
    pub fn since_epoch(self) -> i32 {
        self.0
    }

    fn date(self) -> Option<Date> {
        EPOCH.checked_add(jiff::SignedDuration::from_hours(i64::from(self.0) * 24)).ok()
    }

    /// The first instant of the day.
    #[must_use]
    pub fn midnight(self) -> Option<SystemTime> {
        let distance = Duration::from_secs(u64::from(self.0.unsigned_abs()) * 86_400);
        if self.0.is_negative() {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }
}

/// As `2020-06-04`.
impl Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: the calendar has each of these days.
        self.date().map_or(Ok(()), |date| f.pad(&date.to_string()))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_shaped = text.len() == "0000-00-00".len();
        let date = text.parse::<Date>().ok().filter(|_| is_shaped);
        let days = date.map(|date| date.duration_since(EPOCH).as_hours() / 24).and_then(|days| i32::try_from(days).ok());
        let wrong = || de::Error::custom(format_args!("{} is not a day: write one like `2020-06-04`", Quoted(&excerpt(&text))));
        days.and_then(Day::new).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc_and_ends_before_the_next() {
        let epoch = SystemTime::UNIX_EPOCH;
        let (second, nanosecond) = (Duration::from_secs(1), Duration::from_nanos(1));
        let cases = [
            (epoch, "1970-01-01"),
            (epoch - nanosecond, "1969-12-31"),
            (epoch - Duration::from_secs(86_400), "1969-12-31"),
            (epoch - Duration::from_secs(86_400) - nanosecond, "1969-12-30"),
            (epoch + Duration::from_secs(86_400) - nanosecond, "1970-01-01"),
            (epoch + Duration::from_secs(1_591_228_800), "2020-06-04"),
            (epoch + Duration::from_secs(1_591_228_800) - second, "2020-06-03"),
        ];
        for (at, day) in cases {
            assert_eq!(Day::of(at).unwrap().to_string(), day);
        }
    }

    #[test]
    fn every_day_that_can_be_written_is_read_again() {
        for days in (FIRST..=LAST).step_by(997).chain([FIRST, LAST, -1, 0, 1]) {
            let day = Day::new(days).unwrap();
            let written = serde_json::to_string(&day).unwrap();
            assert_eq!(serde_json::from_str::<Day>(&written).unwrap(), day, "{written}");
            assert_eq!(Day::of(day.midnight().unwrap()), Some(day));
        }
        assert_eq!(
            (Day::new(FIRST).unwrap().to_string(), Day::new(LAST).unwrap().to_string()),
            ("0000-01-01".into(), "9999-12-31".into())
        );
        assert!(Day::new(FIRST - 1).is_none() && Day::new(LAST + 1).is_none());
        for text in ["\"2020-6-4\"", "\"2020-06-31\"", "\"20200604\"", "\"-00001-01\"", "\"2020-06-04T\"", "7"] {
            assert!(serde_json::from_str::<Day>(text).is_err(), "{text}");
        }
    }
}
