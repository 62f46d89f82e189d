//! What is reported about a bundle that is taken all the same.

use std::fmt::{self, Display};
use std::time::{Duration, SystemTime};

use super::manifest::{Manifest, shown};

/// How far `issued` may be ahead of a node's clock without a caution. Machines that keep their time by the network differ by less
/// than a second; five minutes is what Kerberos and many tokens allow.
pub const MAX_AHEAD: Duration = Duration::from_secs(5 * 60);

/// Something that somebody should look at, about a bundle that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caution {
    /// It was issued later than now, by the clock of this node: one of the two clocks is wrong.
    IssuedAhead {
        /// The time at which it was issued.
        issued: SystemTime,
        /// How far that is ahead.
        by: Duration,
    },
    /// It does not name the bundle before it, though that is in force here.
    BeforeUnnamed,
}

impl Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caution::IssuedAhead { issued, by } => write!(
                f,
                "the bundle was issued at {}, which is {} seconds ahead of the clock: set the clock right, here or where it was made",
                shown(*issued),
                by.as_secs()
            ),
            Caution::BeforeUnnamed => f.write_str(
                "the bundle is the next version and does not name the one before: make bundles with `--before`, so that two people who \
                 make the same version are noticed",
            ),
        }
    }
}

/// The caution about a manifest that was issued ahead of a clock.
pub(super) fn issued_ahead(manifest: &Manifest, now: SystemTime) -> Option<Caution> {
    let by = manifest.issued().duration_since(now).ok().filter(|&by| by > MAX_AHEAD)?;
    Some(Caution::IssuedAhead { issued: manifest.issued(), by })
}
