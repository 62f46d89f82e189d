//! The checks that a docket must pass to compile.

use hashbrown::{HashMap, HashSet};
use ipnet::IpNet;

use crate::order::subject::Subject;
use crate::order::{Docket, EndMark, Order, Status};
use crate::policy::diagnostic::{CompileError, Defect, DefectCause, MAX_NAME};
use crate::policy::requirements::Requirements;
use crate::reach::Regions;
use crate::region::Region;
use crate::text::quote::excerpt;

/// The regions of the issuers of a docket.
pub(super) struct Jurisdictions {
    /// Each issuer's regions, once.
    pub(super) regions: Vec<Regions>,
    /// The index of each order's regions, in the docket's sequence.
    pub(super) of_orders: Vec<usize>,
}

/// The reason why a docket is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// It is the first.
    First,
    /// It takes the place of one with this mark.
    Replacing(EndMark),
    /// It holds the orders that are amended, or those of an amended docket.
    Amending,
}

/// Checks everything, orders of every status alike. `by_id` has the positions of the orders, ascending by id and position.
pub(super) fn check(
    docket: &Docket,
    by_id: &[usize],
    requirements: &Requirements,
    occasion: Occasion,
) -> Result<Jurisdictions, CompileError> {
    let mut defects = Vec::new();
    end(docket, requirements, occasion, |field, cause| defects.push(Defect::new(Subject::Docket, field, cause)));
    for (name, regions) in &docket.jurisdictions {
        group(name, regions, |cause| {
            defects.push(Defect::new(Subject::group(name), "jurisdictions", cause));
        });
    }
    if docket.fenced.contains(&Region::UNKNOWN) {
        defects.push(Defect::new(Subject::Docket, "fenced", DefectCause::UnknownRegion));
    }
    let repeated = repeated(docket, by_id);
    let mut issuers: HashMap<&str, usize> = HashMap::new();
    let mut jurisdictions = Jurisdictions { regions: Vec::new(), of_orders: Vec::with_capacity(docket.orders.len()) };
    for (position, order) in docket.orders.iter().enumerate() {
        let mut defect = |field, cause| defects.push(Defect::new(Subject::order(&order.id, position), field, cause));
        if repeated.contains(&position) {
            defect("id", DefectCause::DuplicateId);
        }
        name(&order.id, |cause| defect("id", cause));
        let known = issuers.get(order.issuer.as_str()).copied();
        let index = known.unwrap_or_else(|| {
            jurisdictions.regions.push(issuer(docket, order, |cause| defect("issuer", cause)));
            jurisdictions.regions.len() - 1
        });
        let covering = jurisdictions.regions.get(index).filter(|covering| !covering.is_empty());
        if covering.is_some() {
            // An invalid issuer is an error of each of its orders.
            issuers.insert(&order.issuer, index);
        }
        names(order, &mut defect);
        window(order, &mut defect);
        networks("networks", &order.networks, &mut defect);
        networks("exempt", &order.exempt, &mut defect);
        regions(order, covering, &mut defect);
        requirements.check(order, &mut defect);
        jurisdictions.of_orders.push(index);
    }
    if defects.is_empty() { Ok(jurisdictions) } else { Err(CompileError { defects }) }
}

/// Whether the docket is whole, as far as that can be known.
pub(super) fn is_whole(docket: &Docket, requirements: &Requirements, occasion: Occasion) -> bool {
    let mut is_whole = true;
    end(docket, requirements, occasion, |_, _| is_whole = false);
    is_whole
}

/// Checks that the docket is whole, as far as that can be known.
fn end(docket: &Docket, requirements: &Requirements, occasion: Occasion, mut defect: impl FnMut(&'static str, DefectCause)) {
    let mark = docket.end.0;
    let orders = docket.orders.len();
    if occasion != Occasion::Amending && requirements.needs_end_mark() && mark < EndMark::Last {
        defect("end", DefectCause::NoEndMark { orders });
    } else if matches!(occasion, Occasion::Replacing(before) if mark < before) {
        defect("end", DefectCause::LostEndMark { orders });
    }
    if matches!(occasion, Occasion::Replacing(_)) && orders == 0 && mark == EndMark::Absent {
        defect("orders", DefectCause::NoOrders);
    }
}

/// The positions of orders whose id an earlier one has.
fn repeated(docket: &Docket, by_id: &[usize]) -> HashSet<usize> {
    let id = |position: usize| docket.orders.get(position).map(|order| &order.id);
    let pairs = by_id.iter().zip(by_id.iter().skip(1));
    pairs.filter(|&(&before, &position)| id(before) == id(position)).map(|(_, &position)| position).collect()
}

fn group(group_name: &str, regions: &[Region], mut defect: impl FnMut(DefectCause)) {
    name(group_name, &mut defect);
    if let Ok(region) = group_name.parse() {
        defect(DefectCause::GroupNamedLikeRegion { region });
    }
    if regions.is_empty() {
        defect(DefectCause::EmptyGroup);
    }
    if regions.contains(&Region::UNKNOWN) {
        defect(DefectCause::UnknownRegion);
    }
}

fn name(name: &str, mut defect: impl FnMut(DefectCause)) {
    match name.len() {
        0 => defect(DefectCause::EmptyName),
        1..=MAX_NAME => {}
        bytes => defect(DefectCause::LongName { name: excerpt(name), bytes }),
    }
}

/// The regions of an order's issuer; none when it is not valid.
fn issuer(docket: &Docket, order: &Order, mut defect: impl FnMut(DefectCause)) -> Regions {
    if let Some(group) = docket.jurisdictions.get(&order.issuer) {
        return Regions::new(group);
    }
    match order.issuer.parse() {
        Ok(Region::UNKNOWN) => defect(DefectCause::UnknownRegion),
        Ok(region) => return Regions::new(&[region]),
        Err(error) => {
            let meant = docket.jurisdictions.keys().find(|name| name.eq_ignore_ascii_case(order.issuer.trim()));
            defect(DefectCause::UnknownIssuer { issuer: excerpt(&order.issuer), error, meant: meant.map(|name| excerpt(name)) });
        }
    }
    Regions::default()
}

fn names(order: &Order, defect: &mut impl FnMut(&'static str, DefectCause)) {
    if order.meetings.is_empty() && order.accounts.is_empty() {
        defect("meetings", DefectCause::NamesNothing);
    }
    for meeting in &order.meetings {
        name(meeting, |cause| defect("meetings", cause));
    }
    for account in &order.accounts {
        name(account, |cause| defect("accounts", cause));
    }
}

fn window(order: &Order, defect: &mut impl FnMut(&'static str, DefectCause)) {
    let window = order.effective.zip(order.expires);
    if let Some((effective, expires)) = window.filter(|(effective, expires)| expires <= effective) {
        defect("expires", DefectCause::EmptyWindow { effective, expires });
    }
}

fn networks(field: &'static str, networks: &[IpNet], defect: &mut impl FnMut(&'static str, DefectCause)) {
    for &network in networks {
        if network.addr() != network.network() {
            defect(field, DefectCause::HostBits { network });
        }
    }
}

/// An order that is not in force may overreach: it is often rejected for just that.
fn regions(order: &Order, covering: Option<&Regions>, defect: &mut impl FnMut(&'static str, DefectCause)) {
    for &region in &order.regions {
        if region == Region::UNKNOWN {
            defect("regions", DefectCause::UnknownRegion);
        } else if order.status == Status::InForce && covering.is_some_and(|covering| !covering.cover(region)) {
            defect("regions", DefectCause::Overreach { region, issuer: excerpt(&order.issuer) });
        }
    }
}
