//! However long orders are amended, a policy stays within 1.5 times the memory of one that is compiled from the same docket.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Docket, Order, Policy, Region, Source, Status};
use ipnet::{IpNet, Ipv4Net};

/// The bound on the memory of an amended policy, in halves of that of a compiled one.
const MOST_HALVES: usize = 3;

/// Regions of the atlas that are subdivisions of the United States.
const SUBDIVISIONS: u32 = 36 * 36;

/// A docket of `orders` orders, amended `steps` times.
struct Shape {
    name: &'static str,
    orders: usize,
    steps: usize,
    /// Order number n as a step writes it.
    order: fn(n: usize, step: usize) -> Order,
}

const SHAPES: [Shape; 12] = [
    Shape { name: "one order", orders: 1, steps: 60, order: |_, step| named(0, step, 1) },
    Shape { name: "one order of a big group", orders: 1, steps: 20, order: |_, step| narrowed(0, step, 0) },
    Shape { name: "three orders with long texts", orders: 3, steps: 60, order: |n, step| with_text(n, step, 20_000) },
    Shape { name: "orders of big groups", orders: 60, steps: 200, order: |n, step| narrowed(n, step, 0) },
    Shape { name: "orders of one region each", orders: 60, steps: 200, order: |n, step| narrowed(n, step, 1) },
    Shape { name: "orders of many regions", orders: 60, steps: 200, order: |n, step| narrowed(n, step, 300) },
    Shape { name: "orders with many networks", orders: 60, steps: 200, order: |n, step| with_networks(n, step, 400) },
    Shape { name: "orders with few networks", orders: 200, steps: 400, order: |n, step| with_networks(n, step, 2) },
    Shape { name: "orders with many names", orders: 60, steps: 200, order: |n, step| named(n, step, 300) },
    Shape { name: "orders with long texts", orders: 60, steps: 200, order: |n, step| with_text(n, step, 5_000) },
    Shape { name: "orders of one meeting", orders: 400, steps: 400, order: all_of_one_meeting },
    Shape { name: "orders that end", orders: 200, steps: 400, order: ending },
];

fn order(n: usize, step: usize) -> Order {
    let mut order = Order::new(format!("order-{n:04}"), "US");
    order.meetings = vec![format!("meeting-{n}")];
    order.legal_basis = format!("version {step}");
    order
}

fn named(n: usize, step: usize, names: usize) -> Order {
    let name = |kind: &str, k: usize| format!("{kind}-of-a-name-that-is-not-short-{}", n * 1000 + k + step * 7);
    let mut order = order(n, step);
    order.meetings = (0..names).map(|k| name("meeting", k)).collect();
    order.accounts = (0..names / 2).map(|k| name("account", k)).collect();
    order
}

/// Of one of three groups of all subdivisions, and narrowed to some.
fn narrowed(n: usize, step: usize, regions: u32) -> Order {
    let mut order = order(n, step);
    order.issuer = format!("GROUP-{}", (n + step) % 3);
    let first = u32::try_from(n * 31 + step * 17).unwrap();
    order.regions = (first..first + regions).map(subdivision).collect();
    order
}

fn with_networks(n: usize, step: usize, networks: u32) -> Order {
    let mut order = order(n, step);
    let first = u32::try_from(n * 13 + step * 3).unwrap();
    order.networks = (first..first + networks).map(|k| net(k % SUBDIVISIONS, 25)).collect();
    order.exempt = vec![net(first % SUBDIVISIONS, 32), "2001:db8::/32".parse().unwrap()];
    order
}

fn with_text(n: usize, step: usize, bytes: usize) -> Order {
    let mut order = order(n, step);
    order.legal_basis = "why ".repeat(bytes / 4 + step % 5);
    order.notice.insert("en".to_owned(), "why ".repeat(bytes / 8));
    order
}

fn all_of_one_meeting(n: usize, step: usize) -> Order {
    let mut order = order(n, step);
    order.meetings = vec!["everyone-s".to_owned()];
    order.status = if step % 2 == 0 { Status::InForce } else { Status::Withdrawn };
    order
}

/// Each order shrinks to what a docket keeps of one that is over.
fn ending(n: usize, step: usize) -> Order {
    let mut order = with_networks(n, 0, if step < 200 { 30 } else { 0 });
    order.exempt.clear();
    order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(step).unwrap()));
    order
}

fn subdivision(n: u32) -> Region {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let n = n % SUBDIVISIONS;
    let digit = |place: u32| char::from(DIGITS[usize::try_from(n / place % 36).unwrap()]);
    format!("US-X{}{}", digit(1), digit(36)).parse().unwrap()
}

fn net(n: u32, len: u8) -> IpNet {
    Ipv4Net::new(Ipv4Addr::from_bits(0x1700_0000 + (n << 8)), len).unwrap().into()
}

/// A network of each subdivision.
fn atlas() -> Atlas {
    let mut source = Source::new("provider");
    (0..SUBDIVISIONS).for_each(|n| source.insert(net(n, 24), subdivision(n)));
    Atlas::builder().source(source).build().unwrap()
}

fn empty() -> Docket {
    let mut docket = Docket::default();
    for group in 0..3 {
        let mut regions: Vec<Region> = (0..SUBDIVISIONS).map(subdivision).collect();
        regions.rotate_left(group);
        docket.jurisdictions.insert(format!("GROUP-{group}"), regions);
    }
    docket
}

#[test]
fn amending_takes_at_most_half_as_much_memory_again_as_compiling() {
    let atlas = atlas();
    // Whatever orders there are, the atlas and the groups take as much.
    let without_orders = Policy::compile(&empty(), &atlas).unwrap().memory_usage();
    for Shape { name, orders, steps, order } in SHAPES {
        let mut docket = empty();
        docket.orders = (0..orders).map(|n| order(n, 0)).collect();
        let mut policy = Policy::compile(&docket, &atlas).unwrap();
        for step in 1..=steps {
            let n = step * 7 % orders;
            docket.orders[n] = order(n, step);
            policy = policy.amend([docket.orders[n].clone()]).unwrap();
            // A fresh compile of many orders takes its time.
            if step % orders.div_ceil(10) == 0 {
                let compiled = Policy::compile(&docket, &atlas).unwrap();
                let [amended, compiled] = [&policy, &compiled].map(|policy| policy.memory_usage() - without_orders);
                assert!(2 * amended <= MOST_HALVES * compiled, "{name}, step {step}: {amended} bytes, and {compiled} compiled");
            }
        }
    }
}

#[test]
fn a_docket_that_grows_order_by_order_takes_at_most_half_as_much_memory_again() {
    let atlas = atlas();
    let without_orders = Policy::compile(&empty(), &atlas).unwrap().memory_usage();
    for Shape { name, order, .. } in SHAPES.into_iter().filter(|shape| shape.orders > 1) {
        let mut docket = empty();
        let mut policy = Policy::compile(&docket, &atlas).unwrap();
        for n in 0..80 {
            docket.orders.push(order(n, 0));
            policy = policy.amend([order(n, 0)]).unwrap();
            let compiled = Policy::compile(&docket, &atlas).unwrap();
            let [amended, compiled] = [&policy, &compiled].map(|policy| policy.memory_usage() - without_orders);
            assert!(2 * amended <= MOST_HALVES * compiled, "{name}, {n} orders: {amended} bytes, and {compiled} compiled");
        }
    }
}
