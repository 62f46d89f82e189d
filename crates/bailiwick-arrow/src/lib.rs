#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs, unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::unreachable,
        clippy::todo
    )
)]

#[cfg(feature = "backtest")]
mod backtest;
mod batch;
mod column;
mod decisions;
mod error;
mod questions;
mod read;
mod rows;

pub use arrow_array;
#[cfg(feature = "backtest")]
pub use backtest::add_to_backtest;
pub use batch::{Batch, decide_batch};
pub use column::{Column, Times};
pub use decisions::{Decisions, decide};
pub use error::BatchError;
pub use questions::Questions;
