//! A log in a folder, which any web server can serve: C2SP tlog-tiles, section "APIs".
//!
//! | path | has |
//! |---|---|
//! | `checkpoint` | the last checkpoint, with the signatures of witnesses |
//! | `checkpoints/SIZE` | every checkpoint that was signed |
//! | `tile/LEVEL/INDEX` | full tiles |
//! | `tile/LEVEL/INDEX.p/WIDTH` | tiles that were not full when a checkpoint was signed |

mod error;
mod disk;
mod update;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use disk::FolderTiles;
use disk::{read_note, sync_names, write, write_memory};
pub use error::LogError;
use error::unusable;
pub use update::{Published, Update};

use super::checkpoint::{Checkpoint, SignedCheckpoint, parse_size};
use super::hash::TreeHash;
use super::stored::StoredTree;
use super::tile::TileId;
use crate::disk::{Lock, make_folder};
use crate::note::{Signature, VerifierKey};

/// The name of the file that is locked while a folder is published to.
const LOCK: &str = ".lock";

/// A log in a folder.
#[derive(Debug)]
pub struct LogFolder {
    path: PathBuf,
    last: Option<SignedCheckpoint>,
    /// The file that remembers what the key has signed, and what that is.
    memory: Option<(PathBuf, Option<Checkpoint>)>,
    /// Held while the folder is written to. A folder without a checkpoint is locked when something is written.
    lock: Option<Lock>,
}

impl LogFolder {
    /// Opens a folder to read it. Nothing is verified but that checkpoints can be read.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn read(folder: impl Into<PathBuf>) -> Result<LogFolder, LogError> {
        let path = folder.into();
        let last = last_checkpoint(&path)?;
        Ok(LogFolder { path, last, memory: None, lock: None })
    }

    /// Opens a folder to publish there, and locks it. One that is not there is made when something is published. Verifies that the last checkpoint is signed by the
    /// key, that every tile is there and unchanged, and that what the key has signed before is a part of it.
    ///
    /// `memory` is a file outside of the folder, beside the key, in which the last checkpoint is kept that was signed: so that a folder
    /// that is restored from an old backup does not make the key sign two histories. `each` is called with each tile that was read.
    ///
    /// # Errors
    ///
    /// When another process publishes there; when a file cannot be used; when something was changed.
    pub fn open(
        folder: impl Into<PathBuf>,
        key: &VerifierKey,
        memory: Option<&Path>,
        each: impl FnMut(TileId),
    ) -> Result<LogFolder, LogError> {
        let path = folder.into();
        let lock = last_checkpoint(&path)?.map(|_| lock(&path.join(LOCK), &path)).transpose()?;
        let last = lock.as_ref().map_or(Ok(None), |_| last_checkpoint(&path))?;
        let log = LogFolder { memory: remembered(memory, key)?, path, last, lock };
        if let Some(last) = &log.last {
            log.tree(last).verify(last.checkpoint().root(), each).map_err(log.tile_error())?;
            log.check_files([last.checkpoint().size()], Some(key))?;
        }
        log.mend()?;
        if let Some((memory, size, root)) = log.memory() {
            if size <= log.size() && log.root_at(size)? != root {
                return Err(LogError::Forked { path: memory.to_owned(), size });
            }
        }
        Ok(log)
    }

    /// Makes and locks the folder, when it had no checkpoint and was not locked: before something is written there.
    ///
    /// # Errors
    ///
    /// When another process publishes there, or has published there meanwhile; when the folder cannot be made.
    pub fn prepare(&mut self) -> Result<(), LogError> {
        if self.lock.is_none() {
            make_folder(&self.path).map_err(unusable(&self.path))?;
            let lock = lock(&self.path.join(LOCK), &self.path)?;
            if last_checkpoint(&self.path)?.is_some() {
                return Err(LogError::InUse { path: self.path.clone() });
            }
            self.lock = Some(lock);
        }
        Ok(())
    }

    /// Writes `checkpoint` anew, when a process ended before it did, and syncs the names of what that process may have left.
    fn mend(&self) -> Result<(), LogError> {
        if self.last.is_some() {
            make_folder(&self.path).map_err(unusable(&self.path))?;
            sync_names(&self.path, &BTreeSet::from([self.file("checkpoints")]))?;
        }
        let (path, last) = (self.file("checkpoint"), self.last.as_ref().map(ToString::to_string));
        match last {
            Some(last) if read_note(&path)?.as_deref() != Some(last.as_bytes()) => write(&path, last.as_bytes()),
            _ => Ok(()),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last checkpoint, with all its signatures.
    #[must_use]
    pub fn last(&self) -> Option<&SignedCheckpoint> {
        self.last.as_ref()
    }

    /// The number of leaves of the last checkpoint.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.checkpoint().size())
    }

    /// The tree of the last checkpoint.
    ///
    /// # Errors
    ///
    /// When there is no checkpoint.
    pub fn stored(&self) -> Result<StoredTree<FolderTiles>, LogError> {
        let last = self.last.as_ref().ok_or_else(|| LogError::NoCheckpoint { path: self.path.clone() })?;
        Ok(self.tree(last))
    }

    /// The sizes of all checkpoints, in ascending sequence.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<u64>, LogError> {
        sizes(&self.path)
    }

    /// The checkpoint of a size.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub fn checkpoint(&self, size: u64) -> Result<SignedCheckpoint, LogError> {
        read_checkpoint(&self.file(&format!("checkpoints/{size}")))?
            .ok_or_else(|| LogError::NoCheckpoint { path: self.path.clone() })
    }

    /// Verifies all that is in the folder: every tile, that every checkpoint is one of the tree, and, with the log's key, that it is
    /// signed. `each` is called with each tile that was read.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn verify(&self, key: Option<&VerifierKey>, each: impl FnMut(TileId)) -> Result<(), LogError> {
        let root = self.last.as_ref().map_or_else(TreeHash::of_empty_tree, |last| last.checkpoint().root());
        self.stored()?.verify(root, each).map_err(self.tile_error())?;
        self.check_files(self.checkpoints()?, key)
    }

    /// Checks `checkpoint` and those of these sizes: each is there, signed by the key, and of the tree of the last one. `checkpoint` may be
    /// one before the last, when a process ended between writing the two.
    fn check_files(&self, sizes: impl IntoIterator<Item = u64>, key: Option<&VerifierKey>) -> Result<(), LogError> {
        let kept = sizes.into_iter().map(|size| (self.file(&format!("checkpoints/{size}")), Some(size)));
        for (path, expected) in kept.chain([(self.file("checkpoint"), None)]) {
            let Some(signed) = read_checkpoint(&path)? else {
                match expected {
                    Some(_) => return Err(LogError::OtherCheckpoint { path }),
                    None => continue,
                }
            };
            if let Some(key) = key {
                signed.verify(key).map_err(|source| LogError::Checkpoint { path: path.clone(), source })?;
            }
            let (size, root) = (signed.checkpoint().size(), signed.checkpoint().root());
            let is_other = expected.is_some_and(|expected| expected != size) || size > self.size();
            if is_other || self.root_at(size)? != root {
                return Err(LogError::OtherCheckpoint { path });
            }
        }
        Ok(())
    }

    /// Adds signatures of witnesses to the last checkpoint, in each of its files. Signatures that others have added since it was read are
    /// kept, and a later checkpoint that was published since then stays the last one.
    ///
    /// # Errors
    ///
    /// When there is no checkpoint, or another one of this size; when it cannot hold as many signatures; when another process publishes
    /// to the folder, or the files cannot be written.
    pub fn add_cosignatures(&mut self, signatures: Vec<Signature>) -> Result<(), LogError> {
        let last = self.last.as_ref().ok_or_else(|| LogError::NoCheckpoint { path: self.path.clone() })?;
        let size = last.checkpoint().size();
        let path = self.file(&format!("checkpoints/{size}"));
        let _held = if self.lock.is_none() { Some(lock(&self.path.join(LOCK), &self.path)?) } else { None };
        let mut signed = self.checkpoint(size)?;
        if signed.checkpoint() != last.checkpoint() {
            return Err(LogError::OtherCheckpoint { path });
        }
        for signature in signatures {
            signed.note_mut().add(signature).map_err(|error| LogError::Sign(error.into()))?;
        }
        write(&path, signed.to_string().as_bytes())?;
        if last_checkpoint(&self.path)?.is_some_and(|last| last.checkpoint().size() == size) {
            write(&self.file("checkpoint"), signed.to_string().as_bytes())?;
        }
        self.last = Some(signed);
        Ok(())
    }

    /// Locks what the key remembers, until a checkpoint is signed and written there: the folder's own lock does not keep apart two
    /// processes that publish to two folders with one key.
    ///
    /// # Errors
    ///
    /// When another process signs, or has signed since the file was read.
    fn hold_memory(&self, key: &VerifierKey) -> Result<Option<Lock>, LogError> {
        let Some((path, read)) = &self.memory else { return Ok(None) };
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(LOCK);
        let folder = path.parent().unwrap_or(Path::new(""));
        make_folder(folder).map_err(unusable(folder))?;
        let held = lock(&path.with_file_name(name), path)?;
        match remembered(Some(path), key)? {
            Some((_, now)) if now == *read => Ok(Some(held)),
            _ => Err(LogError::InUse { path: path.clone() }),
        }
    }

    /// Writes the last checkpoint where the key remembers it, when that file was lost or restored from an old backup.
    fn remember(&self, key: &VerifierKey) -> Result<(), LogError> {
        let (Some(last), Some((path, read))) = (&self.last, &self.memory) else { return Ok(()) };
        if read.as_ref().is_some_and(|read| read.size() >= last.checkpoint().size()) {
            return Ok(());
        }
        let _held = self.hold_memory(key)?;
        write_memory(path, last.to_string().as_bytes())
    }

    /// What the key has signed last, as the file outside of the folder has it.
    fn memory(&self) -> Option<(&Path, u64, TreeHash)> {
        let (path, checkpoint) = self.memory.as_ref()?;
        checkpoint.as_ref().map(|checkpoint| (path.as_path(), checkpoint.size(), checkpoint.root()))
    }

    fn root_at(&self, size: u64) -> Result<TreeHash, LogError> {
        match &self.last {
            Some(last) => self.tree(last).root_at(size).map_err(self.tile_error()),
            None => Ok(TreeHash::of_empty_tree()),
        }
    }

    fn tree(&self, last: &SignedCheckpoint) -> StoredTree<FolderTiles> {
        StoredTree::new(FolderTiles::new(&self.path), last.checkpoint().size())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn tile_error(&self) -> impl Fn(super::stored::TileError) -> LogError + use<> {
        let path = self.path.clone();
        move |source| LogError::Tile { path: path.clone(), source }
    }
}

/// Locks a file, which is made. `what` is what is in use when another process has locked it.
fn lock(path: &Path, what: &Path) -> Result<Lock, LogError> {
    // Not for appending alone: Windows locks no such file.
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(unusable(path))?;
    Lock::try_new(file).map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => LogError::InUse { path: what.to_owned() },
        _ => unusable(path)(error),
    })
}

fn read_checkpoint(path: &Path) -> Result<Option<SignedCheckpoint>, LogError> {
    let Some(bytes) = read_note(path)? else { return Ok(None) };
    SignedCheckpoint::parse(&bytes).map(Some).map_err(|source| LogError::Checkpoint { path: path.to_owned(), source })
}

fn sizes(folder: &Path) -> Result<Vec<u64>, LogError> {
    let path = folder.join("checkpoints");
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(&path)(error)),
    };
    let names = entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>, std::io::Error>>().map_err(unusable(&path))?;
    let mut sizes: Vec<u64> = names.iter().filter_map(|name| parse_size(name.to_str()?)).collect();
    sizes.sort_unstable();
    Ok(sizes)
}

/// The last checkpoint that was signed: of `checkpoint`, or a later one of `checkpoints/`, when the process ended between the two.
fn last_checkpoint(folder: &Path) -> Result<Option<SignedCheckpoint>, LogError> {
    let path = folder.join("checkpoint");
    let current = read_checkpoint(&path)?;
    let size = |checkpoint: &SignedCheckpoint| checkpoint.checkpoint().size();
    let later =
        sizes(folder)?.into_iter().next_back().filter(|&of_kept| current.as_ref().is_none_or(|current| of_kept > size(current)));
    match later {
        Some(later) => read_checkpoint(&folder.join("checkpoints").join(later.to_string())),
        None => Ok(current),
    }
}

/// What the key has signed last.
fn remembered(memory: Option<&Path>, key: &VerifierKey) -> Result<Option<(PathBuf, Option<Checkpoint>)>, LogError> {
    let Some(path) = memory else { return Ok(None) };
    let signed = read_checkpoint(path)?;
    if let Some(signed) = &signed {
        signed.verify(key).map_err(|source| LogError::Checkpoint { path: path.to_owned(), source })?;
    }
    Ok(Some((path.to_owned(), signed.map(|signed| signed.checkpoint().clone()))))
}
