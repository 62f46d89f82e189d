//! One line of a ledger, by its number.

use bailiwick::ledger::{Lines, first_seq};

use crate::failure::Failure;
use crate::input::{self, Input};
use crate::progress::Progress;

/// The bytes of the line with a number, from whichever file has it.
pub(super) fn find(files: &[String], seq: u64) -> Result<Vec<u8>, Failure> {
    let progress = Progress::new();
    // Of the files that begin at or before the line, the last one has it, whatever the sequence in which they are given.
    let mut best: Option<(u64, &String)> = None;
    for file in files {
        let input = Input::open(file, &progress)?;
        let first = first_seq(&input.head)
            .ok_or_else(|| Failure::wrong(format_args!("{} is not a file of a ledger", input::name(file))))?;
        if first <= seq && best.is_none_or(|(of_best, _)| of_best < first) {
            best = Some((first, file));
        }
    }
    let missing = || Failure::unusable(format_args!("no file has line {seq}: give the file of the ledger that has it"));
    let (_, file) = best.ok_or_else(missing)?;
    let mut lines = Lines::new(Input::open(file, &progress)?.reader());
    while let Some(line) = lines.next() {
        let line = line.map_err(|error| Failure::wrong(format_args!("{}: {error}", input::name(file))))?;
        if line.seq() == seq {
            return Ok(lines.bytes().to_vec());
        }
    }
    Err(missing())
}
