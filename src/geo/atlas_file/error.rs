//! Errors of reading the file of a compiled atlas.

use super::VERSION;
use crate::net::bytes::Fault;

/// Why bytes are not a compiled atlas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtlasFileError {
    /// The bytes do not begin as a compiled atlas.
    #[error("not a compiled atlas, as it does not begin with `bailiwick atlas`: is this the right file?")]
    NotAnAtlas,
    /// A form that this version of the library does not know.
    #[error("a compiled atlas of form {found}, and this version reads form {VERSION}: compile the atlas again with this version")]
    Version {
        /// The form of the file.
        found: u32,
    },
    /// More or fewer bytes than the header says.
    #[error("a compiled atlas of {found} bytes, and its header tells of {expected}: get the file again")]
    Length {
        /// The number of bytes that the header tells of, checksum included.
        expected: u64,
        /// The number of bytes.
        found: u64,
    },
    /// The checksum is not that of the bytes before it.
    #[error("a compiled atlas that was changed or damaged, as its checksum is another: get the file again")]
    Checksum,
    /// The checksum is right, but the content is not what this library writes.
    #[error("a compiled atlas that is not consistent: {problem}, at byte {offset} in the part `{part}`: compile the atlas again")]
    Inconsistent {
        /// The part of the file: `header`, `regions`, `sources`, `ipv4` or `ipv6`.
        part: &'static str,
        /// The offset in the file at which reading stopped.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

impl AtlasFileError {
    /// Names the part of the file that a fault is in.
    pub(super) fn of(part: &'static str) -> impl Fn(Fault) -> AtlasFileError {
        move |Fault { offset, problem }| AtlasFileError::Inconsistent { part, offset, problem }
    }
}
