//! Which orders name a meeting or an account.
//!
//! Nearly every question is about a meeting that no order names, so that is what must be answered fast: a filter of two bits a name
//! says no from a cache line that is most often at hand. Behind it is one hash table of small entries; the texts of all names stand
//! in one string.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::Meeting;

/// The position of an order among the compiled ones, which ascend by id.
pub(crate) type OrderIndex = u32;

/// The names that some orders name: meetings and accounts are separate name spaces.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) meetings: Index,
    pub(crate) accounts: Index,
}

/// Names, each with some orders.
#[derive(Debug, Default)]
pub(crate) struct Index {
    hasher: DefaultHashBuilder,
    filter: Filter,
    entries: HashTable<Entry>,
    texts: Box<str>,
    /// The orders of names that have several: their number, then the orders, ascending.
    lists: Box<[OrderIndex]>,
}

/// One name, in 12 bytes.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Where its text begins among the texts: 48 bits.
    start_low: u32,
    start_high: u16,
    len: u16,
    /// The order, when it has one; else where its list is, with the highest bit set.
    order: OrderIndex,
}

/// Set in [`Entry::order`] when it points to a list. That leaves 2^31 orders, which would take 800 GB.
const LIST: u32 = 1 << 31;

/// One order's naming of one name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming<'d> {
    pub(crate) name: &'d str,
    pub(crate) order: OrderIndex,
}

impl Index {
    /// The orders that name `name`, ascending: one look-up.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> &[OrderIndex] {
        let hash = self.hasher.hash_one(name);
        if !self.filter.may_hold(hash) {
            return &[];
        }
        self.look_up(hash, name)
    }

    fn look_up(&self, hash: u64, name: &str) -> &[OrderIndex] {
        let entry = self.entries.find(hash, |entry| entry.text(&self.texts) == Some(name));
        entry.and_then(|entry| entry.orders(&self.lists)).unwrap_or_default()
    }

    /// The namings must come in ascending sequence of their orders.
    pub(crate) fn new<'d>(namings: impl Iterator<Item = Naming<'d>>) -> Index {
        // Group by name: each distinct one gets a number, in the sequence of their first naming.
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut names: Vec<&str> = Vec::new();
        let mut pairs: Vec<(u32, OrderIndex)> = Vec::new();
        for naming in namings {
            let number = *numbers.entry(naming.name).or_insert_with(|| {
                names.push(naming.name);
                saturating(names.len() - 1)
            });
            pairs.push((number, naming.order));
        }
        drop(numbers);
        // Most often each name has one order, and the pairs are sorted already.
        pairs.sort_unstable();
        pairs.dedup();

        let hasher = DefaultHashBuilder::default();
        let mut filter = Filter::new(names.len());
        let mut texts = String::with_capacity(names.iter().map(|name| name.len()).sum());
        let mut lists = Vec::new();
        let mut entries = HashTable::with_capacity(names.len());
        for (name, of_name) in names.iter().zip(pairs.chunk_by(|a, b| a.0 == b.0)) {
            let order = match of_name {
                [(_, order)] => *order,
                several => {
                    let at = LIST | saturating(lists.len());
                    lists.push(saturating(several.len()));
                    lists.extend(several.iter().map(|&(_, order)| order));
                    at
                }
            };
            let entry = Entry::new(texts.len(), name.len(), order);
            texts.push_str(name);
            let hash = hasher.hash_one(*name);
            filter.insert(hash);
            entries.insert_unique(hash, entry, |entry| hasher.hash_one(entry.text(&texts).unwrap_or_default()));
        }
        Index { hasher, filter, entries, texts: texts.into_boxed_str(), lists: lists.into_boxed_slice() }
    }

    fn memory_usage(&self) -> usize {
        self.filter.memory_usage() + self.entries.allocation_size() + self.texts.len() + size_of_val(&*self.lists)
    }
}

impl Names {
    /// The orders that name the meeting or its host account.
    #[inline]
    pub(crate) fn named(&self, meeting: Meeting<'_>) -> Merged<'_> {
        Merged {
            by_meeting: self.meetings.get(meeting.id),
            by_account: meeting.host.map(|host| self.accounts.get(host)).unwrap_or_default(),
        }
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.meetings.memory_usage() + self.accounts.memory_usage()
    }
}

impl Entry {
    fn new(start: usize, len: usize, order: OrderIndex) -> Entry {
        let [a, b, c, d, e, f, ..] = u64::try_from(start).unwrap_or(u64::MAX).to_le_bytes();
        Entry {
            start_low: u32::from_le_bytes([a, b, c, d]),
            start_high: u16::from_le_bytes([e, f]),
            len: u16::try_from(len).unwrap_or(u16::MAX),
            order,
        }
    }

    #[inline]
    fn text(self, texts: &str) -> Option<&str> {
        let start = usize::try_from(u64::from(self.start_high) << 32 | u64::from(self.start_low)).ok()?;
        texts.get(start..start + usize::from(self.len))
    }

    #[inline]
    fn orders<'i>(&'i self, lists: &'i [OrderIndex]) -> Option<&'i [OrderIndex]> {
        if self.order & LIST == 0 {
            return Some(std::slice::from_ref(&self.order));
        }
        let (len, list) = lists.get(usize::try_from(self.order & !LIST).ok()?..)?.split_first()?;
        list.get(..usize::try_from(*len).ok()?)
    }
}

/// Numbers beyond `u32` would take dockets of hundreds of gigabytes; who is not found then is not blocked.
fn saturating(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A Bloom filter whose two bits of a name lie in one word, so that asking it reads one cache line (Putze, Sanders and Singler,
/// "Cache-, Hash- and Space-Efficient Bloom Filters", 2007).
#[derive(Debug, Default)]
struct Filter {
    /// A power of two of them, or none for a filter that holds nothing.
    words: Box<[u64]>,
}

impl Filter {
    /// At most four names a word: about one absent name in 60 gets past.
    const NAMES_A_WORD: usize = 4;

    fn new(names: usize) -> Filter {
        let words = if names == 0 { 0 } else { names.div_ceil(Filter::NAMES_A_WORD).next_power_of_two() };
        Filter { words: vec![0; words].into_boxed_slice() }
    }

    fn insert(&mut self, hash: u64) {
        if let Some(word) = self.position(hash).and_then(|at| self.words.get_mut(at)) {
            *word |= Filter::bits(hash);
        }
    }

    #[inline]
    fn may_hold(&self, hash: u64) -> bool {
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
        let mask = u64::try_from(self.words.len().checked_sub(1)?).ok()?;
        usize::try_from(hash >> 12 & mask).ok()
    }

    fn memory_usage(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// Two ascending lists as one, each order once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Merged<'p> {
    pub(crate) by_meeting: &'p [OrderIndex],
    pub(crate) by_account: &'p [OrderIndex],
}

impl Merged<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_meeting.is_empty() && self.by_account.is_empty()
    }
}

impl Iterator for Merged<'_> {
    type Item = OrderIndex;

    fn next(&mut self) -> Option<OrderIndex> {
        let next = match (self.by_meeting.first(), self.by_account.first()) {
            (Some(&a), Some(&b)) => a.min(b),
            (Some(&next), None) | (None, Some(&next)) => next,
            (None, None) => return None,
        };
        for list in [&mut self.by_meeting, &mut self.by_account] {
            if let Some((&first, rest)) = list.split_first()
                && first == next
            {
                *list = rest;
            }
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_orders_and_no_other_name_has_any() {
        let texts: Vec<String> = (0..1000).map(|n| format!("name-{n}")).collect();
        // Name n is named by the orders that n divides among 1000 to 1003, twice each.
        let namings = (1000..1004_u32).flat_map(|order| {
            let divides = texts.iter().enumerate().filter(move |&(n, _)| n > 0 && order % u32::try_from(n).unwrap() == 0);
            divides.flat_map(move |(_, name)| [Naming { name, order }; 2])
        });
        let index = Index::new(namings);
        for (n, name) in texts.iter().enumerate() {
            let expected: Vec<u32> = (1000..1004).filter(|&order| n > 0 && order % u32::try_from(n).unwrap() == 0).collect();
            assert_eq!(index.get(name), expected, "{name}");
        }
        assert!((0..1000).all(|n| index.get(&format!("other-{n}")).is_empty()));
    }

    #[test]
    fn an_empty_index_holds_no_name() {
        let index = Index::new(std::iter::empty());
        assert!(index.get("").is_empty() && index.get("a").is_empty());
        assert_eq!(index.memory_usage(), 0);
    }

    #[test]
    fn a_million_names_take_at_most_32_bytes_each_beside_their_texts() {
        let texts: Vec<String> = (0..1_000_000).map(|n| format!("{n}")).collect();
        let index = Index::new(texts.iter().map(|name| Naming { name, order: 0 }));
        let beside = index.memory_usage() - texts.iter().map(String::len).sum::<usize>();
        assert!(beside <= 32 * texts.len(), "{} bytes a name", beside / texts.len());
    }

    #[test]
    fn the_filter_lets_few_absent_names_past() {
        let hasher = DefaultHashBuilder::default();
        let mut filter = Filter::new(4096);
        let hash = |n: u32| hasher.hash_one(format!("meeting-{n}"));
        (0..4096).for_each(|n| filter.insert(hash(n)));
        assert!((0..4096).all(|n| filter.may_hold(hash(n))));
        let past = (10_000..110_000).filter(|&n| filter.may_hold(hash(n))).count();
        assert!(past < 3000, "{past} of 100,000");
    }
}
