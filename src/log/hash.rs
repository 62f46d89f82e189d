//! Hashes of a Merkle tree: RFC 6962, section 2.1.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::note::base64::{decode, encode};
use crate::text::quote::{Quoted, excerpt};

/// The bytes of a hash.
pub(super) const BYTES: usize = 32;

/// A hash of a Merkle tree of SHA-256: RFC 6962, section 2.1.
///
/// Written as 44 characters of base64, as in checkpoints and proofs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash([u8; BYTES]);

/// Why a text is not a hash of a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{} is not a hash of a tree: one is 44 characters of base64, for 32 bytes", Quoted(text))]
pub struct TreeHashError {
    /// The text.
    pub text: String,
}

impl TreeHash {
    /// The hash of a leaf: of the byte 0 and the leaf's bytes.
    #[must_use]
    pub fn of_leaf(leaf: &[u8]) -> TreeHash {
        TreeHash(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
    }

    /// The hash of a node: of the byte 1 and the hashes below it.
    #[must_use]
    pub fn of_node(left: TreeHash, right: TreeHash) -> TreeHash {
        TreeHash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The root of the tree without leaves: the hash of no bytes.
    #[must_use]
    pub fn of_empty_tree() -> TreeHash {
        TreeHash(Sha256::digest([]).into())
    }

    /// The hash with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> TreeHash {
        TreeHash(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The root of a tree from the roots of its complete subtrees, which get smaller from left to right: the largest first.
pub(super) fn fold_peaks(peaks: impl DoubleEndedIterator<Item = TreeHash>) -> TreeHash {
    peaks.rev().reduce(|right, left| TreeHash::of_node(left, right)).unwrap_or_else(TreeHash::of_empty_tree)
}

/// The roots of the complete subtrees of some neighbouring hashes of one level, the first of which begins a subtree of any size.
pub(super) fn peaks(hashes: &[TreeHash]) -> Vec<TreeHash> {
    let mut peaks = Vec::new();
    for (count, &hash) in (1_usize..).zip(hashes) {
        let mut node = hash;
        // As many subtrees are completed as the count has zeros at its end.
        for _ in 0..count.trailing_zeros() {
            node = peaks.pop().map_or(node, |left| TreeHash::of_node(left, node));
        }
        peaks.push(node);
    }
    peaks
}

impl FromStr for TreeHash {
    type Err = TreeHashError;

    fn from_str(text: &str) -> Result<TreeHash, TreeHashError> {
        let bytes = decode(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(TreeHash).ok_or_else(|| TreeHashError { text: excerpt(text) })
    }
}

impl Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&encode(&self.0))
    }
}

impl Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TreeHash({self})")
    }
}
