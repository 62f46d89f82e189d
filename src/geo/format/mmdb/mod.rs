//! MaxMind DB: a binary search tree over addresses, with records at its leaves.
//!
//! [MaxMind DB file format, version 2.0](https://maxmind.github.io/MaxMind-DB/). MaxMind, DB-IP, IPinfo and others publish in it,
//! with records of their own layout. The tree is walked here, so that the number of networks is bounded; the metadata and the records
//! are read by the `maxminddb` crate, which bounds depth and size of what it decodes.

mod keys;
mod layout;
mod tree;

use std::collections::HashMap;

use maxminddb::Reader;

use self::layout::Layout;
use self::tree::Tree;
use crate::geo::error::{MmdbError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{CountryOf, Loader};
use crate::geo::source::{Origin, Source};
use crate::region::Region;

impl Source {
    /// Reads a MaxMind DB from its bytes, with the feature `mmdb`.
    ///
    /// The place of a network is the code in its record: at `country.iso_code`, as MaxMind and DB-IP write it, at `country_code` or
    /// `country`, as IPinfo does, or the record itself, where it is a text, as in the databases for sing-box and Clash.
    /// [`Loader::country_path`] is for other layouts, and [`Loader::subdivision_path`] for more than countries. A network whose record
    /// has no country, or a code of no place as in [`Source::from_range_csv`], is not located, nor is one that is flagged as an anonymous
    /// proxy, a satellite provider or anycast. The source has the time at which the database was built.
    ///
    /// In a database of both families the networks under `::/96` are IPv4, as the format has it. Other places of the tree that
    /// lead to the same nodes (6to4, Teredo, `::ffff:0:0/96`) are passed over: here such addresses are ordinary IPv6, and mapped
    /// ones are IPv4 anyway. A network of IPv6 that is wider than `::/96` does not speak for IPv4.
    ///
    /// # Errors
    ///
    /// When the database is damaged, when no record has a country at the path, when a record has a key twice, and when one has another
    /// text than a code at the path. A [tolerant](Loader::tolerant) load counts records with such a text and does not locate them; there
    /// is no other tolerance.
    ///
    /// ```no_run
    /// # use bailiwick::Source;
    /// let source = Source::from_mmdb("maxmind", std::fs::read("GeoLite2-Country.mmdb")?)?;
    ///
    /// let bytes = std::fs::read("own.mmdb")?;
    /// let source = Source::loader("own").country_path(&["place", "code"]).mmdb(bytes)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_mmdb(name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Source, SourceError> {
        Source::loader(name).mmdb(bytes)
    }
}

impl Loader {
    /// The keys that lead to the country's code in a record of a MaxMind DB; none for a record that is itself the code. Without this
    /// the layouts of [`Source::from_mmdb`] are tried. A key that is a decimal number is a place in a list, from 0.
    pub fn country_path(mut self, path: &[&str]) -> Loader {
        self.country_path = Some(path.iter().map(|&key| key.to_owned()).collect());
        self
    }

    /// The keys that lead to the code of a subdivision in a record of a MaxMind DB. Without this only countries are read.
    /// MaxMind's City databases have it at `["subdivisions", "0", "iso_code"]`.
    ///
    /// The code is that within the country (`CA`) or the full one (`US-CA`). Where it makes no [`Region`] the country is taken;
    /// a full one of another country locates nothing.
    pub fn subdivision_path(mut self, path: &[&str]) -> Loader {
        self.subdivision_path = Some(path.iter().map(|&key| key.to_owned()).collect());
        self
    }

    /// As [`Source::from_mmdb`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn mmdb(mut self, bytes: impl AsRef<[u8]>) -> Result<Source, SourceError> {
        let country = self.country_path.take().map_or_else(|| self.country_of.paths(), |path| vec![path]);
        let subdivision = self.subdivision_path.take();
        let name = self.name.clone();
        read(self, country, subdivision, bytes.as_ref()).map_err(|error| SourceError::Mmdb { source_name: name, error })
    }
}

impl CountryOf {
    /// The paths at which records have it, those first that are tried first.
    fn paths(self) -> Vec<Vec<String>> {
        let paths: &[&[&str]] = match self {
            CountryOf::Location => &[&["country", "iso_code"], &["country_code"], &["country"], &[]],
            CountryOf::Registration => &[&["registered_country", "iso_code"]],
            CountryOf::Representation => &[&["represented_country", "iso_code"]],
        };
        paths.iter().map(|path| path.iter().map(|&key| key.to_owned()).collect()).collect()
    }
}

fn read(load: Loader, country: Vec<Vec<String>>, subdivision: Option<Vec<String>>, bytes: &[u8]) -> Result<Source, MmdbError> {
    let reader = Reader::from_source(bytes).map_err(MmdbError::damaged)?;
    let tree = Tree::of(&reader, bytes)?;
    let built = reader.metadata().build_time().ok();
    let mut rows = load.rows(Origin::Published);
    let mut layout = Layout::new(country, subdivision, rows.tolerant);
    // Many networks share a record, which is then decoded once.
    let mut places: HashMap<usize, Result<Region, Skipped>> = HashMap::new();
    tree.walk(|network, record| {
        let place = match places.get(&record) {
            Some(place) => place.clone(),
            None => {
                let place = layout.place(&reader, network)?;
                places.insert(record, place.clone());
                place
            }
        };
        rows.place(network.into(), place);
        Ok(())
    })?;
    if !places.is_empty() && !layout.has_country() {
        return Err(layout.no_country());
    }
    Ok(match built {
        Some(time) => rows.source.as_of(time),
        None => rows.source,
    })
}
