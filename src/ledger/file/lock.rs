//! The lock that keeps two ledgers from writing to one file.

use std::fs::{File, OpenOptions};
use std::path::Path;

use fs4::{FileExt, TryLockError};

use super::open::{OpenError, unusable};

/// A file that no other ledger writes to.
pub(super) struct Locked {
    pub(super) file: File,
    /// Whether the file was made, and not there before.
    pub(super) is_new: bool,
}

/// Opens a file for appending, makes it when there is none, and locks it.
pub(super) fn locked(path: &Path) -> Result<Locked, OpenError> {
    let unusable = |error| unusable(path, error);
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    let (file, is_new) = match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (options.create(true).open(path).map_err(unusable)?, true),
        opened => (opened.map_err(unusable)?, false),
    };
    if !file.metadata().map_err(unusable)?.is_file() {
        return Err(OpenError::NoLedger { path: path.to_owned() });
    }
    // Named in full: since Rust 1.89 files have a method of this name.
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(Locked { file, is_new }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
