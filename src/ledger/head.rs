//! The end of a chain, to be published elsewhere.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::digest::Digest;
use crate::text::quote::{Quoted, excerpt};

/// The number of lines from one public head to the next: the width of a full tile of a transparency log (C2SP tlog-tiles).
const PUBLIC: u64 = 256;

/// The number and the digest of a line of a ledger: of the last one, when [`Ledger::head`](super::Ledger::head) gives it.
///
/// Written as `17:sha256:…`. With it, a holder can check later that the ledger is unchanged up to this line, and that this line is
/// still there: see [`Verification::expect_head`](super::Verification::expect_head).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    /// The line's number in the whole ledger, from 0.
    pub seq: u64,
    /// The digest of its bytes, without its end.
    pub digest: Digest,
}

impl Head {
    /// Whether the number of lines up to this one is a multiple of 256. Only such heads should be published, as the number of
    /// another tells how many decisions there are: see [`Ledger::public_head`](super::Ledger::public_head).
    #[must_use]
    pub fn is_public(self) -> bool {
        self.seq % PUBLIC == PUBLIC - 1
    }
}

/// Why a text is not a head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{} is not a head of a ledger: write the number of a line, `:` and its digest, such as `17:sha256:…`", Quoted(text))]
pub struct HeadError {
    /// The text.
    pub text: String,
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Head, HeadError> {
        let parse = || {
            let (seq, digest) = text.split_once(':')?;
            let is_plain = seq.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then_some(Head { seq: seq.parse().ok()?, digest: digest.parse().ok()? })
        };
        parse().ok_or_else(|| HeadError { text: excerpt(text) })
    }
}

impl Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.digest)
    }
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
