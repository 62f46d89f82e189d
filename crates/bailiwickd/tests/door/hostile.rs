//! Requests that are made from the description of the API to do harm.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::api::conforms;
use crate::support::{API, Running, VIGIL, connect, head, read, request};

/// Requests for each operation. `PROPTEST_CASES` has more.
const CASES: u32 = 150;

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// Texts that programs stumble over.
fn text() -> BoxedStrategy<String> {
    let odd = [
        "",
        "vigil",
        "127.8.0.5",
        "::ffff:127.8.0.5",
        "127.8.0.5:99999",
        "0x7f.8.0.5",
        "[::1",
        "focus",
        "CN",
        "ZZ",
        "cn-gd",
        "\u{0}",
        "\u{202e}",
        "六四纪念",
        "%2e%2e",
        "'; drop",
        "\u{1f600}",
        "2020-06-04T12:00:00Z",
        "-262144-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "zh;q=2, *;q=-1,,,",
    ];
    let long = (1..9000_usize).prop_map(|n| "长".repeat(n));
    prop_oneof![6 => proptest::sample::select(odd.to_vec()).prop_map(str::to_owned), 2 => any::<String>(), 1 => long].boxed()
}

/// Addresses, mostly, and times: else nothing would be understood.
fn of_name(name: &str) -> BoxedStrategy<Value> {
    let right = match name {
        "address" => vec!["127.8.0.5", "127.0.0.5", "2001:db8::1", "127.8.0.5:443"],
        "at" => vec!["2020-06-04T12:00:00Z", "1969-12-31T23:59:59.999999999-12:00"],
        _ => return text().prop_map(Value::from).boxed(),
    };
    prop_oneof![3 => proptest::sample::select(right).prop_map(Value::from), 1 => text().prop_map(Value::from)].boxed()
}

/// Any JSON.
fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((text(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Values of a schema, mostly.
fn of_schema(document: &Value, name: &str, schema: &Value) -> BoxedStrategy<Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap().clone();
        return of_schema(document, name, &schema);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let right = match kinds.first() {
        Some(&"string") => of_name(name),
        Some(&"object") if schema["properties"].is_object() => object(document, schema),
        Some(&"object") => {
            let value = of_schema(document, "address", &schema["additionalProperties"]);
            vec((text(), value), 0..20).prop_map(|members| Value::Object(members.into_iter().collect())).boxed()
        }
        kind => panic!("the generator does not know {kind:?}"),
    };
    prop_oneof![30 => right, 1 => any_json(), 1 => Just(Value::Null)].boxed()
}

/// Objects with the described members, of which some are missing, and some are unknown.
fn object(document: &Value, schema: &Value) -> BoxedStrategy<Value> {
    let properties = schema["properties"].as_object().unwrap();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut members: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for (name, schema) in properties {
        let (name, weight) = (name.clone(), if required.contains(&name.as_str()) { 30 } else { 1 });
        let value = prop_oneof![weight => of_schema(document, &name, schema).prop_map(Some), 1 => Just(None)];
        let with = move |(mut members, value): (Map<String, Value>, Option<Value>)| {
            members.extend(value.map(|value| (name.clone(), value)));
            members
        };
        members = (members, value).prop_map(with).boxed();
    }
    let unknown = proptest::option::weighted(0.03, (text(), any_json()));
    let with = |(mut members, unknown): (Map<String, Value>, Option<(String, Value)>)| {
        members.extend(unknown);
        Value::Object(members)
    };
    (members, unknown).prop_map(with).boxed()
}

/// The bytes of a body: as JSON is written, and then damaged.
fn bytes(value: BoxedStrategy<Value>) -> BoxedStrategy<Vec<u8>> {
    let whole = value.prop_map(|value| value.to_string().into_bytes());
    let damaged = (whole.clone(), any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8).prop_map(|(mut bytes, at, byte, how)| {
        let at = at.index(bytes.len() + 1);
        match how {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            _ => bytes = bytes.iter().flat_map(|&b| if b == byte { vec![b, b] } else { vec![b] }).collect(),
        }
        bytes
    });
    let deep = (0..3000_usize).prop_map(|n| "[".repeat(n).into_bytes());
    prop_oneof![20 => whole, 4 => damaged, 1 => deep].boxed()
}

#[test]
fn every_request_has_a_described_answer() {
    let document = document();
    let cases = Config { failure_persistence: None, ..Config::with_cases(CASES) };
    for orders in [VIGIL, "nonsense"] {
        let door = Running::start(orders, API);
        let address = door.address("api");
        for (path, operations) in document["paths"].as_object().unwrap() {
            let Some(operation) = operations.get("post") else { continue };
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let strategy = bytes(of_schema(&document, "", schema));
            let stream = RefCell::new(connect(address));
            let statuses = RefCell::new(BTreeMap::<u16, u32>::new());
            let ran = TestRunner::new(cases.clone()).run(&strategy, |body| {
                let sent = [&head("POST", path, &[], body.len())[..], &body].concat();
                let mut stream = stream.borrow_mut();
                stream.write_all(&sent).unwrap();
                let answer = read(&mut stream).unwrap_or_else(|| panic!("no answer to {}", String::from_utf8_lossy(&body)));
                conforms("post", path, answer.status, &answer.json());
                prop_assert!(answer.status != 200 || answer.header("content-type") == Some("application/json"));
                *statuses.borrow_mut().entry(answer.status).or_default() += 1;
                Ok(())
            });
            ran.unwrap_or_else(|error| panic!("{path}: {error}"));
            let statuses = statuses.into_inner();
            // A generator that is never understood tests nothing.
            let is_understood = statuses.contains_key(&200) || (orders != VIGIL && statuses.contains_key(&503));
            assert!(is_understood && statuses.contains_key(&400), "{path}: {statuses:?}");
        }
        let alive =
            request(address, "POST", "/v1/decide", &[], json!({"meeting": "vigil", "address": "127.0.0.1"}).to_string().as_bytes());
        assert_eq!(alive.status, 200);
    }
}

#[test]
fn every_method_and_target_has_an_answer() {
    let door = Running::start(VIGIL, API);
    let address = door.address("api");
    let methods =
        proptest::sample::select(vec!["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"]);
    let target = "(/v1)?(/|/decide|/sweep|/policy|/explain|/openapi.json)?[!-~]{0,12}";
    let field = ("[a-z-]{1,12}", "[ -~]{0,30}");
    let cases = Config { failure_persistence: None, ..Config::with_cases(2 * CASES) };
    let strategy = (methods, target, vec(field, 0..4), vec(any::<u8>(), 0..20));
    let ran = TestRunner::new(cases).run(&strategy, |(method, target, fields, body)| {
        // These say where the body ends, and whether there is one.
        let is_framing =
            |name: &str| ["content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"].contains(&name);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| !is_framing(name)).collect();
        let mut stream = connect(address);
        stream.write_all(&[&head(method, &target, &fields, body.len())[..], &body].concat()).unwrap();
        let status = crate::support::read_head(&mut stream).and_then(|head| head.split(' ').nth(1)?.parse::<u16>().ok());
        prop_assert!(matches!(status, Some(200 | 400 | 404 | 405 | 414)), "{method} {target}: {status:?}");
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}
