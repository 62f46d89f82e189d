//! Asking a witness to cosign a checkpoint: C2SP tlog-witness, as data. Sending it is up to the caller.

use std::fmt::{self, Display};

use super::checkpoint::{SignedCheckpoint, parse_size};
use super::proof::ConsistencyProof;
use crate::note::{NoteError, Signature};
use crate::text::quote::{Quoted, excerpt};

/// The most bytes of a reply that are read: a hundred lines with signatures of post-quantum keys.
pub const MAX_REPLY: usize = 1_000_000;

/// The body of a POST to `PREFIX/add-checkpoint`: C2SP tlog-witness, section "add-checkpoint". [`Display`] writes it.
#[derive(Debug, Clone)]
pub struct AddCheckpoint {
    proof: ConsistencyProof,
    checkpoint: SignedCheckpoint,
}

/// The answer of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WitnessReply {
    /// It cosigned: its signatures, of which none is verified.
    Cosigned(Vec<Signature>),
    /// It cosigned another size last: ask again with a proof from that one.
    OtherSize(u64),
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// It does not know the log.
    #[error("the witness does not know the log {}: give its operator the origin and the verifier key", Quoted(origin))]
    UnknownLog {
        /// The name of the log.
        origin: String,
    },
    /// It does not know the key.
    #[error(
        "the witness does not take the signature of the log {}: give its operator the verifier key that signs now",
        Quoted(origin)
    )]
    Signature {
        /// The name of the log.
        origin: String,
    },
    /// It saw another log of this name.
    #[error(
        "the witness has seen another history of the log {}: the log was forked. Sign nothing more, keep all files, and find out who \
         signed the other history",
        Quoted(origin)
    )]
    Forked {
        /// The name of the log.
        origin: String,
    },
    /// Another status.
    #[error("the witness answers with the status {status}: {}", Quoted(text))]
    Status {
        /// The status of HTTP.
        status: u16,
        /// The beginning of the answer.
        text: String,
    },
    /// A reply that cannot be read.
    #[error("the answer of the witness cannot be read: {0}")]
    Reply(#[from] NoteError),
}

impl AddCheckpoint {
    /// Asks to cosign a checkpoint, with the proof from the size that the witness cosigned last; from 0 when that is not known.
    #[must_use]
    pub fn new(proof: ConsistencyProof, checkpoint: SignedCheckpoint) -> AddCheckpoint {
        AddCheckpoint { proof, checkpoint }
    }

    /// Reads the answer: its status, and its body.
    ///
    /// # Errors
    ///
    /// When the witness did not cosign, or its answer cannot be read.
    pub fn reply(&self, status: u16, body: &str) -> Result<WitnessReply, WitnessError> {
        let origin = || excerpt(self.checkpoint.checkpoint().origin());
        match status {
            200 => {
                let lines = body.strip_suffix('\n').unwrap_or(body).split('\n');
                Ok(WitnessReply::Cosigned(lines.map(str::parse).collect::<Result<_, _>>()?))
            }
            409 => match parse_size(body.strip_suffix('\n').unwrap_or(body)) {
                Some(size) => Ok(WitnessReply::OtherSize(size)),
                None => Err(WitnessError::Status { status, text: excerpt(body) }),
            },
            403 => Err(WitnessError::Signature { origin: origin() }),
            404 => Err(WitnessError::UnknownLog { origin: origin() }),
            422 => Err(WitnessError::Forked { origin: origin() }),
            _ => Err(WitnessError::Status { status, text: excerpt(body) }),
        }
    }
}

impl Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.proof.old)?;
        self.proof.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
