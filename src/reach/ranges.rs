//! Located addresses for people: ranges, networks, and their numbers in each region.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::net::IpAddr;
use std::ops::AddAssign;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use crate::net::address::{Bits, IpSpan, Span};
use crate::net::set::AddressSet;
use crate::region::Region;

/// Addresses, each in a region: ranges and networks that can be listed, and their sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ranges {
    /// Ascending, IPv4 first, without overlaps; neighbours of one region joined.
    spans: Vec<(IpSpan, Region)>,
}

/// The number of addresses in each family, and of the networks that list them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// IPv4 addresses: 2^32 at most.
    pub v4_addresses: u64,
    /// Networks of IPv4.
    pub v4_networks: u64,
    /// IPv6 addresses. The number of all of them fits: no atlas has IPv6 addresses in `::ffff:0:0/96`, which are IPv4.
    pub v6_addresses: u128,
    /// Networks of IPv6.
    pub v6_networks: u64,
}

impl Ranges {
    /// Ranges that do not overlap, in any sequence.
    pub(crate) fn new(spans: impl IntoIterator<Item = (IpSpan, Region)>) -> Ranges {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (span, region) in spans {
            match span {
                IpSpan::V4(span) => v4.push((span, region)),
                IpSpan::V6(span) => v6.push((span, region)),
            }
        }
        let v4 = joined(v4).into_iter().map(|(span, region)| (IpSpan::V4(span), region));
        Ranges { spans: v4.chain(joined(v6).into_iter().map(|(span, region)| (IpSpan::V6(span), region))).collect() }
    }

    /// The ranges, IPv4 first, ascending, each as wide as it can be: first address, last, region.
    pub fn iter(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        self.spans.iter().map(|&(span, region)| match span {
            IpSpan::V4(span) => (span.first.to_ip(), span.last.to_ip(), region),
            IpSpan::V6(span) => (span.first.to_ip(), span.last.to_ip(), region),
        })
    }

    /// The fewest networks that hold exactly these addresses, in the sequence of the ranges.
    pub fn networks(&self) -> impl Iterator<Item = (IpNet, Region)> + use<'_> {
        self.spans.iter().flat_map(|&(span, region)| networks(span).map(move |network| (network, region)))
    }

    /// The size of each region that has addresses here.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<Region, Size> {
        let mut sizes: BTreeMap<Region, Size> = BTreeMap::new();
        for &(span, region) in &self.spans {
            *sizes.entry(region).or_default() += size(span);
        }
        sizes
    }

    /// Returns whether there are no addresses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The parts of the ranges that lie in a set of addresses.
    pub(crate) fn within(&self, set: &AddressSet) -> Ranges {
        let mut by_region: BTreeMap<Region, Vec<IpSpan>> = BTreeMap::new();
        for &(span, region) in &self.spans {
            by_region.entry(region).or_default().push(span);
        }
        let within = |(region, spans)| AddressSet::new(spans).common(set).spans().map(|span| (span, region)).collect::<Vec<_>>();
        Ranges::new(by_region.into_iter().flat_map(within))
    }

    pub(crate) fn spans(&self) -> &[(IpSpan, Region)] {
        &self.spans
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        // INVARIANT: ranges that are counted together do not overlap, so nothing saturates.
        self.v4_addresses = self.v4_addresses.saturating_add(other.v4_addresses);
        self.v4_networks = self.v4_networks.saturating_add(other.v4_networks);
        self.v6_addresses = self.v6_addresses.saturating_add(other.v6_addresses);
        self.v6_networks = self.v6_networks.saturating_add(other.v6_networks);
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Size>>(sizes: I) -> Size {
        sizes.fold(Size::default(), |mut sum, size| {
            sum += size;
            sum
        })
    }
}

/// Ascending, with neighbours of one region as one.
fn joined<T: Bits>(mut spans: Vec<(Span<T>, Region)>) -> Vec<(Span<T>, Region)> {
    spans.sort_unstable();
    let mut joined: Vec<(Span<T>, Region)> = Vec::with_capacity(spans.len());
    for (span, region) in spans {
        match joined.last_mut() {
            Some((before, of)) if *of == region && before.last.next() == Some(span.first) => before.last = span.last,
            _ => joined.push((span, region)),
        }
    }
    joined
}

fn size(span: IpSpan) -> Size {
    let count = networks(span).map(|_| 1).sum();
    match span {
        IpSpan::V4(span) => Size { v4_addresses: u64::from(span.last - span.first) + 1, v4_networks: count, ..Size::default() },
        IpSpan::V6(span) => Size { v6_addresses: span.breadth().saturating_add(1), v6_networks: count, ..Size::default() },
    }
}

/// The fewest networks that a range consists of.
fn networks(span: IpSpan) -> impl Iterator<Item = IpNet> {
    let (v4, v6) = match span {
        IpSpan::V4(span) => (Some(Ipv4Subnets::new(span.first.into(), span.last.into(), 0)), None),
        IpSpan::V6(span) => (None, Some(Ipv6Subnets::new(span.first.into(), span.last.into(), 0))),
    };
    v4.into_iter().flatten().map(IpNet::V4).chain(v6.into_iter().flatten().map(IpNet::V6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(first: u32, last: u32) -> IpSpan {
        IpSpan::V4(Span { first, last })
    }

    #[test]
    fn neighbours_of_one_region_are_one_range() {
        let [cn, de] = ["CN", "DE"].map(|code| code.parse().unwrap());
        let v6 = |first, last| IpSpan::V6(Span { first, last });
        let spans =
            [(v4(8, 9), cn), (v6(0, 1), cn), (v4(0, 3), cn), (v4(4, 5), cn), (v4(6, 7), de), (v4(11, 11), cn), (v6(2, 2), cn)];
        let ranges = Ranges::new(spans);
        assert_eq!(ranges.spans(), [(v4(0, 5), cn), (v4(6, 7), de), (v4(8, 9), cn), (v4(11, 11), cn), (v6(0, 2), cn)]);
        assert_eq!(Ranges::new([(v4(u32::MAX, u32::MAX), cn), (v4(0, 0), cn)]).spans().len(), 2);
        assert!(!ranges.is_empty() && Ranges::new([]).is_empty());
    }
}
