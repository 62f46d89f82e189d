//! MaxMind DBs beside a second reader: the tree from its root for each address, bit by bit, and the lookups of the `maxminddb` crate.
//!
//! The library walks a tree once, network by network, and takes the crate for the records alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bailiwick::{Location, Region, Source, spec};
use maxminddb::{LookupResult, Reader, path};
use serde::de::IgnoredAny;

/// The most ranges whose ends are asked about.
const MOST: usize = 8;

/// Addresses that are asked about in any database: in both families, and where trees have other paths to IPv4.
const ALWAYS: [&str; 10] = [
    "1.0.0.1",
    "203.0.113.1",
    "203.0.113.200",
    "223.255.255.255",
    "::203.0.113.1",
    "2001:db8::1",
    "2001:0:cb00:7101::1",
    "2002:cb00:7101::1",
    "64:ff9b::203.0.113.1",
    "a000::1",
];

/// A database that is read says of each address what the second reader says, or nothing for a documented reason.
pub fn as_a_second_reader_has_it(bytes: &[u8]) {
    let load = Source::loader("fuzz").country_path(&["country", "iso_code"]).tolerant();
    let (Ok(source), Ok(reader)) = (load.mmdb(bytes), Reader::from_source(bytes)) else { return };
    let tree = Tree::of(&reader, bytes);
    let ends = source.ranges().take(MOST).flat_map(|(first, last, _)| [first, last]).flat_map(|ip| [before(ip), ip, after(ip)]);
    let asked: Vec<IpAddr> = ends.chain(ALWAYS.map(|ip| ip.parse().unwrap())).filter(|ip| ip.to_canonical() == *ip).collect();
    let sources = [source];
    for ip in asked {
        let ours = spec::locate(&sources, 1, ip);
        let theirs = second(&reader, &tree, ip);
        match theirs {
            Second::Place(region) => assert_eq!(ours, Location::In(region), "{ip}"),
            Second::Nowhere => assert_eq!(ours, Location::Unknown, "{ip}"),
            Second::PlaceOrNowhere(region) => assert!([Location::In(region), Location::Unknown].contains(&ours), "{ip}: {ours}"),
        }
    }
}

/// The answer of the second reader.
enum Second {
    Place(Region),
    Nowhere,
    /// The record says more than its country, which may be a reason not to locate.
    PlaceOrNowhere(Region),
}

fn second(reader: &Reader<&[u8]>, tree: &Tree<'_>, ip: IpAddr) -> Second {
    if is_special(ip) {
        return Second::Nowhere;
    }
    let Some(leaf) = tree.leaf(ip) else { return Second::Nowhere };
    let found = reader.lookup(ip);
    if leaf.record <= tree.nodes {
        assert!(!found.is_ok_and(|found| found.has_data()), "{ip}");
        return Second::Nowhere;
    }
    let found = found.unwrap();
    assert!(found.has_data(), "{ip}");
    // IPv4 is under `::/96` alone, and nothing wider speaks for it. The lookup knows neither.
    if leaf.is_alias || ip.is_ipv4() && tree.is_v6 && leaf.depth < 96 || ip.is_ipv6() && leaf.is_ipv4 {
        return Second::Nowhere;
    }
    let Ok(text) = found.decode_path::<&str>(&path!["country", "iso_code"]) else { return Second::Nowhere };
    let text = text.unwrap_or_default();
    // A comment may follow the code, as in files of text.
    let code = text.split('#').next().unwrap_or_default().trim();
    match code.parse::<Region>() {
        Ok(region) if ["ZZ", "XX"].contains(&region.country().as_str()) => Second::Nowhere,
        Ok(region) if region.as_str().len() == 2 && has_country_alone(&found) => Second::Place(region),
        Ok(region) => Second::PlaceOrNowhere(region),
        Err(_) => Second::Nowhere,
    }
}

/// Whether a record has no field that may be a reason not to locate its network.
fn has_country_alone(found: &LookupResult<'_, &[u8]>) -> bool {
    let keys = ["traits", "is_anonymous_proxy", "is_satellite_provider", "is_satellite", "is_anycast"];
    let beside = ["subdivisions", "region_code", "region", "state1", "city"];
    keys.iter().chain(&beside).all(|key| matches!(found.decode_path::<IgnoredAny>(&path![*key]), Ok(None)))
}

/// The search tree, by the description of the format.
struct Tree<'a> {
    bytes: &'a [u8],
    nodes: usize,
    node_size: usize,
    is_v6: bool,
    /// The node of `::/96`.
    ipv4: Option<usize>,
}

struct Leaf {
    record: usize,
    depth: u8,
    /// Whether the path leads through the node of `::/96` elsewhere.
    is_alias: bool,
    /// Whether the leaf is under `::/96`.
    is_ipv4: bool,
}

impl<'a> Tree<'a> {
    fn of(reader: &Reader<&[u8]>, bytes: &'a [u8]) -> Tree<'a> {
        let metadata = reader.metadata();
        let (nodes, node_size) = (metadata.node_count as usize, usize::from(metadata.record_size) / 4);
        let mut tree = Tree { bytes, nodes, node_size, is_v6: metadata.ip_version == 6, ipv4: None };
        let below = (0..96).fold(0, |node, _| if node < nodes { tree.record(node, 0) } else { node });
        tree.ipv4 = Some(below).filter(|&node| tree.is_v6 && node < nodes);
        tree
    }

    fn record(&self, node: usize, side: u8) -> usize {
        let bytes = &self.bytes[node * self.node_size..][..self.node_size];
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
        match (self.node_size, side) {
            (7, 0) => usize::from(bytes[3] >> 4) << 24 | number(&bytes[..3]),
            (7, _) => usize::from(bytes[3] & 15) << 24 | number(&bytes[4..]),
            (size, 0) => number(&bytes[..size / 2]),
            (size, _) => number(&bytes[size / 2..]),
        }
    }

    /// The leaf of an address; `None` for one of IPv6 in a tree of IPv4.
    fn leaf(&self, ip: IpAddr) -> Option<Leaf> {
        let (bits, width) = match (ip, self.is_v6) {
            (IpAddr::V4(ip), false) => (u128::from(ip.to_bits()) << 96, 32),
            (IpAddr::V4(ip), true) => (u128::from(ip.to_bits()), 128),
            (IpAddr::V6(ip), true) => (ip.to_bits(), 128),
            (IpAddr::V6(_), false) => return None,
        };
        let (mut record, mut depth, mut is_alias) = (0, 0, false);
        while record < self.nodes && depth < width {
            record = self.record(record, (bits >> (127 - depth) & 1) as u8);
            depth += 1;
            is_alias |= self.ipv4 == Some(record) && bits >> (128 - depth) != 0;
        }
        Some(Leaf { record, depth, is_alias, is_ipv4: self.is_v6 && depth >= 96 && bits >> 32 == 0 })
    }
}

/// Whether no published row speaks for an address.
fn is_special(ip: IpAddr) -> bool {
    let row = format!("{ip},{ip},CN\n");
    spec::locate(&[Source::from_range_csv("one", row.as_bytes()).unwrap()], 1, ip) == Location::Unknown
}

fn before(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits().saturating_sub(1)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits().saturating_sub(1)).into(),
    }
}

fn after(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits().saturating_add(1)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits().saturating_add(1)).into(),
    }
}
