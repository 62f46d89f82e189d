//! `bailiwickd`: answers at the door, over [`bailiwick`].
//!
//! A listener speaks one protocol. It finds in a request the meeting, the address and the account, asks the policy in force, and
//! passes the answer back. Where it cannot ask, it admits, says so and counts.
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub)]
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

// Read from top to bottom: each module uses only those above it.
mod path;
pub mod question;
pub mod fetch;
pub mod config;
pub mod metrics;
pub mod ledger;
pub mod door;
pub mod json;
pub mod refusal;
pub mod asker;
pub mod policy;
pub mod presence;
pub mod serve;
pub mod daemon;
pub mod check;
