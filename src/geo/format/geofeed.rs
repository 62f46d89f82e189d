//! Geofeed: what a network's operator says about where its addresses are used.
//!
//! [RFC 8805](https://www.rfc-editor.org/rfc/rfc8805), with what its sections say on ingestion: 2.1 on lines and comments, 2.1.1
//! on the fields, 2.1.2 on prefixes without a place, 2.1.3 on duplicates and fields to come. Where the text leaves a choice, the
//! validator of its Appendix A decides: it refuses host bits, private addresses, and codes that are not two letters.

use std::collections::HashMap;
use std::io::Read;

use super::csv::Fields;
use super::lines::LineFormat;
use super::prefix::prefix;
use crate::geo::error::{LineError, SourceError};
use crate::geo::loader::{Loader, Rows};
use crate::geo::source::{Origin, Source};
use crate::net::address::{IpSpan, Span};
use crate::region::Region;
use crate::text::quote::excerpt;

/// Section 2.1: from `#` to the end of the line is a comment.
const FEED: LineFormat = LineFormat { part: None, comments_anywhere: true };

/// The addresses of RFC 1918, and those of RFC 4193: two networks may both use them, so no feed can place them.
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
    /// Only the prefix must be there: a network without host bits, or one address. The region (`US-AL`) is taken when there is
    /// one, and must be in the country. A line without a country, or with `ZZ`, says "do not locate" and hides a wider line; so
    /// does one of a code that is no [`Region`], such as `EU`. City, postal code and any further field are not read. From a `#`
    /// to the end of its line is a comment; lines end in LF or CRLF and have at most 4,096 bytes.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, with its number, or the reader's error. A prefix that is there twice is an error
    /// even when both lines say the same, and so is a private one.
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
    /// As [`Source::from_geofeed`]. When two lines have one prefix, a tolerant load takes both: where they differ, the addresses
    /// are contested.
    ///
    /// # Errors
    ///
    /// As there; a bad line only when the load is strict.
    pub fn geofeed(self, reader: impl Read) -> Result<Source, SourceError> {
        let mut rows = self.rows(Origin::Published);
        let mut seen = HashMap::new();
        FEED.for_each_line(&mut rows, reader, |rows, number, line| row(rows, &mut seen, number, line))?;
        Ok(rows.source)
    }
}

fn row(rows: &mut Rows, seen: &mut HashMap<IpSpan, u64>, number: u64, line: &str) -> Result<(), LineError> {
    let mut fields = Fields::of(line);
    let text = fields.next_or_empty()?;
    let span = prefix("ip_prefix", &text)?;
    if is_private(span) {
        return rows.refuse(span, LineError::Private { field: "ip_prefix", value: excerpt(&text) });
    }
    let code = match code(&mut fields) {
        Ok(code) => code,
        Err(error) => return rows.refuse(span, error),
    };
    if let Some(&line) = seen.get(&span) {
        rows.repeat(span, &code);
        return Err(LineError::Duplicate { field: "ip_prefix", value: excerpt(&text), line });
    }
    seen.insert(span, number);
    rows.place(span, &code);
    Ok(())
}

/// The code that a line places its addresses by: its region's when it has one, its country's otherwise.
fn code(fields: &mut Fields<'_>) -> Result<String, LineError> {
    let (country, region) = (&*fields.next_or_empty()?, &*fields.next_or_empty()?);
    let is_alpha2 = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    if !country.is_empty() && !is_alpha2(country) {
        return Err(LineError::value("alpha2code", country, "the two letters of ISO 3166-1, such as `US`, or nothing"));
    }
    if region.is_empty() {
        return Ok(country.to_owned());
    }
    let bad = || LineError::value("region", region, "a code of ISO 3166-2, such as `US-AL`, or nothing");
    let (of, subdivision) = region.split_once('-').ok_or_else(bad)?;
    if !is_alpha2(of) || !(1..=3).contains(&subdivision.len()) || !subdivision.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(bad());
    }
    // `HK,CN-HK` agrees as `CN,CN-HK` does: both say Hong Kong.
    let is_that = |region: Region| country.parse() == Ok(region);
    if of.eq_ignore_ascii_case(country) || region.parse().is_ok_and(is_that) {
        return Ok(region.to_owned());
    }
    Err(LineError::Disagrees { field: "region", value: excerpt(region), country: excerpt(country) })
}

fn is_private(span: IpSpan) -> bool {
    match span {
        IpSpan::V4(span) => PRIVATE_V4.iter().any(|private| private.first <= span.first && span.last <= private.last),
        IpSpan::V6(span) => PRIVATE_V6.first <= span.first && span.last <= PRIVATE_V6.last,
    }
}
