//! Warnings about a docket that compiles.

use std::time::SystemTime;

use ipnet::IpNet;

use super::table_builder::TableBuilder;
use crate::geo::{Atlas, LocationSet};
use crate::order::subject::Subject;
use crate::order::{Docket, Order, Status};
use crate::policy::approvals::distinct_up_to_two;
use crate::policy::diagnostic::{Warning, WarningCause, list};
use crate::policy::name_flaw::NameFlaw;
use crate::policy::tables::{Rule, at};
use crate::reach::narrowing::Narrowing;
use crate::reach::{Regions, area};
use crate::region::Region;
use crate::text::quote::Quoted;

/// The warnings, in the sequence of the orders.
pub(super) fn warnings(orders: &[Order], rules: &[Rule], tables: &TableBuilder<'_>, now: SystemTime) -> Vec<Warning> {
    let TableBuilder { atlas, jurisdictions, areas, narrowings, .. } = tables;
    let nothing_located: Vec<bool> =
        jurisdictions.iter().map(|regions| area(regions, &Regions::default(), atlas).is_empty()).collect();
    let mut warnings = Vec::new();
    for (position, (order, rule)) in orders.iter().zip(rules).enumerate() {
        let mut subject = None;
        let mut warn = |field, cause| {
            let subject = subject.get_or_insert_with(|| Subject::order(&order.id, position)).clone();
            warnings.push(Warning::new(subject, field, cause));
        };
        if let (Some(covering), Some(area)) = (at(jurisdictions, rule.jurisdiction), at(areas, rule.area)) {
            let narrowing = at(narrowings, rule.narrowing);
            overreach(order, covering, &mut warn);
            if at(&nothing_located, rule.jurisdiction).copied().unwrap_or(true) {
                warn("issuer", WarningCause::NothingLocated { issuer: order.issuer.clone() });
            } else {
                reach(order, covering, narrowing, area, atlas, &mut warn);
            }
            if narrowing.is_some() {
                clipped(order, covering, area, atlas, &mut warn);
            }
        }
        for (field, names) in [("meetings", &order.meetings), ("accounts", &order.accounts)] {
            wildcards(field, names, &mut warn);
            never_matching(field, names, &mut warn);
        }
        exempt_addresses(&order.exempt, &mut warn);
        if let Some(expires) = order.expires.filter(|&expires| expires <= now) {
            warn("expires", WarningCause::Expired { expires });
        }
        if order.status == Status::InForce {
            care(order, &mut warn);
        }
    }
    warnings
}

fn overreach(order: &Order, covering: &Regions, warn: &mut impl FnMut(&'static str, WarningCause)) {
    for &region in order.regions.iter().filter(|&&region| !covering.cover(region)) {
        warn("regions", WarningCause::Overreach { region, issuer: order.issuer.clone() });
    }
}

/// Whether an order of an issuer with located addresses reaches anyone at all; if not, which field is to blame.
fn reach(
    order: &Order,
    covering: &Regions,
    narrowing: Option<&Narrowing>,
    area: &LocationSet,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    if area.is_empty() {
        let area = Quoted(&order.issuer).to_string();
        return warn("regions", WarningCause::EmptyReach { value: list(&order.regions), area });
    }
    let leaves_any = |narrowing: &Narrowing| leaves_any(narrowing, area, atlas);
    if narrowing.is_none_or(leaves_any) {
        return;
    }
    let without_exempt = Narrowing::new(&order.networks, &[]);
    let (field, networks) =
        if without_exempt.as_ref().is_none_or(leaves_any) { ("exempt", &order.exempt) } else { ("networks", &order.networks) };
    if let Some(area) = area_name(order, covering) {
        warn(field, WarningCause::EmptyReach { value: list(networks), area });
    }
}

/// The issuer, with those of the order's regions that are in its jurisdiction. `None` when the order has regions, all outside.
fn area_name(order: &Order, covering: &Regions) -> Option<String> {
    let issuer = Quoted(&order.issuer);
    let inside: Vec<Region> = order.regions.iter().copied().filter(|&region| covering.cover(region)).collect();
    match (order.regions.as_slice(), inside.as_slice()) {
        ([], _) => Some(issuer.to_string()),
        (_, []) => None,
        (_, inside) => Some(format!("{} of {issuer}", list(inside))),
    }
}

/// Whether the narrowing leaves an address of the area to the order.
fn leaves_any(narrowing: &Narrowing, area: &LocationSet, atlas: &Atlas) -> bool {
    // An order that reaches anyone usually reaches one of these, which saves a walk over the atlas.
    let mut samples = atlas.samples().filter(|&(location, _)| area.contains(location)).flat_map(|(_, sample)| sample.addresses());
    if samples.any(|ip| narrowing.contains(ip)) {
        return true;
    }
    narrowing.spans().flat_map(|span| atlas.location_ids_in(span)).any(|location| area.contains(location))
}

/// Networks that hold addresses outside the area.
fn clipped(
    order: &Order,
    covering: &Regions,
    area: &LocationSet,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    let Some(name) = area_name(order, covering) else { return };
    for (field, networks) in [("networks", &order.networks), ("exempt", &order.exempt)] {
        for &network in networks {
            if atlas.location_ids_in(network.into()).any(|location| !area.contains(location)) {
                warn(field, WarningCause::Clipped { network, area: name.clone() });
            }
        }
    }
}

fn wildcards(field: &'static str, names: &[String], warn: &mut impl FnMut(&'static str, WarningCause)) {
    for name in names.iter().filter(|name| name.contains('*')) {
        warn(field, WarningCause::Wildcard { name: name.clone() });
    }
}

fn never_matching<'a>(
    field: &'static str,
    names: impl IntoIterator<Item = &'a String>,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    for name in names {
        let flaws = NameFlaw::of(name);
        if !flaws.is_empty() {
            warn(field, WarningCause::NeverMatches { name: name.clone(), meant: NameFlaw::mended(name, &flaws), flaws });
        }
    }
}

/// Single IPv6 addresses. One that is mapped from IPv4 is an IPv4 address.
fn exempt_addresses(exempt: &[IpNet], warn: &mut impl FnMut(&'static str, WarningCause)) {
    for &network in exempt {
        let is_one = matches!(network, IpNet::V6(net) if net.prefix_len() == 128 && net.addr().to_ipv4_mapped().is_none());
        if is_one {
            warn("exempt", WarningCause::ExemptAddress { network });
        }
    }
}

/// The warnings about groups, ascending by name.
pub(super) fn of_groups(docket: &Docket) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for name in docket.jurisdictions.keys() {
        let mut warn = |field, cause| warnings.push(Warning::new(Subject::group(name), field, cause));
        never_matching("jurisdictions", [name], &mut warn);
    }
    warnings
}

/// Warns when an order in force lacks an end, evidence or approvals.
fn care(order: &Order, warn: &mut impl FnMut(&'static str, WarningCause)) {
    if order.expires.is_none() {
        warn("expires", WarningCause::NoExpiry);
    }
    if order.evidence.is_empty() {
        warn("evidence", WarningCause::NoEvidence);
    }
    let distinct = distinct_up_to_two(&order.approved_by);
    if distinct < 2 {
        warn("approved_by", WarningCause::FewApprovals { distinct, approved_by: order.approved_by.clone() });
    }
}
