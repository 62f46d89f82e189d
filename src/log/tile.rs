//! Tiles: the hashes of a tree, 256 to a file. C2SP tlog-tiles, section "Merkle Tree".

use std::fmt::{self, Display};

use super::hash::{BYTES, TreeHash};

/// The hashes of a full tile: a subtree of height 8.
pub const TILE_WIDTH: u16 = 256;

/// The height of a tile: the number of levels of the tree from one level of tiles to the next.
pub(super) const HEIGHT: u32 = 8;

/// The levels of tiles of the largest tree: 2^63 leaves need 8.
pub(super) const LEVELS: u8 = 8;

/// The position and the width of a tile. Written as the path at which it is served: `tile/0/x001/234/067.p/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

/// A tile: neighbouring hashes of one level of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    id: TileId,
    hashes: Vec<TreeHash>,
}

impl TileId {
    /// The tile of this level and index as a tree of a size has it: full, partial, or `None` when the tree does not reach it.
    ///
    /// A partial tile has `floor(size / 256^level) mod 256` hashes (C2SP tlog-tiles, section "Partial Tiles").
    #[must_use]
    pub fn of_tree(level: u8, index: u64, size: u64) -> Option<TileId> {
        let of_level = size.checked_shr(HEIGHT * u32::from(level)).unwrap_or(0);
        let rest = of_level.checked_sub(index.checked_mul(TILE_WIDTH.into())?)?;
        let width = u16::try_from(rest.min(TILE_WIDTH.into())).ok()?;
        (width > 0).then_some(TileId { level, index, width })
    }

    /// All tiles that a tree of a size has, level by level from the leaves up.
    pub fn all_of_tree(size: u64) -> impl Iterator<Item = TileId> {
        (0..LEVELS).flat_map(move |level| (0..).map_while(move |index| TileId::of_tree(level, index, size)))
    }

    /// The level, from 0 for the hashes of leaves.
    #[must_use]
    pub fn level(self) -> u8 {
        self.level
    }

    /// The index in the level, from 0.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of hashes, from 1 to 256.
    #[must_use]
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it has 256 hashes.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile in this place.
    #[must_use]
    pub fn full(self) -> TileId {
        TileId { width: TILE_WIDTH, ..self }
    }
}

impl Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let (mut rest, mut parts) = (self.index / 1000, vec![self.index % 1000]);
        while rest > 0 {
            parts.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(part) = parts.pop() {
            // Each part but the last is marked, so that a folder and a tile never have one name.
            if parts.is_empty() { write!(f, "{part:03}")? } else { write!(f, "x{part:03}/")? }
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl Tile {
    /// The tile with these hashes. `None` when they are more or fewer than its width.
    #[must_use]
    pub fn new(id: TileId, hashes: Vec<TreeHash>) -> Option<Tile> {
        (hashes.len() == usize::from(id.width)).then_some(Tile { id, hashes })
    }

    /// Reads a tile from the bytes of its file. `None` when they are more or fewer than its width needs. A longer file of the full
    /// tile also serves for a partial one, of which it has the hashes at its beginning.
    #[must_use]
    pub fn from_bytes(id: TileId, bytes: &[u8]) -> Option<Tile> {
        let hashes: Vec<TreeHash> =
            bytes.chunks_exact(BYTES).filter_map(|bytes| bytes.try_into().ok().map(TreeHash::from_bytes)).collect();
        if bytes.len() % BYTES == 0 { Tile::new(id, hashes) } else { None }
    }

    /// The bytes of its file: hashes one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(TreeHash::as_bytes).copied().collect()
    }

    /// Its position and width.
    #[must_use]
    pub fn id(&self) -> TileId {
        self.id
    }

    /// Its hashes, the first one first.
    #[must_use]
    pub fn hashes(&self) -> &[TreeHash] {
        &self.hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_have_the_paths_of_the_specification() {
        let tile = |level, index, width| TileId { level, index, width }.to_string();
        assert_eq!(tile(0, 0, 256), "tile/0/000");
        assert_eq!(tile(1, 999, 1), "tile/1/999.p/1");
        assert_eq!(tile(0, 1000, 256), "tile/0/x001/000");
        assert_eq!(tile(3, 1_234_067, 8), "tile/3/x001/x234/067.p/8");
    }

    /// The example of C2SP tlog-tiles, section "Partial Tiles".
    #[test]
    fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
        let tiles: Vec<TileId> = TileId::all_of_tree(70_000).collect();
        let of = |level, full| tiles.iter().filter(|tile| tile.level == level && tile.is_full() == full).count();
        assert_eq!((of(0, true), of(0, false), of(1, true), of(1, false), of(2, false), tiles.len()), (273, 1, 1, 1, 1, 277));
        let widths: Vec<u16> = tiles.iter().filter(|tile| !tile.is_full()).map(|tile| tile.width).collect();
        assert_eq!(widths, [112, 17, 1]);
        let levels: Vec<u8> = tiles.iter().skip(273).map(|tile| tile.level()).collect();
        assert_eq!(levels, [0, 1, 1, 2]);
        let of_256: Vec<String> = TileId::all_of_tree(256).map(|tile| tile.to_string()).collect();
        assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(TileId::all_of_tree(0).count(), 0);
    }
}
