//! A log that is published twice, and cosigned.

use std::fs;
use std::path::Path;

use bailiwick::Digest;
use bailiwick::log::{FolderTiles, LogError, LogFolder, SignedCheckpoint, StoredTree, TreeHash};
use bailiwick::note::{Signature, SignedNote, SigningKey};

use super::harness::{Loss, Row};
use super::{give_up, say, writer};

pub const ROWS: [Row; 1] = [Row {
    name: "log",
    before: |_| {},
    writers: |_| writer("log"),
    is_silent: false,
    check,
    is_in_use: Some(|folder| {
        let opened = LogFolder::open(folder.join("log"), &key().verifier(), Some(&folder.join("key.signed")), |_| {});
        matches!(opened, Err(LogError::InUse { .. }))
    }),
    may_refuse: |_| false,
}];

fn key() -> SigningKey {
    SigningKey::from_seed("example.com/log", Digest::of(b"log").as_bytes()).unwrap()
}

/// Publishes the first lines of a ledger. What they say makes no difference here.
fn publish(folder: &Path, lines: u64) -> Result<LogFolder, LogError> {
    let (key, memory) = (key(), folder.join("key.signed"));
    let mut update = LogFolder::open(folder.join("log"), &key.verifier(), Some(&memory), |_| {})?.update()?;
    (0..lines).try_for_each(|seq| update.line(seq, format!("line {seq}").as_bytes()))?;
    let (log, _) = update.publish(&key, &key.verifier())?;
    Ok(log)
}

/// Made up: who signs is not what is tested.
fn cosignature(checkpoint: &SignedCheckpoint) -> Signature {
    let mut note = SignedNote::new(checkpoint.note().text()).unwrap();
    note.sign(&SigningKey::from_seed("example.org/witness", Digest::of(b"witness").as_bytes()).unwrap()).unwrap();
    note.signatures()[0].clone()
}

pub fn write(folder: &Path) {
    let mut held = None;
    for lines in [300, 600] {
        drop(held.take());
        let published = publish(folder, lines).or_else(|_| publish(folder, lines));
        if let Err(LogError::Shorter { .. }) = published {
            // A writer before has published more.
            continue;
        }
        let mut log = published.unwrap_or_else(|error| give_up(&error));
        let Some(last) = log.last().cloned() else { panic!("nothing is published") };
        say(&format!("published {} {}", last.checkpoint().size(), last.checkpoint().root()));
        let cosigned = log.add_cosignatures(vec![cosignature(&last)]);
        let cosigned = cosigned.or_else(|_| log.add_cosignatures(vec![cosignature(&last)]));
        cosigned.unwrap_or_else(|error| give_up(&error));
        say(&format!("cosigned {}", last.checkpoint().size()));
        held = Some(log);
    }
}

fn check(folder: &Path, said: &[String], _: Loss) {
    let (dir, key) = (folder.join("log"), key());
    // What a stranger fetches: the checkpoint is whole, and all tiles under it are there.
    if let Ok(bytes) = fs::read(dir.join("checkpoint")) {
        let signed = SignedCheckpoint::parse(&bytes).unwrap();
        signed.verify(&key.verifier()).unwrap();
        let stored = StoredTree::new(FolderTiles::new(&dir), signed.checkpoint().size());
        stored.verify(signed.checkpoint().root(), |_| {}).unwrap();
    }
    // The writer goes on, and everything that was shown is a part of what it publishes then.
    let log = publish(folder, 600).unwrap();
    check_acknowledged(&log, said);
    log.verify(Some(&key.verifier()), |_| {}).unwrap();
    assert_eq!(log.size(), 512);
    let memory = SignedCheckpoint::parse(&fs::read(folder.join("key.signed")).unwrap()).unwrap();
    assert_eq!(memory.checkpoint(), log.last().unwrap().checkpoint());
    let shown = SignedCheckpoint::parse(&fs::read(dir.join("checkpoint")).unwrap()).unwrap();
    assert_eq!(shown.checkpoint(), memory.checkpoint());
}

fn check_acknowledged(log: &LogFolder, said: &[String]) {
    let (stored, root) = (log.stored().unwrap(), log.last().unwrap().checkpoint().root());
    for line in said {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["published", size, old] => {
                let (size, old): (u64, TreeHash) = (size.parse().unwrap(), old.parse().unwrap());
                let proof = stored.consistency(size, stored.size()).unwrap().expect("a checkpoint that was shown is gone");
                proof.verify(old, root).unwrap();
                assert_eq!(log.checkpoint(size).unwrap().checkpoint().root(), old);
            }
            ["cosigned", size] => {
                let kept = log.checkpoint(size.parse().unwrap()).unwrap();
                assert_eq!(kept.note().signatures().len(), 2, "the cosignature of {size} is gone");
            }
            _ => {}
        }
    }
}
