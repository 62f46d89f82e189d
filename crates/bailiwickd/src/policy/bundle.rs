//! A policy from signed bundles, fetched from a store that nobody has to trust.

use std::io;
use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Alert, Error, Offered, OpenError, Store};
use bailiwick::{Policy, Quoted};
use tokio::runtime::Runtime;

use super::{Look, Next, Refused, Supply};
use crate::config::BundleConfig;
use crate::fetch::{FetchError, Fetched, Fetcher, File, Known, Pace, Place};
use crate::metrics::bundle::{BundleMetrics, Polled};

/// The longest time of the first fetch of a daemon that has no bundle: service managers take one for dead that is not ready after some
/// ninety seconds.
const FIRST_TIME: Duration = Duration::from_secs(30);

/// Bundles: the one of the state folder first, and then what the store has.
///
/// Everything happens on the thread that asks, with a runtime of its own, so that a store never is in the way of an answer.
#[derive(Debug)]
pub struct Bundles {
    config: BundleConfig,
    fetcher: Fetcher,
    metrics: BundleMetrics,
    runtime: Option<Runtime>,
    store: Option<Store>,
    known: Known<(&'static str, Refused)>,
    pace: Pace,
    wait: Duration,
    /// The last refusal or failure, until a poll is a success.
    trouble: Option<Refused>,
    alerts: Vec<Alert>,
}

impl Bundles {
    /// A supply of bundles. Nothing is read yet.
    ///
    /// # Errors
    ///
    /// When the environment cannot be used for the place that they are fetched from.
    pub fn new(config: BundleConfig, metrics: BundleMetrics) -> Result<Bundles, FetchError> {
        let fetcher = Fetcher::new(config.place.clone(), config.limits)?;
        let pace = Pace::new(config.poll);
        Ok(Bundles {
            fetcher,
            metrics,
            runtime: None,
            store: None,
            known: Known::default(),
            pace,
            wait: config.poll,
            trouble: None,
            alerts: Vec::new(),
            config,
        })
    }

    /// Opens the state folder. Returns the policy of the bundle in it.
    fn open(&mut self) -> Result<Option<Policy>, OpenError> {
        let store = Store::open(&self.config.state, self.config.trust.clone())?;
        let policy = store.current().map(|current| {
            tracing::info!("the bundle of version {} is in the state folder", current.manifest().version());
            current.policy().clone()
        });
        self.store = Some(store);
        Ok(policy)
    }

    /// Asks the place once.
    fn poll(&mut self, time: Duration, look: Look) -> Result<Next, Refused> {
        let known = if look == Look::Asked { None } else { self.known.etag() };
        let begun = SystemTime::now();
        let fetched = match runtime(&mut self.runtime) {
            Ok(runtime) => runtime.block_on(self.fetcher.fetch_within(time, known)),
            Err(error) => return Err(Refused::Unread(format!("nothing can be fetched: {error}"))),
        };
        match fetched {
            Ok(Fetched::NotModified) => self.not_modified(),
            Ok(Fetched::File(file)) => self.offer(&file, begun),
            Err(error @ FetchError::Size { .. }) => Err(self.refused(error.reason(), Refused::Wrong(error.to_string()))),
            Err(error) => {
                self.metrics.failed(error.reason());
                self.metrics.polled(Polled::Failed);
                self.wait = self.pace.failed();
                Err(Refused::Unread(error.to_string()))
            }
        }
    }

    fn not_modified(&mut self) -> Result<Next, Refused> {
        self.wait = self.pace.answered();
        match self.known.not_modified().cloned() {
            None => Ok(self.confirmed(Polled::NotModified)),
            Some((reason, refused)) => Err(self.refused(reason, refused)),
        }
    }

    fn offer(&mut self, file: &File, begun: SystemTime) -> Result<Next, Refused> {
        let Some(store) = &mut self.store else { return Err(Refused::Unread("the state folder is not open".to_owned())) };
        match store.offer(&file.bytes, SystemTime::now()) {
            Ok(Offered::Taken(taken)) => {
                self.known.taken(file, begun);
                for caution in taken.cautions() {
                    tracing::warn!("{caution}");
                }
                self.wait = self.pace.answered();
                self.metrics.polled(Polled::Taken);
                Ok(Next::Policy(Box::new(taken.policy().clone()), Vec::new()))
            }
            Ok(_) => {
                self.known.taken(file, begun);
                self.wait = self.pace.answered();
                Ok(self.confirmed(Polled::Unchanged))
            }
            Err(error) => {
                let reason = error.reason();
                let refused = refusal(&error);
                self.known.refused(file, begun, (reason, refused.clone()));
                Err(self.refused(reason, refused))
            }
        }
    }

    /// The store has the bundle in force.
    fn confirmed(&mut self, polled: Polled) -> Next {
        self.metrics.polled(polled);
        if self.trouble.is_some() { Next::Confirmed } else { Next::Same }
    }

    /// The store has a bundle that is not taken. It is asked again as ever, as the next one may be.
    fn refused(&mut self, reason: &str, refused: Refused) -> Refused {
        self.wait = self.pace.answered();
        self.metrics.refused(reason);
        self.metrics.polled(Polled::Refused);
        refused
    }

    /// Brings metrics up to date, and says what somebody should look at, once each.
    fn tell(&mut self) {
        let Some(store) = &self.store else { return };
        if let Some(current) = store.current() {
            self.metrics.in_force(current.manifest().version(), current.manifest().expires());
        }
        let alerts = store.alerts(SystemTime::now());
        self.metrics.alerts(&alerts);
        for alert in alerts.iter().filter(|alert| !self.alerts.contains(alert)) {
            tracing::error!("{alert}");
        }
        self.alerts = alerts;
    }
}

impl Supply for Bundles {
    fn next(&mut self, _: Option<&Policy>, look: Look) -> Result<Next, Refused> {
        let mut time = self.config.limits.time;
        if self.store.is_none() {
            match self.open() {
                Ok(Some(policy)) => {
                    // It is in force at once, whether the store answers or not.
                    self.tell();
                    self.wait = Duration::ZERO;
                    return Ok(Next::Policy(Box::new(policy), Vec::new()));
                }
                Ok(None) => time = FIRST_TIME,
                Err(error) => {
                    self.metrics.refused("state");
                    self.wait = self.pace.failed();
                    return Err(Refused::Wrong(format!("no bundle can be taken: {error}")));
                }
            }
        }
        if let Some(store) = &mut self.store {
            // What a full disk left unwritten: a store that says "not modified" offers it no more, and a restart would go back.
            store.write_again();
        }
        let next = self.poll(time, look);
        self.trouble = next.as_ref().err().cloned();
        self.tell();
        next
    }

    fn wait(&self) -> Option<Duration> {
        Some(self.wait)
    }
}

/// The runtime, made on the thread that uses it.
fn runtime(runtime: &mut Option<Runtime>) -> io::Result<&Runtime> {
    let made = match runtime.take() {
        Some(made) => made,
        None => tokio::runtime::Builder::new_current_thread().enable_all().build()?,
    };
    Ok(runtime.insert(made))
}

fn refusal(error: &Error) -> Refused {
    match error {
        Error::Wider { change, .. } => {
            tracing::info!("the change that is refused:\n{change}");
            Refused::Wider(error.to_string())
        }
        _ => Refused::Wrong(error.to_string()),
    }
}

/// Says what can be said about a configuration before the daemon runs: the bundle at a path is checked, and nothing is fetched over a
/// network.
///
/// # Errors
///
/// What is wrong.
pub fn check(config: &BundleConfig) -> Result<String, String> {
    if config.state.exists() && !config.state.is_dir() {
        let state = config.state.to_string_lossy();
        return Err(format!("{} is not a folder: write in `state` a folder of the daemon's own", Quoted(&state)));
    }
    let fetcher = Fetcher::new(config.place.clone(), config.limits).map_err(|error| error.to_string())?;
    let Place::File(_) = config.place else { return Ok(format!("bundles are fetched from {}", config.place)) };
    let mut made = None;
    let runtime = runtime(&mut made).map_err(|error| error.to_string())?;
    match runtime.block_on(fetcher.fetch(None)).map_err(|error| error.to_string())? {
        Fetched::File(file) => {
            let checked = bundle::check(&file.bytes, &config.trust, None, SystemTime::now());
            let checked = checked.map_err(|error| format!("{}: {error}", config.place))?;
            Ok(format!("bundle of version {} at {}", checked.manifest.version(), config.place))
        }
        Fetched::NotModified => Ok(String::new()),
    }
}
