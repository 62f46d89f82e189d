//! The orders of names that several orders name.

use super::order_ref::{OrderIndex, OrderRef};
use super::orders::Orders;
use crate::net::heap::HeapBytes;
use crate::net::index::saturating;

/// Lists, stored one after the other: of each its length, then its orders, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    numbers: Vec<OrderIndex>,
    /// The length of the lists that are garbage.
    left: usize,
}

impl Lists {
    /// A reference to some orders, which ascend: the order itself when there is one, and a new list when there are several.
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

    /// Marks a list of this length as garbage.
    pub(super) fn leave(&mut self, orders: usize) {
        if orders > 1 {
            self.left += 1 + orders;
        }
    }

    /// The length of the garbage, and the length in use.
    pub(super) fn left_and_used(&self) -> (usize, usize) {
        (self.left, self.numbers.len().saturating_sub(self.left))
    }

    /// Replaces the numbers of the orders. Their sequence stays.
    pub(super) fn renumber(&mut self, renumber: impl Fn(OrderIndex) -> OrderIndex) {
        let mut lists = self.numbers.as_mut_slice();
        while let Some((len, rest)) = lists.split_first_mut() {
            let len = usize::try_from(*len).unwrap_or(usize::MAX);
            let (orders, rest) = rest.split_at_mut_checked(len).unwrap_or_default();
            orders.iter_mut().for_each(|order| *order = renumber(*order));
            lists = rest;
        }
    }

    /// Drops the garbage. `references` are all references to lists; they are updated.
    pub(super) fn compact<'h>(&mut self, references: impl Iterator<Item = &'h mut OrderRef>) {
        let before = std::mem::take(self);
        for reference in references.filter(|reference| reference.list().is_some()) {
            *reference = self.push(&before.orders(*reference).to_vec());
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.numbers.shrink_to_fit();
    }
}

impl HeapBytes for Lists {
    fn heap_bytes(&self) -> usize {
        self.numbers.capacity() * size_of::<OrderIndex>()
    }
}
