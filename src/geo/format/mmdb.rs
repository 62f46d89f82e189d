//! MaxMind DB: a binary search tree over addresses, with records at its leaves.
//!
//! [MaxMind DB file format, version 2.0](https://maxmind.github.io/MaxMind-DB/). MaxMind, DB-IP, IPinfo and others publish in it,
//! with records of their own layout. The tree is walked here, so that the work is bounded by its size whatever it leads to; the
//! metadata and the records are read by the `maxminddb` crate, which bounds depth and size of what it decodes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use maxminddb::{MaxMindDbError, PathElement, Reader};

use crate::geo::error::{MmdbError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{self, CountryOf, Loader};
use crate::geo::source::{Origin, Source};
use crate::net::address::MAPPED;
use crate::region::Region;
use crate::text::quote::excerpt;

impl Source {
    /// Reads a MaxMind DB from its bytes, with the feature `mmdb`.
    ///
    /// The place of a network is the text at `country.iso_code` of its record, as MaxMind and DB-IP write it:
    /// [`Loader::country_path`] is for other layouts, and [`Loader::subdivision_path`] for more than countries. A network whose record
    /// has no country, or a code that is no [`Region`], is not located.
    ///
    /// In a database of both families the networks under `::/96` are IPv4, as the format has it. Other places of the tree that
    /// lead to the same nodes (6to4, Teredo, `::ffff:0:0/96`) are passed over: here such addresses are ordinary IPv6, and mapped
    /// ones are IPv4 anyway. A network of IPv6 that is wider than `::/96` does not speak for IPv4.
    ///
    /// # Errors
    ///
    /// When the database is damaged, or no record has a country at the path. There is no tolerance for a part of a database.
    ///
    /// ```no_run
    /// # use bailiwick::Source;
    /// let source = Source::from_mmdb("maxmind", std::fs::read("GeoLite2-Country.mmdb")?)?;
    ///
    /// let bytes = std::fs::read("ipinfo_lite.mmdb")?;
    /// let source = Source::loader("ipinfo").country_path(&["country_code"]).mmdb(bytes)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_mmdb(name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Source, SourceError> {
        Source::loader(name).mmdb(bytes)
    }
}

impl Loader {
    /// Where a record of a MaxMind DB has its country's code: the keys that lead there, `["country", "iso_code"]` unless told. A
    /// key that is a decimal number is a place in a list, from 0.
    pub fn country_path(mut self, path: &[&str]) -> Loader {
        self.country_path = Some(path.iter().map(|&key| key.to_owned()).collect());
        self
    }

    /// Where a record of a MaxMind DB has the code of a subdivision: nowhere unless told, so that only countries are read.
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
        let layout = Layout {
            country: self.country_path.take().unwrap_or_else(|| self.country_of.path()),
            subdivision: self.subdivision_path.take(),
        };
        let name = self.name.clone();
        read(self, &layout, bytes.as_ref()).map_err(|error| SourceError::Mmdb { source_name: name, error })
    }
}

impl CountryOf {
    /// Where MaxMind's records have it.
    fn path(self) -> Vec<String> {
        let country = match self {
            CountryOf::Location => "country",
            CountryOf::Registration => "registered_country",
            CountryOf::Representation => "represented_country",
        };
        vec![country.to_owned(), "iso_code".to_owned()]
    }
}

/// Where the records have what is read of them.
struct Layout {
    country: Vec<String>,
    subdivision: Option<Vec<String>>,
}

fn read(load: Loader, layout: &Layout, bytes: &[u8]) -> Result<Source, MmdbError> {
    let reader = Reader::from_source(bytes).map_err(MmdbError::damaged)?;
    let tree = Tree::of(&reader, bytes).ok_or_else(|| MmdbError::damaged("the search tree extends beyond the file"))?;
    let mut rows = load.rows(Origin::Published);
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
        rows.place_in(network.into(), place);
        Ok(())
    })?;
    if !places.is_empty() && places.values().all(|place| *place == Err(Skipped::NoCode)) {
        return Err(MmdbError::NoCountry { path: layout.country.join(".") });
    }
    Ok(rows.source)
}

impl Layout {
    /// The place that the record of a network says.
    fn place(&self, reader: &Reader<&[u8]>, network: IpNet) -> Result<Result<Region, Skipped>, MmdbError> {
        let record = |error: MaxMindDbError| MmdbError::Record { network, reason: excerpt(&error.to_string()) };
        let found = reader.lookup(network.network()).map_err(record)?;
        let text = |path: &[String]| {
            let path: Vec<PathElement<'_>> = path.iter().map(|key| element(key)).collect();
            found.decode_path::<&str>(&path).map(Option::unwrap_or_default).map_err(record)
        };
        let country = text(&self.country)?;
        let subdivision = self.subdivision.as_ref().map_or(Ok(""), |path| text(path))?;
        Ok(place(country.trim_ascii(), subdivision.trim_ascii()))
    }
}

/// A key is a place in a list when it is a number.
fn element(key: &str) -> PathElement<'_> {
    key.parse().map_or(PathElement::Key(key), PathElement::Index)
}

/// Where a country's code and a subdivision's say that an address is.
fn place(country: &str, subdivision: &str) -> Result<Region, Skipped> {
    let country_region = loader::region(country).ok_or_else(|| Skipped::code(country))?;
    let full = match subdivision.split_once('-') {
        Some((of, _)) if !of.eq_ignore_ascii_case(country) => return Err(Skipped::Disagreeing),
        Some(_) => subdivision.to_owned(),
        None => format!("{country}-{subdivision}"),
    };
    Ok(loader::region(&full).unwrap_or(country_region))
}

/// The search tree: nodes of two records each, which lead to a node, to nothing, or to data.
struct Tree<'a> {
    bytes: &'a [u8],
    node_size: usize,
    nodes: usize,
    is_v6: bool,
}

/// A place in the tree that is still to be looked at.
struct Step {
    record: usize,
    /// The first address below it.
    first: u128,
    depth: u8,
}

impl<'a> Tree<'a> {
    fn of(reader: &Reader<&[u8]>, bytes: &'a [u8]) -> Option<Tree<'a>> {
        let metadata = reader.metadata();
        let (nodes, node_size) = (usize::try_from(metadata.node_count).ok()?, usize::from(metadata.record_size / 4));
        let bytes = bytes.get(..nodes.checked_mul(node_size)?)?;
        Some(Tree { bytes, node_size, nodes, is_v6: metadata.ip_version == 6 })
    }

    /// Calls `each` with every network that has data, ascending, and the record that leads to the data.
    fn walk(&self, mut each: impl FnMut(IpNet, usize) -> Result<(), MmdbError>) -> Result<(), MmdbError> {
        let width: u8 = if self.is_v6 { 128 } else { 32 };
        // A node is entered once, so a damaged tree cannot send us round in circles, or down 2^128 paths. The tree is in the
        // file, so this is no larger than that.
        let mut entered = vec![false; self.nodes];
        let mut ipv4 = None;
        let mut steps = vec![Step { record: 0, first: 0, depth: 0 }];
        while let Some(Step { record, first, depth }) = steps.pop() {
            // IPv4 is under `::/96`, where every reader of the format looks for it; what is here can only be an alias of that.
            if self.is_v6 && depth == 96 && first == MAPPED.first {
                continue;
            }
            let Some([zero, one]) = self.node(record) else {
                if record > self.nodes {
                    each(network(self.is_v6, first, depth), record)?;
                }
                continue;
            };
            // The zeros are walked first, so the one path to `::/96` comes before all aliases of it.
            if self.is_v6 && depth == 96 && first == 0 {
                ipv4 = Some(record);
            }
            let Some(entered) = entered.get_mut(record) else { continue };
            if std::mem::replace(entered, true) {
                if ipv4 == Some(record) {
                    continue;
                }
                return Err(MmdbError::damaged(format!("two nodes of the search tree lead to node {record}")));
            }
            let Some(left) = width.checked_sub(depth + 1) else {
                return Err(MmdbError::damaged("the search tree is deeper than an address is long"));
            };
            steps.push(Step { record: one, first: first | 1 << left, depth: depth + 1 });
            steps.push(Step { record: zero, first, depth: depth + 1 });
        }
        Ok(())
    }

    /// The two records of a node; `None` when the number is no node's.
    fn node(&self, number: usize) -> Option<[usize; 2]> {
        let records = match *self.bytes.chunks_exact(self.node_size).nth(number)? {
            [a, b, c, d, e, f] => [[0, a, b, c], [0, d, e, f]],
            [a, b, c, both, d, e, f] => [[both >> 4, a, b, c], [both & 15, d, e, f]],
            [a, b, c, d, e, f, g, h] => [[a, b, c, d], [e, f, g, h]],
            _ => return None,
        };
        let [zero, one] = records.map(|bytes| usize::try_from(u32::from_be_bytes(bytes)).ok());
        Some([zero?, one?])
    }
}

/// The network of a leaf: IPv4 in a tree of IPv4, and under `::/96`.
fn network(is_v6: bool, first: u128, depth: u8) -> IpNet {
    let v4 = if is_v6 { depth.checked_sub(96) } else { Some(depth) };
    let v4 = v4.zip(u32::try_from(first).ok()).and_then(|(length, first)| Ipv4Net::new(Ipv4Addr::from_bits(first), length).ok());
    let v6 = || {
        Ipv6Net::new(Ipv6Addr::from_bits(first), depth).map_or_else(|_| IpNet::from(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), IpNet::V6)
    };
    v4.map_or_else(v6, IpNet::V4)
}
