//! The key of a ledger, and the hashes that it makes.

use std::fmt::{self, Debug, Display};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;

use super::salt::Salt;
use crate::digest::{read_hex, write_hex};

/// The least bytes of a key: as many as the hash has (RFC 2104, section 3).
const MIN_KEY: usize = 32;

/// The first byte of inputs that are not meetings. No UTF-8 text contains it, so no meeting's hash is a salt or a commitment.
const NO_MEETING: u8 = 0xff;

/// The input of the hash of a commitment, after [`NO_MEETING`].
const COMMITMENT: &[u8] = b"bailiwick ledger key";

/// The beginning of the input of the hash of a salt, after [`NO_MEETING`].
const SALT: &[u8] = b"salt";

/// The secret with which a ledger hashes the ids of meetings: lines of one meeting can be counted together, and do not name it.
///
/// Keep it apart from the ledger: a person with both can find out whether a meeting with a known id is in it. Keep it as long as
/// the ledger: without it, [`replay`](super::replay()) cannot check which meeting a line is about.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// A meeting's id as a hash with the ledger's [`Key`]: equal for one meeting, and of no use without the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingHash([u8; 32]);

/// A commitment to a key, which does not reveal it. The header of a file has it, so that a ledger is not continued with another key
/// by mistake.
///
/// HMAC-SHA-256 of the byte 0xFF and `bailiwick ledger key`, written as 64 hexadecimal digits in lower case, as a [`MeetingHash`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyCommitment([u8; 32]);

/// Why some bytes are not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Too few bytes to keep anyone from guessing.
    #[error("the key has {found} bytes: make one of at least {MIN_KEY} random bytes, such as with `openssl rand -hex 32`")]
    TooShort {
        /// The number of bytes.
        found: usize,
    },
}

impl Key {
    /// Makes a key of at least 32 bytes, which should be random. They are taken as they are: a line feed at the end of a file is part
    /// of the key.
    ///
    /// # Errors
    ///
    /// When there are fewer.
    pub fn new(bytes: &[u8]) -> Result<Key, KeyError> {
        let too_short = KeyError::TooShort { found: bytes.len() };
        if bytes.len() < MIN_KEY {
            return Err(too_short);
        }
        // A key of HMAC may have any length.
        Hmac::new_from_slice(bytes).map(Key).map_err(|_| too_short)
    }

    /// The hash that stands for a meeting in a ledger: HMAC-SHA-256 (RFC 2104) of the bytes of its id.
    #[must_use]
    pub fn hash(&self, meeting: &str) -> MeetingHash {
        MeetingHash(self.hmac(meeting.as_bytes(), &[]))
    }

    /// The commitment to the key that the headers of its ledgers have.
    #[must_use]
    pub fn commitment(&self) -> KeyCommitment {
        KeyCommitment(self.hmac(&[NO_MEETING], COMMITMENT))
    }

    /// The salt of the line with this number.
    #[must_use]
    pub fn salt(&self, seq: u64) -> Salt {
        let mut hmac = self.0.clone();
        hmac.update(&[NO_MEETING]);
        hmac.update(SALT);
        hmac.update(&seq.to_be_bytes());
        Salt::from_hash(hmac.finalize().into_bytes().into())
    }

    fn hmac(&self, first: &[u8], rest: &[u8]) -> [u8; 32] {
        let mut hmac = self.0.clone();
        hmac.update(first);
        hmac.update(rest);
        hmac.finalize().into_bytes().into()
    }
}

impl MeetingHash {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Debug for Key {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

/// Writes and reads a keyed hash: 64 hexadecimal digits, in lower case.
macro_rules! hexadecimal {
    ($name:ident) => {
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = <&str>::deserialize(deserializer)?;
                read_hex(text).map($name).ok_or_else(|| de::Error::custom("a keyed hash is 64 hexadecimal digits"))
            }
        }
    };
}

hexadecimal!(MeetingHash);
hexadecimal!(KeyCommitment);

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 6 of RFC 4231, section 4.7: the first whose key is long enough here.
    #[test]
    fn a_meeting_is_hashed_as_rfc_4231_has_it() {
        let key = Key::new(&[0xaa; 131]).unwrap();
        let hash = key.hash("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hash.to_string(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn a_key_has_at_least_32_bytes_and_is_not_shown() {
        assert_eq!(Key::new(&[7; 31]).unwrap_err(), KeyError::TooShort { found: 31 });
        let key = Key::new(&[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "Key { .. }");
    }
}
