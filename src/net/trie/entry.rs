//! Entries of tables, nodes, and the numbers in them.

use crate::net::address::Bits;

/// The value of an address.
pub(crate) type Value = u16;

/// A table with its own origin, and the values to both sides of it.
#[derive(Debug)]
pub(super) struct Node<T> {
    /// The first address of the first slot.
    pub(super) first: T,
    /// The table's first entry.
    pub(super) base: u32,
    pub(super) slots: u32,
    /// The value before the first slot.
    pub(super) before: Value,
    /// The value after the last slot.
    pub(super) after: Value,
    /// The number of bits of the address that a slot spans.
    pub(super) slot_bits: u8,
}

/// One slot of a table, in 32 bits. Every level of a lookup tests the kind and follows the entry, which takes one or two
/// instructions each. The highest bit is set for
///
/// - a table: the negated stride in the highest five bits, which is ready to shift by; its first entry.
///
/// Otherwise, by the two bits after that one, it is
///
/// - a bucket or a node: its index;
/// - a value: with the length of the largest block around the slot that has it from bit 16 on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry(u32);

impl Entry {
    const VALUE: u32 = 0;
    const BUCKET: u32 = 1 << 30;
    const NODE: u32 = 1 << 29;
    const INDEX: u32 = Entry::NODE - 1;
    /// Stands for the root in the place of a node. No trie has this many nodes.
    pub(super) const ROOT: Entry = Entry(Entry::NODE | Entry::INDEX);
    /// The bits of a table's first entry.
    const BASE_BITS: u32 = 27;
    const BASE: u32 = (1 << Entry::BASE_BITS) - 1;

    pub(super) fn value(value: Value, len: u8) -> Entry {
        Entry(Entry::VALUE | u32::from(value) | u32::from(len) << 16)
    }

    pub(super) fn bucket(index: u32) -> Entry {
        Entry(Entry::BUCKET | index)
    }

    pub(super) fn table(stride: u32, base: u32) -> Entry {
        Entry((u32::BITS - stride) << Entry::BASE_BITS | base)
    }

    pub(super) fn node(index: u32) -> Entry {
        Entry(Entry::NODE | index)
    }

    #[inline(always)]
    pub(super) fn is_table(self) -> bool {
        self.0 >> 31 != 0
    }

    /// The negated stride of a table, and its first entry. A wrapping right shift of 32 or 64 bits by the negated stride leaves the
    /// slot's number.
    #[inline(always)]
    pub(super) fn table_parts(self) -> (u32, u32) {
        (unsigned(signed(self.0) >> Entry::BASE_BITS), self.0 & Entry::BASE)
    }

    #[inline(always)]
    pub(super) fn is_value(self) -> bool {
        self.0 < Entry::NODE
    }

    #[inline(always)]
    pub(super) fn is_bucket(self) -> bool {
        self.0 & Entry::BUCKET != 0
    }

    #[inline(always)]
    pub(super) fn is_node(self) -> bool {
        self.0 & Entry::NODE != 0
    }

    /// The index of a bucket or a node.
    #[inline(always)]
    pub(super) fn index(self) -> u32 {
        self.0 & Entry::INDEX
    }

    /// The value, and the length of the block around it.
    #[inline(always)]
    pub(super) fn value_and_len(self) -> (Value, u8) {
        let [low, high, len, _] = self.0.to_le_bytes();
        (Value::from_le_bytes([low, high]), len)
    }
}

/// The length of the largest block around an address that holds none of the stops.
pub(super) fn block_len<T: Bits>(address: u128, stops: [Option<u128>; 2]) -> u8 {
    // A block excludes a stop when its prefix includes the first bit in which the address and the stop differ.
    let len = |stop: u128| (address ^ stop).leading_zeros() + 1 + u32::from(T::WIDTH) - u128::BITS;
    u8::try_from(stops.into_iter().flatten().map(len).max().unwrap_or(0)).unwrap_or(T::WIDTH)
}

#[inline(always)]
#[expect(clippy::as_conversions, reason = "what was an index fits; anything else is refused by `get`")]
pub(super) fn to_usize(n: u64) -> usize {
    n as usize
}

#[inline(always)]
pub(super) fn position(n: u32) -> usize {
    to_usize(u64::from(n))
}

/// Reinterprets the bits as a signed number. `cast_signed` needs Rust 1.87.
#[inline(always)]
fn signed(bits: u32) -> i32 {
    i32::from_ne_bytes(bits.to_ne_bytes())
}

/// Reinterprets the bits as an unsigned number. `cast_unsigned` needs Rust 1.87.
#[inline(always)]
pub(super) fn unsigned(bits: i32) -> u32 {
    u32::from_ne_bytes(bits.to_ne_bytes())
}
