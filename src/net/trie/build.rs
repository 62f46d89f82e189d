//! Building a trie: which slots share a bucket, and how finely a table divides.

use super::Trie;
use super::bucket::{Bucket, CUT_BITS, CUTS, VALUES};
use super::entry::{Entry, Node, Value, block_len, position};
use super::head::Head;
use crate::net::address::{Bits, low_bits};
use crate::net::index::saturating;

/// The most slots of the root table: 128 KiB, half of which stays in a second-level cache beside everything else.
const MAX_ROOT: usize = 1 << 15;
/// The most bits that one table divides by: a table of 2^15 entries is as large as the root.
pub(super) const MAX_STRIDE: u32 = 15;
/// Entries that a table can be addressed at: an entry has 27 bits for it. Behind them every table is a node.
pub(super) const MAX_BASE: usize = 1 << 27;
/// The number of buckets of a table that accept further slots: fine slots are often scattered among coarse ones.
const OPEN: usize = 2;

impl<T: Bits> Trie<T> {
    /// Builds the trie from segments: the first address of each, ascending, the first one zero, and the value that holds from
    /// there to the next. Neighbours differ in value.
    ///
    /// `None` when it would need 2^29 buckets or nodes or 2^32 entries: more than 16 GiB.
    pub(crate) fn new(segments: &[(T, Value)]) -> Option<Trie<T>> {
        let (value, cuts) = segments.split_first().map_or((0, segments), |(&(_, value), cuts)| (value, cuts));
        let mut builder = Builder { entries: Vec::new(), buckets: Vec::new(), high_bytes: Vec::new(), nodes: Vec::new() };
        let root = builder.node(value, cuts, (segments.len() / 4).clamp(4, MAX_ROOT));
        builder.into_trie(root)
    }
}

/// The tables of a trie that is being built.
pub(super) struct Builder<T> {
    pub(super) entries: Vec<Entry>,
    pub(super) buckets: Vec<Bucket>,
    pub(super) high_bytes: Vec<[u8; VALUES]>,
    pub(super) nodes: Vec<Node<T>>,
}

impl<T: Bits> Builder<T> {
    /// The trie of these tables. `None` when there are more than it can index.
    pub(super) fn into_trie(self, root: Node<T>) -> Option<Trie<T>> {
        let Builder { entries, buckets, mut high_bytes, nodes } = self;
        if buckets.len().max(nodes.len()) >= 1 << 29 || u32::try_from(entries.len()).is_err() {
            return None;
        }
        if !buckets.iter().any(Bucket::has_high_bytes) {
            high_bytes = Vec::new();
        }
        let slot_bits = (root.slot_bits + 64).checked_sub(T::WIDTH);
        let head = Head {
            root: Node {
                first: root.first.head(),
                base: root.base,
                slots: slot_bits.map_or(0, |_| root.slots),
                before: root.before,
                after: root.after,
                slot_bits: slot_bits.unwrap_or(0),
            },
            is_deep: slot_bits.is_none(),
            entries: entries.into_boxed_slice(),
            buckets: buckets.into_boxed_slice(),
            high_bytes: high_bytes.into_boxed_slice(),
        };
        Some(Trie { head, root, nodes: nodes.into_boxed_slice() })
    }
}

/// A slot with cuts inside.
struct Slot<'s, T> {
    first: u128,
    /// The number of bits of the address that it spans.
    bits: u32,
    /// The value that it begins with.
    value: Value,
    cuts: &'s [(T, Value)],
}

/// A bucket that takes further slots of a table.
struct OpenBucket {
    /// The first address of its first slot, and the value there.
    first: u128,
    value: Value,
    cuts: Vec<(u128, Value)>,
    /// The least number of trailing zeros of a cut: where the window will begin.
    shift: u32,
    /// The entries that will lead to it.
    entries: Vec<usize>,
}

impl OpenBucket {
    /// Takes a slot, with a cut at its start when the value there is not what came before. False when it does not fit.
    fn take<T: Bits>(&mut self, slot: &Slot<'_, T>, entry: usize) -> bool {
        let before = self.cuts.last().map_or(self.value, |&(_, value)| value);
        let start = (before != slot.value).then_some((slot.first, slot.value));
        if self.cuts.len() + slot.cuts.len() + usize::from(start.is_some()) > CUTS {
            return false;
        }
        let cuts = || start.into_iter().chain(slot.cuts.iter().map(|&(cut, value)| (cut.into(), value)));
        let shift = cuts().fold(self.shift, |shift, (cut, _)| shift.min(cut.trailing_zeros()));
        let fits = (self.first ^ (slot.first + low_bits(slot.bits))) >> shift >> CUT_BITS == 0;
        if fits {
            self.cuts.extend(cuts());
            self.shift = shift;
            self.entries.push(entry);
        }
        fits
    }
}

impl<T: Bits> Builder<T> {
    /// A node for some cuts, with a bound on its slots. `value` holds before the first cut.
    fn node(&mut self, value: Value, cuts: &[(T, Value)], most: usize) -> Node<T> {
        let width = u32::from(T::WIDTH);
        let first = cuts.first().map_or(0, |&(cut, _)| cut.into());
        // The table reaches to the address before the last cut: where there is one cut at the start of a slot, it has none.
        let last = cuts.last().map_or(low_bits(width), |&(cut, _)| cut.into().wrapping_sub(1));
        let slots = |bits: u32| (last >> bits).wrapping_sub(first >> bits).wrapping_add(1);
        let finest = match cuts {
            [] => width - 1,
            [_] => first.trailing_zeros(),
            _ => 0,
        };
        let bits = (finest..width).find(|&bits| slots(bits) <= u128::from(saturating(most))).unwrap_or(width - 1);
        let (first, slots) = (first & !low_bits(bits), u32::try_from(slots(bits)).unwrap_or(0));
        let base = self.table(first, slots, bits, value, cuts);
        Node {
            first: T::try_from(first).unwrap_or(T::ZERO),
            base,
            slots,
            before: value,
            after: cuts.last().map_or(value, |&(_, value)| value),
            slot_bits: u8::try_from(bits).unwrap_or(T::WIDTH),
        }
    }

    /// Appends a table, and says where it begins.
    fn table(&mut self, first: u128, slots: u32, bits: u32, mut value: Value, cuts: &[(T, Value)]) -> u32 {
        let base = self.entries.len();
        self.entries.resize(base + position(slots), Entry::default());
        // `before` is the last address with another value than the one that this slot begins with.
        let (mut rest, mut before, mut open) = (cuts, None, Vec::new());
        for slot in 0..slots {
            let first = first + (u128::from(slot) << bits);
            let last = first + low_bits(bits);
            if let Some((&(_, there), tail)) = rest.split_first().filter(|((cut, _), _)| (*cut).into() == first) {
                (value, before, rest) = (there, first.checked_sub(1), tail);
            }
            let inside = rest.iter().take_while(|&&(cut, _)| cut.into() <= last).count();
            let (inside, tail) = rest.split_at_checked(inside).unwrap_or((rest, &[]));
            let entry = base + position(slot);
            match inside.last() {
                Some(&(cut, after)) => {
                    self.divide(&Slot { first, bits, value, cuts: inside }, entry, &mut open);
                    (value, before, rest) = (after, cut.into().checked_sub(1), tail);
                }
                None => {
                    let len = block_len::<T>(first, [before, tail.first().map(|&(cut, _)| cut.into())]);
                    self.set(entry, Entry::value(value, len));
                }
            }
        }
        open.into_iter().for_each(|bucket| self.close(bucket));
        saturating(base)
    }

    fn set(&mut self, at: usize, entry: Entry) {
        if let Some(slot) = self.entries.get_mut(at) {
            *slot = entry;
        }
    }

    /// Puts a slot into an open bucket, into a new one, or into a finer table.
    fn divide(&mut self, slot: &Slot<'_, T>, entry: usize, open: &mut Vec<OpenBucket>) {
        if open.iter_mut().any(|bucket| bucket.take(slot, entry)) {
            return;
        }
        let shift = u32::from(T::WIDTH) - 1;
        let mut bucket = OpenBucket { first: slot.first, value: slot.value, cuts: Vec::new(), shift, entries: Vec::new() };
        if !bucket.take(slot, entry) {
            let finer = self.refine(slot);
            return self.set(entry, finer);
        }
        if open.len() == OPEN {
            let fuller = usize::from(open.first().map(|bucket| bucket.cuts.len()) < open.last().map(|bucket| bucket.cuts.len()));
            let full = open.swap_remove(fuller);
            self.close(full);
        }
        open.push(bucket);
    }

    fn close(&mut self, open: OpenBucket) {
        let index = saturating(self.buckets.len());
        let (bucket, high_bytes) = Bucket::new::<T>(open.shift, open.value, &open.cuts);
        self.buckets.push(bucket);
        self.high_bytes.push(high_bytes);
        open.entries.into_iter().for_each(|at| self.set(at, Entry::bucket(index)));
    }

    /// The entry of a finer table for a slot that does not fit a bucket; of a node where a table would have to be deep.
    fn refine(&mut self, slot: &Slot<'_, T>) -> Entry {
        let (count, stride) = (slot.cuts.len(), stride(slot));
        let ends = [slot.cuts.first(), slot.cuts.last()].map(|cut| cut.map_or(0, |&(cut, _)| cut.into()));
        let span = u128::BITS - (ends[0] ^ ends[1].wrapping_sub(1)).leading_zeros();
        // A crowd is deep in a block of less than a quarter of a slot of its table, and few cuts where they need more than 16 entries.
        let deep = if count > CUTS { span + stride + 2 < slot.bits } else { stride > 4 };
        // A table is for the first 64 bits or for others.
        let rest = u32::from(T::WIDTH).saturating_sub(64);
        let divided = slot.bits >= rest && slot.bits - stride < rest;
        if deep || divided || self.entries.len() >= MAX_BASE {
            let node = self.node(slot.value, slot.cuts, (count / 4).max(2 * count.min(CUTS)).max(4));
            self.nodes.push(node);
            return Entry::node(saturating(self.nodes.len() - 1));
        }
        let base = self.table(slot.first, 1 << stride, slot.bits - stride, slot.value, slot.cuts);
        Entry::table(stride, base)
    }
}

/// The least stride that leaves 19 of 20 cuts in slots that fit a bucket, with no more than an entry for four cuts.
fn stride<T: Bits>(slot: &Slot<'_, T>) -> u32 {
    let count = slot.cuts.len();
    let crowded = count > CUTS;
    let most = if crowded { (count / 4).ilog2().clamp(1, MAX_STRIDE).min(slot.bits) } else { MAX_STRIDE };
    // The number of cuts that need each stride: so that the window of a bucket reaches down to the cut, and that no more than
    // `CUTS` are in a slot with it.
    let mut needing = [0_usize; 16];
    for (n, &(cut, _)) in slot.cuts.iter().enumerate() {
        let cut: u128 = cut.into();
        let window = slot.bits.saturating_sub(CUT_BITS + cut.trailing_zeros());
        let shared = |next: u128| (cut ^ next).leading_zeros();
        let crowd = slot.cuts.get(n + CUTS).map_or(0, |&(next, _)| slot.bits + 1 + shared(next.into()) - u128::BITS);
        if let Some(needing) = needing.get_mut(position(window.max(crowd).min(MAX_STRIDE))) {
            *needing += 1;
        }
    }
    let allowed = if crowded { count / 20 } else { 0 };
    let left = needing.iter().scan(count, |left, needing| {
        *left -= needing;
        Some(*left)
    });
    saturating(left.take_while(|&left| left > allowed).count()).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts of alternating values.
    fn cuts<T: Bits>(at: impl IntoIterator<Item = u128>) -> Vec<(T, Value)> {
        let cuts = at.into_iter().map(|at| T::try_from(at).unwrap_or(T::MAX));
        cuts.zip([1, 2].into_iter().cycle()).collect()
    }

    /// The stride of a table for the block of `bits` bits from address 0 on.
    fn stride_of(bits: u32, at: impl IntoIterator<Item = u128>) -> u32 {
        stride::<u32>(&Slot { first: 0, bits, value: 0, cuts: &cuts(at) })
    }

    #[test]
    fn the_stride_is_the_least_that_leaves_19_of_20_cuts_in_slots_that_fit_a_bucket() {
        // A cut at an odd address needs a slot of 2^15 addresses; 20 of the others, which are 2^12 apart, fit one of 2^16.
        let odd = |count: u128| (0..200).map(move |n| (n << 12) + u128::from(n < count));
        assert_eq!([10, 11].map(|count| stride_of(20, odd(count))), [4, 5]);
        let fewer = |count: u128| odd(count).take(199);
        assert_eq!([9, 10].map(|count| stride_of(20, fewer(count))), [4, 5]);
        // Of 40 cuts 16 apart, 20 fit a slot of 256 addresses, and not one of 512.
        assert_eq!(stride_of(10, (0..40).map(|n| n << 4)), 2);
    }

    #[test]
    fn the_cuts_of_a_crowd_have_no_more_than_an_entry_for_four_of_them() {
        // Each needs a slot of 2^15 addresses.
        let odd = |count: u128| (0..count).map(|n| (n << 15) + 1);
        assert_eq!([20, 21, 31, 32].map(|count| stride_of(20, odd(count))), [5, 2, 2, 3]);
    }

    /// Whether a slot from address 0 on is divided by a node, and not by a table.
    fn is_node<T: Bits>(bits: u32, at: impl IntoIterator<Item = u128>) -> bool {
        let mut builder = Builder::<T> { entries: Vec::new(), buckets: Vec::new(), high_bytes: Vec::new(), nodes: Vec::new() };
        let entry = builder.refine(&Slot { first: 0, bits, value: 0, cuts: &cuts(at) });
        !entry.is_table()
    }

    #[test]
    fn a_table_that_would_be_deep_is_a_node() {
        // Few cuts: they need a table of 16 entries, or of 32.
        let few = |bits: u32| is_node::<u32>(bits, [1, (1 << (bits - 1)) + 1]);
        assert_eq!([19, 20].map(few), [false, true]);
        // A crowd in a block of 32 addresses: the table has eight slots of 128 addresses, or of 256.
        let crowd = |bits: u32| is_node::<u32>(bits, 32..64);
        assert_eq!([10, 11].map(crowd), [false, true]);
        // Each of these needs a slot of 2^15 addresses: 20 are few, and 21 are a crowd all over their block.
        let odd = |count: u128| is_node::<u32>(20, (0..count).map(|n| (n << 15) + 1));
        assert_eq!([20, 21].map(odd), [true, false]);
    }

    #[test]
    fn a_bucket_takes_slots_up_to_20_cuts_and_counts_one_where_a_slot_begins_with_another_value() {
        let mut bucket = OpenBucket { first: 0, value: 0, cuts: Vec::new(), shift: 31, entries: Vec::new() };
        let mut takes = |count: u128, first: u128, value: Value| {
            let cuts = cuts(first + 1..=first + count);
            bucket.take::<u32>(&Slot { first, bits: 5, value, cuts: &cuts }, 0)
        };
        assert_eq!([takes(21, 0, 0), takes(10, 0, 0)], [false, true]);
        // Behind ten cuts the value is 2.
        assert_eq!([takes(10, 32, 1), takes(11, 32, 2), takes(10, 32, 2), takes(1, 64, 2)], [false, false, true, false]);
    }

    #[test]
    fn a_table_divides_the_first_64_bits_of_an_address_or_the_others() {
        let few = |shift: u32| is_node::<u128>(66, [1 << shift, (1 << 65) + (1 << shift)]);
        assert_eq!([49, 48].map(few), [false, true]);
    }
}
