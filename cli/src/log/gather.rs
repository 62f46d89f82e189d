//! `bailiwick log gather`: the fleet's log of heads.

use std::io::Write;

use bailiwick::Quoted;
use bailiwick::log::{FolderTiles, LogFolder, SignedCheckpoint, StoredTree, TreeHash};
use bailiwick::note::VerifierKey;

use super::failure;
use super::head::{FleetHead, PUBLIC, Status};
use super::heads::Heads;
use super::page::{self, About};
use crate::failure::Failure;
use crate::log_args::GatherArgs;
use crate::output::{self, GOOD, Thousands};
use crate::progress::Progress;
use crate::trust;

pub(super) fn run(args: &GatherArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let keys = args.vkey.iter().map(|key| trust::vkey(key)).collect::<Result<Vec<_>, _>>()?;
    let key = args.sign.key()?;
    let trust = args.page.trust(key.verifier())?;
    let mut log = args.sign.open(&args.into, &key, &progress)?;
    log.prepare().map_err(failure)?;
    let from = log.size();
    let mut heads = Heads::read(&log, |head, before| match head.flaw(before).filter(|_| head.seq >= from) {
        Some(flaw) => Err(Failure::wrong(format_args!(
            "{}: head {} is of {} lines of {}, {flaw}; nothing is signed over it yet: restore `heads.jsonl`",
            Quoted(&args.into),
            head.seq,
            head.size,
            Quoted(&head.node)
        ))),
        None => Ok(()),
    })?;
    heads.mend()?;
    let before = heads.waiting.len();
    for node in &args.nodes {
        progress.say(|| format!("gathering {node}"));
        let (signed, status) = checked(node, &keys)?;
        let head = head(heads.count, &signed, &status);
        if let Some(last) = heads.last.get(&head.node) {
            continues(node, last, &signed)?;
            if *last == (FleetHead { seq: last.seq, ..head.clone() }) {
                continue;
            }
        }
        // What `fsck` refuses could never be taken out of the log again.
        if let Some(flaw) = head.flaw(heads.last.get(&head.node)) {
            return Err(Failure::wrong(format_args!(
                "the head of {} is of {} lines, {flaw}. Nothing is gathered; find out who signed its status",
                Quoted(node),
                head.size
            )));
        }
        heads.push(head)?;
    }
    heads.append(before)?;
    let new = output::count(heads.waiting.len() - before, "new head");
    if !heads.waiting.is_empty() {
        let mut update = log.update_all().map_err(failure)?;
        for (seq, line) in (from..).zip(&heads.waiting) {
            update.line(seq, line.as_bytes()).map_err(failure)?;
        }
        (log, _) = update.publish(&key, &key.verifier()).map_err(failure)?;
    }
    if args.page.html {
        page::write(&log, &trust, &About::Fleet { heads: &heads.last, keys: &keys })?;
    }
    let nodes = output::count(args.nodes.len(), "node");
    writeln!(output::stdout(), "{GOOD}{new}{GOOD:#} of {nodes}, {} in all", Thousands(heads.count.into()))?;
    Ok(())
}

/// The last checkpoint of a node and its status, both signed by one of the keys. The tiles at its right edge give its root.
fn checked(node: &str, keys: &[VerifierKey]) -> Result<(SignedCheckpoint, Status), Failure> {
    let log = LogFolder::read(node).map_err(failure)?;
    let signed = log.last().cloned().ok_or_else(|| Failure::wrong(format_args!("{} has no checkpoint yet", Quoted(node))))?;
    let origin = signed.checkpoint().origin();
    let key = keys.iter().find(|key| key.name() == origin);
    let key = key.ok_or_else(|| {
        Failure::wrong(format_args!("the key of the node {} is not among those given with `--vkey`", Quoted(origin)))
    })?;
    signed.verify(key).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(node))))?;
    let stored = log.stored().map_err(failure)?;
    if stored.size() % PUBLIC != 0 {
        return Err(Failure::wrong(format_args!(
            "the checkpoint of {} has {} lines, a number that counts decisions: only checkpoints at multiples of {PUBLIC} are gathered",
            Quoted(node),
            stored.size()
        )));
    }
    let root = stored.root_at(stored.size()).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(node))))?;
    if root != signed.checkpoint().root() {
        return Err(Failure::wrong(format_args!(
            "the tiles of {} are not those of its checkpoint: see `bailiwick log fsck`",
            Quoted(node)
        )));
    }
    let status = Status::verified(node, key)?;
    if (status.origin.as_str(), status.size) != (origin, signed.checkpoint().size()) {
        return Err(Failure::wrong(format_args!(
            "the status of {} is not of its last checkpoint: publish all files of its ledger there again",
            Quoted(node)
        )));
    }
    Ok((signed, status))
}

/// The node's log goes on from the head that was gathered last. Its tiles are not verified, so they give a proof, which is.
fn continues(node: &str, last: &FleetHead, signed: &SignedCheckpoint) -> Result<(), Failure> {
    let (new, root) = (signed.checkpoint().size(), signed.checkpoint().root());
    let stored = StoredTree::new(FolderTiles::new(node), new);
    let proof = stored.consistency(last.size, new).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(node))))?;
    let old: Option<TreeHash> = last.root.parse().ok();
    if proof.zip(old).is_some_and(|(proof, old)| proof.verify(old, root).is_ok()) {
        return Ok(());
    }
    Err(Failure::wrong(format_args!(
        "the log of {} does not go on from the head of {} lines that was gathered before: it was forked, or restored from an old backup. \
         Nothing is gathered; find out which history is right",
        Quoted(node),
        last.size
    )))
}

fn head(seq: u64, signed: &SignedCheckpoint, status: &Status) -> FleetHead {
    let checkpoint = signed.checkpoint();
    FleetHead {
        seq,
        node: checkpoint.origin().to_owned(),
        size: checkpoint.size(),
        root: checkpoint.root().to_string(),
        bundle: status.bundle,
        unrecorded: status.unrecorded,
    }
}
