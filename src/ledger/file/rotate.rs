//! Going on in the next file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::{OpenError, unusable};
use super::lock::{Locked, locked};
use super::open::length;
use super::sync::sync_name;
use super::torn::{MAX_HEADER, is_begun};
use crate::digest::Digest;
use crate::disk::Lock;
use crate::ledger::head::Head;
use crate::ledger::line::Line;
use crate::ledger::write::{Ledger, LedgerError, OpenFile};

impl Ledger<File> {
    /// Seals the file and goes on in a new one, which has form 2. Both are on the disk before this returns.
    ///
    /// The new file may be there and empty, or hold what a rotation that was cut off left of a header. One that is not there is made
    /// under another name, with `.next` behind, and gets its own with the header in it. The header is written without its end: after a
    /// crash, a file that only has that says that a rotation was cut off, and no ledger begins anew in it.
    ///
    /// # Errors
    ///
    /// When the new file cannot be used, has lines, or is in use: then the ledger goes on in the old one. When the seal or the end of
    /// the header cannot be written: then the ledger takes no more lines, see [`open_after`](Ledger::open_after). After the ledger
    /// went on in the new file, nothing fails.
    pub fn rotate_to(&mut self, path: impl AsRef<Path>) -> Result<(), OpenError> {
        let path = path.as_ref();
        let (seal, header) = self.rotation()?;
        let mut bytes = header.to_bytes().ok_or(LedgerError::Time)?;
        let head = Head { seq: header.seq(), digest: Digest::of(&bytes) };
        let is_absent = fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        let (mut next, lock) = if is_absent { made(path, &bytes)? } else { taken(path, &bytes)? };
        sync_name(path)?;
        self.end(&seal)?;
        bytes.push(b'\n');
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.guarded(|_| next.write_all(b"\n").and_then(|()| next.sync_all()))?;
        self.go_on(next, OpenFile { path: path.to_owned(), length, lock }, head);
        Ok(())
    }

    /// Seals the file, whether or not it still has its name: rotating is the way on for a file that was removed.
    fn end(&mut self, seal: &Line) -> Result<(), LedgerError> {
        self.append(seal)?;
        self.sync_data()
    }
}

/// A new file with a header without its end. It has its name when that is on the disk, so that no crash leaves it empty: a ledger
/// would begin anew in an empty file.
fn made(path: &Path, header: &[u8]) -> Result<(File, Lock), OpenError> {
    let mut name = OsString::from(path);
    name.push(".next");
    let draft = PathBuf::from(name);
    // What a crash left of a draft was never the next file; anything else is not touched.
    let (mut file, lock) = next(&draft)?;
    let written = announce(&mut file, header);
    // A link refuses a file that is there meanwhile. Some file systems have none.
    let named = written.and_then(|()| fs::hard_link(&draft, path).or_else(|_| renamed(&draft, path)));
    fs::remove_file(&draft).unwrap_or_default();
    named.map(|()| (file, lock)).map_err(|error| unusable(path, error))
}

/// Renames a file, unless there is one of the new name.
fn renamed(draft: &Path, path: &Path) -> io::Result<()> {
    if path.exists() { Err(ErrorKind::AlreadyExists.into()) } else { fs::rename(draft, path) }
}

/// A file that is there, with a header without its end.
fn taken(path: &Path, header: &[u8]) -> Result<(File, Lock), OpenError> {
    let (mut file, lock) = next(path)?;
    announce(&mut file, header).map_err(|error| unusable(path, error))?;
    Ok((file, lock))
}

/// A file that is there, with nothing in it.
fn next(path: &Path) -> Result<(File, Lock), OpenError> {
    let Locked { file, lock, .. } = locked(path)?;
    match length(path, &file)? {
        0 => {}
        1..=MAX_HEADER if is_cut_off(&file).map_err(|error| unusable(path, error))? => {
            file.set_len(0).map_err(|error| unusable(path, error))?;
        }
        _ => return Err(OpenError::NotEmpty { path: path.to_owned() }),
    }
    Ok((file, lock))
}

/// Whether the file holds the beginning of a header and no whole line.
fn is_cut_off(mut file: &File) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MAX_HEADER + 1).read_to_end(&mut bytes)?;
    Ok(!bytes.contains(&b'\n') && is_begun(&bytes))
}

/// Writes a header without its end. When that fails, the file is left empty, as it was.
fn announce(file: &mut File, header: &[u8]) -> io::Result<()> {
    file.write_all(header).and_then(|()| file.sync_all()).inspect_err(|_| file.set_len(0).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a file system has no links.
    #[test]
    fn a_draft_gets_the_name_of_the_next_file_unless_there_is_one() {
        let folder = std::env::temp_dir().join(format!("bailiwick-renamed-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (draft, next) = (folder.join("draft"), folder.join("next"));
        fs::write(&draft, "a header").unwrap();
        renamed(&draft, &next).unwrap();
        assert!(!draft.exists());
        fs::write(&draft, "another header").unwrap();
        assert_eq!(renamed(&draft, &next).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&next).unwrap(), "a header");
        fs::remove_dir_all(&folder).unwrap();
    }
}
