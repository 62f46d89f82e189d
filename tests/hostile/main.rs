//! Hostile input: refusals with their messages, and input that must not make the library fail.
//!
//! - `reading`: dockets that no reader may accept, in TOML and in JSON;
//! - `fields`: values that a field of an order cannot have;
//! - `compiling`: dockets that read, and must not compile;
//! - `names`: names that must not compile, and names in errors;
//! - `warnings`: dockets that compile, and deserve a second look;
//! - `sources`: files of ranges, and sources that make no atlas;
//! - `round_trip`: what was read is written and read again, the same;
//! - `random`: arbitrary bytes.

#[path = "../support/mod.rs"]
mod support;
mod compiling;
mod fields;
mod names;
mod random;
mod reading;
mod round_trip;
mod sources;
mod warnings;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick::{Atlas, Docket, Order, Status};
use support::{atlas_of_ranges, network, region};

const STATUSES: [Status; 5] = [Status::Received, Status::UnderReview, Status::InForce, Status::Rejected, Status::Withdrawn];

fn seconds(after_1970: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(after_1970)
}

/// The atlas of the tests of compiling.
fn atlas() -> Atlas {
    const ROWS: &str = "\
        192.0.2.0,192.0.2.255,US-CA
        198.51.100.0,198.51.100.255,HK
        203.0.113.0,203.0.113.127,CN-GD
        203.0.113.128,203.0.113.255,CN
        2001:db8::,2001:db8::ffff,CN";
    atlas_of_ranges(ROWS)
}

/// A docket that compiles without a warning: a group, and one order in force.
fn clean() -> Docket {
    let mut order = Order::new("o-1", "CN");
    order.meetings = vec!["june-4-vigil".to_owned()];
    order.expires = Some(seconds(4_000_000_000));
    order.evidence = vec!["sha256:0".to_owned()];
    order.approved_by = vec!["counsel-a".to_owned(), "counsel-b".to_owned()];
    let mut docket = Docket::default();
    docket.jurisdictions.insert("BENELUX".to_owned(), ["BE", "NL", "LU"].map(region).to_vec());
    docket.orders.push(order);
    docket
}

/// Whether a message is one line, without characters that colour a terminal or reorder text.
fn is_one_plain_line(message: &str) -> bool {
    !message.chars().any(|c| {
        c.is_control() || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}
