//! Places, addresses, atlases and dockets from short texts, for all test files.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::net::IpAddr;

use bailiwick::{Atlas, Docket, Order, Region, Source};
use ipnet::IpNet;

pub fn region(code: &str) -> Region {
    code.parse().unwrap()
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub fn network(text: &str) -> IpNet {
    text.parse().unwrap()
}

/// A source of networks and the regions that they are in.
pub fn source(name: &str, networks: &[(&str, &str)]) -> Source {
    let mut source = Source::new(name);
    networks.iter().for_each(|(text, code)| source.insert(network(text), region(code)));
    source
}

/// An atlas of one source, as [`source`].
pub fn atlas_of(networks: &[(&str, &str)]) -> Atlas {
    Atlas::builder().source(source("provider", networks)).build().unwrap()
}

/// An atlas of one source, from range CSV.
pub fn atlas_of_ranges(rows: &str) -> Atlas {
    Atlas::builder().source(Source::from_range_csv("provider", rows.as_bytes()).unwrap()).build().unwrap()
}

/// An order in force that names a meeting.
pub fn order(id: &str, issuer: &str, meeting: &str) -> Order {
    let mut order = Order::new(id, issuer);
    order.meetings.push(meeting.to_owned());
    order
}

pub fn docket(orders: impl IntoIterator<Item = Order>) -> Docket {
    let mut docket = Docket::default();
    docket.orders = orders.into_iter().collect();
    docket
}
