//! Locks on files, which keep a second process away.

use std::fs::File;
use std::{io, process};

use fs4::{FileExt, TryLockError};

/// A lock on a file, given up when this is dropped.
///
/// Closing the file is not enough for that: a process that another thread starts at that moment has the file, too, until it runs a
/// program of its own. Of processes that were forked, only the one that locked the file gives the lock up.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    /// The process that locked the file. `None` when closing the file gives up the lock.
    process: Option<u32>,
}

impl Lock {
    /// Locks a file, with all handles that were cloned from this one.
    ///
    /// # Errors
    ///
    /// Those of the system; of kind `WouldBlock` when the file is locked, by another process or by this one.
    pub(crate) fn try_new(file: File) -> io::Result<Lock> {
        // Named in full: since Rust 1.89 files have a method of this name.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Lock { file, process: Some(process::id()) }),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Leaves the lock to the other handles of the file: it is given up when all are closed.
    pub(crate) fn leave(mut self) {
        self.process = None;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.process == Some(process::id()) {
            // The file is closed after this, which gives up what could not be given up here.
            let _ = FileExt::unlock(&self.file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn opened(name: &str) -> File {
        let path = std::env::temp_dir().join(format!("bailiwick-{name}-{}", process::id()));
        File::options().create(true).write(true).truncate(false).open(path).unwrap()
    }

    fn is_locked(name: &str) -> bool {
        match Lock::try_new(opened(name)) {
            Ok(_) => false,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock || panic!("{error}"),
        }
    }

    fn remove(name: &str) {
        fs::remove_file(std::env::temp_dir().join(format!("bailiwick-{name}-{}", process::id()))).unwrap();
    }

    /// Gives up the lock of a file. Closing it does not do that at once, as other tests start processes.
    fn give_up(file: File) {
        drop(Lock { file, process: Some(process::id()) });
    }

    /// The clone stands for the handle of a process that was started while the file was locked.
    #[test]
    fn a_lock_is_given_up_though_another_process_has_the_file_open() {
        let lock = Lock::try_new(opened("given-up")).unwrap();
        let other = lock.file.try_clone().unwrap();
        assert!(is_locked("given-up"));
        drop(lock);
        assert!(!is_locked("given-up"));
        drop(other);
        remove("given-up");
    }

    #[test]
    fn a_forked_process_and_one_that_leaves_the_lock_do_not_give_it_up() {
        let mut forked = Lock::try_new(opened("forked")).unwrap();
        let file = forked.file.try_clone().unwrap();
        forked.process = Some(process::id() + 1);
        drop(forked);
        assert!(is_locked("forked"));
        give_up(file);
        assert!(!is_locked("forked"));

        let left = Lock::try_new(opened("forked")).unwrap();
        let file = left.file.try_clone().unwrap();
        left.leave();
        assert!(is_locked("forked"));
        give_up(file);
        assert!(!is_locked("forked"));
        remove("forked");
    }
}
