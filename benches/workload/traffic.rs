//! Addresses to ask about.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::rng::Rng;
use super::world::{Class, Range, World};

/// Kinds of addresses, each a column of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any IPv4 address, each as likely.
    UniformV4,
    /// An IPv4 range, each as likely, then any address in it.
    InsideV4,
    /// Addresses of IPv6.
    InsideV6,
    /// Like clients of a service: four of five IPv4, and the n-th busiest range 1/n as busy as the first.
    Mix,
}

impl Kind {
    /// In the sequence of the results' columns.
    pub const ALL: [Kind; 4] = [Kind::UniformV4, Kind::InsideV4, Kind::InsideV6, Kind::Mix];

    /// The name of a column.
    pub fn name(self) -> &'static str {
        match self {
            Kind::UniformV4 => "uniform v4",
            Kind::InsideV4 => "inside v4",
            Kind::InsideV6 => "inside v6",
            Kind::Mix => "mix",
        }
    }
}

/// Addresses of one kind on one world.
pub fn addresses(world: &World, kind: Kind, count: usize) -> Vec<IpAddr> {
    let mut rng = Rng::new(42 + kind as u64);
    match kind {
        Kind::UniformV4 => (0..count).map(|_| IpAddr::from(Ipv4Addr::from_bits(rng.bits() as u32))).collect(),
        Kind::InsideV4 => (0..count).map(|_| pick_v4(&world.v4, &mut rng)).collect(),
        Kind::InsideV6 => (0..count).map(|_| pick_v6(&world.v6, &mut rng)).collect(),
        Kind::Mix => mix(&world.v4, &world.v6, count, &mut rng),
    }
}

/// The mix, of clients in one place only.
pub fn inside(world: &World, class: Class, count: usize, rng: &mut Rng) -> Vec<IpAddr> {
    let v4: Vec<Range<u32>> = world.v4.iter().copied().filter(|range| range.class == class).collect();
    let v6: Vec<Range<u128>> = world.v6.iter().copied().filter(|range| range.class == class).collect();
    mix(&v4, &v6, count, rng)
}

fn mix(v4: &[Range<u32>], v6: &[Range<u128>], count: usize, rng: &mut Rng) -> Vec<IpAddr> {
    let (busy_v4, busy_v6) = (Zipf::new(v4, rng), Zipf::new(v6, rng));
    let one = |_| {
        if v6.is_empty() || (rng.below(5) > 0 && !v4.is_empty()) {
            within_v4(busy_v4.pick(rng), rng)
        } else {
            within_v6(busy_v6.pick(rng), rng)
        }
    };
    (0..count).map(one).collect()
}

fn pick_v4(ranges: &[Range<u32>], rng: &mut Rng) -> IpAddr {
    let range = *rng.pick(ranges);
    within_v4(range, rng)
}

fn pick_v6(ranges: &[Range<u128>], rng: &mut Rng) -> IpAddr {
    let range = *rng.pick(ranges);
    within_v6(range, rng)
}

fn within_v4(range: Range<u32>, rng: &mut Rng) -> IpAddr {
    IpAddr::from(Ipv4Addr::from_bits(rng.within(range.first.into(), range.last.into()) as u32))
}

fn within_v6(range: Range<u128>, rng: &mut Rng) -> IpAddr {
    IpAddr::from(Ipv6Addr::from_bits(rng.within(range.first, range.last)))
}

/// Ranges, the n-th of them 1/n as likely as the first, which is any of them.
struct Zipf<T> {
    ranges: Vec<Range<T>>,
    /// The weights up to and with each range.
    sums: Vec<f64>,
}

impl<T: Copy> Zipf<T> {
    fn new(ranges: &[Range<T>], rng: &mut Rng) -> Zipf<T> {
        let mut ranges = ranges.to_vec();
        rng.shuffle(&mut ranges);
        let weights = (1..=ranges.len()).map(|n| 1.0 / n as f64);
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Zipf { sums: sums.collect(), ranges }
    }

    fn pick(&self, rng: &mut Rng) -> Range<T> {
        let at = rng.unit() * self.sums.last().copied().unwrap_or(0.0);
        self.ranges[self.sums.partition_point(|&sum| sum <= at).min(self.ranges.len() - 1)]
    }
}
