//! Salts: without the key, nobody can guess the content of a line from its digest.

use std::fmt::{self, Debug, Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The bytes of a salt: 128 bits cannot be guessed.
const BYTES: usize = 16;

/// The characters of a salt in base64url without padding (RFC 4648, section 5): six bits each.
const CHARACTERS: usize = 22;

/// The alphabet of base64url (RFC 4648, table 2).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The salt of a line of form 2: without the ledger's [`Key`](super::Key) nobody can guess it, so that nobody can try lines until
/// one has a digest that was given away.
///
/// The first 16 bytes of HMAC-SHA-256 of the byte 0xFF, `salt`, and the line's number as 8 bytes, the highest first. Written in
/// base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt([u8; BYTES]);

impl Salt {
    /// The first bytes of a keyed hash.
    pub(super) fn from_hash(hash: [u8; 32]) -> Salt {
        let mut salt = [0; BYTES];
        salt.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
        Salt(salt)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn characters(self) -> [u8; CHARACTERS] {
        let bits = u128::from_be_bytes(self.0);
        let mut characters = [0; CHARACTERS];
        let mut shift = 128_u32;
        for character in &mut characters {
            // The last character has two bits of the salt and four zeros.
            let six = match shift.checked_sub(6) {
                Some(rest) => (bits >> rest) & 63,
                None => (bits << (6 - shift)) & 63,
            };
            shift = shift.saturating_sub(6);
            *character = usize::try_from(six).ok().and_then(|six| ALPHABET.get(six)).copied().unwrap_or(b'A');
        }
        characters
    }

    fn parse(text: &str) -> Option<Salt> {
        let mut bits: u128 = 0;
        let mut rest = 128_u32;
        for character in text.bytes() {
            let six = ALPHABET.iter().position(|&of_alphabet| of_alphabet == character)?;
            let six = u128::try_from(six).ok()?;
            let taken = rest.min(6);
            bits = bits << taken | six >> (6 - taken);
            // The bits beyond the salt are zeros, so that a salt is written in one way.
            if six & ((1 << (6 - taken)) - 1) != 0 {
                return None;
            }
            rest = rest.saturating_sub(taken);
        }
        (text.len() == CHARACTERS).then_some(Salt(bits.to_be_bytes()))
    }
}

impl Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.characters()).unwrap_or_default())
    }
}

impl Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Salt({self})")
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.characters()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Salt, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Salt::parse(text).ok_or_else(|| de::Error::custom("a salt is 22 characters of base64url, for 16 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encoded with another program.
    #[test]
    fn a_salt_is_written_in_base64url_without_padding() {
        let counting = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let cases = [
            ([0; 16], "AAAAAAAAAAAAAAAAAAAAAA"),
            ([0xff; 16], "_____________________w"),
            ([0xfb; 16], "-_v7-_v7-_v7-_v7-_v7-w"),
            (counting, "AAECAwQFBgcICQoLDA0ODw"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Salt(bytes).to_string(), text);
            assert_eq!(Salt::parse(text), Some(Salt(bytes)));
            assert_eq!((Salt(bytes).as_bytes(), format!("{:?}", Salt(bytes))), (&bytes, format!("Salt({text})")));
        }
    }

    #[test]
    fn a_salt_is_read_in_one_way() {
        for text in [
            "",
            "AAECAwQFBgcICQoLDA0OD",
            "AAECAwQFBgcICQoLDA0ODx",
            "AAECAwQFBgcICQoLDA0ODw==",
            "AAECAwQFBgcICQoLDA0OD+",
            "AAECAwQFBgcICQoLDA0ODwA",
        ] {
            assert_eq!(Salt::parse(text), None, "{text}");
        }
    }
}
