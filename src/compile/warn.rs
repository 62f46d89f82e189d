//! What is worth a second look in a docket that compiles.

use std::collections::BTreeSet;
use std::time::SystemTime;

use ipnet::IpNet;

use super::check::{Jurisdictions, overreaches};
use crate::address::{IpSpan, Span};
use crate::compiled::Rule;
use crate::finding::{Subject, Warning, WarningCause, list};
use crate::geo::{Atlas, Place, Size};
use crate::quote::{Quoted, excerpt};
use crate::reach::{Area, Narrowing};
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
        jurisdictions.regions.iter().map(|regions| Area::new(regions, &[], atlas).is_empty()).collect();
    let now = SystemTime::now();
    let mut warnings = Vec::new();
    for (order, rule) in docket.orders.iter().zip(rules) {
        let mut warn = |field, cause| warnings.push(Warning { subject: Subject::Order(excerpt(&order.id)), field, cause });
        let covering = jurisdictions.regions.get(rule.jurisdiction).map(|regions| &**regions).unwrap_or_default();
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

fn overreach(order: &Order, covering: &[Region], warn: &mut impl FnMut(&'static str, WarningCause)) {
    for &region in order.regions.iter().filter(|&&region| overreaches(covering, region)) {
        warn("regions", WarningCause::Overreach { region, issuer: order.issuer.clone() });
    }
}

/// Whether an order of an issuer with located addresses reaches anyone at all; if not, which field is to blame.
fn reach(
    order: &Order,
    covering: &[Region],
    rule: &Rule,
    area: &Area,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    let leaves_any = |networks: &[IpNet], exempt: &[IpNet]| {
        Narrowing::new(networks, exempt).is_none_or(|narrowing| leaves_any(&narrowing, networks, exempt, area, atlas))
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
fn area_name(order: &Order, covering: &[Region]) -> Option<String> {
    let issuer = Quoted(&order.issuer);
    let inside: Vec<Region> = order.regions.iter().copied().filter(|&region| !overreaches(covering, region)).collect();
    match (order.regions.as_slice(), inside.as_slice()) {
        ([], _) => Some(issuer.to_string()),
        (_, []) => None,
        (_, inside) => Some(format!("{} of {issuer}", list(inside))),
    }
}

/// True when some address of the area is left to an order that is narrowed like this.
fn leaves_any(narrowing: &Narrowing, networks: &[IpNet], exempt: &[IpNet], area: &Area, atlas: &Atlas) -> bool {
    if narrowing.is_empty() {
        return false;
    }
    if !networks.is_empty() {
        let v4 = narrowing.v4().flat_map(|span| atlas.in_v4(span)).map(|(_, place)| place);
        let v6 = narrowing.v6().flat_map(|span| atlas.in_v6(span)).map(|(_, place)| place);
        return v4.chain(v6).any(|place| area.contains(place));
    }
    // Exemptions alone leave most of the space: instead of walking that, count what they take from the area.
    let Some(exempt) = Narrowing::new(exempt, &[]) else { return true };
    let all = atlas.places().zip(0..).filter(|&(_, place)| area.contains(place));
    let all = all.fold(Size::default(), |sum, ((_, size), _)| Size { v4: sum.v4 + size.v4, v6: sum.v6 + size.v6 });
    let taken = |parts: &mut dyn Iterator<Item = (u128, Place)>| {
        parts.filter(|&(_, place)| area.contains(place)).fold(0_u128, |sum, (breadth, _)| sum + breadth + 1)
    };
    let v4 = taken(&mut exempt.v4().flat_map(|span| atlas.in_v4(span)).map(|(part, place)| (part.breadth(), place)));
    let v6 = taken(&mut exempt.v6().flat_map(|span| atlas.in_v6(span)).map(|(part, place)| (part.breadth(), place)));
    v4 < all.v4.into() || v6 < all.v6
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
