//! The orders that a policy keeps.

use std::sync::Arc;

use crate::net::heap::{HeapBytes, arc_counts, plain};
use crate::order::Order;

/// The position of an order in the docket, from 0.
pub(crate) type Position = u32;

/// The orders of a docket: those that were compiled, which amended policies share, and those amended since.
#[derive(Debug, Clone)]
pub(crate) struct OrderStore {
    base: Arc<[Order]>,
    /// Ascending by position: orders that took the place of compiled ones, and behind those the ones that were added.
    amended: Vec<(Position, Arc<Order>)>,
}

impl OrderStore {
    pub(crate) fn new(orders: &[Order]) -> OrderStore {
        // Copied as they stand, which is how they stand in memory.
        OrderStore { base: orders.iter().map(compact).collect(), amended: Vec::new() }
    }

    #[inline]
    pub(crate) fn get(&self, position: Position) -> Option<&Order> {
        if self.amended.is_empty() {
            return self.base.get(usize::try_from(position).ok()?);
        }
        match self.amended(position) {
            Ok(at) => self.amended.get(at).map(|(_, order)| &**order),
            Err(_) => self.base.get(usize::try_from(position).ok()?),
        }
    }

    fn amended(&self, position: Position) -> Result<usize, usize> {
        self.amended.binary_search_by_key(&position, |&(position, _)| position)
    }

    /// Puts each order at a position: where another one stands, or behind all of them.
    pub(crate) fn put_all<'o>(&mut self, orders: impl ExactSizeIterator<Item = (Position, &'o Order)>) {
        self.amended.reserve_exact(orders.len());
        for (position, order) in orders {
            let order = Arc::new(compact(order));
            match self.amended(position) {
                Ok(at) => {
                    if let Some((_, before)) = self.amended.get_mut(at) {
                        *before = order;
                    }
                }
                Err(at) => self.amended.insert(at, (position, order)),
            }
        }
        self.amended.shrink_to_fit();
    }

    /// The most heap bytes that one order takes.
    pub(crate) fn most_bytes_of(order: &Order) -> usize {
        size_of::<(Position, Arc<Order>)>() + arc_counts::<Order>() + size_of::<Order>() + order.heap_bytes()
    }
}

impl HeapBytes for OrderStore {
    fn heap_bytes(&self) -> usize {
        let amended = self.amended.iter().map(|(_, order)| order.heap_bytes());
        self.base.heap_bytes() + plain(&self.amended) + amended.sum::<usize>()
    }
}

/// A copy without spare memory. Cloned vectors and texts have none; a cloned map keeps the gaps of its growth.
fn compact(order: &Order) -> Order {
    let mut copy = order.clone();
    if !copy.notice.is_empty() {
        copy.notice = std::mem::take(&mut copy.notice).into_iter().collect();
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amended_order_adds_its_most_bytes_and_a_compiled_one_its_own() {
        let order = |id: &str, texts: usize| {
            let mut order = Order::new(id, "CN");
            order.meetings = (0..texts).map(|n| format!("meeting-{n}")).collect();
            order.legal_basis = "why".repeat(texts);
            order
        };
        let orders = [order("a", 3), order("b", 40)];
        let own: usize = orders.iter().map(|order| size_of::<Order>() + compact(order).heap_bytes()).sum();
        let mut store = OrderStore::new(&orders);
        let compiled = store.heap_bytes();
        assert_eq!(compiled, arc_counts::<Order>() + own);
        let amended = [compact(&order("b", 7)), compact(&order("c", 9))];
        store.put_all([(1, &amended[0]), (2, &amended[1])].into_iter());
        let most: usize = amended.iter().map(OrderStore::most_bytes_of).sum();
        assert_eq!(store.heap_bytes(), compiled + most);
        let ids: Vec<&str> = (0..).map_while(|position| store.get(position)).map(|order| order.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        // In the place of one that was amended before, nothing is added.
        store.put_all([(2, &amended[1])].into_iter());
        assert_eq!(store.heap_bytes(), compiled + most);
    }
}
