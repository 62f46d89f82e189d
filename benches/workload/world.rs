//! An atlas, with what others are built from so that they give the same answers.

use std::net::IpAddr;

use bailiwick::{Atlas, Location, Region, Source};
use ipnet::IpNet;

/// A location's number: 0 unknown, 1 contested, then the regions, ascending.
pub type Class = u16;

/// The class of addresses that are not located.
pub const UNKNOWN: Class = 0;

/// The class of addresses that the source disagrees with itself about.
pub const CONTESTED: Class = 1;

/// Neighbouring addresses in one place, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct Range<T> {
    /// The first address.
    pub first: T,
    /// The last address.
    pub last: T,
    /// Their region.
    pub class: Class,
}

/// A source compiled, and its answers laid out flat.
pub struct World {
    /// Its name.
    pub name: &'static str,
    /// The sources of the atlas.
    pub source: Source,
    /// The source, compiled.
    pub atlas: Atlas,
    /// The located and contested networks, disjoint, ascending.
    pub networks: Vec<(IpNet, Class)>,
    /// The ranges, joined where they touch and agree.
    pub v4: Vec<Range<u32>>,
    /// The ranges of IPv6.
    pub v6: Vec<Range<u128>>,
    regions: Vec<Region>,
    codes: Vec<String>,
}

impl World {
    /// Compiles a source and lays it out.
    pub fn new(name: &'static str, source: Source) -> World {
        let atlas = Atlas::builder().source(source.clone()).build().expect("one source is enough");
        let mut regions: Vec<Region> = atlas.networks().filter_map(|(_, location)| location.region()).collect();
        regions.sort_unstable();
        regions.dedup();
        let networks: Vec<(IpNet, Class)> =
            atlas.networks().map(|(network, location)| (network, class(&regions, location))).collect();

        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for &(network, class) in &networks {
            match network {
                IpNet::V4(network) => {
                    let (first, last) = (network.network().to_bits(), network.broadcast().to_bits());
                    join(&mut v4, Range { first, last, class }, |last| last.checked_add(1) == Some(first));
                }
                IpNet::V6(network) => {
                    let (first, last) = (network.network().to_bits(), network.broadcast().to_bits());
                    join(&mut v6, Range { first, last, class }, |last| last.checked_add(1) == Some(first));
                }
            }
        }
        let codes = ["", "??"].into_iter().map(String::from).chain(regions.iter().map(Region::to_string)).collect();
        World { name, source, atlas, networks, v4, v6, regions, codes }
    }

    /// The class of a location.
    pub fn class(&self, location: Location) -> Class {
        class(&self.regions, location)
    }

    /// The class of a region's code, where the world has it.
    pub fn class_of(&self, code: &str) -> Option<Class> {
        let region = code.parse().ok()?;
        self.regions.binary_search(&region).ok().map(|at| 2 + at as Class)
    }

    /// The code of a class: empty for unknown, `??` for contested.
    pub fn code(&self, class: Class) -> &str {
        &self.codes[usize::from(class)]
    }

    /// The code of a region that the world has.
    pub fn code_of(&self, region: Region) -> &str {
        self.code(self.class(Location::In(region)))
    }

    /// The class of an address, as the atlas has it.
    pub fn locate(&self, ip: IpAddr) -> Class {
        self.class(self.atlas.locate(ip))
    }
}

fn class(regions: &[Region], location: Location) -> Class {
    match location {
        Location::Unknown => UNKNOWN,
        Location::Contested => CONTESTED,
        Location::In(region) => 2 + regions.binary_search(&region).expect("every region was collected") as Class,
    }
}

/// Adds a range, or lengthens the one before it.
fn join<T: Copy>(ranges: &mut Vec<Range<T>>, next: Range<T>, touches: impl Fn(T) -> bool) {
    match ranges.last_mut() {
        Some(before) if before.class == next.class && touches(before.last) => before.last = next.last,
        _ => ranges.push(next),
    }
}
