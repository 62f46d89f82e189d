//! Which orders name a meeting or an account.

use hashbrown::HashMap;

/// The position of an order among the compiled ones, which ascend by id.
pub(crate) type OrderIndex = u32;

/// The names of one name space, each with the orders that name it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// INVARIANT: each entry's numbers are a range of `orders`.
    entries: HashMap<Box<str>, Entry>,
    orders: Box<[OrderIndex]>,
}

/// Where a name's orders are: those in force first, then the others, each ascending.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    in_force: u32,
    all: u32,
}

/// The orders that name one name, each part ascending.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders<'p> {
    /// Those with status `in-force`.
    pub(crate) in_force: &'p [OrderIndex],
    /// Those with any other status.
    pub(crate) others: &'p [OrderIndex],
}

/// One order's naming of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Naming<'d> {
    pub(crate) name: &'d str,
    /// False sorts first.
    pub(crate) not_in_force: bool,
    pub(crate) order: OrderIndex,
}

impl Names {
    pub(crate) fn new(mut namings: Vec<Naming<'_>>) -> Names {
        namings.sort_unstable();
        namings.dedup();
        let orders = namings.iter().map(|naming| naming.order).collect();
        let mut entries = HashMap::default();
        let mut start = 0;
        for of_one_name in namings.chunk_by(|a, b| a.name == b.name) {
            // A count beyond u32 would take more than 64 GiB of namings; it saturates, and who is not found is not blocked.
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let in_force = count(of_one_name.partition_point(|naming| !naming.not_in_force));
            let all = count(of_one_name.len());
            if let Some(naming) = of_one_name.first() {
                entries.insert(naming.name.into(), Entry { start, in_force, all });
            }
            start = start.saturating_add(all);
        }
        entries.shrink_to_fit();
        Names { entries, orders }
    }

    /// The orders of any status that name `name`: one look-up.
    pub(crate) fn get(&self, name: &str) -> Orders<'_> {
        self.entries.get(name).and_then(|entry| self.orders_of(*entry)).unwrap_or_default()
    }

    fn orders_of(&self, entry: Entry) -> Option<Orders<'_>> {
        let position = |n: u32| usize::try_from(n).ok();
        let from_start = self.orders.get(position(entry.start)?..)?;
        let (all, _) = from_start.split_at_checked(position(entry.all)?)?;
        let (in_force, others) = all.split_at_checked(position(entry.in_force)?)?;
        Some(Orders { in_force, others })
    }

    pub(crate) fn memory_usage(&self) -> usize {
        let texts: usize = self.entries.keys().map(|name| name.len()).sum();
        self.entries.allocation_size() + texts + size_of_val(&*self.orders)
    }
}

/// Two ascending lists as one, each order once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Merged<'p> {
    pub(crate) by_meeting: &'p [OrderIndex],
    pub(crate) by_account: &'p [OrderIndex],
}

impl Merged<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_meeting.is_empty() && self.by_account.is_empty()
    }
}

impl Iterator for Merged<'_> {
    type Item = OrderIndex;

    fn next(&mut self) -> Option<OrderIndex> {
        let next = match (self.by_meeting.first(), self.by_account.first()) {
            (Some(&a), Some(&b)) => a.min(b),
            (Some(&next), None) | (None, Some(&next)) => next,
            (None, None) => return None,
        };
        for list in [&mut self.by_meeting, &mut self.by_account] {
            if let Some((&first, rest)) = list.split_first()
                && first == next
            {
                *list = rest;
            }
        }
        Some(next)
    }
}
