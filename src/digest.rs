//! SHA-256 digests: computing, writing and reading them.

#[cfg(feature = "ledger")]
pub(crate) mod line;

use std::fmt::{self, Debug, Display};
use std::io::{self, ErrorKind, Read};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::text::quote::{Quoted, excerpt};

/// The prefix of a written digest.
const PREFIX: &str = "sha256:";

/// The bytes of a digest (FIPS 180-4), each written as two hexadecimal digits.
pub(crate) const BYTES: usize = 32;

/// A SHA-256 digest (FIPS 180-4), written `sha256:` and 64 hexadecimal digits.
///
/// Written in lower case, read in either.
///
/// ```
/// use bailiwick::Digest;
///
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; BYTES]);

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// It does not begin as one.
    #[error("{} does not begin with `sha256:`: write that and the file's SHA-256, 64 hexadecimal digits", Quoted(text))]
    Prefix {
        /// The text.
        text: String,
    },
    /// More or fewer digits than a SHA-256 has.
    #[error("{} has {found} characters after `sha256:`: a SHA-256 is 64 hexadecimal digits", Quoted(text))]
    Length {
        /// The text.
        text: String,
        /// The number of characters after the prefix.
        found: usize,
    },
    /// A character that is not a hexadecimal digit.
    #[error("{} is not hexadecimal after `sha256:`: write digits and the letters from a to f", Quoted(text))]
    Digit {
        /// The text.
        text: String,
    },
}

impl Digest {
    /// The `prev` of the first line of a ledger, which has no line before it.
    pub(crate) const ZERO: Digest = Digest([0; BYTES]);

    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The digest of all bytes of a reader, such as a file, in constant memory.
    ///
    /// # Errors
    ///
    /// Errors of the reader.
    pub fn read(mut reader: impl Read) -> io::Result<Digest> {
        let mut digesting = Digesting::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(digesting.digest()),
                Ok(read) => digesting.bytes(buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Digests a sequence of values so that no two sequences of one shape give the same bytes: every text is preceded by its length,
/// every list by its count. Numbers are big-endian.
#[derive(Clone, Default)]
pub(crate) struct Digesting(Sha256);

impl Digesting {
    /// Bytes whose length is known from what came before.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// A count of list elements or of bytes, as 64 bits.
    pub(crate) fn count(&mut self, count: usize) {
        self.bytes(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    pub(crate) fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Hexadecimal digits of 32 bytes, lower case.
pub(crate) fn write_hex(bytes: &[u8; BYTES], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) };
    let mut text = [0; 2 * BYTES];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    f.pad(std::str::from_utf8(&text).unwrap_or_default())
}

/// 32 bytes from 64 hexadecimal digits of either case.
pub(crate) fn read_hex(text: &str) -> Option<[u8; BYTES]> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; BYTES];
    if text.len() != 2 * BYTES {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = pair.iter().try_fold(0, |high, &low| Some(high << 4 | digit(low)?))?;
    }
    Some(bytes)
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Digest, DigestError> {
        let excerpt = || excerpt(text);
        let digits = text.strip_prefix(PREFIX).ok_or_else(|| DigestError::Prefix { text: excerpt() })?;
        match digits.chars().count() {
            64 => read_hex(digits).map(Digest).ok_or_else(|| DigestError::Digit { text: excerpt() }),
            found => Err(DigestError::Length { text: excerpt(), found }),
        }
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        write_hex(&self.0, f)
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        let cases = [
            ("", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ];
        for (message, written) in cases {
            let digest = Digest::of(message.as_bytes());
            assert_eq!(digest.to_string(), written);
            assert_eq!(Digest::read(message.as_bytes()).unwrap(), digest);
            assert_eq!(written.parse(), Ok(digest));
            let upper = format!("sha256:{}", written["sha256:".len()..].to_uppercase());
            assert_eq!(upper.parse(), Ok(digest));
        }
    }

    #[test]
    fn what_is_no_digest_says_what_to_write() {
        let digits = "0".repeat(64);
        assert!(matches!("".parse::<Digest>(), Err(DigestError::Prefix { .. })));
        assert!(matches!(digits.parse::<Digest>(), Err(DigestError::Prefix { .. })));
        assert!(matches!(format!("SHA256:{digits}").parse::<Digest>(), Err(DigestError::Prefix { .. })));
        assert!(matches!("sha256:00".parse::<Digest>(), Err(DigestError::Length { found: 2, .. })));
        assert!(matches!(format!("sha256:{digits}0").parse::<Digest>(), Err(DigestError::Length { found: 65, .. })));
        assert!(matches!(format!("sha256:{}g", &digits[1..]).parse::<Digest>(), Err(DigestError::Digit { .. })));
        assert!(matches!(format!("sha256:{}é", &digits[1..]).parse::<Digest>(), Err(DigestError::Digit { .. })));
        assert!(matches!(format!("sha256:+{}", &digits[1..]).parse::<Digest>(), Err(DigestError::Digit { .. })));
    }
}
