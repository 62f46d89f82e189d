//! CIDR CSV.

use bailiwick::Source;

use super::{ranges, refusal, summary};

#[test]
fn networks_and_addresses_are_read_with_their_codes() {
    let file = "203.0.113.0/24,CN\r\n 2001:db8::/32 , us-ca \n198.51.100.7,HK\n2001:db8::1,CN-91\n\"192.0.2.0/24\",\"AU\",\"Australia\"\n\
        ::ffff:192.0.2.0/120,FR\n0.0.0.0/0,ZZ\n";
    let source = Source::from_cidr_csv("provider", file.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        [
            "203.0.113.0 203.0.113.255 CN",
            "198.51.100.7 198.51.100.7 HK",
            "192.0.2.0 192.0.2.255 AU",
            "192.0.2.0 192.0.2.255 FR",
            "0.0.0.0 255.255.255.255 ZZ",
            "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff US-CA",
            "2001:db8::1 2001:db8::1 HK",
        ]
    );
    assert_eq!(summary(&source), ["7 rows read, 6 located", "1 row of `ZZ` locates nothing"]);
}

#[test]
fn anything_else_is_refused_with_what_to_write() {
    const NO_NETWORK: &str = "which is not a network: write one like `203.0.113.0/24` or `2001:db8::/32`";
    for (row, message) in [
        ("203.0.113.0/33,CN", format!("`network` is `203.0.113.0/33`, {NO_NETWORK}")),
        ("203.0.113.0/,CN", format!("`network` is `203.0.113.0/`, {NO_NETWORK}")),
        ("203.0.113.0/024,CN", format!("`network` is `203.0.113.0/024`, {NO_NETWORK}")),
        ("203.0.113/24,CN", format!("`network` is `203.0.113/24`, {NO_NETWORK}")),
        ("010.0.0.0/8,CN", format!("`network` is `010.0.0.0/8`, {NO_NETWORK}")),
        ("3405803776/24,CN", format!("`network` is `3405803776/24`, {NO_NETWORK}")),
        ("2001:db8::/129,CN", format!("`network` is `2001:db8::/129`, {NO_NETWORK}")),
        ("fe80::%eth0/64,CN", format!("`network` is `fe80::%eth0/64`, {NO_NETWORK}")),
        (",CN", format!("`network` is ``, {NO_NETWORK}")),
        ("203.0.113.7/24,CN", "`network` is `203.0.113.7/24`, which has host bits set: did you mean `203.0.113.0/24`?".to_owned()),
        ("2001:db8::1/32,CN", "`network` is `2001:db8::1/32`, which has host bits set: did you mean `2001:db8::/32`?".to_owned()),
        ("203.0.113.0/24", "the line has 1 field, and not the 2 of `network,code`".to_owned()),
        ("203.0.113.0/24,CN,CN-GD,Shenzhen,", "the line has 5 fields, and not the 2 of `network,code`".to_owned()),
        (
            "\"203.0.113.0/24\",\"AS\",\"CN\"",
            "the columns 2 and 3 may both be the code: name the column, as in `cidr:3:FILE`".to_owned(),
        ),
        ("203.0.113.0/24,CHN", "`code` is `CHN`, which is not a code: did you mean `CN`?".to_owned()),
        ("203.0.113.0/24,156", "`code` is `156`, which is not a code: did you mean `CN`?".to_owned()),
        ("203.0.113.0/24,China", "`code` is `China`, which is not a code: did you mean `CN`?".to_owned()),
        (
            "203.0.113.0/24,office",
            "`code` is `office`, which is not a code: write one of ISO 3166, such as `US` or `US-CA`, or nothing".to_owned(),
        ),
    ] {
        let file = format!("# comment\n198.51.100.0/24,HK\n{row}\n");
        let said = refusal(Source::from_cidr_csv("provider", file.as_bytes()));
        assert_eq!(said, format!("source `provider`, line 3: {message}"));
    }
}

#[test]
fn the_files_of_ip2location_and_ipinfo_are_read() {
    for file in [
        "\"0.0.0.0/8\",\"-\",\"-\"\r\n\"203.0.113.0/24\",\"CN\",\"China\"\r\n",
        "\"0.0.0.0/8\",\"-\",\"-\",\"-\",\"-\"\r\n\"203.0.113.0/24\",\"CN\",\"China\",\"Guangdong\",\"Shenzhen\"\r\n",
        "network,country,country_code,asn\n0.0.0.0/8,,,\n203.0.113.0/24,China,CN,\"AS1, Example\"\n",
        "network,country\n0.0.0.0/8,\n203.0.113.0/24,CN\n",
        "0.0.0.0/8,-,\n203.0.113.0-203.0.113.255,CN,China # office\n",
        "0.0.0.0/8,\n203.0.113.0/24,CN # office\n",
    ] {
        let source = Source::from_cidr_csv("provider", file.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(ranges(&source), ["0.0.0.0 0.255.255.255 ZZ", "203.0.113.0 203.0.113.255 CN"], "{file}");
    }
}

#[test]
fn flags_of_a_header_hide_a_row() {
    let file = "network,country_code,is_anycast,is_satellite\n203.0.113.0/24,CN,0,false\n203.0.113.0/25,CN,true,\n\
        203.0.113.128/25,CN,0,1\n";
    let source = Source::from_cidr_csv("provider", file.as_bytes()).unwrap();
    assert_eq!(
        summary(&source)[..3],
        ["3 rows read, 1 located", "1 row of satellite providers locates nothing", "1 row of anycast networks locates nothing"]
    );
    assert_eq!(super::locate(&source, "203.0.113.7"), bailiwick::Location::Unknown);
}

/// The column of the networks need not be the first, and a row of it that is refused hides its own network.
#[test]
fn a_refused_row_hides_the_network_of_its_column() {
    let file = "ip,network,country_code\n203.0.113.1,203.0.0.0/16,CN\n203.0.113.1,203.0.113.0/24,CHN\n";
    let source = Source::loader("provider").tolerant().cidr_csv(file.as_bytes()).unwrap();
    assert_eq!(source.load_report().refused().len(), 1);
    for (ip, code) in [("203.0.112.255", Some("CN")), ("203.0.113.0", None), ("203.0.113.255", None), ("203.0.114.0", Some("CN"))] {
        let location = code.map_or(bailiwick::Location::Unknown, |code| bailiwick::Location::In(super::region(code)));
        assert_eq!(super::locate(&source, ip), location, "{ip}");
    }
}

/// A first line is passed over as a header where it has no addresses, and not where its address is wrong.
#[test]
fn a_first_row_that_is_wrong_is_not_taken_for_a_header() {
    for first in ["203.0.113.0/33,CN", "203.0.113,CN", "2001:db8::/129,CN", "1,CN"] {
        let loader = Source::loader("provider").code_column(2);
        let message = refusal(loader.cidr_csv(format!("{first}\n192.0.2.0/24,CN\n").as_bytes()));
        assert!(message.starts_with("source `provider`, line 1: "), "{message}");
    }
}

#[test]
fn the_column_of_the_code_may_be_named() {
    let file = "net,place,cc\n203.0.113.0/24,x,CN\n";
    let source = Source::loader("provider").code_column(3).cidr_csv(file.as_bytes()).unwrap();
    assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.255 CN"]);
    refusal(Source::loader("provider").code_column(4).cidr_csv(file.as_bytes()));
    let ranges_too = Source::loader("provider").code_column(3).range_csv(&b"net,place,cc\n203.0.113.0/24,x,CN\n"[..]).unwrap();
    assert_eq!(ranges(&ranges_too), ranges(&source));
}
