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
