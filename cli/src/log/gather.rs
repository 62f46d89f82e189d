//! `bailiwick log gather`: the fleet's log of heads.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use bailiwick::Quoted;
use bailiwick::log::{LogFolder, SignedCheckpoint};
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

pub(super) fn run(args: &GatherArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let keys = args.vkey.iter().map(|key| trust::vkey(key)).collect::<Result<Vec<_>, _>>()?;
    let key = args.sign.key()?;
    let log = args.sign.open(&args.into, &key, &progress)?;
    let path = Path::new(&args.into).join(HEADS);
    let mut heads = read(&path)?;
    let before = heads.len();
    for node in &args.nodes {
        progress.say(|| format!("gathering {node}"));
        let (signed, status) = checked(node, &keys)?;
        let last = heads.iter().rev().find(|(head, _)| head.node == signed.checkpoint().origin());
        if let Some((last, _)) = last {
            continues(node, last)?;
            if last.is_of(&signed) && (last.bundle, last.unrecorded) == (status.bundle, status.unrecorded) {
                continue;
            }
        }
        heads.push(line(u64::try_from(heads.len()).unwrap_or(u64::MAX), &signed, &status)?);
    }
    append(&path, heads.get(before..).unwrap_or_default())?;
    let mut update = log.update_all().map_err(failure)?;
    for (head, text) in &heads {
        update.line(head.seq, text.as_bytes()).map_err(failure)?;
    }
    let (log, _) = update.publish(&key, &key.verifier()).map_err(failure)?;
    let new = output::count(heads.len() - before, "new head");
    writeln!(
        output::stdout(),
        "{GOOD}{new}{GOOD:#} of {}, {} in all",
        output::count(args.nodes.len(), "node"),
        Thousands(log.size().into())
    )?;
    Ok(())
}

/// The last checkpoint of a node and its status, both signed by one of the keys, and the tiles verified.
fn checked(node: &str, keys: &[VerifierKey]) -> Result<(SignedCheckpoint, Status), Failure> {
    let log = LogFolder::read(node).map_err(failure)?;
    let signed = log.last().cloned().ok_or_else(|| Failure::wrong(format_args!("{} has no checkpoint yet", Quoted(node))))?;
    let origin = signed.checkpoint().origin();
    let key = keys.iter().find(|key| key.name() == origin);
    let key = key.ok_or_else(|| {
        Failure::wrong(format_args!("the key of the node {} is not among those given with `--vkey`", Quoted(origin)))
    })?;
    log.verify(Some(key), |_| {}).map_err(failure)?;
    let status = Status::verified(node, key)?;
    if (status.origin.as_str(), status.size) != (origin, signed.checkpoint().size()) {
        return Err(Failure::wrong(format_args!(
            "the status of {} is not of its last checkpoint: publish there again",
            Quoted(node)
        )));
    }
    Ok((signed, status))
}

/// The node's log goes on from the head that was gathered last.
fn continues(node: &str, last: &FleetHead) -> Result<(), Failure> {
    let log = LogFolder::read(node).map_err(failure)?;
    let stored = log.stored().map_err(failure)?;
    let root = if last.size <= stored.size() { Some(stored.root_at(last.size).map_err(Failure::wrong)?) } else { None };
    if root.is_some_and(|root| root.to_string() == last.root) {
        return Ok(());
    }
    Err(Failure::wrong(format_args!(
        "the log of {} does not go on from the head of {} lines that was gathered before: it was forked, or restored from an old backup. \
         Nothing is gathered; find out which history is right",
        Quoted(node),
        last.size
    )))
}

fn line(seq: u64, signed: &SignedCheckpoint, status: &Status) -> Result<(FleetHead, String), Failure> {
    let checkpoint = signed.checkpoint();
    let head = FleetHead {
        seq,
        node: checkpoint.origin().to_owned(),
        size: checkpoint.size(),
        root: checkpoint.root().to_string(),
        bundle: status.bundle,
        unrecorded: status.unrecorded,
    };
    let text = serde_json::to_string(&head)?;
    Ok((head, text))
}

/// All heads that were gathered, with the bytes of their lines. A torn last line, which a crash left, is cut off: nothing was signed over
/// it.
fn read(path: &PathBuf) -> Result<Vec<(FleetHead, String)>, Failure> {
    let name = path.to_string_lossy();
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(input::unreadable(&name, &error)),
    };
    let (mut heads, mut reader, mut text, mut whole) = (Vec::new(), BufReader::new(file), String::new(), 0);
    loop {
        text.clear();
        let read = reader.read_line(&mut text).map_err(|error| input::unreadable(&name, &error))?;
        let Some(line) = text.strip_suffix('\n') else {
            if read > 0 {
                let cut = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(whole));
                cut.map_err(|error| input::unreadable(&name, &error))?;
            }
            return Ok(heads);
        };
        whole += u64::try_from(read).unwrap_or(0);
        let head: Option<FleetHead> = serde_json::from_str(line).ok();
        let head = head.filter(|head| usize::try_from(head.seq) == Ok(heads.len()));
        let number = heads.len() + 1;
        let head =
            head.ok_or_else(|| Failure::wrong(format_args!("{}, line {number}, is not a head: restore the file", Quoted(&name))))?;
        heads.push((head, line.to_owned()));
    }
}

fn append(path: &PathBuf, heads: &[(FleetHead, String)]) -> Result<(), Failure> {
    if heads.is_empty() {
        return Ok(());
    }
    let text: String = heads.iter().map(|(_, line)| format!("{line}\n")).collect();
    let written = OpenOptions::new().create(true).append(true).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&path.to_string_lossy()))))
}

/// The number and the bytes of the head of a checkpoint, in the fleet's folder.
pub(super) fn find(fleet: &str, signed: &SignedCheckpoint) -> Result<(u64, Vec<u8>), Failure> {
    let heads = read(&Path::new(fleet).join(HEADS))?;
    let found = heads.into_iter().rev().find(|(head, _)| head.is_of(signed));
    found.map(|(head, line)| (head.seq, line.into_bytes())).ok_or_else(|| {
        Failure::unusable(format_args!("{} does not have the node's last checkpoint yet: gather it first", Quoted(fleet)))
    })
}
