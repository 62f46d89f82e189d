//! Errors of keys.

use super::name::NameFlaw;
use crate::text::quote::Quoted;

/// Why a text is not a key, or a key cannot be made. Never holds any part of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteKeyError {
    /// A text that does not have the parts of a verifier key.
    #[error(
        "{} is not a verifier key: write it as it was given, NAME+ID+KEY, with eight hexadecimal digits and base64",
        Quoted(text)
    )]
    Form {
        /// The text.
        text: String,
    },
    /// A secret where a verifier key should be.
    #[error("this is a secret key, and a verifier key should stand here: give that one, and keep the secret key to yourself")]
    SecretGiven,
    /// A verifier key where a secret should be.
    #[error("this is a verifier key, and a secret key should stand here: it begins with `PRIVATE+KEY+`")]
    VerifierGiven,
    /// A text that does not have the parts of a secret key.
    #[error(
        "this is not a secret key: one is `PRIVATE+KEY+NAME+ID+KEY` on one line, with eight hexadecimal digits and base64, such as \
         `bailiwick log keygen` writes"
    )]
    SecretForm,
    /// A name that no key can have.
    #[error("the key's name {} {flaw}", Quoted(name))]
    Name {
        /// The name.
        name: String,
        /// Why no key can have it.
        flaw: NameFlaw,
    },
    /// The key's number is not that of its name and its bytes.
    #[error("the key of {} has the number {found:08x} and should have {expected:08x}: copy it again from its owner", Quoted(name))]
    Id {
        /// The name.
        name: String,
        /// The number that is written.
        found: u32,
        /// The number that the name and the bytes give.
        expected: u32,
    },
    /// An algorithm that is not supported.
    #[error(
        "the key of {} has the algorithm {found}: supported are 1 (Ed25519) and, for verifier keys of witnesses, 4 (cosignature/v1)",
        Quoted(name)
    )]
    Algorithm {
        /// The name.
        name: String,
        /// The number of the algorithm.
        found: u8,
    },
    /// A key that is longer or shorter than its algorithm has it.
    #[error(
        "the key of {} has {found} bytes after the algorithm, and one of Ed25519 has 32: copy it again from its owner",
        Quoted(name)
    )]
    Length {
        /// The name.
        name: String,
        /// The number of bytes.
        found: usize,
    },
    /// Bytes that are not a point of the curve, or one for which anybody can sign.
    #[error("the key of {} is not a public key of Ed25519 that is safe to use: ask its owner for another one", Quoted(name))]
    Point {
        /// The name.
        name: String,
    },
    /// A secret of one repeated byte, or of text.
    #[error(
        "the secret key of {} is one repeated byte or text, which can be guessed: make one with `bailiwick log keygen`, or with 32 \
         random bytes",
        Quoted(name)
    )]
    Guessable {
        /// The name.
        name: String,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes, so that no key can be made: {reason}")]
    Randomness {
        /// The system's reason.
        reason: String,
    },
}
