//! The sample data, rewritten in every other format: the atlas is the same, at every boundary of every row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::sync::LazyLock;

use bailiwick::{Atlas, Region, Source};
use flate2::read::GzDecoder;
use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

/// A provider without overlapping rows, so that cutting a row into networks changes nothing.
static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    let mut text = String::new();
    for family in ["ipv4", "ipv6"] {
        let path = format!("{}/data/asn-country-{family}.csv.gz", env!("CARGO_MANIFEST_DIR"));
        GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    }
    Source::from_range_csv("asn", text.as_bytes()).unwrap()
});

pub(crate) static ATLAS: LazyLock<Atlas> = LazyLock::new(|| atlas(SOURCE.clone()));

fn atlas(source: Source) -> Atlas {
    Atlas::builder().source(source).build().unwrap()
}

/// The networks that a range is cut into.
fn networks(first: IpAddr, last: IpAddr) -> IpSubnets {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => IpSubnets::V4(Ipv4Subnets::new(first, last, 0)),
        (IpAddr::V6(first), IpAddr::V6(last)) => IpSubnets::V6(Ipv6Subnets::new(first, last, 0)),
        _ => unreachable!("a range is of one family"),
    }
}

/// The rows in another format: a line for each network.
fn by_network(line: impl Fn(IpNet, Region) -> String) -> String {
    let rows = SOURCE.ranges().flat_map(|(first, last, region)| networks(first, last).map(move |network| (network, region)));
    rows.map(|(network, region)| line(network, region) + "\n").collect()
}

pub(crate) fn is_the_same_at_every_boundary(source: Source) {
    assert_eq!(source.load_report().rows(), source.len() as u64);
    let read = atlas(source);
    for (first, last, _) in SOURCE.ranges() {
        for ip in [Some(first), Some(last), before(first), after(last)].into_iter().flatten() {
            assert_eq!(read.locate(ip), ATLAS.locate(ip), "{ip}");
        }
    }
    assert!(read.networks().eq(ATLAS.networks()));
}

fn before(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_sub(1).map(|ip| std::net::Ipv4Addr::from_bits(ip).into()),
        IpAddr::V6(ip) => ip.to_bits().checked_sub(1).map(|ip| std::net::Ipv6Addr::from_bits(ip).into()),
    }
}

fn after(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_add(1).map(|ip| std::net::Ipv4Addr::from_bits(ip).into()),
        IpAddr::V6(ip) => ip.to_bits().checked_add(1).map(|ip| std::net::Ipv6Addr::from_bits(ip).into()),
    }
}

#[test]
fn as_cidr_csv() {
    let text = by_network(|network, region| format!("{network},{region}"));
    is_the_same_at_every_boundary(Source::from_cidr_csv("asn", text.as_bytes()).unwrap());
}

#[test]
fn as_a_geofeed() {
    let text = by_network(|network, region| format!("{network},{region},,,"));
    is_the_same_at_every_boundary(Source::from_geofeed("asn", text.as_bytes()).unwrap());
}

#[test]
fn as_the_quoted_numbers_of_ip2location() {
    let number = |ip: IpAddr| match ip {
        // In the IPv6 file IPv4 addresses are mapped.
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let line =
        |(first, last, region)| format!("\"{}\",\"{}\",\"{region}\",\"A, \"\"country\"\"\"\r\n", number(first), number(last));
    let text: String = SOURCE.ranges().map(line).collect();
    is_the_same_at_every_boundary(Source::from_range_csv("asn", text.as_bytes()).unwrap());
}

#[test]
fn as_a_registrys_statistics() {
    let mut text = String::from("2|asn|20260617|0|19830613|20260617|+0000\n");
    for (first, last, region) in SOURCE.ranges() {
        if let (IpAddr::V4(start), IpAddr::V4(end)) = (first, last) {
            let count = u64::from(end.to_bits() - start.to_bits()) + 1;
            text += &format!("asn|{region}|ipv4|{start}|{count}|20260617|allocated\n");
        } else {
            for network in networks(first, last) {
                text += &format!("asn|{region}|ipv6|{}|{}|20260617|assigned|x\n", network.addr(), network.prefix_len());
            }
        }
    }
    is_the_same_at_every_boundary(Source::from_rir("asn", text.as_bytes()).unwrap());
}

#[test]
fn as_the_files_of_maxmind() {
    let regions: BTreeMap<Region, usize> = SOURCE.ranges().map(|(.., region)| (region, 0)).collect();
    let ids: BTreeMap<Region, usize> = regions.into_keys().zip(1_000_000..).collect();
    let locations: String = ids.iter().map(|(region, id)| format!("{id},en,\"Name, of\",{region}\n")).collect();
    let blocks = by_network(|network, region| format!("{network},{},,,0,0", ids[&region]));
    let locations = format!("geoname_id,locale_code,country_name,country_iso_code\n{locations}");
    let header = "network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider\n";
    let source = Source::from_maxmind_csv("asn", header.as_bytes().chain(blocks.as_bytes()), locations.as_bytes());
    is_the_same_at_every_boundary(source.unwrap());
}

#[test]
fn as_zone_lists_of_every_country() {
    let mut zones: BTreeMap<Region, String> = BTreeMap::new();
    for (first, last, region) in SOURCE.ranges() {
        networks(first, last).for_each(|network| *zones.entry(region).or_default() += &format!("{network}\n"));
    }
    let zones = zones.into_iter().map(|(region, zone)| Source::from_zone(region.to_string(), region, zone.as_bytes()).unwrap());
    let together = zones.fold(Atlas::builder(), |atlas, zone| atlas.source(zone)).build().unwrap();
    assert!(together.networks().eq(ATLAS.networks()));
}
