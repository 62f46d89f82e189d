//! Counting of heap bytes: each type counts what it owns.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The bytes that an `Arc` of a `T` takes beside the value: two counts, and padding up to the value.
pub(crate) const fn arc_counts<T>() -> usize {
    (2 * size_of::<usize>()).next_multiple_of(align_of::<T>())
}

/// A type that counts the heap bytes that it owns.
pub(crate) trait HeapBytes {
    /// The heap bytes that the value owns, without its own size.
    fn heap_bytes(&self) -> usize;
}

impl HeapBytes for String {
    fn heap_bytes(&self) -> usize {
        self.capacity()
    }
}

impl<T: HeapBytes> HeapBytes for [T] {
    fn heap_bytes(&self) -> usize {
        size_of_val(self) + self.iter().map(HeapBytes::heap_bytes).sum::<usize>()
    }
}

impl<T: HeapBytes> HeapBytes for Vec<T> {
    fn heap_bytes(&self) -> usize {
        plain(self) + self.iter().map(HeapBytes::heap_bytes).sum::<usize>()
    }
}

/// The whole allocation, as if no other `Arc` shared it.
impl<T: HeapBytes> HeapBytes for Arc<T> {
    fn heap_bytes(&self) -> usize {
        arc_counts::<T>() + size_of::<T>() + (**self).heap_bytes()
    }
}

/// The whole allocation, as if no other `Arc` shared it.
impl<T: HeapBytes> HeapBytes for Arc<[T]> {
    fn heap_bytes(&self) -> usize {
        arc_counts::<T>() + (**self).heap_bytes()
    }
}

/// The heap bytes of a vector whose elements own nothing.
pub(crate) fn plain<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

/// The heap bytes of a map that was built from a sorted sequence. `value` counts those of a value.
///
/// The standard library's B-tree then has full nodes of 11 entries, with one entry of the level above between them. Nodes above the
/// lowest level point to 12 others.
pub(crate) fn map<V>(map: &BTreeMap<String, V>, value: impl Fn(&V) -> usize) -> usize {
    // Beside its entries, a node has a pointer to the one above and two numbers of 16 bits.
    let links = (size_of::<usize>() + 2 * size_of::<u16>()).next_multiple_of(align_of::<usize>());
    let leaf = 11 * (size_of::<String>() + size_of::<V>()) + links;
    let inner = leaf + 12 * size_of::<usize>();
    let texts: usize = map.iter().map(|(key, held)| key.capacity() + value(held)).sum();
    if map.is_empty() {
        return 0;
    }
    let mut above = map.len() / 12;
    let mut nodes = (above + 1) * leaf;
    while above > 0 {
        above /= 12;
        nodes += (above + 1) * inner;
    }
    texts + nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node of the standard library's B-tree, as it stands in memory: 11 entries, the node above and two numbers.
    #[expect(dead_code, reason = "only its size matters")]
    struct Leaf<V> {
        above: *const (),
        keys: [String; 11],
        values: [V; 11],
        place_above: u16,
        len: u16,
    }

    /// A node above the lowest level: it points to 12 others.
    #[expect(dead_code, reason = "only its size matters")]
    struct Inner<V> {
        leaf: Leaf<V>,
        below: [*const (); 12],
    }

    #[test]
    fn texts_and_lists_are_counted_with_what_they_hold_and_have_room_for() {
        let text = |len: usize| "x".repeat(len);
        let (string, pointer) = (size_of::<String>(), size_of::<usize>());
        assert_eq!([0, 5].map(|len| text(len).heap_bytes()), [0, 5]);
        assert_eq!([text(5), text(6)].as_slice().heap_bytes(), 2 * string + 5 + 6);
        let mut roomy = Vec::with_capacity(7);
        roomy.extend([text(5), text(6)]);
        assert_eq!((plain(&roomy), roomy.heap_bytes()), (7 * string, 7 * string + 5 + 6));
        assert_eq!(plain(&vec![0_u32; 3]), 12);
        assert_eq!(Arc::new(text(5)).heap_bytes(), 2 * pointer + string + 5);
        assert_eq!(Arc::<[String]>::from([text(5), text(6)]).heap_bytes(), 2 * pointer + 2 * string + 5 + 6);
    }

    #[test]
    fn the_counts_of_an_arc_reach_to_where_its_value_may_stand() {
        #[repr(align(64))]
        struct Line;
        assert_eq!((arc_counts::<u8>(), arc_counts::<Line>()), (2 * size_of::<usize>(), 64));
    }

    #[test]
    fn a_map_is_counted_by_its_nodes_and_texts() {
        // The number of entries, of leaves, and of nodes above them.
        let cases = [
            (0, 0, 0),
            (1, 1, 0),
            (11, 1, 0),
            (12, 2, 1),
            (23, 2, 1),
            (24, 3, 1),
            (143, 12, 1),
            (144, 13, 3),
            (287, 24, 3),
            (288, 25, 4),
            (1727, 144, 13),
            (1728, 145, 16),
        ];
        for (entries, leaves, above) in cases {
            let map_of: BTreeMap<String, u64> = (0..entries).map(|n| (String::from(&*format!("{n:04}")), n)).collect();
            let nodes = leaves * size_of::<Leaf<u64>>() + above * size_of::<Inner<u64>>();
            let texts = usize::try_from(entries).unwrap() * (4 + 7);
            assert_eq!(map(&map_of, |_| 7), nodes + texts, "{entries} entries");
        }
    }
}
