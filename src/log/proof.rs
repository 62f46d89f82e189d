//! Proofs about a tree, and their verification.

use super::hash::TreeHash;

/// The largest size of a tree. Go's `sumdb/tlog` counts in signed 64 bits.
pub const MAX_SIZE: u64 = i64::MAX.unsigned_abs();

/// The most hashes of a proof: a tree of [`MAX_SIZE`] is not higher (C2SP tlog-witness allows as many).
pub const MAX_PROOF: usize = 63;

/// The proof that a leaf is in a tree: RFC 6962, section 2.1.1. The hashes lead from the leaf's sibling to the child of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    pub(super) index: u64,
    pub(super) size: u64,
    pub(super) path: Vec<TreeHash>,
}

/// The proof that a tree goes on from a smaller one: RFC 6962, section 2.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    pub(super) old: u64,
    pub(super) new: u64,
    pub(super) path: Vec<TreeHash>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf is not below the root.
    #[error("the proof does not lead from the line to the root: the line, its number, the proof or the checkpoint was changed")]
    NotIncluded,
    /// The trees do not go on from each other.
    #[error("the proof does not lead from the one tree to the other: one of them was changed, or the log was forked")]
    NotConsistent,
}

impl InclusionProof {
    /// The proof with these hashes for the leaf with an index, in a tree of a size.
    #[must_use]
    pub fn new(index: u64, size: u64, path: Vec<TreeHash>) -> InclusionProof {
        InclusionProof { index, size, path }
    }

    /// The hashes.
    #[must_use]
    pub fn path(&self) -> &[TreeHash] {
        &self.path
    }

    /// Verifies that a leaf with this hash is below this root: RFC 9162, section 2.1.3.2.
    ///
    /// # Errors
    ///
    /// When it is not, or the proof is too long or too short.
    pub fn verify(&self, leaf: TreeHash, root: TreeHash) -> Result<(), ProofError> {
        let last = self.size.checked_sub(1).filter(|&last| self.index <= last).ok_or(ProofError::NotIncluded)?;
        let (mut at, mut last, mut node) = (self.index, last, leaf);
        for &sibling in &self.path {
            if last == 0 {
                return Err(ProofError::NotIncluded);
            }
            if at & 1 == 1 || at == last {
                node = TreeHash::of_node(sibling, node);
                (at, last) = past_lone_nodes(at, last);
            } else {
                node = TreeHash::of_node(node, sibling);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        if last == 0 && node == root { Ok(()) } else { Err(ProofError::NotIncluded) }
    }
}

/// Steps up while the node is a left child: there it has no sibling, as it is the last of its level.
fn past_lone_nodes(mut at: u64, mut last: u64) -> (u64, u64) {
    while at & 1 == 0 && at != 0 {
        (at, last) = (at >> 1, last >> 1);
    }
    (at, last)
}

impl ConsistencyProof {
    /// The proof with these hashes for trees of these sizes.
    #[must_use]
    pub fn new(old: u64, new: u64, path: Vec<TreeHash>) -> ConsistencyProof {
        ConsistencyProof { old, new, path }
    }

    /// The hashes.
    #[must_use]
    pub fn path(&self) -> &[TreeHash] {
        &self.path
    }

    /// Verifies that the tree with the new root goes on from the one with the old root: RFC 9162, section 2.1.4.2.
    ///
    /// # Errors
    ///
    /// When it does not, or the proof is too long or too short.
    pub fn verify(&self, old_root: TreeHash, new_root: TreeHash) -> Result<(), ProofError> {
        let is_right = match (self.old, self.new) {
            (old, new) if old > new => false,
            (0, _) => self.path.is_empty() && old_root == TreeHash::of_empty_tree(),
            (old, new) if old == new => self.path.is_empty() && old_root == new_root,
            _ => self.leads(old_root, new_root),
        };
        if is_right { Ok(()) } else { Err(ProofError::NotConsistent) }
    }

    fn leads(&self, old_root: TreeHash, new_root: TreeHash) -> bool {
        let (mut at, mut last) = (self.old - 1, self.new - 1);
        let shift = at.trailing_ones();
        (at, last) = (at >> shift, last >> shift);
        // A complete old tree is a node of the new one, and its root is not repeated in the proof.
        let mut path = self.path.iter().copied();
        let first = if self.old.is_power_of_two() { Some(old_root) } else { path.next() };
        let Some(first) = first else { return false };
        let (mut old, mut new) = (first, first);
        for sibling in path {
            if last == 0 {
                return false;
            }
            if at & 1 == 1 || at == last {
                (old, new) = (TreeHash::of_node(sibling, old), TreeHash::of_node(sibling, new));
                (at, last) = past_lone_nodes(at, last);
            } else {
                new = TreeHash::of_node(new, sibling);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        last == 0 && old == old_root && new == new_root
    }
}
