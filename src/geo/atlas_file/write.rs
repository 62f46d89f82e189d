//! Writing a compiled atlas.

use std::io::{self, Write};

use super::{CHECKSUM, HEADER, MAGIC, NO_REGIONS, REGION, VERSION, is_wide, sources};
use crate::digest::Digest;
use crate::geo::atlas::Atlas;
use crate::net::index::saturating;
use crate::region::Region;

impl Atlas {
    /// The compiled atlas as a file, with the feature `bundle`: [`from_bytes`](Atlas::from_bytes) reads it in milliseconds.
    ///
    /// The bytes depend on the answers of the atlas, on what it tells of its sources, and on the version of this library; not on
    /// the machine. The file of the world's ranges is smaller than its CSV, and need not be compressed. `docs/atlas-file.md` in the
    /// repository tells its form to the byte.
    ///
    /// ```
    /// use bailiwick::{Atlas, Source};
    ///
    /// let mut source = Source::new("provider");
    /// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
    /// let atlas = Atlas::builder().source(source).build()?;
    ///
    /// let loaded = Atlas::from_bytes(&atlas.to_bytes())?;
    /// assert_eq!(loaded.locate("203.0.113.7".parse()?), atlas.locate("203.0.113.7".parse()?));
    /// assert_eq!(loaded.digest(), atlas.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let regions: Vec<Region> = self.locations().iter().filter_map(|location| location.region()).collect();
        let is_wide = is_wide(NO_REGIONS + regions.len());
        let (mut of_sources, mut v4, mut v6) = (Vec::new(), Vec::new(), Vec::new());
        self.sources().iter().for_each(|source| sources::write(source, &mut of_sources));
        self.tries().v4.write(is_wide, &mut v4);
        self.tries().v6.write(is_wide, &mut v6);
        let parts = [of_sources, v4, v6];

        let len = HEADER + REGION * regions.len() + parts.iter().map(Vec::len).sum::<usize>() + CHECKSUM;
        let mut file = Vec::with_capacity(len);
        file.extend(MAGIC);
        file.extend(VERSION.to_le_bytes());
        file.extend(saturating(self.sources().len()).to_le_bytes());
        file.extend(saturating(regions.len()).to_le_bytes());
        parts.iter().for_each(|part| file.extend(sources::number(part.len())));
        regions.iter().for_each(|region| file.extend(region.to_bytes()));
        parts.iter().for_each(|part| file.extend(part));
        let checksum = Digest::of(&file);
        file.extend(checksum.as_bytes());
        file
    }

    /// Writes [`to_bytes`](Atlas::to_bytes).
    ///
    /// # Errors
    ///
    /// Errors of the writer.
    pub fn write_to(&self, mut writer: impl Write) -> io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}
