//! The statistics of the regional registries: the countries of the holders of addresses.
//!
//! The [RIR statistics exchange
//! format](https://www.apnic.net/about-apnic/corporate-documents/documents/resource-guidelines/rir-statistics-exchange-format/)
//! (`delegated-*` files) and the NRO's extension of it (`delegated-*-extended`, `nro-delegated-stats`), which adds a field and the
//! addresses that nobody has.

use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use ipnet::{IpNet, Ipv6Net};

use super::code;
use super::csv::text;
use super::lines::{self, LineFormat};
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::Skipped;
use crate::geo::loader::{Addresses, Loader, Rows, number};
use crate::geo::source::{Origin, Source};
use crate::net::address::IpSpan;
use crate::text::quote::excerpt;

/// The fields of a record. The extended format has more, which say nothing of a place.
const FIELDS: &str = "registry|cc|type|start|value|date|status";

/// The most fields of a record: the extended format has 9. With more it is two records in one line, of which one would be lost.
const MOST_FIELDS: usize = 11;

impl Source {
    /// Reads a registry's statistics: `registry|cc|type|start|value|date|status` records, or the extended ones of the NRO, one
    /// file or several in a row.
    ///
    /// The value of an IPv4 record is how many addresses it has, and need be no power of two; that of an IPv6 record is the
    /// length of a prefix. Only what is `allocated` or `assigned` is located: other addresses are in no region, nor are those of
    /// a code of no place (`EU`, `AP`, `ZZ`, nothing). Records about autonomous systems are counted; blank lines and those that begin
    /// with `#` are skipped. The version line gives the time of the source (its end date), and with the summary lines the number of
    /// records: a file with fewer is cut off, which is an error in a tolerant load, too.
    ///
    /// The country is that of the holder of the addresses, who often uses them elsewhere.
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
        let mut statistics = Statistics::default();
        lines::read(&mut statistics, &mut rows, reader)?;
        statistics.end_file(&rows);
        if let Some((found, expected)) = statistics.cut_off {
            return Err(SourceError::CutOff { source_name: rows.source.name().to_owned(), found, expected });
        }
        let source = rows.finish()?;
        Ok(match statistics.oldest {
            Some(time) if !statistics.is_undated => source.as_of(time),
            _ => source,
        })
    }
}

/// The state of reading statistics: one file, or several in a row.
#[derive(Default)]
struct Statistics {
    /// The number of records that the version line declares.
    declared: u64,
    /// The number of records that the summary lines declare.
    summed: u64,
    /// The number of rows before this file.
    before: u64,
    /// The records that a file has and that it declares, when it has fewer.
    cut_off: Option<(u64, u64)>,
    oldest: Option<SystemTime>,
    is_undated: bool,
}

impl Statistics {
    /// Compares the number of records of the file that ends here with those it declares.
    fn end_file(&mut self, rows: &Rows) {
        let read = rows.source.load_report().rows();
        let (found, expected) = (read - self.before, self.declared.max(self.summed));
        if found < expected {
            self.cut_off.get_or_insert((found, expected));
        }
        (self.declared, self.summed, self.before) = (0, 0, read);
    }

    /// Reads a summary: `registry|*|type|*|count|summary`.
    fn sum(&mut self, count: &str) -> Result<(), LineError> {
        let records: u64 = number(count).ok_or_else(|| LineError::value("count", count, "the number of records of this type"))?;
        self.summed = self.summed.saturating_add(records);
        Ok(())
    }

    /// Begins a file: `version|registry|serial|records|startdate|enddate|UTCoffset`.
    fn begin_file(&mut self, rows: &Rows, version: &[&[u8]]) -> Result<(), LineError> {
        self.end_file(rows);
        let field = |place: usize| version.get(place).and_then(|field| text(field).ok()).unwrap_or_default();
        let expected = "the number of the file's records";
        self.declared = number(field(3)).ok_or_else(|| LineError::value("records", field(3), expected))?;
        match date(field(5)) {
            Some(date) => self.oldest = Some(self.oldest.map_or(date, |oldest| oldest.min(date))),
            None => self.is_undated = true,
        }
        Ok(())
    }
}

/// A date of the form `YYYYMMDD`, at its beginning in UTC.
fn date(text: &str) -> Option<SystemTime> {
    let is_date = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let year = text.get(..4).filter(|_| is_date)?.parse().ok()?;
    let date = jiff::civil::Date::new(year, part(4..6)?, part(6..8)?).ok()?;
    let time = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(SystemTime::from(time)).filter(|&time| time >= SystemTime::UNIX_EPOCH)
}

impl LineFormat for Statistics {
    fn row(&mut self, rows: &mut Rows, _: u64, line: &[u8]) -> Result<(), LineError> {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b'|').map(<[u8]>::trim_ascii).collect();
        match *fields {
            // No registry's name begins with a digit.
            [version, _, _, _, _, _, _] if version.first().is_some_and(u8::is_ascii_digit) => self.begin_file(rows, &fields),
            [_, _, _, _, count, summary] if summary.eq_ignore_ascii_case(b"summary") => self.sum(text(count)?),
            _ if fields.len() > MOST_FIELDS => Err(LineError::Fields { found: fields.len(), expected: FIELDS }),
            _ => record(rows, &fields),
        }
    }

    fn addresses(&self, line: &[u8]) -> Addresses {
        let mut fields = line.split(|&byte| byte == b'|').map(|field| text(field.trim_ascii()).unwrap_or_default()).skip(2);
        let (kind, start, value) = (fields.next(), fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        match kind.map(str::to_ascii_lowercase).as_deref() {
            Some("asn") => Addresses::Nothing,
            Some("ipv4") => v4(start, value).ok().into(),
            Some("ipv6") => v6(start, value).map_or_else(|error| error.addresses(), Some).into(),
            _ => v4(start, value).or_else(|_| v6(start, value)).ok().into(),
        }
    }
}

fn record(rows: &mut Rows, fields: &[&[u8]]) -> Result<(), LineError> {
    let missing = || LineError::Fields { found: fields.len(), expected: FIELDS };
    let [_, cc, kind, start, value, rest @ ..] = fields else { return Err(missing()) };
    let (cc, kind, start, value) = (text(cc)?, text(kind)?, text(start)?, text(value)?);
    let span = match kind.to_ascii_lowercase().as_str() {
        "ipv4" => v4(start, value)?,
        "ipv6" => v6(start, value)?,
        "asn" => {
            rest.get(1).ok_or_else(missing)?;
            rows.skip(Skipped::AsNumber);
            return Ok(());
        }
        _ => return Err(LineError::value("type", kind, "`ipv4`, `ipv6` or `asn`")),
    };
    let status = text(rest.get(1).ok_or_else(missing)?)?.to_ascii_lowercase();
    match status.as_str() {
        "allocated" | "assigned" => rows.place(span, code::place("cc", cc)?),
        "available" | "reserved" | "ianapool" | "unallocated" | "legacy" => rows.place(span, Err(Skipped::Status(status))),
        _ => return Err(LineError::value("status", &status, "`allocated`, `assigned`, `available` or `reserved`")),
    }
    Ok(())
}

/// The range of as many addresses as the value says.
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
