//! Range CSV: `first,last,CC` a line, both ends inclusive.
//!
//! The form of the country files that [ip-location-db](https://github.com/sapics/ip-location-db) and
//! [DB-IP lite](https://db-ip.com/db/download/ip-to-country-lite) publish and, with other columns, of files of
//! [IP2Location](https://lite.ip2location.com/), [iptoasn](https://iptoasn.com/), DB-IP and MaxMind: see [`table`](super::table).

use std::io::Read;

use super::lines;
use super::table::{AddressColumns, Table};
use crate::geo::error::SourceError;
use crate::geo::loader::Loader;
use crate::geo::source::{Origin, Source};

impl Source {
    /// Reads `first,last,CC` lines, both ends inclusive.
    ///
    /// Addresses are text (`1.0.0.0`, `2001:db8::`) or decimal numbers (`16777216`). A number is an IPv6 address when one of
    /// the two ends can only be IPv6, IPv4 otherwise. Blank lines and lines that begin with `#` are skipped; lines end with LF, CRLF
    /// or CR and have at most 4,096 bytes. Semicolons or tabs may stand for the commas, and fields may be in quotes.
    ///
    /// Files with more columns are read where their publisher is known by them: IP2Location (DB1 to DB11), ip-location-db, DB-IP,
    /// iptoasn, MaxMind's legacy file. In others name the column with [`Loader::code_column`]. A header is read by its names (`start`,
    /// `end`, `country_code` and the like) and is counted. A field that is not read may be in any encoding.
    ///
    /// Two letters that are no [`Region`](crate::Region) (`EU`, `AP`), `A1`, `A2`, `O1`, `T1`, `XX`, `??`, `-` and nothing read as
    /// [`Region::UNKNOWN`](crate::Region::UNKNOWN): the provider does not place the range, so a wider row must not speak for it. So
    /// does `None` in files of iptoasn. Any other code is an error.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let source = Source::from_range_csv("provider", "1.0.1.0,1.0.3.255,CN\n16778240,16779263,AU\n".as_bytes())?;
    /// assert_eq!(source.len(), 2);
    ///
    /// let error = Source::from_range_csv("provider", "1.0.1.0,1.0.3.256,CN\n".as_bytes()).unwrap_err();
    /// assert!(error.to_string().starts_with("source `provider`, line 1: `last` is `1.0.3.256`"));
    /// # Ok::<(), bailiwick::SourceError>(())
    /// ```
    pub fn from_range_csv(name: impl Into<String>, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).range_csv(reader)
    }
}

impl Loader {
    /// As [`Source::from_range_csv`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn range_csv(self, reader: impl Read) -> Result<Source, SourceError> {
        let column = self.code_column;
        let mut rows = self.rows(Origin::Published);
        lines::read(&mut Table::new(AddressColumns::Ranges, column), &mut rows, reader)?;
        rows.finish()
    }
}
