//! A question to a policy, as C puts it.

use std::ffi::c_char;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use bailiwick::Meeting;

use crate::raw;

/// A text with a length, as C passes it.
pub(crate) type Bytes = (*const c_char, usize);

/// The meeting of a question. `None` for NULL, and for a name that is not UTF-8, which no order can have. An account that is not
/// UTF-8 names none.
#[inline]
pub(crate) fn meeting<'c>((meeting, meeting_len): Bytes, (account, account_len): Bytes) -> Option<Meeting<'c>> {
    let meeting = Meeting::new(std::str::from_utf8(raw::bytes(meeting, meeting_len)?).ok()?);
    let account = raw::bytes(account, account_len).and_then(|account| std::str::from_utf8(account).ok());
    Some(account.map_or(meeting, |account| meeting.hosted_by(account)))
}

/// The address in 16 bytes. `None` for NULL.
#[inline]
pub(crate) fn address(address: *const u8) -> Option<IpAddr> {
    let bytes: [u8; 16] = raw::read(address.cast())?;
    Some(IpAddr::V6(Ipv6Addr::from(bytes)))
}

/// A time as C has it: nanoseconds since 1970-01-01T00:00:00Z, and before that below zero. The system's clock can tell all of them.
#[inline]
pub(crate) fn time(unix_nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(unix_nanoseconds.unsigned_abs());
    let time = if unix_nanoseconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
