//! What leads from a name to the orders that name it.

use super::texts::Start;

/// The position of an order among the compiled ones, which ascend by id.
pub(crate) type OrderIndex = u32;

/// Leads to the orders that name something: it is one order or, with [`LIST`], where the list of several is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle(pub(super) u32);

impl Handle {
    pub(super) const NOTHING: Handle = Handle(u32::MAX);

    /// The order, when it is one.
    #[inline(always)]
    pub(super) fn order(self) -> Option<OrderIndex> {
        if self.0 & LIST == 0 { Some(self.0) } else { None }
    }
}

/// Set in [`Handle`] of a list. That leaves 2^31 orders, which would take 800 GB.
pub(super) const LIST: u32 = 1 << 31;

/// Numbers beyond `u32` would take dockets of hundreds of gigabytes; who is not found then is not blocked.
pub(super) fn saturating(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What a hash table has of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Where its text is.
    pub(super) start: Start,
    pub(super) handle: Handle,
}
