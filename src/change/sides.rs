//! The two policies of a change, and the reach of their orders as sets of addresses.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hashbrown::HashMap;

use crate::geo::{Atlas, LocationSet};
use crate::net::address::IpSpan;
use crate::net::set::AddressSet;
use crate::order::{Order, Status};
use crate::policy::Policy;
use crate::policy::name_index::OrderIndex;
use crate::policy::tables::{Rule, Tables, at};
use crate::reach::Ranges;
use crate::reach::Regions;
use crate::reach::narrowing::Narrowing;

/// The old policy and the new one.
pub(super) struct Sides {
    pub(super) before: Side,
    pub(super) after: Side,
}

/// One of them.
pub(super) struct Side {
    pub(super) policy: Policy,
    /// Shared by both when they have one atlas.
    ground: Arc<Ground>,
}

/// The addresses of some areas of an atlas, collected when first needed.
struct Ground {
    atlas: Atlas,
    /// All locations that orders of the policies can reach.
    wanted: LocationSet,
    /// The ranges of each of those, by location.
    locations: OnceLock<Vec<Vec<IpSpan>>>,
    territories: Mutex<HashMap<LocationSet, Arc<Territory>>>,
}

/// The addresses of an area.
#[derive(Default)]
pub(super) struct Territory {
    pub(super) ranges: Ranges,
    pub(super) addresses: Arc<AddressSet>,
}

impl Sides {
    pub(super) fn new(before: &Policy, after: &Policy) -> Sides {
        let (old, new) = (&before.inner.tables, &after.inner.tables);
        let (before, after) = (before.clone(), after.clone());
        if old.atlas.ptr_eq(&new.atlas) {
            let ground = Arc::new(Ground::new(&old.atlas, old.areas.iter().chain(&new.areas)));
            return Sides { before: Side { policy: before, ground: ground.clone() }, after: Side { policy: after, ground } };
        }
        let [old, new] = [old, new].map(|side| Arc::new(Ground::new(&side.atlas, &side.areas)));
        Sides { before: Side { policy: before, ground: old }, after: Side { policy: after, ground: new } }
    }

    /// Whether location numbers agree between both.
    pub(super) fn share_an_atlas(&self) -> bool {
        Arc::ptr_eq(&self.before.ground, &self.after.ground)
    }
}

impl Side {
    pub(super) fn tables(&self) -> &Tables {
        &self.policy.inner.tables
    }

    pub(super) fn order(&self, index: Option<OrderIndex>) -> Option<&Order> {
        self.tables().order(index?)
    }

    /// The order, if it is in force.
    pub(super) fn in_force(&self, index: Option<OrderIndex>) -> Option<&Order> {
        self.order(index).filter(|order| order.status == Status::InForce)
    }

    pub(super) fn rule(&self, index: OrderIndex) -> Option<&Rule> {
        self.tables().rule(index)
    }

    /// The jurisdiction of the order's issuer.
    pub(super) fn jurisdiction(&self, index: OrderIndex) -> Option<&Regions> {
        at(&self.tables().jurisdictions, self.rule(index)?.jurisdiction)
    }

    /// The locations of the order's area.
    pub(super) fn area(&self, index: OrderIndex) -> Option<&LocationSet> {
        at(&self.tables().areas, self.rule(index)?.area)
    }

    /// The reach of the order without its networks and exemptions.
    pub(super) fn territory(&self, index: OrderIndex) -> Arc<Territory> {
        self.area(index).map(|area| self.ground.territory(area)).unwrap_or_default()
    }

    /// The addresses that the order reaches.
    pub(super) fn reach(&self, index: OrderIndex) -> Arc<AddressSet> {
        let territory = &self.territory(index).addresses;
        match self.order(Some(index)).and_then(left) {
            Some(left) => Arc::new(territory.common(&left)),
            None => territory.clone(),
        }
    }
}

/// The addresses that an order's networks and exemptions leave. `None` when it has neither.
pub(super) fn left(order: &Order) -> Option<AddressSet> {
    Some(AddressSet::new(Narrowing::new(&order.networks, &order.exempt)?.spans()))
}

impl Ground {
    fn new<'a>(atlas: &Atlas, areas: impl IntoIterator<Item = &'a LocationSet>) -> Ground {
        let nowhere = LocationSet::new(atlas.locations().iter().map(|_| false));
        let wanted = areas.into_iter().fold(nowhere, |mut wanted, area| {
            wanted.extend(area);
            wanted
        });
        Ground { atlas: atlas.clone(), wanted, locations: OnceLock::new(), territories: Mutex::default() }
    }

    fn territory(&self, area: &LocationSet) -> Arc<Territory> {
        let mut territories = self.territories.lock().unwrap_or_else(PoisonError::into_inner);
        territories.entry(area.clone()).or_insert_with(|| Arc::new(self.survey(area))).clone()
    }

    fn survey(&self, area: &LocationSet) -> Territory {
        let locations = self.atlas.locations().iter().zip(self.locations()).zip(0..);
        let inside = locations.filter(|&(_, location)| area.contains(location));
        let located = inside.filter_map(|((location, spans), _)| Some((location.region()?, spans)));
        let ranges = Ranges::new(located.flat_map(|(region, spans)| spans.iter().map(move |&span| (span, region))));
        let addresses = AddressSet::new(ranges.spans().iter().map(|&(span, _)| span));
        Territory { ranges, addresses: Arc::new(addresses) }
    }

    /// Walks the atlas, once.
    fn locations(&self) -> &[Vec<IpSpan>] {
        self.locations.get_or_init(|| {
            let mut locations = vec![Vec::new(); self.atlas.locations().len()];
            self.atlas.for_each_range(|span, location| {
                let spans = locations.get_mut(usize::from(location)).filter(|_| self.wanted.contains(location));
                if let Some(spans) = spans {
                    spans.push(span);
                }
            });
            locations
        })
    }
}
