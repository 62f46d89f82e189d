//! The answer of a source for each address (its narrowest range), then the agreement of the sources.
//!
//! Both sweep along the addresses. Between two boundaries of ranges lies one *segment*; a sweep keeps the ranges that are open at
//! the current boundary, and appends a segment where the answer changes.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

use super::location::Location;
use super::source::Range;
use crate::net::address::{Bits, Span};
use crate::region::Region;

/// Segments in ascending sequence: the first address of each, and the value from there to the next. The first begins at zero, and
/// neighbours differ.
pub(super) type Segments<T, V> = Vec<(T, V)>;

/// The answer of one source for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opinion {
    /// The source does not place it.
    Silent,
    Says(Region),
    /// Its narrowest ranges differ.
    Contested,
}

impl Opinion {
    /// The opinion of a range with that region. `ZZ` means "do not locate".
    fn of(region: Region) -> Opinion {
        if region == Region::UNKNOWN { Opinion::Silent } else { Opinion::Says(region) }
    }
}

/// Appends a segment, unless its value is that of the one before. A second segment at one address replaces the first.
fn append<T: Bits, V: PartialEq>(segments: &mut Segments<T, V>, first: T, value: V) {
    if segments.last().is_some_and(|&(last, _)| last == first) {
        segments.pop();
    }
    if segments.last().is_none_or(|(_, last)| *last != value) {
        segments.push((first, value));
    }
}

/// The opinions of one source for all addresses: of each address, that of the narrowest range that holds it.
pub(super) fn opinions<T: Bits>(mut ranges: Vec<Range<T>>) -> Segments<T, Opinion> {
    ranges.sort_unstable_by_key(|range| range.span);
    let mut segments = Vec::with_capacity(ranges.len() * 2 + 1);
    segments.push((T::ZERO, Opinion::Silent));
    let mut rest = ranges.as_slice();
    while let Some((cluster, after)) = rest.split_at_checked(cluster_len(rest)).filter(|(cluster, _)| !cluster.is_empty()) {
        match cluster {
            [alone] => {
                append(&mut segments, alone.span.first, Opinion::of(alone.region));
                if let Some(next) = alone.span.last.next() {
                    append(&mut segments, next, Opinion::Silent);
                }
            }
            overlapping => sweep(&mut segments, overlapping),
        }
        rest = after;
    }
    segments
}

/// The length of the first cluster of ranges, which ascend: the first one, and those that overlap a range of the cluster. Most
/// often 1.
fn cluster_len<T: Bits>(ranges: &[Range<T>]) -> usize {
    let mut last = T::ZERO;
    let together = ranges.iter().enumerate().take_while(|(n, range)| {
        let overlaps = *n == 0 || range.span.first <= last;
        last = last.max(range.span.last);
        overlaps
    });
    together.count()
}

/// Appends the segments between the boundaries of overlapping ranges.
fn sweep<T: Bits>(segments: &mut Segments<T, Opinion>, ranges: &[Range<T>]) {
    let mut boundaries: Vec<(T, bool, &Range<T>)> = Vec::with_capacity(ranges.len() * 2);
    for range in ranges {
        boundaries.push((range.span.first, true, range));
        // A range to the end of the address space has no boundary after it.
        boundaries.extend(range.span.last.next().map(|after| (after, false, range)));
    }
    boundaries.sort_unstable_by_key(|&(at, ..)| at);

    let mut open: BTreeMap<(u128, Region), usize> = BTreeMap::new();
    for at_one_address in boundaries.chunk_by(|a, b| a.0 == b.0) {
        for &(_, opens, range) in at_one_address {
            let key = (range.span.breadth(), range.region);
            if opens { add(&mut open, key) } else { remove(&mut open, &key) }
        }
        if let Some(&(at, ..)) = at_one_address.first() {
            append(segments, at, narrowest(&open));
        }
    }
}

/// The opinion of the narrowest open ranges.
fn narrowest(open: &BTreeMap<(u128, Region), usize>) -> Opinion {
    let mut keys = open.keys();
    match (keys.next(), keys.next()) {
        (None, _) => Opinion::Silent,
        (Some((breadth, _)), Some((next, _))) if breadth == next => Opinion::Contested,
        (Some(&(_, region)), _) => Opinion::of(region),
    }
}

/// The agreement of the sources for all addresses.
pub(super) fn agreement<T: Bits>(sources: Vec<Segments<T, Opinion>>, min_sources: usize) -> Segments<T, Location> {
    let mut segments = Vec::with_capacity(sources.iter().map(Vec::len).sum::<usize>() + 1);
    segments.push((T::ZERO, Location::Unknown));
    // The current opinion of each source and its segments ahead. The heap has the next boundary of each, the lowest on top.
    let mut speakers: Vec<(Opinion, &[(T, Opinion)])> = sources.iter().map(|rest| (Opinion::Silent, rest.as_slice())).collect();
    let mut boundaries: BinaryHeap<Reverse<(T, usize)>> =
        speakers.iter().enumerate().filter_map(|(n, (_, rest))| Some(Reverse((rest.first()?.0, n)))).collect();
    let mut voices = Voices::default();
    while let Some(&Reverse((at, _))) = boundaries.peek() {
        while let Some(mut boundary) = boundaries.peek_mut().filter(|boundary| boundary.0.0 == at) {
            let Some((before, rest)) = speakers.get_mut(boundary.0.1) else { break };
            if let Some((&(_, after), tail)) = rest.split_first() {
                voices.fall_silent(*before);
                voices.speak(after);
                (*before, *rest) = (after, tail);
            }
            match rest.first() {
                Some(&(next, _)) => boundary.0.0 = next,
                None => drop(PeekMut::pop(boundary)),
            }
        }
        append(&mut segments, at, voices.agree(min_sources));
    }
    segments
}

/// The segments with `value` at the addresses of some spans, which ascend and do not touch.
pub(super) fn masked<T: Bits, V: Copy + PartialEq>(segments: Segments<T, V>, spans: &[Span<T>], value: V) -> Segments<T, V> {
    if spans.iter().all(|&span| has_throughout(&segments, span, value)) {
        return segments;
    }
    let mut masked = Vec::with_capacity(segments.len() + spans.len() * 2);
    let mut rest = segments.as_slice();
    let mut current = value;
    // Advances to an address, and returns the value there.
    let mut advance = |to: T| {
        let (passed, ahead) = rest.split_at_checked(rest.partition_point(|&(first, _)| first < to)).unwrap_or_default();
        rest = ahead;
        current = passed.last().map_or(current, |&(_, value)| value);
        (passed, current)
    };
    for span in spans {
        advance(span.first).0.iter().for_each(|&(first, value)| append(&mut masked, first, value));
        append(&mut masked, span.first, value);
        // The last span may reach the end of the address space.
        let Some(after) = span.last.next() else { return masked };
        let (_, resumed) = advance(after);
        append(&mut masked, after, resumed);
    }
    rest.iter().for_each(|&(first, value)| append(&mut masked, first, value));
    masked
}

/// Whether the segments have `value` at every address of a span.
fn has_throughout<T: Bits, V: Copy + PartialEq>(segments: &[(T, V)], span: Span<T>, value: V) -> bool {
    let from = segments.partition_point(|&(first, _)| first <= span.first).saturating_sub(1);
    segments.iter().skip(from).take_while(|&&(first, _)| first <= span.last).all(|&(_, found)| found == value)
}

/// The opinions of all sources at one address.
#[derive(Debug, Default)]
struct Voices {
    contested: usize,
    placed: usize,
    /// The number of sources for each region, ascending by region. Most often there is one.
    regions: Vec<(Region, usize)>,
}

impl Voices {
    fn speak(&mut self, opinion: Opinion) {
        match opinion {
            Opinion::Silent => {}
            Opinion::Contested => self.contested += 1,
            Opinion::Says(region) => {
                self.placed += 1;
                match self.regions.binary_search_by_key(&region, |&(region, _)| region) {
                    Ok(at) => self.regions.get_mut(at).into_iter().for_each(|(_, count)| *count += 1),
                    Err(at) => self.regions.insert(at, (region, 1)),
                }
            }
        }
    }

    fn fall_silent(&mut self, opinion: Opinion) {
        match opinion {
            Opinion::Silent => {}
            Opinion::Contested => self.contested = self.contested.saturating_sub(1),
            Opinion::Says(region) => {
                self.placed = self.placed.saturating_sub(1);
                self.regions.retain_mut(|(said, count)| {
                    *count -= usize::from(*said == region);
                    *count > 0
                });
            }
        }
    }

    /// Regions agree when each pair does: they are a country and at most one of its subdivisions. The country is the answer. It comes
    /// first, as its code is a prefix of the subdivision's.
    fn agree(&self, min_sources: usize) -> Location {
        let mut regions = self.regions.iter().map(|&(region, _)| region);
        match (regions.next(), regions.next(), regions.next()) {
            _ if self.contested > 0 => Location::Contested,
            (Some(widest), second, None) if second.is_none_or(|second| widest.covers(second)) => {
                if self.placed < min_sources {
                    Location::Unknown
                } else {
                    Location::In(widest)
                }
            }
            (None, ..) => Location::Unknown,
            _ => Location::Contested,
        }
    }
}

/// Counts one more of `key`.
fn add<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    *counts.entry(key).or_insert(0) += 1;
}

/// Counts one less of `key`.
fn remove<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: u32 = 5;
    /// The first address of each universe: the beginning of the address space, its end, and the middle.
    const BASES: [u32; 3] = [0, u32::MAX - ADDRESSES + 1, 1 << 16];

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    fn spans(base: u32) -> impl Iterator<Item = Span<u32>> {
        (0..ADDRESSES).flat_map(move |first| (first..ADDRESSES).map(move |last| Span { first: base + first, last: base + last }))
    }

    fn contains(span: Span<u32>, at: u32) -> bool {
        (span.first..=span.last).contains(&at)
    }

    /// The value of segments at an address.
    fn at<V: Copy>(segments: &[(u32, V)], address: u32) -> V {
        segments.iter().rev().find(|&&(first, _)| first <= address).unwrap().1
    }

    /// The addresses of a universe and those beside it.
    fn around(base: u32) -> impl Iterator<Item = u32> {
        (base.saturating_sub(1)..=base.saturating_add(ADDRESSES)).chain([0, u32::MAX])
    }

    /// Segments begin at zero, ascend, and neighbours differ.
    fn are_segments<V: Copy + PartialEq>(segments: &[(u32, V)]) -> bool {
        segments.first().is_some_and(|&(first, _)| first == 0)
            && segments.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1)
    }

    /// The opinion of the narrowest ranges, found one by one.
    fn scanned(ranges: &[Range<u32>], address: u32) -> Opinion {
        let holds = || ranges.iter().filter(|range| contains(range.span, address));
        let Some(narrowest) = holds().map(|range| range.span.last - range.span.first).min() else { return Opinion::Silent };
        let mut regions = holds().filter(|range| range.span.last - range.span.first == narrowest).map(|range| range.region);
        let region = regions.next().unwrap();
        if regions.any(|other| other != region) { Opinion::Contested } else { Opinion::of(region) }
    }

    /// Every source of up to three ranges, each of two regions or of none.
    #[test]
    fn the_narrowest_range_is_the_opinion_of_a_source_at_every_address() {
        let codes = ["CN", "HK", "ZZ"].map(region);
        for base in BASES {
            let rows: Vec<Range<u32>> = spans(base).flat_map(|span| codes.map(|region| Range { span, region })).collect();
            let check = |ranges: &[Range<u32>]| {
                let segments = opinions(ranges.to_vec());
                assert!(are_segments(&segments), "{ranges:?}: {segments:?}");
                around(base)
                    .for_each(|address| assert_eq!(at(&segments, address), scanned(ranges, address), "{address}: {ranges:?}"));
            };
            check(&[]);
            for (n, &a) in rows.iter().enumerate() {
                check(&[a]);
                for (m, &b) in rows.iter().enumerate().skip(n) {
                    check(&[b, a]);
                    // All of three would take seconds: every third.
                    rows.iter().skip(m).step_by(3).for_each(|&c| check(&[c, a, b]));
                }
            }
        }
    }

    /// Every sequence of three values at five addresses, and every list of spans that ascend and do not touch.
    #[test]
    fn a_mask_has_its_value_inside_and_changes_nothing_outside() {
        for base in BASES {
            let spans: Vec<Span<u32>> = spans(base).collect();
            let mut lists: Vec<Vec<Span<u32>>> = vec![Vec::new()];
            for from in 0.. {
                let Some(list) = lists.get(from).cloned() else { break };
                let follows = |span: &Span<u32>| list.last().is_none_or(|last| last.last + 1 < span.first);
                lists.extend(
                    spans
                        .iter()
                        .copied()
                        .filter(|span| list.last().is_none_or(|last| last.last < u32::MAX - 1) && follows(span))
                        .map(|span| [list.as_slice(), &[span]].concat()),
                );
            }
            assert!(lists.len() > 20);
            for n in 0..3_u32.pow(ADDRESSES + 1) {
                let mut segments: Segments<u32, u32> = Vec::new();
                append(&mut segments, 0, 0);
                (0..ADDRESSES).for_each(|k| append(&mut segments, base + k, n / 3_u32.pow(k) % 3));
                if let Some(after) = base.checked_add(ADDRESSES) {
                    append(&mut segments, after, n / 3_u32.pow(ADDRESSES));
                }
                assert!(are_segments(&segments));
                for list in &lists {
                    let masked = masked(segments.clone(), list, 1);
                    assert!(are_segments(&masked), "{segments:?} {list:?}: {masked:?}");
                    for address in around(base) {
                        let is_inside = list.iter().any(|&span| contains(span, address));
                        let expected = if is_inside { 1 } else { at(&segments, address) };
                        assert_eq!(at(&masked, address), expected, "{address}: {segments:?} {list:?}");
                    }
                    for &span in list {
                        let throughout = (span.first..=span.last).all(|address| at(&segments, address) == 1);
                        assert_eq!(has_throughout(&segments, span, 1), throughout, "{segments:?} {span:?}");
                    }
                }
            }
        }
    }

    /// What sources agree on, by the text: regions agree when they are a country and at most one of its subdivisions.
    fn agreed(opinions: &[Opinion], min_sources: usize) -> Location {
        let mut regions: Vec<Region> =
            opinions.iter().filter_map(|said| if let Opinion::Says(region) = said { Some(*region) } else { None }).collect();
        let placed = regions.len();
        regions.sort_unstable();
        regions.dedup();
        let pairs = || regions.iter().flat_map(|one| regions.iter().map(move |other| (one, other)));
        if opinions.contains(&Opinion::Contested) || pairs().any(|(one, other)| !one.covers(*other) && !other.covers(*one)) {
            return Location::Contested;
        }
        match regions.iter().copied().find(|one| regions.iter().all(|other| one.covers(*other))) {
            Some(widest) if placed >= min_sources => Location::In(widest),
            _ => Location::Unknown,
        }
    }

    /// Three sources of two segments, each of six opinions, and each number of sources that must speak.
    #[test]
    fn three_sources_agree_as_their_opinions_do_at_every_address() {
        let says = ["CN", "CN-GD", "CN-BJ", "HK"].map(|code| Opinion::Says(region(code)));
        let all = [Opinion::Silent, Opinion::Contested, says[0], says[1], says[2], says[3]];
        // Boundaries in common, and apart.
        for [a, b, c] in [[7, 7, 7], [7, 8, 9], [9, 8, 7], [u32::MAX, 1, u32::MAX]] {
            let mut sources = Vec::new();
            for n in 0..36_usize {
                sources.push((all[n / 6], all[n % 6]));
            }
            let segments = |(before, after): (Opinion, Opinion), boundary: u32| {
                let mut segments = Vec::new();
                append(&mut segments, 0, before);
                append(&mut segments, boundary, after);
                segments
            };
            for &one in &sources {
                // All of them would take seconds: every fifth has each opinion on either side.
                for &two in sources.iter().step_by(5) {
                    for &three in sources.iter().step_by(5) {
                        let all = [segments(one, a), segments(two, b), segments(three, c)];
                        for min_sources in 1..=3 {
                            let agreement = agreement(all.to_vec(), min_sources);
                            assert!(are_segments(&agreement), "{all:?}: {agreement:?}");
                            for address in [0, 1, 6, 7, 8, 9, 10, u32::MAX - 1, u32::MAX] {
                                let opinions = [0, 1, 2].map(|n: usize| at(&all[n], address));
                                assert_eq!(at(&agreement, address), agreed(&opinions, min_sources), "{address}: {opinions:?}");
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(agreement::<u32>(Vec::new(), 1), [(0, Location::Unknown)]);
    }
}
