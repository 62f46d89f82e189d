//! The atlas: what the sources agree on, compiled into one trie for each family.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::net::IpAddr;
#[cfg(feature = "ledger")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hashbrown::HashMap;
use ipnet::IpNet;

use super::atlas_source::{AtlasSource, locates_special};
use super::load_report::Skipped;
use super::location::{Location, LocationId, UNKNOWN};
use super::resolve::{self, Opinion, Segments};
use super::source::{Range, Source};
use super::special;
use super::subset::{AtlasSubset, LocationSet};
#[cfg(feature = "ledger")]
use crate::digest::Digest;
use crate::net::address::{Bits, Ip, IpSpan, MAPPED, Span, network_of, normalize};
use crate::net::heap::{HeapBytes, arc_counts};
use crate::net::trie::{Trie, Tries};
use crate::text::quote::{Quoted, excerpt};

/// The most locations of one atlas: the range of a [`LocationId`]. ISO 3166 has some 5,300 codes.
pub(super) const MAX_LOCATIONS: usize = 65_536;

/// Where addresses are, according to one or more [`Source`]s.
///
/// Immutable; a clone shares the tables. Every address has an answer: where the sources disagree it is
/// [`Contested`](Location::Contested), where they say nothing [`Unknown`](Location::Unknown).
///
/// Special-purpose addresses (private networks, loopback and the like: IANA's registries, RFC 6890) are not located. Only a source
/// whose rows all lie in such networks locates them, and only if it was made in code, from CIDR CSV or from a zone list.
///
/// | | cost |
/// |---|---|
/// | [`locate`](Atlas::locate) | one longest-prefix match, whatever the number of ranges and sources |
/// | [`AtlasBuilder::build`] | ranges × log(ranges), once |
/// | [`clone`](Clone::clone) | a reference count |
#[derive(Clone)]
pub struct Atlas {
    tables: Arc<Tables>,
}

struct Tables {
    tries: Arc<Tries>,
    /// The location of each id: unknown, contested, then the regions that occur.
    locations: Box<[Location]>,
    /// The first address of each location, in each family.
    samples: Box<[Sample]>,
    /// Ascending by name.
    sources: Box<[AtlasSource]>,
    /// The latest subset, while a policy holds it. Dockets change more often than the countries that orders come from, so the next
    /// policy usually needs the same one.
    subset: Mutex<Weak<AtlasSubset>>,
    #[cfg(feature = "ledger")]
    digest: OnceLock<Digest>,
}

/// The first address of a location in each family.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    pub(super) v4: Option<u32>,
    pub(super) v6: Option<u128>,
}

impl Sample {
    pub(crate) fn addresses(self) -> impl Iterator<Item = Ip> {
        self.v4.map(Ip::V4).into_iter().chain(self.v6.map(Ip::V6))
    }
}

impl Atlas {
    /// Begins an atlas without sources.
    pub fn builder() -> AtlasBuilder {
        AtlasBuilder { sources: Vec::new(), min_sources: 1 }
    }

    /// Locates an address. IPv4-mapped IPv6 is read as the IPv4 address.
    #[must_use]
    #[inline]
    pub fn locate(&self, ip: IpAddr) -> Location {
        self.location(self.location_id(ip))
    }

    /// The sources that the atlas was built from, ascending by name.
    #[must_use]
    pub fn sources(&self) -> &[AtlasSource] {
        &self.tables.sources
    }

    /// The names of the [excluding](Source::excluding) sources that hold an address, ascending. Where there is one,
    /// [`locate`](Atlas::locate) answers [`Unknown`](Location::Unknown).
    ///
    /// A binary search in each excluding source.
    pub fn excluded_by(&self, ip: IpAddr) -> impl Iterator<Item = &str> {
        let ip = Ip::from(ip);
        self.sources().iter().filter(move |source| source.excludes(ip)).map(AtlasSource::name)
    }

    /// The networks that are located or contested, IPv4 first, ascending: the fewest that give the same answers.
    ///
    /// ```
    /// # use bailiwick::{Atlas, Location, Source};
    /// let mut source = Source::new("provider");
    /// source.insert_range("203.0.113.0".parse()?, "203.0.113.191".parse()?, "CN".parse()?)?;
    /// let atlas = Atlas::builder().source(source).build()?;
    ///
    /// let networks: Vec<String> = atlas.networks().map(|(network, location)| format!("{network} {location}")).collect();
    /// assert_eq!(networks, ["203.0.113.0/25 CN", "203.0.113.128/26 CN"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn networks(&self) -> impl Iterator<Item = (IpNet, Location)> + use<'_> {
        let v4 =
            blocks(&self.tables.tries.v4, Span { first: 0, last: u32::MAX }).map(|(ip, len, location)| (Ip::V4(ip), len, location));
        let v6 = blocks(&self.tables.tries.v6, Span { first: 0, last: u128::MAX })
            .map(|(ip, len, location)| (Ip::V6(ip), len, location));
        v4.chain(v6)
            .filter(|&(.., location)| location != UNKNOWN)
            .filter_map(|(ip, len, location)| Some((network_of(ip, len)?, self.location(location))))
    }

    /// An atlas of these tables. Locations and samples have an element for each id, sources ascend by name.
    pub(super) fn of_tables(tries: Tries, locations: Vec<Location>, samples: Vec<Sample>, sources: Box<[AtlasSource]>) -> Atlas {
        let tables = Tables {
            tries: Arc::new(tries),
            locations: locations.into_boxed_slice(),
            samples: samples.into_boxed_slice(),
            sources,
            subset: Mutex::default(),
            #[cfg(feature = "ledger")]
            digest: OnceLock::new(),
        };
        Atlas { tables: Arc::new(tables) }
    }

    /// The tries of both families.
    #[cfg(feature = "bundle")]
    pub(super) fn tries(&self) -> &Tries {
        &self.tables.tries
    }

    /// Whether both share the same tables, so that location ids mean the same in both.
    pub(crate) fn ptr_eq(&self, other: &Atlas) -> bool {
        Arc::ptr_eq(&self.tables, &other.tables)
    }

    /// Calls `each` for the widest ranges of one location, IPv4 first, ascending, over all addresses. Walks the segments once, which
    /// takes milliseconds for the world; a lookup for each network would take far longer.
    pub(crate) fn for_each_range(&self, mut each: impl FnMut(IpSpan, LocationId)) {
        for_each_range(&self.tables.tries.v4, |span, location| each(IpSpan::V4(span), location));
        for_each_range(&self.tables.tries.v6, |span, location| each(IpSpan::V6(span), location));
    }

    #[inline(always)]
    pub(crate) fn location_id(&self, ip: IpAddr) -> LocationId {
        self.tables.tries.get(ip)
    }

    /// Heap bytes of a subset, in an `Arc`, that are not shared with this atlas.
    pub(crate) fn heap_bytes_beside(&self, subset: &Arc<AtlasSubset>) -> usize {
        arc_counts::<AtlasSubset>() + size_of::<AtlasSubset>() + subset.heap_bytes_beside(&self.tables.tries)
    }

    /// The location of an id of this atlas.
    #[inline(always)]
    pub(crate) fn location(&self, location: LocationId) -> Location {
        self.tables.locations.get(usize::from(location)).copied().unwrap_or(Location::Unknown)
    }

    /// The location of every id, in sequence.
    pub(crate) fn locations(&self) -> &[Location] {
        &self.tables.locations
    }

    /// Every location id with its first address in each family.
    pub(crate) fn samples(&self) -> impl Iterator<Item = (LocationId, Sample)> + use<'_> {
        (UNKNOWN..=LocationId::MAX).zip(self.tables.samples.iter().copied())
    }

    /// The digest of the answers, computed on first use.
    #[cfg(feature = "ledger")]
    pub(crate) fn kept_digest(&self) -> &OnceLock<Digest> {
        &self.tables.digest
    }

    /// The largest network around an address in which every address has its location. `None` when the address is unknown.
    pub(crate) fn network(&self, ip: Ip) -> Option<IpNet> {
        let (location, len) = match ip {
            Ip::V4(ip) => self.tables.tries.v4.find(ip),
            Ip::V6(ip) => self.tables.tries.v6.find(ip),
        };
        if location == UNKNOWN { None } else { network_of(ip, len) }
    }

    /// The location ids in a range, ascending by address; neighbours may be equal.
    pub(crate) fn location_ids_in(&self, span: IpSpan) -> impl Iterator<Item = LocationId> + use<'_> {
        let (v4, v6) = match span {
            IpSpan::V4(span) => (Some(span), None),
            IpSpan::V6(span) => (None, Some(span)),
        };
        let v4 = v4.into_iter().flat_map(|span| blocks(&self.tables.tries.v4, span)).map(|(.., location)| location);
        let v6 = v6.into_iter().flat_map(|span| blocks(&self.tables.tries.v6, span)).map(|(.., location)| location);
        v4.chain(v6)
    }

    /// The part of the atlas that an area needs. A new one costs a walk over all segments.
    pub(crate) fn subset(&self, area: LocationSet) -> Arc<AtlasSubset> {
        let mut last = self.tables.subset.lock().unwrap_or_else(PoisonError::into_inner);
        last.upgrade().filter(|subset| *subset.area() == area).unwrap_or_else(|| {
            let subset = Arc::new(AtlasSubset::new(area, &self.tables.tries));
            *last = Arc::downgrade(&subset);
            subset
        })
    }

    /// Heap bytes of a subset that was dropped: its block stays allocated while the weak reference does. A subset in use is counted
    /// by its policy.
    fn dropped_subset(&self) -> usize {
        let last = self.tables.subset.lock().unwrap_or_else(PoisonError::into_inner);
        let is_left = last.strong_count() == 0 && !last.ptr_eq(&Weak::new());
        if is_left { arc_counts::<AtlasSubset>() + size_of::<AtlasSubset>() } else { 0 }
    }
}

impl HeapBytes for Atlas {
    fn heap_bytes(&self) -> usize {
        let tables = &*self.tables;
        let locations = size_of_val(&*tables.locations) + size_of_val(&*tables.samples);
        let tables =
            arc_counts::<Tables>() + size_of::<Tables>() + tables.tries.heap_bytes() + locations + tables.sources.heap_bytes();
        tables + self.dropped_subset()
    }
}

/// The blocks of a trie that overlap a range: first address, length, location.
fn blocks<T: Bits>(trie: &Trie<T>, span: Span<T>) -> impl Iterator<Item = (T, u8, LocationId)> + use<'_, T> {
    let mut next = Some(span.first);
    std::iter::from_fn(move || {
        let address = next?;
        let (location, len) = trie.find(address);
        next = address.last_of(len).next().filter(|&next| next <= span.last);
        Some((address.first_of(len), len, location))
    })
}

/// Calls `each` for the segments of a trie, with both ends.
fn for_each_range<T: Bits>(trie: &Trie<T>, mut each: impl FnMut(Span<T>, LocationId)) {
    let mut begun: Option<(T, LocationId)> = None;
    trie.for_each_segment(|next, location| {
        if let (Some((first, location)), Some(last)) = (begun.replace((next, location)), next.prev()) {
            each(Span { first, last }, location);
        }
    });
    if let Some((first, location)) = begun {
        each(Span { first, last: T::MAX }, location);
    }
}

impl Debug for Atlas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regions = self.tables.locations.iter().filter_map(|location| location.region()).count();
        f.debug_struct("Atlas").field("regions", &regions).field("memory_usage", &self.heap_bytes()).finish_non_exhaustive()
    }
}

/// Collects the sources of an [`Atlas`].
#[derive(Debug, Clone)]
#[must_use]
pub struct AtlasBuilder {
    sources: Vec<Source>,
    min_sources: usize,
}

impl AtlasBuilder {
    /// Adds a source. The sequence does not matter.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds several sources. The sequence does not matter.
    pub fn sources(mut self, sources: impl IntoIterator<Item = Source>) -> Self {
        self.sources.extend(sources);
        self
    }

    /// Sets how many sources must place an address for it to be located. The default is 1. With the number of sources, an address is
    /// located only where all of them place it and agree. Sources that [exclude](Source::excluding) do not count. Without a source
    /// that counts, leave it at 1.
    pub fn min_sources(mut self, n: usize) -> Self {
        self.min_sources = n;
        self
    }

    /// Compiles the atlas. Without a source it locates nothing.
    ///
    /// # Errors
    ///
    /// When `min_sources` is 0 or more than there are sources that do not exclude, when two sources have one name, when an excluding
    /// source has no row or was read with lines refused, or when the sources name more than 65,534 regions.
    pub fn build(mut self) -> Result<Atlas, AtlasError> {
        self.check()?;
        self.sources.sort_by(|a, b| a.name.cmp(&b.name));
        let sources: Box<[AtlasSource]> = self.sources.iter().map(AtlasSource::new).collect();
        let excluded_v4 = normalize(sources.iter().flat_map(AtlasSource::excluded_v4).copied().collect());
        let excluded_v6 = sources.iter().flat_map(AtlasSource::excluded_v6).copied();
        // The addresses of this block are IPv4, so no IPv6 range speaks for them.
        let excluded_v6 = normalize(excluded_v6.chain([MAPPED]).collect());
        let speaking = self.sources.into_iter().filter(|source| !source.is_excluding());
        let (v4, v6): (Vec<_>, Vec<_>) = speaking
            .map(|source| {
                let locates_special = locates_special(&source);
                (Speaker { ranges: source.v4, locates_special }, Speaker { ranges: source.v6, locates_special })
            })
            .unzip();
        // One family after the other, so that the segments of only one are in memory.
        let mut locations = LocationIds::default();
        let v4 = compile(v4, self.min_sources, special::V4, &excluded_v4);
        let v4 = Trie::new(&locations.number(v4, |sample| &mut sample.v4)?).ok_or(AtlasError::TooManyRanges)?;
        let v6 = compile(v6, self.min_sources, special::V6, &excluded_v6);
        let v6 = Trie::new(&locations.number(v6, |sample| &mut sample.v6)?).ok_or(AtlasError::TooManyRanges)?;
        let LocationIds { locations, samples, .. } = locations;
        Ok(Atlas::of_tables(Tries { v4, v6 }, locations, samples, sources))
    }

    fn check(&self) -> Result<(), AtlasError> {
        let sources = self.sources.iter().filter(|source| !source.is_excluding()).count();
        if self.min_sources == 0 || self.min_sources > sources.max(1) {
            return Err(AtlasError::MinSources { min_sources: self.min_sources, sources });
        }
        let mut names = BTreeSet::new();
        for source in &self.sources {
            if !names.insert(source.name()) {
                return Err(AtlasError::DuplicateSource { name: excerpt(source.name()) });
            }
            if source.is_excluding() {
                check_exclusion(source)?;
            }
        }
        Ok(())
    }
}

/// Refuses a list of exclusions that lost rows: the people whom it protects would be blocked.
fn check_exclusion(source: &Source) -> Result<(), AtlasError> {
    if source.is_empty() {
        return Err(AtlasError::EmptyExclusion { name: excerpt(source.name()) });
    }
    let refused = source.load_report().skipped().find(|&(reason, _)| *reason == Skipped::Refused);
    match refused {
        Some((_, lines)) => Err(AtlasError::IncompleteExclusion { name: excerpt(source.name()), lines }),
        None => Ok(()),
    }
}

/// The ranges of one source in one family.
struct Speaker<T> {
    ranges: Vec<Range<T>>,
    locates_special: bool,
}

/// Combines the sources in one family. `special` are the spans where only lists of own networks count, `excluded` those where no
/// source does; both ascend and do not touch.
fn compile<T: Bits>(
    speakers: Vec<Speaker<T>>,
    min_sources: usize,
    special: &[Span<T>],
    excluded: &[Span<T>],
) -> Segments<T, Location> {
    let opinions = |Speaker { ranges, locates_special }| {
        let opinions = resolve::opinions(ranges);
        if locates_special { opinions } else { resolve::masked(opinions, special, Opinion::Silent) }
    };
    let agreed = resolve::agreement(speakers.into_iter().map(opinions).collect(), min_sources);
    resolve::masked(agreed, excluded, Location::Unknown)
}

/// Numbers the locations in the order of their first occurrence: unknown and contested, then regions.
struct LocationIds {
    numbers: HashMap<Location, LocationId>,
    locations: Vec<Location>,
    samples: Vec<Sample>,
}

impl Default for LocationIds {
    fn default() -> LocationIds {
        let locations = vec![Location::Unknown, Location::Contested];
        let samples = vec![Sample::default(); locations.len()];
        LocationIds { numbers: locations.iter().copied().zip(UNKNOWN..).collect(), locations, samples }
    }
}

impl LocationIds {
    /// Replaces locations by ids, and keeps the first address of each.
    fn number<T: Bits>(
        &mut self,
        segments: Segments<T, Location>,
        family: impl Fn(&mut Sample) -> &mut Option<T>,
    ) -> Result<Vec<(T, LocationId)>, AtlasError> {
        let location = |(first, location): (T, Location)| {
            let location = *self.numbers.entry(location).or_insert_with(|| {
                self.locations.push(location);
                self.samples.push(Sample::default());
                LocationId::try_from(self.locations.len() - 1).unwrap_or(UNKNOWN)
            });
            if let Some(sample) = self.samples.get_mut(usize::from(location)) {
                family(sample).get_or_insert(first);
            }
            (first, location)
        };
        let numbered = segments.into_iter().map(location).collect();
        match self.locations.len() {
            0..=MAX_LOCATIONS => Ok(numbered),
            many => Err(AtlasError::TooManyRegions { regions: many - 2, limit: MAX_LOCATIONS - 2 }),
        }
    }
}

/// Why an atlas could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtlasError {
    /// `min_sources` is 0, or greater than the number of sources that can locate.
    #[error(
        "`min_sources` is {min_sources} with {sources} source{} that can locate: write a number from 1 to {}",
        if *sources == 1 { "" } else { "s" },
        (*sources).max(1)
    )]
    MinSources {
        /// The number asked for.
        min_sources: usize,
        /// The number of sources that do not exclude.
        sources: usize,
    },
    /// Two sources have the same name.
    #[error("two sources are named {}: give each its own name", Quoted(name))]
    DuplicateSource {
        /// The name.
        name: String,
    },
    /// An excluding source without rows.
    #[error(
        "source {} excludes addresses and has no rows: is the file complete? leave the source out if nothing is to be excluded",
        Quoted(name)
    )]
    EmptyExclusion {
        /// The name.
        name: String,
    },
    /// An excluding source that was read tolerantly, and lost lines.
    #[error("source {} excludes addresses and lost {lines} line{} that could not be read: read it without tolerance and correct them", Quoted(name), if *lines == 1 { "" } else { "s" })]
    IncompleteExclusion {
        /// The name.
        name: String,
        /// The number of lines that were refused.
        lines: u64,
    },
    /// More regions than an atlas can tell apart.
    #[error("the sources name {regions} regions: an atlas tells at most {limit} apart")]
    TooManyRegions {
        /// Their number.
        regions: usize,
        /// The limit.
        limit: usize,
    },
    /// More ranges than a trie can index.
    #[error("the sources have more ranges than an atlas can hold: leave out what is not needed")]
    TooManyRanges,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Region;

    /// Rows with holes, nested ones, both ends of both families, and addresses that the sources contest.
    fn nested() -> Atlas {
        let mut sources = ["one", "other"].map(Source::new);
        let rows = [
            (0, "1.0.0.0", "223.255.255.255", "CN"),
            (0, "203.0.113.7", "203.0.113.7", "HK"),
            (0, "203.0.113.64", "203.0.113.99", "CN-GD"),
            (1, "203.0.113.80", "203.0.113.255", "US"),
            (1, "198.51.100.0", "198.51.100.127", "CN"),
            (0, "::2", "ff00::", "US"),
            (0, "2001:db8::", "2001:db8::fffe", "HK"),
            (1, "2001:db8::10", "2001:db9::", "US"),
        ];
        for (source, first, last, code) in rows {
            sources[source].insert_range(first.parse().unwrap(), last.parse().unwrap(), code.parse().unwrap()).unwrap();
        }
        Atlas::builder().sources(sources).build().unwrap()
    }

    fn ends(span: IpSpan) -> [Ip; 2] {
        match span {
            IpSpan::V4(Span { first, last }) => [Ip::V4(first), Ip::V4(last)],
            IpSpan::V6(Span { first, last }) => [Ip::V6(first), Ip::V6(last)],
        }
    }

    fn to_ip(ip: Ip) -> IpAddr {
        match ip {
            Ip::V4(ip) => ip.to_ip(),
            Ip::V6(ip) => ip.to_ip(),
        }
    }

    /// All ranges of one location, in sequence.
    fn ranges(atlas: &Atlas) -> Vec<(IpSpan, LocationId)> {
        let mut ranges = Vec::new();
        atlas.for_each_range(|span, location| ranges.push((span, location)));
        ranges
    }

    #[test]
    fn ranges_cover_both_families_and_each_has_one_location() {
        for atlas in [nested(), Atlas::builder().build().unwrap()] {
            let ranges = ranges(&atlas);
            let mut expected = [Some(Ip::V4(0)), Some(Ip::V6(0))].into_iter().flatten();
            let mut begins = expected.next();
            for (n, &(span, location)) in ranges.iter().enumerate() {
                let [first, last] = ends(span);
                assert_eq!(Some(first), begins, "{span:?}");
                // The mapped block is IPv4 for a lookup.
                let is_mapped = first == Ip::V6(MAPPED.first);
                assert!(is_mapped || [first, last].iter().all(|&ip| atlas.location_id(to_ip(ip)) == location), "{span:?}");
                begins = match last {
                    Ip::V4(last) => last.next().map(Ip::V4),
                    Ip::V6(last) => last.next().map(Ip::V6),
                };
                if begins.is_none() {
                    begins = expected.next();
                } else {
                    assert!(ranges.get(n + 1).is_some_and(|&(_, next)| next != location), "{span:?}: neighbours differ");
                }
            }
            assert_eq!(begins, None, "both families are covered to their ends");
        }
    }

    /// The largest aligned block around each end of each range, that stays within the range.
    #[test]
    fn the_network_of_an_address_is_the_largest_one_with_its_location() {
        fn largest<T: Bits>(ip: T, span: Span<T>) -> u8 {
            (0..=T::WIDTH).find(|&len| ip.first_of(len) >= span.first && ip.last_of(len) <= span.last).unwrap()
        }
        let atlas = nested();
        let mut networks = 0;
        for (span, location) in ranges(&atlas) {
            for ip in ends(span) {
                let len = match (span, ip) {
                    (IpSpan::V4(span), Ip::V4(ip)) => largest(ip, span),
                    (IpSpan::V6(span), Ip::V6(ip)) => largest(ip, span),
                    _ => unreachable!("a range has one family"),
                };
                let expected = if location == UNKNOWN { None } else { network_of(ip, len) };
                assert_eq!(atlas.network(ip), expected, "{ip:?}");
                networks += usize::from(expected.is_some());
            }
        }
        assert!(networks > 20, "{networks}");
    }

    #[test]
    fn the_listed_networks_are_those_of_the_located_ranges_and_no_wider() {
        let atlas = nested();
        let mut spans: Vec<(IpSpan, Location)> = Vec::new();
        for (network, location) in atlas.networks() {
            let span = IpSpan::from(network);
            // Neighbours of one location are joined again.
            let joined = match (spans.last_mut(), span) {
                (Some((IpSpan::V4(before), known)), IpSpan::V4(span))
                    if *known == location && before.last.next() == Some(span.first) =>
                {
                    before.last = span.last;
                    true
                }
                (Some((IpSpan::V6(before), known)), IpSpan::V6(span))
                    if *known == location && before.last.next() == Some(span.first) =>
                {
                    before.last = span.last;
                    true
                }
                _ => false,
            };
            if !joined {
                spans.push((span, location));
            }
        }
        let located = ranges(&atlas).into_iter().filter(|&(_, id)| id != UNKNOWN);
        assert!(located.map(|(span, id)| (span, atlas.location(id))).eq(spans));
    }

    /// From any end of a range to any other, in both families.
    #[test]
    fn the_locations_in_a_range_are_those_of_its_addresses() {
        let atlas = nested();
        let all = ranges(&atlas);
        for (n, &(from, _)) in all.iter().enumerate() {
            for (m, &(to, _)) in all.iter().enumerate().skip(n) {
                let spans = match (from, to) {
                    (IpSpan::V4(from), IpSpan::V4(to)) => {
                        [(from.first, to.first), (from.last, to.last)].map(|(first, last)| IpSpan::V4(Span { first, last }))
                    }
                    (IpSpan::V6(from), IpSpan::V6(to)) => {
                        [(from.first, to.first), (from.last, to.last)].map(|(first, last)| IpSpan::V6(Span { first, last }))
                    }
                    _ => continue,
                };
                let expected: Vec<LocationId> = all[n..=m].iter().map(|&(_, location)| location).collect();
                for span in spans {
                    let mut found: Vec<LocationId> = atlas.location_ids_in(span).collect();
                    found.dedup();
                    assert_eq!(found, expected, "{span:?}");
                }
            }
        }
    }

    #[test]
    fn each_location_has_its_first_address_in_each_family() {
        let atlas = nested();
        let mut first: Vec<[Option<Ip>; 2]> = vec![[None; 2]; atlas.locations().len()];
        for (span, location) in ranges(&atlas) {
            let family = usize::from(matches!(span, IpSpan::V6(_)));
            first[usize::from(location)][family].get_or_insert(ends(span)[0]);
        }
        let samples: Vec<(LocationId, Vec<Ip>)> = atlas.samples().map(|(id, sample)| (id, sample.addresses().collect())).collect();
        let expected = first.iter().map(|families| families.iter().copied().flatten().collect());
        assert_eq!(samples, (UNKNOWN..).zip(expected).collect::<Vec<(LocationId, Vec<Ip>)>>());
        assert_eq!(samples.len(), 2 + 4, "unknown, contested, CN, HK, CN-GD and US");
    }

    #[test]
    fn clones_share_their_tables_and_equal_atlases_do_not() {
        let atlas = nested();
        assert!(atlas.ptr_eq(&atlas.clone()));
        assert!(!atlas.ptr_eq(&nested()));
        #[cfg(feature = "ledger")]
        {
            assert_eq!(atlas.kept_digest().get(), None);
            let digest = atlas.digest();
            assert_eq!(atlas.clone().kept_digest().get(), Some(&digest));
        }
    }

    #[test]
    fn the_heap_of_an_atlas_is_that_of_its_parts() {
        let atlas = nested();
        let counts = 2 * size_of::<usize>();
        let tables = &*atlas.tables;
        let parts = [
            counts,
            size_of::<Tables>(),
            tables.tries.heap_bytes(),
            6 * size_of::<Location>(),
            6 * size_of::<Sample>(),
            2 * size_of::<AtlasSource>(),
            "one".len(),
            "other".len(),
        ];
        let whole: usize = parts.iter().sum();
        assert_eq!(atlas.heap_bytes(), whole);
        assert_eq!(format!("{atlas:?}"), format!("Atlas {{ regions: 4, memory_usage: {whole}, .. }}"));

        // One location of few ranges: a trie of its own. All locations: the trie of the atlas.
        let hong_kong = (0..6).map(|id| atlas.location(id) == Location::In("HK".parse().unwrap()));
        let all = (0..6).map(|id| id != UNKNOWN);
        for (area, is_shared) in [(LocationSet::new(hong_kong), false), (LocationSet::new(all), true)] {
            let subset = atlas.subset(area.clone());
            assert!(Arc::ptr_eq(&subset, &atlas.subset(area)), "the latest subset is kept");
            assert_eq!(atlas.heap_bytes(), whole, "a subset in use is counted by its policy");
            let block = counts + size_of::<AtlasSubset>();
            let beside = atlas.heap_bytes_beside(&subset);
            let words = size_of::<u64>();
            assert_eq!(beside == block + words, is_shared, "{beside}");
            assert!(beside >= block + words && beside < block + words + tables.tries.heap_bytes(), "{beside}");
            drop(subset);
            assert_eq!(atlas.heap_bytes(), whole + block, "the block of a subset that was dropped is left");
        }
    }

    #[test]
    fn an_atlas_tells_65534_regions_apart_and_no_more() {
        let letters: Vec<char> = ('0'..='9').chain('A'..='Z').collect();
        let of = |n: usize| format!("{}{}{}", letters[n / 1296], letters[n / 36 % 36], letters[n % 36]);
        let regions: Vec<Region> = (0..65_537)
            .map(|n| {
                let country = if n < 36 * 36 * 36 { "US" } else { "DE" };
                format!("{country}-{}", of(n % (36 * 36 * 36))).parse().unwrap()
            })
            .collect();
        let number = |many: u32| {
            let segments = (0..many).zip(&regions).map(|(at, &region)| (at, Location::In(region))).collect();
            LocationIds::default().number::<u32>(segments, |sample| &mut sample.v4)
        };
        let numbered = number(65_534).unwrap();
        assert!(numbered.into_iter().eq((0..65_534).map(|at| (at, LocationId::try_from(at + 2).unwrap()))));
        for many in [65_535, 65_537] {
            let error = number(many).unwrap_err();
            assert_eq!(error, AtlasError::TooManyRegions { regions: many.try_into().unwrap(), limit: 65_534 });
            assert_eq!(error.to_string(), format!("the sources name {many} regions: an atlas tells at most 65534 apart"));
        }
    }

    /// A row of `::/0` locates only IPv6: no listed network overlaps the block of IPv4-mapped addresses.
    #[test]
    fn networks_leave_out_the_block_of_mapped_addresses() {
        let mut source = Source::new("all");
        source.insert("::/0".parse().unwrap(), "CN".parse().unwrap());
        let atlas = Atlas::builder().source(source).build().unwrap();
        let mapped: IpNet = "::ffff:0:0/96".parse().unwrap();
        let networks: Vec<IpNet> = atlas.networks().map(|(network, _)| network).collect();
        // `::/0` without the mapped block is 96 networks, and special-purpose blocks cut some of them.
        assert!(networks.len() > 96);
        assert!(networks.iter().all(|network| !network.contains(&mapped) && !mapped.contains(network)));
    }
}
