//! Writing the tables of a trie.

use super::{AGAIN, BUCKET, CUT, NODE, OPEN, SAME, TABLE, end_of_slots};
use crate::net::address::{Bits, Span, low_bits};
use crate::net::index::saturating;
use crate::net::trie::Trie;
use crate::net::trie::entry::{Node, Value, position};

impl<T: Bits> Trie<T> {
    /// Appends the tables to a file. `is_wide` when values take two bytes.
    pub(crate) fn write(&self, is_wide: bool, out: &mut Vec<u8>) {
        for count in [self.head.entries.len(), self.head.buckets.len(), self.nodes.len()] {
            out.extend(saturating(count).to_le_bytes());
        }
        let value = self.find(T::ZERO).0;
        let mut writer = Writer { trie: self, is_wide, value, out };
        writer.value(value);
        writer.node(&self.root, Span { first: 0, last: T::MAX.into() });
    }
}

struct Writer<'w, T> {
    trie: &'w Trie<T>,
    is_wide: bool,
    /// The value of the last address that was written.
    value: Value,
    out: &'w mut Vec<u8>,
}

/// A bucket that slots lead to, and whether cuts of it are in slots to come.
#[derive(Clone, Copy, Default)]
struct Register {
    index: u32,
    is_open: bool,
}

impl<T: Bits> Writer<'_, T> {
    fn value(&mut self, value: Value) {
        let [low, high] = value.to_le_bytes();
        self.out.push(low);
        self.out.extend(self.is_wide.then_some(high));
    }

    /// Writes the value that begins here, or that none does.
    fn change(&mut self, value: Value) {
        if value == self.value {
            return self.out.push(SAME);
        }
        self.out.push(CUT);
        self.value(value);
        self.value = value;
    }

    /// Writes a node in a block.
    fn node(&mut self, node: &Node<T>, block: Span<u128>) {
        let first: u128 = node.first.into();
        self.out.extend(first.to_le_bytes().iter().take(usize::from(T::WIDTH / 8)));
        self.out.extend(node.slots.to_le_bytes());
        self.out.push(node.slot_bits);
        if first > block.first {
            self.change(node.before);
        }
        self.slots(node.base, node.slots, first, node.slot_bits.into());
        if end_of_slots(first, node.slots, node.slot_bits.into(), block).is_some() {
            self.change(node.after);
        }
    }

    fn slots(&mut self, base: u32, slots: u32, first: u128, bits: u32) {
        let trie = self.trie;
        let mut registers = [Register::default(); OPEN];
        for slot in 0..slots {
            let entry = trie.head.entry(u64::from(base) + u64::from(slot));
            let first = first + (u128::from(slot) << bits);
            let last = first + low_bits(bits);
            if entry.is_table() {
                let (minus_stride, base) = entry.table_parts();
                let stride = minus_stride.wrapping_neg() % u32::BITS;
                self.out.push(TABLE.saturating_add(u8::try_from(stride).unwrap_or(u8::MAX)));
                self.slots(base, 1 << stride, first, bits.saturating_sub(stride));
            } else if entry.is_bucket() {
                self.bucket(entry.index(), &mut registers, last);
            } else if entry.is_node() {
                self.out.push(NODE);
                let node = trie.nodes.get(position(entry.index()));
                node.into_iter().for_each(|node| self.node(node, Span { first, last }));
            } else {
                self.change(entry.value_and_len().0);
            }
        }
    }

    /// Writes a slot that leads to a bucket. `last` is the last address of the slot.
    fn bucket(&mut self, index: u32, registers: &mut [Register; OPEN], last: u128) {
        let Some(bucket) = self.trie.head.buckets.get(position(index)) else { return };
        let len = bucket.windows().count();
        let again = registers.iter_mut().zip(AGAIN..).find(|(register, _)| register.is_open && register.index == index);
        let is_open = T::try_from(last).is_ok_and(|last| bucket.rank(last) < len);
        if let Some((register, tag)) = again {
            self.out.push(tag);
            register.is_open = is_open;
        } else {
            self.out.push(BUCKET);
            self.out.extend(bucket.shift_by_head().to_le_bytes());
            self.out.push(u8::try_from(len).unwrap_or(u8::MAX));
            self.out.extend(bucket.windows().flat_map(u16::to_le_bytes));
            (0..=len).for_each(|rank| self.value(self.trie.head.value(index, bucket, rank)));
            // INVARIANT: of the buckets that building leaves open, all but one have no cut in a slot to come.
            let closed = registers.iter_mut().find(|register| !register.is_open);
            closed.into_iter().for_each(|register| *register = Register { index, is_open });
        }
        self.value = T::try_from(last).map_or(self.value, |last| self.trie.head.value(index, bucket, bucket.rank(last)));
    }
}
