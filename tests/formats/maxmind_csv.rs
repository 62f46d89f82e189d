//! MaxMind's CSV files, made by hand after the columns that MaxMind documents.

use std::io::Read as _;

use bailiwick::geo::CountryOf;
use bailiwick::{Location, Source, SourceError};

use super::{locate, ranges, refusal, region, summary};

const V4: &str = "\
network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider,is_anycast
203.0.113.0/24,1819730,1814991,,0,0,0
203.0.113.64/26,1814991,1814991,6252001,0,0,0
198.51.100.0/24,,6252001,,0,0,1
192.0.2.0/24,6255148,2921044,,0,0,0
192.0.2.128/25,7626844,,,0,0,
";

const V6: &str = "\
network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider,is_anycast
2001:db8::/32,1814991,1814991,,0,0,0
";

const LOCATIONS: &str = "\
geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,is_in_european_union
1814991,en,AS,Asia,CN,China,0
1819730,en,AS,Asia,HK,\"Hong Kong\",0
2921044,en,EU,Europe,DE,Germany,1
6252001,en,NA,\"North America\",US,\"United States\",0
6255148,en,EU,Europe,,,0
7626844,en,NA,\"North America\",BQ,\"Bonaire, Sint Eustatius, and Saba\",0
";

fn load(blocks: &str, locations: &str) -> Result<Source, SourceError> {
    Source::from_maxmind_csv("maxmind", blocks.as_bytes(), locations.as_bytes())
}

#[test]
fn a_network_is_in_the_country_where_it_is_and_never_where_it_is_registered() {
    let source = Source::from_maxmind_csv("maxmind", V4.as_bytes().chain(V6.as_bytes()), LOCATIONS.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        [
            "203.0.113.0 203.0.113.255 HK",
            "203.0.113.64 203.0.113.127 CN",
            "198.51.100.0 198.51.100.255 ZZ",
            "192.0.2.0 192.0.2.255 ZZ",
            "192.0.2.128 192.0.2.255 BQ",
            "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff CN",
        ]
    );
    assert_eq!(
        summary(&source),
        ["6 rows read, 4 located", "1 row without a code locates nothing", "1 row of anycast networks locates nothing",]
    );
    assert_eq!(locate(&source, "198.51.100.1"), Location::Unknown);
}

#[test]
fn the_registered_and_the_represented_country_are_taken_when_asked_for() {
    for (country_of, codes) in [
        (CountryOf::Location, ["HK", "CN", "ZZ", "ZZ", "BQ"]),
        (CountryOf::Registration, ["CN", "CN", "ZZ", "DE", "ZZ"]),
        (CountryOf::Representation, ["ZZ", "US", "ZZ", "ZZ", "ZZ"]),
    ] {
        let source = Source::loader("maxmind").country_of(country_of).maxmind_csv(V4.as_bytes(), LOCATIONS.as_bytes()).unwrap();
        let read: Vec<String> = source.ranges().map(|(.., region)| region.to_string()).collect();
        assert_eq!(read, codes, "{country_of:?}");
    }
}

#[test]
fn columns_are_found_by_their_names_wherever_they_are() {
    let source = load(
        "geoname_id,a,Network\r\n7,x,203.0.113.0/24\r\n",
        "\u{feff}# comment\n\"country_iso_code\",\"b\",\"geoname_id\"\nHK,\"y,z\",7\n",
    );
    assert_eq!(ranges(&source.unwrap()), ["203.0.113.0 203.0.113.255 HK"]);
}

#[test]
fn the_city_files_are_read_for_their_countries() {
    let source = load(
        "network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider,\
         postal_code,latitude,longitude,accuracy_radius,is_anycast\n203.0.113.0/24,5,6,,0,0,94043,37.4,-122.0,5,0\n",
        "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,subdivision_1_iso_code,city_name\n\
         5,en,NA,\"North America\",US,\"United States\",CA,\"Mountain View\"\n",
    );
    assert_eq!(ranges(&source.unwrap()), ["203.0.113.0 203.0.113.255 US"]);
}

#[test]
fn a_bad_line_is_refused_with_its_number_and_file() {
    let (blocks, locations) = ("network,geoname_id\n203.0.113.0/24,1\n", "geoname_id,country_iso_code\n1,HK\n");
    for (blocks, locations, message) in [
        ("network,id\n203.0.113.0/24,1\n", locations, "line 1: the header names no column `geoname_id`: is this the right file?"),
        ("203.0.113.0/24,HK\n", locations, "line 1: the header names no column `network`: is this the right file?"),
        (
            blocks,
            "geoname_id,country\n1,HK\n",
            "line 1 of the locations: the header names no column `country_iso_code`: is this the right file?",
        ),
        (blocks, blocks, "line 1 of the locations: the header names no column `country_iso_code`: is this the right file?"),
        (blocks, "geoname_id,country_iso_code\nx,HK\n", "line 2 of the locations: `geoname_id` is `x`: write a number"),
        (
            blocks,
            "geoname_id,country_iso_code\n1\n",
            "line 2 of the locations: the line has 1 field, and the header names 2: is the file complete?",
        ),
        (
            blocks,
            "geoname_id,country_iso_code\n1,HK\n1,CN\n",
            "line 3 of the locations: `geoname_id` is `1`, which is not in the country `CN`: correct one of the two",
        ),
        (
            "network,geoname_id\n203.0.113.0/24,2\n",
            locations,
            "line 2: `geoname_id` is `2`: write an id that the locations have once, of the same release",
        ),
        (
            "network,geoname_id\n203.0.113.0/24,x\n",
            locations,
            "line 2: `geoname_id` is `x`: write an id that the locations have once, of the same release",
        ),
        (
            "network,geoname_id\n203.0.113.1/24,1\n",
            locations,
            "line 2: `network` is `203.0.113.1/24`, which has host bits set: did you mean `203.0.113.0/24`?",
        ),
        (
            "network,geoname_id\n203.0.113.0/24\n",
            locations,
            "line 2: the line has 1 field, and the header names 2: is the file complete?",
        ),
        (
            "network,geoname_id\n203.0.113.0/24,1,2\n",
            locations,
            "line 2: the line has 3 fields, and the header names 2: is the file complete?",
        ),
    ] {
        assert_eq!(refusal(load(blocks, locations)), format!("source `maxmind`, {message}"));
    }
}

#[test]
fn a_tolerant_load_passes_over_bad_lines_and_not_over_a_bad_header() {
    let blocks = "network,geoname_id\n203.0.113.0/24,1\n203.0.113.64/26,2\n198.51.100.7/24,1\n";
    let locations = "geoname_id,country_iso_code\n1,HK\nx,CN\n2,CHN\n";
    let source = Source::loader("maxmind").tolerant().maxmind_csv(blocks.as_bytes(), locations.as_bytes()).unwrap();
    assert_eq!(locate(&source, "203.0.113.1"), Location::In(region("HK")));
    assert_eq!(locate(&source, "203.0.113.65"), Location::Unknown);
    assert_eq!(locate(&source, "198.51.100.1"), Location::Unknown);
    assert_eq!(
        summary(&source),
        [
            "5 rows read, 1 located",
            "4 rows refused",
            "line 3 of the locations: `geoname_id` is `x`: write a number",
            "line 4 of the locations: `country_iso_code` is `CHN`, which is not a code: did you mean `CN`?",
            "line 3: `geoname_id` is `2`: write an id that the locations have once, of the same release",
            "line 4: `network` is `198.51.100.7/24`, which has host bits set: did you mean `198.51.100.0/24`?",
        ]
    );
    let column = |name: &str| format!("the header names no column `{name}`: is this the right file?");
    for (blocks, locations, message) in [
        ("x\n", locations, format!("line 1: {}", column("network"))),
        ("network,x\n203.0.113.0/24,1\n", locations, format!("line 1: {}", column("geoname_id"))),
        ("\n\nx,geoname_id\n203.0.113.0/24,1\n", locations, format!("line 3: {}", column("network"))),
        (blocks, "x\n1,HK\n", format!("line 1 of the locations: {}", column("geoname_id"))),
        (blocks, "geoname_id,x\n1,HK\n", format!("line 1 of the locations: {}", column("country_iso_code"))),
        (blocks, "\"x\n", "line 1 of the locations: the field `\"x` begins with a quote".to_owned()),
    ] {
        let refused = refusal(Source::loader("maxmind").tolerant().maxmind_csv(blocks.as_bytes(), locations.as_bytes()));
        assert!(refused.starts_with(&format!("source `maxmind`, {message}")), "{refused}");
    }
}

#[test]
fn flagged_networks_are_not_located_and_hide_a_wider_one() {
    let header = "network,geoname_id,is_anonymous_proxy,is_satellite_provider,is_anycast\n203.0.113.0/24,1,0,0,\n";
    let blocks = "203.0.113.0/26,1,1,0,0\n203.0.113.64/26,1,0,1,0\n203.0.113.128/26,1,0,0,1\n";
    let locations = "geoname_id,country_iso_code\n1,CN\n";
    let source = load(&format!("{header}{blocks}"), locations).unwrap();
    for (ip, location) in [
        ("203.0.113.1", Location::Unknown),
        ("203.0.113.65", Location::Unknown),
        ("203.0.113.129", Location::Unknown),
        ("203.0.113.193", Location::In(region("CN"))),
    ] {
        assert_eq!(locate(&source, ip), location, "{ip}");
    }
    assert_eq!(
        summary(&source)[1..],
        [
            "1 row of anonymous proxies locates nothing",
            "1 row of satellite providers locates nothing",
            "1 row of anycast networks locates nothing",
        ]
    );
}

#[test]
fn a_second_file_may_begin_with_a_byte_order_mark() {
    let blocks = "\u{feff}network,geoname_id\n203.0.113.0/24,1\n\u{feff}network,geoname_id\n2001:db8::/32,1\n";
    assert_eq!(load(blocks, "geoname_id,country_iso_code,name\n1,HK,x\n").unwrap().len(), 2);
}

#[test]
fn names_of_places_may_be_in_any_encoding() {
    let locations = &b"geoname_id,name,country_iso_code\n1,S\xe3o Paulo,BR\n"[..];
    let source = Source::from_maxmind_csv("maxmind", &b"network,geoname_id\n203.0.113.0/24,1\n"[..], locations).unwrap();
    assert_eq!(locate(&source, "203.0.113.1"), Location::In(region("BR")));
}

#[test]
fn a_reader_that_fails_says_which_file_it_was() {
    struct Fails;
    impl std::io::Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no disk"))
        }
    }
    let blocks = Source::from_maxmind_csv("maxmind", V4.as_bytes().chain(Fails), LOCATIONS.as_bytes());
    assert_eq!(refusal(blocks), "source `maxmind`, after line 6: no disk");
    let locations = Source::from_maxmind_csv("maxmind", V4.as_bytes(), LOCATIONS.as_bytes().chain(Fails));
    assert_eq!(refusal(locations), "source `maxmind`, after line 7 of the locations: no disk");
}

#[test]
fn empty_files_are_an_empty_source() {
    assert!(load("", "").unwrap().is_empty());
}

#[test]
fn a_place_that_the_locations_have_in_two_countries_is_in_neither() {
    let locations = "geoname_id,country_iso_code\n1,CN\n1,HK\n1,CN\n2,CN\n";
    let blocks = "network,geoname_id\n203.0.113.0/24,1\n192.0.2.0/24,2\n";
    let source = Source::loader("maxmind").tolerant().maxmind_csv(blocks.as_bytes(), locations.as_bytes()).unwrap();
    assert_eq!(locate(&source, "203.0.113.1"), Location::Unknown);
}

#[test]
fn a_header_that_comes_again_says_anew_where_the_columns_are() {
    let blocks = "network,geoname_id,registered_country_geoname_id\n203.0.113.0/24,1,2\n\
                  network,registered_country_geoname_id,geoname_id\n2001:db8::/32,2,1\n";
    let locations = "geoname_id,country_iso_code\n1,HK\n2,CN\n";
    for load in [Source::loader("maxmind"), Source::loader("maxmind").tolerant()] {
        let source = load.maxmind_csv(blocks.as_bytes(), locations.as_bytes()).unwrap();
        assert_eq!(locate(&source, "2001:db8::1"), Location::In(region("HK")));
        assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 2));
    }
}
