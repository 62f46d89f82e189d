//! A docket in TOML and in JSON: equal, with equal digests, or refused for the same reasons.
//!
//! The readers of the two formats share serde's code of a docket. Parsers, positions and the search for all errors differ.

use arbitrary::{Result, Unstructured};
use bailiwick::{Atlas, Docket, Policy, ReadError};
use serde_json::{Map, Value, json};

use super::world;

/// The deepest nesting of values that are compared. Parsers refuse other depths, beyond 60.
const DEEPEST: usize = 20;

/// Reads the bytes as a docket in JSON, else as choices from which one is made, and compares both formats.
pub fn docket_formats(bytes: &[u8]) {
    let members = match serde_json::from_slice::<Map<String, Value>>(bytes) {
        Ok(members) => with_end_last(members),
        Err(_) => made(&mut Unstructured::new(bytes)).unwrap_or_default(),
    };
    // TOML has no `null`, and no number beyond 64 bits with a sign.
    if !members.iter().all(|(_, value)| is_in_both(value, DEEPEST)) {
        return;
    }
    let json = json(&members);
    for has_headers in [false, true] {
        let toml = toml(&members, has_headers);
        same(Docket::from_toml(&toml), Docket::from_json(&json), &toml);
    }
}

/// Compares what was read, and what compiling says of it.
fn same(toml: std::result::Result<Docket, ReadError>, json: std::result::Result<Docket, ReadError>, text: &str) {
    match (toml, json) {
        (Ok(toml), Ok(json)) => {
            assert_eq!(toml, json, "{text}");
            assert_eq!(toml.is_ended(), json.is_ended(), "{text}");
            let atlas = Atlas::builder().source(world::source("one", &[])).build().unwrap();
            match (Policy::compile(&toml, &atlas), Policy::compile(&json, &atlas)) {
                (Ok(toml), Ok(json)) => {
                    #[cfg(feature = "ledger")]
                    assert_eq!(toml.digest(), json.digest(), "{text}");
                    let warnings = |policy: &Policy| policy.warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
                    assert_eq!(warnings(&toml), warnings(&json), "{text}");
                }
                (Err(toml), Err(json)) => {
                    let defects = |error: &bailiwick::CompileError| -> Vec<_> {
                        let each = error.errors().iter();
                        each.map(|defect| (defect.order().map(str::to_owned), defect.field().to_owned(), defect.to_string()))
                            .collect()
                    };
                    assert_eq!(defects(&toml), defects(&json), "{text}");
                }
                (toml, json) => panic!("{toml:?}\n{json:?}\n{text}"),
            }
            written_in_either_format_it_is_read_again(&toml);
        }
        (Err(toml), Err(json)) => assert_eq!(told(&toml), told(&json), "{text}"),
        (toml, json) => panic!("{toml:?}\n{json:?}\n{text}"),
    }
}

fn written_in_either_format_it_is_read_again(docket: &Docket) {
    assert_eq!(Docket::from_toml(&toml::to_string(docket).unwrap()).as_ref(), Ok(docket));
    assert_eq!(Docket::from_json(&serde_json::to_string(docket).unwrap()).as_ref(), Ok(docket));
}

/// What errors say, without their positions.
fn told(error: &ReadError) -> Vec<[Option<String>; 6]> {
    let each = error.errors().iter().map(|error| {
        let number = error.order_number().map(|number| number.to_string());
        let [order, group, field, value, suggestion] =
            [error.order(), error.group(), error.field(), error.value(), error.suggestion()].map(|text| text.map(str::to_owned));
        [number, order.or(group), field, value, suggestion, Some(without_float(error.message()))]
    });
    each.collect()
}

/// A message without the number in it that has a decimal point, which the formats' parsers write differently: `1e300` or 300 zeros.
fn without_float(message: &str) -> String {
    const BEFORE: &str = "floating point `";
    let number = message.split_once(BEFORE).and_then(|(before, after)| Some((before, after.split_once('`')?.1)));
    number.map_or_else(|| message.to_owned(), |(before, after)| format!("{before}{BEFORE}{after}"))
}

/// The members of a docket in a sequence: an end mark must be the last.
type Members = Vec<(String, Value)>;

fn with_end_last(mut members: Map<String, Value>) -> Members {
    let end = members.remove("end");
    members.into_iter().chain(end.map(|end| ("end".to_owned(), end))).collect()
}

fn is_in_both(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => number.is_i64() || number.is_f64(),
        Value::Array(values) => depth > 0 && values.iter().all(|value| is_in_both(value, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|value| is_in_both(value, depth - 1)),
    }
}

fn json(members: &Members) -> String {
    let each: Vec<String> = members.iter().map(|(key, value)| format!("{}:{value}", Value::from(key.as_str()))).collect();
    format!("{{{}}}", each.join(","))
}

/// In TOML, with headers for the last members if they are tables or lists of tables.
fn toml(members: &Members, has_headers: bool) -> String {
    let has_header = |value: &Value| match value {
        Value::Object(_) => true,
        Value::Array(values) => !values.is_empty() && values.iter().all(Value::is_object),
        _ => false,
    };
    let tail = members.iter().rev().take_while(|(_, value)| has_headers && has_header(value)).count();
    let mut text = String::new();
    for (at, (key, value)) in members.iter().enumerate() {
        let key = toml_string(key);
        match value {
            Value::Object(entries) if at + tail >= members.len() => text += &format!("[{key}]\n{}", lines(entries)),
            Value::Array(tables) if at + tail >= members.len() => {
                let tables = tables.iter().filter_map(Value::as_object);
                tables.for_each(|entries| text += &format!("[[{key}]]\n{}", lines(entries)));
            }
            value => text += &format!("{key} = {}\n", toml_value(value)),
        }
    }
    text
}

fn lines(entries: &Map<String, Value>) -> String {
    entries.iter().map(|(key, value)| format!("{} = {}\n", toml_string(key), toml_value(value))).collect()
}

fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => toml_string(text),
        Value::Array(values) => format!("[{}]", values.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let each: Vec<_> = entries.iter().map(|(key, value)| format!("{} = {}", toml_string(key), toml_value(value))).collect();
            format!("{{{}}}", each.join(", "))
        }
        // Numbers and truth values are written alike.
        other => other.to_string(),
    }
}

/// A string as JSON has it is one of TOML, where U+007F must be escaped.
fn toml_string(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// Fields that hold a text, a list of texts, and a table of texts.
const TEXTS: [&str; 9] = ["id", "issuer", "authority", "status", "received", "effective", "expires", "legal_basis", "reference"];
const LISTS: [&str; 8] = ["meetings", "accounts", "demands", "regions", "networks", "exempt", "evidence", "approved_by"];

/// Values that are right for some of the fields and wrong for the others.
const WORDS: [&str; 31] = [
    "a",
    "b",
    "cn-1",
    "CN",
    "cn",
    "CN-GD",
    "HK",
    "US-CA",
    "UK",
    "EAST",
    "in-force",
    "rejected",
    "in force",
    "terminate-meeting",
    "suspend-hosts",
    "2020-06-03T00:00:00Z",
    "2020-06-05T00:00:00+02:00",
    "2020-06-31T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "203.0.113.0/24",
    "203.0.113.7/24",
    "2001:db8::/32",
    "010.0.0.0/8",
    "::ffff:1.2.3.0/120",
    "",
    " ",
    "ZZ",
    "\u{7f}\u{200b}",
    "line\nend",
    "\"quote\\",
    "\u{1f30d}",
];

/// A docket, most of it right, as the bytes choose.
fn made(u: &mut Unstructured<'_>) -> Result<Members> {
    let mut members = Members::new();
    if u.ratio(1, 4)? {
        members.push(("fenced".to_owned(), list(u, "regions")?));
    }
    if u.ratio(1, 3)? {
        let groups = json!({ "EAST": list(u, "regions")?, "b": list(u, "regions")? });
        members.push(("jurisdictions".to_owned(), groups));
    }
    let count = u.int_in_range(0..=3)?;
    let orders: Vec<Value> = (0..count).map(|n| order(u, n)).collect::<Result<_>>()?;
    members.push(("orders".to_owned(), orders.into()));
    if u.ratio(1, 3)? {
        let wrong = u64::from(u.ratio(1, 6)?);
        members.push(("end".to_owned(), json!({ "orders": count + wrong })));
    }
    if u.ratio(1, 8)? {
        members.push((word(u)?, any(u, 3)?));
    }
    if u.ratio(1, 8)? {
        members.reverse();
    }
    let mut known = std::collections::BTreeSet::new();
    members.retain(|(key, _)| known.insert(key.clone()));
    Ok(members)
}

fn order(u: &mut Unstructured<'_>, n: u64) -> Result<Value> {
    let mut order = Map::new();
    order.insert("id".to_owned(), format!("o{n}").into());
    order.insert("issuer".to_owned(), (*u.choose(&["CN", "EAST", "US"])?).into());
    order.insert("meetings".to_owned(), json!(["m"]));
    order.insert("status".to_owned(), (*u.choose(&["in-force", "received", "rejected", "withdrawn"])?).into());
    for _ in 0..u.int_in_range(0..=5)? {
        match u.int_in_range(0..=8)? {
            0..=2_u8 => {
                let field = *u.choose(&LISTS)?;
                order.insert(field.to_owned(), list(u, field)?);
            }
            3..=4 => {
                let time = *u.choose(&["2020-06-03T00:00:00Z", "2020-06-05T00:00:00.5+08:00", "2020-06-04t10:00:00-00:00"])?;
                order.insert((*u.choose(&["received", "effective", "expires"])?).to_owned(), time.into());
            }
            5 => _ = order.insert("notice".to_owned(), json!({ "en": word(u)?, word(u)?: word(u)? })),
            6 => _ = order.insert((*u.choose(&TEXTS)?).to_owned(), word(u)?.into()),
            7 => _ = order.remove(*u.choose(&["id", "issuer", "meetings", "status"])?),
            _ => _ = order.insert((*u.choose(&TEXTS)?).to_owned(), any(u, 3)?),
        }
    }
    if u.ratio(1, 10)? {
        order.insert(word(u)?, any(u, 2)?);
    }
    Ok(order.into())
}

/// A list for a field, with a value in ten that may be wrong there.
fn list(u: &mut Unstructured<'_>, field: &str) -> Result<Value> {
    let right: &[&str] = match field {
        "regions" => &["CN", "cn-gd", "HK", "US"],
        "networks" | "exempt" => &["203.0.113.0/24", "203.0.113.128/25", "2001:db8::/32", "::ffff:1.2.3.0/120"],
        "demands" => &["terminate-meeting", "suspend-host", "block-participants", "disclose-data"],
        _ => &["m", "vigil", "account-1"],
    };
    let count = u.int_in_range(0..=3)?;
    let each = (0..count).map(|_| if u.ratio(1, 10)? { any(u, 2) } else { Ok((*u.choose(right)?).into()) });
    Ok(Value::Array(each.collect::<Result<_>>()?))
}

fn word(u: &mut Unstructured<'_>) -> Result<String> {
    Ok((*u.choose(&WORDS)?).to_owned())
}

/// Any value, a few levels deep.
fn any(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=7_u8)? {
        0 => json!(u.arbitrary::<i64>()?),
        1 => json!(u.int_in_range(-2..=3_i64)?),
        2 => json!(*u.choose(&[0.5, -1.0, 1e300])?),
        3 => json!(u.arbitrary::<bool>()?),
        4 if depth > 0 => json!({ word(u)?: any(u, depth - 1)? }),
        5 if depth > 0 => json!([any(u, depth - 1)?, any(u, depth - 1)?]),
        6 => json!(u.arbitrary::<String>()?),
        _ => word(u)?.into(),
    })
}
