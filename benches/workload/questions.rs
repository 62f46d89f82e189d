//! Who joins which meeting.

use std::net::IpAddr;

use bailiwick::{Docket, Region};
use ipnet::IpNet;

use super::docket::{ISSUERS, issuer, listed, unlisted};
use super::rng::Rng;
use super::traffic::{self, Kind};
use super::world::World;

/// One participant at the door of one meeting.
pub struct Question<'w> {
    /// The meeting's id.
    pub meeting: String,
    /// The source address of the participant's signalling.
    pub ip: IpAddr,
    /// The code of the country that the address is in, for contenders that are spared the lookup. Empty when unknown.
    pub country: &'w str,
}

/// Kinds of questions, each a column of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// No order names the meeting; clients as in [`Kind::Mix`].
    Unlisted,
    /// An order names the meeting, each as likely; clients as in [`Kind::Mix`].
    ListedAny,
    /// An order names the meeting; clients are in its issuer's territory, mixed in the same way.
    ListedInside,
}

impl Case {
    /// In the sequence of the results' columns.
    pub const ALL: [Case; 3] = [Case::Unlisted, Case::ListedAny, Case::ListedInside];

    /// The name of a column.
    pub fn name(self) -> &'static str {
        match self {
            Case::Unlisted => "unlisted meeting",
            Case::ListedAny => "listed, any client",
            Case::ListedInside => "listed, client inside",
        }
    }
}

/// Questions of one kind about a docket of `meetings` meetings and `orders` orders.
pub fn questions(world: &World, case: Case, meetings: usize, orders: usize, count: usize) -> Vec<Question<'_>> {
    bursts(world, case, meetings, orders, count, 1)
}

/// Questions of one kind, so many after each other about one meeting.
pub fn bursts(world: &World, case: Case, meetings: usize, orders: usize, count: usize, burst: usize) -> Vec<Question<'_>> {
    let mut rng = Rng::new(77 + case as u64);
    let crowd = traffic::addresses(world, Kind::Mix, count);
    let home = ISSUERS.map(|code| match (case, world.class_of(code)) {
        (Case::ListedInside, Some(class)) => traffic::inside(world, class, count, &mut rng),
        _ => Vec::new(),
    });
    let mut meeting = 0;
    let one = |(n, &client)| {
        if n % burst == 0 {
            meeting = rng.below(meetings);
        }
        let issuer = ISSUERS.iter().position(|&code| code == issuer(meeting, orders)).unwrap_or(0);
        let (meeting, ip) = match case {
            Case::Unlisted => (unlisted(meeting), client),
            Case::ListedAny => (listed(meeting), client),
            Case::ListedInside => (listed(meeting), home[issuer].get(n).copied().unwrap_or(client)),
        };
        ask(world, meeting, ip)
    };
    crowd.iter().enumerate().map(one).collect()
}

/// Questions about meetings whose orders have networks, by clients in one of the networks of the order.
pub fn in_networks<'w>(world: &'w World, docket: &Docket, count: usize) -> Vec<Question<'w>> {
    let mut rng = Rng::new(99);
    let one = |_| {
        let order = rng.pick(&docket.orders);
        let (meeting, network) = (rng.pick(&order.meetings).clone(), rng.pick(&order.networks));
        let ip = match network {
            IpNet::V4(network) => {
                let ends = [network.network(), network.broadcast()].map(|end| u128::from(end.to_bits()));
                IpAddr::V4((rng.within(ends[0], ends[1]) as u32).into())
            }
            IpNet::V6(network) => IpAddr::V6(rng.within(network.network().to_bits(), network.broadcast().to_bits()).into()),
        };
        ask(world, meeting, ip)
    };
    (0..count).map(one).collect()
}

fn ask(world: &World, meeting: String, ip: IpAddr) -> Question<'_> {
    let country = world.atlas.locate(ip).region().map_or("", |region: Region| world.code_of(region));
    Question { meeting, ip, country }
}
