//! Checkpoints: the signed head of a log. C2SP tlog-checkpoint.

use std::fmt::{self, Display};

use super::hash::{TreeHash, TreeHashError};
use super::proof::MAX_SIZE;
use crate::note::{NoteError, SignedNote, Signer, VerifierKey};
use crate::text::quote::{Quoted, excerpt};

/// The head of a log: its name, its size and the root of its tree. C2SP tlog-checkpoint, section "Note text".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: TreeHash,
    extensions: Vec<String>,
}

/// A checkpoint with the signatures of its log and of witnesses. Written in the form in which it is read, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: SignedNote,
}

/// Why something is not a checkpoint, or not the one that is needed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note cannot be read, made or verified.
    #[error("the checkpoint cannot be used: {0}")]
    Note(#[from] NoteError),
    /// Fewer lines than a checkpoint has.
    #[error("the note is not a checkpoint: it has the name of a log, a size and a root on three lines, and no empty line")]
    Lines,
    /// A size that is not a plain number.
    #[error("{} is not the size of a log: it is a number of at most {MAX_SIZE}, without zeros in front", Quoted(text))]
    Size {
        /// The text.
        text: String,
    },
    /// A root that is not a hash.
    #[error("the root of the checkpoint cannot be read: {0}")]
    Root(#[from] TreeHashError),
    /// The log has another name than the key.
    #[error("the checkpoint is of the log {}, and the key of {}: give the key of that log", Quoted(origin), Quoted(key))]
    OtherLog {
        /// The name of the log.
        origin: String,
        /// The name of the key.
        key: String,
    },
}

impl Checkpoint {
    /// The checkpoint of a log, which its origin names.
    ///
    /// # Errors
    ///
    /// When the origin is empty or has a line feed, or the size is more than [`MAX_SIZE`].
    pub fn new(origin: &str, size: u64, root: TreeHash) -> Result<Checkpoint, CheckpointError> {
        Checkpoint { origin: origin.to_owned(), size, root, extensions: Vec::new() }.checked()
    }

    fn checked(self) -> Result<Checkpoint, CheckpointError> {
        if self.origin.is_empty() || self.origin.contains('\n') {
            return Err(CheckpointError::Lines);
        }
        if self.size > MAX_SIZE {
            return Err(CheckpointError::Size { text: self.size.to_string() });
        }
        Ok(self)
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Lines);
        let (origin, size, root) = (next()?, next()?, next()?);
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Lines);
        }
        let size = parse_size(size).ok_or_else(|| CheckpointError::Size { text: excerpt(size) })?;
        Checkpoint { origin: origin.to_owned(), size, root: root.parse()?, extensions }.checked()
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        self.root
    }

    /// The lines after the root, which mean nothing here.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs the checkpoint.
    ///
    /// # Errors
    ///
    /// When the signer fails.
    pub fn sign(self, signer: &dyn Signer) -> Result<SignedCheckpoint, CheckpointError> {
        let mut note = SignedNote::new(self.to_string())?;
        note.sign(signer)?;
        Ok(SignedCheckpoint { checkpoint: self, note })
    }
}

/// A number in plain decimal digits without zeros in front, of at most [`MAX_SIZE`].
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let is_plain = text == "0" || text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|&size| is_plain && size <= MAX_SIZE)
}

impl Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl SignedCheckpoint {
    /// Reads a checkpoint. No signature is verified.
    ///
    /// # Errors
    ///
    /// When the bytes are not a checkpoint in a signed note.
    pub fn parse(bytes: &[u8]) -> Result<SignedCheckpoint, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        Ok(SignedCheckpoint { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What is signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, with the signatures.
    #[must_use]
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The note, to add signatures of witnesses to it. Its text cannot be changed.
    pub fn note_mut(&mut self) -> &mut SignedNote {
        &mut self.note
    }

    /// Verifies that the log with this key signed the checkpoint. The key has the name of the log, as C2SP tlog-checkpoint, section
    /// "Signatures", recommends.
    ///
    /// # Errors
    ///
    /// When it did not, or the checkpoint is of another log.
    pub fn verify(&self, log: &VerifierKey) -> Result<(), CheckpointError> {
        if self.checkpoint.origin != log.name() {
            return Err(CheckpointError::OtherLog { origin: excerpt(&self.checkpoint.origin), key: excerpt(log.name()) });
        }
        Ok(self.note.verify(log)?)
    }
}

impl Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
