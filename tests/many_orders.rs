//! Times with 100,000 orders, for SECURITY.md: they depend on the machine, so they are printed and not compared.
//!
//!     cargo test --release --test many_orders -- --ignored --nocapture

use std::hint::black_box;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use bailiwick::{Atlas, Docket, Order, Policy, Region, Source, Status};

const ORDERS: usize = 100_000;

/// Orders of one country. Each names a meeting of its own or, with `together`, all name one.
fn docket(orders: usize, together: bool) -> Docket {
    let mut docket = Docket::default();
    docket.orders = (0..orders).map(|n| order(n, together)).collect();
    docket
}

fn order(n: usize, together: bool) -> Order {
    let mut order = Order::new(format!("order-{n:06}"), "CN");
    order.meetings = vec![if together { "vigil".to_owned() } else { format!("meeting-{n}") }];
    order
}

fn atlas() -> Atlas {
    let source = Source::from_range_csv("provider", "198.51.100.0,198.51.100.255,CN\n203.0.113.0,203.0.113.255,HK\n".as_bytes());
    Atlas::builder().source(source.unwrap()).build().unwrap()
}

/// The mean of some rounds.
fn mean(rounds: u32, mut each: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..rounds).for_each(|_| each());
    start.elapsed() / rounds
}

#[test]
#[ignore = "prints times"]
fn a_decision_takes_time_for_each_order_in_force_that_names_the_meeting() {
    let (inside, outside): (IpAddr, IpAddr) = ("198.51.100.1".parse().unwrap(), "203.0.113.1".parse().unwrap());
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
    for status in ["in force", "expired", "withdrawn"] {
        for orders in [1, 10, 100, 1_000, 10_000, ORDERS] {
            let mut docket = docket(orders, true);
            for order in &mut docket.orders {
                order.expires = (status == "expired").then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1));
                order.status = if status == "withdrawn" { Status::Withdrawn } else { Status::InForce };
            }
            let policy = Policy::compile(&docket, &atlas()).unwrap();
            let decide = |ip| mean(200, || _ = black_box(policy.decide_at("vigil", black_box(ip), Region::UNKNOWN, at)));
            println!("{orders} orders {status}: {:?} inside, {:?} outside", decide(inside), decide(outside));
        }
    }
}

#[test]
#[ignore = "prints times"]
fn amending_one_of_100_000_orders_takes_a_fraction_of_compiling_them() {
    for together in [false, true] {
        let (docket, atlas) = (docket(ORDERS, together), atlas());
        let compile = mean(3, || _ = black_box(Policy::compile(&docket, &atlas).unwrap()));
        let mut policy = Policy::compile(&docket, &atlas).unwrap();
        let mut longest = Duration::ZERO;
        let mut n = 0;
        let amend = mean(500, || {
            n += 199;
            let mut order = order(n % ORDERS, together);
            order.status = Status::Withdrawn;
            let start = Instant::now();
            policy = policy.amend([order]).unwrap();
            longest = longest.max(start.elapsed());
        });
        println!("one meeting: {together}: compile {compile:?}, amend {amend:?} on average, {longest:?} at most");
    }
}
