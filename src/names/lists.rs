//! The orders of names that several orders name.

use super::handle::{Handle, LIST, OrderIndex, saturating};
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
    pub(super) fn push(&mut self, orders: &[OrderIndex]) -> Handle {
        match orders {
            [] => Handle::NOTHING,
            &[order] => Handle(order),
            orders => {
                let Some(handle) = handle_of(self.numbers.len()) else { return Handle::NOTHING };
                self.numbers.push(saturating(orders.len()));
                self.numbers.extend_from_slice(orders);
                handle
            }
        }
    }

    pub(super) fn orders(&self, handle: Handle) -> Orders<'_> {
        match handle {
            Handle::NOTHING => Orders::default(),
            Handle(order) if order & LIST == 0 => Orders { first: Some(order), rest: &[] },
            Handle(list) => self.list(list & !LIST).unwrap_or_default(),
        }
    }

    fn list(&self, list: u32) -> Option<Orders<'_>> {
        let (len, list) = self.numbers.get(usize::try_from(list).ok()?..)?.split_first()?;
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
    pub(super) fn compact<'h>(&mut self, handles: impl Iterator<Item = &'h mut Handle>) {
        let before = std::mem::take(self);
        for handle in handles.filter(|handle| handle.0 & LIST != 0) {
            let Orders { first, rest } = before.orders(*handle);
            let orders: Vec<OrderIndex> = first.into_iter().chain(rest.iter().copied()).collect();
            *handle = self.push(&orders);
        }
    }

    pub(super) fn shrunk(mut self) -> Lists {
        self.numbers.shrink_to_fit();
        self
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.numbers.capacity() * size_of::<OrderIndex>()
    }
}

/// What leads to the list that begins there. `None` beyond 8 GiB of them: what leads nowhere blocks nobody, what leads to another list
/// might.
fn handle_of(start: usize) -> Option<Handle> {
    u32::try_from(start)
        .ok()
        .filter(|start| start & LIST == 0)
        .map(|start| Handle(LIST | start))
        .filter(|&handle| handle != Handle::NOTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_no_handle_can_tell_leads_nowhere() {
        assert_eq!(handle_of(0), Some(Handle(LIST)));
        assert_eq!(handle_of((1 << 31) - 2), Some(Handle(u32::MAX - 1)));
        let beyond = [(1 << 31) - 1, 1 << 31, usize::MAX];
        assert_eq!(beyond.map(handle_of), [None; 3]);
    }
}
