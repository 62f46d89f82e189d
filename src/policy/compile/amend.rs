//! Changing a few orders of a compiled docket, without compiling the others again.
//!
//! The orders that change are compiled as a docket of their own, and the result is added to copies of the tables. Entries that only
//! replaced orders used stay as garbage, until there is so much of it that the docket is compiled as a whole.

use std::sync::Arc;
use std::time::SystemTime;

use hashbrown::HashSet;

#[cfg(feature = "orders-file")]
use super::carets::with_carets;
use super::renumber::merge;
use super::table_builder::number;
use super::{Lowered, check, compile, lower, sources, weight};
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use crate::geo::Atlas;
use crate::geo::{AtlasSubset, LocationSet};
use crate::order::{Docket, End, Order, Status};
use crate::policy::compile::check::Occasion;
use crate::policy::diagnostic::{CompileError, Warning};
use crate::policy::name_index::{NameIndex, NameTable, Naming, OrderIndex};
use crate::policy::order_store::Position;
use crate::policy::tables::{Rule, Tables, at};
use crate::policy::warnings::Warnings;
use crate::reach::Regions;
use crate::region::Region;

/// Amends a compiled docket: each order replaces the one with its id, or is added behind all. Defects number the orders as given
/// here.
pub(crate) fn amend(
    base: &Tables,
    warnings: &Warnings,
    orders: Vec<Order>,
    now: SystemTime,
) -> Result<(Tables, Warnings), CompileError> {
    let mut docket = Docket::default();
    docket.jurisdictions.clone_from(&base.groups);
    docket.orders = orders;
    let lowered = lower(&docket, &base.atlas, &base.requirements, Occasion::Amending, now)?;
    let slots = slots(base, &docket.orders);
    let before = slots.iter().filter_map(|slot| slot.before);
    let left: usize = before.chain(&docket.orders).map(weight).sum();
    if let Some(slack) = base.slack.checked_sub(left) {
        return Ok(graft(base, warnings, lowered, &slots, slack, now));
    }
    let mut all: Vec<&Order> = (0..).map_while(|position| base.orders.get(position)).collect();
    for OrderSlot { order, position, .. } in slots {
        match usize::try_from(position).ok().and_then(|position| all.get_mut(position)) {
            Some(before) => *before = order,
            None => all.push(order),
        }
    }
    let docket = whole(base, all.into_iter());
    compile(&docket, &base.atlas, &base.requirements, Occasion::Amending, now)
}

/// Compiles the docket of `base` on another atlas.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) fn on_atlas(base: &Tables, atlas: &Atlas, now: SystemTime) -> Result<(Tables, Warnings), CompileError> {
    let orders = (0..).map_while(|position| base.orders.get(position));
    compile(&whole(base, orders), atlas, &base.requirements, Occasion::Amending, now)
}

/// A docket of these orders and all else that the compiled one has.
fn whole<'o>(base: &Tables, orders: impl Iterator<Item = &'o Order>) -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.clone_from(&base.groups);
    docket.fenced = base.fenced.iter().collect();
    docket.orders = orders.cloned().collect();
    docket.end = End(base.end);
    docket
}

/// Compiles another docket in place of `base`. Orders of both are not compiled again.
pub(crate) fn recompile(
    base: &Tables,
    warnings: &Warnings,
    docket: &Docket,
    now: SystemTime,
) -> Result<(Tables, Warnings), CompileError> {
    let occasion = Occasion::Replacing(base.end);
    let from_scratch = || compile(docket, &base.atlas, &base.requirements, occasion, now);
    if !check::is_whole(docket, &base.requirements, occasion) {
        return from_scratch();
    }
    let Some(changed) = changed(base, docket) else { return from_scratch() };
    // Defects are told with their positions in the whole docket.
    let Ok((mut amended, warnings)) = amend(base, warnings, changed, now) else { return from_scratch() };
    amended.end = docket.end.0;
    #[cfg(feature = "orders-file")]
    let warnings = {
        let unplaced = warnings.all().iter().map(|warning| Warning { caret: None, ..warning.clone() });
        Warnings::new(with_carets(docket, unplaced.collect()))
    };
    Ok((amended, warnings))
}

/// The orders to pass to [`amend`] to obtain `docket`; `None` if orders moved or are gone, or groups changed.
fn changed(base: &Tables, docket: &Docket) -> Option<Vec<Order>> {
    // `ZZ` in `fenced` is a defect, which only compiling reports.
    let same_fences = base.fenced == Regions::new(&docket.fenced) && !docket.fenced.contains(&Region::UNKNOWN);
    let same_terms = *base.groups == docket.jurisdictions && same_fences;
    let (kept, added) = docket.orders.split_at_checked(base.positions.len()).filter(|_| same_terms)?;
    let mut changed = Vec::new();
    for (order, position) in kept.iter().zip(0..) {
        let before = base.orders.get(position).filter(|before| before.id == order.id)?;
        if before != order {
            changed.push(order.clone());
        }
    }
    let are_new = added.iter().all(|order| base.find(&order.id).is_err());
    changed.extend(added.iter().cloned());
    are_new.then_some(changed)
}

/// An amended order and its place.
struct OrderSlot<'a> {
    order: &'a Order,
    /// The order that it replaces.
    before: Option<&'a Order>,
    position: Position,
    /// The index of that order, or the index at which to insert the new one.
    index: Result<usize, usize>,
}

/// The slots of orders, in their sequence.
fn slots<'a>(base: &'a Tables, orders: &'a [Order]) -> Vec<OrderSlot<'a>> {
    let mut len = base.positions.len();
    let slot = |order: &'a Order| {
        let index = base.find(&order.id);
        let position = index.ok().and_then(|index| base.positions.get(index)).copied().unwrap_or_else(|| {
            len += 1;
            number(len - 1)
        });
        OrderSlot { order, before: index.ok().and_then(|_| base.orders.get(position)), position, index }
    };
    orders.iter().map(slot).collect()
}

/// An order that is amended, compiled.
struct Amendment<'a> {
    slot: &'a OrderSlot<'a>,
    /// Its index among the orders as they will be.
    index: usize,
    rule: Rule,
}

fn graft(
    base: &Tables,
    warnings: &Warnings,
    lowered: Lowered<'_>,
    slots: &[OrderSlot<'_>],
    slack: usize,
    now: SystemTime,
) -> (Tables, Warnings) {
    let Lowered { by_id, rules, builder, warnings: new_warnings } = lowered;
    let union = builder.union(slots.iter().map(|slot| slot.order).zip(&rules));
    let kept = || kept_rules(base, slots);
    let (areas, area_numbers) = merge(&base.areas, kept().map(|rule| rule.area), builder.areas);
    let (jurisdictions, jurisdiction_numbers) =
        merge(&base.jurisdictions, kept().map(|rule| rule.jurisdiction), builder.jurisdictions);
    let renumbered = |rule: &Rule| Rule {
        area: at(&area_numbers, rule.area).copied().unwrap_or(Rule::NONE),
        jurisdiction: at(&jurisdiction_numbers, rule.jurisdiction).copied().unwrap_or(Rule::NONE),
        window: behind(rule.window, base.windows.len()),
        narrowing: behind(rule.narrowing, base.narrowings.len()),
    };
    let rules: Vec<Rule> = rules.iter().map(renumbered).collect();
    let mut added = Vec::new();
    let mut amendments = Vec::with_capacity(slots.len());
    for (slot, &rule) in by_id.iter().filter_map(|&at| Some((slots.get(at)?, rules.get(at)?))) {
        // Ids ascend, so those that were added before come before this one.
        let (Ok(index) | Err(index)) = slot.index;
        amendments.push(Amendment { slot, index: index + added.len(), rule });
        added.extend(slot.index.err());
    }
    let moved = |index: OrderIndex| index + number(added.partition_point(|&at| at <= usize::try_from(index).unwrap_or(at)));
    let renumber = (!added.is_empty()).then_some(moved);
    let mut orders = base.orders.clone();
    orders.put_all(slots.iter().map(|slot| (slot.position, slot.order)));
    let mut narrowings = base.narrowings.clone();
    narrowings.extend(builder.narrowings);
    let grafted = Tables {
        orders,
        positions: merged(&base.positions, &amendments, |amendment| amendment.slot.position),
        rules: merged(&base.rules, &amendments, |amendment| amendment.rule),
        windows: appended(&base.windows, builder.windows),
        narrowings,
        areas,
        jurisdictions,
        in_force: names(&base.in_force, renumber, &amendments, |status| status == Status::InForce),
        others: names(&base.others, renumber, &amendments, |status| status != Status::InForce),
        fenced: base.fenced.clone(),
        subset: subset(base, union),
        atlas: base.atlas.clone(),
        groups: base.groups.clone(),
        requirements: base.requirements.clone(),
        end: base.end,
        slack,
    };
    let numbers = slots.iter().map(|slot| position(slot).saturating_add(1));
    (grafted, warnings.amended(sources::warnings(&base.atlas, now), numbers, &numbered(new_warnings, slots)))
}

/// The rules of the orders that are not replaced.
fn kept_rules<'a>(base: &'a Tables, slots: &[OrderSlot<'_>]) -> impl Iterator<Item = &'a Rule> + use<'a> {
    let replaced: HashSet<usize> = slots.iter().filter_map(|slot| slot.index.ok()).collect();
    base.rules.iter().enumerate().filter(move |(index, _)| !replaced.contains(index)).map(|(_, rule)| rule)
}

/// The number of a value after its table was appended to one of `len` values.
fn behind(number_there: u32, len: usize) -> u32 {
    match usize::try_from(number_there) {
        Ok(at) if number_there != Rule::NONE => number(at.saturating_add(len)),
        _ => Rule::NONE,
    }
}

fn appended<T: Clone>(table: &[T], more: Vec<T>) -> Box<[T]> {
    let mut all = Vec::with_capacity(table.len() + more.len());
    all.extend_from_slice(table);
    all.extend(more);
    all.into_boxed_slice()
}

/// A column of the orders by index, with the entries of amended orders in it.
fn merged<T: Copy>(each: &[T], amendments: &[Amendment<'_>], new: impl Fn(&Amendment<'_>) -> T) -> Box<[T]> {
    let added = amendments.iter().filter(|amendment| amendment.slot.before.is_none()).count();
    let mut all = Vec::with_capacity(each.len() + added);
    let mut rest = each;
    for amendment in amendments {
        let (same, behind) = rest.split_at_checked(amendment.index.saturating_sub(all.len())).unwrap_or_default();
        all.extend_from_slice(same);
        all.push(new(amendment));
        rest = behind.get(usize::from(amendment.slot.before.is_some())..).unwrap_or_default();
    }
    all.extend_from_slice(rest);
    all.into_boxed_slice()
}

/// The names of orders of some status, in both name spaces, after the amendments.
fn names<'a>(
    names: &NameIndex,
    renumber: Option<impl Fn(OrderIndex) -> OrderIndex + Copy>,
    amendments: &[Amendment<'a>],
    of_status: impl Fn(Status) -> bool,
) -> NameIndex {
    let index = |index: &NameTable, names: fn(&Order) -> &Vec<String>| {
        let namings = |(order, index): (Option<&'a Order>, usize)| {
            let names = order.filter(|order| of_status(order.status)).into_iter().flat_map(names);
            names.map(move |name| Naming { name, order: number(index) })
        };
        let removed = amendments.iter().map(|amendment| (amendment.slot.before, amendment.index)).flat_map(namings);
        let added = amendments.iter().map(|amendment| (Some(amendment.slot.order), amendment.index)).flat_map(namings);
        index.amended(renumber, removed, added)
    };
    NameIndex {
        meetings: index(&names.meetings, |order| &order.meetings),
        accounts: index(&names.accounts, |order| &order.accounts),
    }
}

/// The part of the atlas that the orders in force can reach, old and new.
fn subset(base: &Tables, more: LocationSet) -> Arc<AtlasSubset> {
    let mut area = base.subset.area().clone();
    area.extend(&more);
    if &area == base.subset.area() { base.subset.clone() } else { base.atlas.subset(area) }
}

/// The position in the docket, from 0.
fn position(slot: &OrderSlot<'_>) -> usize {
    usize::try_from(slot.position).unwrap_or(usize::MAX)
}

/// The warnings about amended orders, with their numbers in the docket.
fn numbered(mut new: Vec<Warning>, slots: &[OrderSlot<'_>]) -> Vec<Warning> {
    for warning in &mut new {
        let slot = warning.order_number().and_then(|number| slots.get(number.checked_sub(1)?));
        warning.subject = warning.subject.at(slot.map_or(usize::MAX, position));
    }
    new
}
