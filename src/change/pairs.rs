//! The orders of both policies, by id, and which of them differ in what they do.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ptr;

use hashbrown::HashMap;

use super::sides::{Side, Sides};
use crate::order::Order;
use crate::policy::name_index::OrderIndex;
use crate::reach::Regions;

/// The orders that differ.
pub(super) struct Pairs {
    /// In what they do, ascending by id.
    pub(super) orders: Vec<Pair>,
    /// Only in their text, ascending by id.
    pub(super) records: Vec<Pair>,
}

/// One id's order in the old docket and in the new, of any status: at least one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) before: Option<OrderIndex>,
    pub(super) after: Option<OrderIndex>,
}

impl Pairs {
    pub(super) fn new(sides: &Sides) -> Pairs {
        let mut comparison = OrderComparison { sides, areas: HashMap::new(), jurisdictions: HashMap::new() };
        let mut pairs = Pairs { orders: Vec::new(), records: Vec::new() };
        for_each_pair(sides, |pair| {
            if comparison.do_differ(pair) {
                pairs.orders.push(pair);
            } else if !same_text(sides.before.order(pair.before), sides.after.order(pair.after)) {
                pairs.records.push(pair);
            }
        });
        pairs
    }
}

/// Goes through the ids of both, ascending.
fn for_each_pair(sides: &Sides, mut each: impl FnMut(Pair)) {
    fn orders(side: &Side) -> impl Iterator<Item = (OrderIndex, &Order)> {
        (0..).map_while(|index| Some((index, side.order(Some(index))?)))
    }
    let (mut before, mut after) = (orders(&sides.before).peekable(), orders(&sides.after).peekable());
    loop {
        let sequence = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(&(_, old)), Some(&(_, new))) if ptr::eq(old, new) => Ordering::Equal,
            (Some((_, old)), Some((_, new))) => old.id.cmp(&new.id),
        };
        let before = before.next_if(|_| sequence.is_le());
        let after = after.next_if(|_| sequence.is_ge());
        each(Pair { before: before.map(|(index, _)| index), after: after.map(|(index, _)| index) });
    }
}

/// Policies that are made from one another may share what did not change.
fn same_text(before: Option<&Order>, after: Option<&Order>) -> bool {
    before.zip(after).is_some_and(|(before, after)| ptr::eq(before, after) || before == after)
}

/// Compares orders by their effect, and caches the comparison of areas and jurisdictions.
struct OrderComparison<'s> {
    sides: &'s Sides,
    /// Whether two areas hold the same addresses, by their numbers.
    areas: HashMap<(u32, u32), bool>,
    /// Whether two jurisdictions cover the same regions, by their numbers.
    jurisdictions: HashMap<(u32, u32), bool>,
}

impl OrderComparison<'_> {
    /// Whether an order is in force in only one policy, or in both with other names, reach, jurisdiction or window.
    fn do_differ(&mut self, pair: Pair) -> bool {
        let Sides { before, after } = self.sides;
        match (before.in_force(pair.before), after.in_force(pair.after)) {
            (None, None) => false,
            (Some(old), Some(new)) => {
                let is_written_alike = same_text(Some(old), Some(new));
                let (Some(old_index), Some(new_index)) = (pair.before, pair.after) else { return true };
                !is_written_alike && (names_differ(old, new) || (old.effective, old.expires) != (new.effective, new.expires))
                    || !self.jurisdictions_agree(old_index, new_index)
                    || !self.reaches_agree((old_index, old), (new_index, new))
            }
            _ => true,
        }
    }

    fn jurisdictions_agree(&mut self, old: OrderIndex, new: OrderIndex) -> bool {
        let Sides { before, after } = self.sides;
        let (Some(old_rule), Some(new_rule)) = (before.rule(old), after.rule(new)) else { return false };
        let agree = || match (before.jurisdiction(old), after.jurisdiction(new)) {
            (Some(old), Some(new)) => covers_all(old, new) && covers_all(new, old),
            _ => false,
        };
        *self.jurisdictions.entry((old_rule.jurisdiction, new_rule.jurisdiction)).or_insert_with(agree)
    }

    fn reaches_agree(&mut self, (old, old_order): (OrderIndex, &Order), (new, new_order): (OrderIndex, &Order)) -> bool {
        let networks_agree = (&old_order.networks, &old_order.exempt) == (&new_order.networks, &new_order.exempt);
        let is_narrowed = !old_order.networks.is_empty() || !old_order.exempt.is_empty();
        match networks_agree && self.areas_agree(old, new) {
            false if !networks_agree || is_narrowed => self.sides.before.reach(old) == self.sides.after.reach(new),
            agree => agree,
        }
    }

    fn areas_agree(&mut self, old: OrderIndex, new: OrderIndex) -> bool {
        let Sides { before, after } = self.sides;
        let (Some(old_rule), Some(new_rule)) = (before.rule(old), after.rule(new)) else { return false };
        let agree = || match self.sides.share_an_atlas() {
            true if before.area(old) == after.area(new) => true,
            _ => before.territory(old).addresses == after.territory(new).addresses,
        };
        *self.areas.entry((old_rule.area, new_rule.area)).or_insert_with(agree)
    }
}

/// Whether the first covers each region of the second.
fn covers_all(covering: &Regions, regions: &Regions) -> bool {
    regions.iter().all(|region| covering.cover(region))
}

/// A name that is listed twice is named once.
fn names_differ(before: &Order, after: &Order) -> bool {
    fn differ(before: &[String], after: &[String]) -> bool {
        before != after && before.iter().collect::<BTreeSet<_>>() != after.iter().collect::<BTreeSet<_>>()
    }
    differ(&before.meetings, &after.meetings) || differ(&before.accounts, &after.accounts)
}
