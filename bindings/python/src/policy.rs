//! The policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use bailiwick::{Policy, Status};
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString, PyTuple};

use crate::atlas::{PyAtlas, hash};
use crate::batch::{Columns, decide_many};
use crate::bundle::{self, Arguments};
use crate::change::PyChange;
use crate::decision::{PyDecision, PyExplanation};
use crate::docket::{Origin, Refused, requirements};
use crate::error::error;
use crate::question::{Address, At, HostRegion, Question};
use crate::sweep::{PySweep, sweep};

/// Orders on an atlas, compiled.
#[pyclass(name = "Policy", module = "bailiwick", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct PyPolicy {
    pub(crate) policy: Policy,
    pub(crate) atlas: PyAtlas,
    pub(crate) origin: Arc<Origin>,
    /// The text of its requirements.
    pub(crate) requirements: Option<Arc<str>>,
}

impl PyPolicy {
    fn compiled(py: Python<'_>, origin: Origin, atlas: PyAtlas, text: Option<String>) -> PyResult<PyPolicy> {
        let policy = py.detach(|| -> Result<Policy, Refused> {
            let requirements = requirements(text.as_deref())?;
            origin.compile(&origin.read()?, &atlas.atlas, &requirements)
        });
        let policy = policy.map_err(|refused| refused.into_err(py))?;
        Ok(PyPolicy { policy, atlas, origin: Arc::new(origin), requirements: text.map(Arc::from) })
    }
}

/// A path as text, for messages and for pickling.
pub(crate) fn path_text(path: PathBuf) -> PyResult<String> {
    let not_text = |path| error(format_args!("the path {path:?} is not UTF-8: give the file another name"));
    path.into_os_string().into_string().map_err(not_text)
}

#[pymethods]
impl PyPolicy {
    /// Reads and compiles an orders file, TOML or JSON.
    #[staticmethod]
    #[pyo3(signature = (path, atlas, requirements = None))]
    fn open(py: Python<'_>, path: PathBuf, atlas: &Bound<'_, PyAtlas>, requirements: Option<String>) -> PyResult<PyPolicy> {
        PyPolicy::compiled(py, Origin::File(path_text(path)?), atlas.get().clone(), requirements)
    }

    /// Compiles orders that are a text, TOML.
    #[staticmethod]
    #[pyo3(signature = (text, atlas, requirements = None))]
    fn from_toml(py: Python<'_>, text: String, atlas: &Bound<'_, PyAtlas>, requirements: Option<String>) -> PyResult<PyPolicy> {
        PyPolicy::compiled(py, Origin::Text(text), atlas.get().clone(), requirements)
    }

    /// Reads and checks the file of a bundle, and returns its policy: `Bundle.open(…).policy`.
    #[staticmethod]
    #[pyo3(signature = (path, *, origin, keys, threshold = None, minimum_version = 1, newer_than = None, digest = None, at = None, max_size = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    fn from_bundle(
        py: Python<'_>,
        path: PathBuf,
        origin: String,
        keys: &Bound<'_, PyAny>,
        threshold: Option<BTreeMap<String, usize>>,
        minimum_version: u64,
        newer_than: Option<u64>,
        digest: Option<&str>,
        at: Option<At>,
        max_size: Option<u64>,
    ) -> PyResult<PyPolicy> {
        let arguments = Arguments { origin, keys, threshold, minimum_version, newer_than, digest, at, max_size };
        Ok(arguments.open_file(py, path)?.policy())
    }

    /// Decides about one participant of one meeting.
    #[pyo3(signature = (meeting, address, host_region = None, account = None, at = None))]
    pub(crate) fn decide(
        &self,
        py: Python<'_>,
        meeting: Bound<'_, PyString>,
        address: Address,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PyDecision> {
        PyDecision::new(py, &self.policy, Question::new(meeting, address, host_region, account, at)?)
    }

    /// Gives the reasons for a decision.
    #[pyo3(signature = (meeting, address, host_region = None, account = None, at = None))]
    pub(crate) fn explain(
        &self,
        meeting: Bound<'_, PyString>,
        address: Address,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PyExplanation> {
        Ok(PyExplanation { policy: self.policy.clone(), question: Question::new(meeting, address, host_region, account, at)? })
    }

    /// Decides about many participants, each a row of the columns: the decisions alone, or in full.
    #[pyo3(signature = (meetings, addresses, host_regions = None, accounts = None, at = None, *, full = false))]
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    pub(crate) fn decide_many<'py>(
        &self,
        py: Python<'py>,
        meetings: &Bound<'py, PyAny>,
        addresses: &Bound<'py, PyAny>,
        host_regions: Option<&Bound<'py, PyAny>>,
        accounts: Option<&Bound<'py, PyAny>>,
        at: Option<&Bound<'py, PyAny>>,
        full: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        decide_many(py, &self.policy, &Columns { meetings, addresses, host_regions, accounts, at }, full)
    }

    /// Decides about everyone present in a meeting: who must be removed, and who stays.
    #[pyo3(signature = (meeting, host_region, participants, account = None, at = None))]
    pub(crate) fn sweep(
        &self,
        py: Python<'_>,
        meeting: Bound<'_, PyString>,
        host_region: HostRegion,
        participants: &Bound<'_, PyMapping>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PySweep> {
        sweep(py, &self.policy, &meeting, host_region, participants, account.as_ref(), at)
    }

    /// Compares another policy with this one. Nothing is put in force.
    fn change_to(&self, py: Python<'_>, other: &Bound<'_, PyPolicy>) -> PyChange {
        let other = other.get();
        py.detach(|| self.policy.change_to(&other.policy).into())
    }

    /// The location of an address: a region such as `CN` or `US-CA`, `contested` or `unknown`.
    fn locate(&self, address: Address) -> String {
        self.policy.locate(address.0).to_string()
    }

    /// The atlas.
    #[getter]
    fn atlas(&self) -> PyAtlas {
        self.atlas.clone()
    }

    /// The digest of the orders: equal for two files that say the same.
    #[getter]
    pub(crate) fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| self.policy.digest().to_string())
    }

    /// The meetings that orders with status `in-force` name, ascending.
    #[getter]
    fn meetings(&self) -> Vec<&str> {
        let in_force = self.policy.orders().filter(|order| order.status == Status::InForce);
        let names: BTreeSet<&str> = in_force.flat_map(|order| order.meetings.iter().map(String::as_str)).collect();
        names.into_iter().collect()
    }

    /// What is valid and may not be meant.
    #[getter]
    fn warnings(&self, py: Python<'_>) -> Vec<String> {
        let name = self.origin.name();
        py.detach(|| self.policy.warnings().iter().map(|warning| warning.render(name, false)).collect())
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> Option<bool> {
        let other = other.cast::<PyPolicy>().ok()?.get();
        let digests = |policy: &Policy| (policy.digest(), policy.atlas_digest());
        Some(py.detach(|| digests(&self.policy) == digests(&other.policy)))
    }

    fn __hash__(&self, py: Python<'_>) -> u64 {
        hash(&self.digest(py))
    }

    fn __repr__(&self) -> String {
        format!("<bailiwick.Policy of {:?}, orders={}>", self.origin.name(), self.policy.orders().count())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (path, text) = match &*self.origin {
            Origin::File(path) => (Some(path), None),
            Origin::Text(text) => (None, Some(text)),
            Origin::Bundle(bundle) => return bundle.reduced(py, Some(bundle::POLICY)),
        };
        let arguments = (path, text, self.atlas.clone(), self.requirements.as_deref(), self.digest(py)).into_pyobject(py)?;
        Ok((py.import("bailiwick._bailiwick")?.getattr("_open_policy")?, arguments))
    }
}

/// Opens a pickled policy again, unless its orders say something else now.
#[pyfunction]
pub(crate) fn _open_policy(
    py: Python<'_>,
    path: Option<String>,
    text: Option<String>,
    atlas: &Bound<'_, PyAtlas>,
    requirements: Option<String>,
    digest: String,
) -> PyResult<PyPolicy> {
    let origin = path.map_or_else(|| Origin::Text(text.unwrap_or_default()), Origin::File);
    let policy = PyPolicy::compiled(py, origin, atlas.get().clone(), requirements)?;
    let found = policy.digest(py);
    if found != digest {
        return Err(error(format_args!(
            "{} has changed since the policy was pickled: its digest is {found} and was {digest}; pickle it anew",
            bailiwick::Quoted(policy.origin.name())
        )));
    }
    Ok(policy)
}
