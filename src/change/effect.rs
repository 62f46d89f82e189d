//! Whether any decision differs, and how.
//!
//! It suffices to compare each name of a differing order alone: a meeting whose host no order names, and an account whose meeting
//! no order names. The orders that name a meeting and its host's account are those of the meeting and those of the account. If both
//! policies decide alike about each of the two names, then the reaching orders are equal for each name, and so for both names
//! together; where none reaches, the named orders are equal for each, and so together; and the first domestic order of both is the
//! lesser of the two first ones. If the new policy blocks somebody whom the old one admits, one of the reaching orders names the
//! meeting or the account, and the old policy admits that person under this name alone, too.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hashbrown::{HashMap, HashSet};

use super::pairs::Pair;
use super::sides::{Side, Sides, left};
use crate::net::set::AddressSet;
use crate::order::Order;
use crate::policy::Meeting;
use crate::policy::name_index::OrderIndex;
use crate::policy::tables::{Rule, Window};
use crate::region::Region;

/// The effect of the new policy on decisions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Effect {
    /// Some decision is not what it was.
    pub(super) differs: bool,
    /// Somebody is blocked who was not.
    pub(super) widens: bool,
    /// Somebody is not blocked who was.
    pub(super) releases: bool,
}

/// The orders that name a meeting or an account, in the old policy and in the new one: in force at a given instant, or at any.
type NamingOrders = (Vec<OrderIndex>, Vec<OrderIndex>);

/// A meeting or an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Name<'d> {
    Meeting(&'d str),
    Account(&'d str),
}

impl Effect {
    /// `orders` are those whose effect differs. All others are in both policies, with equal effect.
    pub(super) fn new(sides: &Sides, orders: &[Pair]) -> Effect {
        let mut names: HashSet<Name<'_>> = HashSet::new();
        for pair in orders {
            for order in [sides.before.in_force(pair.before), sides.after.in_force(pair.after)].into_iter().flatten() {
                names.extend(order.meetings.iter().map(|meeting| Name::Meeting(meeting)));
                names.extend(order.accounts.iter().map(|account| Name::Account(account)));
            }
        }
        let differing = |index: fn(&Pair) -> Option<OrderIndex>| orders.iter().filter_map(index).collect();
        let (before, after) = (differing(|pair| pair.before), differing(|pair| pair.after));
        let mut comparison = Comparison { sides, before, after, areas_within: Default::default(), effect: Effect::default() };
        // Many names share their orders, and the orders in force at one instant often are at another one, too.
        let (mut together, mut at_once) = (HashSet::new(), Remembered::default());
        for name in names {
            let named = (named(&sides.before, name), named(&sides.after, name));
            if together.contains(&named) {
                continue;
            }
            for instant in instants(sides, &named) {
                let in_force = in_force(sides, &named, instant);
                if comparison.has_differing(&in_force) && !at_once.contains(&in_force) {
                    comparison.consider(&in_force);
                    at_once.insert(in_force);
                }
                if comparison.effect.widens && comparison.effect.releases {
                    return comparison.effect;
                }
            }
            together.insert(named);
        }
        comparison.effect
    }
}

/// A bounded cache of the sets of orders already considered. When all windows differ, the sets would take memory in the square of
/// the number of orders.
#[derive(Default)]
struct Remembered {
    named: HashSet<NamingOrders>,
    orders: usize,
}

impl Remembered {
    /// The bound: some megabytes.
    const MOST: usize = 1 << 20;

    fn contains(&self, named: &NamingOrders) -> bool {
        self.named.contains(named)
    }

    fn insert(&mut self, named: NamingOrders) {
        let orders = self.orders + named.0.len() + named.1.len();
        if orders <= Remembered::MOST {
            self.named.insert(named);
            self.orders = orders;
        }
    }
}

fn named(side: &Side, name: Name<'_>) -> Vec<OrderIndex> {
    // No order names the empty name.
    let meeting = match name {
        Name::Meeting(id) => Meeting::new(id),
        Name::Account(account) => Meeting::new("").hosted_by(account),
    };
    let in_force = &side.tables().in_force;
    in_force.orders(in_force.named(meeting)).collect()
}

/// The instants at which some order comes into force or goes out of it, and one before all of them.
fn instants(sides: &Sides, (before, after): &NamingOrders) -> Vec<SystemTime> {
    /// A step that every platform's clock can make: those of Windows are the longest.
    const STEP: Duration = Duration::from_nanos(100);
    let windows = before.iter().filter_map(|&index| window(&sides.before, index));
    let windows = windows.chain(after.iter().filter_map(|&index| window(&sides.after, index)));
    let mut instants: Vec<SystemTime> = windows.flat_map(|window| [window.effective, window.expires]).flatten().collect();
    instants.sort_unstable();
    instants.dedup();
    let earliest = match instants.first() {
        Some(first) => first.checked_sub(STEP),
        None => Some(SystemTime::UNIX_EPOCH),
    };
    instants.extend(earliest);
    instants
}

fn window(side: &Side, index: OrderIndex) -> Option<&Window> {
    side.tables().window(side.rule(index)?)
}

/// The orders that are in force at an instant.
fn in_force(sides: &Sides, (before, after): &NamingOrders, at: SystemTime) -> NamingOrders {
    let holds = |side: &Side, index: OrderIndex| side.rule(index).is_none_or(|rule| side.tables().is_in_force(rule, || at));
    let in_force = |side: &Side, orders: &[OrderIndex]| orders.iter().copied().filter(|&index| holds(side, index)).collect();
    (in_force(&sides.before, before), in_force(&sides.after, after))
}

/// Whether the union of some areas of one policy lies within that of some of the other, by the numbers of the areas.
type AreasWithin = HashMap<(Vec<u32>, Vec<u32>), bool>;

/// The comparison, with its result so far.
struct Comparison<'s> {
    sides: &'s Sides,
    /// The orders with another effect.
    before: HashSet<OrderIndex>,
    after: HashSet<OrderIndex>,
    /// The areas of the new policy within those of the old one, and the reverse.
    areas_within: [AreasWithin; 2],
    effect: Effect,
}

impl Comparison<'_> {
    /// Whether one of these orders has another effect.
    fn has_differing(&self, (before, after): &NamingOrders) -> bool {
        before.iter().any(|index| self.before.contains(index)) || after.iter().any(|index| self.after.contains(index))
    }

    /// Considers all orders that name something and are in force at some instant. Orders that do not differ are in both lists.
    fn consider(&mut self, (before, after): &NamingOrders) {
        let Sides { before: old, after: new } = self.sides;
        let share_an_atlas = self.sides.share_an_atlas();
        let differing = |orders: &[OrderIndex], differing: &HashSet<OrderIndex>| -> Vec<OrderIndex> {
            orders.iter().copied().filter(|index| differing.contains(index)).collect()
        };
        let (lost, gained) = (differing(before, &self.before), differing(after, &self.after));
        let [of_new, of_old] = &mut self.areas_within;
        let exceeds = |known: &mut AreasWithin, inner, outer| !is_within(inner, outer, share_an_atlas, known);
        self.effect.widens = self.effect.widens || exceeds(of_new, (new, gained.as_slice()), (old, before.as_slice()));
        self.effect.releases = self.effect.releases || exceeds(of_old, (old, lost.as_slice()), (new, after.as_slice()));
        self.effect.differs = self.effect.differs
            || self.effect.widens
            || self.effect.releases
            || self.blocks_differ(before, after)
            || self.keeps_differ(before, after)
            || self.domestic_differ(before, after);
    }

    /// Whether some block gives other orders than before, where the union of all reaches stays.
    fn blocks_differ(&self, before: &[OrderIndex], after: &[OrderIndex]) -> bool {
        let Sides { before: old, after: new } = self.sides;
        let loses = |&index: &OrderIndex| match self.before.contains(&index).then(|| counterpart((old, index), (new, after))) {
            None => false,
            Some(Some(other)) => !self.reach_alike(index, other),
            Some(None) => !old.reach(index).is_empty(),
        };
        let gains = |&index: &OrderIndex| {
            self.after.contains(&index) && counterpart((new, index), (old, before)).is_none() && !new.reach(index).is_empty()
        };
        before.iter().any(loses) || after.iter().any(gains)
    }

    fn reach_alike(&self, before: OrderIndex, after: OrderIndex) -> bool {
        let (old, new) = ((&self.sides.before, before), (&self.sides.after, after));
        let is_plain = self.sides.share_an_atlas() && is_narrower(old, new) && is_narrower(new, old);
        is_plain || self.sides.before.reach(before) == self.sides.after.reach(after)
    }

    /// Whether a meeting is kept under other orders than before for somebody whom none of them reaches.
    fn keeps_differ(&self, before: &[OrderIndex], after: &[OrderIndex]) -> bool {
        let Sides { before: old, after: new } = self.sides;
        !ids(old, before).eq(ids(new, after)) && !union(old, before).is_everything()
    }

    /// Whether the first domestic order is another one for some host. The regions that jurisdictions list suffice: a subdivision
    /// that none of them lists is covered by the jurisdictions that cover its country.
    fn domestic_differ(&self, before: &[OrderIndex], after: &[OrderIndex]) -> bool {
        let Sides { before: old, after: new } = self.sides;
        let regions = |side: &Side, orders: &[OrderIndex]| -> HashSet<Region> {
            orders.iter().filter_map(|&index| side.jurisdiction(index)).flat_map(|regions| regions.iter()).collect()
        };
        let first = |side: &Side, orders: &[OrderIndex], region: Region| {
            let covers = |index: &OrderIndex| side.jurisdiction(*index).is_some_and(|regions| regions.cover(region));
            side.order(orders.iter().copied().find(covers)).map(|order| order.id.clone())
        };
        let mut regions = regions(old, before).into_iter().chain(regions(new, after));
        regions.any(|region| first(old, before, region) != first(new, after, region))
    }
}

fn ids<'s>(side: &'s Side, orders: &'s [OrderIndex]) -> impl Iterator<Item = &'s str> {
    orders.iter().filter_map(|&index| side.order(Some(index))).map(|order| order.id.as_str())
}

/// The order of the same id among those of the other policy, which ascend by id.
fn counterpart((side, index): (&Side, OrderIndex), (other_side, others): (&Side, &[OrderIndex])) -> Option<OrderIndex> {
    let id = &side.order(Some(index))?.id;
    let at = others.binary_search_by(|&other| other_side.order(Some(other)).map(|order| &order.id).cmp(&Some(id))).ok()?;
    others.get(at).copied()
}

/// The union of the reaches of some orders.
fn union(side: &Side, orders: &[OrderIndex]) -> AddressSet {
    let reaches: Vec<Arc<AddressSet>> = orders.iter().map(|&index| side.reach(index)).collect();
    AddressSet::union(reaches.iter().map(|reach| &**reach))
}

/// Whether the `outer` orders together reach every address that the `inner` ones do.
fn is_within(
    (inner_side, inner): (&Side, &[OrderIndex]),
    (outer_side, outer): (&Side, &[OrderIndex]),
    share_an_atlas: bool,
    known: &mut AreasWithin,
) -> bool {
    /// The most orders that each one is compared with. Beyond that, listing the addresses is faster.
    const FEW: usize = 32;
    // Most often a single order reaches every address of another, which shows without listing addresses.
    let is_plainly_within = |&index: &OrderIndex| {
        let counterpart = counterpart((inner_side, index), (outer_side, outer));
        let mut likely = counterpart.into_iter().chain(outer.iter().copied().take(FEW));
        share_an_atlas && likely.any(|other| is_narrower((inner_side, index), (outer_side, other)))
    };
    let rest: Vec<OrderIndex> = inner.iter().copied().filter(|index| !is_plainly_within(index)).collect();
    if rest.is_empty() {
        return true;
    }
    // Each location of an area has an address.
    let plainly_reaches =
        |&index: &OrderIndex| is_whole(inner_side, index) && inner_side.area(index).is_some_and(|area| !area.is_empty());
    if outer.is_empty() && rest.iter().any(plainly_reaches) {
        return false;
    }
    // Orders that are not narrowed are many, and their areas few.
    let is_within = || union(inner_side, &rest).is_within(&union(outer_side, outer));
    match (areas(inner_side, &rest), areas(outer_side, outer)) {
        (Some(inner), Some(outer)) => *known.entry((inner, outer)).or_insert_with(is_within),
        _ => is_within(),
    }
}

/// Whether an order reaches all of its area.
fn is_whole(side: &Side, index: OrderIndex) -> bool {
    side.rule(index).is_some_and(|rule| rule.narrowing == Rule::NONE)
}

/// The numbers of the orders' areas. `None` when an order is narrowed, or there are many areas.
fn areas(side: &Side, orders: &[OrderIndex]) -> Option<Vec<u32>> {
    /// Most dockets have few areas. With many, caching does not help.
    const MOST: usize = 64;
    let area = |&index: &OrderIndex| side.rule(index).filter(|_| is_whole(side, index)).map(|rule| rule.area);
    let mut areas: Vec<u32> = orders.iter().map(area).collect::<Option<_>>()?;
    areas.sort_unstable();
    areas.dedup();
    (areas.len() <= MOST).then_some(areas)
}

/// Whether areas and networks show that one order reaches no more than the other. `false` may also mean that they do not suffice.
fn is_narrower((side, index): (&Side, OrderIndex), (other_side, other): (&Side, OrderIndex)) -> bool {
    let (Some(area), Some(other_area)) = (side.area(index), other_side.area(other)) else { return false };
    let narrowing = |side: &Side, index| side.order(Some(index)).map(|order: &Order| left(order));
    area.is_within(other_area)
        && match (narrowing(side, index), narrowing(other_side, other)) {
            (Some(_), Some(None)) => true,
            (Some(Some(left)), Some(Some(other))) => left.is_within(&other),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_orders_are_remembered_than_the_bound() {
        let set = |first: OrderIndex| (vec![first; 3], vec![first; 1]);
        let mut remembered = Remembered { orders: Remembered::MOST - 6, ..Remembered::default() };
        for (first, is_kept) in [(1, true), (2, false)] {
            remembered.insert(set(first));
            assert_eq!(remembered.contains(&set(first)), is_kept);
        }
        remembered.insert((vec![3], vec![3]));
        assert!(remembered.contains(&(vec![3], vec![3])), "a smaller one has room");
    }
}
