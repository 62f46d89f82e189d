//! Decisions about columns, and as columns.

use std::sync::Arc;

use bailiwick::{DecisionKind, Policy};
use bailiwick_arrow::arrow_array::cast::AsArray;
use bailiwick_arrow::arrow_array::types::Int32Type;
use bailiwick_arrow::arrow_array::{ArrayRef, DictionaryArray};
use bailiwick_arrow::{Batch, BatchError, Decisions, Questions};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyCapsule, PyInt, PyString, PyTuple};
use pyo3_arrow::PyArray;
use pyo3_arrow::error::PyArrowError;

use crate::columns::{addresses, texts, times};
use crate::error::error;

/// The decisions about many participants, in the sequence of the rows. A sequence of kinds, and an Arrow array of them.
#[pyclass(name = "Decisions", module = "bailiwick", frozen, sequence)]
#[derive(Debug)]
pub(crate) struct PyDecisions {
    decisions: Decisions,
    unread: Unread,
}

/// The decisions with the orders, the locations and the reasons: an Arrow array of all columns.
#[pyclass(name = "Batch", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyBatch {
    batch: Batch,
    unread: Unread,
}

/// The numbers of values that are a str and no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unread {
    host_regions: usize,
    accounts: usize,
}

/// The columns of a question about many, as they were given.
pub(crate) struct Columns<'a, 'py> {
    pub(crate) meetings: &'a Bound<'py, PyAny>,
    pub(crate) addresses: &'a Bound<'py, PyAny>,
    pub(crate) host_regions: Option<&'a Bound<'py, PyAny>>,
    pub(crate) accounts: Option<&'a Bound<'py, PyAny>>,
    pub(crate) at: Option<&'a Bound<'py, PyAny>>,
}

/// Decides about the rows of some columns: the decisions alone, or in full.
pub(crate) fn decide_many<'py>(
    py: Python<'py>,
    policy: &Policy,
    columns: &Columns<'_, 'py>,
    full: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let (host_regions, accounts) = (texts(columns.host_regions, "host_regions")?, texts(columns.accounts, "accounts")?);
    let unread = Unread { host_regions: host_regions.unread, accounts: accounts.unread };
    let questions = Questions {
        meetings: texts(Some(columns.meetings), "meetings")?.column,
        addresses: addresses(columns.addresses)?,
        host_regions: host_regions.column,
        accounts: accounts.column,
        at: times(columns.at)?,
    };
    let unusable = |cause: BatchError| match cause {
        BatchError::Type { .. } => PyTypeError::new_err(cause.to_string()),
        _ => error(cause),
    };
    if full {
        let batch = py.detach(|| bailiwick_arrow::decide_batch(policy, &questions)).map_err(unusable)?;
        PyBatch { batch, unread }.into_bound_py_any(py)
    } else {
        let decisions = py.detach(|| bailiwick_arrow::decide(policy, &questions)).map_err(unusable)?;
        PyDecisions { decisions, unread }.into_bound_py_any(py)
    }
}

/// An array for programs that take Arrow's C data interface. A type that they ask for is made where it can be.
fn capsules<'py>(
    py: Python<'py>,
    array: ArrayRef,
    requested_schema: Option<Bound<'py, PyCapsule>>,
) -> Result<Bound<'py, PyTuple>, PyArrowError> {
    let array = PyArray::from_array_ref(array);
    let field = array.field().clone();
    pyo3_arrow::ffi::to_array_pycapsules(py, field, array.array(), requested_schema)
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
            return Some(self.decisions == other.get().decisions && self.unread == other.get().unread);
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

    /// The rows about which nothing could be asked, ascending: they have no meeting, no time, or an address that is missing
    /// or cannot be read. They are `allow`.
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
        self.decisions.unread_regions() + self.unread.host_regions
    }

    /// The number of rows with an account that is no text, and so names none. There is none in Arrow's columns of texts.
    #[getter]
    fn unread_accounts(&self) -> usize {
        self.unread.accounts
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> Result<Bound<'py, PyTuple>, PyArrowError> {
        capsules(py, Arc::new(self.decisions.to_arrow()), requested_schema)
    }
}

impl PyDecisions {
    fn names(&self) -> Vec<&'static str> {
        self.decisions.kinds().into_iter().map(DecisionKind::name).collect()
    }
}

/// The text of each row. Rows of one text share it.
fn names<'py>(py: Python<'py>, array: &DictionaryArray<Int32Type>) -> Vec<Option<Bound<'py, PyString>>> {
    let texts = array.values().as_string_opt::<i32>();
    let texts: Vec<_> = texts.into_iter().flatten().map(|text| PyString::new(py, text.unwrap_or_default())).collect();
    let text = |key: Option<i32>| texts.get(usize::try_from(key?).ok()?).cloned();
    array.keys().iter().map(text).collect()
}

#[pymethods]
impl PyBatch {
    fn __len__(&self) -> usize {
        self.batch.decisions().len()
    }

    /// The decisions, as `decide_many` gives them when they are all that is asked for.
    #[getter]
    fn decisions(&self) -> PyDecisions {
        PyDecisions { decisions: self.batch.decisions().clone(), unread: self.unread }
    }

    /// The ids of the orders of each row, ascending: those that reach the participant, or that name the meeting and do not.
    #[getter]
    fn orders(&self) -> Vec<Vec<String>> {
        let ids = |ids: ArrayRef| Some(ids.as_string_opt::<i32>()?.iter().flatten().map(str::to_owned).collect());
        self.batch.orders().iter().map(|row| row.and_then(ids).unwrap_or_default()).collect()
    }

    /// The location of each address: a region, `contested` or `unknown`. `None` where nothing could be asked.
    #[getter]
    fn regions<'py>(&self, py: Python<'py>) -> Vec<Option<Bound<'py, PyString>>> {
        names(py, self.batch.regions())
    }

    /// The reason of the order that came nearest to reaching each participant: `no-order` where none names the meeting or the
    /// account. `None` where nothing could be asked.
    #[getter]
    fn whys<'py>(&self, py: Python<'py>) -> Vec<Option<Bound<'py, PyString>>> {
        names(py, self.batch.whys())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        let other = other.cast::<PyBatch>().ok()?.get();
        Some(self.batch == other.batch && self.unread == other.unread)
    }

    fn __repr__(&self) -> String {
        self.decisions().__repr__().replace("Decisions", "Batch")
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> Result<Bound<'py, PyTuple>, PyArrowError> {
        capsules(py, Arc::new(self.batch.to_struct()), requested_schema)
    }
}
