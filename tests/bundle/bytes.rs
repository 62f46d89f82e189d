//! The archive to the byte, and any byte that flips.

use bailiwick::bundle::{self, ArchiveError, Bundle, Error};

pub(crate) use crate::bodies::bundle::{members, packed};
use crate::{noon, plan, trust};

#[test]
fn a_bundle_has_four_members_and_the_layout_of_the_page() {
    let bytes = plan(1).made();
    let members = members(&bytes);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.note", "docket.json", "requirements.json", "atlas.bin"]);
    assert_eq!(packed(&members), bytes);
    let note = String::from_utf8(members[0].1.clone()).unwrap();
    let lines: Vec<&str> = note.lines().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = [
        "bailiwick bundle 1",
        "origin",
        "version",
        "issued",
        "expires",
        "before",
        "acknowledged-from",
        "docket.json",
        "requirements.json",
        "atlas.bin",
        "policy",
        "atlas",
        "",
    ];
    assert_eq!(&lines[..13], expected);
    assert_eq!(lines.len(), 15, "two signatures: {note}");
}

/// Every byte of a bundle with as many signatures as it must have, each bit of it.
#[test]
fn any_byte_that_flips_is_refused() {
    let bytes = plan(1).made();
    let trust = trust().build().unwrap();
    assert!(bundle::check(&bytes, &trust, None, noon()).is_ok());
    // Signatures are verified before anything else, which is slow; bytes behind the manifest meet digests, and blocks of zeros.
    let behind = 512 + members(&bytes)[0].1.len().next_multiple_of(512);
    for at in 0..bytes.len() {
        let bits: &[u8] = if at < behind { &[0, 5] } else { &[u8::try_from(at % 8).unwrap()] };
        for bit in bits {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let checked = bundle::check(&flipped, &trust, None, noon());
            assert!(checked.is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_bundle_that_is_cut_off_or_goes_on_is_refused() {
    let bytes = plan(1).made();
    for len in (0..bytes.len()).step_by(97).chain([bytes.len() - 1, bytes.len() - 512, bytes.len() - 1024]) {
        assert!(Bundle::read(&bytes[..len]).is_err(), "{len}");
    }
    for more in [&b"\0"[..], &[0; 512], &[0; 8192], b"x", &bytes] {
        assert!(Bundle::read(&[&bytes, more].concat()).is_err());
    }
}

/// Whoever gets such a file is told what is wrong with it, and where.
#[test]
fn an_archive_that_is_not_one_of_a_bundle_says_why() {
    let bytes = plan(1).made();
    let refused = |bytes: &[u8]| match Bundle::read(bytes) {
        Err(Error::Archive(error)) => error,
        other => panic!("{other:?}"),
    };
    let end = bytes.len() - 1024;
    for at in [end, end + 1, bytes.len() - 1, bytes.len()] {
        let mut other = [&bytes[..], &[0]].concat();
        other[at] = 1;
        assert_eq!(refused(&other), ArchiveError::Trailing { at });
    }
    assert_eq!(refused(&[&bytes[..], &[0]].concat()), ArchiveError::Trailing { at: bytes.len() });
    for len in [end, bytes.len() - 1] {
        assert_eq!(refused(&bytes[..len]), ArchiveError::CutOff { at: len, member: None });
    }
    // The mode of a file, and another name.
    let mut other = bytes.clone();
    other[106] ^= 1;
    assert_eq!(refused(&other), ArchiveError::Header { member: "manifest.note" });
    let mut all = members(&bytes);
    all[0].0 = "manifest".to_owned();
    let found = "manifest".to_owned();
    assert_eq!(refused(&packed(&all)), ArchiveError::Member { expected: "manifest.note", found });
}

/// A text that lacks signatures is unsigned when it is a manifest, and else no note.
#[test]
fn a_text_without_signatures_is_unsigned_only_when_it_is_a_manifest() {
    let mut all = members(&plan(1).unsigned());
    let trust = trust().build().unwrap();
    let refused = |all: &[(String, Vec<u8>)]| bundle::check(&packed(all), &trust, None, noon()).unwrap_err();
    assert!(matches!(refused(&all), Error::Unsigned));
    all[0].1 = b"no manifest\n".to_vec();
    assert!(matches!(refused(&all), Error::Note(_)));
}
