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
mod quote;
mod number;
mod shared;
mod subject;
#[cfg(feature = "ledger")]
mod digest;
#[cfg(feature = "orders-file")]
mod caret;
#[cfg(feature = "orders-file")]
mod render;
mod count;
mod region;
mod address;
mod address_set;
mod borders;
mod narrowing;
mod order;
mod trie;
mod geo;
mod reach;
mod meeting;
mod names;
mod kept;
mod finding;
mod requirements;
mod compiled;
mod decision;
pub mod spec;
mod compile;
mod memory;
mod policy;
mod sweep;
mod explain;
mod ranges;
mod extent;
mod change;
#[cfg(feature = "live")]
mod live;
mod relay;
mod notice;
#[cfg(feature = "ledger")]
mod digests;
#[cfg(feature = "ledger")]
mod evidence;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "ledger")]
pub mod report;

pub use address::RangeError;
pub use change::{Change, ChangeKind, OrderChange, Roster, RosterCounts};
pub use count::{Count, Counts, Threshold};
pub use decision::{Block, Decision, HostAccount, Keep};
#[cfg(feature = "ledger")]
pub use digest::{Digest, DigestError};
#[cfg(feature = "ledger")]
pub use evidence::{Evidence, Exhibit};
pub use explain::{Consideration, Explanation, NamedBy, Reason};
pub use extent::Extent;
pub use finding::{CompileError, Defect, DefectCause, Warning, WarningCause};
#[cfg(feature = "mmdb")]
pub use geo::MmdbError;
pub use geo::{
    Atlas, AtlasBuilder, AtlasError, CountryOf, LineError, Load, Loaded, Location, Refused, Skipped, Source, SourceError,
};
#[cfg(feature = "ledger")]
pub use ledger::Ledger;
#[cfg(feature = "live")]
pub use live::{LivePolicy, LoadedPolicy, UpdateError, Widening};
pub use meeting::Meeting;
pub use notice::{HttpRefusal, Notice, Problem, SipRefusal, XmppRefusal};
#[cfg(feature = "orders-file")]
pub use order::ReadError;
pub use order::{Demand, Docket, Order, Status};
pub use policy::Policy;
pub use ranges::{Ranges, Size};
pub use region::{Region, RegionError};
pub use requirements::Requirements;
pub use sweep::{Sweep, SweepCounts};
