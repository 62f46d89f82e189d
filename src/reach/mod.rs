//! The reach of an order: the addresses in its issuer's regions, within its own regions and networks, without its exemptions.

pub(crate) mod boundaries;
pub(crate) mod narrowing;
mod ranges;
mod order_reach;

pub use order_reach::Reach;
pub use ranges::{Ranges, Size};

use crate::geo::{Atlas, Location, LocationSet};
use crate::net::heap::HeapBytes;
use crate::region::Region;

/// Some regions, each once: a jurisdiction, what an order is narrowed to, or the fenced ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Regions {
    /// Ascending. [`Region::UNKNOWN`], which covers nothing, is not among them.
    regions: Box<[Region]>,
}

impl Regions {
    pub(crate) fn new(regions: &[Region]) -> Regions {
        let mut regions: Vec<Region> = regions.iter().copied().filter(|&region| region != Region::UNKNOWN).collect();
        regions.sort_unstable();
        regions.dedup();
        Regions { regions: regions.into_boxed_slice() }
    }

    /// Whether one of them covers `region`: only the region itself and its country do.
    #[inline]
    pub(crate) fn cover(&self, region: Region) -> bool {
        let has = |region| self.regions.binary_search(&region).is_ok();
        let country = region.country();
        has(country) || region != country && has(region)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Region> + Clone {
        self.regions.iter().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }
}

impl HeapBytes for Regions {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.regions)
    }
}

/// The locations of an atlas in a region that `jurisdiction` covers and, unless `regions` is empty, one of `regions` covers. Unknown
/// and contested ones are in no area.
pub(crate) fn area(jurisdiction: &Regions, regions: &Regions, atlas: &Atlas) -> LocationSet {
    let inside = |location: &Location| match *location {
        Location::In(region) => jurisdiction.cover(region) && (regions.is_empty() || regions.cover(region)),
        Location::Contested | Location::Unknown => false,
    };
    LocationSet::new(atlas.locations().iter().map(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_counted_once_each() {
        for (codes, count) in [(&[][..], 0), (&["CN"][..], 1), (&["CN", "DE", "CN", "ZZ", "US-CA"][..], 3)] {
            let regions: Vec<Region> = codes.iter().map(|code| code.parse().unwrap()).collect();
            let regions = Regions::new(&regions);
            assert_eq!((regions.iter().count(), regions.is_empty()), (count, count == 0), "{codes:?}");
            assert_eq!(regions.heap_bytes(), count * size_of::<Region>(), "{codes:?}");
        }
    }
}
