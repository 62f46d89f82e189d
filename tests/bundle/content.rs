//! Bundles that are signed by the right people, and still refused for what they hold.

use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Caution, Error, Offered, Release};
use bailiwick::{Atlas, Digest, Docket, Requirements, Source};

use crate::disk::{Disk, open};
use crate::{HOUR, Plan, atlas_of, docket, key, noon, plan, refuse, take, taken, trust, version};

/// Places twice as many addresses as `GEO` in CN.
const WIDER_GEO: &str = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,CN\n";

#[test]
fn new_geo_data_alone_are_taken_and_their_change_is_told() {
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &plan(1).made());
    let taken = taken(&mut store, &Plan { ranges: WIDER_GEO, ..plan(2) }.made());
    let change = taken.change().unwrap();
    let newly: u64 = change.orders().flat_map(|order| order.reached().sizes().into_values()).map(|size| size.v4_addresses).sum();
    assert!(change.widens());
    assert_eq!(newly, 256);
}

#[test]
fn new_geo_data_may_be_bounded_and_acknowledged() {
    let wider = Plan { ranges: WIDER_GEO, ..plan(2) };
    for (limit, is_taken) in [(255, false), (256, true)] {
        let mut store = open(&Disk::new(), trust().max_newly_located(limit));
        take(&mut store, &plan(1).made());
        if is_taken {
            take(&mut store, &wider.made());
        } else {
            let refused = refuse(&mut store, &wider.made());
            assert!(
                matches!(&refused, Error::NewlyLocated { addresses: 256, limit: 255, order, .. } if order == "cn-0"),
                "{refused}"
            );
            take(&mut store, &wider.clone().acknowledged_from(1).made());
        }
    }
}

/// An IPv4 address counts one, and so does what is reached of an IPv6 network of length 64; both are added.
#[test]
fn networks_of_both_families_count_together() {
    let ranges = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.9,CN\n2001:db8::,2001:db8:0:2::f,CN\n";
    for (limit, is_taken) in [(12, false), (13, true)] {
        let mut store = open(&Disk::new(), trust().max_newly_located(limit));
        take(&mut store, &plan(1).made());
        let more = Plan { ranges, ..plan(2) }.made();
        if is_taken {
            take(&mut store, &more);
        } else {
            let refused = refuse(&mut store, &more);
            assert!(matches!(&refused, Error::NewlyLocated { addresses: 13, limit: 12, .. }), "{refused}");
        }
    }
}

/// Both dockets are compared on the atlas in force: new geo data do not hide that orders widen.
#[test]
fn orders_that_widen_are_refused_whatever_the_geo_data_do() {
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &plan(1).made());
    let nowhere = Plan { ranges: "198.51.100.0,198.51.100.255,HK\n", ..plan(2).meetings(&["vigil", "another"]) }.made();
    assert!(matches!(refuse(&mut store, &nowhere), Error::Wider { from: 1, .. }));
}

/// A docket without the mark does not replace one that has it, in any door.
#[test]
fn orders_without_an_end_mark_do_not_replace_orders_that_have_it() {
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &Plan { docket: docket(&["vigil"]).ended(), ..plan(1) }.made());
    let refused = refuse(&mut store, &plan(2).made());
    assert!(matches!(&refused, Error::Compile(_)) && refused.to_string().contains("end mark"), "{refused}");
    take(&mut store, &Plan { docket: Docket::default().ended(), ..plan(3) }.made());
}

/// Old geo data never keep an order from being withdrawn; a first bundle must not bring them.
#[test]
fn the_age_of_geo_data_is_required_of_the_first_bundle_alone() {
    let bundle = |days: u32, meetings: &[&str], version: u64| {
        let source = Source::from_range_csv("provider", crate::GEO.as_bytes()).unwrap().as_of(SystemTime::now() - days * 24 * HOUR);
        let atlas = Atlas::builder().source(source).build().unwrap();
        let release = Release::new(crate::ORIGIN, version, noon(), noon() + 24 * HOUR).unwrap();
        let made = bundle::make(release, &docket(meetings), &Requirements::new(), &atlas).unwrap();
        // Geo data that were young enough when the bundle was made grow old afterwards.
        let required = serde_json::to_vec(&Requirements::new().source_age(30).expiry()).unwrap();
        let mut members = crate::bytes::members(&made);
        let line = |content: &[u8]| format!("requirements.json: {} {}\n", content.len(), Digest::of(content));
        let text = String::from_utf8(members[0].1.clone()).unwrap().replace(&line(&members[2].1), &line(&required));
        (members[0].1, members[2].1) = (text.into_bytes(), required);
        let signed = bundle::sign(&crate::bytes::packed(&members), &key("anna")).unwrap();
        bundle::sign(&signed, &key("omar")).unwrap()
    };
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    let old = bundle(31, &["vigil", "another"], 1);
    assert!(matches!(refuse(&mut store, &old), Error::Compile(error) if error.errors()[0].field() == "geo"));
    take(&mut store, &bundle(29, &["vigil", "another"], 2));
    take(&mut store, &bundle(31, &["vigil"], 3));
    drop(store);
    assert_eq!(version(&open(&disk, trust())), Some(3));
}

#[test]
fn the_next_version_should_name_the_one_before() {
    let mut store = open(&Disk::new(), trust());
    let first = plan(1).made();
    assert_eq!(taken(&mut store, &first).cautions(), []);
    let unnamed = taken(&mut store, &plan(2).made());
    assert_eq!(unnamed.cautions(), [Caution::BeforeUnnamed]);
    assert_eq!(taken(&mut store, &plan(4).made()).cautions(), []);
}

#[test]
fn a_check_without_a_node_says_what_a_node_would() {
    let trust = trust().build().unwrap();
    let bytes = plan(3).made();
    let checked = bundle::check(&bytes, &trust, Some(2), noon()).unwrap();
    assert_eq!((checked.manifest.version(), checked.policy.orders().count()), (3, 1));
    assert_eq!(checked.policy.digest(), checked.manifest.policy_digest());
    assert_eq!(checked.policy.atlas_digest(), atlas_of(crate::GEO).digest());
    for newer_than in [3, 4] {
        assert!(matches!(bundle::check(&bytes, &trust, Some(newer_than), noon()), Err(Error::OlderVersion { version: 3, .. })));
    }
    assert!(matches!(bundle::check(&bytes, &trust, None, noon() + 24 * HOUR), Err(Error::Expired { .. })));
    let on_time = bundle::check(&bytes, &trust, None, noon() - Duration::from_secs(300)).unwrap();
    assert!(on_time.cautions.is_empty());
    let early = bundle::check(&bytes, &trust, None, noon() - Duration::from_secs(301)).unwrap();
    assert!(matches!(early.cautions[..], [Caution::IssuedAhead { .. }]));
}

/// The sequence of the checks: a bundle with several flaws is refused for the first.
#[test]
fn the_first_flaw_in_the_sequence_is_told() {
    let mut store = open(&Disk::new(), trust().max_size(20_000));
    take(&mut store, &plan(3).made());
    let flawed = |size: bool, signed: bool, origin: bool, version: u64, hours: u32, digest: bool, wider: bool| {
        let base = if wider { plan(version).meetings(&["vigil", "another"]) } else { plan(version) };
        let base = if origin { base } else { Plan { origin: "example.org/staging", ..base } };
        let base = if signed { base } else { base.signed_by(&["anna"]) };
        let mut members =
            crate::bytes::members(&Plan { issued: noon() - 1000 * HOUR, lasts: (1000 + hours) * HOUR, ..base }.made());
        if !digest {
            *members[2].1.last_mut().unwrap() = b' ';
        }
        if !size {
            members[3].1.resize(30_000, b'0');
        }
        crate::bytes::packed(&members)
    };
    let reason = |store: &mut bundle::Store<Disk>, bytes: Vec<u8>| refuse(store, &bytes).reason();
    assert_eq!(reason(&mut store, flawed(false, false, false, 1, 0, false, true)), "size");
    assert_eq!(reason(&mut store, flawed(true, false, false, 1, 0, false, true)), "threshold");
    assert_eq!(reason(&mut store, flawed(true, true, false, 1, 0, false, true)), "origin");
    assert_eq!(reason(&mut store, flawed(true, true, true, 1, 0, false, true)), "older-version");
    assert_eq!(reason(&mut store, flawed(true, true, true, 3, 0, false, true)), "conflict");
    assert_eq!(reason(&mut store, flawed(true, true, true, 5, 0, false, true)), "expired");
    assert_eq!(reason(&mut store, flawed(true, true, true, 5, 1, false, true)), "digest");
    assert_eq!(reason(&mut store, flawed(true, true, true, 5, 1, true, true)), "wider");
    let good = flawed(true, true, true, 5, 1, true, false);
    assert!(matches!(store.offer(&good, noon()), Ok(Offered::Taken(_))));
}
