//! Commands that write, killed at every call, on a full disk, and with the power lost after every call: what they leave is whole or
//! absent, and what they said they did is done.
//!
//! The harness is that of the library, in `tests/faults/`, whose `main.rs` says how it is used.

#[path = "../../../tests/faults/disk.rs"]
mod disk;
#[path = "../../../tests/faults/harness.rs"]
mod harness;
#[cfg(feature = "parquet")]
mod archives;
mod bundles;
mod logs;
mod partials;
mod pictures;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use bailiwick::Ledger;
use bailiwick::ledger::Key;

/// The environment variable that makes this program a writer: the number of lines that a ledger is to have.
const LINES: &str = "FAULTS_LINES";

/// The key of the ledger.
const KEY: &[u8] = b"a key of the tests, of 32 bytes or more";

/// The files of a ledger that was rotated.
const FILES: [&str; 3] = ["june.jsonl", "july.jsonl", "august.jsonl"];

fn main() -> ExitCode {
    if let Some(lines) = std::env::var_os(LINES) {
        let root = PathBuf::from(std::env::var_os("FAULTS_ROOT").unwrap_or_default());
        write_ledger(&root.join("ledger.jsonl"), lines.to_str().unwrap().parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let rows = [logs::ROWS.as_slice(), bundles::ROWS.as_slice(), partials::ROWS.as_slice(), pictures::ROWS.as_slice()].concat();
    #[cfg(feature = "parquet")]
    let rows = [rows.as_slice(), archives::ROWS.as_slice()].concat();
    if harness::run(&rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes a ledger that long. Nothing is synced but its beginning.
fn write_ledger(path: &Path, lines: u64) {
    let mut ledger = Ledger::open(path, Key::new(KEY).unwrap()).unwrap().ledger;
    let there = ledger.head().seq + 1;
    (there..lines).for_each(|_| _ = ledger.unrecorded(10).unwrap());
}

/// A ledger in several files.
fn several(folder: &Path) {
    fs::write(folder.join("key"), KEY).unwrap();
    let mut ledger = Ledger::open(folder.join(FILES[0]), Key::new(KEY).unwrap()).unwrap().ledger;
    for next in [Some(FILES[1]), Some(FILES[2]), None] {
        (0..7).for_each(|_| _ = ledger.unrecorded(10).unwrap());
        next.into_iter().for_each(|next| ledger.rotate_to(folder.join(next)).unwrap());
    }
}

/// A ledger that grows and does not wait for the disk.
fn ledger(lines: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(LINES, lines.to_string());
    command
}

/// The tool, with the words of a line. A word with `@` before it is the name of a file in the folder. `FAULTS_TOOL` names another build.
fn tool(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(std::env::var_os("FAULTS_TOOL").unwrap_or_else(|| env!("CARGO_BIN_EXE_bailiwick").into()));
    let word = |word: &str| word.strip_prefix('@').map_or_else(|| word.into(), |name| folder.join(name).into_os_string());
    command.args(line.split_whitespace().map(word));
    command
}

/// Runs the tool, which must end well.
fn done(folder: &Path, line: &str) {
    let output = tool(folder, line).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether the tool said that it ended well.
fn is_done(said: &[String]) -> bool {
    said.iter().any(|line| line == "done")
}

/// Whether a file is there, as it must be when the tool ended well.
fn is_there(path: &Path, said: &[String]) -> bool {
    assert!(path.exists() || !is_done(said), "{} is gone", path.display());
    path.exists()
}

/// Geo data, and a docket.
fn inputs(folder: &Path) {
    fs::write(folder.join("geo.csv"), "203.0.113.0/24,CN\n198.51.100.0/24,HK\n").unwrap();
    let order = "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nmeetings = [\"vigil\"]\nstatus = \"in-force\"\nexpires = \"9000-01-01T00:00:00Z\"\n\
                 evidence = [\"sha256:00\"]\napproved_by = [\"counsel-a\"]\n";
    fs::write(folder.join("orders.toml"), order).unwrap();
}
