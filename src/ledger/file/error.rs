//! Why a ledger's file cannot be opened.

use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::fault::VerifyError;
use crate::ledger::head::Head;
use crate::ledger::write::LedgerError;
use crate::text::quote::Quoted;

/// Why a ledger's file could not be opened, or begun. Nothing of it was changed but for a torn line that may have been set aside.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be opened, read or written, or the one beside it that a torn line is set aside in.
    #[error("{} cannot be used: {error}", Quoted(&path.to_string_lossy()))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// Another ledger writes to the file.
    #[error("{} is being written by another ledger: close that one, or give a file of its own", Quoted(&path.to_string_lossy()))]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is a directory, a device, or a file with something else in it.
    #[error("{} is not a ledger: give an existing one, or a new path", Quoted(&path.to_string_lossy()))]
    NoLedger {
        /// The file.
        path: PathBuf,
    },
    /// The file holds zeros and no line: the system lost what was in it.
    #[error(
        "{} holds zeros and no line, as some file systems leave a file after a loss of power: restore it, or move it away and go on \
         after the last line that you have with `open_after`",
        Quoted(&path.to_string_lossy())
    )]
    Zeros {
        /// The file.
        path: PathBuf,
    },
    /// The new file for the ledger has lines.
    #[error("{} is not empty: give a new path", Quoted(&path.to_string_lossy()))]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The file was written with another key.
    #[error(
        "{} was written with another key: give the key of the ledger, or go on in a new file with `open_after`",
        Quoted(&path.to_string_lossy())
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
    },
    /// The file ends with a seal: the ledger goes on in another.
    #[error("{} is sealed: go on in another file, with `open_after` and {head}", Quoted(&path.to_string_lossy()))]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Its last line.
        head: Head,
    },
    /// The file only holds what a rotation that was cut off left of its header.
    #[error(
        "a rotation to {} was cut off: open the file before it; if that one is sealed, go on here with `open_after` and {}",
        Quoted(&path.to_string_lossy()),
        head.map_or_else(|| "its last line".to_owned(), |head| head.to_string())
    )]
    CutOff {
        /// The file.
        path: PathBuf,
        /// The seal of the file before, when the header is there but for its end.
        head: Option<Head>,
    },
    /// The file cannot be read to its end, or something is wrong with what it holds.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A header or a seal cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

pub(super) fn unusable(path: &Path, error: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), error }
}
