//! How much an order reaches: its addresses, counted and listed, for people who look at an order as a whole.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::net::IpAddr;
use std::ops::AddAssign;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use crate::address::{Bits, IpSpan, Span};
use crate::reach::{Narrowing, Regions};
use crate::{Atlas, Docket, Order, Region};

/// What one order reaches on one atlas, and the territory that it lies in.
///
/// What the order would reach if it were in force: its status and its window in time are not looked at.
///
/// ```
/// use bailiwick::{Atlas, Docket, Order, Size, Source};
///
/// let mut source = Source::new("provider");
/// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// let atlas = Atlas::builder().source(source).build()?;
///
/// let mut order = Order::new("cn-1", "CN");
/// order.exempt.push("203.0.113.7/32".parse()?);
/// let docket = Docket::default();
///
/// let size: Size = docket.extent(&order, &atlas).sizes().into_values().sum();
/// assert_eq!((size.v4_addresses, size.v4_networks), (255, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Extent {
    jurisdiction: Regions,
    /// Ascending, IPv4 first; neighbours of one region joined.
    territory: Vec<(IpSpan, Region)>,
    reach: Vec<(IpSpan, Region)>,
}

/// How many addresses there are in each family, and how many networks it takes to list them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// IPv4 addresses: 2^32 at most.
    pub v4_addresses: u64,
    /// Networks of IPv4.
    pub v4_networks: u64,
    /// IPv6 addresses. All that there are fit: no atlas has IPv6 addresses in `::ffff:0:0/96`, which are IPv4.
    pub v6_addresses: u128,
    /// Networks of IPv6.
    pub v6_networks: u64,
}

impl Docket {
    /// What an order of this docket reaches on an atlas. Nothing, when its issuer is neither a region nor a group of the docket,
    /// as then it does not compile. Goes through the whole atlas once.
    #[must_use]
    pub fn extent(&self, order: &Order, atlas: &Atlas) -> Extent {
        let jurisdiction = match (self.jurisdictions.get(&order.issuer), order.issuer.parse()) {
            (Some(group), _) => Regions::new(group),
            (None, Ok(region)) => Regions::new(&[region]),
            (None, Err(_)) => Regions::default(),
        };
        let territory = joined(atlas, &jurisdiction);
        let regions = Regions::new(&order.regions);
        let in_regions = |region| order.regions.is_empty() || regions.cover(region);
        let area = territory.iter().copied().filter(|&(_, region)| in_regions(region));
        let reach = match Narrowing::new(&order.networks, &order.exempt) {
            None => area.collect(),
            Some(narrowing) => narrowed(area, &narrowing),
        };
        Extent { jurisdiction, territory, reach }
    }
}

impl Extent {
    /// The ranges that the order reaches, IPv4 first, ascending, each as wide as it can be: first address, last, region.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        self.reach.iter().map(|&(span, region)| ends(span, region))
    }

    /// The same as networks: the fewest that hold exactly these addresses.
    pub fn networks(&self) -> impl Iterator<Item = (IpNet, Region)> + use<'_> {
        self.reach.iter().flat_map(|&(span, region)| networks(span).map(move |network| (network, region)))
    }

    /// All that the atlas locates in the issuer's jurisdiction, in the form of [`ranges`](Extent::ranges): what an order of this
    /// issuer can reach at most.
    pub fn territory(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        self.territory.iter().map(|&(span, region)| ends(span, region))
    }

    /// True when the order's issuer has authority over a region.
    #[must_use]
    pub fn issuer_covers(&self, region: Region) -> bool {
        self.jurisdiction.cover(region)
    }

    /// How much the order reaches in each region, without those in which it reaches nothing.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<Region, Size> {
        sizes(&self.reach)
    }

    /// How much the atlas locates in the issuer's jurisdiction, by region.
    #[must_use]
    pub fn territory_sizes(&self) -> BTreeMap<Region, Size> {
        sizes(&self.territory)
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        // INVARIANT: ranges of one extent do not overlap, so nothing saturates.
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

/// What the atlas locates in some regions, neighbours of one region joined.
fn joined(atlas: &Atlas, inside: &Regions) -> Vec<(IpSpan, Region)> {
    let mut spans: Vec<(IpSpan, Region)> = Vec::new();
    for (network, location) in atlas.networks() {
        let Some(region) = location.region().filter(|&region| inside.cover(region)) else { continue };
        let span = IpSpan::from(network);
        let joined = match (spans.last_mut(), span) {
            (Some((IpSpan::V4(before), of)), IpSpan::V4(span)) if *of == region => join(before, span),
            (Some((IpSpan::V6(before), of)), IpSpan::V6(span)) if *of == region => join(before, span),
            _ => false,
        };
        if !joined {
            spans.push((span, region));
        }
    }
    spans
}

/// Appends a range to the one before, if it begins right after it.
fn join<T: Bits>(before: &mut Span<T>, span: Span<T>) -> bool {
    let touches = before.last.next() == Some(span.first);
    if touches {
        before.last = span.last;
    }
    touches
}

/// What an order's networks and exemptions leave of some ranges.
fn narrowed(area: impl Iterator<Item = (IpSpan, Region)>, narrowing: &Narrowing) -> Vec<(IpSpan, Region)> {
    let (mut kept_v4, mut kept_v6) = (Vec::new(), Vec::new());
    for span in narrowing.spans() {
        match span {
            IpSpan::V4(span) => kept_v4.push(span),
            IpSpan::V6(span) => kept_v6.push(span),
        }
    }
    let mut reach = Vec::new();
    for (span, region) in area {
        match span {
            IpSpan::V4(span) => reach.extend(common(span, &kept_v4).map(|span| (IpSpan::V4(span), region))),
            IpSpan::V6(span) => reach.extend(common(span, &kept_v6).map(|span| (IpSpan::V6(span), region))),
        }
    }
    reach
}

/// What a range has in common with others, which are ascending and do not overlap.
fn common<T: Bits>(span: Span<T>, kept: &[Span<T>]) -> impl Iterator<Item = Span<T>> + use<'_, T> {
    let from = kept.partition_point(|kept| kept.last < span.first);
    let met = kept.iter().skip(from).take_while(move |kept| kept.first <= span.last);
    met.map(move |kept| Span { first: kept.first.max(span.first), last: kept.last.min(span.last) })
}

fn sizes(spans: &[(IpSpan, Region)]) -> BTreeMap<Region, Size> {
    let mut sizes: BTreeMap<Region, Size> = BTreeMap::new();
    for &(span, region) in spans {
        let count = networks(span).map(|_| 1).sum();
        *sizes.entry(region).or_default() += match span {
            IpSpan::V4(span) => {
                let addresses = u64::from(span.last - span.first) + 1;
                Size { v4_addresses: addresses, v4_networks: count, ..Size::default() }
            }
            IpSpan::V6(span) => {
                let addresses = span.breadth().saturating_add(1);
                Size { v6_addresses: addresses, v6_networks: count, ..Size::default() }
            }
        };
    }
    sizes
}

fn ends(span: IpSpan, region: Region) -> (IpAddr, IpAddr, Region) {
    match span {
        IpSpan::V4(span) => (span.first.to_ip(), span.last.to_ip(), region),
        IpSpan::V6(span) => (span.first.to_ip(), span.last.to_ip(), region),
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
