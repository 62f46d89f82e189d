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
        ("network,code", format!("`network` is `network`, {NO_NETWORK}")),
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
        ("203.0.113.0/24,CN,China", "the line has 3 fields, and not the 2 of `network,code`".to_owned()),
        ("\"203.0.113.0/24\",\"AS\",\"CN\"", "the line has 3 fields, and not the 2 of `network,code`".to_owned()),
        ("203.0.113.0/24,CN,", "the line has 3 fields, and not the 2 of `network,code`".to_owned()),
    ] {
        let file = format!("# comment\n198.51.100.0/24,HK\n{row}\n");
        let said = refusal(Source::from_cidr_csv("provider", file.as_bytes()));
        assert_eq!(said, format!("source `provider`, line 3: {message}"));
    }
}
