//! Ledgers as Parquet and back.
//!
//! - `back`: every byte of every file comes back;
//! - `columns`: what the columns say, and what they never say;
//! - `damaged`: archives that were changed, cut off or made to deceive;
//! - `folders`: what is written where, and never over anything.

mod back;
mod bodies;
mod columns;
mod damaged;
mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick::ledger::{Head, Key, Verification};
use bailiwick_parquet::{Archive, ArchiveError, Counts, Writer};

use bodies::ledger::key;

/// A folder of its own, which is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("archive").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn archive(&self) -> PathBuf {
        self.0.join("ledger.parquet")
    }

    /// The names of what is in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Files of a ledger that verify, in their sequence.
fn export(to: &Path, files: &[(String, Vec<u8>)], after: Option<Head>, key: Option<Key>) -> Result<Counts, ArchiveError> {
    let mut writer = Writer::create(to, key)?;
    let mut verification = after.map_or_else(Verification::new, Verification::after);
    for (name, file) in files {
        writer.file(name)?;
        let mut written = Ok(());
        let verified = verification.each_line(name.clone(), file.as_slice(), |line, bytes| {
            if written.is_ok() {
                written = writer.line(line, bytes);
            }
        });
        verified.unwrap();
        written?;
    }
    verification.finish().unwrap();
    writer.finish()
}

/// Files as they are.
fn export_unverified(to: &Path, files: &[(String, Vec<u8>)], key: Option<Key>) -> Result<Counts, ArchiveError> {
    let mut writer = Writer::create(to, key)?;
    files.iter().try_for_each(|(name, file)| writer.unverified(name, file.as_slice()))?;
    writer.fault("a fault");
    writer.finish()
}

/// The files that an archive gives back.
fn restored(archive: &Path, key: Option<&Key>) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let folder = Folder::new();
    let archive = Archive::open(archive)?;
    archive.restore(&folder.0, key)?;
    let files = archive.files().iter().map(|file| (file.name.clone(), fs::read(folder.0.join(&file.name)).unwrap()));
    assert_eq!(folder.names().len(), archive.files().len(), "nothing else is left");
    Ok(files.collect())
}

/// Names files by their number.
fn named(files: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    files.iter().enumerate().map(|(n, file)| (format!("ledger-{n}.jsonl"), file.clone())).collect()
}

/// A ledger of some lines of every kind, in two files.
fn sample() -> Vec<(String, Vec<u8>)> {
    vector_files(&["form-2-a.jsonl", "form-2-b.jsonl"])
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// The key of the test vectors.
fn vector_key() -> Key {
    Key::new(&fs::read(vectors().join("key")).unwrap()).unwrap()
}

fn vector_files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().map(|name| (name.replace('/', "-"), fs::read(vectors().join(name)).unwrap())).collect()
}
