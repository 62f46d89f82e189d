//! The decision about one participant.

use bailiwick::{Decision, DecisionKind, HostAccount, Policy};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::atlas::hash;
use crate::error::error;
use crate::question::Question;

/// The decision about one participant of one meeting.
#[pyclass(name = "Decision", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyDecision {
    pub(crate) policy: Policy,
    pub(crate) question: Question,
    kind: DecisionKind,
}

impl PyDecision {
    pub(crate) fn new(py: Python<'_>, policy: &Policy, question: Question) -> PyResult<PyDecision> {
        let kind = decide(py, policy, &question)?.kind();
        Ok(PyDecision { policy: policy.clone(), question, kind })
    }

    /// The decision as the library has it. It borrows from its policy, so it is made again rather than kept.
    fn decision(&self, py: Python<'_>) -> PyResult<Decision<'_>> {
        decide(py, &self.policy, &self.question)
    }
}

fn decide<'p>(py: Python<'_>, policy: &'p Policy, question: &Question) -> PyResult<Decision<'p>> {
    Ok(policy.decide_at(question.meeting(py)?, question.address, question.host_region, question.at))
}

/// The ids of the orders that a decision names.
fn ids<'p>(decision: Decision<'p>) -> Vec<&'p str> {
    match decision {
        Decision::Allow => Vec::new(),
        Decision::BlockParticipant(block) => block.orders().map(|order| order.id.as_str()).collect(),
        Decision::KeepMeeting(keep) => keep.orders().map(|order| order.id.as_str()).collect(),
    }
}

#[pymethods]
impl PyDecision {
    /// `"allow"`, `"block-participant"` or `"keep-meeting"`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind.name()
    }

    /// Whether the participant may join.
    #[getter]
    fn admits(&self) -> bool {
        self.kind.admits()
    }

    /// The ids of the orders that reach the participant, or that name the meeting and do not, ascending.
    #[getter]
    fn orders(&self, py: Python<'_>) -> PyResult<Vec<&str>> {
        Ok(ids(self.decision(py)?))
    }

    /// `"unaffected"` or `"under-domestic-order"`. Nothing is done to the account in any case.
    #[getter]
    fn host_account(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(match self.decision(py)?.host_account() {
            HostAccount::Unaffected => "unaffected",
            HostAccount::UnderDomesticOrder(_) => "under-domestic-order",
        })
    }

    /// The id of the order of the host's own jurisdiction, if there is one.
    #[getter]
    fn domestic_order(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        Ok(self.decision(py)?.host_account().order().map(|order| order.id.as_str()))
    }

    /// The notice to a blocked person, in the best of the available languages. `None` when the participant may join.
    #[pyo3(signature = (languages = "en"))]
    fn notice(&self, py: Python<'_>, languages: &str) -> PyResult<Option<String>> {
        Ok(match self.decision(py)? {
            Decision::BlockParticipant(block) => Some(block.notice(languages).to_string()),
            Decision::Allow | Decision::KeepMeeting(_) => None,
        })
    }

    /// The answer to an HTTP request of a blocked person: status, header fields and body. `None` when the participant may join.
    #[pyo3(signature = (languages = "en", blocked_by = ""))]
    fn http_refusal<'py>(&self, py: Python<'py>, languages: &str, blocked_by: &str) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Decision::BlockParticipant(block) = self.decision(py)? else { return Ok(None) };
        let refusal = block.notice(languages).http(blocked_by);
        let body = refusal.body();
        (refusal.status, refusal.headers, body).into_pyobject(py).map(Some)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Option<bool>> {
        let Ok(other) = other.cast::<PyDecision>() else { return Ok(None) };
        Ok(Some(self.decision(py)? == other.get().decision(py)?))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(hash(&self.__repr__(py)?))
    }

    fn __str__(&self) -> &'static str {
        self.kind.name()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let decision = self.decision(py)?;
        let domestic = decision.host_account().order().map(|order| format!(", domestic_order={:?}", order.id)).unwrap_or_default();
        Ok(format!("<bailiwick.Decision {}, orders={:?}{domestic}>", self.kind, ids(decision)))
    }
}

/// The reasons for a decision.
#[pyclass(name = "Explanation", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyExplanation {
    pub(crate) policy: Policy,
    pub(crate) question: Question,
}

impl PyExplanation {
    fn explanation<'p>(&'p self, py: Python<'_>) -> PyResult<bailiwick::Explanation<'p>> {
        explain(py, &self.policy, &self.question)
    }
}

pub(crate) fn explain<'p>(py: Python<'_>, policy: &'p Policy, question: &Question) -> PyResult<bailiwick::Explanation<'p>> {
    Ok(policy.explain(question.meeting(py)?, question.address, question.host_region, question.at))
}

#[pymethods]
impl PyExplanation {
    /// The explanation as data, with the members that `bailiwick explain --json` writes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.explanation(py)?)
    }

    /// The decision that is explained.
    #[getter]
    fn decision(&self, py: Python<'_>) -> PyResult<PyDecision> {
        PyDecision::new(py, &self.policy, self.question.clone_ref(py))
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.explanation(py)?.to_string())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let explanation = self.explanation(py)?;
        Ok(format!("<bailiwick.Explanation of {}>", explanation.decision().kind()))
    }
}

/// Data of the library as dicts and lists.
pub(crate) fn loads<'py>(py: Python<'py>, value: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(error)?;
    py.import("json")?.call_method1("loads", (text,))
}
