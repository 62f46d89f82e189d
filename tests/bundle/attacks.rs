//! The attacks of The Update Framework (TUF, section 1.5.2), each by its name.

use std::io::{self, Read};

use bailiwick::bundle::{self, Alert, ArchiveError, Error, Offered, Trust, store::Files};

use crate::bytes::{members, packed};
use crate::disk::{Disk, open};
use crate::{HOUR, digest, in_force, key, noon, plan, refuse, take, trust, version};

/// Whoever controls the server serves an old bundle, which orders that were withdrawn are still in.
#[test]
fn rollback() {
    let bundles = [1, 2, 3].map(|version| plan(version).made());
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    take(&mut store, &bundles[0]);
    take(&mut store, &bundles[2]);
    let is_refused = |error: Error| matches!(error, Error::OlderVersion { taken: 3, .. });
    for old in &bundles[..2] {
        assert!(is_refused(refuse(&mut store, old)));
    }
    // Nor after a restart, and not when the bundle is gone or replaced in the state directory.
    drop(store);
    for lost in [None, Some(None), Some(Some(&bundles[0]))] {
        match lost {
            None => {}
            Some(None) => disk.clone().remove("current.bundle").unwrap(),
            Some(Some(old)) => disk.clone().write("current.bundle", old).unwrap(),
        }
        let mut store = open(&disk, trust());
        assert_eq!(version(&store), if lost.is_none() { Some(3) } else { None });
        assert_eq!(store.highest_version(), Some(3));
        for old in &bundles[..2] {
            assert!(is_refused(refuse(&mut store, old)));
        }
    }
    let mut store = open(&disk, trust());
    take(&mut store, &bundles[2]);
    // A node that never took any refuses what its configuration does not take.
    let mut store = open(&Disk::new(), trust().minimum_version(3));
    assert!(matches!(refuse(&mut store, &bundles[1]), Error::MinimumVersion { version: 2, minimum: 3 }));
    take(&mut store, &bundles[2]);
}

/// Whoever controls the server serves the same bundle for ever, so that a withdrawal never arrives.
#[test]
fn freeze() {
    let frozen = plan(1).made();
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &frozen);
    for hours in [0, 23] {
        let now = noon() + hours * HOUR;
        assert!(matches!(store.offer(&frozen, now), Ok(Offered::Unchanged)));
        assert_eq!(store.alerts(now), []);
    }
    let later = noon() + 24 * HOUR;
    assert!(matches!(store.offer(&frozen, later), Ok(Offered::Unchanged)));
    assert!(matches!(store.alerts(later)[..], [Alert::Expired { version: 1, .. }]));
    // Its orders go on, each to its own end.
    assert_eq!(version(&store), Some(1));
    let mut fresh = open(&Disk::new(), trust());
    assert!(matches!(fresh.offer(&frozen, later), Err(Error::Expired { .. })));
}

/// A bundle put together from members of several bundles that are all signed.
#[test]
fn mix_and_match() {
    let first = plan(1).made();
    let second = crate::Plan {
        requirements: bailiwick::Requirements::new().approvals(0).authority(),
        docket: {
            let mut docket = crate::docket(&["vigil", "other"]);
            docket.orders.iter_mut().for_each(|order| order.authority = "somebody".to_owned());
            docket
        },
        ranges: "203.0.113.0,203.0.113.127,CN\n",
        ..plan(2)
    }
    .made();
    let (first, second) = (members(&first), members(&second));
    let mut store = open(&Disk::new(), trust().unless_wider(false));
    for mixture in 0..16_u8 {
        let mixed: Vec<_> = (0..4).map(|n| if mixture >> n & 1 == 0 { first[n].clone() } else { second[n].clone() }).collect();
        let offered = store.offer(&packed(&mixed), noon());
        match mixture {
            0 | 15 => assert!(matches!(offered, Ok(Offered::Taken(_))), "{mixture}: {offered:?}"),
            // Those with the manifest of the first, which is in force, are looked at no further.
            _ if mixture & 1 == 0 => assert!(matches!(offered, Ok(Offered::Unchanged)), "{mixture}: {offered:?}"),
            _ => assert!(matches!(offered, Err(Error::Member { .. })), "{mixture}: {offered:?}"),
        }
    }
    let mut fresh = open(&Disk::new(), trust());
    for mixture in (2..16_u8).step_by(2) {
        let mixed: Vec<_> = (0..4).map(|n| if mixture >> n & 1 == 0 { first[n].clone() } else { second[n].clone() }).collect();
        assert!(matches!(refuse(&mut fresh, &packed(&mixed)), Error::Member { .. }), "{mixture}");
    }
    // Members in another sequence, twice, or one too many.
    for sequence in [&[0, 2, 1, 3][..], &[1, 0, 2, 3], &[0, 1, 1, 2, 3], &[0, 1, 2, 3, 3], &[0, 1, 2], &[]] {
        let mixed: Vec<_> = sequence.iter().map(|&n: &usize| first[n].clone()).collect();
        assert!(matches!(refuse(&mut fresh, &packed(&mixed)), Error::Archive(_)), "{sequence:?}");
    }
}

/// A bundle of somebody else's making.
#[test]
fn arbitrary_software() {
    let mut store = open(&Disk::new(), trust());
    assert!(matches!(refuse(&mut store, &plan(1).unsigned()), Error::Unsigned));
    let strangers = plan(1).signed_by(&["mallory", "trudy"]).made();
    assert!(matches!(refuse(&mut store, &strangers), Error::Threshold { found: 0, .. }));
    // A stranger's signature under the name and the number of a trusted key.
    let mut forged = members(&plan(1).signed_by(&["omar", "mallory"]).made());
    let theirs = members(&plan(1).signed_by(&["anna"]).made());
    let (stolen, text) = (String::from_utf8(theirs[0].1.clone()).unwrap(), String::from_utf8(forged[0].1.clone()).unwrap());
    let stolen = stolen.lines().last().unwrap();
    let changed = text
        .replacen("version: 1", "version: 2", 1)
        .lines()
        .filter(|line| !line.contains("mallory"))
        .fold(String::new(), |text, line| text + line + "\n");
    forged[0].1 = format!("{changed}{stolen}\n").into_bytes();
    assert!(matches!(refuse(&mut store, &packed(&forged)), Error::Note(_)));
    for bytes in [&b""[..], b"<!DOCTYPE html>", &[0; 512], &[0; 4096], b"PK\x03\x04"] {
        assert!(matches!(refuse(&mut store, bytes), Error::Archive(_)), "{bytes:?}");
    }
    // Ours, of another series.
    let other = crate::Plan { origin: "example.org/staging", ..plan(1) }.made();
    assert!(matches!(refuse(&mut store, &other), Error::Origin { .. }));
    assert_eq!(in_force(&store), None);
}

/// A server that sends without end.
#[test]
fn endless_data() {
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += u64::try_from(buffer.len()).unwrap();
            buffer.fill(b'0');
            Ok(buffer.len())
        }
    }
    let bytes = plan(1).made();
    let size = u64::try_from(bytes.len()).unwrap();
    let trust_up_to = |size| trust().max_size(size).build().unwrap();
    let mut endless = Endless(0);
    assert!(matches!(bundle::read(&mut endless, &trust_up_to(100_000)), Err(Error::Size { limit: 100_000 })));
    assert!(endless.0 <= 100_001, "{} bytes were read", endless.0);
    assert_eq!(bundle::read(bytes.as_slice(), &trust_up_to(size)).unwrap(), bytes);
    assert!(matches!(bundle::read(bytes.as_slice(), &trust_up_to(size - 1)), Err(Error::Size { .. })));
    assert!(matches!(bundle::check(&bytes, &trust_up_to(size - 1), None, noon()), Err(Error::Size { .. })));
    // Of what is not signed, no more is read than a manifest may have.
    let mut large = members(&bytes);
    large[0].1 = vec![b'a'; 70_000];
    let refused = bundle::check(&packed(&large), &trust_up_to(1 << 20), None, noon());
    assert!(matches!(refused, Err(Error::Archive(ArchiveError::TooLarge { member: "manifest.note", size: 70_000, .. }))));
}

/// Enough signatures, and of the wrong people.
#[test]
fn wrong_role() {
    let trust = || trust().key("legal", key("ada").verifier()).key("operations", key("olga").verifier());
    let mut store = open(&Disk::new(), trust());
    for (signers, missing) in [(["anna", "ada"], "operations"), (["omar", "olga"], "legal")] {
        let refused = refuse(&mut store, &plan(1).signed_by(&signers).made());
        assert!(matches!(&refused, Error::Threshold { role, found: 0, threshold: 1 } if role == missing), "{refused}");
    }
    for signers in [["anna", "olga"], ["ada", "omar"]] {
        let mut store = open(&Disk::new(), trust());
        take(&mut store, &plan(1).signed_by(&signers).made());
    }
}

/// Fewer keys than must sign: a key counts once.
#[test]
fn threshold_not_reached() {
    let trust = || trust().key("legal", key("ada").verifier()).key("legal", key("anna").verifier()).threshold("legal", 2);
    for signers in [&["omar"][..], &["anna", "omar"], &["anna", "anna", "omar"], &["anna", "mallory", "omar"]] {
        let mut store = open(&Disk::new(), trust());
        assert!(matches!(refuse(&mut store, &plan(1).signed_by(signers).made()), Error::Threshold { .. }), "{signers:?}");
    }
    // A signature that stands there twice counts once as well.
    let mut twice = members(&plan(1).signed_by(&["anna", "omar"]).made());
    let note = String::from_utf8(twice[0].1.clone()).unwrap();
    let anna = note.lines().find(|line| line.starts_with("— example.org/anna")).unwrap();
    twice[0].1 = format!("{note}{anna}\n").into_bytes();
    let mut store = open(&Disk::new(), trust());
    assert!(matches!(refuse(&mut store, &packed(&twice)), Error::Threshold { found: 1, threshold: 2, .. }));
    take(&mut store, &plan(1).signed_by(&["omar", "ada", "mallory", "anna"]).made());
}

/// A key is taken out of the configuration, as its owner left or somebody stole it.
#[test]
fn key_rotated() {
    let new_trust = || Trust::builder(crate::ORIGIN).key("legal", key("ada").verifier()).key("operations", key("omar").verifier());
    let old = plan(1).made();
    let overlap = plan(2).after(&old).signed_by(&["anna", "ada", "omar"]).made();
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    take(&mut store, &old);
    take(&mut store, &overlap);
    store.set_trust(new_trust().build().unwrap());
    let stolen = plan(3).made();
    assert!(matches!(refuse(&mut store, &stolen), Error::Threshold { .. }));
    drop(store);
    let mut store = open(&disk, new_trust());
    assert_eq!(version(&store), Some(2));
    assert!(matches!(refuse(&mut store, &stolen), Error::Threshold { .. }));
    take(&mut store, &plan(3).after(&overlap).signed_by(&["ada", "omar"]).made());

    // A node that missed the overlap has nothing that it can trust, and nobody is blocked until it has.
    let disk = Disk::new();
    take(&mut open(&disk, trust()), &old);
    let mut store = open(&disk, new_trust());
    assert_eq!(version(&store), None);
    assert!(matches!(store.alerts(noon())[..], [Alert::None, Alert::NotLoaded { .. }]), "{:?}", store.alerts(noon()));
    assert!(matches!(refuse(&mut store, &old), Error::Threshold { .. }));
    take(&mut store, &overlap);
    assert_eq!(store.alerts(noon()), []);
}

/// Two bundles of one version: somebody signs one thing for some nodes, and another one for others.
#[test]
fn equal_version_with_another_digest() {
    let taken = plan(7).made();
    let other = |hours: u32| crate::Plan { lasts: (24 + hours) * HOUR, ..plan(7) }.made();
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    take(&mut store, &taken);
    for _ in 0..2 {
        match refuse(&mut store, &other(1)) {
            Error::Conflict { version: 7, taken: of, offered, kept: Some(path) } => {
                assert_eq!((of, offered), (digest(&taken), digest(&other(1))));
                assert_eq!(disk.read(&path.to_string_lossy(), 1 << 20).unwrap().as_deref(), Some(other(1).as_slice()));
            }
            error => panic!("{error}"),
        }
        let kept: Vec<_> = disk.names().unwrap().into_iter().filter(|name| name.starts_with("conflict-7-")).collect();
        assert_eq!(kept.len(), 2, "{kept:?}");
        let contents: Vec<_> = kept.iter().map(|name| disk.read(name, 1 << 20).unwrap().unwrap()).collect();
        assert!(contents.contains(&taken) && contents.contains(&other(1)));
    }
    // Both are there after a restart and after the next version, and whoever signs more of them does not fill the disk.
    drop(store);
    let mut store = open(&disk, trust());
    assert!(matches!(refuse(&mut store, &other(1)), Error::Conflict { kept: Some(_), .. }));
    take(&mut store, &plan(8).after(&taken).made());
    assert!(disk.names().unwrap().iter().filter(|name| name.starts_with("conflict-7-")).count() == 2);
    let another = |hours: u32| crate::Plan { lasts: (24 + hours) * HOUR, ..plan(8) }.made();
    for hours in 1..20 {
        assert!(matches!(refuse(&mut store, &another(hours)), Error::Conflict { .. }));
    }
    assert!(disk.names().unwrap().iter().filter(|name| name.starts_with("conflict-")).count() <= 8);
}

/// Four pairs are kept, whole: what comes after them is refused as well, and told without a file.
#[test]
fn as_many_pairs_of_equal_versions_are_kept_as_fit_and_no_more() {
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    for version in 1..=6 {
        take(&mut store, &plan(version).made());
        let other = crate::Plan { lasts: 25 * HOUR, ..plan(version) }.made();
        let Error::Conflict { kept, .. } = refuse(&mut store, &other) else { panic!("{version}") };
        assert_eq!(kept.is_some(), version <= 4, "{version}");
        let files = disk.names().unwrap().into_iter().filter(|name| name.starts_with("conflict-")).count();
        assert_eq!(files, 2 * usize::try_from(version.min(4)).unwrap());
    }
    // Those that are there are told again.
    drop(store);
    for name in disk.names().unwrap().iter().filter(|name| !name.starts_with("conflict-")) {
        disk.clone().remove(name).unwrap();
    }
    let mut store = open(&disk, trust());
    take(&mut store, &plan(4).made());
    let again = crate::Plan { lasts: 25 * HOUR, ..plan(4) }.made();
    assert!(matches!(refuse(&mut store, &again), Error::Conflict { kept: Some(_), .. }));
}

/// More signatures on the text that is in force change nothing.
#[test]
fn another_signature_makes_no_other_bundle() {
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &plan(1).made());
    let more = plan(1).signed_by(&["omar", "anna", "mallory"]).made();
    assert!(matches!(store.offer(&more, noon()), Ok(Offered::Unchanged)));
}

/// A bundle that goes on from another one than the one in force.
#[test]
fn the_next_version_goes_on_from_the_one_that_was_taken() {
    let [taken, fork] = [24, 25].map(|hours| crate::Plan { lasts: hours * HOUR, ..plan(1) }.made());
    let mut store = open(&Disk::new(), trust());
    take(&mut store, &taken);
    assert!(matches!(refuse(&mut store, &plan(2).after(&fork).made()), Error::Before { .. }));
    // Not the next one: what was in between is not known here.
    take(&mut store, &plan(3).after(&fork).made());
}
