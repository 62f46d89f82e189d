//! Writers that are killed at every call, find the disk full at every write, and lose power after every call: nothing that they
//! acknowledged is lost, and nothing torn is believed.
//!
//! - `shim.c`: counts the calls of a program, writes them to a journal, and disturbs one;
//! - `disk`: what a disk may have after the power went, from the journal;
//! - `harness`: runs a writer with each call disturbed, and checks what is left;
//! - `ledger`, `log`, `store`: a writer each, and what must be true of what it leaves.
//!
//! The writers of the tool `bailiwick` are in `cli/tests/faults/`. Another writer is a row of a table. `cargo test --all-features
//! --test faults -- ledger` runs the rows with `ledger` in their names. With `FAULTS_KEEP=FOLDER`, what was left at each fault is
//! kept there; with `FAULTS_LOUD=1`, the standard error of writers is shown.

mod disk;
mod harness;
mod ledger;
mod log;
mod store;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The environment variable with the name of the writer that this program is to be.
const WRITER: &str = "FAULTS_WRITER";

/// Writes below a folder until it is done, or ended.
type Writer = fn(&Path);

/// The writers of this program, by their names.
const WRITERS: [(&str, Writer); 5] = [
    ("ledger", ledger::write),
    ("ledger-padded", ledger::pad),
    ("ledger-cut-off", ledger::go_on_after_cut_off),
    ("log", log::write),
    ("store", store::write),
];

fn main() -> ExitCode {
    if let Some(name) = std::env::var_os(WRITER) {
        let root = PathBuf::from(std::env::var_os("FAULTS_ROOT").unwrap_or_default());
        let (_, writer) = WRITERS.into_iter().find(|(writer, _)| name == *writer).unwrap_or_else(|| panic!("no writer {name:?}"));
        writer(&root);
        return ExitCode::SUCCESS;
    }
    let rows = [ledger::ROWS.as_slice(), log::ROWS.as_slice(), store::ROWS.as_slice()].concat();
    if harness::run(&rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// This program, as the writer with a name.
fn writer(name: &str) -> Vec<Command> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(WRITER, name);
    vec![command]
}

/// Acknowledges something on standard output.
fn say(line: &str) {
    println!("{line}");
}

/// Ends a writer that cannot go on, as one that has told its caller.
fn give_up(error: &dyn std::fmt::Display) -> ! {
    eprintln!("{error}");
    std::process::exit(3);
}
