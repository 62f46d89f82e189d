//! Compiling a docket on an atlas: check everything, then lower it to tables.

mod check;
mod warn;

use hashbrown::HashMap;

use crate::compiled::{Compiled, Rule};
use crate::finding::{CompileError, Warning};
use crate::geo::Atlas;
use crate::names::{Index, Names, Naming};
use crate::reach::{Area, Narrowing, Regions};
use crate::{Docket, Order, Region, Status};
use check::Jurisdictions;

/// Compiles a docket, or says all that is wrong with it.
pub(crate) fn compile(docket: &Docket, atlas: &Atlas) -> Result<(Compiled, Vec<Warning>), CompileError> {
    // Positions in the docket, ascending by id.
    let mut by_id: Vec<usize> = (0..docket.orders.len()).collect();
    let id = |&at: &usize| docket.orders.get(at).map(|order| order.id.as_str());
    by_id.sort_unstable_by(|a, b| id(a).cmp(&id(b)));
    let ids_differ = by_id.is_sorted_by(|a, b| id(a) != id(b));

    let jurisdictions = check::check(docket, ids_differ)?;
    let mut areas = Areas { atlas, areas: Vec::new(), known: HashMap::new() };
    let rules: Vec<Rule> = docket
        .orders
        .iter()
        .zip(&jurisdictions.of_orders)
        .map(|(order, &of)| rule(order, of, &jurisdictions, &mut areas))
        .collect();
    let warnings = warn::warnings(docket, &rules, &areas.areas, &jurisdictions, atlas);

    let orders: Box<[Order]> = by_id.iter().filter_map(|&at| docket.orders.get(at)).map(compact).collect();
    let mut rules: Vec<Option<Rule>> = rules.into_iter().map(Some).collect();
    let rules = by_id.iter().filter_map(|&at| rules.get_mut(at)?.take()).collect();
    let compiled = Compiled {
        meetings: names(&orders, |order| &order.meetings),
        accounts: names(&orders, |order| &order.accounts),
        orders,
        rules,
        areas: areas.areas.into_boxed_slice(),
        jurisdictions: jurisdictions.regions.into_boxed_slice(),
        atlas: atlas.clone(),
    };
    Ok((compiled, warnings))
}

/// A copy that takes no more memory than it must: copied vectors and texts are that already, a map keeps the gaps that it grew with.
fn compact(order: &Order) -> Order {
    let mut copy = order.clone();
    copy.notice = std::mem::take(&mut copy.notice).into_iter().collect();
    copy
}

/// One name space's names.
fn names(orders: &[Order], of: impl Fn(&Order) -> &Vec<String>) -> Names {
    let index = |in_force: bool| {
        let orders = orders.iter().zip(0..).filter(move |(order, _)| (order.status == Status::InForce) == in_force);
        Index::new(orders.flat_map(|(order, index)| of(order).iter().map(move |name| Naming { name, order: index })))
    };
    Names { in_force: index(true), others: index(false) }
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
