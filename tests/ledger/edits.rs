//! Every edit of a small ledger is found, and so is any of a random one.

use bailiwick::ledger::{FaultCause, Head, Key, Ledger, Verification, VerifyError, verify};
use proptest::prelude::*;

use super::bodies::ledger::{self, Files};
use super::bodies::world::World;
use super::{explain, key, policy};

/// Two files: a header, two records and a seal; a header and two records.
fn files() -> Files {
    files_with(key())
}

fn files_with(key: Key) -> Files {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key).unwrap();
    let record = |ledger: &mut Ledger<Vec<u8>>, meeting, address| ledger.record(&explain(&policy, meeting, address)).unwrap();
    record(&mut ledger, "vigil", "203.0.113.1");
    record(&mut ledger, "another", "233.252.0.1");
    let first = ledger.rotate(Vec::new()).unwrap();
    record(&mut ledger, "vigil", "198.51.100.1");
    record(&mut ledger, "vigil", "203.0.113.1");
    let head = ledger.head();
    Files { files: vec![first, ledger.into_inner()], head }
}

/// Where the fault is, and what it is.
fn fault(error: VerifyError) -> (String, u64, Option<u64>, FaultCause) {
    match error {
        VerifyError::Fault(fault) => (fault.file, fault.line, fault.seq, fault.cause),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_written_is_verified() {
    let files = files();
    let verified = files.verify_head().unwrap();
    assert_eq!((verified.files, verified.lines, verified.records), (2, 7, 4));
    assert_eq!((verified.first, verified.last), (Some(super::noon()), Some(super::noon())));
    assert_eq!((verified.head, verified.is_sealed), (Some(files.head), false));
    assert_eq!(files.head.seq, 6);
}

/// Every bit of every byte is turned, and every byte made one that means something.
#[test]
fn every_changed_byte_is_found() {
    let files = files();
    for file in 0..files.files.len() {
        let last_line = files.files[file].len() - files.lines()[file].last().unwrap().len();
        for at in 0..files.files[file].len() {
            let mut changed = files.clone();
            let was = files.files[file][at];
            let values = (0..8).map(|bit| was ^ 1 << bit).chain(*b"\0\n\r \"\\,:{}09afA\xff");
            for value in values.filter(|&value| value != was) {
                changed.files[file][at] = value;
                assert!(changed.verify_head().is_err(), "{value} at {at} of file {file} is not found");
                // Without the head, the last line of all vouches for itself.
                let is_last = file == 1 && at >= last_line;
                assert!(is_last || changed.verify().is_err(), "{value} at {at} of file {file} is found with the head only");
            }
        }
    }
}

#[test]
fn every_place_at_which_a_file_is_cut_off_is_found() {
    let files = files();
    for file in 0..2 {
        let ends: Vec<usize> = (0..files.files[file].len()).filter(|&n| n == 0 || files.files[file][n - 1] == b'\n').collect();
        for len in 0..files.files[file].len() {
            let mut cut = files.clone();
            cut.files[file].truncate(len);
            assert!(cut.verify_head().is_err(), "file {file} cut to {len}");
            // Without the head, whole lines can be missing from the end of the last file.
            let whole = file == 1 && len > 0 && ends.contains(&len);
            assert_eq!(cut.verify().is_ok(), whole, "file {file} cut to {len}");
        }
    }
}

#[test]
fn every_removed_repeated_or_moved_line_is_found() {
    let files = files();
    for (file, lines) in files.lines().iter().enumerate() {
        for (line, other) in (0..lines.len()).flat_map(|line| (0..=lines.len()).map(move |other| (line, other))) {
            let removed = files.with_lines(file, |lines| _ = lines.remove(line));
            assert!(removed.verify_head().is_err(), "line {line} of file {file} is missing");
            let repeated = files.with_lines(file, |lines| lines.insert(other, lines[line]));
            assert!(repeated.verify().is_err(), "line {line} of file {file} is repeated before {other}");
            if other < lines.len() && line != other {
                let swapped = files.with_lines(file, |lines| lines.swap(line, other));
                assert!(swapped.verify().is_err(), "lines {line} and {other} of file {file} are swapped");
            }
        }
    }
}

/// A change of the files; where the fault is then: file, line, number; and what is said.
#[test]
fn a_fault_says_which_line_and_what_should_be_there() {
    let files = files();
    type Case = (&'static str, Files, (&'static str, u64, Option<u64>), &'static str);
    let changed = |line: usize, from: &str, to: &str| {
        let (mut changed, mut lines) = (files.clone(), files.lines()[0].clone());
        let edited = String::from_utf8(lines[line].to_vec()).unwrap().replacen(from, to, 1);
        assert_ne!(edited.as_bytes(), lines[line]);
        lines[line] = edited.as_bytes();
        changed.files[0] = lines.concat();
        changed
    };
    let only =
        |files: &[&Vec<u8>]| Files { files: files.iter().map(|&file| file.clone()).collect(), head: super::edits::files().head };
    let cases: [Case; 14] = [
        (
            "a verdict",
            changed(1, "block-participant", "keep-meeting"),
            ("ledger-0", 2, Some(1)),
            "the line was changed, or the next one was",
        ),
        ("a space", changed(1, ":", ": "), ("ledger-0", 2, None), "the line is not written as a ledger writes it: it was changed"),
        ("a key", changed(1, "verdict", "verdikt"), ("ledger-0", 2, None), "the line is no line of a ledger (`unknown field"),
        ("a form", changed(0, "1", "2"), ("ledger-0", 1, None), "has form 2, and only form 1 is known"),
        (
            "a missing line",
            files.with_lines(0, |l| _ = l.remove(1)),
            ("ledger-0", 2, Some(2)),
            "number 1 should stand here: it is missing",
        ),
        ("two", files.with_lines(0, |l| _ = l.drain(1..3)), ("ledger-0", 2, Some(3)), "the lines up to number 2 are missing"),
        (
            "a repeated line",
            files.with_lines(0, |l| l.insert(2, l[1])),
            ("ledger-0", 3, Some(1)),
            "number 2 should stand here: the line is repeated",
        ),
        ("no header", files.with_lines(0, |l| _ = l.remove(0)), ("ledger-0", 1, Some(1)), "does not begin with a header"),
        (
            "no seal",
            files.with_lines(0, |l| _ = l.pop()),
            ("ledger-0", 3, Some(2)),
            "has no seal at its end, and `ledger-1` follows",
        ),
        ("more", files.with_lines(0, |l| l.push(l[1])), ("ledger-0", 5, Some(1)), "stands after the seal"),
        ("torn", files.with_lines(1, |l| l[2] = &l[2][..9]), ("ledger-1", 3, None), "the line is torn"),
        ("empty", only(&[&files.files[0], &Vec::new()]), ("ledger-1", 1, None), "the file is empty"),
        (
            "the second alone",
            only(&[&files.files[1]]),
            ("ledger-0", 1, Some(4)),
            "number 0 should stand here: the lines up to number 3",
        ),
        ("two in one", only(&[&files.files.concat()]), ("ledger-0", 5, Some(4)), "a header stands in the midst"),
    ];
    for (what, files, (file, line, seq), said) in cases {
        let error = files.verify().unwrap_err();
        let message = error.to_string();
        assert!(message.contains(said), "{what}: {message}");
        let (at_file, at_line, at_seq, _) = fault(error);
        assert_eq!((at_file.as_str(), at_line, at_seq), (file, line, seq), "{what}: {message}");
    }
}

#[test]
fn a_ledger_that_was_written_anew_is_found_by_what_was_published() {
    let (old, new) = (files(), files_with(Key::new(&[8; 32]).unwrap()));
    let published: Vec<Head> = old
        .lines()
        .concat()
        .iter()
        .zip(0..)
        .map(|(line, seq)| Head { seq, digest: bailiwick::Digest::of(&line[..line.len() - 1]) })
        .collect();
    assert!(new.verify().is_ok());
    let verify_with = |files: &Files, heads: &[Head]| {
        let mut verification = heads.iter().fold(Verification::new(), |verification, &head| verification.expect_head(head));
        for (n, file) in files.files.iter().enumerate() {
            verification.file(n.to_string(), file.as_slice())?;
        }
        verification.finish()
    };
    assert!(verify_with(&old, &published).is_ok());
    // The first header may be the same.
    for &head in &published[1..] {
        assert!(matches!(fault(verify_with(&new, &[head]).unwrap_err()).3, FaultCause::Published { .. }));
    }
    let later = Head { seq: 7, ..old.head };
    let (file, line, seq, cause) = fault(verify_with(&old, &[published[3], later]).unwrap_err());
    assert_eq!((file.as_str(), line, seq, cause), ("1", 3, Some(6), FaultCause::EndsEarly { missing: later }));
    assert!(matches!(
        fault(verify_with(&Files { files: vec![], ..old.clone() }, &[later]).unwrap_err()).3,
        FaultCause::EndsEarly { .. }
    ));
}

#[test]
fn later_files_are_verified_after_the_line_that_they_follow() {
    let files = files();
    let seal = &files.lines()[0][3];
    let head = Head { seq: 3, digest: bailiwick::Digest::of(&seal[..seal.len() - 1]) };
    let verify_after = |head| {
        let mut verification = Verification::after(head);
        verification.file("later", files.files[1].as_slice())?;
        verification.finish()
    };
    assert_eq!(verify_after(head).unwrap().records, 2);
    let other = Head { digest: files.head.digest, ..head };
    assert!(matches!(fault(verify_after(other).unwrap_err()).3, FaultCause::OtherBefore { .. }));
    let earlier = Head { seq: 2, ..head };
    assert!(matches!(fault(verify_after(earlier).unwrap_err()).3, FaultCause::OutOfSequence { expected: 3, found: 4 }));
    assert!(verify_after(Head { seq: u64::MAX, ..head }).is_err());
}

#[test]
fn the_line_that_later_files_follow_may_be_the_one_that_was_published() {
    let files = files();
    let seal = &files.lines()[0][3];
    let head = Head { seq: 3, digest: bailiwick::Digest::of(&seal[..seal.len() - 1]) };
    let verify_with = |published| {
        let mut verification = Verification::after(head).expect_head(published);
        verification.file("later", files.files[1].as_slice())?;
        verification.finish()
    };
    assert_eq!(verify_with(head).unwrap().records, 2);
    for other in [Head { digest: files.head.digest, ..head }, Head { seq: 2, ..head }] {
        assert_eq!(fault(verify_with(other).unwrap_err()).3, FaultCause::EndsEarly { missing: other });
    }
}

#[test]
fn a_reader_that_fails_is_no_fault() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let error = verify([("ledger", Broken)]).unwrap_err();
    assert!(matches!(error, VerifyError::Read { line: 1, .. }));
    assert_eq!(error.to_string(), "`ledger`, line 1 cannot be read: unplugged");
}

#[test]
fn no_files_are_no_lines() {
    let verified = verify(Vec::<(String, &[u8])>::new()).unwrap();
    assert_eq!((verified.lines, verified.head), (0, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn ledger_detects_any_single_edit(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        ledger::ledger_detects_any_single_edit(&World::from_bytes(&bytes));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        ledger::ledger(&bytes);
    }

    /// A ledger with a few bytes of it changed.
    #[test]
    fn nearly_a_ledger_is_read_without_a_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        seed in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = Files::of(&World::from_bytes(&seed), 100).files.remove(0);
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        ledger::ledger(&bytes);
    }
}
