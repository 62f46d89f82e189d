//! Geofeed: statements of network operators about where their addresses are used.
//!
//! [RFC 8805](https://www.rfc-editor.org/rfc/rfc8805), with what its sections say on ingestion: 2.1 on lines and comments, 2.1.1
//! on the fields, 2.1.2 on prefixes without a place, 2.1.3 on duplicates and fields to come. Where the text leaves a choice, the
//! validator of its Appendix A decides: it refuses host bits, private addresses, and codes that are not two letters.

use std::collections::HashMap;
use std::io::Read;
use std::net::IpAddr;

use super::csv::{self, Fields};
use super::header::{self, Header};
use super::lines::{self, LineFormat};
use super::prefix::prefix;
use super::{code, region};
use crate::geo::error::{LineError, SourceError};
use crate::geo::load_report::{Noted, Skipped};
use crate::geo::loader::{Addresses, Loader, Rows};
use crate::geo::source::{Origin, Source};
use crate::net::address::{IpSpan, Span};
use crate::region::Region;
use crate::text::quote::excerpt;

/// The private addresses of RFC 1918 and RFC 4193. Many networks use them, so no feed can place them.
const PRIVATE_V4: [Span<u32>; 3] = [
    Span { first: 0x0a00_0000, last: 0x0aff_ffff },
    Span { first: 0xac10_0000, last: 0xac1f_ffff },
    Span { first: 0xc0a8_0000, last: 0xc0a8_ffff },
];
const PRIVATE_V6: Span<u128> = Span { first: 0xfc << 120, last: (0xfe << 120) - 1 };

impl Source {
    /// Reads a geofeed: `ip_prefix,alpha2code,region,city,postal_code` lines
    /// ([RFC 8805](https://www.rfc-editor.org/rfc/rfc8805)).
    ///
    /// Only the prefix is required: a network without host bits, or one address. The region (`US-AL`) is taken when there is
    /// one, and must be in the country; of a region that is no code (`AL`, `Alabama`) only the country is taken, and the row is
    /// [counted](crate::geo::Noted::RegionNotRead). A line without a country, or with a code of no place such as `ZZ` or `EU`, says
    /// "do not locate" and hides a wider line. City, postal code and any further field are not read and may be in any encoding. From a
    /// `#` to the end of its line is a comment; lines end with LF, CRLF or CR and have at most 4,096 bytes. A header may come first,
    /// and semicolons or tabs may stand for the commas. Equal lines are one.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error. Two lines that place one prefix differently
    /// are an error, and so is a private prefix.
    ///
    /// ```
    /// # use bailiwick::Source;
    /// let feed = "# June\r\n192.0.2.0/24,US,US-AL,Montgomery,\r\n192.0.2.5,US,,,\r\n2001:db8::/32,,,,  # moving\r\n";
    /// let source = Source::from_geofeed("feed", feed.as_bytes())?;
    /// assert_eq!((source.load_report().rows(), source.load_report().located()), (3, 2));
    ///
    /// let error = Source::from_geofeed("feed", "192.0.2.0/24,FR,US-AL,,\n".as_bytes()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "source `feed`, line 1: `region` is `US-AL`, which is not in the country `FR`: correct one of the two",
    /// );
    /// # Ok::<(), bailiwick::SourceError>(())
    /// ```
    ///
    pub fn from_geofeed(name: impl Into<String>, reader: impl Read) -> Result<Source, SourceError> {
        Source::loader(name).geofeed(reader)
    }
}

impl Loader {
    /// As [`Source::from_geofeed`]. When two lines place one prefix differently, a tolerant load takes the first and does not locate
    /// its addresses.
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn geofeed(self, reader: impl Read) -> Result<Source, SourceError> {
        let mut rows = self.rows(Origin::Published);
        lines::read(&mut Feed { seen: HashMap::new(), header: None, is_begun: false }, &mut rows, reader)?;
        rows.finish()
    }
}

/// A feed that is being read.
struct Feed {
    /// The line and the place of each prefix.
    seen: HashMap<IpSpan, (u64, Result<Region, Skipped>)>,
    header: Option<Vec<u8>>,
    is_begun: bool,
}

impl LineFormat for Feed {
    /// Section 2.1: from `#` to the end of the line is a comment.
    fn content<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        line.split(|&byte| byte == b'#').next().unwrap_or_default()
    }

    fn row(&mut self, rows: &mut Rows, number: u64, line: &[u8]) -> Result<(), LineError> {
        if self.is_header(line)? {
            rows.note(Noted::Header);
            return Ok(());
        }
        let mut fields = Fields::of(line);
        let network = fields.next_text()?;
        let span = prefix("ip_prefix", &network)?;
        if is_private(span) {
            return Err(LineError::Private { field: "ip_prefix", value: excerpt(&network) });
        }
        let country = fields.next_text()?;
        let region = fields.next().transpose()?.unwrap_or_default();
        let (place, is_unread) = place(&country, &region)?;
        let city = fields.next().and_then(Result::ok).unwrap_or_default();
        has_no_row(&city)?;
        // Of other fields nothing is read, and a quote there that is not closed hides no row.
        fields.filter_map(Result::ok).try_for_each(|field| has_no_row(&field))?;
        // The city may be the territory, whatever the region is: `CN` with `Hong Kong`.
        let place = region::beside(place, [city]);
        let is_unread = is_unread && place.is_ok();
        match self.seen.get(&span) {
            Some((_, known)) if *known == place => rows.note(Noted::Repeated),
            Some(&(line, _)) => return Err(LineError::Duplicate { field: "ip_prefix", value: excerpt(&network), line }),
            None => {
                self.seen.insert(span, (number, place.clone()));
                rows.place(span, place);
                if is_unread {
                    rows.note(Noted::RegionNotRead);
                }
            }
        }
        Ok(())
    }

    fn addresses(&self, line: &[u8]) -> Addresses {
        csv::raw_network(line).into()
    }
}

impl Feed {
    /// Whether a line is the first one and a header of the columns in their sequence, or repeats that header.
    fn is_header(&mut self, line: &[u8]) -> Result<bool, LineError> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        if is_first && header::begins_with(line, header::NETWORK) {
            match Header::read(line, [header::NETWORK, header::CODE])?.positions() {
                [0, 1] => self.header = Some(line.trim_ascii().to_vec()),
                _ => return Err(LineError::value("alpha2code", "another column", "the country's code in the second column")),
            }
        }
        Ok(self.header.as_deref() == Some(line.trim_ascii()))
    }
}

/// The place of a country's code and a region, and whether the region was not read.
fn place(country: &str, region: &[u8]) -> Result<(Result<Region, Skipped>, bool), LineError> {
    if country.contains('-') && country.len() > 1 {
        return Err(LineError::value("alpha2code", country, "the two letters of ISO 3166-1, such as `US`, or nothing"));
    }
    let of_country = code::place("alpha2code", country)?;
    // A name may be in any encoding.
    let region = String::from_utf8_lossy(region);
    let Some((of, subdivision)) = region.split_once('-').filter(|(of, rest)| !region::is_name(of, rest)) else {
        return Ok(region::of_country(of_country, &region));
    };
    let is_code = (1..=3).contains(&subdivision.len()) && subdivision.bytes().all(|b| b.is_ascii_alphanumeric());
    if !code::is_two_letters(of) || !is_code {
        return Err(LineError::value("region", &region, "a code of ISO 3166-2, such as `US-AL`, or nothing"));
    }
    // `HK,CN-HK` agrees as `CN,CN-HK` does: both say Hong Kong.
    let is_that = |region: Region| country.parse() == Ok(region);
    if of.eq_ignore_ascii_case(country) || region.parse().is_ok_and(is_that) {
        return Ok((code::place("region", &region)?, false));
    }
    Err(LineError::Disagrees { field: "region", value: excerpt(&region), country: excerpt(country) })
}

/// Refuses a field that ends in a network: a lost line end would lose the second row.
fn has_no_row(field: &[u8]) -> Result<(), LineError> {
    let Some(slash) = field.iter().rposition(|&byte| byte == b'/') else { return Ok(()) };
    let (start, length) = field.split_at_checked(slash).unwrap_or_default();
    if !length.iter().skip(1).all(u8::is_ascii_digit) || length.len() < 2 {
        return Ok(());
    }
    let begin = start.iter().rposition(|byte| !byte.is_ascii_hexdigit() && !b".:".contains(byte)).map_or(0, |at| at + 1);
    let address = std::str::from_utf8(start.get(begin..).unwrap_or_default()).unwrap_or_default();
    if (0..address.len()).any(|from| address.get(from..).is_some_and(|address| address.parse::<IpAddr>().is_ok())) {
        return Err(LineError::SecondRow { value: excerpt(&String::from_utf8_lossy(field)) });
    }
    Ok(())
}

fn is_private(span: IpSpan) -> bool {
    match span {
        IpSpan::V4(span) => PRIVATE_V4.iter().any(|private| private.first <= span.first && span.last <= private.last),
        IpSpan::V6(span) => PRIVATE_V6.first <= span.first && span.last <= PRIVATE_V6.last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_ends_in_a_network_may_be_a_second_row() {
        for field in [
            "203.0.113.0/24",
            "10.0.0.0/8",
            "2001:db8::/32",
            "::/0",
            "94043203.0.113.0/24",
            "Town 203.0.113.0/24",
            "Caf\u{e9}203.0.113.0/24",
            "\u{9999}\u{6e2f}203.0.113.0/24",
            "a/b 203.0.113.0/24",
            // No length has three digits in IPv4, and the row is broken all the same.
            "203.0.113.0/240",
        ] {
            let error = LineError::SecondRow { value: field.to_owned() };
            assert_eq!(has_no_row(field.as_bytes()), Err(error), "{field}");
        }
        for field in [
            "",
            "/",
            "/24",
            "Town",
            "Bldg.12/3",
            "1/2",
            "203.0.113.0",
            "203.0.113.0/",
            "203.0.113.0/2x",
            "203.0.113.0/x",
            "203.0.113/24",
        ] {
            assert_eq!(has_no_row(field.as_bytes()), Ok(()), "{field}");
        }
        assert!(has_no_row(b"Caf\xe9203.0.113.0/24").is_err(), "a name may be in any encoding");
    }

    /// The first and the last address of each private network, and its neighbours.
    #[test]
    fn a_network_is_private_when_all_of_it_is() {
        for (first, last) in [
            ("10.0.0.0", "10.255.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let [first, last]: [IpAddr; 2] = [first, last].map(|end| end.parse().unwrap());
            let beside = |ip: IpAddr, up: bool| -> IpAddr {
                match ip {
                    IpAddr::V4(ip) => std::net::Ipv4Addr::from_bits(if up { ip.to_bits() + 1 } else { ip.to_bits() - 1 }).into(),
                    IpAddr::V6(ip) => std::net::Ipv6Addr::from_bits(if up { ip.to_bits() + 1 } else { ip.to_bits() - 1 }).into(),
                }
            };
            for (from, to, expected) in [
                (first, first, true),
                (last, last, true),
                (first, last, true),
                (beside(first, false), first, false),
                (beside(first, false), last, false),
                (last, beside(last, true), false),
                (first, beside(last, true), false),
                (beside(last, true), beside(last, true), false),
                (beside(first, false), beside(first, false), false),
            ] {
                assert_eq!(is_private(IpSpan::between(from, to).unwrap()), expected, "{from} {to}");
            }
        }
    }
}
