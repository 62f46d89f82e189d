//! Contenders that locate an address, from an [`IpAddr`] in either family.

mod ours;
mod sorted_vec;
mod crates;
mod maxmind;

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

pub use crates::{IpNetworkTable, Poptrie, PrefixTrie};
pub use maxmind::{Database, MaxMind, MaxMindOffsets};
pub use ours::Ours;
pub use sorted_vec::SortedVec;

use crate::heap::{self, Cost};
use crate::workload::traffic::{self, Kind};
use crate::workload::world::{Class, World};

/// One way to look up where an address is.
pub trait Locator: Sized {
    /// Its name.
    const NAME: &'static str;

    /// Its input, as a caller holds it: preparing that is not part of building.
    type Input;

    /// Its input on this world.
    fn prepare(world: &World) -> Self::Input;

    /// Builds it.
    fn build(input: Self::Input) -> Self;

    /// A number that takes the answer to tell, and hardly more. Which one is up to each.
    fn look(&self, ip: IpAddr) -> u64;

    /// The answer, to be compared.
    fn class(&self, world: &World, ip: IpAddr) -> Class;
}

/// A [`Locator`] whose kind does not matter any more.
pub trait Contender {
    /// Looks up addresses that are all known beforehand: nanoseconds for each.
    fn throughput(&self, addresses: &[IpAddr]) -> f64;

    /// Looks up addresses each of which is known only after the answer before: nanoseconds for each.
    fn latency(&self, addresses: &[IpAddr]) -> f64;

    /// The answer, to be compared.
    fn answer(&self, world: &World, ip: IpAddr) -> Class;
}

impl<L: Locator> Contender for L {
    #[inline(never)]
    fn throughput(&self, addresses: &[IpAddr]) -> f64 {
        let start = Instant::now();
        let sum = addresses.iter().fold(0u64, |sum, &ip| sum.wrapping_add(self.look(ip)));
        let elapsed = start.elapsed();
        black_box(sum);
        elapsed.as_nanos() as f64 / addresses.len() as f64
    }

    #[inline(never)]
    fn latency(&self, addresses: &[IpAddr]) -> f64 {
        // A zero that the compiler knew would cut the chain.
        let zero = black_box(0u64);
        let start = Instant::now();
        let last = addresses.iter().fold(0u64, |before, &ip| self.look(displaced(ip, before & zero)));
        let elapsed = start.elapsed();
        black_box(last);
        elapsed.as_nanos() as f64 / addresses.len() as f64
    }

    fn answer(&self, world: &World, ip: IpAddr) -> Class {
        self.class(world, ip)
    }
}

/// The address, some bits of it flipped.
fn displaced(ip: IpAddr, by: u64) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() ^ by as u32)),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() ^ (u128::from(by) << 64 | u128::from(by)))),
    }
}

/// A contender, and what building it took.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The contender.
    pub contender: Box<dyn Contender>,
    /// The cost of building it.
    pub cost: Cost,
}

/// Builds one contender.
pub fn enter<L: Locator + 'static>(world: &World) -> Entry {
    let before = heap::live();
    let input = L::prepare(world);
    let (contender, cost) = heap::cost(|| L::build(input));
    // The input counts as part of a contender that kept it, and is gone otherwise.
    let cost = Cost { bytes: heap::live() - before, ..cost };
    Entry { name: L::NAME, contender: Box::new(contender), cost }
}

/// Builds all contenders, ours first.
pub fn field(world: &World) -> Vec<Entry> {
    vec![
        enter::<Ours>(world),
        enter::<SortedVec>(world),
        enter::<PrefixTrie>(world),
        enter::<Poptrie>(world),
        enter::<IpNetworkTable>(world),
        enter::<MaxMindOffsets>(world),
        enter::<MaxMind>(world),
    ]
}

/// Asserts that all contenders answer as the atlas does: on the boundaries of every range, beside them, and on random addresses.
///
/// `every` 1 takes all of them, 2 every other one, and so on.
///
/// Left out are IPv4-compatible and IPv4-mapped IPv6 addresses: in a MaxMind DB the former *are* IPv4, for bailiwick the latter.
pub fn verify(world: &World, field: &[Entry], every: usize) {
    let v4 = world.v4.iter().flat_map(|range| [range.first, range.last]);
    let v4 = v4.flat_map(|ip| [ip.saturating_sub(1), ip, ip.saturating_add(1)]).map(|ip| IpAddr::from(Ipv4Addr::from_bits(ip)));
    let v6 = world.v6.iter().flat_map(|range| [range.first, range.last]);
    let v6 = v6.flat_map(|ip| [ip.saturating_sub(1), ip, ip.saturating_add(1)]).map(|ip| IpAddr::from(Ipv6Addr::from_bits(ip)));
    let random = Kind::ALL.into_iter().flat_map(|kind| traffic::addresses(world, kind, 50_000));
    for ip in v4.chain(v6).chain(random).filter(|&ip| !is_disguised(ip)).step_by(every) {
        let class = world.locate(ip);
        for Entry { name, contender, .. } in field {
            assert_eq!(contender.answer(world, ip), class, "{name} on {ip} of {}", world.name);
        }
    }
}

fn is_disguised(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if matches!(ip.segments(), [0, 0, 0, 0, 0, 0 | 0xffff, _, _]))
}
