//! The part of an atlas that orders can reach. A decision looks addresses up in it.
//!
//! Orders of a few countries concern a tenth of the world's ranges or less, and a trie of those stays in a second-level cache.

use std::net::IpAddr;
use std::sync::Arc;

use super::location::{LocationId, UNKNOWN};
use crate::net::address::Bits;
use crate::net::heap::HeapBytes;
use crate::net::trie::{Trie, Tries};

/// A set of location ids of one atlas, as bits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct LocationSet {
    words: Box<[u64]>,
}

impl LocationSet {
    /// The set of the ids that are `inside`, which has an item for each id of the atlas in sequence.
    pub(crate) fn new(inside: impl Iterator<Item = bool>) -> LocationSet {
        let bits: Vec<bool> = inside.collect();
        let word = |bits: &[bool]| bits.iter().rev().fold(0, |word, &bit| word << 1 | u64::from(bit));
        LocationSet { words: bits.chunks(64).map(word).collect() }
    }

    pub(crate) fn contains(&self, location: LocationId) -> bool {
        self.words.get(usize::from(location / 64)).is_some_and(|word| word >> (location % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether another set of the same atlas has all of these ids.
    pub(crate) fn is_within(&self, other: &LocationSet) -> bool {
        self.words.iter().zip(&other.words).all(|(word, other)| word & !other == 0)
    }

    /// Adds the ids of another set of the same atlas.
    pub(crate) fn extend(&mut self, other: &LocationSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }
}

impl HeapBytes for LocationSet {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// An atlas cut to one area.
#[derive(Debug)]
pub(crate) struct AtlasSubset {
    area: LocationSet,
    /// Shared with the atlas when the area has half of its segments or more.
    tries: Arc<Tries>,
}

impl AtlasSubset {
    pub(super) fn new(area: LocationSet, of: &Arc<Tries>) -> AtlasSubset {
        let tries = match (segments(&of.v4, &area), segments(&of.v6, &area)) {
            ((v4, of_v4), (v6, of_v6)) if 2 * (v4.len() + v6.len()) < of_v4 + of_v6 => Tries::new(&v4, &v6).map(Arc::new),
            _ => None,
        };
        AtlasSubset { area, tries: tries.unwrap_or_else(|| of.clone()) }
    }

    pub(crate) fn area(&self) -> &LocationSet {
        &self.area
    }

    /// The location id of an address in the area, as in the whole atlas. Outside of the area it may be unknown instead.
    #[inline(always)]
    pub(crate) fn location_id(&self, ip: IpAddr) -> LocationId {
        self.tries.get_apart(ip)
    }

    /// Heap bytes that are not shared with the atlas.
    pub(super) fn heap_bytes_beside(&self, of: &Arc<Tries>) -> usize {
        let tries = if Arc::ptr_eq(&self.tries, of) { 0 } else { self.tries.heap_bytes() };
        self.area.heap_bytes() + tries
    }
}

/// The segments of an area, with the rest unknown, and the number of segments of the whole trie.
fn segments<T: Bits>(trie: &Trie<T>, area: &LocationSet) -> (Vec<(T, LocationId)>, usize) {
    let (mut segments, mut all) = (Vec::new(), 0);
    trie.for_each_segment(|first, location| {
        let location = if area.contains(location) { location } else { UNKNOWN };
        all += 1;
        if segments.last().is_none_or(|&(_, before)| before != location) {
            segments.push((first, location));
        }
    });
    (segments, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of sets of four ids, on both sides of the end of a word.
    #[test]
    fn sets_of_locations_are_what_bits_say() {
        let set = |mask: u32| LocationSet::new((0..66).map(|id| (62..66).contains(&id) && mask >> (id - 62) & 1 == 1));
        for (a, b) in (0..16).flat_map(|a| (0..16).map(move |b| (a, b))) {
            let (left, right) = (set(a), set(b));
            assert_eq!((left == right, left.is_empty(), left.is_within(&right)), (a == b, a == 0, a & !b == 0), "{a:b} {b:b}");
            assert!((0..70).all(|id| left.contains(id) == ((62..66).contains(&id) && a >> (id - 62) & 1 == 1)), "{a:b}");
            let mut union = left;
            union.extend(&right);
            assert_eq!(union, set(a | b));
        }
        assert_eq!([0, 1, 64, 65].map(|ids| LocationSet::new((0..ids).map(|_| true)).heap_bytes()), [0, 8, 8, 16]);
    }

    /// Of an area with fewer than half of the segments the tries are smaller ones; else those of the atlas are shared.
    #[test]
    fn a_small_area_has_tries_of_its_own() {
        let v4: Vec<(u32, LocationId)> = (0..400).map(|n| (n << 16, LocationId::try_from(n % 20).unwrap())).collect();
        let whole = Arc::new(Tries::new(&v4, &[(0, UNKNOWN)]).unwrap());
        for ids in [1, 2, 5, 9, 11, 20] {
            let area = LocationSet::new((0..20).map(|id| id != 0 && id < ids));
            let subset = AtlasSubset::new(area.clone(), &whole);
            assert_eq!(subset.area(), &area);
            let is_shared = Arc::ptr_eq(&subset.tries, &whole);
            // Of IPv4, the one from zero on and, in each run of ids, one for each id of the area and one behind them; IPv6 has one.
            let segments = if ids == 1 { 2 } else { 20 * ids + 2 };
            assert_eq!(is_shared, 2 * segments > 400, "{ids}");
            let own = if is_shared { 0 } else { subset.tries.heap_bytes() };
            assert_eq!(subset.heap_bytes_beside(&whole), area.heap_bytes() + own);
            for n in 0..400_u32 {
                let (ip, id) = (IpAddr::from(((n << 16) + 7).to_be_bytes()), LocationId::try_from(n % 20).unwrap());
                assert!(!area.contains(id) || subset.location_id(ip) == id, "{ip}");
                assert!(is_shared || area.contains(id) || subset.location_id(ip) == UNKNOWN, "{ip}");
            }
        }
    }
}
