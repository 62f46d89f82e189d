//! Zone list: one network a line, all in a region that the caller knows.
//!
//! The form of the per-country files that [IPdeny](https://www.ipdeny.com/ipblocks/) publishes, and of many a firewall's lists.

use std::io::Read;

use super::lines::LineFormat;
use super::prefix::prefix;
use crate::geo::error::SourceError;
use crate::geo::load_report::Skipped;
use crate::geo::loader::Loader;
use crate::geo::source::{Origin, Source};
use crate::region::Region;

/// Comments may follow a network: no network has a `#`.
const ZONE: LineFormat = LineFormat { part: None, comments_anywhere: true };

impl Source {
    /// Reads one network a line, and says that all of them are in `region`.
    ///
    /// A network is an address and a length without host bits, or one address. From a `#` to the end of its line is a comment;
    /// blank lines are skipped. With [`Region::UNKNOWN`] the list says "do not locate".
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let zone = "203.0.113.0/24  # the office\n2001:db8::/32\n";
    /// let source = Source::from_zone("cn.zone", "CN".parse()?, zone.as_bytes())?;
    /// assert_eq!(source.load_report().located(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_zone(name: impl Into<String>, region: Region, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).zone(region, reader)
    }
}

impl Loader {
    /// As [`Source::from_zone`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn zone(self, region: Region, reader: impl Read) -> Result<Source, SourceError> {
        let mut rows = self.rows(Origin::Own);
        ZONE.for_each_line(&mut rows, reader, |rows, _, line| {
            let located = if region == Region::UNKNOWN { Err(Skipped::code(region.as_str())) } else { Ok(region) };
            rows.place_in(prefix("network", line)?, located);
            Ok(())
        })?;
        Ok(rows.source)
    }
}
