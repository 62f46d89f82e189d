//! What is wrong with partial reports, and with lines and bytes that should be of one.

use std::fmt::{self, Display};
use std::time::SystemTime;

use super::part::Part;
use crate::digest::Digest;
use crate::ledger::{KeyCommitment, VerifyError};
use crate::report::orders::Period;
use crate::text::timestamp;

/// Why partial reports cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is no partial.
    #[error("there is no partial report to merge: give one at least")]
    Nothing,
    /// They are about different periods.
    #[error("one partial report is about the days {}, and another about those {}: make them on one period", Days(one), Days(other))]
    Period {
        /// The earlier period.
        one: (SystemTime, SystemTime),
        /// The later one.
        other: (SystemTime, SystemTime),
    },
    /// A line is in both.
    #[error(
        "lines are counted twice: {one}, and {other}; leave one of the two partial reports out, or make them about other lines"
    )]
    Overlap {
        /// Some lines.
        one: Box<Part>,
        /// The others.
        other: Box<Part>,
    },
    /// A line carries another digest of the line before.
    #[error(
        "{after} do not go on from {before}: the first line carries {} and the one before has {}; one of them was changed, or is of \
         another ledger",
        after.prev,
        before.digest
    )]
    Unlinked {
        /// Some lines.
        before: Box<Part>,
        /// The lines that have the next number.
        after: Box<Part>,
    },
    /// A file goes on after its seal, or begins without one before, or changes its form.
    #[error(
        "{after} cannot follow {before}: between two files there is a seal and a header, and within a file neither; a line was changed"
    )]
    Boundary {
        /// Some lines.
        before: Box<Part>,
        /// The lines that have the next number.
        after: Box<Part>,
    },
    /// They are of ledgers with different keys, in which one meeting has different hashes.
    #[error(
        "the lines were written with different keys ({one} and {other}), so one meeting would be counted twice: make a report on each \
         ledger"
    )]
    Key {
        /// The commitment to one key.
        one: KeyCommitment,
        /// The commitment to the other one.
        other: KeyCommitment,
    },
    /// A number of decisions does not fit into 64 bits.
    #[error(
        "the numbers are too large: there cannot be 2^64 decisions, so a partial report was changed; make it again of its ledger"
    )]
    Overflow,
    /// There are more sets of orders than are told apart.
    #[error("the decisions are under more than a million sets of orders: make reports on shorter periods")]
    TooManySets,
    /// The lines are too scattered.
    #[error("the lines are of more than a million parts: sort them by `seq`, so that they follow each other")]
    TooManyParts,
}

/// Why there is no partial report of some lines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartialError {
    /// The period is not one of whole days.
    #[error(
        "the period is not of whole days: begin and end it at midnight UTC, a day or more apart, or say that finer periods reveal \
         more (`finer_than_days_reveals_more`)"
    )]
    Period,
    /// The period begins or ends outside of the years 0000 to 9999.
    #[error("the period begins or ends outside of the years 0000 to 9999: give one that can be written")]
    Year,
    /// The lines are not what was written, or cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The lines do not go together.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

/// Why some bytes are not a partial report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartialFileError {
    /// They begin otherwise.
    #[error("this is not a partial report: make one with `bailiwick report --partial`")]
    Other,
    /// They have another version.
    #[error(
        "this is a partial report of version {found}, and this program reads version 1: make and merge partials with one version"
    )]
    Version {
        /// The version.
        found: u64,
    },
    /// They end early.
    #[error("the partial report has no digest at its end: it was cut off or changed; get it again")]
    CutOff,
    /// They are not what was written.
    #[error("the partial report was changed: its bytes have {found}, and it says {expected}; get it again, or make it again")]
    Changed {
        /// The digest at the end.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// They are not JSON of the right members.
    #[error("the partial report cannot be read: {0}; it was changed, so make it again")]
    Json(String),
    /// They are not written as they must be.
    #[error("the partial report is written otherwise than every program writes it: it was changed, so make it again")]
    NotCanonical,
    /// They say what cannot be.
    #[error("the partial report says what cannot be: {0}; it was changed, so make it again")]
    Impossible(&'static str),
    /// Their parts do not go together.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

impl From<Period> for (SystemTime, SystemTime) {
    fn from(Period { from, until }: Period) -> (SystemTime, SystemTime) {
        (from, until)
    }
}

/// A period, for a message.
struct Days<'a>(&'a (SystemTime, SystemTime));

impl Display for Days<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time| timestamp::format(time).unwrap_or_else(|| "beyond RFC 3339".to_owned());
        write!(f, "from {} to {}", time(self.0.0), time(self.0.1))
    }
}
