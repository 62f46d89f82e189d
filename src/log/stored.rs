//! A tree that is stored in tiles: its nodes, proofs from it, and its verification.

use std::cell::RefCell;
use std::io;

use super::hash::{TreeHash, fold_peaks, peaks};
use super::proof::{ConsistencyProof, InclusionProof};
use super::tile::{HEIGHT, LEVELS, TILE_WIDTH, Tile, TileId};

/// Where tiles are.
pub trait TileSource {
    /// The bytes of the file of a tile; `None` when there is none.
    ///
    /// # Errors
    ///
    /// When a file that is there cannot be read.
    fn read(&self, id: TileId) -> io::Result<Option<Vec<u8>>>;
}

/// Why a tile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// No such tile.
    #[error("`{tile}` is missing: restore it from a backup, or publish all files of the ledger into a new folder")]
    Missing {
        /// The path of the tile.
        tile: String,
    },
    /// A file that is too long or too short.
    #[error(
        "`{tile}` has another length than a tile of its width: restore it from a backup, or publish all files of the ledger into a new folder"
    )]
    Length {
        /// The path of the tile.
        tile: String,
    },
    /// The tile's hash is not the one that the tile above it has.
    #[error(
        "`{tile}` was changed, or the tile above it: restore them from a backup, or publish all files of the ledger into a new folder"
    )]
    Changed {
        /// The path of the tile.
        tile: String,
    },
    /// The tiles give another root than the checkpoint has.
    #[error(
        "the tiles give the root {found}, and the checkpoint of {size} lines has {expected}: a tile at the right edge was changed, or the \
         checkpoint is not of these tiles; restore the folder from a backup, or publish all files of the ledger into a new folder"
    )]
    Root {
        /// The size of the tree.
        size: u64,
        /// The root of the checkpoint.
        expected: TreeHash,
        /// The root that the tiles give.
        found: TreeHash,
    },
    /// The file cannot be read.
    #[error("`{tile}` cannot be read: {error}")]
    Read {
        /// The path of the tile.
        tile: String,
        /// The system's error.
        #[source]
        error: io::Error,
    },
}

/// A tree of some size that is stored in tiles. Keeps the tile of each level that was read last.
#[derive(Debug)]
pub struct StoredTree<S> {
    source: S,
    size: u64,
    kept: RefCell<Vec<Option<Tile>>>,
}

impl<S: TileSource> StoredTree<S> {
    /// The tree of a size in these tiles. Nothing is read yet.
    pub fn new(source: S, size: u64) -> StoredTree<S> {
        StoredTree { source, size, kept: RefCell::new(vec![None; LEVELS.into()]) }
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads a tile: the partial one, or as much of the full one when that is there in its place, as logs may delete partial tiles.
    pub(super) fn tile(&self, id: TileId) -> Result<Tile, TileError> {
        let kept = self.kept.borrow().get(usize::from(id.level())).cloned().flatten();
        if let Some(tile) = kept.filter(|tile| tile.id() == id) {
            return Ok(tile);
        }
        let name = || id.to_string();
        let read = |id| self.source.read(id).map_err(|error| TileError::Read { tile: name(), error });
        let bytes = match read(id)? {
            Some(bytes) => bytes,
            None if id.is_full() => return Err(TileError::Missing { tile: name() }),
            None => {
                let full = read(id.full())?.ok_or_else(|| TileError::Missing { tile: name() })?;
                let full = Tile::from_bytes(id.full(), &full).ok_or_else(|| TileError::Length { tile: name() })?;
                full.hashes().iter().take(id.width().into()).flat_map(TreeHash::as_bytes).copied().collect()
            }
        };
        let tile = Tile::from_bytes(id, &bytes).ok_or_else(|| TileError::Length { tile: name() })?;
        if let Some(kept) = self.kept.borrow_mut().get_mut(usize::from(id.level())) {
            *kept = Some(tile.clone());
        }
        Ok(tile)
    }

    /// The hash of the leaf with an index.
    ///
    /// # Errors
    ///
    /// When its tile cannot be used, or the tree has no such leaf.
    pub fn leaf(&self, index: u64) -> Result<TreeHash, TileError> {
        self.node(0, index)
    }

    /// The root of the complete subtree of a height whose leaves begin at `index << height`.
    fn node(&self, height: u32, index: u64) -> Result<TreeHash, TileError> {
        let (level, within) = (u8::try_from(height / HEIGHT).unwrap_or(LEVELS), height % HEIGHT);
        let first = index << within;
        let tile = first / u64::from(TILE_WIDTH);
        let missing = || TileError::Missing { tile: format!("tile/{level}, the hash {first}") };
        let id = TileId::of_tree(level, tile, self.size).ok_or_else(missing)?;
        let tile = self.tile(id)?;
        let start = usize::try_from(first % u64::from(TILE_WIDTH)).map_err(|_| missing())?;
        let hashes = tile.hashes().get(start..start + (1 << within)).ok_or_else(missing)?;
        Ok(fold_peaks(peaks(hashes).into_iter()))
    }

    /// The root of the leaves from `start` to `end`, where `start` begins a subtree that has room for all of them.
    fn range(&self, mut start: u64, end: u64) -> Result<TreeHash, TileError> {
        let mut peaks = Vec::new();
        while start < end {
            let height = (end - start).ilog2();
            peaks.push(self.node(height, start >> height)?);
            start += 1 << height;
        }
        Ok(fold_peaks(peaks.into_iter()))
    }

    /// The root of the tree when it had this size, which is at most its own.
    ///
    /// # Errors
    ///
    /// When a tile cannot be used.
    pub fn root_at(&self, size: u64) -> Result<TreeHash, TileError> {
        self.range(0, size)
    }

    /// The proof that a leaf is in the tree of a size, which is at most this one's: RFC 6962, section 2.1.1. `None` when the leaf is
    /// not in it.
    ///
    /// # Errors
    ///
    /// When a tile cannot be used.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Option<InclusionProof>, TileError> {
        if index >= size || size > self.size {
            return Ok(None);
        }
        let (mut start, mut end, mut path) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + left_size(end - start);
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(Some(InclusionProof { index, size, path }))
    }

    /// The proof that the tree of size `new` has all leaves of the tree of size `old`, in the same places: RFC 6962, section 2.1.2.
    /// `None` when `old` is more than `new`, or `new` more than the size of the tree.
    ///
    /// # Errors
    ///
    /// When a tile cannot be used.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Option<ConsistencyProof>, TileError> {
        if old > new || new > self.size {
            return Ok(None);
        }
        let (mut start, mut end, mut path, mut is_known) = (0, new, Vec::new(), true);
        while old > 0 && old != end {
            let middle = start + left_size(end - start);
            if old <= middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                (start, is_known) = (middle, false);
            }
        }
        // The root of the old tree itself is known to the verifier.
        if old > 0 && !is_known {
            path.push(self.range(start, end)?);
        }
        path.reverse();
        Ok(Some(ConsistencyProof { old, new, path }))
    }

    /// Verifies that every tile is there, and that together they have this root. `each` is called with each tile that was read.
    ///
    /// # Errors
    ///
    /// The first tile that is missing, cannot be read, or was changed.
    pub fn verify(&self, root: TreeHash, mut each: impl FnMut(TileId)) -> Result<(), TileError> {
        // The tiles above are read first: each says what the full tiles below it must be.
        for level in (0..LEVELS).rev() {
            for id in (0..).map_while(|index| TileId::of_tree(level, index, self.size)) {
                let tile = self.tile(id)?;
                let (above, place) = (id.index() / u64::from(TILE_WIDTH), id.index() % u64::from(TILE_WIDTH));
                if id.is_full() {
                    let above = TileId::of_tree(level + 1, above, self.size).map(|above| self.tile(above)).transpose()?;
                    let expected = above.and_then(|above| above.hashes().get(usize::try_from(place).ok()?).copied());
                    if expected != Some(fold_peaks(peaks(tile.hashes()).into_iter())) {
                        return Err(TileError::Changed { tile: id.to_string() });
                    }
                }
                each(id);
            }
        }
        match self.root_at(self.size)? {
            found if found == root => Ok(()),
            found => Err(TileError::Root { size: self.size, expected: root, found }),
        }
    }
}

/// The number of leaves of the left subtree: the largest power of two below the number of all, which is at least two.
fn left_size(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}
