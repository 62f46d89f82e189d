//! What is counted about bundles.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bailiwick::bundle::Alert;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Error, Gauge, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::register;

/// The reasons for which the library refuses bundles, so that each counter is there from the start: an alert on an increase does not
/// see the first one of a counter that comes with it. Others are counted, too.
const REASONS: [&str; 20] = [
    "size",
    "read",
    "archive",
    "signature",
    "threshold",
    "manifest",
    "origin",
    "minimum-version",
    "older-version",
    "conflict",
    "before",
    "expired",
    "digest",
    "docket",
    "atlas",
    "compile",
    "wider",
    "newly-located",
    "unwritten",
    "state",
];

/// The reasons for which nothing is fetched.
const FAILURES: [&str; 4] = ["missing", "denied", "timeout", "unreachable"];

/// The outcome of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Polled {
    /// A bundle was taken.
    Taken,
    /// The store sent the bundle in force.
    Unchanged,
    /// The store said that it has the bundle in force still.
    NotModified,
    /// The store has a bundle that is refused.
    Refused,
    /// The store could not be read.
    Failed,
}

impl Polled {
    const ALL: [Polled; 5] = [Polled::Taken, Polled::Unchanged, Polled::NotModified, Polled::Refused, Polled::Failed];

    /// The word in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Polled::Taken => "taken",
            Polled::Unchanged => "unchanged",
            Polled::NotModified => "not-modified",
            Polled::Refused => "refused",
            Polled::Failed => "failed",
        }
    }

    /// Whether the store has what is in force now.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Polled::Taken | Polled::Unchanged | Polled::NotModified)
    }
}

/// What is counted about bundles.
#[derive(Debug, Clone)]
pub struct BundleMetrics {
    version: IntGauge,
    polls: IntCounterVec,
    refusals: IntCounterVec,
    failures: IntCounterVec,
    alerts: IntGaugeVec,
    clock: Clock,
}

impl BundleMetrics {
    pub(super) fn new(registry: &Registry) -> Result<BundleMetrics, Error> {
        let counters = |name: &str, help: &str, label: &str, values: &[&str]| {
            let counters = register(registry, IntCounterVec::new(Opts::new(name, help), &[label])?)?;
            values.iter().for_each(|value| drop(counters.with_label_values(&[value])));
            Ok::<_, Error>(counters)
        };
        let alerts = Opts::new("bailiwick_bundle_alert", "1 while somebody should look at the bundle in force or its folder.");
        let alerts = register(registry, IntGaugeVec::new(alerts, &["alert"])?)?;
        for word in ["none", "not-loaded", "unwritten"] {
            alerts.with_label_values(&[word]);
        }
        let clock = Clock::new()?;
        registry.register(Box::new(clock.clone()))?;
        Ok(BundleMetrics {
            version: register(registry, IntGauge::new("bailiwick_bundle_version", "The version of the bundle in force, or 0.")?)?,
            polls: counters(
                "bailiwick_bundle_polls_total",
                "Polls for a bundle, by what became of them.",
                "result",
                &Polled::ALL.map(Polled::word),
            )?,
            refusals: counters("bailiwick_bundle_refusals_total", "Bundles that were refused, by reason.", "reason", &REASONS)?,
            failures: counters(
                "bailiwick_bundle_failures_total",
                "Polls that could not read the store, by reason.",
                "reason",
                &FAILURES,
            )?,
            alerts,
            clock,
        })
    }

    /// Counts a poll.
    pub fn polled(&self, polled: Polled) {
        self.polls.with_label_values(&[polled.word()]).inc();
        if polled.is_success() {
            self.clock.lock().polled = Instant::now();
        }
    }

    /// Counts a bundle that was refused.
    pub fn refused(&self, reason: &str) {
        self.refusals.with_label_values(&[reason]).inc();
    }

    /// Counts a poll that could not read the store.
    pub fn failed(&self, reason: &str) {
        self.failures.with_label_values(&[reason]).inc();
    }

    /// Notes the bundle in force.
    pub fn in_force(&self, version: u64, expires: SystemTime) {
        self.version.set(i64::try_from(version).unwrap_or(i64::MAX));
        self.clock.lock().expires = Some(expires);
    }

    /// Notes what somebody should look at.
    pub fn alerts(&self, alerts: &[Alert]) {
        let has = |is: fn(&Alert) -> bool| i64::from(alerts.iter().any(is));
        let set = |word: &str, value| self.alerts.with_label_values(&[word]).set(value);
        set("none", has(|alert| matches!(alert, Alert::None)));
        set("not-loaded", has(|alert| matches!(alert, Alert::NotLoaded { .. })));
        set("unwritten", has(|alert| matches!(alert, Alert::Unwritten { .. })));
    }
}

/// Gauges whose values come of the time at which they are read.
#[derive(Debug, Clone)]
struct Clock {
    times: Arc<Mutex<Times>>,
    age: Gauge,
    expires: Gauge,
    is_expired: IntGauge,
}

#[derive(Debug)]
struct Times {
    /// The last poll that was a success, and until then the start.
    polled: Instant,
    expires: Option<SystemTime>,
}

impl Clock {
    fn new() -> Result<Clock, Error> {
        Ok(Clock {
            times: Arc::new(Mutex::new(Times { polled: Instant::now(), expires: None })),
            age: Gauge::new(
                "bailiwick_bundle_poll_age_seconds",
                "Time since the last poll after which the bundle in force was the one in the store, or since the start.",
            )?,
            expires: Gauge::new("bailiwick_bundle_expires_timestamp_seconds", "The end of the bundle in force, or 0.")?,
            is_expired: IntGauge::new("bailiwick_bundle_expired", "1 when the bundle in force has expired; it goes on.")?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        // A panic leaves nothing half done here.
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Clock {
    fn desc(&self) -> Vec<&Desc> {
        [self.age.desc(), self.expires.desc(), self.is_expired.desc()].into_iter().flatten().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let times = self.lock();
        self.age.set(times.polled.elapsed().as_secs_f64());
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        self.expires.set(times.expires.map_or(0.0, since));
        self.is_expired.set(i64::from(times.expires.is_some_and(|expires| expires <= SystemTime::now())));
        [self.age.collect(), self.expires.collect(), self.is_expired.collect()].into_iter().flatten().collect()
    }
}
