//! Files that are written whole or not at all, whatever ends the tool or the machine. They are on the disk when the tool says so.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file in the place of one that may be there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = write(File::create(&beside), bytes).and_then(|()| fs::rename(&beside, path));
    named(path, &beside, written)
}

/// Writes a file that is not there yet, which its owner alone can read when it is secret. It takes the place of no other.
pub(crate) fn create(path: &Path, bytes: &[u8], is_secret: bool) -> io::Result<()> {
    let beside = beside(path);
    // What a crash left of an earlier one may be readable for others.
    fs::remove_file(&beside).or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    // A link refuses a file that is there meanwhile. Some file systems have none.
    let written = write(options.open(&beside), bytes).and_then(|()| match fs::hard_link(&beside, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() => fs::rename(&beside, path),
        linked => linked,
    });
    let _ = fs::remove_file(&beside);
    named(path, &beside, written)
}

fn write(file: io::Result<File>, bytes: &[u8]) -> io::Result<()> {
    let mut file = file?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the name of a file that was written is on the disk. One that was not leaves nothing.
fn named(path: &Path, beside: &Path, written: io::Result<()>) -> io::Result<()> {
    if written.is_err() {
        let _ = fs::remove_file(beside);
        return written;
    }
    sync_name(path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    PathBuf::from(name)
}

/// Makes a folder, and those above it that are missing. Their names are on the disk then.
///
/// The name of a folder that is there is synced, too, as the process that made it may have ended before it did that.
#[cfg(feature = "parquet")]
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return sync_old_name(path);
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
        _ => sync_name(path),
    }
}

/// Waits until what was written to a file, by this process or another, is on the disk, and its name.
#[cfg(unix)]
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // A pipe is on no disk.
        Err(error) if error.kind() == ErrorKind::InvalidInput => return Ok(()),
        synced => synced?,
    }
    sync_old_name(path)
}

/// Syncs the name of a file or folder that was there before, in a folder that need not be readable.
#[cfg(unix)]
fn sync_old_name(path: &Path) -> io::Result<()> {
    match sync_name(&path.canonicalize()?) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// On other systems a file that is open for reading cannot be synced.
#[cfg(not(unix))]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_name(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// On other systems a folder cannot be opened, and the system syncs names itself.
#[cfg(not(unix))]
fn sync_name(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(not(unix), feature = "parquet"))]
fn sync_old_name(_: &Path) -> io::Result<()> {
    Ok(())
}
