//! Signed notes: a text, and the signatures of keys that have names (C2SP signed-note v1.0.0).
//!
//! A [`SignedNote`] is a text that ends with a line feed, an empty line, and one line for each signature. A [`VerifierKey`] checks the
//! signatures of one key; a [`Signer`] makes them. [`SigningKey`] is a signer whose secret is in memory; a hardware module is another
//! implementation of the trait.
//!
//! ```
//! use bailiwick::note::{SignedNote, SigningKey};
//!
//! let key = SigningKey::generate("example.com/log")?;
//! let mut note = SignedNote::new("a statement\n")?;
//! note.sign(&key)?;
//!
//! let read = SignedNote::parse(note.to_string().as_bytes())?;
//! read.verify(&key.verifier())?;
//! assert_eq!(read.text(), "a statement\n");
//! # Ok::<(), bailiwick::note::NoteError>(())
//! ```
//!
//! The text of a note means nothing until [`verify`](SignedNote::verify) has succeeded with a key that is trusted for it. Keys are
//! configuration; a note never says which keys to trust.

pub(crate) mod base64;
mod limits;
mod name;
mod key_error;
mod verifier_key;
mod signer;
mod signing_key;
mod signature;
mod error;
mod signed_note;

pub use error::NoteError;
pub use key_error::NoteKeyError;
pub use limits::{MAX_NOTE, MAX_SIGNATURES};
pub use name::{MAX_NAME, NameFlaw};
pub use signature::Signature;
pub use signed_note::SignedNote;
pub use signer::{SignError, Signer};
pub use signing_key::SigningKey;
pub use verifier_key::{Algorithm, VerifierKey};
