//! The heads of a fleet in the folder of its log: line *n* of `heads.jsonl` is leaf *n*.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use bailiwick::Quoted;
use bailiwick::log::{LogFolder, SignedCheckpoint, TreeHash};

use super::failure;
use super::head::FleetHead;
use crate::failure::Failure;
use crate::{input, output};

/// The name of the file.
const HEADS: &str = "heads.jsonl";

/// The most bytes of a head's line: a name of 255 bytes, each of which JSON may escape, and numbers.
const MAX_HEAD: u64 = 4096;

/// What the file has, compared with the tiles as far as something was signed.
pub(super) struct Heads {
    /// The number of heads.
    pub(super) count: u64,
    /// The last head of each node, by its name.
    pub(super) last: BTreeMap<String, FleetHead>,
    /// The lines over which nothing is signed yet, as a process ended before.
    pub(super) waiting: Vec<String>,
    path: PathBuf,
    /// The number of bytes before a last line without its end.
    whole: u64,
}

/// Whether a folder has heads.
pub(super) fn are_in(folder: &str) -> bool {
    Path::new(folder).join(HEADS).is_file()
}

impl Heads {
    /// Reads all heads of a log. `each` is called with each of them, and the one before of its node.
    pub(super) fn read(
        log: &LogFolder,
        mut each_one: impl FnMut(&FleetHead, Option<&FleetHead>) -> Result<(), Failure>,
    ) -> Result<Heads, Failure> {
        let (path, signed) = (log.path().join(HEADS), log.size());
        let covered = if signed > 0 { Some(log.stored().map_err(failure)?) } else { None };
        let (mut last, mut waiting, mut count) = (BTreeMap::new(), Vec::new(), 0);
        let name = path.to_string_lossy().into_owned();
        let whole = each(&path, |head, line| {
            match &covered {
                Some(covered) if head.seq < signed => {
                    if covered.leaf(head.seq).map_err(Failure::wrong)? != TreeHash::of_leaf(line.as_bytes()) {
                        return Err(Failure::wrong(format_args!(
                            "{}, line {}, is not the head that was signed: restore the file",
                            Quoted(&name),
                            head.seq + 1
                        )));
                    }
                }
                _ => waiting.push(line.to_owned()),
            }
            each_one(&head, last.get(&head.node))?;
            count = head.seq + 1;
            last.insert(head.node.clone(), head);
            Ok(())
        })?;
        if count < signed {
            return Err(Failure::wrong(format_args!(
                "{} has {}, and {signed} were signed: restore the file",
                Quoted(&name),
                output::count(usize::try_from(count).unwrap_or(usize::MAX), "head")
            )));
        }
        Ok(Heads { count, last, waiting, path, whole })
    }

    /// Cuts off a last line without its end, over which nothing was signed.
    pub(super) fn mend(&self) -> Result<(), Failure> {
        if fs::metadata(&self.path).map_or(0, |metadata| metadata.len()) <= self.whole {
            return Ok(());
        }
        let cut = OpenOptions::new().write(true).open(&self.path).and_then(|file| file.set_len(self.whole));
        cut.map_err(|error| input::unreadable(&self.path.to_string_lossy(), &error))
    }

    /// Adds a head.
    pub(super) fn push(&mut self, head: FleetHead) -> Result<(), Failure> {
        self.waiting.push(serde_json::to_string(&head)?);
        self.last.insert(head.node.clone(), head);
        self.count += 1;
        Ok(())
    }

    /// Writes the waiting lines from a number on to the file. Those that were there are synced, too: the process that wrote them may
    /// have ended before they were on the disk.
    pub(super) fn append(&self, from: usize) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let lines = self.waiting.get(from..).unwrap_or_default();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let written = OpenOptions::new().create(true).append(true).open(&self.path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written
            .map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&self.path.to_string_lossy()))))
    }
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

/// Calls `each` with every head and the bytes of its line. A last line without its end, which a crash left, is passed over. Returns the
/// number of bytes before it.
fn each(path: &Path, mut each: impl FnMut(FleetHead, &str) -> Result<(), Failure>) -> Result<u64, Failure> {
    let name = path.to_string_lossy();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
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
