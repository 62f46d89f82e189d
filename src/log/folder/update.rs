//! Publishing: lines in, tiles and a checkpoint out.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use super::LogFolder;
use super::disk::{FolderTiles, sync_names, write, write_memory, write_tile};
use super::error::LogError;
use crate::ledger::{FaultCause, Form, Head, Line, Verification, Verified, VerifyError};
use crate::log::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::log::hash::TreeHash;
use crate::log::stored::StoredTree;
use crate::log::tile::Tile;
use crate::log::tree::Tree;
use crate::note::{Signer, VerifierKey};

/// The number of lines from one public checkpoint to the next: see [`Ledger::public_head`](crate::Ledger::public_head).
const PUBLIC: u64 = 256;

/// The most full tiles that are held before they are written: 8 MiB.
const HELD: usize = 1024;

/// A publication under way: it is given the files of the ledger, or lines, and signs in the end.
#[derive(Debug)]
pub struct Update {
    log: LogFolder,
    /// The tree of the lines that can be published.
    tree: Tree,
    /// The tree of the last checkpoint.
    stored: Option<StoredTree<FolderTiles>>,
    /// Hashes of lines beyond that tree: fewer than from one public size to the next.
    waiting: Vec<TreeHash>,
    /// The number of the next line. `None` before the first one.
    next: Option<u64>,
    /// Full tiles that are not written yet.
    tiles: Vec<Tile>,
    /// The folders of those that are, whose names may not be on the disk yet.
    folders: BTreeSet<PathBuf>,
    /// The number of lines from one size that is signed to the next.
    step: u64,
    verification: Option<Verification>,
    is_torn: bool,
    /// Decisions that were not recorded, by lines that are in the tree and not yet published, and by those that wait.
    unrecorded: (u64, u64),
}

/// What was published.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Published {
    /// The checkpoint that is published now. `None` when there are too few lines for one.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Whether it is new.
    pub is_new: bool,
    /// The number of lines of the ledger, of which those beyond the checkpoint wait. Not to be published.
    pub lines: u64,
    /// The number of decisions that were made and not recorded, of which the lines tell that are newly covered.
    pub unrecorded: u64,
    /// The verification of the files, when files of a ledger were given.
    pub verified: Option<Verified>,
}

impl LogFolder {
    /// Begins to publish a ledger: a checkpoint is signed at the largest multiple of 256 lines, and the rest waits. The size of a
    /// checkpoint counts decisions, and one at a multiple of 256 tells too little to compute what a report hides.
    ///
    /// # Errors
    ///
    /// When tiles cannot be read.
    pub fn update(self) -> Result<Update, LogError> {
        self.update_by(PUBLIC)
    }

    /// Begins to publish lines whose number is no secret, such as the heads of a fleet: all are covered.
    ///
    /// # Errors
    ///
    /// When tiles cannot be read.
    pub fn update_all(self) -> Result<Update, LogError> {
        self.update_by(1)
    }

    fn update_by(self, step: u64) -> Result<Update, LogError> {
        let stored = self.last().map(|last| self.tree(last));
        let tree = stored.as_ref().map_or_else(|| Ok(Tree::new()), Tree::resume).map_err(self.tile_error())?;
        Ok(Update {
            log: self,
            tree,
            stored,
            waiting: Vec::new(),
            next: None,
            tiles: Vec::new(),
            folders: BTreeSet::new(),
            step,
            verification: None,
            is_torn: false,
            unrecorded: (0, 0),
        })
    }
}

impl Update {
    /// Takes the next file of the ledger, in the sequence of their lines. The first one begins with line 0, or with any line that is
    /// published already or comes right after those. Every line is verified, and those that are published already are compared.
    ///
    /// What is read must be on the disk before [`publish`](Update::publish), as after [`Ledger::sync`](crate::Ledger::sync): a line that
    /// is signed and then lost with the power is one that the log can never go on from.
    ///
    /// `after` is the line before the first file, when it is known.
    ///
    /// # Errors
    ///
    /// When a line was changed, or is not the one that was published; when the file has form 1.
    pub fn file(&mut self, name: &str, reader: impl Read, after: Option<Head>) -> Result<(), LogError> {
        let begin = || after.map_or_else(Verification::anywhere, Verification::after);
        let mut verification = self.verification.take().unwrap_or_else(begin);
        let mut failed = None;
        let verified = verification.each_line(name, reader, |line, bytes| {
            if failed.is_none() {
                failed = match line.form() {
                    Form::One => Some(LogError::FormOne { file: name.to_owned() }),
                    Form::Two => {
                        self.count(line);
                        self.line(line.seq(), bytes).err()
                    }
                };
            }
        });
        self.verification = Some(verification);
        match (failed, verified) {
            (Some(error), _) => Err(error),
            // The file is being written: the rest of the line waits for the next time, like others.
            (None, Err(VerifyError::Fault(fault))) if fault.cause == FaultCause::Torn && !self.is_torn => {
                self.is_torn = true;
                Ok(())
            }
            (None, verified) => Ok(verified?),
        }
    }

    /// Takes the line with this number, without its end.
    ///
    /// # Errors
    ///
    /// When it is not the one that was published, or not the next one.
    pub fn line(&mut self, seq: u64, bytes: &[u8]) -> Result<(), LogError> {
        let published = self.log.size();
        if self.next.is_none() && seq > published {
            return Err(LogError::Gap { found: seq, published });
        }
        if self.next.is_some_and(|next| next != seq) {
            return Err(LogError::OtherLine { seq });
        }
        let leaf = TreeHash::of_leaf(bytes);
        match self.stored.as_ref().filter(|_| seq < published) {
            Some(stored) if stored.leaf(seq).map_err(self.log.tile_error())? != leaf => return Err(LogError::OtherLine { seq }),
            Some(_) => {}
            None => self.append(leaf)?,
        }
        self.next = Some(seq + 1);
        Ok(())
    }

    fn count(&mut self, line: &Line) {
        if let Line::Unrecorded(line) = line {
            if line.seq >= self.log.size() {
                self.unrecorded.1 = self.unrecorded.1.saturating_add(line.decisions);
            }
        }
    }

    fn append(&mut self, leaf: TreeHash) -> Result<(), LogError> {
        self.waiting.push(leaf);
        if (self.tree.size() + u64::try_from(self.waiting.len()).unwrap_or(u64::MAX)) % self.step != 0 {
            return Ok(());
        }
        for leaf in self.waiting.drain(..) {
            self.tiles.extend(self.tree.append(leaf));
        }
        self.unrecorded = (self.unrecorded.0.saturating_add(self.unrecorded.1), 0);
        match self.log.memory() {
            Some((path, size, root)) if size == self.tree.size() && root != self.tree.root() => {
                Err(LogError::Forked { path: path.to_owned(), size })
            }
            _ => Ok(()),
        }?;
        if self.tiles.len() >= HELD { self.write_tiles() } else { Ok(()) }
    }

    /// Writes the full tiles. Nothing is signed over them yet: a later run writes them again, or finds that they differ.
    fn write_tiles(&mut self) -> Result<(), LogError> {
        self.log.prepare()?;
        for tile in self.tiles.drain(..) {
            self.folders.insert(write_tile(self.log.path(), &tile)?);
        }
        Ok(())
    }

    /// Signs and publishes, when there is something new: verifies the tiles as they are on the disk against the root that the lines
    /// gave, signs, verifies the signature with the key, and writes the checkpoint.
    ///
    /// # Errors
    ///
    /// When lines are missing that were signed; when something cannot be written; when the signer fails. Then nothing is published.
    pub fn publish(mut self, signer: &dyn Signer, key: &VerifierKey) -> Result<(LogFolder, Published), LogError> {
        let (size, lines) = (self.tree.size(), self.next.unwrap_or(0));
        let signed = self.log.memory().map_or(0, |(_, size, _)| size).max(self.log.size());
        if lines < signed {
            return Err(LogError::Shorter { found: lines, signed });
        }
        let is_new = size > self.log.size();
        if is_new {
            self.write_tiles()?;
            for tile in self.tree.partial_tiles() {
                self.folders.insert(write_tile(self.log.path(), &tile)?);
            }
            sync_names(self.log.path(), &self.folders)?;
            let root = self.tree.root();
            let stored = StoredTree::new(FolderTiles::new(self.log.path()), size);
            stored.verify(root, |_| {}).map_err(self.log.tile_error())?;
            let _held = self.log.hold_memory(key)?;
            self.log.continues(&stored)?;
            let checkpoint = Checkpoint::new(key.name(), size, root).and_then(|checkpoint| checkpoint.sign(signer));
            let checkpoint = checkpoint.map_err(LogError::Sign)?;
            checkpoint.verify(key).map_err(LogError::Sign)?;
            self.log.write(checkpoint)?;
        } else {
            self.log.remember(key)?;
        }
        let verified = self.verification.map(Verification::finish).transpose()?;
        let published = Published { checkpoint: self.log.last().cloned(), is_new, lines, unrecorded: self.unrecorded.0, verified };
        Ok((self.log, published))
    }
}

impl LogFolder {
    /// The tree on the disk goes on from the last checkpoint, and from what the key has signed.
    fn continues(&self, stored: &StoredTree<FolderTiles>) -> Result<(), LogError> {
        if let Some(last) = self.last() {
            let (size, root) = (last.checkpoint().size(), last.checkpoint().root());
            if stored.root_at(size).map_err(self.tile_error())? != root {
                return Err(LogError::OtherCheckpoint { path: self.file("checkpoint") });
            }
        }
        match self.memory() {
            Some((path, size, root)) if stored.root_at(size).map_err(self.tile_error())? != root => {
                Err(LogError::Forked { path: path.to_owned(), size })
            }
            _ => Ok(()),
        }
    }

    /// Writes a checkpoint: first where the key remembers it, so that no crash makes it forget.
    fn write(&mut self, checkpoint: SignedCheckpoint) -> Result<(), LogError> {
        let (size, bytes) = (checkpoint.checkpoint().size(), checkpoint.to_string());
        if let Some((memory, remembered)) = &mut self.memory {
            write_memory(memory, bytes.as_bytes())?;
            *remembered = Some(checkpoint.checkpoint().clone());
        }
        write(&self.file(&format!("checkpoints/{size}")), bytes.as_bytes())?;
        write(&self.file("checkpoint"), bytes.as_bytes())?;
        self.last = Some(checkpoint);
        Ok(())
    }
}
