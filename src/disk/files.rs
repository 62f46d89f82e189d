//! The files of a directory, one operation at a time, so that tests can stop after each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::{make_folder, sync_folder};

/// The end of the name of a file that is being written.
const UNFINISHED: &str = ".new";

/// Plain files in one directory, by name. [`Directory`] is the one of the system; others are for tests.
pub trait Files {
    /// The content of a file, at most `limit` bytes of it; `None` when there is no such file.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>>;

    /// Writes a file anew, whole.
    ///
    /// # Errors
    ///
    /// Those of the system. The file may then hold a part.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Waits until the content of a file is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Gives a file the name of another one, which is replaced in one step.
    ///
    /// # Errors
    ///
    /// Those of the system. Nothing has changed then.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Waits until the names of all files are on the disk.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn sync_names(&mut self) -> io::Result<()>;

    /// Removes a file, which may be absent.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// The names of all files.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn names(&self) -> io::Result<Vec<String>>;

    /// The path of a file, for messages.
    fn path(&self, name: &str) -> PathBuf;
}

/// Writes a file in the place of one that may be there: under another name, synced, and renamed. A crash leaves the one before or the
/// new one, whole, and an error leaves the one before. The new name lasts after [`Files::sync_names`].
pub(crate) fn put(files: &mut impl Files, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = format!("{name}{UNFINISHED}");
    let written = files.write(&unfinished, bytes).and_then(|()| files.sync(&unfinished));
    let put = written.and_then(|()| files.rename(&unfinished, name));
    if put.is_err() {
        // It may take the room that the next file needs.
        let _ = files.remove(&unfinished);
    }
    put
}

/// Whether a file of this name is one that a crash left when it was written.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.ends_with(UNFINISHED)
}

/// A directory of the system, locked as long as it is open, so that two processes do not use it.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// `None` when whoever uses it has another lock.
    _lock: Option<Lock>,
}

/// The file whose lock is that of the directory.
const LOCK: &str = "lock";

impl Directory {
    /// Opens a directory, and makes it when it is absent.
    ///
    /// # Errors
    ///
    /// Those of the system; of kind `WouldBlock` when another process, or another store of this one, has it open.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Directory> {
        let path = path.as_ref().to_owned();
        make_folder(&path)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.join(LOCK))?;
        Ok(Directory { path, _lock: Some(Lock::try_new(lock)?) })
    }

    /// A directory that is there, for a caller that keeps other processes away itself.
    #[cfg_attr(not(feature = "log"), allow(dead_code, reason = "`log` has a lock of its own"))]
    pub(crate) fn unlocked(path: impl Into<PathBuf>) -> Directory {
        Directory { path: path.into(), _lock: None }
    }
}

impl Files for Directory {
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        File::create(self.path.join(name))?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        OpenOptions::new().write(true).open(self.path.join(name))?.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        fs::read_dir(&self.path)?.map(name).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is absent is no error; one that cannot be looked at is.
    #[test]
    fn only_a_file_that_is_absent_is_taken_as_none() {
        let folder = std::env::temp_dir().join(format!("bailiwick-directory-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let mut directory = Directory::open(&folder).unwrap();
        assert_eq!(Directory::open(&folder).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(directory.read("file", 9).unwrap(), None);
        directory.remove("file").unwrap();
        put(&mut directory, "file", b"ours").unwrap();
        assert_eq!(directory.read("file", 3).unwrap().as_deref(), Some(&b"our"[..]));
        for name in ["x".repeat(5000), "file/below".to_owned()] {
            assert!(directory.read(&name, 9).is_err() && directory.remove(&name).is_err(), "{name}");
        }
        // A folder has the name: what was written beside it is removed.
        fs::create_dir(folder.join("taken")).unwrap();
        assert!(put(&mut directory, "taken", b"ours").is_err());
        let mut names = directory.names().unwrap();
        names.sort_unstable();
        assert_eq!(names, ["file", LOCK, "taken"]);
        directory.remove("file").unwrap();
        assert_eq!(directory.read("file", 9).unwrap(), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
