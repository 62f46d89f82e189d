//! Whom an outsider trusts: the key of a log, and witnesses.

use super::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::note::{Algorithm, NoteError, Signature, VerifierKey};
use crate::text::quote::{Quoted, excerpt};

/// The key of a log, and how many of which witnesses must have cosigned: C2SP tlog-proof, section "Verifying a tlog proof".
#[derive(Debug, Clone)]
pub struct Trust {
    log: VerifierKey,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// A witness that cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cosigned {
    /// The name of the witness.
    pub witness: String,
    /// The time that it wrote, in seconds since 1970.
    pub time: u64,
}

/// Why a checkpoint is not trusted, or trust cannot be configured so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The checkpoint is not signed by the log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A key of a witness that cannot cosign.
    #[error("the key of {} is not one of a witness: those have the algorithm 4 (cosignature/v1)", Quoted(name))]
    NoWitness {
        /// The name of the key.
        name: String,
    },
    /// A key of a log that is one of a witness.
    #[error("the key of {} is one of a witness: give the log's key, of the algorithm 1 (Ed25519)", Quoted(name))]
    NoLog {
        /// The name of the key.
        name: String,
    },
    /// Two keys of witnesses are one.
    #[error(
        "the witness {} is given twice, or has the public key of another one: each counts once, so leave one out",
        Quoted(name)
    )]
    Twice {
        /// The name of the key.
        name: String,
    },
    /// A witness has the public key of the log.
    #[error(
        "the witness {} has the public key of the log itself, and a log is no witness of its own: give the key of somebody else",
        Quoted(name)
    )]
    OwnWitness {
        /// The name of the witness's key.
        name: String,
    },
    /// More witnesses are demanded than there are keys for.
    #[error(
        "the quorum is {quorum}, and the number of witnesses whose keys are given is {given}: give more keys, or a smaller quorum"
    )]
    Quorum {
        /// The number that is demanded.
        quorum: usize,
        /// The number of keys.
        given: usize,
    },
    /// Witnesses are given, and none of them must cosign.
    #[error(
        "the quorum is 0, and the number of witnesses whose keys are given is {given}: none of them would have to cosign. Give a quorum of \
         1 or more, or no keys of witnesses"
    )]
    NoQuorum {
        /// The number of keys.
        given: usize,
    },
    /// Too few witnesses cosigned.
    #[error(
        "{found} of the witnesses cosigned the checkpoint, and {quorum} must: submit it to more of them with `bailiwick log witness`"
    )]
    TooFew {
        /// The number that cosigned.
        found: usize,
        /// The number that is demanded.
        quorum: usize,
    },
}

impl Trust {
    /// Trusts the log with this key, and so many of these witnesses. Two keys of witnesses with one public key are refused, as one
    /// witness would count twice, and so is a witness with the public key of the log: whoever signs two histories cosigns both.
    ///
    /// # Errors
    ///
    /// When a key has the wrong algorithm, a witness is given twice or has the log's public key, the quorum is more than there are
    /// witnesses, or it is 0 and there are some.
    pub fn new(log: VerifierKey, witnesses: Vec<VerifierKey>, quorum: usize) -> Result<Trust, TrustError> {
        if log.algorithm() != Algorithm::Ed25519 {
            return Err(TrustError::NoLog { name: excerpt(log.name()) });
        }
        for (count, witness) in witnesses.iter().enumerate() {
            let name = || excerpt(witness.name());
            if witness.algorithm() != Algorithm::CosignatureV1 {
                return Err(TrustError::NoWitness { name: name() });
            }
            if witness.public_key() == log.public_key() {
                return Err(TrustError::OwnWitness { name: name() });
            }
            if witnesses.iter().take(count).any(|other| other.public_key() == witness.public_key()) {
                return Err(TrustError::Twice { name: name() });
            }
        }
        if quorum == 0 && !witnesses.is_empty() {
            return Err(TrustError::NoQuorum { given: witnesses.len() });
        }
        if quorum > witnesses.len() {
            return Err(TrustError::Quorum { quorum, given: witnesses.len() });
        }
        Ok(Trust { log, witnesses, quorum })
    }

    /// The key of the log.
    #[must_use]
    pub fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// The keys of the witnesses, in the sequence in which they were given.
    #[must_use]
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// The number of witnesses that must have cosigned.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Verifies the signature of the log and those of all witnesses that are known. Returns who cosigned.
    ///
    /// # Errors
    ///
    /// When the log did not sign; when a cosignature of a known witness is wrong; when fewer witnesses cosigned than must.
    pub fn check(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<Cosigned>, TrustError> {
        checkpoint.verify(&self.log)?;
        let mut cosigned = Vec::new();
        for witness in &self.witnesses {
            match checkpoint.note().verify(witness) {
                Ok(()) => {
                    let times = checkpoint.note().signatures().iter().filter(|signature| signature.is_by(witness));
                    let time = times.filter_map(Signature::cosigned_at).max().unwrap_or(0);
                    cosigned.push(Cosigned { witness: witness.name().to_owned(), time });
                }
                Err(NoteError::NotSigned { .. }) => {}
                Err(error) => return Err(CheckpointError::from(error).into()),
            }
        }
        if cosigned.len() < self.quorum {
            return Err(TrustError::TooFew { found: cosigned.len(), quorum: self.quorum });
        }
        Ok(cosigned)
    }
}
