//! Signals of the system, and what its service manager is told.

use std::future::pending;
use std::io;
use std::time::Duration;

use bailiwickd::daemon::{Signal, Signals};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The signals of this process.
#[derive(Debug)]
pub(crate) struct Process {
    hangup: Listener,
    terminate: Listener,
    interrupt: Listener,
    watchdog: Option<Interval>,
}

impl Process {
    /// Catches the signals.
    ///
    /// # Errors
    ///
    /// When the system does not let them be caught.
    pub(crate) fn new() -> io::Result<Process> {
        let watchdog = sd_notify::watchdog_enabled().map(|time| {
            // Half of the time is what systemd's manual recommends.
            let mut ticks = interval((time / 2).max(Duration::from_millis(1)));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Ok(Process {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            watchdog,
        })
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!("the service manager cannot be told: {error}");
    }
}

async fn tick(watchdog: &mut Option<Interval>) {
    match watchdog {
        Some(ticks) => drop(ticks.tick().await),
        None => pending().await,
    }
}

impl Signals for Process {
    async fn next(&mut self) -> Signal {
        loop {
            tokio::select! {
                Some(()) = self.hangup.recv() => return Signal::Reload,
                Some(()) = self.terminate.recv() => return Signal::End,
                Some(()) = self.interrupt.recv() => return Signal::End,
                () = tick(&mut self.watchdog) => tell(&[NotifyState::Watchdog]),
            }
        }
    }

    fn ready(&mut self) {
        tell(&[NotifyState::Ready]);
    }

    fn reloading(&mut self) -> Box<dyn FnOnce() + Send> {
        let now = NotifyState::monotonic_usec_now();
        tell(&[Some(NotifyState::Reloading), now.ok()].into_iter().flatten().collect::<Vec<_>>());
        Box::new(|| tell(&[NotifyState::Ready]))
    }

    fn stopping(&mut self) {
        tell(&[NotifyState::Stopping]);
    }
}
