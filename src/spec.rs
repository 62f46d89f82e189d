//! The rule itself, by linear scan: the executable specification.
//!
//! It shares no code with the trie, the compiler or the compiled policy, and reads as the rule does. Tests, fuzz targets and
//! auditors compare [`Policy`](crate::Policy) with it; it is far too slow for anything else.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::SystemTime;

use ipnet::IpNet;

use crate::geo::{Location, Source};
use crate::order::{Docket, Order, Status};
use crate::policy::Meeting;
use crate::policy::{Decision, DecisionKind, HostAccount};
use crate::region::Region;

/// The answer of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The kind of decision.
    pub kind: DecisionKind,
    /// The ids of the reaching orders of a block, of the named orders of a keep, ascending.
    pub orders: Vec<String>,
    /// The smallest id of an order in force that is not foreign to the host.
    pub domestic: Option<String>,
}

/// The rule, for a docket that compiles and a valid `min_sources`.
#[must_use]
pub fn decide_at(
    docket: &Docket,
    sources: &[Source],
    min_sources: usize,
    meeting: Meeting<'_>,
    ip: IpAddr,
    host_region: Region,
    at: SystemTime,
) -> Verdict {
    let ip = ip.to_canonical();
    let named: Vec<&Order> = docket.orders.iter().filter(|order| in_force(order, at) && names(order, meeting)).collect();
    let reaching: Vec<&Order> = match locate(sources, min_sources, ip) {
        Location::In(region) => named.iter().copied().filter(|order| reaches(docket, order, region, ip)).collect(),
        Location::Contested | Location::Unknown => Vec::new(),
    };
    let domestic = named.iter().copied().filter(|order| issuer_covers(docket, order, host_region));
    let domestic = ids(domestic).into_iter().next();
    match (named.is_empty(), reaching.is_empty()) {
        (true, _) => Verdict { kind: DecisionKind::Allow, orders: Vec::new(), domestic },
        (_, false) => Verdict { kind: DecisionKind::BlockParticipant, orders: ids(reaching), domestic },
        (_, true) => Verdict { kind: DecisionKind::KeepMeeting, orders: ids(named), domestic },
    }
}

/// The location of an address.
#[must_use]
pub fn locate(sources: &[Source], min_sources: usize, ip: IpAddr) -> Location {
    let ip = ip.to_canonical();
    if sources.iter().any(|source| source.is_excluding() && source.ranges().any(|(first, last, _)| first <= ip && ip <= last)) {
        return Location::Unknown;
    }
    let speaking = sources.iter().filter(|source| !source.is_excluding());
    let opinions: Vec<Location> = speaking.map(|source| opinion(source, ip)).collect();
    let placed: Vec<Region> = opinions.iter().filter_map(|opinion| opinion.region()).collect();
    let agree = |a: &Region| placed.iter().all(|&b| a.covers(b) || b.covers(*a));
    if opinions.contains(&Location::Contested) || !placed.iter().all(agree) {
        return Location::Contested;
    }
    let widest = placed.iter().find(|region| placed.iter().all(|&other| region.covers(other)));
    widest.filter(|_| placed.len() >= min_sources).map_or(Location::Unknown, |&region| Location::In(region))
}

/// The opinion of one source: its narrowest range that holds the address speaks.
fn opinion(source: &Source, ip: IpAddr) -> Location {
    if is_special(ip, ip) && !lists_own_networks(source) {
        return Location::Unknown;
    }
    let holding = source.ranges().filter(|&(first, last, _)| first <= ip && ip <= last);
    let holding: Vec<(u128, Region)> = holding.map(|(first, last, region)| (number(last) - number(first), region)).collect();
    let narrowest = holding.iter().map(|&(width, _)| width).min();
    let mut speaking = holding.iter().filter(|&&(width, _)| Some(width) == narrowest).map(|&(_, region)| region);
    match speaking.next() {
        None => Location::Unknown,
        Some(region) if speaking.any(|other| other != region) => Location::Contested,
        Some(Region::UNKNOWN) => Location::Unknown,
        Some(region) => Location::In(region),
    }
}

/// Whether a source lists special-purpose networks alone, in no format that providers publish.
fn lists_own_networks(source: &Source) -> bool {
    !source.is_published() && source.ranges().all(|(first, last, _)| is_special(first, last))
}

/// The special-purpose networks of IANA's registries (RFC 6890), by their ends. Networks that touch are one here.
const SPECIAL: [(&str, &str); 16] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("224.0.0.0", "255.255.255.255"),
    ("::", "::1"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// Whether a range lies in special-purpose networks.
fn is_special(first: IpAddr, last: IpAddr) -> bool {
    static NETWORKS: LazyLock<Vec<(IpAddr, IpAddr)>> =
        LazyLock::new(|| SPECIAL.iter().filter_map(|(from, to)| from.parse().ok().zip(to.parse().ok())).collect());
    NETWORKS.iter().any(|&(from, to)| from <= first && last <= to)
}

fn in_force(order: &Order, at: SystemTime) -> bool {
    order.status == Status::InForce && order.effective.is_none_or(|from| from <= at) && order.expires.is_none_or(|to| at < to)
}

fn names(order: &Order, meeting: Meeting<'_>) -> bool {
    order.meetings.iter().any(|id| id == meeting.id) || order.accounts.iter().any(|account| Some(account.as_str()) == meeting.host)
}

fn reaches(docket: &Docket, order: &Order, region: Region, ip: IpAddr) -> bool {
    issuer_covers(docket, order, region)
        && (order.regions.is_empty() || order.regions.iter().any(|narrower| narrower.covers(region)))
        && (order.networks.is_empty() || order.networks.iter().any(|&network| holds(network, ip)))
        && !order.exempt.iter().any(|&network| holds(network, ip))
}

fn issuer_covers(docket: &Docket, order: &Order, region: Region) -> bool {
    match docket.jurisdictions.get(&order.issuer) {
        Some(group) => group.iter().any(|member| member.covers(region)),
        None => order.issuer.parse::<Region>().is_ok_and(|issuer| issuer.covers(region)),
    }
}

/// A network holds the addresses between its ends. One inside `::ffff:0:0/96` has two IPv4 ends; others stay IPv6.
fn holds(network: IpNet, ip: IpAddr) -> bool {
    let (first, last) = (network.network(), network.broadcast());
    let mapped = first.to_canonical().is_ipv4() && last.to_canonical().is_ipv4();
    if mapped { first.to_canonical() <= ip && ip <= last.to_canonical() } else { first <= ip && ip <= last }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn ids<'d>(orders: impl IntoIterator<Item = &'d Order>) -> Vec<String> {
    let mut ids: Vec<String> = orders.into_iter().map(|order| order.id.clone()).collect();
    ids.sort();
    ids
}

impl PartialEq<Decision<'_>> for Verdict {
    fn eq(&self, decision: &Decision<'_>) -> bool {
        let orders: Vec<&Order> = match decision {
            Decision::Allow => Vec::new(),
            Decision::BlockParticipant(block) => block.orders().collect(),
            Decision::KeepMeeting(keep) => keep.orders().collect(),
        };
        let domestic = match decision.host_account() {
            HostAccount::Unaffected => None,
            HostAccount::UnderDomesticOrder(order) => Some(&order.id),
        };
        self.kind == decision.kind()
            && self.domestic.as_ref() == domestic
            && self.orders.iter().eq(orders.iter().map(|order| &order.id))
    }
}
