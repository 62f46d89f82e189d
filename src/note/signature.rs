//! One signature of a note.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::base64::{decode, encode};
use super::error::NoteError;
use super::name::check_name;
use super::verifier_key::{VerifierKey, split_time};
use crate::text::quote::excerpt;

/// The beginning of a line with a signature: an em dash and a blank.
const DASH: &str = "— ";

/// The bytes of the key's number before the signature.
const ID: usize = 4;

/// A signature of a note: the name and the number of the key, and the bytes of the signature. C2SP signed-note, section "Signatures".
///
/// Written as its line in a note, without the line feed: `— NAME BASE64`. One that was read is not verified:
/// [`SignedNote::verify`](super::SignedNote::verify) does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl Signature {
    /// A signature by the key of this name and number.
    ///
    /// # Errors
    ///
    /// When no key can have the name, or the signature has no byte.
    pub fn new(name: &str, id: u32, bytes: Vec<u8>) -> Result<Signature, NoteError> {
        check_name(name).map_err(|flaw| NoteError::Name { name: excerpt(name), flaw })?;
        if bytes.is_empty() {
            return Err(NoteError::EmptySignature { name: excerpt(name) });
        }
        Ok(Signature { name: name.to_owned(), id, bytes })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the key.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The bytes after the key's number, as its algorithm has them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the name and the number are those of a key.
    #[must_use]
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name()
    }

    /// The time that a signature of [`Algorithm::CosignatureV1`](super::Algorithm::CosignatureV1) carries, in seconds since 1970; `None`
    /// when it cannot be one. It is true only once the signature is verified, and its witness is believed.
    #[must_use]
    pub fn cosigned_at(&self) -> Option<u64> {
        split_time(&self.bytes).map(|(time, _)| time)
    }

    /// Reads the line of a note that has this number, from 1.
    pub(super) fn parse(line: &str, number: usize) -> Result<Signature, NoteError> {
        let form = || NoteError::SignatureForm { line: number, text: excerpt(line) };
        let (name, encoded) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(form)?;
        let bytes = decode(encoded).ok_or_else(form)?;
        let (id, bytes) = bytes.split_at_checked(ID).ok_or_else(form)?;
        let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
        Signature::new(name, id, bytes.to_vec())
    }
}

impl FromStr for Signature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Signature, NoteError> {
        Signature::parse(line, 1)
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = encode(&[self.id.to_be_bytes().as_slice(), &self.bytes].concat());
        write!(f, "{DASH}{} {encoded}", self.name)
    }
}
