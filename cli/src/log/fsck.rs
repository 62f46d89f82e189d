//! `bailiwick log fsck`: everything in a folder, and the ledger beside it.

use std::io::Write;

use bailiwick::ledger::{Verification, VerifyError};
use bailiwick::log::{LogError, LogFolder, TreeHash};

use super::failure;
use super::head::Status;
use crate::chain;
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::log_args::FsckArgs;
use crate::output::{self, GOOD, NOTE, Thousands};
use crate::progress::Progress;
use crate::trust;

pub(super) fn run(args: &FsckArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let key = args.vkey.as_deref().map(trust::vkey).transpose()?;
    let log = LogFolder::read(&args.folder).map_err(failure)?;
    log.verify(key.as_ref(), |tile| progress.say(|| format!("verifying {tile}"))).map_err(failure)?;
    if let Some(key) = &key {
        Status::own(&args.folder, key)?;
    }
    let lines = compare(args, &log, &progress)?;
    drop(progress);
    if lines < log.size() {
        return Err(failure(LogError::Shorter { found: lines, signed: log.size() }));
    }
    let mut out = output::stdout();
    let checkpoints = log.checkpoints().map_err(failure)?.len();
    writeln!(
        out,
        "{GOOD}{} lines, {}: every tile is there, and is that of the ledger{GOOD:#}",
        Thousands(log.size().into()),
        output::count(checkpoints, "checkpoint")
    )?;
    if key.is_none() {
        writeln!(out, "{NOTE}note{NOTE:#}: who signed the checkpoints is not checked: give the key of the log with `--vkey`")?;
    }
    Ok(())
}

/// Compares every line with its hash in the tiles. Returns the number of lines.
fn compare(args: &FsckArgs, log: &LogFolder, progress: &Progress) -> Result<u64, Failure> {
    let stored = log.stored().map_err(failure)?;
    let mut verification = args.after.map_or_else(Verification::new, Verification::after);
    let (mut wrong, mut lines) = (None, 0);
    for (file, input) in chain::in_sequence(&args.ledger, progress)? {
        let reader = input.map_or_else(|| Input::open(file, progress), Ok)?.reader();
        let verified = verification.each_line(input::plain_name(file), reader, |line, bytes| {
            lines = line.seq() + 1;
            if wrong.is_none() && line.seq() < stored.size() {
                match stored.leaf(line.seq()) {
                    Ok(leaf) if leaf == TreeHash::of_leaf(bytes) => {}
                    Ok(_) => wrong = Some(Failure::wrong(LogError::OtherLine { seq: line.seq() })),
                    Err(error) => wrong = Some(Failure::wrong(error)),
                }
            }
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        verified.map_err(|error| match error {
            VerifyError::Fault(fault) => Failure::wrong(fault),
            error => Failure::unusable(error),
        })?;
    }
    Ok(lines)
}
