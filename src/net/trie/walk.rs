//! Iteration over a trie, from the lowest address to the highest.

use super::Trie;
use super::entry::{Node, Value, position};
use crate::net::address::{Bits, Span, low_bits};

impl<T: Bits> Trie<T> {
    /// The segments that the trie was built from: the first address of each, ascending, and its value.
    pub(crate) fn for_each_segment(&self, mut each: impl FnMut(T, Value)) {
        let mut before = None;
        let mut cut = |address: u128, value| {
            if before != Some(value) {
                before = Some(value);
                each(T::try_from(address).unwrap_or(T::MAX), value);
            }
        };
        self.walk_node(&self.root, Span { first: 0, last: T::MAX.into() }, &mut cut);
    }

    /// Reports the segments of a block that a node covers. Neighbours may have equal values.
    fn walk_node(&self, node: &Node<T>, block: Span<u128>, cut: &mut impl FnMut(u128, Value)) {
        let first: u128 = node.first.into();
        if block.first < first {
            cut(block.first, node.before);
        }
        for slot in 0..node.slots {
            self.walk_entry(node.base + slot, first + (u128::from(slot) << node.slot_bits), node.slot_bits.into(), cut);
        }
        // None when the slots reach to the end of the space.
        let end = match node.slots.checked_sub(1) {
            Some(last) => (first + (u128::from(last) << node.slot_bits) + low_bits(node.slot_bits.into())).checked_add(1),
            None => Some(first),
        };
        if let Some(end) = end.filter(|&end| end <= block.last) {
            cut(end, node.after);
        }
    }

    fn walk_entry(&self, index: u32, first: u128, slot_bits: u32, cut: &mut impl FnMut(u128, Value)) {
        let entry = self.head.entry(index.into());
        let last = first + low_bits(slot_bits);
        if entry.is_table() {
            let (minus_stride, base) = entry.table_parts();
            let stride = minus_stride.wrapping_neg();
            let finer = slot_bits.saturating_sub(stride);
            for slot in 0..1 << stride {
                self.walk_entry(base + slot, first + (u128::from(slot) << finer), finer, cut);
            }
        } else if entry.is_bucket() {
            self.walk_bucket(entry.index(), Span { first, last }, cut);
        } else if !entry.is_node() {
            cut(first, entry.value_and_len().0);
        } else if let Some(node) = self.nodes.get(position(entry.index())) {
            self.walk_node(node, Span { first, last }, cut);
        }
    }

    /// Reports the segments of one of the slots that share a bucket.
    fn walk_bucket(&self, index: u32, slot: Span<u128>, cut: &mut impl FnMut(u128, Value)) {
        let Some((bucket, rank, value)) = T::try_from(slot.first).ok().and_then(|first| self.in_bucket(index, first)) else {
            return;
        };
        cut(slot.first, value);
        let inside = (rank..).map_while(|rank| bucket.cut_near::<T>(rank, slot.first).map(|address| (rank + 1, address)));
        for (rank, address) in inside.take_while(|&(_, address)| address <= slot.last) {
            cut(address, self.head.value(index, bucket, rank));
        }
    }
}
