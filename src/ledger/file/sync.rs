//! Syncing: a file's data and its name in a folder reach the disk, and the file still has that name.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{OpenError, unusable};
#[cfg(unix)]
use crate::disk::{sync_folder, sync_old_folder};
use crate::ledger::write::{Ledger, LedgerError, OpenFile};

impl Ledger<File> {
    /// Waits until all acknowledged records are on the disk, which takes from one to ten milliseconds: call it after each record
    /// that must survive a loss of power, or every second. Records that are not synced survive the death of the program, not that
    /// of the machine.
    ///
    /// # Errors
    ///
    /// When the disk fails, or a write failed before. When the file that was opened has no name any more, another file has its name,
    /// or it has fewer bytes than were written to it: the records are then not where they should be, though the ledger takes more.
    pub fn sync(&mut self) -> Result<(), LedgerError> {
        self.sync_data()?;
        self.file.as_ref().map_or(Ok(()), |opened| is_in_place(&self.writer, opened))
    }

    /// Syncs the file wherever it is.
    pub(super) fn sync_data(&mut self) -> Result<(), LedgerError> {
        self.guarded(|file| file.sync_data())
    }
}

/// Whether the file has a name and all bytes that were written to it. A file that was renamed is in place, unless another one took
/// its name: then somebody goes on as if that were the ledger.
fn is_in_place(file: &File, opened: &OpenFile) -> Result<(), LedgerError> {
    let OpenFile { path, length: expected, .. } = opened;
    let metadata = file.metadata().map_err(LedgerError::Write)?;
    if is_unlinked(&metadata) {
        return Err(LedgerError::Unlinked { path: path.clone() });
    }
    if is_replaced(path, &metadata) {
        return Err(LedgerError::Replaced { path: path.clone() });
    }
    if metadata.len() < *expected {
        return Err(LedgerError::Shortened { path: path.clone(), expected: *expected, found: metadata.len() });
    }
    Ok(())
}

#[cfg(unix)]
fn is_unlinked(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 0
}

/// Whether a path leads to another file.
#[cfg(unix)]
fn is_replaced(path: &Path, metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_other = |found: std::fs::Metadata| (found.dev(), found.ino()) != (metadata.dev(), metadata.ino());
    std::fs::metadata(path).is_ok_and(is_other)
}

/// On other systems an open file cannot be renamed.
#[cfg(not(unix))]
fn is_replaced(_: &Path, _: &std::fs::Metadata) -> bool {
    false
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_unlinked(_: &std::fs::Metadata) -> bool {
    false
}

/// Waits until the name of a new file is on the disk: it is in the folder of the file itself, which a symbolic link may be far from.
pub(super) fn sync_name(path: &Path) -> Result<(), OpenError> {
    let folder = folder(path)?;
    sync_folder(&folder).map_err(|error| unusable(&folder, error))
}

/// Syncs the name of a file that was there: the process that made it may have ended before it did that.
pub(super) fn sync_old_name(path: &Path) -> Result<(), OpenError> {
    let folder = folder(path)?;
    sync_old_folder(&folder).map_err(|error| unusable(&folder, error))
}

/// The folder that a file's name is in, with all symbolic links followed.
fn folder(path: &Path) -> Result<PathBuf, OpenError> {
    let file = path.canonicalize().map_err(|error| unusable(path, error))?;
    Ok(file.parent().unwrap_or(&file).to_path_buf())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_folder_of_a_file_is_that_of_the_file_itself() {
        let root = std::env::temp_dir().join(format!("bailiwick-folder-{}", std::process::id()));
        let (links, files) = (root.join("links"), root.join("files"));
        [&links, &files].into_iter().for_each(|folder| fs::create_dir_all(folder).unwrap());
        fs::write(files.join("ledger"), "").unwrap();
        std::os::unix::fs::symlink("../files/ledger", links.join("ledger")).unwrap();
        assert_eq!(folder(&links.join("ledger")).unwrap(), files.canonicalize().unwrap());
        assert!(sync_name(&links.join("ledger")).is_ok());
        fs::remove_dir_all(root).unwrap();
    }
}
