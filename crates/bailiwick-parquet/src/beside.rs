//! New files that get their name when they are complete, and never take the place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::ArchiveError;

/// A file that is written as `NAME.new`, and gets its name when it is complete and on the disk. One that is dropped before is removed.
#[derive(Debug)]
pub(crate) struct Beside {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    is_placed: bool,
}

impl Beside {
    /// Begins a file. Neither it nor `NAME.new` may be there.
    pub(crate) fn create(path: &Path) -> Result<Beside, ArchiveError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(ArchiveError::Exists { path: path.to_owned() });
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).open(&beside).map_err(|error| refused(&beside, error))?;
        Ok(Beside { path: path.to_owned(), beside, file, is_placed: false })
    }

    /// The file, at whatever position it was left.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name. Both are on the disk then.
    pub(crate) fn place(mut self) -> Result<(), ArchiveError> {
        let failed = |error| refused(&self.path, error);
        self.file.sync_all().map_err(failed)?;
        place(&self.beside, &self.path).map_err(failed)?;
        self.is_placed = true;
        sync_folder(&self.path).map_err(|error| refused(&self.path, error))
    }

    pub(crate) fn failed(&self, error: io::Error) -> ArchiveError {
        ArchiveError::Io { path: self.beside.clone(), error }
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn refused(path: &Path, error: io::Error) -> ArchiveError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::AlreadyExists => ArchiveError::Exists { path },
        _ => ArchiveError::Io { path, error },
    }
}

/// Renames a file, and fails when the name is taken. A second name for the file is refused by the system itself when the name is
/// taken; where the file system has no second names, the name is looked at first.
fn place(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Ok(()) => fs::remove_file(beside),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(beside, path),
    }
}

/// Writes the names of the folder to the disk. Other systems than Unix cannot open a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
