//! The thread that keeps the policy up to date.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick::change::Change;
use bailiwick::{Digest, Policy};

use super::{Look, Next, Refused, Supply};
use crate::door::Door;
use crate::metrics::Reload;

/// Orders that wait. One more says nothing that those do not.
const QUEUE: usize = 2;

/// The longest wait for the next order, without a time between looks.
const FOREVER: Duration = Duration::from_secs(86_400);

/// What the thread is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Order {
    /// Look for another policy, and call the function when that is done.
    Reload(Box<dyn Done>),
    /// End.
    Stop,
}

/// What is called after a reload.
pub trait Done: FnOnce() + Send {}
impl<F: FnOnce() + Send> Done for F {}

impl std::fmt::Debug for dyn Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Done")
    }
}

/// Keeps the policy up to date.
#[derive(Debug)]
pub struct Keeper {
    orders: SyncSender<Order>,
    /// The thread. It holds no data that must be written.
    pub thread: JoinHandle<()>,
}

impl Keeper {
    /// Looks for a first policy on a thread of its own, calls `looked`, and goes on there. Calls `changed` for each policy that is
    /// put in force.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(
        supply: Box<dyn Supply>,
        watch: Option<Duration>,
        door: Arc<Door>,
        changed: impl Fn(&Policy, Option<&Change>) + Send + 'static,
        looked: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Keeper> {
        let (orders, receiver) = sync_channel(QUEUE);
        let mut kept = Kept { supply, door, changed: Box::new(changed) };
        let thread = std::thread::Builder::new().name("policy".to_owned()).spawn(move || {
            kept.look(Look::Asked);
            looked();
            kept.run(&receiver, watch);
        })?;
        Ok(Keeper { orders, thread })
    }

    /// Looks for another policy soon, and calls a function after it. A look that waits already counts for this one, too.
    pub fn reload(&self, done: impl FnOnce() + Send + 'static) {
        let _ = self.orders.try_send(Order::Reload(Box::new(done)));
    }

    /// Ends the thread after what it does now.
    pub fn stop(&self) {
        let _ = self.orders.try_send(Order::Stop);
    }
}

/// Called for each policy that is put in force, with the change from the one before.
type Changed = dyn Fn(&Policy, Option<&Change>) + Send;

struct Kept {
    supply: Box<dyn Supply>,
    door: Arc<Door>,
    changed: Box<Changed>,
}

impl Kept {
    fn run(&mut self, orders: &Receiver<Order>, watch: Option<Duration>) {
        loop {
            let wait = self.supply.wait().or(watch);
            match orders.recv_timeout(wait.unwrap_or(FOREVER)) {
                Ok(Order::Reload(done)) => {
                    self.look(Look::Asked);
                    done();
                }
                Err(RecvTimeoutError::Timeout) if wait.is_some() => self.look(Look::Watch),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&mut self, look: Look) {
        let in_force = self.door.policy();
        let metrics = &self.door.metrics;
        match self.supply.next(in_force.as_ref(), look) {
            Ok(Next::Same) => {
                // Files that were refused stay refused until they change.
                if self.door.status().refusal.is_none() {
                    self.door.confirm();
                }
            }
            Ok(Next::Confirmed) => {
                metrics.reload(Reload::Unchanged);
                self.door.confirm();
                tracing::info!("the policy in force is the current one");
            }
            Ok(Next::Policy(policy, notes)) => self.take(*policy, in_force.as_ref(), &notes),
            Err(refused @ Refused::Unread(_)) => {
                match &in_force {
                    None => tracing::error!("EVERYBODY IS ADMITTED: there is no policy: {}", refused.message()),
                    Some(_) => tracing::warn!("the policy in force stays, and may be old: {}", refused.message()),
                }
                self.door.refuse(refused.message().to_owned());
            }
            Err(refused) => {
                let is_wider = matches!(refused, Refused::Wider(_));
                metrics.reload(if is_wider { Reload::Wider } else { Reload::Refused });
                match &in_force {
                    None => tracing::error!("EVERYBODY IS ADMITTED: there is no policy: {}", refused.message()),
                    Some(_) => tracing::error!("the new policy is refused; the one in force stays: {}", refused.message()),
                }
                self.door.refuse(refused.message().to_owned());
            }
        }
    }

    fn take(&self, policy: Policy, before: Option<&Policy>, notes: &[String]) {
        // Computed here, so that no answer waits for it.
        let (digest, atlas): (Digest, Digest) = (policy.digest(), policy.atlas_digest());
        let is_other = before.is_none_or(|before| before.digest() != digest || before.atlas_digest() != atlas);
        let change = self.door.put(policy.clone());
        self.door.metrics.reload(if is_other { Reload::Taken } else { Reload::Unchanged });
        tracing::info!("policy {digest} on atlas {atlas} is in force");
        if let Some(change) = change.as_ref().filter(|change| !change.is_empty()) {
            tracing::info!("the change:\n{change}");
        }
        for warning in policy.warnings() {
            tracing::warn!("{warning}");
        }
        for note in notes {
            self.door.metrics.reload(Reload::Refused);
            self.door.refuse(note.clone());
            tracing::error!("{note}");
        }
        if is_other {
            (self.changed)(&policy, change.as_ref());
        }
    }
}
