//! One order's change.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};

use serde::Serialize;

use super::pairs::Pair;
use super::sides::{Side, Sides};
use crate::net::set::AddressSet;
use crate::order::Order;
use crate::policy::name_index::OrderIndex;
use crate::reach::Ranges;
use crate::reach::Regions;
use crate::region::Region;

/// The change of one order from an old policy to a new one.
#[derive(Clone, Copy)]
pub struct OrderChange<'c> {
    sides: &'c Sides,
    pair: Pair,
}

/// The kind of change of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is in force in the new policy, and was not in the old one.
    Added,
    /// It was in force in the old policy, and is not in the new one.
    Withdrawn,
    /// It is in force in both, and does something else.
    Changed,
}

impl<'c> OrderChange<'c> {
    pub(super) fn new(sides: &'c Sides, pair: Pair) -> OrderChange<'c> {
        OrderChange { sides, pair }
    }

    /// The order's id.
    #[must_use]
    pub fn id(&self) -> &'c str {
        self.after().or(self.before()).map_or("", |order| &order.id)
    }

    /// The kind of change.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match (self.in_force_before(), self.in_force_after()) {
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Withdrawn,
            (Some(_), Some(_)) => ChangeKind::Changed,
        }
    }

    /// The order as it was, of any status, if the old docket had it.
    #[must_use]
    pub fn before(&self) -> Option<&'c Order> {
        self.sides.before.order(self.pair.before)
    }

    /// The order as it is, of any status, if the new docket has it.
    #[must_use]
    pub fn after(&self) -> Option<&'c Order> {
        self.sides.after.order(self.pair.after)
    }

    /// The meetings that it names from now on, ascending.
    pub fn meetings_added(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        minus(meetings(self.in_force_after()), meetings(self.in_force_before()))
    }

    /// The meetings that it names no longer, ascending.
    pub fn meetings_removed(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        minus(meetings(self.in_force_before()), meetings(self.in_force_after()))
    }

    /// The host accounts that it names from now on, ascending.
    pub fn accounts_added(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        minus(accounts(self.in_force_after()), accounts(self.in_force_before()))
    }

    /// The host accounts that it names no longer, ascending.
    pub fn accounts_removed(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        minus(accounts(self.in_force_before()), accounts(self.in_force_after()))
    }

    /// Returns whether it is in force in both policies, with another window in time.
    #[must_use]
    pub fn window_changed(&self) -> bool {
        self.in_force_before()
            .zip(self.in_force_after())
            .is_some_and(|(before, after)| (before.effective, before.expires) != (after.effective, after.expires))
    }

    /// The addresses that it reaches from now on, where the new policy's atlas locates them: at the times at which it is in force,
    /// and whether another order reached them or not.
    #[must_use]
    pub fn reached(&self) -> Ranges {
        let Sides { before, after } = self.sides;
        difference((after, self.index_after()), (before, self.index_before()))
    }

    /// The addresses that it reaches no longer, where the old policy's atlas locates them, and whether another order reaches them
    /// or not.
    #[must_use]
    pub fn released(&self) -> Ranges {
        let Sides { before, after } = self.sides;
        difference((before, self.index_before()), (after, self.index_after()))
    }

    /// The regions over which its issuer has authority from now on, ascending. A host there is under a domestic order.
    #[must_use]
    pub fn jurisdiction_gained(&self) -> Vec<Region> {
        let Sides { before, after } = self.sides;
        uncovered((after, self.index_after()), (before, self.index_before()))
    }

    /// The regions over which its issuer has no authority any more, ascending.
    #[must_use]
    pub fn jurisdiction_lost(&self) -> Vec<Region> {
        let Sides { before, after } = self.sides;
        uncovered((before, self.index_before()), (after, self.index_after()))
    }

    fn index_before(&self) -> Option<OrderIndex> {
        self.pair.before.filter(|_| self.in_force_before().is_some())
    }

    fn index_after(&self) -> Option<OrderIndex> {
        self.pair.after.filter(|_| self.in_force_after().is_some())
    }

    pub(super) fn in_force_before(&self) -> Option<&'c Order> {
        self.sides.before.in_force(self.pair.before)
    }

    pub(super) fn in_force_after(&self) -> Option<&'c Order> {
        self.sides.after.in_force(self.pair.after)
    }

    /// Cache key: equal for orders with equal reached and released sizes. `None` where an order is narrowed.
    pub(super) fn areas(&self) -> Option<[Option<u32>; 2]> {
        let area = |side: &Side, index: Option<OrderIndex>| match index.and_then(|index| side.rule(index)) {
            None => Some(None),
            Some(rule) => (rule.narrowing == crate::policy::tables::Rule::NONE).then_some(Some(rule.area)),
        };
        Some([area(&self.sides.before, self.index_before())?, area(&self.sides.after, self.index_after())?])
    }
}

fn meetings(order: Option<&Order>) -> &[String] {
    order.map_or(&[], |order| &order.meetings)
}

fn accounts(order: Option<&Order>) -> &[String] {
    order.map_or(&[], |order| &order.accounts)
}

/// The names that are in the first list alone, each once.
fn minus<'c>(names: &'c [String], without: &[String]) -> impl Iterator<Item = &'c str> + use<'c> {
    let without: BTreeSet<&str> = without.iter().map(String::as_str).collect();
    let left: BTreeSet<&str> = names.iter().map(String::as_str).filter(|&name| !without.contains(name)).collect();
    left.into_iter()
}

/// The addresses that one order reaches and the other does not.
fn difference((side, index): (&Side, Option<OrderIndex>), (other_side, other): (&Side, Option<OrderIndex>)) -> Ranges {
    let Some(index) = index else { return Ranges::default() };
    let others = other.map(|other| other_side.reach(other)).unwrap_or_default();
    let alone: AddressSet = side.reach(index).minus(&others);
    side.territory(index).ranges.within(&alone)
}

/// The regions that one jurisdiction lists and the other does not cover.
fn uncovered((side, index): (&Side, Option<OrderIndex>), (other_side, other): (&Side, Option<OrderIndex>)) -> Vec<Region> {
    let nowhere = Regions::default();
    let regions = index.and_then(|index| side.jurisdiction(index)).unwrap_or(&nowhere);
    let others = other.and_then(|other| other_side.jurisdiction(other)).unwrap_or(&nowhere);
    regions.iter().filter(|&region| !others.cover(region)).collect()
}

impl Debug for OrderChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderChange").field("id", &self.id()).field("kind", &self.kind()).finish_non_exhaustive()
    }
}
