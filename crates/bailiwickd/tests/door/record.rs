//! The ledger of the daemon.

use std::fs;

use bailiwick::ledger::verify;

use crate::support::{ADMIN, API, BY_HEADER, Running, VIGIL, post, wait_for};

const LEDGER: &str = "[ledger]\npath = \"{dir}/ledger.jsonl\"\nkey = \"{dir}/key\"\n";

#[test]
fn every_decision_is_recorded_and_nobody_is_named() {
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{API}{ADMIN}{LEDGER}"));
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    assert_eq!(door.joins("/meet/vigil", "127.0.0.5"), 200);
    assert_eq!(door.joins("/meet/vigil", "nonsense"), 200);
    let decide = serde_json::json!({"meeting": "other", "address": "127.8.0.5"});
    assert_eq!(post(door.address("api"), "/v1/decide", &decide).status, 200);
    wait_for("the thread to write", || door.metric("bailiwick_recorded_total") == 3.0);
    assert_eq!(door.metric("bailiwick_unrecorded_total"), 0.0);
    door.end();
    let text = fs::read_to_string(door.path("ledger.jsonl")).unwrap();
    let verified = verify([("ledger.jsonl", text.as_bytes())]).unwrap();
    assert_eq!(verified.records, 3);
    let verdicts: Vec<&str> = text.split("\"verdict\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(verdicts, ["block-participant", "keep-meeting", "allow"]);
    assert!(!text.contains("127.") && !text.contains("vigil"), "{text}");
}

#[test]
fn a_decision_about_a_name_that_no_order_can_have_is_counted_and_takes_no_room_in_the_queue() {
    let mut door = Running::start(VIGIL, &format!("{API}{ADMIN}{LEDGER}"));
    for (length, unrecorded) in [(4096, 0.0), (4097, 1.0)] {
        let decide = serde_json::json!({"meeting": "m".repeat(length), "address": "127.8.0.5"});
        assert_eq!(post(door.address("api"), "/v1/decide", &decide).status, 200);
        assert_eq!(door.metric("bailiwick_unrecorded_total"), unrecorded, "{length}");
    }
    wait_for("the thread to write", || door.metric("bailiwick_recorded_total") == 1.0);
    door.end();
}

#[test]
fn what_is_not_recorded_is_counted_and_the_count_is_in_the_ledger_when_that_takes_lines_again() {
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}{}", LEDGER.replace("/ledger.jsonl", "/later/ledger.jsonl")));
    for _ in 0..12 {
        assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403, "an answer does not depend on the ledger");
    }
    wait_for("the thread to count", || door.metric("bailiwick_unrecorded_total") == 12.0);
    fs::create_dir(door.path("later")).unwrap();
    let told = || fs::read_to_string(door.path("later/ledger.jsonl")).is_ok_and(|text| text.contains("\"unrecorded\":12"));
    wait_for("the ledger to have the number", told);
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    door.end();
    let text = fs::read_to_string(door.path("later/ledger.jsonl")).unwrap();
    assert_eq!(verify([("ledger.jsonl", text.as_bytes())]).unwrap().records, 1);
}

#[test]
fn a_decision_that_is_written_to_a_ledger_which_was_removed_is_counted_as_not_recorded() {
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}{LEDGER}"));
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    wait_for("the thread to write", || door.metric("bailiwick_recorded_total") == 1.0);
    fs::remove_file(door.path("ledger.jsonl")).unwrap();
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    wait_for("the sync", || door.metric("bailiwick_unrecorded_total") >= 1.0);
    door.end();
}

#[test]
fn nobody_waits_for_a_ledger_that_takes_long_to_open() {
    // A key that comes when somebody writes it.
    let key = tempfile::tempdir().unwrap();
    let path = key.path().join("key");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let ledger = LEDGER.replace("{dir}/key", path.to_str().unwrap());
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}{ledger}"));
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    fs::write(&path, (0..32).map(|n: u8| n.wrapping_mul(37)).collect::<Vec<_>>()).unwrap();
    wait_for("the thread to write", || door.metric("bailiwick_recorded_total") == 1.0);
    door.end();
    let text = fs::read_to_string(door.path("ledger.jsonl")).unwrap();
    assert_eq!(verify([("ledger.jsonl", text.as_bytes())]).unwrap().records, 1);
}

#[test]
fn the_number_of_the_process_is_in_the_path() {
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{}", LEDGER.replace("ledger.jsonl", "ledger-%p.jsonl")));
    door.end();
    assert!(door.path(&format!("ledger-{}.jsonl", std::process::id())).exists());
}

#[test]
fn a_ledger_that_rotates_has_every_decision_and_one_chain() {
    let mut door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}{LEDGER}rotate = \"64KiB\"\n"));
    let join = |count: u32| (0..count).for_each(|_| assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403));
    join(250);
    wait_for("the next file", || door.path("ledger.1.jsonl").exists());
    join(250);
    wait_for("the file after that", || door.path("ledger.2.jsonl").exists());
    join(3);
    wait_for("the thread to write", || door.metric("bailiwick_recorded_total") == 503.0);
    assert_eq!(door.metric("bailiwick_unrecorded_total"), 0.0);
    door.end();
    // A slow machine may look more often while it joins.
    let numbered = (1..).map(|number| format!("ledger.{number}.jsonl"));
    let names = std::iter::once("ledger.jsonl".to_owned()).chain(numbered).take_while(|name| door.path(name).exists());
    let files: Vec<(String, Vec<u8>)> = names.map(|name| (name.clone(), fs::read(door.path(&name)).unwrap())).collect();
    let verified = verify(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))).unwrap();
    assert_eq!(verified.records, 503);
    assert!(files.len() >= 3 && files[..files.len() - 1].iter().all(|(_, bytes)| bytes.len() >= 64 << 10));
}
