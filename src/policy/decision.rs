//! The answer to a caller.

use std::fmt::{self, Debug, Display};

use crate::order::Order;
use crate::policy::decision_kind::DecisionKind;
use crate::policy::tables::Query;

/// The decision about one participant of one meeting.
///
/// These three are all there is: no variant ends a meeting or touches an account, so no order, however worded, can make a
/// backend do either. Two decisions are equal when they say the same about the same orders.
#[derive(Clone, Copy)]
#[must_use = "a decision does nothing by itself"]
pub enum Decision<'p> {
    /// No order in force names the meeting or its host's account.
    Allow,
    /// An order in force reaches this participant. Only this one: the meeting goes on.
    BlockParticipant(Block<'p>),
    /// Orders in force name the meeting or the account, and none of them reaches this participant.
    KeepMeeting(Keep<'p>),
}

impl<'p> Decision<'p> {
    /// The standing of the host's account. The library does nothing to it in any case.
    #[must_use]
    pub fn host_account(&self) -> HostAccount<'p> {
        match self {
            Decision::Allow => HostAccount::Unaffected,
            Decision::BlockParticipant(block) => block.host_account(),
            Decision::KeepMeeting(keep) => keep.host_account(),
        }
    }

    /// The kind of the answer, without its orders.
    #[must_use]
    pub fn kind(&self) -> DecisionKind {
        match self {
            Decision::Allow => DecisionKind::Allow,
            Decision::BlockParticipant(_) => DecisionKind::BlockParticipant,
            Decision::KeepMeeting(_) => DecisionKind::KeepMeeting,
        }
    }

    /// Whether the participant may join: on `Allow` and on `KeepMeeting`.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.kind().admits()
    }

    /// The ids of the orders that the decision names: the reaching ones of a block, the named ones of a keep.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'p str> + use<'p> {
        let (block, keep) = match *self {
            Decision::Allow => (None, None),
            Decision::BlockParticipant(block) => (Some(block), None),
            Decision::KeepMeeting(keep) => (None, Some(keep)),
        };
        let reaching = block.into_iter().flat_map(|block| block.orders());
        let named = keep.into_iter().flat_map(|keep| keep.orders());
        reaching.chain(named).map(|order| order.id.as_str())
    }
}

/// A participant whom at least one order in force reaches.
#[derive(Clone, Copy)]
pub struct Block<'p> {
    query: Query<'p>,
}

impl<'p> Block<'p> {
    /// INVARIANT: an order of the query reaches its address.
    pub(crate) fn new(query: Query<'p>) -> Block<'p> {
        Block { query }
    }

    /// The orders that reach the participant, ascending by id: at least one.
    pub fn orders(&self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.query.reaching()
    }

    /// The standing of the host's account under the orders that name the meeting or the account.
    #[must_use]
    pub fn host_account(&self) -> HostAccount<'p> {
        HostAccount::of(&self.query)
    }
}

/// A meeting that orders in force name, and a participant whom none of them reaches.
#[derive(Clone, Copy)]
pub struct Keep<'p> {
    query: Query<'p>,
}

impl<'p> Keep<'p> {
    /// INVARIANT: orders of the query are in force at its time, and none reaches its address.
    pub(crate) fn new(query: Query<'p>) -> Keep<'p> {
        Keep { query }
    }

    /// The orders in force that name the meeting or the account, ascending by id: at least one.
    pub fn orders(&self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.query.named()
    }

    /// The standing of the host's account under the orders that name the meeting or the account.
    #[must_use]
    pub fn host_account(&self) -> HostAccount<'p> {
        HostAccount::of(&self.query)
    }
}

/// The standing of the host's account under the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostAccount<'p> {
    /// Every order in force that names the meeting or the account is foreign to the host.
    Unaffected,
    /// An order in force comes from the host's own jurisdiction: the one with the smallest id, when several do. It tells the
    /// backend's own people to look.
    UnderDomesticOrder(&'p Order),
}

impl<'p> HostAccount<'p> {
    pub(crate) fn of(query: &Query<'p>) -> HostAccount<'p> {
        query.domestic().map_or(HostAccount::Unaffected, HostAccount::UnderDomesticOrder)
    }

    /// The domestic order, when there is one.
    #[must_use]
    pub fn order(self) -> Option<&'p Order> {
        match self {
            HostAccount::Unaffected => None,
            HostAccount::UnderDomesticOrder(order) => Some(order),
        }
    }
}

impl PartialEq for Decision<'_> {
    fn eq(&self, other: &Decision<'_>) -> bool {
        self.kind() == other.kind()
            && self.ids().eq(other.ids())
            && self.host_account().order().map(|order| &order.id) == other.host_account().order().map(|order| &order.id)
    }
}

impl Eq for Decision<'_> {}

impl Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Decision::Allow => "allow",
            Decision::BlockParticipant(_) => "block participant",
            Decision::KeepMeeting(_) => "keep meeting",
        })
    }
}

impl Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Allow => f.write_str("Allow"),
            Decision::BlockParticipant(block) => f.debug_tuple("BlockParticipant").field(block).finish(),
            Decision::KeepMeeting(keep) => f.debug_tuple("KeepMeeting").field(keep).finish(),
        }
    }
}

impl Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Block", self.orders(), self.host_account())
    }
}

impl Debug for Keep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Keep", self.orders(), self.host_account())
    }
}

/// Shows orders by id, and neither addresses nor names.
fn debug<'p>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    orders: impl Iterator<Item = &'p Order>,
    host_account: HostAccount<'p>,
) -> fmt::Result {
    let ids: Vec<&str> = orders.map(|order| order.id.as_str()).collect();
    let domestic = host_account.order().map(|order| order.id.as_str());
    f.debug_struct(name).field("orders", &ids).field("domestic", &domestic).finish_non_exhaustive()
}
