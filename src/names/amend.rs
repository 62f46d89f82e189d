//! Changing which orders name something, in a copy of an index.
//!
//! What a changed name leaves behind in the records and the filter stays there: it leads nowhere, and goes when the docket is compiled as
//! a whole. Lists can be as long as the docket, so those that are left behind are dropped as soon as they are the greater part.

use std::collections::BTreeMap;

use super::filter::Filter;
use super::handle::{Handle, LIST, OrderIndex, saturating};
use super::index::{Index, Naming};
use super::orders::Orders;
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
        // What many orders name has a long list: it is written once, whatever the number of orders that change.
        let mut changes: BTreeMap<&str, Renaming> = BTreeMap::new();
        removed.for_each(|Naming { name, order }| changes.entry(name).or_default().removed.push(order));
        added.for_each(|Naming { name, order }| changes.entry(name).or_default().added.push(order));
        changes.into_iter().for_each(|(name, renaming)| index.rename(name, renaming));
        index.drop_left_lists();
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
        if before.len() > 1 {
            self.left_in_lists += 1 + before.len();
        }
        match self.starts.find_entry(hash, |&start| self.records.is(start, name.as_bytes())) {
            Ok(entry) if after.is_empty() => drop(entry.remove()),
            Ok(entry) => {
                let start = *entry.get();
                self.set(start, &after);
            }
            Err(_) => self.insert(hash, name, &after),
        }
    }

    fn insert(&mut self, hash: u64, name: &str, orders: &[OrderIndex]) {
        let Some(&first) = orders.first() else { return };
        let start = self.records.push(name, first);
        self.starts.insert_unique(hash, start, |&start| self.records.hash(start, &self.hasher));
        self.filter.insert(hash);
        self.set(start, orders);
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

    /// Drops the lists that lead nowhere, when they are more than all else there is to look at for that.
    fn drop_left_lists(&mut self) {
        if self.left_in_lists <= self.starts.len() + self.lists.len().saturating_sub(self.left_in_lists) {
            return;
        }
        let mut lists = Vec::with_capacity(self.lists.len().saturating_sub(self.left_in_lists));
        for &start in &self.starts {
            let handle = self.records.handle(start).filter(|handle| handle.0 & LIST != 0);
            if let Some(Orders { first: Some(first), rest }) = handle.map(|handle| self.orders(handle)) {
                let at = saturating(lists.len());
                lists.push(saturating(1 + rest.len()));
                lists.push(first);
                lists.extend_from_slice(rest);
                self.records.set_order(start, LIST | at);
            }
        }
        (self.lists, self.left_in_lists) = (lists, 0);
    }
}

/// The orders that name something no longer, and those that do from now on.
#[derive(Default)]
struct Renaming {
    removed: Vec<OrderIndex>,
    added: Vec<OrderIndex>,
}
