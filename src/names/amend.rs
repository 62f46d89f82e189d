//! Changing which orders name something, in a copy of an index.
//!
//! What a changed name leaves behind in the records, the lists and the filter stays there: it leads nowhere, and goes when the docket is
//! compiled as a whole.

use super::filter::Filter;
use super::handle::{Handle, LIST, OrderIndex, saturating};
use super::index::{Index, Naming};
use super::records::hash;

impl Index {
    /// This index with the orders numbered anew, then without some namings, then with others.
    pub(crate) fn amended<'d>(
        &self,
        renumber: Option<impl Fn(OrderIndex) -> OrderIndex>,
        removed: impl Iterator<Item = Naming<'d>>,
        added: impl Iterator<Item = Naming<'d>>,
    ) -> Index {
        let mut index = self.clone();
        if let Some(renumber) = renumber {
            index.renumber(renumber);
        }
        removed.for_each(|naming| index.remove(naming));
        added.for_each(|naming| index.insert(naming));
        if index.filter.is_too_small_for(index.starts.len()) {
            let hashes = index.starts.iter().map(|&start| index.records.hash(start, &index.hasher));
            index.filter = Filter::new(index.starts.len(), hashes);
        }
        index
    }

    fn renumber(&mut self, renumber: impl Fn(OrderIndex) -> OrderIndex) {
        for &start in &self.starts {
            if let Some(Handle(order)) = self.records.handle(start).filter(|handle| handle.0 & LIST == 0) {
                self.records.set_order(start, renumber(order));
            }
        }
        let mut lists = self.lists.as_mut_slice();
        while let Some((len, rest)) = lists.split_first_mut() {
            let len = usize::try_from(*len).unwrap_or(usize::MAX);
            let (orders, rest) = rest.split_at_mut_checked(len).unwrap_or_default();
            orders.iter_mut().for_each(|order| *order = renumber(*order));
            lists = rest;
        }
    }

    fn remove(&mut self, Naming { name, order }: Naming<'_>) {
        let hash = hash(&self.hasher, name.as_bytes());
        let mut orders = self.named(hash, name);
        let Ok(at) = orders.binary_search(&order) else { return };
        orders.remove(at);
        match self.starts.find_entry(hash, |&start| self.records.is(start, name.as_bytes())) {
            Ok(entry) if orders.is_empty() => drop(entry.remove()),
            Ok(entry) => {
                let start = *entry.get();
                self.set(start, &orders);
            }
            Err(_) => {}
        }
    }

    fn insert(&mut self, Naming { name, order }: Naming<'_>) {
        let hash = hash(&self.hasher, name.as_bytes());
        let mut orders = self.named(hash, name);
        let Err(at) = orders.binary_search(&order) else { return };
        orders.insert(at, order);
        match self.starts.find(hash, |&start| self.records.is(start, name.as_bytes())) {
            Some(&start) => self.set(start, &orders),
            None => {
                let start = self.records.push(name, order);
                self.starts.insert_unique(hash, start, |&start| self.records.hash(start, &self.hasher));
                self.filter.insert(hash);
            }
        }
    }

    /// The orders that name something, ascending. The filter is not asked, as it may not know yet what was inserted.
    fn named(&self, hash: u64, name: &str) -> Vec<OrderIndex> {
        let orders = self.orders(self.look_up(hash, name.as_bytes()));
        orders.first.into_iter().chain(orders.rest.iter().copied()).collect()
    }

    /// Lets a name's record lead to these orders, of which there is at least one.
    fn set(&mut self, start: u32, orders: &[OrderIndex]) {
        match orders {
            [] => {}
            &[order] => self.records.set_order(start, order),
            orders => {
                self.records.set_order(start, LIST | saturating(self.lists.len()));
                self.lists.push(saturating(orders.len()));
                self.lists.extend_from_slice(orders);
            }
        }
    }
}
