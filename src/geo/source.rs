//! One provider's opinion about where addresses are.

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::SystemTime;

use ipnet::IpNet;

use super::error::SourceError;
use super::load_report::LoadReport;
use crate::net::address::{Bits, IpSpan, Span};
use crate::region::Region;

/// A provider's opinion: ranges of addresses, each with the region it says they are in.
///
/// Ranges may overlap, nest and repeat, in any sequence. The narrowest one that holds an address decides; equally narrow ones
/// that differ leave the address contested. A range of [`Region::UNKNOWN`] means "do not locate", and hides wider ones.
///
/// ```
/// use bailiwick::{Atlas, Location, Source};
///
/// let mut source = Source::new("provider");
/// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// source.insert_range("203.0.113.64".parse()?, "203.0.113.99".parse()?, "HK".parse()?)?;
///
/// let atlas = Atlas::builder().source(source).build()?;
/// assert_eq!(atlas.locate("203.0.113.7".parse()?), Location::In("CN".parse()?));
/// assert_eq!(atlas.locate("203.0.113.70".parse()?), Location::In("HK".parse()?));
/// assert_eq!(atlas.locate("198.51.100.1".parse()?), Location::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Source {
    pub(super) name: String,
    pub(super) v4: Vec<Range<u32>>,
    pub(super) v6: Vec<Range<u128>>,
    pub(super) load_report: LoadReport,
    pub(super) origin: Origin,
    is_excluding: bool,
    known_as_of: Option<SystemTime>,
}

/// The origin of a source's rows. It decides whether the source can locate special-purpose addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Code, CIDR CSV or a zone list: may be an organisation's list of its own networks.
    Own,
    /// A format that providers publish: range CSV, geofeed, RIR statistics, MaxMind CSV, MaxMind DB.
    Published,
}

/// One range as inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range<T> {
    pub(super) span: Span<T>,
    pub(super) region: Region,
}

impl Source {
    /// Creates a source without ranges. Its name must be unique in an atlas.
    pub fn new(name: impl Into<String>) -> Source {
        Source {
            name: name.into(),
            v4: Vec::new(),
            v6: Vec::new(),
            load_report: LoadReport::default(),
            origin: Origin::Own,
            is_excluding: false,
            known_as_of: None,
        }
    }

    /// Places the addresses of a network in a region. Host bits are dropped.
    ///
    /// A network inside `::ffff:0:0/96` is IPv4; one that only overlaps it is IPv6, and places no IPv4
    /// address.
    pub fn insert(&mut self, network: IpNet, region: Region) {
        self.push(network.into(), region);
    }

    /// Places the addresses from `first` to `last`, both included, in a region.
    ///
    /// Two ends in IPv4, plain or mapped into `::ffff:0:0/96`, make an IPv4 range.
    ///
    /// # Errors
    ///
    /// When `last` is before `first`, or one end is IPv4 and the other is not. Nothing is inserted then.
    pub fn insert_range(&mut self, first: IpAddr, last: IpAddr, region: Region) -> Result<(), SourceError> {
        self.push(IpSpan::between(first, last)?, region);
        Ok(())
    }

    /// Turns the source into a list of addresses that are no evidence of a place: anonymizers, exits of relays, satellite and
    /// anycast networks, a backend's own proxies.
    ///
    /// An address that one of its ranges holds is [`Unknown`](crate::Location::Unknown), whatever region the range says and
    /// whatever other sources say. The source does not count for [`min_sources`](crate::AtlasBuilder::min_sources). Without a
    /// range, or with lines that a tolerant load refused, it is an error when the atlas is built.
    ///
    /// ```
    /// use bailiwick::{Atlas, Location, Source};
    ///
    /// let mut provider = Source::new("provider");
    /// provider.insert("203.0.113.0/24".parse()?, "CN".parse()?);
    /// let relays = Source::from_cidr_csv("relays", "203.0.113.7,ZZ\n".as_bytes())?.excluding();
    ///
    /// let atlas = Atlas::builder().source(provider).source(relays).build()?;
    /// assert_eq!(atlas.locate("203.0.113.6".parse()?), Location::In("CN".parse()?));
    /// assert_eq!(atlas.locate("203.0.113.7".parse()?), Location::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn excluding(mut self) -> Source {
        self.is_excluding = true;
        self
    }

    /// Records the time of the data: when the provider made them, not when they were downloaded. Replaces a time
    /// that a file gave.
    #[must_use]
    pub fn as_of(mut self, time: SystemTime) -> Source {
        self.known_as_of = Some(time);
        self
    }

    /// Whether the source is a list of addresses that are no evidence of a place: see [`excluding`](Source::excluding).
    #[must_use]
    pub fn is_excluding(&self) -> bool {
        self.is_excluding
    }

    /// The time of the data, if known: from the build time of a MaxMind DB, from the header of a registry's file, or from
    /// [`as_of`](Source::as_of).
    #[must_use]
    pub fn known_as_of(&self) -> Option<SystemTime> {
        self.known_as_of
    }

    /// Whether the rows come from a format that providers publish, which says nothing about special-purpose addresses.
    pub(crate) fn is_published(&self) -> bool {
        self.origin == Origin::Published
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The report on the load of a file: how many rows there were, and why some of them locate nothing. Empty for a source that was
    /// filled in code.
    #[must_use]
    pub fn load_report(&self) -> &LoadReport {
        &self.load_report
    }

    /// The number of ranges that were inserted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Whether no range was inserted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ranges as inserted, IPv4 first, each with its first and last address. Mapped addresses are shown as IPv4.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Region)> + use<'_> {
        fn ends<T: Bits>(range: &Range<T>) -> (IpAddr, IpAddr, Region) {
            (range.span.first.to_ip(), range.span.last.to_ip(), range.region)
        }
        self.v4.iter().map(ends).chain(self.v6.iter().map(ends))
    }

    /// Joins several files of one provider, each read into a source of its own, under one name.
    ///
    /// The joined source has the age of the oldest file, or an unknown age when that of one file is unknown. It excludes when one
    /// file does.
    #[must_use]
    pub fn joined(name: impl Into<String>, files: impl IntoIterator<Item = Source>) -> Source {
        let mut joined = Source::new(name);
        let mut times = Vec::new();
        for mut file in files {
            joined.v4.append(&mut file.v4);
            joined.v6.append(&mut file.v6);
            joined.load_report.add(file.load_report);
            joined.is_excluding |= file.is_excluding;
            if file.origin == Origin::Published {
                joined.origin = Origin::Published;
            }
            times.push(file.known_as_of);
        }
        // `None` is less than any time.
        joined.known_as_of = times.into_iter().min().flatten();
        joined
    }

    pub(super) fn push(&mut self, span: IpSpan, region: Region) {
        match span {
            IpSpan::V4(span) => self.v4.push(Range { span, region }),
            IpSpan::V6(span) => self.v6.push(Range { span, region }),
        }
    }
}

impl Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("v4", &self.v4.len())
            .field("v6", &self.v6.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(network: &str) -> Source {
        let mut source = Source::new(network);
        source.insert(network.parse().unwrap(), "CN".parse().unwrap());
        source
    }

    /// Of two files in either sequence, each of either kind.
    #[test]
    fn joined_files_exclude_when_one_does_and_are_published_when_one_is() {
        for bits in 0..16_u8 {
            let has = |bit: u8| bits >> bit & 1 == 1;
            let file = |n: u8, network: &str| {
                let mut file = source(network);
                file.origin = if has(n) { Origin::Published } else { Origin::Own };
                if has(n + 2) { file.excluding() } else { file }
            };
            let joined = Source::joined("both", [file(0, "10.0.0.0/8"), file(1, "fd00::/8")]);
            assert_eq!(joined.is_published(), has(0) || has(1), "{bits:#b}");
            assert_eq!(joined.is_excluding(), has(2) || has(3), "{bits:#b}");
            assert_eq!((joined.len(), joined.v4.len(), joined.v6.len(), joined.name()), (2, 1, 1, "both"));
        }
        let none = Source::joined("none", []);
        assert!(none.is_empty() && !none.is_published() && !none.is_excluding() && none.known_as_of().is_none());
    }

    #[test]
    fn a_source_is_shown_by_its_name_and_the_number_of_its_ranges() {
        let mut source = source("192.0.2.0/24");
        source.insert("::ffff:203.0.113.0/120".parse().unwrap(), "CN".parse().unwrap());
        source.insert("2001:db8::/32".parse().unwrap(), "CN".parse().unwrap());
        assert_eq!(format!("{source:?}"), "Source { name: \"192.0.2.0/24\", v4: 2, v6: 1, .. }");
        assert_eq!((source.len(), source.is_empty()), (3, false));
    }
}
