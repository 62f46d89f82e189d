//! Deciding again what was decided.

use bailiwick::ledger::{Difference, Key, Ledger, Question, Record, replay};
use bailiwick::{Atlas, Location, Meeting, Policy, Reason, Source};
use bailiwick::{DecisionKind, Digest};
use proptest::prelude::*;

use super::bodies::ledger;
use super::bodies::world::World;
use super::{GEO, atlas, docket, explain, key, policy, records, region};

const INSIDE: &str = "203.0.113.1";

fn question(seq: u64) -> Question {
    Question::new(seq, Meeting::new("vigil").hosted_by("account-17"), INSIDE.parse().unwrap(), region("US"))
}

fn record() -> Record {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    ledger.record(&explain(&policy, "vigil", INSIDE)).unwrap();
    records(&ledger.into_inner()).remove(0)
}

#[test]
fn the_same_question_under_the_same_policy_has_the_same_answer() {
    assert_eq!(replay(&policy(), &key(), &question(1), &record()), []);
}

/// The same docket and atlas from other files: other sequences, other formats, cut otherwise.
#[test]
fn a_policy_is_the_same_from_whatever_files_it_was_made() {
    let mut docket = docket();
    docket.orders.reverse();
    let docket = toml::from_str(&toml::to_string(&docket).unwrap()).unwrap();
    let mut source = Source::new("a name of no importance");
    for row in GEO.lines().rev() {
        let [first, last, code] = row.split(',').map(str::trim).collect::<Vec<_>>()[..] else { panic!("{row}") };
        source.insert_range(first.parse().unwrap(), last.parse().unwrap(), region(code)).unwrap();
    }
    let mut halves = Source::new("other");
    halves.insert("203.0.113.192/26".parse().unwrap(), region("TW"));
    halves.insert("203.0.113.128/26".parse().unwrap(), region("TW"));
    let atlas = Atlas::builder().source(halves).source(source).build().unwrap();
    assert_eq!(replay(&Policy::compile(&docket, &atlas).unwrap(), &key(), &question(1), &record()), []);
}

#[test]
fn another_docket_atlas_key_meeting_or_line_is_told_and_nothing_else() {
    let record = record();
    let mut other = docket();
    other.orders[0].reference = "https://example.org/".to_owned();
    let other_docket = Policy::compile(&other, &atlas()).unwrap();
    let other_atlas = Policy::compile(&docket(), &Atlas::builder().build().unwrap()).unwrap();
    let recorded = record.policy;
    let told = |policy: &Policy, key: &Key, question: &Question| replay(policy, key, question, &record);

    let given = other_docket.digest();
    assert_eq!(told(&other_docket, &key(), &question(1)), [Difference::Policy { recorded, given }]);
    let (recorded, given) = (record.atlas, other_atlas.atlas_digest());
    assert_eq!(told(&other_atlas, &key(), &question(1)), [Difference::Atlas { recorded, given }]);
    assert_eq!(told(&policy(), &Key::new(&[8; 32]).unwrap(), &question(1)), [Difference::Meeting]);
    let mut other_meeting = question(1);
    other_meeting.meeting = "another".to_owned();
    assert_eq!(told(&policy(), &key(), &other_meeting), [Difference::Meeting]);
    assert_eq!(told(&policy(), &key(), &question(2)), [Difference::Seq { seq: 1, asked: 2 }]);
}

#[test]
fn every_difference_in_the_answer_is_told() {
    let policy = policy();
    let mut record = record();
    record.verdict = DecisionKind::KeepMeeting;
    record.orders = vec!["cn-1".to_owned()];
    record.why = None;
    record.region = Location::Unknown;
    record.prefix_len = None;
    let decided: Vec<String> = ["cn-1", "cn-exempting"].map(str::to_owned).to_vec();
    let differences = replay(&policy, &key(), &question(1), &record);
    assert_eq!(
        differences,
        [
            Difference::Verdict { recorded: DecisionKind::KeepMeeting, decided: DecisionKind::BlockParticipant },
            Difference::Orders { recorded: record.orders.clone(), decided },
            Difference::Why { recorded: None, decided: Some(Reason::Reaches) },
            Difference::Region { recorded: Location::Unknown, decided: Location::In(region("CN")) },
            Difference::PrefixLen { recorded: None, decided: Some(25) },
        ]
    );
    let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "the verdict is block-participant, recorded is keep-meeting",
            "the orders are `cn-1`, `cn-exempting`, recorded are `cn-1`",
            "the reason is reaches, recorded is no-order",
            "the participant is located in CN, recorded is unknown",
            "the network's length is 25, recorded is none",
        ]
    );
    assert!(said.iter().all(|said| !said.contains("203.0.113") && !said.contains("vigil")));
}

/// A difference names the member of the line that it is about.
#[test]
fn each_difference_names_its_member() {
    let digest = Digest::of(b"x");
    let differences = [
        (Difference::Seq { seq: 1, asked: 2 }, "seq"),
        (Difference::Policy { recorded: digest, given: digest }, "policy"),
        (Difference::Atlas { recorded: digest, given: digest }, "atlas"),
        (Difference::Meeting, "meeting"),
        (Difference::Verdict { recorded: DecisionKind::Allow, decided: DecisionKind::KeepMeeting }, "verdict"),
        (Difference::Orders { recorded: vec![], decided: vec!["cn-1".to_owned()] }, "orders"),
        (Difference::Why { recorded: None, decided: None }, "why"),
        (Difference::Region { recorded: Location::Unknown, decided: Location::Contested }, "region"),
        (Difference::PrefixLen { recorded: None, decided: None }, "prefix_len"),
    ];
    for (difference, member) in &differences {
        assert_eq!(difference.field(), *member);
    }
    assert_eq!(differences[5].0.to_string(), "the orders are `cn-1`, recorded are none");
}

/// The records alone are told as a ledger is verified, and a reader that fails is no end of a ledger.
#[test]
fn decisions_are_told_as_they_are_verified_and_an_error_of_the_reader_is_no_end() {
    use bailiwick::ledger::{Verification, VerifyError};
    use std::io::Read as _;
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    ledger.record(&explain(&policy, "vigil", INSIDE)).unwrap();
    ledger.pad().unwrap();
    ledger.record(&explain(&policy, "another", INSIDE)).unwrap();
    let (head, file) = (ledger.head(), ledger.into_inner());
    let mut told = Vec::new();
    let mut verification = Verification::default().expect_head(head);
    verification.records("ledger", file.as_slice(), |record| told.push(record.clone())).unwrap();
    assert_eq!((told.len(), &told), (2, &records(&file)));
    assert_eq!(verification.finish().unwrap().records, 2);

    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the cable was pulled"))
        }
    }
    let two_lines: usize = file.split_inclusive(|&byte| byte == b'\n').take(2).map(<[u8]>::len).sum();
    let mut told = 0;
    let error = Verification::new().records("ledger", file[..two_lines].chain(Broken), |_| told += 1).unwrap_err();
    assert!(matches!(&error, VerifyError::Read { file, line: 3, .. } if file == "ledger"), "{error}");
    assert!(told == 1 && error.to_string().contains("the cable was pulled"), "{error}");
}

#[test]
fn a_question_is_read_from_json() {
    let json = r#"{"seq":1,"meeting":"vigil","account":"account-17","address":"203.0.113.1","host_region":"US"}"#;
    assert_eq!(serde_json::from_str::<Question>(json).unwrap(), question(1));
    let without = json.replace(r#""account":"account-17","#, "");
    assert_eq!(serde_json::from_str::<Question>(&without).unwrap().account, None);
    assert!(serde_json::from_str::<Question>(&json.replace("account", "user")).is_err());
}

proptest! {
    /// Whatever is recorded is decided again.
    #[test]
    fn replay_agrees_with_record(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        let world = World::from_bytes(&bytes);
        let policy = world.policy();
        let files = ledger::Files::of(&world, usize::MAX);
        let records = records(&files.files[0]);
        prop_assert_eq!(records.len(), world.questions.len());
        for (record, q) in records.iter().zip(&world.questions) {
            let question = Question::new(record.seq, q.meeting(), q.ip, q.home);
            prop_assert_eq!(replay(&policy, &ledger::key(), &question, record), []);
        }
    }
}
