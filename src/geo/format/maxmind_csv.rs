//! MaxMind's CSV files: networks with the ids of places, and places with their countries.
//!
//! [GeoLite2 and GeoIP2 Country](https://dev.maxmind.com/geoip/docs/databases/city-and-country#csv-databases). City files have
//! the columns that are read here, too.

use std::collections::HashMap;
use std::io::Read;

use super::csv::Fields;
use super::lines::LineFormat;
use super::prefix::prefix;
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{CountryOf, Loader, Rows};
use crate::geo::source::{Origin, Source};
use crate::text::quote::excerpt;

const LOCATIONS: LineFormat = LineFormat { part: Some("locations"), comments_anywhere: false };

const NETWORK: &str = "network";
const ID: &str = "geoname_id";
const COUNTRY: &str = "country_iso_code";

/// The country code of each place, by its id.
type Countries = HashMap<u64, Box<str>>;

impl Source {
    /// Reads a blocks file (`GeoLite2-Country-Blocks-IPv4.csv`) and a locations file (`GeoLite2-Country-Locations-en.csv`; any
    /// language) of MaxMind.
    ///
    /// Columns are found by the names in the header. A network is in the country of its `geoname_id`: where it *is*, and not where
    /// it is registered, nor which country its users represent, unless [`Loader::country_of`] asks for that. A network without that
    /// id, or whose place is in no country (`EU`, or a continent), is not located. To read both families into one source, chain
    /// the readers: a header may come again.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number and file, or a reader's error. A header without a column that is
    /// needed, and an id that the locations do not have, are errors.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// # use std::io::Read as _;
    /// let v4 = "network,geoname_id,registered_country_geoname_id\n203.0.113.0/24,1819730,1814991\n";
    /// let v6 = "network,geoname_id,registered_country_geoname_id\n2001:db8::/32,,1814991\n";
    /// let locations = "geoname_id,country_iso_code,country_name\n1814991,CN,China\n1819730,HK,\"Hong Kong\"\n";
    ///
    /// let source = Source::from_maxmind_csv("maxmind", v4.as_bytes().chain(v6.as_bytes()), locations.as_bytes())?;
    /// assert_eq!(source.ranges().next(), Some(("203.0.113.0".parse()?, "203.0.113.255".parse()?, "HK".parse()?)));
    /// assert_eq!(source.load_report().located(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_maxmind_csv(name: impl Into<String>, blocks: impl Read, locations: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).maxmind_csv(blocks, locations)
    }
}

impl Loader {
    /// As [`Source::from_maxmind_csv`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict, and a bad header always.
    pub fn maxmind_csv(self, blocks: impl Read, locations: impl Read) -> Result<Source, SourceError> {
        let id = match self.country_of {
            CountryOf::Location => ID,
            CountryOf::Registration => "registered_country_geoname_id",
            CountryOf::Representation => "represented_country_geoname_id",
        };
        let mut rows = self.rows(Origin::Published);
        let mut countries = Countries::new();
        for_each_record(LOCATIONS, &mut rows, locations, [ID, COUNTRY], |_, [id, country]| {
            let number = id.parse().map_err(|_| LineError::value(ID, id, "a number"))?;
            let known = countries.entry(number).or_insert_with(|| country.into());
            if known.eq_ignore_ascii_case(country) {
                return Ok(());
            }
            // Either may be right, so a tolerant load locates nothing there.
            *known = Box::default();
            Err(LineError::Disagrees { field: ID, value: excerpt(id), country: excerpt(country) })
        })?;
        for_each_record(LineFormat::PLAIN, &mut rows, blocks, [NETWORK, id], |rows, [network, place]| {
            block(rows, &countries, network, id, place)
        })?;
        Ok(rows.source)
    }
}

/// A network with the id of its place.
fn block(rows: &mut Rows, countries: &Countries, network: &str, field: &'static str, id: &str) -> Result<(), LineError> {
    let span = prefix(NETWORK, network)?;
    if id.is_empty() {
        rows.place_in(span, Err(Skipped::NoCode));
        return Ok(());
    }
    match id.parse().ok().and_then(|id: u64| countries.get(&id)) {
        Some(country) => {
            rows.place(span, country);
            Ok(())
        }
        None => Err(LineError::value(field, id, "an id that the locations have, of the same release")),
    }
}

/// Calls `each` with the columns of those names of every line after the header.
fn for_each_record(
    file: LineFormat,
    rows: &mut Rows,
    reader: impl Read,
    names: [&'static str; 2],
    mut each: impl FnMut(&mut Rows, [&str; 2]) -> Result<(), LineError>,
) -> Result<(), SourceError> {
    let mut header: Option<Header> = None;
    // Without the header nothing that follows means anything.
    let tolerant = std::mem::take(&mut rows.tolerant);
    file.for_each_line(rows, reader, |rows, _, line| match &mut header {
        None => {
            header = Some(Header::read(line, names)?);
            rows.tolerant = tolerant;
            Ok(())
        }
        Some(header) if header.line == line => Ok(()),
        Some(header) => {
            let done = header.columns(line).and_then(|[one, other]| each(rows, [&one, &other]));
            let Err(error) = done else { return Ok(()) };
            // That of another file has its columns where it says, and not where the first one has them.
            if let Ok(another) = Header::read(line, names) {
                *header = another;
                return Ok(());
            }
            let [network, _] = header.at;
            let network = Fields::of(line).nth(network).and_then(Result::ok);
            rows.refuse(network.and_then(|network| prefix(NETWORK, &network).ok()), error)
        }
    })?;
    rows.tolerant = tolerant;
    Ok(())
}

/// Where the columns are.
struct Header {
    line: String,
    columns: usize,
    at: [usize; 2],
}

impl Header {
    fn read(line: &str, names: [&'static str; 2]) -> Result<Header, LineError> {
        let columns = Fields::of(line).collect::<Result<Vec<_>, _>>()?;
        let find = |name: &'static str| {
            columns.iter().position(|column| column.eq_ignore_ascii_case(name)).ok_or(LineError::NoColumn { column: name })
        };
        let [one, other] = names;
        Ok(Header { line: line.to_owned(), columns: columns.len(), at: [find(one)?, find(other)?] })
    }

    /// The two fields of a line that are asked for.
    fn columns<'a>(&self, line: &'a str) -> Result<[std::borrow::Cow<'a, str>; 2], LineError> {
        let mut found = 0;
        let mut fields = self.at.map(|_| None);
        for field in Fields::of(line) {
            let field = field?;
            for (slot, _) in fields.iter_mut().zip(self.at).filter(|&(_, at)| at == found) {
                *slot = Some(field.clone());
            }
            found += 1;
        }
        match fields {
            [Some(one), Some(other)] if found == self.columns => Ok([one, other]),
            _ => Err(LineError::Columns { found, header: self.columns }),
        }
    }
}
