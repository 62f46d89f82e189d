//! How a file is loaded: what may be chosen, and what a row does to the source.

use std::io;
use std::str::FromStr;

use super::error::{LineError, SourceError};
use super::load_report::Skipped;
use super::source::{Origin, Source};
use crate::net::address::IpSpan;
use crate::region::Region;

/// How to load a file into a [`Source`]: begun by [`Source::loader`], ended by the name of a format.
///
/// Strict unless told otherwise: the first line that cannot be read is an error, and nothing is loaded.
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
    #[cfg(feature = "mmdb")]
    pub(super) country_path: Option<Vec<String>>,
    #[cfg(feature = "mmdb")]
    pub(super) subdivision_path: Option<Vec<String>>,
}

/// Which of the countries that MaxMind gives for a network is taken for the place of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CountryOf {
    /// Where the addresses are used: `geoname_id`, `country`. A network that has none is not located, wherever it is registered.
    #[default]
    Location,
    /// Where the provider has registered the network: `registered_country_geoname_id`, `registered_country`. Often not where it is
    /// used.
    Registration,
    /// The country that the users of the network represent, as a military base does: `represented_country_geoname_id`,
    /// `represented_country`.
    Representation,
}

impl Source {
    /// Begins to load a file, with a choice of how: see [`Loader`]. The constructors of the form `from_…` choose nothing.
    pub fn loader(name: impl Into<String>) -> Loader {
        Loader {
            name: name.into(),
            tolerant: false,
            country_of: CountryOf::default(),
            #[cfg(feature = "mmdb")]
            country_path: None,
            #[cfg(feature = "mmdb")]
            subdivision_path: None,
        }
    }
}

impl Loader {
    /// Passes over lines that cannot be read: [`Source::load_report`] counts them, and has the first few.
    ///
    /// Where the addresses of such a line can be read, they are not located, so that no wider row speaks for them. A header, a file
    /// that ends early and a damaged database are errors all the same.
    pub fn tolerant(mut self) -> Loader {
        self.tolerant = true;
        self
    }

    /// Which of MaxMind's countries to take: where the addresses are, unless told.
    pub fn country_of(mut self, country_of: CountryOf) -> Loader {
        self.country_of = country_of;
        self
    }

    /// Begins to fill a source with the rows of a file.
    pub(super) fn rows(self, origin: Origin) -> Rows {
        let mut source = Source::new(self.name);
        source.origin = origin;
        Rows { source, tolerant: self.tolerant }
    }
}

/// A source that is being filled, row by row.
pub(super) struct Rows {
    pub(super) source: Source,
    pub(super) tolerant: bool,
}

impl Rows {
    /// A row that says a code: its region, or a reason why its addresses are not located.
    pub(super) fn place(&mut self, span: IpSpan, code: &str) {
        self.place_in(span, region(code).ok_or_else(|| Skipped::code(code)));
    }

    /// A row that is in a region, or not located for a reason.
    pub(super) fn place_in(&mut self, span: IpSpan, region: Result<Region, Skipped>) {
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

    /// A row that is refused as a repetition, and yet may say something else than the first.
    pub(super) fn repeat(&mut self, span: IpSpan, code: &str) {
        self.source.push(span, region(code).unwrap_or(Region::UNKNOWN));
    }

    /// A row that is about no address.
    pub(super) fn skip(&mut self, reason: Skipped) {
        self.source.load_report.count_skipped(reason);
    }

    /// Says of addresses that they are not located, so that no wider row speaks for them.
    pub(super) fn silence(&mut self, span: IpSpan) {
        self.source.push(span, Region::UNKNOWN);
    }

    /// The error of a reader that failed after that many lines.
    pub(super) fn unread(&self, part: Option<&'static str>, line: u64, error: io::Error) -> SourceError {
        SourceError::Read { source_name: self.source.name.clone(), part, line, error }
    }

    /// Refuses a line with an error. Those of its addresses that could be read are not located.
    pub(super) fn refuse(&mut self, span: impl Into<Option<IpSpan>>, error: LineError) -> Result<(), LineError> {
        span.into().into_iter().for_each(|span| self.silence(span));
        Err(error)
    }
}

/// The region that a code of a geo file places addresses in. ISO 3166-1 leaves `XX` to its users, and those of geo files mean
/// "unknown" by it, as by `ZZ`.
pub(super) fn region(code: &str) -> Option<Region> {
    let region: Region = code.parse().ok()?;
    let nowhere = ["ZZ", "XX"].contains(&region.country().as_str());
    if nowhere { None } else { Some(region) }
}

/// A decimal number, of digits only: `parse` alone would read `+5`, too.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}
