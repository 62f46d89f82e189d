#![doc = include_str!("../README.md")]
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
pub mod text;
#[cfg(feature = "ledger")]
pub mod digest;
pub mod disclosure;
mod net;
mod region;
pub mod order;
pub mod geo;
pub mod reach;
pub mod policy;
pub mod spec;
pub mod change;
pub mod notice;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "ledger")]
pub mod report;

#[cfg(feature = "ledger")]
pub use digest::Digest;
pub use geo::{Atlas, AtlasBuilder, AtlasError, Location, Source, SourceError};
pub use ipnet;
#[cfg(feature = "ledger")]
pub use ledger::Ledger;
#[cfg(feature = "live")]
pub use live::LivePolicy;
#[cfg(feature = "orders-file")]
pub use order::ReadError;
pub use order::{Demand, Docket, Order, Status};
pub use policy::{
    Block, CompileError, Decision, DecisionKind, Explanation, HostAccount, Keep, Meeting, Policy, Reason, Requirements, Warning,
};
pub use region::{Region, RegionError};
pub use text::Quoted;
