//! Repeating a recorded decision, and comparing.

use std::fmt::{self, Debug, Display};
use std::net::IpAddr;

use serde::Deserialize;

use super::key::Key;
use super::line::{Form, NO_ORDER, Record};
use crate::digest::Digest;
use crate::geo::Location;
use crate::policy::DecisionKind;
use crate::policy::Meeting;
use crate::policy::Policy;
use crate::policy::Reason;
use crate::region::Region;
use crate::text::quote::Quoted;

/// The question behind one line of a ledger, from the caller's own records. The ledger itself has neither addresses nor names.
///
/// In JSON, `{"seq":17,"meeting":"june-4-vigil","account":"account-17","address":"203.0.113.7","host_region":"US"}`; `account` may
/// be absent.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Question {
    /// The number of the line.
    pub seq: u64,
    /// The meeting's id.
    pub meeting: String,
    /// The account that hosts it, when it was known.
    #[serde(default)]
    pub account: Option<String>,
    /// The participant's address.
    pub address: IpAddr,
    /// The home region of the host's account.
    pub host_region: Region,
}

/// A difference between a record and the decision that is made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// The question is about another line.
    #[error("the question is about line number {asked}, and not {}", seq)]
    Seq {
        /// The line's number.
        seq: u64,
        /// The number in the question.
        asked: u64,
    },
    /// The policy was compiled from another docket.
    #[error("the docket is not the one that decided: its digest is {given}, recorded is {recorded}; take the orders of that day")]
    Policy {
        /// The digest on record.
        recorded: Digest,
        /// The digest of the given policy.
        given: Digest,
    },
    /// The policy was compiled on another atlas.
    #[error("the atlas is not the one that decided: its digest is {given}, recorded is {recorded}; take the geo files of that day")]
    Atlas {
        /// The digest on record.
        recorded: Digest,
        /// The digest of the given atlas.
        given: Digest,
    },
    /// The question is about another meeting, or the key is another one.
    #[error("the meeting or the key is not the recorded one: the keyed hash differs; give the meeting and the key of that day")]
    Meeting,
    /// The verdict differs.
    #[error("the verdict is {decided}, recorded is {recorded}")]
    Verdict {
        /// The verdict on record.
        recorded: DecisionKind,
        /// The verdict of the new decision.
        decided: DecisionKind,
    },
    /// The orders differ.
    #[error("the orders are {}, recorded are {}", Ids(decided), Ids(recorded))]
    Orders {
        /// The ids on record.
        recorded: Vec<String>,
        /// The ids of the new decision.
        decided: Vec<String>,
    },
    /// The reason differs.
    #[error("the reason is {}, recorded is {}", Why(*decided), Why(*recorded))]
    Why {
        /// The reason on record.
        recorded: Option<Reason>,
        /// The reason of the new decision.
        decided: Option<Reason>,
    },
    /// The location differs.
    #[error("the participant is located in {decided}, recorded is {recorded}")]
    Region {
        /// The location on record.
        recorded: Location,
        /// The location in the new decision.
        decided: Location,
    },
    /// The address is located by a network of another length.
    #[error("the network's length is {}, recorded is {}", Length(*decided), Length(*recorded))]
    PrefixLen {
        /// The length on record.
        recorded: Option<u8>,
        /// The length in the new decision.
        decided: Option<u8>,
    },
}

/// Repeats a recorded decision at its recorded time, and returns every difference.
///
/// When the question, the docket, the atlas or the meeting is not the recorded one, only that is returned, as a different decision
/// would then mean nothing. A docket and an atlas are the recorded ones when they have the recorded digests, whatever files they
/// were read from.
#[must_use]
pub fn replay(policy: &Policy, key: &Key, question: &Question, record: &Record) -> Vec<Difference> {
    let other = others(policy, key, question, record);
    if !other.is_empty() {
        return other;
    }
    let meeting = Meeting { id: &question.meeting, host: question.account.as_deref() };
    let explanation = policy.explain(meeting, question.address, question.host_region, record.time);
    let decided = Record::new(&explanation, key, Form::One, record.seq, record.prev);
    let mut differences = Vec::new();
    if record.verdict != decided.verdict {
        differences.push(Difference::Verdict { recorded: record.verdict, decided: decided.verdict });
    }
    if record.orders != decided.orders {
        differences.push(Difference::Orders { recorded: record.orders.clone(), decided: decided.orders });
    }
    if record.why != decided.why {
        differences.push(Difference::Why { recorded: record.why, decided: decided.why });
    }
    if record.region != decided.region {
        differences.push(Difference::Region { recorded: record.region, decided: decided.region });
    }
    if record.prefix_len != decided.prefix_len {
        differences.push(Difference::PrefixLen { recorded: record.prefix_len, decided: decided.prefix_len });
    }
    differences
}

/// The differences in what is asked and what decides, before anything is decided.
fn others(policy: &Policy, key: &Key, question: &Question, record: &Record) -> Vec<Difference> {
    let mut others = Vec::new();
    if question.seq != record.seq {
        others.push(Difference::Seq { seq: record.seq, asked: question.seq });
    }
    if policy.digest() != record.policy {
        others.push(Difference::Policy { recorded: record.policy, given: policy.digest() });
    }
    if policy.atlas_digest() != record.atlas {
        others.push(Difference::Atlas { recorded: record.atlas, given: policy.atlas_digest() });
    }
    if key.hash(&question.meeting) != record.meeting {
        others.push(Difference::Meeting);
    }
    others
}

impl Difference {
    /// The member of the line that differs: `verdict`, `orders`, `why`, `region`, `prefix_len`; or `seq`, `policy`, `atlas`,
    /// `meeting`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Difference::Seq { .. } => "seq",
            Difference::Policy { .. } => "policy",
            Difference::Atlas { .. } => "atlas",
            Difference::Meeting => "meeting",
            Difference::Verdict { .. } => "verdict",
            Difference::Orders { .. } => "orders",
            Difference::Why { .. } => "why",
            Difference::Region { .. } => "region",
            Difference::PrefixLen { .. } => "prefix_len",
        }
    }
}

impl Question {
    /// Makes the question behind line `seq`.
    #[must_use]
    pub fn new<'m>(seq: u64, meeting: impl Into<Meeting<'m>>, address: IpAddr, host_region: Region) -> Question {
        let Meeting { id, host } = meeting.into();
        Question { seq, meeting: id.to_owned(), account: host.map(str::to_owned), address, host_region }
    }
}

impl Debug for Question {
    /// Writes the number of the line alone: a ledger keeps the rest out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("seq", &self.seq).finish_non_exhaustive()
    }
}

/// Ids, for a message.
struct Ids<'a>(&'a [String]);

impl Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        self.0.iter().enumerate().try_for_each(|(n, id)| write!(f, "{}{}", if n == 0 { "" } else { ", " }, Quoted(id)))
    }
}

/// A why-code, for a message.
struct Why(Option<Reason>);

impl Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or(NO_ORDER, Reason::name))
    }
}

/// The length of a network, for a message.
struct Length(Option<u8>);

impl Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(length) => write!(f, "{length}"),
            None => f.write_str("none"),
        }
    }
}
