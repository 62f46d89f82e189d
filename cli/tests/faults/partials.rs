//! Partial reports, and parts of backtests.

use std::fs;
use std::path::Path;

use bailiwick::Digest;
use bailiwick::report::PartialReport;

use super::harness::Row;
use super::{done, is_there, several, tool};

pub const ROWS: [Row; 4] = [
    Row {
        name: "report-partial",
        before: |folder| {
            several(folder);
            done(folder, &report("june.jsonl", "expected"));
        },
        writers: |folder| vec![tool(folder, &report("june.jsonl", "new"))],
        is_silent: true,
        // The partial has the names of files as they were given, which differ between the folders of the harness.
        check: |folder, said, _| check(folder, said, lines),
        is_in_use: None,
        may_refuse,
    },
    Row {
        name: "report-partial-of-partials",
        before: |folder| {
            several(folder);
            done(folder, &report("june.jsonl", "june"));
            done(folder, &report("july.jsonl", "july"));
            done(folder, "report --merge @june @july --partial @expected");
        },
        writers: |folder| vec![tool(folder, "report --merge @june @july --partial @new")],
        is_silent: true,
        check: |folder, said, _| check(folder, said, <[u8]>::to_vec),
        is_in_use: None,
        may_refuse,
    },
    Row {
        name: "backtest-partial",
        before: |folder| {
            joins(folder);
            done(folder, &backtest("--partial @expected"));
        },
        writers: |folder| vec![tool(folder, &backtest("--partial @new"))],
        is_silent: true,
        check: |folder, said, _| check(folder, said, <[u8]>::to_vec),
        is_in_use: None,
        may_refuse,
    },
    Row {
        name: "backtest-partial-of-parts",
        before: |folder| {
            joins(folder);
            done(folder, &backtest("--partial @june"));
            fs::write(folder.join("joins.csv"), JOINS.replace("2020-06-04", "2020-07-04")).unwrap();
            done(folder, &backtest("--partial @july"));
            done(folder, "backtest --merge @june @july --partial @expected");
        },
        writers: |folder| vec![tool(folder, "backtest --merge @june @july --partial @new")],
        is_silent: true,
        check: |folder, said, _| check(folder, said, <[u8]>::to_vec),
        is_in_use: None,
        may_refuse,
    },
];

const JOINS: &str = "meeting,address,time\nvigil,203.0.113.9,2020-06-04T12:00:00Z\nvigil,198.51.100.9,2020-06-04T12:00:00Z\n";

fn report(ledger: &str, out: &str) -> String {
    format!("report --partial @{out} --ledger @{ledger} --from 2020-01-01 --until 2999-01-01 --threads 1")
}

/// The lines that a partial report is about.
fn lines(partial: &[u8]) -> Vec<(u64, u64, Digest)> {
    let partial = PartialReport::from_bytes(partial).unwrap();
    partial.parts().map(|part| (part.from, part.to, part.digest)).collect()
}

/// A backtest of the joins in a folder.
pub fn backtest(end: &str) -> String {
    format!("backtest --orders @orders.toml --proposed @new.toml --geo @geo.csv @joins.csv --threads 1 {end}")
}

/// Joins, and a docket that reaches one of them. The proposed docket reaches none.
pub fn joins(folder: &Path) {
    super::inputs(folder);
    fs::write(folder.join("joins.csv"), JOINS).unwrap();
    fs::write(folder.join("new.toml"), fs::read_to_string(folder.join("orders.toml")).unwrap().replace("vigil", "march")).unwrap();
}

/// The file is absent, or says what the one says that an undisturbed run wrote.
fn check<T: PartialEq>(folder: &Path, said: &[String], read: fn(&[u8]) -> T) {
    let of = |name: &str| read(&fs::read(folder.join(name)).unwrap());
    if is_there(&folder.join("new"), said) {
        assert!(of("new") == of("expected"), "it is not whole");
    }
}

fn may_refuse(folder: &Path) -> bool {
    folder.join("new").exists()
}
