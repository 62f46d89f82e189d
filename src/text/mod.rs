//! How messages show untrusted text and numbers.

pub(crate) mod quote;
pub(crate) mod number;
pub(crate) mod timestamp;
pub(crate) mod network;
#[cfg(feature = "orders-file")]
pub(crate) mod caret;
#[cfg(feature = "orders-file")]
pub(crate) mod snippet;

pub use number::{Addresses, Thousands};
pub use quote::Quoted;
