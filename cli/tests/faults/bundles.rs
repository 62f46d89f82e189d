//! Making and signing bundles.

use std::fs;
use std::path::Path;

use bailiwick::Digest;
use bailiwick::bundle::Bundle;
use bailiwick::change::Acknowledgement;
use bailiwick::note::SigningKey;

use super::harness::Row;
use super::{done, is_done, is_there, tool};

pub const ROWS: [Row; 3] = [
    Row {
        name: "bundle-make",
        before: |folder| {
            inputs(folder);
            done(folder, &make(1));
        },
        writers: |folder| vec![tool(folder, &make(2))],
        is_silent: false,
        check: |folder, said, _| check(folder, 1, 0, said, (2, 0)),
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "bundle-sign",
        before: |folder| {
            inputs(folder);
            done(folder, &make(1));
        },
        writers: |folder| vec![tool(folder, "bundle sign @orders.bundle --key @anna.key --role legal")],
        is_silent: false,
        check: |folder, said, _| check(folder, 1, 0, said, (1, 1)),
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "diff-acknowledge",
        before: |folder| {
            inputs(folder);
            let orders = fs::read_to_string(folder.join("orders.toml")).unwrap();
            fs::write(folder.join("new.toml"), orders.replace("\"vigil\"", "\"vigil\", \"march\"")).unwrap();
        },
        writers: |folder| vec![tool(folder, "diff @orders.toml @new.toml --geo @geo.csv --acknowledge")],
        is_silent: false,
        check: |folder, said, _| {
            let path = folder.join("new.toml.acknowledged");
            if is_there(&path, said) {
                fs::read_to_string(path).unwrap().parse::<Acknowledgement>().unwrap();
            }
        },
        is_in_use: None,
        may_refuse: |_| false,
    },
];

/// Inputs of a bundle, and a key.
fn inputs(folder: &Path) {
    super::inputs(folder);
    let key = SigningKey::from_seed("example.org/anna", Digest::of(b"anna").as_bytes()).unwrap();
    fs::write(folder.join("anna.key"), key.to_secret_text().as_str()).unwrap();
}

fn make(version: u64) -> String {
    format!(
        "bundle make --orders @orders.toml --geo @geo.csv --origin example.org/orders --issued 2026-01-31T00:00:00Z \
         --expires 2026-02-07T00:00:00Z --out @orders.bundle --version {version}"
    )
}

/// The file has the bundle that was there or the new one, whole. Each is a version and a number of signatures.
fn check(folder: &Path, version: u64, signatures: usize, said: &[String], new: (u64, usize)) {
    let bytes = fs::read(folder.join("orders.bundle")).unwrap();
    let read = Bundle::read(&bytes).unwrap();
    let found = (read.manifest().version(), read.signatures().len());
    let is_done = is_done(said);
    assert!(found == new || (!is_done && found == (version, signatures)), "{found:?}, done: {is_done}");
}
