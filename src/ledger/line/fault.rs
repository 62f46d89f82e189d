//! Why some bytes are no line of a ledger.

use super::consistency::Inconsistency;
use super::kinds::{Form, MAX_LINE};
use crate::text::quote::{Quoted, excerpt};

/// Why some bytes are no line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It has more bytes than any line that is written.
    #[error("has more than {limit} bytes, as no line of a ledger has")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// It ends with CR LF: something on its way converted the file.
    #[error("ends with CR LF, and a ledger ends lines with LF: take the file that was written, or remove the CRs (`tr -d '\\r'`)")]
    CarriageReturn,
    /// It begins with a byte order mark: an editor or a shell saved the file.
    #[error("begins with a byte order mark, which no ledger writes: take the file that was written, not one that was saved again")]
    ByteOrderMark,
    /// It begins with zeros: the system lost what was written.
    #[error(
        "holds zeros, as some file systems leave them after a loss of power: what follows the line before was not on the disk; \
         `Ledger::open` sets it aside"
    )]
    Zeros,
    /// It cannot be read.
    #[error("is not a line of a ledger ({})", Quoted(reason))]
    Unreadable {
        /// The parser's reason.
        reason: String,
    },
    /// It can be read, but a ledger would have written it differently.
    #[error("is not written as a ledger writes it")]
    NotCanonical,
    /// It is well formed, and contradicts itself.
    #[error("{0}, which no ledger writes")]
    Inconsistent(#[source] Inconsistency),
    /// A header of a form that this version does not know.
    #[error("says that the ledger has form {version}, and only forms 1 and {} are known here: use a later version", Form::Two)]
    Version {
        /// The form.
        version: u32,
    },
}

impl From<Inconsistency> for LineFault {
    fn from(inconsistency: Inconsistency) -> LineFault {
        LineFault::Inconsistent(inconsistency)
    }
}

/// The byte order marks of UTF-8, and of UTF-16 in both byte orders (Unicode, section 23.8).
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

impl LineFault {
    /// Finds faults that show in the bytes, before they are parsed.
    pub(super) fn of_bytes(bytes: &[u8]) -> Result<(), LineFault> {
        if bytes.first() == Some(&0) {
            return Err(LineFault::Zeros);
        }
        if MARKS.iter().any(|mark| bytes.starts_with(mark)) {
            return Err(LineFault::ByteOrderMark);
        }
        if bytes.len() > MAX_LINE {
            return Err(LineFault::TooLong { limit: MAX_LINE });
        }
        if bytes.ends_with(b"\r") {
            return Err(LineFault::CarriageReturn);
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn unreadable(error: serde_json::Error) -> LineFault {
    LineFault::Unreadable { reason: excerpt(&error.to_string()) }
}
