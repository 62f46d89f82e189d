//! The prefix trie: longest-prefix match and nothing else.
//!
//! A trie maps every address of one family to a value. It is a *poptrie* (Asai and Ohara, "Poptrie: A Compressed Trie with
//! Population Count for Fast and Scalable Software IP Routing Table Lookup", SIGCOMM 2015): a table indexed by the first bits of
//! the address, then nodes of 64 slots each. A node marks in one bitmap which slots go deeper and in another where a new value
//! begins among the slots that do not; a population count turns a slot into an index. Nodes and values lie in one array each,
//! level by level.

use crate::address::Bits;

/// What an address maps to.
pub(crate) type Value = u16;

/// How many bits a node consumes: one bit of a 64-bit map for each of its slots.
const STRIDE: u8 = 6;

/// The most bits that the front table is indexed by. Its 65,536 entries are 256 KiB, which the world's data fill well.
const MAX_FRONT: u8 = 16;

/// A map from all addresses of one family to values.
///
/// | operation | steps |
/// |---|---|
/// | [`get`](Trie::get) | at most 1 + ⌈(width − front) / 6⌉ |
/// | [`find`](Trie::find) | as `get`, and a look at the slots beside the last one |
/// | [`new`](Trie::new) | segments × depth, once |
#[derive(Debug)]
pub(crate) struct Trie<T> {
    front_bits: u8,
    front: Box<[Front]>,
    nodes: Box<[Node]>,
    values: Box<[Value]>,
    address: std::marker::PhantomData<T>,
}

/// One entry of the front table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    Value(Value),
    Node(u32),
}

/// 64 slots. A slot goes to a child node or has a value.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// Bit `s`: slot `s` goes to a child.
    children: u64,
    /// Bit `s`: slot `s` has a value, and one that differs from that of the nearest slot before it that has one.
    starts: u64,
    /// Where the node's children begin in `nodes`.
    first_child: u32,
    /// Where the node's values begin in `values`.
    first_value: u32,
}

impl Node {
    fn has_child(self, slot: usize) -> bool {
        self.children >> slot & 1 == 1
    }

    fn child(self, slot: usize) -> u32 {
        self.first_child + (self.children & below(slot)).count_ones()
    }

    /// The value of a slot without child. The first such slot is always a start, so the count is at least one.
    fn value(self, slot: usize) -> u32 {
        (self.first_value + (self.starts & (below(slot) | 1 << slot)).count_ones()).saturating_sub(1)
    }

    /// How many bits of the slot's index the largest block around it needs that holds one value and no child.
    fn block_bits(self, slot: usize) -> u8 {
        (1..=STRIDE)
            .rev()
            .take_while(|&bits| {
                let size = 1_usize << (STRIDE - bits + 1);
                let first = slot & !(size - 1);
                let block = below_inclusive(first + size - 1) & !below(first);
                self.children & block == 0 && self.starts & block & !(1 << first) == 0
            })
            .last()
            .map_or(STRIDE, |bits| bits - 1)
    }
}

/// The bits before a slot.
fn below(slot: usize) -> u64 {
    (1 << slot) - 1
}

/// The bits up to a slot, itself included.
fn below_inclusive(slot: usize) -> u64 {
    u64::MAX >> (63 - slot)
}

/// The position of `index` in an array. An index fits `usize` wherever the array fitted memory.
fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

impl<T: Bits> Trie<T> {
    /// Builds the trie from segments: the first address of each, ascending, the first one zero, and the value that holds from
    /// there to the next. Neighbours differ in value.
    ///
    /// `None` when it would need 2^32 nodes or values, some 100 GB.
    pub(crate) fn new(segments: &[(T, Value)]) -> Option<Trie<T>> {
        let front_bits = u8::try_from(segments.len().max(1).ilog2()).unwrap_or(MAX_FRONT).min(MAX_FRONT);
        let mut builder = Builder { segments, nodes: Vec::new(), values: Vec::new(), pending: Vec::new() };
        let front = builder.front(front_bits)?;
        builder.grow()?;
        Some(Trie {
            front_bits,
            front,
            nodes: builder.nodes.into_boxed_slice(),
            values: builder.values.into_boxed_slice(),
            address: std::marker::PhantomData,
        })
    }

    /// The value at an address.
    pub(crate) fn get(&self, address: T) -> Value {
        self.descend(address).0
    }

    /// The value at an address, and the length of the largest block around it in which all addresses have that value.
    pub(crate) fn find(&self, address: T) -> (Value, u8) {
        let (value, leaf) = self.descend(address);
        let len = match leaf {
            Leaf::Front(slot) => self.front_block_bits(slot),
            Leaf::Slot { node, slot, depth } => depth + node.block_bits(slot),
        };
        (value, len.min(T::WIDTH))
    }

    /// The front table's entry for an address, then down the nodes.
    ///
    /// INVARIANT: `new` builds no index that points outside its array; the fallbacks of `get` are never taken.
    fn descend(&self, address: T) -> (Value, Leaf) {
        let slot = address.chunk(0, self.front_bits);
        let mut index = match self.front.get(slot) {
            Some(&Front::Node(index)) => index,
            Some(&Front::Value(value)) => return (value, Leaf::Front(slot)),
            None => return (0, Leaf::Front(slot)),
        };
        let mut depth = self.front_bits;
        loop {
            let node = self.nodes.get(at(index)).copied().unwrap_or_default();
            let slot = address.chunk(depth, STRIDE);
            if !node.has_child(slot) {
                let value = self.values.get(at(node.value(slot))).copied().unwrap_or_default();
                return (value, Leaf::Slot { node, slot, depth });
            }
            index = node.child(slot);
            depth += STRIDE;
        }
    }

    /// How many bits of the front table's index the largest block around a slot needs that holds one value.
    fn front_block_bits(&self, slot: usize) -> u8 {
        let entry = self.front.get(slot);
        let mut bits = self.front_bits;
        while bits > 0 {
            let size = 1_usize << (self.front_bits - bits + 1);
            let first = slot & !(size - 1);
            let uniform = self.front.get(first..first + size).is_some_and(|block| block.iter().all(|e| Some(e) == entry));
            if !uniform {
                break;
            }
            bits -= 1;
        }
        bits
    }

    /// Heap bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        size_of_val(&*self.front) + size_of_val(&*self.nodes) + size_of_val(&*self.values)
    }
}

/// Where a look-up ended.
enum Leaf {
    Front(usize),
    Slot { node: Node, slot: usize, depth: u8 },
}

/// Builds level by level: a node's children are reserved together, then filled in turn.
struct Builder<'s, T> {
    segments: &'s [(T, Value)],
    nodes: Vec<Node>,
    values: Vec<Value>,
    /// The nodes reserved and not yet filled, in the sequence of `nodes`.
    pending: Vec<Block<T>>,
}

/// A block of addresses that is not of one value.
#[derive(Clone, Copy)]
struct Block<T> {
    first: T,
    /// The length of the block's prefix.
    len: u8,
    /// The segment that holds its first address.
    segment: usize,
}

impl<T: Bits> Builder<'_, T> {
    /// The front table. Each entry that is not of one value becomes a pending node.
    fn front(&mut self, bits: u8) -> Option<Box<[Front]>> {
        let mut front = Vec::with_capacity(1 << bits);
        let mut segment = 0;
        for first in blocks_of(T::ZERO, 0, bits) {
            segment = self.segment_at(segment, first);
            front.push(match self.uniform(segment, first, bits) {
                Some(value) => Front::Value(value),
                None => Front::Node(self.reserve(Block { first, len: bits, segment })?),
            });
        }
        Some(front.into_boxed_slice())
    }

    /// Fills the pending nodes, and those that they reserve, until none is left.
    fn grow(&mut self) -> Option<()> {
        let mut filled = 0;
        while !self.pending.is_empty() {
            for block in std::mem::take(&mut self.pending) {
                let node = self.node(block)?;
                *self.nodes.get_mut(filled)? = node;
                filled += 1;
            }
        }
        Some(())
    }

    fn node(&mut self, block: Block<T>) -> Option<Node> {
        let len = (block.len + STRIDE).min(T::WIDTH);
        // Where the address ends before the stride does, the low bits of the slot are always zero: each block takes a run of slots.
        let slots = 1_usize << (STRIDE - (len - block.len));
        let mut node = Node {
            first_child: u32::try_from(self.nodes.len()).ok()?,
            first_value: u32::try_from(self.values.len()).ok()?,
            ..Node::default()
        };
        let mut segment = block.segment;
        let mut before = None;
        for (index, first) in blocks_of(block.first, block.len, len).enumerate() {
            segment = self.segment_at(segment, first);
            let slot = 1_u64 << (index * slots);
            match self.uniform(segment, first, len) {
                None => {
                    node.children |= slot;
                    self.reserve(Block { first, len, segment })?;
                }
                Some(value) if before != Some(value) => {
                    node.starts |= slot;
                    self.values.push(value);
                    before = Some(value);
                }
                Some(_) => {}
            }
        }
        Some(node)
    }

    fn reserve(&mut self, block: Block<T>) -> Option<u32> {
        let index = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node::default());
        self.pending.push(block);
        Some(index)
    }

    /// The segment that holds an address, which is `from` or one after it.
    fn segment_at(&self, from: usize, address: T) -> usize {
        let later = self.segments.get(from + 1..).unwrap_or_default();
        // Most often it is among the next few; a galloping search finds it there in a step or two.
        let mut reach = 1;
        while later.get(reach - 1).is_some_and(|&(first, _)| first <= address) {
            reach *= 2;
        }
        let near = later.get(reach / 2..reach.min(later.len())).unwrap_or_default();
        from + reach / 2 + near.partition_point(|&(first, _)| first <= address)
    }

    /// The value of a block, when all its addresses are in one segment.
    fn uniform(&self, segment: usize, first: T, len: u8) -> Option<Value> {
        let ends_inside = self.segments.get(segment + 1).is_none_or(|&(next, _)| next > first.last_of(len));
        if ends_inside { self.segments.get(segment).map(|&(_, value)| value) } else { None }
    }
}

/// The first addresses of the blocks of prefix length `to` in the block of prefix length `from` that begins at `first`.
fn blocks_of<T: Bits>(first: T, from: u8, to: u8) -> impl Iterator<Item = T> {
    let last = first.last_of(from);
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let block = next?;
        next = block.last_of(to).next().filter(|&next| next <= last);
        Some(block)
    })
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
        let borders = segments.iter().flat_map(|&(first, _)| [Some(first), first.next()]).flatten();
        for address in borders.chain(addresses.iter().copied()).chain([T::ZERO, T::MAX]) {
            let expected = scan(segments, address);
            assert_eq!(trie.find(address), expected, "{address:?}");
            assert_eq!(trie.get(address), expected.0, "{address:?}");
        }
    }

    /// Addresses that collide: few bits set, in places where levels of the trie meet.
    fn address_v4() -> impl Strategy<Value = u32> {
        prop_oneof![any::<u32>(), (0..16_u32, 0..32_u32).prop_map(|(n, shift)| n << shift), (0..64_u32).prop_map(|n| u32::MAX - n)]
    }

    fn address_v6() -> impl Strategy<Value = u128> {
        prop_oneof![
            any::<u128>(),
            (0..16_u128, 0..128_u32).prop_map(|(n, shift)| n << shift),
            (0..64_u128).prop_map(|n| u128::MAX - n)
        ]
    }

    proptest! {
        #[test]
        fn ipv4_agrees_with_a_linear_scan(starts in prop::collection::vec((address_v4(), 0..4_u16), 0..200), zero in 0..4_u16,
                                          addresses in prop::collection::vec(address_v4(), 0..50)) {
            agrees_with_the_scan(&segments(starts, zero), &addresses);
        }

        #[test]
        fn ipv6_agrees_with_a_linear_scan(starts in prop::collection::vec((address_v6(), 0..4_u16), 0..200), zero in 0..4_u16,
                                          addresses in prop::collection::vec(address_v6(), 0..50)) {
            agrees_with_the_scan(&segments(starts, zero), &addresses);
        }
    }

    #[test]
    fn one_segment_is_one_entry() {
        let trie = Trie::<u128>::new(&[(0, 7)]).unwrap();
        assert_eq!(trie.find(u128::MAX), (7, 0));
        assert_eq!(trie.memory_usage(), size_of::<Front>());
    }

    #[test]
    fn single_addresses_are_found_at_both_ends_of_the_space() {
        agrees_with_the_scan(&[(0_u32, 1), (1, 2), (2, 1), (u32::MAX - 1, 3), (u32::MAX, 1)], &[3]);
        agrees_with_the_scan(&[(0_u128, 1), (1, 2), (2, 1), (u128::MAX - 1, 3), (u128::MAX, 1)], &[3]);
    }
}
