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
