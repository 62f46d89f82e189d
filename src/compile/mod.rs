//! Compiling a docket on an atlas: check everything, then lower it to tables.

mod check;
mod warn;

use std::collections::BTreeMap;

use crate::compiled::{Compiled, Rule};
use crate::finding::{CompileError, Warning};
use crate::geo::Atlas;
use crate::names::{Names, Naming};
use crate::reach::{Area, Narrowing};
use crate::{Docket, Order, Region, Status};

/// Compiles a docket, or says all that is wrong with it.
pub(crate) fn compile(docket: &Docket, atlas: &Atlas) -> Result<(Compiled, Vec<Warning>), CompileError> {
    let mut jurisdictions = check::check(docket)?;
    let mut by_id: Vec<(&Order, Vec<Region>)> = docket.orders.iter().zip(jurisdictions.drain(..)).collect();
    by_id.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));

    let mut tables =
        Tables { atlas, areas: Vec::new(), jurisdictions: Vec::new(), known_areas: BTreeMap::new(), known: BTreeMap::new() };
    let rules: Box<[Rule]> = by_id.iter().map(|(order, jurisdiction)| tables.rule(order, jurisdiction)).collect();
    let orders: Box<[Order]> = by_id.iter().map(|&(order, _)| order.clone()).collect();
    let compiled = Compiled {
        meetings: names(&orders, |order| &order.meetings),
        accounts: names(&orders, |order| &order.accounts),
        orders,
        rules,
        areas: tables.areas.into_boxed_slice(),
        jurisdictions: tables.jurisdictions.into_boxed_slice(),
        atlas: atlas.clone(),
    };
    let warnings = warn::warnings(docket, &compiled);
    Ok((compiled, warnings))
}

/// One name space's names.
fn names(orders: &[Order], of: impl Fn(&Order) -> &Vec<String>) -> Names {
    let namings = orders.iter().zip(0..).flat_map(|(order, index)| {
        let not_in_force = order.status != Status::InForce;
        of(order).iter().map(move |name| Naming { name, not_in_force, order: index })
    });
    Names::new(namings.collect())
}

/// Areas and jurisdictions, each distinct one once.
struct Tables<'a> {
    atlas: &'a Atlas,
    areas: Vec<Area>,
    jurisdictions: Vec<Box<[Region]>>,
    known_areas: BTreeMap<(usize, Vec<Region>), usize>,
    known: BTreeMap<Vec<Region>, usize>,
}

impl Tables<'_> {
    fn rule(&mut self, order: &Order, jurisdiction: &[Region]) -> Rule {
        let jurisdiction_index = *self.known.entry(sorted(jurisdiction)).or_insert_with(|| {
            self.jurisdictions.push(jurisdiction.into());
            self.jurisdictions.len() - 1
        });
        let area = *self.known_areas.entry((jurisdiction_index, sorted(&order.regions))).or_insert_with(|| {
            self.areas.push(Area::new(jurisdiction, &order.regions, self.atlas));
            self.areas.len() - 1
        });
        Rule {
            effective: order.effective,
            expires: order.expires,
            area,
            jurisdiction: jurisdiction_index,
            narrowing: Narrowing::new(order).map(Box::new),
        }
    }
}

fn sorted(regions: &[Region]) -> Vec<Region> {
    let mut sorted = regions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}
