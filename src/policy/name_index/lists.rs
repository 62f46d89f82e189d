//! The orders of names that several orders name.

use super::order_ref::{OrderIndex, OrderRef, saturating};
use super::orders::Orders;

/// Lists one after the other: of each how many orders it has, then the orders, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    numbers: Vec<OrderIndex>,
    /// How much of that leads nowhere any more.
    left: usize,
}

impl Lists {
    /// What leads to some orders, which ascend: the order itself when it is one, and a new list when they are several.
    pub(super) fn push(&mut self, orders: &[OrderIndex]) -> OrderRef {
        match orders {
            [] => OrderRef::NONE,
            &[order] => OrderRef(order),
            orders => {
                let Some(list) = OrderRef::of_list(self.numbers.len()) else { return OrderRef::NONE };
                self.numbers.push(saturating(orders.len()));
                self.numbers.extend_from_slice(orders);
                list
            }
        }
    }

    pub(super) fn orders(&self, reference: OrderRef) -> Orders<'_> {
        match reference.order() {
            Some(order) => Orders { first: Some(order), rest: &[] },
            None => reference.list().and_then(|start| self.list(start)).unwrap_or_default(),
        }
    }

    fn list(&self, start: usize) -> Option<Orders<'_>> {
        let (len, list) = self.numbers.get(start..)?.split_first()?;
        let (first, rest) = list.get(..usize::try_from(*len).ok()?)?.split_first()?;
        Some(Orders { first: Some(*first), rest })
    }

    /// Nothing leads any more to where so many orders are.
    pub(super) fn leave(&mut self, orders: usize) {
        if orders > 1 {
            self.left += 1 + orders;
        }
    }

    /// How much leads nowhere any more, and how much is in use.
    pub(super) fn left_and_used(&self) -> (usize, usize) {
        (self.left, self.numbers.len().saturating_sub(self.left))
    }

    /// The orders with other numbers, in the same sequence.
    pub(super) fn renumber(&mut self, renumber: impl Fn(OrderIndex) -> OrderIndex) {
        let mut lists = self.numbers.as_mut_slice();
        while let Some((len, rest)) = lists.split_first_mut() {
            let len = usize::try_from(*len).unwrap_or(usize::MAX);
            let (orders, rest) = rest.split_at_mut_checked(len).unwrap_or_default();
            orders.iter_mut().for_each(|order| *order = renumber(*order));
            lists = rest;
        }
    }

    /// The same without what leads nowhere: to these handles, which are given their new values.
    pub(super) fn compact<'h>(&mut self, references: impl Iterator<Item = &'h mut OrderRef>) {
        let before = std::mem::take(self);
        for reference in references.filter(|reference| reference.list().is_some()) {
            *reference = self.push(&before.orders(*reference).to_vec());
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.numbers.shrink_to_fit();
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.numbers.capacity() * size_of::<OrderIndex>()
    }
}
