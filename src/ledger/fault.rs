//! Faults of a ledger.

use std::fmt::{self, Display};
use std::io;

use super::head::Head;
use super::line::{Form, LineFault};
use crate::digest::Digest;
use crate::text::quote::Quoted;

/// A fault of a ledger, and its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{}, line {line}{}: {cause}", Quoted(file), Seq(*seq))]
pub struct Fault {
    /// The name of the file.
    pub file: String,
    /// The number of the line in the file, from 1.
    pub line: u64,
    /// Its number in the ledger, when it can be read.
    pub seq: Option<u64>,
    /// The cause.
    #[source]
    pub cause: FaultCause,
}

/// The cause of a fault of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultCause {
    /// A line that no ledger wrote: it was changed.
    #[error("the line {}", Described(.0))]
    Line(#[source] LineFault),
    /// The next line carries another digest of this one.
    #[error("the line was changed, or the next one was: it has {found}, and the next one follows {expected}")]
    Changed {
        /// The digest that the next line carries.
        expected: Digest,
        /// The digest of the line.
        found: Digest,
    },
    /// The number of the line is not the one after that of the line before.
    #[error("number {expected} should stand here: {}", Displaced { expected: *expected, found: *found })]
    OutOfSequence {
        /// The number that it should have.
        expected: u64,
        /// The number that it has.
        found: u64,
    },
    /// The first line continues another one than it should.
    #[error("the file should go on after {expected}, and goes on after {found}: it belongs to another ledger, or was changed")]
    OtherBefore {
        /// The digest of the line before.
        expected: Digest,
        /// The digest that the line carries.
        found: Digest,
    },
    /// The line has another form than the file's header names.
    #[error("the line has form {found}, and the header of its file names form {expected}: it was changed")]
    OtherForm {
        /// The form that the header names.
        expected: Form,
        /// The form of the line.
        found: Form,
    },
    /// The file was written with another key than the one that is given.
    #[error("the file was written with another key: give the key that its ledger was opened with")]
    OtherKey,
    /// The salt is not the one that the key gives for the number.
    #[error("the salt of the line is not the one of its key and number: it was not written by the ledger")]
    OtherSalt,
    /// The file ends before its last line does.
    #[error("the line is torn: the file was cut off, its writer crashed, or it is being written")]
    Torn,
    /// The file has no line.
    #[error(
        "the file is empty: its lines are missing. If a rotation tool copied and emptied it (copytruncate), give the copy in its \
         place, and let the ledger rotate itself"
    )]
    Empty,
    /// The first line of the file is not a header.
    #[error(
        "the file does not begin with a header: lines are missing before this one. If a rotation tool split the file, give the \
         part before this one, too"
    )]
    NoHeader,
    /// The file goes on where the one before ends, without a seal and a header: something split a file.
    #[error(
        "the file was split without a seal: join it with the part before, as in `cat {} {} > joined.jsonl`, and give the joined \
         file; let the ledger rotate itself",
        Argument(before),
        Argument(file)
    )]
    Split {
        /// The name of the file before.
        before: String,
        /// The name of the file.
        file: String,
    },
    /// A ledger begins after other files.
    #[error(
        "a ledger begins here anew, though {} comes before: verify the two apart. If it is one ledger, its file was emptied and \
         opened again, and does not go on from the one before",
        Quoted(before)
    )]
    BeginsAnew {
        /// The name of the file before.
        before: String,
    },
    /// A header that is not the first line of its file.
    #[error("a header stands in the middle of a file: give the files of a ledger one by one")]
    HeaderInside,
    /// The file goes on after its seal.
    #[error("the line stands after the seal that ends the file")]
    AfterSeal,
    /// Another file follows one that does not end with a seal.
    #[error("the file has no seal at its end, and {} follows: lines are missing after this one", Quoted(next))]
    Unsealed {
        /// The name of the file that follows.
        next: String,
    },
    /// The line is not the one that was published.
    #[error("the line has {found}, and was published as {expected}: the ledger was written anew")]
    Published {
        /// The published value.
        expected: Digest,
        /// The digest of the line.
        found: Digest,
    },
    /// The ledger does not have the line that was published.
    #[error("the ledger has no line {}, which was published: lines are missing after this one, or before the first", missing.seq)]
    EndsEarly {
        /// The published value.
        missing: Head,
    },
}

/// The fault of a line, for a message. A line that does not show what happened to it was changed.
struct Described<'a>(&'a LineFault);

impl Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_told =
            matches!(self.0, LineFault::CarriageReturn | LineFault::ByteOrderMark | LineFault::Zeros | LineFault::Version { .. });
        write!(f, "{}{}", self.0, if is_told { "" } else { ": it was changed" })
    }
}

/// The name of a file as an argument of a shell. Whatever needs quotes is shown in single ones.
struct Argument<'a>(&'a str);

impl Display for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,+@%".contains(&byte);
        if !self.0.is_empty() && !self.0.starts_with('-') && self.0.bytes().all(is_plain) {
            return f.write_str(self.0);
        }
        // A name that begins with a dash would be taken for an option.
        let folder = if self.0.starts_with('-') { "./" } else { "" };
        let name: String = self.0.chars().flat_map(crate::text::quote::shown).collect();
        write!(f, "'{folder}{}'", name.replace('\'', "'\\''"))
    }
}

/// The number of a line, for a message.
struct Seq(Option<u64>);

impl Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |seq| write!(f, ", number {seq}"))
    }
}

/// The possible causes, for a message.
struct Displaced {
    expected: u64,
    found: u64,
}

impl Display for Displaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found.checked_sub(self.expected) {
            None => f.write_str("the line is repeated, or was moved"),
            Some(0 | 1) => f.write_str("it is missing, or was moved"),
            Some(_) => write!(f, "the lines up to number {} are missing, or were moved", self.found - 1),
        }
    }
}

/// Why a ledger could not be verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A reader failed.
    #[error("{}, line {line} cannot be read: {error}", crate::text::quote::Quoted(file))]
    Read {
        /// The name of the file.
        file: String,
        /// The number of the line, from 1.
        line: u64,
        /// The reader's error.
        #[source]
        error: io::Error,
    },
    /// Something is wrong with the ledger.
    #[error(transparent)]
    Fault(#[from] Fault),
}
