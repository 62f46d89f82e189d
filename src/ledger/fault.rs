//! What can be wrong with a ledger.

use std::fmt::{self, Display};

use super::head::Head;
use super::line::LineFault;
use crate::digest::Digest;
use crate::text::quote::Quoted;

/// What is wrong with a ledger, and where.
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
    /// What is wrong.
    pub cause: FaultCause,
}

/// What is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultCause {
    /// A line that no ledger wrote: it was changed.
    #[error("the line {0}: it was changed")]
    Line(LineFault),
    /// The next line carries another digest of this one.
    #[error("the line was changed, or the next one was: it has {found}, and the next one follows {expected}")]
    Changed {
        /// What the next line carries.
        expected: Digest,
        /// What the line has.
        found: Digest,
    },
    /// The line has not the number after that of the line before.
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
        /// What the line carries.
        found: Digest,
    },
    /// The file ends before its last line does.
    #[error("the line is torn: the file was cut off, its writer crashed, or it is being written")]
    Torn,
    /// The file has no line.
    #[error("the file is empty: its lines are missing")]
    Empty,
    /// The first line of the file is no header.
    #[error("the file does not begin with a header: lines are missing before this one")]
    NoHeader,
    /// A header that is not the first line of its file.
    #[error("a header stands in the midst of a file: name the files of a ledger one by one")]
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
        /// What was published.
        expected: Digest,
        /// What the line has.
        found: Digest,
    },
    /// The ledger has not the line that was published.
    #[error("the ledger has no line {}, which was published: lines are missing after this one, or before the first", missing.seq)]
    EndsEarly {
        /// What was published.
        missing: Head,
    },
}

/// The number of a line, for a message.
struct Seq(Option<u64>);

impl Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |seq| write!(f, ", number {seq}"))
    }
}

/// What can have happened, for a message.
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
