//! CIDR CSV: `network,CC` a line.
//!
//! No publisher specifies it: people keep such files by hand, and tools write them. IP2Location's CIDR files are of this form, with
//! quotes and the country's name, and IPinfo's files, with a header.

use std::io::Read;

use super::lines;
use super::table::{AddressColumns, Table};
use crate::geo::error::SourceError;
use crate::geo::loader::Loader;
use crate::geo::source::{Origin, Source};

impl Source {
    /// Reads `network,CC` lines.
    ///
    /// A network is an address and a length (`203.0.113.0/24`, `2001:db8::/32`) without host bits, one address, or a range
    /// (`203.0.113.0-203.0.113.255`). Comments, lines, separators, quotes, headers and codes are those of
    /// [`Source::from_range_csv`]. The country's name may follow the code.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let source = Source::from_cidr_csv("provider", "203.0.113.0/24,CN\n2001:db8::1,US-CA\n".as_bytes())?;
    /// assert_eq!(source.len(), 2);
    /// # Ok::<(), bailiwick::SourceError>(())
    /// ```
    pub fn from_cidr_csv(name: impl Into<String>, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).cidr_csv(reader)
    }
}

impl Loader {
    /// As [`Source::from_cidr_csv`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn cidr_csv(self, reader: impl Read) -> Result<Source, SourceError> {
        let column = self.code_column;
        let mut rows = self.rows(Origin::Own);
        lines::read(&mut Table::new(AddressColumns::Networks, column), &mut rows, reader)?;
        rows.finish()
    }
}
