//! Going on in the next file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::error::{OpenError, unusable};
use super::lock::locked;
use super::open::length;
use super::sync::sync_name;
use super::torn::{MAX_HEADER, is_begun};
use crate::digest::Digest;
use crate::ledger::head::Head;
use crate::ledger::line::Line;
use crate::ledger::write::{Ledger, LedgerError, OpenFile};

impl Ledger<File> {
    /// Seals the file and goes on in a new one, which has form 2. Both are on the disk before this returns.
    ///
    /// The new file may be there and empty, or hold what a rotation that was cut off left of a header. Its header is written first,
    /// without its end: after a crash, a file that only has that says that a rotation was cut off, and no ledger begins anew in it.
    ///
    /// # Errors
    ///
    /// When the new file cannot be used, has lines, or is in use: then the ledger goes on in the old one. When the seal or the end of
    /// the header cannot be written: then the ledger takes no more lines, see [`open_after`](Ledger::open_after). After the ledger
    /// went on in the new file, nothing fails.
    pub fn rotate_to(&mut self, path: impl AsRef<Path>) -> Result<(), OpenError> {
        let path = path.as_ref();
        let mut next = next(path)?;
        let (seal, header) = self.rotation()?;
        let mut bytes = header.to_bytes().ok_or(LedgerError::Time)?;
        let head = Head { seq: header.seq(), digest: Digest::of(&bytes) };
        announce(&mut next, &bytes).map_err(|error| unusable(path, error))?;
        sync_name(path)?;
        self.end(&seal)?;
        bytes.push(b'\n');
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.guarded(|_| next.write_all(b"\n").and_then(|()| next.sync_all()))?;
        self.go_on(next, OpenFile { path: path.to_owned(), length }, head);
        Ok(())
    }

    /// Seals the file, whether or not it still has its name: rotating is the way on for a file that was removed.
    fn end(&mut self, seal: &Line) -> Result<(), LedgerError> {
        self.append(seal)?;
        self.sync_data()
    }
}

/// The next file, with nothing in it.
fn next(path: &Path) -> Result<File, OpenError> {
    let file = locked(path)?.file;
    match length(path, &file)? {
        0 => {}
        1..=MAX_HEADER if is_cut_off(&file).map_err(|error| unusable(path, error))? => {
            file.set_len(0).map_err(|error| unusable(path, error))?;
        }
        _ => return Err(OpenError::NotEmpty { path: path.to_owned() }),
    }
    Ok(file)
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
