//! The parts of the results: each measures, tells, and compares with what was aimed at.

mod decide;
mod locate;
mod compile;
mod growth;

use std::time::Duration;

pub use compile::compile;
pub use decide::decide;
pub use growth::{Growth, growth};
pub use locate::locate;

use crate::race::Pace;

/// The duration of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Decisions and lookups.
    pub pace: Pace,
    /// Rounds of lookups with caches emptied.
    pub cold: usize,
    /// Rounds of building.
    pub compile: usize,
    /// Decisions at each size in growth.
    pub growth: Pace,
    /// The largest size in growth.
    pub limit: usize,
    /// Whether to measure on the tables that nothing was tuned on, too.
    pub hold_outs: bool,
    /// The step between the answers that are compared: 1 for every one, 2 for every second one.
    pub verify_every: usize,
}

impl Effort {
    /// The input of the written results.
    pub const FULL: Effort = Effort {
        pace: Pace { rounds: 61, warm: Duration::from_millis(20) },
        cold: 41,
        compile: 15,
        growth: Pace { rounds: 31, warm: Duration::from_millis(20) },
        limit: 10_000_000,
        hold_outs: true,
        verify_every: 1,
    };

    /// Enough to see that everything runs and answers alike.
    pub const QUICK: Effort = Effort {
        pace: Pace { rounds: 2, warm: Duration::from_millis(1) },
        cold: 1,
        compile: 1,
        growth: Pace { rounds: 1, warm: Duration::from_millis(1) },
        limit: 10_000,
        hold_outs: false,
        verify_every: 61,
    };
}
