//! Heap bytes beside the values themselves.

/// The heap bytes that an `Arc` of a `T` takes beside the value: two counts, and padding up to the value.
pub(crate) const fn arc_counts<T>() -> usize {
    (2 * size_of::<usize>()).next_multiple_of(align_of::<T>())
}
