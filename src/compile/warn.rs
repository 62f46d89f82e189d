//! What is worth a second look in a docket that compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use ipnet::IpNet;

use super::check::overreaches;
use crate::address::{IpSpan, Span};
use crate::compiled::{Compiled, Rule};
use crate::finding::{Subject, Warning, WarningCause, list};
use crate::geo::{Atlas, Size};
use crate::quote::Quoted;
use crate::reach::{Area, Narrowing};
use crate::{Docket, Order, Status};

/// The warnings, in the docket's sequence of orders.
pub(super) fn warnings(docket: &Docket, compiled: &Compiled) -> Vec<Warning> {
    let rules: BTreeMap<&str, &Rule> = compiled.orders.iter().map(|order| order.id.as_str()).zip(&compiled.rules).collect();
    let now = SystemTime::now();
    let mut warnings = Vec::new();
    for order in &docket.orders {
        let mut warn = |field, cause| warnings.push(Warning { subject: Subject::Order(order.id.clone()), field, cause });
        if let Some((rule, area)) = rules.get(order.id.as_str()).and_then(|&rule| Some((rule, compiled.areas.get(rule.area)?))) {
            overreach(order, compiled, rule, &mut warn);
            reach(order, compiled, rule, area, &mut warn);
            clipped("networks", &order.networks, order, area, &compiled.atlas, &mut warn);
            clipped("exempt", &order.exempt, order, area, &compiled.atlas, &mut warn);
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

fn overreach(order: &Order, compiled: &Compiled, rule: &Rule, warn: &mut impl FnMut(&'static str, WarningCause)) {
    let outside = order.regions.iter().filter(|&&region| overreaches(compiled.jurisdiction(rule), region));
    for &region in outside {
        warn("regions", WarningCause::Overreach { region, issuer: order.issuer.clone() });
    }
}

/// Whether the order reaches anyone at all.
fn reach(order: &Order, compiled: &Compiled, rule: &Rule, area: &Area, warn: &mut impl FnMut(&'static str, WarningCause)) {
    let atlas = &compiled.atlas;
    let empty = |field: &'static str, value| (field, WarningCause::EmptyReach { value, area: narrowed_area(order) });
    let (field, cause) = if Area::new(compiled.jurisdiction(rule), &[], atlas).is_empty() {
        ("issuer", WarningCause::NothingLocated { issuer: order.issuer.clone() })
    } else if area.is_empty() {
        ("regions", WarningCause::EmptyReach { value: list(&order.regions), area: Quoted(&order.issuer).to_string() })
    } else if rule.narrowing.as_ref().is_none_or(|narrowing| leaves_any(narrowing, order, area, atlas)) {
        return;
    } else if order.networks.is_empty() {
        empty("exempt", list(&order.exempt))
    } else {
        empty("networks", list(&order.networks))
    };
    warn(field, cause);
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
