//! The API in JSON.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{ADMIN, API, Running, VIGIL, post, request};

/// The validators of answers, by method, path and status.
static VALIDATORS: LazyLock<HashMap<[String; 3], Validator>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut validators = HashMap::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let schema = &response["content"].as_object().unwrap().values().next().unwrap()["schema"];
                let whole = json!({"allOf": [schema], "components": document["components"]});
                let validator = jsonschema::validator_for(&whole).unwrap();
                validators.insert([method.clone(), path.clone(), status.clone()], validator);
            }
        }
    }
    validators
});

/// Checks an answer against the description.
pub(crate) fn conforms(method: &str, path: &str, status: u16, body: &Value) {
    let validator = VALIDATORS.get(&[method.to_owned(), path.to_owned(), status.to_string()]);
    let validator = validator.unwrap_or_else(|| panic!("{method} {path} has no answer {status}"));
    let errors: Vec<String> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?} in {body}");
}

#[test]
fn a_decision_says_what_to_do_and_what_to_tell() {
    let door = Running::start(VIGIL, &format!("{API}blocked_by = \"https://meet.example\"\n{ADMIN}"));
    let decide = |body: Value| {
        let answer = post(door.address("api"), "/v1/decide", &body);
        conforms("post", "/v1/decide", answer.status, &answer.json());
        answer.json()
    };
    let refused = decide(json!({"meeting": "vigil", "address": "127.8.0.5", "host_region": "US", "languages": "zh"}));
    assert_eq!((&refused["decision"], &refused["admits"]), (&json!("block-participant"), &json!(false)));
    assert_eq!((&refused["orders"], &refused["domestic_order"]), (&json!(["cn-1"]), &Value::Null));
    assert_eq!(refused["notice"]["link"], "<https://meet.example>; rel=\"blocked-by\"");
    assert_eq!((&refused["notice"]["language"], &refused["notice"]["problem"]["status"]), (&json!("zh"), &json!(451)));

    let kept = decide(json!({"meeting": "vigil", "address": "127.0.0.5:3478", "host_region": "CN"}));
    assert_eq!(
        (&kept["decision"], &kept["admits"], &kept["domestic_order"]),
        (&json!("keep-meeting"), &json!(true), &json!("cn-1"))
    );
    assert_eq!(decide(json!({"meeting": "other", "address": "127.8.0.5"}))["decision"], "allow");
    assert_eq!(decide(json!({"meeting": "x", "account": "host-7", "address": "127.8.0.5"}))["admits"], false);

    let unasked = decide(json!({"meeting": "vigil", "address": "nowhere"}));
    assert_eq!((&unasked["unasked"], &unasked["admits"]), (&json!("unreadable-address"), &json!(true)));
    assert_eq!(door.unasked("api", "unreadable-address"), 1.0);
    let exempt = decide(json!({"meeting": "vigil", "address": "127.8.0.5", "participant": "focus"}));
    assert_eq!((&exempt["exempt"], &exempt["admits"]), (&json!(true), &json!(true)));
}

#[test]
fn a_request_that_cannot_be_read_says_why_and_that_the_participant_is_admitted() {
    let door = Running::start(VIGIL, &format!("{API}{ADMIN}"));
    let cases: [(&[u8], u16); 8] = [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (br#"{"meeting":"vigil"}"#, 400),
        (br#"{"meeting":"vigil","address":7}"#, 400),
        (br#"{"meeting":"vigil","address":"127.8.0.5","more":1}"#, 400),
        (b"{\"meeting\":\"\xff\",\"address\":\"127.8.0.5\"}", 400),
        (br#"{"meeting":"\ud800","address":"127.8.0.5"}"#, 400),
    ];
    for (n, (body, expected)) in cases.into_iter().enumerate() {
        let answer = request(door.address("api"), "POST", "/v1/decide", &[], body);
        assert_eq!((answer.status, &answer.json()["admits"]), (expected, &json!(true)), "{}", String::from_utf8_lossy(body));
        conforms("post", "/v1/decide", answer.status, &answer.json());
        assert_eq!(door.unasked("api", "malformed-request"), (n + 1) as f64);
    }
    for (method, target, expected) in
        [("GET", "/v1/decide", 405), ("POST", "/v1/policy", 405), ("GET", "/", 404), ("GET", "/v2", 404)]
    {
        let answer = request(door.address("api"), method, target, &[], b"");
        assert_eq!((answer.status, &answer.json()["admits"]), (expected, &json!(true)), "{method} {target}");
    }
}

#[test]
fn an_explanation_is_that_of_the_library() {
    let door = Running::start(VIGIL, API);
    let question = json!({"meeting": "vigil", "address": "127.8.0.5", "host_region": "US", "at": "2020-06-04T12:00:00Z"});
    let answer = post(door.address("api"), "/v1/explain", &question);
    conforms("post", "/v1/explain", answer.status, &answer.json());
    let explanation = answer.json();
    assert_eq!((&explanation["decision"], &explanation["location"]), (&json!("block-participant"), &json!("CN")));
    assert_eq!((&explanation["at"], &explanation["orders"][0]["reason"]), (&json!("2020-06-04T12:00:00Z"), &json!("reaches")));
    // The last second that can be written, which many mean as for ever.
    let mut last = question.clone();
    last["at"] = json!("9999-12-31T23:59:59Z");
    let answer = post(door.address("api"), "/v1/explain", &last);
    assert_eq!((answer.status, &answer.json()["at"]), (200, &last["at"]));
    // A leap second is before the midnight that follows it, in every form.
    for leap_second in ["2016-12-31T23:59:60Z", "2017-01-01 07:59:60.5+08"] {
        last["at"] = json!(leap_second);
        let answer = post(door.address("api"), "/v1/explain", &last);
        assert_eq!((answer.status, &answer.json()["at"]), (200, &json!("2016-12-31T23:59:59.999999999Z")));
    }
    for (key, value) in [
        ("at", "yesterday"),
        ("at", "-000001-06-04T12:00:00Z"),
        ("at", "9999-12-31T23:59:59-05:00"),
        ("at", "2016-12-31T23:58:60Z"),
        ("address", "nowhere"),
    ] {
        let mut question = question.clone();
        question[key] = json!(value);
        assert_eq!(post(door.address("api"), "/v1/explain", &question).status, 400);
    }
}

#[test]
fn a_sweep_names_those_to_be_removed_and_nobody_else() {
    let door = Running::start(VIGIL, API);
    let participants = json!({"ada": "127.8.0.5", "ben": "127.0.0.5", "focus": "127.8.0.9", "eve": "?"});
    let answer = post(door.address("api"), "/v1/sweep", &json!({"meeting": "vigil", "participants": participants}));
    conforms("post", "/v1/sweep", answer.status, &answer.json());
    let answer = answer.json();
    assert_eq!(answer["to_remove"].as_array().unwrap().len(), 1);
    assert_eq!((&answer["to_remove"][0]["participant"], &answer["to_remove"][0]["orders"]), (&json!("ada"), &json!(["cn-1"])));
    assert_eq!((&answer["staying"], &answer["unasked"]), (&json!(["focus", "ben"]), &json!(["eve"])));
}

#[test]
fn the_policy_in_force_is_described() {
    let door = Running::start(VIGIL, API);
    let answer = request(door.address("api"), "GET", "/v1/policy", &[], b"");
    conforms("get", "/v1/policy", answer.status, &answer.json());
    let policy = answer.json();
    assert_eq!((&policy["orders"], &policy["has_end_mark"], &policy["refusal"]), (&json!(1), &json!(true), &Value::Null));
    assert_eq!((&policy["sources"][0]["name"], &policy["sources"][0]["located"]), (&json!("geo"), &json!(2)));

    door.reload_with("nonsense");
    let refused = request(door.address("api"), "GET", "/v1/policy", &[], b"").json();
    assert_eq!(refused["policy"], policy["policy"]);
    assert!(refused["refusal"].as_str().unwrap().contains("nonsense"));
}

#[test]
fn without_a_policy_everybody_stays() {
    let door = Running::start("nonsense", &format!("{API}{ADMIN}"));
    let decided = post(door.address("api"), "/v1/decide", &json!({"meeting": "vigil", "address": "127.8.0.5"})).json();
    assert_eq!((&decided["admits"], &decided["unasked"]), (&json!(true), &json!("no-policy")));
    let participants = json!({"ada": "127.8.0.5", "ben": "127.0.0.5"});
    let swept = post(door.address("api"), "/v1/sweep", &json!({"meeting": "vigil", "participants": participants})).json();
    assert_eq!((&swept["to_remove"], &swept["unasked"]), (&json!([]), &json!(["ada", "ben"])));
    assert_eq!(door.unasked("api", "no-policy"), 3.0);
    for (method, path) in [("GET", "/v1/policy"), ("POST", "/v1/explain")] {
        let answer = request(door.address("api"), method, path, &[], br#"{"meeting":"vigil","address":"127.8.0.5"}"#);
        assert_eq!(answer.status, 503);
        conforms(&method.to_lowercase(), path, 503, &answer.json());
    }
}

#[test]
fn the_description_that_is_served_is_the_one_in_the_repository() {
    let door = Running::start(VIGIL, API);
    let answer = request(door.address("api"), "GET", "/v1/openapi.json", &[], b"");
    assert_eq!(answer.json(), serde_json::from_str::<Value>(include_str!("../../openapi.json")).unwrap());
    // Each described path answers, and with no other method than the described ones.
    for (path, operations) in answer.json()["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            if path == "/v1/changes" && method == "GET" {
                continue;
            }
            let is_described = operations.get(method.to_lowercase()).is_some();
            let status = request(door.address("api"), method, path, &[], b"").status;
            assert_eq!(status != 405, is_described, "{method} {path}: {status}");
        }
    }
}
