//! `schema/docket.json` says what the code says, as far as a schema can.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bailiwick::{Atlas, Docket, Policy, Source};
use jsonschema::Validator;
use serde_json::{Value, json};

/// Errors that the schema can tell: the order, beside the fields that every order must have.
const REFUSED: &[(&str, &str)] = &[
    ("id", "17"),
    ("id", "null"),
    ("issuer", r#"["CN"]"#),
    ("authority", "false"),
    ("meetings", r#""june-4-vigil""#),
    ("meetings", "[17]"),
    ("accounts", r#"[["a"]]"#),
    ("demands", r#"["suspend host"]"#),
    ("demands", r#"[{"suspend-host": null}]"#),
    ("status", r#""in force""#),
    ("status", r#""In-Force""#),
    ("status", "null"),
    ("status", r#"{"in-force": null}"#),
    ("received", "1591142400"),
    ("effective", r#""2020-06-03""#),
    ("effective", r#""2020-06-03T00:00:00""#),
    ("effective", r#""2020-06-03 00:00:00Z""#),
    ("expires", r#""2020-06-03T00:00:00.0000000001Z""#),
    ("expires", r#""never""#),
    ("regions", r#""CN""#),
    ("regions", "[]"),
    ("networks", "[]"),
    ("regions", r#"["China"]"#),
    ("regions", r#"["CN-ABCD"]"#),
    ("regions", r#"["CN_GD"]"#),
    ("networks", r#"["203.0.113.0"]"#),
    ("networks", r#"["203.0.113.0/33"]"#),
    ("networks", r#"["010.0.0.0/8"]"#),
    ("networks", r#"["256.0.0.0/8"]"#),
    ("networks", r#"["2001:db8::/129"]"#),
    ("networks", r#"["2001:db8::/032"]"#),
    ("networks", r#"["203.0.113.0/24 "]"#),
    ("exempt", r#"["::1%eth0/128"]"#),
    ("exempt", "[24]"),
    ("legal_basis", "1.5"),
    ("reference", "[]"),
    ("evidence", r#""sha256:0""#),
    ("approved_by", "2"),
    ("notice", r#""Not here.""#),
    ("notice", r#"{"en": 3}"#),
    ("metings", r#"["a"]"#),
    ("Meetings", r#"["a"]"#),
    ("legal-basis", r#""a""#),
    ("wildcard", "true"),
    ("orders", "[]"),
];

/// Dockets that read and do not compile, which the schema can tell.
const NOT_COMPILED: &[(&str, &str)] = &[
    ("id", r#""""#),
    ("issuer", r#""""#),
    ("meetings", "[]"),
    ("meetings", r#"["a", ""]"#),
    ("accounts", r#"[""]"#),
    ("regions", r#"["ZZ"]"#),
];

/// A path in the repository.
fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn file(path: &str) -> String {
    std::fs::read_to_string(in_repository(path)).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&file("schema/docket.json")).unwrap()
}

fn validator() -> Validator {
    let schema = schema();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// An order that is valid but for a field.
fn with(field: &str, value: &str) -> Value {
    let mut docket = json!({"orders": [{"id": "a", "issuer": "CN", "status": "in-force", "meetings": ["m"]}]});
    docket["orders"][0][field] = serde_json::from_str(value).unwrap();
    docket
}

/// The words that a message lists after `write one of`.
fn listed(docket: &Value) -> BTreeSet<String> {
    let error = serde_json::from_value::<Docket>(docket.clone()).unwrap_err().to_string();
    let (_, list) = error.split_once("write one of ").unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_schema_has_the_fields_the_statuses_and_the_demands_of_the_code() {
    let schema = schema();
    let order = &schema["$defs"]["order"];
    assert_eq!(keys(&order["properties"]), listed(&with("!", "0")));
    assert_eq!(keys(&schema["properties"]), listed(&json!({"!": 0})));
    let words = |of: &str| -> BTreeSet<String> {
        let words = schema["$defs"][of]["oneOf"].as_array().unwrap().iter();
        words.map(|word| word["const"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words("status"), listed(&with("status", "\"!\"")));
    assert_eq!(words("demand"), listed(&with("demands", "[\"!\"]")));
    for field in keys(&order["properties"]) {
        let mut docket = with("meetings", "[]");
        docket["orders"][0].as_object_mut().unwrap().remove(&field);
        let is_required = serde_json::from_value::<Docket>(docket).is_err();
        assert_eq!(order["required"].as_array().unwrap().contains(&json!(field)), is_required, "{field}");
    }
}

#[test]
fn everything_in_the_schema_is_described() {
    let schema = schema();
    let described = |value: &Value| {
        let named = value["$ref"].as_str().map(|path| &schema["$defs"][path.rsplit('/').next().unwrap()]);
        value["description"].is_string() || named.is_some_and(|named| named["description"].is_string())
    };
    for properties in [&schema["properties"], &schema["$defs"]["order"]["properties"]] {
        properties.as_object().unwrap().iter().for_each(|(name, value)| assert!(described(value), "{name}"));
    }
}

#[test]
fn the_example_and_every_scenario_are_valid() {
    let validator = validator();
    let valid = |name: &str, docket: &toml::Value| {
        let docket = serde_json::to_value(docket).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&docket).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{name}");
    };
    valid("example", &toml::from_str(&file("examples/june_fourth.toml")).unwrap());
    valid("every field", &toml::from_str(&file("tests/hostile/maximal.toml")).unwrap());
    let mut scenarios = 0;
    for entry in in_repository("tests/scenarios").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let scenario: toml::Value = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        valid(&path.display().to_string(), &scenario["docket"]);
        scenarios += 1;
    }
    assert!(scenarios > 50);
}

#[test]
fn what_is_valid_by_the_schema_can_be_read_in_any_of_its_forms() {
    let validator = validator();
    for (field, value) in [
        ("regions", r#"["cn", "Cn-gD", "US-CA"]"#),
        ("networks", r#"["0.0.0.0/0", "255.255.255.255/32", "::/0", "2001:db8::/32", "::ffff:203.0.113.0/120"]"#),
        ("expires", r#""2020-06-03t08:00:00.123456789+08:00""#),
        ("expires", r#""2016-12-31T23:59:60Z""#),
        ("notice", "{}"),
        ("meetings", r#"["*", "粤 🕯"]"#),
    ] {
        let docket = with(field, value);
        assert!(validator.is_valid(&docket), "{docket}");
        serde_json::from_value::<Docket>(docket).unwrap();
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_the_schema() {
    let validator = validator();
    for (field, value) in REFUSED {
        let docket = with(field, value);
        assert!(serde_json::from_value::<Docket>(docket.clone()).is_err(), "{docket}");
        assert!(!validator.is_valid(&docket), "{docket}");
    }
    for docket in [
        json!([]),
        json!({"order": []}),
        json!({"orders": "all"}),
        json!({"orders": {"id": "a"}}),
        json!({"orders": [1]}),
        json!({"orders": [["a", "CN", "", ["m"], [], [], "in-force"]]}),
        json!({"jurisdictions": ["EU"]}),
        json!({"jurisdictions": {"EU": "AT"}}),
        json!({"jurisdictions": {"EU": ["Austria"]}}),
        json!({"fenced": "CN"}),
        json!({"fenced": ["EU."]}),
        json!({"fence": ["CN"]}),
        json!({"end": null}),
        json!({"end": 0}),
        json!({"end": {}}),
        json!({"end": {"orders": -1}}),
        json!({"end": {"orders": "0"}}),
        json!({"end": {"orders": 0, "groups": 0}}),
    ] {
        assert!(serde_json::from_value::<Docket>(docket.clone()).is_err(), "{docket}");
        assert!(!validator.is_valid(&docket), "{docket}");
    }
}

#[test]
fn what_does_not_compile_is_refused_by_the_schema_where_it_can() {
    let validator = validator();
    let source = Source::from_range_csv("provider", b"203.0.113.0,203.0.113.255,CN".as_slice()).unwrap();
    let atlas = Atlas::builder().source(source).build().unwrap();
    let compiles = |docket: &Value| {
        let read: Docket = serde_json::from_value(docket.clone()).unwrap();
        Policy::compile(&read, &atlas).is_ok()
    };
    assert!(compiles(&with("regions", r#"["CN"]"#)));
    let dockets = NOT_COMPILED.iter().map(|(field, value)| with(field, value));
    let others = [json!({"jurisdictions": {"EU": []}}), json!({"jurisdictions": {"": ["AT"]}}), json!({"fenced": ["CN", "ZZ"]})];
    for docket in dockets.chain(others) {
        assert!(!compiles(&docket), "{docket}");
        assert!(!validator.is_valid(&docket), "{docket}");
    }
}
