//! Errors of the folder of a log.

use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::VerifyError;
use crate::log::checkpoint::CheckpointError;
use crate::log::stored::TileError;
use crate::text::quote::Quoted;

/// Why a log was not gone on with. No checkpoint was signed, and none that is published was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// A file cannot be read or written.
    #[error("{} cannot be used: {error}", Shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// Another process publishes to the folder, or signs with the key.
    #[error("{} is in use by another process that publishes: wait for it to end, and try again", Shown(path))]
    InUse {
        /// The folder, or the file that remembers what the key has signed.
        path: PathBuf,
    },
    /// The folder has no checkpoint, and must have one.
    #[error("{} has no checkpoint: publish the ledger there first, with `bailiwick log publish`", Shown(path))]
    NoCheckpoint {
        /// The folder.
        path: PathBuf,
    },
    /// A checkpoint cannot be read, or the log's key did not sign it.
    #[error("{}: {source}", Shown(path))]
    Checkpoint {
        /// The file of the checkpoint.
        path: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
    /// A checkpoint is not of the tree.
    #[error(
        "{} is not a checkpoint of the tiles beside it: one of them was changed, or restored from an old backup. Restore the folder as a \
         whole, or publish all files of the ledger into a new folder",
        Shown(path)
    )]
    OtherCheckpoint {
        /// The file of the checkpoint.
        path: PathBuf,
    },
    /// A tile is missing or was changed.
    #[error("{}: {source}", Shown(path))]
    Tile {
        /// The folder.
        path: PathBuf,
        /// What is wrong with the tile.
        source: TileError,
    },
    /// A file of the ledger has a fault, or cannot be read.
    #[error(transparent)]
    Ledger(#[from] VerifyError),
    /// A file of the ledger has form 1.
    #[error(
        "{} has form 1, whose lines have no salts: a proof of one of its lines would let others guess its neighbour. Begin a new ledger, \
         whose files have form 2, and publish that",
        Quoted(file)
    )]
    FormOne {
        /// The file.
        file: String,
    },
    /// The files of the ledger begin after the last line that is published.
    #[error(
        "the files of the ledger begin with line {found}, and {published} lines are published: give the files from line {published} on, too"
    )]
    Gap {
        /// The number of the first line.
        found: u64,
        /// The number of lines that are published.
        published: u64,
    },
    /// A line is not the one that was published.
    #[error(
        "line {seq} of the ledger is not the one that was published: the ledger was changed, or another one is given. Restore the files \
         of the ledger; never sign another history of it"
    )]
    OtherLine {
        /// The number of the line, from 0.
        seq: u64,
    },
    /// Lines are missing that were signed.
    #[error(
        "the ledger has {found} lines, and a checkpoint of {signed} was signed: lines are missing at its end. Give all its files, or restore \
         them; when they are lost for good, begin a new ledger with a new key"
    )]
    Shorter {
        /// The number of lines.
        found: u64,
        /// The number of lines that were signed.
        signed: u64,
    },
    /// The key has signed another history.
    #[error(
        "the key has signed another history of the first {size} lines ({} says so): the ledger or the folder was restored from a backup \
         and went on differently. Restore the files that were signed; when they are lost for good, begin a new ledger with a new key",
        Shown(path)
    )]
    Forked {
        /// The file that remembers what was signed.
        path: PathBuf,
        /// The number of lines.
        size: u64,
    },
    /// The checkpoint cannot be made or signed.
    #[error("no checkpoint was signed: {0}")]
    Sign(#[source] CheckpointError),
}

/// A path in a message.
struct Shown<'a>(&'a Path);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Quoted(&self.0.to_string_lossy()).fmt(f)
    }
}

pub(super) fn unusable(path: &Path) -> impl FnOnce(io::Error) -> LogError + '_ {
    |error| LogError::Io { path: path.to_owned(), error }
}
