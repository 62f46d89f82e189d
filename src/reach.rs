//! What an order reaches: an area, narrowed by networks.

use ipnet::IpNet;

use crate::Region;
use crate::address::{Bits, Ip, IpSpan, Span, normalize};
use crate::address_set::minus;
use crate::borders::{self, Block, Borders};
use crate::geo::{Area, Atlas, Location};

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

    /// True when one of them covers `region`, which only the region itself and its country do.
    pub(crate) fn cover(&self, region: Region) -> bool {
        [region, region.country()].iter().any(|covering| self.regions.binary_search(covering).is_ok())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Region> + Clone {
        self.regions.iter().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    pub(crate) fn memory_usage(&self) -> usize {
        size_of_val(&*self.regions)
    }
}

/// The places of an atlas in a region that `jurisdiction` covers and, unless `regions` is empty, one of `regions` covers. Unknown
/// and contested places are in no area.
pub(crate) fn area(jurisdiction: &Regions, regions: &Regions, atlas: &Atlas) -> Area {
    let inside = |location: &Location| match *location {
        Location::In(region) => jurisdiction.cover(region) && (regions.is_empty() || regions.cover(region)),
        Location::Contested | Location::Unknown => false,
    };
    Area::new(atlas.locations().iter().map(inside))
}

/// The addresses that `networks` and `exempt` leave to an order.
#[derive(Debug)]
pub(crate) struct Narrowing {
    v4: Borders<u32>,
    v6: Borders<u128>,
}

impl Narrowing {
    /// `None` when there are neither networks nor exemptions.
    pub(crate) fn new(networks: &[IpNet], exempt: &[IpNet]) -> Option<Narrowing> {
        if networks.is_empty() && exempt.is_empty() {
            return None;
        }
        let everywhere = networks.is_empty();
        let (networks_v4, networks_v6) = by_family(networks);
        let (exempt_v4, exempt_v6) = by_family(exempt);
        Some(Narrowing {
            v4: Borders::new(remaining(networks_v4, exempt_v4, everywhere)),
            v6: Borders::new(remaining(networks_v6, exempt_v6, everywhere)),
        })
    }

    pub(crate) fn contains(&self, ip: Ip) -> bool {
        match ip {
            Ip::V4(ip) => self.v4.contains(ip),
            Ip::V6(ip) => self.v6.contains(ip),
        }
    }

    /// The ranges that are left, IPv4 first, ascending.
    pub(crate) fn spans(&self) -> impl Iterator<Item = IpSpan> + use<'_> {
        self.v4.spans().map(IpSpan::V4).chain(self.v6.spans().map(IpSpan::V6))
    }
}

/// What `networks` and `exempt` leave to many orders: the borders of all of them side by side, so that a decision is at an order's
/// own with one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Narrowings {
    extents: Vec<Extent>,
    v4: Vec<Block<u32>>,
    v6: Vec<Block<u128>>,
}

/// Where one order's blocks begin, and how many borders it has.
#[derive(Debug, Clone, Copy)]
struct Extent {
    v4: (u32, u32),
    v6: (u32, u32),
}

impl Narrowings {
    pub(crate) fn new(narrowings: Vec<Narrowing>) -> Narrowings {
        let mut all = Narrowings { extents: Vec::with_capacity(narrowings.len()), ..Narrowings::default() };
        all.extend(narrowings);
        all.v4.shrink_to_fit();
        all.v6.shrink_to_fit();
        all
    }

    /// How many there are: the number that the next one gets.
    pub(crate) fn len(&self) -> usize {
        self.extents.len()
    }

    pub(crate) fn extend(&mut self, narrowings: Vec<Narrowing>) {
        /// Appends blocks, and says where they begin. Numbers beyond `u32` would take hundreds of gigabytes; nobody is reached
        /// then.
        fn append<T>(all: &mut Vec<Block<T>>, borders: Borders<T>) -> (u32, u32) {
            let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
            all.extend(borders.blocks);
            (start, u32::try_from(borders.len).unwrap_or(0))
        }
        for Narrowing { v4, v6 } in narrowings {
            let extent = Extent { v4: append(&mut self.v4, v4), v6: append(&mut self.v6, v6) };
            self.extents.push(extent);
        }
    }

    /// True when the narrowing of a number leaves an address to its order.
    #[inline]
    pub(crate) fn contain(&self, number: u32, ip: Ip) -> bool {
        fn within<T: Bits>(all: &[Block<T>], (start, len): (u32, u32), address: T) -> bool {
            let blocks = usize::try_from(start).ok().and_then(|start| all.get(start..));
            blocks.zip(usize::try_from(len).ok()).is_some_and(|(blocks, len)| borders::contains(blocks, len, address))
        }
        let extent = usize::try_from(number).ok().and_then(|number| self.extents.get(number));
        extent.is_some_and(|extent| match ip {
            Ip::V4(ip) => within(&self.v4, extent.v4, ip),
            Ip::V6(ip) => within(&self.v6, extent.v6, ip),
        })
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.extents.capacity() * size_of::<Extent>()
            + self.v4.capacity() * size_of::<Block<u32>>()
            + self.v6.capacity() * size_of::<Block<u128>>()
    }
}

fn by_family(networks: &[IpNet]) -> (Vec<Span<u32>>, Vec<Span<u128>>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for &network in networks {
        match network.into() {
            IpSpan::V4(span) => v4.push(span),
            IpSpan::V6(span) => v6.push(span),
        }
    }
    (v4, v6)
}

/// What is left of `networks`, or of all addresses when `everywhere`, without `exempt`.
fn remaining<T: Bits>(networks: Vec<Span<T>>, exempt: Vec<Span<T>>, everywhere: bool) -> impl Iterator<Item = Span<T>> {
    let networks = if everywhere { vec![Span { first: T::ZERO, last: T::MAX }] } else { normalize(networks) };
    minus(&networks, &normalize(exempt)).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::Ipv4Net;
    use iprange::IpRange;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    /// Networks that nest, touch and repeat: four bits at the top, or at the bottom.
    fn network() -> impl Strategy<Value = Ipv4Net> {
        let at_the_top = (0..16_u32, 0..=4_u8).prop_map(|(n, len)| (n << 28, len));
        let at_the_bottom = (0..16_u32, 28..=32_u8);
        let at_the_end = (0..16_u32, 28..=32_u8).prop_map(|(n, len)| (u32::MAX - n, len));
        prop_oneof![at_the_top, at_the_bottom, at_the_end]
            .prop_map(|(bits, len)| Ipv4Net::new(Ipv4Addr::from_bits(bits), len).unwrap().trunc())
    }

    fn spans(networks: &[Ipv4Net]) -> Vec<Span<u32>> {
        networks.iter().map(|net| Span { first: net.network().to_bits(), last: net.broadcast().to_bits() }).collect()
    }

    proptest! {
        /// `iprange` does the same set algebra on prefixes: an opinion from outside.
        #[test]
        fn networks_less_exemptions_are_what_iprange_makes_of_them(
            networks in prop::collection::vec(network(), 0..8), exempt in prop::collection::vec(network(), 0..8), everywhere: bool
        ) {
            let borders = Borders::new(remaining(spans(&networks), spans(&exempt), everywhere));
            let whole = [Ipv4Net::new(Ipv4Addr::UNSPECIFIED, 0).unwrap()];
            let from: IpRange<Ipv4Net> = if everywhere { &whole } else { networks.as_slice() }.iter().copied().collect();
            let left: IpRange<Ipv4Net> = from.exclude(&exempt.iter().copied().collect());

            let mut pieces: Vec<Span<u32>> = spans(&left.iter().collect::<Vec<_>>());
            pieces = normalize(pieces);
            prop_assert_eq!(borders.spans().collect::<Vec<_>>(), pieces);
            let beside = |span: Span<u32>| [span.first.wrapping_sub(1), span.first, span.last, span.last.wrapping_add(1)];
            for ip in spans(&networks).into_iter().chain(spans(&exempt)).flat_map(beside) {
                prop_assert_eq!(borders.contains(ip), left.contains(&Ipv4Addr::from_bits(ip)));
            }
        }
    }
}
