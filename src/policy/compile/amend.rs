//! Changing a few orders of a compiled docket, without compiling the others again.
//!
//! The orders that change are compiled as a docket of their own, and what comes of it is appended to copies of the tables. What the
//! orders before them referred to stays there, until so much has been left behind that the docket is compiled as a whole.

use std::sync::Arc;

use hashbrown::HashSet;

#[cfg(feature = "orders-file")]
use super::place::placed;
use super::tables::number;
use super::{Lowered, compile, lower, weight};
use crate::geo::{Area, Extract};
use crate::order::{Docket, Order, Status};
use crate::policy::compiled::{Compiled, Rule};
use crate::policy::kept::Position;
use crate::policy::names::{Index, Names, Naming, OrderIndex};
use crate::policy::{CompileError, Warning};
use crate::reach::Regions;
use crate::region::Region;

/// The same docket with some orders in place of those with their ids, or added behind all. Defects number the orders as given here.
pub(crate) fn amend(
    compiled: &Compiled,
    warnings: &[Warning],
    orders: Vec<Order>,
) -> Result<(Compiled, Vec<Warning>), CompileError> {
    let mut docket = Docket::default();
    docket.jurisdictions.clone_from(&compiled.groups);
    docket.orders = orders;
    let lowered = lower(&docket, &compiled.atlas, &compiled.requirements)?;
    let places = places(compiled, &docket.orders);
    let before = places.iter().filter_map(|place| place.before);
    let left: usize = before.chain(&docket.orders).map(weight).sum();
    if let Some(slack) = compiled.slack.checked_sub(left) {
        return Ok(graft(compiled, warnings, lowered, &places, slack));
    }
    let mut all: Vec<&Order> = (0..).map_while(|position| compiled.orders.get(position)).collect();
    for Place { order, position, .. } in places {
        match usize::try_from(position).ok().and_then(|position| all.get_mut(position)) {
            Some(before) => *before = order,
            None => all.push(order),
        }
    }
    let mut whole = Docket::default();
    whole.jurisdictions.clone_from(&compiled.groups);
    whole.fenced = compiled.fenced.iter().collect();
    whole.orders = all.into_iter().cloned().collect();
    compile(&whole, &compiled.atlas, &compiled.requirements)
}

/// Another docket in place of the one that was compiled: what is in both is not compiled again.
pub(crate) fn recompile(
    compiled: &Compiled,
    warnings: &[Warning],
    docket: &Docket,
) -> Result<(Compiled, Vec<Warning>), CompileError> {
    let from_scratch = || compile(docket, &compiled.atlas, &compiled.requirements);
    let Some(changed) = changed(compiled, docket) else { return from_scratch() };
    // What is wrong is told with the places that it has in the docket.
    let Ok((amended, warnings)) = amend(compiled, warnings, changed) else { return from_scratch() };
    #[cfg(feature = "orders-file")]
    let warnings = placed(docket, warnings.into_iter().map(|warning| Warning { caret: None, ..warning }).collect());
    Ok((amended, warnings))
}

/// The orders of a docket that amending would make of the compiled one: all it has that stand elsewhere or are gone make another
/// docket, as do other groups.
fn changed(compiled: &Compiled, docket: &Docket) -> Option<Vec<Order>> {
    // `ZZ` is no fence, and a defect.
    let same_fences = compiled.fenced == Regions::new(&docket.fenced) && !docket.fenced.contains(&Region::UNKNOWN);
    let same_terms = *compiled.groups == docket.jurisdictions && same_fences;
    let (kept, added) = docket.orders.split_at_checked(compiled.positions.len()).filter(|_| same_terms)?;
    let mut changed = Vec::new();
    for (order, position) in kept.iter().zip(0..) {
        let before = compiled.orders.get(position).filter(|before| before.id == order.id)?;
        if before != order {
            changed.push(order.clone());
        }
    }
    let are_new = added.iter().all(|order| compiled.find(&order.id).is_err());
    changed.extend(added.iter().cloned());
    are_new.then_some(changed)
}

/// Where an order goes that is amended.
struct Place<'a> {
    order: &'a Order,
    /// The order whose place it takes.
    before: Option<&'a Order>,
    position: Position,
    /// Its index among the orders as they are now, or that of the first one behind it.
    index: Result<usize, usize>,
}

/// The places of orders, in their sequence.
fn places<'a>(compiled: &'a Compiled, orders: &'a [Order]) -> Vec<Place<'a>> {
    let mut len = compiled.positions.len();
    let place = |order: &'a Order| {
        let index = compiled.find(&order.id);
        let position = index.ok().and_then(|index| compiled.positions.get(index)).copied().unwrap_or_else(|| {
            len += 1;
            number(len - 1)
        });
        Place { order, before: index.ok().and_then(|_| compiled.orders.get(position)), position, index }
    };
    orders.iter().map(place).collect()
}

/// An order that is amended, compiled.
struct Amendment<'a> {
    place: &'a Place<'a>,
    /// Its index among the orders as they will be.
    index: usize,
    rule: Rule,
}

fn graft(
    compiled: &Compiled,
    warnings: &[Warning],
    lowered: Lowered<'_>,
    places: &[Place<'_>],
    slack: usize,
) -> (Compiled, Vec<Warning>) {
    let Lowered { by_id, rules, tables, warnings: new_warnings } = lowered;
    let union = tables.union(places.iter().map(|place| place.order).zip(&rules));
    let rules: Vec<Rule> = rules.iter().map(|rule| behind(compiled, rule)).collect();
    let mut added = Vec::new();
    let mut amendments = Vec::with_capacity(places.len());
    for (place, &rule) in by_id.iter().filter_map(|&at| Some((places.get(at)?, rules.get(at)?))) {
        // Ids ascend, so those that were added before come before this one.
        let (Ok(index) | Err(index)) = place.index;
        amendments.push(Amendment { place, index: index + added.len(), rule });
        added.extend(place.index.err());
    }
    let moved = |index: OrderIndex| index + number(added.partition_point(|&at| at <= usize::try_from(index).unwrap_or(at)));
    let renumber = (!added.is_empty()).then_some(moved);
    let mut orders = compiled.orders.clone();
    places.iter().for_each(|place| orders.put(place.position, place.order));
    let mut narrowings = compiled.narrowings.clone();
    narrowings.extend(tables.narrowings);
    let grafted = Compiled {
        orders,
        positions: merged(&compiled.positions, &amendments, |amendment| amendment.place.position),
        rules: merged(&compiled.rules, &amendments, |amendment| amendment.rule),
        windows: appended(&compiled.windows, tables.windows),
        narrowings,
        areas: appended(&compiled.areas, tables.areas),
        jurisdictions: appended(&compiled.jurisdictions, tables.jurisdictions),
        in_force: names(&compiled.in_force, renumber, &amendments, |status| status == Status::InForce),
        others: names(&compiled.others, renumber, &amendments, |status| status != Status::InForce),
        fenced: compiled.fenced.clone(),
        extract: extract(compiled, union),
        atlas: compiled.atlas.clone(),
        groups: compiled.groups.clone(),
        requirements: compiled.requirements.clone(),
        slack,
    };
    (grafted, renewed(warnings, new_warnings, places))
}

/// A rule whose tables are appended to those that there are.
fn behind(compiled: &Compiled, rule: &Rule) -> Rule {
    let moved = |at: u32, by: usize| usize::try_from(at).map_or(Rule::NONE, |at| number(at.saturating_add(by)));
    let some = |at: u32, by: usize| if at == Rule::NONE { at } else { moved(at, by) };
    Rule {
        area: moved(rule.area, compiled.areas.len()),
        jurisdiction: moved(rule.jurisdiction, compiled.jurisdictions.len()),
        window: some(rule.window, compiled.windows.len()),
        narrowing: some(rule.narrowing, compiled.narrowings.len()),
    }
}

fn appended<T: Clone>(table: &[T], more: Vec<T>) -> Box<[T]> {
    let mut all = Vec::with_capacity(table.len() + more.len());
    all.extend_from_slice(table);
    all.extend(more);
    all.into_boxed_slice()
}

/// What each order has, by its index, with what the amended ones have.
fn merged<T: Copy>(each: &[T], amendments: &[Amendment<'_>], new: impl Fn(&Amendment<'_>) -> T) -> Box<[T]> {
    let added = amendments.iter().filter(|amendment| amendment.place.before.is_none()).count();
    let mut all = Vec::with_capacity(each.len() + added);
    let mut rest = each;
    for amendment in amendments {
        let (same, behind) = rest.split_at_checked(amendment.index.saturating_sub(all.len())).unwrap_or_default();
        all.extend_from_slice(same);
        all.push(new(amendment));
        rest = behind.get(usize::from(amendment.place.before.is_some())..).unwrap_or_default();
    }
    all.extend_from_slice(rest);
    all.into_boxed_slice()
}

/// What the orders of some status name, in both name spaces.
fn names<'a>(
    names: &Names,
    renumber: Option<impl Fn(OrderIndex) -> OrderIndex + Copy>,
    amendments: &[Amendment<'a>],
    of_status: impl Fn(Status) -> bool,
) -> Names {
    let index = |index: &Index, names: fn(&Order) -> &Vec<String>| {
        let namings = |(order, index): (Option<&'a Order>, usize)| {
            let names = order.filter(|order| of_status(order.status)).into_iter().flat_map(names);
            names.map(move |name| Naming { name, order: number(index) })
        };
        let removed = amendments.iter().map(|amendment| (amendment.place.before, amendment.index)).flat_map(namings);
        let added = amendments.iter().map(|amendment| (Some(amendment.place.order), amendment.index)).flat_map(namings);
        index.amended(renumber, removed, added)
    };
    Names { meetings: index(&names.meetings, |order| &order.meetings), accounts: index(&names.accounts, |order| &order.accounts) }
}

/// The part of the atlas that all orders in force can reach, these and those that there were.
fn extract(compiled: &Compiled, more: Area) -> Arc<Extract> {
    let mut area = compiled.extract.area().clone();
    area.extend(&more);
    if &area == compiled.extract.area() { compiled.extract.clone() } else { compiled.atlas.extract(area) }
}

/// The warnings, in the docket's sequence, with those about the amended orders in place of the ones that these had.
fn renewed(warnings: &[Warning], new: Vec<Warning>, places: &[Place<'_>]) -> Vec<Warning> {
    let position = |place: &Place<'_>| usize::try_from(place.position).unwrap_or(usize::MAX);
    let amended: HashSet<usize> = places.iter().map(|place| position(place) + 1).collect();
    let same = warnings.iter().filter(|warning| warning.order_number().is_none_or(|number| !amended.contains(&number)));
    let new = new.into_iter().map(|mut warning| {
        let place = warning.order_number().and_then(|number| places.get(number - 1));
        warning.subject = warning.subject.at(place.map_or(usize::MAX, position));
        warning
    });
    let mut all: Vec<Warning> = same.cloned().chain(new).collect();
    all.sort_by_key(|warning| warning.order_number());
    all
}
