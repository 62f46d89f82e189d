//! Secret keys.

use std::fmt::{self, Debug};
use std::str::FromStr;

use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use super::base64::{decode, encode};
use super::key_error::NoteKeyError;
use super::name::{check_name, parse_id};
use super::signer::{SignError, Signer};
use super::verifier_key::{Algorithm, SECRET, VerifierKey};
use crate::text::quote::excerpt;

/// The bytes of a secret of Ed25519 (RFC 8032, section 5.1.5).
const SEED: usize = 32;

/// A secret key of Ed25519 with the name of its owner. It is erased from memory when it is dropped.
///
/// Read and written in the form of Go's `golang.org/x/mod/sumdb/note`: `PRIVATE+KEY+NAME+ID+KEY`, where the key is base64 of the byte 1
/// and the 32 bytes of the secret.
pub struct SigningKey {
    verifier: VerifierKey,
    secret: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Makes a new key of a name, from random bytes of the system.
    ///
    /// # Errors
    ///
    /// When no key can have the name, or the system gives no random bytes.
    pub fn generate(name: &str) -> Result<SigningKey, NoteKeyError> {
        let mut seed = Zeroizing::new([0; SEED]);
        getrandom::fill(seed.as_mut_slice()).map_err(|error| NoteKeyError::Randomness { reason: error.to_string() })?;
        SigningKey::from_seed(name, &seed)
    }

    /// The key of a name with this secret, which should be random.
    ///
    /// # Errors
    ///
    /// When no key can have the name; when the secret is one repeated byte, or text.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<SigningKey, NoteKeyError> {
        check_name(name).map_err(|flaw| NoteKeyError::Name { name: excerpt(name), flaw })?;
        if is_guessable(seed) {
            return Err(NoteKeyError::Guessable { name: excerpt(name) });
        }
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, Algorithm::Ed25519, secret.verifying_key().as_bytes())?;
        Ok(SigningKey { verifier, secret })
    }

    /// The public key, which checks the signatures of this one.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.verifier.clone()
    }

    /// The key in the form in which it is read: **the secret itself**. Write it to a file that its owner alone can read, and erase
    /// the text from memory, such as by `zeroize`.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let mut key = Zeroizing::new(Vec::with_capacity(1 + SEED));
        key.push(Algorithm::Ed25519.number());
        key.extend_from_slice(self.secret.as_bytes());
        let key = Zeroizing::new(encode(&key));
        let name = self.verifier.name();
        // All of it at once: a text that grows leaves copies behind.
        let mut text = String::with_capacity(SECRET.len() + name.len() + key.len() + "+01234567+".len());
        [SECRET, name, "+", &format!("{:08x}", self.verifier.id()), "+", &key].into_iter().for_each(|part| text.push_str(part));
        text
    }
}

/// Whether a secret is one repeated byte, or nothing but text, as one that was typed or read from a wrong file.
fn is_guessable(seed: &[u8; SEED]) -> bool {
    let [first, ..] = seed;
    seed.iter().all(|byte| byte == first) || seed.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

impl Signer for SigningKey {
    fn name(&self) -> &str {
        self.verifier.name()
    }

    fn id(&self) -> u32 {
        self.verifier.id()
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError> {
        self.secret.try_sign(text).map(|signature| signature.to_bytes().to_vec()).map_err(|error| SignError::new(error.to_string()))
    }
}

impl FromStr for SigningKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<SigningKey, NoteKeyError> {
        let Some(rest) = text.strip_prefix(SECRET) else {
            return Err(if text.parse::<VerifierKey>().is_ok() { NoteKeyError::VerifierGiven } else { NoteKeyError::SecretForm });
        };
        let form = NoteKeyError::SecretForm;
        let (name, rest) = rest.split_once('+').ok_or(form.clone())?;
        let (id, key) = rest.split_once('+').ok_or(form.clone())?;
        let found = parse_id(id).ok_or(form.clone())?;
        let key = Zeroizing::new(decode(key).ok_or(form.clone())?);
        let (&number, seed) = key.split_first().ok_or(form)?;
        if number != Algorithm::Ed25519.number() {
            return Err(NoteKeyError::Algorithm { name: excerpt(name), found: number });
        }
        let seed: &[u8; SEED] = seed.try_into().map_err(|_| NoteKeyError::Length { name: excerpt(name), found: seed.len() })?;
        let key = SigningKey::from_seed(name, seed)?;
        let expected = key.id();
        if found != expected {
            return Err(NoteKeyError::Id { name: excerpt(name), found, expected });
        }
        Ok(key)
    }
}

impl Debug for SigningKey {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
