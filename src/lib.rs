//! Decides, at each join of a meeting, whether a government's order reaches this participant.
//!
//! An order reaches as far as its issuer's *bailiwick*, the area over which an officer has authority, and not one address further.
//! This crate compiles the orders and the world's address ranges into an immutable [`Policy`], which answers one question without
//! I/O, locks or allocation: may this participant, who connects from this address, join this meeting?
//!
//! # Overview
//!
//! - **Where addresses are:** a [`Source`] is what one provider says, read from a published format or filled in code; an [`Atlas`]
//!   is what one or more sources agree on.
//! - **What was ordered:** a [`Docket`] holds [`Order`]s as plain serde data. [`Policy::compile`] checks it and reports all of its
//!   errors at once; [`Policy::warnings`] lists what may not be meant.
//! - **What follows:** [`Policy::decide`] answers `Allow`, `BlockParticipant` or `KeepMeeting`. No variant of [`Decision`] ends a
//!   meeting or touches an account. [`Policy::explain`] gives the reasons.
//!
//! # Examples
//!
//! Decide about a participant inside the issuer's jurisdiction, and about one outside:
//!
//! ```
//! use bailiwick::{Atlas, Decision, Docket, Order, Policy, Region, Source};
//!
//! let (cn, us): (Region, Region) = ("CN".parse()?, "US".parse()?);
//! let mut source = Source::new("provider");
//! source.insert("203.0.113.0/24".parse()?, cn);
//! source.insert("198.51.100.0/24".parse()?, us);
//! let atlas = Atlas::builder().source(source).build()?;
//!
//! let mut order = Order::new("cn-1", "CN");
//! order.meetings.push("vigil".to_owned());
//! let mut docket = Docket::default();
//! docket.orders.push(order);
//! let policy = Policy::compile(&docket, &atlas)?;
//!
//! assert!(matches!(policy.decide("vigil", "203.0.113.7".parse()?, us), Decision::BlockParticipant(_)));
//! assert!(matches!(policy.decide("vigil", "198.51.100.7".parse()?, us), Decision::KeepMeeting(_)));
//! assert!(policy.decide("another", "203.0.113.7".parse()?, us).admits());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Explain a decision. The time is given, so that the answer can be had again later:
//!
//! ```
//! use bailiwick::{Atlas, Docket, Policy, Region};
//! use std::time::SystemTime;
//!
//! let docket: Docket = toml::from_str(r#"
//!     [[orders]]
//!     id = "cn-1"
//!     issuer = "CN"
//!     status = "in-force"
//!     meetings = ["vigil"]
//! "#)?;
//! let policy = Policy::compile(&docket, &Atlas::builder().build()?)?;
//! let why = policy.explain("vigil", "192.0.2.7".parse()?, Region::UNKNOWN, SystemTime::UNIX_EPOCH);
//! assert!(why.to_string().contains("`cn-1`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Read a published geo format, and see what loading it did:
//!
//! ```
//! use bailiwick::Source;
//!
//! let feed = "192.0.2.0/24,US,US-CA,,\n198.51.100.0/24,EU,,,\n";
//! let source = Source::from_geofeed("operator", feed.as_bytes())?;
//! assert_eq!(source.load_report().located(), 1);
//! # Ok::<(), bailiwick::SourceError>(())
//! ```
//!
//! # Where things are
//!
//! The crate root has what every backend needs. The modules have the rest:
//!
//! - [`geo`][]: loaders with options, load reports, opening files (feature `files`), errors of sources
//! - [`order`][]: evidence
//! - [`policy`][]: errors and warnings of compiling, explanations, requirements, sweeps of meetings under way
//! - [`reach`][]: which addresses an order reaches, counted and listed
//! - [`change`][]: what a new policy changes, and for whom
//! - [`notice`][]: the texts and protocol values that a blocked participant is given
//! - `live`: replacing the policy while decisions are made (feature `live`)
//! - `ledger`, `report` and `digest`: the record of decisions and the public report on it (feature `ledger`)
//! - `backtest`: whom a proposed docket would have blocked and admitted in a period that is over (feature `ledger`)
//! - `log`: the ledger as a transparency log (feature `log`)
//! - `note`: texts with signatures of named keys (feature `note`)
//! - `bundle`: orders and geo data for a fleet, in one signed file (feature `bundle`)
//! - [`disclosure`][]: numbers of people, with small groups suppressed
//! - `cases`: tests of a docket, as data (features `toml`, `json`)
//! - [`spec`][]: the rule by linear scan, the executable specification
//! - [`text`][]: quoting and formatting of messages, addresses as texts, times as RFC 3339 writes them
//! - `disk`: files that are written whole or not at all (feature `ledger`)
//!
//! # Cost
//!
//! *n* is the number of rows of all sources, *k* the number of orders in force that name the meeting, expired ones included.
//!
//! | operation | time | heap |
//! |---|---|---|
//! | [`AtlasBuilder::build`] | O(*n* log *n*); 60 ms for the world | 7 bytes a segment; 3.9 MiB for the world |
//! | [`Policy::compile`] | 67 ms for 100,000 orders | a copy of the orders, an index of their names |
//! | [`Policy::recompile`], [`Policy::amend`] | depends on what changed; 1 ms for one of 100,000 orders | shared with the policy before |
//! | [`Policy::decide`], no order names the meeting | O(1); 3 ns | none |
//! | [`Policy::decide`], an order names it | O(*k*) and one trie lookup; 40 ns | none |
//! | [`Policy::clone`] | O(1) | none |
//!
//! [`Policy::memory_usage`] counts to the byte. Times are of one run on a shared server; the repository's benchmarks tell how they
//! were measured.
//!
//! # Targets without a clock
//!
//! On `wasm32-unknown-unknown` the standard library has no clock, and asking it for the time panics. So what reads the clock does not
//! exist there: [`Policy::compile`], [`Policy::decide`], [`Policy::sweep`], `cases` and a few others. What is given the time does:
//! [`Policy::compile_at`], [`Policy::decide_at`], [`Policy::amend_at`], [`Policy::sweep_at`]. Feature `ledger`, which writes files, is not
//! for such targets.
//!
//! # Untrusted input
//!
//! Meeting ids, accounts and addresses may be any bytes of any length. Geo files and dockets are well formed or refused, with an
//! error that says where and what to write instead; memory grows with the bytes read, never with a number that they declare. No
//! input causes a panic or unbounded recursion in this crate, and it has no `unsafe` code. What a geo file *says* is believed:
//! require that several sources agree ([`AtlasBuilder::min_sources`]). Not promised: that the time of a decision hides whether an
//! order names the meeting, and that an order is genuine.
//!
//! # Features
//!
//! | feature | adds | dependencies |
//! |---|---|---|
//! | `live` (default) | `LivePolicy` | `arc-swap` |
//! | `toml` | `Docket::from_toml`: errors with line, column and a caret; `cases` | `toml`, `annotate-snippets` |
//! | `json` | `Docket::from_json`: likewise | `serde_json`, `annotate-snippets` |
//! | `mmdb` | `Source::from_mmdb`: MaxMind DB files | `maxminddb` |
//! | `files` | `Source::open`: geo files as people name them, recognised and decompressed | `flate2`, `maxminddb` |
//! | `ledger` | `Ledger`, `report`, `backtest`, `Digest`, evidence | `fs4`, `hmac`, `sha2`, `serde_json` |
//! | `log` | `log`: tiles, checkpoints, proofs, witnesses | those of `ledger` and `note` |
//! | `note` | `note`: signed notes, keys and signers | `ed25519-dalek`, `base64`, `sha2`, `getrandom`, `zeroize` |
//! | `bundle` | `bundle`: orders and geo data for a fleet in one signed file; `Atlas::to_bytes` and `from_bytes` | those of `json`, `ledger` and `note` |
//!
//! # Minimum supported Rust version
//!
//! Default features build on Rust 1.85, all features on 1.88. A minor release may raise either, the first never above what Debian
//! stable ships; a patch release never does.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
pub mod disk;
#[cfg(feature = "ledger")]
pub mod digest;
#[cfg(feature = "note")]
pub mod note;
pub mod disclosure;
mod net;
mod region;
pub mod order;
pub mod geo;
pub mod reach;
pub mod policy;
pub mod spec;
#[cfg(all(feature = "orders-file", not(all(target_family = "wasm", target_os = "unknown"))))]
pub mod cases;
pub mod change;
pub mod notice;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "ledger")]
pub mod report;
#[cfg(feature = "ledger")]
pub mod backtest;
#[cfg(feature = "bundle")]
pub mod bundle;

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
    Block, CompileError, Decision, DecisionKind, Explanation, HostAccount, InMeeting, Keep, Meeting, Policy, Reason, Requirements,
    Warning,
};
pub use region::{Region, RegionError};
pub use text::Quoted;

/// The examples of the pages for readers of the repository, compiled and run as tests of this crate.
#[cfg(all(doctest, feature = "toml", feature = "ledger", feature = "live"))]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[cfg(feature = "bundle")]
    #[doc = include_str!("../docs/bundles.md")]
    mod bundles {}
    #[doc = include_str!("../docs/backtest.md")]
    mod backtest {}
    #[doc = include_str!("../docs/exclusions.md")]
    mod exclusions {}
    #[doc = include_str!("../docs/geo-formats.md")]
    mod geo_formats {}
    #[doc = include_str!("../docs/ledger.md")]
    mod ledger {}
    #[doc = include_str!("../docs/log.md")]
    mod log {}
    #[doc = include_str!("../docs/orders-file.md")]
    mod orders_file {}
    #[doc = include_str!("../docs/report.md")]
    mod report {}
    #[doc = include_str!("../docs/rollout.md")]
    mod rollout {}
}
