//! Errors of reading, as data for programs, and hostile files.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::order::ReadDefect;
use bailiwick::{Docket, ReadError};
use proptest::prelude::*;

use super::read;

/// A wrong order in both formats, with the line, column, field, value and suggestion of its error.
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

/// The position of an error, and its subject.
fn told(error: &ReadError) -> ((usize, usize), [Option<&str>; 4]) {
    ((error.line(), error.column()), [error.order(), error.field(), error.value(), error.suggestion()])
}

/// A tool that writes `null` for what somebody cleared must not make an order last for ever, or begin at once.
#[test]
fn null_is_no_value_of_any_field() {
    for field in [
        "received",
        "effective",
        "expires",
        "regions",
        "networks",
        "exempt",
        "meetings",
        "accounts",
        "demands",
        "authority",
        "legal_basis",
        "reference",
        "evidence",
        "approved_by",
        "notice",
    ] {
        let text = format!("{{\"orders\":[{{\"id\":\"a\",\"issuer\":\"CN\",\"status\":\"in-force\",\"{field}\":null}}]}}");
        let error = Docket::from_json(&text).expect_err(field);
        assert_eq!((error.field(), error.value()), (Some(field), Some("null")), "{error}");
        assert!(error.message().starts_with("`null` is no value: write "), "{error}");
        assert!(error.message().ends_with(", or leave the key out where it may be absent"), "{error}");
        assert!(serde_json::from_str::<Docket>(&text).is_err(), "{field}");
        // The hint.
        assert!(Docket::from_json(&text.replace(&format!(",\"{field}\":null"), "")).is_ok(), "{field}");
    }
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
    error.errors().iter().for_each(each_is_shown_on_few_lines);
}

fn each_is_shown_on_few_lines(error: &ReadDefect) {
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
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = *at.get(&boundaries);
            let to = boundaries.iter().copied().filter(|&to| to >= from).nth(length.index(4)).unwrap_or(text.len());
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

/// Errors of two orders and a group, in both formats: the lines and the fields.
#[test]
fn all_errors_are_told_at_once_in_the_sequence_of_the_text() {
    let toml = "\
[jurisdictions]
EU = ['AT', 'UK']

[[orders]]
id = 'a'
issuer = 'CN'
status = 'in force'
regions = ['CN', 'YY', 'UK,GB-ENG']
effective = '2020-06-03'
metings = ['m']

[[orders]]
id = 5
networks = []
exempt = ['10.0.0.1/8', '10.0.0.0/8', 'x']
";
    let json = "{\"jurisdictions\": {\n\"EU\": [\"AT\", \"UK\"]},\n\"orders\": [\n{\"id\": \"a\",\n\"issuer\": \"CN\",\n\
                \"status\": \"in force\",\n\"regions\": [\"CN\", \"YY\", \"UK,GB-ENG\"],\n\"effective\": \"2020-06-03\",\n\
                \"metings\": [\"m\"]},\n{\"id\": 5,\n\"networks\": [],\n\"exempt\": [\"10.0.0.1/8\", \"10.0.0.0/8\", \"x\"]}]}";
    let expected = |lines: [usize; 11]| {
        let fields = [
            "jurisdictions",
            "status",
            "regions",
            "regions",
            "effective",
            "metings",
            "issuer",
            "status",
            "id",
            "networks",
            "exempt",
        ];
        lines.into_iter().zip(fields).map(|(line, field)| (line, field.to_owned())).collect::<Vec<_>>()
    };
    for (file, text, lines) in [
        ("orders.toml", toml, [2, 7, 8, 8, 9, 10, 12, 12, 13, 14, 15]),
        ("orders.json", json, [2, 6, 7, 7, 8, 9, 10, 10, 10, 11, 12]),
    ] {
        let error = read(file, text).unwrap_err();
        let told: Vec<_> = error.errors().iter().map(|e| (e.line(), e.field().unwrap_or_default().to_owned())).collect();
        let mut expected = expected(lines);
        expected.push((lines[10], "exempt".to_owned()));
        assert_eq!(told, expected, "{error}");
        assert_eq!((error.line(), error.group(), error.suggestion()), (2, Some("EU"), Some("GB")));
        assert_eq!(
            error.errors()[3].message(),
            "`UK,GB-ENG` is several codes in one text: write each as a text of its own: `GB`, `GB-ENG`"
        );
        assert_eq!(error.render(file, false).matches("error: ").count(), 12);
        assert!(error.to_string().starts_with("12 errors in the file\n  line 2, column "), "{error}");
    }
}

/// In TOML, a date without quotes is none of the values of an order, and the message says what belongs there.
#[test]
fn a_date_where_another_value_belongs_is_told_as_one() {
    let order = "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nstatus = \"in-force\"\n";
    for (field, said) in [
        ("meetings", "a date where another value belongs: write a list of strings, such as [\"june-4-vigil\"]"),
        ("networks", "a date where another value belongs: write a list of networks, such as [\"203.0.113.0/24\"]"),
        ("notice", "a date where another value belongs: write a table, such as { en = \"…\" }"),
        ("effective", "a date or time without quotes: write a string, such as \"2020-06-03T00:00:00Z\""),
    ] {
        let error = Docket::from_toml(&format!("{order}{field} = 2020-06-03\n")).unwrap_err();
        assert_eq!((error.line(), error.order(), error.field()), (5, Some("cn-1"), Some(field)));
        assert!(error.errors()[0].to_string().contains(said), "{error}");
    }
}

/// An error is put to an order, a group or a case when it stands in one, and to nothing else.
#[test]
fn errors_beside_orders_and_groups_are_of_no_order_and_no_group() {
    let order = "[[orders]]\nissuer = \"CN\"\nmeetings = [\"m\"]\nstatus = \"in force\"\n";
    let error = Docket::from_toml(order).unwrap_err();
    let told: Vec<_> = error.errors().iter().map(|error| (error.order(), error.order_number())).collect();
    assert_eq!(told, [(None, Some(1)); 2], "the id is missing, and the status is none");
    for (text, field) in [("fenced = [\"X\"]\n", Some("fenced")), ("[end]\norders = 0\nmore = 1\n", Some("end"))] {
        let error = Docket::from_toml(text).unwrap_err();
        assert_eq!((error.field(), error.order(), error.order_number()), (field, None, None), "{error}");
        let text = error.to_string();
        assert!(!text.contains("case number") && !text.contains("group "), "{text}");
    }
    let error = Docket::from_toml("[jurisdictions]\nEAST = [\"X\"]\n").unwrap_err().to_string();
    assert!(error.contains("group `EAST`"), "{error}");
}

#[test]
fn nothing_is_read_behind_an_error_of_syntax() {
    let toml = "[[orders]]\nid = 'a'\nissuer = 'CN'\nstatus = 'in force'\n[[orders]]\nid = 'b'\nregions = ['UK']\nnote = 'x\n[[orders]]\nid = 5\n";
    let json = "{\"orders\": [{\"id\": \"a\", \"issuer\": \"CN\",\n\"status\": \"in force\"},\n{\"id\": \"b\", \"regions\": [\"UK\"],\n,\n\"id\": 5}]}";
    for (file, text, lines) in [("orders.toml", toml, [4, 7, 8]), ("orders.json", json, [2, 3, 4])] {
        let error = read(file, text).unwrap_err();
        assert_eq!(error.errors().iter().map(bailiwick::order::ReadDefect::line).collect::<Vec<_>>(), lines, "{error}");
        assert!(error.errors()[..2].iter().all(|error| error.suggestion().is_some()), "{error}");
    }
    let again =
        ["orders = \nfenced = []\nfenced = []\n", "fenced = []\nfenced\n", "fenced = []\nfenced", "[end]\norders = 0\n[end"];
    for text in again {
        let error = Docket::from_toml(text).unwrap_err();
        assert_eq!(error.errors().len(), 1, "nor are keys compared: {error}");
    }
    // The parser takes the key of the next line into the header.
    for text in ["fenced = []\n[end\norders = 0\n", "[end\norders = 0\n", "fenced = [\n{ = 'CN' }\n]\n"] {
        let error = Docket::from_toml(text).unwrap_err();
        assert_eq!(error.errors().len(), 1, "nor what begins with the line of the error: {error}");
    }
    for text in ["{\"fenced\":[],\"fenced\"", "{\"fenced\":[],\"fenced"] {
        assert_eq!(Docket::from_json(text).unwrap_err().errors().len(), 1, "{text}");
    }
}

/// Each error takes memory, and a hostile file has one for every two bytes.
#[test]
fn a_hundred_thousand_errors_are_told_and_no_more() {
    for count in [99_999, 100_001] {
        let error = Docket::from_json(&format!("{{\"fenced\":[{}]}}", vec!["1"; count].join(","))).unwrap_err();
        assert_eq!(error.errors().len(), count.min(100_000));
    }
    // A key that is given again and again, and an error of syntax behind it, which is told in any case.
    let error = Docket::from_json(&format!("{{{}", vec!["\"fenced\":[]"; 100_002].join(","))).unwrap_err();
    assert_eq!(error.errors().len(), 100_000);
    assert!(error.errors()[99_999].message().starts_with("EOF"), "{}", error.errors()[99_999]);
}

/// A value is read when it ends before the error, and an order is whole when the next one has begun.
#[test]
fn what_stands_before_an_error_of_syntax_is_read() {
    let fields = |text: &str| -> Vec<String> {
        let error = Docket::from_json(text).unwrap_err();
        error.errors().iter().map(|error| format!("{} {}", error.field().unwrap_or("-"), error.message())).collect()
    };
    let told = fields("{\"fenced\":[\"X\"}");
    assert!(told.len() == 2 && told[0].starts_with("fenced `X` is not a region code"), "{told:?}");
    let told = fields("{\"orders\":[{\"id\":\"a\"},{\"id\"");
    assert!(told.len() == 3 && told[..2] == ["issuer missing field `issuer`", "status missing field `status`"], "{told:?}");
    for text in ["{\"orders\":[{\"id\":\"a\"", "{\"orders\":[{\"id\":\"a\"},]}"] {
        let told = fields(text);
        assert_eq!(told.len(), 1, "no other order has begun: {told:?}");
    }
}

/// An error of syntax is told with the value that it is in or directly behind, and a line feed ends a value of TOML.
#[test]
fn an_error_of_syntax_is_told_with_the_value_at_it() {
    let told = |file: &str, text: &str| -> Vec<(usize, Option<String>)> {
        let error = read(file, text).unwrap_err();
        error.errors().iter().map(|error| (error.line(), error.field().map(str::to_owned))).collect()
    };
    let of = |line: usize, field: &str| (line, Some(field.to_owned()));
    assert_eq!(told("orders.json", "{\"orders\":[{\"id\":\"a\"]}"), [of(1, "id")]);
    assert_eq!(told("orders.json", "{\"orders\":[{\"id\":\"a\" ]}"), [(1, None)]);
    assert_eq!(told("orders.toml", "fenced = [\n'GB',\n= 1\n"), [of(3, "fenced")]);
    assert_eq!(told("orders.toml", "fenced = ['GB']\n= 1\n").last(), Some(&(2, None)));
    // The value ends with its line, directly before that of the error.
    let text = "[[orders]]\nid = 'a'\nstatus = 'in force'\nissuer = 'x\n";
    assert_eq!(told("orders.toml", text), [of(3, "status"), of(4, "issuer")]);
}

/// Orders of several files become one docket, each once and in sequence.
#[test]
fn orders_that_are_added_stand_behind_those_that_are_there() {
    let orders = |ids: &[&str]| ids.iter().map(|id| bailiwick::Order::new(*id, "CN")).collect::<Vec<_>>();
    let mut docket = Docket::from_iter(orders(&["a", "b"]));
    docket.jurisdictions.insert("EAST".to_owned(), vec!["US".parse().unwrap()]);
    docket.extend(orders(&["c"]));
    docket.extend([]);
    assert_eq!(docket.orders, orders(&["a", "b", "c"]));
    assert_eq!(docket.jurisdictions.len(), 1);
}

#[test]
fn a_list_that_narrows_is_never_written_empty() {
    for field in ["regions", "networks"] {
        for (text, file) in dockets(&format!("{field} = []"), &format!("\"{field}\": []")) {
            let error = read(file, &text).unwrap_err();
            assert_eq!((error.errors().len(), error.line(), error.field()), (1, 7, Some(field)));
            assert!(error.message().ends_with("or leave the key out for all of the issuer's jurisdiction"), "{error}");
            let by_serde = if file.ends_with("json") {
                serde_json::from_str::<Docket>(&text).is_err()
            } else {
                toml::from_str::<Docket>(&text).is_err()
            };
            assert!(by_serde, "{text}");
        }
    }
    for field in ["accounts", "exempt", "evidence", "approved_by", "demands"] {
        for (text, file) in dockets(&format!("{field} = []"), &format!("\"{field}\": []")) {
            read(file, &text).unwrap();
        }
    }
    let docket = Docket::from_iter([bailiwick::Order::new("a", "CN")]);
    assert!(!serde_json::to_string(&docket).unwrap().contains("[]"), "empty lists are left out");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    for (text, file) in dockets("regions = ['UK']", r#""regions": ["UK"]"#) {
        let marked = format!("\u{feff}{text}");
        assert_eq!(read(file, &marked).unwrap_err(), read(file, &text).unwrap_err());
    }
    assert_eq!(Docket::from_json("\u{feff}{}").unwrap(), Docket::default());
}

#[test]
fn a_text_that_would_fill_the_memory_is_refused_before_it_is_parsed() {
    let text = "#".repeat(bailiwick::order::MAX_FILE + 2);
    assert_eq!(read("orders.toml", &text[2..]), Ok(Docket::default()));
    for (file, text) in [("orders.toml", &text[1..]), ("orders.json", &text[1..]), ("orders.toml", &text)] {
        let error = read(file, text).unwrap_err();
        assert_eq!(error.message(), "the text has 65 MiB, and at most 64 MiB are read: take out orders that ended long ago");
    }
}

#[test]
fn words_are_read_from_text_with_a_suggestion() {
    use bailiwick::{Demand, Status};
    assert_eq!("under-review".parse(), Ok(Status::UnderReview));
    assert_eq!("suspend-host".parse(), Ok(Demand::SuspendHost));
    let error = "In Force".parse::<Status>().unwrap_err();
    assert_eq!(
        (error.suggestion(), error.to_string().as_str()),
        (Some("in-force"), "`In Force` is not a status: did you mean `in-force`?")
    );
    assert!("".parse::<Demand>().unwrap_err().to_string().contains("write one of `terminate-meeting`"));
    // No word is as long as a text that is compared with none.
    let suggested = |text: String| text.parse::<Status>().unwrap_err().suggestion().map(str::to_owned);
    assert_eq!(suggested(format!("{:<64}", "under-review")).as_deref(), Some("under-review"));
    assert_eq!(suggested(format!("{:<65}", "under-review")), None);
    let error = serde_json::from_str::<Status>("5").unwrap_err().to_string();
    assert!(error.contains("expected a status as a word"), "{error}");
}

/// A docket is put into logs. The text that it was read from is not.
#[test]
fn a_docket_is_shown_without_the_text_that_it_was_read_from() {
    let text = "# a remark\n[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nmeetings = [\"m\"]\nstatus = \"received\"\n";
    let shown = format!("{:?}", Docket::from_toml(text).unwrap());
    assert!(!shown.contains("a remark") && shown.contains(&format!("Origin({})", text.len())), "{shown}");
}
