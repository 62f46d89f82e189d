//! Server-sent events: who is to be removed now.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{ADMIN, API, NOBODY, Running, VIGIL, connect, head, post, read_head, wait_for};

/// A connector that listens.
struct Connector {
    stream: TcpStream,
    text: String,
}

impl Connector {
    fn new(door: &Running) -> (Connector, String) {
        let mut stream = connect(door.address("api"));
        stream.write_all(&head("GET", "/v1/changes", &[], 0)).unwrap();
        let answer = read_head(&mut stream).unwrap();
        assert!(answer.contains("text/event-stream"), "{answer}");
        let mut connector = Connector { stream, text: String::new() };
        let (name, hello) = connector.next().unwrap();
        assert_eq!(name, "hello");
        (connector, hello["subscription"].as_str().unwrap().to_owned())
    }

    /// The next event. `None` at the end.
    fn next(&mut self) -> Option<(String, Value)> {
        let mut bytes = [0; 4096];
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                // The sizes of chunks are lines of their own.
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
                let (name, data) = (line("event: "), line("data: "));
                self.text = rest.to_owned();
                if let (Some(name), Some(data)) = (name, data) {
                    let data: Value = serde_json::from_str(&data).unwrap();
                    conforms(&name, &data);
                    return Some((name, data));
                }
                continue;
            }
            match self.stream.read(&mut bytes) {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.text.push_str(std::str::from_utf8(&bytes[..n]).unwrap()),
            }
        }
    }

    /// The next event of a kind; others are passed over.
    fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let (name, data) = self.next().unwrap_or_else(|| panic!("the stream ended before a `{kind}`"));
            if name == kind {
                return data;
            }
        }
    }

    /// The next two events: another policy, and the one removal that comes of it. A review may come right before the policy is told.
    fn policy_and_removal(&mut self) -> (Value, Value) {
        let mut both = [self.next().unwrap(), self.next().unwrap()];
        both.sort_by(|(one, _), (other, _)| one.cmp(other));
        let [(policy, of_policy), (remove, of_remove)] = both;
        assert_eq!((policy.as_str(), remove.as_str()), ("policy", "remove"), "{of_policy} {of_remove}");
        (of_policy, of_remove)
    }
}

/// Checks an event against the description.
fn conforms(name: &str, data: &Value) {
    static VALIDATORS: OnceLock<HashMap<String, Validator>> = OnceLock::new();
    let validators = VALIDATORS.get_or_init(|| {
        let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
        let events = &document["paths"]["/v1/changes"]["get"]["responses"]["200"]["content"]["text/event-stream"]["x-events"];
        let validator = |(name, schema): (&String, &Value)| {
            let whole = json!({"allOf": [schema], "components": document["components"]});
            (name.clone(), jsonschema::validator_for(&whole).unwrap())
        };
        events.as_object().unwrap().iter().map(validator).collect()
    });
    assert!(validators[name].is_valid(data), "{name}: {data}");
}

fn sweep(door: &Running, subscription: &str, meeting: &str, participants: Value) -> Value {
    let body = json!({"meeting": meeting, "participants": participants, "subscription": subscription, "host_region": "US"});
    post(door.address("api"), "/v1/sweep", &body).json()
}

/// Puts orders in force although they widen.
fn acknowledged(door: &Running, orders: &str) {
    crate::reload::acknowledge(door, orders);
    door.reload();
}

#[test]
fn an_order_in_mid_meeting_names_the_one_participant_whom_it_reaches() {
    let door = Running::start(NOBODY, &format!("{API}{ADMIN}"));
    let (mut connector, subscription) = Connector::new(&door);
    let present = json!({"ada": "127.8.0.5", "ben": "127.0.0.5", "cy": "127.0.0.6", "dan": "127.0.0.7"});
    assert_eq!(sweep(&door, &subscription, "vigil", present)["to_remove"], json!([]));
    sweep(&door, &subscription, "another", json!({"eve": "127.8.0.6"}));

    acknowledged(&door, VIGIL);
    let (policy, removal) = connector.policy_and_removal();
    assert_eq!((&policy["widens"], &policy["meetings"]), (&json!(true), &json!(["vigil", "六四纪念"])));
    assert_eq!((&removal["meeting"], &removal["participant"]), (&json!("vigil"), &json!("ada")));
    assert_eq!((&removal["orders"], &removal["notice"]["problem"]["status"]), (&json!(["cn-1"]), &json!(451)));

    // For another meeting, and for this one again. Once somebody else is named, the participants were reviewed in between.
    acknowledged(&door, &VIGIL.replace("\"vigil\"", "\"another\""));
    assert_eq!(connector.policy_and_removal().1["participant"], "eve");
    acknowledged(&door, VIGIL);
    assert_eq!(connector.policy_and_removal().1["participant"], "ada");
    wait_for("each removal to be counted", || door.metric("bailiwick_removals_total") == 3.0);
}

#[test]
fn an_order_that_begins_during_a_meeting_is_told_when_it_begins() {
    let door = Running::start(NOBODY, API);
    let (mut connector, subscription) = Connector::new(&door);
    assert_eq!(sweep(&door, &subscription, "vigil", json!({"ada": "127.8.0.5"}))["to_remove"], json!([]));
    let begins = jiff::Timestamp::try_from(SystemTime::now() + Duration::from_millis(1500)).unwrap();
    acknowledged(&door, &VIGIL.replace("status =", &format!("effective = \"{begins}\"\nstatus =")));
    assert_eq!(connector.next_of("remove")["participant"], "ada");
    assert!(SystemTime::now() >= SystemTime::from(begins));
}

#[test]
fn whoever_a_sweep_names_is_not_named_again_by_the_stream() {
    let door = Running::start(VIGIL, API);
    let (mut connector, subscription) = Connector::new(&door);
    let swept = sweep(&door, &subscription, "vigil", json!({"ada": "127.8.0.5", "ben": "127.0.0.5"}));
    assert_eq!(swept["to_remove"][0]["participant"], "ada");
    // Another one joins, whom the stream names although the door let them in.
    door.reload_with(NOBODY);
    sweep(&door, &subscription, "vigil", json!({"ben": "127.0.0.5", "cy": "127.8.0.6"}));
    acknowledged(&door, VIGIL);
    assert_eq!(connector.next_of("remove")["participant"], "cy");
}

#[test]
fn a_connector_that_is_gone_is_forgotten_and_its_name_is_unknown() {
    let door = Running::start(VIGIL, &format!("{API}{ADMIN}"));
    let (connector, subscription) = Connector::new(&door);
    sweep(&door, &subscription, "vigil", json!({"ben": "127.0.0.5"}));
    assert_eq!(door.metric("bailiwick_subscribers"), 1.0);
    drop(connector);
    wait_for("the daemon to forget it", || door.metric("bailiwick_subscribers") == 0.0);
    let body = json!({"meeting": "vigil", "participants": {}, "subscription": subscription});
    assert_eq!(post(door.address("api"), "/v1/sweep", &body).status, 404);
    let long = json!({"meeting": "m", "account": "a".repeat(513), "participants": {}, "subscription": "x"});
    assert_eq!(post(door.address("api"), "/v1/sweep", &long).status, 400);
    let long = json!({"meeting": "m".repeat(513), "participants": {}, "subscription": "x"});
    assert_eq!(post(door.address("api"), "/v1/sweep", &long).status, 400);
}

#[test]
fn a_large_meeting_is_told_whole_while_another_connector_reads_nothing() {
    let door = Running::start(NOBODY, &format!("{API}{ADMIN}"));
    let (_deaf, of_deaf) = Connector::new(&door);
    let (mut connector, subscription) = Connector::new(&door);
    let present: serde_json::Map<String, Value> =
        (0..3000).map(|n| (format!("p{n}"), json!(format!("127.8.{}.{}", n / 250, n % 250)))).collect();
    for name in [&of_deaf, &subscription] {
        sweep(&door, name, "vigil", Value::Object(present.clone()));
    }
    acknowledged(&door, VIGIL);
    let mut told: Vec<String> =
        (0..3000).map(|_| connector.next_of("remove")["participant"].as_str().unwrap().to_owned()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 3000);
}

#[test]
fn the_streams_end_with_the_daemon() {
    let mut door = Running::start(VIGIL, API);
    let (mut connector, _) = Connector::new(&door);
    door.end();
    assert_eq!(connector.next_of("resync")["reason"], "the daemon ends");
    assert!(connector.next().is_none());
}
