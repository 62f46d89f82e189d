//! A packed reference from a name to the orders that name it.

/// The position of an order among the compiled ones, which ascend by id.
pub(crate) type OrderIndex = u32;

/// A reference to the orders of a name: one order or, with [`LIST`], the start of a list of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OrderRef(pub(super) u32);

impl OrderRef {
    pub(super) const NONE: OrderRef = OrderRef(u32::MAX);

    /// A reference to the list that begins there. `None` beyond 8 GiB of lists: without a reference nobody is blocked, with one to
    /// another list somebody might be.
    pub(super) fn of_list(start: usize) -> Option<OrderRef> {
        let start = u32::try_from(start).ok().filter(|start| start & LIST == 0)?;
        Some(OrderRef(LIST | start)).filter(|&orders| orders != OrderRef::NONE)
    }

    /// The order, when it is one.
    #[inline(always)]
    pub(super) fn order(self) -> Option<OrderIndex> {
        if self.0 & LIST == 0 { Some(self.0) } else { None }
    }

    /// The start of the list, when it is one.
    pub(super) fn list(self) -> Option<usize> {
        if self.0 & LIST == 0 || self == OrderRef::NONE { None } else { usize::try_from(self.0 & !LIST).ok() }
    }
}

/// Set in [`OrderRef`] of a list. That leaves 2^31 orders, which would take 800 GB.
const LIST: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_an_order_or_to_a_list() {
        assert_eq!((OrderRef(7).order(), OrderRef(7).list()), (Some(7), None));
        assert_eq!((OrderRef::NONE.order(), OrderRef::NONE.list()), (None, None));
        for start in [0, 7, (1 << 31) - 2] {
            let orders = OrderRef::of_list(start).unwrap();
            assert_eq!((orders.order(), orders.list()), (None, Some(start)));
        }
    }

    #[test]
    fn a_list_that_no_reference_can_tell_leads_nowhere() {
        assert_eq!(OrderRef::of_list(0), Some(OrderRef(LIST)));
        assert_eq!(OrderRef::of_list((1 << 31) - 2), Some(OrderRef(u32::MAX - 1)));
        let beyond = [(1 << 31) - 1, 1 << 31, usize::MAX];
        assert_eq!(beyond.map(OrderRef::of_list), [None; 3]);
    }
}
