//! Small dense worlds: sources, a docket that compiles, and questions, all made from a string of bytes.
//!
//! Addresses come from a few places at which prefixes of many lengths meet, so that ranges nest, overlap and tie, networks of
//! orders cut through them, and questions hit boundaries: the first address of a range, its last, and one beside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use arbitrary::{Arbitrary, Result, Unstructured};
use bailiwick::{Atlas, Demand, Docket, Meeting, Order, Policy, Region, Source, Status};
use ipnet::IpNet;

/// The regions in which sources place addresses.
const PLACES: [&str; 8] = ["CN", "CN", "CN-GD", "CN-GX", "HK", "US", "US-CA", "ZZ"];
/// The issuers of orders: regions, and groups that [`groups`] defines.
const ISSUERS: [&str; 8] = ["CN", "CN", "CN-GD", "HK", "US", "US-CA", "EAST", "MIXED"];
pub const MEETINGS: [&str; 2] = ["vigil", "account-1"];
pub const ACCOUNTS: [&str; 2] = ["account-1", "account-2"];
pub const HOMES: [&str; 7] = ["CN", "CN-GD", "HK", "US", "US-CA", "US-NY", "ZZ"];
/// Prefix lengths at which levels of a trie, families and host parts meet.
const LENGTHS: [u8; 18] = [0, 1, 2, 8, 15, 16, 17, 18, 30, 31, 32, 64, 65, 95, 96, 97, 127, 128];

/// Special-purpose networks, of which the first ones hold addresses that worlds ask about anyway.
const SPECIAL: [&str; 12] = [
    "0.0.0.0/8",
    "192.0.0.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "64:ff9b:1::/48",
    "::ffff:10.0.0.0/104",
];

pub fn region(code: &str) -> Region {
    code.parse().unwrap()
}

/// One row of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub first: IpAddr,
    pub last: IpAddr,
    pub region: Region,
}

#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub meeting: &'static str,
    pub host: Option<&'static str>,
    pub ip: IpAddr,
    pub home: Region,
    pub at: SystemTime,
}

impl Question {
    pub fn meeting(&self) -> Meeting<'static> {
        let meeting = Meeting::new(self.meeting);
        self.host.map_or(meeting, |host| meeting.hosted_by(host))
    }
}

#[derive(Debug, Clone)]
pub struct World {
    pub sources: Vec<Vec<Row>>,
    /// Whether each source is read from a file in a format that providers publish.
    pub published: Vec<bool>,
    /// The rows of sources that exclude: at least one each.
    pub excluding: Vec<Vec<Row>>,
    /// The age of all sources.
    pub as_of: Option<SystemTime>,
    pub min_sources: usize,
    pub docket: Docket,
    pub questions: Vec<Question>,
    /// Random bytes for theorems that change a world.
    pub dice: Vec<u8>,
}

impl World {
    pub fn from_bytes(bytes: &[u8]) -> World {
        World::arbitrary(&mut Unstructured::new(bytes)).unwrap()
    }

    pub fn sources(&self) -> Vec<Source> {
        let locating = self.sources.iter().zip(&self.published).enumerate().map(|(n, (rows, published))| {
            if *published { published_source(&n.to_string(), rows) } else { source(&n.to_string(), rows) }
        });
        let excluding = self.excluding.iter().enumerate().map(|(n, rows)| source(&format!("x{n}"), rows).excluding());
        let dated = |source: Source| match self.as_of {
            Some(time) => source.as_of(time),
            None => source,
        };
        locating.chain(excluding).map(dated).collect()
    }

    pub fn atlas(&self) -> Atlas {
        Atlas::builder().sources(self.sources()).min_sources(self.min_sources).build().unwrap()
    }

    pub fn policy(&self) -> Policy {
        Policy::compile(&self.docket, &self.atlas()).unwrap()
    }

    /// The `n`th die.
    pub fn die(&self, n: usize, sides: usize) -> usize {
        usize::from(self.dice[n % self.dice.len()]) % sides
    }
}

pub fn source(name: &str, rows: &[Row]) -> Source {
    let mut source = Source::new(name);
    for row in rows {
        source.insert_range(row.first, row.last, row.region).unwrap();
    }
    source
}

/// The rows as a provider would publish them.
fn published_source(name: &str, rows: &[Row]) -> Source {
    let lines: String = rows.iter().map(|Row { first, last, region }| format!("{first},{last},{region}\n")).collect();
    Source::from_range_csv(name, lines.as_bytes()).unwrap()
}

impl<'a> Arbitrary<'a> for World {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<World> {
        let count = *u.choose(&[1, 1, 1, 2, 2, 3, 0])?;
        let mut sources: Vec<Vec<Row>> = (0..count).map(|_| rows(u)).collect::<Result<_>>()?;
        if u.ratio(1, 4)? {
            sources.push(several(u, 5, special_row)?);
        }
        let published = sources.iter().map(|_| u.ratio(1, 4)).collect::<Result<_>>()?;
        let mut excluding = Vec::new();
        if u.ratio(1, 4)? {
            excluding = several(u, 2, |u| several(u, 3, |u| if u.ratio(1, 3)? { special_row(u) } else { row(u) }))?;
            excluding.retain(|rows| !rows.is_empty());
        }
        let as_of = u.choose(&[None, Some(time(0)), Some(SystemTime::now())])?.to_owned();
        let min_sources = if u.ratio(1, 3)? { u.int_in_range(1..=sources.len().max(1))? } else { 1 };
        let docket = docket(u)?;
        let mut boundaries: Vec<IpAddr> =
            sources.iter().chain(&excluding).flatten().flat_map(|row| [row.first, row.last]).collect();
        for order in &docket.orders {
            boundaries.extend(order.networks.iter().chain(&order.exempt).flat_map(|net| [net.network(), net.broadcast()]));
        }
        let questions = several(u, 12, |u| question(u, &boundaries))?;
        let dice = u.bytes(8.min(u.len()))?.to_vec();
        let dice = if dice.is_empty() { vec![0] } else { dice };
        Ok(World { sources, published, excluding, as_of, min_sources, docket, questions, dice })
    }
}

fn several<'a, T>(
    u: &mut Unstructured<'a>,
    most: usize,
    mut each: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = u.int_in_range(0..=most)?;
    (0..count).map(|_| each(u)).collect()
}

/// An address whose few set bits lie at the top, in the middle and at the bottom.
fn address(u: &mut Unstructured<'_>) -> Result<IpAddr> {
    let [family, top, middle, bottom] =
        [u.int_in_range(0..=5)?, u.int_in_range(0..=3)?, u.int_in_range(0..=3)?, u.int_in_range(0..=3)?];
    let v4 = u32::from(top) << 30 | u32::from(middle) << 14 | u32::from(bottom);
    let v6 = |high: u128| Ipv6Addr::from_bits(high | u128::from(middle) << 62 | u128::from(bottom));
    Ok(match family {
        // Beside 0.0.0.0/8, which is special-purpose as a whole.
        0..=1_u8 => Ipv4Addr::from_bits(v4 | 1 << 24).into(),
        2 => Ipv4Addr::from_bits(v4).into(),
        3 => Ipv4Addr::from_bits(v4).to_ipv6_mapped().into(),
        4 => v6(u128::from(top) << 126).into(),
        // Around ::ffff:0:0/96, from both sides.
        _ => v6(u128::from(0xfffe_u32 + u32::from(top)) << 32 & !(1 << 62)).into(),
    })
}

fn network(u: &mut Unstructured<'_>) -> Result<IpNet> {
    let ip = address(u)?;
    let width = if ip.is_ipv4() { 32 } else { 128 };
    let length = *u.choose(&LENGTHS)?;
    Ok(IpNet::new(ip, length.min(width)).unwrap().trunc())
}

/// Rows, often over a wide one that leaves few addresses unlocated.
fn rows(u: &mut Unstructured<'_>) -> Result<Vec<Row>> {
    let mut rows = several(u, 8, row)?;
    for wide in ["0.0.0.0/0", "::/0"] {
        let net: IpNet = wide.parse().unwrap();
        if u.ratio(2, 3)? {
            rows.push(Row { first: net.network(), last: net.broadcast(), region: region(u.choose(&PLACES)?) });
        }
    }
    Ok(rows)
}

fn row(u: &mut Unstructured<'_>) -> Result<Row> {
    let region = region(u.choose(&PLACES)?);
    if u.ratio(1, 2)? {
        let net = network(u)?;
        return Ok(Row { first: net.network(), last: net.broadcast(), region });
    }
    let (a, b) = (address(u)?, address(u)?);
    let (first, last) = if number(a) <= number(b) { (a, b) } else { (b, a) };
    // A range needs both ends in one family; a network stands in where they are not.
    match source("", &[]).insert_range(first, last, region) {
        Ok(()) => Ok(Row { first, last, region }),
        Err(_) => Ok(Row { first, last: first, region }),
    }
}

/// A row in special-purpose networks: a whole one, half of one, or a single address.
fn special_row(u: &mut Unstructured<'_>) -> Result<Row> {
    let network: IpNet = u.choose(&SPECIAL)?.parse().unwrap();
    let longer = *u.choose(&[0, 0, 1, 8, 128])?;
    let length = (network.prefix_len().saturating_add(longer)).min(network.max_prefix_len());
    let address = if u.ratio(1, 2)? { network.network() } else { network.broadcast() };
    let part = IpNet::new(address, length).unwrap().trunc();
    Ok(Row { first: part.network(), last: part.broadcast(), region: region(u.choose(&PLACES)?) })
}

fn number(ip: IpAddr) -> (bool, u128) {
    match ip.to_canonical() {
        IpAddr::V4(ip) => (false, ip.to_bits().into()),
        IpAddr::V6(ip) => (true, ip.to_bits()),
    }
}

/// A docket that compiles.
fn docket(u: &mut Unstructured<'_>) -> Result<Docket> {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EAST".to_owned(), vec![region("HK"), region("CN")]);
    docket.jurisdictions.insert("MIXED".to_owned(), vec![region("US-CA"), region("CN-GD"), region("HK")]);
    let mut orders = several(u, 6, |u| order(u, &docket))?;
    for (n, order) in orders.iter_mut().enumerate() {
        // Ids that ascend in another sequence than the orders.
        order.id = format!("{}-{n}", ["b", "a", "c"][n % 3]);
    }
    docket.orders = orders;
    Ok(docket)
}

fn order(u: &mut Unstructured<'_>, docket: &Docket) -> Result<Order> {
    let issuer = *u.choose(&ISSUERS)?;
    let mut order = Order::new("", issuer);
    order.meetings = several(u, 2, |u| Ok((*u.choose(&MEETINGS)?).to_owned()))?;
    order.accounts = several(u, 1, |u| Ok((*u.choose(&ACCOUNTS)?).to_owned()))?;
    if order.meetings.is_empty() && order.accounts.is_empty() {
        order.meetings.push(MEETINGS[0].to_owned());
    }
    order.status =
        *u.choose(&[Status::InForce, Status::InForce, Status::InForce, Status::InForce, Status::InForce, Status::Rejected])?;
    if u.ratio(1, 3)? {
        order.demands = vec![Demand::TerminateMeeting, Demand::SuspendHost];
    }
    let (a, b) = (u.int_in_range(0..=5)?, u.int_in_range(0..=5)?);
    if u.ratio(1, 4)? {
        order.effective = Some(time(a.min(b)));
    }
    if u.ratio(1, 4)? {
        order.expires = Some(time(a.max(b) + 1));
    }
    let jurisdiction = jurisdiction(docket, &order);
    let inside: Vec<Region> =
        PLACES.iter().map(|code| region(code)).filter(|&r| jurisdiction.iter().any(|j| j.covers(r))).collect();
    if u.ratio(1, 3)? {
        order.regions = several(u, 2, |u| Ok(*u.choose(&inside)?))?;
    }
    if u.ratio(1, 3)? {
        order.networks = several(u, 3, network)?;
    }
    if u.ratio(1, 3)? {
        order.exempt = several(u, 3, network)?;
    }
    Ok(order)
}

/// The regions of an order's issuer.
pub fn jurisdiction(docket: &Docket, order: &Order) -> Vec<Region> {
    docket.jurisdictions.get(&order.issuer).cloned().unwrap_or_else(|| vec![region(&order.issuer)])
}

pub fn time(hour: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_228_800 + hour * 3600)
}

fn question(u: &mut Unstructured<'_>, boundaries: &[IpAddr]) -> Result<Question> {
    let ip =
        if boundaries.is_empty() || u.ratio(1, 4)? { address(u)? } else { beside(*u.choose(boundaries)?, u.int_in_range(0..=3)?) };
    let hour = u.int_in_range(0..=6)?;
    // On the hour windows open and close; one nanosecond before, they have not.
    let at = if u.ratio(1, 4)? { time(hour) - Duration::from_nanos(1) } else { time(hour) };
    Ok(Question {
        meeting: u.choose(&MEETINGS)?,
        host: if u.ratio(1, 2)? { Some(*u.choose(&ACCOUNTS)?) } else { None },
        ip,
        home: region(u.choose(&HOMES)?),
        at,
    })
}

/// The address itself, the one before it or the one after it, wrapping round.
fn beside(ip: IpAddr, which: u8) -> IpAddr {
    match (ip, which) {
        (IpAddr::V4(ip), 0) => Ipv4Addr::from_bits(ip.to_bits().wrapping_sub(1)).into(),
        (IpAddr::V4(ip), 1) => Ipv4Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
        (IpAddr::V6(ip), 0) => Ipv6Addr::from_bits(ip.to_bits().wrapping_sub(1)).into(),
        (IpAddr::V6(ip), 1) => Ipv6Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
        (ip, _) => ip,
    }
}
