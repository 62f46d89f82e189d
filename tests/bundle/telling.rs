//! What a node says about bundles: alerts, cautions, and the word of each refusal.

use std::io::{self, Read};
use std::time::Duration;

use bailiwick::bundle::store::Files;
use bailiwick::bundle::{self, Alert, Bundle, Error, Offered, Store, TrustBuilder};

use crate::bytes::{members, packed};
use crate::disk::{Disk, open};
use crate::{GEO, HOUR, Plan, atlas_of, digest, docket, key, noon, plan, refuse, take, taken, trust, version};

/// A bundle as [`plan`] makes it, with one member replaced and the manifest signed anew for it.
fn altered(at: usize, content: &[u8]) -> Vec<u8> {
    let mut all = members(&plan(1).unsigned());
    let line = |name: &str, content: &[u8]| format!("{name}: {} {}\n", content.len(), bailiwick::Digest::of(content));
    let name = all[at].0.clone();
    let manifest = String::from_utf8(all[0].1.clone()).unwrap().replace(&line(&name, &all[at].1), &line(&name, content));
    all[0].1 = manifest.into_bytes();
    all[at].1 = content.to_vec();
    signed(all)
}

/// Signs a manifest whatever it says: [`bundle::sign`] would refuse it.
fn signed(mut all: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let text = String::from_utf8(all[0].1.clone()).unwrap();
    let text = text.split_inclusive("\n\n").next().unwrap().trim_end_matches('\n').to_owned() + "\n";
    let mut note = bailiwick::note::SignedNote::new(&text).unwrap();
    for name in ["anna", "omar"] {
        note.sign(&key(name)).unwrap();
    }
    all[0].1 = note.to_string().into_bytes();
    packed(&all)
}

/// Replaces a part of the manifest.
fn manifest(from: &str, to: &str) -> Vec<u8> {
    let mut all = members(&plan(1).unsigned());
    let text = String::from_utf8(all[0].1.clone()).unwrap();
    assert!(text.contains(from), "{text}");
    all[0].1 = text.replace(from, to).into_bytes();
    signed(all)
}

/// The words are in metrics and in logs: a change of one is a change of the API.
#[test]
fn each_refusal_has_a_word_that_stays() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let refused = |trust: TrustBuilder, bytes: &[u8]| refuse(&mut open(&Disk::new(), trust), bytes);
    let mut store = open(&Disk::new(), trust().max_newly_located(0));
    take(&mut store, &plan(1).made());
    let more = Plan { ranges: "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,CN\n", ..plan(2) };
    let cases: [(&str, Error); 10] = [
        ("read", bundle::read(Broken, &trust().build().unwrap()).unwrap_err()),
        ("signature", refused(trust(), &plan(1).unsigned())),
        ("manifest", refused(trust(), &manifest("bailiwick bundle 1", "bailiwick bundle 9"))),
        ("minimum-version", refused(trust().minimum_version(2), &plan(1).made())),
        ("before", refuse(&mut store, &Plan { before: Some(digest(&plan(9).made())), ..plan(2) }.made())),
        ("newly-located", refuse(&mut store, &more.made())),
        ("docket", refused(trust(), &altered(1, b"{\"orders\": 5}"))),
        ("docket", refused(trust(), &altered(1, b"\xff"))),
        ("docket", refused(trust(), &altered(2, b"{\"expiry\": 5}"))),
        ("atlas", refused(trust(), &altered(3, b"no atlas"))),
    ];
    for (word, error) in cases {
        assert_eq!(error.reason(), word, "{error}");
    }
}

/// What `alerts` says of a node is read by people.
#[test]
fn each_alert_says_what_to_do() {
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    let told = |store: &Store<Disk>, at| store.alerts(at).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&store, noon()), ["no bundle is in force, so nobody is blocked: publish one, and see why none was taken"]);
    take(&mut store, &plan(1).made());
    assert_eq!(
        told(&store, noon() + 24 * HOUR),
        [
            "version 1 expired at 2027-01-16T08:00:00Z and is still in force: publish a new bundle, and see that this node fetches it"
        ]
    );
    let unwritten = |is_lost| Alert::Unwritten { version: 2, reason: "no space left".to_owned(), is_lost }.to_string();
    assert_eq!(
        [unwritten(true), unwritten(false)],
        [
            "version 2 is in force and not written (no space left): a restart would put the one before in force until this one is \
             fetched; make room on the disk of the state directory",
            "version 2 is in force and may not be safely on the disk (no space left): see to the disk of the state directory",
        ]
    );
}

/// Somebody put another bundle of the version into the directory: neither is in force, and both digests are told.
#[test]
fn a_bundle_in_the_directory_that_is_not_the_one_that_was_taken_is_not_put_in_force() {
    let mut disk = Disk::new();
    let (taken, other) = (plan(7).made(), Plan { lasts: 30 * HOUR, ..plan(7) }.made());
    take(&mut open(&disk, trust()), &taken);
    disk.write("current.bundle", &other).unwrap();
    let mut store = open(&disk, trust());
    assert_eq!(version(&store), None);
    let alerts = store.alerts(noon());
    let told = alerts[1].to_string();
    let start = "`current.bundle` was taken before and is not in force: two bundles have version 7";
    assert!(told.starts_with(start) && told.contains(&digest(&other).to_string()), "{told}");
    assert!(format!("{store:?}").contains("current: None"));
    // The one that was taken goes in force again.
    take(&mut store, &taken);
    assert_eq!(store.alerts(noon()), []);
}

#[test]
fn an_older_bundle_in_the_directory_is_not_put_in_force() {
    let mut disk = Disk::new();
    take(&mut open(&disk, trust()), &plan(7).made());
    disk.write("current.bundle", &plan(6).made()).unwrap();
    let store = open(&disk, trust());
    assert_eq!((version(&store), store.highest_version()), (None, Some(7)));
    assert!(store.alerts(noon())[1].to_string().contains("the bundle has version 6, and version 7 was taken before"));
}

#[test]
fn a_caution_says_what_to_do() {
    let mut store = open(&Disk::new(), trust());
    let early = Plan { issued: noon() + Duration::from_secs(400), ..plan(1) };
    let told =
        |bytes: &[u8], store: &mut Store<Disk>| taken(store, bytes).cautions().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        told(&early.made(), &mut store),
        [
            "the bundle was issued at 2027-01-15T08:06:40Z, which is 400 seconds ahead of the clock: set the clock right, here or where \
          it was made"
        ]
    );
    assert_eq!(
        told(&plan(2).made(), &mut store),
        [
            "the bundle is the next version and does not name the one before: make bundles with `--before`, so that two people who make \
          the same version are noticed"
        ]
    );
    // The hint.
    let before = plan(2).made();
    assert_eq!(told(&plan(3).after(&before).made(), &mut store), Vec::<String>::new());
}

/// The size that a header claims is refused before so much is read.
#[test]
fn each_member_that_is_too_large_has_its_own_way_out() {
    let whole = members(&plan(1).made());
    let hints = [
        ("manifest.note", 64 << 10, "take out signatures of keys that no node trusts"),
        ("docket.json", 64 << 20, "take out orders that ended long ago"),
        ("requirements.json", 4 << 10, "make the bundle with `bailiwick bundle make`"),
        ("atlas.bin", 1 << 30, "use geo data by country or subdivision"),
    ];
    for (at, (name, limit, hint)) in hints.into_iter().enumerate() {
        let archive = packed(&whole);
        let start: usize = whole[..at].iter().map(|(_, content)| 512 + content.len().next_multiple_of(512)).sum();
        let mut claimed = packed(&[(name.to_owned(), Vec::new())])[..512].to_vec();
        claimed[124..135].copy_from_slice(format!("{:011o}", limit + 1).as_bytes());
        claimed[148..156].copy_from_slice(b"        ");
        let sum: u32 = claimed.iter().map(|&byte| u32::from(byte)).sum();
        claimed[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let bytes = [&archive[..start], &claimed].concat();
        let refused = refuse(&mut open(&Disk::new(), trust()), &bytes);
        let said = format!("`{name}` has {} bytes, and at most {limit} are read: {hint}", limit + 1);
        assert!(refused.to_string().contains(&said), "{said}: {refused}");
        assert_eq!(refused.reason(), "archive");
    }
}

/// A node says what it trusts and what it has.
#[test]
fn a_store_and_a_manifest_tell_what_they_have() {
    let trust = || trust().max_size(1 << 20).minimum_version(1);
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    let first = plan(1).made();
    take(&mut store, &first);
    let trusted = store.trust();
    assert_eq!((trusted.origin(), trusted.max_size()), (crate::ORIGIN, 1 << 20));
    assert_eq!(trusted.roles().collect::<Vec<_>>(), [("legal", 1, 1), ("operations", 1, 1)]);
    let next = plan(2).after(&first).made();
    assert!(matches!(store.offer(&next, noon()), Ok(Offered::Taken(_))));
    let current = store.current().unwrap();
    let manifest = current.manifest();
    assert_eq!((manifest.before(), current.digest()), (Some(digest(&first)), digest(&next)));
    assert_eq!((manifest.policy_digest(), manifest.atlas_digest()), (current.policy().digest(), atlas_of(GEO).digest()));
    let read = Bundle::read(&next).unwrap();
    assert_eq!(read.docket().unwrap(), docket(&["vigil"]));
    let listed: Vec<_> = read.manifest().members().map(|(name, size, digest)| (name.to_owned(), size, digest)).collect();
    let found: Vec<_> = members(&next)[1..]
        .iter()
        .map(|(name, content)| (name.clone(), content.len() as u64, bailiwick::Digest::of(content)))
        .collect();
    assert_eq!(listed, found);
}

/// The folder of a state directory that is a file cannot be used, and says so.
#[test]
fn a_state_directory_that_is_a_file_is_refused() {
    let path = std::env::temp_dir().join(format!("bailiwick-bundles-file-{}", std::process::id()));
    std::fs::write(&path, "").unwrap();
    let refused = Store::open(&path, trust().build().unwrap()).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(refused, bundle::OpenError::Io { .. }), "{refused}");
}

#[test]
fn roles_have_digits_in_their_names() {
    assert!(TrustBuilder::build(bundle::Trust::builder(crate::ORIGIN).key("shift-2", key("anna").verifier())).is_ok());
}
