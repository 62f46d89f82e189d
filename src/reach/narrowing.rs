//! The addresses that `networks` and `exempt` leave to an order.

use ipnet::IpNet;

use crate::net::address::{Bits, Ip, IpSpan, Span, normalize};
use crate::net::heap::HeapBytes;
use crate::net::set::minus;
use crate::reach::boundaries::{self, BLOCK, Block, Boundaries};

/// The addresses that `networks` and `exempt` leave to an order.
#[derive(Debug)]
pub(crate) struct Narrowing {
    v4: Boundaries<u32>,
    v6: Boundaries<u128>,
}

impl Narrowing {
    /// `None` when there are neither networks nor exemptions.
    pub(crate) fn new(networks: &[IpNet], exempt: &[IpNet]) -> Option<Narrowing> {
        if networks.is_empty() && exempt.is_empty() {
            return None;
        }
        let everywhere = networks.is_empty();
        let (networks_v4, networks_v6) = by_family(networks);
        let (exempt_v4, exempt_v6) = by_family(exempt);
        Some(Narrowing {
            v4: Boundaries::new(remaining(networks_v4, exempt_v4, everywhere)),
            v6: Boundaries::new(remaining(networks_v6, exempt_v6, everywhere)),
        })
    }

    pub(crate) fn contains(&self, ip: Ip) -> bool {
        match ip {
            Ip::V4(ip) => self.v4.contains(ip),
            Ip::V6(ip) => self.v6.contains(ip),
        }
    }

    /// The ranges that are left, IPv4 first, ascending.
    pub(crate) fn spans(&self) -> impl Iterator<Item = IpSpan> + use<'_> {
        self.v4.spans().map(IpSpan::V4).chain(self.v6.spans().map(IpSpan::V6))
    }
}

/// The narrowings of many orders, by number. Their boundaries are stored together, so that a decision finds those of an order in
/// one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Narrowings {
    records: Vec<Record>,
    v4: Vec<Block<u32>>,
    v6: Vec<Block<u128>>,
}

/// One order's boundaries, or references to them, in one cache line. Up to [`TOPS`] boundaries of IPv4 are stored inline; up to
/// [`BELOW_TOPS`] are in leaf blocks that the inline ones index.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Record {
    /// Up to [`TOPS`] boundaries of IPv4: all of them. Up to [`BELOW_TOPS`]: the first of each block but the first. Beyond: unused.
    tops: [u32; TOPS],
    v4: Stretch,
    v6: Stretch,
}

const TOPS: usize = 12;

/// The most boundaries that [`Record::tops`] indexes.
const BELOW_TOPS: usize = (TOPS + 1) * BLOCK;

/// A run of blocks: its first block, and the number of boundaries in it.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: u32,
    len: u32,
}

impl Stretch {
    /// Appends blocks. Positions beyond `u32`, which would take hundreds of gigabytes, reach nobody.
    fn append<T: Bits>(all: &mut Vec<Block<T>>, blocks: &[Block<T>], len: usize) -> Stretch {
        let stretch = match (u32::try_from(all.len()), u32::try_from(len)) {
            (Ok(start), Ok(len)) => Stretch { start, len },
            _ => Stretch { start: 0, len: 0 },
        };
        all.extend(blocks);
        stretch
    }

    fn start(self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }

    fn len(self) -> usize {
        usize::try_from(self.len).unwrap_or(0)
    }

    /// Whether the set that these blocks encode contains an address. Out of line, so that the short path spills no registers.
    #[inline(never)]
    fn contains<T: Bits>(self, all: &[Block<T>], address: T) -> bool {
        all.get(self.start()..).is_some_and(|blocks| boundaries::contains(blocks, self.len(), address))
    }
}

impl Narrowings {
    pub(crate) fn new(narrowings: Vec<Narrowing>) -> Narrowings {
        let mut all = Narrowings::default();
        all.extend(narrowings);
        all
    }

    /// The most heap bytes that the narrowing of one order takes.
    pub(crate) fn most_bytes_of(networks: &[IpNet], exempt: &[IpNet]) -> usize {
        if networks.is_empty() && exempt.is_empty() {
            return 0;
        }
        let v4 = networks.iter().chain(exempt).filter(|network| matches!(network, IpNet::V4(_))).count();
        let v6 = networks.len() + exempt.len() - v4;
        // A network has two boundaries; without networks, the address space adds one at its start.
        let bytes_v4 = Boundaries::<u32>::blocks_of(2 * v4 + 1) * size_of::<Block<u32>>();
        size_of::<Record>() + bytes_v4 + Boundaries::<u128>::blocks_of(2 * v6 + 1) * size_of::<Block<u128>>()
    }

    /// The number of narrowings, which is also the number of the next one.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn extend(&mut self, narrowings: Vec<Narrowing>) {
        for Narrowing { v4, v6 } in narrowings {
            let (tops, blocks) = lay_out(&v4);
            let v4 = Stretch::append(&mut self.v4, blocks, v4.len);
            let v6 = Stretch::append(&mut self.v6, &v6.blocks, v6.len);
            self.records.push(Record { tops, v4, v6 });
        }
        self.records.shrink_to_fit();
        self.v4.shrink_to_fit();
        self.v6.shrink_to_fit();
    }

    /// Whether a narrowing, by its number, leaves an address to its order.
    #[inline]
    pub(crate) fn contain(&self, number: u32, ip: Ip) -> bool {
        let record = usize::try_from(number).ok().and_then(|number| self.records.get(number));
        record.is_some_and(|record| match ip {
            Ip::V4(ip) if record.v4.len() <= BELOW_TOPS => self.contain_v4(record, ip),
            Ip::V4(ip) => record.v4.contains(&self.v4, ip),
            Ip::V6(ip) => record.v6.contains(&self.v6, ip),
        })
    }

    /// As [`contain`](Self::contain), for IPv4 and up to [`BELOW_TOPS`] boundaries.
    #[inline(always)]
    fn contain_v4(&self, record: &Record, ip: u32) -> bool {
        let len = record.v4.len();
        let mut reached = boundaries::rank(&record.tops, ip);
        if len > TOPS {
            // The highest address also reaches the padding of the tops: it is in the last block.
            let block = reached.min((len - 1) / BLOCK);
            let Some(boundaries) = self.v4.get(record.v4.start().saturating_add(block)) else { return false };
            reached = BLOCK * block + boundaries.rank(ip);
        }
        reached.min(len) % 2 == 1
    }
}

impl HeapBytes for Narrowings {
    fn heap_bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record>()
            + self.v4.capacity() * size_of::<Block<u32>>()
            + self.v6.capacity() * size_of::<Block<u128>>()
    }
}

/// The inline boundaries of a record, and the blocks that it needs in addition.
fn lay_out(boundaries: &Boundaries<u32>) -> ([u32; TOPS], &[Block<u32>]) {
    let lowest = boundaries.lowest();
    let (some, beside): (Vec<u32>, &[Block<u32>]) = if boundaries.len <= TOPS {
        (lowest.iter().flat_map(Block::boundaries).copied().collect(), &[])
    } else if boundaries.len <= BELOW_TOPS {
        (lowest.iter().skip(1).map(|block| block.boundaries()[0]).collect(), lowest)
    } else {
        (Vec::new(), &boundaries.blocks)
    };
    let mut tops = [u32::MAX; TOPS];
    tops.iter_mut().zip(some).for_each(|(to, boundary)| *to = boundary);
    (tops, beside)
}

fn by_family(networks: &[IpNet]) -> (Vec<Span<u32>>, Vec<Span<u128>>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for &network in networks {
        match network.into() {
            IpSpan::V4(span) => v4.push(span),
            IpSpan::V6(span) => v6.push(span),
        }
    }
    (v4, v6)
}

/// `networks`, or all addresses when `everywhere`, without `exempt`.
fn remaining<T: Bits>(networks: Vec<Span<T>>, exempt: Vec<Span<T>>, everywhere: bool) -> impl Iterator<Item = Span<T>> {
    let networks = if everywhere { vec![Span { first: T::ZERO, last: T::MAX }] } else { normalize(networks) };
    minus(&networks, &normalize(exempt)).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::Ipv4Net;
    use iprange::IpRange;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    /// Networks that nest, touch and repeat: four bits at the top, or at the bottom.
    fn network() -> impl Strategy<Value = Ipv4Net> {
        let at_the_top = (0..16_u32, 0..=4_u8).prop_map(|(n, len)| (n << 28, len));
        let at_the_bottom = (0..16_u32, 28..=32_u8);
        let at_the_end = (0..16_u32, 28..=32_u8).prop_map(|(n, len)| (u32::MAX - n, len));
        prop_oneof![at_the_top, at_the_bottom, at_the_end]
            .prop_map(|(bits, len)| Ipv4Net::new(Ipv4Addr::from_bits(bits), len).unwrap().trunc())
    }

    fn spans(networks: &[Ipv4Net]) -> Vec<Span<u32>> {
        networks.iter().map(|net| Span { first: net.network().to_bits(), last: net.broadcast().to_bits() }).collect()
    }

    /// `count` spans from the lowest address up, or from the highest down, where the last one ends without a boundary.
    fn narrowing((count, from_the_end): (u32, bool)) -> Narrowing {
        let span = |n: u32| match (8 * n, 8 * n + n % 2 * 3) {
            (first, last) if from_the_end => Span { first: u32::MAX - last, last: u32::MAX - first },
            (first, last) => Span { first, last },
        };
        let mut spans: Vec<Span<u32>> = (0..count).map(span).collect();
        spans.sort_unstable_by_key(|span| span.first);
        let v6 = spans.iter().map(|&Span { first, last }| Span { first: u128::from(first) << 96, last: u128::from(last) << 96 });
        Narrowing { v4: Boundaries::new(spans.iter().copied()), v6: Boundaries::new(v6) }
    }

    /// Numbers of boundaries about every bound of [`Record`] and of the levels of blocks, each beside another narrowing, and asked for
    /// at each boundary and on both sides of it. The oracle is a scan of the spans.
    #[test]
    fn at_every_bound_of_blocks_a_search_is_a_scan() {
        let lens: [u32; 26] =
            [1, 2, 11, 12, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 191, 192, 193, 207, 208, 209, 255, 256, 257, 4095, 4096, 4097];
        for len in lens {
            // An odd number of boundaries: the last span goes on to the end of the address space.
            let which = (len.div_ceil(2), len % 2 == 1);
            let spans: Vec<IpSpan> = narrowing(which).spans().collect();
            let beside = Narrowings::new([(3, false), which, (130, false)].map(narrowing).into());
            let (first, tried) = (narrowing((3, false)), narrowing(which));
            assert_eq!(beside.records.iter().map(|record| record.v4.len()).collect::<Vec<_>>()[1], usize::try_from(len).unwrap());
            let v4 = spans.iter().filter_map(|span| if let IpSpan::V4(span) = span { Some([span.first, span.last]) } else { None });
            let v6 = spans.iter().filter_map(|span| if let IpSpan::V6(span) = span { Some([span.first, span.last]) } else { None });
            let near_v4 = v4.flatten().flat_map(|at| [at.wrapping_sub(1), at, at.wrapping_add(1)]).map(Ip::V4);
            let near_v6 = v6.flatten().flat_map(|at| [at.wrapping_sub(1), at, at.wrapping_add(1)]).map(Ip::V6);
            // Large ones are asked for at some of their boundaries alone.
            let asked = near_v4.chain(near_v6).step_by(if len > 257 { 7 } else { 1 });
            for ip in asked.chain([Ip::V4(0), Ip::V4(u32::MAX), Ip::V6(0), Ip::V6(u128::MAX)]) {
                let holds = |span: &IpSpan| match (span, ip) {
                    (IpSpan::V4(span), Ip::V4(ip)) => span.first <= ip && ip <= span.last,
                    (IpSpan::V6(span), Ip::V6(ip)) => span.first <= ip && ip <= span.last,
                    _ => false,
                };
                let expected = spans.iter().any(holds);
                assert_eq!((beside.contain(1, ip), tried.contains(ip)), (expected, expected), "{len} boundaries, {ip:?}");
                assert_eq!(beside.contain(0, ip), first.contains(ip), "beside {len} boundaries, {ip:?}");
            }
        }
    }

    /// What a narrowing takes: its record, and blocks of both families that no arrangement of as many networks exceeds.
    #[test]
    fn the_most_bytes_of_a_narrowing_are_those_that_it_takes_when_no_networks_touch() {
        let record = size_of::<Record>();
        let (block_v4, block_v6) = (size_of::<Block<u32>>(), size_of::<Block<u128>>());
        // The IPv4 and IPv6 networks, whether they are exempt, and the blocks of each family that are stored.
        let cases = [
            // Up to 12 boundaries of IPv4 are in the record.
            ((0, 0, true), (0, 0), (0, 0)),
            ((1, 0, true), (0, 1), (1, 1)),
            ((0, 1, true), (0, 1), (1, 1)),
            ((5, 7, true), (0, 1), (1, 1)),
            ((6, 7, false), (0, 1), (1, 1)),
            // 13 of them fill one block, 17 two, below what is in the record; so do those of IPv6, below one more.
            ((6, 8, true), (1, 3), (1, 3)),
            ((8, 8, true), (2, 3), (3, 3)),
            ((103, 103, true), (13, 14), (14, 14)),
            // Beyond 208, blocks of upper levels are stored.
            ((104, 0, true), (15, 1), (15, 1)),
            ((104, 104, true), (15, 15), (15, 15)),
            ((104, 1, false), (13, 1), (15, 1)),
            ((127, 128, true), (17, 20), (17, 20)),
            ((128, 129, true), (20, 20), (20, 20)),
        ];
        for ((v4, v6, is_exempt), (blocks_v4, blocks_v6), (most_v4, most_v6)) in cases {
            let v4 = (0..v4).map(|n| format!("10.{n}.0.0/24").parse().unwrap());
            let v6 = (0..v6).map(|n| format!("2001:db8:{n:x}::/64").parse().unwrap());
            let networks: Vec<IpNet> = v4.chain(v6).collect();
            let (networks, exempt) = if is_exempt { (&[][..], &*networks) } else { (&*networks, &[][..]) };
            let narrowings = Narrowings::new(Narrowing::new(networks, exempt).into_iter().collect());
            let taken = narrowings.len() * record + blocks_v4 * block_v4 + blocks_v6 * block_v6;
            assert_eq!(narrowings.heap_bytes(), taken, "{networks:?} {exempt:?}");
            let most = narrowings.len() * record + most_v4 * block_v4 + most_v6 * block_v6;
            assert_eq!(Narrowings::most_bytes_of(networks, exempt), most, "{networks:?} {exempt:?}");
            assert!(taken <= most);
        }
        let networks = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        let exempt = ["10.1.0.0/16".parse().unwrap(), "10.3.0.0/16".parse().unwrap()];
        assert_eq!(Narrowings::most_bytes_of(&networks, &exempt), record + block_v4 + block_v6);
    }

    /// Every number of boundaries that is searched without upper levels, and larger ones.
    #[test]
    fn side_by_side_each_is_what_it_is_alone() {
        let all: Vec<(u32, bool)> = (0..=130).chain([400, 2100]).flat_map(|spans| [(spans, false), (spans, true)]).collect();
        let beside: Vec<(u32, bool)> = all.iter().copied().chain(all.iter().rev().copied()).collect();
        let together = Narrowings::new(beside.iter().copied().map(narrowing).collect());
        for (number, &which) in (0..).zip(&beside) {
            let (alone, single) = (narrowing(which), Narrowings::new(vec![narrowing(which)]));
            let boundaries = alone.v4.spans().flat_map(|span| [span.first, span.last]);
            let near = boundaries.flat_map(|boundary| [boundary.wrapping_sub(1), boundary, boundary.wrapping_add(1)]);
            for address in near.chain([0, u32::MAX]) {
                for ip in [Ip::V4(address), Ip::V6(u128::from(address) << 96)] {
                    let expected = alone.contains(ip);
                    assert_eq!((together.contain(number, ip), single.contain(0, ip)), (expected, expected), "{which:?}, {ip:?}");
                }
            }
        }
        assert!(!together.contain(together.len().try_into().unwrap(), Ip::V4(u32::MAX)));
    }

    proptest! {
        /// `iprange` does this set algebra on prefixes, as an independent oracle.
        #[test]
        fn networks_less_exemptions_are_what_iprange_makes_of_them(
            networks in prop::collection::vec(network(), 0..8), exempt in prop::collection::vec(network(), 0..8), everywhere: bool
        ) {
            let boundaries = Boundaries::new(remaining(spans(&networks), spans(&exempt), everywhere));
            let whole = [Ipv4Net::new(Ipv4Addr::UNSPECIFIED, 0).unwrap()];
            let from: IpRange<Ipv4Net> = if everywhere { &whole } else { networks.as_slice() }.iter().copied().collect();
            let left: IpRange<Ipv4Net> = from.exclude(&exempt.iter().copied().collect());

            let mut pieces: Vec<Span<u32>> = spans(&left.iter().collect::<Vec<_>>());
            pieces = normalize(pieces);
            prop_assert_eq!(boundaries.spans().collect::<Vec<_>>(), pieces);
            let beside = |span: Span<u32>| [span.first.wrapping_sub(1), span.first, span.last, span.last.wrapping_add(1)];
            for ip in spans(&networks).into_iter().chain(spans(&exempt)).flat_map(beside) {
                prop_assert_eq!(boundaries.contains(ip), left.contains(&Ipv4Addr::from_bits(ip)));
            }
        }
    }
}
