//! A meeting under way.

use bailiwick::{Meeting, Policy};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

use crate::decision::PyDecision;
use crate::question::{Address, At, HostRegion, Question, text_of, time};

/// Everyone present in a meeting, decided about at one instant.
#[pyclass(name = "Sweep", module = "bailiwick", frozen, generic)]
#[derive(Debug)]
pub(crate) struct PySweep {
    to_remove: Py<PyDict>,
    staying: Py<PyList>,
    unasked: Py<PyList>,
    text: String,
}

pub(crate) fn sweep(
    py: Python<'_>,
    policy: &Policy,
    meeting: &Bound<'_, PyString>,
    host_region: HostRegion,
    participants: &Bound<'_, PyMapping>,
    account: Option<&Bound<'_, PyString>>,
    at: Option<At>,
) -> PyResult<PySweep> {
    let at = time(at);
    let (mut present, staying, unasked) = (Vec::new(), PyList::empty(py), PyList::empty(py));
    for item in participants.items()? {
        let (key, address): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        match address.extract::<Address>() {
            Ok(address) => present.push((key, address)),
            // A wrong type is a mistake of the program; an address that cannot be read is one participant's.
            Err(error) if error.is_instance_of::<PyTypeError>(py) && !address.is_none() => return Err(error),
            Err(_) => {
                staying.append(&key)?;
                unasked.append(key)?;
            }
        }
    }
    let named = Meeting::new(text_of(meeting, "meeting")?);
    let named = match account {
        Some(account) => named.hosted_by(text_of(account, "account")?),
        None => named,
    };
    let addresses = present.iter().map(|&(ref key, Address(address))| ((key, address), address));
    let sweep = policy.sweep_at(named, host_region.0, addresses, at);
    let to_remove = PyDict::new(py);
    for &((key, address), _) in sweep.to_remove() {
        let question = Question::new(meeting.clone(), Address(address), Some(host_region), account.cloned(), Some(At(at)))?;
        to_remove.set_item(key, PyDecision::new(py, policy, question)?)?;
    }
    sweep.staying().iter().try_for_each(|(key, _)| staying.append(key))?;
    Ok(PySweep { to_remove: to_remove.unbind(), staying: staying.unbind(), unasked: unasked.unbind(), text: sweep.to_string() })
}

#[pymethods]
impl PySweep {
    /// The keys of those who must be removed.
    #[getter]
    fn to_remove<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.to_remove.bind(py).keys()
    }

    /// The keys of those who stay.
    #[getter]
    fn staying<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        copy(self.staying.bind(py))
    }

    /// The keys of those whose address cannot be read. They stay.
    #[getter]
    fn unasked<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        copy(self.unasked.bind(py))
    }

    /// The decision about each of those who must be removed, by key.
    #[getter]
    fn decisions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.to_remove.bind(py).copy()
    }

    /// The numbers of people by location, with small groups suppressed.
    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (to_remove, staying) = (self.to_remove.bind(py).len(), self.staying.bind(py).len());
        format!("<bailiwick.Sweep: {to_remove} to remove, {staying} staying>")
    }
}

fn copy<'py>(list: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyList>> {
    let items = PyTuple::new(list.py(), list.iter())?;
    PyList::new(list.py(), items.iter())
}
