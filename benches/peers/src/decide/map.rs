//! The common solution today: a map of meetings beside a GeoIP reader.

use std::net::IpAddr;

use bailiwick::Docket;

use super::{Answer, Decider, Given};
use crate::locate::{Database, MaxMindOffsets};
use crate::workload::questions::Question;

/// The first two letters of a country's code: small, and all of it.
pub type Code = [u8; 2];

/// A map from a meeting's id to the issuers of the orders that name it.
pub trait Issuers: Default {
    /// The name of contenders that ask the map first, when that is not [`Geo::AFTER_MAP`].
    const MAP_FIRST: Option<&'static str>;

    /// The issuers of a meeting, to be added to.
    fn entry(&mut self, meeting: &str) -> &mut Vec<Code>;

    /// The issuers of a meeting.
    fn get(&self, meeting: &str) -> Option<&[Code]>;
}

/// The standard library's map, with its own hasher (SipHash-1-3, keyed).
pub type StdMap = std::collections::HashMap<String, Vec<Code>>;

/// hashbrown's map, with its own hasher (foldhash).
pub type StrongMap = hashbrown::HashMap<String, Vec<Code>>;

impl Issuers for StdMap {
    const MAP_FIRST: Option<&'static str> = None;

    fn entry(&mut self, meeting: &str) -> &mut Vec<Code> {
        self.entry(meeting.to_owned()).or_default()
    }

    #[inline]
    fn get(&self, meeting: &str) -> Option<&[Code]> {
        self.get(meeting).map(Vec::as_slice)
    }
}

impl Issuers for StrongMap {
    const MAP_FIRST: Option<&'static str> = Some("HashMap with foldhash, then maxminddb");

    fn entry(&mut self, meeting: &str) -> &mut Vec<Code> {
        self.entry(meeting.to_owned()).or_default()
    }

    #[inline]
    fn get(&self, meeting: &str) -> Option<&[Code]> {
        self.get(meeting).map(Vec::as_slice)
    }
}

fn issuers<M: Issuers>(docket: &Docket) -> M {
    let mut map = M::default();
    for order in &docket.orders {
        let code = order.issuer.as_bytes().first_chunk().copied().expect("issuers are countries");
        for meeting in &order.meetings {
            map.entry(meeting).push(code);
        }
    }
    map
}

/// Whether one of the issuers is the country.
#[inline]
pub fn judge(issuers: &[Code], country: Option<Code>) -> Answer {
    if country.is_some_and(|country| issuers.contains(&country)) { Answer::Block } else { Answer::Keep }
}

/// The country of an address, by maxminddb.
pub trait Geo {
    /// The name of contenders that ask the standard library's map first, and then this.
    const AFTER_MAP: &'static str;

    /// The name of those that ask the map once for a meeting.
    const AFTER_MAP_ONCE: &'static str;

    /// Opens a file.
    fn open(file: Vec<u8>) -> Self;

    /// The country's code.
    fn country(&self, ip: IpAddr) -> Option<Code>;
}

/// Decodes the one field that is asked for.
pub struct Field(Database);

/// Decodes the whole of a record, with which the documentation begins.
pub struct Record(Database);

/// Decodes each record once, and finds it again by its offset: the file may have what it likes.
pub struct Offset(MaxMindOffsets);

impl Geo for Field {
    const AFTER_MAP: &'static str = "HashMap, then maxminddb";
    const AFTER_MAP_ONCE: &'static str = "HashMap once, then maxminddb";

    fn open(file: Vec<u8>) -> Field {
        Field(Database::open(file))
    }

    #[inline(always)]
    fn country(&self, ip: IpAddr) -> Option<Code> {
        code(self.0.country(ip))
    }
}

impl Geo for Record {
    const AFTER_MAP: &'static str = "HashMap, then maxminddb, record decoded";
    const AFTER_MAP_ONCE: &'static str = "HashMap once, then maxminddb, record decoded";

    fn open(file: Vec<u8>) -> Record {
        Record(Database::open(file))
    }

    #[inline(always)]
    fn country(&self, ip: IpAddr) -> Option<Code> {
        code(self.0.record(ip)?.country.iso_code)
    }
}

impl Geo for Offset {
    const AFTER_MAP: &'static str = "HashMap, then maxminddb, offset as key";
    const AFTER_MAP_ONCE: &'static str = "HashMap once, then maxminddb, offset as key";

    fn open(file: Vec<u8>) -> Offset {
        Offset(MaxMindOffsets::open(file))
    }

    #[inline(always)]
    fn country(&self, ip: IpAddr) -> Option<Code> {
        self.0.code(ip)
    }
}

/// The code in a text of two letters. Contested networks have a text that is no issuer's.
#[inline(always)]
fn code(text: Option<&str>) -> Option<Code> {
    text?.as_bytes().try_into().ok()
}

/// Asks the map first, and where the client is only if an order names the meeting.
pub struct MapThen<M, G> {
    pub(super) issuers: M,
    pub(super) geo: G,
}

impl<M: Issuers, G: Geo> Decider for MapThen<M, G> {
    const NAME: &'static str = match M::MAP_FIRST {
        Some(name) => name,
        None => G::AFTER_MAP,
    };

    fn build(given: &Given<'_>) -> Self {
        MapThen { issuers: issuers(given.docket), geo: G::open(given.file.to_vec()) }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        match self.issuers.get(&question.meeting) {
            None => Answer::Allow,
            Some(issuers) => judge(issuers, self.geo.country(question.ip)),
        }
    }
}

/// Asks where the client is first, as a service does whose edge has put the country into a header.
pub struct CountryThenMap {
    issuers: StdMap,
    geo: Field,
}

impl Decider for CountryThenMap {
    const NAME: &'static str = "maxminddb, then HashMap";

    fn build(given: &Given<'_>) -> Self {
        CountryThenMap { issuers: issuers(given.docket), geo: Field::open(given.file.to_vec()) }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let country = self.geo.country(question.ip);
        Issuers::get(&self.issuers, &question.meeting).map_or(Answer::Allow, |issuers| judge(issuers, country))
    }
}
