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

/// In DB-IP's files the third column is the continent: `AS` is not American Samoa there, nor `SA` Saudi Arabia.
#[test]
fn files_with_more_columns_are_read_by_what_the_columns_hold() {
    for (row, code) in [
        ("203.0.113.0,203.0.113.255,AS,CN,Fujian,Fuzhou,26.0614,119.306", "CN"),
        ("203.0.113.0,203.0.113.255,AS,HK", "HK"),
        ("\"203.0.113.0\",\"203.0.113.255\",\"AS\",\"CN\"", "CN"),
        ("203.0.113.0,203.0.113.255,AU,Australia", "AU"),
        ("203.0.113.0,203.0.113.255,AU,", "AU"),
        ("203.0.113.0,203.0.113.255,CN,Guangdong,,Shenzhen,,22.5,114.0,Asia/Shanghai", "CN"),
        ("203.0.113.0,203.0.113.255,CN,,,,,,,", "CN"),
        ("\"3405803776\",\"3405804031\",\"US\",\"United States of America\",\"California\",\"Los Angeles\"", "US"),
        ("203.0.113.0\t203.0.113.255\t64496\tCN\tEXAMPLE-AS, Example", "CN"),
        ("203.0.113.0,203.0.113.255,64496,CN,EXAMPLE", "CN"),
        ("203.0.113.0;203.0.113.255;CN", "CN"),
        ("\"203.0.113.0\",\"203.0.113.255\",\"3405803776\",\"3405804031\",\"CN\",\"China\"", "CN"),
    ] {
        let source = Source::from_range_csv("provider", row.as_bytes()).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(ranges(&source), [format!("203.0.113.0 203.0.113.255 {code}")], "{row}");
    }
}

#[test]
fn columns_that_may_both_be_the_code_are_refused_until_one_is_named() {
    let row = "203.0.113.0,203.0.113.255,US,CA\n";
    let message = refusal(Source::from_range_csv("provider", row.as_bytes()));
    let expected = "the columns 3 and 4 may both be the code: name the column, as in `range:4:FILE`";
    assert_eq!(message, format!("source `provider`, line 1: {expected}"));
    for (column, code) in [(3, "US"), (4, "CA")] {
        let source = Source::loader("provider").code_column(column).range_csv(row.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.0"), Location::In(region(code)));
    }
}

/// The numbers in the message are those of the columns that hold two letters.
#[test]
fn a_row_whose_code_is_in_another_column_than_before_names_both_columns() {
    let load = |text: &str| refusal(Source::from_range_csv("provider", text.as_bytes()));
    let both = "the columns 3 and 4 may both be the code: name the column, as in `range:4:FILE`";
    for text in [
        "1.0.0.0,1.0.0.255,AS,CN\n1.0.1.0,1.0.1.255,CN,China\n",
        "1.0.0.0,1.0.0.255,CN,China\n1.0.1.0,1.0.1.255,AS,CN\n",
        "1.0.0.0,1.0.0.255,64496,CN\n1.0.1.0,1.0.1.255,CN,China\n",
    ] {
        assert_eq!(load(text), format!("source `provider`, line 2: {both}"), "{text}");
    }
    assert_eq!(load("1.0.0.0,1.0.0.255,US,CN\n"), format!("source `provider`, line 1: {both}"));
    let both = "the columns 2 and 3 may both be the code: name the column, as in `cidr:3:FILE`";
    for (text, line) in
        [("1.0.0.0/24,64496,CN\n1.0.1.0/24,CN\n", 2), ("1.0.0.0/24,CN\n1.0.1.0/24,64496,CN\n", 2), ("1.0.0.0/24,US,CN\n", 1)]
    {
        assert_eq!(
            refusal(Source::from_cidr_csv("provider", text.as_bytes())),
            format!("source `provider`, line {line}: {both}"),
            "{text}"
        );
    }
}

/// Two numbers in the last two of four columns are no ends of a range: the code must be in one of them.
#[test]
fn four_columns_have_no_room_for_the_ends_as_numbers() {
    let message = refusal(Source::from_range_csv("provider", &b"1.0.0.0,1.0.0.255,16777216,16777471\n"[..]));
    assert!(message.contains("`code` is `16777471`, which is not a code"), "{message}");
    let whole = Source::from_range_csv("provider", &b"1.0.0.0,1.0.0.255,16777216,16777471,AU\n"[..]).unwrap();
    assert_eq!(ranges(&whole), ["1.0.0.0 1.0.0.255 AU"]);
}

/// The continent, the number and a comment stand beside no code: `AS` is Asia, and not American Samoa.
#[test]
fn what_stands_before_the_code_names_no_territory() {
    for (text, code) in [
        ("1.0.0.0,1.0.0.255,AS,US\n", "US"),
        ("1.0.0.0,1.0.0.255,NA,US,California\n", "US"),
        ("1.0.0.0\t1.0.0.255\t91\tCN\tNAME\n", "CN"),
        ("\"1.0.0.0\",\"1.0.0.255\",\"CN # not Hong Kong\",\"China\"\n", "CN"),
    ] {
        let source = Source::from_range_csv("provider", text.as_bytes()).unwrap();
        assert_eq!(ranges(&source), [format!("1.0.0.0 1.0.0.255 {code}")], "{text}");
    }
}

/// With the column of the code named, a first line is a header when it has no digit and no address.
#[test]
fn a_first_row_is_never_taken_for_a_header_of_a_named_column() {
    let load = |text: &str| Source::loader("provider").code_column(3).range_csv(text.as_bytes());
    for bad in ["1.0.0.256,1.0.0.255,CN", "1.0.0.0/33,x,CN", "x1,y,CN"] {
        let message = refusal(load(&format!("{bad}\n1.0.1.0,1.0.1.255,CN\n")));
        assert!(message.starts_with("source `provider`, line 1: "), "{message}");
    }
    // An address without a digit.
    let source = load("cafe::,cafe::ffff,CN\n1.0.1.0,1.0.1.255,CN\n").unwrap();
    assert_eq!(ranges(&source), ["1.0.1.0 1.0.1.255 CN", "cafe:: cafe::ffff CN"]);
    let source = load("from,up to,land\n1.0.1.0,1.0.1.255,CN\n").unwrap();
    assert_eq!(summary(&source), ["1 row read, 1 located", "1 header line passed over"]);
    // A number in the second column is no end of a range when the first is a network.
    let source = Source::loader("provider").code_column(3).cidr_csv(&b"203.0.113.0/24,64496,CN\n"[..]).unwrap();
    assert_eq!(ranges(&source), ["203.0.113.0 203.0.113.255 CN"]);
    let message = refusal(Source::loader("provider").code_column(2).cidr_csv(&b"203.0.113.9,7\n"[..]));
    assert_eq!(
        message,
        "source `provider`, line 1: `code` is `7`, which is not a code: write one of ISO 3166, such as `US` or `US-CA`, or nothing"
    );
}

/// Each form of a table, with the header that says where the addresses are, a wide row and a refused one within.
#[test]
fn the_addresses_of_a_refused_row_are_where_the_header_says() {
    for (form, text) in [
        ("cidr", "network,country_code\n203.0.0.0/16,CN\n203.0.113.0/24,Hong Kong\n"),
        ("cidr", "ip,network,country_code\n198.51.100.1,203.0.0.0/16,CN\n198.51.100.2,203.0.113.0/24,Hong Kong\n"),
        ("range", "network,country_code\n203.0.0.0/16,CN\n203.0.113.0/24,Hong Kong\n"),
        ("range", "start,end,country\n203.0.0.0,203.0.255.255,CN\n203.0.113.0,203.0.113.255,Hong Kong\n"),
        ("range", "start,country,end\n203.0.0.0,CN,203.0.255.255\n203.0.113.0,Hong Kong,203.0.113.255\n"),
        ("range", "from,asn,to,cc\n203.0.0.0,1,203.0.255.255,CN\n203.0.113.0,2,203.0.113.255,Hong Kong\n"),
        ("given", "203.0.0.0,203.0.255.255,CN\n203.0.113.0,203.0.113.255,Hong Kong\n"),
        ("given", "203.0.0.0/16,x,CN\n203.0.113.0/24,y,Hong Kong\n"),
        ("given", "203.0.0.0,203.0.255.255,CN\n203.0.113.0/24,y,Hong Kong\n"),
    ] {
        let loader = Source::loader("provider").tolerant();
        let loaded = match form {
            "cidr" => loader.cidr_csv(text.as_bytes()),
            "range" => loader.range_csv(text.as_bytes()),
            _ => loader.code_column(3).range_csv(text.as_bytes()),
        };
        let source = loaded.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(locate(&source, "203.0.113.7"), Location::Unknown, "{text}");
        assert_eq!(locate(&source, "203.0.112.7"), Location::In(region("CN")), "{text}");
    }
}

#[test]
fn a_file_has_its_code_in_one_column() {
    for (first, other) in [
        ("1.0.0.0,1.0.0.255,AS,CN", "203.0.113.0,203.0.113.255,CN,Fujian"),
        ("1.0.0.0,1.0.0.255,CN,Fujian", "203.0.113.0,203.0.113.255,AS,CN"),
        ("1.0.0.0,1.0.0.255,64496,CN", "203.0.113.0,203.0.113.255,AS,CN"),
    ] {
        let message = refusal(Source::from_range_csv("provider", format!("{first}\n{other}\n").as_bytes()));
        assert!(message.starts_with("source `provider`, line 2: the columns 3 and 4 may both be the code"), "{message}");
    }
}

#[test]
fn the_ends_as_numbers_must_be_the_ends_as_text() {
    let row = "\"203.0.113.0\",\"203.0.113.255\",\"3405803776\",\"3405804030\",\"CN\",\"China\"";
    assert!(refusal(Source::from_range_csv("provider", row.as_bytes())).contains("line 1: `number` is `3405803776`: "));
}

#[test]
fn a_header_names_the_columns_and_is_counted() {
    for (file, code) in [
        ("start,end,country\n203.0.113.0,203.0.113.255,CN\n", "CN"),
        ("start_ip,end_ip,country,country_name\n203.0.113.0,203.0.113.255,CN,China\n", "CN"),
        ("ip_from\tip_to\tcountry_name\tcountry_code\n203.0.113.0\t203.0.113.255\tChina\tCN\n", "CN"),
        ("FIRST;LAST;CC\n203.0.113.0;203.0.113.255;HK\n", "HK"),
        ("\u{feff}first,last,code\n203.0.113.0,203.0.113.255,CN\n\u{feff}first,last,code\n", "CN"),
    ] {
        let source = Source::from_range_csv("provider", file.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(ranges(&source), [format!("203.0.113.0 203.0.113.255 {code}")], "{file}");
        assert_eq!(source.load_report().noted().next().unwrap().0, bailiwick::geo::Noted::Header, "{file}");
    }
    // A row that is not of the header's columns, a header after a row, and one without a code.
    for file in [
        "start,end,country\n203.0.113.0,203.0.113.255\n",
        "203.0.113.0,203.0.113.255,CN\nstart,end,country\n",
        "start,end,place\n203.0.113.0,203.0.113.255,CN\n",
        "start,end,country\n203.0.113.0,203.0.113.255,China\n",
    ] {
        refusal(Source::from_range_csv("provider", file.as_bytes()));
    }
    // Without the header the columns are not known, in a tolerant load, too.
    let text = "start,end,place\n203.0.113.0,203.0.113.255,CN\n";
    refusal(Source::loader("provider").tolerant().range_csv(text.as_bytes()));
}

/// The columns of the ends need not stand side by side, and a row of them that is refused hides its own addresses.
#[test]
fn a_refused_row_hides_the_addresses_of_its_columns() {
    let file = "start,country_code,end\n203.0.0.0,CN,203.0.255.255\n203.0.113.0,CHN,203.0.113.255\n";
    let source = Source::loader("provider").tolerant().range_csv(file.as_bytes()).unwrap();
    assert_eq!(source.load_report().refused().len(), 1);
    for (ip, code) in [("203.0.112.255", Some("CN")), ("203.0.113.0", None), ("203.0.113.255", None), ("203.0.114.0", Some("CN"))] {
        let location = code.map_or(bailiwick::Location::Unknown, |code| bailiwick::Location::In(super::region(code)));
        assert_eq!(super::locate(&source, ip), location, "{ip}");
    }
}

#[test]
fn none_is_no_place_in_the_files_of_iptoasn_alone() {
    let tabs = "203.0.113.0\t203.0.113.255\tNone\n";
    assert_eq!(summary(&Source::from_range_csv("iptoasn", tabs.as_bytes()).unwrap())[1], "1 row of `NONE` locates nothing");
    refusal(Source::from_range_csv("provider", tabs.replace('\t', ",").as_bytes()));
}

#[test]
fn a_quote_that_is_not_closed_is_refused() {
    for row in ["\"16777216\",\"16777471\",\"US", "\"16777216\"x,\"16777471\",\"US\"", "1.0.0.0,1.0.0.255,\"U\"S\""] {
        let message = refusal(Source::from_range_csv("provider", row.as_bytes()));
        assert!(message.contains("begins with a quote and does not end with one: close it"), "{message}");
    }
}

#[test]
fn codes_that_geo_files_use_for_no_place_hide_a_wider_row() {
    for code in ["A1", "A2", "O1", "T1", "AP", "EU", "XX", "xx", "-", "??", "a1", "AN", "UK", "", "\"-\"", "\"\"", "ZZ", "XX-AB"] {
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
