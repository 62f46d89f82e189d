//! Orders, and the meetings that they name.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use bailiwick::{Docket, Location, Order};
use ipnet::{IpNet, Ipv4Net};

use super::rng::Rng;
use super::world::World;

/// Who issues orders, in turn.
pub const ISSUERS: [&str; 3] = ["CN", "RU", "IR"];

/// The name of a meeting that an order names.
pub fn listed(meeting: usize) -> String {
    format!("meeting-{meeting}")
}

/// The name of a meeting that no order names.
pub fn unlisted(meeting: usize) -> String {
    format!("lecture-{meeting}")
}

/// The issuer of the order that names a meeting, in a [`docket`] of `orders` orders.
pub fn issuer(meeting: usize, orders: usize) -> &'static str {
    ISSUERS[meeting % orders % ISSUERS.len()]
}

/// A docket of `meetings` meetings under `orders` orders: order n names meeting n, n + orders, n + 2 × orders and so on.
pub fn docket(meetings: usize, orders: usize) -> Docket {
    docket_of(meetings, orders, &ISSUERS)
}

/// As [`docket`], with other issuers in turn.
pub fn docket_of(meetings: usize, orders: usize, issuers: &[&str]) -> Docket {
    let mut docket = Docket::default();
    docket.orders = (0..orders)
        .map(|n| {
            let mut order = Order::new(format!("order-{n}"), issuers[n % issuers.len()]);
            order.meetings = (n..meetings).step_by(orders).map(listed).collect();
            order
        })
        .collect();
    docket
}

/// The orders of a docket with every field that the compiler warns about when it is missing.
pub fn documented(mut docket: Docket) -> Docket {
    let expires = SystemTime::now() + Duration::from_secs(86_400);
    for order in &mut docket.orders {
        order.expires = Some(expires);
        order.evidence = vec![String::from("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")];
        order.approved_by = vec![String::from("counsel-a"), String::from("counsel-b")];
    }
    docket
}

/// The orders of a docket, each narrowed to `networks` IPv4 networks of its issuer, with an eighth of every tenth network exempt.
pub fn narrowed(mut docket: Docket, world: &World, networks: usize) -> Docket {
    let mut rng = Rng::new(5);
    let territories = ISSUERS.map(|code| territory(world, code));
    for (n, order) in docket.orders.iter_mut().enumerate() {
        let territory = &territories[n % ISSUERS.len()];
        let mut chosen = BTreeSet::new();
        while chosen.len() < networks.min(territory.len()) {
            chosen.insert(*rng.pick(territory));
        }
        let eighth = |network: &Ipv4Net| Ipv4Net::new(network.network(), network.prefix_len() + 3).expect("a /29 at most");
        order.exempt = chosen.iter().step_by(10).map(|network| IpNet::V4(eighth(network))).collect();
        order.networks = chosen.into_iter().map(IpNet::V4).collect();
    }
    docket
}

/// The IPv4 networks of a region that are large enough to carve something out.
fn territory(world: &World, code: &str) -> Vec<Ipv4Net> {
    let region = code.parse().expect("an issuer is a region");
    let networks = world.atlas.networks().filter_map(|(network, location)| match network {
        IpNet::V4(network) if location == Location::In(region) && network.prefix_len() <= 24 => Some(network),
        _ => None,
    });
    networks.collect()
}
