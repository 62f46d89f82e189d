//! Opening a file of a ledger, to go on at its end.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{OpenError, unusable};
use super::lock::{Locked, locked};
use super::sync::{sync_name, sync_old_name};
use super::torn::{Torn, end_header, end_of_lines, from, refuse_other, set_aside};
use crate::ledger::fault::FaultCause;
use crate::ledger::fault::VerifyError;
use crate::ledger::head::Head;
use crate::ledger::key::Key;
use crate::ledger::line::Form;
use crate::ledger::lines::Lines;
use crate::ledger::verify::{Verification, Verified};
use crate::ledger::write::{Ledger, OpenFile};

/// A ledger's file, opened.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a torn line, and a ledger that began anew, should be reported to somebody"]
pub struct Opened {
    /// The ledger, at the end of the file. The file is locked until it is dropped.
    pub ledger: Ledger<File>,
    /// The content of the file, without a torn line and without the header of a file that was begun.
    pub verified: Verified,
    /// The last line, when it was torn: it is no longer in the file.
    pub torn: Option<Torn>,
    /// Whether the file was begun, as it had no line. `None` when the ledger goes on in it.
    pub begun: Option<Begun>,
}

/// The kind of file in which a ledger was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Begun {
    /// In a file that was not there before.
    New,
    /// In a file that was there without a line. When it had lines once, something emptied it, such as a rotation tool with
    /// copytruncate: the ledger does not go on from those lines.
    Empty,
}

impl Ledger<File> {
    /// Opens a file of a ledger, verifies it, and goes on at its end in its form. Begins a ledger, in form 2, when there is no such
    /// file or nothing in it: [`Opened::begun`] says so.
    ///
    /// Bytes after the last line end are a torn line: they are set aside in a file of its own, which [`Opened::torn`] names. The
    /// file is locked, so that no second ledger writes to it. (Windows keeps readers out as well.) The lock is that of the process that
    /// opened it: a child by `fork` must not write to the ledger, as the file is free for others once its parent closes it.
    ///
    /// # Errors
    ///
    /// When another ledger has the file, when it was written with another key (files of form 1 do not tell), when it is sealed, when
    /// a line of it was changed, when a rotation to it was cut off, and when it cannot be read or written.
    pub fn open(path: impl AsRef<Path>, key: Key) -> Result<Opened, OpenError> {
        open(path.as_ref(), key, None)
    }

    /// Opens a file as [`open`](Ledger::open), which goes on after the line `head` of the file before: verifies that it does, and
    /// begins it so when there is none, or nothing in it. For a ledger that died in [`rotate_to`](Ledger::rotate_to).
    ///
    /// # Errors
    ///
    /// As [`open`](Ledger::open), and when the file goes on after another line.
    pub fn open_after(path: impl AsRef<Path>, key: Key, head: Head) -> Result<Opened, OpenError> {
        open(path.as_ref(), key, Some(head))
    }
}

fn open(path: &Path, key: Key, after: Option<Head>) -> Result<Opened, OpenError> {
    let Locked { file, lock, is_new } = locked(path)?;
    if let Some(head) = after {
        end_header(&file, &key, head).map_err(|error| unusable(path, error))?;
    }
    let len = length(path, &file)?;
    let whole = end_of_lines(&file, len).map_err(|error| unusable(path, error))?;
    let verified = match (whole, after) {
        (0, _) => Verified::default(),
        (_, None) => verified(path, &file, whole, Verification::anywhere().with_key(key.clone()))?,
        (_, Some(head)) => verified(path, &file, whole, Verification::after(head).with_key(key.clone()))?,
    };
    if let Verified { is_sealed: true, head: Some(head), .. } = verified {
        // The process that sealed it may have ended before the seal was on the disk, and the ledger goes on in the next file now.
        file.sync_all().map_err(|error| unusable(path, error))?;
        sync_old_name(path)?;
        return Err(OpenError::Sealed { path: path.to_owned(), head });
    }
    if whole == 0 && len > 0 {
        refuse_other(path, &file, after)?;
    }
    let last = verified.head.or(after);
    let torn = if whole < len { Some(set_aside(path, &file, whole..len, last)?) } else { None };
    let begun = verified.head.is_none().then_some(if is_new { Begun::New } else { Begun::Empty });
    let mut ledger = match (verified.head, after) {
        (Some(head), _) => Ledger::resume(file, key, verified.form.unwrap_or(Form::Two), head, verified.public_head),
        (None, Some(head)) => Ledger::carry_on(file, key, head)?,
        (None, None) => Ledger::begin(file, key)?,
    };
    if begun.is_some() {
        ledger.sync_data()?;
        sync_name(path)?;
    } else {
        sync_old_name(path)?;
    }
    let length = length(path, &ledger.writer)?;
    ledger.file = Some(OpenFile { path: path.to_owned(), length, lock });
    Ok(Opened { ledger, verified, torn, begun })
}

pub(super) fn length(path: &Path, file: &File) -> Result<u64, OpenError> {
    file.metadata().map(|metadata| metadata.len()).map_err(|error| unusable(path, error))
}

fn verified(path: &Path, file: &File, whole: u64, mut verification: Verification) -> Result<Verified, OpenError> {
    let lines = from(file, 0).map_err(|error| unusable(path, error))?.take(whole);
    match verification.lines(path.to_string_lossy().into_owned(), &mut Lines::new(lines)) {
        Err(VerifyError::Fault(fault)) if fault.cause == FaultCause::OtherKey => Err(OpenError::OtherKey { path: path.to_owned() }),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(verification.finish()?),
    }
}
