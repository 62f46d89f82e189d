//! Errors of archives.

use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use bailiwick::Quoted;
use parquet::errors::ParquetError;

use crate::schema::VERSION;

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error("{}: {error}", Quoted(&path.to_string_lossy()))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// A file of a ledger cannot be read.
    #[error("{}, line {line} cannot be read: {error}", Quoted(name))]
    Read {
        /// The name of the file.
        name: String,
        /// The number of the line, from 1.
        line: u64,
        /// The reader's error.
        #[source]
        error: io::Error,
    },
    /// A file that would be overwritten.
    #[error("{} is there already, and is not overwritten: give another name, or move it away", Quoted(&path.to_string_lossy()))]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A name that cannot be that of a file in a folder.
    #[error("{} cannot be the name of a file of a ledger: it has to be one name, without folders", Quoted(name))]
    Name {
        /// The name.
        name: String,
    },
    /// Two files of one name.
    #[error("two files of the ledger are named {}, and an archive tells them apart by name: rename one", Quoted(name))]
    SameName {
        /// The name.
        name: String,
    },
    /// A salt of an unverified ledger, of which nobody knows whether the key gives it.
    #[error(
        "{}, line {line} has a salt, and without the key nobody can tell whether it comes back: give the key of the ledger",
        Quoted(name)
    )]
    UnknownSalt {
        /// The name of the file.
        name: String,
        /// The number of the line, from 1.
        line: u64,
    },
    /// What was written is not what was to be written.
    #[error(
        "the archive that was written does not give back what was exported: the disk or the memory of this machine may be faulty"
    )]
    SelfCheck,
    /// As many row groups as a file can have.
    #[error("the archive is full, at some 30 billion lines: archive the files of the ledger in several archives")]
    Full,
    /// Not an archive.
    #[error("it is not an archive of a ledger: {what}")]
    NotAnArchive {
        /// The reason.
        what: &'static str,
    },
    /// Other bytes than were written.
    #[error("it was changed or cut off after it was written: its sum is another one; get the file again")]
    Changed,
    /// An archive of another version.
    #[error("it has version {}, and only version {VERSION} is known here: use a later version of this program", Quoted(found))]
    Version {
        /// The version.
        found: String,
    },
    /// The metadata and the rows contradict each other.
    #[error("its content contradicts itself ({what}), so this program did not write it")]
    Contradiction {
        /// The contradiction.
        what: String,
    },
    /// A row from which no line can be made.
    #[error("row {row} is not a line of a ledger, so this program did not write it")]
    Row {
        /// The number of the row in the archive, from 1.
        row: u64,
    },
    /// No key, and lines that have salts.
    #[error("{} has form 2: its lines have salts, which only the key of the ledger gives", Quoted(name))]
    NoKey {
        /// The name of the file.
        name: String,
    },
    /// Another key.
    #[error("{} was written with another key: give the key that its ledger was opened with", Quoted(name))]
    OtherKey {
        /// The name of the file.
        name: String,
    },
    /// A file that does not come back as it was.
    #[error(
        "{} does not come back as it was exported: its salts are not those of the key, so it was written with another key, or by \
         something else than the ledger",
        Quoted(name)
    )]
    OtherFile {
        /// The name of the file.
        name: String,
    },
    /// The Parquet library failed.
    #[error("the Parquet format: {0}")]
    Parquet(#[from] ParquetError),
    /// The Arrow library failed.
    #[error("the Arrow format: {0}")]
    Arrow(#[from] ArrowError),
    /// The Parquet library gave up on a file that only an attacker makes.
    #[error("it cannot be decoded, and its sums were made to fit: {reason}")]
    Panic {
        /// The reason.
        reason: String,
    },
}

impl ArchiveError {
    /// The error of a file that could not be written: another one has its name, or the system's.
    pub(crate) fn of_file(path: &Path) -> impl Fn(io::Error) -> ArchiveError + use<> {
        let path = path.to_owned();
        move |error| match error.kind() {
            io::ErrorKind::AlreadyExists => ArchiveError::Exists { path: path.clone() },
            _ => ArchiveError::Io { path: path.clone(), error },
        }
    }

    /// Whether a file could not be read or written: such an error says nothing of what is in it.
    #[must_use]
    pub fn is_of_system(&self) -> bool {
        match self {
            ArchiveError::Io { .. } | ArchiveError::Read { .. } => true,
            // The library passes the errors of the system on. A file that ends early is one that was cut off.
            ArchiveError::Parquet(ParquetError::External(error)) => {
                error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() != io::ErrorKind::UnexpectedEof)
            }
            _ => false,
        }
    }
}
