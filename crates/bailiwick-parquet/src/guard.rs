//! Calls of the Parquet library on bytes that somebody else made.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::ArchiveError;

/// Calls a decoder, and turns a panic into an error.
///
/// The sums of a file are compared before any decoder sees it, so a file that was damaged never gets here. One whose maker computed
/// the sums of bytes that no export writes does, and the decoders of the Parquet library state what they expect by assertions. What
/// they leave behind is dropped: nothing of the archive is used after an error.
pub(crate) fn decode<T>(call: impl FnOnce() -> Result<T, ArchiveError>) -> Result<T, ArchiveError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(ArchiveError::Panic { reason: text.unwrap_or("no reason is known").to_owned() })
    })
}
