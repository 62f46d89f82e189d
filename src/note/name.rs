//! Names and numbers of keys.

use sha2::{Digest as _, Sha256};

/// The most bytes of a key's name. A cosignature of a later form holds a name of at most 255 (C2SP tlog-cosignature, ML-DSA-44).
pub const MAX_NAME: usize = 255;

/// Why a text is not the name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFlaw {
    /// No character.
    #[error("is empty: name the key after its owner, such as `example.com/log`")]
    Empty,
    /// More bytes than [`MAX_NAME`].
    #[error("has {found} bytes: write at most {MAX_NAME}")]
    TooLong {
        /// The number of bytes.
        found: usize,
    },
    /// A blank in the sense of Unicode, a control character, or `+`.
    #[error("has {character:?}: write a name without blanks, control characters and `+`, such as `example.com/log`")]
    Character {
        /// The character.
        character: char,
    },
}

/// Checks a name of a key: C2SP signed-note, section "Format". Control characters are refused, too, as no note can contain them.
pub(super) fn check_name(name: &str) -> Result<(), NameFlaw> {
    if name.is_empty() {
        return Err(NameFlaw::Empty);
    }
    if name.len() > MAX_NAME {
        return Err(NameFlaw::TooLong { found: name.len() });
    }
    match name.chars().find(|c| c.is_whitespace() || c.is_control() || *c == '+') {
        Some(character) => Err(NameFlaw::Character { character }),
        None => Ok(()),
    }
}

/// The number of a key: C2SP signed-note, section "Signatures".
///
/// `encoded` is the number of the algorithm and the bytes of the public key.
pub(super) fn key_id(name: &str, encoded: &[u8]) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update("\n").chain_update(encoded).finalize();
    hash.iter().take(4).fold(0, |id, &byte| id << 8 | u32::from(byte))
}

/// The number of a key as keys are written: eight hexadecimal digits in lower case.
pub(super) fn parse_id(text: &str) -> Option<u32> {
    let is_plain = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_plain { u32::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_blanks_no_plus_and_at_most_255_bytes() {
        for name in ["a", "example.com/log", "例.example/日志", &"n".repeat(MAX_NAME)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        assert_eq!(check_name(""), Err(NameFlaw::Empty));
        assert_eq!(check_name(&"n".repeat(256)), Err(NameFlaw::TooLong { found: 256 }));
        for character in [' ', '\t', '\n', '\r', '+', '\0', '\u{85}', '\u{a0}', '\u{2003}', '\u{2028}', '\u{3000}'] {
            assert_eq!(check_name(&format!("a{character}b")), Err(NameFlaw::Character { character }));
        }
    }
}
