//! Explanations of decisions, for people and for logs.

use std::fmt::{self, Display};
use std::net::IpAddr;
use std::time::SystemTime;

use ipnet::IpNet;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::geo::Location;
use crate::net::address::{Ip, IpSpan};
use crate::order::{Order, Status};
use crate::policy::Policy;
use crate::policy::decision::Decision;
use crate::policy::meeting::Meeting;
use crate::policy::name_index::NameIndex;
use crate::policy::tables::{Rule, Tables};
use crate::region::Region;
use crate::text::quote::Quoted;
use crate::text::timestamp;

/// The reasons for a decision: every order that names the meeting or its host's account, and why it reaches the participant or not.
///
/// `Display` writes it for people, `Serialize` for logs. It holds neither the account nor the address, but the network that the
/// participant was located by.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explanation<'p> {
    meeting: String,
    at: SystemTime,
    decision: Decision<'p>,
    location: Location,
    network: Option<IpNet>,
    /// The names of the excluding sources that hold the address, ascending.
    excluded_by: Vec<&'p str>,
    host_region: Region,
    orders: Vec<Consideration<'p>>,
    /// The policy that decided, for the ledger.
    pub(crate) policy: &'p Policy,
}

/// One order's part in an [`Explanation`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Consideration<'p> {
    order: &'p Order,
    named: NamedBy,
    reason: Reason,
}

/// The way in which an order names a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NamedBy {
    /// By its id.
    Meeting,
    /// By the account that hosts it.
    Account,
    /// By both.
    MeetingAndAccount,
}

/// The reason why an order reaches a participant, or does not: the first that holds, in this sequence. Of two orders, the one with
/// the greater reason came nearer to reaching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Its status is not `in-force`.
    NotInForce,
    /// Its time has not come.
    NotYetEffective,
    /// Its time is over.
    Expired,
    /// The address is not located: too few sources place it, or a source excludes it.
    Unlocated,
    /// The sources disagree about the address.
    Contested,
    /// The address is outside the issuer's jurisdiction.
    Outside,
    /// The address is not in the regions that the order is narrowed to.
    NotInRegions,
    /// The address is not in the networks that the order is narrowed to.
    NotInNetworks,
    /// The order exempts the address.
    Exempt,
    /// None of these: the order reaches the participant.
    Reaches,
}

impl Reason {
    /// All reasons, ascending.
    #[cfg(feature = "orders-file")]
    pub(crate) const ALL: [Reason; 10] = [
        Reason::NotInForce,
        Reason::NotYetEffective,
        Reason::Expired,
        Reason::Unlocated,
        Reason::Contested,
        Reason::Outside,
        Reason::NotInRegions,
        Reason::NotInNetworks,
        Reason::Exempt,
        Reason::Reaches,
    ];

    /// The name in JSON: `not-in-force`, …, `reaches`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotInForce => "not-in-force",
            Reason::NotYetEffective => "not-yet-effective",
            Reason::Expired => "expired",
            Reason::Unlocated => "unlocated",
            Reason::Contested => "contested",
            Reason::Outside => "outside",
            Reason::NotInRegions => "not-in-regions",
            Reason::NotInNetworks => "not-in-networks",
            Reason::Exempt => "exempt",
            Reason::Reaches => "reaches",
        }
    }
}

impl Policy {
    /// Explains what [`decide_at`](Policy::decide_at) decides.
    #[must_use]
    pub fn explain<'p, 'm>(
        &'p self,
        meeting: impl Into<Meeting<'m>>,
        participant_ip: IpAddr,
        host_region: Region,
        at: SystemTime,
    ) -> Explanation<'p> {
        let meeting = meeting.into();
        let tables = &self.inner.tables;
        let ip = Ip::from(participant_ip);
        let location = self.locate(participant_ip);
        let orders = |names: &'p NameIndex| names.orders(names.named(meeting));
        let named = orders(&tables.in_force).chain(orders(&tables.others));
        let consider = |index| {
            let (order, rule) = (tables.order(index)?, tables.rule(index)?);
            let named = match (order.meetings.iter().any(|id| id == meeting.id), meeting.host) {
                (true, Some(host)) if order.accounts.iter().any(|account| account == host) => NamedBy::MeetingAndAccount,
                (true, _) => NamedBy::Meeting,
                (false, _) => NamedBy::Account,
            };
            Some(Consideration { order, named, reason: reason(tables, order, rule, location, ip, at) })
        };
        let mut orders: Vec<Consideration<'p>> = named.filter_map(consider).collect();
        orders.sort_by(|a, b| a.order.id.cmp(&b.order.id));
        Explanation {
            meeting: meeting.id.to_owned(),
            at,
            decision: self.decide_at(meeting, participant_ip, host_region, at),
            location,
            network: tables.atlas.network(ip),
            excluded_by: tables.atlas.excluded_by(participant_ip).collect(),
            host_region,
            orders,
            policy: self,
        }
    }
}

/// Reads the order itself and not its compiled form, so that tests can compare the two.
fn reason(tables: &Tables, order: &Order, rule: &Rule, location: Location, ip: Ip, at: SystemTime) -> Reason {
    let region = match location {
        _ if order.status != Status::InForce => return Reason::NotInForce,
        _ if order.effective.is_some_and(|effective| at < effective) => return Reason::NotYetEffective,
        _ if order.expires.is_some_and(|expires| expires <= at) => return Reason::Expired,
        Location::Unknown => return Reason::Unlocated,
        Location::Contested => return Reason::Contested,
        Location::In(region) => region,
    };
    if !tables.issuer_covers(rule, region) {
        Reason::Outside
    } else if !order.regions.is_empty() && !order.regions.iter().any(|narrower| narrower.covers(region)) {
        Reason::NotInRegions
    } else if !order.networks.is_empty() && !hold(&order.networks, ip) {
        Reason::NotInNetworks
    } else if hold(&order.exempt, ip) {
        Reason::Exempt
    } else {
        Reason::Reaches
    }
}

/// Whether one of some networks holds an address.
pub(super) fn hold(networks: &[IpNet], ip: Ip) -> bool {
    networks.iter().any(|&network| match (network.into(), ip) {
        (IpSpan::V4(span), Ip::V4(ip)) => span.first <= ip && ip <= span.last,
        (IpSpan::V6(span), Ip::V6(ip)) => span.first <= ip && ip <= span.last,
        _ => false,
    })
}

impl<'p> Explanation<'p> {
    /// The id of the meeting.
    #[must_use]
    pub fn meeting(&self) -> &str {
        &self.meeting
    }

    /// The time of the question.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// The decision that is explained.
    pub fn decision(&self) -> Decision<'p> {
        self.decision
    }

    /// The location of the participant's address.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// The network that the participant was located by, or is contested in: the largest network around the address with one
    /// location. `None` when the address is unknown.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        self.network
    }

    /// The names of the sources that exclude the participant's address as evidence of a place, ascending. Where there is one, the
    /// address is not located: see [`Source::excluding`](crate::Source::excluding).
    pub fn excluded_by(&self) -> impl Iterator<Item = &'p str> + use<'_, 'p> {
        self.excluded_by.iter().copied()
    }

    /// The home region of the host's account, as given by the caller.
    #[must_use]
    pub fn host_region(&self) -> Region {
        self.host_region
    }

    /// The orders of every status that name the meeting or the account, ascending by id.
    #[must_use]
    pub fn orders(&self) -> &[Consideration<'p>] {
        &self.orders
    }
}

impl<'p> Consideration<'p> {
    /// The order.
    #[must_use]
    pub fn order(&self) -> &'p Order {
        self.order
    }

    /// The way in which it names the meeting.
    #[must_use]
    pub fn named_by(&self) -> NamedBy {
        self.named
    }

    /// The reason why it reaches the participant, or does not.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether it reaches the participant.
    #[must_use]
    pub fn reaches(&self) -> bool {
        self.reason == Reason::Reaches
    }
}

impl Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} in meeting {}", self.decision, Quoted(&self.meeting))?;
        write!(f, "  participant: {}", self.location)?;
        if let Some(network) = self.network {
            write!(f, ", by {network}")?;
        }
        let mut excluding = self.excluded_by().map(Quoted);
        if let Some(source) = excluding.next() {
            write!(f, ", excluded by {source}")?;
            excluding.try_for_each(|source| write!(f, ", {source}"))?;
        }
        writeln!(f)?;
        match self.decision.host_account().order() {
            Some(order) => writeln!(f, "  host account: {}, under domestic order {}", self.host_region, Quoted(&order.id))?,
            None => writeln!(f, "  host account: {}, unaffected", self.host_region)?,
        }
        write!(f, "  time: {}", timestamp::format(self.at).as_deref().unwrap_or("beyond RFC 3339"))?;
        if self.orders.is_empty() {
            f.write_str("\n  no order names the meeting or its host's account")?;
            let near = self.nearly_named();
            return near.into_iter().try_for_each(|name| {
                write!(f, "\n  {} is named, and is another name: names are compared byte for byte", Quoted(name))
            });
        }
        self.orders.iter().try_for_each(|consideration| {
            f.write_str("\n  ")?;
            consideration.write(f, self.location, !self.excluded_by.is_empty())
        })
    }
}

impl Consideration<'_> {
    fn write(&self, f: &mut fmt::Formatter<'_>, location: Location, is_excluded: bool) -> fmt::Result {
        let Consideration { order, named, reason } = self;
        let named = match named {
            NamedBy::Meeting => "names the meeting",
            NamedBy::Account => "names the account",
            NamedBy::MeetingAndAccount => "names the meeting and the account",
        };
        write!(f, "order {} of {} {named}", Quoted(&order.id), Quoted(&order.issuer))?;
        let time = |time: Option<SystemTime>| time.and_then(timestamp::format).unwrap_or_else(|| "beyond RFC 3339".to_owned());
        match reason {
            Reason::Reaches => f.write_str(" and reaches the participant"),
            Reason::NotInForce => write!(f, ", but is not in force: it is {}", order.status),
            Reason::NotYetEffective => write!(f, ", but is not effective before {}", time(order.effective)),
            Reason::Expired => write!(f, ", but expired at {}", time(order.expires)),
            Reason::Unlocated if is_excluded => f.write_str(", but the participant's address is no evidence of a place"),
            Reason::Unlocated => f.write_str(", but nobody knows where the participant is"),
            Reason::Contested => f.write_str(", but the sources do not agree on where the participant is"),
            Reason::Outside => write!(f, ", but {location} is outside its issuer's jurisdiction"),
            Reason::NotInRegions => write!(f, ", but {location} is not in the regions it is narrowed to"),
            Reason::NotInNetworks => f.write_str(", but the participant is not in the networks it is narrowed to"),
            Reason::Exempt => f.write_str(", but exempts the participant"),
        }
    }
}

impl Serialize for Explanation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let domestic = self.decision.host_account().order();
        let mut map = serializer.serialize_struct("Explanation", 10)?;
        map.serialize_field("meeting", &self.meeting)?;
        map.serialize_field("at", &timestamp::format(self.at))?;
        map.serialize_field("decision", self.decision.kind().name())?;
        map.serialize_field("location", &self.location)?;
        map.serialize_field("network", &self.network.map(|network| network.to_string()))?;
        map.serialize_field("excluded_by", &self.excluded_by)?;
        map.serialize_field("host_region", &self.host_region)?;
        map.serialize_field("host_account", if domestic.is_some() { "under-domestic-order" } else { "unaffected" })?;
        map.serialize_field("domestic_order", &domestic.map(|order| &order.id))?;
        map.serialize_field("orders", &self.orders)?;
        let near = self.nearly_named();
        if !near.is_empty() {
            map.serialize_field("nearly_named", &near)?;
        }
        map.end()
    }
}

impl Serialize for Consideration<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Consideration", 6)?;
        map.serialize_field("id", &self.order.id)?;
        map.serialize_field("issuer", &self.order.issuer)?;
        map.serialize_field("status", &self.order.status)?;
        map.serialize_field("named_by", &self.named)?;
        map.serialize_field("reaches", &self.reaches())?;
        map.serialize_field("reason", &self.reason)?;
        map.end()
    }
}
