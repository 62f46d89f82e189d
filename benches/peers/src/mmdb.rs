//! A writer of the MaxMind DB format, version 2.0: what the peer `maxminddb` reads.
//!
//! The format is described at <https://maxmind.github.io/MaxMind-DB/>: a binary tree of address bits whose records point to nodes
//! or into a data section, and metadata at the end. Each record here is `{"country": {"iso_code": "CN"}}`, as in GeoLite2-Country
//! but for all that a decision does not need. IPv4 lies under `::/96`.

use std::collections::BTreeMap;

use ipnet::IpNet;

/// A record that points nowhere.
const EMPTY: u32 = 0;

/// Set in a record that points to the data of a class, whose number is in the other bits. All others point to nodes.
const DATA: u32 = 1 << 31;

/// Between the tree and the data.
const SEPARATOR: [u8; 16] = [0; 16];

/// How many bits a record may have.
pub const RECORD_SIZES: [u32; 3] = [24, 28, 32];

/// Writes a database of disjoint networks, each with a country's code, with the smallest records that suffice.
pub fn write<'a>(networks: impl IntoIterator<Item = (IpNet, &'a str)>) -> Vec<u8> {
    write_sized(networks, RECORD_SIZES[0])
}

/// The same, with records of at least so many bits.
pub fn write_sized<'a>(networks: impl IntoIterator<Item = (IpNet, &'a str)>, at_least: u32) -> Vec<u8> {
    let mut data = Vec::new();
    let mut offsets = BTreeMap::new();
    let mut nodes = vec![[EMPTY; 2]];
    for (network, code) in networks {
        let offset = *offsets.entry(code).or_insert_with(|| {
            let offset = data.len() as u32;
            data.extend(record(code));
            offset
        });
        insert(&mut nodes, network, DATA | offset);
    }

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

/// What stands for an address in a country.
fn record(code: &str) -> Vec<u8> {
    map(&[("country", map(&[("iso_code", text(code))]))])
}

fn metadata(nodes: u32, size: u32) -> Vec<u8> {
    let fields = [
        ("binary_format_major_version", number(5, 2)),
        ("binary_format_minor_version", number(5, 0)),
        ("build_epoch", number(9, 0)),
        ("database_type", text("Country")),
        ("description", map(&[("en", text("a benchmark's countries"))])),
        ("ip_version", number(5, 6)),
        ("languages", field(11, 1, &text("en"))),
        ("node_count", number(6, nodes)),
        ("record_size", number(5, size)),
    ];
    [b"\xAB\xCD\xEFMaxMind.com".to_vec(), map(&fields)].concat()
}

/// A field of a type: control byte, the type's number where it takes a byte of its own, and what is in it.
fn field(kind: u8, size: usize, content: &[u8]) -> Vec<u8> {
    assert!(size < 29, "longer fields have a longer head");
    let head = if kind <= 7 { vec![kind << 5 | size as u8] } else { vec![size as u8, kind - 7] };
    [&head, content].concat()
}

fn text(text: &str) -> Vec<u8> {
    field(2, text.len(), text.as_bytes())
}

/// An unsigned number of type 5 (16 bits), 6 (32 bits) or 9 (64 bits), without leading zeros.
fn number(kind: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let significant = &bytes[value.leading_zeros() as usize / 8..];
    field(kind, significant.len(), significant)
}

fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let content: Vec<u8> = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    field(7, entries.len(), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_in_every_record_size() {
        let networks = [("192.0.2.0/25", "CN"), ("192.0.2.200/32", "RU"), ("2001:db8::/33", "IR"), ("8000::/1", "RU")];
        let networks = networks.map(|(network, code)| (network.parse::<IpNet>().unwrap(), code));
        for size in RECORD_SIZES {
            let reader = maxminddb::Reader::from_source(write_sized(networks, size)).unwrap();
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
}
