//! The policy in force, replaced while it is asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bailiwick::Policy;
use bailiwick::change::Change;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use crate::atlas::PyAtlas;
use crate::change::PyChange;
use crate::decision::{PyDecision, PyExplanation};
use crate::docket::{Origin, Refused, requirements};
use crate::error::widening;
use crate::policy::{PyPolicy, path_text};
use crate::question::{Address, At, HostRegion};
use crate::sweep::PySweep;

/// The policy in force, for the threads of a program to share.
#[pyclass(name = "LivePolicy", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyLivePolicy {
    in_force: RwLock<Arc<PyPolicy>>,
    /// Held by whoever makes the next policy, so that none is lost. Never waited for while holding the interpreter.
    replacing: Mutex<()>,
}

/// The reason for which the policy in force stays.
enum Stays {
    Refused(Refused),
    Widens { text: String, change: Change },
}

impl From<Refused> for Stays {
    fn from(refused: Refused) -> Stays {
        Stays::Refused(refused)
    }
}

impl PyLivePolicy {
    /// The policy of this moment. A poisoned lock is taken: nothing is left half done.
    pub(crate) fn load(&self) -> Arc<PyPolicy> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the next policy from the one in force and puts it in force. Returns what changed.
    fn update(&self, py: Python<'_>, next: impl FnOnce(&PyPolicy) -> Result<PyPolicy, Stays> + Send) -> PyResult<PyChange> {
        let change = py.detach(|| {
            let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
            let before = self.load();
            let next = next(&before)?;
            let change = before.policy.change_to(&next.policy);
            *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
            Ok(change)
        });
        change.map(PyChange::from).map_err(|stays| match stays {
            Stays::Refused(refused) => refused.into_err(py),
            Stays::Widens { text, change } => widening(py, text, change.into()),
        })
    }
}

/// Refuses a change that widens, unless the file beside the orders acknowledges it.
fn unless_wider(origin: &Origin, change: Change) -> Result<(), Stays> {
    change.unless_wider(origin.file()).map_err(|error| Stays::Widens { text: format!("{error}\n{change}"), change })
}

/// Refuses a policy whose orders may be half of a file, as the library does for a docket.
fn whole(before: &Policy, next: &PyPolicy) -> Result<(), Refused> {
    let reason = match (before.is_ended(), next.policy.is_ended(), next.policy.orders().next()) {
        (_, true, _) => return Ok(()),
        (true, false, _) => "there is no end mark, and the orders in force have one: the file may be cut off",
        (_, false, None) => "there are no orders: the file may be cut off",
        _ => return Ok(()),
    };
    Err(Refused::Wrong(format!("{}: {reason}; end it with `[end]` and `orders = N`, the number of orders", next.origin.name())))
}

#[pymethods]
impl PyLivePolicy {
    #[new]
    fn new(policy: &Bound<'_, PyPolicy>) -> PyLivePolicy {
        PyLivePolicy { in_force: RwLock::new(Arc::new(policy.get().clone())), replacing: Mutex::new(()) }
    }

    /// The policy of this moment.
    #[getter]
    fn policy(&self) -> PyPolicy {
        PyPolicy::clone(&self.load())
    }

    /// Reads an orders file anew and puts it in force. Returns what changed.
    #[pyo3(signature = (path, unless_wider = true, atlas = None))]
    fn reload(&self, py: Python<'_>, path: PathBuf, unless_wider: bool, atlas: Option<&Bound<'_, PyAtlas>>) -> PyResult<PyChange> {
        let origin = Origin::File(path_text(path)?);
        let atlas = atlas.map(|atlas| atlas.get().clone());
        self.update(py, move |before| {
            let docket = origin.read()?;
            // On the atlas in force, whichever comes next: what the orders change is told apart from what the places do.
            let orders = before.policy.recompile(&docket).map_err(|cause| origin.refuse(&cause))?;
            if unless_wider {
                self::unless_wider(&origin, before.policy.change_to(&orders))?;
            }
            let (policy, atlas) = match atlas {
                None => (orders, before.atlas.clone()),
                Some(atlas) => {
                    let requirements = requirements(before.requirements.as_deref())?;
                    (origin.compile(&docket, &atlas.atlas, &requirements)?, atlas)
                }
            };
            Ok(PyPolicy { policy, atlas, origin: Arc::new(origin), requirements: before.requirements.clone() })
        })
    }

    /// Puts a policy in force. Returns what changed.
    #[pyo3(signature = (policy, unless_wider = true))]
    fn replace(&self, py: Python<'_>, policy: &Bound<'_, PyPolicy>, unless_wider: bool) -> PyResult<PyChange> {
        let next = policy.get().clone();
        self.update(py, move |before| {
            whole(&before.policy, &next)?;
            if unless_wider {
                let change = before.policy.docket_change_to(&next.policy).map_err(|cause| next.origin.refuse(&cause))?;
                self::unless_wider(&next.origin, change)?;
            }
            Ok(next)
        })
    }

    /// As `Policy.decide`, by the policy of this moment.
    #[pyo3(signature = (meeting, address, host_region = None, account = None, at = None))]
    fn decide(
        &self,
        py: Python<'_>,
        meeting: Bound<'_, PyString>,
        address: Address,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PyDecision> {
        self.load().decide(py, meeting, address, host_region, account, at)
    }

    /// As `Policy.explain`, by the policy of this moment.
    #[pyo3(signature = (meeting, address, host_region = None, account = None, at = None))]
    fn explain(
        &self,
        meeting: Bound<'_, PyString>,
        address: Address,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PyExplanation> {
        self.load().explain(meeting, address, host_region, account, at)
    }

    /// As `Policy.decide_many`, by the policy of this moment.
    #[pyo3(signature = (meetings, addresses, host_regions = None, accounts = None, at = None, *, full = false))]
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    fn decide_many<'py>(
        &self,
        py: Python<'py>,
        meetings: &Bound<'py, PyAny>,
        addresses: &Bound<'py, PyAny>,
        host_regions: Option<&Bound<'py, PyAny>>,
        accounts: Option<&Bound<'py, PyAny>>,
        at: Option<&Bound<'py, PyAny>>,
        full: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.load().decide_many(py, meetings, addresses, host_regions, accounts, at, full)
    }

    /// As `Policy.sweep`, by the policy of this moment.
    #[pyo3(signature = (meeting, host_region, participants, account = None, at = None))]
    fn sweep(
        &self,
        py: Python<'_>,
        meeting: Bound<'_, PyString>,
        host_region: HostRegion,
        participants: &Bound<'_, PyMapping>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<PySweep> {
        self.load().sweep(py, meeting, host_region, participants, account, at)
    }

    fn __repr__(&self) -> String {
        format!("<bailiwick.LivePolicy of {:?}>", self.load().origin.name())
    }
}
