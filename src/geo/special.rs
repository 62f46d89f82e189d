//! Special-purpose addresses: blocks that are not located, whatever a provider's rows say.
//!
//! From IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) and from the multicast (RFC 5771, RFC 4291) and reserved
//! blocks. The documentation networks are left out: examples locate them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::source::Range;
use crate::net::address::{Bits, Span};
use crate::region::Region;

/// IPv4, ascending.
pub(super) const V4: &[Span<u32>] = &[
    v4(Ipv4Addr::new(0, 0, 0, 0), 8),      // this network (RFC 791)
    v4(Ipv4Addr::new(10, 0, 0, 0), 8),     // private use (RFC 1918)
    v4(Ipv4Addr::new(100, 64, 0, 0), 10),  // shared, behind carriers' translators (RFC 6598)
    v4(Ipv4Addr::new(127, 0, 0, 0), 8),    // loopback (RFC 1122)
    v4(Ipv4Addr::new(169, 254, 0, 0), 16), // link-local (RFC 3927)
    v4(Ipv4Addr::new(172, 16, 0, 0), 12),  // private use (RFC 1918)
    v4(Ipv4Addr::new(192, 0, 0, 0), 24),   // IETF protocol assignments (RFC 6890)
    v4(Ipv4Addr::new(192, 168, 0, 0), 16), // private use (RFC 1918)
    v4(Ipv4Addr::new(198, 18, 0, 0), 15),  // benchmarking (RFC 2544)
    v4(Ipv4Addr::new(224, 0, 0, 0), 3),    // multicast, 224.0.0.0/4 (RFC 5771), and reserved, 240.0.0.0/4 (RFC 1112)
];

/// IPv6, ascending. `::ffff:0:0/96` is not here, as its addresses are IPv4.
pub(super) const V6: &[Span<u128>] = &[
    v6(Ipv6Addr::UNSPECIFIED, 127),                        // unspecified and loopback (RFC 4291)
    v6(Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48), // local translation (RFC 8215)
    v6(Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64),     // discard-only (RFC 6666)
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),     // unique local (RFC 4193)
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),    // link-local (RFC 4291)
    v6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),     // multicast (RFC 4291)
];

/// A network of IPv4. `len` is from 1 to 31.
const fn v4(first: Ipv4Addr, len: u32) -> Span<u32> {
    let first = first.to_bits();
    Span { first, last: first | u32::MAX >> len }
}

/// A network of IPv6. `len` is from 1 to 127.
const fn v6(first: Ipv6Addr, len: u32) -> Span<u128> {
    let first = first.to_bits();
    Span { first, last: first | u128::MAX >> len }
}

/// Whether all ranges lie inside the blocks.
pub(super) fn hold_all<T: Bits>(blocks: &[Span<T>], ranges: &[Range<T>]) -> bool {
    ranges.iter().all(|range| block_at(blocks, range.span).is_some_and(|block| is_within(range.span, block)))
}

/// The number of ranges of a source that locate addresses, and of those that name a region for special-purpose addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RangeCounts {
    pub(super) located: usize,
    pub(super) special: usize,
}

impl RangeCounts {
    /// Counts ranges that do not speak for the blocks.
    pub(super) fn add<T: Bits>(&mut self, blocks: &[Span<T>], ranges: &[Range<T>]) {
        for range in ranges.iter().filter(|range| range.region != Region::UNKNOWN) {
            let block = block_at(blocks, range.span);
            self.special += usize::from(block.is_some());
            self.located += usize::from(!block.is_some_and(|block| is_within(range.span, block)));
        }
    }
}

/// The first block that a range overlaps.
fn block_at<T: Bits>(blocks: &[Span<T>], span: Span<T>) -> Option<Span<T>> {
    let at = blocks.partition_point(|block| block.last < span.first);
    blocks.get(at).copied().filter(|block| block.first <= span.last)
}

fn is_within<T: Bits>(span: Span<T>, block: Span<T>) -> bool {
    block.first <= span.first && span.last <= block.last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::address::normalize;

    /// Every set of up to two ranges of twelve addresses, each of a region or of none, and two blocks.
    #[test]
    fn ranges_are_counted_and_held_as_address_by_address() {
        let blocks = [Span { first: 3_u32, last: 5 }, Span { first: 8, last: 9 }];
        let is_special = |ip: u32| blocks.iter().any(|block| (block.first..=block.last).contains(&ip));
        let spans = || (0..12_u32).flat_map(|first| (first..12).map(move |last| Span { first, last }));
        let codes = [Region::UNKNOWN, "CN".parse().unwrap()];
        let rows: Vec<Range<u32>> = spans().flat_map(|span| codes.map(|region| Range { span, region })).collect();
        let is_held = |range: &Range<u32>| (range.span.first..=range.span.last).all(is_special);
        for (n, &one) in rows.iter().enumerate() {
            for &other in &rows[n..] {
                let ranges = [one, other];
                // A range over both blocks has an address between them.
                assert_eq!(hold_all(&blocks, &ranges), ranges.iter().all(is_held), "{ranges:?}");
                let mut counts = RangeCounts::default();
                counts.add(&blocks, &ranges);
                let placed = || ranges.iter().filter(|range| range.region != Region::UNKNOWN);
                let special = placed().filter(|range| (range.span.first..=range.span.last).any(is_special)).count();
                let located = placed().filter(|range| !is_held(range)).count();
                assert_eq!((counts.special, counts.located), (special, located), "{ranges:?}");
                let mut own = RangeCounts::default();
                own.add(&[], &ranges);
                assert_eq!((own.special, own.located), (0, placed().count()), "{ranges:?}");
            }
        }
        assert!(hold_all::<u32>(&blocks, &[]), "a source without rows");
    }

    /// [`block_at`] searches the list, and a range over two blocks that touch would be inside neither.
    #[test]
    fn the_blocks_ascend_and_do_not_touch() {
        assert_eq!(normalize(V4.to_vec()), V4);
        assert_eq!(normalize(V6.to_vec()), V6);
    }
}
