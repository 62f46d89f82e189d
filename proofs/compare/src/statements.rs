//! A world as statements that the model reads: see proofs/oracle.ml.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::SystemTime;

use bailiwick::{Docket, Order, Region, Status};
use ipnet::IpNet;

use crate::world::World;

pub fn world(text: &mut String, world: &World) {
    writeln!(text, "world\t{}", world.min_sources).unwrap();
    docket(text, &world.docket);
    let locating = world.sources.iter().zip(&world.published).map(|(rows, &published)| (rows, false, published));
    for (rows, excludes, published) in locating.chain(world.excluding.iter().map(|rows| (rows, true, false))) {
        source(text, excludes, published);
        rows.iter().for_each(|row| self::row(text, row.first, row.last, row.region));
    }
}

pub fn source(text: &mut String, excludes: bool, published: bool) {
    writeln!(text, "source\t{}\t{}", u8::from(excludes), u8::from(published)).unwrap();
}

pub fn row(text: &mut String, first: IpAddr, last: IpAddr, region: Region) {
    writeln!(text, "row\t{}\t{region}", span(first, last)).unwrap();
}

pub fn docket(text: &mut String, docket: &Docket) {
    for (name, regions) in &docket.jurisdictions {
        write!(text, "group\t{name}").unwrap();
        regions.iter().for_each(|region| write!(text, "\t{region}").unwrap());
        text.push('\n');
    }
    docket.fenced.iter().for_each(|fence| writeln!(text, "fence\t{fence}").unwrap());
    docket.orders.iter().for_each(|order| self::order(text, docket, order));
}

fn order(text: &mut String, docket: &Docket, order: &Order) {
    let group = if docket.jurisdictions.contains_key(&order.issuer) { "@" } else { "" };
    let status = match order.status {
        Status::Received => "received",
        Status::UnderReview => "under-review",
        Status::InForce => "in-force",
        Status::Rejected => "rejected",
        Status::Withdrawn => "withdrawn",
        _ => panic!("the model knows no such status"),
    };
    let bound = |time: Option<SystemTime>| time.map_or("-".to_owned(), |time| instant(time).to_string());
    let (start, stop) = (bound(order.effective), bound(order.expires));
    writeln!(text, "order\t{}\t{group}{}\t{status}\t{start}\t{stop}", order.id, order.issuer).unwrap();
    order.meetings.iter().for_each(|name| writeln!(text, "meeting\t{name}").unwrap());
    order.accounts.iter().for_each(|name| writeln!(text, "account\t{name}").unwrap());
    order.regions.iter().for_each(|region| writeln!(text, "region\t{region}").unwrap());
    order.networks.iter().for_each(|&net| writeln!(text, "network\t{}", network(net)).unwrap());
    order.exempt.iter().for_each(|&net| writeln!(text, "exempt\t{}", network(net)).unwrap());
}

fn network(network: IpNet) -> String {
    span(network.network(), network.broadcast())
}

/// A range as it was given: the model reads mapped addresses itself. Only of two families the plain one counts.
fn span(first: IpAddr, last: IpAddr) -> String {
    let (first, last) = if first.is_ipv4() == last.is_ipv4() { (first, last) } else { (first.to_canonical(), last.to_canonical()) };
    let (family, first) = family_and_number(first);
    format!("{family}\t{first:#x}\t{:#x}", family_and_number(last).1)
}

/// The address of the questions that follow.
pub fn at(text: &mut String, ip: IpAddr) {
    writeln!(text, "at\t{}", address(ip)).unwrap();
}

/// An address as two fields.
pub fn address(ip: IpAddr) -> String {
    let (family, number) = family_and_number(ip);
    format!("{family}\t{number:#x}")
}

fn family_and_number(ip: IpAddr) -> (u8, u128) {
    match ip {
        IpAddr::V4(ip) => (4, ip.to_bits().into()),
        IpAddr::V6(ip) => (6, ip.to_bits()),
    }
}

/// Nanoseconds since 1970.
pub fn instant(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}
