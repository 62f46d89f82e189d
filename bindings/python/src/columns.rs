//! The columns of a batch, from the types that Python programs have them in: Arrow arrays, or sequences of Python objects.

use std::sync::Arc;
use std::time::SystemTime;

use bailiwick::Quoted;
use bailiwick_arrow::arrow_array::builder::FixedSizeBinaryBuilder;
use bailiwick_arrow::arrow_array::{ArrayRef, StringArray};
use bailiwick_arrow::{Column, Times};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyString};
use pyo3_arrow::input::AnyArray;

use crate::error::error;
use crate::question::{Address, At, text_of};

/// The arrays of an object that has Arrow's interface.
fn arrow(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<Vec<ArrayRef>>> {
    let py = value.py();
    if !value.hasattr(intern!(py, "__arrow_c_array__"))? && !value.hasattr(intern!(py, "__arrow_c_stream__"))? {
        return Ok(None);
    }
    let chunks = value.extract::<AnyArray>().and_then(|array| Ok(array.into_chunked_array()?));
    let unusable = |cause: PyErr| PyTypeError::new_err(format!("`{name}` cannot be taken from Arrow: {}", cause.value(py)));
    chunks.map(|chunks| Some(chunks.into_inner().0)).map_err(unusable)
}

/// A column of texts, and the number of items that are a str and no text: a lone surrogate is no character. They name nothing.
pub(crate) struct Texts {
    pub(crate) column: Column,
    pub(crate) unread: usize,
}

/// Reads a column of texts: an Arrow array, one text for all rows, or a sequence of texts with `None` among them.
pub(crate) fn texts(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Texts> {
    let of = |column| Ok(Texts { column, unread: 0 });
    let Some(value) = value.filter(|value| !value.is_none()) else { return of(Column::Same(None)) };
    if let Ok(text) = value.cast::<PyString>() {
        return of(Column::Same(Some(text_of(text, name)?.to_owned())));
    }
    if let Some(chunks) = arrow(value, name)? {
        return of(Column::Chunks(chunks));
    }
    let mut unread = 0;
    let text = |item: PyResult<Bound<'_, PyAny>>| -> PyResult<Option<PyBackedStr>> {
        let item = item?;
        let Ok(text) = item.cast::<PyString>() else {
            return if is_missing(&item) { Ok(None) } else { Err(wrong_item(name, "str or None", &item)) };
        };
        let text = PyBackedStr::try_from(text.clone()).ok();
        unread += usize::from(text.is_none());
        Ok(text)
    };
    let texts: Vec<Option<PyBackedStr>> = rows(value, name)?.map(text).collect::<PyResult<_>>()?;
    let array: StringArray = texts.iter().map(|text| text.as_deref()).collect();
    Ok(Texts { column: Column::Chunks(vec![Arc::new(array)]), unread })
}

/// Reads the times: one for all rows and now when it is left out, an Arrow array, or a sequence of times with `None` among them.
pub(crate) fn times(value: Option<&Bound<'_, PyAny>>) -> PyResult<Times> {
    let name = "at";
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(Times::Same(SystemTime::now())) };
    if let Some(chunks) = arrow(value, name)? {
        return Ok(Times::Chunks(chunks));
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() || value.try_iter().is_err() {
        return value.extract().map(|At(at)| Times::Same(at));
    }
    let time = |item: PyResult<Bound<'_, PyAny>>| -> PyResult<Option<SystemTime>> {
        let item = item?;
        if is_missing(&item) { Ok(None) } else { item.extract().map(|At(at)| Some(at)) }
    };
    rows(value, name)?.map(time).collect::<PyResult<_>>().map(Times::Each)
}

/// Reads a column of addresses: an Arrow array, or a sequence of what [`Address`] is made from. What cannot be read is missing.
pub(crate) fn addresses(value: &Bound<'_, PyAny>) -> PyResult<Column> {
    let name = "addresses";
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("`addresses` is one address: give a sequence of them, or ask `decide`"));
    }
    if let Some(chunks) = arrow(value, name)? {
        return Ok(Column::Chunks(chunks));
    }
    let mut builder = FixedSizeBinaryBuilder::new(16);
    for item in rows(value, name)? {
        let item = item?;
        match item.extract::<Address>() {
            Ok(Address(address)) => {
                let octets = match address {
                    std::net::IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                    std::net::IpAddr::V6(address) => address.octets(),
                };
                builder.append_value(octets).map_err(error)?;
            }
            Err(cause) if cause.is_instance_of::<PyTypeError>(item.py()) && !is_missing(&item) => {
                return Err(wrong_item(name, "str, bytes, an object of `ipaddress` or None", &item));
            }
            Err(_) => builder.append_null(),
        }
    }
    let array: ArrayRef = Arc::new(builder.finish());
    Ok(Column::Chunks(vec![array]))
}

/// The items of a sequence.
fn rows<'py>(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, pyo3::types::PyIterator>> {
    let wrong = || wrong_type(&format!("`{name}`"), "an Arrow array, or a sequence", value);
    value.try_iter().map_err(|_| wrong())
}

/// Whether an item stands for no value: `None`, or what pandas has in its place (not-a-number, not-a-time), which does not equal
/// itself.
fn is_missing(item: &Bound<'_, PyAny>) -> bool {
    item.is_none() || item.ne(item).unwrap_or(false)
}

fn wrong_type(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{name} must be {expected}, not {}", Quoted(&found)))
}

fn wrong_item(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    wrong_type(&format!("an item of `{name}`"), expected, found)
}
