//! Files that prove one line to outsiders: C2SP tlog-proof.

use std::fmt::{self, Display};

use super::checkpoint::{CheckpointError, SignedCheckpoint, parse_size};
use super::hash::TreeHash;
use super::proof::{InclusionProof, MAX_PROOF, ProofError};
use crate::note::MAX_NOTE;
use crate::note::base64::{decode, encode};
use crate::text::quote::{Quoted, excerpt};

/// The first line of a proof's file: C2SP tlog-proof, section "Format".
const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// The most bytes of a proof's file: a checkpoint of the most bytes, a line of a ledger in base64, and a proof.
pub const MAX_PROOF_FILE: usize = MAX_NOTE + (1 << 18);

/// The proof that a log has one leaf, checkable without anything but the log's key: C2SP tlog-proof.
///
/// `extra` has the leaf itself in proofs of this library: the line of the ledger. It proves nothing until its hash was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    extra: Option<Vec<u8>>,
    proof: InclusionProof,
    checkpoint: SignedCheckpoint,
}

/// Why bytes are not a proof, or prove nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogProofError {
    /// More bytes than a proof can have.
    #[error("the proof has {found} bytes: one has at most {MAX_PROOF_FILE}")]
    TooLong {
        /// The number of bytes.
        found: usize,
    },
    /// Another beginning.
    #[error("the file is not a proof: one begins with the line `{FIRST}`")]
    NoProof,
    /// A line that should not be there.
    #[error("line {line} of the proof, {}, should be {expected}", Quoted(text))]
    Line {
        /// The line, from 1.
        line: usize,
        /// The line's text.
        text: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// More hashes than a proof can have.
    #[error("the proof has more than {MAX_PROOF} hashes, and no tree is so high")]
    ManyHashes,
    /// The checkpoint of the proof cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof has no line with it.
    #[error("the proof has no line of the ledger in it: give the line")]
    NoLeaf,
    /// The proof does not lead to the checkpoint's root.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl LogProof {
    /// The proof with these parts. The size of the proof's tree is that of the checkpoint.
    #[must_use]
    pub fn new(leaf: Option<Vec<u8>>, proof: InclusionProof, checkpoint: SignedCheckpoint) -> LogProof {
        LogProof { extra: leaf, proof, checkpoint }
    }

    /// Reads a proof. Nothing is verified.
    ///
    /// # Errors
    ///
    /// When the bytes are not a proof.
    pub fn parse(bytes: &[u8]) -> Result<LogProof, LogProofError> {
        if bytes.len() > MAX_PROOF_FILE {
            return Err(LogProofError::TooLong { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| LogProofError::NoProof)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(LogProofError::NoProof)?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next().map(|(_, line)| line) != Some(FIRST) {
            return Err(LogProofError::NoProof);
        }
        let wrong = |(line, text): (usize, &str), expected| LogProofError::Line { line, text: excerpt(text), expected };
        let mut extra = None;
        if let Some(line) = lines.next_if(|(_, line)| line.starts_with("extra ")) {
            let bytes = line.1.strip_prefix("extra ").and_then(decode);
            extra = Some(bytes.ok_or_else(|| wrong(line, "`extra` and base64"))?);
        }
        let line = lines.next().ok_or(LogProofError::NoProof)?;
        let index = line.1.strip_prefix("index ").and_then(parse_size).ok_or_else(|| wrong(line, "`index` and a number"))?;
        let mut path = Vec::new();
        for line in lines {
            if path.len() == MAX_PROOF {
                return Err(LogProofError::ManyHashes);
            }
            path.push(line.1.parse::<TreeHash>().map_err(|_| wrong(line, "a hash in base64"))?);
        }
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        let proof = InclusionProof::new(index, checkpoint.checkpoint().size(), path);
        Ok(LogProof { extra, proof, checkpoint })
    }

    /// The index of the leaf: the number of the line. Two proofs tell how many lines lie between.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.proof.index
    }

    /// The bytes that come with the proof: the leaf, in proofs of this library.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The checkpoint. It must be [trusted](super::Trust::check).
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Verifies that a leaf is below the root of the checkpoint, at the index of the proof. Check the checkpoint as well.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn verify(&self, leaf: &[u8]) -> Result<(), LogProofError> {
        Ok(self.proof.verify(TreeHash::of_leaf(leaf), self.checkpoint.checkpoint().root())?)
    }

    /// Verifies the leaf that comes with the proof, and returns it. Check the checkpoint as well.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not below the root of the checkpoint.
    pub fn verified_leaf(&self) -> Result<&[u8], LogProofError> {
        let leaf = self.extra().ok_or(LogProofError::NoLeaf)?;
        self.verify(leaf)?;
        Ok(leaf)
    }
}

impl Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode(extra))?;
        }
        writeln!(f, "index {}", self.proof.index)?;
        self.proof.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
