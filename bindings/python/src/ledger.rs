//! The record of decisions.

use std::fs::File;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, PoisonError};

use bailiwick::ledger::{Key, Ledger, LedgerError, path_of_process};
use bailiwick::{Explanation, Quoted};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::decision::{PyDecision, PyExplanation, explain};
use crate::error::error;
use crate::live::PyLivePolicy;
use crate::policy::{PyPolicy, path_text};
use crate::question::{Address, At, HostRegion, Question};

/// An append-only record of decisions, in a file.
#[pyclass(name = "Ledger", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyLedger {
    /// `None` when it was closed. No Python code runs under the lock.
    ledger: Mutex<Option<Ledger<File>>>,
    path: String,
    torn: Option<String>,
    /// The process that opened it: after a fork two would write one file.
    process: u32,
}

impl PyLedger {
    fn with<T: Send>(&self, py: Python<'_>, act: impl FnOnce(&mut Ledger<File>) -> Result<T, String> + Send) -> PyResult<T> {
        if process::id() != self.process {
            return Err(error(format_args!(
                "{} was opened by another process: open a ledger in each process after the fork, with `%p` in its path",
                Quoted(&self.path)
            )));
        }
        let done = py.detach(|| {
            let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.as_mut().map_or_else(|| Err(format!("{} is closed: open it again", Quoted(&self.path))), act)
        });
        done.map_err(error)
    }

    fn append(&self, py: Python<'_>, explanation: &Explanation<'_>) -> PyResult<u64> {
        self.with(py, |ledger| ledger.record(explanation).map_err(|cause: LedgerError| cause.to_string()))
    }
}

#[pymethods]
impl PyLedger {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, key: &[u8]) -> PyResult<PyLedger> {
        let path = path_text(path_of_process(&path))?;
        let key = Key::new(key).map_err(error)?;
        let opened = py.detach(|| Ledger::open(&path, key)).map_err(error)?;
        let torn = opened.torn.map(|torn| torn.file.to_string_lossy().into_owned());
        Ok(PyLedger { ledger: Mutex::new(Some(opened.ledger)), path, torn, process: process::id() })
    }

    /// Records a decision: one that was made, an explanation, or a question to a policy. Returns the number of its line.
    #[expect(clippy::too_many_arguments, reason = "a question, and what it is asked of")]
    #[pyo3(signature = (of, meeting = None, address = None, host_region = None, account = None, at = None))]
    fn record(
        &self,
        py: Python<'_>,
        of: &Bound<'_, PyAny>,
        meeting: Option<Bound<'_, PyString>>,
        address: Option<Address>,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<u64> {
        let made = match (of.cast::<PyDecision>(), of.cast::<PyExplanation>()) {
            (Ok(decision), _) => Some((&decision.get().policy, &decision.get().question)),
            (_, Ok(explanation)) => Some((&explanation.get().policy, &explanation.get().question)),
            _ => None,
        };
        if let Some((policy, question)) = made {
            if meeting.is_some() || address.is_some() || account.is_some() || at.is_some() {
                return Err(PyTypeError::new_err("a decision that was made has its question: give no other arguments"));
            }
            return self.append(py, &explain(py, policy, question)?);
        }
        let policy = match (of.cast::<PyPolicy>(), of.cast::<PyLivePolicy>()) {
            (Ok(policy), _) => policy.get().policy.clone(),
            (_, Ok(live)) => live.get().load().policy.clone(),
            _ => return Err(PyTypeError::new_err("`record` takes a Decision, an Explanation, or a policy and a question")),
        };
        let (Some(meeting), Some(address)) = (meeting, address) else {
            return Err(PyTypeError::new_err("`record` of a policy needs the question, too: the meeting and the address"));
        };
        let question = Question::new(meeting, address, host_region, account, at)?;
        self.append(py, &explain(py, &policy, &question)?)
    }

    /// Records how many decisions were made and not recorded since the last such line. Returns the number of its line. 1 to 9 are
    /// refused, as they tell of few people: count on until there are ten. 0 says that none is missing.
    fn unrecorded(&self, py: Python<'_>, decisions: u64) -> PyResult<u64> {
        self.with(py, |ledger| ledger.unrecorded(decisions).map_err(|cause| cause.to_string()))
    }

    /// Writes padding up to the next multiple of 256 lines, so that `public_head` covers every line: at the end of a period, or before a
    /// rotation. Returns how many lines that were.
    fn pad(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |ledger| ledger.pad().map_err(|cause| cause.to_string()))
    }

    /// Makes sure that all lines are on the disk.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |ledger| ledger.sync().map_err(|cause| cause.to_string()))
    }

    /// Seals the file and goes on in a new one.
    fn rotate(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let path = path_of_process(&path);
        self.with(py, |ledger| ledger.rotate_to(&path).map_err(|cause| cause.to_string()))
    }

    /// The last line, as `SEQ:DIGEST`. It tells how many decisions there are: publish `public_head` instead.
    #[getter]
    fn head(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |ledger| Ok(ledger.head().to_string()))
    }

    /// The last line that can be published, if there is one yet.
    #[getter]
    fn public_head(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, |ledger| Ok(ledger.public_head().map(|head| head.to_string())))
    }

    /// The path of the file that a torn last line was set aside in, if there was one.
    #[getter]
    fn torn(&self) -> Option<&str> {
        self.torn.as_deref()
    }

    /// Closes the file. What is recorded after that is an error.
    fn close(&self, py: Python<'_>) {
        // A child of the process that opened it only lets go of its copy.
        let ledger = py.detach(|| self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(ledger);
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        format!("<bailiwick.Ledger {:?}>", self.path)
    }
}
