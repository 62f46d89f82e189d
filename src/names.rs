//! Which orders name a meeting or an account.
//!
//! Nearly every question is about a meeting that no order names, so that is what must be answered fast: a filter of two bits a name
//! says no from a cache line that is most often at hand. Behind it is a hash table of four bytes a name that say where its record
//! is; the record has the order and the text, side by side.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

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
    /// Where each name's record begins.
    starts: HashTable<Start>,
    records: Records,
    /// The orders of names that have several: their number, then the orders, ascending.
    lists: Box<[OrderIndex]>,
}

/// Leads to the orders that name something: it is one order or, with [`LIST`], where the list of several is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Handle(u32);

impl Handle {
    const NOTHING: Handle = Handle(u32::MAX);
}

/// Set in [`Handle`] of a list. That leaves 2^31 orders, which would take 800 GB.
const LIST: u32 = 1 << 31;

/// What names a meeting and the account that hosts it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    meeting: Handle,
    account: Handle,
}

impl Named {
    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        (self.meeting, self.account) == (Handle::NOTHING, Handle::NOTHING)
    }
}

/// One order's naming of one name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming<'d> {
    pub(crate) name: &'d str,
    pub(crate) order: OrderIndex,
}

impl Index {
    /// What names `name`: one look-up.
    #[inline(always)]
    fn get(&self, name: &str) -> Handle {
        let hash = hash(&self.hasher, name.as_bytes());
        if self.filter.may_hold(hash) { self.look_up(hash, name.as_bytes()) } else { Handle::NOTHING }
    }

    #[inline(never)]
    fn look_up(&self, hash: u64, name: &[u8]) -> Handle {
        let start = self.starts.find(hash, |&start| self.records.is(start, name));
        start.and_then(|&start| self.records.handle(start)).unwrap_or(Handle::NOTHING)
    }

    fn orders(&self, handle: Handle) -> Orders<'_> {
        match handle {
            Handle::NOTHING => Orders::default(),
            Handle(order) if order & LIST == 0 => Orders { first: Some(order), rest: &[] },
            Handle(list) => self.list(list).unwrap_or_default(),
        }
    }

    fn list(&self, list: u32) -> Option<Orders<'_>> {
        let (len, list) = self.lists.get(usize::try_from(list & !LIST).ok()?..)?.split_first()?;
        let (first, rest) = list.get(..usize::try_from(*len).ok()?)?.split_first()?;
        Some(Orders { first: Some(*first), rest })
    }

    pub(crate) fn new<'d>(namings: impl Iterator<Item = Naming<'d>> + Clone) -> Index {
        let hasher = DefaultHashBuilder::default();
        let (count, bytes) = namings.clone().fold((0, 0), |(n, bytes), naming| (n + 1, bytes + Records::bytes_of(naming.name)));
        let (mut hashes, mut several) = (Vec::with_capacity(count), Vec::new());
        let mut starts: HashTable<Start> = HashTable::with_capacity(count);
        let mut records = Records::with_capacity(bytes);
        for Naming { name, order } in namings {
            let hash = hash(&hasher, name.as_bytes());
            match starts.find(hash, |&start| records.is(start, name.as_bytes())) {
                Some(&start) => {
                    several.extend([records.handle(start).map_or(order, |Handle(first)| first), order].map(|order| (start, order)))
                }
                None => {
                    let start = records.push(name, order);
                    starts.insert_unique(hash, start, |&start| records.hash(start, &hasher));
                    hashes.push(hash);
                }
            }
        }
        let mut lists = Vec::new();
        several.sort_unstable();
        several.dedup();
        for orders in several.chunk_by(|a, b| a.0 == b.0) {
            // One order alone is one that repeats a name in its own list.
            if let [(start, _), _, ..] = orders {
                records.set_order(*start, LIST | saturating(lists.len()));
                lists.push(saturating(orders.len()));
                lists.extend(orders.iter().map(|&(_, order)| order));
            }
        }
        // Repeats need no room.
        starts.shrink_to_fit(|&start| records.hash(start, &hasher));
        let mut filter = Filter::new(hashes.len());
        hashes.into_iter().for_each(|hash| filter.insert(hash));
        Index { hasher, filter, starts, records: records.shrunk(), lists: lists.into_boxed_slice() }
    }

    fn memory_usage(&self) -> usize {
        self.filter.memory_usage() + self.starts.allocation_size() + self.records.bytes.capacity() + size_of_val(&*self.lists)
    }
}

#[inline(always)]
fn hash(hasher: &DefaultHashBuilder, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

impl Names {
    /// What names the meeting or its host account.
    #[inline(always)]
    pub(crate) fn named(&self, meeting: Meeting<'_>) -> Named {
        Named {
            meeting: self.meetings.get(meeting.id),
            account: meeting.host.map_or(Handle::NOTHING, |host| self.accounts.get(host)),
        }
    }

    /// The orders that name something.
    pub(crate) fn orders(&self, named: Named) -> Merged<'_> {
        Merged { by_meeting: self.meetings.orders(named.meeting), by_account: self.accounts.orders(named.account) }
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.meetings.memory_usage() + self.accounts.memory_usage()
    }
}

/// Where a record begins, in units of [`UNIT`] bytes: records for 16 GiB of names.
type Start = u32;

const UNIT: usize = 4;

/// The bytes of a record before the text: the order, and the length of the text.
const HEADER: usize = size_of::<OrderIndex>() + size_of::<u16>();

/// Of each name the order, the length and the text; records begin at multiples of [`UNIT`].
#[derive(Debug, Default)]
struct Records {
    bytes: Vec<u8>,
}

impl Records {
    fn with_capacity(bytes: usize) -> Records {
        Records { bytes: Vec::with_capacity(bytes) }
    }

    /// The bytes that a name's record takes.
    fn bytes_of(name: &str) -> usize {
        (HEADER + name.len()).next_multiple_of(UNIT)
    }

    fn push(&mut self, name: &str, order: OrderIndex) -> Start {
        let start = self.bytes.len();
        // Compiling has refused names of more than 512 bytes.
        let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&order.to_le_bytes());
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.resize(start + Records::bytes_of(name), 0);
        saturating(start / UNIT)
    }

    #[inline]
    fn record(&self, start: Start) -> Option<(&[u8; HEADER], &[u8])> {
        self.bytes.get(usize::try_from(start).ok()?.checked_mul(UNIT)?..)?.split_first_chunk()
    }

    #[inline]
    fn handle(&self, start: Start) -> Option<Handle> {
        let ([a, b, c, d, ..], _) = self.record(start)?;
        Some(Handle(u32::from_le_bytes([*a, *b, *c, *d])))
    }

    #[inline]
    fn text(&self, start: Start) -> Option<&[u8]> {
        let ([.., low, high], text) = self.record(start)?;
        text.get(..usize::from(u16::from_le_bytes([*low, *high])))
    }

    #[inline]
    fn is(&self, start: Start, name: &[u8]) -> bool {
        self.text(start) == Some(name)
    }

    fn hash(&self, start: Start, hasher: &DefaultHashBuilder) -> u64 {
        hash(hasher, self.text(start).unwrap_or_default())
    }

    fn set_order(&mut self, start: Start, order: OrderIndex) {
        let at = usize::try_from(start).ok().and_then(|start| start.checked_mul(UNIT));
        if let Some(place) = at.and_then(|at| self.bytes.get_mut(at..)).and_then(|record| record.first_chunk_mut()) {
            *place = order.to_le_bytes();
        }
    }

    fn shrunk(mut self) -> Records {
        self.bytes.shrink_to_fit();
        self
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
    /// The bits that number the words.
    mask: u64,
}

impl Filter {
    /// At most four names a word: about one absent name in 60 gets past.
    const NAMES_A_WORD: usize = 4;

    fn new(names: usize) -> Filter {
        let words = if names == 0 { 0 } else { names.div_ceil(Filter::NAMES_A_WORD).next_power_of_two() };
        let mask = u64::try_from(words.saturating_sub(1)).unwrap_or(0);
        Filter { words: vec![0; words].into_boxed_slice(), mask }
    }

    fn insert(&mut self, hash: u64) {
        if let Some(word) = self.position(hash).and_then(|at| self.words.get_mut(at)) {
            *word |= Filter::bits(hash);
        }
    }

    #[inline(always)]
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
        usize::try_from(hash >> 12 & self.mask).ok()
    }

    fn memory_usage(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// Orders, ascending, each once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders<'p> {
    first: Option<OrderIndex>,
    rest: &'p [OrderIndex],
}

impl Orders<'_> {
    /// Goes on to the next order.
    fn advance(&mut self) {
        match self.rest.split_first() {
            Some((&first, rest)) => *self = Orders { first: Some(first), rest },
            None => self.first = None,
        }
    }
}

/// Those of two name spaces as one, each order once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Merged<'p> {
    by_meeting: Orders<'p>,
    by_account: Orders<'p>,
}

impl Iterator for Merged<'_> {
    type Item = OrderIndex;

    #[inline]
    fn next(&mut self) -> Option<OrderIndex> {
        match (self.by_meeting.first, self.by_account.first) {
            (Some(next), None) => {
                self.by_meeting.advance();
                Some(next)
            }
            (Some(meeting), Some(account)) => {
                if meeting <= account {
                    self.by_meeting.advance();
                }
                if account <= meeting {
                    self.by_account.advance();
                }
                Some(meeting.min(account))
            }
            (None, next) => {
                self.by_account.advance();
                next
            }
        }
    }

    /// Nearly always there is one order, and nothing to merge.
    #[inline]
    fn fold<B, F: FnMut(B, OrderIndex) -> B>(self, init: B, mut each: F) -> B {
        if let (Orders { first: Some(only), rest: [] }, None) = (self.by_meeting, self.by_account.first) {
            return each(init, only);
        }
        let mut folded = init;
        for next in self {
            folded = each(folded, next);
        }
        folded
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
            let mut orders = Merged { by_meeting: index.orders(index.get(name)), by_account: Orders::default() };
            assert!(orders.by_ref().eq(expected), "{name}");
        }
        assert!((0..1000).all(|n| index.get(&format!("other-{n}")) == Handle::NOTHING));
    }

    /// Of each length that a name may have, three names: one that begins the next ones, and two that differ in their last byte.
    #[test]
    fn names_of_every_length_that_begin_alike_are_told_apart() {
        let texts: Vec<String> = (1..=512).flat_map(|len| ["a", "b", "\0"].map(|last| "a".repeat(len - 1) + last)).collect();
        let index = Index::new(texts.iter().zip(0..).map(|(name, order)| Naming { name, order }));
        for (name, order) in texts.iter().zip(0..) {
            assert_eq!(index.get(name), Handle(order), "{name:?}");
        }
        for absent in [String::new(), "a".repeat(513), "a".repeat(255) + "c", "a".repeat(1 << 16), "a".repeat((1 << 16) + 1)] {
            assert_eq!(index.get(&absent), Handle::NOTHING, "{} bytes", absent.len());
        }
    }

    #[test]
    fn an_empty_index_holds_no_name() {
        let index = Index::new(std::iter::empty());
        assert_eq!([index.get(""), index.get("a")], [Handle::NOTHING; 2]);
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
