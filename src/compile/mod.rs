//! Compiling a docket on an atlas: check everything, then lower it to tables.

mod check;
#[cfg(feature = "orders-file")]
mod place;
mod warn;

use hashbrown::HashMap;

use crate::compiled::{Compiled, Rule};
use crate::finding::{CompileError, Warning};
use crate::geo::Atlas;
use crate::names::{Index, Names, Naming};
use crate::reach::{Area, Narrowing, Regions};
use crate::{Docket, Order, Region, Status};
use check::Jurisdictions;
#[cfg(feature = "orders-file")]
use place::placed;

/// Compiles a docket, or says all that is wrong with it.
pub(crate) fn compile(docket: &Docket, atlas: &Atlas) -> Result<(Compiled, Vec<Warning>), CompileError> {
    let jurisdictions = check::check(docket);
    #[cfg(feature = "orders-file")]
    let jurisdictions = jurisdictions.map_err(|error| CompileError { defects: placed(docket, error.defects) });
    let jurisdictions = jurisdictions?;
    let mut areas = Areas { atlas, areas: Vec::new(), known: HashMap::new() };
    let mut rules: Vec<(&Order, Rule)> = Vec::with_capacity(docket.orders.len());
    for (order, &jurisdiction) in docket.orders.iter().zip(&jurisdictions.of_orders) {
        rules.push((order, rule(order, jurisdiction, &jurisdictions, &mut areas)));
    }
    let warnings = warn::warnings(&rules, &areas.areas, &jurisdictions.regions, atlas);
    #[cfg(feature = "orders-file")]
    let warnings = placed(docket, warnings);

    rules.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let (orders, rules): (Vec<Order>, Vec<Rule>) = rules.into_iter().map(|(order, rule)| (compact(order), rule)).unzip();
    let compiled = Compiled {
        in_force: names(&orders, |status| status == Status::InForce),
        others: names(&orders, |status| status != Status::InForce),
        orders: orders.into_boxed_slice(),
        rules: rules.into_boxed_slice(),
        areas: areas.areas.into_boxed_slice(),
        jurisdictions: jurisdictions.regions.into_boxed_slice(),
        atlas: atlas.clone(),
    };
    Ok((compiled, warnings))
}

/// A copy that takes no more memory than it must. Copied vectors and texts do already; a map keeps the gaps that it grew with.
fn compact(order: &Order) -> Order {
    let mut copy = order.clone();
    copy.notice = std::mem::take(&mut copy.notice).into_iter().collect();
    copy
}

/// The names of the orders of some status, in both name spaces.
fn names(orders: &[Order], of_status: impl Fn(Status) -> bool) -> Names {
    let index = |names: fn(&Order) -> &Vec<String>| {
        let orders = orders.iter().zip(0..).filter(|(order, _)| of_status(order.status));
        Index::new(orders.flat_map(|(order, index)| names(order).iter().map(move |name| Naming { name, order: index })))
    };
    Names { meetings: index(|order| &order.meetings), accounts: index(|order| &order.accounts) }
}

fn rule<'d>(order: &'d Order, jurisdiction: usize, jurisdictions: &Jurisdictions, areas: &mut Areas<'d>) -> Rule {
    Rule {
        effective: order.effective,
        expires: order.expires,
        area: areas.index(jurisdiction, jurisdictions, &order.regions),
        jurisdiction,
        narrowing: Narrowing::new(&order.networks, &order.exempt).map(Box::new),
    }
}

/// The areas of orders, each distinct one once.
struct Areas<'d> {
    atlas: &'d Atlas,
    areas: Vec<Area>,
    known: HashMap<(usize, &'d [Region]), usize>,
}

impl<'d> Areas<'d> {
    /// The index of the area of a jurisdiction, narrowed to some regions.
    fn index(&mut self, jurisdiction: usize, jurisdictions: &Jurisdictions, regions: &'d [Region]) -> usize {
        *self.known.entry((jurisdiction, regions)).or_insert_with(|| {
            let nowhere = Regions::default();
            let covering = jurisdictions.regions.get(jurisdiction).unwrap_or(&nowhere);
            self.areas.push(Area::new(covering, &Regions::new(regions), self.atlas));
            self.areas.len() - 1
        })
    }
}
