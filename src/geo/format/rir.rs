//! The statistics of the regional registries: to whom they gave which addresses.
//!
//! The [RIR statistics exchange
//! format](https://www.apnic.net/about-apnic/corporate-documents/documents/resource-guidelines/rir-statistics-exchange-format/)
//! (`delegated-*` files) and the NRO's extension of it (`delegated-*-extended`, `nro-delegated-stats`), which adds a field and the
//! addresses that nobody has.

use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

use super::lines::LineFormat;
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{Loader, Rows, number};
use crate::geo::source::{Origin, Source};
use crate::net::address::IpSpan;
use crate::text::quote::excerpt;

/// The fields of a record. The extended format has more, which say nothing of a place.
const FIELDS: &str = "registry|cc|type|start|value|date|status";

impl Source {
    /// Reads a registry's statistics: `registry|cc|type|start|value|date|status` records, or the extended ones of the NRO, one
    /// file or several in a row.
    ///
    /// The value of an IPv4 record is how many addresses it has, and need be no power of two; that of an IPv6 record is the
    /// length of a prefix. Only what is `allocated` or `assigned` is located: other addresses are in no region, nor are those of
    /// a code that is no [`Region`](crate::Region) (`EU`, `AP`, `ZZ`, nothing). Records about autonomous systems are counted;
    /// version and summary lines, blank ones and those that begin with `#` are skipped.
    ///
    /// The country is that of whoever holds the addresses, which often is not where they are used.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let statistics = "\
    ///     2|apnic|20200604|3|19830613|20200603|+1000\n\
    ///     apnic|*|ipv4|*|1|summary\n\
    ///     apnic|AU|ipv4|203.0.113.0|192|20110811|assigned\n\
    ///     apnic|HK|ipv6|2001:db8::|32|20110811|allocated|A9173591\n\
    ///     apnic||ipv4|198.51.100.0|256||available|\n";
    /// let source = Source::from_rir("apnic", statistics.as_bytes())?;
    /// assert_eq!(source.ranges().next(), Some(("203.0.113.0".parse()?, "203.0.113.191".parse()?, "AU".parse()?)));
    /// assert_eq!((source.load_report().rows(), source.load_report().located()), (3, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_rir(name: impl Into<String>, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).rir(reader)
    }
}

impl Loader {
    /// As [`Source::from_rir`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn rir(self, reader: impl Read) -> Result<Source, SourceError> {
        let mut rows = self.rows(Origin::Published);
        LineFormat::PLAIN.for_each_line(&mut rows, reader, |rows, _, line| row(rows, line))?;
        Ok(rows.source)
    }
}

fn row(rows: &mut Rows, line: &str) -> Result<(), LineError> {
    if is_version(line) || is_summary(line) {
        return Ok(());
    }
    let mut fields = line.split('|').map(str::trim_ascii).skip(1);
    let mut next = || fields.next().ok_or_else(|| LineError::Fields { found: line.split('|').count(), expected: FIELDS });
    let (cc, kind, start, value) = (next()?, next()?, next()?, next()?);
    let status = next().and_then(|_date| next());
    let span = match kind.to_ascii_lowercase().as_str() {
        "ipv4" => v4(start, value)?,
        "ipv6" => v6(start, value)?,
        "asn" => {
            status?;
            rows.skip(Skipped::AsNumber);
            return Ok(());
        }
        _ => return Err(LineError::value("type", kind, "`ipv4`, `ipv6` or `asn`")),
    };
    let status = match status {
        Ok(status) => status.to_ascii_lowercase(),
        Err(error) => return rows.refuse(span, error),
    };
    match status.as_str() {
        "allocated" | "assigned" => rows.place(span, cc),
        other => rows.place_in(span, Err(Skipped::Status(excerpt(other)))),
    }
    Ok(())
}

/// True for `version|registry|serial|records|startdate|enddate|UTCoffset`: the first line of a file. No registry's name begins
/// with a digit.
fn is_version(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit()) && line.split('|').count() == 7
}

/// True for `registry|*|type|*|count|summary`.
fn is_summary(line: &str) -> bool {
    line.rsplit('|').next().is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case("summary")) && line.split('|').count() == 6
}

/// As many addresses as the value says, from the first.
fn v4(start: &str, value: &str) -> Result<IpSpan, LineError> {
    let first: Ipv4Addr = start.parse().map_err(|_| LineError::value("start", start, "an IPv4 address, such as `203.0.113.0`"))?;
    let bad = || LineError::value("value", value, "how many addresses there are, at least 1, and up to `255.255.255.255` at most");
    let count: u64 = number(value).ok_or_else(bad)?;
    let last = count.checked_sub(1).and_then(|more| u32::try_from(more).ok()).and_then(|more| first.to_bits().checked_add(more));
    Ok(IpSpan::between(first.into(), Ipv4Addr::from_bits(last.ok_or_else(bad)?).into())?)
}

/// A prefix of the length that the value says.
fn v6(start: &str, value: &str) -> Result<IpSpan, LineError> {
    let first: Ipv6Addr = start.parse().map_err(|_| LineError::value("start", start, "an IPv6 address, such as `2001:db8::`"))?;
    let network = number(value).and_then(|length| Ipv6Net::new(first, length).ok());
    let network = network.ok_or_else(|| LineError::value("value", value, "the length of a prefix, from 0 to 128"))?;
    if network.network() != first {
        return Err(LineError::HostBits { field: "start", value: excerpt(start), network: network.into() });
    }
    Ok(IpNet::V6(network).into())
}
