//! The parts of the results: each measures, tells, and compares with what was aimed at.

mod decide;
mod locate;
mod compile;
mod growth;

pub use compile::compile;
pub use decide::decide;
pub use growth::{Growth, growth};
pub use locate::locate;

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of decisions.
    pub decide: usize,
    /// Rounds of look-ups.
    pub locate: usize,
    /// Rounds of look-ups with caches emptied.
    pub cold: usize,
    /// Rounds of building.
    pub compile: usize,
    /// Rounds of each size in growth.
    pub growth: usize,
    /// The largest size in growth.
    pub limit: usize,
    /// Whether to measure on the tables that nothing was tuned on, too.
    pub hold_outs: bool,
    /// Which answers are compared: every one, every second one and so on.
    pub verify_every: usize,
}

impl Effort {
    /// What the results are written from.
    pub const FULL: Effort =
        Effort { decide: 61, locate: 61, cold: 31, compile: 15, growth: 31, limit: 10_000_000, hold_outs: true, verify_every: 1 };

    /// Enough to see that everything runs and answers alike.
    pub const QUICK: Effort =
        Effort { decide: 2, locate: 2, cold: 1, compile: 1, growth: 1, limit: 10_000, hold_outs: false, verify_every: 61 };
}
