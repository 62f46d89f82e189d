//! What an atlas tells of a source, as bytes.

use std::time::{Duration, SystemTime};

use crate::geo::atlas_source::AtlasSource;
use crate::net::address::{Bits, Span};
use crate::net::bytes::{Bytes, Fault};
use crate::net::index::saturating;

/// The flags of a source, as bits of a byte.
const EXCLUDING: u8 = 1;
const DATED: u8 = 2;
const OWN_NETWORKS: u8 = 4;

/// The fewest bytes of a source: the length of an empty name, the flags, and two numbers of 64 bits.
pub(super) const MIN_SOURCE: usize = 4 + 1 + 2 * 8;

/// A number of things in memory, in 64 bits.
pub(super) fn number(count: usize) -> [u8; 8] {
    u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes()
}

/// Appends a source to a file.
pub(super) fn write(source: &AtlasSource, out: &mut Vec<u8>) {
    let AtlasSource { name, known_as_of, is_excluding, locates_special, located, special, excluded_v4, excluded_v6 } = source;
    let flags = [(*is_excluding, EXCLUDING), (known_as_of.is_some(), DATED), (*locates_special, OWN_NETWORKS)];
    out.extend(saturating(name.len()).to_le_bytes());
    out.extend(name.as_bytes());
    out.push(flags.into_iter().filter(|&(is_set, _)| is_set).fold(0, |flags, (_, flag)| flags | flag));
    if let Some(time) = known_as_of {
        let (seconds, nanos) = since_1970(*time);
        out.extend(seconds.to_le_bytes());
        out.extend(nanos.to_le_bytes());
    }
    out.extend(number(*located));
    out.extend(number(*special));
    if *is_excluding {
        out.extend(saturating(excluded_v4.len()).to_le_bytes());
        out.extend(saturating(excluded_v6.len()).to_le_bytes());
        excluded_v4.iter().for_each(|span| out.extend([span.first, span.last].into_iter().flat_map(u32::to_le_bytes)));
        excluded_v6.iter().for_each(|span| out.extend([span.first, span.last].into_iter().flat_map(u128::to_le_bytes)));
    }
}

/// Reads a source that [`write`] wrote.
pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<AtlasSource, Fault> {
    let len = bytes.count_of(1)?;
    let name = std::str::from_utf8(bytes.take(len)?).map_err(|_| bytes.fault("the name of a source is not UTF-8"))?;
    let flags = bytes.u8()?;
    let has = |flag| flags & flag != 0;
    if flags > EXCLUDING | DATED | OWN_NETWORKS || has(EXCLUDING) && has(OWN_NETWORKS) {
        return Err(bytes.fault("the flags of a source contradict each other, or are not known"));
    }
    let known_as_of = if has(DATED) { Some(time(bytes)?) } else { None };
    let (located, special) = (bytes.count()?, bytes.count()?);
    if has(EXCLUDING) && located > 0 || (has(EXCLUDING) || has(OWN_NETWORKS)) && special > 0 {
        return Err(bytes.fault("a source counts rows that it cannot have"));
    }
    let (mut excluded_v4, mut excluded_v6) = (Box::default(), Box::default());
    if has(EXCLUDING) {
        let (v4, v6) = (bytes.count_of(8)?, bytes.count_of(32)?);
        if (v4, v6) == (0, 0) {
            return Err(bytes.fault("a source excludes no address"));
        }
        excluded_v4 = spans(bytes, v4, |bytes| bytes.array().map(u32::from_le_bytes))?;
        excluded_v6 = spans(bytes, v6, |bytes| bytes.array().map(u128::from_le_bytes))?;
    }
    Ok(AtlasSource {
        name: name.into(),
        known_as_of,
        is_excluding: has(EXCLUDING),
        locates_special: has(OWN_NETWORKS),
        located,
        special,
        excluded_v4,
        excluded_v6,
    })
}

/// Reads spans that ascend and do not touch, as a search of them needs.
fn spans<T: Bits>(
    bytes: &mut Bytes<'_>,
    count: usize,
    address: impl Fn(&mut Bytes<'_>) -> Result<T, Fault>,
) -> Result<Box<[Span<T>]>, Fault> {
    let mut spans: Vec<Span<T>> = Vec::with_capacity(count);
    for _ in 0..count {
        let span = Span { first: address(bytes)?, last: address(bytes)? };
        let follows = spans.last().is_none_or(|before| before.last.next().is_some_and(|after| after < span.first));
        if span.first > span.last || !follows {
            return Err(bytes.fault("the excluded ranges do not ascend, or touch"));
        }
        spans.push(span);
    }
    Ok(spans.into_boxed_slice())
}

/// A time as whole seconds since 1970-01-01T00:00:00Z, rounded down, and the nanoseconds after them.
fn since_1970(time: SystemTime) -> (i64, u32) {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs());
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (seconds(after).unwrap_or(i64::MAX), after.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            // The lowest second has no positive counterpart.
            let whole = seconds(before).map_or(i64::MIN, |seconds| -seconds);
            match before.subsec_nanos() {
                0 => (whole, 0),
                nanos => (whole.saturating_sub(1), 1_000_000_000 - nanos),
            }
        }
    }
}

fn time(bytes: &mut Bytes<'_>) -> Result<SystemTime, Fault> {
    let (seconds, nanos) = (bytes.array().map(i64::from_le_bytes)?, bytes.u32()?);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let begun = if seconds < 0 { SystemTime::UNIX_EPOCH.checked_sub(whole) } else { SystemTime::UNIX_EPOCH.checked_add(whole) };
    let time = begun.and_then(|begun| begun.checked_add(Duration::from_nanos(nanos.into())));
    time.filter(|_| nanos < 1_000_000_000).ok_or_else(|| bytes.fault("the age of a source is not a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_and_after_1970_are_read_as_they_were_written() {
        let times = [(0, 0), (0, 1), (1, 999_999_999), (1_600_000_000, 5), (i64::MAX.unsigned_abs(), 999_999_999)];
        let durations = times.map(|(seconds, nanos)| Duration::new(seconds, nanos));
        let after = durations.into_iter().filter_map(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        let before = durations.into_iter().filter_map(|since| SystemTime::UNIX_EPOCH.checked_sub(since));
        for written in after.chain(before) {
            let (seconds, nanos) = since_1970(written);
            let stored = [seconds.to_le_bytes().as_slice(), &nanos.to_le_bytes()].concat();
            assert_eq!(time(&mut Bytes::new(&stored, 0)), Ok(written));
        }
    }
}
