//! `bailiwick log gather`: the fleet's log of heads.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::log::{FolderTiles, LogFolder, SignedCheckpoint, StoredTree, TreeHash};
use bailiwick::note::VerifierKey;

use super::failure;
use super::head::{FleetHead, Status};
use crate::failure::Failure;
use crate::input;
use crate::log_args::GatherArgs;
use crate::output::{self, GOOD, Thousands};
use crate::progress::Progress;
use crate::trust;

/// The heads, one a line: line *n* is leaf *n* of the fleet's log.
const HEADS: &str = "heads.jsonl";

/// The most bytes of a head's line: a name of 255 bytes, each of which JSON may escape, and numbers.
const MAX_HEAD: u64 = 4096;

/// The number of lines from one public checkpoint of a node to the next, as `Ledger::public_head` has it.
const PUBLIC: u64 = 256;

pub(super) fn run(args: &GatherArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let keys = args.vkey.iter().map(|key| trust::vkey(key)).collect::<Result<Vec<_>, _>>()?;
    let key = args.sign.key()?;
    let mut log = args.sign.open(&args.into, &key, &progress)?;
    log.prepare().map_err(failure)?;
    let path = Path::new(&args.into).join(HEADS);
    let from = log.size();
    let covered = if from > 0 { Some(log.stored().map_err(failure)?) } else { None };
    // Of all heads, the last one of each node; of those that are not signed yet, as a process ended before, the lines.
    let (mut last, mut waiting, mut count) = (BTreeMap::new(), Vec::new(), 0);
    let whole = each(&path, |head, line| {
        match &covered {
            Some(covered) if head.seq < from => {
                let leaf = covered.leaf(head.seq).map_err(Failure::wrong)?;
                if leaf != TreeHash::of_leaf(line.as_bytes()) {
                    return Err(Failure::wrong(format_args!(
                        "{}, line {}, is not the head that was signed: restore the file",
                        Quoted(&path.to_string_lossy()),
                        head.seq + 1
                    )));
                }
            }
            _ => waiting.push(line.to_owned()),
        }
        count = head.seq + 1;
        last.insert(head.node.clone(), head);
        Ok(())
    })?;
    if count < from {
        return Err(Failure::wrong(format_args!(
            "{} has {}, and {from} were signed: restore the file",
            Quoted(&path.to_string_lossy()),
            output::count(usize::try_from(count).unwrap_or(usize::MAX), "head")
        )));
    }
    mend(&path, whole)?;
    let before = waiting.len();
    for node in &args.nodes {
        progress.say(|| format!("gathering {node}"));
        let (signed, status) = checked(node, &keys)?;
        let head = head(count, &signed, &status);
        if let Some(last) = last.get(&head.node) {
            continues(node, last, &signed)?;
            if *last == (FleetHead { seq: last.seq, ..head.clone() }) {
                continue;
            }
        }
        waiting.push(serde_json::to_string(&head)?);
        last.insert(head.node.clone(), head);
        count += 1;
    }
    let new = output::count(waiting.len() - before, "new head");
    append(&path, waiting.get(before..).unwrap_or_default())?;
    let mut update = log.update_all().map_err(failure)?;
    for (seq, line) in (from..).zip(&waiting) {
        update.line(seq, line.as_bytes()).map_err(failure)?;
    }
    if !waiting.is_empty() {
        update.publish(&key, &key.verifier()).map_err(failure)?;
    }
    let nodes = output::count(args.nodes.len(), "node");
    writeln!(output::stdout(), "{GOOD}{new}{GOOD:#} of {nodes}, {} in all", Thousands(count.into()))?;
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

/// Calls `each` with every head and the bytes of its line. A last line without its end, which a crash left, is passed over. Returns the
/// number of bytes before it.
fn each(path: &Path, mut each: impl FnMut(FleetHead, &str) -> Result<(), Failure>) -> Result<u64, Failure> {
    let name = path.to_string_lossy();
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(input::unreadable(&name, &error)),
    };
    let (mut reader, mut text, mut whole, mut seq) = (BufReader::new(file), String::new(), 0, 0);
    loop {
        text.clear();
        let read = reader.by_ref().take(MAX_HEAD).read_line(&mut text).map_err(|error| input::unreadable(&name, &error))?;
        let read = u64::try_from(read).unwrap_or(MAX_HEAD);
        let wrong = || Failure::wrong(format_args!("{}, line {}, is not a head: restore the file", Quoted(&name), seq + 1));
        let Some(line) = text.strip_suffix('\n') else {
            return if read < MAX_HEAD { Ok(whole) } else { Err(wrong()) };
        };
        let head: Option<FleetHead> = serde_json::from_str(line).ok();
        each(head.filter(|head| head.seq == seq).ok_or_else(wrong)?, line)?;
        whole += read;
        seq += 1;
    }
}

/// Cuts off a last line without its end, over which nothing was signed.
fn mend(path: &Path, whole: u64) -> Result<(), Failure> {
    if fs::metadata(path).map_or(0, |metadata| metadata.len()) <= whole {
        return Ok(());
    }
    let cut = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(whole));
    cut.map_err(|error| input::unreadable(&path.to_string_lossy(), &error))
}

fn append(path: &Path, lines: &[String]) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let written = OpenOptions::new().create(true).append(true).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&path.to_string_lossy()))))
}

/// The number and the bytes of the head of a checkpoint, in the fleet's folder.
pub(super) fn find(fleet: &str, signed: &SignedCheckpoint) -> Result<(u64, Vec<u8>), Failure> {
    let mut found = None;
    each(&Path::new(fleet).join(HEADS), |head, line| {
        if head.is_of(signed) {
            found = Some((head.seq, line.as_bytes().to_vec()));
        }
        Ok(())
    })?;
    found.ok_or_else(|| {
        Failure::unusable(format_args!("{} does not have the node's last checkpoint yet: gather it first", Quoted(fleet)))
    })
}
