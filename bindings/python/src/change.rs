//! What a new policy changes.

use std::sync::Arc;

use bailiwick::change::{Acknowledgement, Change};
use pyo3::prelude::*;

use crate::decision::loads;

/// The difference that a new policy makes in the place of an old one.
#[pyclass(name = "Change", module = "bailiwick", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct PyChange(pub(crate) Arc<Change>);

impl From<Change> for PyChange {
    fn from(change: Change) -> PyChange {
        PyChange(Arc::new(change))
    }
}

#[pymethods]
impl PyChange {
    /// Whether both policies decide alike.
    #[getter]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the new policy blocks somebody whom the old one admits.
    #[getter]
    fn widens(&self) -> bool {
        self.0.widens()
    }

    /// Whether the new policy admits somebody whom the old one blocks.
    #[getter]
    fn releases(&self) -> bool {
        self.0.releases()
    }

    /// The text to write to `ORDERS.acknowledged`, by which a reload takes this change although it widens.
    fn acknowledgement(&self, py: Python<'_>) -> String {
        py.detach(|| Acknowledgement::of(&self.0).to_string())
    }

    /// The change as data, with the members that `bailiwick diff --json` writes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &*self.0)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        let text = self.__str__();
        format!("<bailiwick.Change: {}>", text.lines().next().unwrap_or_default())
    }
}
