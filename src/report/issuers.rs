//! The rows of a report: one for each issuer of the docket, and two for joins that are of no single one.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::orders::{Orders, Period};
use super::people::{People, Tallies};
use super::{Party, Report, Row};
use crate::disclosure::Threshold;
use crate::order::{Docket, Order};
use crate::region::Region;

/// The index, after those of the issuers, of the row of joins under the orders of several issuers.
const SEVERAL: usize = 0;

/// The index, after those of the issuers, of the row of joins under orders that are not in the docket.
const NOT_IN_DOCKET: usize = 1;

/// The issuers of a docket, and which row each order belongs to.
pub(super) struct Issuers<'d> {
    docket: &'d Docket,
    /// The orders of each issuer, ascending by issuer.
    issuers: BTreeMap<String, Vec<&'d Order>>,
    /// The index of the row of each order, by id.
    rows: HashMap<&'d str, usize>,
}

impl<'d> Issuers<'d> {
    pub(super) fn of(docket: &'d Docket) -> Issuers<'d> {
        let mut issuers: BTreeMap<String, Vec<&Order>> = BTreeMap::new();
        docket.orders.iter().for_each(|order| issuers.entry(issuer(docket, order)).or_default().push(order));
        let mut rows = HashMap::new();
        for (row, orders) in issuers.values().enumerate() {
            for order in orders {
                let taken = rows.insert(order.id.as_str(), row);
                // An id that two issuers have belongs to neither.
                if taken.is_some_and(|taken| taken != row) {
                    rows.insert(&order.id, issuers.len() + NOT_IN_DOCKET);
                }
            }
        }
        Issuers { docket, issuers, rows }
    }

    /// Tallies for each row.
    pub(super) fn tallies(&self) -> Vec<Tallies> {
        vec![Tallies::default(); self.issuers.len() + NOT_IN_DOCKET + 1]
    }

    /// The index of the row of a decision under some orders.
    pub(super) fn row(&self, orders: &[String]) -> usize {
        let not_in_docket = self.issuers.len() + NOT_IN_DOCKET;
        let mut of_orders = orders.iter().map(|id| self.rows.get(id.as_str()).copied().unwrap_or(not_in_docket));
        let first = of_orders.next().unwrap_or(not_in_docket);
        if of_orders.all(|row| row == first) { first } else { self.issuers.len() + SEVERAL }
    }

    /// The report, without small numbers: what is suppressed is suppressed here, when everything was counted.
    pub(super) fn report(self, tallies: &[Tallies], period: Period, threshold: Threshold, has_gaps: bool) -> Report {
        let Issuers { docket, issuers, .. } = self;
        let people: Vec<People> = tallies.iter().map(|tallies| tallies.shown(threshold)).collect();
        let total = Row {
            party: Party::Total,
            orders: Orders::of(issuers.values().flatten().copied(), docket, period),
            people: People::total(&people),
        };
        let parties = issuers.into_iter().map(|(issuer, orders)| (Party::Issuer(issuer), orders));
        let parties = parties.chain([(Party::Several, Vec::new()), (Party::NotInDocket, Vec::new())]);
        let rows = parties.zip(people).map(|((party, orders), people)| {
            let orders = Orders::of(orders.into_iter(), docket, period);
            Row { party, orders, people }
        });
        let is_shown = |row: &Row| matches!(row.party, Party::Issuer(_)) || row.people != People::NOBODY;
        let Period { from, until } = period;
        Report { from, until, threshold, rows: rows.filter(is_shown).collect(), total, has_gaps }
    }
}

/// The issuer of an order; a region in upper case, however it is written.
fn issuer(docket: &Docket, order: &Order) -> String {
    match order.issuer.parse::<Region>() {
        Ok(region) if !docket.jurisdictions.contains_key(&order.issuer) => region.to_string(),
        _ => order.issuer.clone(),
    }
}
