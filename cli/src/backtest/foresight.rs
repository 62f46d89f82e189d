//! Proposed orders that no join can be under, as they were not in force yet at the time of any.

use std::collections::HashMap;
use std::time::SystemTime;

use bailiwick::backtest::{Day, Partial};
use bailiwick::disclosure::Threshold;
use bailiwick::{Docket, Order, Quoted, Status};

use crate::input::plain_name;
use crate::output;

/// The most orders that are named.
const NAMED: usize = 5;

/// Warns of orders that are new or changed in the proposed docket, and take effect after the last day of the joins, or are not in force.
/// Each join is decided at its own time, so these orders block nobody here, whatever they will do.
pub(super) fn warn((in_force, proposed): (&Docket, &Docket), file: &str, counted: &Partial) {
    let Some((first, last)) = counted.summary(Threshold::default()).days else { return };
    let old: HashMap<&str, &Order> = in_force.orders.iter().map(|order| (order.id.as_str(), order)).collect();
    let is_new = |order: &&Order| old.get(order.id.as_str()) != Some(order);
    let mut late = proposed.orders.iter().filter(is_new).filter_map(|order| Some((order, why(order, last)?)));
    for (order, why) in late.by_ref().take(NAMED) {
        output::warning(&format!(
            "{}: the order {} blocks none of these joins, as it {why}: to see what it would have done, propose it with \
             `status = \"in-force\"` and `effective = \"{first}T00:00:00Z\"`",
            plain_name(file),
            Quoted(&order.id)
        ));
    }
    if let more @ 1.. = late.count() {
        output::warning(&format!("{} of the proposed docket were not in force either", output::count(more, "more order")));
    }
}

fn why(order: &Order, last: Day) -> Option<String> {
    match order.status {
        Status::Received | Status::UnderReview => Some("is not in force (`status`)".to_owned()),
        Status::InForce => order.effective.filter(|&at| is_after(at, last)).map(|at| {
            let day = Day::of(at).map_or_else(String::new, |day| format!(" on {day}"));
            format!("takes effect{day}, after the last of them")
        }),
        _ => None,
    }
}

/// Whether a time is after a day. One that no day has is.
fn is_after(at: SystemTime, last: Day) -> bool {
    Day::of(at).is_none_or(|day| day > last)
}
