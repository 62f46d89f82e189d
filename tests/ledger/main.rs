//! The ledger: its lines, that no edit goes unnoticed, and that a crash loses nothing.
//!
//! - `lines`: what a decision is written as, and what is never written;
//! - `edits`: every edit of a small ledger, and any of a random one;
//! - `faults`: full disks, short writes, and kills in the middle of a line;
//! - `files`: opening, setting torn lines aside, rotating, locking;
//! - `digests`: of policies and atlases;
//! - `replay`: deciding again;
//! - `evidence`: files against recorded digests.

#[path = "../support/mod.rs"]
mod support;
#[path = "../bodies/mod.rs"]
mod bodies;
mod digests;
mod edits;
mod evidence;
mod faults;
mod files;
mod lines;
mod replay;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Line, Lines, Record};
use bailiwick::{Atlas, Docket, Explanation, Meeting, Order, Policy, Source, Status};
use support::region;

/// Made-up places: documentation networks.
const GEO: &str = "\
    203.0.113.0,203.0.113.255,CN\n\
    198.51.100.0,198.51.100.255,HK\n\
    192.0.2.0,192.0.2.255,US\n\
    2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,CN\n";

fn key() -> Key {
    Key::new(&[7; 32]).unwrap()
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_272_000)
}

fn atlas() -> Atlas {
    let mut other = Source::new("other");
    other.insert("203.0.113.128/25".parse().unwrap(), region("TW"));
    let source = Source::from_range_csv("provider", GEO.as_bytes()).unwrap();
    Atlas::builder().source(source).source(other).build().unwrap()
}

/// Orders of every kind about the meeting `vigil`, and one that is over about `earlier`.
fn docket() -> Docket {
    let order = |id: &str, meeting: &str| {
        let mut order = Order::new(id, "CN");
        order.meetings.push(meeting.to_owned());
        order
    };
    let mut docket = Docket::default();
    let mut over = order("cn-over", "earlier");
    over.expires = Some(noon() - Duration::from_secs(1));
    let mut rejected = order("cn-rejected", "vigil");
    rejected.status = Status::Rejected;
    let mut exempting = order("cn-exempting", "vigil");
    exempting.exempt.push("203.0.113.7/32".parse().unwrap());
    docket.orders = vec![order("cn-1", "vigil"), exempting, over, rejected];
    docket
}

fn policy() -> Policy {
    Policy::compile(&docket(), &atlas()).unwrap()
}

fn explain<'p>(policy: &'p Policy, meeting: &str, address: &str) -> Explanation<'p> {
    policy.explain(Meeting::new(meeting).hosted_by("account-17"), address.parse().unwrap(), region("US"), noon())
}

fn records(file: &[u8]) -> Vec<Record> {
    let lines = Lines::new(file).map(Result::unwrap);
    lines.filter_map(|line| if let Line::Record(record) = line { Some(record) } else { None }).collect()
}

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ledger").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}
