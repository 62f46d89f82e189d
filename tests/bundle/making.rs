//! What cannot be made, signed or trusted.

use std::time::Duration;

use bailiwick::bundle::{self, Bundle, Error, MakeError, Release, ReleaseError, Trust, TrustError};
use bailiwick::note::{Algorithm, VerifierKey};
use bailiwick::{Atlas, Docket, Order, Requirements, Status};

use crate::bytes::{members, packed};
use crate::{HOUR, ORIGIN, atlas_of, key, noon, plan};

fn made(docket: &Docket) -> Result<Vec<u8>, MakeError> {
    let release = Release::new(ORIGIN, 1, noon(), noon() + HOUR).unwrap();
    bundle::make(release, docket, &Requirements::new(), &Atlas::builder().build().unwrap())
}

#[test]
fn a_bundle_is_not_made_with_an_order_in_force_that_has_no_end() {
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("vigil".to_owned());
    let docket: Docket = [order.clone()].into_iter().collect();
    let error = made(&docket).unwrap_err();
    assert!(matches!(&error, MakeError::Compile(error) if error.errors()[0].field() == "expires"), "{error}");
    order.status = Status::Rejected;
    assert!(made(&[order].into_iter().collect()).is_ok());
}

#[test]
fn a_bundle_without_orders_is_made_only_of_a_docket_with_an_end_mark() {
    assert!(matches!(made(&Docket::default()), Err(MakeError::Compile(_))));
    assert!(made(&Docket::default().ended()).is_ok());
}

#[test]
fn a_bundle_depends_on_what_is_given_alone() {
    assert_eq!(plan(1).unsigned(), plan(1).unsigned());
    let [first, second] = [["anna", "omar"], ["omar", "anna"]].map(|signers| plan(1).signed_by(&signers).made());
    assert_ne!(first, second);
    assert_eq!(crate::digest(&first), crate::digest(&second));
}

#[test]
fn a_bundle_is_read_as_it_was_made() {
    let bytes = plan(7).acknowledged_from(3).made();
    let read = Bundle::read(&bytes).unwrap();
    assert_eq!((read.manifest().version(), read.manifest().acknowledged_from()), (7, Some(3)));
    assert_eq!(read.docket().unwrap(), crate::docket(&["vigil"]));
    assert_eq!(read.requirements().unwrap(), Requirements::new().expiry());
    assert_eq!(
        read.signatures().iter().map(|signature| signature.name()).collect::<Vec<_>>(),
        ["example.org/anna", "example.org/omar"]
    );
    assert_eq!(read.compile().unwrap().atlas_digest(), atlas_of(crate::GEO).digest());
    let unsigned = plan(7).unsigned();
    assert!(Bundle::read(&unsigned).unwrap().signatures().is_empty());
}

/// Nobody signs what a node would refuse.
#[test]
fn a_bundle_that_is_not_whole_is_not_signed() {
    let bytes = plan(1).unsigned();
    let mut other = members(&bytes);
    *other[2].1.last_mut().unwrap() = b' ';
    assert!(matches!(bundle::sign(&packed(&other), &key("anna")), Err(Error::Member { .. })));
    assert!(matches!(bundle::sign(&bytes[..bytes.len() - 1], &key("anna")), Err(Error::Archive(_))));
    let mut lying = members(&bytes);
    let text = String::from_utf8(lying[0].1.clone()).unwrap();
    let policy = text.lines().find(|line| line.starts_with("policy: ")).unwrap();
    lying[0].1 = text.replace(policy, &format!("policy: sha256:{}", "0".repeat(64))).into_bytes();
    assert!(matches!(bundle::sign(&packed(&lying), &key("anna")), Err(Error::Content { what: "docket", .. })));
}

#[test]
fn a_release_that_no_node_would_take_is_refused() {
    let new = |origin: &str, version, seconds| Release::new(origin, version, noon(), noon() + Duration::from_secs(seconds));
    assert!(matches!(new("", 1, 1), Err(ReleaseError::Origin { .. })));
    assert!(matches!(new(" a", 1, 1), Err(ReleaseError::Origin { .. })));
    assert!(matches!(new("a\nversion: 9", 1, 1), Err(ReleaseError::Origin { .. })));
    assert!(matches!(new(&"a".repeat(256), 1, 1), Err(ReleaseError::Origin { .. })));
    assert!(new(&"a".repeat(255), 1, 1).is_ok());
    assert!(matches!(new("a", 0, 1), Err(ReleaseError::Version)));
    assert!(matches!(new("a", 1, 0), Err(ReleaseError::Expires { .. })));
    assert!(matches!(new("a", 1, 300_000_000_000), Err(ReleaseError::Year)));
    for from in [0, 2, 3] {
        assert!(matches!(new("a", 2, 1).unwrap().acknowledged_from(from), Err(ReleaseError::AcknowledgedFrom { .. })), "{from}");
    }
    assert!(new("a", 2, 1).unwrap().acknowledged_from(1).is_ok());
}

#[test]
fn a_configuration_that_could_take_nothing_or_anything_is_refused() {
    let anna = || key("anna").verifier();
    let witness = VerifierKey::new("example.org/witness", Algorithm::CosignatureV1, anna().public_key()).unwrap();
    let begun = || Trust::builder(ORIGIN).key("legal", anna());
    let unreachable = |threshold| TrustError::Unreachable { role: "legal".to_owned(), threshold, keys: 1 };
    assert_eq!(Trust::builder(ORIGIN).build().unwrap_err(), TrustError::NoKey);
    assert!(matches!(Trust::builder("").key("legal", anna()).build(), Err(TrustError::Origin { .. })));
    assert_eq!(begun().threshold("legal", 2).build().unwrap_err(), unreachable(2));
    // A key counts once, however often it is given.
    assert_eq!(begun().key("legal", anna()).threshold("legal", 2).build().unwrap_err(), unreachable(2));
    assert!(matches!(begun().threshold("legal", 0).build(), Err(TrustError::NoThreshold { .. })));
    assert!(matches!(begun().threshold("operations", 1).build(), Err(TrustError::Unreachable { keys: 0, .. })));
    assert!(matches!(begun().key("legal", witness).build(), Err(TrustError::Witness { .. })));
    assert!(begun().key("a".repeat(64), anna()).build().is_ok());
    for role in ["", "Legal", "le gal", "légal", &"a".repeat(65)] {
        assert!(matches!(begun().key(role, anna()).build(), Err(TrustError::Role { .. })), "{role}");
    }
}

/// The threshold of one role says nothing about another one, and the last one of a role counts.
#[test]
fn each_role_keeps_its_threshold() {
    let begun = || {
        let keys = [("legal", "anna"), ("legal", "ada"), ("operations", "omar"), ("operations", "olga")];
        keys.into_iter().fold(Trust::builder(ORIGIN), |trust, (role, name)| trust.key(role, key(name).verifier()))
    };
    for (first, second) in [("legal", "operations"), ("operations", "legal")] {
        let trust = begun().threshold(first, 2).threshold(second, 2).build().unwrap();
        assert_eq!(trust.roles().collect::<Vec<_>>(), [("legal", 2, 2), ("operations", 2, 2)]);
        for few in [["anna", "ada", "omar"], ["anna", "omar", "olga"]] {
            let checked = bundle::check(&plan(1).signed_by(&few).made(), &trust, None, noon());
            assert!(matches!(checked, Err(Error::Threshold { found: 1, threshold: 2, .. })), "{few:?}");
        }
        bundle::check(&plan(1).signed_by(&["anna", "ada", "omar", "olga"]).made(), &trust, None, noon()).unwrap();
    }
    let trust = begun().threshold("legal", 3).threshold("operations", 2).threshold("legal", 1).build().unwrap();
    assert_eq!(trust.roles().collect::<Vec<_>>(), [("legal", 1, 2), ("operations", 2, 2)]);
}

/// A backend hands all of them to other threads.
#[test]
fn stores_and_errors_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<bundle::Store>();
    crosses::<bundle::Offered>();
    crosses::<Error>();
    crosses::<MakeError>();
    crosses::<bundle::OpenError>();
}

/// One key in two roles counts in both, and under two names as two: whoever configures it has it so.
#[test]
fn a_key_counts_as_it_is_configured() {
    let both =
        Trust::builder(ORIGIN).key("legal", key("anna").verifier()).key("operations", key("anna").verifier()).build().unwrap();
    assert!(bundle::check(&plan(1).signed_by(&["anna"]).made(), &both, None, noon()).is_ok());
    let seed = *bailiwick::Digest::of(b"anna").as_bytes();
    let alias = bailiwick::note::SigningKey::from_seed("example.org/alias", &seed).unwrap();
    let two = Trust::builder(ORIGIN).key("legal", key("anna").verifier()).key("legal", alias.verifier()).threshold("legal", 2);
    let two = two.build().unwrap();
    let signed = plan(1).signed_by(&["anna"]).made();
    assert!(matches!(bundle::check(&signed, &two, None, noon()), Err(Error::Threshold { found: 1, .. })));
    assert!(bundle::check(&bundle::sign(&signed, &alias).unwrap(), &two, None, noon()).is_ok());
}
