//! A filter that rules out most absent names with one cache line.

use crate::net::heap::HeapBytes;

/// A Bloom filter whose two bits of a name lie in one word, so that asking it reads one cache line (Putze, Sanders and Singler,
/// "Cache-, Hash- and Space-Efficient Bloom Filters", 2007).
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// A power of two of them, or none for a filter that holds nothing.
    words: Box<[u64]>,
    /// The bits that number the words.
    mask: u64,
}

impl Filter {
    /// At most four names a word: about one absent name in 60 gets past.
    const NAMES_A_WORD: usize = 4;

    /// The number of words is rounded up to a power of two.
    pub(super) const MOST_BYTES_A_NAME: usize = 2 * size_of::<u64>() / Filter::NAMES_A_WORD;

    /// A filter of some names, by their hashes.
    pub(super) fn new(names: usize, hashes: impl Iterator<Item = u64>) -> Filter {
        let words = if names == 0 { 0 } else { names.div_ceil(Filter::NAMES_A_WORD).next_power_of_two() };
        let mask = u64::try_from(words.saturating_sub(1)).unwrap_or(0);
        let mut filter = Filter { words: vec![0; words].into_boxed_slice(), mask };
        hashes.for_each(|hash| filter.insert(hash));
        filter
    }

    /// Whether this number of names is more than the filter was made for.
    pub(super) fn is_too_small_for(&self, names: usize) -> bool {
        self.words.len() * Filter::NAMES_A_WORD < names
    }

    pub(super) fn insert(&mut self, hash: u64) {
        if let Some(word) = self.position(hash).and_then(|at| self.words.get_mut(at)) {
            *word |= Filter::bits(hash);
        }
    }

    #[inline(always)]
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let bits = Filter::bits(hash);
        self.position(hash).and_then(|at| self.words.get(at)).is_some_and(|word| word & bits == bits)
    }

    /// Two of 64 bits, by the lowest twelve of the hash.
    #[inline]
    fn bits(hash: u64) -> u64 {
        1 << (hash & 63) | 1 << (hash >> 6 & 63)
    }

    /// The word, by the bits of the hash after those.
    #[inline]
    fn position(&self, hash: u64) -> Option<usize> {
        usize::try_from(hash >> 12 & self.mask).ok()
    }
}

impl HeapBytes for Filter {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashbrown::DefaultHashBuilder;
    use std::hash::BuildHasher;

    #[test]
    fn a_word_is_for_four_names_and_a_name_sets_two_bits_or_one() {
        // The number of names, of words, and the most names that these are for.
        for (names, words, most) in [(0, 0, 0), (1, 1, 4), (4, 1, 4), (5, 2, 8), (8, 2, 8), (9, 4, 16), (17, 8, 32)] {
            let filter = Filter::new(names, std::iter::empty());
            assert_eq!(filter.heap_bytes(), words * size_of::<u64>(), "{names}");
            assert_eq!([most, most + 1].map(|names| filter.is_too_small_for(names)), [false, true], "{names}");
        }
        assert_eq!([Filter::bits(0), Filter::bits(65), Filter::bits(3 | 5 << 6)], [1, 2, 1 << 3 | 1 << 5]);
    }

    #[test]
    fn the_filter_lets_few_absent_names_past() {
        let hasher = DefaultHashBuilder::default();
        let hash = |n: u32| hasher.hash_one(format!("meeting-{n}"));
        let filter = Filter::new(4096, (0..4096).map(hash));
        assert!((0..4096).all(|n| filter.may_hold(hash(n))));
        let past = (10_000..110_000).filter(|&n| filter.may_hold(hash(n))).count();
        assert!(past < 3000, "{past} of 100,000");
    }
}
