//! The tables that rules refer to.

use hashbrown::{HashMap, HashSet};

use crate::geo::{Atlas, LocationSet};
use crate::net::index::saturating;
use crate::order::{Order, Status};
use crate::policy::tables::{Rule, Window};
use crate::reach::narrowing::Narrowing;
use crate::reach::{Regions, area};
use crate::region::Region;

/// The tables that rules refer to, as they grow order by order.
pub(super) struct TableBuilder<'d> {
    pub(super) atlas: &'d Atlas,
    pub(super) jurisdictions: Vec<Regions>,
    pub(super) areas: Vec<LocationSet>,
    /// The number of the area of each jurisdiction with the regions that narrow it.
    known: HashMap<(usize, &'d [Region]), usize>,
    pub(super) windows: Vec<Window>,
    pub(super) narrowings: Vec<Narrowing>,
}

impl<'d> TableBuilder<'d> {
    pub(super) fn new(jurisdictions: Vec<Regions>, atlas: &'d Atlas) -> TableBuilder<'d> {
        let (areas, known) = (Vec::new(), HashMap::new());
        TableBuilder { atlas, jurisdictions, areas, known, windows: Vec::new(), narrowings: Vec::new() }
    }

    pub(super) fn rule(&mut self, order: &'d Order, jurisdiction: usize) -> Rule {
        let area = *self.known.entry((jurisdiction, &order.regions)).or_insert_with(|| {
            let nowhere = Regions::default();
            let covering = self.jurisdictions.get(jurisdiction).unwrap_or(&nowhere);
            self.areas.push(area(covering, &Regions::new(&order.regions), self.atlas));
            self.areas.len() - 1
        });
        let window = Window { effective: order.effective, expires: order.expires };
        let window = (order.effective.is_some() || order.expires.is_some()).then_some(window);
        Rule {
            area: number(area),
            jurisdiction: number(jurisdiction),
            window: push(&mut self.windows, window),
            narrowing: push(&mut self.narrowings, Narrowing::new(&order.networks, &order.exempt)),
        }
    }

    /// The union of the areas of orders in force.
    pub(super) fn union<'r>(&self, rules: impl Iterator<Item = (&'r Order, &'r Rule)>) -> LocationSet {
        let in_force: HashSet<u32> =
            rules.filter(|(order, _)| order.status == Status::InForce).map(|(_, rule)| rule.area).collect();
        let nowhere = area(&Regions::default(), &Regions::default(), self.atlas);
        let areas = self.areas.iter().zip(0..).filter(|(_, number)| in_force.contains(number));
        areas.fold(nowhere, |mut union, (area, _)| {
            union.extend(area);
            union
        })
    }
}

/// Appends a value to a table and returns its number, or [`Rule::NONE`] without a value.
fn push<T>(table: &mut Vec<T>, value: Option<T>) -> u32 {
    let Some(value) = value else { return Rule::NONE };
    table.push(value);
    number(table.len() - 1)
}

/// A position as a rule stores it. Positions beyond `u32` would take a docket of a terabyte; such an order would reach nobody.
pub(super) fn number(position: usize) -> u32 {
    saturating(position).min(Rule::NONE - 1)
}
