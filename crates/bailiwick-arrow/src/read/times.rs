//! Times.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use arrow_array::cast::AsArray;
use arrow_array::{Array, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray};
use arrow_schema::{DataType, TimeUnit};

use super::plain::{self, Plain};

/// An array of timestamps.
pub(crate) enum Timestamps<'a> {
    /// So many nulls.
    Null,
    Seconds(&'a TimestampSecondArray),
    Milliseconds(&'a TimestampMillisecondArray),
    Microseconds(&'a TimestampMicrosecondArray),
    Nanoseconds(&'a TimestampNanosecondArray),
}

impl<'a> Plain<'a> for Timestamps<'a> {
    type Value = SystemTime;

    const EXPECTED: &'static str = "timestamps of any unit, or a dictionary or runs of them";

    fn new(array: &'a dyn Array) -> Option<Timestamps<'a>> {
        Some(match array.data_type() {
            DataType::Null => Timestamps::Null,
            DataType::Timestamp(TimeUnit::Second, _) => Timestamps::Seconds(array.as_primitive_opt()?),
            DataType::Timestamp(TimeUnit::Millisecond, _) => Timestamps::Milliseconds(array.as_primitive_opt()?),
            DataType::Timestamp(TimeUnit::Microsecond, _) => Timestamps::Microseconds(array.as_primitive_opt()?),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Timestamps::Nanoseconds(array.as_primitive_opt()?),
            _ => return None,
        })
    }

    fn get(&self, row: usize) -> Option<SystemTime> {
        match *self {
            Timestamps::Null => None,
            Timestamps::Seconds(array) => plain::get(array, row).and_then(of_seconds),
            Timestamps::Milliseconds(array) => plain::get(array, row).and_then(of_milliseconds),
            Timestamps::Microseconds(array) => plain::get(array, row).and_then(of_microseconds),
            Timestamps::Nanoseconds(array) => plain::get(array, row).and_then(of_nanoseconds),
        }
    }

    fn each(&self, rows: Range<usize>, mut each: impl FnMut(Option<SystemTime>)) {
        match *self {
            Timestamps::Null => rows.for_each(|_| each(None)),
            Timestamps::Seconds(array) => plain::each(array, rows, |time| each(time.and_then(of_seconds))),
            Timestamps::Milliseconds(array) => plain::each(array, rows, |time| each(time.and_then(of_milliseconds))),
            Timestamps::Microseconds(array) => plain::each(array, rows, |time| each(time.and_then(of_microseconds))),
            Timestamps::Nanoseconds(array) => plain::each(array, rows, |time| each(time.and_then(of_nanoseconds))),
        }
    }
}

fn of_seconds(value: i64) -> Option<SystemTime> {
    since_1970(value, Duration::from_secs)
}

fn of_milliseconds(value: i64) -> Option<SystemTime> {
    since_1970(value, Duration::from_millis)
}

fn of_microseconds(value: i64) -> Option<SystemTime> {
    since_1970(value, Duration::from_micros)
}

fn of_nanoseconds(value: i64) -> Option<SystemTime> {
    since_1970(value, Duration::from_nanos)
}

/// `None` for a time that the system's clock cannot tell.
fn since_1970(value: i64, distance: impl Fn(u64) -> Duration) -> Option<SystemTime> {
    let distance = distance(value.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if value < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }
}
