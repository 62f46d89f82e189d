//! Why there is no report.

use crate::ledger::VerifyError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The period is not one of whole days.
    #[error(
        "the period is not of whole days: begin and end it at midnight UTC, a day or more apart, or say that finer periods reveal \
         more (`finer_than_days_reveals_more`)"
    )]
    Period,
    /// Files of the ledger were written with several keys, so that one meeting has several hashes.
    #[error(
        "files of the ledger were written with several keys, so one meeting would be counted several times: make a report on each key"
    )]
    Keys,
    /// The ledger is not what was written, or cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}
