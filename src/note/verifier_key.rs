//! Public keys, and the verification of their signatures.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;

use super::base64::{decode, encode};
use super::key_error::NoteKeyError;
use super::name::{check_name, key_id, parse_id};
use crate::text::quote::excerpt;

/// The bytes of a public key of Ed25519 (RFC 8032, section 5.1.5).
const PUBLIC_KEY: usize = 32;

/// The bytes of a signature of Ed25519 (RFC 8032, section 5.1.6).
const SIGNATURE: usize = 64;

/// The bytes of the time before the signature in a cosignature (C2SP tlog-cosignature, section "Format").
const TIMESTAMP: usize = 8;

/// The beginning of a secret key.
pub(super) const SECRET: &str = "PRIVATE+KEY+";

/// The kind of the signatures of a key: C2SP signed-note, section "Signature types".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 over the text of a note; 1.
    Ed25519,
    /// Ed25519 over a time and the text of a checkpoint, as witnesses sign; 4 (C2SP tlog-cosignature).
    CosignatureV1,
}

impl Algorithm {
    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Algorithm::Ed25519 => 1,
            Algorithm::CosignatureV1 => 4,
        }
    }

    fn from_number(number: u8) -> Option<Algorithm> {
        [Algorithm::Ed25519, Algorithm::CosignatureV1].into_iter().find(|algorithm| algorithm.number() == number)
    }
}

/// A public key with the name of its owner: C2SP signed-note, section "Verifier keys".
///
/// Written `NAME+ID+KEY`: the ID is eight hexadecimal digits, the key is base64 of the algorithm's number and the public key. Read in
/// exactly the form in which it is written.
///
/// ```
/// use bailiwick::note::VerifierKey;
///
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key: VerifierKey = text.parse()?;
/// assert_eq!((key.name(), key.id()), ("PeterNeumann", 0xc74f20a3));
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), bailiwick::note::NoteKeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Makes the key of a name from the bytes of a public key, such as a hardware module gives them.
    ///
    /// # Errors
    ///
    /// When no key can have the name; when the bytes are not a point of the curve, or one of small order, for which anybody can make
    /// signatures.
    pub fn new(name: &str, algorithm: Algorithm, public_key: &[u8; 32]) -> Result<VerifierKey, NoteKeyError> {
        check_name(name).map_err(|flaw| NoteKeyError::Name { name: excerpt(name), flaw })?;
        let key = VerifyingKey::from_bytes(public_key).ok().filter(|key| !key.is_weak());
        let key = key.ok_or_else(|| NoteKeyError::Point { name: excerpt(name) })?;
        Ok(VerifierKey { name: name.to_owned(), id: key_id(name, &encoded(algorithm, public_key)), algorithm, key })
    }

    /// The name of the key's owner.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the key: the first four bytes of a hash of its name, algorithm and bytes.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The kind of its signatures.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes of the public key (RFC 8032, section 5.1.2).
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether some bytes are a signature of this key over a text. Signatures that can be altered without the secret, and keys and
    /// signatures of small order, are refused (`verify_strict` of ed25519-dalek).
    pub(super) fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => self.signed(text, signature),
            Algorithm::CosignatureV1 => match split_time(signature) {
                Some((time, signature)) => self.signed(&cosigned(time, text), signature),
                None => false,
            },
        }
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature: Option<[u8; SIGNATURE]> = signature.try_into().ok();
        let signature = signature.map(|bytes| ed25519_dalek::Signature::from_bytes(&bytes));
        signature.is_some_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

/// The algorithm's number and the bytes of the key, as they are hashed and written.
fn encoded(algorithm: Algorithm, public_key: &[u8; PUBLIC_KEY]) -> Vec<u8> {
    let mut bytes = vec![algorithm.number()];
    bytes.extend(public_key);
    bytes
}

/// The time of a cosignature, in seconds since 1970, and the signature after it: C2SP tlog-cosignature, section "Format".
pub(super) fn split_time(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_at_checked(TIMESTAMP)?;
    let time = u64::from_be_bytes(time.try_into().ok()?);
    // A time is at most 2^63 - 1.
    (signature.len() == SIGNATURE && i64::try_from(time).is_ok()).then_some((time, signature))
}

/// The message that a witness signs: C2SP tlog-cosignature, section "Ed25519 signed message".
fn cosigned(time: u64, text: &[u8]) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
    message.extend_from_slice(text);
    message
}

impl FromStr for VerifierKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<VerifierKey, NoteKeyError> {
        if text.contains(SECRET) {
            return Err(NoteKeyError::SecretGiven);
        }
        let form = || NoteKeyError::Form { text: excerpt(text) };
        let (name, rest) = text.split_once('+').ok_or_else(form)?;
        let (id, key) = rest.split_once('+').ok_or_else(form)?;
        let (found, key) = (parse_id(id).ok_or_else(form)?, decode(key).ok_or_else(form)?);
        let (&number, bytes) = key.split_first().ok_or_else(form)?;
        check_name(name).map_err(|flaw| NoteKeyError::Name { name: excerpt(name), flaw })?;
        let expected = key_id(name, &key);
        let owner = || name.to_owned();
        if found != expected {
            return Err(NoteKeyError::Id { name: owner(), found, expected });
        }
        let algorithm = Algorithm::from_number(number).ok_or_else(|| NoteKeyError::Algorithm { name: owner(), found: number })?;
        let bytes = bytes.try_into().map_err(|_| NoteKeyError::Length { name: owner(), found: bytes.len() })?;
        VerifierKey::new(name, algorithm, bytes)
    }
}

impl Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, encode(&encoded(self.algorithm, self.public_key())))
    }
}

impl Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Signer as _;

    use super::*;

    #[test]
    fn a_cosignature_is_over_its_time_and_the_text() {
        let secret = ed25519_dalek::SigningKey::from_bytes(&std::array::from_fn(|n| u8::try_from(n).unwrap()));
        let key = VerifierKey::new("witness", Algorithm::CosignatureV1, secret.verifying_key().as_bytes()).unwrap();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let message = format!("cosignature/v1\ntime 1679315147\n{text}");
        let of = |time: u64, message: &str| [&time.to_be_bytes()[..], &secret.sign(message.as_bytes()).to_bytes()].concat();

        let signature = of(1_679_315_147, &message);
        assert!(key.accepts(text.as_bytes(), &signature));
        assert_eq!(split_time(&signature).map(|(time, _)| time), Some(1_679_315_147));
        assert!(!key.accepts(text.as_bytes(), &of(1_679_315_148, &message)), "another time");
        assert!(!key.accepts(text.as_bytes(), &of(1_679_315_147, text)), "without the header");
        assert!(!key.accepts(text.as_bytes(), &signature[8..]), "without the time");
        let late = 1 << 63;
        assert!(!key.accepts(text.as_bytes(), &of(late, &format!("cosignature/v1\ntime {late}\n{text}"))), "beyond 2^63 - 1");
        let note = VerifierKey::new("witness", Algorithm::Ed25519, secret.verifying_key().as_bytes()).unwrap();
        assert!(!note.accepts(text.as_bytes(), &signature));
        assert_ne!(note.id(), key.id());
    }
}
