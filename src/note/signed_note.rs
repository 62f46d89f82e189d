//! A text and its signatures.

use std::fmt::{self, Display};

use super::error::NoteError;
use super::limits::{MAX_NOTE, MAX_SIGNATURES};
use super::signature::Signature;
use super::signer::Signer;
use super::verifier_key::VerifierKey;
use crate::text::encoding::EncodingError;
use crate::text::quote::excerpt;

/// A text with signatures: C2SP signed-note, section "Format".
///
/// Written in the form in which it is read, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

impl SignedNote {
    /// A note with this text, which nobody has signed yet. Without a signature it cannot be read again.
    ///
    /// # Errors
    ///
    /// When the text does not end with a line feed, has another control character below U+0020, or has more than [`MAX_NOTE`] bytes.
    pub fn new(text: impl Into<String>) -> Result<SignedNote, NoteError> {
        let text = text.into();
        check_bytes(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::TextEnd);
        }
        Ok(SignedNote { text, signatures: Vec::new() })
    }

    /// Reads a note. Nobody's signature is verified.
    ///
    /// # Errors
    ///
    /// When the bytes are not a note with at least one signature, or more than [`MAX_NOTE`] bytes or [`MAX_SIGNATURES`] signatures.
    pub fn parse(bytes: &[u8]) -> Result<SignedNote, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLong { found: bytes.len() });
        }
        let note = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            NoteError::Encoding(EncodingError::NotText { line: lines(before) + 1 })
        })?;
        check_bytes(note)?;
        // An empty line can stand in the text: the last one separates.
        let (text, rest) = note.rsplit_once("\n\n").ok_or(NoteError::NoSeparator)?;
        let rest = rest.strip_suffix('\n').ok_or(if rest.is_empty() { NoteError::NoSeparator } else { NoteError::CutOff })?;
        let before = lines(text.as_bytes()) + 3;
        let mut signatures = Vec::new();
        for (index, line) in rest.split('\n').enumerate() {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::ManySignatures);
            }
            signatures.push(Signature::parse(line, before + index)?);
        }
        Ok(SignedNote { text: format!("{text}\n"), signatures })
    }

    /// The text, with its last line feed. It means nothing until the note is verified.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, as the note has them: none is verified.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Signs the text. A signature by the same key that is there already is replaced.
    ///
    /// # Errors
    ///
    /// When the signer fails; as [`add`](SignedNote::add).
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<(), NoteError> {
        let signed = signer.sign(self.text.as_bytes());
        let bytes = signed.map_err(|source| NoteError::Sign { name: excerpt(signer.name()), source })?;
        self.add(Signature::new(signer.name(), signer.id(), bytes)?)
    }

    /// Adds a signature that was made elsewhere, such as by a witness, without verifying it. Signatures by the same key that are there
    /// already are replaced.
    ///
    /// # Errors
    ///
    /// When there are [`MAX_SIGNATURES`] already, or the note would have more than [`MAX_NOTE`] bytes.
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        let others = self.signatures.iter().filter(|other| (other.id(), other.name()) != (signature.id(), signature.name()));
        let mut signatures: Vec<Signature> = others.cloned().collect();
        if signatures.len() >= MAX_SIGNATURES {
            return Err(NoteError::ManySignatures);
        }
        signatures.push(signature);
        let note = SignedNote { text: std::mem::take(&mut self.text), signatures };
        let found = note.to_string().len();
        self.text = note.text;
        if found > MAX_NOTE {
            return Err(NoteError::TooLong { found });
        }
        self.signatures = note.signatures;
        Ok(())
    }

    /// Verifies that a key has signed the text. Signatures by other keys are ignored.
    ///
    /// # Errors
    ///
    /// When there is no signature by the key; when one of them is wrong, even if another one is right.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut is_signed = false;
        for signature in self.signatures.iter().filter(|signature| signature.is_by(key)) {
            if !key.accepts(self.text.as_bytes(), signature.bytes()) {
                return Err(NoteError::WrongSignature { name: excerpt(key.name()), id: key.id() });
            }
            is_signed = true;
        }
        if is_signed { Ok(()) } else { Err(NoteError::NotSigned { name: excerpt(key.name()), id: key.id() }) }
    }
}

/// Checks the length of a text, and that it has no ASCII control characters but line feeds.
fn check_bytes(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_NOTE {
        return Err(NoteError::TooLong { found: text.len() });
    }
    match text.char_indices().find(|&(_, c)| c < ' ' && c != '\n') {
        Some((at, character)) => {
            Err(NoteError::Control { line: lines(text.as_bytes().get(..at).unwrap_or_default()) + 1, character })
        }
        None => Ok(()),
    }
}

/// The number of line feeds.
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

impl Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_str("\n")?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}
