//! What leads from a name to the orders that name it.

/// The position of an order among the compiled ones, which ascend by id.
pub(crate) type OrderIndex = u32;

/// Leads to the orders that name something: it is one order or, with [`LIST`], where the list of several is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle(pub(super) u32);

impl Handle {
    pub(super) const NOTHING: Handle = Handle(u32::MAX);

    /// Leads to the list that begins there. `None` beyond 8 GiB of lists: what leads nowhere blocks nobody, what leads to another
    /// list might.
    pub(super) fn of_list(start: usize) -> Option<Handle> {
        let start = u32::try_from(start).ok().filter(|start| start & LIST == 0)?;
        Some(Handle(LIST | start)).filter(|&handle| handle != Handle::NOTHING)
    }

    /// The order, when it is one.
    #[inline(always)]
    pub(super) fn order(self) -> Option<OrderIndex> {
        if self.0 & LIST == 0 { Some(self.0) } else { None }
    }

    /// Where the list is, when there is one.
    pub(super) fn list(self) -> Option<usize> {
        if self.0 & LIST == 0 || self == Handle::NOTHING { None } else { usize::try_from(self.0 & !LIST).ok() }
    }
}

/// Set in [`Handle`] of a list. That leaves 2^31 orders, which would take 800 GB.
const LIST: u32 = 1 << 31;

/// Numbers beyond `u32` would take dockets of hundreds of gigabytes; who is not found then is not blocked.
pub(super) fn saturating(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_leads_to_an_order_or_to_a_list() {
        assert_eq!((Handle(7).order(), Handle(7).list()), (Some(7), None));
        assert_eq!((Handle::NOTHING.order(), Handle::NOTHING.list()), (None, None));
        for start in [0, 7, (1 << 31) - 2] {
            let handle = Handle::of_list(start).unwrap();
            assert_eq!((handle.order(), handle.list()), (None, Some(start)));
        }
    }

    #[test]
    fn a_list_that_no_handle_can_tell_leads_nowhere() {
        assert_eq!(Handle::of_list(0), Some(Handle(LIST)));
        assert_eq!(Handle::of_list((1 << 31) - 2), Some(Handle(u32::MAX - 1)));
        let beyond = [(1 << 31) - 1, 1 << 31, usize::MAX];
        assert_eq!(beyond.map(Handle::of_list), [None; 3]);
    }
}
