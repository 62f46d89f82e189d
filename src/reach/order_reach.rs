//! The reach of one order: its addresses, counted and listed for people.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::geo::{Atlas, Location};
use crate::net::set::AddressSet;
use crate::order::{Docket, Order};
use crate::reach::Regions;
use crate::reach::narrowing::Narrowing;
use crate::reach::ranges::{Ranges, Size};
use crate::region::Region;

/// The addresses that one order reaches on one atlas, and the territory that they lie in.
///
/// Status and window in time are ignored: this is the reach that the order has while it is in force.
///
/// ```
/// use bailiwick::reach::Size;
/// use bailiwick::{Atlas, Docket, Order, Source};
///
/// let mut source = Source::new("provider");
/// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// let atlas = Atlas::builder().source(source).build()?;
///
/// let mut order = Order::new("cn-1", "CN");
/// order.exempt.push("203.0.113.7/32".parse()?);
/// let docket = Docket::default();
///
/// let size: Size = docket.reach(&order, &atlas).sizes().into_values().sum();
/// assert_eq!((size.v4_addresses, size.v4_networks), (255, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reach {
    jurisdiction: Regions,
    territory: Ranges,
    reach: Ranges,
}

impl Docket {
    /// Lists the addresses that an order of this docket reaches on an atlas: none when its issuer is neither a region nor a group
    /// of the docket, as such an order does not compile. Walks the whole atlas once.
    #[must_use]
    pub fn reach(&self, order: &Order, atlas: &Atlas) -> Reach {
        let jurisdiction = match (self.jurisdictions.get(&order.issuer), order.issuer.parse()) {
            (Some(group), _) => Regions::new(group),
            (None, Ok(region)) => Regions::new(&[region]),
            (None, Err(_)) => Regions::default(),
        };
        let territory = located(atlas, &jurisdiction);
        let regions = Regions::new(&order.regions);
        let in_regions = |region| order.regions.is_empty() || regions.cover(region);
        let area = territory.spans().iter().copied().filter(|&(_, region)| in_regions(region));
        let reach = match Narrowing::new(&order.networks, &order.exempt) {
            None => Ranges::new(area),
            Some(narrowing) => Ranges::new(area).within(&AddressSet::new(narrowing.spans())),
        };
        Reach { jurisdiction, territory, reach }
    }
}

impl Reach {
    /// The ranges that the order reaches, IPv4 first, ascending, each as wide as it can be: first address, last, region.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        self.reach.iter()
    }

    /// The fewest networks that hold exactly these addresses, in the sequence of the ranges.
    pub fn networks(&self) -> impl Iterator<Item = (IpNet, Region)> + use<'_> {
        self.reach.networks()
    }

    /// The addresses that the atlas locates in the issuer's jurisdiction, in the form of [`ranges`](Reach::ranges): the most that
    /// an order of this issuer can reach.
    pub fn territory(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        self.territory.iter()
    }

    /// Returns whether the order's issuer has authority over a region.
    #[must_use]
    pub fn issuer_covers(&self, region: Region) -> bool {
        self.jurisdiction.cover(region)
    }

    /// The size of the reach in each region that it touches.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<Region, Size> {
        self.reach.sizes()
    }

    /// The size of the territory, by region.
    #[must_use]
    pub fn territory_sizes(&self) -> BTreeMap<Region, Size> {
        self.territory.sizes()
    }
}

/// The addresses that the atlas locates in some regions.
fn located(atlas: &Atlas, inside: &Regions) -> Ranges {
    let region = |location: &Location| location.region().filter(|&region| inside.cover(region));
    let regions: Vec<Option<Region>> = atlas.locations().iter().map(region).collect();
    let mut spans = Vec::new();
    atlas.for_each_range(|span, location| {
        spans.extend(regions.get(usize::from(location)).copied().flatten().map(|region| (span, region)));
    });
    Ranges::new(spans)
}
