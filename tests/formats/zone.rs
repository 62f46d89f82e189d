//! Zone lists.

use bailiwick::{Location, Region, Source};

use super::{locate, ranges, refusal, region, summary};

#[test]
fn every_network_of_the_list_is_in_the_callers_region() {
    let zone = "# cn.zone\n203.0.113.0/24\n\n198.51.100.7\t# one address\r\n  2001:db8::/32#v6\n";
    let source = Source::from_zone("cn.zone", region("CN"), zone.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        ["203.0.113.0 203.0.113.255 CN", "198.51.100.7 198.51.100.7 CN", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff CN"]
    );
    assert_eq!(summary(&source), ["3 rows read, 3 located"]);
}

#[test]
fn a_list_of_the_unknown_region_locates_nothing() {
    let source = Source::from_zone("anycast", Region::UNKNOWN, &b"203.0.113.0/24\n"[..]).unwrap();
    assert_eq!(locate(&source, "203.0.113.1"), Location::Unknown);
    assert_eq!(summary(&source), ["1 row read, 0 located", "1 row of `ZZ` locates nothing"]);
}

#[test]
fn a_line_that_is_no_network_is_refused() {
    for (line, wrong) in [
        ("203.0.113.0/24,CN", "which is not a network: "),
        ("203.0.113.0-CN", "which is not a network: "),
        ("203.0.113.0/24 198.51.100.0/24", "which is not a network: "),
        ("add 203.0.113.0/24", "which is not a network: "),
        // Right after a network a semicolon separates fields, of which one may say another region.
        ("203.0.113.0/24;HK", "which is not a network: "),
        ("203.0.113.9/24", "which has host bits set: did you mean `203.0.113.0/24`?"),
    ] {
        let message = refusal(Source::from_zone("cn.zone", region("CN"), line.as_bytes()));
        assert!(message.starts_with(&format!("source `cn.zone`, line 1: `network` is `{line}`, {wrong}")), "{message}");
    }
}

#[test]
fn comments_begin_with_a_semicolon_too_and_a_range_is_read() {
    let zone = "; list\nnetwork\n203.0.113.0/24 ; here\n198.51.100.0 - 198.51.100.7\n192.0.2.0/24,\n192.0.3.0/24;\n";
    let source = Source::from_zone("cn", region("CN"), zone.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        ["203.0.113.0 203.0.113.255 CN", "198.51.100.0 198.51.100.7 CN", "192.0.2.0 192.0.2.255 CN", "192.0.3.0 192.0.3.255 CN"]
    );
    assert_eq!(summary(&source)[1], "1 header line passed over");
}

/// A first line that is no network may be any text; from the second on, one like a header tells of another file.
#[test]
fn a_header_of_another_format_is_refused_behind_the_first_line() {
    let tolerant = |text: &str| Source::loader("cn").tolerant().zone(region("CN"), text.as_bytes());
    let source = tolerant("network,asn\n203.0.113.0/24\n").unwrap();
    assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 1));
    let message = refusal(tolerant("203.0.113.0/24\nnetwork,asn\n"));
    assert!(message.starts_with("source `cn`, line 2: `network` is `network,asn`, which is not a network"), "{message}");
}

/// Wherever its first bytes end, its file does not end there.
#[test]
fn a_line_that_is_read_to_the_middle_of_its_network_is_too_long_and_not_cut_off() {
    let row = "128.0.0.0/16";
    for read in 1..row.len() {
        // The bytes that are read of a line leave room for a byte order mark.
        let blanks = " ".repeat(4096 + "\u{feff}".len() - read);
        for end in ["", "\n"] {
            let text = format!("203.0.113.0/24\n{blanks}{row}{end}");
            let message = refusal(Source::from_zone("cn", region("CN"), text.as_bytes()));
            let too_long = "the line is longer than 4096 bytes: is this the right file?";
            assert_eq!(message, format!("source `cn`, line 2: {too_long}"), "{read} bytes");
            let source = Source::loader("cn").tolerant().zone(region("CN"), text.as_bytes()).unwrap();
            let refused: Vec<String> = source.load_report().refused().iter().map(|refused| refused.error.to_string()).collect();
            assert_eq!(refused, [too_long], "{read} bytes");
            assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.255 CN"], "{read} bytes");
        }
    }
}

/// `/16` that was cut off to `/1` is half of all addresses.
#[test]
fn a_last_line_that_may_have_lost_a_digit_is_refused() {
    for (line, is_refused) in [
        ("128.0.0.0/1", true),
        ("192.0.0.0/3", true),
        ("2000::/3", true),
        ("2000::/12", true),
        ("\u{feff} 128.0.0.0/1", true),
        // No length goes on from here.
        ("128.0.0.0/4", false),
        ("203.0.113.0/24", false),
        ("2001:db8::/32", false),
        ("0.0.0.0/0", false),
        ("203.0.113.7", false),
    ] {
        let text = format!("203.0.113.0/24\n{line}");
        for loader in [Source::loader("cn"), Source::loader("cn").tolerant()] {
            let read = loader.clone().zone(region("CN"), text.as_bytes());
            assert_eq!(read.is_err(), is_refused, "{line}");
            if is_refused {
                assert!(
                    refusal(read).contains("it may be cut off: get it again, or end the line when nothing is missing"),
                    "{line}"
                );
                assert!(loader.zone(region("CN"), format!("{text}\n").as_bytes()).is_ok(), "{line}");
            }
        }
    }
}
