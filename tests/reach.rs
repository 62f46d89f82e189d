//! The reach of an order as a whole agrees with decisions address by address.

mod support;

use std::net::IpAddr;
use std::time::SystemTime;

use bailiwick::reach::{Reach, Size};
use bailiwick::{Decision, Docket, Order, Policy, Region};
use ipnet::IpNet;
use support::{atlas_of as atlas, source};

fn order(issuer: &str, regions: &[&str], networks: &[&str], exempt: &[&str]) -> Order {
    let mut order = Order::new("order", issuer);
    order.meetings.push("meeting".to_owned());
    order.regions = regions.iter().map(|region| region.parse().unwrap()).collect();
    order.networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    order.exempt = exempt.iter().map(|network| network.parse().unwrap()).collect();
    order
}

fn total(reach: &Reach) -> Size {
    reach.sizes().into_values().sum()
}

fn listed(reach: &Reach) -> Vec<String> {
    reach.networks().map(|(network, region)| format!("{network} {region}")).collect()
}

#[test]
fn an_order_reaches_what_is_left_of_its_territory_and_nothing_beside_it() {
    let atlas = atlas(&[
        ("203.0.113.0/25", "CN"),
        ("203.0.113.128/26", "CN"),
        ("203.0.113.192/26", "CN-GD"),
        ("198.51.100.0/24", "HK"),
        ("2001:db8::/32", "CN"),
    ]);
    let docket = Docket::default();
    let whole = docket.reach(&order("CN", &[], &[], &[]), &atlas);
    assert_eq!(listed(&whole), ["203.0.113.0/25 CN", "203.0.113.128/26 CN", "203.0.113.192/26 CN-GD", "2001:db8::/32 CN"]);
    assert_eq!(whole.ranges().count(), 3);
    assert_eq!(whole.ranges().collect::<Vec<_>>(), whole.territory().collect::<Vec<_>>());

    let narrow = docket.reach(&order("CN", &["CN-GD"], &["203.0.113.0/24", "198.51.100.0/24"], &["203.0.113.192/27"]), &atlas);
    assert_eq!(listed(&narrow), ["203.0.113.224/27 CN-GD"]);
    assert_eq!((total(&narrow).v4_addresses, total(&narrow).v6_addresses), (32, 0));
    assert_eq!(narrow.territory().count(), 3);
    assert_eq!(narrow.territory_sizes(), whole.sizes());
    let sizes: Vec<(String, u64, u128)> =
        whole.sizes().into_iter().map(|(region, size)| (region.to_string(), size.v4_addresses, size.v6_addresses)).collect();
    assert_eq!(sizes, [("CN".to_owned(), 192, 1 << 96), ("CN-GD".to_owned(), 64, 0)]);
    assert!(narrow.issuer_covers("CN-BJ".parse().unwrap()) && !narrow.issuer_covers("HK".parse().unwrap()));
}

#[test]
fn an_issuer_may_be_a_group_and_one_that_is_nothing_reaches_nothing() {
    let atlas = atlas(&[("192.0.2.0/24", "AT"), ("198.51.100.0/24", "BE"), ("203.0.113.0/24", "DE")]);
    let mut docket = Docket::default();
    docket.jurisdictions.insert("SOME".to_owned(), vec!["AT".parse().unwrap(), "BE".parse().unwrap()]);
    assert_eq!(listed(&docket.reach(&order("SOME", &[], &[], &[]), &atlas)), ["192.0.2.0/24 AT", "198.51.100.0/24 BE"]);
    for issuer in ["UK", "ZZ", "other"] {
        assert_eq!(total(&docket.reach(&order(issuer, &[], &[], &[]), &atlas)), Size::default(), "{issuer}");
    }
}

/// All but special-purpose addresses, and without those of IPv4, mapped: more than fit 64 bits, and counted exactly.
#[test]
fn all_addresses_of_both_families_can_be_counted() {
    let atlas = atlas(&[("0.0.0.0/0", "CN"), ("::/0", "CN")]);
    let size = total(&Docket::default().reach(&order("CN", &[], &[], &[]), &atlas));
    // The lengths of the special-purpose networks, from the list in RFC 6890's registries.
    let v4_special: u64 = [8, 8, 10, 8, 16, 12, 24, 16, 15, 4, 4].map(|length| 1 << (32 - length)).iter().sum();
    let v6_special: u128 = [128, 128, 48, 64, 7, 10, 8].map(|length| 1 << (128 - length)).iter().sum();
    assert_eq!((size.v4_addresses, size.v4_networks), ((1 << 32) - v4_special, 73));
    assert_eq!((size.v6_addresses, size.v6_networks), (u128::MAX - (1 << 32) - v6_special + 1, 239));

    let reach = Docket::default().reach(&order("CN", &[], &["::/0"], &["::2/128"]), &atlas);
    assert_eq!(total(&reach).v4_addresses, 0);
    assert_eq!(total(&reach).v6_addresses, u128::MAX - (1 << 32) - v6_special);
}

#[test]
fn the_ends_of_every_range_are_blocked_and_the_addresses_beside_are_not() {
    // A list of special-purpose networks alone, so that it locates the first and the last address of all.
    let atlas = atlas(&[
        ("0.0.0.0/30", "CN"),
        ("255.255.255.252/30", "CN-GD"),
        ("10.0.0.0/8", "CN"),
        ("10.1.0.0/16", "HK"),
        ("10.2.3.0/24", "ZZ"),
        ("fd00:db8::/32", "CN"),
        ("ffff:ffff::/32", "CN"),
    ]);
    let orders = [
        order("CN", &[], &[], &[]),
        order("CN", &["CN-GD"], &[], &[]),
        order("CN", &[], &["10.0.0.0/14", "fd00:db8:8000::/33", "::ffff:255.255.255.254/127"], &["10.0.0.128/25", "10.2.0.0/17"]),
        order("CN", &[], &[], &["0.0.0.0/32", "255.255.255.255/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"]),
    ];
    for order in orders {
        let mut docket = Docket::default();
        docket.orders.push(order.clone());
        let policy = Policy::compile(&docket, &atlas).unwrap();
        let is_blocked = |ip: IpAddr| {
            let decision = policy.decide_at("meeting", ip, Region::UNKNOWN, SystemTime::UNIX_EPOCH);
            matches!(decision, Decision::BlockParticipant(_))
        };
        let reach = docket.reach(&order, &atlas);
        let ranges: Vec<_> = reach.ranges().collect();
        assert!(!ranges.is_empty());
        for &(first, last, region) in &ranges {
            assert!(is_blocked(first) && is_blocked(last), "{first} {last}");
            assert_eq!(policy.locate(first).region(), Some(region));
            for beside in beside(first, last) {
                let inside =
                    ranges.iter().any(|&(first, last, _)| first.is_ipv4() == beside.is_ipv4() && (first..=last).contains(&beside));
                assert_eq!(is_blocked(beside), inside, "{beside}");
            }
        }
        let networks: Vec<IpNet> = reach.networks().map(|(network, _)| network).collect();
        assert!(networks.iter().all(|network| is_blocked(network.network()) && is_blocked(network.broadcast())));
    }
}

fn beside(first: IpAddr, last: IpAddr) -> Vec<IpAddr> {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let before = first.to_bits().checked_sub(1).map(|bits| std::net::Ipv4Addr::from(bits).into());
            let after = last.to_bits().checked_add(1).map(|bits| std::net::Ipv4Addr::from(bits).into());
            before.into_iter().chain(after).collect()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let before = first.to_bits().checked_sub(1).map(|bits| std::net::Ipv6Addr::from(bits).into());
            let after = last.to_bits().checked_add(1).map(|bits| std::net::Ipv6Addr::from(bits).into());
            before.into_iter().chain(after).collect()
        }
        _ => unreachable!("a range is of one family"),
    }
}

/// A network that only ends in `::ffff:0:0/96` is one of IPv6: it names the addresses before that block, and none of IPv4.
#[test]
fn a_network_that_ends_in_the_block_of_mapped_addresses_names_no_ipv4_address() {
    let places = || source("geo", &[("::fffe:0:0/96", "CN"), ("203.0.113.0/24", "CN")]);
    let home: Region = "US".parse().unwrap();
    let atlas = bailiwick::Atlas::builder().source(places()).build().unwrap();
    let mut docket = Docket::default();
    docket.orders.push(order("CN", &[], &["::fffe:0:0/95"], &[]));
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let cases = [("::fffe:0:0", true), ("::fffe:ffff:ffff", true), ("203.0.113.1", false), ("::ffff:203.0.113.1", false)];
    for (address, is_blocked) in cases {
        let ip: IpAddr = address.parse().unwrap();
        let decision = policy.decide_at("meeting", ip, home, SystemTime::UNIX_EPOCH);
        assert_eq!(!decision.admits(), is_blocked, "{address}");
        let rule = bailiwick::spec::decide_at(&docket, &[places()], 1, "meeting".into(), ip, home, SystemTime::UNIX_EPOCH);
        assert!(rule == decision, "{address}: {rule:?}");
    }
}
