//! Figures for `docs/log.md`. Run them on a quiet machine:
//!
//! `cargo test --release --all-features --test log figures -- --ignored --nocapture`

use std::hint::black_box;
use std::time::Instant;

use bailiwick::ledger::{Key, Ledger, Verification};
use bailiwick::log::{Tree, TreeHash};
use bailiwick::{Atlas, Docket, Meeting, Order, Policy, Source};

use super::{KEY, Place, publish};

/// Writes so many records, and appends each line to a tree when there is one. The ledger, and records a second.
fn record(records: u32, mut tree: Option<Tree>) -> (Vec<u8>, f64) {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes()).unwrap();
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("vigil".to_owned());
    let mut docket = Docket::default();
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
    let (ip, host, now) = ("203.0.113.7".parse().unwrap(), "US".parse().unwrap(), std::time::SystemTime::now());
    let began = Instant::now();
    for _ in 0..records {
        let before = ledger.get_ref().len();
        ledger.record(&policy.explain(Meeting::new("vigil"), ip, host, now)).unwrap();
        if let Some(tree) = &mut tree {
            let line = &ledger.get_ref()[before..];
            black_box(tree.append(TreeHash::of_leaf(&line[..line.len() - 1])));
        }
    }
    let rate = f64::from(records) / began.elapsed().as_secs_f64();
    (ledger.into_inner(), rate)
}

#[test]
#[ignore = "measures: see the top of the file"]
fn figures() {
    const RECORDS: u32 = 1_000_000;
    for _ in 0..3 {
        let (_, off) = record(RECORDS, None);
        let (_, on) = record(RECORDS, Some(Tree::new()));
        println!("{off:.0} records a second without the tree, {on:.0} with it in the same thread: {:.0} %", 100.0 * on / off);
    }
    let (ledger, _) = record(RECORDS, None);
    println!("{:.1} bytes a record", ledger.len() as f64 / f64::from(RECORDS));
    let timed = |what: &str, act: &mut dyn FnMut()| {
        let began = Instant::now();
        act();
        println!("{what}: {:.2} s for {RECORDS} lines", began.elapsed().as_secs_f64());
    };
    timed("verifying the chain", &mut || Verification::new().file("ledger", ledger.as_slice()).unwrap());
    timed("verifying the chain and the tree", &mut || {
        let mut tree = Tree::new();
        let each = |_: &_, bytes: &[u8]| _ = tree.append(TreeHash::of_leaf(bytes));
        Verification::new().each_line("ledger", ledger.as_slice(), each).unwrap();
        black_box(tree.root());
    });
    let place = Place::new();
    timed("publishing", &mut || _ = publish(&place.dir(), None, &ledger).unwrap());
    timed("publishing again", &mut || _ = publish(&place.dir(), None, &ledger).unwrap());
    let log = bailiwick::log::LogFolder::read(place.dir()).unwrap();
    let (size, stored) = (log.size(), log.stored().unwrap());
    let proof = stored.inclusion(size / 3, size).unwrap().unwrap();
    let line = super::lines(&ledger)[usize::try_from(size / 3).unwrap()].to_vec();
    let file = bailiwick::log::LogProof::new(Some(line), proof.clone(), log.last().unwrap().clone());
    println!("{} hashes in a proof of {size} lines, {} bytes as a file", proof.path().len(), file.to_string().len());
}
