//! What is written where, and never over anything.

use std::fs;

use bailiwick_parquet::{Archive, ArchiveError, Writer};

use super::{Folder, export, export_unverified, sample, vector_files, vector_key};

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    let mine = |name: &str| fs::write(folder.0.join(name), "mine").unwrap();
    let is_mine = |name: &str| fs::read(folder.0.join(name)).unwrap() == b"mine";
    mine("ledger.parquet");
    let error = export(&folder.archive(), &sample(), None, None).unwrap_err();
    assert!(matches!(&error, ArchiveError::Exists { path } if path.ends_with("ledger.parquet")), "{error}");
    assert!(is_mine("ledger.parquet"));
    fs::remove_file(folder.archive()).unwrap();

    mine("ledger.parquet.new");
    export(&folder.archive(), &sample(), None, Some(vector_key())).unwrap();
    mine("form-2-b.jsonl");
    let restore = || Archive::open(&folder.archive()).unwrap().restore(&folder.0, Some(&vector_key()));
    let error = restore().unwrap_err();
    assert!(matches!(&error, ArchiveError::Exists { path } if path.ends_with("form-2-b.jsonl")), "{error}");
    assert!(is_mine("form-2-b.jsonl"));
    fs::remove_file(folder.0.join("form-2-b.jsonl")).unwrap();

    mine("form-2-b.jsonl.new");
    restore().unwrap();
    assert!(is_mine("form-2-b.jsonl.new") && is_mine("ledger.parquet.new"));
}

/// The name that a file has while it is written may be that of another file of the ledger.
#[test]
fn files_whose_names_are_those_of_unfinished_ones_come_back() {
    let bytes = |number: usize| vector_files(&["form-1-a.jsonl", "form-1-b.jsonl"])[number % 2].1.clone();
    for names in [["x", "x.new", "x.1.new"], ["x.1.new", "x.new", "x"], ["x.new", "x", "x.1.new"]] {
        let folder = Folder::new();
        let files: Vec<(String, Vec<u8>)> = (0..).zip(names).map(|(number, name)| (name.to_owned(), bytes(number))).collect();
        export_unverified(&folder.archive(), &files, Some(vector_key())).unwrap();
        Archive::open(&folder.archive()).unwrap().restore(&folder.0, Some(&vector_key())).unwrap();
        for (name, bytes) in files {
            assert!(fs::read(folder.0.join(&name)).unwrap() == bytes, "{name} of {names:?}");
        }
    }
}

/// A name that is taken while the archive is written.
#[test]
fn what_came_in_between_is_not_overwritten_either() {
    let folder = Folder::new();
    let mut writer = Writer::create(&folder.archive(), None).unwrap();
    writer.unverified("ledger.jsonl", vector_files(&["form-1-a.jsonl"])[0].1.as_slice()).unwrap();
    fs::write(folder.archive(), "mine").unwrap();
    assert!(matches!(writer.finish(), Err(ArchiveError::Exists { .. })));
    assert_eq!((folder.names(), fs::read(folder.archive()).unwrap()), (vec!["ledger.parquet".to_owned()], b"mine".to_vec()));
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let folder = Folder::new();
    let mut writer = Writer::create(&folder.archive(), None).unwrap();
    assert_eq!(folder.names(), ["ledger.parquet.new"]);
    assert!(matches!(writer.unverified("a/b", b"".as_slice()), Err(ArchiveError::Name { .. })));
    drop(writer);
    assert_eq!(folder.names(), [""; 0]);
    export(&folder.archive(), &sample(), None, None).unwrap();
    assert!(Archive::open(&folder.archive()).unwrap().restore(&folder.0, None).is_err());
    assert_eq!(folder.names(), ["ledger.parquet"]);
}

#[test]
fn names_are_names_and_each_is_given_once() {
    let folder = Folder::new();
    let mut writer = Writer::create(&folder.archive(), None).unwrap();
    for name in ["", ".", "..", "a/b", "/a", "a/", "a\\b", "a\nb", "./a", "a\0"] {
        assert!(matches!(writer.file(name), Err(ArchiveError::Name { .. })), "{name:?}");
    }
    for name in ["ledger.jsonl", "ledger.jsonl.1", "2020-06-04T12:00.jsonl", "会议", ".hidden", "..."] {
        writer.file(name).unwrap();
        assert!(matches!(writer.file(name), Err(ArchiveError::SameName { .. })), "{name}");
    }
}

#[test]
fn an_archive_says_that_its_ledger_did_not_verify() {
    let folder = Folder::new();
    export_unverified(&folder.archive(), &vector_files(&["refused/torn.jsonl"]), Some(vector_key())).unwrap();
    assert_eq!(Archive::open(&folder.archive()).unwrap().fault(), Some("a fault"));
    let untold = Folder::new();
    let mut writer = Writer::create(&untold.archive(), Some(vector_key())).unwrap();
    writer.unverified("torn.jsonl", b"{".as_slice()).unwrap();
    writer.finish().unwrap();
    assert_eq!(Archive::open(&untold.archive()).unwrap().fault(), Some("the ledger was not verified"));
    let other = Folder::new();
    export(&other.archive(), &sample(), None, None).unwrap();
    assert_eq!(Archive::open(&other.archive()).unwrap().fault(), None);
}

/// Nobody knows whether the salts of such a ledger are those of its key, so that they would be lost.
#[test]
fn a_ledger_of_form_2_that_does_not_verify_is_not_exported_without_its_key() {
    let folder = Folder::new();
    let error = export_unverified(&folder.archive(), &vector_files(&["refused/torn.jsonl"]), None).unwrap_err();
    assert!(error.to_string().starts_with("`refused-torn.jsonl`, line 1 has a salt"), "{error}");
    export_unverified(&folder.archive(), &vector_files(&["form-1-a.jsonl"]), None).unwrap();
}
