//! Pictures that take the place of older ones.

use std::fs;
use std::path::Path;

use super::harness::Row;
use super::partials::{backtest, joins};
use super::{done, inputs, is_done, tool};

pub const ROWS: [Row; 2] = [
    Row {
        name: "reach-picture",
        before: |folder| {
            inputs(folder);
            done(folder, &reach("expected.svg"));
            fs::write(folder.join("new.svg"), OLD).unwrap();
        },
        writers: |folder| vec![tool(folder, &reach("new.svg"))],
        is_silent: false,
        check: |folder, said, _| check(folder, said),
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "backtest-picture",
        before: |folder| {
            joins(folder);
            done(folder, &backtest("--picture @expected.svg"));
            fs::write(folder.join("new.svg"), OLD).unwrap();
        },
        writers: |folder| vec![tool(folder, &backtest("--picture @new.svg"))],
        is_silent: false,
        check: |folder, said, _| check(folder, said),
        is_in_use: None,
        may_refuse: |_| false,
    },
];

const OLD: &str = "an older picture";

fn reach(picture: &str) -> String {
    format!("reach @orders.toml --geo @geo.csv --cells 8 --picture @{picture}")
}

/// The file is the older picture, or the one that an undisturbed run drew.
fn check(folder: &Path, said: &[String]) {
    let [found, expected] = ["new.svg", "expected.svg"].map(|name| fs::read(folder.join(name)).unwrap());
    let is_done = is_done(said);
    assert!(found == expected || (!is_done && found == OLD.as_bytes()), "it is not whole, done: {is_done}");
}
