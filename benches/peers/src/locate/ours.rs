//! bailiwick's atlas.

use std::net::IpAddr;

use bailiwick::{Atlas, Location, Source};

use super::Locator;
use crate::workload::docket::ISSUERS;
use crate::workload::world::{Class, World};

/// `Atlas::locate`.
pub struct Ours {
    atlas: Atlas,
    /// The expected value of an answer: a region has no number.
    probe: Location,
}

impl Locator for Ours {
    const NAME: &'static str = "bailiwick";

    /// A filled source. Unlike the peers' networks it may overlap: the atlas sorts that out while it is built.
    type Input = Source;

    fn prepare(world: &World) -> Source {
        world.source.clone()
    }

    fn build(source: Source) -> Ours {
        let atlas = Atlas::builder().source(source).build().expect("one source is enough");
        Ours { atlas, probe: Location::In(ISSUERS[0].parse().expect("an issuer is a region")) }
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        u64::from(self.atlas.locate(ip) == self.probe)
    }

    fn class(&self, world: &World, ip: IpAddr) -> Class {
        world.class(self.atlas.locate(ip))
    }
}
