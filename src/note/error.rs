//! Errors of notes.

use super::key_error::NoteKeyError;
use super::limits::{MAX_NOTE, MAX_SIGNATURES};
use super::name::NameFlaw;
use super::signer::SignError;
use crate::text::encoding::EncodingError;
use crate::text::quote::Quoted;

/// Why bytes are not a signed note, or a note is not signed as it must be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// More bytes than a note can have.
    #[error("the note has {found} bytes: one has at most {MAX_NOTE}")]
    TooLong {
        /// The number of bytes.
        found: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the note cannot be read: {0}")]
    Encoding(#[source] EncodingError),
    /// A control character, which no note can have.
    #[error(
        "line {line} of the note has the control character {character:?}: a note has line feeds alone, so do not edit or convert it"
    )]
    Control {
        /// The line, from 1.
        line: usize,
        /// The character.
        character: char,
    },
    /// A text that does not end with a line feed.
    #[error("the text of a note ends with a line feed, and this one does not: add one")]
    TextEnd,
    /// No empty line, after which the signatures stand.
    #[error("the note has no empty line with signatures after it: it is cut off, or is not a signed note")]
    NoSeparator,
    /// The last line has no end.
    #[error("the last line of the note has no end: the note is cut off")]
    CutOff,
    /// A line that is not a signature, where one should be.
    #[error("line {line} of the note, {}, is not a signature: one is `— NAME BASE64`", Quoted(text))]
    SignatureForm {
        /// The line, from 1.
        line: usize,
        /// The line's text.
        text: String,
    },
    /// A name that no key can have.
    #[error("the name of the signer {} {flaw}", Quoted(name))]
    Name {
        /// The name.
        name: String,
        /// Why no key can have it.
        flaw: NameFlaw,
    },
    /// A signature without a byte.
    #[error("the signature of {} has no byte: it is cut off", Quoted(name))]
    EmptySignature {
        /// The name of the key.
        name: String,
    },
    /// More signatures than a note can have.
    #[error("the note has more than {MAX_SIGNATURES} signatures: leave out those that nobody needs")]
    ManySignatures,
    /// No signature by the key.
    #[error("the note is not signed by {} with the key {id:08x}: it was signed with another key, or not at all", Quoted(name))]
    NotSigned {
        /// The name of the key.
        name: String,
        /// The number of the key.
        id: u32,
    },
    /// A signature by the key that does not fit the text.
    #[error("the signature of {} with the key {id:08x} is wrong: the text was changed, or the signature forged", Quoted(name))]
    WrongSignature {
        /// The name of the key.
        name: String,
        /// The number of the key.
        id: u32,
    },
    /// The signer failed.
    #[error("the note cannot be signed by {}: {source}", Quoted(name))]
    Sign {
        /// The name of the key.
        name: String,
        /// The error of the signer.
        source: SignError,
    },
    /// A key that cannot be read or made.
    #[error(transparent)]
    Key(#[from] NoteKeyError),
}
