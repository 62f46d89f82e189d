//! Arrays that have a value for each row.

use std::ops::Range;

use arrow_array::{Array, ArrayAccessor};

/// An array with a value of its own for each row.
pub(crate) trait Plain<'a>: Sized {
    type Value: Copy;

    /// The types that hold such values, for messages.
    const EXPECTED: &'static str;

    /// The array, when its type holds such values.
    fn new(array: &'a dyn Array) -> Option<Self>;

    /// The value of a row. `None` where there is none that can be read.
    fn get(&self, row: usize) -> Option<Self::Value>;

    /// Calls `each` for the values of some rows, in sequence. They are rows of the array.
    fn each(&self, rows: Range<usize>, each: impl FnMut(Option<Self::Value>));
}

/// The value of a row that is there and is not null.
pub(super) fn get<A: ArrayAccessor>(array: A, row: usize) -> Option<A::Item> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// Calls `each` for what rows of an array have.
pub(super) fn each<A: ArrayAccessor>(array: A, rows: Range<usize>, mut each: impl FnMut(Option<A::Item>)) {
    let rows = rows.start..rows.end.min(array.len());
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => rows.for_each(|row| each(Some(array.value(row)))),
        Some(nulls) => rows.for_each(|row| each(nulls.is_valid(row).then(|| array.value(row)))),
    }
}
