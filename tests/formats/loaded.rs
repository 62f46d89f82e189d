//! Load reports.

use bailiwick::Source;
use bailiwick::geo::Skipped;

use super::{region, summary};

#[test]
fn a_source_filled_in_code_was_not_loaded() {
    let mut source = Source::new("code");
    source.insert("203.0.113.0/24".parse().unwrap(), region("CN"));
    assert_eq!(summary(&source), ["0 rows read, 0 located"]);
    assert_eq!(source.load_report(), &bailiwick::geo::LoadReport::default());
}

#[test]
fn numbers_are_shown_with_commas_and_the_most_frequent_reason_first() {
    let mut file = String::from("1.0.0.0,1.0.0.255,AP\n");
    (0..1204).for_each(|_| file.push_str("2.0.0.0,2.0.0.255,eu\n"));
    (0..1_000_007).for_each(|_| file.push_str("3.0.0.0,3.0.0.255,US\n"));
    let source = Source::from_range_csv("provider", file.as_bytes()).unwrap();
    assert_eq!(
        summary(&source),
        ["1,001,212 rows read, 1,000,007 located", "1,204 rows of `EU` locate nothing", "1 row of `AP` locates nothing"]
    );
}

#[test]
fn rows_are_those_that_are_located_and_those_that_are_skipped() {
    let file = "1.0.0.0,1.0.0.255,US\n2.0.0.0,2.0.0.255,EU\nbad\n3.0.0.0,3.0.0.255,\n# comment\n\n4.0.0.0,4.0.0.255,CN\n";
    let source = Source::loader("provider").tolerant().range_csv(file.as_bytes()).unwrap();
    let skipped: u64 = source.load_report().skipped().map(|(_, count)| count).sum();
    assert_eq!((source.load_report().rows(), source.load_report().located(), skipped), (5, 2, 3));
}

#[test]
fn the_report_on_several_files_adds_up() {
    let load = |file: &str| Source::loader("provider").tolerant().range_csv(file.as_bytes()).unwrap();
    let first = load("start,end,country\n1.0.0.0,1.0.0.255,US\n2.0.0.0,2.0.0.255,EU\n2.0.1.0,2.0.1.255,EU\n");
    let second =
        load("start,end,country\n3.0.0.0,3.0.0.255,EU\n4.0.0.0,4.0.0.255,EU\n5.0.0.0,5.0.0.255,EU\nbad\n6.0.0.0,6.0.0.255,CN\n");
    let joined = Source::joined("both", [first, second]);
    assert_eq!(
        summary(&joined)[..4],
        ["8 rows read, 2 located", "5 rows of `EU` locate nothing", "1 row refused", "2 header lines passed over"]
    );
}

#[test]
fn ten_refused_lines_are_kept_and_all_are_counted() {
    let file = "bad\n".repeat(25) + "203.0.113.0/24\n";
    let source = Source::loader("provider").tolerant().zone(region("CN"), file.as_bytes()).unwrap();
    assert_eq!(source.load_report().skipped().collect::<Vec<_>>(), [(&Skipped::Refused, 25)]);
    let lines: Vec<u64> = source.load_report().refused().iter().map(|refused| refused.line).collect();
    assert_eq!(lines, Vec::from_iter(1..=10));
    assert_eq!(source.load_report().to_string().lines().count(), 12);
}

/// Files that are joined into one source are reported as the file of all their lines is.
#[test]
fn the_reports_of_joined_files_are_added() {
    let header = "start,end,country\n";
    let one = "1.0.0.0,1.0.0.255,US\n2.0.0.0,2.0.0.255,EU\nbad\n3.0.0.0,3.0.0.255,\n";
    let other = "4.0.0.0,4.0.0.255,EU\n5.0.0.0,5.0.0.255,EU\nworse\n6.0.0.0,6.0.0.255,CN\n7.0.0.0,7.0.0.255,CN\n";
    let load = |text: &str| Source::loader("x").tolerant().range_csv(text.as_bytes()).unwrap();
    let joined = Source::joined("x", [load(&format!("{header}{one}")), load(&format!("{header}{other}{other}"))]);
    assert_eq!(
        summary(&joined)[..6],
        [
            "14 rows read, 5 located",
            "5 rows of `EU` locate nothing",
            "3 rows refused",
            "1 row without a code locates nothing",
            "2 header lines passed over",
            "line 4: the line has 1 field, and the header names 3: is the file complete?"
        ]
    );
    let whole = load(&format!("{header}{one}{header}{other}{other}"));
    let counts =
        |source: &Source| -> Vec<String> { summary(source).into_iter().filter(|line| !line.starts_with("line ")).collect() };
    assert_eq!(counts(&joined), counts(&whole));
    // Ten refused lines of all files are kept.
    let many = load(&format!("1.0.0.0,1.0.0.255,US\n{}", "bad\n".repeat(7)));
    let joined = Source::joined("x", [many.clone(), many.clone(), many]);
    let lines: Vec<u64> = joined.load_report().refused().iter().map(|refused| refused.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 2, 3, 4]);
    assert_eq!(joined.load_report().skipped().collect::<Vec<_>>(), [(&Skipped::Refused, 21)]);
}

#[test]
fn codes_beyond_the_first_64_are_counted_together() {
    let pairs = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
    let codes: Vec<String> = pairs.filter(|code| code.parse::<bailiwick::Region>().is_err()).collect();
    let file: String = codes.iter().map(|code| format!("1.0.0.0,1.0.0.255,{code}\n")).collect();
    let source = Source::from_range_csv("provider", file.as_bytes()).unwrap();
    assert_eq!(source.load_report().skipped().count(), 65);
    let others = codes.len() as u64 - 64;
    assert_eq!(source.load_report().skipped().next(), Some((&Skipped::OtherCode, others)));
    assert_eq!(summary(&source)[1], format!("{others} rows of other codes locate nothing"));
}

/// The bound is on texts of the file. Each other reason is told, however many codes there are, and so is a code among the first.
#[test]
fn reasons_beyond_the_first_64_codes_are_told() {
    let pairs = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
    let codes: Vec<String> = pairs.filter(|code| code.parse::<bailiwick::Region>().is_err()).take(70).collect();
    let rows: String = codes.iter().map(|code| format!("1.0.0.0/24,{code},0\n")).collect();
    let file =
        format!("network,country_code,is_anycast\n{rows}1.0.1.0/24,CN,1\n1.0.2.0/24,{},0\n1.0.3.0/24,{},0\n", codes[0], codes[69]);
    let source = Source::from_cidr_csv("provider", file.as_bytes()).unwrap();
    let count = |reason: &Skipped| source.load_report().skipped().find(|(of, _)| *of == reason).map(|(_, count)| count);
    assert_eq!(count(&Skipped::Anycast), Some(1));
    assert_eq!(count(&Skipped::Code(codes[0].clone())), Some(2));
    assert_eq!(count(&Skipped::OtherCode), Some(7));
}

#[test]
fn several_headers_are_counted_as_lines() {
    let file = "start,end,country\n1.0.0.0,1.0.0.255,AU\n";
    for (times, text) in [(1, "1 header line passed over"), (2, "2 header lines passed over")] {
        let source = Source::from_range_csv("provider", file.repeat(times).as_bytes()).unwrap();
        assert!(summary(&source).contains(&text.to_owned()), "{:?}", summary(&source));
    }
}

/// Behind the bound, known codes are counted as before, and so are reasons other than a code.
#[test]
fn beyond_64_codes_only_new_codes_are_counted_together() {
    let pairs = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
    let codes: Vec<String> = pairs.filter(|code| code.parse::<bailiwick::Region>().is_err()).take(65).collect();
    let row = |code: &str| format!("1.0.0.0,1.0.0.255,{code}\n");
    let file: String = codes.iter().chain([&codes[0], &codes[64]]).map(|code| row(code)).collect();
    let source = Source::from_range_csv("provider", (file + &row("") + &row("US")).as_bytes()).unwrap();
    let counted = |reason: &Skipped| source.load_report().skipped().find(|&(skipped, _)| skipped == reason).map(|(_, rows)| rows);
    assert_eq!(counted(&Skipped::Code(codes[0].clone())), Some(2));
    assert_eq!(counted(&Skipped::Code(codes[63].clone())), Some(1));
    assert_eq!(counted(&Skipped::Code(codes[64].clone())), None);
    assert_eq!(counted(&Skipped::OtherCode), Some(2));
    assert_eq!(counted(&Skipped::NoCode), Some(1));
    assert_eq!((source.load_report().rows(), source.load_report().located()), (69, 1));
}

#[test]
fn a_code_from_a_file_begins_no_line_of_its_own() {
    let file = "1.0.0.0,1.0.0.255,\u{1b}[31m\u{202e}x\n";
    let message = super::refusal(Source::from_range_csv("provider", file.as_bytes()));
    assert!(message.contains("`code` is `\\u{1b}[31m\\u{202e}x`, which is not a code"), "{message}");
}
