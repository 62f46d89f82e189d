//! Files that survive a crash: a file is replaced whole, or not at all.

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

use std::io;
use std::path::Path;

#[cfg(any(feature = "bundle", feature = "log"))]
pub use files::{Directory, Files};
#[cfg(any(feature = "bundle", feature = "log"))]
pub(crate) use files::{is_unfinished, put};

/// Waits until the names of all files in a folder are on the disk. An empty path is the current folder.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::File::open(folder)?.sync_all()
}

/// On other systems a folder cannot be opened, and the system syncs names itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
