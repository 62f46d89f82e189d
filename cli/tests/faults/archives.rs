//! Archives: a ledger as Parquet, and back.

use std::fs;
use std::path::Path;

use super::harness::Row;
use super::{FILES, KEY, done, is_there, several, tool, write_ledger};

pub const ROWS: [Row; 4] = [
    Row {
        name: "archive-export",
        before,
        writers: |folder| vec![tool(folder, EXPORT)],
        is_silent: false,
        check: |folder, said, _| check(folder, said, &["ledger.jsonl"]),
        is_in_use: None,
        may_refuse: |folder| folder.join("2026.parquet").exists(),
    },
    Row {
        name: "archive-import",
        before: |folder| {
            before(folder);
            done(folder, EXPORT);
        },
        writers: |folder| vec![tool(folder, IMPORT)],
        is_silent: false,
        check: |folder, said, _| {
            if is_there(&folder.join("back/ledger.jsonl"), said) {
                assert_eq!(given_back(folder, &["ledger.jsonl"]), 1);
            }
        },
        is_in_use: None,
        may_refuse: |folder| folder.join("back/ledger.jsonl").exists(),
    },
    Row {
        name: "archive-export-of-several-files",
        before: several,
        writers: |folder| vec![tool(folder, EXPORT_SEVERAL)],
        is_silent: false,
        check: |folder, said, _| check(folder, said, &FILES),
        is_in_use: None,
        may_refuse: |folder| folder.join("2026.parquet").exists(),
    },
    Row {
        name: "archive-import-of-several-files",
        before: |folder| {
            several(folder);
            done(folder, "ledger export --parquet @2026.parquet @june.jsonl @july.jsonl --key-file @key");
            done(folder, "ledger export --parquet @late.parquet @august.jsonl --key-file @key --unverified");
        },
        writers: |folder| vec![tool(folder, "ledger import @2026.parquet @late.parquet --key-file @key --out @back")],
        is_silent: false,
        check: |folder, said, _| {
            let of_first = given_back(folder, &FILES[..2]);
            let is_told = |line: &String| line.starts_with("2 files, ") || line == "done";
            assert!(of_first == 2 || !said.iter().any(is_told), "a file of the first archive is gone");
            let all = given_back(folder, &FILES);
            assert!(
                all == FILES.len() || !said.iter().any(|line| line.starts_with("1 file, ") || line == "done"),
                "a file is gone"
            );
        },
        is_in_use: None,
        may_refuse: |folder| FILES.iter().any(|file| folder.join("back").join(file).exists()),
    },
];

const EXPORT_SEVERAL: &str = "ledger export --parquet @2026.parquet @june.jsonl @july.jsonl @august.jsonl --key-file @key";

const EXPORT: &str = "ledger export --parquet @2026.parquet @ledger.jsonl --key-file @key";
const IMPORT: &str = "ledger import @2026.parquet --key-file @key --out @back";

fn before(folder: &Path) {
    fs::write(folder.join("key"), KEY).unwrap();
    write_ledger(&folder.join("ledger.jsonl"), 20);
}

/// The archive is absent, or gives all files back.
fn check(folder: &Path, said: &[String], files: &[&str]) {
    if is_there(&folder.join("2026.parquet"), said) {
        done(folder, IMPORT);
        assert_eq!(given_back(folder, files), files.len(), "the archive has not all files");
    }
}

/// The number of files that were given back. Each of them is that of the ledger.
fn given_back(folder: &Path, files: &[&str]) -> usize {
    let back = files.iter().filter(|file| {
        let found = fs::read(folder.join("back").join(file)).ok();
        assert!(found.is_none() || found == fs::read(folder.join(file)).ok(), "{file} is not that of the ledger");
        found.is_some()
    });
    back.count()
}
