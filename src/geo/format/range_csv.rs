//! Range CSV: `first,last,CC` a line, both ends inclusive.
//!
//! The form of the country files that [ip-location-db](https://github.com/sapics/ip-location-db) and
//! [DB-IP lite](https://db-ip.com/db/download/ip-to-country-lite) publish, and, with numbers for addresses and quotes around
//! fields, of [IP2Location's DB1](https://lite.ip2location.com/database/ip-country).

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::csv;
use super::lines::LineFormat;
use crate::geo::error::{LineError, SourceError};
use crate::geo::loader::{Loader, Rows, number};
use crate::geo::source::{Origin, Source};
use crate::net::address::IpSpan;

/// The fields of a line.
const FIELDS: &str = "first,last,code";

impl Source {
    /// Reads `first,last,CC` lines, both ends inclusive.
    ///
    /// Addresses are text (`1.0.0.0`, `2001:db8::`) or decimal numbers (`16777216`). A number is an IPv6 address when one of
    /// the two ends can only be IPv6, IPv4 otherwise. Blank lines and lines that begin with `#` are skipped; lines end in LF or
    /// CRLF and have at most 4,096 bytes.
    ///
    /// Fields may be in quotes, as IP2Location writes them; a line that begins with a quote may have a fourth field, which there
    /// is the country's name. Files with more columns have other things in the third one (DB-IP's Country and City files have the
    /// continent there, and `AS` would be American Samoa): they are refused.
    ///
    /// A code that is no [`Region`](crate::Region) (`EU`, `AP`, `A1`, `-`, nothing), and `XX`, reads as
    /// [`Region::UNKNOWN`](crate::Region::UNKNOWN): the provider does not place the range, so a wider row must not speak for it.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let source = Source::from_range_csv("provider", "1.0.1.0,1.0.3.255,CN\n16778240,16779263,AU\n".as_bytes())?;
    /// assert_eq!(source.len(), 2);
    ///
    /// let error = Source::from_range_csv("provider", "1.0.1.0,1.0.3.256,CN\n".as_bytes()).unwrap_err();
    /// assert!(error.to_string().starts_with("source `provider`, line 1: `last` is `1.0.3.256`"));
    /// # Ok::<(), bailiwick::SourceError>(())
    /// ```
    pub fn from_range_csv(name: impl Into<String>, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).range_csv(reader)
    }
}

impl Loader {
    /// As [`Source::from_range_csv`].
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn range_csv(self, reader: impl Read) -> Result<Source, SourceError> {
        let mut rows = self.rows(Origin::Published);
        LineFormat::PLAIN.for_each_line(&mut rows, reader, |rows, _, line| row(rows, line))?;
        Ok(rows.source)
    }
}

fn row(rows: &mut Rows, line: &str) -> Result<(), LineError> {
    match csv::columns(line, FIELDS) {
        Ok([first, last, code]) => {
            rows.place(span(&first, &last)?, &code);
            Ok(())
        }
        Err(error) => {
            let mut fields = csv::Fields::of(line);
            rows.refuse(span(&fields.next_or_empty()?, &fields.next_or_empty()?).ok(), error)
        }
    }
}

fn span(first: &str, last: &str) -> Result<IpSpan, LineError> {
    let first = End::parse("first", first)?;
    let last = End::parse("last", last)?;
    let v6 = first.is_v6() || last.is_v6();
    Ok(IpSpan::between(first.to_ip(v6), last.to_ip(v6))?)
}

/// One end of a range.
#[derive(Clone, Copy)]
enum End {
    Text(IpAddr),
    Number(u128),
}

impl End {
    fn parse(field: &'static str, text: &str) -> Result<End, LineError> {
        let address = || text.parse().ok().map(End::Text);
        number(text).map(End::Number).or_else(address).ok_or_else(|| LineError::address(field, text))
    }

    /// True when this end can only be IPv6. A mapped address can be either.
    fn is_v6(self) -> bool {
        match self {
            End::Text(ip) => ip.to_canonical().is_ipv6(),
            End::Number(number) => u32::try_from(number).is_err(),
        }
    }

    fn to_ip(self, v6: bool) -> IpAddr {
        match self {
            End::Text(ip) => ip,
            End::Number(number) => match u32::try_from(number) {
                Ok(number) if !v6 => Ipv4Addr::from_bits(number).into(),
                _ => Ipv6Addr::from_bits(number).into(),
            },
        }
    }
}
