//! The compiled atlas as a file: `docs/atlas-file.md` has its form.

mod error;
mod read;
mod sources;
mod write;

pub use error::AtlasFileError;

use crate::digest;

/// The first bytes of each file.
pub(super) const MAGIC: [u8; 16] = *b"bailiwick atlas\0";

/// The version of the form. A change of the trie's tables makes a new one.
const VERSION: u32 = 1;

/// The bytes before the regions: magic, version, two counts of 32 bits and three lengths of 64 bits.
const HEADER: usize = 16 + 3 * 4 + 3 * 8;

/// The bytes of a region's code.
const REGION: usize = 8;

/// The bytes of the checksum at the end, SHA-256 of all before it.
const CHECKSUM: usize = digest::BYTES;

/// The number of locations that are not regions: unknown and contested, whose ids come first.
const NO_REGIONS: usize = 2;

/// Whether ids of this many locations take two bytes.
fn is_wide(locations: usize) -> bool {
    locations > 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_two_bytes_when_one_cannot_count_them() {
        assert_eq!([0, 2, 255, 256, 257, 65_536].map(is_wide), [false, false, false, false, true, true]);
    }
}
