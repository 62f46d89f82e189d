//! The values of a column, read where they are.

use std::net::IpAddr;
use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    StringArray, StringViewArray,
};
use arrow_schema::DataType;

use crate::column::Column;
use crate::error::BatchError;

const TEXTS: &str = "texts (utf8, large_utf8, utf8_view, or a dictionary of them)";
const ADDRESSES: &str = "texts, or addresses in network byte order: fixed_size_binary(16), fixed_size_binary(4) or binary";

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Bytes(_) => None,
        }
    }

    /// The address that is written here. IPv4 is four bytes, or sixteen as `::ffff:a.b.c.d`.
    pub(crate) fn address(self) -> Option<IpAddr> {
        match self {
            Value::Text(text) => IpAddr::from_str(text).ok(),
            Value::Bytes(bytes) => {
                let v4 = || <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
                <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok().or_else(v4)
            }
        }
    }
}

/// An array of texts or bytes. A dictionary has its values apart, and keys into them.
enum Chunk<'a> {
    Null,
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    TextView(&'a StringViewArray),
    Fixed(&'a FixedSizeBinaryArray),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    BinaryView(&'a BinaryViewArray),
    Dictionary { keys: Box<dyn Fn(usize) -> Option<usize> + 'a>, values: Box<Chunk<'a>> },
}

impl<'a> Chunk<'a> {
    fn new(array: &'a ArrayRef) -> Option<Chunk<'a>> {
        Some(match array.data_type() {
            DataType::Null => Chunk::Null,
            DataType::Utf8 => Chunk::Text(array.as_string_opt()?),
            DataType::LargeUtf8 => Chunk::LargeText(array.as_string_opt()?),
            DataType::Utf8View => Chunk::TextView(array.as_string_view_opt()?),
            DataType::FixedSizeBinary(4 | 16) => Chunk::Fixed(array.as_fixed_size_binary_opt()?),
            DataType::Binary => Chunk::Binary(array.as_binary_opt()?),
            DataType::LargeBinary => Chunk::LargeBinary(array.as_binary_opt()?),
            DataType::BinaryView => Chunk::BinaryView(array.as_binary_view_opt()?),
            DataType::Dictionary(key, _) => match **key {
                DataType::Int8 => dictionary::<Int8Type>(array)?,
                DataType::Int16 => dictionary::<Int16Type>(array)?,
                DataType::Int32 => dictionary::<Int32Type>(array)?,
                DataType::Int64 => dictionary::<Int64Type>(array)?,
                DataType::UInt8 => dictionary::<UInt8Type>(array)?,
                DataType::UInt16 => dictionary::<UInt16Type>(array)?,
                DataType::UInt32 => dictionary::<UInt32Type>(array)?,
                DataType::UInt64 => dictionary::<UInt64Type>(array)?,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn has_text(&self) -> bool {
        match self {
            Chunk::Null | Chunk::Text(_) | Chunk::LargeText(_) | Chunk::TextView(_) => true,
            Chunk::Fixed(_) | Chunk::Binary(_) | Chunk::LargeBinary(_) | Chunk::BinaryView(_) => false,
            Chunk::Dictionary { values, .. } => values.has_text(),
        }
    }

    /// The value of a row that is there.
    fn get(&self, row: usize) -> Option<Value<'a>> {
        fn value<'a, A: Array>(array: &'a A, row: usize, value: impl FnOnce(&'a A, usize) -> Value<'a>) -> Option<Value<'a>> {
            (row < array.len() && array.is_valid(row)).then(|| value(array, row))
        }
        match self {
            Chunk::Null => None,
            Chunk::Text(array) => value(*array, row, |array, row| Value::Text(array.value(row))),
            Chunk::LargeText(array) => value(*array, row, |array, row| Value::Text(array.value(row))),
            Chunk::TextView(array) => value(*array, row, |array, row| Value::Text(array.value(row))),
            Chunk::Fixed(array) => value(*array, row, |array, row| Value::Bytes(array.value(row))),
            Chunk::Binary(array) => value(*array, row, |array, row| Value::Bytes(array.value(row))),
            Chunk::LargeBinary(array) => value(*array, row, |array, row| Value::Bytes(array.value(row))),
            Chunk::BinaryView(array) => value(*array, row, |array, row| Value::Bytes(array.value(row))),
            Chunk::Dictionary { keys, values } => values.get(keys(row)?),
        }
    }
}

fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> Option<Chunk<'_>> {
    let array: &DictionaryArray<K> = array.as_dictionary_opt()?;
    let values = Chunk::new(array.values())?;
    // A dictionary of dictionaries is in no format, and would make the reading recursive.
    if matches!(values, Chunk::Dictionary { .. }) {
        return None;
    }
    Some(Chunk::Dictionary { keys: Box::new(|row| array.key(row)), values: Box::new(values) })
}

/// The values of a column, from the first row on.
pub(crate) struct Values<'a> {
    same: Option<Value<'a>>,
    chunks: Vec<(Chunk<'a>, usize)>,
    chunk: usize,
    row: usize,
}

impl<'a> Values<'a> {
    pub(crate) fn texts(column: &'a Column, name: &'static str) -> Result<Values<'a>, BatchError> {
        Values::new(column, name, TEXTS, Chunk::has_text)
    }

    pub(crate) fn addresses(column: &'a Column, name: &'static str) -> Result<Values<'a>, BatchError> {
        Values::new(column, name, ADDRESSES, |_| true)
    }

    fn new(
        column: &'a Column,
        name: &'static str,
        expected: &'static str,
        is_right: fn(&Chunk<'a>) -> bool,
    ) -> Result<Values<'a>, BatchError> {
        let (same, arrays) = match column {
            Column::Same(value) => (value.as_deref().map(Value::Text), [].as_slice()),
            Column::Chunks(chunks) => (None, chunks.as_slice()),
        };
        let chunk = |array: &'a ArrayRef| {
            let wrong = || BatchError::Type { column: name, found: array.data_type().clone(), expected };
            Chunk::new(array).filter(is_right).map(|chunk| (chunk, array.len())).ok_or_else(wrong)
        };
        Ok(Values { same, chunks: arrays.iter().map(chunk).collect::<Result<_, _>>()?, chunk: 0, row: 0 })
    }

    /// The value of the next row.
    pub(crate) fn next(&mut self) -> Option<Value<'a>> {
        while let Some((chunk, rows)) = self.chunks.get(self.chunk) {
            if self.row < *rows {
                let value = chunk.get(self.row);
                self.row += 1;
                return value;
            }
            (self.chunk, self.row) = (self.chunk + 1, 0);
        }
        self.same
    }

    /// The text of the next row.
    pub(crate) fn next_text(&mut self) -> Option<&'a str> {
        self.next().and_then(Value::text)
    }
}
