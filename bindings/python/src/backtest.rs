//! A backtest: joins of the past under two policies.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bailiwick::backtest::{Backtest, Join, Partial, Summary};
use bailiwick::disclosure::Threshold;
use bailiwick::{Meeting, Region};
use bailiwick_arrow::{BatchError, Questions, add_to_backtest};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::columns::{addresses, texts, times};
use crate::error::error;
use crate::policy::PyPolicy;
use crate::question::{Address, At, HostRegion, text_of};

/// The counts of joins under a policy in force and a proposed one.
#[pyclass(name = "Backtest", module = "bailiwick", frozen)]
#[derive(Debug)]
pub(crate) struct PyBacktest {
    /// None of a part that was read from bytes, to which no join can be added.
    policies: Option<(PyPolicy, PyPolicy)>,
    counts: Mutex<Partial>,
}

/// Takes what can be read, and lets a mistake of the program be one: a wrong type.
fn readable<T>(py: Python<'_>, value: PyResult<T>) -> PyResult<Option<T>> {
    match value {
        Ok(value) => Ok(Some(value)),
        Err(cause) if cause.is_instance_of::<PyTypeError>(py) => Err(cause),
        Err(_) => Ok(None),
    }
}

impl PyBacktest {
    fn counts(&self) -> MutexGuard<'_, Partial> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policies(&self) -> PyResult<(&PyPolicy, &PyPolicy)> {
        let none = "a backtest that was read from bytes has no policies: make one with them, and merge this one into it";
        self.policies.as_ref().map(|(in_force, proposed)| (in_force, proposed)).ok_or_else(|| error(none))
    }

    fn summary(&self, threshold: u64) -> PyResult<Summary> {
        let least = Threshold::default().get();
        if threshold < least {
            return Err(error(format_args!("the threshold is {threshold}: give {least} or more")));
        }
        Ok(self.counts().summary(Threshold::at_least(threshold)))
    }
}

#[pymethods]
impl PyBacktest {
    #[new]
    fn new(in_force: &Bound<'_, PyPolicy>, proposed: &Bound<'_, PyPolicy>) -> PyBacktest {
        let (in_force, proposed) = (in_force.get().clone(), proposed.get().clone());
        let counts = Mutex::new(Partial::empty(&in_force.policy, &proposed.policy));
        PyBacktest { policies: Some((in_force, proposed)), counts }
    }

    /// Decides a join under both policies and counts it. One without a meeting, an address or a time, or with a value that cannot be
    /// read, counts as not read.
    #[pyo3(signature = (meeting, address, host_region, account, at))]
    fn add(
        &self,
        py: Python<'_>,
        meeting: Option<&Bound<'_, PyString>>,
        address: &Bound<'_, PyAny>,
        host_region: &Bound<'_, PyAny>,
        account: Option<&Bound<'_, PyString>>,
        at: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (in_force, proposed) = self.policies()?;
        let present = |value: &Bound<'_, PyAny>| !value.is_none();
        let address = if present(address) { readable(py, address.extract::<Address>())? } else { None };
        let at = if present(at) { readable(py, at.extract::<At>())? } else { None };
        // It decides nothing about the participant. So a row is not left out for it.
        let host_region = readable(py, host_region.extract::<HostRegion>())?.map_or(Region::UNKNOWN, |HostRegion(region)| region);
        let meeting = meeting.map(|meeting| readable(py, text_of(meeting, "meeting"))).transpose()?.flatten();
        let account = account.map(|account| readable(py, text_of(account, "account"))).transpose()?;
        let mut one = Backtest::new(&in_force.policy, &proposed.policy);
        match (meeting.filter(|meeting| !meeting.is_empty()), address, at, account) {
            (Some(meeting), Some(Address(address)), Some(At(at)), None | Some(Some(_))) => {
                let meeting = account.flatten().map_or(Meeting::new(meeting), |account| Meeting::new(meeting).hosted_by(account));
                one.add(&Join::new(meeting, address, at).hosted_in(host_region));
            }
            _ => one.add_not_read(1),
        }
        self.counts().merge(&one.finish().map_err(error)?).map_err(error)
    }

    /// Decides the joins of columns under both policies and counts them: Arrow arrays, sequences, or one text for all rows.
    #[pyo3(signature = (meetings, addresses, at, host_regions = None, accounts = None))]
    fn add_batch(
        &self,
        py: Python<'_>,
        meetings: &Bound<'_, PyAny>,
        addresses: &Bound<'_, PyAny>,
        at: &Bound<'_, PyAny>,
        host_regions: Option<&Bound<'_, PyAny>>,
        accounts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (in_force, proposed) = self.policies()?;
        if at.is_none() {
            return Err(error("`at` is None: give the times of the joins, an Arrow array or a sequence"));
        }
        let questions = Questions {
            meetings: texts(Some(meetings), "meetings")?.column,
            addresses: self::addresses(addresses)?,
            host_regions: texts(host_regions, "host_regions")?.column,
            accounts: texts(accounts, "accounts")?.column,
            at: times(Some(at))?,
        };
        let mut batch = Backtest::new(&in_force.policy, &proposed.policy);
        py.detach(|| add_to_backtest(&mut batch, &questions)).map_err(|cause| match cause {
            BatchError::Type { .. } => PyTypeError::new_err(cause.to_string()),
            _ => error(cause),
        })?;
        self.counts().merge(&batch.finish().map_err(error)?).map_err(error)
    }

    /// Adds the counts of another part, made with the same policies.
    fn merge(&self, py: Python<'_>, other: &Bound<'_, PyBacktest>) -> PyResult<()> {
        // A copy, as both may be one, and so that no two locks are held at once.
        let other = other.get().counts().clone();
        py.detach(|| self.counts().merge(&other)).map_err(error)
    }

    /// The counts as bytes, to be kept or shipped. They have small numbers as they are: not for publication.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.counts().to_bytes())
    }

    /// Reads counts that `to_bytes` wrote.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<PyBacktest> {
        let counts = py.detach(|| Partial::from_bytes(data)).map_err(error)?;
        Ok(PyBacktest { policies: None, counts: Mutex::new(counts) })
    }

    /// The result as Markdown, with small numbers suppressed.
    #[pyo3(signature = (threshold = 10))]
    fn markdown(&self, threshold: u64) -> PyResult<String> {
        Ok(self.summary(threshold)?.to_markdown())
    }

    /// The result as CSV, with small numbers suppressed.
    #[pyo3(signature = (threshold = 10))]
    fn csv(&self, threshold: u64) -> PyResult<String> {
        Ok(self.summary(threshold)?.to_csv())
    }

    /// The result as JSON, with small numbers suppressed.
    #[pyo3(signature = (threshold = 10))]
    fn json(&self, threshold: u64) -> PyResult<String> {
        Ok(self.summary(threshold)?.to_json())
    }

    fn __repr__(&self) -> String {
        let (in_force, proposed) = self.counts().policies();
        format!("<bailiwick.Backtest: {} and {}>", in_force.docket, proposed.docket)
    }
}
