//! Why a backtest has no result.

use crate::digest::Digest;
use crate::text::quote::Quoted;

/// Why a backtest has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BacktestError {
    /// More cells changed than can be told apart.
    #[error(
        "more than {most} combinations of orders, region and day changed: compare fewer days at once, or a docket with fewer new orders"
    )]
    TooManyCells {
        /// The most that can be told apart.
        most: usize,
    },
    /// Partial results of different policies.
    #[error(
        "the parts differ in {what}, {one} and {other}: merge parts that were made with one pair of dockets on one set of geo data"
    )]
    Policies {
        /// The part of a policy that differs.
        what: &'static str,
        /// Its digest in one part.
        one: Digest,
        /// Its digest in the other one.
        other: Digest,
    },
    /// Bytes of a later version.
    #[error("the part has form {found}, and this version reads form {expected}: make it anew with this version")]
    Form {
        /// The number of its form.
        found: u64,
        /// The form that this version writes and reads.
        expected: u64,
    },
    /// Bytes that begin otherwise than a partial result.
    #[error("this is not a part of a backtest: give a file that `bailiwick backtest --partial` wrote")]
    Other,
    /// Bytes with a right digest that are not JSON of the right members.
    #[error("the part cannot be read ({}): it was changed and given another digest, so make it anew", Quoted(.0))]
    Unread(String),
    /// Bytes that end early.
    #[error("the part has no digest at its end: it was cut off or changed, so get it again, or make it anew")]
    CutOff,
    /// Bytes that are not those that were written.
    #[error("the part was changed: its bytes have {found}, and it says {expected}; get it again, or make it anew")]
    Damaged {
        /// The digest at the end.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// Bytes with a right digest, and not as a partial result is written.
    #[error("the part was changed after it was written, at byte {0}, and given another digest: make it anew")]
    Changed(usize),
}
