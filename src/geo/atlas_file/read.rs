//! Reading a compiled atlas, and refusing one that no sources could have made.

use super::error::AtlasFileError;
use super::{CHECKSUM, HEADER, MAGIC, NO_REGIONS, REGION, VERSION, is_wide, sources};
use crate::digest::Digest;
use crate::geo::atlas::{Atlas, MAX_LOCATIONS, Sample};
use crate::geo::atlas_source::AtlasSource;
use crate::geo::location::{Location, LocationId, UNKNOWN};
use crate::geo::special;
use crate::net::address::{Bits, MAPPED, Span, normalize};
use crate::net::bytes::{Bytes, Fault};
use crate::net::trie::{SegmentWatch, Trie, Tries};
use crate::region::Region;

impl Atlas {
    /// Reads a compiled atlas that [`to_bytes`](Atlas::to_bytes) wrote, with the feature `bundle`.
    ///
    /// The atlas answers as the one that was written, has its [`digest`](Atlas::digest) and its [`sources`](Atlas::sources).
    ///
    /// The bytes may come from anybody: no input causes a panic, memory is at most some 20 times the number of bytes, and a file
    /// that passes is consistent in itself. That the file says the truth is another question: compare its digest with one that you
    /// trust.
    ///
    /// # Errors
    ///
    /// When the bytes are not a compiled atlas of this version of the form, are cut off, changed anywhere, or continued, or are
    /// not what an atlas can be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Atlas, AtlasFileError> {
        let Parts { regions, sources, v4, v6 } = Parts::of(bytes)?;
        let locations = regions.read(read_locations)?;
        let sources = sources.read(read_sources)?;
        let mut ids = LocationIds { seen: NO_REGIONS, samples: vec![Sample::default(); locations.len()] };
        let is_wide = is_wide(locations.len());
        let hidden_v4 = hidden(&sources, special::V4, AtlasSource::excluded_v4);
        let watch = Watch::new(&mut ids, &hidden_v4, of_v4);
        let v4 = v4.read(|bytes, _| watch.read(bytes, is_wide))?;
        let hidden_v6 = hidden(&sources, special::V6, AtlasSource::excluded_v6);
        let hidden_v6 = normalize(hidden_v6.into_iter().chain([MAPPED]).collect());
        let watch = Watch::new(&mut ids, &hidden_v6, of_v6);
        let v6 = v6.read(|bytes, _| watch.read(bytes, is_wide))?;
        if ids.seen != locations.len() {
            return regions.read(|bytes, _| Err(bytes.fault("a region of the list has no address")));
        }
        Ok(Atlas::of_tables(Tries { v4, v6 }, locations, ids.samples, sources))
    }
}

/// A part of a file, and the number of things that it holds, where the header tells it.
#[derive(Clone, Copy)]
struct Part<'b> {
    name: &'static str,
    bytes: &'b [u8],
    offset: usize,
    count: usize,
}

impl<'b> Part<'b> {
    /// Reads all of it.
    fn read<V>(&self, read: impl FnOnce(&mut Bytes<'b>, usize) -> Result<V, Fault>) -> Result<V, AtlasFileError> {
        let mut bytes = Bytes::new(self.bytes, self.offset);
        let value = read(&mut bytes, self.count).and_then(|value| bytes.end().map(|()| value));
        value.map_err(AtlasFileError::of(self.name))
    }
}

/// The parts of a file with the right checksum.
struct Parts<'b> {
    regions: Part<'b>,
    sources: Part<'b>,
    v4: Part<'b>,
    v6: Part<'b>,
}

impl<'b> Parts<'b> {
    fn of(file: &'b [u8]) -> Result<Parts<'b>, AtlasFileError> {
        let Some(header) = file.strip_prefix(&MAGIC) else { return Err(AtlasFileError::NotAnAtlas) };
        let found = u64::try_from(file.len()).unwrap_or(u64::MAX);
        let expected = |expected: u64| AtlasFileError::Length { expected, found };
        let cut_off = |_| expected(HEADER.saturating_add(CHECKSUM).try_into().unwrap_or(u64::MAX));
        let mut header = Bytes::new(header, MAGIC.len());
        match header.u32().map_err(cut_off)? {
            VERSION => {}
            found => return Err(AtlasFileError::Version { found }),
        }
        let (sources, regions) = (header.u32().map_err(cut_off)?, header.u32().map_err(cut_off)?);
        let mut lens = [u64::from(regions).saturating_mul(u64::try_from(REGION).unwrap_or(u64::MAX)), 0, 0, 0];
        for len in lens.iter_mut().skip(1) {
            *len = header.u64().map_err(cut_off)?;
        }
        let around = u64::try_from(HEADER + CHECKSUM).unwrap_or(u64::MAX);
        let whole = lens.iter().fold(around, |sum, &len| sum.saturating_add(len));
        if whole != found {
            return Err(expected(whole));
        }
        let (content, checksum) = file.split_at_checked(file.len() - CHECKSUM).ok_or_else(|| expected(whole))?;
        if Digest::of(content).as_bytes() != checksum {
            return Err(AtlasFileError::Checksum);
        }
        let counts = [regions, sources, 0, 0].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let mut rest = Bytes::new(content, 0);
        let mut offset = HEADER;
        rest.take(HEADER).map_err(AtlasFileError::of("header"))?;
        let mut part = |name, len: u64, count| {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            let part = Part { name, bytes: rest.take(len).map_err(AtlasFileError::of(name))?, offset, count };
            offset = offset.saturating_add(len);
            Ok::<_, AtlasFileError>(part)
        };
        let [of_regions, of_sources, v4, v6] = lens;
        let [regions, sources, ..] = counts;
        Ok(Parts {
            regions: part("regions", of_regions, regions)?,
            sources: part("sources", of_sources, sources)?,
            v4: part("ipv4", v4, 0)?,
            v6: part("ipv6", v6, 0)?,
        })
    }
}

/// Reads the regions, behind unknown and contested.
fn read_locations(bytes: &mut Bytes<'_>, count: usize) -> Result<Vec<Location>, Fault> {
    if count > MAX_LOCATIONS - NO_REGIONS {
        return Err(bytes.fault("there are more regions than an atlas can tell apart"));
    }
    let mut locations = Vec::with_capacity(NO_REGIONS + count);
    locations.extend([Location::Unknown, Location::Contested]);
    for _ in 0..count {
        let region = Region::from_bytes(bytes.array()?).filter(|&region| region != Region::UNKNOWN);
        locations.push(Location::In(region.ok_or_else(|| bytes.fault("a region is not one"))?));
    }
    let mut sorted: Vec<Option<Region>> = locations.iter().skip(NO_REGIONS).map(|location| location.region()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == count { Ok(locations) } else { Err(bytes.fault("a region is listed twice")) }
}

fn read_sources(bytes: &mut Bytes<'_>, count: usize) -> Result<Box<[AtlasSource]>, Fault> {
    if count > bytes.len() / sources::MIN_SOURCE {
        return Err(bytes.fault("the header counts more sources than there are"));
    }
    let mut all: Vec<AtlasSource> = Vec::with_capacity(count);
    for _ in 0..count {
        let source = sources::read(bytes)?;
        if all.last().is_some_and(|before| before.name() >= source.name()) {
            return Err(bytes.fault("the names of sources do not ascend"));
        }
        all.push(source);
    }
    Ok(all.into_boxed_slice())
}

/// The addresses that an atlas of such sources locates nobody at, ascending.
fn hidden<T: Bits>(sources: &[AtlasSource], special: &[Span<T>], excluded: fn(&AtlasSource) -> &[Span<T>]) -> Vec<Span<T>> {
    let locates = |own: bool| sources.iter().any(|source| source.located() > 0 && source.locates_special == own);
    let excluded = sources.iter().flat_map(excluded).copied();
    let special_only = special.iter().copied().filter(|_| !locates(true));
    let others = gaps(special).filter(|_| !locates(false));
    normalize(excluded.chain(special_only).chain(others).collect())
}

/// The addresses between spans that ascend and do not touch.
fn gaps<T: Bits>(spans: &[Span<T>]) -> impl Iterator<Item = Span<T>> {
    let firsts = [Some(T::ZERO)].into_iter().chain(spans.iter().map(|span| span.last.next()));
    let lasts = spans.iter().map(|span| span.first.prev()).chain([Some(T::MAX)]);
    firsts.zip(lasts).filter_map(|(first, last)| Some(Span { first: first?, last: last? }))
}

/// The ids of locations, which are numbered by their first occurrence.
struct LocationIds {
    /// The number of ids that occurred, or are not of regions.
    seen: usize,
    samples: Vec<Sample>,
}

fn of_v4(sample: &mut Sample) -> &mut Option<u32> {
    &mut sample.v4
}

fn of_v6(sample: &mut Sample) -> &mut Option<u128> {
    &mut sample.v6
}

/// Checks the segments of a family while they are read.
struct Watch<'w, T, F> {
    ids: &'w mut LocationIds,
    /// The spans that nobody may be located at, from the one at the current segment on.
    hidden: &'w [Span<T>],
    /// The first address of the current segment, unless it is unknown.
    located_from: Option<T>,
    of_family: F,
    /// Whether each id occurred in the family.
    known: Vec<bool>,
}

impl<T: Bits, F: Fn(&mut Sample) -> &mut Option<T>> SegmentWatch<T> for Watch<'_, T, F> {
    #[inline(always)]
    fn begin(&mut self, first: T, id: LocationId) -> Result<(), &'static str> {
        if let Some(last) = first.prev() {
            self.end_segment(last)?;
        }
        self.begin_segment(first, id)
    }

    #[inline(always)]
    fn is_known(&self, last: T, ids: &[LocationId]) -> bool {
        self.hidden.first().is_none_or(|span| last < span.first)
            && ids.iter().all(|&id| self.known.get(usize::from(id)).copied().unwrap_or(false))
    }
}

impl<'w, T: Bits, F: Fn(&mut Sample) -> &mut Option<T>> Watch<'w, T, F> {
    fn new(ids: &'w mut LocationIds, hidden: &'w [Span<T>], of_family: F) -> Watch<'w, T, F> {
        let known = vec![false; ids.samples.len()];
        Watch { ids, hidden, located_from: None, of_family, known }
    }

    fn read(mut self, bytes: &mut Bytes<'_>, is_wide: bool) -> Result<Trie<T>, Fault> {
        let trie = Trie::read(bytes, is_wide, &mut self)?;
        self.end_segment(T::MAX).map_err(|problem| bytes.fault(problem))?;
        Ok(trie)
    }

    #[inline(always)]
    fn begin_segment(&mut self, first: T, id: LocationId) -> Result<(), &'static str> {
        let index = usize::from(id);
        if index > self.ids.seen {
            return Err("a location is not that of the next region in the list");
        }
        let Some(sample) = self.ids.samples.get_mut(index) else { return Err("a location is beyond the list of regions") };
        (self.of_family)(sample).get_or_insert(first);
        if let Some(known) = self.known.get_mut(index) {
            *known = true;
        }
        self.ids.seen = self.ids.seen.max(index + 1);
        self.located_from = (id != UNKNOWN).then_some(first);
        Ok(())
    }

    #[inline(always)]
    fn end_segment(&mut self, last: T) -> Result<(), &'static str> {
        let Some(first) = self.located_from else { return Ok(()) };
        while let [span, rest @ ..] = self.hidden {
            if span.last >= first {
                return if span.first <= last { Err("an address is located that no source can locate") } else { Ok(()) };
            }
            self.hidden = rest;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::source::Source;

    /// Codes of that many regions, as a file has them.
    fn codes(count: usize) -> Vec<u8> {
        let letters: Vec<char> = ('0'..='9').chain('A'..='Z').collect();
        let code = |n: usize| {
            let country = if n < 36 * 36 * 36 { "US" } else { "DE" };
            let n = n % (36 * 36 * 36);
            format!("{country}-{}{}{}", letters[n / 1296], letters[n / 36 % 36], letters[n % 36])
        };
        (0..count).flat_map(|n| code(n).parse::<Region>().unwrap().to_bytes()).collect()
    }

    #[test]
    fn a_file_has_as_many_regions_as_an_atlas_tells_apart() {
        for (count, problem) in [
            (0, None),
            (3, None),
            (65_534, None),
            (65_535, Some("there are more regions than an atlas can tell apart")),
            (65_540, Some("there are more regions than an atlas can tell apart")),
        ] {
            let bytes = codes(count);
            let read = read_locations(&mut Bytes::new(&bytes, 52), count);
            assert_eq!(read.as_ref().err().map(|fault| fault.problem), problem, "{count}");
            assert_eq!(read.ok().map(|locations| locations.len()), problem.is_none().then_some(count + 2), "{count}");
        }
        let twice = codes(2).repeat(2);
        assert_eq!(read_locations(&mut Bytes::new(&twice, 0), 4).unwrap_err().problem, "a region is listed twice");
        for unknown in [[0; 8], Region::UNKNOWN.to_bytes()] {
            assert_eq!(read_locations(&mut Bytes::new(&unknown, 0), 1).unwrap_err().problem, "a region is not one");
        }
    }

    /// No memory is reserved for sources that cannot be there.
    #[test]
    fn a_header_counts_no_more_sources_than_have_room() {
        for len in 0..70 {
            let bytes = vec![0; len];
            for count in 0..6 {
                let read = read_sources(&mut Bytes::new(&bytes, 0), count);
                let is_beyond = read.is_err_and(|fault| fault.problem == "the header counts more sources than there are");
                assert_eq!(is_beyond, count * 21 > len, "{count} sources in {len} bytes");
            }
        }
    }

    /// Every list of up to two blocks of nine addresses at either end of the address space.
    #[test]
    fn gaps_are_the_addresses_between_spans() {
        for base in [0, u32::MAX - 8] {
            let spans: Vec<Span<u32>> =
                (0..9).flat_map(|first| (first..9).map(move |last| Span { first: base + first, last: base + last })).collect();
            let pairs = spans.iter().flat_map(|&one| spans.iter().map(move |&other| vec![one, other]));
            let ascend = |pair: &Vec<Span<u32>>| pair[0].last < pair[1].first && pair[0].last + 1 < pair[1].first;
            for list in spans.iter().map(|&one| vec![one]).chain(pairs.filter(ascend)).chain([vec![]]) {
                let gaps: Vec<Span<u32>> = gaps(&list).collect();
                assert!(gaps.iter().all(|gap| gap.first <= gap.last), "{list:?}: {gaps:?}");
                let all = normalize(gaps.iter().chain(&list).copied().collect());
                assert_eq!(all, [Span { first: 0, last: u32::MAX }], "{list:?}");
                let apart = gaps.iter().all(|gap| list.iter().all(|span| gap.last < span.first || span.last < gap.first));
                assert!(apart, "{list:?}: {gaps:?}");
            }
        }
    }

    #[test]
    fn the_first_address_of_each_location_is_found_again() {
        let mut source = Source::new("provider");
        for (network, code) in [
            ("1.0.0.0/8", "CN"),
            ("203.0.113.0/24", "HK"),
            ("198.51.100.0/24", "CN"),
            ("2001:db8::/32", "HK"),
            ("2001:db8:1::/48", "US"),
        ] {
            source.insert(network.parse().unwrap(), code.parse().unwrap());
        }
        let atlas = Atlas::builder().source(source).build().unwrap();
        let loaded = Atlas::from_bytes(&atlas.to_bytes()).unwrap();
        let samples = |atlas: &Atlas| -> Vec<_> { atlas.samples().map(|(id, sample)| (id, sample.v4, sample.v6)).collect() };
        assert_eq!(samples(&loaded), samples(&atlas));
        assert_eq!(samples(&atlas).len(), 5);
        assert_eq!(samples(&atlas)[2], (2, Some(0x0100_0000), None), "CN");
    }
}
