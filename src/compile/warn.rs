//! What is worth a second look in a docket that compiles.

use std::collections::BTreeSet;
use std::time::SystemTime;

use ipnet::IpNet;

use super::check::{Jurisdictions, overreaches};
use crate::address::{IpSpan, Span};
use crate::compiled::Rule;
use crate::finding::{Subject, Warning, WarningCause, list};
use crate::geo::{Atlas, Size};
use crate::quote::Quoted;
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
        let mut warn = |field, cause| warnings.push(Warning { subject: Subject::Order(order.id.clone()), field, cause });
        let covering = jurisdictions.regions.get(rule.jurisdiction).map(|regions| &**regions).unwrap_or_default();
        overreach(order, covering, &mut warn);
        if nothing_located.get(rule.jurisdiction).copied().unwrap_or(true) {
            warn("issuer", WarningCause::NothingLocated { issuer: order.issuer.clone() });
        } else if let Some(area) = areas.get(rule.area) {
            reach(order, rule, area, atlas, &mut warn);
        }
        if let Some(area) = areas.get(rule.area) {
            clipped("networks", &order.networks, order, area, atlas, &mut warn);
            clipped("exempt", &order.exempt, order, area, atlas, &mut warn);
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

/// Whether an order of an issuer with located addresses reaches anyone at all.
fn reach(order: &Order, rule: &Rule, area: &Area, atlas: &Atlas, warn: &mut impl FnMut(&'static str, WarningCause)) {
    let issuer = || Quoted(&order.issuer).to_string();
    if area.is_empty() {
        warn("regions", WarningCause::EmptyReach { value: list(&order.regions), area: issuer() });
    } else if rule.narrowing.as_ref().is_some_and(|narrowing| !leaves_any(narrowing, order, area, atlas)) {
        let (field, networks) = if order.networks.is_empty() { ("exempt", &order.exempt) } else { ("networks", &order.networks) };
        warn(field, WarningCause::EmptyReach { value: list(networks), area: narrowed_area(order) });
    }
}

/// The issuer, with the regions that the order is narrowed to.
fn narrowed_area(order: &Order) -> String {
    let issuer = Quoted(&order.issuer);
    if order.regions.is_empty() { issuer.to_string() } else { format!("{} of {issuer}", list(&order.regions)) }
}

/// True when some address of the area is left to the order.
fn leaves_any(narrowing: &Narrowing, order: &Order, area: &Area, atlas: &Atlas) -> bool {
    if !order.networks.is_empty() {
        let v4 = narrowing.v4().flat_map(|span| atlas.in_v4(span)).map(|(_, place)| place);
        let v6 = narrowing.v6().flat_map(|span| atlas.in_v6(span)).map(|(_, place)| place);
        return v4.chain(v6).any(|place| area.contains(place));
    }
    if narrowing.is_empty() {
        return false;
    }
    // Exemptions alone leave most of the space: instead of walking that, count what they take from the area.
    let all = atlas.places().zip(0..).filter(|&(_, place)| area.contains(place));
    let all = all.fold(Size::default(), |sum, ((_, size), _)| Size { v4: sum.v4 + size.v4, v6: sum.v6 + size.v6 });
    let exempt: Option<Narrowing> = {
        let mut only = Order::new("", "");
        only.networks = order.exempt.clone();
        Narrowing::new(&only)
    };
    let Some(exempt) = exempt else { return true };
    let taken = |parts: &mut dyn Iterator<Item = (u128, u16)>| {
        parts.filter(|&(_, place)| area.contains(place)).fold(0_u128, |sum, (breadth, _)| sum + breadth + 1)
    };
    let v4 = taken(&mut exempt.v4().flat_map(|span| atlas.in_v4(span)).map(|(part, place)| (part.breadth(), place)));
    let v6 = taken(&mut exempt.v6().flat_map(|span| atlas.in_v6(span)).map(|(part, place)| (part.breadth(), place)));
    v4 < all.v4.into() || v6 < all.v6
}

/// Networks that hold addresses outside the area.
fn clipped(
    field: &'static str,
    networks: &[IpNet],
    order: &Order,
    area: &Area,
    atlas: &Atlas,
    warn: &mut impl FnMut(&'static str, WarningCause),
) {
    for &network in networks {
        let outside = match network.into() {
            IpSpan::V4(span) => any_outside(span, |span| atlas.in_v4(span), area),
            IpSpan::V6(span) => any_outside(span, |span| atlas.in_v6(span), area),
        };
        if outside {
            warn(field, WarningCause::Clipped { network, area: narrowed_area(order) });
        }
    }
}

fn any_outside<T, I: Iterator<Item = (Span<T>, u16)>>(span: Span<T>, walk: impl Fn(Span<T>) -> I, area: &Area) -> bool {
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
