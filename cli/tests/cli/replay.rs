//! `bailiwick replay`.

use serde_json::{Value, json};

use super::verify::{KEY, ledger};
use super::{Folder, GEO, ORDER};

/// The questions behind the three lines of the ledger.
const QUESTIONS: &str = r#"
{"seq":1,"meeting":"vigil","address":"203.0.113.1","host_region":"US"}
{"seq":2,"meeting":"vigil","account":null,"address":"198.51.100.1","host_region":"US"}

{"seq":5,"meeting":"another","address":"203.0.113.1","host_region":"US"}
"#;

const REPLAY: &str = "replay orders.toml --geo geo.csv --ledger one.jsonl two.jsonl --key-file key --questions questions.jsonl";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    ledger(&folder);
    folder.write("questions.jsonl", QUESTIONS);
    folder
}

#[test]
fn all_is_decided_as_it_was_recorded() {
    let folder = folder("replay");
    assert_eq!(folder.run(REPLAY).text(), "3 questions, 3 answers as recorded\n");
    assert_eq!(
        folder.run(&format!("{REPLAY} --json")).json(),
        json!({ "questions": 3, "same": 3, "differences": [], "fault": null })
    );
    let from_stdin = REPLAY.replace("questions.jsonl", "-");
    assert_eq!(folder.run_with(&from_stdin, QUESTIONS).text(), "3 questions, 3 answers as recorded\n");
}

#[test]
fn what_is_decided_otherwise_is_told() {
    let folder = folder("replay_differences");
    // Somebody says now that another person was asked about, and about a line that records no decision.
    let questions = QUESTIONS.replacen("203.0.113.1", "198.51.100.1", 1).replace("\"seq\":5", "\"seq\":4");
    folder.write("questions.jsonl", questions);
    let ended = folder.run(REPLAY);
    assert_eq!((ended.status, ended.err.as_str()), (Some(1), ""));
    assert_eq!(
        ended.out,
        "error: line number 1: the verdict is keep-meeting, recorded is block-participant\n\
         error: line number 1: the reason is outside, recorded is reaches\n\
         error: line number 1: the participant is located in HK, recorded is CN\n\
         error: line number 4: no decision is recorded under this number: give the number that `record` returned\n\
         3 questions, 1 answer as recorded\n"
    );
    let report: Value = serde_json::from_str(&folder.run(&format!("{REPLAY} --json")).out).unwrap();
    let fields: Vec<&str> = report["differences"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["verdict", "why", "region", "seq"]);
    assert_eq!((&report["questions"], &report["same"]), (&json!(3), &json!(1)));
}

#[test]
fn other_orders_geo_files_and_keys_are_told() {
    let folder = folder("replay_others");
    let field = |line: &str| {
        let report: Value = serde_json::from_str(&folder.run(&format!("{line} --json")).out).unwrap();
        report["differences"][0]["field"].as_str().unwrap().to_owned()
    };
    folder.write("changed.toml", ORDER.replace("203.0.113.7", "203.0.113.8"));
    folder.write("changed.csv", GEO.replace("HK", "TW"));
    folder.write("other", [KEY, b"\n"].concat());
    assert_eq!(field(&REPLAY.replace("orders.toml", "changed.toml")), "policy");
    assert_eq!(field(&REPLAY.replace("geo.csv", "changed.csv")), "atlas");
    // The header tells keys apart, before any question is asked.
    let said = folder.run(&REPLAY.replace("--key-file key", "--key-file other")).failure(1);
    assert!(said.contains("`one.jsonl`, line 1") && said.contains("another key"), "{said}");
}

#[test]
fn a_ledger_that_was_changed_is_not_replayed() {
    let folder = folder("replay_changed");
    let one = String::from_utf8(folder.read("one.jsonl")).unwrap();
    folder.write("one.jsonl", one.replacen("cn-1", "cn-2", 1));
    assert!(folder.run(REPLAY).failure(1).contains("`one.jsonl`, line 2, number 1: the line was changed"));
    let report: Value = serde_json::from_str(&folder.run(&format!("{REPLAY} --json")).out).unwrap();
    assert_eq!(report["fault"]["line"], 2);
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let folder = folder("replay_mishaps");
    folder.write("short", "too short");
    folder.write("long", vec![b'x'; 5000]);
    for (name, content) in [
        ("none", "{\"seq\":1}\n"),
        ("twice", "\n{\"seq\":1,\"meeting\":\"vigil\",\"address\":\"::1\",\"host_region\":\"US\"}".repeat(2).as_str()),
        ("endless", &"x".repeat(20_000)),
    ] {
        folder.write(name, content);
    }
    let cases = [
        (REPLAY.replace("--key-file key", "--key-file short"), 2, "`short`: the key has 9 bytes: make one of at least 32"),
        (REPLAY.replace("--key-file key", "--key-file long"), 2, "`long` has more than 4096 bytes: is it the key?"),
        (REPLAY.replace("--key-file key", "--key-file no"), 2, "`no` cannot be read: there is no such file"),
        (REPLAY.replace("questions.jsonl", "none"), 1, "`none`, line 1 is not a question: write one like"),
        (REPLAY.replace("questions.jsonl", "twice"), 1, "`twice`, line 3 is a second question about line number 1: ask once"),
        (REPLAY.replace("questions.jsonl", "endless"), 1, "`endless`, line 1 is too long to be a question"),
        (REPLAY.replace("questions.jsonl", "-").replace("orders.toml", "-"), 2, "`-` is given twice"),
    ];
    for (line, status, expected) in cases {
        let said = folder.run(&line).failure(status);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("vigil"));
    }
}

#[test]
fn that_nothing_was_asked_is_said() {
    let folder = folder("replay_nothing");
    folder.write("questions.jsonl", "\n");
    let ran = folder.run(REPLAY);
    assert!(ran.err.contains("`questions.jsonl` has no questions"), "{}", ran.err);
}
