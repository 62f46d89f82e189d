//! bailiwick's atlas.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use bailiwick::{Atlas, Location, Source};

use super::Locator;
use crate::workload::world::{Class, World};

/// `Atlas::locate`.
pub struct Ours(Atlas);

impl Locator for Ours {
    const NAME: &'static str = "bailiwick";

    /// A filled source. Unlike the peers' networks it may overlap: the atlas sorts that out while it is built.
    type Input = Source;

    fn prepare(world: &World) -> Source {
        world.source.clone()
    }

    fn build(source: Source) -> Ours {
        Ours(Atlas::builder().source(source).build().expect("one source is enough"))
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        match self.0.locate(ip) {
            Location::In(region) => {
                let mut bytes = FirstBytes(0);
                region.hash(&mut bytes);
                bytes.0
            }
            Location::Contested => 1,
            Location::Unknown => 0,
        }
    }

    fn class(&self, world: &World, ip: IpAddr) -> Class {
        world.class(self.0.locate(ip))
    }
}

/// Takes the first bytes of what is hashed for its hash: a region has no number, and to read its code as text would cost as much
/// as to look it up.
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        if let [a, b, c, d, ..] = *bytes {
            self.0 = u64::from(u32::from_le_bytes([a, b, c, d]));
        }
    }

    #[inline]
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
