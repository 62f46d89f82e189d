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

    /// A source of no name, with these flags, and the time 0 where they tell of one.
    fn source(flags: u8, counts: [u64; 2], v4: &[[u32; 2]], v6: &[[u128; 2]]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.push(flags);
        bytes.extend(vec![0; if flags & DATED == 0 { 0 } else { 12 }]);
        bytes.extend(counts.into_iter().flat_map(u64::to_le_bytes));
        if flags & EXCLUDING != 0 {
            bytes.extend([v4.len(), v6.len()].into_iter().flat_map(|len| u32::try_from(len).unwrap().to_le_bytes()));
            bytes.extend(v4.iter().flatten().flat_map(|end| end.to_le_bytes()));
            bytes.extend(v6.iter().flatten().flat_map(|end| end.to_le_bytes()));
        }
        bytes
    }

    fn problem(bytes: &[u8]) -> Option<&'static str> {
        read(&mut Bytes::new(bytes, 0)).err().map(|fault| fault.problem)
    }

    /// All flags, with and without rows of each kind.
    #[test]
    fn a_source_is_excluding_dated_or_of_own_networks_and_counts_what_such_a_source_can_have() {
        for flags in 0..=255_u8 {
            for counts in [[0, 0], [0, 1], [1, 0], [1, 1], [u64::from(u32::MAX), 0]] {
                let [is_excluding, is_dated, is_own] = [1, 2, 4].map(|flag| flags & flag != 0);
                let expected = if flags >= 8 || is_excluding && is_own {
                    Some("the flags of a source contradict each other, or are not known")
                } else if is_excluding && counts != [0, 0] || is_own && counts[1] > 0 {
                    Some("a source counts rows that it cannot have")
                } else {
                    None
                };
                let bytes = source(flags, counts, &[[7, 9]], &[]);
                assert_eq!(problem(&bytes), expected, "{flags:#b} {counts:?}");
                let Ok(read) = read(&mut Bytes::new(&bytes, 0)) else { continue };
                assert_eq!((read.is_excluding, read.known_as_of.is_some(), read.locates_special), (is_excluding, is_dated, is_own));
                let kept = [read.located, read.special].map(|count| u64::try_from(count).unwrap());
                assert_eq!(kept, counts);
                let mut written = Vec::new();
                write(&read, &mut written);
                assert_eq!(written, bytes, "{flags:#b}");
            }
        }
    }

    /// Every pair of ranges of five addresses, at both ends of the address space of either family.
    #[test]
    fn excluded_ranges_ascend_and_do_not_touch() {
        const PROBLEM: Option<&str> = Some("the excluded ranges do not ascend, or touch");
        assert_eq!(problem(&source(EXCLUDING, [0, 0], &[], &[])), Some("a source excludes no address"));
        let ends = || (0..5_u32).flat_map(|first| (0..5_u32).map(move |last| [first, last]));
        for [first, last] in ends() {
            for [next, end] in ends() {
                let is_right = first <= last && last + 1 < next && next <= end;
                let expected = if is_right { None } else { PROBLEM };
                for base in [0, u32::MAX - 4] {
                    let spans = [[first, last], [next, end]].map(|ends| ends.map(|end| base + end));
                    assert_eq!(problem(&source(EXCLUDING, [0, 0], &spans, &[])), expected, "{spans:?}");
                    let spans =
                        spans.map(|ends| ends.map(|end| if base == 0 { u128::from(end) } else { u128::from(end) | !0 << 32 }));
                    assert_eq!(problem(&source(EXCLUDING, [0, 0], &[], &spans)), expected, "{spans:?}");
                }
            }
        }
    }

    #[test]
    fn a_time_has_less_than_a_second_of_nanoseconds() {
        let read = |seconds: i64, nanos: u32| {
            time(&mut Bytes::new(&[seconds.to_le_bytes().as_slice(), &nanos.to_le_bytes()].concat(), 0))
                .map_err(|fault| fault.problem)
        };
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(read(0, 0), Ok(epoch));
        assert_eq!(read(-1, 999_999_999), Ok(epoch - Duration::from_nanos(1)));
        assert_eq!(read(1, 999_999_999), Ok(epoch + Duration::from_nanos(1_999_999_999)));
        for (seconds, nanos) in [(0, 1_000_000_000), (-1, 1_000_000_000), (0, u32::MAX), (i64::MAX, 1_000_000_000)] {
            assert_eq!(read(seconds, nanos), Err("the age of a source is not a time"), "{seconds} {nanos}");
        }
    }

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
