//! Dictionaries and runs: which value each row has.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RunArray};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;

/// The entry of each row among the values of an array: keys of a dictionary, or the ends of runs.
pub(super) enum Index<'a> {
    Int8(&'a PrimitiveArray<Int8Type>),
    Int16(&'a PrimitiveArray<Int16Type>),
    Int32(&'a PrimitiveArray<Int32Type>),
    Int64(&'a PrimitiveArray<Int64Type>),
    UInt8(&'a PrimitiveArray<UInt8Type>),
    UInt16(&'a PrimitiveArray<UInt16Type>),
    UInt32(&'a PrimitiveArray<UInt32Type>),
    UInt64(&'a PrimitiveArray<UInt64Type>),
    Runs16(&'a RunArray<Int16Type>),
    Runs32(&'a RunArray<Int32Type>),
    Runs64(&'a RunArray<Int64Type>),
}

impl<'a> Index<'a> {
    /// The index of an array and its values, when it has its values apart.
    pub(super) fn new(array: &'a ArrayRef) -> Option<(Index<'a>, &'a ArrayRef)> {
        macro_rules! dictionary {
            ($($key:ident $index:ident $type:ident),*) => {
                match array.data_type() {
                    $(DataType::Dictionary(key, _) if **key == DataType::$key => {
                        let array = array.as_dictionary_opt::<$type>()?;
                        Some((Index::$index(array.keys()), array.values()))
                    })*
                    _ => None,
                }
            };
        }
        match array.data_type() {
            DataType::Dictionary(..) => dictionary!(
                Int8 Int8 Int8Type, Int16 Int16 Int16Type, Int32 Int32 Int32Type, Int64 Int64 Int64Type,
                UInt8 UInt8 UInt8Type, UInt16 UInt16 UInt16Type, UInt32 UInt32 UInt32Type, UInt64 UInt64 UInt64Type
            ),
            DataType::RunEndEncoded(ends, _) => match ends.data_type() {
                DataType::Int16 => array.as_run_opt().map(|array| (Index::Runs16(array), array.values())),
                DataType::Int32 => array.as_run_opt().map(|array| (Index::Runs32(array), array.values())),
                DataType::Int64 => array.as_run_opt().map(|array| (Index::Runs64(array), array.values())),
                _ => None,
            },
            _ => None,
        }
    }

    /// Appends the entries of some rows, which are rows of the array. `None` for a null key, and one that is no index.
    pub(super) fn entries(&self, rows: Range<usize>, into: &mut Vec<Option<usize>>) {
        match *self {
            Index::Int8(keys) => of_keys(keys, rows, into),
            Index::Int16(keys) => of_keys(keys, rows, into),
            Index::Int32(keys) => of_keys(keys, rows, into),
            Index::Int64(keys) => of_keys(keys, rows, into),
            Index::UInt8(keys) => of_keys(keys, rows, into),
            Index::UInt16(keys) => of_keys(keys, rows, into),
            Index::UInt32(keys) => of_keys(keys, rows, into),
            Index::UInt64(keys) => of_keys(keys, rows, into),
            Index::Runs16(runs) => of_runs(runs, rows, into),
            Index::Runs32(runs) => of_runs(runs, rows, into),
            Index::Runs64(runs) => of_runs(runs, rows, into),
        }
    }
}

fn of_keys<K: ArrowDictionaryKeyType>(keys: &PrimitiveArray<K>, rows: Range<usize>, into: &mut Vec<Option<usize>>) {
    super::plain::each(keys, rows, |key| into.push(key.and_then(ArrowNativeType::to_usize)));
}

/// A slice of an array of runs has all runs, and begins within one of them.
fn of_runs<R: RunEndIndexType>(array: &RunArray<R>, rows: Range<usize>, into: &mut Vec<Option<usize>>) {
    let ends = array.run_ends();
    let mut run = ends.get_physical_index(rows.start);
    for row in rows {
        let is_over = |end: &R::Native| end.to_usize().is_some_and(|end| end <= row + ends.offset());
        while ends.values().get(run).is_some_and(is_over) {
            run += 1;
        }
        into.push(Some(run));
    }
}
