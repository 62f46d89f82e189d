//! What all listeners share: the policy in force, the counters, the record.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Instant, SystemTime};

use bailiwick::change::Change;
use bailiwick::live::LoadedPolicy;
use bailiwick::{LivePolicy, Policy};

use crate::ledger::Recorder;
use crate::metrics::Metrics;

/// The policy in force and all that is counted.
#[derive(Debug)]
pub struct Door {
    in_force: OnceLock<LivePolicy>,
    status: Mutex<Status>,
    /// The counters.
    pub metrics: Metrics,
    /// The record of decisions.
    pub recorder: Option<Recorder>,
}

/// What is known about the policy in force.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Status {
    /// The time at which it was put in force.
    pub since: Option<SystemTime>,
    /// The time at which it was last found to be the current one.
    pub confirmed: Option<Instant>,
    /// The last refusal since then.
    pub refusal: Option<String>,
}

impl Door {
    /// A door without a policy.
    pub fn new(recorder: Option<Recorder>, metrics: Metrics) -> Door {
        Door { in_force: OnceLock::new(), status: Mutex::default(), metrics, recorder }
    }

    /// The policy of this moment. `None` when there is none yet.
    #[must_use]
    pub fn load(&self) -> Option<LoadedPolicy> {
        self.in_force.get().map(LivePolicy::load)
    }

    /// The policy of this moment, to keep.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.in_force.get().map(LivePolicy::policy)
    }

    /// Puts a policy in force, which was checked before. Returns the change, unless it is the first.
    pub fn put(&self, policy: Policy) -> Option<Change> {
        // The lock is held throughout, so that two calls do not both find no policy.
        let mut status = self.lock();
        let change = match self.in_force.get() {
            Some(live) => Some(live.replace(policy)),
            None => {
                let _ = self.in_force.set(LivePolicy::new(policy));
                None
            }
        };
        *status = Status { since: Some(SystemTime::now()), confirmed: Some(Instant::now()), refusal: None };
        change
    }

    /// Notes that the policy in force is the current one.
    pub fn confirm(&self) {
        let mut status = self.lock();
        status.confirmed = Some(Instant::now());
        status.refusal = None;
    }

    /// Notes why another policy was not put in force.
    pub fn refuse(&self, message: String) {
        self.lock().refusal = Some(message);
    }

    /// What is known about the policy in force.
    #[must_use]
    pub fn status(&self) -> Status {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        // A panic leaves nothing half done here.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The metrics as text.
    #[must_use]
    pub fn render_metrics(&self) -> String {
        let policy = self.policy();
        let confirmed = self.status().confirmed.map(|time| time.elapsed());
        self.metrics.render(policy.as_ref(), confirmed)
    }
}
