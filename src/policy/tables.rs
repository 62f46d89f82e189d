//! The compiled form of a docket: the tables that decisions read, and the queries on them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use crate::geo::{Atlas, AtlasSubset, LocationId, LocationSet};
use crate::net::heap::{HeapBytes, arc_counts, map, plain};
use crate::order::{EndMark, Order};
use crate::policy::decision_kind::DecisionKind;
use crate::policy::name_index::{NameIndex, Named, OrderIndex};
use crate::policy::order_store::{OrderStore, Position};
use crate::policy::requirements::Requirements;
use crate::reach::Regions;
use crate::reach::narrowing::Narrowings;
use crate::region::Region;

/// A docket on an atlas, compiled.
pub(crate) struct Tables {
    pub(crate) orders: OrderStore,
    /// The position of each order in the docket, by its index. Indices ascend by id.
    pub(crate) positions: Box<[Position]>,
    /// The rule of each order, by its index.
    pub(crate) rules: Box<[Rule]>,
    /// The windows of time and the narrowings that some rules have, in the sequence of the orders.
    pub(crate) windows: Box<[Window]>,
    pub(crate) narrowings: Narrowings,
    pub(crate) areas: Box<[LocationSet]>,
    pub(crate) jurisdictions: Box<[Regions]>,
    /// The names of orders with status `in-force`: the only ones that decisions look up.
    pub(crate) in_force: NameIndex,
    /// The names of the other orders, for explanations.
    pub(crate) others: NameIndex,
    /// Regions whose servers carry only meetings of their own people.
    pub(crate) fenced: Regions,
    /// The part of the atlas that orders in force can reach.
    pub(crate) subset: Arc<AtlasSubset>,
    pub(crate) atlas: Atlas,
    /// The docket's groups, for issuers of orders that are amended.
    pub(crate) groups: Arc<Groups>,
    /// The requirements on orders in force, which amended orders must meet, too.
    pub(crate) requirements: Requirements,
    /// The knowledge about the docket's end.
    pub(crate) end: EndMark,
    /// The bytes that amendments may still leave behind before the docket is compiled as a whole.
    pub(crate) slack: usize,
}

/// Groups of regions, by name.
pub(crate) type Groups = BTreeMap<String, Vec<Region>>;

/// The compiled form of one order, in 16 bytes: each decision about a listed meeting reads one or a few of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The number of its area.
    pub(crate) area: u32,
    /// The number of its jurisdiction.
    pub(crate) jurisdiction: u32,
    /// The numbers of its window and its narrowing, or [`Rule::NONE`].
    pub(crate) window: u32,
    pub(crate) narrowing: u32,
}

impl Rule {
    /// Stands for no window, which means all times, and for no narrowing, which means the whole area. No table has this many
    /// entries.
    pub(crate) const NONE: u32 = u32::MAX;
}

/// The window of time in which an order takes effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) effective: Option<SystemTime>,
    pub(crate) expires: Option<SystemTime>,
}

impl Window {
    /// Holds at no time, as both of its bounds are one instant.
    const NEVER: Window = Window { effective: Some(SystemTime::UNIX_EPOCH), expires: Some(SystemTime::UNIX_EPOCH) };

    pub(crate) fn holds(&self, at: SystemTime) -> bool {
        self.effective.is_none_or(|effective| effective <= at) && self.expires.is_none_or(|expires| at < expires)
    }
}

/// The outcome of a decision, before it is a [`Decision`](crate::Decision).
pub(crate) struct Evaluation {
    pub(crate) kind: DecisionKind,
    /// The time of the decision. Any instant will do where no order has a bound in time, as the clock is not read then.
    pub(crate) at: SystemTime,
}

/// The effect of a meeting's orders on everybody at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// No order reaches anybody there.
    Admitted,
    /// Orders with a narrowing may reach some addresses there.
    OfAddress,
    /// An order reaches everybody there.
    Blocked,
}

/// The entry of a number in a table. INVARIANT: compiling writes no number that is out of bounds.
#[inline]
pub(crate) fn at<T>(table: &[T], index: u32) -> Option<&T> {
    table.get(usize::try_from(index).ok()?)
}

impl Tables {
    /// The orders by their indices: ascending by id.
    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.positions.iter().filter_map(|&position| self.orders.get(position))
    }

    /// The index of the order of an id, or where that of an order of this id would be.
    pub(crate) fn find(&self, id: &str) -> Result<usize, usize> {
        self.positions.binary_search_by(|&position| self.orders.get(position).map(|order| order.id.as_str()).cmp(&Some(id)))
    }

    pub(crate) fn order(&self, index: OrderIndex) -> Option<&Order> {
        self.orders.get(*at(&self.positions, index)?)
    }

    pub(crate) fn rule(&self, index: OrderIndex) -> Option<&Rule> {
        at(&self.rules, index)
    }

    /// The rule, for orders with status `in-force` that name the meeting or the account, and an address that was looked up. The clock
    /// is asked at most once, and only when one of them has a bound in time. Nearly always that is one order.
    #[inline(always)]
    pub(crate) fn evaluate(&self, named: Named, ip: IpAddr, location: LocationId, clock: impl Fn() -> SystemTime) -> Evaluation {
        match named.only().and_then(|order| self.rule(order)) {
            Some(rule) if rule.window == Rule::NONE => {
                let reached = self.reaches(rule, ip, location);
                let kind = if reached { DecisionKind::BlockParticipant } else { DecisionKind::KeepMeeting };
                Evaluation { kind, at: SystemTime::UNIX_EPOCH }
            }
            Some(rule) => self.evaluate_all(std::iter::once(rule), ip, location, clock),
            None => self.evaluate_all(self.in_force.orders(named).filter_map(|order| self.rule(order)), ip, location, clock),
        }
    }

    /// As [`evaluate`](Self::evaluate), for any number of orders.
    #[inline(never)]
    fn evaluate_all<'p>(
        &self,
        rules: impl Iterator<Item = &'p Rule>,
        ip: IpAddr,
        location: LocationId,
        clock: impl Fn() -> SystemTime,
    ) -> Evaluation {
        let (mut at, mut in_force, mut reached) = (None, false, false);
        rules.for_each(|rule| {
            if self.is_in_force(rule, || *at.get_or_insert_with(&clock)) {
                in_force = true;
                reached = reached || self.reaches(rule, ip, location);
            }
        });
        let kind = match (in_force, reached) {
            (_, true) => DecisionKind::BlockParticipant,
            (true, false) => DecisionKind::KeepMeeting,
            (false, false) => DecisionKind::Allow,
        };
        Evaluation { kind, at: at.unwrap_or(SystemTime::UNIX_EPOCH) }
    }

    /// Whether an order's issuer has authority over a region.
    #[inline]
    pub(crate) fn issuer_covers(&self, rule: &Rule, region: Region) -> bool {
        at(&self.jurisdictions, rule.jurisdiction).is_some_and(|jurisdiction| jurisdiction.cover(region))
    }

    /// Whether a location is in the area that an order may reach.
    #[inline(always)]
    pub(crate) fn is_inside(&self, rule: &Rule, location: LocationId) -> bool {
        at(&self.areas, rule.area).is_some_and(|area| area.contains(location))
    }

    /// Whether the narrowing of an order leaves an address to it.
    #[inline(never)]
    fn is_left(&self, rule: &Rule, ip: IpAddr) -> bool {
        self.narrowings.contain(rule.narrowing, ip.into())
    }

    #[inline]
    pub(crate) fn reaches(&self, rule: &Rule, ip: IpAddr, location: LocationId) -> bool {
        self.is_inside(rule, location) && (rule.narrowing == Rule::NONE || self.is_left(rule, ip))
    }

    /// The area of the only order of a look-up, when that order always holds and has no narrowing: it reaches exactly this area.
    pub(crate) fn only_area(&self, named: Named) -> Option<&LocationSet> {
        let rule = self.rule(named.only()?).filter(|rule| (rule.window, rule.narrowing) == (Rule::NONE, Rule::NONE))?;
        at(&self.areas, rule.area)
    }

    /// The effect of a meeting's orders at one instant, for each location of the atlas.
    pub(crate) fn effects(&self, named: Named, at: SystemTime) -> Vec<Effect> {
        let mut effects = vec![Effect::Admitted; self.atlas.locations().len()];
        let rules = self.in_force.orders(named).filter_map(|order| self.rule(order));
        for rule in rules.filter(|rule| self.is_in_force(rule, || at)) {
            let effect = if rule.narrowing == Rule::NONE { Effect::Blocked } else { Effect::OfAddress };
            for (location, all) in (0..).zip(&mut effects) {
                if self.is_inside(rule, location) {
                    *all = effect.max(*all);
                }
            }
        }
        effects
    }

    /// Whether an order of a look-up that is in force at a time reaches an address.
    pub(crate) fn blocks(&self, named: Named, ip: IpAddr, location: LocationId, at: SystemTime) -> bool {
        let mut rules = self.in_force.orders(named).filter_map(|order| self.rule(order));
        rules.any(|rule| self.is_in_force(rule, || at) && self.reaches(rule, ip, location))
    }

    /// Whether the window of an order with status `in-force` holds at a time, which is read only when the order has a bound.
    #[inline]
    pub(crate) fn is_in_force(&self, rule: &Rule, at: impl FnOnce() -> SystemTime) -> bool {
        self.window(rule).is_none_or(|window| window.holds(at()))
    }

    /// The window of an order; `None` when it always holds.
    pub(crate) fn window(&self, rule: &Rule) -> Option<&Window> {
        if rule.window == Rule::NONE { None } else { at(&self.windows, rule.window).or(Some(&Window::NEVER)) }
    }

    /// Heap bytes that grow with the orders, without those that orders share: areas, jurisdictions, groups and the atlas.
    pub(crate) fn bytes_of_orders(&self) -> usize {
        let Tables { orders, positions, rules, windows, narrowings, in_force, others, .. } = self;
        let rules = size_of_val(&**positions) + size_of_val(&**rules) + size_of_val(&**windows) + narrowings.heap_bytes();
        orders.heap_bytes() + rules + in_force.heap_bytes() + others.heap_bytes()
    }
}

impl HeapBytes for Tables {
    fn heap_bytes(&self) -> usize {
        let Tables { areas, jurisdictions, fenced, subset, atlas, groups, requirements: _, end: _, slack: _, .. } = self;
        let groups = arc_counts::<Groups>() + size_of::<Groups>() + map(groups, plain);
        let shared = areas.heap_bytes() + jurisdictions.heap_bytes() + fenced.heap_bytes() + groups;
        self.bytes_of_orders() + shared + atlas.heap_bytes_beside(subset) + atlas.heap_bytes()
    }
}

/// One question to a policy, with the orders that name its meeting. A decision keeps it and computes its other answers from it, so
/// that deciding collects nothing.
#[derive(Clone, Copy)]
pub(crate) struct Query<'p> {
    pub(crate) tables: &'p Tables,
    pub(crate) named: Named,
    pub(crate) ip: IpAddr,
    pub(crate) location: LocationId,
    pub(crate) host_region: Region,
    pub(crate) at: SystemTime,
}

impl<'p> Query<'p> {
    /// The orders in force at the time that name the meeting or the account, ascending by id.
    pub(crate) fn named(self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.rules().filter_map(move |(index, _)| self.tables.order(index))
    }

    /// The named orders whose reach contains the address.
    pub(crate) fn reaching(self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.rules()
            .filter(move |(_, rule)| self.tables.reaches(rule, self.ip, self.location))
            .filter_map(move |(index, _)| self.tables.order(index))
    }

    /// The first of the named orders whose issuer covers the host's region.
    #[inline]
    pub(crate) fn domestic(&self) -> Option<&'p Order> {
        let is_domestic = |rule: &Rule| self.tables.issuer_covers(rule, self.host_region);
        let index = match self.named.only() {
            // Nearly always.
            Some(index) => {
                let rule = self.tables.rule(index)?;
                (is_domestic(rule) && self.tables.is_in_force(rule, || self.at)).then_some(index)?
            }
            None => self.rules().find(|(_, rule)| is_domestic(rule))?.0,
        };
        self.tables.order(index)
    }

    fn rules(self) -> impl Iterator<Item = (OrderIndex, &'p Rule)> + use<'p> {
        let orders = self.tables.in_force.orders(self.named);
        orders
            .filter_map(move |index| Some((index, self.tables.rule(index)?)))
            .filter(move |(_, rule)| self.tables.is_in_force(rule, || self.at))
    }
}
