//! Daemons that fetch bundles: from a store in this process that does as it is told, and from real servers.
//!
//! - `poll`: one daemon, and what a store may do to it;
//! - `fleet`: two hundred daemons and one store;
//! - `program`: the program itself, from its start to what it answers;
//! - `configuration`: the keys of `[policy]` for bundles;
//! - `servers`: nginx and an S3 server, as `test-stores` installs them.

mod bundle;
mod node;
mod store;

mod configuration;
mod fleet;
mod poll;
mod program;
mod servers;

use std::time::{Duration, Instant};

/// Patience with what must happen soon, on a machine that does much else.
const SOON: Duration = Duration::from_secs(60);

/// Waits until a condition holds.
fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let last = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < last, "{what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
