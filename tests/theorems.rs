//! The theorems as property tests, and the replay of what the fuzz targets have found worth keeping.

mod bodies;

use std::path::Path;

use bailiwick::Policy;
use bodies::theorems::{self, THEOREMS};
use bodies::world::World;
use bodies::{input, tolerance, world};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

macro_rules! theorems {
    ($($name:ident)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
                    theorems::$name(&World::from_bytes(&bytes));
                }
            )*
        }

        #[test]
        fn every_theorem_is_tested() {
            assert!(THEOREMS.iter().map(|&(name, _)| name).eq([$(stringify!($name)),*]));
        }
    };
}

theorems! {
    compiled_equals_spec
    no_order_means_allow
    block_needs_jurisdiction
    foreign_order_never_reaches_outside
    unlocated_is_never_blocked
    contested_is_never_blocked
    foreign_order_never_affects_host
    order_and_duplicate_independent
    adding_an_order_never_unblocks
    narrowing_an_order_never_blocks_more
    orders_are_local_to_what_they_name
    splitting_a_prefix_changes_nothing
    mapped_v4_equals_v4
    explain_agrees_with_decide
    outside_its_window_an_order_does_nothing
    excluded_is_never_blocked
    a_meeting_looked_up_once_agrees_with_decide
    reasons_agree_with_explain
    sweep_agrees_with_decide
    amending_equals_compiling
    change_is_empty_iff_decisions_are_equal
    release_ends_every_block_of_the_order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn tolerance_never_blocks_more(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        tolerance::tolerance_never_blocks_more(&bytes);
    }

    /// Of the bytes that geo files are made of.
    #[test]
    fn tolerance_never_blocks_more_whatever_the_file(text in "([0-9a-f./:,;|\"\t\r\n #-]|203[.]0[.]113[.]0/2[0-9],|CN|HK|\\|ipv4\\|){0,60}") {
        tolerance::any_file(text.as_bytes());
    }
}

#[test]
fn the_worlds_are_dense_enough() {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..2500 {
        let bytes = prop::collection::vec(any::<u8>(), 300..700).new_tree(&mut runner).unwrap().current();
        let world = World::from_bytes(&bytes);
        let policy = world.policy();
        for q in &world.questions {
            let explanation = policy.explain(q.meeting(), q.ip, q.home, q.at);
            *seen.entry(explanation.decision().kind().to_string()).or_default() += 1;
            *seen.entry(format!("{:?}", explanation.location())).or_default() += 1;
            if explanation.excluded_by().next().is_some() {
                *seen.entry("excluded".to_owned()).or_default() += 1;
            }
            let is_special = |ip: std::net::IpAddr| {
                ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "192.0.0.0/24", "224.0.0.0/3", "fc00::/7", "fe80::/10", "::/127"]
                    .iter()
                    .any(|net| net.parse::<ipnet::IpNet>().unwrap().contains(&ip.to_canonical()))
            };
            if is_special(q.ip) && explanation.location().region().is_some() {
                *seen.entry("located in special space".to_owned()).or_default() += 1;
            }
            *seen.entry(format!("domestic {}", explanation.decision().host_account().order().is_some())).or_default() += 1;
            explanation.orders().iter().for_each(|part| *seen.entry(format!("{:?}", part.reason())).or_default() += 1);
        }
    }
    for kind in [
        "allow",
        "block-participant",
        "keep-meeting",
        "domestic true",
        "Contested",
        "Unknown",
        "In(Region(CN-GD))",
        "NotInForce",
        "NotYetEffective",
        "Expired",
        "Unlocated",
        "Outside",
        "NotInRegions",
        "NotInNetworks",
        "Exempt",
        "Reaches",
        "excluded",
        "located in special space",
    ] {
        let times = seen.get(kind).copied().unwrap_or(0);
        assert!(times >= 100, "{kind} comes up {times} times only: {seen:#?}");
    }
}

#[test]
fn decide_is_decide_at_the_time_of_the_call() {
    let bytes: Vec<u8> = (0..600_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let world = World::from_bytes(&bytes);
    let mut docket = world.docket.clone();
    let now = std::time::SystemTime::now();
    for (n, order) in docket.orders.iter_mut().enumerate() {
        let hour = std::time::Duration::from_secs(3600);
        (order.effective, order.expires) =
            [(None, Some(now - hour)), (Some(now + hour), None), (Some(now - hour), Some(now + hour))][n % 3];
    }
    let policy = Policy::compile(&docket, &world.atlas()).unwrap();
    for q in &world.questions {
        let decision = policy.decide_at(q.meeting(), q.ip, q.home, now);
        assert_eq!(policy.decide(q.meeting(), q.ip, q.home), decision);
        assert_eq!(policy.meeting(q.meeting()).decide(q.ip, q.home), decision);
    }
}

/// Runs a body over every file of a target's corpus.
fn replay(target: &str, body: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let files: Vec<_> = corpus.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 10, "the corpus of {target} has only {} files", files.len());
    for file in files {
        body(&std::fs::read(file).unwrap());
    }
}

#[test]
fn the_corpus_of_the_theorems_replays() {
    replay("theorems", |bytes| {
        let world = world::World::from_bytes(bytes);
        THEOREMS.iter().for_each(|(_, theorem)| theorem(&world));
    });
}

#[test]
fn the_corpus_of_dockets_replays() {
    replay("docket_toml", input::docket_toml);
    replay("cases", input::cases);
    replay("docket_json", input::docket_json);
}

#[cfg(all(feature = "toml", feature = "json"))]
#[test]
fn a_docket_in_toml_is_that_in_json() {
    replay("docket_formats", bodies::docket_formats::docket_formats);
    replay("docket_json", bodies::docket_formats::docket_formats);
}

#[test]
fn the_corpora_of_geo_formats_replay() {
    replay("range_csv", input::range_csv);
    replay("cidr_csv", input::cidr_csv);
    replay("zone", input::zone);
    replay("geofeed", input::geofeed);
    replay("rir", input::rir);
    replay("maxmind_csv", input::maxmind_csv);
    #[cfg(feature = "mmdb")]
    replay("mmdb", input::mmdb);
}

#[cfg(feature = "mmdb")]
#[test]
fn a_maxmind_db_locates_each_address_where_a_second_reader_does() {
    replay("mmdb", bodies::second_mmdb::as_a_second_reader_has_it);
}

#[test]
fn the_corpora_of_geo_formats_hold_that_tolerance_never_blocks_more() {
    for target in ["range_csv", "cidr_csv", "zone", "geofeed", "rir", "tolerance"] {
        replay(target, |bytes| {
            tolerance::tolerance_never_blocks_more(bytes);
            tolerance::any_file(bytes);
        });
    }
}

#[test]
fn the_corpus_of_notices_replays() {
    replay("notice", input::notice);
}

#[cfg(feature = "ledger")]
#[test]
fn the_corpus_of_ledgers_replays() {
    replay("ledger", |bytes| {
        bodies::ledger::ledger(bytes);
        bodies::ledger::ledger_detects_any_single_edit(&World::from_bytes(bytes));
    });
}

#[cfg(feature = "ledger")]
#[test]
fn the_corpus_of_partial_reports_replays() {
    replay("partial", bodies::partial::partial);
}

#[cfg(feature = "log")]
#[test]
fn the_corpora_of_notes_and_logs_replay() {
    replay("note", bodies::notes::note);
    replay("checkpoint", bodies::notes::checkpoint);
}

#[cfg(feature = "bundle")]
#[test]
fn the_corpus_of_bundles_replays() {
    replay("bundle", bodies::bundle::bundle);
}

#[test]
fn the_corpus_of_regions_replays() {
    replay("region", input::region);
}

#[cfg(feature = "bundle")]
#[test]
fn the_corpus_of_atlas_files_replays() {
    replay("atlas_file", bodies::atlas_file::hostile_of_any_length);
}
