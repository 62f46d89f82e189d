//! Texts.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;

use super::plain::{self, Plain};

/// An array of texts.
pub(crate) enum Texts<'a> {
    /// So many nulls.
    Null,
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> Plain<'a> for Texts<'a> {
    type Value = &'a str;

    const EXPECTED: &'static str = "texts (utf8, large_utf8, utf8_view; or a dictionary or runs of them)";

    fn new(array: &'a dyn Array) -> Option<Texts<'a>> {
        Some(match array.data_type() {
            DataType::Null => Texts::Null,
            DataType::Utf8 => Texts::Text(array.as_string_opt()?),
            DataType::LargeUtf8 => Texts::LargeText(array.as_string_opt()?),
            DataType::Utf8View => Texts::View(array.as_string_view_opt()?),
            _ => return None,
        })
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        match *self {
            Texts::Null => None,
            Texts::Text(array) => plain::get(array, row),
            Texts::LargeText(array) => plain::get(array, row),
            Texts::View(array) => plain::get(array, row),
        }
    }

    fn each(&self, rows: Range<usize>, mut each: impl FnMut(Option<&'a str>)) {
        match *self {
            Texts::Null => rows.for_each(|_| each(None)),
            Texts::Text(array) => plain::each(array, rows, each),
            Texts::LargeText(array) => plain::each(array, rows, each),
            Texts::View(array) => plain::each(array, rows, each),
        }
    }
}
