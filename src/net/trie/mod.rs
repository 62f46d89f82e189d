//! The prefix trie: longest-prefix match and nothing else.
//!
//! A trie maps every address of one family to a value. Memory decides its speed: a lookup into megabytes costs
//! what its cache misses cost. So this is a level-compressed trie (Nilsson and Karlsson, "IP-Address Lookup Using LC-Tries", IEEE
//! JSAC 17(6), 1999) whose leaves are cache lines.
//!
//! - A *cut* is the first address of a segment: the value changes there.
//! - A *table* divides a block into equal slots. A slot without a cut inside is an entry with the value itself; another leads to a
//!   bucket, or to a finer table. The stride of a table is the least that leaves nearly all its cuts in slots that fit a bucket, so
//!   the depth follows the data.
//! - A [`Bucket`] is one cache line: up to 20 cuts, and the values between them. Slots of a table share a bucket while they fit.
//! - A *node* is a table with its own origin, which skips the bits that all its cuts share.
//!
//! A lookup reads the root table, one entry for each further level and at most one bucket: one to three cache lines for IPv4, two
//! to five for IPv6. Nearly all lookups need only the first 64 bits of an address ([`Head`]); nodes, and buckets of later bits, are
//! searched with all 128. There is no `::/0` above `0.0.0.0/0`: each family has its own trie.

mod bucket;
mod build;
mod entry;
mod head;
#[cfg(feature = "bundle")]
mod stored;
mod walk;

use std::net::{IpAddr, Ipv6Addr};

use crate::net::address::{Bits, Ip};
use crate::net::heap::HeapBytes;
use bucket::Bucket;
pub(crate) use entry::Value;
use entry::{Entry, Node, block_len, position};
use head::Head;
#[cfg(feature = "bundle")]
pub(crate) use stored::SegmentWatch;

/// A map from all addresses of one family to values.
///
/// | operation | cost |
/// |---|---|
/// | [`get`](Trie::get) | a step for each level; a level takes at least one bit and, in real data, about ten |
/// | [`find`](Trie::find) | as `get`, and a comparison with the cuts beside the address |
/// | [`new`](Trie::new) | segments × levels, once |
/// | memory | some 7 bytes a segment of real data, up to some 170 of hostile data |
#[derive(Debug)]
pub(crate) struct Trie<T> {
    head: Head,
    root: Node<T>,
    nodes: Box<[Node<T>]>,
}

/// A trie of each family.
#[derive(Debug)]
pub(crate) struct Tries {
    pub(crate) v4: Trie<u32>,
    pub(crate) v6: Trie<u128>,
}

impl Tries {
    /// The tries of segments, as for [`Trie::new`].
    pub(crate) fn new(v4: &[(u32, Value)], v6: &[(u128, Value)]) -> Option<Tries> {
        Some(Tries { v4: Trie::new(v4)?, v6: Trie::new(v6)? })
    }

    /// The value at an address. IPv4-mapped IPv6 is IPv4.
    #[inline(always)]
    pub(crate) fn get(&self, ip: IpAddr) -> Value {
        self.get_by(ip, Trie::get, Trie::get)
    }

    /// As [`get`](Self::get), with the walk out of line, so that a caller with other work, such as a decision, spills no registers.
    #[inline(always)]
    pub(crate) fn get_apart(&self, ip: IpAddr) -> Value {
        self.get_by(ip, Trie::get_apart, Trie::get_apart)
    }

    #[inline(always)]
    fn get_by(&self, ip: IpAddr, v4: impl Fn(&Trie<u32>, u32) -> Value, v6: impl Fn(&Trie<u128>, u128) -> Value) -> Value {
        match ip {
            IpAddr::V4(ip) => v4(&self.v4, ip.to_bits()),
            // IPv4-mapped addresses begin with 64 zeros, too.
            IpAddr::V6(ip) if ip.to_bits().head() == 0 => self.get_mapped(ip),
            IpAddr::V6(ip) => v6(&self.v6, ip.to_bits()),
        }
    }

    #[inline(never)]
    fn get_mapped(&self, ip: Ipv6Addr) -> Value {
        match IpAddr::V6(ip).into() {
            Ip::V4(ip) => self.v4.get(ip),
            Ip::V6(ip) => self.v6.get(ip),
        }
    }
}

impl HeapBytes for Tries {
    fn heap_bytes(&self) -> usize {
        self.v4.heap_bytes() + self.v6.heap_bytes()
    }
}

/// The end of a lookup.
enum Leaf {
    Slot(Entry),
    Bucket(u32),
    /// Outside the table of a node: the value, and the nearest address of the table, which the block must not hold.
    Beside(Value, u128),
}

impl<T: Bits> Trie<T> {
    /// The value at an address.
    #[inline(always)]
    fn get(&self, address: T) -> Value {
        let entry = self.head.get(address.head());
        if entry.is_value() { entry.value_and_len().0 } else { self.get_from(entry, address) }
    }

    /// As above, out of line.
    #[inline(never)]
    fn get_apart(&self, address: T) -> Value {
        self.get(address)
    }

    /// The value at an address, when its first 64 bits end at this bucket or node.
    #[inline(never)]
    fn get_from(&self, entry: Entry, address: T) -> Value {
        let leaf = if entry.is_bucket() {
            Leaf::Bucket(entry.index())
        } else {
            self.descend(self.nodes.get(position(entry.index())).unwrap_or(&self.root), address)
        };
        match leaf {
            Leaf::Slot(entry) => entry.value_and_len().0,
            Leaf::Beside(value, _) => value,
            Leaf::Bucket(index) => self.in_bucket(index, address).map_or(0, |(_, _, value)| value),
        }
    }

    /// The value at an address, and the length of the largest block around it in which all addresses have that value.
    pub(crate) fn find(&self, address: T) -> (Value, u8) {
        match self.descend(&self.root, address) {
            Leaf::Slot(entry) => entry.value_and_len(),
            Leaf::Beside(value, stop) => (value, block_len::<T>(address.into(), [Some(stop), None])),
            Leaf::Bucket(index) => {
                self.in_bucket(index, address).map_or((0, 0), |(bucket, rank, value)| (value, bucket.block_len(rank, address)))
            }
        }
    }

    /// Walks down from a node to a leaf.
    ///
    /// INVARIANT: `new` writes no index outside of its array, so that fallbacks of `get` are only taken for [`Entry::ROOT`].
    #[inline(always)]
    fn descend<'t>(&'t self, mut node: &'t Node<T>, address: T) -> Leaf {
        loop {
            let slot_bits = u32::from(node.slot_bits);
            let slot = address.slot(node.first, slot_bits);
            if slot >= u64::from(node.slots) {
                if address < node.first {
                    return Leaf::Beside(node.before, node.first.into());
                }
                let end = node.first.into().wrapping_add(u128::from(node.slots).wrapping_shl(slot_bits));
                return Leaf::Beside(node.after, end.wrapping_sub(1));
            }
            let mut entry = self.head.entry(u64::from(node.base) + slot);
            if entry.is_table() {
                let mut rest = address.dropping(u32::from(T::WIDTH) - slot_bits);
                while entry.is_table() {
                    let (minus_stride, base) = entry.table_parts();
                    let slot = rest.high_bits().wrapping_shr(minus_stride);
                    rest = rest.dropping(minus_stride.wrapping_neg());
                    entry = self.head.entry(u64::from(base) + u64::from(slot));
                }
            }
            if entry.is_bucket() {
                return Leaf::Bucket(entry.index());
            }
            if !entry.is_node() {
                return Leaf::Slot(entry);
            }
            match self.nodes.get(position(entry.index())) {
                Some(inner) => node = inner,
                None => return Leaf::Slot(Entry::default()),
            }
        }
    }

    /// The bucket, how many of its cuts are at the address or before it, and the value there.
    #[inline(always)]
    fn in_bucket(&self, index: u32, address: T) -> Option<(&Bucket, usize, Value)> {
        let bucket = self.head.buckets.get(position(index))?;
        let rank = bucket.rank(address);
        Some((bucket, rank, self.head.value(index, bucket, rank)))
    }
}

impl<T: Bits> HeapBytes for Trie<T> {
    fn heap_bytes(&self) -> usize {
        self.head.heap_bytes() + size_of_val(&*self.nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The oracle: a linear scan of the segments, and the largest block around the address that one of them holds.
    fn scan<T: Bits>(segments: &[(T, Value)], address: T) -> (Value, u8) {
        let index = segments.iter().rposition(|&(first, _)| first <= address).unwrap();
        let (first, value) = segments[index];
        let end = segments.get(index + 1).map(|&(next, _)| next);
        let holds = |len: u8| address.first_of(len) >= first && end.is_none_or(|end| address.last_of(len) < end);
        (value, (0..=T::WIDTH).find(|&len| holds(len)).unwrap())
    }

    fn segments<T: Bits>(mut starts: Vec<(T, Value)>, value_at_zero: Value) -> Vec<(T, Value)> {
        starts.push((T::ZERO, value_at_zero));
        starts.sort_by_key(|&(first, _)| first);
        starts.dedup_by_key(|&mut (first, _)| first);
        starts.dedup_by_key(|&mut (_, value)| value);
        starts
    }

    fn agrees_with_the_scan<T: Bits>(segments: &[(T, Value)], addresses: &[T]) {
        let trie = Trie::new(segments).unwrap();
        let boundaries = segments.iter().flat_map(|&(first, _)| [Some(first), first.next()]).flatten();
        for address in boundaries.chain(addresses.iter().copied()).chain([T::ZERO, T::MAX]) {
            let expected = scan(segments, address);
            assert_eq!(trie.find(address), expected, "{address:?}");
            assert_eq!(trie.get(address), expected.0, "{address:?}");
        }
        let mut walked = Vec::new();
        trie.for_each_segment(|first, value| walked.push((first, value)));
        assert_eq!(walked, segments);
        #[cfg(feature = "bundle")]
        is_read_as_written(&trie, segments);
    }

    /// The segments that a trie was read from.
    #[cfg(feature = "bundle")]
    struct Told<T>(Vec<(T, Value)>);

    #[cfg(feature = "bundle")]
    impl<T> SegmentWatch<T> for Told<T> {
        fn begin(&mut self, first: T, value: Value) -> Result<(), &'static str> {
            self.0.push((first, value));
            Ok(())
        }

        fn is_known(&self, _: T, _: &[Value]) -> bool {
            false
        }
    }

    /// A trie that is written and read has the same tables.
    #[cfg(feature = "bundle")]
    fn is_read_as_written<T: Bits>(trie: &Trie<T>, segments: &[(T, Value)]) {
        let written = |trie: &Trie<T>, is_wide| {
            let mut bytes = Vec::new();
            trie.write(is_wide, &mut bytes);
            bytes
        };
        let is_wide = segments.iter().any(|&(_, value)| value > 255);
        let file = written(trie, is_wide);
        let (mut bytes, mut told) = (crate::net::bytes::Bytes::new(&file, 0), Told(Vec::new()));
        let read = Trie::read(&mut bytes, is_wide, &mut told).unwrap();
        assert_eq!((bytes.end(), told.0.as_slice()), (Ok(()), segments));
        assert!(written(&read, is_wide) == file);
        assert_eq!(read.heap_bytes(), trie.heap_bytes());
        // The numbers of buckets and nodes may differ, the blocks of one value not.
        let blocks = |trie: &Trie<T>| -> Vec<_> {
            trie.head.entries.iter().map(|entry| entry.is_value().then(|| entry.value_and_len())).collect()
        };
        assert!(blocks(&read) == blocks(trie));
        let addresses = segments.iter().flat_map(|&(first, _)| [first.prev(), Some(first), first.next()]).flatten();
        for address in addresses.chain([T::ZERO, T::MAX]) {
            assert_eq!(read.find(address), trie.find(address), "{address:?}");
            assert_eq!(read.get(address), trie.get(address), "{address:?}");
        }
    }

    /// Of a file with one byte changed, or cut off: it is refused, or the trie answers as a search of the segments that were told does.
    #[cfg(feature = "bundle")]
    fn is_refused_or_read_as_told<T: Bits>(file: &[u8], is_wide: bool) -> bool {
        let mut told = Told(Vec::new());
        let Ok(trie) = Trie::<T>::read(&mut crate::net::bytes::Bytes::new(file, 0), is_wide, &mut told) else { return true };
        let Told(segments) = told;
        let ascend = segments.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1);
        let beside = segments.iter().flat_map(|&(first, _)| [first.prev(), Some(first), first.next()]).flatten();
        ascend
            && segments.first().is_some_and(|&(first, _)| first == T::ZERO)
            && beside.chain([T::MAX]).all(|address| {
                let expected = scan(&segments, address);
                (trie.find(address), trie.get(address)) == (expected, expected.0)
            })
    }

    #[cfg(feature = "bundle")]
    #[test]
    fn a_file_with_any_byte_changed_is_refused_or_says_what_its_trie_answers() {
        fn each_byte<T: Bits>(segments: &[(T, Value)]) {
            let is_wide = segments.iter().any(|&(_, value)| value > 255);
            let mut file = Vec::new();
            Trie::new(segments).unwrap().write(is_wide, &mut file);
            for at in 0..file.len() {
                let is = file[at];
                for byte in [0, 1, 2, 3, 4, 5, 17, 20, 63, 127, 128, 255, is ^ 1, is ^ 2, is ^ 16, is ^ 128, is.wrapping_add(3)] {
                    let changed = [&file[..at], &[byte], &file[at + 1..]].concat();
                    assert!(is_refused_or_read_as_told::<T>(&changed, is_wide), "byte {at} is {byte}, was {is}: {segments:?}");
                }
                assert!(is_refused_or_read_as_told::<T>(&file[..at], is_wide), "cut off at {at}: {segments:?}");
            }
        }
        let alternating =
            |step: u32, count: u32| (0..count).map(|n| (n * step, Value::try_from(n % 2 + 1).unwrap())).collect::<Vec<_>>();
        each_byte::<u32>(&[(0, 7)]);
        each_byte::<u32>(&[(0, 7), (1 << 20, 300)]);
        each_byte(&alternating(1, 9));
        each_byte(&alternating(1, 40));
        each_byte(&alternating(1 << 24, 24));
        each_byte(&alternating(3 << 9, 50));
        for shift in [0, 50, 60, 96] {
            let deep = alternating(5, 26).into_iter().map(|(at, value)| (u128::from(at) << shift, value)).collect::<Vec<_>>();
            each_byte::<u128>(&deep);
            each_byte::<u128>(&deep[..3]);
        }
        let far: Vec<(u128, Value)> =
            [0, 1 << 3, 1 << 40, 1 << 70, 3 << 70, 1 << 100, 1 << 120, 1 << 127].into_iter().zip(1..).collect();
        each_byte(&far);
    }

    /// Addresses that collide: few bits set, both ends of the space, and crowds that no bucket holds.
    fn address_v4() -> impl Strategy<Value = u32> {
        prop_oneof![
            any::<u32>(),
            (0..16_u32, 0..32_u32).prop_map(|(n, shift)| n << shift),
            (0..64_u32).prop_map(|n| u32::MAX - n),
            (0..3_u32, 0..200_u32, 0..3_u32).prop_map(|(crowd, n, step)| (crowd << 22) + (n << (step * 3))),
        ]
    }

    fn address_v6() -> impl Strategy<Value = u128> {
        prop_oneof![
            any::<u128>(),
            (0..16_u128, 0..128_u32).prop_map(|(n, shift)| n << shift),
            (0..64_u128).prop_map(|n| u128::MAX - n),
            (0..3_u128, 0..200_u128, 0..8_u32).prop_map(|(crowd, n, step)| (crowd << 120) + (n << (step * 13))),
        ]
    }

    /// Few values, so that segments join, or more than a byte holds.
    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![4 => 0..4_u16, 1 => 250..260_u16, 1 => any::<u16>()]
    }

    proptest! {
        #[test]
        fn ipv4_agrees_with_a_linear_scan(starts in prop::collection::vec((address_v4(), value()), 0..400), zero in value(),
                                          addresses in prop::collection::vec(address_v4(), 0..50)) {
            agrees_with_the_scan(&segments(starts, zero), &addresses);
        }

        #[test]
        fn ipv6_agrees_with_a_linear_scan(starts in prop::collection::vec((address_v6(), value()), 0..400), zero in value(),
                                          addresses in prop::collection::vec(address_v6(), 0..50)) {
            agrees_with_the_scan(&segments(starts, zero), &addresses);
        }
    }

    /// Cuts side by side at every depth, of as many as fit a bucket, fewer and more, beside others far away.
    fn crowds<T: Bits>(shifts: impl Iterator<Item = u32>) -> impl Iterator<Item = Vec<(T, Value)>> {
        let counts = [1, 2, 3, 19, 20, 21, 41, 90];
        shifts.flat_map(move |shift| counts.map(|count| (shift, count))).map(|(shift, count): (u32, u128)| {
            let top = u128::from(T::WIDTH) - 1;
            let begin = |n: u128| if n % 2 == 0 { 0 } else { 5 << (top - 4) };
            let crowd = (0..2 * count).map(|n| (begin(n) + ((1 + n / 2) << shift), n % 7 + 250 * (n % 2)));
            let far = [(1 << top, 300), (3 << (top - 1), 2)];
            let starts = crowd.chain(far).filter_map(|(at, value)| Some((T::try_from(at).ok()?, Value::try_from(value).ok()?)));
            segments(starts.collect(), 9)
        })
    }

    #[test]
    fn crowds_at_every_depth_agree_with_a_linear_scan() {
        crowds((0..26).step_by(3)).for_each(|crowd| agrees_with_the_scan::<u32>(&crowd, &[]));
        let shifts = [0, 1, 13, 14, 15, 30, 46, 48, 49, 50, 51, 62, 63, 64, 65, 79, 80, 100];
        crowds(shifts.into_iter()).for_each(|crowd| agrees_with_the_scan::<u128>(&crowd, &[]));
    }

    /// Slots whose tables have tables inside, with runs of one value before, between and behind them.
    #[test]
    fn tables_inside_of_tables_agree_with_a_linear_scan() {
        for (crowds, gap, count) in [(2, 20, 60), (3, 16, 90), (40, 12, 30), (8, 24, 25)] {
            for inside in [0, 1 << (gap - 1), (1 << gap) - 400] {
                let run = (0..crowds).flat_map(|crowd| (0..count).map(move |n| (crowd << gap) + inside + 2 * n + 1));
                let cuts: Vec<u32> = run.collect();
                let v4 = cuts.iter().map(|&cut| (0x0a00_0000 + cut, Value::try_from(cut % 5).unwrap())).collect();
                agrees_with_the_scan(&segments::<u32>(v4, 9), &[]);
                for shift in [0, 40, 64, 80] {
                    let v6 = cuts.iter().map(|&cut| (u128::from(cut) << shift, Value::try_from(cut % 300).unwrap())).collect();
                    agrees_with_the_scan(&segments::<u128>(v6, 9), &[]);
                }
            }
        }
    }

    /// A node ends before its slot does, with a table. The next slot is a table that begins where that one ends, has slots of the same
    /// size, and begins with the value that the other ends with: its slots are 2^17 addresses and more behind those of the other.
    #[test]
    fn a_table_behind_the_end_of_a_node_agrees_with_a_linear_scan() {
        for shift in [0, 32, 96] {
            let in_slot = |slot: u128, offset: u128| ((slot << 20) + offset) << shift;
            let node = [1 << 10, (5 << 17) + (1 << 14), (5 << 17) + (1 << 16) + 1].map(|offset| in_slot(4, offset));
            let table = (8..256).map(|n| in_slot(5, (n << 12) + 1));
            let cuts = [in_slot(0, 1 << 10)].into_iter().chain(node).chain(table).chain((6..40).map(|slot| in_slot(slot, 0)));
            let segments: Vec<(u128, Value)> = segments(cuts.zip((1..=3).cycle()).collect(), 0);
            let trie = Trie::new(&segments).unwrap();
            // The layout is the one meant.
            assert_eq!((trie.root.slot_bits, trie.nodes.len()), (20 + u8::try_from(shift).unwrap(), 1));
            agrees_with_the_scan(&segments, &[in_slot(5, 0)]);
        }
    }

    #[test]
    fn the_heap_bytes_of_a_trie_are_those_of_its_tables() {
        let crowd: Vec<(u128, Value)> = crowds(std::iter::once(14)).last().unwrap();
        let trie = Trie::new(&crowd).unwrap();
        let Head { entries, buckets, high_bytes, .. } = &trie.head;
        let numbers = [entries.len(), buckets.len(), high_bytes.len(), trie.nodes.len()];
        assert!(numbers.iter().all(|&number| number > 1), "{numbers:?}");
        let sizes = [size_of::<Entry>(), size_of::<Bucket>(), bucket::VALUES, size_of::<Node<u128>>()];
        let expected: usize = numbers.iter().zip(sizes).map(|(number, size)| number * size).sum();
        assert_eq!(trie.heap_bytes(), expected);
        let v4 = Trie::new(&[(0_u32, 1), (7, 2), (9, 1)]).unwrap();
        let of_v4 = v4.heap_bytes();
        assert!(of_v4 > 1);
        assert_eq!(Tries { v4, v6: trie }.heap_bytes(), of_v4 + expected);
    }

    #[test]
    fn runs_of_single_addresses_agree_with_a_linear_scan() {
        for step in [1, 2, 255, 256, 65_535, 65_536] {
            let run: Vec<(u32, Value)> = (0..1500_u32).map(|n| (n * step, Value::try_from(n % 300).unwrap())).collect();
            agrees_with_the_scan(&run, &[]);
            // In the first 64 bits, across their end, and behind it, where a bucket is deep.
            for shift in [70, 56, 3] {
                let run: Vec<(u128, Value)> = run.iter().map(|&(at, value)| (u128::from(at) << shift, value)).collect();
                agrees_with_the_scan(&run, &[]);
            }
        }
    }

    #[test]
    fn prefixes_nested_at_every_bit_agree_with_a_linear_scan() {
        let nested = (0..128_u8).map(|bit| (u128::MAX << bit, Value::from(bit))).collect();
        agrees_with_the_scan(&segments(nested, 999), &[]);
    }

    /// The most memory that hostile data can take: isolated addresses far apart, and pairs of them that nothing can share.
    #[test]
    fn memory_is_bounded_by_the_number_of_segments() {
        let steps = [(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128, 2000), (1 << 63, 300)];
        for ((step, count), gap) in steps.into_iter().flat_map(|steps| (0..100).map(move |gap| (steps, gap))) {
            let apart = |n: u128| n.wrapping_mul(step);
            let value = |n: u128| Value::try_from(n % 400).unwrap();
            for other in [|_| 999, |n: u128| Value::try_from((n + 1) % 400).unwrap()] {
                let pair = |n| [(apart(n), value(n)), (apart(n).wrapping_add(1 << gap), other(n))];
                let segments = segments::<u128>((0..count).flat_map(pair).collect(), 999);
                let trie = Trie::new(&segments).unwrap();
                assert!(trie.heap_bytes() <= 170 * segments.len(), "{} for {}, 2^{gap}", trie.heap_bytes(), segments.len());
            }
        }
    }

    /// Whatever the layout is, lookups find the same: that it is the one meant shows in its size and in its bytes. Where it is changed on
    /// purpose, memory and time of lookups are measured anew, and the rows written anew.
    #[test]
    #[cfg(feature = "bundle")]
    fn the_layout_of_known_segments_is_the_measured_one() {
        let value = |n: u128| Value::try_from(n % 7).unwrap();
        let spread = |n: u128| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let run = |count: u128, step: u128| (0..count).map(move |n| (n * step, value(n))).collect::<Vec<_>>();
        let random = |count: u128, shift: u32| (0..count).map(move |n| (spread(n) >> shift, value(n))).collect::<Vec<_>>();
        let pairs = |count: u128, gap: u32| {
            let pair = move |n: u128| [(spread(n), value(n)), (spread(n).wrapping_add(1 << gap), 9)];
            (0..count).flat_map(pair).collect::<Vec<_>>()
        };
        let crowds = |count: u128, size: u128, step: u32| {
            let crowd = move |n: u128| (0..size).map(move |m| (spread(n).wrapping_add(m << step), value(n + m)));
            (0..count).flat_map(crowd).collect::<Vec<_>>()
        };
        let prefixes = |count: u128, bits: u32| (0..count).map(move |n| (spread(n) >> bits << bits, value(n))).collect::<Vec<_>>();
        fn layout<T: Bits>(starts: Vec<(T, Value)>) -> ([usize; 3], u64) {
            let trie = Trie::new(&segments(starts, 3)).unwrap();
            let mut bytes = Vec::new();
            trie.write(false, &mut bytes);
            // FNV-1a of 64 bits.
            let add = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325, add);
            let tables = [trie.head.entries.len(), trie.head.buckets.len(), trie.nodes.len()];
            let sizes = [size_of::<Entry>(), size_of::<Bucket>(), size_of::<Node<T>>()];
            assert_eq!(trie.heap_bytes(), tables.iter().zip(sizes).map(|(count, size)| count * size).sum::<usize>());
            (tables, sum)
        }
        // Entries, buckets and nodes of a trie, and a sum of its bytes.
        type Layout = ([usize; 3], u64);
        // Starts of segments, their trie, and that of their first 32 bits.
        type Row = (Vec<(u128, Value)>, Layout, Layout);
        let rows: [Row; 20] = [
            (run(2, 1), ([0, 0, 0], 0x003a_4e4b_27f7_47e4), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (run(12, 1), ([3, 1, 0], 0xcdab_c662_2822_9484), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (run(1500, 1), ([375, 75, 0], 0xc0f3_bf54_abc2_5d49), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (run(1500, 3 << 100), ([282, 94, 0], 0xd9a6_339e_d677_e5c7), ([282, 94, 0], 0x174e_c5ab_e1e9_f1c7)),
            (run(300, 1 << 64), ([75, 15, 0], 0x6669_6a8d_cef0_d93e), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (random(40, 0), ([34, 0, 25], 0x2513_a098_4a71_2233), ([34, 0, 25], 0xe0b2_0881_cc81_ee4d)),
            (random(3000, 0), ([3848, 0, 2285], 0x27b4_cfd4_0753_752d), ([13066, 1021, 1257], 0xe15a_2830_26fe_3230)),
            (random(300, 60), ([518, 0, 365], 0x1916_de22_2f27_8b7c), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (random(1000, 100), ([4483, 966, 128], 0x5b2e_3cc9_4950_c8bf), ([2, 0, 0], 0xd7d8_5462_d51f_b178)),
            (prefixes(3000, 80), ([3848, 0, 2285], 0xa052_eb61_0ed0_7995), ([13066, 1021, 1257], 0xe15a_2830_26fe_3230)),
            (prefixes(3000, 104), ([642, 449, 0], 0x699d_929a_d39e_1df5), ([642, 449, 0], 0x6fc9_86cd_e71e_1b05)),
            (prefixes(500, 112), ([64, 32, 0], 0xce75_89ff_ebd7_826c), ([64, 32, 0], 0x3420_355a_a4c5_ba1c)),
            (pairs(300, 0), ([1463, 0, 422], 0x074d_2a54_31aa_8c8d), ([736, 18, 347], 0x147a_1267_1c4b_2cda)),
            (pairs(300, 63), ([2061, 0, 1020], 0x7de9_292d_6d42_5ded), ([736, 18, 347], 0x147a_1267_1c4b_2cda)),
            (pairs(300, 90), ([2061, 0, 1020], 0x03de_04af_ace1_0888), ([746, 18, 347], 0x98bd_da01_ccd3_d6a5)),
            (pairs(2000, 110), ([12711, 1, 6449], 0x452c_2026_4784_834d), ([28714, 2661, 516], 0xbd3e_05fd_870c_3cc0)),
            (crowds(20, 12, 40), ([488, 0, 248], 0x85c0_7f05_2806_c1fd), ([33, 0, 23], 0xeec2_8261_8cb0_5e34)),
            (crowds(20, 40, 64), ([919, 0, 780], 0xaa45_4ef5_798a_f82f), ([33, 0, 23], 0xeec2_8261_8cb0_5e34)),
            (crowds(5, 400, 96), ([3687, 25, 1857], 0x720f_54ef_601d_4556), ([839, 110, 5], 0x9a84_ea14_a087_4170)),
            (crowds(100, 14, 98), ([2863, 0, 1442], 0xcb0e_4405_a05d_3871), ([2813, 49, 100], 0x0d93_dfff_6122_cdd7)),
        ];
        for (index, (starts, v6, v4)) in rows.into_iter().enumerate() {
            let heads = starts.iter().map(|&(first, value)| (u32::try_from(first >> 96).unwrap(), value)).collect();
            assert_eq!((layout(starts), layout(heads)), (v6, v4), "row {index}");
        }
    }

    #[test]
    fn values_beyond_a_byte_are_counted_beside_their_buckets_and_both_families_are_counted() {
        let run = |wide: Value| (0..200).map(|n| (n * 3, Value::try_from(n % 5).unwrap() + wide * u16::from(n == 7))).collect();
        let run: [Vec<(u32, Value)>; 2] = [0, 300].map(run);
        let [narrow, wide] = run.map(|run| Trie::new(&run).unwrap());
        assert_eq!(wide.heap_bytes(), narrow.heap_bytes() + narrow.head.buckets.len() * bucket::VALUES);
        let (v4, v6) = (vec![(0_u32, 1), (9, 2), (11, 1)], vec![(0_u128, 1), (77, 2), (99, 1)]);
        let tries = Tries::new(&v4, &v6).unwrap();
        assert_eq!(tries.heap_bytes(), Trie::new(&v4).unwrap().heap_bytes() + Trie::new(&v6).unwrap().heap_bytes());
    }

    #[test]
    fn one_segment_is_one_entry() {
        let trie = Trie::<u128>::new(&[(0, 7)]).unwrap();
        assert_eq!(trie.find(u128::MAX), (7, 0));
        assert!(trie.heap_bytes() <= 64, "{} bytes", trie.heap_bytes());
    }

    #[test]
    fn single_addresses_are_found_at_both_ends_of_the_space() {
        agrees_with_the_scan(&[(0_u32, 1), (1, 2), (2, 1), (u32::MAX - 1, 3), (u32::MAX, 1)], &[3]);
        agrees_with_the_scan(&[(0_u128, 1), (1, 2), (2, 1), (u128::MAX - 1, 3), (u128::MAX, 1)], &[3]);
    }
}
