//! The orders of one issuer, counted.

use std::time::{Duration, SystemTime};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::order::{Demand, Docket, Order, Status};
use crate::region::Region;

/// The orders of one issuer, counted.
///
/// Of the orders *received in the period* each is in one of `under_review`, `rejected`, `withdrawn`, `in_force` and `expired`;
/// `narrowed`, `demanded` and `median_wait` are about those, too. An order without `received` is not among them, as nobody can say
/// when it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orders {
    /// Received in the period.
    pub received: u64,
    /// Of those, received and not decided: status `received` or `under-review`.
    pub under_review: u64,
    /// Refused.
    pub rejected: u64,
    /// Taken back by their issuer.
    pub withdrawn: u64,
    /// Put in force, and not expired when the period ended.
    pub in_force: u64,
    /// Put in force, and expired when the period ended.
    pub expired: u64,
    /// Of those put in force, expired or not, the ones that reach less than their issuer's jurisdiction: with `networks`, with
    /// `exempt`, or with `regions` that leave some of it out.
    pub narrowed: u64,
    /// Received before the period, or nobody knows when, and in force at some time in it.
    pub carried_over: u64,
    /// The demands of the orders received in the period.
    pub demanded: Demanded,
    /// The median time from `received` to `effective` of those put in force that have both: how long it took until they took
    /// effect. One that was to take effect before it was received took none. The docket does not know when an order was rejected,
    /// so this says nothing of those.
    pub median_wait: Option<Duration>,
}

/// The numbers of orders by what they demanded. One order may demand several things, and is counted once for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Demanded {
    /// To end meetings for everyone.
    pub terminate_meeting: u64,
    /// To suspend hosts' accounts.
    pub suspend_host: u64,
    /// To keep participants out.
    pub block_participants: u64,
    /// To hand over data, of which this library does nothing and knows nothing.
    pub disclose_data: u64,
}

/// The period of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: SystemTime,
    pub(super) until: SystemTime,
}

/// The seconds of a day (POSIX time has no leap seconds).
const DAY: u64 = 86_400;

impl Period {
    /// Whether the period is one of whole days, one at least: from midnight to midnight UTC.
    pub(super) fn is_of_days(self) -> bool {
        is_midnight(self.from) && is_midnight(self.until) && self.from < self.until
    }

    pub(super) fn holds(self, time: SystemTime) -> bool {
        self.from <= time && time < self.until
    }
}

fn is_midnight(time: SystemTime) -> bool {
    let distance = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after,
        Err(before) => before.duration(),
    };
    distance.as_secs() % DAY == 0 && distance.subsec_nanos() == 0
}

impl Orders {
    /// Counts orders of a docket, of one issuer or of all.
    pub(super) fn of<'d>(orders: impl Iterator<Item = &'d Order>, docket: &Docket, period: Period) -> Orders {
        let (mut counted, mut waits) = (Orders::default(), Vec::new());
        for order in orders {
            if order.received.is_some_and(|received| period.holds(received)) {
                counted.receive(order, docket, period);
                waits.extend(wait(order));
            } else if was_in_force(order, period) {
                counted.carried_over += 1;
            }
        }
        counted.median_wait = median(waits);
        counted
    }

    fn receive(&mut self, order: &Order, docket: &Docket, period: Period) {
        self.received += 1;
        match order.status {
            Status::Received | Status::UnderReview => self.under_review += 1,
            Status::Rejected => self.rejected += 1,
            Status::Withdrawn => self.withdrawn += 1,
            Status::InForce if order.expires.is_some_and(|expires| expires <= period.until) => self.expired += 1,
            Status::InForce => self.in_force += 1,
        }
        self.narrowed += u64::from(order.status == Status::InForce && is_narrowed(order, docket));
        let demands = |demand| u64::from(order.demands.contains(&demand));
        self.demanded.terminate_meeting += demands(Demand::TerminateMeeting);
        self.demanded.suspend_host += demands(Demand::SuspendHost);
        self.demanded.block_participants += demands(Demand::BlockParticipants);
        self.demanded.disclose_data += demands(Demand::DiscloseData);
    }

    /// The median wait in days, to one tenth.
    pub(super) fn median_days(&self) -> Option<f64> {
        const DAY: f64 = 86_400.0;
        self.median_wait.map(|wait| (wait.as_secs_f64() / DAY * 10.0).round() / 10.0)
    }
}

/// Whether an order that was not received in a period was in force in it. One that came after it was not.
fn was_in_force(order: &Order, period: Period) -> bool {
    order.status == Status::InForce
        && order.received.is_none_or(|received| received < period.from)
        && order.effective.is_none_or(|effective| effective < period.until)
        && order.expires.is_none_or(|expires| expires > period.from)
}

/// Whether an order reaches less than its issuer's jurisdiction, as far as can be told without an atlas.
fn is_narrowed(order: &Order, docket: &Docket) -> bool {
    if !(order.networks.is_empty() && order.exempt.is_empty()) {
        return true;
    }
    let is_left_out = |region: &Region| !order.regions.iter().any(|of_order| of_order.covers(*region));
    let leaves_out = match docket.jurisdictions.get(&order.issuer) {
        Some(group) => group.iter().any(is_left_out),
        None => order.issuer.parse().is_ok_and(|region| is_left_out(&region)),
    };
    !order.regions.is_empty() && leaves_out
}

fn wait(order: &Order) -> Option<Duration> {
    let (received, effective) = (order.received?, order.effective?);
    (order.status == Status::InForce).then(|| effective.duration_since(received).unwrap_or_default())
}

/// The one in the middle, or the mean of the two there.
fn median(mut waits: Vec<Duration>) -> Option<Duration> {
    waits.sort_unstable();
    let upper = *waits.get(waits.len() / 2)?;
    let lower = *waits.get(waits.len().saturating_sub(1) / 2)?;
    Some(lower + (upper - lower) / 2)
}

impl Serialize for Orders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Orders", 10)?;
        map.serialize_field("received", &self.received)?;
        map.serialize_field("under_review", &self.under_review)?;
        map.serialize_field("rejected", &self.rejected)?;
        map.serialize_field("withdrawn", &self.withdrawn)?;
        map.serialize_field("in_force", &self.in_force)?;
        map.serialize_field("expired", &self.expired)?;
        map.serialize_field("narrowed", &self.narrowed)?;
        map.serialize_field("carried_over", &self.carried_over)?;
        map.serialize_field("demanded", &self.demanded)?;
        map.serialize_field("median_days", &self.median_days())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * 86_400)
    }

    fn day(number: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + days(number)
    }

    fn order(status: Status, received: Option<u64>, effective: Option<u64>, expires: Option<u64>) -> Order {
        let mut order = Order::new("a", "CN");
        order.status = status;
        [order.received, order.effective, order.expires] = [received, effective, expires].map(|number| number.map(day));
        order
    }

    const PERIOD: Period = Period { from: SystemTime::UNIX_EPOCH, until: SystemTime::UNIX_EPOCH };

    fn counted(orders: &[Order]) -> Orders {
        Orders::of(orders.iter(), &Docket::default(), Period { from: day(10), until: day(20) })
    }

    #[test]
    fn each_order_that_was_received_in_the_period_stands_in_one_place() {
        let expired = order(Status::InForce, Some(12), Some(12), Some(20));
        let cases = [
            (order(Status::Received, Some(10), None, None), "under_review"),
            (order(Status::UnderReview, Some(19), None, None), "under_review"),
            (order(Status::Rejected, Some(12), None, None), "rejected"),
            (order(Status::Withdrawn, Some(12), None, None), "withdrawn"),
            (order(Status::InForce, Some(12), None, None), "in_force"),
            (order(Status::InForce, Some(12), Some(30), Some(31)), "in_force"),
            (expired, "expired"),
        ];
        for (order, place) in cases {
            let shown = serde_json::to_value(counted(&[order])).unwrap();
            let places = ["under_review", "rejected", "withdrawn", "in_force", "expired"];
            let standing: Vec<&str> = places.into_iter().filter(|place| shown[place] == 1).collect();
            assert_eq!((standing, &shown["received"], &shown["carried_over"]), (vec![place], &1.into(), &0.into()));
        }
    }

    #[test]
    fn other_orders_count_only_when_they_were_in_force_in_the_period() {
        let cases = [
            (order(Status::InForce, Some(9), None, None), 1),
            (order(Status::InForce, None, None, None), 1),
            (order(Status::InForce, None, Some(19), None), 1),
            (order(Status::InForce, None, Some(20), None), 0),
            (order(Status::InForce, Some(9), None, Some(10)), 0),
            (order(Status::InForce, Some(9), None, Some(11)), 1),
            (order(Status::InForce, Some(20), None, None), 0),
            (order(Status::Withdrawn, Some(9), None, None), 0),
            (order(Status::Rejected, None, None, None), 0),
        ];
        for (order, carried_over) in cases {
            let expected = Orders { carried_over, ..Orders::default() };
            assert_eq!(counted(std::slice::from_ref(&order)), expected, "{order:?}");
        }
    }

    #[test]
    fn an_order_in_force_that_reaches_less_than_its_issuer_could_is_narrowed() {
        let plain = order(Status::InForce, Some(12), None, None);
        let narrow = |change: fn(&mut Order)| {
            let mut order = plain.clone();
            change(&mut order);
            order
        };
        let orders = [
            plain.clone(),
            narrow(|order| order.regions = vec!["CN-GD".parse().unwrap()]),
            narrow(|order| order.networks = vec!["203.0.113.0/24".parse().unwrap()]),
            narrow(|order| order.exempt = vec!["203.0.113.0/24".parse().unwrap()]),
            narrow(|order| (order.status, order.regions) = (Status::Rejected, vec!["CN-GD".parse().unwrap()])),
        ];
        assert_eq!(counted(&orders).narrowed, 3);
    }

    #[test]
    fn regions_that_leave_nothing_out_narrow_nothing() {
        let mut docket = Docket::default();
        docket.jurisdictions.insert("UNION".to_owned(), ["AT", "BE"].map(|code| code.parse().unwrap()).to_vec());
        let cases: [(&str, &[&str], bool); 6] = [
            ("CN", &["CN"], false),
            ("cn", &["CN", "CN-GD"], false),
            ("CN", &["CN-GD", "CN-BJ"], true),
            ("UNION", &["BE", "AT"], false),
            ("UNION", &["BE", "AT-9"], true),
            ("UNION", &["BE"], true),
        ];
        for (issuer, regions, expected) in cases {
            let mut order = Order::new("a", issuer);
            order.regions = regions.iter().map(|code| code.parse().unwrap()).collect();
            assert_eq!(is_narrowed(&order, &docket), expected, "{issuer}: {regions:?}");
        }
    }

    #[test]
    fn a_demand_is_counted_once_for_an_order() {
        let mut orders = [order(Status::Rejected, Some(12), None, None), order(Status::InForce, Some(12), None, None)];
        orders[0].demands = vec![Demand::TerminateMeeting, Demand::TerminateMeeting, Demand::SuspendHost, Demand::DiscloseData];
        orders[1].demands = vec![Demand::TerminateMeeting, Demand::BlockParticipants];
        let demanded = Demanded { terminate_meeting: 2, suspend_host: 1, block_participants: 1, disclose_data: 1 };
        assert_eq!(counted(&orders).demanded, demanded);
    }

    #[test]
    fn the_median_is_that_of_orders_put_in_force_with_both_times() {
        let waiting = |received, effective| order(Status::InForce, Some(received), Some(effective), None);
        let median = |orders: &[Order]| counted(orders).median_wait;
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[waiting(10, 13)]), Some(days(3)));
        assert_eq!(median(&[waiting(10, 13), waiting(10, 14)]), Some(days(7) / 2));
        assert_eq!(median(&[waiting(10, 13), waiting(10, 18), waiting(10, 14)]), Some(days(4)));
        assert_eq!(median(&[waiting(12, 2)]), Some(days(0)), "it was to take effect before it came");
        let others = [order(Status::InForce, Some(12), None, None), order(Status::Rejected, Some(12), Some(19), None)];
        assert_eq!(median(&others), None);
        assert_eq!(counted(&[waiting(10, 13), waiting(10, 14)]).median_days(), Some(3.5));
    }

    #[test]
    fn a_period_of_days_is_from_midnight_to_midnight() {
        let instant = Duration::from_nanos(1);
        let is_of_days = |from, until| Period { from, until }.is_of_days();
        assert!(is_of_days(day(10), day(11)) && is_of_days(SystemTime::UNIX_EPOCH - days(3), day(20)));
        for (from, until) in [
            (day(10), day(10)),
            (day(11), day(10)),
            (day(10) + instant, day(12)),
            (day(10), day(11) - instant),
            (day(10), day(12) - Duration::from_secs(1)),
            (SystemTime::UNIX_EPOCH - instant, day(3)),
        ] {
            assert!(!is_of_days(from, until));
        }
    }

    #[test]
    fn a_period_that_ends_as_it_begins_holds_nothing() {
        assert!(!PERIOD.holds(PERIOD.from));
    }
}
