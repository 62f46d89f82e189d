//! The tables of a trie as bytes: the form of `docs/atlas-file.md`.
//!
//! Building a trie decides which slots share a bucket and how finely tables divide, which takes most of the time. These decisions
//! and the cuts are stored, in the sequence of addresses. All that follows from them is derived while reading, so that it need not be
//! checked: positions in tables, the lengths of blocks, the value before each slot.

mod read;
mod write;

use crate::net::address::Span;
use crate::net::trie::entry::Value;

/// An observer of the segments of a trie that is being read.
pub(crate) trait SegmentWatch<T> {
    /// Notes that a segment begins, and ends the one before. An error refuses it.
    fn begin(&mut self, first: T, value: Value) -> Result<(), &'static str>;

    /// Whether segments of these values, which follow the current one up to an address, can be passed over: `begin` would accept all
    /// of them, and learn nothing.
    fn is_known(&self, last: T, values: &[Value]) -> bool;
}

/// The slot has the value of the address before it.
const SAME: u8 = 0;
/// The slot has one value, which follows: another than that of the address before it.
const CUT: u8 = 1;
/// The slot leads to an open bucket: this, or one more for the second.
const AGAIN: u8 = 2;
/// The slot leads to a bucket, which follows.
const BUCKET: u8 = 4;
/// The slot leads to a node, which follows.
const NODE: u8 = 5;
/// The slot leads to a table of this stride, added to this number. Its slots follow.
const TABLE: u8 = 16;

/// The number of buckets of a table that further slots may lead to. Building leaves no more open.
const OPEN: usize = 2;

/// The address after the slots of a node, where one of its block follows them.
fn end_of_slots(first: u128, slots: u32, bits: u32, block: Span<u128>) -> Option<u128> {
    // Zero when the slots reach to the end of the address space.
    let end = first.wrapping_add(u128::from(slots) << bits);
    (end > 0 && end <= block.last).then_some(end)
}
