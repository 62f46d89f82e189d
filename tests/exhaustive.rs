//! A universe small enough to try all of it: eight addresses, two regions, two meetings, up to three orders. The compiled policy
//! agrees with the executable specification on everything.

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use bailiwick::{Atlas, Docket, Location, Meeting, Order, Policy, Source, Status, spec};
use ipnet::IpNet;
use support::region;

/// The addresses, three bits each; in IPv6 too, where nothing else of the universe changes.
const ADDRESSES: u8 = 8;
const MEETINGS: [&str; 2] = ["m1", "m2"];

/// The address space of a universe. Its addresses straddle a byte boundary, at which a trie changes levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    V4,
    V6,
    /// The first half of the addresses is private (10/8, RFC 1918).
    SpecialV4,
    /// The first half of the addresses is unique local (fc00::/7, RFC 4193).
    SpecialV6,
}

const SPACES: [Space; 4] = [Space::V4, Space::V6, Space::SpecialV4, Space::SpecialV6];

fn address(n: u8, space: Space) -> IpAddr {
    let v4 = |base: u32| IpAddr::from(Ipv4Addr::from_bits(base + u32::from(n)));
    let v6 = |base: u128| IpAddr::from(Ipv6Addr::from_bits(base + (u128::from(n) << 62)));
    match space {
        Space::V4 => v4(0x0bff_fffc),
        Space::V6 => v6((0x2001_0db8 << 96) + (0xfffc << 64)),
        Space::SpecialV4 => v4(0x0aff_fffc),
        Space::SpecialV6 => v6((0xfe00 << 112) - (1 << 64)),
    }
}

/// Every range of addresses.
fn ranges() -> impl Iterator<Item = (u8, u8)> {
    (0..ADDRESSES).flat_map(|first| (first..ADDRESSES).map(move |last| (first, last)))
}

/// The last address of IPv6 that begins with an address of the universe.
fn end(n: u8, space: Space) -> IpAddr {
    match address(n, space) {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() | ((1 << 62) - 1)).into(),
        ip => ip,
    }
}

fn source(name: &str, rows: &[(u8, u8, &str)], space: Space) -> Source {
    let mut source = Source::new(name);
    for &(first, last, code) in rows {
        source.insert_range(address(first, space), end(last, space), region(code)).unwrap();
    }
    source
}

fn atlas(sources: &[Source], min_sources: usize) -> Atlas {
    Atlas::builder().sources(sources.iter().cloned()).min_sources(min_sources).build().unwrap()
}

/// Every network of IPv4 that holds whole blocks of the universe, by its first address and size, and the whole.
fn networks() -> Vec<IpNet> {
    let mut networks = Vec::new();
    for bits in 0..=2_u8 {
        for first in (0..ADDRESSES).step_by(1 << bits) {
            networks.push(IpNet::new(address(first, Space::V4), 32 - bits).unwrap());
        }
    }
    networks.retain(|network| network.addr() == network.network());
    networks
}

/// The policy agrees with the specification on every address, meeting and home.
fn compare(docket: &Docket, sources: &[Source], min_sources: usize, policy: &Policy, space: Space) -> u64 {
    let mut compared = 0;
    for ip in (0..ADDRESSES).map(|n| address(n, space)) {
        for meeting in MEETINGS {
            for home in ["CN", "HK"] {
                let (meeting, home, at) = (Meeting::new(meeting), region(home), SystemTime::UNIX_EPOCH);
                let verdict = spec::decide_at(docket, sources, min_sources, meeting, ip, home, at);
                let decision = policy.decide_at(meeting, ip, home, at);
                assert_eq!(verdict, decision, "{ip} {meeting:?} {docket:?} {sources:?}");
                assert_eq!(policy.meeting(meeting).decide_at(ip, home, at), decision, "{ip} {meeting:?} {docket:?}");
                assert_eq!(policy.reasons(meeting).decide_at(ip, home, at).decision(), decision, "{ip} {meeting:?} {docket:?}");
                compared += 1;
            }
        }
    }
    compared
}

/// One order of each region for both meetings: what they decide shows where each address is.
fn showing_locations() -> Docket {
    let mut docket = Docket::default();
    for (issuer, meeting) in ["CN", "HK"].into_iter().zip(MEETINGS) {
        let mut order = Order::new(issuer, issuer);
        order.meetings.push(meeting.to_owned());
        docket.orders.push(order);
    }
    docket
}

/// Every source of up to two ranges, each of either region or of none: 5,995 atlases, in each space.
#[test]
fn every_source_of_two_ranges() {
    let docket = showing_locations();
    let rows: Vec<_> = ranges().flat_map(|(first, last)| ["CN", "HK", "ZZ"].map(|code| (first, last, code))).collect();
    let pairs = rows.iter().enumerate().flat_map(|(n, &a)| rows[n..].iter().map(move |&b| vec![a, b]));
    let mut compared = 0;
    for rows in rows.iter().map(|&row| vec![row]).chain(pairs).chain([Vec::new()]) {
        for space in SPACES {
            let sources = [source("s", &rows, space)];
            let policy = Policy::compile(&docket, &atlas(&sources, 1)).unwrap();
            compared += compare(&docket, &sources, 1, &policy, space);
        }
    }
    assert_eq!(compared, 5_995 * 4 * 32);
}

/// Every source of one range beside a fixed one, with every excluding source of one range, and how many of them must speak.
#[test]
fn every_exclusion_of_one_range() {
    let docket = showing_locations();
    let rows: Vec<_> = ranges().flat_map(|(first, last)| ["CN", "HK", "ZZ"].map(|code| (first, last, code))).collect();
    for (&row, (first, last)) in rows.iter().flat_map(|row| ranges().map(move |range| (row, range))) {
        for space in [Space::V4, Space::SpecialV4, Space::SpecialV6] {
            let fixed = source("a", &[(1, 3, "CN"), (5, 6, "HK")], space);
            let excluding = source("x", &[(first, last, "HK")], space).excluding();
            let sources = [fixed, source("b", &[row], space), excluding];
            for min_sources in 1..=2 {
                let policy = Policy::compile(&docket, &atlas(&sources, min_sources)).unwrap();
                compare(&docket, &sources, min_sources, &policy, space);
                for n in first..=last {
                    assert_eq!(policy.locate(address(n, space)), Location::Unknown);
                }
            }
        }
    }
}

/// Every two sources of one range each, and how many of them must speak.
#[test]
fn every_pair_of_sources_of_one_range() {
    let docket = showing_locations();
    let rows: Vec<_> = ranges().flat_map(|(first, last)| ["CN", "HK", "CN-GD"].map(|code| (first, last, code))).collect();
    for &a in &rows {
        for &b in &rows {
            for min_sources in 1..=2 {
                let sources = [source("a", &[a], Space::V4), source("b", &[b], Space::V4)];
                let policy = Policy::compile(&docket, &atlas(&sources, min_sources)).unwrap();
                compare(&docket, &sources, min_sources, &policy, Space::V4);
            }
        }
    }
}

fn changed(order: &Order, change: impl FnOnce(&mut Order)) -> Order {
    let mut order = order.clone();
    change(&mut order);
    order
}

/// Every order of the universe: its issuer, what it names, whether it is in force, and how it is narrowed.
fn orders() -> Vec<Order> {
    let names: [&[&str]; 3] = [&["m1"], &["m2"], &["m1", "m2"]];
    let mut orders = Vec::new();
    for (issuer, names) in ["CN", "HK"].into_iter().flat_map(|issuer| names.map(|names| (issuer, names))) {
        let mut order = Order::new("", issuer);
        order.meetings = names.iter().map(|&name| name.to_owned()).collect();
        let blocks = ["11.255.255.252/30", "12.0.0.0/31", "12.0.0.2/32"].map(|text| text.parse::<IpNet>().unwrap());
        orders.push(order.clone());
        orders.push(changed(&order, |order| order.status = Status::Rejected));
        for block in blocks {
            orders.push(changed(&order, |order| order.networks.push(block)));
            orders.push(changed(&order, |order| order.exempt.push(block)));
        }
    }
    orders
}

/// Every docket of up to three orders, on atlases where the regions meet in every way: beside, inside, contested, unlocated.
#[test]
fn every_docket_of_three_orders() {
    let sources = [
        source("s", &[(0, 3, "CN"), (4, 7, "HK")], Space::V4),
        source("s", &[(0, 7, "CN"), (2, 5, "HK"), (3, 3, "CN"), (6, 6, "ZZ")], Space::V4),
        source("s", &[(0, 4, "CN"), (3, 7, "HK")], Space::V4),
    ];
    let atlases = [&sources[0], &sources[1], &sources[2]].map(|source| atlas(std::slice::from_ref(source), 1));
    let orders = orders();
    assert_eq!(orders.len(), 48);
    // One past the last order stands for none.
    let none = orders.len();
    let dockets = (0..=none).flat_map(|a| (a..=none).flat_map(move |b| (b..=none).map(move |c| [a, b, c])));
    let mut compared = 0;
    for chosen in dockets {
        let mut docket = Docket::default();
        let chosen = chosen.iter().filter_map(|&n| orders.get(n));
        docket.orders = chosen.zip(["b", "a", "c"]).map(|(order, id)| changed(order, |order| order.id = id.to_owned())).collect();
        for (source, atlas) in sources.iter().zip(&atlases) {
            let policy = Policy::compile(&docket, atlas).unwrap();
            compared += compare(&docket, std::slice::from_ref(source), 1, &policy, Space::V4);
        }
    }
    assert_eq!(compared, 20_825 * 3 * 32);
}

/// Every network of the universe as an order's only one, as its only exemption, and every pair of the two.
#[test]
fn every_pair_of_a_network_and_an_exemption() {
    let sources = [source("s", &[(0, 5, "CN"), (6, 6, "HK")], Space::V4)];
    let atlas = atlas(&sources, 1);
    let networks = networks();
    let some = |n: usize| networks.get(n).map(|&network| vec![network]).unwrap_or_default();
    for a in 0..=networks.len() {
        for b in 0..=networks.len() {
            for c in 0..=networks.len() {
                let mut order = Order::new("o", "CN");
                order.meetings.push("m1".to_owned());
                order.networks = [some(a), some(b)].concat();
                order.exempt = some(c);
                let mut docket = Docket::default();
                docket.orders.push(order);
                compare(&docket, &sources, 1, &Policy::compile(&docket, &atlas).unwrap(), Space::V4);
            }
        }
    }
}
