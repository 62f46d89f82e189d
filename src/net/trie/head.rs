//! The lookup by the first 64 bits of an address, which nearly always suffice.

use super::bucket::{Bucket, VALUES};
use super::entry::{Entry, Node, Value, position, to_usize};
use crate::net::heap::HeapBytes;

/// The root, the entries and the buckets of a trie, for lookups by the first 64 bits of an address.
///
/// Both families share the code: an IPv4 address is the first 32 of 64 bits. A lookup by 64 bits takes half the instructions of one
/// by 128.
#[derive(Debug)]
pub(crate) struct Head {
    /// The root, as it divides the 64 bits.
    pub(super) root: Node<u64>,
    /// Whether the root divides the bits after the first 64. It then has no slots here.
    pub(super) is_deep: bool,
    pub(super) entries: Box<[Entry]>,
    pub(super) buckets: Box<[Bucket]>,
    /// The high bytes of the values of each bucket. Empty while all of them are zero.
    pub(super) high_bytes: Box<[[u8; VALUES]]>,
}

impl Head {
    /// The target of these bits: the value of all addresses that begin with them or, when they do not suffice, a node or a bucket.
    #[inline(always)]
    pub(super) fn get(&self, head: u64) -> Entry {
        let slot_bits = u32::from(self.root.slot_bits);
        // Before the first slot the difference wraps around, to beyond the last one.
        let slot = head.wrapping_sub(self.root.first).wrapping_shr(slot_bits);
        if slot >= u64::from(self.root.slots) {
            return self.beside(head);
        }
        let mut entry = self.entry(u64::from(self.root.base) + slot);
        if entry.is_table() {
            let mut rest = head.wrapping_shl(u64::BITS - slot_bits);
            // Bit by bit: a match on the kind becomes an indirect jump, which processors predict worse.
            while entry.is_table() {
                let (minus_stride, base) = entry.table_parts();
                entry = self.entry(u64::from(base) + rest.wrapping_shr(minus_stride));
                rest = rest.wrapping_shl(minus_stride.wrapping_neg());
            }
        }
        match self.buckets.get(position(entry.index())) {
            Some(bucket) if entry.is_bucket() && !bucket.is_deep() => {
                Entry::value(self.value(entry.index(), bucket, bucket.rank_by_head(head)), 0)
            }
            _ => entry,
        }
    }

    fn beside(&self, head: u64) -> Entry {
        if self.is_deep {
            return Entry::ROOT;
        }
        Entry::value(if head < self.root.first { self.root.before } else { self.root.after }, 0)
    }

    #[inline(always)]
    pub(super) fn entry(&self, index: u64) -> Entry {
        self.entries.get(to_usize(index)).copied().unwrap_or_default()
    }

    /// The value of a rank in a bucket.
    #[inline(always)]
    pub(super) fn value(&self, index: u32, bucket: &Bucket, rank: usize) -> Value {
        let low = bucket.low_byte(rank);
        if bucket.has_high_bytes() { self.wide(index, rank, low) } else { low.into() }
    }

    /// As above, for values beyond a byte.
    #[inline(never)]
    fn wide(&self, index: u32, rank: usize, low: u8) -> Value {
        let high = self.high_bytes.get(position(index)).and_then(|row| row.get(rank));
        Value::from_le_bytes([low, high.copied().unwrap_or(0)])
    }
}

impl HeapBytes for Head {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.entries) + size_of_val(&*self.buckets) + size_of_val(&*self.high_bytes)
    }
}
