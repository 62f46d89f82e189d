//! `bailiwick log prove`: that a line is in the log.

use std::io::Write;

use bailiwick::Quoted;
use bailiwick::log::{LogFolder, LogProof};

use super::{failure, heads, line};
use crate::failure::Failure;
use crate::log_args::ProveArgs;
use crate::output;

pub(super) fn run(args: &ProveArgs) -> Result<(), Failure> {
    let log = LogFolder::read(&args.log).map_err(failure)?;
    let leaf = line::find(&args.files, args.seq)?;
    let proof = prove(&log, args.seq, leaf)?;
    let of_fleet = match &args.fleet {
        Some(fleet) => {
            let (seq, head) = heads::find(fleet, proof.checkpoint())?;
            Some(prove(&LogFolder::read(fleet).map_err(failure)?, seq, head)?)
        }
        None => None,
    };
    let mut out = output::stdout();
    write!(out, "{proof}")?;
    if let Some(of_fleet) = of_fleet {
        write!(out, "{of_fleet}")?;
    }
    Ok(())
}

/// The proof that a leaf is in a log, which is verified before it is given away.
fn prove(log: &LogFolder, seq: u64, leaf: Vec<u8>) -> Result<LogProof, Failure> {
    let stored = log.stored().map_err(failure)?;
    let folder = log.path().to_string_lossy().into_owned();
    let inclusion =
        stored.inclusion(seq, stored.size()).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(&folder))))?;
    let (Some(inclusion), Some(checkpoint)) = (inclusion, log.last()) else {
        return Err(Failure::unusable(format_args!(
            "line {seq} is not covered yet: {} lines are. Publish first; `--pad` covers every line",
            stored.size()
        )));
    };
    let proof = LogProof::new(Some(leaf), inclusion, checkpoint.clone());
    match proof.verified_leaf() {
        Ok(_) => Ok(proof),
        Err(_) => Err(Failure::wrong(format_args!(
            "line {seq} is not the one that was published to {}, or tiles there were changed: see `bailiwick log fsck`",
            Quoted(&folder)
        ))),
    }
}
