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
mod text;
#[cfg(feature = "ledger")]
mod digest;
mod disclosure;
mod net;
mod region;
mod order;
mod geo;
mod reach;
mod policy;
pub mod spec;
mod change;
#[cfg(feature = "live")]
mod live;
mod notice;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "ledger")]
pub mod report;

pub use change::{Change, ChangeKind, OrderChange, Roster, RosterCounts};
#[cfg(feature = "ledger")]
pub use digest::{Digest, DigestError};
pub use disclosure::{Count, Counts, Threshold};
#[cfg(feature = "mmdb")]
pub use geo::MmdbError;
pub use geo::{
    Atlas, AtlasBuilder, AtlasError, CountryOf, LineError, LoadReport, Loader, Location, Refused, Skipped, Source, SourceError,
};
#[cfg(feature = "ledger")]
pub use ledger::Ledger;
#[cfg(feature = "live")]
pub use live::{LivePolicy, LoadedPolicy, UpdateError, Widening};
pub use net::RangeError;
pub use notice::{HttpRefusal, Notice, Problem, SipRefusal, XmppRefusal};
#[cfg(feature = "orders-file")]
pub use order::ReadError;
pub use order::{Demand, Docket, Order, Status};
#[cfg(feature = "ledger")]
pub use order::{Evidence, Exhibit};
pub use policy::{
    Block, CompileError, Consideration, Decision, DecisionKind, Defect, DefectCause, Explanation, HostAccount, Keep, Meeting,
    NamedBy, Policy, Reason, Requirements, Sweep, SweepCounts, Warning, WarningCause,
};
pub use reach::{Ranges, Reach, Size};
pub use region::{Region, RegionError};
