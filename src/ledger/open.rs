//! Ledgers in files: opening one after a crash, syncing it, and going on in the next.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::head::Head;
use super::key::Key;
use super::lines::Lines;
use super::verify::{Verification, Verified, VerifyError};
use super::write::{Ledger, LedgerError};
use crate::text::quote::Quoted;

/// How much of a file is looked at in one step when its last line's end is looked for.
const STEP: usize = 1 << 14;

/// How many torn lines of one number may be set aside: a machine that crashes at every start must not fill the disk.
const MAX_TORN: u32 = 100;

/// What the header of a file begins with: what is torn in a file without a line must be the beginning of one.
const HEADER: &[u8] = b"{\"ledger\":";

/// A ledger's file, opened.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a torn line should be told to somebody"]
pub struct Opened {
    /// The ledger, at the end of the file. The file is locked until it is dropped.
    pub ledger: Ledger<File>,
    /// What the file held, without a torn line and without the header of a file that was begun.
    pub verified: Verified,
    /// The last line, when it was torn: it is no longer in the file.
    pub torn: Option<Torn>,
}

/// A line that was torn, as by a crash in the middle of a write. It was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The file that it was set aside in: the ledger's with `.torn-` and the number of the line after its name.
    pub file: PathBuf,
    /// How many bytes of it there were.
    pub bytes: u64,
}

/// Why a ledger's file could not be opened, or begun. Nothing of it was changed but for a torn line that may have been set aside.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be opened, read or written, or the one beside it that a torn line is set aside in.
    #[error("{} cannot be used: {error}", Quoted(&path.to_string_lossy()))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another ledger writes to the file.
    #[error("{} is being written by another ledger: close that one, or begin a file of its own", Quoted(&path.to_string_lossy()))]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is a directory, a device, or a file with something else in it.
    #[error("{} is no file of a ledger: name one, or one that is yet to be", Quoted(&path.to_string_lossy()))]
    NoLedger {
        /// The file.
        path: PathBuf,
    },
    /// The file has lines, and was to be begun.
    #[error("{} is not empty: name a file that is yet to be", Quoted(&path.to_string_lossy()))]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The file ends with a seal: the ledger goes on in another.
    #[error("{} is sealed: go on in another file, after {head}", Quoted(&path.to_string_lossy()))]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Its last line.
        head: Head,
    },
    /// The file cannot be read to its end, or something is wrong with what it holds.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A header or a seal cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Ledger<File> {
    /// Opens a file of a ledger, verifies it, and goes on at its end. Begins a ledger when there is no such file, or nothing in it.
    ///
    /// What follows the end of the last whole line is a torn line: it is set aside in a file of its own, byte for byte, and given
    /// back in [`Opened::torn`]. The file is locked, so that no second ledger writes to it. (Windows keeps readers out as well.)
    ///
    /// # Errors
    ///
    /// When another ledger has the file, when it is sealed, when a line of it was changed, and when it cannot be read or written.
    pub fn open(path: impl AsRef<Path>, key: Key) -> Result<Opened, OpenError> {
        open(path.as_ref(), key, None)
    }

    /// As [`open`](Ledger::open), for a file that goes on after the line `head` of the file before: it verifies that it does, and
    /// begins it so when there is none, or nothing in it. For a ledger that died in [`rotate_to`](Ledger::rotate_to).
    ///
    /// # Errors
    ///
    /// As [`open`](Ledger::open), and when the file goes on after another line.
    pub fn open_after(path: impl AsRef<Path>, key: Key, head: Head) -> Result<Opened, OpenError> {
        open(path.as_ref(), key, Some(head))
    }

    /// Makes sure that all acknowledged records are on the disk. It waits for the disk, a millisecond or ten: call it after each
    /// record that must survive a loss of power, or every second. Records that are not synced survive the death of the program, not
    /// that of the machine.
    ///
    /// # Errors
    ///
    /// When the disk fails, or a write failed before.
    pub fn sync(&mut self) -> Result<(), LedgerError> {
        self.guarded(|file| file.sync_data())
    }

    /// Seals the file and goes on in a new one. Both are synced, the seal before the header is written.
    ///
    /// # Errors
    ///
    /// When the new file cannot be begun, is not empty, or is in use: then the ledger goes on in the old one. When the seal or the
    /// header cannot be written: then the ledger takes no more lines, see [`open_after`](Ledger::open_after).
    pub fn rotate_to(&mut self, path: impl AsRef<Path>) -> Result<(), OpenError> {
        let path = path.as_ref();
        let file = locked(path)?;
        if length(path, &file)? > 0 {
            return Err(OpenError::NotEmpty { path: path.to_owned() });
        }
        self.seal()?;
        self.sync()?;
        drop(self.go_on(file)?);
        self.sync()?;
        sync_name(path)
    }
}

fn open(path: &Path, key: Key, after: Option<Head>) -> Result<Opened, OpenError> {
    let file = locked(path)?;
    let len = length(path, &file)?;
    let whole = end_of_lines(&file, len).map_err(|error| unusable(path, error))?;
    let verified = match (whole, after) {
        (0, _) => Verified::default(),
        (_, None) => verified(path, &file, whole, Verification::anywhere())?,
        (_, Some(head)) => verified(path, &file, whole, Verification::after(head))?,
    };
    if let Verified { is_sealed: true, head: Some(head), .. } = verified {
        return Err(OpenError::Sealed { path: path.to_owned(), head });
    }
    let last = verified.head.or(after);
    let torn = if whole < len { Some(set_aside(path, &file, whole..len, last)?) } else { None };
    let ledger = match (verified.head, after) {
        (Some(head), _) => Ledger::resume(file, key, head),
        (None, after) => {
            let mut ledger = match after {
                Some(head) => Ledger::carry_on(file, key, head)?,
                None => Ledger::begin(file, key)?,
            };
            ledger.sync()?;
            sync_name(path)?;
            ledger
        }
    };
    Ok(Opened { ledger, verified, torn })
}

/// The file, for this process alone.
fn locked(path: &Path) -> Result<File, OpenError> {
    let unusable = |error| unusable(path, error);
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(unusable)?;
    if !file.metadata().map_err(unusable)?.is_file() {
        return Err(OpenError::NoLedger { path: path.to_owned() });
    }
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

fn length(path: &Path, file: &File) -> Result<u64, OpenError> {
    file.metadata().map(|metadata| metadata.len()).map_err(|error| unusable(path, error))
}

fn verified(path: &Path, file: &File, whole: u64, mut verification: Verification) -> Result<Verified, OpenError> {
    let lines = from(file, 0).map_err(|error| unusable(path, error))?.take(whole);
    verification.lines(path.to_string_lossy().into_owned(), &mut Lines::new(lines))?;
    Ok(verification.finish()?)
}

/// Where the last whole line ends: after the last line's end, searched from behind.
fn end_of_lines(mut file: &File, len: u64) -> io::Result<u64> {
    let mut buffer = vec![0; STEP];
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(u64::try_from(STEP).unwrap_or(u64::MAX));
        let step = buffer.get_mut(..usize::try_from(end - start).unwrap_or(STEP)).unwrap_or_default();
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(step)?;
        if let Some(position) = step.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + u64::try_from(position).unwrap_or(0) + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Moves a torn line to a file of its own, which those can read who can read this one. It is there before it is no longer here.
fn set_aside(path: &Path, file: &File, torn: std::ops::Range<u64>, last: Option<Head>) -> Result<Torn, OpenError> {
    let bytes = torn.end - torn.start;
    let limit = u64::try_from(HEADER.len()).unwrap_or(u64::MAX);
    let mut start = Vec::new();
    let looked = from(file, torn.start).and_then(|torn| torn.take(limit).read_to_end(&mut start));
    looked.map_err(|error| unusable(path, error))?;
    // After a loss of power, some file systems leave zeros where data was to be.
    if torn.start == 0 && !HEADER.starts_with(&start) && start.first() != Some(&0) {
        return Err(OpenError::NoLedger { path: path.to_owned() });
    }
    let seq = last.map_or(0, |head| head.seq.saturating_add(1));
    let (aside, mut copy) = beside(path, seq)?;
    let copied = file.metadata().and_then(|metadata| copy.set_permissions(metadata.permissions()));
    let copied = copied.and_then(|()| from(file, torn.start)).and_then(|torn| io::copy(&mut torn.take(bytes), &mut copy));
    let copied = copied.and_then(|_| copy.sync_all());
    whole_or_gone(&aside, copied).map_err(|error| unusable(&aside, error))?;
    sync_name(&aside)?;
    file.set_len(torn.start).and_then(|()| file.sync_all()).map_err(|error| unusable(path, error))?;
    Ok(Torn { file: aside, bytes })
}

fn from(mut file: &File, start: u64) -> io::Result<&File> {
    file.seek(SeekFrom::Start(start))?;
    Ok(file)
}

/// A new file beside the ledger's, for what is torn of a line.
fn beside(path: &Path, seq: u64) -> Result<(PathBuf, File), OpenError> {
    for attempt in 1..=MAX_TORN {
        let mut name = OsString::from(path);
        name.push(if attempt == 1 { format!(".torn-{seq}") } else { format!(".torn-{seq}-{attempt}") });
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            Ok(file) => return Ok((name.into(), file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unusable(Path::new(&name), error)),
        }
    }
    Err(unusable(path, io::Error::new(ErrorKind::AlreadyExists, "too many torn lines of one number are set aside beside it")))
}

/// Removes a copy that could not be written: a disk that stays full must not leave one at every start.
fn whole_or_gone(copy: &Path, copied: io::Result<()>) -> io::Result<()> {
    // That the copy failed is what matters: of it nothing is lost, as the ledger's file has all of it.
    copied.inspect_err(|_| fs::remove_file(copy).unwrap_or_default())
}

/// Makes sure that a new file's name is on the disk.
#[cfg(unix)]
fn sync_name(path: &Path) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Ok(()),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| unusable(folder, error))
}

/// Elsewhere a folder cannot be opened, and the system sees to it.
#[cfg(not(unix))]
fn sync_name(_: &Path) -> Result<(), OpenError> {
    Ok(())
}

fn unusable(path: &Path, error: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_that_cannot_be_copied_leaves_no_file() {
        let path = std::env::temp_dir().join(format!("bailiwick-copy-{}", std::process::id()));
        for _ in 0..=MAX_TORN {
            let (aside, copy) = beside(&path, 7).unwrap();
            drop(copy);
            let full = io::Error::from(ErrorKind::StorageFull);
            assert_eq!(whole_or_gone(&aside, Err(full)).unwrap_err().kind(), ErrorKind::StorageFull);
            assert!(!aside.exists());
        }
        let (aside, _copy) = beside(&path, 7).unwrap();
        whole_or_gone(&aside, Ok(())).unwrap();
        assert!(aside.exists());
        fs::remove_file(aside).unwrap();
    }
}
