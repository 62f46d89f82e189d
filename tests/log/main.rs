//! The ledger as a transparency log: the tree and its proofs beside another implementation, and publishing into a folder whatever
//! happened to the files.

mod checkpoints;
mod figures;
mod folder;
mod trees;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick::Ledger;
use bailiwick::ledger::Key;
use bailiwick::log::{LogError, LogFolder, Published};
use bailiwick::note::{SigningKey, VerifierKey};

const KEY: [u8; 32] = [7; 32];

/// A folder of its own for a test.
struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("bailiwick-log-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    fn dir(&self) -> PathBuf {
        self.0.join("log")
    }

    fn memory(&self) -> PathBuf {
        self.0.join("key.signed")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed("example.com/log", &std::array::from_fn(|n| u8::try_from(200 - n).unwrap())).unwrap()
}

fn key() -> VerifierKey {
    signing_key().verifier()
}

/// A ledger of so many lines. Its first `same` lines are those of every other one: of a number of decisions each.
fn ledger(lines: u64, same: u64) -> Vec<u8> {
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
    for line in 1..lines {
        ledger.unrecorded(if line < same { 10 } else { 11 }).unwrap();
    }
    // The header has the time at which the ledger was begun: one for all.
    chained(&ledger.into_inner())
}

/// The lines with another first line, and with the digests that then follow.
fn chained(ledger: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(ledger).unwrap();
    let (mut out, mut prev) = (String::new(), None::<String>);
    for line in text.lines() {
        let line = match &prev {
            None => {
                let opened = line.split("\"opened\":\"").nth(1).unwrap().split('"').next().unwrap();
                line.replace(opened, "2026-01-01T00:00:00Z")
            }
            Some(prev) => {
                let at = line.find("\"prev\":\"").unwrap() + "\"prev\":\"".len();
                format!("{}{prev}\"}}", &line[..at])
            }
        };
        prev = Some(bailiwick::Digest::of(line.as_bytes()).to_string());
        out.push_str(&line);
        out.push('\n');
    }
    out.into_bytes()
}

fn lines(ledger: &[u8]) -> Vec<&[u8]> {
    ledger.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n').collect()
}

fn publish(dir: &Path, memory: Option<&Path>, ledger: &[u8]) -> Result<(LogFolder, Published), LogError> {
    let log = LogFolder::open(dir, &key(), memory, |_| {})?;
    let mut update = log.update()?;
    update.file("ledger.jsonl", ledger, None)?;
    update.publish(&signing_key(), &key())
}

/// All files below a folder, by their paths.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().unwrap() != ".lock" {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}
