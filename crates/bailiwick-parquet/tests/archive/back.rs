//! Every byte of every file comes back.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Head, Key, Ledger};
use bailiwick::{Atlas, Docket, Order, Policy, Source};
use proptest::prelude::*;

use super::bodies::ledger::{Files, edits};
use super::bodies::world::World;
use super::{Folder, export, export_unverified, key, named, restored, vector_files, vector_key, vectors};

/// What every test here asks: exported and given back, it is the same.
fn comes_back(files: &[(String, Vec<u8>)], after: Option<Head>, key: &Key) -> u64 {
    let folder = Folder::new();
    let counts = export(&folder.archive(), files, after, Some(key.clone())).unwrap();
    assert_eq!(restored(&folder.archive(), Some(key)).unwrap(), files);
    let lines: usize = files.iter().map(|(_, file)| file.iter().filter(|byte| **byte == b'\n').count()).sum();
    let bytes: usize = files.iter().map(|(_, file)| file.len()).sum();
    assert_eq!((counts.rows, counts.ledger_bytes), (u64::try_from(lines).unwrap(), u64::try_from(bytes).unwrap()));
    counts.raw
}

fn comes_back_unverified(files: &[(String, Vec<u8>)], key: &Key) {
    let folder = Folder::new();
    export_unverified(&folder.archive(), files, Some(key.clone())).unwrap();
    assert_eq!(restored(&folder.archive(), Some(key)).unwrap(), files);
}

#[test]
fn the_test_vectors_of_both_forms_come_back() {
    for names in [["form-2-a.jsonl", "form-2-b.jsonl"], ["form-1-a.jsonl", "form-1-b.jsonl"]] {
        assert_eq!(comes_back(&vector_files(&names), None, &vector_key()), 0, "no line is kept as its own text");
    }
}

/// Every file of lines in the repository, of which most do not verify.
#[test]
fn every_file_of_the_repository_comes_back_even_if_it_does_not_verify() {
    let mut folders = vec![vectors().join("../..")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match path.is_dir() {
                true if name != "target" && name != ".git" && name != "node_modules" => folders.push(path),
                false if name.ends_with(".jsonl") => files.push(path),
                _ => {}
            }
        }
    }
    let corpus = fs::read_dir(vectors().join("../corpus/ledger")).unwrap().map(|entry| entry.unwrap().path());
    files.extend(corpus);
    files.sort_unstable();
    assert!(files.len() > 40, "{}", files.len());
    let files: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    comes_back_unverified(&named(&files), &vector_key());
    // With another key, every salt is kept.
    comes_back_unverified(&named(&files), &key());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_ledger_comes_back(bytes in proptest::collection::vec(any::<u8>(), 64..600)) {
        let world = World::from_bytes(&bytes);
        let records = 1 + world.die(0, 4);
        for files in [Files::of(&world, records), Files::of_form_1(&world, records)] {
            prop_assert_eq!(comes_back(&named(&files.files), None, &key()), 0);
        }
    }

    #[test]
    fn any_edited_ledger_comes_back_unverified(bytes in proptest::collection::vec(any::<u8>(), 64..300)) {
        let world = World::from_bytes(&bytes);
        let files = Files::of(&world, 1 + world.die(0, 4));
        let edited = edits(&files, &world).into_iter().enumerate();
        for (_, (_, edited)) in edited.filter(|(n, _)| n % 4 == world.die(7, 4)) {
            comes_back_unverified(&named(&edited.files), &key());
        }
    }

    #[test]
    fn any_bytes_come_back_unverified(file in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'{')], 0..500)) {
        comes_back_unverified(&named(&[file]), &key());
    }

    /// Ids of orders are the texts of people, and times are any that RFC 3339 writes.
    #[test]
    fn any_id_and_any_time_comes_back(
        ids in proptest::collection::btree_set("\\PC{1,40}|[\\x00-\\x7f]{1,8}", 1..5),
        seconds in -62_167_219_200_i64..253_402_300_800, nanos in 0..1_000_000_000_u32,
    ) {
        let mut source = Source::new("provider");
        source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
        let atlas = Atlas::builder().source(source).build().unwrap();
        let mut docket = Docket::default();
        for id in ids {
            let mut order = Order::new(id, "CN");
            order.meetings.push("vigil".to_owned());
            docket.orders.push(order);
        }
        // Ids that no docket has are not for the ledger.
        if let Ok(policy) = Policy::compile(&docket, &atlas) {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let second = if seconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance };
            let at = second + Duration::from_nanos(nanos.into());
            let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
            ledger.record(&policy.explain("vigil", "203.0.113.7".parse().unwrap(), "US".parse().unwrap(), at)).unwrap();
            ledger.record(&policy.explain("vigil", "192.0.2.7".parse().unwrap(), "US".parse().unwrap(), at)).unwrap();
            prop_assert_eq!(comes_back(&named(&[ledger.into_inner()]), None, &key()), 0);
        }
    }
}

#[test]
fn a_number_that_no_column_holds_is_kept_as_text() {
    let last = i64::MAX.unsigned_abs();
    let head = |seq| Head { seq, digest: format!("sha256:{}", "ab".repeat(32)).parse().unwrap() };
    // The header and the count, of which the second number is the first above.
    let mut ledger = Ledger::carry_on(Vec::new(), key(), head(last - 1)).unwrap();
    ledger.unrecorded(10).unwrap();
    assert_eq!(comes_back(&named(&[ledger.into_inner()]), Some(head(last - 1)), &key()), 1);

    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    [0, 10, last, last + 1, u64::MAX].iter().for_each(|decisions| _ = ledger.unrecorded(*decisions).unwrap());
    assert_eq!(comes_back(&named(&[ledger.into_inner()]), None, &key()), 2);
}

#[test]
fn a_file_comes_back_whose_earlier_ones_are_kept_elsewhere() {
    let files = vector_files(&["form-2-a.jsonl", "form-2-b.jsonl"]);
    let head = bailiwick::ledger::verify([("", files[0].1.as_slice())]).unwrap().head;
    assert_eq!(comes_back(&files[1..], head, &vector_key()), 0);
}

#[test]
fn files_without_a_line_and_lines_without_an_end_come_back() {
    let line = vec![b'x'; (1 << 20) + 3];
    let cases: [&[&[u8]]; 5] = [&[b""], &[b"", b"", b"\n", b""], &[b"\n\n{", b"{}"], &[&line, &line], &[]];
    for files in cases {
        let files: Vec<Vec<u8>> = files.iter().map(|file| file.to_vec()).collect();
        comes_back_unverified(&named(&files), &key());
    }
}

/// Enough bytes for several row groups, each of which is read alone.
#[test]
fn a_ledger_of_several_row_groups_comes_back() {
    let line = [vec![b'x'; 1 << 20], vec![b'\n']].concat();
    let whole = vector_files(&["form-2-a.jsonl"])[0].1.clone();
    let long = [whole.clone(), line.repeat(70), whole.clone(), line.repeat(70), whole].concat();
    comes_back_unverified(&named(&[long]), &vector_key());
}
