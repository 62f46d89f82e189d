//! Changing which orders name something, in a copy of an index.
//!
//! A name that changes leaves garbage in the texts and the filter, which stays until the docket is compiled as a whole. Lists can
//! be as long as the docket, so garbage lists are dropped as soon as they are the greater part.

use std::collections::BTreeMap;

use super::filter::Filter;
use super::order_ref::{OrderIndex, OrderRef};
use super::table::{NameTable, Naming, Slot};
use super::texts::hash;

impl NameTable {
    /// Returns this index with the orders renumbered, then some namings removed, then others added.
    pub(crate) fn amended<'d>(
        &self,
        renumber: Option<impl Fn(OrderIndex) -> OrderIndex>,
        removed: impl Iterator<Item = Naming<'d>>,
        added: impl Iterator<Item = Naming<'d>>,
    ) -> NameTable {
        let mut index = self.clone();
        if let Some(renumber) = renumber {
            index.renumber(renumber);
        }
        // The list of a name that many orders have is long: it is written once, however many orders change.
        let mut changes: BTreeMap<&str, Renaming> = BTreeMap::new();
        removed.for_each(|Naming { name, order }| changes.entry(name).or_default().removed.push(order));
        added.for_each(|Naming { name, order }| changes.entry(name).or_default().added.push(order));
        changes.into_iter().for_each(|(name, renaming)| index.rename(name, renaming));
        index.drop_left_lists();
        index.shrink_to_fit();
        if index.filter.is_too_small_for(index.slots.len()) {
            let hashes = index.slots.iter().map(|slot| index.texts.hash(slot.start, &index.hasher));
            index.filter = Filter::new(index.slots.len(), hashes);
        }
        index
    }

    fn renumber(&mut self, renumber: impl Fn(OrderIndex) -> OrderIndex) {
        for slot in &mut self.slots {
            if let Some(order) = slot.orders.order() {
                slot.orders = OrderRef(renumber(order));
            }
        }
        self.lists.renumber(renumber);
    }

    fn rename(&mut self, name: &str, Renaming { mut removed, added }: Renaming) {
        let hash = hash(&self.hasher, name.as_bytes());
        let before = self.named(hash, name);
        removed.sort_unstable();
        let mut after = before.clone();
        after.retain(|order| removed.binary_search(order).is_err());
        after.extend(added);
        after.sort_unstable();
        after.dedup();
        if before == after {
            return;
        }
        self.lists.leave(before.len());
        let orders = self.lists.push(&after);
        match self.slots.find_entry(hash, |slot| self.texts.is(slot.start, name.as_bytes())) {
            Ok(entry) if orders == OrderRef::NONE => drop(entry.remove()),
            Ok(mut entry) => entry.get_mut().orders = orders,
            Err(_) => self.insert(hash, name, orders),
        }
    }

    fn insert(&mut self, hash: u64, name: &str, orders: OrderRef) {
        let slot = Slot { start: self.texts.push(name), orders };
        self.slots.insert_unique(hash, slot, |slot| self.texts.hash(slot.start, &self.hasher));
        self.filter.insert(hash);
    }

    /// The orders that name something, ascending. Goes around the filter, which may not have all inserted names yet.
    fn named(&self, hash: u64, name: &str) -> Vec<OrderIndex> {
        self.orders(self.look_up(hash, name.as_bytes())).to_vec()
    }

    /// Drops garbage lists when they are longer than everything that dropping them must visit.
    fn drop_left_lists(&mut self) {
        let (left, used) = self.lists.left_and_used();
        if left > self.slots.len() + used {
            self.lists.compact(self.slots.iter_mut().map(|slot| &mut slot.orders));
        }
    }
}

/// The orders that a name loses and gains.
#[derive(Default)]
struct Renaming {
    removed: Vec<OrderIndex>,
    added: Vec<OrderIndex>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of five orders among others: its list is written anew with each amendment, and all that were left are dropped as soon as
    /// they are longer than the names and the lists together.
    #[test]
    fn lists_that_are_left_are_dropped_when_they_are_the_greater_part() {
        let texts: Vec<String> = (0..20).map(|n| format!("name-{n}")).collect();
        let of_all = (0..5).map(|order| Naming { name: "everyone-s", order });
        let of_one = texts.iter().map(|name| Naming { name, order: 9 });
        let mut index = NameTable::new(of_all.chain(of_one));
        let (names, mut left) = (21, 0);
        for step in 0..30 {
            // The first order stops naming it, or begins again.
            let change = std::iter::once(Naming { name: "everyone-s", order: 0 });
            let none = || None.into_iter();
            let renumber = None::<fn(OrderIndex) -> OrderIndex>;
            index = if step % 2 == 0 { index.amended(renumber, change, none()) } else { index.amended(renumber, none(), change) };
            let (before, after) = if step % 2 == 0 { (5, 4) } else { (4, 5) };
            left += 1 + before;
            left = if left > names + 1 + after { 0 } else { left };
            assert_eq!(index.lists.left_and_used(), (left, 1 + after), "step {step}");
            let orders: Vec<OrderIndex> = index.orders(index.get("everyone-s")).to_vec();
            assert_eq!(orders, (u32::from(step % 2 == 0)..5).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_name_that_no_order_has_any_more_is_gone() {
        let one = || std::iter::once(Naming { name: "vigil", order: 3 });
        let index = NameTable::new(one());
        let renumber = None::<fn(OrderIndex) -> OrderIndex>;
        let amended = index.amended(renumber, one(), None.into_iter());
        assert_eq!((index.slots.len(), amended.slots.len(), amended.get("vigil")), (1, 0, OrderRef::NONE));
    }
}
