//! MaxMind's CSV files: networks with the ids of places, and places with their countries.
//!
//! [GeoLite2 and GeoIP2 Country](https://dev.maxmind.com/geoip/docs/databases/city-and-country#csv-databases). City files have
//! the columns that are read here, too.

use std::collections::HashMap;
use std::io::Read;

use super::code;
use super::csv::{self, Fields, text};
use super::header::Header;
use super::lines::{self, LineFormat};
use super::prefix::{self, prefix};
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{Addresses, CountryOf, Loader, Rows};
use crate::geo::source::{Origin, Source};
use crate::region::Region;
use crate::text::quote::excerpt;

const NETWORK: &str = "network";
const ID: &str = "geoname_id";
const COUNTRY: &str = "country_iso_code";

/// The country of each place, by its id. `None` for a place that is in two countries.
type Countries = HashMap<u64, Option<Result<Region, Skipped>>>;

impl Source {
    /// Reads a blocks file (`GeoLite2-Country-Blocks-IPv4.csv`) and a locations file (`GeoLite2-Country-Locations-en.csv`; any
    /// language) of MaxMind.
    ///
    /// Columns are found by the names in the header. A network is in the country of its `geoname_id`: where it *is*, and not where
    /// it is registered, nor which country its users represent, unless [`Loader::country_of`] asks for that. A network without that
    /// id, or whose place is in no country (`EU`, or a continent), is not located, nor is one that is flagged as an anonymous proxy,
    /// a satellite provider or anycast. To read both families into one source, chain the readers: a header may come again.
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
        let mut locations_file = Locations { header: None, countries: Countries::new() };
        lines::read(&mut locations_file, &mut rows, locations)?;
        let mut blocks_file = Blocks { header: None, countries: locations_file.countries, id };
        lines::read(&mut blocks_file, &mut rows, blocks)?;
        rows.finish()
    }
}

/// The state of reading the file of places.
struct Locations {
    header: Option<Header<2>>,
    countries: Countries,
}

impl Locations {
    fn header(line: &[u8]) -> Result<Header<2>, LineError> {
        Header::read(line, [&[ID], &[COUNTRY]])
    }
}

impl LineFormat for Locations {
    fn part(&self) -> Option<&'static str> {
        Some("locations")
    }

    fn row(&mut self, _: &mut Rows, _: u64, line: &[u8]) -> Result<(), LineError> {
        match &self.header {
            None => self.header = Some(Locations::header(line)?),
            Some(header) => {
                let record = place(&mut self.countries, header, line);
                if let Err(error) = record {
                    // The columns of a joined file are where its own header says.
                    self.header = Some(Locations::header(line).map_err(|_| error)?);
                }
            }
        }
        Ok(())
    }

    /// Networks of a refused place are refused themselves, as its id is unknown.
    fn addresses(&self, _: &[u8]) -> Addresses {
        Addresses::Nothing
    }

    fn is_essential(&self) -> bool {
        self.header.is_none()
    }
}

/// Reads a place with its id.
fn place(countries: &mut Countries, header: &Header<2>, line: &[u8]) -> Result<(), LineError> {
    let [id, country] = header.fields(line)?.fields;
    let id = text(&id)?;
    let number = id.parse().map_err(|_| LineError::value(ID, id, "a number"))?;
    let place = code::place(COUNTRY, text(&country)?)?;
    let known = countries.entry(number).or_insert_with(|| Some(place.clone()));
    if known.as_ref() == Some(&place) {
        return Ok(());
    }
    // Either country may be right, so no network of this place is located.
    *known = None;
    Err(LineError::Disagrees { field: ID, value: excerpt(id), country: excerpt(text(&country)?) })
}

/// The state of reading a file of networks.
struct Blocks {
    header: Option<Header<2>>,
    countries: Countries,
    /// The column with the id of the place.
    id: &'static str,
}

impl Blocks {
    fn header(&self, line: &[u8]) -> Result<Header<2>, LineError> {
        Header::read(line, [&[NETWORK], &[self.id]])
    }
}

impl LineFormat for Blocks {
    fn row(&mut self, rows: &mut Rows, _: u64, line: &[u8]) -> Result<(), LineError> {
        match &self.header {
            None => self.header = Some(self.header(line)?),
            Some(header) => {
                if let Err(error) = self.block(rows, header, line) {
                    self.header = Some(self.header(line).map_err(|_| error)?);
                }
            }
        }
        Ok(())
    }

    fn addresses(&self, line: &[u8]) -> Addresses {
        let field = |[place, _]: [usize; 2]| Fields::of(line).nth(place).and_then(Result::ok);
        match self.header.as_ref().map(Header::positions) {
            Some([0, _]) => csv::raw_network(line).into(),
            positions => positions.and_then(field).and_then(|field| prefix::raw(&field)).into(),
        }
    }

    fn is_essential(&self) -> bool {
        self.header.is_none()
    }
}

impl Blocks {
    /// Reads a network with the id of its place.
    fn block(&self, rows: &mut Rows, header: &Header<2>, line: &[u8]) -> Result<(), LineError> {
        let row = header.fields(line)?;
        let [network, id] = &row.fields;
        let (span, id) = (prefix(NETWORK, text(network)?)?, text(id)?);
        if let Some(reason) = row.flag {
            rows.place(span, Err(reason));
            return Ok(());
        }
        if id.is_empty() {
            rows.place(span, Err(Skipped::NoCode));
            return Ok(());
        }
        let known = id.parse().ok().and_then(|id: u64| self.countries.get(&id)).and_then(Option::as_ref);
        let unknown = || LineError::value(self.id, id, "an id that the locations have once, of the same release");
        rows.place(span, known.ok_or_else(unknown)?.clone());
        Ok(())
    }
}
