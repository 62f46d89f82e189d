//! CIDR CSV: `network,CC` a line.
//!
//! No publisher's specification: what people keep by hand, and what tools write. IP2Location's CIDR files are of this form, with
//! quotes and the country's name.

use std::io::Read;

use super::csv;
use super::lines::LineFormat;
use super::prefix::prefix;
use crate::geo::error::{LineError, SourceError};
use crate::geo::loader::{Loader, Rows};
use crate::geo::source::{Origin, Source};

/// The fields of a line.
const FIELDS: &str = "network,code";

impl Source {
    /// Reads `network,CC` lines.
    ///
    /// A network is an address and a length (`203.0.113.0/24`, `2001:db8::/32`) without host bits, or one address. Comments,
    /// lines, quotes and codes are those of [`Source::from_range_csv`]: a line that begins with a quote may have a third field.
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
        let mut rows = self.rows(Origin::Own);
        LineFormat::PLAIN.for_each_line(&mut rows, reader, |rows, _, line| row(rows, line))?;
        Ok(rows.source)
    }
}

fn row(rows: &mut Rows, line: &str) -> Result<(), LineError> {
    match csv::columns(line, FIELDS) {
        Ok([network, code]) => {
            rows.place(prefix("network", &network)?, &code);
            Ok(())
        }
        Err(error) => rows.refuse(prefix("network", &csv::Fields::of(line).next_or_empty()?).ok(), error),
    }
}
