//! The changed joins of one direction, counted while they are read.

use hashbrown::HashMap;

use crate::backtest::day::Day;
use crate::backtest::partial::{Changed, MOST};
use crate::order::Order;
use crate::policy::Block;
use crate::region::Region;

/// The number of joins by the set of orders that block them, the region of the address, and the day.
#[derive(Default)]
pub(super) struct Cells<'p> {
    /// The number of each set of orders, by their ids, ascending.
    numbers: HashMap<Vec<&'p str>, u32>,
    sets: Vec<Vec<&'p Order>>,
    joins: HashMap<(u32, Region, Day), u64>,
    /// The orders in sets, and the cells, each once for each order of its set.
    weight: usize,
    /// The ids of the set that is looked up, kept so that no join allocates.
    ids: Vec<&'p str>,
    /// Whether there were more cells than can be told apart.
    is_full: bool,
}

impl<'p> Cells<'p> {
    /// Counts a join.
    pub(super) fn count(&mut self, block: Block<'p>, region: Region, day: Day) {
        self.ids.clear();
        self.ids.extend(block.orders().map(|order| order.id.as_str()));
        let number = match self.numbers.get(self.ids.as_slice()) {
            Some(&number) => number,
            None => {
                let Ok(number) = u32::try_from(self.sets.len()) else { return self.is_full = true };
                self.weight += self.ids.len();
                if self.weight > MOST {
                    return self.is_full = true;
                }
                self.numbers.insert(self.ids.clone(), number);
                self.sets.push(block.orders().collect());
                number
            }
        };
        let cell = (number, region, day);
        if let Some(joins) = self.joins.get_mut(&cell) {
            *joins = joins.saturating_add(1);
            return;
        }
        self.weight += self.ids.len();
        if self.weight > MOST {
            return self.is_full = true;
        }
        self.joins.insert(cell, 1);
    }

    /// The counts without the policy. `None` when there were more cells than can be told apart.
    pub(super) fn finish(self) -> Option<Changed> {
        let mut changed = Changed::default();
        for ((number, region, day), joins) in self.joins {
            let orders = usize::try_from(number).ok().and_then(|number| self.sets.get(number)).into_iter().flatten();
            changed.add(orders.map(|order| (order.id.as_str(), order.issuer.as_str())), region, day, joins);
        }
        (!self.is_full).then_some(changed)
    }
}
