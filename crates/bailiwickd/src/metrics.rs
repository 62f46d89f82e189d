//! Counters, gauges and latencies, in Prometheus' form.

use std::time::{Duration, SystemTime};

use bailiwick::{DecisionKind, Policy};
use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

pub mod bundle;

use self::bundle::BundleMetrics;
use crate::question::Unasked;

/// Upper ends of the latency histogram, in seconds: a decision takes microseconds, and proxies give up after half a second.
const BUCKETS: [f64; 12] = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 5e-2, 0.25, 1.0];

/// What the daemon counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    decisions: IntCounterVec,
    unasked: IntCounterVec,
    exempt: IntCounterVec,
    latency: HistogramVec,
    connections: IntGaugeVec,
    dropped: IntCounterVec,
    reloads: IntCounterVec,
    in_force: IntGauge,
    policy_age: Gauge,
    geo_age: GaugeVec,
    orders: IntGauge,
    /// Decisions that the ledger does not have.
    pub unrecorded: IntCounter,
    /// Decisions that the ledger has.
    pub recorded: IntCounter,
    /// Connectors that listen for changes.
    pub subscribers: IntGauge,
    /// Participants named to connectors as to be removed.
    pub removals: IntCounter,
    /// Subscribers that were dropped as they did not keep up.
    pub lagging: IntCounter,
}

/// What became of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload {
    /// A policy was put in force.
    Taken,
    /// The files say what is in force already.
    Unchanged,
    /// The files were refused.
    Refused,
    /// The orders would block more people, and nobody acknowledged it.
    Wider,
}

impl Reload {
    const ALL: [Reload; 4] = [Reload::Taken, Reload::Unchanged, Reload::Refused, Reload::Wider];

    /// The word in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Reload::Taken => "taken",
            Reload::Unchanged => "unchanged",
            Reload::Refused => "refused",
            Reload::Wider => "wider",
        }
    }
}

/// The counters of one listener, looked up once.
#[derive(Debug, Clone)]
pub struct ListenerMetrics {
    decisions: [IntCounter; 3],
    unasked: Vec<IntCounter>,
    /// Participants who are admitted as they are on the list.
    pub exempt: IntCounter,
    /// Seconds from a request to its answer.
    pub latency: Histogram,
}

impl Metrics {
    /// Metrics at zero.
    ///
    /// # Errors
    ///
    /// When two have one name, which a test excludes.
    pub fn new() -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let listener = &["listener"][..];
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            register(&registry, counters)
        };
        let reloads =
            counters("bailiwick_reloads_total", "Looks for a policy that found something new, by what became of it.", &["result"])?;
        for result in Reload::ALL {
            reloads.with_label_values(&[result.word()]);
        }
        let latency =
            HistogramOpts::new("bailiwick_request_seconds", "Time from a request to its answer.").buckets(BUCKETS.to_vec());
        Ok(Metrics {
            decisions: counters("bailiwick_decisions_total", "Decisions, by kind.", &["listener", "kind"])?,
            unasked: counters(
                "bailiwick_unasked_total",
                "Participants admitted without a decision, by reason.",
                &["listener", "reason"],
            )?,
            exempt: counters("bailiwick_exempt_total", "Services admitted as they are on the list.", listener)?,
            dropped: counters("bailiwick_connections_dropped_total", "Idle connections closed to make room for others.", listener)?,
            latency: register(&registry, HistogramVec::new(latency, listener)?)?,
            connections: register(&registry, IntGaugeVec::new(Opts::new("bailiwick_connections", "Open connections."), listener)?)?,
            reloads,
            in_force: register(&registry, IntGauge::new("bailiwick_policy_in_force", "1 when a policy is in force.")?)?,
            policy_age: register(
                &registry,
                Gauge::new("bailiwick_policy_age_seconds", "Time since the policy in force was last found to be the current one.")?,
            )?,
            geo_age: register(
                &registry,
                GaugeVec::new(
                    Opts::new("bailiwick_geo_age_seconds", "Age of the data of a geo source, where it is known."),
                    &["source"],
                )?,
            )?,
            orders: register(&registry, IntGauge::new("bailiwick_orders", "Orders of the policy in force, of every status.")?)?,
            unrecorded: register(
                &registry,
                IntCounter::new("bailiwick_unrecorded_total", "Decisions that the ledger does not have.")?,
            )?,
            recorded: register(&registry, IntCounter::new("bailiwick_recorded_total", "Decisions that the ledger has.")?)?,
            subscribers: register(&registry, IntGauge::new("bailiwick_subscribers", "Connectors that listen for changes.")?)?,
            removals: register(
                &registry,
                IntCounter::new("bailiwick_removals_total", "Participants named to connectors as to be removed.")?,
            )?,
            lagging: register(
                &registry,
                IntCounter::new("bailiwick_subscribers_dropped_total", "Subscribers dropped as they did not keep up.")?,
            )?,
            registry,
        })
    }

    /// The counters of a listener.
    #[must_use]
    pub fn listener(&self, name: &str) -> ListenerMetrics {
        let kind = |kind: DecisionKind| self.decisions.with_label_values(&[name, &kind.to_string()]);
        ListenerMetrics {
            decisions: [kind(DecisionKind::Allow), kind(DecisionKind::BlockParticipant), kind(DecisionKind::KeepMeeting)],
            unasked: Unasked::ALL.iter().map(|reason| self.unasked.with_label_values(&[name, reason.word()])).collect(),
            exempt: self.exempt.with_label_values(&[name]),
            latency: self.latency.with_label_values(&[name]),
        }
    }

    /// The open connections of a listener, and those that were closed to make room.
    #[must_use]
    pub fn connections(&self, name: &str) -> (IntGauge, IntCounter) {
        (self.connections.with_label_values(&[name]), self.dropped.with_label_values(&[name]))
    }

    /// What is counted about bundles.
    ///
    /// # Errors
    ///
    /// When they are counted already.
    pub fn bundle(&self) -> Result<BundleMetrics, prometheus::Error> {
        BundleMetrics::new(&self.registry)
    }

    /// Counts a look for a policy.
    pub fn reload(&self, result: Reload) {
        self.reloads.with_label_values(&[result.word()]).inc();
    }

    /// Everything, as text. `confirmed` is the time since the policy was last found to be the current one.
    #[must_use]
    pub fn render(&self, policy: Option<&Policy>, confirmed: Option<Duration>) -> String {
        self.in_force.set(i64::from(policy.is_some()));
        self.policy_age.set(confirmed.map_or(0.0, |age| age.as_secs_f64()));
        self.geo_age.reset();
        if let Some(policy) = policy {
            self.orders.set(i64::try_from(policy.orders().count()).unwrap_or(i64::MAX));
            for source in policy.atlas().sources() {
                if let Some(time) = source.known_as_of() {
                    // Negative when the source is dated ahead of the clock: such data would never look old.
                    let age = SystemTime::now()
                        .duration_since(time)
                        .map_or_else(|ahead| -ahead.duration().as_secs_f64(), |age| age.as_secs_f64());
                    self.geo_age.with_label_values(&[source.name()]).set(age);
                }
            }
        }
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

impl ListenerMetrics {
    /// Counts a decision.
    pub fn decided(&self, kind: DecisionKind) {
        let [allow, block, keep] = &self.decisions;
        match kind {
            DecisionKind::Allow => allow.inc(),
            DecisionKind::BlockParticipant => block.inc(),
            _ => keep.inc(),
        }
    }

    /// Counts somebody who is admitted without a decision. Returns the number so far.
    pub fn unasked(&self, reason: Unasked) -> u64 {
        let Some(counter) = self.unasked.get(reason.index()) else { return 0 };
        counter.inc();
        counter.get()
    }
}
