//! The daemon as a whole: starts, reloads, ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick::change::Change;
use bailiwick::{Policy, Quoted};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, PolicyConfig, SupplyConfig};
use crate::door::Door;
use crate::ledger::Recorder;
use crate::metrics::Metrics;
use crate::policy::bundle::Bundles;
use crate::policy::files::Files;
use crate::policy::{Keeper, Supply};
use crate::presence::Presence;
use crate::serve::Server;

/// The longest time for the ledger to be written when the daemon ends.
const LEDGER_TIME: Duration = Duration::from_secs(3);

/// A daemon that listens.
#[derive(Debug)]
pub struct Daemon {
    servers: Vec<Server>,
    door: Arc<Door>,
    presence: Arc<Presence>,
    review: JoinHandle<()>,
    keeper: Keeper,
    loaded: watch::Receiver<bool>,
    ending: watch::Sender<bool>,
}

/// The supply of a configuration.
///
/// # Errors
///
/// When the environment cannot be used for it.
pub fn supply(config: &PolicyConfig, metrics: &Metrics) -> Result<Box<dyn Supply>, String> {
    match &config.supply {
        SupplyConfig::Files { orders, geo, min_sources, requirements } => {
            let (geo, requirements) = (geo.clone(), requirements.clone());
            Ok(Box::new(Files::new(orders.clone(), geo, *min_sources, requirements, config.max_newly_reached)))
        }
        SupplyConfig::Bundle(bundle) => {
            let metrics = metrics.bundle().map_err(|error| error.to_string())?;
            Ok(Box::new(Bundles::new(bundle.clone(), metrics).map_err(|error| error.to_string())?))
        }
    }
}

impl Daemon {
    /// Binds all listeners, and begins to load the policy.
    ///
    /// # Errors
    ///
    /// When an address cannot be had.
    pub async fn start(config: Config) -> io::Result<Daemon> {
        let metrics = Metrics::new().map_err(io::Error::other)?;
        let recorder = match &config.ledger {
            None => None,
            Some(ledger) => Some(Recorder::start(ledger, metrics.recorded.clone(), metrics.unrecorded.clone())?),
        };
        let door = Arc::new(Door::new(recorder, metrics));
        let presence = Arc::new(Presence::new(Arc::clone(&door)));
        let mut servers = Vec::new();
        for listen in config.listen {
            let (name, address) = (listen.name.clone(), listen.address);
            let bound = Server::bind(listen, &door, &presence).await;
            servers.push(bound.map_err(|error| {
                io::Error::new(error.kind(), format!("the listener {} cannot have {address}: {error}", Quoted(&name)))
            })?);
        }
        let supply = supply(&config.policy, &door.metrics).map_err(io::Error::other)?;
        let (told, loaded) = watch::channel(false);
        let reviewed = Arc::clone(&presence);
        let review = std::thread::Builder::new().name("review".to_owned()).spawn(move || reviewed.review())?;
        let informed = Arc::clone(&presence);
        let changed = move |policy: &Policy, change: Option<&Change>| informed.policy_changed(policy, change);
        let keeper = Keeper::start(supply, config.policy.watch, Arc::clone(&door), changed, move || {
            let _ = told.send(true);
        })?;
        let (ending, _) = watch::channel(false);
        Ok(Daemon { servers, door, presence, review, keeper, loaded, ending })
    }

    /// The names and addresses of the listeners.
    ///
    /// # Errors
    ///
    /// When a socket does not tell.
    pub fn addresses(&self) -> io::Result<Vec<(String, SocketAddr)>> {
        self.servers.iter().map(|server| Ok((server.name().to_owned(), server.address()?))).collect()
    }

    /// Serves until a signal ends it.
    pub async fn run(mut self, mut signals: impl Signals) {
        let mut tasks = JoinSet::new();
        for server in std::mem::take(&mut self.servers) {
            tasks.spawn(server.serve(self.ending.subscribe()));
        }
        let mut is_ready = false;
        loop {
            tokio::select! {
                // Whoever starts the daemon expects answers by a policy once it is ready; without one everybody is admitted.
                _ = self.loaded.wait_for(|&loaded| loaded), if !is_ready => {
                    is_ready = true;
                    signals.ready();
                }
                signal = signals.next() => match signal {
                    Signal::End => break,
                    Signal::Reload => {
                        let done = signals.reloading();
                        self.keeper.reload(done);
                    }
                },
            }
        }
        signals.stopping();
        self.keeper.stop();
        self.presence.close();
        let _ = self.ending.send(true);
        while tasks.join_next().await.is_some() {}
        let (door, review) = (self.door, self.review);
        let _ = tokio::task::spawn_blocking(move || {
            // It ends at once: a review takes some milliseconds.
            let _ = review.join();
            if let Some(recorder) = &door.recorder {
                recorder.stop(LEDGER_TIME);
            }
        })
        .await;
    }
}

/// What the daemon is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// Look for another policy.
    Reload,
    /// End.
    End,
}

/// Where signals come from, and who is told about the daemon's state.
pub trait Signals: Send {
    /// The next signal. Dropped before there is one, it loses none.
    fn next(&mut self) -> impl Future<Output = Signal> + Send;
    /// The listeners answer.
    fn ready(&mut self);
    /// A reload begins. What is returned is called at its end.
    fn reloading(&mut self) -> Box<dyn FnOnce() + Send>;
    /// The daemon ends.
    fn stopping(&mut self);
}
