//! The index of names: finds the orders that name a meeting or an account.
//!
//! Nearly every question is about a meeting that no order names, so that case must be fast: a filter of two bits a name says no
//! from a cache line that is most often in cache. Behind it is a hash table of eight bytes a name: the order that names it, and the
//! start of the text. So the order is known before the text has been compared.

mod order_ref;
mod filter;
mod texts;
mod orders;
mod lists;
mod table;
mod amend;

pub(crate) use order_ref::OrderIndex;
pub(crate) use table::{NameTable, Naming};

use crate::net::heap::HeapBytes;
use crate::policy::meeting::Meeting;
use order_ref::OrderRef;
use orders::Merged;

/// The names that some orders name: meetings and accounts are separate name spaces.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    pub(crate) meetings: NameTable,
    pub(crate) accounts: NameTable,
}

/// The orders that name a meeting, and those that name the account that hosts it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    meeting: OrderRef,
    account: OrderRef,
}

impl Named {
    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        (self.meeting, self.account) == (OrderRef::NONE, OrderRef::NONE)
    }

    /// The order that names the meeting, when it is the only one, and none names the account.
    #[inline(always)]
    pub(crate) fn only(self) -> Option<OrderIndex> {
        if self.account == OrderRef::NONE { self.meeting.order() } else { None }
    }
}

impl NameIndex {
    /// Looks up a meeting and the account that hosts it.
    #[inline(always)]
    pub(crate) fn named(&self, meeting: Meeting<'_>) -> Named {
        Named {
            meeting: self.meetings.get(meeting.id),
            account: meeting.host.map_or(OrderRef::NONE, |host| self.accounts.get(host)),
        }
    }

    /// The orders of a lookup, ascending.
    pub(crate) fn orders(&self, named: Named) -> Merged<'_> {
        Merged { by_meeting: self.meetings.orders(named.meeting), by_account: self.accounts.orders(named.account) }
    }
}

impl HeapBytes for NameIndex {
    fn heap_bytes(&self) -> usize {
        self.meetings.heap_bytes() + self.accounts.heap_bytes()
    }
}
