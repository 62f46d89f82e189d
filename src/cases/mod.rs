//! Tests of a docket, as data, kept beside the orders.
//!
//! A file of cases asks about participants of meetings, and has the decision that is expected about each. The legal team that
//! writes the orders can write it, too; `bailiwick test` and programs run it, so that an order that reaches further than its
//! authors meant is found before it is put in force.
//!
//! ```toml
//! [[cases]]
//! meeting = "june-4-vigil"
//! region  = "CN-GD"                       # a participant there, or `address` for one of yours
//! host    = "US"
//! at      = "2020-06-04T12:00:00Z"
//! expect  = "block-participant"
//! orders  = ["cn-2020-0604-m2"]
//! ```

mod read;
mod run;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::SystemTime;

pub use run::{Difference, Outcome, Runner};

use crate::policy::{DecisionKind, Reason};
use crate::region::Region;

/// A file of cases: `[[cases]]`, with a title and a reason for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cases {
    /// A title for people.
    pub title: String,
    /// The rule or the situation that the cases show, for people.
    pub why: String,
    /// The cases, at least one.
    pub cases: Vec<Case>,
}

/// A question about one participant of one meeting, with the expected answer. Absent fields are not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The id of the meeting.
    pub meeting: String,
    /// The account that hosts it.
    pub account: Option<String>,
    /// The location of the participant.
    pub participant: Participant,
    /// The home region of the host's account: [`Region::UNKNOWN`] by default.
    pub host: Region,
    /// The time of the question: that of the run by default.
    pub at: Option<SystemTime>,
    /// The decision that is expected.
    pub expect: Option<DecisionKind>,
    /// The ids of the orders that the decision must name, in any sequence.
    pub orders: Option<Vec<String>>,
    /// The id of the order that the host's account must be under; empty when the account must be unaffected.
    pub domestic: Option<String>,
    /// The location that is expected: a region, `contested` or `unknown`.
    pub location: Option<String>,
    /// The orders of every status that name the meeting or the account, each with the reason that is expected.
    pub reasons: Option<BTreeMap<String, Reason>>,
    /// The line of the file on which the case begins, from 1; 0 when it was not read by [`Cases::from_toml`] or
    /// [`Cases::from_json`].
    pub line: usize,
}

/// The participant of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Participant {
    /// At an address, which the atlas locates.
    At(IpAddr),
    /// In a region, whatever the atlas says: at an address that lies there, outside of every order's `networks` and `exempt` if
    /// possible. `ZZ` means not located.
    In(Region),
}
