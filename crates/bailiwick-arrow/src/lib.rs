//! Decides about columns: meetings, addresses, host regions and accounts as Arrow arrays, decisions as Arrow arrays.
//!
//! No value is copied: texts and addresses are read where they are. A row about which nothing can be asked (no meeting, an address
//! that is missing or cannot be read) is `Allow`, and is counted and flagged: a row that cannot be read blocks nobody.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::SystemTime;
//!
//! use arrow_array::{Array, StringArray};
//! use bailiwick::{Atlas, DecisionKind, Docket, Order, Policy, Source};
//! use bailiwick_arrow::{Column, Questions, decide};
//!
//! let mut source = Source::new("provider");
//! source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
//! let atlas = Atlas::builder().source(source).build()?;
//! let mut docket = Docket::default();
//! docket.orders.push(Order::new("cn-1", "CN"));
//! docket.orders[0].meetings.push("vigil".to_owned());
//! let policy = Policy::compile(&docket, &atlas)?;
//!
//! let addresses = StringArray::from(vec![Some("203.0.113.7"), Some("198.51.100.7"), None]);
//! let questions = Questions {
//!     meetings: Column::Same(Some("vigil".to_owned())),
//!     addresses: Column::Chunks(vec![Arc::new(addresses)]),
//!     host_regions: Column::Same(Some("US".to_owned())),
//!     accounts: Column::Same(None),
//! };
//! let decisions = decide(&policy, &questions, SystemTime::now())?;
//! assert_eq!(decisions.kinds(), [DecisionKind::BlockParticipant, DecisionKind::KeepMeeting, DecisionKind::Allow]);
//! assert_eq!(decisions.unasked().collect::<Vec<_>>(), [2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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

mod column;
mod decisions;
mod error;
mod questions;
mod values;

pub use arrow_array;
pub use column::Column;
pub use decisions::Decisions;
pub use error::BatchError;
pub use questions::{Questions, decide};
