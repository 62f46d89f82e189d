//! The line of a decision, and data that is never written.

use bailiwick::DecisionKind;
use bailiwick::ledger::{Ledger, LedgerError, Lines, verify};
use bailiwick::{Docket, Order, Policy, Reason};
use std::time::{Duration, SystemTime};

use super::{atlas, explain, key, noon, policy, records};

/// A meeting and an address; then verdict, orders, why, region and length of the network.
#[rustfmt::skip]
const CASES: [[&str; 7]; 9] = [
    ["vigil",   "203.0.113.1",   "block-participant", "cn-1 cn-exempting", "reaches",  "CN",        "Some(25)"],
    ["vigil",   "203.0.113.7",   "block-participant", "cn-1",              "reaches",  "CN",        "Some(25)"],
    ["vigil",   "203.0.113.129", "keep-meeting",      "cn-1 cn-exempting", "contested", "contested", "Some(25)"],
    ["vigil",   "198.51.100.1",  "keep-meeting",      "cn-1 cn-exempting", "outside",  "HK",        "Some(24)"],
    ["vigil",   "233.252.0.1",   "keep-meeting",      "cn-1 cn-exempting", "unlocated", "unknown",  "None"],
    ["vigil",   "2001:db8::1",   "block-participant", "cn-1 cn-exempting", "reaches",  "CN",        "Some(32)"],
    ["earlier", "203.0.113.1",   "allow",             "",                  "expired",  "CN",        "Some(25)"],
    ["another", "203.0.113.1",   "allow",             "",                  "no-order", "CN",        "Some(25)"],
    ["another", "233.252.0.1",   "allow",             "",                  "no-order", "unknown",   "None"],
];

#[test]
fn a_line_says_what_was_decided_and_why() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    for ([meeting, address, ..], seq) in CASES.into_iter().zip(1..) {
        assert_eq!(ledger.record(&explain(&policy, meeting, address)).unwrap(), seq);
    }
    let file = ledger.into_inner();
    assert_eq!(records(&file).len(), CASES.len());
    for (record, [meeting, _, verdict, orders, why, region, len]) in records(&file).into_iter().zip(CASES) {
        assert_eq!((record.verdict.name(), record.orders.join(" ").as_str()), (verdict, orders));
        assert_eq!(record.why.map_or("no-order", Reason::name), why);
        assert_eq!((record.region.to_string().as_str(), format!("{:?}", record.prefix_len).as_str()), (region, len));
        assert_eq!((record.time, record.meeting), (noon(), key().hash(meeting)));
        assert_eq!((record.policy, record.atlas), (policy.digest(), atlas().digest()));
    }
}

#[test]
fn a_line_is_written_in_one_way() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    let header = ledger.head();
    ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    let file = String::from_utf8(ledger.into_inner()).unwrap();
    let [first, record] = file.lines().collect::<Vec<_>>()[..] else { panic!("{file}") };
    assert!(first.starts_with(r#"{"ledger":2,"seq":0,"opened":"2"#), "{first}");
    let salts = [0, 1].map(|seq| key().salt(seq));
    let end = format!(r#"Z","key":"{}","salt":"{}","prev":"sha256:{}"}}"#, key().commitment(), salts[0], "0".repeat(64));
    assert!(first.ends_with(&end), "{first}");
    assert_eq!(
        record,
        format!(
            r#"{{"seq":1,"time":"2020-06-04T12:00:00Z","policy":"{}","atlas":"{}","meeting":"{}","verdict":"block-participant","orders":["cn-1","cn-exempting"],"why":"reaches","region":"CN","prefix_len":25,"salt":"{}","prev":"{}"}}"#,
            policy.digest(),
            policy.atlas_digest(),
            key().hash("vigil"),
            salts[1],
            header.digest
        )
    );
    assert!(file.ends_with('\n'));
}

/// Neither as text, nor as the bytes of an address, in hexadecimal or decimal digits.
#[test]
fn nothing_of_a_person_or_a_meeting_is_written() {
    let mut docket = Docket::default();
    let mut order = Order::new("cn-1", "CN");
    (order.meetings, order.accounts) = (vec!["the-meeting".to_owned()], vec!["the-account".to_owned()]);
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    for address in ["203.0.113.77", "::ffff:203.0.113.77", "2001:db8:abcd:ef01::77", "198.51.100.99", "233.252.0.88"] {
        for meeting in ["the-meeting", "another-meeting"] {
            let meeting = bailiwick::Meeting::new(meeting).hosted_by("the-account");
            let explanation = policy.explain(meeting, address.parse().unwrap(), super::region("US"), noon());
            ledger.record(&explanation).unwrap();
        }
    }
    let file = String::from_utf8(ledger.into_inner()).unwrap();
    let inputs =
        ["the-meeting", "another-meeting", "the-account", "account", "203.0.113", "198.51.100", "233.252.0", "2001:", "abcd:ef01"];
    let encoded = ["cb00714d", "c6336463", "e9fc0058", "20010db8", "3405803853", "0.0/", "/24", "/32", "US"];
    for text in inputs.into_iter().chain(encoded) {
        assert!(!file.contains(text), "{text} is in {file}");
    }
    // The keyed hash is no plain one.
    for meeting in ["the-meeting", "another-meeting"] {
        let plain = bailiwick::Digest::of(meeting.as_bytes()).to_string();
        assert!(!file.contains(plain.trim_start_matches("sha256:")));
    }
}

#[test]
fn a_decision_about_a_time_that_cannot_be_written_is_not_recorded_and_others_are() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    let head = ledger.head();
    let beyond = SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000);
    let explanation = policy.explain("vigil", "203.0.113.1".parse().unwrap(), super::region("US"), beyond);
    assert!(matches!(ledger.record(&explanation), Err(LedgerError::Time)));
    assert_eq!(ledger.head(), head);
    assert_eq!(ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap(), 1);
}

#[test]
fn a_line_that_no_reader_takes_is_not_written() {
    let mut docket = Docket::default();
    let order = |n: usize| {
        let mut order = Order::new(format!("{n:0>512}"), "CN");
        order.meetings.push("vigil".to_owned());
        order
    };
    docket.orders = (0..130).map(order).collect();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    let error = ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap_err();
    assert!(matches!(error, LedgerError::TooLong { found, limit: 65_535 } if found > 65_535), "{error}");
    assert_eq!(ledger.record(&explain(&policy, "another", "203.0.113.1")).unwrap(), 1);

    docket.orders.truncate(126);
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    assert_eq!(ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap(), 2);
    let records = records(&ledger.into_inner());
    assert_eq!((records[1].orders.len(), records[1].verdict), (126, DecisionKind::BlockParticipant));
}

#[test]
fn the_longest_line_is_written_and_read_and_one_byte_more_is_not() {
    let docket = |last: usize| {
        let mut docket = Docket::default();
        docket.orders =
            (0..127).map(|n| Order::new(format!("{n:0>length$}", length = if n < 126 { 510 } else { last }), "CN")).collect();
        docket.orders.iter_mut().for_each(|order| order.meetings.push("vigil".to_owned()));
        docket
    };
    let line = |last: usize| {
        let policy = Policy::compile(&docket(last), &atlas()).unwrap();
        let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
        ledger.record(&explain(&policy, "vigil", "203.0.113.1")).map(|_| ledger.into_inner())
    };
    let length = |file: &[u8]| file.split(|&byte| byte == b'\n').nth(1).unwrap().len();
    let most = 3 + 65_535 - length(&line(3).unwrap());
    let longest = line(most).unwrap();
    assert_eq!((length(&longest), records(&longest)[0].orders.len()), (65_535, 127));
    assert!(matches!(line(most + 1), Err(LedgerError::TooLong { found: 65_536, limit: 65_535 })));
}

/// A writer may hold what it was given. Flushed, all lines are there.
#[test]
fn what_a_writer_holds_is_there_when_the_ledger_is_flushed() {
    let mut ledger = Ledger::begin(std::io::BufWriter::with_capacity(1 << 16, Vec::new()), key()).unwrap();
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
    assert!(ledger.get_ref().get_ref().is_empty());
    ledger.flush().unwrap();
    assert_eq!(records(ledger.get_ref().get_ref()).len(), 1);
}

#[test]
fn nothing_secret_is_shown_for_debugging() {
    let ledger = Ledger::begin(Vec::new(), key()).unwrap();
    assert!(format!("{ledger:?}").starts_with("Ledger { head: Head { seq: 0, digest: Digest(sha256:"));
    let question = bailiwick::ledger::Question::new(7, "vigil", "203.0.113.1".parse().unwrap(), super::region("US"));
    assert_eq!(format!("{question:?}"), "Question { seq: 7, .. }");
}

/// Computed with another program.
#[test]
fn salts_and_commitments_are_those_of_the_standard() {
    assert_eq!(key().commitment().to_string(), "b4583f8d7b1f0c6145a7a6783a8db41b3c61a144cc28743d4083a05353a91729");
    assert_eq!(
        [0, 1, 256, u64::MAX].map(|seq| key().salt(seq).to_string()),
        ["DrPa0N4KVE-8oqn55GQ0Vw", "i0zYO6Xnt-2-Op9qQSyAjQ", "uDDbn6jT55p1O1ueNIwF7w", "nw9f5mCX70qPL-l6xj-PVg"]
    );
}

#[test]
fn padding_goes_up_to_the_next_public_head() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    assert_eq!(ledger.public_head(), None);
    ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    assert_eq!((ledger.pad().unwrap(), ledger.head().seq), (254, 255));
    assert_eq!((ledger.public_head(), ledger.pad().unwrap()), (Some(ledger.head()), 0));
    let public = ledger.head();
    ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    assert_eq!((ledger.public_head(), ledger.head().seq), (Some(public), 256), "the rest waits");
    assert_eq!(ledger.pad().unwrap(), 255);
    let (head, file) = (ledger.head(), ledger.into_inner());
    let verified = verify([("ledger", file.as_slice())]).unwrap();
    assert_eq!((verified.records, verified.pads, verified.lines), (2, 509, 512));
    assert_eq!((verified.public_head, verified.head), (Some(head), Some(head)));
    let pad = file.split(|&byte| byte == b'\n').nth(2).unwrap();
    let pad = std::str::from_utf8(pad).unwrap();
    assert!(
        pad.starts_with(r#"{"pad":"2"#) && pad.contains(&format!(r#"Z","seq":2,"salt":"{}","prev":"sha256:"#, key().salt(2))),
        "{pad}"
    );
}

#[test]
fn a_public_head_is_kept_over_a_rotation() {
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    ledger.pad().unwrap();
    let public = ledger.head();
    ledger.rotate(Vec::new()).unwrap();
    assert_eq!(ledger.public_head(), Some(public));
    // The line before a file may be one.
    let next = Ledger::carry_on(Vec::new(), key(), public).unwrap();
    assert_eq!(next.public_head(), Some(public));
    let other = bailiwick::ledger::Head { seq: 254, ..public };
    let next = Ledger::carry_on(Vec::new(), key(), other).unwrap();
    assert_eq!(next.public_head(), Some(next.head()));
}

#[test]
fn decisions_that_were_not_recorded_are_counted_from_ten_on() {
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    for few in 1..10 {
        let error = ledger.unrecorded(few).unwrap_err();
        assert!(matches!(error, LedgerError::FewUnrecorded { found } if found == few), "{error}");
    }
    assert_eq!([0, 10, 4711].map(|decisions| ledger.unrecorded(decisions).unwrap()), [1, 2, 3]);
    let file = String::from_utf8(ledger.into_inner()).unwrap();
    assert!(
        file.lines().nth(3).unwrap().starts_with(&format!(r#"{{"unrecorded":4711,"seq":3,"salt":"{}","prev":"#, key().salt(3)))
    );
    let verified = verify([("ledger", file.as_bytes())]).unwrap();
    assert_eq!((verified.lines, verified.records, verified.unrecorded), (4, 0, 4721));
}

#[test]
fn the_bytes_of_a_line_are_those_of_the_file() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    let (head, file) = (ledger.head(), ledger.into_inner());
    let mut lines = Lines::new(file.as_slice());
    let mut digest = None;
    while let Some(line) = lines.next() {
        let line = line.unwrap();
        assert_eq!(line.to_bytes().as_deref(), Some(lines.bytes()));
        digest = line.digest();
    }
    assert_eq!(digest, Some(head.digest));
}
