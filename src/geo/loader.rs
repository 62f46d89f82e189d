//! Options of loading a file, and the source that its rows fill.

use std::io;
use std::str::FromStr;

use super::error::{LineError, Refused, SourceError};
use super::load_report::{Noted, Skipped};
use super::source::{Origin, Range, Source};
use crate::net::address::{Bits, IpSpan, Span};
use crate::region::Region;

/// Options of loading a file into a [`Source`]: begins with [`Source::loader`] and ends with the method of a format.
///
/// By default the load is strict: the first line that cannot be read is an error, and nothing is loaded.
///
/// ```
/// use bailiwick::Source;
///
/// let feed = "192.0.2.0/24,US,US-AL,,\n198.51.100.7/24,FR,,,\n";
/// assert!(Source::loader("feed").geofeed(feed.as_bytes()).is_err());
///
/// let source = Source::loader("feed").tolerant().geofeed(feed.as_bytes())?;
/// assert_eq!(source.load_report().located(), 1);
/// assert_eq!(
///     source.load_report().refused()[0].error.to_string(),
///     "`ip_prefix` is `198.51.100.7/24`, which has host bits set: did you mean `198.51.100.0/24`?",
/// );
/// # Ok::<(), bailiwick::SourceError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Loader {
    pub(super) name: String,
    pub(super) tolerant: bool,
    pub(super) country_of: CountryOf,
    pub(super) code_column: Option<usize>,
    max_rows: usize,
    #[cfg(feature = "mmdb")]
    pub(super) country_path: Option<Vec<String>>,
    #[cfg(feature = "mmdb")]
    pub(super) subdivision_path: Option<Vec<String>>,
}

/// The country that places the addresses of a network, of the three that MaxMind gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CountryOf {
    /// The country in which the addresses are used: `geoname_id`, `country`. A network that has none is not located, wherever it is
    /// registered.
    #[default]
    Location,
    /// The country in which the network is registered: `registered_country_geoname_id`, `registered_country`. It is often used
    /// elsewhere.
    Registration,
    /// The country that the users of the network represent, as a military base does: `represented_country_geoname_id`,
    /// `represented_country`.
    Representation,
}

impl Source {
    /// Begins to load a file with options: see [`Loader`]. The constructors of the form `from_…` have none.
    pub fn loader(name: impl Into<String>) -> Loader {
        Loader {
            name: name.into(),
            tolerant: false,
            country_of: CountryOf::default(),
            code_column: None,
            max_rows: usize::MAX,
            #[cfg(feature = "mmdb")]
            country_path: None,
            #[cfg(feature = "mmdb")]
            subdivision_path: None,
        }
    }
}

impl Loader {
    /// Counts the lines that cannot be read instead of returning the first one as an error: see [`Source::load_report`].
    ///
    /// The addresses of such a line are not located, so that no wider row speaks for them. Some errors remain errors: a line whose
    /// addresses cannot be read, in a file with rows that overlap; a file without a line that can be read; a header that cannot be
    /// read; a file that ends early; a damaged database. In a MaxMind DB, codes of no place are counted.
    pub fn tolerant(mut self) -> Loader {
        self.tolerant = true;
        self
    }

    /// The column of range CSV or CIDR CSV that has the code, from 1. Without this it is found by the header, or by what the columns
    /// of the published files hold.
    pub fn code_column(mut self, column: usize) -> Loader {
        self.code_column = Some(column);
        self
    }

    /// Refuses a file with more rows. A compressed file may have far more than its size suggests.
    #[cfg(feature = "files")]
    pub(super) fn at_most(mut self, rows: usize) -> Loader {
        self.max_rows = rows;
        self
    }

    /// The country of MaxMind's that places the addresses: by default the one where they are.
    pub fn country_of(mut self, country_of: CountryOf) -> Loader {
        self.country_of = country_of;
        self
    }

    /// Begins to fill a source with the rows of a file.
    pub(super) fn rows(self, origin: Origin) -> Rows {
        let mut source = Source::new(self.name);
        source.origin = origin;
        Rows { source, tolerant: self.tolerant, max_rows: self.max_rows }
    }
}

/// The most rows of a compressed file, and the most networks of a MaxMind DB, whose tree may share nodes. The largest published
/// databases have some 20 million. Rows take 48 bytes each, so a small file cannot fill more than 1.6 GB of memory.
#[cfg(feature = "mmdb")]
pub(super) const MAX_ROWS: usize = 1 << 25;

/// A source that is being filled, row by row.
pub(super) struct Rows {
    pub(super) source: Source,
    pub(super) tolerant: bool,
    max_rows: usize,
}

impl Rows {
    /// Adds a row: its addresses are in a region, or not located for a reason.
    pub(super) fn place(&mut self, span: IpSpan, region: Result<Region, Skipped>) {
        match region {
            Ok(region) => {
                self.source.push(span, region);
                self.source.load_report.count_located();
            }
            Err(reason) => {
                self.silence(span);
                self.source.load_report.count_skipped(reason);
            }
        }
    }

    /// Counts a row that is not about addresses.
    pub(super) fn skip(&mut self, reason: Skipped) {
        self.source.load_report.count_skipped(reason);
    }

    /// Counts a note about a line.
    pub(super) fn note(&mut self, noted: Noted) {
        self.source.load_report.count_noted(noted);
    }

    /// Leaves addresses unlocated, so that no wider row speaks for them.
    fn silence(&mut self, span: IpSpan) {
        self.source.push(span, Region::UNKNOWN);
    }

    /// Counts a refused line, and does not locate its addresses.
    pub(super) fn refuse(&mut self, part: Option<&'static str>, line: u64, addresses: Addresses, error: LineError) {
        let is_readable = match addresses {
            Addresses::Span(span) => {
                self.silence(span);
                true
            }
            Addresses::Nothing => true,
            Addresses::Unreadable => false,
        };
        self.source.load_report.count_refused(Refused { part, line, error }, is_readable);
    }

    /// The error of a reader that failed after that many lines.
    pub(super) fn unread(&self, part: Option<&'static str>, line: u64, error: io::Error) -> SourceError {
        SourceError::Read { source_name: self.source.name.clone(), part, line, error }
    }

    /// Returns an error when the file has more rows than allowed.
    pub(super) fn check_number(&self) -> Result<(), SourceError> {
        if self.source.len() <= self.max_rows {
            return Ok(());
        }
        Err(SourceError::TooManyRows { source_name: self.source.name.clone(), limit: self.max_rows })
    }

    /// Returns the source, unless a wider row may speak for the addresses of a refused line, or all lines were refused.
    pub(super) fn finish(self) -> Result<Source, SourceError> {
        self.source.check_refused()?;
        Ok(self.source)
    }
}

impl Source {
    /// Checks what a tolerant load refused.
    ///
    /// # Errors
    ///
    /// When a refused line has addresses that cannot be read and rows overlap, and when all lines were refused.
    pub(super) fn check_refused(&self) -> Result<(), SourceError> {
        let report = &self.load_report;
        if let Some(refused) = report.unreadable().filter(|_| self.overlaps()) {
            return Err(SourceError::Unreadable { source_name: self.name.clone(), refused: Box::new(refused.clone()) });
        }
        match report.refused().first() {
            Some(first) if report.is_all_refused() => {
                Err(SourceError::AllRefused { source_name: self.name.clone(), rows: report.rows(), first: Box::new(first.clone()) })
            }
            _ => Ok(()),
        }
    }

    /// Whether two rows that are not equal have an address in common.
    fn overlaps(&self) -> bool {
        fn overlap<T: Bits>(ranges: &[Range<T>]) -> bool {
            let mut spans: Vec<Span<T>> = ranges.iter().map(|range| range.span).collect();
            spans.sort_unstable();
            spans.dedup();
            spans.windows(2).any(|pair| matches!(pair, [one, next] if next.first <= one.last))
        }
        overlap(&self.v4) || overlap(&self.v6)
    }
}

/// The addresses of a refused line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    /// These.
    Span(IpSpan),
    /// The line is not about addresses.
    Nothing,
    /// The line may be about any address.
    Unreadable,
}

impl From<Option<IpSpan>> for Addresses {
    fn from(span: Option<IpSpan>) -> Addresses {
        span.map_or(Addresses::Unreadable, Addresses::Span)
    }
}

/// A decimal number, of digits only: `parse` alone would read `+5`, too.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(all(test, feature = "files"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_more_rows_than_allowed_is_refused_in_every_format_of_lines() {
        let range = |loader: Loader| loader.range_csv("192.0.2.0,192.0.2.1,CN\n".repeat(4).as_bytes());
        let cidr = |loader: Loader| loader.cidr_csv("192.0.2.0/24,CN\n".repeat(4).as_bytes());
        let zone = |loader: Loader| loader.zone(Region::UNKNOWN, "192.0.2.0/24\n".repeat(4).as_bytes());
        let rir = |loader: Loader| loader.rir("x|CN|ipv4|192.0.2.0|1||allocated\n".repeat(4).as_bytes());
        let feed = |loader: Loader| loader.geofeed("192.0.2.0,CN\n192.0.2.1,CN\n192.0.2.2,CN\n192.0.2.3,CN\n".as_bytes());
        for load in [range, cidr, zone, rir, feed] as [fn(Loader) -> Result<Source, SourceError>; 5] {
            for loader in [Source::loader("x"), Source::loader("x").tolerant()] {
                let error = load(loader.clone().at_most(2)).unwrap_err();
                assert!(matches!(error, SourceError::TooManyRows { limit: 2, .. }), "{error}");
                assert!(load(loader.at_most(4)).is_ok());
            }
        }
    }
}
