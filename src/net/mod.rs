//! Addresses as numbers: ranges and sets of them, and the prefix trie.

pub(crate) mod heap;
pub(crate) mod index;
#[cfg(feature = "bundle")]
pub(crate) mod bytes;
pub(crate) mod address;
pub(crate) mod set;
pub(crate) mod trie;
