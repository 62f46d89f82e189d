//! Keeps `openapi.json` current: it is made from the types that are read and written.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::kinds::{DecideAnswer, DecideRequest, ExplainRequest, PolicyAnswer, Problem, SweepAnswer, SweepRequest};
use crate::presence::{Hello, PolicyEvent, Removal, Resync};

/// The description, as it must be.
fn description() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let paths = json!({
        "/v1/decide": {"post": operation::<DecideRequest, DecideAnswer>(&mut generator, "decide", "Decides whether a participant may join.")},
        "/v1/sweep": {"post": operation::<SweepRequest, SweepAnswer>(
            &mut generator, "sweep",
            "Decides about everyone who is present, and with a subscription has them watched.")},
        "/v1/explain": {"post": explain(&mut generator)},
        "/v1/policy": {"get": {
            "operationId": "policy", "summary": "Describes the policy in force.",
            "responses": {"200": content::<PolicyAnswer>(&mut generator, "The policy."), "503": problem(&mut generator)}}},
        "/v1/changes": {"get": changes(&mut generator)},
        "/v1/openapi.json": {"get": {
            "operationId": "openapi", "summary": "Returns this description.",
            "responses": {"200": {"description": "The description.", "content": {"application/json": {"schema": {"type": "object"}}}}}}},
    });
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "bailiwickd",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": "Questions of connectors. Whoever gets no answer, or one with another status than 200, admits."
        },
        "paths": paths,
        "components": {"schemas": schemas}
    })
}

fn operation<Q: JsonSchema, A: JsonSchema>(generator: &mut SchemaGenerator, id: &str, summary: &str) -> Value {
    let mut operation = json!({
        "operationId": id, "summary": summary,
        "requestBody": {"required": true, "content": {"application/json": {"schema": generator.subschema_for::<Q>()}}},
        "responses": {"200": content::<A>(generator, "The answer.")}
    });
    for status in ["400", "404", "408", "413", "503"] {
        operation["responses"][status] = problem(generator);
    }
    operation
}

/// The answer of `explain` is the library's, which `docs/json.md` describes.
fn explain(generator: &mut SchemaGenerator) -> Value {
    let mut operation = operation::<ExplainRequest, Problem>(generator, "explain", "Explains the decision about a participant.");
    let required = ["meeting", "at", "decision", "location", "host_region", "host_account", "orders"];
    operation["responses"]["200"] = json!({
        "description": "The explanation, as of `bailiwick explain --json`.",
        "content": {"application/json": {"schema": {"type": "object", "required": required}}}
    });
    operation
}

fn changes(generator: &mut SchemaGenerator) -> Value {
    let mut events = serde_json::Map::new();
    events.insert("hello".to_owned(), generator.subschema_for::<Hello>().into());
    events.insert("policy".to_owned(), generator.subschema_for::<PolicyEvent>().into());
    events.insert("remove".to_owned(), generator.subschema_for::<Removal>().into());
    events.insert("resync".to_owned(), generator.subschema_for::<Resync>().into());
    json!({
        "operationId": "changes",
        "summary": "Tells of other policies, and who is to be removed of those who were announced by a sweep.",
        "responses": {
            "200": {
                "description": "Server-sent events. The data of each is JSON; `x-events` has its schema by the event's name.",
                "content": {"text/event-stream": {"schema": {"type": "string"}, "x-events": events}}
            },
            "503": problem(generator)
        }
    })
}

fn content<A: JsonSchema>(generator: &mut SchemaGenerator, description: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": generator.subschema_for::<A>()}}})
}

fn problem(generator: &mut SchemaGenerator) -> Value {
    json!({
        "description": "No answer: admit.",
        "content": {"application/problem+json": {"schema": generator.subschema_for::<Problem>()}}
    })
}

/// `BAILIWICKD_BLESS=1 cargo test openapi` writes it anew.
#[test]
fn the_description_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&description()).unwrap());
    if std::env::var_os("BAILIWICKD_BLESS").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == current,
        "run `BAILIWICKD_BLESS=1 cargo test openapi`, and look at the change"
    );
}
