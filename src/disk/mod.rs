//! Files that survive a crash: a file is replaced whole, or not at all. And locks, which keep a second process away.

#[cfg(any(feature = "bundle", feature = "log"))]
#[cfg_attr(
    not(feature = "bundle"),
    allow(
        dead_code,
        unreachable_pub,
        reason = "`bundle::store` publishes the files of a directory, and uses all of their operations"
    )
)]
mod files;
mod lock;
mod new_file;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(all(feature = "log", not(feature = "bundle")))]
pub(crate) use files::Directory;
#[cfg(feature = "bundle")]
pub(crate) use files::is_unfinished;
#[cfg(any(feature = "bundle", feature = "log"))]
pub(crate) use files::put;
#[cfg(feature = "bundle")]
pub use files::{Directory, Files};
pub(crate) use lock::Lock;
pub use new_file::NewFile;

/// Makes a folder, and those above it that are missing. All their names are on the disk then.
///
/// The name of a folder that is there is synced, too, as the process that made it may have ended before it did that.
///
/// # Errors
///
/// Those of the system.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let folder = named(folder);
    let parent = folder.parent();
    if folder.is_dir() {
        return parent.map_or(Ok(()), sync_old_folder);
    }
    parent.map_or(Ok(()), make_folder)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => return Err(error),
        _ => {}
    }
    parent.map_or(Ok(()), sync_folder)
}

/// Waits until the names of all files in a folder are on the disk. An empty path is the current folder.
///
/// # Errors
///
/// Those of the system.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(named(folder))?.sync_all()
}

/// On other systems a folder cannot be opened, and the system syncs names itself.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Waits until the names in a folder are on the disk that was there before. It need not be readable.
///
/// # Errors
///
/// Those of the system, but that the folder must not be read.
pub fn sync_old_folder(folder: &Path) -> io::Result<()> {
    match sync_folder(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// The path of a folder that can be opened: that of a file without a folder is empty.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
