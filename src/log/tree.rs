//! A tree that grows: the hashes at its right edge, and nothing else.

use super::hash::{TreeHash, fold_peaks, peaks};
use super::stored::{StoredTree, TileError, TileSource};
use super::tile::{HEIGHT, TILE_WIDTH, Tile, TileId};

/// A Merkle tree to which leaves are appended: RFC 6962, section 2.1.
///
/// Holds the hashes of the tiles that are not full yet: at most 255 for each level, of which a tree of 2^24 leaves has four. A leaf
/// costs its own hash, and on average one of a node.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    /// For each level of tiles, from the leaves up, the hashes of the tile that is not full.
    levels: Vec<Vec<TreeHash>>,
}

impl Tree {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Goes on with a tree that is stored in tiles. Reads the tiles at its right edge, and does not verify them: compare
    /// [`root`](Tree::root).
    ///
    /// # Errors
    ///
    /// When a tile is missing or cannot be read.
    pub fn resume<S: TileSource>(stored: &StoredTree<S>) -> Result<Tree, TileError> {
        let (size, mut levels) = (stored.size(), Vec::new());
        let mut of_level = size;
        for level in 0.. {
            if of_level == 0 {
                break;
            }
            let index = of_level / u64::from(TILE_WIDTH);
            levels.push(match TileId::of_tree(level, index, size) {
                Some(id) => stored.tile(id)?.hashes().to_vec(),
                None => Vec::new(),
            });
            of_level >>= HEIGHT;
        }
        Ok(Tree { size, levels })
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash. Returns the tiles that are full with it: one after 256 leaves, seldom more.
    pub fn append(&mut self, leaf: TreeHash) -> Vec<Tile> {
        let (mut full, mut hash, mut level) = (Vec::new(), leaf, 0_u8);
        self.size = self.size.saturating_add(1);
        loop {
            let at = usize::from(level);
            if self.levels.len() <= at {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(at) else { return full };
            hashes.push(hash);
            if hashes.len() < usize::from(TILE_WIDTH) {
                return full;
            }
            hash = fold_peaks(peaks(hashes).into_iter());
            let index = (self.size >> (HEIGHT * (u32::from(level) + 1))).saturating_sub(1);
            let id = TileId::of_tree(level, index, self.size);
            full.extend(id.and_then(|id| Tile::new(id, std::mem::take(hashes))));
            level += 1;
        }
    }

    /// The tiles that are not full.
    pub fn partial_tiles(&self) -> impl Iterator<Item = Tile> {
        (0_u8..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty()).filter_map(|(level, hashes)| {
            let index = self.size >> (HEIGHT * (u32::from(level) + 1));
            Tile::new(TileId::of_tree(level, index, self.size)?, hashes.clone())
        })
    }

    /// The root of the tree: RFC 6962, section 2.1.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let peaks: Vec<TreeHash> = self.levels.iter().rev().flat_map(|hashes| peaks(hashes)).collect();
        fold_peaks(peaks.into_iter())
    }
}
