//! The public report: its counts, the numbers that it shows, and its formats.
//!
//! - `counting`: a docket and a ledger whose figures are known;
//! - `attacks`: what outsiders can find out of what is published together;
//! - `showing`: Markdown, CSV and JSON hold the same, and nothing of anybody;
//! - `agreeing`: random ledgers, beside a naive count of their lines;
//! - `partial`: partial reports, divided and merged anyhow.

mod agreeing;
mod attacks;
mod counting;
mod partial;
mod showing;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bailiwick::disclosure::Threshold;
use bailiwick::ledger::{Key, Ledger};
use bailiwick::report::{Party, Report, ReportError, Row};
use bailiwick::{Atlas, Demand, Docket, Meeting, Order, Policy, Source, Status};

const KEY: [u8; 32] = [7; 32];

/// Two sources that disagree in part.
const ONE: &str = "203.0.113.0,203.0.113.127,CN\n198.51.100.0,198.51.100.127,HK\n192.0.2.0,192.0.2.255,US\n";
const OTHER: &str =
    "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.127,HK\n192.0.2.0,192.0.2.127,US\n192.0.2.128,192.0.2.255,CN\n";

const CN: &str = "203.0.113.9";
const HK: &str = "198.51.100.9";
const US: &str = "192.0.2.9";
const CONTESTED: &str = "192.0.2.200";
const NOWHERE: &str = "8.8.8.8";

fn atlas() -> Atlas {
    let source = |name, rows: &str| Source::from_range_csv(name, rows.as_bytes()).unwrap();
    Atlas::builder().source(source("one", ONE)).source(source("other", OTHER)).build().unwrap()
}

/// Noon of a day; the period of the tests is the days from 10 to 19.
fn day(number: u64) -> SystemTime {
    midnight(number) + Duration::from_secs(43_200)
}

fn midnight(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_590_969_600 + number * 86_400)
}

fn order(id: &str, issuer: &str, meetings: &[&str], status: Status, received: Option<u64>) -> Order {
    let mut order = Order::new(id, issuer);
    order.meetings = meetings.iter().map(|&meeting| meeting.to_owned()).collect();
    (order.status, order.received) = (status, received.map(midnight));
    order.demands = vec![Demand::TerminateMeeting, Demand::SuspendHost];
    order
}

/// Orders of three issuers, of which two name the same meeting.
fn docket() -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("=EAST|WEST".to_owned(), vec!["US".parse().unwrap()]);
    docket.orders = vec![
        order("cn-1", "CN", &["vigil", "shared"], Status::InForce, Some(11)),
        order("cn-2", "cn", &["vigil-2"], Status::InForce, Some(3)),
        order("cn-3", "CN", &["vigil-3"], Status::Rejected, Some(12)),
        order("hk-1", "HK", &["shared", "march"], Status::InForce, Some(12)),
        order("group-1", "=EAST|WEST", &["other"], Status::UnderReview, None),
    ];
    docket.orders[0].effective = Some(midnight(9));
    docket.orders[3].effective = Some(midnight(15));
    docket.orders[3].exempt = vec!["198.51.100.1/32".parse().unwrap()];
    docket
}

/// A ledger with each join as often as is said: a meeting, an address, a day and how often.
fn ledger(docket: &Docket, joins: &[(&str, &str, u64, usize)]) -> Vec<u8> {
    let policy = Policy::compile(docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
    for &(meeting, ip, at, times) in joins {
        let ip: IpAddr = ip.parse().unwrap();
        let explanation = policy.explain(Meeting::new(meeting).hosted_by("host-account"), ip, "US".parse().unwrap(), day(at));
        (0..times).for_each(|_| _ = ledger.record(&explanation).unwrap());
    }
    ledger.into_inner()
}

fn report(docket: &Docket, ledgers: &[&[u8]], threshold: u64) -> Result<Report, ReportError> {
    let builder = Report::builder(docket).period(midnight(10), midnight(20)).threshold(Threshold::at_least(threshold));
    ledgers.iter().try_fold(builder, |builder, ledger| builder.ledger("ledger", *ledger))?.build()
}

fn row<'r>(report: &'r Report, issuer: &str) -> &'r Row {
    report.rows.iter().find(|row| row.party == Party::Issuer(issuer.to_owned())).unwrap()
}
