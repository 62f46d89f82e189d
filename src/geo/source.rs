//! What one provider says about where addresses are.

use std::fmt::{self, Debug};
use std::net::IpAddr;

use ipnet::IpNet;

use super::error::SourceError;
use super::load_report::LoadReport;
use crate::net::address::{Bits, IpSpan, Span};
use crate::region::Region;

/// A provider's opinion: ranges of addresses, each with the region it says they are in.
///
/// Ranges may overlap, nest and repeat, in any sequence. The narrowest one that holds an address speaks; equally narrow ones
/// that differ leave the address contested. A range of [`Region::UNKNOWN`] says "do not locate", and hides wider ones.
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
}

/// One range as inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range<T> {
    pub(super) span: Span<T>,
    pub(super) region: Region,
}

impl Source {
    /// A source that says nothing yet. Its name tells it apart from the others of an atlas.
    pub fn new(name: impl Into<String>) -> Source {
        Source { name: name.into(), v4: Vec::new(), v6: Vec::new(), load_report: LoadReport::default() }
    }

    /// Says that the addresses of a network are in a region. Host bits are dropped.
    ///
    /// A network inside `::ffff:0:0/96` is IPv4; one that only overlaps it is IPv6, and says nothing about IPv4.
    pub fn insert(&mut self, network: IpNet, region: Region) {
        self.push(network.into(), region);
    }

    /// Says that the addresses from `first` to `last`, both included, are in a region.
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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What loading a file did: how many rows there were, and which of them locate nothing, for which reason. Nothing for a
    /// source that was filled in code.
    #[must_use]
    pub fn load_report(&self) -> &LoadReport {
        &self.load_report
    }

    /// How many ranges were inserted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// True when no range was inserted.
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
