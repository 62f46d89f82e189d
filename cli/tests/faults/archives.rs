//! Archives: a ledger as Parquet, and back.

use std::fs;
use std::path::Path;

use super::harness::Row;
use super::{KEY, done, tool, write_ledger};

pub const ROWS: [Row; 2] = [
    Row {
        name: "archive-export",
        before,
        writers: |folder| vec![tool(folder, EXPORT)],
        check: |folder, said, _| {
            let is_there = folder.join("2026.parquet").exists();
            assert!(is_there || !said.iter().any(|line| line == "done"), "the archive is gone");
            if is_there {
                done(folder, IMPORT);
                assert_eq!(fs::read(folder.join("back/ledger.jsonl")).unwrap(), fs::read(folder.join("ledger.jsonl")).unwrap());
            }
        },
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
        check: |folder, said, _| {
            let path = folder.join("back/ledger.jsonl");
            assert!(path.exists() || !said.iter().any(|line| line == "done"), "the ledger is gone");
            if path.exists() {
                assert_eq!(fs::read(path).unwrap(), fs::read(folder.join("ledger.jsonl")).unwrap());
            }
        },
        is_in_use: None,
        may_refuse: |folder| folder.join("back/ledger.jsonl").exists(),
    },
];

const EXPORT: &str = "ledger export --parquet @2026.parquet @ledger.jsonl --key-file @key";
const IMPORT: &str = "ledger import @2026.parquet --key-file @key --out @back";

fn before(folder: &Path) {
    fs::write(folder.join("key"), KEY).unwrap();
    write_ledger(&folder.join("ledger.jsonl"), 20);
}
