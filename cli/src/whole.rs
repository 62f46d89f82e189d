//! Files that are written whole or not at all, whatever ends the tool or the machine. They are on the disk when the tool says so.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use bailiwick::disk::NewFile;

/// Writes a file in the place of one that may be there, whose permissions it takes. A symbolic link stays, and leads to the new file.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A device or a pipe is written to: no file takes its place.
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return fs::write(path, bytes);
    }
    written(NewFile::in_place_of(path)?, bytes)
}

/// Writes a file that is not there yet, which its owner alone can read when it is secret. It takes the place of no other.
pub(crate) fn create(path: &Path, bytes: &[u8], is_secret: bool) -> io::Result<()> {
    written(if is_secret { NewFile::create_private(path) } else { NewFile::create(path) }?, bytes)
}

fn written(mut file: NewFile, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.place()
}

/// Waits until what was written to a file, by this process or another, is on the disk, and its name.
#[cfg(unix)]
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    match fs::File::open(path)?.sync_all() {
        // A pipe is on no disk.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        Err(error) => Err(error),
        Ok(()) => path.canonicalize()?.parent().map_or(Ok(()), bailiwick::disk::sync_old_folder),
    }
}

/// On other systems a file that is open for reading cannot be synced.
#[cfg(not(unix))]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}
