//! A table that no file holds: random ranges that nest, of another shape than the world's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bailiwick::{Region, Source};

use super::rng::Rng;
use super::world::World;

/// The lengths of IPv4 prefixes: mostly /22 to /24, and some of every length to /32.
const LENGTHS_V4: [u32; 19] = [16, 18, 19, 20, 21, 22, 22, 23, 24, 24, 24, 24, 25, 26, 27, 28, 29, 30, 32];

/// The lengths of IPv6 prefixes: allocations, sites, subnets and single hosts.
const LENGTHS_V6: [u32; 28] =
    [29, 32, 32, 32, 36, 40, 44, 46, 48, 48, 48, 48, 52, 56, 56, 60, 62, 64, 64, 64, 72, 80, 96, 112, 124, 126, 127, 128];

/// The hold-out: once flattened, it has about as many ranges as the world.
pub fn hold_out() -> World {
    World::new("synthetic", ranges(290_000, 140_000, 249, 7))
}

/// Codes of two letters, as many as asked for.
pub fn regions(count: usize) -> Vec<Region> {
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    let regions = codes.filter_map(|code| code.parse().ok()).filter(|&region| region != Region::UNKNOWN);
    regions.take(count).collect()
}

/// Ranges in both families, dense enough to nest, skewed towards some regions and some parts of the address space.
pub fn ranges(v4: usize, v6: usize, classes: usize, seed: u64) -> Source {
    let mut rng = Rng::new(seed);
    let regions = regions(classes);
    let mut source = Source::new("synthetic");

    let blocks: Vec<u32> = (0..3_000).map(|_| (rng.below(224) << 24 | rng.below(1 << 14) << 10) as u32).collect();
    for _ in 0..v4 {
        let region = skewed(&mut rng, &regions);
        let len = *rng.pick(&LENGTHS_V4);
        let address = if rng.below(4) == 0 {
            rng.below(224 << 24) as u32
        } else {
            let spread = 8 + rng.below(13);
            skewed(&mut rng, &blocks) ^ rng.below(1 << spread) as u32
        };
        let mask = u32::MAX.checked_shr(len).unwrap_or(0);
        let ends = [address & !mask, address | mask].map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
        source.insert_range(ends[0], ends[1], region).expect("the first is not after the last");
    }

    let tops = [0x2001, 0x2400, 0x2600, 0x2610, 0x2800, 0x2a00, 0x2c00];
    let homes: Vec<u128> = (0..20_000).map(|_| *rng.pick(&tops) << 112 | (rng.below(1 << 21) as u128) << 95).collect();
    for _ in 0..v6 {
        let region = skewed(&mut rng, &regions);
        let len = *rng.pick(&LENGTHS_V6);
        let home = skewed(&mut rng, &homes);
        // Below the allocation some bits are random and the rest zero, so that networks of different lengths nest.
        let used = (32 + rng.below(40) as u32).min(len);
        let address = if len > 33 { home | (rng.wide() >> 33 & (u128::MAX << (128 - used))) } else { home };
        let mask = u128::MAX.checked_shr(len).unwrap_or(0);
        let ends = [address & !mask, address | mask].map(|bits| IpAddr::from(Ipv6Addr::from_bits(bits)));
        source.insert_range(ends[0], ends[1], region).expect("the first is not after the last");
    }
    source
}

/// One of several, those at the front far more often.
fn skewed<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[(rng.unit().powi(2) * from.len() as f64) as usize]
}
