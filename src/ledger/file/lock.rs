//! The lock that keeps two ledgers from writing to one file.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use super::error::{OpenError, unusable};
use crate::disk::Lock;

/// A file that no other ledger writes to.
pub(super) struct Locked {
    pub(super) file: File,
    pub(super) lock: Lock,
    /// Whether the file was made, and not there before.
    pub(super) is_new: bool,
}

/// Opens a file for appending, makes it when there is none, and locks it.
pub(super) fn locked(path: &Path) -> Result<Locked, OpenError> {
    let unusable = |error| unusable(path, error);
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    let (file, is_new) = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => (options.create(true).open(path).map_err(unusable)?, true),
        opened => (opened.map_err(unusable)?, false),
    };
    if !file.metadata().map_err(unusable)?.is_file() {
        return Err(OpenError::NoLedger { path: path.to_owned() });
    }
    match file.try_clone().and_then(Lock::try_new) {
        Ok(lock) => Ok(Locked { file, lock, is_new }),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(OpenError::InUse { path: path.to_owned() }),
        Err(error) => Err(unusable(error)),
    }
}
