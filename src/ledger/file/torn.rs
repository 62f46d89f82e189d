//! Torn lines: what a crash in the middle of a write leaves is set aside.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::{OpenError, unusable};
use super::sync::sync_name;
use crate::ledger::head::Head;
use crate::ledger::key::Key;
use crate::ledger::line::{Form, Line};

/// The number of bytes that are read in one step of the search for the last line end.
const STEP: usize = 1 << 14;

/// The most torn lines of one number that are set aside: a machine that crashes at every start must not fill the disk.
const MAX_TORN: u32 = 100;

/// The beginning of a file's header. A torn line in a file without whole lines must begin like this.
const HEADER: &[u8] = b"{\"ledger\":";

/// A bound on the bytes of a header, which has fewer than 300.
pub(super) const MAX_HEADER: u64 = 1024;

/// A line that was torn, as by a crash in the middle of a write. It was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The file that the line was set aside in: the ledger's with `.torn-` and the number of the line after its name.
    pub file: PathBuf,
    /// The number of its bytes.
    pub bytes: u64,
}

/// The offset after the last line's end, searched from behind.
pub(super) fn end_of_lines(mut file: &File, len: u64) -> io::Result<u64> {
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

/// Whether some bytes are the beginning of a header.
pub(super) fn is_begun(bytes: &[u8]) -> bool {
    HEADER.starts_with(bytes.get(..HEADER.len()).unwrap_or(bytes))
}

/// Refuses to begin a ledger in a file without a whole line that holds something else, zeros, or the header of a rotation that was
/// cut off. A ledger that goes on after a known line may take over such a header.
pub(super) fn refuse_other(path: &Path, mut file: &File, after: Option<Head>) -> Result<(), OpenError> {
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(MAX_HEADER).read_to_end(&mut bytes));
    read.map_err(|error| unusable(path, error))?;
    let path = path.to_owned();
    match bytes.first() {
        Some(0) => Err(OpenError::Zeros { path }),
        _ if !is_begun(&bytes) => Err(OpenError::NoLedger { path }),
        _ if after.is_some() => Ok(()),
        _ => match Line::parse(&bytes) {
            Ok(line) if line.seq() > 0 => {
                let head = Some(Head { seq: line.seq() - 1, digest: line.prev() });
                Err(OpenError::CutOff { path, head })
            }
            _ if is_of_later_file(&bytes) => Err(OpenError::CutOff { path, head: None }),
            _ => Ok(()),
        },
    }
}

/// Ends the header that a rotation left without its end, when it is the one after this line. So the file is never empty: a ledger
/// that is opened without the line before would begin anew in it.
pub(super) fn end_header(mut file: &File, key: &Key, after: Head) -> io::Result<()> {
    let mut bytes = Vec::new();
    from(file, 0)?.take(MAX_HEADER + 1).read_to_end(&mut bytes)?;
    let Ok(Line::Header(header)) = Line::parse(&bytes) else { return Ok(()) };
    let is_next = after.seq.checked_add(1) == Some(header.seq) && header.prev == after.digest;
    if is_next && header.key == Some(key.commitment()) && header.salt == Form::Two.salt(key, header.seq) {
        file.write_all(b"\n").and_then(|()| file.sync_all())?;
    }
    Ok(())
}

/// Whether the beginning of a header shows a number other than 0.
fn is_of_later_file(bytes: &[u8]) -> bool {
    const SEQ: &[u8] = b"\"seq\":";
    let at = bytes.windows(SEQ.len()).position(|window| window == SEQ);
    at.and_then(|at| bytes.get(at + SEQ.len())).is_some_and(|digit| (b'1'..=b'9').contains(digit))
}

/// Moves a torn line to a file of its own, with the permissions of this one. The copy is on the disk before the line is removed.
pub(super) fn set_aside(path: &Path, file: &File, torn: Range<u64>, last: Option<Head>) -> Result<Torn, OpenError> {
    let bytes = torn.end - torn.start;
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

pub(super) fn from(mut file: &File, start: u64) -> io::Result<&File> {
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
    let error = "too many torn lines of one number are set aside beside it: look at the `.torn-` files, and remove them";
    Err(unusable(path, io::Error::new(ErrorKind::AlreadyExists, error)))
}

/// Removes a copy that could not be written: a disk that stays full must not leave one at every start.
fn whole_or_gone(copy: &Path, copied: io::Result<()>) -> io::Result<()> {
    // The error to report is that of the copy. Nothing is lost, as the ledger's file still has the whole line.
    copied.inspect_err(|_| fs::remove_file(copy).unwrap_or_default())
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
