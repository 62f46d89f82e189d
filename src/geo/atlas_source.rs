//! The facts that an atlas keeps about each of its sources.

use std::time::SystemTime;

use super::source::{Range, Source};
use super::special::{self, RangeCounts};
use crate::net::address::{Bits, Ip, Span, normalize};
use crate::net::heap::HeapBytes;

/// One source of an [`Atlas`](crate::Atlas): its name, its age, whether it excludes, and how many of its rows locate anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtlasSource {
    pub(super) name: Box<str>,
    pub(super) known_as_of: Option<SystemTime>,
    pub(super) is_excluding: bool,
    /// Whether it is a list of an organisation's own networks, which alone locates special-purpose addresses.
    pub(super) locates_special: bool,
    pub(super) located: usize,
    pub(super) special: usize,
    /// The addresses that an excluding source holds, ascending.
    pub(super) excluded_v4: Box<[Span<u32>]>,
    pub(super) excluded_v6: Box<[Span<u128>]>,
}

impl AtlasSource {
    pub(super) fn new(source: &Source) -> AtlasSource {
        let mut counts = RangeCounts::default();
        let locates_special = locates_special(source);
        if locates_special {
            counts.add(&[], &source.v4);
            counts.add(&[], &source.v6);
        } else if !source.is_excluding() {
            counts.add(special::V4, &source.v4);
            counts.add(special::V6, &source.v6);
        }
        AtlasSource {
            name: source.name.as_str().into(),
            known_as_of: source.known_as_of(),
            is_excluding: source.is_excluding(),
            locates_special,
            located: counts.located,
            special: counts.special,
            excluded_v4: excluded(source, &source.v4),
            excluded_v6: excluded(source, &source.v6),
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time of the data, if known: see [`Source::known_as_of`].
    #[must_use]
    pub fn known_as_of(&self) -> Option<SystemTime> {
        self.known_as_of
    }

    /// Whether it is a list of addresses that are no evidence of a place: see [`Source::excluding`].
    #[must_use]
    pub fn is_excluding(&self) -> bool {
        self.is_excluding
    }

    /// The number of its rows that locate addresses. Rows of `ZZ` do not, nor do rows that lie in special-purpose networks, unless
    /// the source lists nothing else. Always 0 for an excluding source.
    #[must_use]
    pub fn located(&self) -> usize {
        self.located
    }

    /// The number of its rows that name a region for special-purpose addresses. These addresses are not located; the other
    /// addresses of a wide row are. Always 0 for an excluding source, and for one that lists only such networks.
    #[must_use]
    pub fn special_purpose(&self) -> usize {
        self.special
    }

    /// Whether it excludes an address.
    pub(super) fn excludes(&self, ip: Ip) -> bool {
        match ip {
            Ip::V4(ip) => holds(&self.excluded_v4, ip),
            Ip::V6(ip) => holds(&self.excluded_v6, ip),
        }
    }

    pub(super) fn excluded_v4(&self) -> &[Span<u32>] {
        &self.excluded_v4
    }

    pub(super) fn excluded_v6(&self) -> &[Span<u128>] {
        &self.excluded_v6
    }
}

impl HeapBytes for AtlasSource {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.name) + size_of_val(&*self.excluded_v4) + size_of_val(&*self.excluded_v6)
    }
}

/// Whether a source is an organisation's list of its own networks: it lists special-purpose networks and nothing else. Rows that
/// say `ZZ` count as rows. No other source locates anyone there.
pub(super) fn locates_special(source: &Source) -> bool {
    !source.is_excluding()
        && !source.is_published()
        && special::hold_all(special::V4, &source.v4)
        && special::hold_all(special::V6, &source.v6)
}

fn excluded<T: Bits>(source: &Source, ranges: &[Range<T>]) -> Box<[Span<T>]> {
    if source.is_excluding() {
        normalize(ranges.iter().map(|range| range.span).collect()).into_boxed_slice()
    } else {
        Box::default()
    }
}

fn holds<T: Bits>(spans: &[Span<T>], ip: T) -> bool {
    spans.get(spans.partition_point(|span| span.last < ip)).is_some_and(|span| span.first <= ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, rows: &[(&str, &str)]) -> Source {
        let mut source = Source::new(name);
        rows.iter().for_each(|(network, code)| source.insert(network.parse().unwrap(), code.parse().unwrap()));
        source
    }

    #[test]
    fn the_facts_of_a_source_are_counted_by_its_rows() {
        let mixed =
            source("mixed", &[("10.0.0.0/8", "CN"), ("10.0.0.0/7", "CN"), ("203.0.113.0/24", "ZZ"), ("2001:db8::/32", "US")]);
        let own = source("own", &[("10.0.0.0/8", "CN"), ("10.1.0.0/16", "ZZ"), ("fd00::/8", "US")]);
        let own_v4 = source("own", &[("10.0.0.0/8", "CN"), ("2001:db8::/32", "US")]);
        let own_v6 = source("own", &[("203.0.113.0/24", "CN"), ("fd00::/8", "US")]);
        for (source, located, special, is_own) in [
            (mixed.clone(), 2, 2, false),
            (own.clone(), 2, 0, true),
            (own_v4, 1, 1, false),
            (own_v6, 1, 1, false),
            (mixed.excluding(), 0, 0, false),
            (own.excluding(), 0, 0, false),
            (source("empty", &[]), 0, 0, true),
        ] {
            let kept = AtlasSource::new(&source);
            assert_eq!((kept.located(), kept.special_purpose(), kept.locates_special), (located, special, is_own), "{source:?}");
            assert_eq!((kept.name(), kept.is_excluding()), (source.name(), source.is_excluding()));
        }
    }

    /// The first and the last address of each range, and those beside it.
    #[test]
    fn a_source_excludes_its_ranges_and_no_neighbour() {
        let rows = [
            ("0.0.0.0/32", "ZZ"),
            ("203.0.113.0/24", "CN"),
            ("203.0.114.0/24", "HK"),
            ("203.0.116.0/30", "ZZ"),
            ("255.255.255.254/31", "ZZ"),
            ("::/128", "ZZ"),
            ("2001:db8::/48", "ZZ"),
            ("ffff::/16", "ZZ"),
        ];
        let excluding = AtlasSource::new(&source("exits", &rows).excluding());
        assert_eq!((excluding.excluded_v4().len(), excluding.excluded_v6().len()), (4, 3), "neighbours are one");
        let v4 = |text: &str| Ip::from(text.parse::<std::net::IpAddr>().unwrap());
        for (inside, outside) in [
            ("0.0.0.0", "0.0.0.1"),
            ("203.0.113.0", "203.0.112.255"),
            ("203.0.114.255", "203.0.115.0"),
            ("203.0.114.0", "203.0.115.255"),
            ("203.0.116.3", "203.0.116.4"),
            ("255.255.255.255", "255.255.255.253"),
            ("::", "::1"),
            ("2001:db8:0:ffff::", "2001:db8:1::"),
            ("2001:db8::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fffe:ffff::"),
            ("::ffff:203.0.113.9", "::ffff:203.0.115.9"),
        ] {
            assert!(excluding.excludes(v4(inside)), "{inside}");
            assert!(!excluding.excludes(v4(outside)), "{outside}");
            assert!(!AtlasSource::new(&source("places", &rows)).excludes(v4(inside)), "{inside}");
        }
        assert_eq!(excluding.heap_bytes(), "exits".len() + 4 * 2 * 4 + 3 * 2 * 16);
    }
}
