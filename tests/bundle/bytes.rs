//! The archive to the byte, and any byte that flips.

use bailiwick::bundle::{self, Bundle};

use crate::{noon, plan, trust};

/// The name and the content of each member, read as POSIX has ustar: independent of the reader that is tested.
pub(crate) fn members(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut members = Vec::new();
    let mut at = 0;
    while bundle[at] != 0 {
        let header = &bundle[at..at + 512];
        let text = |field: &[u8]| String::from_utf8(field.split(|&byte| byte == 0).next().unwrap().to_vec()).unwrap();
        let size = usize::from_str_radix(&text(&header[124..136]), 8).unwrap();
        members.push((text(&header[..100]), bundle[at + 512..at + 512 + size].to_vec()));
        at += 512 + size.next_multiple_of(512);
    }
    members
}

/// An archive of members, in any sequence.
pub(crate) fn packed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in members {
        let mut header = [0; 512];
        let size = format!("{:011o}", content.len());
        let fields: [(usize, &[u8]); 10] = [
            (0, name.as_bytes()),
            (100, b"0000644"),
            (108, b"0000000"),
            (116, b"0000000"),
            (124, size.as_bytes()),
            (136, b"00000000000"),
            (148, b"        "),
            (156, b"0"),
            (257, b"ustar\x0000"),
            (329, b"0000000\x000000000"),
        ];
        fields.iter().for_each(|&(at, field)| header[at..at + field.len()].copy_from_slice(field));
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

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
