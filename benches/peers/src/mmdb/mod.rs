//! A writer of the MaxMind DB format, version 2.0: what the peer `maxminddb` reads.
//!
//! The format is described at <https://maxmind.github.io/MaxMind-DB/>: a binary tree of address bits whose records point to nodes
//! or into a data section, and metadata at the end. IPv4 lies under `::/96`.

mod data;
mod record;

use std::collections::BTreeMap;

use ipnet::IpNet;

use data::{Data, Value, map, text};
pub use record::About;
use record::record;

/// A record that points nowhere.
const EMPTY: u32 = 0;

/// Set in a record that points to the data of a class, whose number is in the other bits. All others point to nodes.
const DATA: u32 = 1 << 31;

/// Between the tree and the data.
const SEPARATOR: [u8; 16] = [0; 16];

/// The numbers of bits that a record may have.
pub const RECORD_SIZES: [u32; 3] = [24, 28, 32];

/// Writes a database of disjoint networks, each with a country's code, with the smallest records that suffice.
pub fn write<'a>(networks: impl IntoIterator<Item = (IpNet, &'a str)>, about: About) -> Vec<u8> {
    write_sized(networks, about, RECORD_SIZES[0])
}

/// As above, with a lower bound on the bits of a record.
pub fn write_sized<'a>(networks: impl IntoIterator<Item = (IpNet, &'a str)>, about: About, at_least: u32) -> Vec<u8> {
    let mut data = Data::default();
    let mut offsets = BTreeMap::new();
    let mut nodes = vec![[EMPTY; 2]];
    for (network, code) in networks {
        let offset = *offsets.entry(code).or_insert_with(|| data.append(&record(code, about)));
        insert(&mut nodes, network, DATA | offset as u32);
    }
    let data = data.bytes;

    let count = nodes.len() as u32;
    let value = |record: u32| match record {
        EMPTY => count,
        data if data & DATA != 0 => count + SEPARATOR.len() as u32 + (data & !DATA),
        node => node,
    };
    let largest = u64::from(count) + SEPARATOR.len() as u64 + data.len() as u64;
    let size = RECORD_SIZES.into_iter().find(|&size| size >= at_least && largest < 1 << size).expect("32 bits suffice");
    let mut file = Vec::with_capacity(nodes.len() * size as usize / 4 + data.len() + 512);
    for node in &nodes {
        pair(node.map(value), size, &mut file);
    }
    file.extend(SEPARATOR);
    file.extend(data);
    file.extend(metadata(count, size));
    file
}

/// Makes the tree hold a network, none of whose addresses it holds yet.
fn insert(nodes: &mut Vec<[u32; 2]>, network: IpNet, data: u32) {
    let (bits, len) = match network {
        IpNet::V4(network) => (u128::from(network.network().to_bits()), 96 + network.prefix_len()),
        IpNet::V6(network) => (network.network().to_bits(), network.prefix_len()),
    };
    let side = |depth: u8| (bits >> (127 - depth) & 1) as usize;
    assert!(len > 0, "one network that holds all others leaves nothing to look up");
    let mut node = 0;
    for depth in 0..len - 1 {
        let next = nodes[node][side(depth)];
        assert!(next & DATA == 0, "{network} lies in a network that was inserted before");
        node = if next == EMPTY {
            nodes.push([EMPTY; 2]);
            let new = nodes.len() - 1;
            nodes[node][side(depth)] = new as u32;
            new
        } else {
            next as usize
        };
    }
    let record = &mut nodes[node][side(len - 1)];
    assert!(*record == EMPTY, "{network} holds a network that was inserted before");
    *record = data;
}

/// A node: two records, big-endian. Of 28-bit ones the top four bits share the byte in the middle.
fn pair([left, right]: [u32; 2], size: u32, file: &mut Vec<u8>) {
    let ([l3, l @ ..], [r3, r @ ..]) = (left.to_be_bytes(), right.to_be_bytes());
    match size {
        24 => [&l[..], &r].into_iter().for_each(|bytes| file.extend(bytes)),
        28 => [&l[..], &[l3 << 4 | r3], &r].into_iter().for_each(|bytes| file.extend(bytes)),
        _ => [left, right].into_iter().for_each(|record| file.extend(record.to_be_bytes())),
    }
}

fn metadata(nodes: u32, size: u32) -> Vec<u8> {
    let number = Value::Number;
    let fields = [
        ("binary_format_major_version", number(5, 2)),
        ("binary_format_minor_version", number(5, 0)),
        ("build_epoch", number(9, 0)),
        ("database_type", text("Country")),
        ("description", map([("en", text("a benchmark's countries"))])),
        ("ip_version", number(5, 6)),
        ("languages", Value::List(vec![text("en")])),
        ("node_count", number(6, nodes)),
        ("record_size", number(5, size)),
    ];
    let mut data = Data::default();
    data.append(&map(fields));
    [&b"\xAB\xCD\xEFMaxMind.com"[..], &data.bytes].concat()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use ipnet::Ipv4Net;
    use maxminddb::geoip2::Country;

    use super::*;

    #[test]
    fn what_was_written_is_read_in_every_record_size() {
        let networks = [("192.0.2.0/25", "CN"), ("192.0.2.200/32", "RU"), ("2001:db8::/33", "IR"), ("8000::/1", "RU")];
        let networks = networks.map(|(network, code)| (network.parse::<IpNet>().unwrap(), code));
        for (size, about) in RECORD_SIZES.into_iter().flat_map(|size| [(size, About::Code), (size, About::All)]) {
            let reader = maxminddb::Reader::from_source(write_sized(networks, about, size)).unwrap();
            reader.verify().unwrap();
            assert_eq!(u32::from(reader.metadata().record_size), size);
            let code = |ip: &str| {
                let found = reader.lookup(ip.parse().unwrap()).unwrap();
                found.decode_path::<&str>(&maxminddb::path!["country", "iso_code"]).unwrap()
            };
            assert_eq!(code("192.0.2.127"), Some("CN"));
            assert_eq!(code("192.0.2.128"), None);
            assert_eq!(code("192.0.2.200"), Some("RU"));
            assert_eq!(code("2001:db8::1"), Some("IR"));
            assert_eq!(code("2001:db8:8000::1"), None);
            assert_eq!(code("ffff::"), Some("RU"));
        }
    }

    #[test]
    fn a_file_that_has_all_has_each_country_with_its_names_and_its_continent() {
        let codes: Vec<String> =
            (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| String::from_utf8(vec![a, b]).unwrap())).collect();
        let network = |n: usize| IpNet::from(Ipv4Net::new(Ipv4Addr::from_bits((n as u32) << 16), 16).unwrap());
        let file = write(codes.iter().enumerate().map(|(n, code)| (network(n), code.as_str())), About::All);
        let reader = maxminddb::Reader::from_source(file).unwrap();
        reader.verify().unwrap();
        for (n, code) in codes.iter().enumerate() {
            let record: Country<'_> = reader.lookup(network(n).addr()).unwrap().decode().unwrap().unwrap();
            assert_eq!(record.country.iso_code, Some(code.as_str()));
            assert_eq!(record.country.is_in_european_union, Some(false));
            assert_eq!(record.country.names.russian, Some(format!("Русский {code}").as_str()));
            let continent = record.continent.code.unwrap();
            assert_eq!(record.continent.names.german, Some(format!("Deutsch {continent}").as_str()));
        }
    }
}
