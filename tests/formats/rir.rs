//! The registries' statistics.

use bailiwick::geo::Skipped;
use bailiwick::{Location, Source};

use super::{locate, ranges, refusal, region, summary};

/// Made by hand after the files that the registries publish: comments, a version line, summaries, all types and states.
const EXTENDED: &str = "\
# Extended statistics, made by hand
2.3|nro|20200604|13|19821213|20200604|+0000
nro|*|asn|*|2|summary
nro|*|ipv4|*|8|summary
nro|*|ipv6|*|3|summary
apnic|AU|asn|1221|1|19930101|allocated|A91872ED|e-stats
apnic|JP|asn|173|2|20020801|assigned|A91A7381
apnic|CN|ipv4|1.0.1.0|768|20110414|allocated|A92E1062|e-stats
apnic|hk|ipv4|203.0.113.0|100|20110414|assigned|A91A7381
ripencc|EU|ipv4|192.0.2.0|256|19930901|allocated|3f1d
ripencc|EU|ipv4|198.51.100.0|256|19930901|allocated|3f1d
apnic|AP|ipv4|198.18.0.0|131072|20000101|assigned|A9
apnic||ipv4|203.0.114.0|256||available|
arin||ipv4|204.0.0.0|65536||reserved|
iana|ZZ|ipv4|240.0.0.0|268435456|19810901|reserved|ietf|iana
afrinic|ZZ|ipv4|41.0.0.0|256|00000000|allocated|F3
arin|US|ipv6|2600::|12|20061003|allocated|0c4c
apnic|CN|ipv6|2001:db8::|32|20110414|ALLOCATED|A92E1062
iana|ZZ|ipv6|2d00::|8|19990701|ianapool|iana|iana
";

#[test]
fn what_is_allocated_or_assigned_is_located_and_the_rest_counted() {
    let source = Source::from_rir("nro", EXTENDED.as_bytes()).unwrap();
    assert_eq!(
        summary(&source),
        [
            "14 rows read, 4 located",
            "2 rows of `EU` locate nothing",
            "2 rows with the status `reserved` locate nothing",
            "2 rows about autonomous systems ignored",
            "1 row of `AP` locates nothing",
            "1 row of `ZZ` locates nothing",
            "1 row with the status `available` locates nothing",
            "1 row with the status `ianapool` locates nothing",
        ]
    );
    let regions: Vec<String> = ranges(&source).into_iter().filter(|range| !range.ends_with("ZZ")).collect();
    assert_eq!(
        regions,
        [
            "1.0.1.0 1.0.3.255 CN",
            "203.0.113.0 203.0.113.99 HK",
            "2600:: 260f:ffff:ffff:ffff:ffff:ffff:ffff:ffff US",
            "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff CN",
        ]
    );
    assert_eq!(source.len(), 12);
    assert_eq!(source.load_report().skipped().next(), Some((&Skipped::Code("EU".to_owned()), 2)));
}

#[test]
fn an_ipv4_value_is_a_count_that_need_be_no_power_of_two_nor_aligned() {
    for (start, value, last) in [
        ("203.0.113.0", "1", "203.0.113.0"),
        ("203.0.113.7", "3", "203.0.113.9"),
        ("1.0.1.0", "768", "1.0.3.255"),
        ("0.0.0.0", "4294967296", "255.255.255.255"),
        ("255.255.255.255", "1", "255.255.255.255"),
        ("203.0.113.0", "0256", "203.0.113.255"),
    ] {
        let source = Source::from_rir("apnic", format!("apnic|CN|ipv4|{start}|{value}|20110414|allocated").as_bytes()).unwrap();
        assert_eq!(ranges(&source), [format!("{start} {last} CN")]);
    }
}

#[test]
fn reserved_addresses_hide_a_wider_record() {
    let text = "apnic|CN|ipv4|203.0.113.0|256|20110414|allocated\napnic||ipv4|203.0.113.64|32||reserved|\n";
    let source = Source::from_rir("apnic", text.as_bytes()).unwrap();
    assert_eq!(locate(&source, "203.0.113.63"), Location::In(region("CN")));
    assert_eq!(locate(&source, "203.0.113.64"), Location::Unknown);
}

#[test]
fn files_in_a_row_with_crlf_and_without_a_version_line_are_read() {
    let one = "2|apnic|20200604|1|19830613|20200603|+1000\r\napnic|*|ipv4|*|1|summary\r\napnic|AU|ipv4|203.0.113.0|256|20110811|assigned\r\n";
    let other = "lacnic|BR|ipv4|198.51.100.0|256|20110811|allocated\r\n";
    let source = Source::from_rir("all", format!("{one}{}{other}", one.replace("203.0.113.0", "192.0.2.0")).as_bytes()).unwrap();
    assert_eq!(summary(&source), ["3 rows read, 3 located"]);
}

#[test]
fn a_file_with_fewer_records_than_it_says_is_cut_off_in_a_tolerant_load_too() {
    let record = "apnic|CN|ipv4|203.0.113.0|256|20110811|assigned\n";
    let summary = "apnic|*|asn|*|0|summary\napnic|*|ipv4|*|2|summary\n";
    for (declared, summary, found) in [(2, "", 1), (1, summary, 1), (2, summary, 1), (3, summary, 2)] {
        let file = format!("2|apnic|20200604|{declared}|19830613|20200603|+1000\n{summary}{}", record.repeat(found));
        let expected = declared.max(if summary.is_empty() { 0 } else { 2 });
        for load in [Source::loader("apnic"), Source::loader("apnic").tolerant()] {
            let message = refusal(load.rir(file.as_bytes()));
            assert!(message.contains(&format!("cut off: it has {found} of the {expected} records")), "{message}");
        }
        // The first of two files.
        refusal(Source::from_rir("apnic", format!("{file}2|apnic|20200604|1|19830613|20200603|+1000\n{record}").as_bytes()));
        // The second of two, whose own records alone count.
        let whole = format!("2|apnic|20200604|3|19830613|20200603|+1000\n{}", record.repeat(3));
        let message = refusal(Source::from_rir("apnic", format!("{whole}{file}").as_bytes()));
        assert!(message.contains(&format!("cut off: it has {found} of the {expected} records")), "{message}");
    }
    let whole = format!("2|apnic|20200604|2|19830613|20200603|+1000\n{summary}{record}apnic|CN|asn|1|1||assigned\n");
    Source::from_rir("apnic", whole.as_bytes()).unwrap();
}

#[test]
fn the_version_line_dates_the_source_by_the_oldest_of_several() {
    let file = |date: &str| format!("2|apnic|1|1|19830613|{date}|+1000\napnic|CN|ipv4|203.0.113.0|256|20110811|assigned\n");
    let time = |date: &str| Source::from_rir("apnic", file(date).as_bytes()).unwrap().known_as_of();
    let seconds = |seconds| Some(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
    assert_eq!(time("20200604"), seconds(1_591_228_800));
    assert_eq!(time("19700101"), seconds(0));
    assert_eq!(time("20240229"), seconds(1_709_164_800));
    for wrong in ["", "00000000", "20201332", "20230229", "2020-6-4", "2020+6+4", "202006041", "2020060", "19691231", "summer"] {
        assert_eq!(time(wrong), None, "{wrong}");
    }
    let several = file("20200605") + &file("20200604");
    assert_eq!(Source::from_rir("apnic", several.as_bytes()).unwrap().known_as_of(), seconds(1_591_228_800));
    let undated = file("20200605") + &file("");
    assert_eq!(Source::from_rir("apnic", undated.as_bytes()).unwrap().known_as_of(), None);
}

/// The addresses of a record that cannot be read are those of its type, and a wider record does not speak for them.
#[test]
fn a_tolerant_load_takes_the_addresses_of_a_refused_record_by_its_type() {
    let wide = "apnic|CN|ipv4|203.0.0.0|65536||allocated\napnic|CN|ipv4|203.0.0.0|1024||allocated\napnic|CN|ipv6|2001:db8::|32||allocated\n";
    let load = |bad: &str| Source::loader("apnic").tolerant().rir(format!("{wide}{bad}\n").as_bytes());
    for (bad, hidden) in [
        ("apnic|CNN|ipv4|203.0.113.0|256||allocated", "203.0.113.7"),
        ("apnic|CN|IPv4|203.0.113.0|256|", "203.0.113.7"),
        ("apnic|CN|ip|203.0.113.0|256||allocated", "203.0.113.7"),
        ("apnic|CN|ip|2001:db8:1::|48||allocated", "2001:db8:1::7"),
        ("apnic|CN|ipv6|2001:db8:1::7|48||allocated", "2001:db8:1::7"),
        ("apnic|CN|IPV6|2001:db8:1::|48|", "2001:db8:1::7"),
        // Host bits in a line that is refused for another reason.
        ("apnic|CN|ipv6|2001:db8:1::7|48||allocated|x|x|x|x|x", "2001:db8:1::7"),
    ] {
        let source = load(bad).unwrap_or_else(|error| panic!("{bad}: {error}"));
        assert_eq!(locate(&source, hidden), Location::Unknown, "{bad}");
        assert_eq!(locate(&source, "203.0.112.7"), Location::In(region("CN")), "{bad}");
        assert_eq!(locate(&source, "2001:db8:2::7"), Location::In(region("CN")), "{bad}");
    }
    // An autonomous system has no addresses, even one whose number could be one.
    for bad in ["apnic|AU|asn|1221|1|19930101", "apnic|AU|ASN|203.0.113.0|256|19930101"] {
        let source = load(bad).unwrap();
        assert_eq!(locate(&source, "203.0.113.7"), Location::In(region("CN")), "{bad}");
        assert_eq!(source.len(), 3, "{bad}");
    }
    for bad in [
        "apnic|CN|ipv4|2001:db8:1::|48||allocated",
        "apnic|CN|ipv6|203.0.113.0|24||allocated",
        "apnic|CN|ipv4|203.0.113.0|0||allocated",
    ] {
        assert!(refusal(load(bad)).contains("a wider row might speak for addresses of this line"), "{bad}");
    }
}

/// With twelve fields a line is two records, of which one would be lost.
#[test]
fn a_record_has_at_most_11_fields() {
    let record = "apnic|CN|ipv4|203.0.113.0|256|20110414|allocated";
    for more in 0..=6 {
        let read = Source::from_rir("apnic", format!("{record}{}\n", "|x".repeat(more)).as_bytes());
        assert_eq!(read.is_ok(), more <= 4, "{more}");
    }
}

#[test]
fn anything_else_is_refused_with_what_to_write() {
    const COUNT: &str = "write how many addresses there are, at least 1, and up to `255.255.255.255` at most";
    const FIELDS: &str = "and not the 7 of `registry|cc|type|start|value|date|status`";
    for (row, message) in [
        ("apnic|CN|ipv4|203.0.113.0|0|20110414|allocated", format!("`value` is `0`: {COUNT}")),
        ("apnic|CN|ipv4|203.0.113.0|-256|20110414|allocated", format!("`value` is `-256`: {COUNT}")),
        ("apnic|CN|ipv4|203.0.113.0|+256|20110414|allocated", format!("`value` is `+256`: {COUNT}")),
        ("apnic|CN|ipv4|203.0.113.0||20110414|allocated", format!("`value` is ``: {COUNT}")),
        ("apnic|CN|ipv4|255.255.255.0|257|20110414|allocated", format!("`value` is `257`: {COUNT}")),
        ("apnic|CN|ipv4|0.0.0.0|4294967297|20110414|allocated", format!("`value` is `4294967297`: {COUNT}")),
        ("apnic|CN|ipv4|0.0.0.0|99999999999999999999|20110414|allocated", format!("`value` is `99999999999999999999`: {COUNT}")),
        (
            "apnic|CN|ipv4|2001:db8::|256|20110414|allocated",
            "`start` is `2001:db8::`: write an IPv4 address, such as `203.0.113.0`".to_owned(),
        ),
        (
            "apnic|CN|ipv6|203.0.113.0|32|20110414|allocated",
            "`start` is `203.0.113.0`: write an IPv6 address, such as `2001:db8::`".to_owned(),
        ),
        (
            "apnic|CN|ipv6|2001:db8::|129|20110414|allocated",
            "`value` is `129`: write the length of a prefix, from 0 to 128".to_owned(),
        ),
        (
            "apnic|CN|ipv6|2001:db8::|16|20110414|allocated",
            "`start` is `2001:db8::`, which has host bits set: did you mean `2001::/16`?".to_owned(),
        ),
        ("apnic|CHN|ipv4|203.0.113.0|256|20110414|allocated", "`cc` is `CHN`, which is not a code: did you mean `CN`?".to_owned()),
        (
            "apnic|CN|ipv4|203.0.113.0|256|20110414|allocatedapnic",
            "`status` is `allocatedapnic`: write `allocated`, `assigned`, `available` or `reserved`".to_owned(),
        ),
        (
            "apnic|CN|ipv4|203.0.113.0|256||allocated|apnic|HK|ipv4|203.0.113.64|64||allocated",
            format!("the line has 14 fields, {FIELDS}"),
        ),
        ("apnic|CN|ip|203.0.113.0|256|20110414|allocated", "`type` is `ip`: write `ipv4`, `ipv6` or `asn`".to_owned()),
        ("apnic|CN|ipv4|203.0.113.0|256|20110414", format!("the line has 6 fields, {FIELDS}")),
        ("203.0.113.0,203.0.113.255,CN", format!("the line has 1 field, {FIELDS}")),
        ("apnic", format!("the line has 1 field, {FIELDS}")),
        ("apnic,CN,ipv4,203.0.113.0,256,20110414,allocated", format!("the line has 1 field, {FIELDS}")),
    ] {
        let file = format!("# comment\n{row}\n");
        assert_eq!(refusal(Source::from_rir("apnic", file.as_bytes())), format!("source `apnic`, line 2: {message}"));
    }
}
