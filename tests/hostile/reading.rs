//! Dockets that must not be read. Reading stops at the first error, and names its line.

use bailiwick::{Docket, Region, Status};

use super::{is_one_plain_line, region};

/// Dockets of which the shape is wrong, as TOML and as JSON, each with the line of the error in both, and what both say.
const SHAPES: &[(&str, usize, &str, usize, &str)] = &[
    ("\norder = []", 2, "\n{\"order\": []}", 2, "unknown key `order`: did you mean `orders`?"),
    ("[[order]]\nid = \"a\"", 1, "{\n\"order\": [{\"id\": \"a\"}]}", 2, "unknown key `order`: did you mean `orders`?"),
    ("orders = \"all\"", 1, "{\"orders\":\n\"all\"}", 2, "invalid type: string \"all\", expected a sequence"),
    ("[orders]\nid = \"a\"", 1, "{\"orders\":\n{\"id\": \"a\"}}", 2, "invalid type: map, expected a sequence"),
    (
        "orders = [1]",
        1,
        "{\"orders\":\n[1]}",
        2,
        "invalid type: integer `1`, expected an order: a table with `id`, `issuer` and `status`",
    ),
    (
        "jurisdictions = [\"EU\"]",
        1,
        "{\"jurisdictions\":\n[\"EU\"]}",
        2,
        "invalid type: sequence, expected a table, such as { key = … }",
    ),
    (
        "[jurisdictions]\nEU = \"AT\"",
        2,
        "{\"jurisdictions\": {\n\"EU\": \"AT\"}}",
        2,
        "invalid type: string \"AT\", expected a sequence",
    ),
    (
        "[jurisdictions]\nEU = []\nA = [\"EU\"]",
        3,
        "{\"jurisdictions\":\n{\"A\":\n[\"EU\"]}}",
        3,
        "`EU` stands for several countries: ",
    ),
    (
        "[jurisdictions]\nA = [\"AT\"]\nB = [\"A\"]",
        3,
        "{\"jurisdictions\":\n{\"A\": [\"AT\"],\n\"B\": [\"A\"]}}",
        3,
        "`A` is not a region code: ",
    ),
    ("\nfenced = \"CN\"", 2, "{\"fenced\":\n\"CN\"}", 2, "invalid type: string \"CN\", expected a sequence"),
    ("fenced = [\"CN\",\n\"EU\"]", 2, "{\"fenced\": [\"CN\",\n\"EU\"]}", 2, "`EU` stands for several countries: "),
    ("\nfence = [\"CN\"]", 2, "\n{\"fence\": [\"CN\"]}", 2, "unknown key `fence`: did you mean `fenced`?"),
];

/// A docket of two orders in each format. The second one has `field`, on the same line in both.
pub(super) fn with_field(field: &str, toml: &str, json: &str) -> (String, String, usize) {
    let required = [("id", "\"bad\""), ("issuer", "\"CN\""), ("status", "\"in-force\"")];
    let mut fields: Vec<(&str, &str, &str)> = required.map(|(name, value)| (name, value, value)).to_vec();
    fields.retain(|&(name, ..)| name != field);
    fields.push((field, toml, json));
    let mut toml = "[[orders]]\nid = \"good\"\nissuer = \"CN\"\nstatus = \"in-force\"\n\n[[orders]]".to_owned();
    let mut json = "{\"orders\":\n[{\n\"id\": \"good\",\n\"issuer\": \"CN\",\n\"status\": \"in-force\"\n}, {".to_owned();
    for (at, (name, in_toml, in_json)) in fields.iter().enumerate() {
        toml += &format!("\n{name} = {in_toml}");
        json += &format!("{}\n\"{name}\": {in_json}", if at > 0 { "," } else { "" });
    }
    (toml + "\n", json + "\n}]}", 6 + fields.len())
}

pub(super) fn toml_refuses(text: &str, line: usize, message: &str) {
    let error = toml::from_str::<Docket>(text).expect_err(text);
    assert!(error.message().starts_with(message), "{}\n{message}\n{text}", error.message());
    let shown = error.to_string();
    assert!(shown.starts_with(&format!("TOML parse error at line {line}, column ")), "{shown}\n{text}");
    assert!(shown.contains(message), "{shown}");
}

pub(super) fn json_refuses(text: &str, line: usize, message: &str) {
    let error = serde_json::from_str::<Docket>(text).expect_err(text);
    let shown = error.to_string();
    assert!(shown.starts_with(message), "{shown}\n{message}\n{text}");
    assert!(shown.contains(&format!(" at line {line} column ")), "{shown}\n{text}");
}

#[test]
fn the_docket_around_the_bad_values_is_read() {
    let (toml, json, _) = with_field("regions", "[\"cn-gd\", \"Us\"]", "[\"cn-gd\", \"Us\"]");
    let docket: Docket = toml::from_str(&toml).unwrap();
    assert_eq!(docket, serde_json::from_str(&json).unwrap());
    assert_eq!(docket.orders[1].regions, ["CN-GD", "US"].map(region));
    assert_eq!(docket.orders[1].status, Status::InForce);
}

#[test]
fn an_order_without_id_issuer_or_status_is_refused() {
    for missing in ["id", "issuer", "status"] {
        let (toml, json, line) = with_field("authority", "\"\"", "\"\"");
        let without = |text: &str, separator: &str| {
            let (first, second) = text.split_at(text.rfind(&format!("{missing}{separator}")).unwrap());
            let start = first.rfind('\n').unwrap();
            let (_, rest) = second.split_once('\n').unwrap();
            format!("{}\n{rest}", &first[..start])
        };
        // TOML points to the table, JSON to where the object ends.
        toml_refuses(&without(&toml, " = "), 6, &format!("missing field `{missing}`"));
        json_refuses(&without(&json, "\": "), line, &format!("missing field `{missing}`"));
    }
}

#[test]
fn a_docket_of_the_wrong_shape_is_refused() {
    for (toml, toml_line, json, json_line, message) in SHAPES {
        toml_refuses(toml, *toml_line, message);
        json_refuses(json, *json_line, message);
    }
}

#[test]
fn reading_stops_at_the_first_order_that_cannot_be_read() {
    let (toml, json, line) = with_field("regions", "[\"UK\"]\n[[orders]]\nid = 5", "[\"UK\"]},\n{\"id\": 5");
    toml_refuses(&toml, line, "`UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?");
    json_refuses(&json, line, "`UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?");
}

#[test]
fn a_group_or_a_language_given_twice_is_refused() {
    toml_refuses("[jurisdictions]\nA = [\"AT\"]\nA = [\"BE\"]", 3, "duplicate key");
    json_refuses("{\"jurisdictions\": {\n\"A\": [\"AT\"],\n\"A\": [\"AT\"]}}", 3, "`A` is given twice");
    json_refuses("{\"jurisdictions\": {\n\"A\": [\"AT\"],\n\"\\u0041\": []}}", 3, "`A` is given twice");
    let (toml, json, line) = with_field("notice", "{ en = \"a\", en = \"b\" }", "{\"en\": \"a\", \"en\": \"b\"}");
    toml_refuses(&toml, line, "duplicate key");
    json_refuses(&json, line, "`en` is given twice");
}

#[test]
fn a_field_given_twice_is_refused() {
    let (toml, json, line) = with_field("issuer", "\"CN\"\nissuer = \"US\"", "\"CN\",\n\"issuer\": \"US\"");
    toml_refuses(&toml, line + 1, "duplicate key");
    json_refuses(&json, line + 1, "duplicate field `issuer`");
    toml_refuses("orders = []\norders = []", 2, "duplicate key");
    json_refuses("{\"orders\": [],\n\"orders\": []}", 2, "duplicate field `orders`");
}

#[test]
fn an_order_is_a_table_and_no_list() {
    let (toml, json) =
        ("orders = [[\"a\", \"CN\", \"\", [\"m\"], [], [], \"in-force\"]]", "[\"a\", \"CN\", \"\", [\"m\"], [], [], \"in-force\"]");
    toml::from_str::<Docket>(toml).expect_err(toml);
    serde_json::from_str::<Docket>(&format!("{{\"orders\": [{json}]}}")).expect_err(json);
}

#[test]
fn a_docket_is_a_table_and_no_list() {
    for json in ["[]", "[{}]", "[{}, []]", "[{\"A\": [\"AT\"]}, []]", "null", "\"\"", "0"] {
        serde_json::from_str::<Docket>(json).expect_err(json);
    }
}

/// A value that would begin a line, colour a terminal and reorder a text.
const FORGED: &str = r#""forged\n\u001b[31m\u202e""#;

fn is_refused_in_one_plain_line(json: &str) {
    let error = serde_json::from_str::<Docket>(json).expect_err(json).to_string();
    assert!(is_one_plain_line(&error), "{error:?}");
}

#[test]
fn a_bad_value_begins_no_line_of_its_own_in_the_message() {
    for (field, value) in [
        ("regions", format!("[{FORGED}]")),
        ("networks", format!("[{FORGED}]")),
        ("expires", FORGED.to_owned()),
        ("meetings", FORGED.to_owned()),
        ("notice", format!("{{{FORGED}: \"\", {FORGED}: \"\"}}")),
    ] {
        is_refused_in_one_plain_line(&with_field(field, "0", &value).1);
    }
}

#[test]
fn an_unknown_key_or_word_begins_no_line_of_its_own_in_the_message() {
    is_refused_in_one_plain_line(&format!("{{{FORGED}: 1}}"));
    is_refused_in_one_plain_line(&format!("{{\"orders\": [{{{FORGED}: 1}}]}}"));
    is_refused_in_one_plain_line(&with_field("status", "0", FORGED).1);
    is_refused_in_one_plain_line(&with_field("demands", "0", &format!("[{FORGED}]")).1);
}

#[test]
fn deeply_nested_json_and_toml_are_refused() {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for value in [open.clone(), format!("{open}{close}"), objects] {
        let in_order = |field: &str| with_field(field, "0", &value).1;
        let dockets = ["id", "meetings", "regions", "networks", "expires", "notice", "status", "unknown"].map(in_order);
        let others = [value.clone(), format!("{{\"orders\": {value}}}"), format!("{{\"jurisdictions\": {{\"A\": {value}}}}}")];
        for json in dockets.iter().chain(&others) {
            assert!(serde_json::from_str::<Docket>(json).is_err());
        }
    }
    let tables = format!("{}0{}", "{ a = ".repeat(2_000), " }".repeat(2_000));
    for value in [open[..2_000].to_owned(), format!("{}{}", &open[..2_000], &close[..2_000]), tables] {
        for field in ["id", "meetings", "networks", "expires", "notice", "unknown"] {
            assert!(toml::from_str::<Docket>(&with_field(field, &value, "0").0).is_err());
        }
    }
}

#[test]
fn text_that_is_no_toml_or_json_is_refused_where_it_breaks() {
    toml_refuses("[[orders]]\nid = \"a\nissuer = \"CN\"", 2, "invalid basic string");
    json_refuses("{\"orders\": [\n{\"id\": \"a\"", 2, "EOF while parsing an object");
    json_refuses("{}\n{}", 2, "trailing characters");
    json_refuses("{\"orders\": [],\n}", 2, "trailing comma");
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    for json in [&b"{\"orders\": [{\"id\": \"\xff\"}]}"[..], b"\xef\xbb\xbf{}", b"{}\0"] {
        assert!(serde_json::from_slice::<Docket>(json).is_err());
        assert!(serde_json::from_reader::<_, Docket>(json).is_err());
    }
}

#[test]
fn the_empty_text_is_an_empty_docket_in_toml() {
    for text in ["", "\n", "# nothing yet\n", "\u{feff}", "orders = []", "[jurisdictions]"] {
        assert_eq!(toml::from_str::<Docket>(text).unwrap(), Docket::default(), "{text:?}");
    }
    assert_eq!(serde_json::from_str::<Docket>("{}").unwrap(), Docket::default());
}

/// What else may stand for a time, and a network of which nobody knows what was meant.
#[test]
fn a_table_for_a_time_and_a_network_of_mapped_addresses_with_host_bits_say_what_to_write() {
    let in_json_is_expected = "expected an RFC 3339 date and time in quotes, such as \"2020-06-03T00:00:00Z\"";
    let [null, date, table] = ["`null` is no time", "a date or time without quotes", "a table"]
        .map(|what| format!("{what}: write a string, such as \"2020-06-03T00:00:00Z\""));
    let (bits, meant) = (
        "`::ffff:10.0.0.1/64` has host bits set: write the network's first address",
        "`::ffff:10.0.0.1/8` has host bits set: did you mean `10.0.0.0/8`?",
    );
    for (field, in_toml, said_of_toml, in_json, said_of_json) in [
        ("effective", "{ year = 2020 }", table.as_str(), "{\"year\": 2020}", in_json_is_expected),
        ("expires", "{}", &table, "{}", in_json_is_expected),
        ("expires", "2020-06-03", &date, "null", &null),
        ("networks", "[\"::ffff:10.0.0.1/64\"]", bits, "[\"::ffff:10.0.0.1/64\"]", bits),
        ("networks", "[\"::ffff:10.0.0.1/8\"]", meant, "[\"::ffff:10.0.0.1/8\"]", meant),
    ] {
        let (toml, json, _) = with_field(field, in_toml, in_json);
        let (toml, json) = (toml::from_str::<Docket>(&toml).unwrap_err(), serde_json::from_str::<Docket>(&json).unwrap_err());
        assert!(toml.message().contains(said_of_toml) && json.to_string().contains(said_of_json), "{toml}\n{json}");
    }
}

#[test]
fn the_unknown_region_is_read_and_left_to_the_compiler() {
    let (toml, json, _) = with_field("regions", "[\"zz\"]", "[\"ZZ\"]");
    assert_eq!(toml::from_str::<Docket>(&toml).unwrap().orders[1].regions, [Region::UNKNOWN]);
    assert_eq!(serde_json::from_str::<Docket>(&json).unwrap().orders[1].regions, [Region::UNKNOWN]);
}
