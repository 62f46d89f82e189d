//! The time between two polls.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// The part of the time by which a poll may come early, so that a fleet that was started at once spreads over it. Never late: whatever
/// is published is fetched within one poll.
const JITTER: f64 = 0.2;

/// The first wait after a failure is the poll divided by this, and each further one twice the one before, up to a whole poll: a store
/// that is back is found soon, and one that is overloaded gets three requests more from each node, and then as many as ever.
const FIRST: u32 = 8;

/// When to poll next.
#[derive(Debug)]
pub struct Pace {
    poll: Duration,
    /// Failures in succession.
    failures: u32,
}

impl Pace {
    /// A pace of one poll in so much time.
    #[must_use]
    pub fn new(poll: Duration) -> Pace {
        Pace { poll, failures: 0 }
    }

    /// The wait after the store answered, whatever the answer was.
    pub fn answered(&mut self) -> Duration {
        self.failures = 0;
        early(self.poll, random())
    }

    /// The wait after the store could not be read.
    pub fn failed(&mut self) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let wait = (self.poll / FIRST).saturating_mul(doubled).min(self.poll);
        early(wait, random())
    }
}

/// A time, shortened by a part of the jitter.
fn early(time: Duration, part: f64) -> Duration {
    time.mul_f64(1.0 - JITTER * part)
}

/// A number from 0 to 1. The hasher of the standard library has random keys: enough to spread polls, and nothing else hangs on it.
fn random() -> f64 {
    let high = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(high).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Duration = Duration::from_secs(64);

    #[test]
    fn a_poll_comes_up_to_a_fifth_early_and_never_late() {
        let mut pace = Pace::new(POLL);
        let waits: Vec<Duration> = (0..1000).map(|_| pace.answered()).collect();
        assert!(waits.iter().all(|&wait| POLL.mul_f64(0.8) <= wait && wait <= POLL), "{waits:?}");
        let spread = waits.iter().max().unwrap().saturating_sub(*waits.iter().min().unwrap());
        assert!(spread > POLL / 10, "a fleet spreads: {spread:?}");
    }

    #[test]
    fn failures_double_the_wait_up_to_one_poll() {
        let mut pace = Pace::new(POLL);
        for seconds in [8, 16, 32, 64, 64, 64] {
            let (wait, longest) = (pace.failed(), Duration::from_secs(seconds));
            assert!(longest.mul_f64(0.8) <= wait && wait <= longest, "{wait:?} of {seconds}");
        }
        pace.answered();
        assert!(pace.failed() <= POLL / 8, "an answer begins anew");
    }

    #[test]
    fn no_number_of_failures_makes_it_longer_than_a_poll() {
        for failures in [30, 31, 32, 33, u32::MAX] {
            let mut pace = Pace { poll: Duration::from_secs(86_400), failures };
            assert!(pace.failed() <= pace.poll);
        }
    }
}
