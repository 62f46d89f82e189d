//! Range CSV, and the forms of it that providers publish. `tests/hostile/sources.rs` has the plain form.

use bailiwick::{Location, Source};

use super::{locate, ranges, refusal, region, summary};

#[test]
fn the_quoted_form_of_ip2location_is_read_with_the_names_of_countries() {
    let db1 = "\"0\",\"16777215\",\"-\",\"-\"\r\n\
        \"16777216\",\"16777471\",\"US\",\"United States of America\"\r\n\
        \"16777472\",\"16778239\",\"CN\",\"China\"\r\n\
        \"16778240\",\"16779263\",\"BQ\",\"Bonaire, Sint Eustatius and Saba\"\r\n";
    let source = Source::from_range_csv("ip2location", db1.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        ["0.0.0.0 0.255.255.255 ZZ", "1.0.0.0 1.0.0.255 US", "1.0.1.0 1.0.3.255 CN", "1.0.4.0 1.0.7.255 BQ"]
    );
    assert_eq!(summary(&source), ["4 rows read, 3 located", "1 row of `-` locates nothing"]);
}

#[test]
fn the_ipv6_file_of_ip2location_has_ipv4_as_mapped_addresses() {
    let db1 = "\"0\",\"281470681743359\",\"-\",\"-\"\n\
        \"281470698520832\",\"281470698521599\",\"CN\",\"China\"\n\
        \"42540766411282592856903984951653826560\",\"42540766490510755371168322545197776895\",\"HK\",\"Hong Kong\"\n";
    let source = Source::from_range_csv("ip2location", db1.as_bytes()).unwrap();
    assert_eq!(
        ranges(&source),
        ["1.0.1.0 1.0.3.255 CN", ":: ::fffe:ffff:ffff ZZ", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff HK"]
    );
}

#[test]
fn dbip_lite_is_read() {
    let lite = "0.0.0.0,0.255.255.255,ZZ\n1.0.1.0,1.0.3.255,CN\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,AU\n";
    let source = Source::from_range_csv("dbip", lite.as_bytes()).unwrap();
    assert_eq!(summary(&source), ["3 rows read, 2 located", "1 row of `ZZ` locates nothing"]);
    assert_eq!(locate(&source, "1.0.2.7"), Location::In(region("CN")));
}

/// The third column of DB-IP's Country and City files is the continent: `AS` is not American Samoa there, nor `SA` Saudi Arabia.
#[test]
fn files_with_more_columns_are_refused_since_their_third_is_another() {
    for (row, found) in [
        ("1.0.0.0,1.0.0.255,AS,CN,Fujian,Fuzhou,26.0614,119.306", 8),
        ("1.0.0.0,1.0.0.255,AS,CN", 4),
        ("\"1.0.0.0\",\"1.0.0.255\",\"AS\",\"CN\"", 4),
        ("1.0.0.0,1.0.0.255,AU,Australia", 4),
        ("\"16777216\",\"16777471\",\"US\",\"United States of America\",\"California\",\"Los Angeles\"", 6),
    ] {
        let message = refusal(Source::from_range_csv("provider", row.as_bytes()));
        assert_eq!(message, format!("source `provider`, line 1: the line has {found} fields, and not the 3 of `first,last,code`"));
    }
}

#[test]
fn a_quote_that_is_not_closed_is_refused() {
    for row in ["\"16777216\",\"16777471\",\"US", "\"16777216\"x,\"16777471\",\"US\"", "1.0.0.0,1.0.0.255,\"U\"S\""] {
        let message = refusal(Source::from_range_csv("provider", row.as_bytes()));
        assert!(message.contains("begins with a quote and does not end with one: close it"), "{message}");
    }
}

#[test]
fn codes_that_geo_files_use_for_nowhere_hide_a_wider_row() {
    for code in ["A1", "A2", "O1", "T1", "AP", "EU", "XX", "xx", "-", "", "\"-\"", "\"\"", "ZZ", "XX-AB"] {
        let rows = format!("203.0.113.0,203.0.113.255,CN\n203.0.113.64,203.0.113.127,{code}\n");
        let source = Source::from_range_csv("provider", rows.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.64"), Location::Unknown, "{code}");
        assert_eq!(locate(&source, "203.0.113.63"), Location::In(region("CN")), "{code}");
        assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 1), "{code}");
    }
}

#[test]
fn kosovo_and_the_other_codes_left_to_users_stay_regions() {
    for code in ["XK", "AA", "QM", "XA"] {
        let source = Source::from_range_csv("provider", format!("203.0.113.0,203.0.113.255,{code}").as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.0"), Location::In(region(code)));
    }
}
