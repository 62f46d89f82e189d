//! Range CSV: `first,last,CC` a line, both ends inclusive.
//!
//! The form of the country files that [ip-location-db](https://github.com/sapics/ip-location-db) and DB-IP publish. Addresses
//! are text, or decimal numbers as IP2Location writes them.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::lines::for_each_line;
use super::source::{LineError, Source, SourceError};
use crate::Region;
use crate::address::IpSpan;

/// The fields of a line.
const FIELDS: &str = "first,last,code";

impl Source {
    /// Reads `first,last,CC` lines, both ends inclusive.
    ///
    /// Addresses are text (`1.0.0.0`, `2001:db8::`) or decimal numbers (`16777216`). A number is an IPv6 address when one of
    /// the two ends can only be IPv6, IPv4 otherwise. Blank lines and lines that begin with `#` are skipped; lines end in LF or
    /// CRLF and have at most 4,096 bytes.
    ///
    /// A code that is no [`Region`] (`EU`, `AP`, `??`, nothing) reads as [`Region::UNKNOWN`]: the provider does not place the
    /// range, so a wider row must not speak for it.
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
        let mut source = Source::new(name);
        let name = source.name.clone();
        for_each_line(&name, reader, |line| {
            let (span, region) = row(line)?;
            source.push(span, region);
            Ok(())
        })?;
        Ok(source)
    }
}

fn row(line: &str) -> Result<(IpSpan, Region), LineError> {
    let mut fields = line.split(',').map(str::trim_ascii);
    let (Some(first), Some(last), Some(code), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
        return Err(LineError::Fields { found: line.split(',').count(), expected: FIELDS });
    };
    let first = End::parse("first", first)?;
    let last = End::parse("last", last)?;
    let v6 = first.is_v6() || last.is_v6();
    let span = IpSpan::between(first.to_ip(v6), last.to_ip(v6))?;
    Ok((span, code.parse().unwrap_or(Region::UNKNOWN)))
}

/// One end of a range.
#[derive(Clone, Copy)]
enum End {
    Text(IpAddr),
    Number(u128),
}

impl End {
    fn parse(field: &'static str, text: &str) -> Result<End, LineError> {
        let bad = || LineError::address(field, text);
        // `parse` alone would read `+5`, too.
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(End::Number).map_err(|_| bad());
        }
        text.parse().map(End::Text).map_err(|_| bad())
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
