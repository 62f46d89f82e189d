//! MaxMind DBs: those of this folder, made by `make.py` with a writer of others, and damaged ones written by hand.

mod writer;

use bailiwick::geo::{CountryOf, Loader, MmdbError};
use bailiwick::{Location, Source, SourceError};
use writer::{Database, Slot, map, text};

use super::{locate, ranges, refusal, region, sample_data, summary};

const COUNTRY: &[u8] = include_bytes!("country.mmdb");
const CITY: &[u8] = include_bytes!("city.mmdb");
const FLAT: &[u8] = include_bytes!("flat.mmdb");
const WIDE: &[u8] = include_bytes!("wide.mmdb");

fn load() -> Loader {
    Source::loader("maxmind")
}

/// `country.iso_code` with that text.
fn record(code: &str) -> Vec<u8> {
    map(&[("country", map(&[("iso_code", text(code))]))])
}

#[test]
fn a_network_is_in_the_country_of_its_record_and_never_where_it_is_registered() {
    let source = Source::from_mmdb("maxmind", COUNTRY).unwrap();
    for (ip, location) in [
        ("203.0.113.1", Location::In(region("CN"))),
        ("203.0.113.64", Location::In(region("HK"))),
        ("203.0.113.128", Location::In(region("CN"))),
        ("198.51.100.1", Location::Unknown),
        ("192.0.2.1", Location::Unknown),
        ("192.0.2.128", Location::In(region("MO"))),
        ("192.0.2.129", Location::Unknown),
        ("::ffff:192.0.2.128", Location::In(region("MO"))),
        ("2001:db8:2::1", Location::In(region("CN"))),
        ("2001:db8:1::1", Location::In(region("TW"))),
        ("2fff::1", Location::In(region("ZA"))),
        ("2002:cb00:7101::1", Location::Unknown),
        ("::203.0.113.1", Location::Unknown),
    ] {
        assert_eq!(locate(&source, ip), location, "{ip}");
    }
    assert!(summary(&source).contains(&"1 row of `EU` locates nothing".to_owned()));
    assert!(summary(&source).contains(&"1 row without a code locates nothing".to_owned()));
}

#[test]
fn the_registered_and_the_represented_country_are_taken_when_asked_for() {
    let registered = load().country_of(CountryOf::Registration).mmdb(COUNTRY).unwrap();
    assert_eq!(locate(&registered, "203.0.113.1"), Location::In(region("HK")));
    assert_eq!(locate(&registered, "198.51.100.1"), Location::In(region("US")));
    assert_eq!(locate(&registered, "203.0.113.64"), Location::Unknown);
    let represented = load().country_of(CountryOf::Representation).mmdb(COUNTRY).unwrap();
    assert_eq!(locate(&represented, "203.0.113.64"), Location::In(region("US")));
    assert_eq!(represented.load_report().located(), 1);
}

#[test]
fn subdivisions_are_read_when_asked_for() {
    let countries = Source::from_mmdb("maxmind", CITY).unwrap();
    assert_eq!(locate(&countries, "203.0.113.1"), Location::In(region("CN")));
    assert_eq!(locate(&countries, "203.0.113.64"), Location::Unknown, "CN with the subdivision HK");

    let source = load().subdivision_path(&["subdivisions", "0", "iso_code"]).mmdb(CITY).unwrap();
    assert_eq!(
        ranges(&source),
        [
            "203.0.113.0 203.0.113.63 CN-GD",
            "203.0.113.64 203.0.113.127 HK",
            "203.0.113.128 203.0.113.191 ZZ",
            "203.0.113.192 203.0.113.223 CN",
            "203.0.113.224 203.0.113.255 CN",
            "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff US-CA",
        ]
    );
    assert_eq!(summary(&source), ["6 rows read, 5 located", "1 row with a subdivision of another country locates nothing"]);
}

#[test]
fn a_flat_layout_is_read_by_its_path() {
    let source = load().country_path(&["country_code"]).mmdb(FLAT).unwrap();
    assert_eq!(ranges(&source), ["192.0.2.0 192.0.2.255 HK", "198.51.100.0 198.51.100.255 ZZ", "203.0.113.0 203.0.113.255 CN"]);
    assert_eq!(
        refusal(load().country_path(&["land", "code"]).mmdb(FLAT)),
        "source `maxmind`: no record has a country at `land.code`: name the path of the code, of `country_code`"
    );
    assert_eq!(ranges(&Source::from_mmdb("flat", FLAT).unwrap()), ranges(&source));
    let message = refusal(load().country_path(&["country_code", "iso_code"]).mmdb(FLAT));
    assert!(message.starts_with("source `maxmind`: the record of 192.0.2.0/24 cannot be read ("), "{message}");
}

#[test]
fn data_above_the_ipv4_addresses_are_ipv6_and_hide_no_other_network_with_the_same_data() {
    let source = Source::from_mmdb("wide", WIDE).unwrap();
    assert_eq!(locate(&source, "2001:db8::1"), Location::In(region("US")));
    assert_eq!(locate(&source, "1::1"), Location::In(region("US")));
    // Unique local addresses are at no place, so the network that is not hidden is found among the rows.
    let unique_local: std::net::IpAddr = "fd00::1".parse().unwrap();
    let rows: Vec<bailiwick::Region> =
        source.ranges().filter(|&(first, last, _)| first <= unique_local && unique_local <= last).map(|row| row.2).collect();
    assert_eq!(rows, [region("CN")]);
    assert_eq!(locate(&source, "fd00::1"), Location::Unknown);
    assert_eq!(locate(&source, "203.0.113.1"), Location::Unknown);
}

#[test]
fn the_other_paths_to_the_ipv4_addresses_are_passed_over() {
    for record_size in [24, 28, 32] {
        let mut database = Database::new(6, record_size);
        let cn = database.data(&record("CN"));
        database.insert(0xcb00_7100, 120, Slot::Data(cn));
        let ipv4 = database.node(0, 96);
        // 6to4, mapped, Teredo, NAT64: as MaxMind aliases the first three.
        for (first, length) in [(0x2002 << 112, 16), (0xffff << 32, 96), (0x2001_0000 << 96, 32), (0x64_ff9b << 96, 96)] {
            database.insert(first, length, Slot::Node(ipv4));
        }
        let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
        assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.255 CN"], "{record_size}");
    }
}

/// Also where data stand beside such a path, so that the nodes above it lead somewhere.
#[test]
fn a_path_to_the_ipv4_addresses_is_passed_over_beside_data() {
    for first in [0x2002 << 112, 0x2001_0000 << 96, 0x64_ff9b << 96] {
        let mut database = Database::new(6, 24);
        let (cn, us) = (database.data(&record("CN")), database.data(&record("US")));
        database.insert(0xcb00_7100, 120, Slot::Data(cn));
        let ipv4 = database.node(0, 96);
        database.insert(first, 32, Slot::Node(ipv4));
        // The other half of the network above.
        database.insert(first | 1 << 96, 32, Slot::Data(us));
        let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
        let other = std::net::Ipv6Addr::from_bits(first | 1 << 96);
        let [ipv4, ipv6] = ranges(&source).try_into().unwrap();
        assert_eq!(ipv4, "203.0.113.0 203.0.113.255 CN");
        assert!(ipv6.starts_with(&format!("{other} ")) && ipv6.ends_with(" US"), "{ipv6}");
    }
}

/// A lookup of an IPv4 address in such a database goes below `::/96`, and finds nothing.
#[test]
fn data_under_mapped_addresses_do_not_speak_for_ipv4() {
    let mut database = Database::new(6, 24);
    let cn = database.data(&record("CN"));
    database.insert(0xffff_0100_0000, 104, Slot::Data(cn));
    database.insert(0x2001 << 112, 16, Slot::Data(cn));
    let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
    assert_eq!(locate(&source, "1.0.0.1"), Location::Unknown);
    assert_eq!(locate(&source, "2001::1"), Location::In(region("CN")));
}

/// On either side of the node of mapped addresses, at every depth below it.
#[test]
fn no_row_comes_of_data_under_mapped_addresses() {
    for first in [0_u128, 0x0100_0000, 0x8000_0000, 0xcb00_7100, 0xffff_ffff] {
        for length in [96, 97, 98, 104, 120, 128] {
            let mut database = Database::new(6, 28);
            let cn = database.data(&record("CN"));
            let network = (0xffff << 32 | first) >> (128 - length) << (128 - length);
            database.insert(network, length, Slot::Data(cn));
            database.insert(0x2001 << 112, 16, Slot::Data(cn));
            let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
            assert_eq!(ranges(&source), ["2001:: 2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff CN"], "{first:x}/{length}");
        }
    }
}

/// A hint names the paths of codes in the first hundred records, and no more than are looked through.
#[test]
fn the_paths_that_are_offered_are_those_of_the_first_hundred_records() {
    for records in [99, 100, 101] {
        let mut database = Database::new(4, 24);
        for n in 0..records {
            let key = if n + 1 == records { "place" } else { "note" };
            let data = database.data(&map(&[(key, text(if n + 1 == records { "CN" } else { "none" }))]));
            database.insert(u128::from(n as u32) << 8, 24, Slot::Data(data));
        }
        let hint = if records <= 100 {
            ": name the path of the code, of `place`"
        } else {
            ", and none has a code: name a database of countries"
        };
        assert_eq!(
            refusal(Source::from_mmdb("x", database.bytes())),
            format!("source `x`: no record has a country at `country.iso_code`{hint}")
        );
    }
}

#[test]
fn all_of_ipv4_in_one_leaf_is_all_of_ipv4() {
    let mut database = Database::new(6, 24);
    let cn = database.data(&record("CN"));
    database.insert(0, 96, Slot::Data(cn));
    assert_eq!(ranges(&Source::from_mmdb("maxmind", database.bytes()).unwrap()), ["0.0.0.0 255.255.255.255 CN"]);
}

#[test]
fn a_tree_of_one_address_is_read_to_its_end() {
    for (ip_version, first, length, range) in
        [(4, 0xcb00_7101, 32, "203.0.113.1 203.0.113.1 CN"), (6, 0x2001_0db8 << 96 | 1, 128, "2001:db8::1 2001:db8::1 CN")]
    {
        let mut database = Database::new(ip_version, 28);
        let cn = database.data(&record("CN"));
        database.insert(first, length, Slot::Data(cn));
        assert_eq!(ranges(&Source::from_mmdb("maxmind", database.bytes()).unwrap()), [range]);
    }
}

#[test]
fn the_sample_data_as_a_database_is_the_same_at_every_boundary() {
    let mut database = Database::new(6, 32);
    let mut records = std::collections::BTreeMap::new();
    for (network, location) in sample_data::ATLAS.networks() {
        let code = location.to_string();
        let data = *records.entry(code).or_insert_with_key(|code| database.data(&record(code)));
        let (first, length) = match network {
            ipnet::IpNet::V4(net) => (u128::from(net.network().to_bits()), 96 + net.prefix_len()),
            ipnet::IpNet::V6(net) => (net.network().to_bits(), net.prefix_len()),
        };
        database.insert(first, length, Slot::Data(data));
    }
    sample_data::is_the_same_at_every_boundary(Source::from_mmdb("asn", database.bytes()).unwrap());
}

#[test]
fn an_empty_tree_is_an_empty_source() {
    let mut database = Database::new(6, 24);
    database.node(0, 1);
    assert!(Source::from_mmdb("maxmind", database.bytes()).unwrap().is_empty());
}

/// Writers share equal subtrees, so a tree is a graph without cycles.
#[test]
fn nodes_that_are_shared_are_read_wherever_they_are_reached() {
    for (ip_version, base) in [(4, 0_u128), (6, 0), (6, 0x2001_0db8 << 96)] {
        let width = if ip_version == 4 { 0 } else { 96 };
        let mut database = Database::new(ip_version, 24);
        let (cn, us) = (database.data(&record("CN")), database.data(&record("US")));
        database.insert(base | 0xcb00_7100, width + 25, Slot::Data(cn));
        database.insert(base | 0xcb00_7180, width + 26, Slot::Data(us));
        let shared = database.node(base | 0xcb00_7100, width + 24);
        database.insert(base | 0xc633_6400, width + 24, Slot::Node(shared));
        let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
        let regions: Vec<String> = source.ranges().map(|(.., region)| region.to_string()).collect();
        assert_eq!(regions, ["CN", "US", "CN", "US"]);
    }
}

#[test]
fn more_networks_than_are_read_and_nodes_that_lead_to_themselves_are_refused_at_once() {
    // Each node leads to the next on both sides: 2^30 paths in 30 nodes.
    let mut meeting = Database::new(4, 24);
    let cn = meeting.data(&record("CN"));
    (1..30).for_each(|next| meeting.nodes.push([Slot::Node(next); 2]));
    meeting.nodes.remove(0);
    meeting.nodes.push([Slot::Data(cn); 2]);
    let message = refusal(Source::from_mmdb("maxmind", meeting.bytes()));
    assert!(message.contains("the search tree leads to more than 33554432 networks"), "{message}");
    // As many as are read of IPv6, and one of IPv4.
    let mut families = Database::new(6, 24);
    let cn = families.data(&record("CN"));
    families.insert(0xcb00_7100, 120, Slot::Data(cn));
    families.insert(0x2001 << 112, 16, Slot::Empty);
    let chain = families.nodes.len() as u32;
    families.insert(0x2001 << 112, 16, Slot::Node(chain));
    families.nodes.extend((1..25).map(|next| [Slot::Node(chain + next); 2]));
    families.nodes.push([Slot::Data(cn); 2]);
    let message = refusal(Source::from_mmdb("maxmind", families.bytes()));
    assert!(message.contains("the search tree leads to more than 33554432 networks"), "{message}");
    // Without data there is nothing to read, by however many paths.
    let last = meeting.nodes.len() - 1;
    meeting.nodes[last] = [Slot::Empty; 2];
    assert!(Source::from_mmdb("maxmind", meeting.bytes()).unwrap().is_empty());
    for ip_version in [4, 6] {
        let mut circle = Database::new(ip_version, 24);
        circle.nodes[0] = [Slot::Node(0); 2];
        let mut back = Database::new(ip_version, 24);
        back.nodes = vec![[Slot::Empty, Slot::Node(1)], [Slot::Empty, Slot::Node(0)]];
        for database in [circle, back] {
            let message = refusal(Source::from_mmdb("maxmind", database.bytes()));
            assert!(message.contains("of the search tree leads to itself"), "{message}");
        }
    }
}

#[test]
fn records_that_are_texts_and_those_of_ipinfo_are_read() {
    for (value, path) in [
        (text("cn"), &[][..]),
        (map(&[("country_code", text("CN")), ("country", text("China"))]), &["country_code"]),
        (map(&[("country", text("CN")), ("country_name", text("China"))]), &["country"]),
    ] {
        let mut database = Database::new(4, 24);
        let data = database.data(&value);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        for loader in [load(), load().country_path(path)] {
            assert_eq!(ranges(&loader.mmdb(database.bytes()).unwrap()), ["203.0.113.0 203.0.113.255 CN"]);
        }
    }
    let mut database = Database::new(4, 24);
    let data = database.data(&text("cn"));
    database.insert(0xcb00_7100, 24, Slot::Data(data));
    let message = refusal(load().country_path(&["land"]).mmdb(database.bytes()));
    assert!(message.starts_with("source `maxmind`: the record of 203.0.113.0/24 cannot be read"), "{message}");
}

#[test]
fn a_code_that_is_none_is_an_error_and_hides_a_wider_network_in_a_tolerant_load() {
    for code in ["None", "PRIVATE", "CHN", "China"] {
        let mut database = Database::new(4, 24);
        let (cn, bad) = (database.data(&record("CN")), database.data(&record(code)));
        database.insert(0xcb00_7100, 25, Slot::Data(cn));
        database.insert(0xcb00_7180, 25, Slot::Data(bad));
        let message = refusal(Source::from_mmdb("maxmind", database.bytes()));
        assert!(
            message.contains(&format!("the record of 203.0.113.128/25 has `{code}` at `country.iso_code`, which is not a code"))
        );
        let source = load().tolerant().mmdb(database.bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.128"), Location::Unknown);
        assert_eq!(source.load_report().located(), 1);
    }
}

#[test]
fn flagged_records_are_not_located() {
    for flag in ["is_anonymous_proxy", "is_satellite_provider", "is_anycast"] {
        let mut database = Database::new(4, 24);
        let traits = ("traits", map(&[(flag, vec![0x01, 7])]));
        let entry = ("country", map(&[("iso_code", text("CN"))]));
        let (flagged, plain) = (database.data(&map(&[entry.clone(), traits])), database.data(&map(&[entry])));
        database.insert(0xcb00_7100, 25, Slot::Data(flagged));
        database.insert(0xcb00_7180, 25, Slot::Data(plain));
        let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
        assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.127 ZZ", "203.0.113.128 203.0.113.255 CN"], "{flag}");
        assert!(summary(&source)[1].starts_with("1 row of "), "{flag}");
    }
}

#[test]
fn a_database_has_the_time_at_which_it_was_built() {
    let mut database = Database::new(4, 24);
    let cn = database.data(&record("CN"));
    database.insert(0xcb00_7100, 24, Slot::Data(cn));
    let built = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(0x5ed8_3a80);
    assert_eq!(Source::from_mmdb("maxmind", database.bytes()).unwrap().known_as_of(), Some(built));
}

/// A time that the system cannot tell is a mistake in the database, and not an age that is not known.
#[test]
fn a_database_that_was_built_beyond_any_time_is_refused() {
    let mut database = Database::new(4, 24);
    let cn = database.data(&record("CN"));
    database.insert(0xcb00_7100, 24, Slot::Data(cn));
    let mut bytes = database.bytes();
    let key = b"build_epoch";
    let at = bytes.windows(key.len()).rposition(|window| window == key).unwrap() + key.len();
    assert_eq!(bytes[at..at + 2], [0x04, 2]);
    bytes.splice(at..at + 6, [&[0x08, 2][..], &[0xff; 8]].concat());
    let message = refusal(Source::from_mmdb("maxmind", bytes));
    assert!(message.starts_with("source `maxmind`: this is no MaxMind DB, or a damaged one ("), "{message}");
}

#[test]
fn a_tree_that_is_deeper_than_an_address_is_long_is_refused() {
    for (ip_version, width) in [(4, 32), (6, 128)] {
        let mut database = Database::new(ip_version, 24);
        let cn = database.data(&record("CN"));
        database.nodes = (1..=width).map(|next| [Slot::Empty, Slot::Node(next)]).collect();
        database.nodes.push([Slot::Data(cn); 2]);
        let message = refusal(Source::from_mmdb("maxmind", database.bytes()));
        assert!(message.contains("`the search tree is deeper than an address is long`"), "{message}");
        // One node less, and the last one has two addresses.
        database.nodes.remove(usize::try_from(width).unwrap());
        database.nodes[usize::try_from(width).unwrap() - 1] = [Slot::Data(cn); 2];
        assert_eq!(Source::from_mmdb("maxmind", database.bytes()).unwrap().len(), 2);
    }
}

#[test]
fn a_record_that_is_no_text_is_refused_with_its_network() {
    for (record, code) in [
        (map(&[("country", map(&[("iso_code", vec![0xa1, 7])]))]), "an integer"),
        (map(&[("country", text("CN"))]), "no map"),
        (text("CN"), "a text alone"),
        (vec![0xe1], "a map that ends early"),
        (vec![0x20, 0], "a pointer to itself"),
        (map(&[("country", map(&[("iso_code", vec![0x42, 0xff, 0xfe])]))]), "no UTF-8"),
    ] {
        let mut database = Database::new(4, 24);
        let data = database.data(&record);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        match load().country_path(&["country", "iso_code"]).mmdb(database.bytes()) {
            Err(SourceError::Mmdb { error: MmdbError::Record { network, .. }, .. }) => {
                assert_eq!(network, "203.0.113.0/24".parse().unwrap(), "{code}");
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[test]
fn a_record_beyond_the_data_is_refused() {
    let mut database = Database::new(4, 24);
    database.data(&record("CN"));
    database.insert(0xcb00_7100, 24, Slot::Data(60_000));
    refusal(Source::from_mmdb("maxmind", database.bytes()));
}

#[test]
fn a_database_that_ends_early_is_refused() {
    for file in [COUNTRY, CITY, FLAT, WIDE] {
        for end in 0..file.len() {
            refusal(load().country_path(&["country_code"]).mmdb(&file[..end]));
        }
        // Without its beginning the tree does not fit what the metadata say, or leads elsewhere.
        (1..file.len()).for_each(|begin| drop(Source::from_mmdb("maxmind", &file[begin..])));
    }
}

#[test]
fn a_changed_byte_is_never_more_than_an_error() {
    for file in [COUNTRY, CITY, FLAT, WIDE] {
        for at in 0..file.len() {
            for change in [0x01, 0x80, 0xff, file[at]] {
                let mut damaged = file.to_vec();
                damaged[at] ^= change;
                let loads =
                    [load(), load().country_path(&["country_code"]), load().subdivision_path(&["subdivisions", "0", "iso_code"])];
                for load in loads {
                    if let Err(error) = load.mmdb(&damaged) {
                        assert!(!error.to_string().contains(char::is_control), "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_database_is_refused() {
    for bytes in [&b""[..], b"203.0.113.0/24,CN\n", b"\xab\xcd\xefMaxMind.com", b"\x1f\x8b\x08\x00"] {
        let message = refusal(Source::from_mmdb("maxmind", bytes));
        assert!(message.starts_with("source `maxmind`: this is no MaxMind DB, or a damaged one ("), "{message}");
        assert!(message.ends_with("): load it from its publisher again"), "{message}");
    }
}

/// A number of 64 bits with a point, and one of 32.
fn double(number: f64) -> Vec<u8> {
    [&[0x68][..], &number.to_be_bytes()].concat()
}

fn float(number: f32) -> Vec<u8> {
    [&[0x04, 8][..], &number.to_be_bytes()].concat()
}

/// A value of each kind of the format that is neither a text nor a map: with a number, 0 and another one.
fn no_texts() -> Vec<(&'static str, Vec<u8>)> {
    let list = [&[0x01, 4][..], &text("CN")].concat();
    vec![
        ("16 bits", vec![0xa1, 1]),
        ("16 bits, 0", vec![0xa0]),
        ("32 bits", vec![0xc1, 1]),
        ("32 bits, 0", vec![0xc0]),
        ("64 bits", vec![0x01, 2, 1]),
        ("64 bits, 0", vec![0x00, 2]),
        ("128 bits", vec![0x01, 3, 1]),
        ("128 bits, 0", vec![0x00, 3]),
        ("signed", vec![0x04, 1, 0xff, 0xff, 0xff, 0xff]),
        ("signed, 0", vec![0x00, 1]),
        ("double", double(1.0)),
        ("double, 0", double(0.0)),
        ("float", float(1.0)),
        ("float, 0", float(0.0)),
        ("yes", vec![0x01, 7]),
        ("no, 0", vec![0x00, 7]),
        ("bytes, unset", vec![0x82, b'C', b'N']),
        ("list, unset", list),
    ]
}

/// Whoever writes another value than a map under `traits` flags nothing, and none but a text is a country.
#[test]
fn a_value_of_another_kind_is_no_flag_of_a_map_and_no_country() {
    let country = || ("country", map(&[("iso_code", text("CN"))]));
    let database = |record: &[u8]| {
        let mut database = Database::new(4, 24);
        let data = database.data(record);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        database.bytes()
    };
    for (kind, value) in no_texts() {
        let traits = database(&map(&[country(), ("traits", value.clone())]));
        assert_eq!(ranges(&Source::from_mmdb("maxmind", traits).unwrap()), ["203.0.113.0 203.0.113.255 CN"], "{kind}");
        let flag = database(&map(&[country(), ("is_anycast", value.clone())]));
        let is_set = !kind.ends_with('0') && !kind.ends_with("unset");
        assert_eq!(Source::from_mmdb("maxmind", flag).unwrap().load_report().located() == 0, is_set, "{kind}");
        for record in [map(&[("country", value.clone())]), map(&[("country", map(&[("iso_code", value)]))])] {
            let message = refusal(load().country_path(&["country", "iso_code"]).mmdb(database(&record)));
            assert!(message.starts_with("source `maxmind`: the record of 203.0.113.0/24 cannot be read ("), "{kind}: {message}");
            let message = refusal(Source::from_mmdb("maxmind", database(&record)));
            assert!(message.starts_with("source `maxmind`: no record has a country at `country.iso_code`"), "{kind}: {message}");
        }
    }
    let flags = database(&map(&[country(), ("is_anycast", map(&[("is_anycast", vec![0x01, 7])]))]));
    assert_eq!(Source::from_mmdb("maxmind", flags).unwrap().load_report().located(), 1, "a map is no flag");
}

/// Of a database of millions of records the first are looked through for what could be the country, and few paths are told.
#[test]
fn the_first_100_records_without_a_country_are_looked_through_and_4_paths_told() {
    let others = |records: u32| {
        let mut database = Database::new(4, 24);
        for n in 0..records {
            let data = database.data(&map(&[("place", text("nowhere"))]));
            database.insert(u128::from(0xcb00_7100 + n), 32, Slot::Data(data));
        }
        let last = database.data(&map(&["land", "nation", "state", "home", "more"].map(|key| (key, text("CN")))));
        database.insert(u128::from(0xcb00_7100 + records), 32, Slot::Data(last));
        refusal(Source::from_mmdb("maxmind", database.bytes()))
    };
    let told = "source `maxmind`: no record has a country at `country.iso_code`";
    assert_eq!(others(99), format!("{told}: name the path of the code, of `land`, `nation`, `state`, `home`"));
    assert_eq!(others(100), format!("{told}, and none has a code: name a database of countries"));
}

/// Some write flags as numbers or texts, as IPinfo does.
#[test]
fn a_flag_may_be_a_number_or_a_text() {
    for (value, is_set) in [
        (vec![0xa1, 1], true),
        (text("true"), true),
        (vec![0xa0], false),
        (text(""), false),
        (text("false"), false),
        (double(1.0), true),
        (double(0.0), false),
        (float(1.0), true),
        (float(-0.0), false),
    ] {
        for nested in [false, true] {
            let flags = ("is_anycast", value.clone());
            let flags = if nested { ("traits", map(&[flags])) } else { flags };
            let mut database = Database::new(4, 24);
            let data = database.data(&map(&[("country", map(&[("iso_code", text("CN"))])), flags]));
            database.insert(0xcb00_7100, 24, Slot::Data(data));
            let source = Source::from_mmdb("maxmind", database.bytes()).unwrap();
            assert_eq!(source.load_report().located() == 0, is_set, "{value:?}");
        }
    }
}

/// A record whose country is `CN` and which says elsewhere that it is Hong Kong, and the path of the subdivision that is asked for.
#[test]
fn a_record_that_names_a_territory_by_its_country_is_not_in_the_country() {
    let country = ("country", map(&[("iso_code", text("CN"))]));
    let named = |key: &str, value: &str| map(&[country.clone(), (key, text(value))]);
    for (record, path) in [
        (named("region", "Hong Kong"), None),
        (named("region_code", "HK"), None),
        (named("city", "Hong Kong"), None),
        (named("place", "Hong Kong"), Some("place")),
        (named("place", "HKG"), Some("place")),
        (named("place", "CN-HKG"), Some("place")),
    ] {
        let mut database = Database::new(4, 24);
        let data = database.data(&record);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        let loader = path.map_or_else(load, |path| load().subdivision_path(&[path]));
        assert_eq!(ranges(&loader.mmdb(database.bytes()).unwrap()), ["203.0.113.0 203.0.113.255 ZZ"]);
    }
    for record in [named("region", "Guangdong"), named("city", "Shenzhen"), named("continent", "Taiwan")] {
        let mut database = Database::new(4, 24);
        let data = database.data(&record);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        assert_eq!(ranges(&Source::from_mmdb("maxmind", database.bytes()).unwrap()), ["203.0.113.0 203.0.113.255 CN"]);
    }
}

/// Of two values of a key some readers take the first and others the last.
#[test]
fn a_key_that_is_there_twice_is_refused() {
    let (cn, us) = (map(&[("iso_code", text("CN"))]), map(&[("iso_code", text("US"))]));
    let twice = map(&[("iso_code", text("CN")), ("iso_code", text("US"))]);
    let flags = map(&[("is_anycast", vec![0x00, 7]), ("is_anycast", vec![0x01, 7])]);
    // A list of one map.
    let within = [vec![0x01, 4], map(&[("iso_code", text("GD")), ("iso_code", text("HK"))])].concat();
    for (key, record) in [
        ("country", map(&[("country", cn.clone()), ("country", us)])),
        ("iso_code", map(&[("country", twice)])),
        ("is_anycast", map(&[("country", cn.clone()), ("traits", flags)])),
        ("iso_code", map(&[("country", cn.clone()), ("subdivisions", within)])),
        ("city", map(&[("city", text("Town")), ("country", cn), ("city", text("Hong Kong"))])),
    ] {
        let mut database = Database::new(4, 24);
        let data = database.data(&record);
        database.insert(0xcb00_7100, 24, Slot::Data(data));
        for load in [load(), load().tolerant()] {
            let message = refusal(load.mmdb(database.bytes()));
            assert!(message.contains(&format!("the key {key} is given twice")), "{message}");
        }
    }
}

/// With another number of nodes, or another version of IP, the bytes of a tree would be other networks.
#[test]
fn metadata_that_do_not_fit_the_tree_are_refused() {
    let mut database = Database::new(4, 24);
    let cn = database.data(&record("CN"));
    database.insert(0xcb00_7100, 24, Slot::Data(cn));
    let whole = database.bytes();
    assert!(Source::from_mmdb("maxmind", &whole).is_ok());
    let mut refused = 0;
    for key in ["node_count", "ip_version", "record_size"] {
        let at = whole.windows(key.len()).rposition(|window| window == key.as_bytes()).unwrap() + key.len();
        let size = usize::from(whole[at] & 0x1f);
        for (byte, bit) in (1..=size).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
            let mut damaged = whole.clone();
            damaged[at + byte] ^= 1 << bit;
            // Nothing tells a tree of IPv4 from one of IPv6 whose networks are as wide.
            if key == "ip_version" && damaged[at + byte] == 6 {
                continue;
            }
            let read = Source::from_mmdb("maxmind", &damaged);
            refused += usize::from(read.is_err());
            assert!(read.is_err(), "bit {bit} of {key}");
        }
    }
    assert!(refused > 0);
}

/// With one node more than there are, each record leads five bytes further: here from Hong Kong to China.
#[test]
fn a_wrong_number_of_nodes_leads_to_no_other_record() {
    let mut database = Database::new(4, 24);
    database.data(&[0]);
    let hk = database.data(&text("HK"));
    database.data(&[0, 0]);
    assert_eq!(database.data(&text("CN")), hk + 5);
    database.nodes = vec![[Slot::Data(hk); 2]];
    let mut bytes = database.bytes();
    assert_eq!(locate(&Source::from_mmdb("maxmind", &bytes).unwrap(), "203.0.113.7"), Location::In(region("HK")));
    let key = b"node_count";
    let at = bytes.windows(key.len()).rposition(|window| window == key).unwrap() + key.len() + 4;
    assert_eq!(bytes[at], 1);
    bytes[at] = 2;
    assert!(refusal(Source::from_mmdb("maxmind", &bytes)).contains("the search tree does not end where the metadata say"));
}
