//! Consistency of a record: contradictions that no decision has.

use super::kinds::{Line, NO_ORDER, Record, Unrecorded};
use crate::geo::Location;
use crate::policy::diagnostic::MAX_NAME;
use crate::policy::{DecisionKind, Reason};

/// The most bits of a network's length: those of an IPv6 address (RFC 4291). A line does not say of which family its address is.
const MAX_PREFIX_LEN: u8 = 128;

/// A contradiction between the members of a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// Orders not ascending, or one of them twice.
    #[error("has orders that are not ascending, or one twice")]
    Unsorted,
    /// An order's id that no docket can have.
    #[error("has an order's id of {bytes} bytes, and an id has from 1 to {MAX_NAME}")]
    Id {
        /// The number of bytes of the id.
        bytes: usize,
    },
    /// An allow with orders, or a block or a keep without any.
    #[error("has {orders} orders for the verdict `{verdict}`")]
    Orders {
        /// The decision.
        verdict: DecisionKind,
        /// The number of orders.
        orders: usize,
    },
    /// A reason that leads to another verdict.
    #[error("has the why `{}` for the verdict `{verdict}`", why.map_or(NO_ORDER, Reason::name))]
    Why {
        /// The decision.
        verdict: DecisionKind,
        /// The reason.
        why: Option<Reason>,
    },
    /// A reason that does not hold at the location.
    #[error("has the why `{}` for a participant in `{region}`", why.name())]
    Region {
        /// The reason.
        why: Reason,
        /// The location of the participant.
        region: Location,
    },
    /// A length beyond that of any network.
    #[error("has the prefix_len {found}, and no network has more than {MAX_PREFIX_LEN}")]
    PrefixLen {
        /// The length.
        found: u8,
    },
    /// A length of no network, or a network without one.
    #[error("has {} for a participant in `{region}`", if *is_there { "a prefix_len" } else { "no prefix_len" })]
    Prefix {
        /// The location of the participant.
        region: Location,
        /// Whether there is a length.
        is_there: bool,
    },
    /// A small number of decisions.
    #[error("counts {found} unrecorded decisions, and a number from 1 to {} is not written", Unrecorded::LEAST - 1)]
    Unrecorded {
        /// The number.
        found: u64,
    },
}

impl Line {
    /// Checks that a ledger can have written the line.
    pub(in crate::ledger) fn is_consistent(&self) -> Result<(), Inconsistency> {
        match self {
            Line::Record(record) => record.is_consistent(),
            Line::Unrecorded(Unrecorded { decisions: found @ 1..Unrecorded::LEAST, .. }) => {
                Err(Inconsistency::Unrecorded { found: *found })
            }
            Line::Header(_) | Line::Unrecorded(_) | Line::Pad(_) | Line::Seal(_) => Ok(()),
        }
    }
}

impl Record {
    fn is_consistent(&self) -> Result<(), Inconsistency> {
        let &Record { verdict, ref orders, why, region, prefix_len, .. } = self;
        if !orders.is_sorted_by(|one, next| one < next) {
            return Err(Inconsistency::Unsorted);
        }
        if let Some(id) = orders.iter().find(|id| !(1..=MAX_NAME).contains(&id.len())) {
            return Err(Inconsistency::Id { bytes: id.len() });
        }
        if orders.is_empty() != (verdict == DecisionKind::Allow) {
            return Err(Inconsistency::Orders { verdict, orders: orders.len() });
        }
        if verdict != decided_by(why) {
            return Err(Inconsistency::Why { verdict, why });
        }
        match why {
            Some(why) if !holds_at(why, region) => return Err(Inconsistency::Region { why, region }),
            _ => {}
        }
        match prefix_len {
            Some(found) if found > MAX_PREFIX_LEN => Err(Inconsistency::PrefixLen { found }),
            _ if prefix_len.is_some() == (region == Location::Unknown) => {
                Err(Inconsistency::Prefix { region, is_there: prefix_len.is_some() })
            }
            _ => Ok(()),
        }
    }
}

/// The verdict of which the greatest reason is this one. Those of orders that are not in force come first: when one of them is the
/// greatest, no order in force names the meeting.
fn decided_by(why: Option<Reason>) -> DecisionKind {
    match why {
        None | Some(Reason::NotInForce | Reason::NotYetEffective | Reason::Expired) => DecisionKind::Allow,
        Some(Reason::Reaches) => DecisionKind::BlockParticipant,
        Some(
            Reason::Unlocated | Reason::Contested | Reason::Outside | Reason::NotInRegions | Reason::NotInNetworks | Reason::Exempt,
        ) => DecisionKind::KeepMeeting,
    }
}

/// Whether a reason can hold at a location.
fn holds_at(why: Reason, region: Location) -> bool {
    match why {
        Reason::NotInForce | Reason::NotYetEffective | Reason::Expired => true,
        Reason::Unlocated => region == Location::Unknown,
        Reason::Contested => region == Location::Contested,
        Reason::Outside | Reason::NotInRegions | Reason::NotInNetworks | Reason::Exempt | Reason::Reaches => {
            matches!(region, Location::In(_))
        }
    }
}
