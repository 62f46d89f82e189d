//! Decisions about columns: Arrow arrays, or sequences of Python objects.

use std::sync::Arc;

use bailiwick::{DecisionKind, Policy};
use bailiwick_arrow::arrow_array::builder::FixedSizeBinaryBuilder;
use bailiwick_arrow::arrow_array::{ArrayRef, StringArray};
use bailiwick_arrow::{BatchError, Column, Decisions, Questions};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyCapsule, PyInt, PyString, PyTuple};
use pyo3::{IntoPyObjectExt, intern};
use pyo3_arrow::PyArray;
use pyo3_arrow::error::PyArrowError;
use pyo3_arrow::input::AnyArray;

use crate::error::error;
use crate::question::{Address, At, text_of, time};

/// The decisions about many participants, in the sequence of the rows. A sequence of kinds, and an Arrow array of them.
#[pyclass(name = "Decisions", module = "bailiwick", frozen, sequence)]
#[derive(Debug)]
pub(crate) struct PyDecisions {
    decisions: Decisions,
}

/// Decides about the rows of some columns: meetings, host regions and accounts as texts, and addresses.
pub(crate) fn decide_many(
    py: Python<'_>,
    policy: &Policy,
    [meetings, host_regions, accounts]: [Option<&Bound<'_, PyAny>>; 3],
    addresses: &Bound<'_, PyAny>,
    at: Option<At>,
) -> PyResult<PyDecisions> {
    let questions = Questions {
        meetings: texts(meetings, "meetings")?,
        addresses: self::addresses(addresses)?,
        host_regions: texts(host_regions, "host_regions")?,
        accounts: texts(accounts, "accounts")?,
    };
    let at = time(at);
    let decisions = py.detach(|| bailiwick_arrow::decide(policy, &questions, at));
    decisions.map(|decisions| PyDecisions { decisions }).map_err(|cause| match cause {
        BatchError::Type { .. } => PyTypeError::new_err(cause.to_string()),
        _ => error(cause),
    })
}

/// The arrays of an object that has Arrow's interface.
fn arrow(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<Column>> {
    let py = value.py();
    if !value.hasattr(intern!(py, "__arrow_c_array__"))? && !value.hasattr(intern!(py, "__arrow_c_stream__"))? {
        return Ok(None);
    }
    let chunks = value.extract::<AnyArray>().and_then(|array| Ok(array.into_chunked_array()?));
    let unusable = |cause: PyErr| PyTypeError::new_err(format!("`{name}` cannot be taken from Arrow: {}", cause.value(py)));
    chunks.map(|chunks| Some(Column::Chunks(chunks.into_inner().0))).map_err(unusable)
}

/// A column of texts: an Arrow array, one text for all rows, or a sequence of texts with `None` among them.
fn texts(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Column> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(Column::Same(None)) };
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Column::Same(Some(text_of(text, name)?.to_owned())));
    }
    if let Some(column) = arrow(value, name)? {
        return Ok(column);
    }
    let text = |item: PyResult<Bound<'_, PyAny>>| -> PyResult<Option<PyBackedStr>> {
        let item = item?;
        let Ok(text) = item.cast::<PyString>() else {
            return if is_missing(&item) { Ok(None) } else { Err(wrong_item(name, "str or None", &item)) };
        };
        // What is no text names nothing.
        Ok(PyBackedStr::try_from(text.clone()).ok())
    };
    let texts: Vec<Option<PyBackedStr>> = rows(value, name)?.map(text).collect::<PyResult<_>>()?;
    let array: StringArray = texts.iter().map(|text| text.as_deref()).collect();
    Ok(Column::Chunks(vec![Arc::new(array)]))
}

/// A column of addresses: an Arrow array, or a sequence of what [`Address`] is made from. What cannot be read is missing.
fn addresses(value: &Bound<'_, PyAny>) -> PyResult<Column> {
    let name = "addresses";
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("`addresses` is one address: give a sequence of them, or ask `decide`"));
    }
    if let Some(column) = arrow(value, name)? {
        return Ok(column);
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
    let wrong = || wrong_type(name, "an Arrow array, or a sequence", value);
    value.try_iter().map_err(|_| wrong())
}

/// Whether an item stands for no value: `None`, or the not-a-number that pandas has in columns of objects.
fn is_missing(item: &Bound<'_, PyAny>) -> bool {
    item.is_none() || item.extract::<f64>().is_ok_and(f64::is_nan)
}

fn wrong_type(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("`{name}` must be {expected}, not {found}"))
}

fn wrong_item(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    wrong_type(&format!("an item of {name}"), expected, found)
}

#[pymethods]
impl PyDecisions {
    fn __len__(&self) -> usize {
        self.decisions.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(slice) = index.cast::<pyo3::types::PySlice>() {
            return self.names().into_bound_py_any(py)?.get_item(slice);
        }
        let len = isize::try_from(self.decisions.len()).unwrap_or(isize::MAX);
        // A number that is too large for an index is no index of a row.
        let index: isize = if index.is_instance_of::<PyInt>() { index.extract().unwrap_or(isize::MAX) } else { index.extract()? };
        let row = if index < 0 { index.saturating_add(len) } else { index };
        let kind = usize::try_from(row).ok().and_then(|row| self.decisions.get(row));
        kind.map(DecisionKind::name).ok_or_else(|| PyIndexError::new_err("there is no such row"))?.into_bound_py_any(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        if let Ok(other) = other.cast::<PyDecisions>() {
            return Some(self.decisions == other.get().decisions);
        }
        let other: Vec<PyBackedStr> = other.extract().ok()?;
        Some(self.names().into_iter().eq(other.iter().map(|kind| &**kind)))
    }

    fn __repr__(&self) -> String {
        let number = |wanted| self.decisions.kinds().into_iter().filter(|&kind| kind == wanted).count();
        let kinds: Vec<String> = DecisionKind::ALL.map(|kind| format!("{} {kind}", number(kind))).into();
        format!("<bailiwick.Decisions: {}>", kinds.join(", "))
    }

    /// All decisions.
    fn to_list(&self) -> Vec<&'static str> {
        self.names()
    }

    /// The rows to be blocked, ascending.
    #[getter]
    fn blocked(&self) -> Vec<usize> {
        self.decisions.blocked().collect()
    }

    /// The rows about which nothing could be asked, ascending: they have no meeting, or an address that is missing or cannot be
    /// read. They are `allow`.
    #[getter]
    fn unasked(&self) -> Vec<usize> {
        self.decisions.unasked().collect()
    }

    /// The rows whose host account is under a domestic order, ascending.
    #[getter]
    fn domestic(&self) -> Vec<usize> {
        self.decisions.domestic().collect()
    }

    /// The number of rows with a host region that cannot be read, and so counts as unknown.
    #[getter]
    fn unread_regions(&self) -> usize {
        self.decisions.unread_regions()
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> Result<Bound<'py, PyTuple>, PyArrowError> {
        let array = PyArray::from_array_ref(Arc::new(self.decisions.to_arrow()));
        let field = array.field().clone();
        pyo3_arrow::ffi::to_array_pycapsules(py, field, array.array(), requested_schema)
    }
}

impl PyDecisions {
    fn names(&self) -> Vec<&'static str> {
        self.decisions.kinds().into_iter().map(DecisionKind::name).collect()
    }
}
