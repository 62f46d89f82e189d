//! Zone list: one network a line, all in a region that the caller knows.
//!
//! The form of the per-country files that [IPdeny](https://www.ipdeny.com/ipblocks/) publishes, and of many a firewall's lists.

use std::io::Read;

use super::csv::{self, text};
use super::lines::{self, LineFormat};
use super::{header, prefix};
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::{Noted, Skipped};
use crate::geo::loader::{Addresses, Loader, Rows};
use crate::geo::source::{Origin, Source};
use crate::region::Region;

/// The state of reading a zone list.
struct Zone {
    place: Result<Region, Skipped>,
    is_begun: bool,
}

impl LineFormat for Zone {
    /// From `#`, and from `;` after a blank, to the end of the line is a comment. Right after a network a `;` separates fields, of
    /// which another may name another region.
    fn content<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let begins_comment = |at: usize| match line.get(at) {
            Some(b'#') => true,
            Some(b';') => at.checked_sub(1).and_then(|before| line.get(before)).is_none_or(u8::is_ascii_whitespace),
            _ => false,
        };
        line.get(..(0..line.len()).find(|&at| begins_comment(at)).unwrap_or(line.len())).unwrap_or(line)
    }

    fn row(&mut self, rows: &mut Rows, _: u64, line: &[u8]) -> Result<(), LineError> {
        let line = line.trim_ascii();
        let line = line.strip_suffix(b",").or_else(|| line.strip_suffix(b";")).unwrap_or(line);
        let is_name = |name: &&str| name.as_bytes().eq_ignore_ascii_case(line);
        if !std::mem::replace(&mut self.is_begun, true) && header::NETWORK.iter().any(is_name) {
            rows.note(Noted::Header);
            return Ok(());
        }
        rows.place(prefix::network_or_range("network", text(line)?.trim())?, self.place.clone());
        Ok(())
    }

    fn addresses(&self, line: &[u8]) -> Addresses {
        csv::raw_network(line).into()
    }

    fn ends_in_network(&self) -> bool {
        true
    }
}

impl Source {
    /// Reads one network a line, and says that all of them are in `region`.
    ///
    /// A network is an address and a length without host bits, one address, or a range (`203.0.113.0-203.0.113.255`). From a `#`, or a
    /// `;` after a blank, to the end of its line is a comment; blank lines are skipped. A last line without an end whose length may have
    /// lost a digit (`/1`) is an error, as the file may be cut off. With [`Region::UNKNOWN`] the list says "do not locate".
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
        let place = if region == Region::UNKNOWN { Err(Skipped::code(region.as_str())) } else { Ok(region) };
        lines::read(&mut Zone { place, is_begun: false }, &mut rows, reader)?;
        rows.finish()
    }
}
