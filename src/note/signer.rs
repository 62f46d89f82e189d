//! Those who sign.

use std::error::Error;

/// Signs texts with one key: a [`SigningKey`](super::SigningKey), or a module that never gives its secret away.
pub trait Signer {
    /// The name of the key, as in its [`VerifierKey`](super::VerifierKey).
    fn name(&self) -> &str;

    /// The number of the key, as in its [`VerifierKey`](super::VerifierKey).
    fn id(&self) -> u32;

    /// The signature of a text in the form that the key's algorithm has: 64 bytes for Ed25519.
    ///
    /// # Errors
    ///
    /// When the key cannot be used.
    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why a [`Signer`] did not sign: the error of what has the key.
#[derive(Debug, thiserror::Error)]
#[error("the signer failed: {0}")]
pub struct SignError(#[source] Box<dyn Error + Send + Sync>);

impl SignError {
    /// Wraps an error of what has the key, or a sentence that says what happened.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> SignError {
        SignError(cause.into())
    }
}
