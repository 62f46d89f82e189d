//! The way that the first 64 bits of an address lead: nearly always all the way.

use super::bucket::{Bucket, VALUES};
use super::{Entry, Value, position, to_usize};

/// The root of a trie, and all entries and buckets, for the first 64 bits of an address.
///
/// It is the same for both families: an IPv4 address is the first 32 of 64 bits. What a slot leads to, and which family it is, is different
/// from one address to the next, and a processor that guesses wrong begins anew. So the usual way has no branch that depends on
/// either: one that is taken or not as every address has it would cost more than the few instructions that are in vain.
#[derive(Debug)]
pub(crate) struct Head {
    /// The first address of the first slot of the root.
    pub(super) first: u64,
    /// The root's first entry.
    pub(super) base: u32,
    /// How many slots the root has. None when they span less than a slot of 64 bits.
    pub(super) slots: u32,
    /// How many of the 64 bits a slot of the root spans.
    pub(super) slot_bits: u8,
    pub(super) entries: Box<[Entry]>,
    pub(super) buckets: Box<[Bucket]>,
    /// The high bytes of the values of each bucket. Empty while all of them are zero.
    pub(super) high_bytes: Box<[[u8; VALUES]]>,
}

impl Head {
    /// The value of an address that begins with these bits. `None` when they do not tell.
    #[inline(never)]
    pub(super) fn get(&self, head: u64) -> Option<Value> {
        let slot_bits = u32::from(self.slot_bits);
        let slot = head.wrapping_sub(self.first).wrapping_shr(slot_bits);
        if slot >= u64::from(self.slots) {
            return None;
        }
        let mut entry = self.entry(u64::from(self.base) + slot);
        if entry.is_table() {
            let mut rest = head.wrapping_shl(u64::BITS - slot_bits);
            while entry.is_table() {
                let (less, base) = entry.table_parts();
                entry = self.entry(u64::from(base) + (rest >> 32).wrapping_shr(less));
                rest = rest.wrapping_shl(u32::BITS - less);
            }
        }
        if entry.is_bucket() {
            let bucket = self.buckets.get(position(entry.index()))?;
            if bucket.is_deep() {
                return None;
            }
            return Some(self.value(entry.index(), bucket, bucket.rank_by_head(head)));
        }
        if entry.is_node() { None } else { Some(entry.value_and_len().0) }
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

    /// The same where a byte does not hold it.
    #[inline(never)]
    fn wide(&self, index: u32, rank: usize, low: u8) -> Value {
        let high = self.high_bytes.get(position(index)).and_then(|row| row.get(rank));
        Value::from_le_bytes([low, high.copied().unwrap_or(0)])
    }

    /// Heap bytes.
    pub(super) fn memory_usage(&self) -> usize {
        size_of_val(&*self.entries) + size_of_val(&*self.buckets) + size_of_val(&*self.high_bytes)
    }
}
