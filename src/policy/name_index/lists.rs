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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_are_left_are_counted_until_they_are_dropped() {
        let mut lists = Lists::default();
        assert_eq!([lists.push(&[]), lists.push(&[7])], [OrderRef::NONE, OrderRef(7)]);
        let [first, second] = [&[1, 2, 3][..], &[4, 5]].map(|orders| lists.push(orders));
        assert_eq!(lists.left_and_used(), (0, 7));
        // One order has no list, and leaves none.
        [0, 1].into_iter().for_each(|orders| lists.leave(orders));
        assert_eq!(lists.left_and_used(), (0, 7));
        lists.leave(3);
        assert_eq!(lists.left_and_used(), (4, 3));
        lists.leave(2);
        assert_eq!(lists.left_and_used(), (7, 0));
        let mut references = [OrderRef(7), second, OrderRef::NONE];
        lists.compact(references.iter_mut());
        lists.shrink_to_fit();
        assert_eq!((lists.left_and_used(), lists.heap_bytes()), ((0, 3), 3 * size_of::<OrderIndex>()));
        assert_eq!(references.map(|orders| lists.orders(orders).to_vec()), [vec![7], vec![4, 5], vec![]]);
        assert_eq!(references[1], first, "it begins where the first one began");
    }
}
