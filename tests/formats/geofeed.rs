//! Geofeeds: the examples of RFC 8805, the lines that its Appendix A tests its validator with, and every corner of it.

use bailiwick::geo::Skipped;
use bailiwick::{Location, Source};

use super::{locate, ranges, refusal, region, summary};

/// The lines of the tests in Appendix A of RFC 8805 without errors, each with the region that it gives; none for lines without
/// an entry.
const VALID: &[(&str, Option<&str>)] = &[
    ("# asdf", None),
    ("   ", None),
    ("", None),
    ("aaaa::,US,,,", Some("US")),
    ("2001:db8:cafe::/48,PL,PL-MZ,,02-784", Some("PL-MZ")),
    ("2001:db8:cafe::/48", Some("ZZ")),
    ("55.66.77.88,PL", Some("PL")),
    ("55.66.77.88,PL,,,", Some("PL")),
    ("55.66.77.88,,,,", Some("ZZ")),
    ("55.66.77.88,ZZ,,,", Some("ZZ")),
    ("55.66.77.88,US,,,", Some("US")),
    ("55.66.77.88,US,US-CA,,", Some("US-CA")),
    ("55.66.77.88,US,US-CA,Mountain View,", Some("US-CA")),
    ("55.66.77.88,US,US-CA,Mountain View,94043", Some("US-CA")),
    ("55.66.77.88,US,US-CA,Mountain View,94043,1600 Ampthitheatre Parkway", Some("US-CA")),
    ("55.66.77.0/24,US,,,", Some("US")),
    ("55.66.77.88/32,US,,,", Some("US")),
    ("172.15.30.1,US,,,", Some("US")),
    ("192.167.100.1,US,,,", Some("US")),
    ("fe00::/48,PL,,,", Some("PL")),
];

/// The lines with errors, each with the wrong field.
const INVALID: &[(&str, &str)] = &[
    ("asdf", "ip_prefix"),
    ("asdf,US,,,", "ip_prefix"),
    ("zzzz::,US", "ip_prefix"),
    (",US,,,", "ip_prefix"),
    ("55.66.77", "ip_prefix"),
    ("55.66.77.888", "ip_prefix"),
    ("55.66.77.asdf", "ip_prefix"),
    ("55.66.77.88,USA,,,", "alpha2code"),
    ("55.66.77.88,99,,,", "alpha2code"),
    ("55.66.77.88,US,USA-CA,,", "region"),
    ("55.66.77.88,USA,USA-CA,,", "alpha2code"),
    ("55.66.77.88/24,US,,,", "ip_prefix"),
    ("55.66.77/24,US,,,", "ip_prefix"),
    ("55.66.77.0/35,US,,,", "ip_prefix"),
    ("172.28.30.1,US,,,", "ip_prefix"),
    ("192.168.100.1,US,,,", "ip_prefix"),
    ("10.0.5.9,US,,,", "ip_prefix"),
    ("10.0.5.0/24,US,,,", "ip_prefix"),
    ("fc00::/48,PL,,,", "ip_prefix"),
];

fn feed(text: &str) -> Result<Source, bailiwick::SourceError> {
    Source::from_geofeed("feed", text.as_bytes())
}

#[test]
fn the_lines_that_the_rfc_calls_valid_are_read() {
    for (line, code) in VALID {
        let source = feed(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let read: Vec<String> = source.ranges().map(|(.., region)| region.to_string()).collect();
        assert_eq!(read, Vec::from_iter(*code), "{line}");
    }
}

#[test]
fn the_lines_that_the_rfc_calls_invalid_are_refused() {
    for (line, field) in INVALID {
        let message = refusal(feed(line));
        assert!(message.starts_with(&format!("source `feed`, line 1: `{field}` is `")), "{line}: {message}");
    }
}

/// Section 2.1.1.1 on prefixes, 2.1.1.2 and 2.1.1.3 on codes, 2.1.2 on prefixes without a place.
#[test]
fn the_examples_of_the_sections_are_read() {
    let source = feed(
        "192.0.2.1,US,,,\n192.0.2.0/24,JP,,,\n2001:db8::1,PL,,,\n2001:db8::/32,ID,ID-RI,,\n198.51.100.0/24,NG,NG-RI,,\n\
         203.0.113.0/24,,,,\n2001:db8:1::/48,,,,\n2001:db8:2::/48,,,,\n",
    )
    .unwrap();
    assert_eq!(summary(&source), ["8 rows read, 5 located", "3 rows without a code locate nothing"]);
    assert_eq!(locate(&source, "192.0.2.1"), Location::In(region("US")));
    assert_eq!(locate(&source, "192.0.2.2"), Location::In(region("JP")));
    assert_eq!(locate(&source, "2001:db8::2"), Location::In(region("ID-RI")));
    assert_eq!(locate(&source, "2001:db8:2::2"), Location::Unknown);
}

#[test]
fn an_entry_without_a_country_hides_a_wider_one() {
    for hidden in ["", ",", ",,,,", ",ZZ", ",zz,,,", ",EU,,,", ",XX,,,", ",AP,,,", ",ZZ,ZZ-AB,,"] {
        let source = feed(&format!("203.0.113.0/24,CN,CN-GD,,\n203.0.113.64/26{hidden}\n203.0.113.65,HK,,,\n")).unwrap();
        assert_eq!(locate(&source, "203.0.113.1"), Location::In(region("CN-GD")), "{hidden}");
        assert_eq!(locate(&source, "203.0.113.64"), Location::Unknown, "{hidden}");
        assert_eq!(locate(&source, "203.0.113.65"), Location::In(region("HK")), "{hidden}");
    }
}

#[test]
fn comments_may_stand_anywhere_in_any_encoding_and_lines_end_in_either_way() {
    let text = b"\xef\xbb\xbf# feed, caf\xe9\r\n\r\n  # indented\r\n203.0.113.0/24,CN,CN-GD,Shenzhen,# caf\xe9\r\n\
        198.51.100.0/24,HK#,,,\n192.0.2.0/24 # all of it\n2001:db8::/32,US,#US-CA,,\n#";
    let source = Source::from_geofeed("feed", &text[..]).unwrap();
    assert_eq!(
        ranges(&source),
        [
            "203.0.113.0 203.0.113.255 CN-GD",
            "198.51.100.0 198.51.100.255 HK",
            "192.0.2.0 192.0.2.255 ZZ",
            "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff US",
        ]
    );
}

#[test]
fn codes_are_read_in_any_case_and_in_quotes() {
    let source = feed(
        "203.0.113.0/24,cn,cn-gd,,\n198.51.100.0/24,Us,uS-aL,,\n\"192.0.2.0/24\",\"FR\",\"FR-ARA\",\"Lyon, 3e\",\n\
         2001:DB8:0:0:0:0:0:0/32,hk,,,\n",
    )
    .unwrap();
    let read: Vec<String> = source.ranges().map(|(.., region)| region.to_string()).collect();
    assert_eq!(read, ["CN-GD", "US-AL", "FR-ARA", "HK"]);
}

#[test]
fn a_region_of_another_country_is_refused_and_a_territory_is_in_both() {
    for (codes, wrong) in [("FR,US-AL", "FR"), (",US-AL", ""), ("ZZ,US-AL", "ZZ"), ("HK,CN-GD", "HK"), ("MO,CN-HK", "MO")] {
        let region = codes.split(',').nth(1).unwrap();
        assert_eq!(
            refusal(feed(&format!("203.0.113.0/24,{codes},,"))),
            format!("source `feed`, line 1: `region` is `{region}`, which is not in the country `{wrong}`: correct one of the two")
        );
    }
    for (codes, code) in [("CN,CN-HK", "HK"), ("HK,CN-HK", "HK"), ("hk,cn-91", "HK"), ("CN,cn-gd", "CN-GD"), ("US,US-PR", "PR")] {
        let source = feed(&format!("203.0.113.0/24,{codes},,")).unwrap();
        assert_eq!(locate(&source, "203.0.113.0"), Location::In(region(code)), "{codes}");
    }
}

#[test]
fn a_region_that_is_no_code_is_refused() {
    for code in ["US-", "US-ALAB", "US-A.", "-AL", "USA-CA", "US-é"] {
        let message = refusal(feed(&format!("203.0.113.0/24,US,{code},,")));
        let expected = "write a code of ISO 3166-2, such as `US-AL`, or nothing";
        assert_eq!(message, format!("source `feed`, line 1: `region` is `{code}`: {expected}"));
    }
}

#[test]
fn a_prefix_that_is_there_twice_is_an_error_when_the_two_differ() {
    for (one, other) in [
        ("203.0.113.0/24,CN,,,", "203.0.113.0/24,HK,,,"),
        ("203.0.113.7,CN,,,", "203.0.113.7/32,HK,,,"),
        ("2001:db8::/32,CN,,,", "2001:0DB8:0::/32,HK,,,"),
        ("203.0.113.0/24,CN,,,", "::ffff:203.0.113.0/120,CN,CN-GD,,"),
        ("203.0.113.0/24,,,,", "203.0.113.0/24,CN,,,"),
    ] {
        let prefix = other.split(',').next().unwrap();
        assert_eq!(
            refusal(feed(&format!("\n{one}\n# between\n{other}\n"))),
            format!("source `feed`, line 4: `ip_prefix` is `{prefix}`, as on line 2 already: keep one of the two")
        );
    }
    assert_eq!(feed("203.0.113.0/24,CN,,,\n203.0.113.0/25,CN,,,\n").unwrap().len(), 2);
}

#[test]
fn a_tolerant_load_leaves_a_prefix_that_is_there_twice_contested_where_the_two_differ() {
    for (one, other, location) in [
        ("CN", "HK", Location::Contested),
        ("HK", "CN", Location::Contested),
        ("CN", "", Location::Contested),
        ("CN", "CN", Location::In(region("CN"))),
    ] {
        let text = format!("203.0.113.0/24,{one},,,\n203.0.113.0/24,{other},,,\n");
        let source = Source::loader("feed").tolerant().geofeed(text.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.1"), location, "{one} {other}");
        let refused = source.load_report().skipped().find(|(reason, _)| **reason == Skipped::Refused);
        assert_eq!(refused.is_some(), location == Location::Contested);
    }
}

#[test]
fn a_tolerant_load_does_not_let_a_wider_entry_speak_where_a_place_cannot_be_read() {
    for bad in ["CN,US-AL,,", "CHN,,,", "CN,CN-GUANG,,", "\"CN"] {
        let text = format!("203.0.113.0/24,HK,,,\n203.0.113.64/26,{bad}\n203.0.113.129/25,CN,,,\n");
        let source = Source::loader("feed").tolerant().geofeed(text.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.1"), Location::In(region("HK")), "{bad}");
        assert_eq!(locate(&source, "203.0.113.64"), Location::Unknown, "{bad}");
        assert_eq!(source.load_report().refused().iter().map(|refused| refused.line).collect::<Vec<_>>(), [2, 3], "{bad}");
    }
}

#[test]
fn private_networks_are_refused_and_their_neighbours_are_not() {
    for network in ["10.0.0.0/8", "172.16.0.0/12", "172.31.255.255", "192.168.0.0/16", "fc00::/7", "fdff::/16", "::ffff:10.0.0.1"] {
        let message = refusal(feed(&format!("{network},US,,,")));
        assert!(
            message.ends_with(&format!("`{network}`, which is private and so at no one place: leave the line out; own networks belong in a list of their own")),
            "{message}"
        );
    }
    for network in ["9.255.255.255", "11.0.0.0/8", "172.32.0.0", "192.169.0.0/16", "fbff::/16", "fe00::/9", "0.0.0.0/0", "::/0"] {
        assert_eq!(feed(&format!("{network},US,,,")).unwrap().len(), 1, "{network}");
    }
}

#[test]
fn equal_lines_are_one() {
    let source = feed("203.0.113.0/24,CN,CN-GD,,\n203.0.113.0/24,cn,CN-GD,Shenzhen,\n::ffff:203.0.113.0/120,CN,CN-GD,,\n").unwrap();
    assert_eq!((source.len(), summary(&source)), (1, vec!["1 row read, 1 located".to_owned(), "2 rows repeated".to_owned()]));
}

#[test]
fn of_a_region_that_is_no_code_the_country_is_kept_unless_it_names_a_territory_of_its_own() {
    for (codes, code) in [
        ("CN,GD", "CN"),
        ("CN,Guangdong", "CN"),
        ("US,California", "US"),
        ("SA,Al-Qassim", "SA"),
        ("DE,Baden-W\u{fc}rttemberg", "DE"),
        ("CN,HK", "HK"),
        ("CN,91", "HK"),
        ("US,PR", "PR"),
        ("CN,Hong Kong", "ZZ"),
        ("cn,TAIWAN", "ZZ"),
        ("US,Puerto Rico", "ZZ"),
        ("NL,Cura\u{e7}ao", "ZZ"),
        (",California", "ZZ"),
    ] {
        let source = feed(&format!("203.0.113.0/24,{codes},,\n")).unwrap_or_else(|error| panic!("{codes}: {error}"));
        assert_eq!(ranges(&source), [format!("203.0.113.0 203.0.113.255 {code}")], "{codes}");
    }
    let source = feed("203.0.113.0/24,CN,GD,,\n").unwrap();
    assert_eq!(summary(&source)[1], "1 row located by the country alone, as the region is not a code");
    // A name may be in any encoding.
    let source = Source::from_geofeed("feed", &b"203.0.113.0/24,BR,S\xe3o Paulo,,\n"[..]).unwrap();
    assert_eq!(locate(&source, "203.0.113.0"), Location::In(region("BR")));
}

/// `-` and `??` say that the operator knows no country, and a region without a country says nothing.
#[test]
fn a_country_that_is_none_locates_nothing_and_hides_a_wider_entry() {
    for code in ["-", "??", "T1", "EU", ""] {
        let source = feed(&format!("203.0.0.0/16,CN,,,\n203.0.113.0/24,{code},,,\n")).unwrap();
        assert_eq!(locate(&source, "203.0.113.7"), Location::Unknown, "{code}");
        assert_eq!(locate(&source, "203.0.112.7"), Location::In(region("CN")), "{code}");
        let why = if code.is_empty() {
            "1 row without a code locates nothing".to_owned()
        } else {
            format!("1 row of `{code}` locates nothing")
        };
        assert_eq!(summary(&source)[1..], [why]);
    }
    assert!(refusal(feed("203.0.113.0/24,-CN,,,\n")).contains("`alpha2code` is `-CN`"));
}

/// An entry without a country hides addresses, so that one that lost a digit locates nobody.
#[test]
fn the_last_entry_may_be_a_network_alone_without_a_line_end() {
    for last in ["128.0.0.0/1", "2000::/3", "203.0.113.0/24"] {
        let source = feed(&format!("192.0.2.0/24,US,,,\n{last}")).unwrap();
        assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 1), "{last}");
    }
}

#[test]
fn fields_that_are_not_read_may_be_in_any_encoding() {
    let source = Source::from_geofeed("feed", &b"203.0.113.0/24,CN,,,\n203.0.113.128/25,BR,BR-SP,S\xe3o Paulo,\n"[..]).unwrap();
    assert_eq!(locate(&source, "203.0.113.200"), Location::In(region("BR-SP")));
}

#[test]
fn semicolons_tabs_and_a_header_are_read() {
    for text in [
        "203.0.113.0/24;CN;CN-GD;Shenzhen;518000\n",
        "203.0.113.0/24\tCN\tCN-GD\tShenzhen\t518000\n",
        "ip_prefix,alpha2code,region,city,postal_code\n203.0.113.0/24,CN,CN-GD,Shenzhen,\n",
        "prefix\tcountry_code\tregion\n203.0.113.0/24\tCN\tCN-GD\n",
    ] {
        assert_eq!(ranges(&feed(text).unwrap()), ["203.0.113.0 203.0.113.255 CN-GD"], "{text}");
    }
    assert!(refusal(feed("ip_prefix,city,country\n203.0.113.0/24,x,CN\n")).contains("the country's code in the second column"));
}

/// Joining files without a last line end makes two lines one, and a wider row would speak for the second.
/// A slash is not yet a network.
#[test]
fn a_place_may_have_a_slash_in_its_name() {
    for city in ["North/South", "Biel/Bienne/", "/", "1/2nd", "x/24", "by 10.0.0.1/eth0"] {
        let source = feed(&format!("203.0.113.0/24,CN,,{city},\n")).unwrap();
        assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.255 CN"], "{city}");
    }
}

#[test]
fn a_line_that_has_two_rows_is_refused() {
    for line in ["203.0.113.0/24,CN,,,518000198.51.100.0/24,HK,,,", "203.0.113.0/24,CN,,,,2001:db8::/32"] {
        assert!(refusal(feed(line)).ends_with("has an address: are these two lines in one?"), "{line}");
    }
    for line in ["203.0.113.0/24,CN,,Bldg.12/3,", "203.0.113.0/24,CN,,A/B/,1/2"] {
        feed(line).unwrap();
    }
}
