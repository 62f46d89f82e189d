//! What is worth a second look in a docket that compiles.

use std::collections::BTreeSet;
use std::time::SystemTime;

use ipnet::IpNet;

use super::check::{Jurisdictions, overreaches};
use crate::address::{IpSpan, Span};
use crate::compiled::Rule;
use crate::finding::{Subject, Warning, WarningCause, list};
use crate::geo::{Atlas, Place};
use crate::quote::{Quoted, excerpt};
use crate::reach::{Area, Narrowing, Regions};
use crate::{Docket, Order, Region, Status};

/// The warnings, in the docket's sequence of orders, as their rules are.
pub(super) fn warnings(
    docket: &Docket,
    rules: &[Rule],
    areas: &[Area],
    jurisdictions: &Jurisdictions,
    atlas: &Atlas,
) -> Vec<Warning> {
    let nothing_located: Vec<bool> =
        jurisdictions.regions.iter().map(|regions| Area::new(regions, &Regions::default(), atlas).is_empty()).collect();
    let now = SystemTime::now();
    let mut warnings = Vec::new();
    for (order, rule) in docket.orders.iter().zip(rules) {
        let mut warn = |field, cause| warnings.push(Warning { subject: Subject::Order(excerpt(&order.id)), field, cause });
        let Some(covering) = jurisdictions.regions.get(rule.jurisdiction) else { continue };
        overreach(order, covering, &mut warn);
        if nothing_located.get(rule.jurisdiction).copied().unwrap_or(true) {
            warn("issuer", WarningCause::NothingLocated { issuer: order.issuer.clone() });
        } else if let Some(area) = areas.get(rule.area) {
            reach(order, covering, rule, area, atlas, &mut warn);
        }
        if let (Some(area), Some(name)) = (areas.get(rule.area), area_name(order, covering)) {
            clipped("networks", &order.networks, area, &name, atlas, &mut warn);
            clipped("exempt", &order.exempt, area, &name, atlas, &mut warn);
        }
        wildcards("meetings", &order.meetings, &mut warn);
        wildcards("accounts", &order.accounts, &mut warn);
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
    for &region in order.regions.iter().filter(|&&region| overreaches(covering, region)) {
        warn("regions", WarningCause::Overreach { region, issuer: order.issuer.clone() });
    }
}

/// Whether an order of an issuer with located addresses reaches anyone at all; if not, which field is to blame.
fn reach(
    order: &Order,
    covering: &Regions,
    rule: &Rule,
    area: &Area,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    let leaves_any = |networks: &[IpNet], exempt: &[IpNet]| {
        Narrowing::new(networks, exempt).is_none_or(|narrowing| leaves_any(&narrowing, area, atlas))
    };
    let (field, value) = if area.is_empty() {
        ("regions", list(&order.regions))
    } else if rule.narrowing.is_none() || leaves_any(&order.networks, &order.exempt) {
        return;
    } else if leaves_any(&order.networks, &[]) {
        ("exempt", list(&order.exempt))
    } else {
        ("networks", list(&order.networks))
    };
    let name = if field == "regions" { None } else { area_name(order, covering) };
    warn(field, WarningCause::EmptyReach { value, area: name.unwrap_or_else(|| Quoted(&order.issuer).to_string()) });
}

/// The issuer, with those of the order's regions that are in its jurisdiction. `None` when the order has regions, all outside.
fn area_name(order: &Order, covering: &Regions) -> Option<String> {
    let issuer = Quoted(&order.issuer);
    let inside: Vec<Region> = order.regions.iter().copied().filter(|&region| !overreaches(covering, region)).collect();
    match (order.regions.as_slice(), inside.as_slice()) {
        ([], _) => Some(issuer.to_string()),
        (_, []) => None,
        (_, inside) => Some(format!("{} of {issuer}", list(inside))),
    }
}

/// True when some address of the area is left to an order that is narrowed like this.
fn leaves_any(narrowing: &Narrowing, area: &Area, atlas: &Atlas) -> bool {
    // An order that reaches anyone most often reaches one of these, and there is no need to walk the atlas.
    let mut samples = atlas.samples().filter(|&(place, _)| area.contains(place)).flat_map(|(_, sample)| sample.addresses());
    if samples.any(|ip| narrowing.contains(ip)) {
        return true;
    }
    let v4 = narrowing.v4().flat_map(|span| atlas.in_v4(span)).map(|(_, place)| place);
    let v6 = narrowing.v6().flat_map(|span| atlas.in_v6(span)).map(|(_, place)| place);
    v4.chain(v6).any(|place| area.contains(place))
}

/// Networks that hold addresses outside the area, which `name` names.
fn clipped(
    field: &'static str,
    networks: &[IpNet],
    area: &Area,
    name: &str,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    for &network in networks {
        let outside = match network.into() {
            IpSpan::V4(span) => any_outside(span, |span| atlas.in_v4(span), area),
            IpSpan::V6(span) => any_outside(span, |span| atlas.in_v6(span), area),
        };
        if outside {
            warn(field, WarningCause::Clipped { network, area: name.to_owned() });
        }
    }
}

fn any_outside<T, I: Iterator<Item = (Span<T>, Place)>>(span: Span<T>, walk: impl Fn(Span<T>) -> I, area: &Area) -> bool {
    walk(span).any(|(_, place)| !area.contains(place))
}

fn wildcards(field: &'static str, names: &[String], warn: &mut impl FnMut(&'static str, WarningCause)) {
    for name in names.iter().filter(|name| name.contains('*')) {
        warn(field, WarningCause::Wildcard { name: name.clone() });
    }
}

/// What an order in force should have.
fn care(order: &Order, warn: &mut impl FnMut(&'static str, WarningCause)) {
    if order.expires.is_none() {
        warn("expires", WarningCause::NoExpiry);
    }
    if order.evidence.is_empty() {
        warn("evidence", WarningCause::NoEvidence);
    }
    let distinct = order.approved_by.iter().collect::<BTreeSet<_>>().len();
    if distinct < 2 {
        let approved_by = if distinct == 0 { "`[]`".to_owned() } else { list(&order.approved_by) };
        warn("approved_by", WarningCause::FewApprovals { distinct, approved_by });
    }
}
