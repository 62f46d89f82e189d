//! The orders that name something, in sequence.

use super::order_ref::OrderIndex;

/// Orders, ascending, each once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders<'p> {
    pub(super) first: Option<OrderIndex>,
    pub(super) rest: &'p [OrderIndex],
}

impl Orders<'_> {
    pub(super) fn to_vec(self) -> Vec<OrderIndex> {
        self.first.into_iter().chain(self.rest.iter().copied()).collect()
    }

    /// Goes on to the next order.
    fn advance(&mut self) {
        match self.rest.split_first() {
            Some((&first, rest)) => *self = Orders { first: Some(first), rest },
            None => self.first = None,
        }
    }
}

/// The orders of two name spaces merged, each order once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Merged<'p> {
    pub(super) by_meeting: Orders<'p>,
    pub(super) by_account: Orders<'p>,
}

impl Iterator for Merged<'_> {
    type Item = OrderIndex;

    #[inline]
    fn next(&mut self) -> Option<OrderIndex> {
        match (self.by_meeting.first, self.by_account.first) {
            (Some(next), None) => {
                self.by_meeting.advance();
                Some(next)
            }
            (Some(meeting), Some(account)) => {
                if meeting <= account {
                    self.by_meeting.advance();
                }
                if account <= meeting {
                    self.by_account.advance();
                }
                Some(meeting.min(account))
            }
            (None, next) => {
                self.by_account.advance();
                next
            }
        }
    }

    /// Nearly always there is one order, and nothing to merge.
    #[inline]
    fn fold<B, F: FnMut(B, OrderIndex) -> B>(self, init: B, mut each: F) -> B {
        if let (Orders { first: Some(only), rest: [] }, None) = (self.by_meeting, self.by_account.first) {
            return each(init, only);
        }
        let mut folded = init;
        for next in self {
            folded = each(folded, next);
        }
        folded
    }
}
