//! The reader of MaxMind DB files, on a file of the same networks.

use std::net::IpAddr;

use hashbrown::HashMap;
use maxminddb::geoip2::Country;
use maxminddb::{Reader, WithinOptions, path};

use super::Locator;
use crate::mmdb::{self, About};
use crate::workload::world::{CONTESTED, Class, UNKNOWN, World};

/// A file of the world's networks, as a backend would have read it: every network with the code of its country.
pub struct Database(Reader<Vec<u8>>);

impl Database {
    /// The file's bytes.
    pub fn write(world: &World, about: About) -> Vec<u8> {
        let mut file = mmdb::write(world.networks.iter().map(|&(network, class)| (network, world.code(class))), about);
        file.shrink_to_fit();
        file
    }

    /// Opens a file.
    pub fn open(file: Vec<u8>) -> Database {
        Database(Reader::from_source(file).expect("the file was written right"))
    }

    /// The code of the country that an address is in: `decode_path`, which its documentation offers for reading one field.
    #[inline]
    pub fn country(&self, ip: IpAddr) -> Option<&str> {
        let found = self.0.lookup(ip).ok()?;
        found.decode_path(&path!["country", "iso_code"]).ok()?
    }

    /// All that the file has on the country that an address is in: `decode`, with which its documentation begins.
    #[inline]
    pub fn record(&self, ip: IpAddr) -> Option<Country<'_>> {
        self.0.lookup(ip).ok()?.decode().ok()?
    }
}

/// The class that the file has a code for. Contested networks have one that is no region's.
fn class(world: &World, code: &str) -> Class {
    world.class_of(code).unwrap_or(CONTESTED)
}

/// maxminddb, decoding the one field of each record that is found.
pub struct MaxMind(Database);

impl Locator for MaxMind {
    const NAME: &'static str = "maxminddb, field decoded";

    type Input = Vec<u8>;

    fn prepare(world: &World) -> Vec<u8> {
        Database::write(world, About::Code)
    }

    fn build(file: Vec<u8>) -> MaxMind {
        MaxMind(Database::open(file))
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        match self.0.country(ip).map(str::as_bytes) {
            Some(&[a, b, ..]) => u64::from(u16::from_le_bytes([a, b])),
            _ => 0,
        }
    }

    fn class(&self, world: &World, ip: IpAddr) -> Class {
        self.0.country(ip).map_or(UNKNOWN, |code| class(world, code))
    }
}

/// maxminddb, with the fields decoded once and found again by the offset of their record, which its documentation offers as a key.
pub struct MaxMindOffsets {
    reader: Reader<Vec<u8>>,
    /// The first two bytes of each record's code.
    codes: HashMap<usize, [u8; 2]>,
}

impl MaxMindOffsets {
    /// Opens a file, and decodes each of its records once.
    pub fn open(file: Vec<u8>) -> MaxMindOffsets {
        let reader = Database::open(file).0;
        let mut codes = HashMap::new();
        for found in reader.networks(WithinOptions::default()).expect("the file was written right") {
            let found = found.expect("the file was written right");
            if let Some(offset) = found.offset() {
                codes.entry(offset).or_insert_with(|| {
                    let code: Option<&str> = found.decode_path(&path!["country", "iso_code"]).expect("each has a code");
                    code.and_then(|code| code.as_bytes().first_chunk().copied()).expect("codes have two letters")
                });
            }
        }
        MaxMindOffsets { reader, codes }
    }

    /// The code of the country that an address is in.
    #[inline]
    pub fn code(&self, ip: IpAddr) -> Option<[u8; 2]> {
        let offset = self.reader.lookup(ip).ok()?.offset()?;
        self.codes.get(&offset).copied()
    }
}

impl Locator for MaxMindOffsets {
    const NAME: &'static str = "maxminddb, offset as key";

    type Input = Vec<u8>;

    fn prepare(world: &World) -> Vec<u8> {
        Database::write(world, About::Code)
    }

    fn build(file: Vec<u8>) -> MaxMindOffsets {
        MaxMindOffsets::open(file)
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        self.code(ip).map_or(0, |code| u64::from(u16::from_le_bytes(code)))
    }

    fn class(&self, world: &World, ip: IpAddr) -> Class {
        let code = self.code(ip);
        let text = code.as_ref().and_then(|code| std::str::from_utf8(code).ok());
        text.map_or(UNKNOWN, |code| class(world, code))
    }
}
