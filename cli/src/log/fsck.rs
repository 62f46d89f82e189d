//! `bailiwick log fsck`: everything in a folder, and the ledger or the nodes beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use bailiwick::Quoted;
use bailiwick::ledger::{Verification, VerifyError};
use bailiwick::log::{LogError, LogFolder, TreeHash};

use super::failure;
use super::head::Status;
use super::heads::{self, Heads};
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
    let checkpoints = output::count(log.checkpoints().map_err(failure)?.len(), "checkpoint");
    let found = if heads::are_in(&args.folder) {
        let heads = compare_heads(args, &log, &progress)?;
        let nodes = output::count(heads.last.len(), "node");
        let heads = output::count(usize::try_from(log.size()).unwrap_or(usize::MAX), "head");
        format!("{heads} of {nodes}, {checkpoints}: every tile is there, and is that of the heads")
    } else {
        let lines = compare(args, &log, &progress)?;
        if lines < log.size() {
            return Err(failure(LogError::Shorter { found: lines, signed: log.size() }));
        }
        format!("{} lines, {checkpoints}: every tile is there, and is that of the ledger", Thousands(log.size().into()))
    };
    drop(progress);
    let mut out = output::stdout();
    writeln!(out, "{GOOD}{found}{GOOD:#}")?;
    if key.is_none() {
        writeln!(out, "{NOTE}note{NOTE:#}: who signed the checkpoints is not checked: give the key of the log with `--vkey`")?;
    }
    Ok(())
}

/// Checks the heads of a fleet: each is the leaf of its number, its numbers follow those of the head before of its node, and of the
/// nodes whose folders are given, each is a head of their logs.
fn compare_heads(args: &FsckArgs, log: &LogFolder, progress: &Progress) -> Result<Heads, Failure> {
    if !args.ledger.is_empty() {
        return Err(Failure::unusable(format_args!(
            "{} is a fleet's log of heads, which has its lines itself: leave out `--ledger`",
            Quoted(&args.folder)
        )));
    }
    let mut nodes = BTreeMap::new();
    for node in &args.node {
        let log = LogFolder::read(node).map_err(failure)?;
        log.verify(None, |tile| progress.say(|| format!("verifying {tile} of {node}"))).map_err(failure)?;
        let stored = log.stored().map_err(failure)?;
        let origin = log.last().map(|last| last.checkpoint().origin().to_owned()).unwrap_or_default();
        if let Some((_, other)) = nodes.insert(origin, (stored, node)) {
            return Err(Failure::unusable(format_args!(
                "{} and {} are of one node: give the folder of each node once",
                Quoted(other),
                Quoted(node)
            )));
        }
    }
    let mut signed = BTreeSet::new();
    let heads = Heads::read(log, |head, before| {
        if head.seq < log.size() {
            signed.insert(head.node.clone());
        }
        let wrong = |why: &str| {
            Failure::wrong(format_args!(
                "{}: head {} is of {} lines of {}, {why}",
                Quoted(&args.folder),
                head.seq,
                head.size,
                Quoted(&head.node)
            ))
        };
        if let Some(flaw) = head.flaw(before) {
            return Err(wrong(flaw));
        }
        let Some((stored, folder)) = nodes.get(&head.node) else { return Ok(()) };
        let root = if head.size <= stored.size() { Some(stored.root_at(head.size).map_err(Failure::wrong)?) } else { None };
        if root.is_some_and(|root| root.to_string() == head.root) {
            return Ok(());
        }
        let name = Quoted(folder);
        Err(wrong(&format!("and {name} has another history, or fewer lines: it was forked, or restored from an old backup")))
    })?;
    if let Some(missing) = nodes.keys().find(|node| !signed.contains(*node)) {
        return Err(Failure::wrong(format_args!("{} has no head of {}: gather it", Quoted(&args.folder), Quoted(missing))));
    }
    let others = signed.iter().filter(|node| !nodes.contains_key(*node)).count();
    if others > 0 {
        let others = output::count(others, "node");
        output::note(&format!("the heads of {others} are not compared with their logs: give their folders with `--node`"));
    }
    if !heads.waiting.is_empty() {
        let waiting = output::count(heads.waiting.len(), "head");
        output::note(&format!("{waiting} more is not signed yet, as `log gather` was cut off: run it again"));
    }
    Ok(heads)
}

/// Compares every line with its hash in the tiles. Returns the number of lines.
fn compare(args: &FsckArgs, log: &LogFolder, progress: &Progress) -> Result<u64, Failure> {
    if args.ledger.is_empty() {
        return Err(Failure::unusable(format_args!(
            "give the files of the ledger with `--ledger`. Only a fleet's log of heads has its own, `heads.jsonl`, which is not in {}",
            Quoted(&args.folder)
        )));
    }
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
            VerifyError::Fault(fault) => chain::failure(&fault, args.after),
            error => Failure::unusable(error),
        })?;
    }
    Ok(lines)
}
