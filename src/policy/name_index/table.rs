//! A hash table of names: eight bytes a name, for its orders and the start of its text.

use hashbrown::{DefaultHashBuilder, HashTable};

use super::filter::Filter;
use super::lists::Lists;
use super::order_ref::{OrderIndex, OrderRef};
use super::orders::Orders;
use super::texts::{Short, Start, Texts, hash};
use crate::net::heap::HeapBytes;

/// Names, each with some orders.
#[derive(Debug, Clone, Default)]
pub(crate) struct NameTable {
    pub(super) hasher: DefaultHashBuilder,
    pub(super) filter: Filter,
    pub(super) slots: HashTable<Slot>,
    pub(super) texts: Texts,
    pub(super) lists: Lists,
}

/// One order's naming of one name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming<'d> {
    pub(crate) name: &'d str,
    pub(crate) order: OrderIndex,
}

/// The entry of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// The start of its text.
    pub(super) start: Start,
    pub(super) orders: OrderRef,
}

impl NameTable {
    /// The orders that name `name`: one lookup.
    #[inline(always)]
    pub(super) fn get(&self, name: &str) -> OrderRef {
        let hash = hash(&self.hasher, name.as_bytes());
        if self.filter.may_hold(hash) { self.look_up(hash, name.as_bytes()) } else { OrderRef::NONE }
    }

    #[inline(never)]
    pub(super) fn look_up(&self, hash: u64, name: &[u8]) -> OrderRef {
        match Short::new(name) {
            Some(short) => self.find(hash, |start| self.texts.is_short(start, short)),
            None => self.look_up_long(hash, name),
        }
    }

    #[inline(never)]
    fn look_up_long(&self, hash: u64, name: &[u8]) -> OrderRef {
        self.find(hash, |start| self.texts.is(start, name))
    }

    #[inline(always)]
    fn find(&self, hash: u64, is: impl Fn(Start) -> bool) -> OrderRef {
        self.slots.find(hash, |slot| is(slot.start)).map_or(OrderRef::NONE, |slot| slot.orders)
    }

    #[inline]
    pub(super) fn orders(&self, orders: OrderRef) -> Orders<'_> {
        self.lists.orders(orders)
    }

    pub(crate) fn new<'d>(namings: impl Iterator<Item = Naming<'d>> + Clone) -> NameTable {
        let hasher = DefaultHashBuilder::default();
        let (count, bytes) = namings.clone().fold((0, 0), |(n, bytes), naming| (n + 1, bytes + Texts::bytes_of(naming.name)));
        let (mut hashes, mut several) = (Vec::with_capacity(count), Vec::new());
        let mut slots: HashTable<Slot> = HashTable::with_capacity(count);
        let mut texts = Texts::with_capacity(bytes);
        for Naming { name, order } in namings {
            let hash = hash(&hasher, name.as_bytes());
            match slots.find(hash, |slot| texts.is(slot.start, name.as_bytes())) {
                Some(slot) => several.extend([slot.orders.0, order].map(|order| (hash, slot.start, order))),
                None => {
                    let slot = Slot { start: texts.push(name), orders: OrderRef(order) };
                    slots.insert_unique(hash, slot, |slot| texts.hash(slot.start, &hasher));
                    hashes.push(hash);
                }
            }
        }
        let mut lists = Lists::default();
        several.sort_unstable();
        several.dedup();
        for orders in several.chunk_by(|a, b| a.1 == b.1) {
            let named = orders.first().and_then(|&(hash, start, _)| slots.find_mut(hash, |slot| slot.start == start));
            if let Some(slot) = named {
                let orders: Vec<OrderIndex> = orders.iter().map(|&(.., order)| order).collect();
                slot.orders = lists.push(&orders);
            }
        }
        let filter = Filter::new(hashes.len(), hashes.into_iter());
        let mut table = NameTable { hasher, filter, slots, texts, lists };
        // Repeated names take no room.
        table.shrink_to_fit();
        table
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.slots.shrink_to_fit(|slot| self.texts.hash(slot.start, &self.hasher));
        self.texts.shrink_to_fit();
        self.lists.shrink_to_fit();
    }

    /// The most heap bytes that an order's naming of one name takes: the text, a slot where half of them are free, its part of the
    /// filter, and a list of two.
    pub(crate) fn most_bytes_of(name: &str) -> usize {
        Texts::bytes_of(name) + 2 * (size_of::<Slot>() + 1) + Filter::MOST_BYTES_A_NAME + 3 * size_of::<OrderIndex>()
    }
}

impl HeapBytes for NameTable {
    fn heap_bytes(&self) -> usize {
        self.filter.heap_bytes() + self.slots.allocation_size() + self.texts.heap_bytes() + self.lists.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::name_index::orders::Merged;

    #[test]
    fn each_name_has_its_orders_and_no_other_name_has_any() {
        let texts: Vec<String> = (0..1000).map(|n| format!("name-{n}")).collect();
        // Name n is named by the orders that n divides among 1000 to 1003, twice each.
        let namings = (1000..1004_u32).flat_map(|order| {
            let divides = texts.iter().enumerate().filter(move |&(n, _)| n > 0 && order % u32::try_from(n).unwrap() == 0);
            divides.flat_map(move |(_, name)| [Naming { name, order }; 2])
        });
        let index = NameTable::new(namings);
        for (n, name) in texts.iter().enumerate() {
            let expected: Vec<u32> = (1000..1004).filter(|&order| n > 0 && order % u32::try_from(n).unwrap() == 0).collect();
            let mut orders = Merged { by_meeting: index.orders(index.get(name)), by_account: Orders::default() };
            assert!(orders.by_ref().eq(expected), "{name}");
        }
        assert!((0..1000).all(|n| index.get(&format!("other-{n}")) == OrderRef::NONE));
    }

    /// Of each length that a name may have, three names: one that begins the next ones, and two that differ in their last byte.
    #[test]
    fn names_of_every_length_that_begin_alike_are_told_apart() {
        let texts: Vec<String> = (1..=512).flat_map(|len| ["a", "b", "\0"].map(|last| "a".repeat(len - 1) + last)).collect();
        let index = NameTable::new(texts.iter().zip(0..).map(|(name, order)| Naming { name, order }));
        for (name, order) in texts.iter().zip(0..) {
            assert_eq!(index.get(name), OrderRef(order), "{name:?}");
        }
        for absent in [String::new(), "a".repeat(513), "a".repeat(255) + "c", "a".repeat(1 << 16), "a".repeat((1 << 16) + 1)] {
            assert_eq!(index.get(&absent), OrderRef::NONE, "{} bytes", absent.len());
        }
    }

    #[test]
    fn an_index_takes_what_its_parts_take_and_repeated_names_take_nothing() {
        let naming = |name, order| Naming { name, order };
        let once = NameTable::new([naming("vigil", 1), naming("another vigil", 2)].into_iter());
        let repeated = NameTable::new((0..2000).map(|n| if n % 2 == 0 { naming("vigil", 1) } else { naming("another vigil", 2) }));
        assert_eq!(once.heap_bytes(), repeated.heap_bytes());
        // Of each text its length and its bytes, up to an even number; a word of the filter; a list of two orders and its length.
        let texts = (2 + 6) + (2 + 14);
        assert_eq!(once.heap_bytes(), texts + 8 + once.slots.allocation_size());
        assert!(once.slots.allocation_size() > 1);
        let listed = NameTable::new([naming("vigil", 1), naming("vigil", 2), naming("another vigil", 2)].into_iter());
        assert_eq!(listed.heap_bytes(), texts + 8 + listed.slots.allocation_size() + 3 * size_of::<OrderIndex>());
        let meetings = once.heap_bytes();
        assert_eq!(super::super::NameIndex { meetings: once, accounts: listed }.heap_bytes(), 2 * meetings + 12);
    }

    /// A text, two slots and their marks, four bytes of the filter, and a list of two orders with its length.
    #[test]
    fn no_name_of_an_order_takes_more_than_its_most_bytes() {
        for (name, text) in [("", 2), ("a", 4), ("vigil", 8), ("vigils", 8)] {
            assert_eq!(NameTable::most_bytes_of(name), text + 2 * (8 + 1) + 4 + 3 * 4, "{name:?}");
        }
    }

    #[test]
    fn names_have_hashes_of_their_own() {
        let hasher = DefaultHashBuilder::default();
        let hashes: std::collections::BTreeSet<u64> = (0..1000_u32).map(|n| hash(&hasher, &n.to_le_bytes())).collect();
        assert_eq!(hashes.len(), 1000);
    }

    #[test]
    fn an_empty_index_holds_no_name() {
        let index = NameTable::new(std::iter::empty());
        assert_eq!([index.get(""), index.get("a")], [OrderRef::NONE; 2]);
        assert_eq!(index.heap_bytes(), 0);
    }

    #[test]
    fn a_million_names_take_at_most_32_bytes_each_beside_their_texts() {
        let texts: Vec<String> = (0..1_000_000).map(|n| format!("{n}")).collect();
        let index = NameTable::new(texts.iter().map(|name| Naming { name, order: 0 }));
        let beside = index.heap_bytes() - texts.iter().map(String::len).sum::<usize>();
        assert!(beside <= 32 * texts.len(), "{} bytes a name", beside / texts.len());
    }
}
