//! One daemon, and what a store may do to it.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::bundle::{HOUR, Plan, bundle, plan, start};
use crate::node::Node;
use crate::store::{Does, Seen, WebStore};
use crate::wait_for;

/// Polls follow each other as soon as the configuration lets them.
const FAST: &str = "poll = \"100ms\"";

#[test]
fn a_newer_bundle_is_in_force_within_one_poll_and_an_older_one_never() {
    let store = WebStore::serving(bundle(2));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[2]);
    assert!(node.blocks("vigil"));
    store.serve(bundle(1));
    node.wait_for_poll();
    assert!(node.refusals("older-version") >= 1.0);
    store.serve(bundle(3));
    node.wait_for_versions(&[2, 3]);
    assert_eq!((node.metric("bailiwick_bundle_version"), node.metric("bailiwick_bundle_expired")), (3.0, 0.0));
    assert!(node.metric("bailiwick_bundle_expires_timestamp_seconds") > 1.7e9);
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[1]);
    node.wait_for_poll();
    node.wait_for_poll();
    let seen = store.seen();
    assert_eq!(seen[0], Seen { condition: None, status: 200 });
    assert!(seen[1..].iter().all(|seen| seen.status == 304 && seen.condition.is_some()), "{seen:?}");
    assert_eq!(node.metric("bailiwick_bundle_polls_total{result=\"taken\"}"), 1.0);
    assert!(node.metric("bailiwick_bundle_polls_total{result=\"not-modified\"}") >= 2.0);
    assert_eq!(node.metric("bailiwick_reloads_total{result=\"taken\"}"), 1.0);
}

#[test]
fn a_reload_that_is_asked_for_reads_the_bundle_whole() {
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), "poll = \"1h\"");
    node.wait_for_versions(&[1]);
    node.reload();
    let whole = Seen { condition: None, status: 200 };
    assert_eq!(store.seen(), [whole.clone(), whole]);
    assert_eq!(node.metric("bailiwick_bundle_polls_total{result=\"unchanged\"}"), 1.0);
}

/// Each refusal, and what the store has for it.
fn refused() -> [(&'static str, Does); 10] {
    let serve = |bytes: Vec<u8>| Does::Serve(Arc::new(bytes));
    let truncated = |part: fn(usize) -> usize| {
        let bytes = bundle(9);
        serve(bytes[..part(bytes.len())].to_vec())
    };
    let mut changed = bundle(9);
    let last = changed.iter().rposition(|&byte| byte != 0).unwrap();
    changed[last] ^= 1;
    [
        ("signature", serve(Plan { signers: vec![], ..plan(9) }.make())),
        ("threshold", serve(Plan { signers: vec!["anna"], ..plan(9) }.make())),
        ("threshold", serve(Plan { signers: vec!["mallory", "trudy"], ..plan(9) }.make())),
        ("origin", serve(Plan { origin: "example.org/others", ..plan(9) }.make())),
        ("conflict", serve(Plan { expires: start() + 2 * HOUR, ..plan(1) }.make())),
        ("wider", serve(Plan { meetings: vec!["vigil", "another"], ..plan(9) }.make())),
        ("archive", truncated(|len| len / 2)),
        ("archive", truncated(|len| len - 1)),
        ("digest", serve(changed)),
        ("archive", serve(b"<html>No such page</html>".to_vec())),
    ]
}

#[test]
fn a_bundle_that_is_refused_leaves_what_is_in_force_and_is_counted_by_its_reason() {
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[1]);
    for (n, (reason, does)) in refused().into_iter().enumerate() {
        let before = node.refusals(reason);
        store.now(does);
        wait_for(&format!("{n}: {reason}"), || node.refusals(reason) > before);
        assert!(node.blocks("vigil") && !node.blocks("another"), "{n}: {reason}");
        wait_for(&format!("{n}: {reason} is told"), || node.door.status().refusal.is_some());
    }
    assert_eq!(node.versions(), [1]);
    store.serve(bundle(1));
    wait_for("the trouble is over", || node.door.status().refusal.is_none());
    store.serve(bundle(2));
    node.wait_for_versions(&[1, 2]);
}

/// Each failure, and what the store does for it.
const FAILURES: [(&str, Does); 6] = [
    ("missing", Does::Status(404)),
    ("denied", Does::Status(403)),
    ("unreachable", Does::Status(503)),
    ("unreachable", Does::Hang),
    ("timeout", Does::Silence),
    ("unreachable", Does::Endless(503, "transfer-encoding: chunked")),
];

#[test]
fn a_store_that_fails_leaves_what_is_in_force_and_is_taken_from_when_it_is_back() {
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), &format!("{FAST}\ntimeout = \"1s\""));
    node.wait_for_versions(&[1]);
    for (n, (reason, does)) in FAILURES.into_iter().enumerate() {
        let before = node.failures(reason);
        store.now(does);
        wait_for(&format!("{n}: {reason}"), || node.failures(reason) > before);
        assert!(node.blocks("vigil"), "{n}: {reason}");
    }
    store.now(Does::Cut(Arc::new(bundle(2))));
    let before = node.failures("unreachable");
    wait_for("a file that was cut", || node.failures("unreachable") > before);
    assert_eq!(node.versions(), [1]);
    assert_eq!(node.metric("bailiwick_reloads_total{result=\"refused\"}"), 0.0, "nothing was there to be refused");
    store.serve(bundle(2));
    node.wait_for_versions(&[1, 2]);
}

#[test]
fn data_without_end_is_cut_at_the_limit() {
    const LIMIT: u64 = 200_000;
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), &format!("{FAST}\nmax_size = {LIMIT}\ntimeout = \"20s\""));
    node.wait_for_versions(&[1]);
    // One that says so, one whose length is beyond all, and an error whose text has no end.
    let lengths = ["content-length: 200001", "content-length: 9000000000000000000"];
    for field in lengths {
        let before = node.refusals("size");
        store.now(Does::Endless(200, field));
        wait_for(field, || node.refusals("size") > before);
    }
    for (status, field) in [(200, "transfer-encoding: chunked"), (500, "transfer-encoding: chunked"), (500, "x: y")] {
        let (before, sent, begun) = (node.failures("unreachable"), store.sent(), Instant::now());
        store.now(Does::Endless(status, field));
        wait_for(field, || node.failures("unreachable") > before);
        assert!(begun.elapsed() < Duration::from_secs(20), "cut by its size, not by the time");
        store.now(Does::Status(503));
        // What the two sockets hold, and what was under way.
        assert!(store.sent() - sent < 64 << 20, "{status} {field}: {}", store.sent() - sent);
    }
    assert!(node.blocks("vigil"));
}

#[test]
fn an_etag_that_stays_while_the_file_changes_hides_it_until_a_reload() {
    let store = WebStore::new(Does::ServeAs(Arc::new(bundle(1)), "\"same\""));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[1]);
    store.now(Does::ServeAs(Arc::new(bundle(2)), "\"same\""));
    node.wait_for_poll();
    assert_eq!(node.versions(), [1]);
    node.reload();
    node.wait_for_versions(&[1, 2]);
}

#[test]
fn a_file_that_was_harmed_on_its_way_is_fetched_again_under_its_etag() {
    let whole = bundle(2);
    let mut harmed = whole.clone();
    harmed[700] ^= 1;
    let store = WebStore::new(Does::ServeAs(Arc::new(harmed), "\"2\""));
    let node = Node::start(&store.url(), FAST);
    wait_for("it is refused", || node.refusals("signature") + node.refusals("manifest") + node.refusals("archive") >= 1.0);
    store.now(Does::ServeAs(Arc::new(whole), "\"2\""));
    node.wait_for_versions(&[2]);
}

#[test]
fn a_refused_file_is_not_fetched_at_every_poll() {
    let store = WebStore::serving(Plan { signers: vec!["anna"], ..plan(2) }.make());
    let node = Node::start(&store.url(), FAST);
    wait_for("ten polls", || node.polls() >= 10);
    // Of the first ten, as a later one is sent whole again.
    let whole = store.seen()[..10].iter().filter(|seen| seen.status == 200).count();
    assert_eq!(whole, 2, "{:?}", store.seen());
    assert!(node.refusals("threshold") >= 10.0, "each poll that finds it counts");
    assert_eq!(node.versions(), [0; 0]);
}

#[test]
fn a_start_without_store_goes_on_with_the_bundle_of_the_state_folder() {
    let store = WebStore::serving(bundle(7));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[7]);
    let folder = node.end();
    store.now(Does::Hang);
    let node = Node::start_in(folder, &store.url(), FAST);
    node.wait_for_versions(&[7]);
    assert!(node.blocks("vigil"));
    wait_for("a poll that fails", || node.failures("unreachable") >= 1.0);
    assert!(node.metric("bailiwick_bundle_poll_age_seconds") > 0.0);
    store.serve(bundle(6));
    wait_for("older ones are refused after a restart, too", || node.refusals("older-version") >= 1.0);
    assert_eq!(node.versions(), [7]);
}

#[test]
fn a_bundle_that_expired_after_it_was_taken_goes_on_with_an_alert() {
    // As long as the first node may take to fetch it on a busy machine.
    let store = WebStore::serving(Plan { expires: SystemTime::now() + Duration::from_secs(10), ..plan(1) }.make());
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[1]);
    wait_for("it expires", || node.metric("bailiwick_bundle_expired") == 1.0);
    assert!(node.blocks("vigil"));
    let folder = node.end();
    let node = Node::start_in(folder, &store.url(), FAST);
    node.wait_for_versions(&[1]);
    assert!(node.blocks("vigil"));
    assert_eq!(node.metric("bailiwick_bundle_expired"), 1.0);
    node.wait_for_poll();
    assert_eq!(node.refusals("expired"), 0.0, "the store has what is in force");
}

#[test]
fn a_bundle_that_expired_before_is_never_taken() {
    let store = WebStore::serving(Plan { expires: SystemTime::now(), ..plan(1) }.make());
    let node = Node::start(&store.url(), FAST);
    wait_for("it is refused", || node.refusals("expired") >= 1.0);
    assert!(node.door.load().is_none() && !node.blocks("vigil"));
    wait_for("an alert says that there is none", || node.metric("bailiwick_bundle_alert{alert=\"none\"}") == 1.0);
}

#[test]
fn a_version_before_the_minimum_is_never_taken() {
    let store = WebStore::serving(bundle(4));
    let node = Node::start(&store.url(), &format!("{FAST}\nminimum_version = 5"));
    wait_for("it is refused", || node.refusals("minimum-version") >= 1.0);
    store.serve(bundle(5));
    node.wait_for_versions(&[5]);
}

#[test]
fn a_file_on_this_machine_is_a_store_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders of today.bundle");
    let node = Node::start(path.to_str().unwrap(), FAST);
    wait_for("it is missing", || node.failures("missing") >= 1.0);
    for version in [1, 2] {
        // Written in two steps, as a copy is: half of it is refused.
        let bytes = bundle(version);
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let before = node.refusals("archive");
        wait_for("half of it is refused", || node.refusals("archive") > before);
        fs::write(&path, bytes).unwrap();
        wait_for("it is taken", || node.versions().last() == Some(&version));
    }
    assert_eq!(node.versions(), [1, 2]);
}

#[test]
fn a_bundle_that_did_not_fit_the_disk_is_written_when_there_is_room_though_the_store_sends_it_no_more() {
    let store = WebStore::serving(bundle(1));
    let node = Node::start(&store.url(), FAST);
    node.wait_for_versions(&[1]);
    // A folder stands where the file is written first, which fails as on a full disk.
    let in_the_way = node.state().join("state/current.bundle.new");
    fs::create_dir(&in_the_way).unwrap();
    store.serve(Plan { meetings: vec!["another"], ..plan(2) }.make());
    node.wait_for_poll();
    assert_eq!((node.versions(), node.refusals("wider") >= 1.0), (vec![1], true));
    store.serve(bundle(3));
    node.wait_for_versions(&[1, 3]);
    let unwritten = || node.metric("bailiwick_bundle_alert{alert=\"unwritten\"}");
    node.wait_for_poll();
    assert_eq!(unwritten(), 1.0);
    let sent = || store.seen().iter().filter(|seen| seen.status == 200).count();
    let before = sent();
    fs::remove_dir(&in_the_way).unwrap();
    wait_for("it is written", || unwritten() == 0.0);
    assert_eq!(sent(), before, "it is not sent again");
    assert_eq!(fs::read(node.state().join("state/current.bundle")).unwrap(), bundle(3));
}

#[test]
fn a_state_folder_in_use_admits_everybody_until_it_is_free() {
    let store = WebStore::serving(bundle(1));
    let first = Node::start(&store.url(), FAST);
    first.wait_for_versions(&[1]);
    let text = format!("{FAST}\n");
    let state = first.state().join("state");
    let second = Node::start_with_state(&store.url(), state.to_str().unwrap(), &text);
    wait_for("the folder is in use", || second.refusals("state") >= 1.0 && second.door.status().refusal.is_some());
    assert!(second.door.load().is_none());
    let refusal = second.door.status().refusal.unwrap();
    assert!(refusal.contains("another process"), "{refusal}");
    let _folder = first.end();
    second.wait_for_versions(&[1]);
}
