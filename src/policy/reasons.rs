//! Decisions with their reasons about many participants of one meeting.

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::SystemTime;

use crate::geo::{Location, LocationId};
use crate::net::address::Ip;
use crate::policy::Policy;
use crate::policy::decision::{Block, Decision, Keep};
use crate::policy::explain::{Reason, hold};
use crate::policy::meeting::Meeting;
use crate::policy::name_index::{Named, OrderIndex};
use crate::policy::tables::{Query, Rule, Tables, Window};
use crate::region::Region;

/// A meeting of a policy, looked up once among the orders of every status, for decisions with their reasons about many
/// participants.
///
/// [`InMeeting`](crate::InMeeting) decides in less time and gives no reasons. [`Policy::explain`] gives the reason of each order,
/// for people to read. This is for columns of decisions: it allocates nothing, and looks an address up once.
///
/// ```
/// # use bailiwick::{Atlas, Docket, Location, Order, Policy, Reason, Region, Source};
/// # let mut source = Source::new("provider");
/// # source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// # source.insert("198.51.100.0/24".parse()?, "US".parse()?);
/// # let mut docket = Docket::default();
/// # docket.orders.push(Order::new("cn-2020-m2", "CN"));
/// # docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// # let policy = Policy::compile(&docket, &Atlas::builder().source(source).build()?)?;
/// let vigil = policy.reasons("june-4-vigil");
/// let now = std::time::SystemTime::now();
/// let inside = vigil.decide_at("203.0.113.7".parse()?, Region::UNKNOWN, now);
/// assert!(!inside.decision().admits());
/// let outside = vigil.decide_at("198.51.100.7".parse()?, Region::UNKNOWN, now);
/// assert_eq!((outside.location(), outside.why()), (Location::In("US".parse()?), Some(Reason::Outside)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[must_use = "a meeting that is looked up decides nothing by itself"]
pub struct ReasonsInMeeting<'p> {
    policy: &'p Policy,
    in_force: Named,
    others: Named,
}

/// A decision, with the location of the participant and the reason.
#[derive(Debug, Clone, Copy)]
pub struct ReasonedDecision<'p> {
    decision: Decision<'p>,
    location: Location,
    why: Option<Reason>,
}

impl Policy {
    /// Looks up a meeting, and the account that hosts it, for decisions with their reasons about many participants.
    #[inline]
    pub fn reasons<'p, 'm>(&'p self, meeting: impl Into<Meeting<'m>>) -> ReasonsInMeeting<'p> {
        let (meeting, tables) = (meeting.into(), &self.inner.tables);
        ReasonsInMeeting { policy: self, in_force: tables.in_force.named(meeting), others: tables.others.named(meeting) }
    }
}

impl<'p> ReasonsInMeeting<'p> {
    /// Decides about one participant of the meeting at a given time, as [`Policy::decide_at`] does, and gives the reason.
    ///
    /// Takes one longest-prefix match for each address, of a meeting that no order names, too: of the whole atlas, which is larger
    /// than the part that orders reach. For an address that an order reaches but for its `networks` and `exempt`, both given, it
    /// goes through the shorter of the two.
    #[must_use]
    #[inline]
    pub fn decide_at(&self, participant_ip: IpAddr, host_region: Region, at: SystemTime) -> ReasonedDecision<'p> {
        let ReasonsInMeeting { policy, in_force: named, others } = *self;
        let tables = &policy.inner.tables;
        let location_id = tables.atlas.location_id(participant_ip);
        let question = Located { tables, ip: &participant_ip, location_id, location: tables.atlas.location(location_id) };
        let (mut some_holds, mut why) = (false, None);
        if !named.is_empty() {
            for (index, rule) in tables.in_force.orders(named).filter_map(|index| Some((index, tables.rule(index)?))) {
                let reason = match tables.window(rule).filter(|window| !window.holds(at)) {
                    Some(window) => before_or_after(window, at),
                    None => {
                        some_holds = true;
                        question.reason(index, rule)
                    }
                };
                why = why.max(Some(reason));
            }
        }
        let query = || Query { tables, named, ip: participant_ip, location: location_id, host_region, at };
        let decision = match (some_holds, why) {
            (true, Some(Reason::Reaches)) => Decision::BlockParticipant(Block::new(query())),
            (true, _) => Decision::KeepMeeting(Keep::new(query())),
            (false, _) => Decision::Allow,
        };
        // The least of all reasons.
        let why = why.or_else(|| (!others.is_empty()).then_some(Reason::NotInForce));
        ReasonedDecision { decision, location: question.location, why }
    }
}

/// The reason why an order does not take effect at a time.
fn before_or_after(window: &Window, at: SystemTime) -> Reason {
    if window.effective.is_some_and(|effective| at < effective) { Reason::NotYetEffective } else { Reason::Expired }
}

/// A participant whose address was looked up.
struct Located<'p> {
    tables: &'p Tables,
    ip: &'p IpAddr,
    location_id: LocationId,
    location: Location,
}

impl Located<'_> {
    /// The reason why an order that is in force reaches the participant, or does not.
    fn reason(&self, index: OrderIndex, rule: &Rule) -> Reason {
        let Located { tables, ip, location_id, location } = *self;
        if tables.reaches(rule, *ip, location_id) {
            return Reason::Reaches;
        }
        match location {
            Location::Unknown => Reason::Unlocated,
            Location::Contested => Reason::Contested,
            Location::In(region) if !tables.issuer_covers(rule, region) => Reason::Outside,
            Location::In(_) if !tables.is_inside(rule, location_id) => Reason::NotInRegions,
            Location::In(_) => self.narrowed(index),
        }
    }

    /// The reason why the `networks` and the `exempt` of an order leave an address in its area out.
    fn narrowed(&self, index: OrderIndex) -> Reason {
        let Some(order) = self.tables.order(index) else { return Reason::NotInNetworks };
        let ip = Ip::from(*self.ip);
        // An address that is left out is in none of the networks, or exempt. So the shorter of the lists often tells alone.
        let is_in_networks = match (order.networks.as_slice(), order.exempt.as_slice()) {
            ([], _) => true,
            (_, []) => false,
            (networks, exempt) if exempt.len() < networks.len() => hold(exempt, ip) && hold(networks, ip),
            (networks, _) => hold(networks, ip),
        };
        if is_in_networks { Reason::Exempt } else { Reason::NotInNetworks }
    }
}

impl<'p> ReasonedDecision<'p> {
    /// The decision.
    pub fn decision(&self) -> Decision<'p> {
        self.decision
    }

    /// The location of the participant's address.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// The reason of the order that came nearest to reaching the participant: the greatest one of an
    /// [explanation](crate::Explanation::orders). `None` when no order of any status names the meeting or the account.
    #[must_use]
    pub fn why(&self) -> Option<Reason> {
        self.why
    }
}

/// Without the meeting's name, which is not kept.
impl Debug for ReasonsInMeeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_named = !(self.in_force.is_empty() && self.others.is_empty());
        f.debug_struct("ReasonsInMeeting").field("policy", self.policy).field("is_named", &is_named).finish_non_exhaustive()
    }
}
