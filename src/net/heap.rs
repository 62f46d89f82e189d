//! Heap bytes that values own, and what sharing one takes.

/// The heap bytes that an `Arc` of a `T` takes beside the value: two counts, and padding up to the value.
pub(crate) const fn arc_counts<T>() -> usize {
    (2 * size_of::<usize>()).next_multiple_of(align_of::<T>())
}

/// Heap bytes that a value owns, its own size not counted.
pub(crate) trait HeapBytes {
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
