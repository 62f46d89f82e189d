//! Reading the tables of a trie, and refusing those that do not give each address exactly one value.

use std::ops::Range;

use super::{AGAIN, BUCKET, CUT, NODE, OPEN, SAME, SegmentWatch, TABLE, end_of_slots};
use crate::net::address::{Bits, Span, low_bits};
use crate::net::bytes::{Bytes, Fault};
use crate::net::index::saturating;
use crate::net::trie::Trie;
use crate::net::trie::bucket::{Bucket, CUT_BITS, CUTS, NO_WINDOW, VALUES};
use crate::net::trie::build::{Builder, MAX_BASE, MAX_STRIDE};
use crate::net::trie::entry::{Entry, Node, Value, block_len, position};

/// The fewest bytes of a slot, of a bucket, and of a node.
const MIN_SLOT: usize = 1;
const MIN_BUCKET: usize = 7;
const MIN_NODE: usize = 10;

impl<T: Bits> Trie<T> {
    /// Reads tables that [`write`](Trie::write) wrote, and shows the segments of the trie to an observer, which may refuse one.
    ///
    /// Memory is bounded by the number of bytes. Whatever they are, the trie answers as a search of these segments does: each of
    /// them ascends from the one before and differs from it in value.
    pub(crate) fn read(bytes: &mut Bytes<'_>, is_wide: bool, watch: &mut impl SegmentWatch<T>) -> Result<Trie<T>, Fault> {
        let entries = bytes.count_of(MIN_SLOT)?;
        let buckets = bytes.count_of(MIN_BUCKET)?;
        let nodes = bytes.count_of(MIN_NODE)?;
        let tables = Builder {
            entries: Vec::with_capacity(entries),
            buckets: Vec::with_capacity(buckets),
            high_bytes: Vec::with_capacity(if is_wide { buckets } else { 0 }),
            nodes: Vec::with_capacity(nodes),
        };
        let mut reader =
            Reader { bytes, is_wide, most_entries: entries, value: 0, last_cut: 0, pending: Vec::new(), tables, watch };
        let value = reader.value()?;
        reader.begin(T::ZERO, value)?;
        let root = reader.node(Span { first: 0, last: T::MAX.into() }, T::WIDTH.into())?;
        reader.measure_blocks(None);
        let Reader { bytes, tables, .. } = reader;
        if (tables.entries.len(), tables.buckets.len(), tables.nodes.len()) != (entries, buckets, nodes) {
            return Err(bytes.fault("the number of slots, buckets or nodes is not that of the header"));
        }
        tables.into_trie(root).ok_or_else(|| bytes.fault("there are more tables than a trie can have"))
    }
}

struct Reader<'r, 'b, T, W> {
    bytes: &'r mut Bytes<'b>,
    is_wide: bool,
    most_entries: usize,
    /// The value of the last address that was read.
    value: Value,
    /// The address where that value began.
    last_cut: u128,
    /// The slots with one value since the last cut: the next cut bounds the blocks around them. As tables hold cuts, there are at most
    /// two runs for each level of tables.
    pending: Vec<Run>,
    tables: Builder<T>,
    watch: &'r mut W,
}

/// Neighbouring slots of a table.
struct Run {
    /// The positions of their entries.
    entries: Range<usize>,
    /// The first address of the first slot.
    first: u128,
    /// The number of bits of the address that each spans.
    bits: u32,
}

/// A bucket that slots lead to.
struct Register {
    index: u32,
    /// The position of the window's lowest bit.
    shift: u32,
    /// The bits above the window.
    block: u128,
    /// The cuts that are in slots to come: all from this rank on.
    rank: usize,
    len: usize,
    windows: [u16; CUTS],
    values: [Value; VALUES],
}

impl Register {
    /// Of no bucket.
    const CLOSED: Register =
        Register { index: 0, shift: 0, block: 0, rank: 0, len: 0, windows: [NO_WINDOW; CUTS], values: [0; VALUES] };

    fn is_open(&self) -> bool {
        self.rank < self.len
    }

    fn window(&self) -> Option<u16> {
        self.windows.get(self.rank).copied().filter(|_| self.is_open())
    }

    fn value(&self) -> Value {
        self.values.get(self.rank).copied().unwrap_or(0)
    }

    /// The window of an address.
    fn window_of<T: Bits>(&self, address: u128) -> u16 {
        let window = T::try_from(address).map_or(0, |address| address.low_bits_from(self.shift)) & low_windows();
        u16::try_from(window).unwrap_or(0)
    }
}

/// The bits of a window.
fn low_windows() -> u32 {
    (1 << CUT_BITS) - 1
}

impl<T: Bits, W: SegmentWatch<T>> Reader<'_, '_, T, W> {
    fn fault<V>(&self, problem: &'static str) -> Result<V, Fault> {
        Err(self.bytes.fault(problem))
    }

    fn value(&mut self) -> Result<Value, Fault> {
        if self.is_wide { self.bytes.array().map(Value::from_le_bytes) } else { self.bytes.u8().map(Value::from) }
    }

    /// Begins a segment.
    #[inline(always)]
    fn begin(&mut self, first: T, value: Value) -> Result<(), Fault> {
        self.watch.begin(first, value).map_err(|problem| self.bytes.fault(problem))?;
        self.last_cut = first.into();
        self.value = value;
        Ok(())
    }

    /// Ends the segment before an address, and begins another.
    #[inline(always)]
    fn cut(&mut self, at: u128, value: Value) -> Result<(), Fault> {
        if at <= self.last_cut {
            return self.fault("a cut is not above the one before");
        }
        if value == self.value {
            return self.fault("a cut changes nothing");
        }
        if !self.pending.is_empty() {
            self.measure_blocks(Some(at));
        }
        let first = T::try_from(at).map_err(|_| self.bytes.fault("a cut is beyond the last address"))?;
        self.begin(first, value)
    }

    /// As [`cut`](Self::cut), at an address above the last cut, with another value than that of the cut before it. No slot is pending.
    #[inline(always)]
    fn pass(&mut self, at: u128, value: Value) -> Result<(), Fault> {
        self.begin(T::try_from(at).unwrap_or(T::MAX), value)
    }

    /// Reads whether a value begins at an address, and which.
    fn change(&mut self, at: u128) -> Result<(), Fault> {
        match self.bytes.u8()? {
            SAME => Ok(()),
            CUT => {
                let value = self.value()?;
                self.cut(at, value)
            }
            _ => self.fault("a byte says neither that a value begins nor that none does"),
        }
    }

    /// Writes the entries with the current value, as the next cut is known.
    fn measure_blocks(&mut self, next: Option<u128>) {
        let stops = [self.last_cut.checked_sub(1), next];
        for Run { entries, mut first, bits } in self.pending.drain(..) {
            for entry in self.tables.entries.get_mut(entries).unwrap_or_default() {
                *entry = Entry::value(self.value, block_len::<T>(first, stops));
                first = first.wrapping_add(1 << bits);
            }
        }
    }

    /// Reads a node in a block of `bits` bits.
    fn node(&mut self, block: Span<u128>, bits: u32) -> Result<Node<T>, Fault> {
        let first = self.address()?;
        let slots = self.bytes.u32()?;
        let slot_bits = self.bytes.u8()?;
        let (start, fine) = (first.into(), u32::from(slot_bits));
        if fine >= bits || start & low_bits(fine) != 0 || start < block.first || start > block.last {
            return self.fault("a node does not lie in its slot");
        }
        if slots == 0 && start == block.first || u128::from(slots) > ((block.last - start) >> fine).saturating_add(1) {
            return self.fault("a node has more slots than fit, or none");
        }
        if start > block.first {
            self.change(block.first)?;
        }
        let before = self.value;
        let base = self.slots(start, slots, fine, start > block.first)?;
        if let Some(end) = end_of_slots(start, slots, fine, block) {
            self.change(end)?;
            // A lookup behind the slots takes the last of them to hold another value.
            if self.last_cut <= end - if slots == 0 { 1 } else { 1 << fine } {
                return self.fault("the last slot of a node holds no cut");
            }
        }
        Ok(Node { first, base, slots, before, after: self.value, slot_bits })
    }

    fn address(&mut self) -> Result<T, Fault> {
        let bytes = self.bytes.take(usize::from(T::WIDTH / 8))?;
        let address = bytes.iter().rev().fold(0, |address, &byte| address << 8 | u128::from(byte));
        T::try_from(address).map_err(|_| self.bytes.fault("an address is beyond the last one"))
    }

    /// Reads the slots of a node or a table into a table, and returns where it begins. `begins_with_cut` demands a cut in the first
    /// slot: a lookup before the slots takes it to hold another value.
    fn slots(&mut self, first: u128, slots: u32, bits: u32, begins_with_cut: bool) -> Result<u32, Fault> {
        let base = self.tables.entries.len();
        if self.most_entries - base < position(slots) {
            return self.fault("there are more slots than the header says");
        }
        self.tables.entries.resize(base + position(slots), Entry::default());
        let mut registers = [Register::CLOSED; OPEN];
        let end = base + position(slots);
        let (mut at, mut first) = (base, first);
        while at < end {
            let mut passed = 1;
            match self.bytes.u8()? {
                tag @ (SAME | CUT) => {
                    if tag == CUT {
                        let value = self.value()?;
                        self.cut(first, value)?;
                    } else if at == base && begins_with_cut {
                        return self.fault("the first slot of a node holds no cut");
                    }
                    passed += self.bytes.skip_zeros(end - at - 1);
                    self.pending.push(Run { entries: at..at + passed, first, bits });
                }
                tag => {
                    let entry = self.divided(tag, first, bits, &mut registers)?;
                    if let Some(slot) = self.tables.entries.get_mut(at) {
                        *slot = entry;
                    }
                }
            }
            at += passed;
            // Zero behind the last address.
            first = first.wrapping_add(u128::try_from(passed).unwrap_or(0) << bits);
        }
        if registers.iter().any(Register::is_open) {
            return self.fault("a bucket has cuts in no slot");
        }
        Ok(saturating(base))
    }

    /// Reads a slot with cuts inside.
    fn divided(&mut self, tag: u8, first: u128, bits: u32, registers: &mut [Register; OPEN]) -> Result<Entry, Fault> {
        let entry = match tag {
            BUCKET => {
                let Some(register) = registers.iter_mut().find(|register| !register.is_open()) else {
                    return self.fault("a table has more open buckets than a lookup can tell apart");
                };
                self.bucket(first, register)?;
                self.fill(register, first, bits)?
            }
            NODE => {
                let node = self.node(Span { first, last: first + low_bits(bits) }, bits)?;
                self.tables.nodes.push(node);
                Entry::node(saturating(self.tables.nodes.len() - 1))
            }
            _ => match tag.checked_sub(TABLE).map(u32::from) {
                Some(stride @ 1..=MAX_STRIDE) => self.table(first, bits, stride)?,
                _ => {
                    let register = tag.checked_sub(AGAIN).and_then(|n| registers.get_mut(usize::from(n)));
                    match register.filter(|register| register.is_open()) {
                        Some(register) => self.fill(register, first, bits)?,
                        None => return self.fault("a slot is of no known kind, or leads to a bucket that is not open"),
                    }
                }
            },
        };
        if self.last_cut <= first {
            return self.fault("a divided slot holds no cut");
        }
        Ok(entry)
    }

    fn table(&mut self, first: u128, bits: u32, stride: u32) -> Result<Entry, Fault> {
        let rest = u32::from(T::WIDTH).saturating_sub(64);
        // A lookup by the first 64 bits follows tables, and none that divides others.
        if stride > bits || bits >= rest && bits - stride < rest || self.tables.entries.len() >= MAX_BASE {
            return self.fault("a table is finer than its slot");
        }
        let base = self.slots(first, 1 << stride, bits - stride, false)?;
        Ok(Entry::table(stride, base))
    }

    /// Reads a bucket whose first slot begins at an address.
    fn bucket(&mut self, first: u128, register: &mut Register) -> Result<(), Fault> {
        let by_head = i8::from_le_bytes(self.bytes.array()?);
        let shift = i32::from(by_head) + i32::from(T::WIDTH) - 64;
        let Some(shift) = u32::try_from(shift).ok().filter(|&shift| shift < T::WIDTH.into()) else {
            return self.fault("the window of a bucket lies outside of the address");
        };
        let len = usize::from(self.bytes.u8()?);
        if !(1..=CUTS).contains(&len) {
            return self.fault("a bucket has no cut, or more than it can hold");
        }
        *register = Register {
            index: saturating(self.tables.buckets.len()),
            shift,
            block: above(first, shift + CUT_BITS),
            len,
            ..Register::CLOSED
        };
        // The least number that the next window may be.
        let (mut least, mut ascend) = (0, true);
        for (window, bytes) in register.windows.iter_mut().zip(self.bytes.take(2 * len)?.chunks_exact(2)) {
            *window = number(bytes);
            ascend &= *window >= least;
            least = window.saturating_add(1);
        }
        if !ascend || least > NO_WINDOW {
            return self.fault("the cuts of a bucket do not ascend within its window");
        }
        let size = if self.is_wide { 2 } else { 1 };
        let (mut before, mut differ) = (None, true);
        for (value, bytes) in register.values.iter_mut().zip(self.bytes.take(size * (len + 1))?.chunks_exact(size)) {
            *value = number(bytes);
            differ &= before != Some(*value);
            before = Some(*value);
        }
        if !differ {
            return self.fault("a cut of a bucket changes nothing");
        }
        let (bucket, high_bytes) = Bucket::of_windows(by_head, &register.windows, &register.values);
        self.tables.buckets.push(bucket);
        self.tables.high_bytes.extend(self.is_wide.then_some(high_bytes));
        Ok(())
    }

    /// Passes the cuts of a bucket that are in a slot.
    fn fill(&mut self, register: &mut Register, first: u128, bits: u32) -> Result<Entry, Fault> {
        if bits > register.shift + CUT_BITS || above(first, register.shift + CUT_BITS) != register.block {
            return self.fault("a slot does not lie in the window of its bucket");
        }
        let (from, to) = (register.window_of::<T>(first), register.window_of::<T>(first + low_bits(bits)));
        let is_new = register.rank == 0;
        match register.window() {
            Some(window) if window < from || is_new && window == from => return self.fault("a bucket has cuts in no slot"),
            Some(window) if window == from => register.rank += 1,
            _ => {}
        }
        if register.value() != self.value {
            self.cut(first, register.value())?;
        }
        let block = first & !low_bits(register.shift + CUT_BITS);
        let address = |window: u16| block | u128::from(window) << register.shift;
        let ahead = register.windows.get(register.rank..register.len).unwrap_or_default();
        let inside = ahead.get(..ahead.iter().take_while(|&&window| window <= to).count()).unwrap_or_default();
        let values = register.values.get(register.rank + 1..).unwrap_or_default();
        register.rank += inside.len();
        let mut cuts = inside.iter().zip(values).map(|(&window, &value)| (address(window), value));
        let Some((cut, value)) = cuts.next() else { return self.fault("a divided slot holds no cut") };
        self.cut(cut, value)?;
        let last = T::try_from(first + low_bits(bits)).unwrap_or(T::MAX);
        let values = values.get(..inside.len()).unwrap_or_default();
        if self.watch.is_known(last, values) {
            // INVARIANT: the cuts of a bucket ascend and change the value, so that all but the last may be passed over.
            return cuts.next_back().map_or(Ok(()), |(cut, value)| self.pass(cut, value)).map(|()| Entry::bucket(register.index));
        }
        for (cut, value) in cuts {
            self.cut(cut, value)?;
        }
        Ok(Entry::bucket(register.index))
    }
}

/// A number without its lowest bits.
fn above(number: u128, bits: u32) -> u128 {
    number.checked_shr(bits).unwrap_or(0)
}

/// A number of one or two bytes.
#[inline(always)]
fn number(bytes: &[u8]) -> u16 {
    match *bytes {
        [low] => low.into(),
        [low, high] => u16::from_le_bytes([low, high]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The segments that were told; those of a bucket are passed over.
    struct Passing<T>(Vec<(T, Value)>);

    impl<T> SegmentWatch<T> for Passing<T> {
        fn begin(&mut self, first: T, value: Value) -> Result<(), &'static str> {
            self.0.push((first, value));
            Ok(())
        }

        fn is_known(&self, _: T, _: &[Value]) -> bool {
            true
        }
    }

    /// The values at some addresses of a file with these numbers of entries and buckets: value 7 at first, then a root from zero on, whose
    /// slots have this many bits, and what follows.
    fn read<T: Bits>(
        slots: u32,
        [entries, buckets]: [u32; 2],
        bits: u8,
        rest: &[u8],
        addresses: &[T],
    ) -> Result<Vec<Value>, &'static str> {
        let mut file: Vec<u8> = [entries, buckets, 0].into_iter().flat_map(u32::to_le_bytes).collect();
        file.push(7);
        file.resize(file.len() + usize::from(T::WIDTH / 8), 0);
        file.extend(slots.to_le_bytes());
        file.push(bits);
        file.extend(rest);
        let mut bytes = Bytes::new(&file, 0);
        let trie = Trie::<T>::read(&mut bytes, false, &mut Passing(Vec::new())).map_err(|fault| fault.problem)?;
        assert_eq!(bytes.end(), Ok(()));
        Ok(addresses.iter().map(|&address| trie.get(address)).collect())
    }

    #[test]
    fn a_root_has_as_many_slots_as_there_are_addresses() {
        let last = u32::MAX;
        assert_eq!(read(4, [4, 0], 30, &[SAME, CUT, 8, SAME, SAME], &[0, 1 << 30, last]), Ok(vec![7, 8, 8]));
        let more = read(5, [5, 0], 30, &[SAME, CUT, 8, SAME, SAME, SAME], &[0, last]);
        assert_eq!(more, Err("a node has more slots than fit, or none"));
    }

    /// The header's number bounds the memory, so that it is compared before slots are read.
    #[test]
    fn no_table_has_a_slot_more_than_the_header_leaves() {
        let more = "there are more slots than the header says";
        let root = [SAME, CUT, 8, SAME, SAME];
        assert_eq!(read::<u32>(4, [3, 0], 30, &root, &[]), Err(more));
        // The root has four slots, of which the first is divided into four.
        let divided = [TABLE + 2, SAME, CUT, 8, SAME, SAME, SAME, SAME, SAME];
        assert_eq!(read::<u32>(4, [7, 0], 30, &divided, &[]), Err(more));
        assert_eq!(read(4, [8, 0], 30, &divided, &[0_u32, 1 << 28, u32::MAX]), Ok(vec![7, 8, 8]));
        let fewer = read::<u32>(4, [9, 0], 30, &divided, &[]);
        assert_eq!(fewer, Err("the number of slots, buckets or nodes is not that of the header"));
    }

    #[test]
    fn a_table_divides_its_slot_down_to_addresses_and_the_first_64_bits_apart_from_the_others() {
        // Slots of four addresses, of which the first is divided into four; behind the last slot begins another value.
        let stride = |stride: u8| [TABLE + stride, SAME, CUT, 8, SAME, SAME, SAME, SAME, SAME, CUT, 9];
        let addresses = [0_u32, 1, 3, 15, 16, u32::MAX];
        assert_eq!(read(4, [8, 0], 2, &stride(2), &addresses), Ok(vec![7, 8, 8, 8, 9, 9]));
        assert_eq!(read(4, [8, 0], 1, &stride(2), &addresses), Err("a table is finer than its slot"));
        // As above, with slots of 2^66 addresses: tables may end at bit 64, and not behind it.
        let at = |n: u128| n << 64;
        assert_eq!(read(4, [8, 0], 66, &stride(2), &[0, at(1) - 1, at(1), at(16) - 1, at(16)]), Ok(vec![7, 7, 8, 8, 9]));
        assert_eq!(read::<u128>(4, [8, 0], 65, &stride(2), &[]), Err("a table is finer than its slot"));
        assert_eq!(read::<u128>(4, [8, 0], 64, &stride(2), &[]), Err("a table is finer than its slot"));
        assert_eq!(read(4, [8, 0], 63, &stride(2), &[0_u128, 1 << 61, (1 << 65) - 1, 1 << 65]), Ok(vec![7, 8, 8, 9]));
    }

    #[test]
    fn the_cuts_of_a_bucket_change_values_and_lie_in_its_window() {
        // The window of a bucket: its lowest bit is that of an IPv4 address.
        const LOWEST: u8 = 32;
        let bucket = |values: [u8; 3], second: u16| {
            let [low, high] = second.to_le_bytes();
            [&[BUCKET, LOWEST, 2, 1, 0, low, high][..], &values, &[SAME, SAME, SAME, CUT, 6]].concat()
        };
        let addresses = [0_u32, 1, 2, 3, 15, 16, 63, 64];
        assert_eq!(read(4, [4, 1], 4, &bucket([7, 8, 9], 3), &addresses), Ok(vec![7, 8, 8, 9, 9, 9, 9, 6]));
        assert_eq!(read(4, [4, 1], 4, &bucket([7, 8, 8], 3), &addresses), Err("a cut of a bucket changes nothing"));
        assert_eq!(read(4, [4, 1], 4, &bucket([7, 7, 8], 3), &addresses), Err("a cut of a bucket changes nothing"));
        assert_eq!(read(4, [4, 1], 4, &bucket([7, 8, 9], 17), &addresses), Err("a bucket has cuts in no slot"));
        for second in [0, 1] {
            let read = read(4, [4, 1], 4, &bucket([7, 8, 9], second), &addresses);
            assert_eq!(read, Err("the cuts of a bucket do not ascend within its window"));
        }
        assert_eq!(
            read(4, [4, 1], 4, &bucket([7, 8, 9], 1 << 15), &addresses),
            Err("the cuts of a bucket do not ascend within its window")
        );
        // A slot of 2^15 addresses fits the window, and one of 2^16 does not.
        assert_eq!(read(4, [4, 1], 15, &bucket([7, 8, 9], 3), &addresses), Ok(vec![7, 8, 8, 9, 9, 9, 9, 9]));
        let outside = Err("a slot does not lie in the window of its bucket");
        assert_eq!(read(4, [4, 1], 16, &bucket([7, 8, 9], 3), &addresses), outside);
        // The second cut is in the slot from 2^14 on, or, as it may not be, in the one from 2^15 + 2^14 on.
        let later = |zeros: usize| {
            let [low, high] = ((1_u16 << 14) + 5).to_le_bytes();
            let mut rest = [&[BUCKET, LOWEST, 2, 1, 0, low, high][..], &[7, 8, 9]].concat();
            rest.resize(rest.len() + zeros, SAME);
            rest.push(AGAIN);
            rest.resize(rest.len() + 2 - zeros, SAME);
            [rest.as_slice(), &[CUT, 6]].concat()
        };
        let addresses = [0_u32, 1, (1 << 14) + 4, (1 << 14) + 5, (1 << 16) - 1, 1 << 16];
        assert_eq!(read(4, [4, 1], 14, &later(0), &addresses), Ok(vec![7, 8, 8, 9, 9, 6]));
        assert_eq!(read(4, [4, 1], 14, &later(2), &addresses), outside);
    }

    /// The trie of a file with a root of four slots of 2^16 addresses, of which the first leads to a node of one slot, and what was told. The
    /// first value is 7.
    fn read_with_node(entries: u32, first: u32, bits: u8, rest: &[&[u8]]) -> Result<(Trie<u32>, Passing<u32>), &'static str> {
        let mut file: Vec<u8> = [entries, 0, 1].into_iter().flat_map(u32::to_le_bytes).collect();
        let node = |first: u32, slots: u32, bits: u8| [&first.to_le_bytes()[..], &slots.to_le_bytes(), &[bits]].concat();
        file.extend([&[7][..], &node(0, 4, 16), &[NODE], &node(first, 1, bits), &rest.concat()].concat());
        let (mut bytes, mut told) = (Bytes::new(&file, 0), Passing(Vec::new()));
        let trie = Trie::read(&mut bytes, false, &mut told).map_err(|fault| fault.problem)?;
        assert_eq!(bytes.end(), Ok(()));
        Ok((trie, told))
    }

    /// In the root, the first slot leads to a node of one slot, which leads to a table of two slots of 2^7 addresses; the second slot
    /// leads to a table of such slots.
    #[test]
    fn the_block_around_an_address_is_its_own_also_behind_the_end_of_a_node() {
        let node = [TABLE + 1, SAME, CUT, 8, SAME];
        let table = [&[TABLE + 9, SAME, CUT, 9][..], &[SAME; 510]].concat();
        let (trie, told) = read_with_node(4 + 1 + 2 + 512, 0, 8, &[&node, &table, &[SAME, SAME, CUT, 6]]).unwrap();
        let cut = (1 << 16) + (1 << 7);
        assert_eq!(told.0, [(0, 7), (1 << 7, 8), (cut, 9), (1 << 18, 6)]);
        let blocks = [0, 1 << 7, 1 << 8, 1 << 16, cut, 1 << 18].map(|address| trie.find(address));
        assert_eq!(blocks, [(7, 25), (8, 25), (8, 24), (8, 25), (9, 25), (6, 14)]);
    }

    #[test]
    fn a_node_behind_the_start_of_its_slot_begins_with_a_cut() {
        let read = |first: u32, bits: u8, node: &[u8]| {
            let (trie, _) = read_with_node(4 + 1, first, bits, &[node, &[SAME, SAME, SAME, CUT, 6]])?;
            Ok([0, first - 1, first, (1 << 16) - 1].map(|address| trie.get(address)))
        };
        assert_eq!(read(256, 8, &[SAME, CUT, 8, CUT, 9]), Ok([7, 7, 8, 9]));
        assert_eq!(read(256, 8, &[SAME, SAME, CUT, 9]), Err("the first slot of a node holds no cut"));
        let last = (1 << 16) - 1;
        assert_eq!(read(last, 0, &[SAME, CUT, 8]), Ok([7, 7, 8, 8]));
        assert_eq!(read(last + 1, 0, &[SAME, CUT, 8]), Err("a node does not lie in its slot"));
    }
}
