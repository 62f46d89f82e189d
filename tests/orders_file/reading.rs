//! What errors of reading tell programs, and what hostile files cannot do.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::{Docket, ReadError};
use proptest::prelude::*;

use super::read;

/// What of an order is wrong, in both formats: the line, the column, the field, the value and the suggestion.
type Case = (&'static str, &'static str, usize, usize, &'static str, Option<&'static str>, Option<&'static str>);

const CASES: &[Case] = &[
    ("regions = ['UK']", r#""regions": ["UK"]"#, 12, 13, "regions", Some("UK"), Some("GB")),
    ("metings = ['a']", r#""metings": ["a"]"#, 1, 1, "metings", Some("metings"), Some("meetings")),
    ("demands = ['suspendhost']", r#""demands": ["suspendhost"]"#, 12, 13, "demands", Some("suspendhost"), Some("suspend-host")),
    ("exempt = ['10.0.0.1/8']", r#""exempt": ["10.0.0.1/8"]"#, 11, 12, "exempt", Some("10.0.0.1/8"), Some("10.0.0.0/8")),
    ("authority = 5", r#""authority": 5"#, 13, 14, "authority", Some("5"), None),
    ("meetings = 'a'", r#""meetings": "a""#, 12, 13, "meetings", Some("a"), None),
    ("notice = { en = [] }", r#""notice": {"en": []}"#, 17, 18, "notice", None, None),
    ("wildcard = true", r#""wildcard": true"#, 1, 1, "wildcard", Some("wildcard"), None),
];

/// The second order of two, with a line of its own for a field.
fn dockets(toml: &str, json: &str) -> [(String, &'static str); 2] {
    let required = "issuer = 'CN'\nstatus = 'in-force'\n";
    let toml = format!("[[orders]]\nid = 'good'\n{required}[[orders]]\nid = 'bad'\n{toml}\n{required}");
    let required = r#""issuer": "CN", "status": "in-force""#;
    let json = format!("{{\"orders\": [\n\n{{\"id\": \"good\", {required}}},\n\n\n{{\"id\": \"bad\",\n{json},\n{required}}}]}}\n");
    [(toml, "orders.toml"), (json, "orders.json")]
}

/// What an error says where it is, and what it is about.
fn told(error: &ReadError) -> ((usize, usize), [Option<&str>; 4]) {
    ((error.line(), error.column()), [error.order(), error.field(), error.value(), error.suggestion()])
}

#[test]
fn an_error_tells_line_column_order_field_value_and_suggestion() {
    for &(toml, json, in_toml, in_json, field, value, suggestion) in CASES {
        for ((text, file), column) in dockets(toml, json).into_iter().zip([in_toml, in_json]) {
            let error = read(file, &text).expect_err(&text);
            assert_eq!(told(&error), ((7, column), [Some("bad"), Some(field), value, suggestion]), "{text}");
            assert_eq!((error.order_number(), error.group()), (Some(2), None), "{text}");
            let shown = error.to_string();
            assert!(shown.starts_with(&format!("line 7, column {column}: order `bad`")), "{shown}");
            assert!(shown.contains(error.message()) && !shown.contains('\n'), "{shown}");
        }
    }
}

#[test]
fn what_is_read_is_what_serde_reads() {
    for (toml, json, ..) in CASES {
        let [(toml, _), (json, _)] = dockets(toml, json);
        assert!(toml::from_str::<Docket>(&toml).is_err() && serde_json::from_str::<Docket>(&json).is_err());
    }
    let [(toml, _), (json, _)] = dockets("regions = ['CN-GD']", r#""regions": ["CN-GD"]"#);
    let docket = Docket::from_toml(&toml).unwrap();
    assert_eq!(docket, toml::from_str(&toml).unwrap());
    assert_eq!(docket, Docket::from_json(&json).unwrap());
    assert_eq!(docket, serde_json::from_str(&json).unwrap());
    assert_eq!(toml::to_string(&docket).unwrap(), toml::to_string(&toml::from_str::<Docket>(&toml).unwrap()).unwrap());
}

#[test]
fn colour_is_an_escape_that_is_taken_away_again() {
    for (text, file) in dockets("regions = ['UK']", r#""regions": ["UK"]"#) {
        let error = read(file, &text).unwrap_err();
        let (plain, coloured) = (error.render(file, false), error.render(file, true));
        assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}["));
        let mut without = String::new();
        for part in coloured.split('\u{1b}') {
            without += part.split_once('m').filter(|(code, _)| code.starts_with('[')).map_or(part, |(_, text)| text);
        }
        assert_eq!(without, plain);
    }
}

#[test]
fn a_name_of_a_file_forges_nothing() {
    let error = Docket::from_toml("order = 1").unwrap_err();
    let shown = error.render("a\n\u{1b}[31m\u{202e}.toml:9:9", false);
    assert_eq!(shown.lines().nth(1), Some(" --> a\\u{a}\\u{1b}[31m\\u{202e}.toml:9:9:1:1"));
}

#[test]
fn the_deepest_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{a=", "}")] {
        for times in [100, 1_000, 100_000] {
            let (opened, closed) = (open.repeat(times), close.repeat(times));
            for value in [opened.clone(), format!("{opened}0{closed}")] {
                for field in ["id", "meetings", "notice", "unknown"] {
                    let json = format!("{{\"orders\": [{{\"{field}\": {value}}}], \"jurisdictions\": {value}}}");
                    is_shown_on_few_lines(&Docket::from_json(&json).unwrap_err());
                    let toml = format!("[[orders]]\n{field} = {value}\n");
                    is_shown_on_few_lines(&Docket::from_toml(&toml).unwrap_err());
                }
            }
        }
    }
}

fn is_shown_on_few_lines(error: &ReadError) {
    for color in [false, true] {
        let shown = error.render("orders", color);
        assert!(shown.lines().count() <= 8 && shown.len() < 20_000, "{shown}");
        assert!(!shown.replace(['\n', '\u{1b}'], "").contains(char::is_control), "{shown:?}");
    }
    assert!(!error.to_string().contains(char::is_control), "{error}");
}

#[test]
fn time_grows_with_the_file_and_not_with_its_square() {
    let mut names = String::new();
    (0..200_000).for_each(|n| write!(names, "\"meeting-{n}\", ").unwrap());
    let begun = Instant::now();
    for (text, file) in dockets(&format!("meetings = [{names}5]"), &format!("\"meetings\": [{names}5]")) {
        let error = read(file, &text).unwrap_err();
        assert_eq!((error.line(), error.field(), error.value()), (7, Some("meetings"), Some("5")));
        is_shown_on_few_lines(&error);
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn a_file_with_a_few_changes_is_read_or_refused_on_few_lines(
        json in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[\\PC\n\t\"'\\[\\]{}=,:]{0,4}"), 1..6),
    ) {
        let [toml, in_json] = dockets("notice = { en = 'é', zh = '粤' }", r#""notice": {"en": "é", "zh": "粤"}"#);
        let (mut text, file) = if json { in_json } else { toml };
        for (at, length, put) in changes {
            let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = *at.get(&borders);
            let to = borders.iter().copied().filter(|&to| to >= from).nth(length.index(4)).unwrap_or(text.len());
            text.replace_range(from..to, &put);
        }
        match read(file, &text) {
            Err(error) => is_shown_on_few_lines(&error),
            Ok(docket) if json => prop_assert_eq!(docket, serde_json::from_str(&text).unwrap()),
            Ok(docket) => prop_assert_eq!(docket, toml::from_str(&text).unwrap()),
        }
    }
}

/// The rendering that the page on orders files shows is what this order gives.
#[test]
fn the_readme_shows_what_is_shown() {
    let comments = "#\n".repeat(7);
    let text = format!(
        "{comments}[[orders]]\nid = \"gb-2026-17\"\nissuer = \"GB\"\nstatus = \"in-force\"\nregions = [\"GB-ENG\", \"UK\"]\n"
    );
    let shown = Docket::from_toml(&text).unwrap_err().render("orders.toml", false);
    assert!(include_str!("../../docs/orders-file.md").contains(&format!("```text\n{shown}\n```")), "{shown}");
}
