//! The changed joins of one direction, counted while they are read.

use hashbrown::HashMap;

use crate::backtest::day::Day;
use crate::backtest::partial::{Changed, MOST};
use crate::policy::Block;
use crate::region::Region;

/// A set of orders: ids and issuers, ascending by id.
type Set<'p> = Vec<(&'p str, &'p str)>;

/// The number of joins by the set of orders that block them, the region of the address, and the day.
#[derive(Default)]
pub(super) struct Cells<'p> {
    sets: HashMap<Set<'p>, HashMap<(Region, Day), u64>>,
    /// The orders in sets, and the cells, each once for each order of its set.
    weight: usize,
    /// The set that is looked up, kept so that no join allocates.
    set: Set<'p>,
}

impl<'p> Cells<'p> {
    /// Counts a join.
    pub(super) fn count(&mut self, block: Block<'p>, region: Region, day: Day) {
        if self.is_overfull() {
            return;
        }
        self.set.clear();
        self.set.extend(block.orders().map(|order| (order.id.as_str(), order.issuer.as_str())));
        let cells = self.sets.entry_ref(self.set.as_slice()).or_insert_with(|| {
            self.weight += self.set.len();
            HashMap::new()
        });
        let joins = cells.entry((region, day)).or_insert_with(|| {
            self.weight += self.set.len();
            0
        });
        *joins = joins.saturating_add(1);
    }

    /// The counts without the policy. `None` when there were more cells than can be told apart.
    pub(super) fn finish(self) -> Option<Changed> {
        if self.is_overfull() {
            return None;
        }
        let mut changed = Changed::default();
        self.sets.into_iter().for_each(|(set, cells)| changed.add(set, cells));
        Some(changed)
    }

    /// Whether there were more cells than can be told apart: then nothing more is counted.
    fn is_overfull(&self) -> bool {
        self.weight > MOST
    }
}
