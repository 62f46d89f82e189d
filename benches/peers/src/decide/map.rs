//! What one writes today: a map of meetings beside a GeoIP reader.

use bailiwick::Docket;

use super::{Answer, Decider, Given};
use crate::locate::Database;
use crate::workload::questions::Question;

/// The first two letters of a country's code: small, and all of it.
type Code = [u8; 2];

/// A map from a meeting's id to the issuers of the orders that name it.
pub trait Issuers: Default {
    /// What to call those who look into the map first: by whether the file has all on a country, and whether they decode it.
    const MAP_FIRST: [[&'static str; 2]; 2];
    /// What to call those who look into the map last.
    const MAP_LAST: &'static str;

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
    const MAP_FIRST: [[&'static str; 2]; 2] = [
        ["HashMap, then maxminddb", "HashMap, then maxminddb, record decoded"],
        ["HashMap, then maxminddb, full file", "HashMap, then maxminddb, full file, record decoded"],
    ];
    const MAP_LAST: &'static str = "maxminddb, then HashMap";

    fn entry(&mut self, meeting: &str) -> &mut Vec<Code> {
        self.entry(meeting.to_owned()).or_default()
    }

    #[inline]
    fn get(&self, meeting: &str) -> Option<&[Code]> {
        self.get(meeting).map(Vec::as_slice)
    }
}

impl Issuers for StrongMap {
    const MAP_FIRST: [[&'static str; 2]; 2] = [
        ["HashMap with foldhash, then maxminddb", "HashMap with foldhash, then maxminddb, record decoded"],
        ["HashMap with foldhash, then maxminddb, full file", "HashMap with foldhash, then maxminddb, full file, record decoded"],
    ];
    const MAP_LAST: &'static str = "maxminddb, then HashMap with foldhash";

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
fn judge(issuers: &[Code], country: Option<&str>) -> Answer {
    let country = country.map_or(&[][..], str::as_bytes);
    if issuers.iter().any(|issuer| issuer == country) { Answer::Block } else { Answer::Keep }
}

/// Asks the map first, and where the client is only if an order names the meeting: a file that has all on each country or only its
/// code, of which it decodes the one field or the whole record.
pub struct MapThen<M, const ALL: bool, const WHOLE: bool> {
    issuers: M,
    database: Database,
}

/// One field, of records that have no other.
pub type MapThenCode<M> = MapThen<M, false, false>;
/// The whole of a record of one field.
pub type MapThenRecord<M> = MapThen<M, false, true>;
/// One field, of full records.
pub type MapThenFullCode<M> = MapThen<M, true, false>;
/// The whole of a full record: what the documentation begins with, on a file that can be had.
pub type MapThenFullRecord<M> = MapThen<M, true, true>;

impl<M: Issuers, const ALL: bool, const WHOLE: bool> Decider for MapThen<M, ALL, WHOLE> {
    const NAME: &'static str = M::MAP_FIRST[ALL as usize][WHOLE as usize];

    fn build(given: &Given<'_>) -> Self {
        let file = if ALL { given.full_file } else { given.file };
        MapThen { issuers: issuers(given.docket), database: Database::open(file.to_vec()) }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let Some(issuers) = self.issuers.get(&question.meeting) else { return Answer::Allow };
        let country = if WHOLE {
            self.database.record(question.ip).and_then(|record| record.country.iso_code)
        } else {
            self.database.country(question.ip)
        };
        judge(issuers, country)
    }
}

/// Asks where the client is first, as a service does whose edge has put the country into a header.
pub struct CountryThenMap<M> {
    issuers: M,
    database: Database,
}

impl<M: Issuers> Decider for CountryThenMap<M> {
    const NAME: &'static str = M::MAP_LAST;

    fn build(given: &Given<'_>) -> Self {
        CountryThenMap { issuers: issuers(given.docket), database: Database::open(given.file.to_vec()) }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let country = self.database.country(question.ip);
        self.issuers.get(&question.meeting).map_or(Answer::Allow, |issuers| judge(issuers, country))
    }
}
