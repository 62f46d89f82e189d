//! Regions: ISO 3166 codes, and what covers what.

mod iso3166;
mod names;

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::quote::{Quoted, excerpt};
use crate::text::suggestion::{Meant, MeantOr, Suggestion};

/// A country, or a subdivision of one: `US`, `US-CA`.
///
/// Read from an ISO 3166-1 alpha-2 code (an assigned one, `XK`, or one left to users: `AA`, `QM` to `QZ`, `XA` to `XZ`), or from
/// an ISO 3166-2 code (`CC-` and 1 to 3 letters or digits), in any case. Written in upper case. Whether a subdivision exists is
/// not checked, but that of a country does not reach a territory with a country code of its own: `CN-HK` *is* `HK`.
///
/// ```
/// use bailiwick::Region;
///
/// let california: Region = "us-ca".parse()?;
/// assert_eq!(california.to_string(), "US-CA");
/// assert!(california.country().covers(california));
///
/// let hong_kong: Region = "CN-HK".parse()?;
/// assert_eq!(hong_kong, "HK".parse()?);
/// assert!(!"CN".parse::<Region>()?.covers(hong_kong));
/// # Ok::<(), bailiwick::RegionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// The code as written: ASCII, upper case, padded with zeros, so that comparing bytes compares codes.
    code: [u8; 6],
}

/// The number of letters of a country's code.
const COUNTRY: usize = 2;

/// The most letters and digits of a subdivision's code, behind the country's and a dash (ISO 3166-2).
const MAX_SUBDIVISION: usize = 3;

impl Region {
    /// No known region, written `ZZ`. It covers nothing, and nothing covers it: not even itself.
    pub const UNKNOWN: Region = Region { code: *b"ZZ\0\0\0\0" };

    /// Whether an authority over `self` has authority over `other`: a region covers itself, and a country its subdivisions.
    /// [`UNKNOWN`](Region::UNKNOWN) covers nothing and nothing covers it.
    #[must_use]
    pub fn covers(self, other: Region) -> bool {
        self != Region::UNKNOWN && (self == other || self == other.country())
    }

    /// The country of a subdivision; a country itself otherwise.
    #[must_use]
    pub fn country(self) -> Region {
        let [a, b, ..] = self.code;
        Region { code: [a, b, 0, 0, 0, 0] }
    }

    /// The code: 2 to 6 bytes of ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.code.iter().position(|&byte| byte == 0).unwrap_or(self.code.len());
        self.code.get(..end).and_then(|code| std::str::from_utf8(code).ok()).unwrap_or("ZZ")
    }

    /// The code as eight bytes, padded with zeros: a form that crosses interfaces to other languages.
    ///
    /// ```
    /// use bailiwick::Region;
    ///
    /// let region: Region = "US-CA".parse()?;
    /// assert_eq!(region.to_bytes(), *b"US-CA\0\0\0");
    /// assert_eq!(Region::from_bytes(region.to_bytes()), Some(region));
    /// # Ok::<(), bailiwick::RegionError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        let [a, b, c, d, e, f] = self.code;
        [a, b, c, d, e, f, 0, 0]
    }

    /// The region of eight bytes that [`to_bytes`](Region::to_bytes) gave. `None` for any others.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Region> {
        let len = bytes.iter().position(|&byte| byte == 0)?;
        let region = read(bytes.get(..len)?)?;
        (region.to_bytes() == bytes).then_some(region)
    }

    /// A region of a code that is already upper case and known to be well formed.
    fn from_code(text: &str) -> Region {
        let mut code = [0; 6];
        code.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Region { code }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    /// Takes some 10 ns for a valid code, so that bindings to other languages can parse the host's region at each call.
    fn from_str(text: &str) -> Result<Region, RegionError> {
        read(text.as_bytes()).ok_or_else(|| refusal(text))
    }
}

/// Reads a code that is valid, in any case.
fn read(text: &[u8]) -> Option<Region> {
    let code = match *text {
        [a, b] => {
            let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
            let [a, b] = country;
            return iso3166::is_country(country).then_some(Region { code: [a, b, 0, 0, 0, 0] });
        }
        [a, b, b'-', c] => of_subdivision([a, b, b'-', c, 0, 0], 0x80 << 16)?,
        [a, b, b'-', c, d] => of_subdivision([a, b, b'-', c, d, 0], 0x8080 << 8)?,
        [a, b, b'-', c, d, e] => of_subdivision([a, b, b'-', c, d, e], 0x80_8080)?,
        _ => return None,
    };
    Some(Region { code })
}

/// The code of a subdivision, or that of the country that it is read as. `own` has the highest bit of each byte that must be a letter or
/// a digit. Handles all bytes side by side in a word.
#[inline(always)]
fn of_subdivision([a, b, dash, c, d, e]: [u8; 6], own: u64) -> Option<[u8; 6]> {
    let word = u64::from_be_bytes([0, 0, a, b, dash, c, d, e]);
    let word = word ^ within(word, b'a', b'z') >> 2;
    let [_, _, a, b, dash, c, d, e] = word.to_be_bytes();
    let is_own = within(word, b'A', b'Z') | within(word, b'0', b'9');
    if is_own & own != own || [a, b] == *b"ZZ" || !iso3166::is_country([a, b]) {
        return None;
    }
    Some(iso3166::territory(word).map_or([a, b, dash, c, d, e], |[a, b]| [a, b, 0, 0, 0, 0]))
}

/// The highest bit of each byte that is from `first` to `last`, which are less than 128. A byte from 128 on never has it, and may carry
/// into the next byte, which does not matter as [`of_subdivision`] refuses such a byte wherever it is.
#[inline(always)]
fn within(word: u64, first: u8, last: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let reaches = |byte: u8| word.wrapping_add(EACH.wrapping_mul(u64::from(128 - byte)));
    reaches(first) & !reaches(last + 1) & (EACH << 7)
}

/// The error for a text that [`read`] refuses.
fn refusal(text: &str) -> RegionError {
    let shape = || match several(text) {
        Some(meant) => RegionError::Several { text: excerpt(text), meant },
        None => RegionError::Shape { text: excerpt(text), meant: meant(text) },
    };
    let (country, subdivision) = text.split_once('-').map_or((text, None), |(country, rest)| (country, Some(rest)));
    if country.len() != COUNTRY || !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        return shape();
    }
    let fits = |rest: &str| (1..=MAX_SUBDIVISION).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if subdivision.is_some_and(|rest| !fits(rest)) {
        return shape();
    }
    let country = country.to_ascii_uppercase();
    if iso3166::GROUPS.contains(&country.as_str()) {
        RegionError::Group { text: excerpt(text) }
    } else if country == "ZZ" {
        RegionError::UnknownSubdivided { text: excerpt(text) }
    } else {
        RegionError::Unassigned { text: excerpt(text), meant: meant(text) }
    }
}

/// The region that a text of a geo file most likely names: a code written in another way, a number of ISO 3166-1 or an English name.
pub(crate) fn suggestion(text: &str) -> Option<Region> {
    let text = text.trim();
    meant(text).or_else(|| names::find(text).map(Region::from_code))
}

/// The value beside `key` in a table that ascends by its first column.
fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let at = table.binary_search_by_key(&key, |&(from, _)| from).ok()?;
    table.get(at).map(|&(_, to)| to)
}

/// The most codes in one text that a message lists.
const LISTED: usize = 8;

/// The regions of a text that lists several, such as `UK,GB-ENG`.
fn several(text: &str) -> Option<Vec<Region>> {
    if text.len() > LISTED * "GB-ENG, ".len() {
        return None;
    }
    let parts = text.split([',', ';', '|', '+', '&', ' ', '\t', '\n', '/']).filter(|part| !part.is_empty());
    let regions: Option<Vec<Region>> = parts.map(|part| read(part.as_bytes()).or_else(|| meant(part))).collect();
    // `US CA` probably means `US-CA`, and not the United States and Canada.
    let is_one = meant(text).is_some();
    regions.filter(|regions| (2..=LISTED).contains(&regions.len()) && !is_one)
}

/// The region that the author of `text` most likely meant, when there is one.
fn meant(text: &str) -> Option<Region> {
    if text.len() > 16 {
        return None;
    }
    let upper = text.trim().to_ascii_uppercase().replace(['_', ' ', '.', '/', '–'], "-");
    let (country, rest) = upper.split_once('-').map_or((upper.as_str(), None), |(c, r)| (c, Some(r)));
    let alpha2 = find(&iso3166::MISTAKEN, country)
        .or_else(|| iso3166::ASSIGNED.iter().find(|&&(_, alpha3)| alpha3 == country).map(|&(alpha2, _)| alpha2))
        .unwrap_or(country);
    let corrected = rest.map_or_else(|| alpha2.to_owned(), |rest| format!("{alpha2}-{rest}"));
    if corrected == text { None } else { read(corrected.as_bytes()) }
}

impl Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        struct Code;
        impl de::Visitor<'_> for Code {
            type Value = Region;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ISO 3166 code, such as \"CN\" or \"CN-GD\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Region, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Code)
    }
}

/// Why a text is no [`Region`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// Neither two letters, nor two letters, `-` and one to three letters or digits.
    #[error("{} is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`){}", Quoted(text), Meant(meant.map(Suggestion::write).as_ref()))]
    Shape {
        /// The text.
        text: String,
        /// The region that was probably meant.
        meant: Option<Region>,
    },
    /// A well-formed code that ISO 3166-1 assigns to no country.
    #[error("{} is not a code that ISO 3166-1 assigns{}", Quoted(text), MeantOr(meant.map(Suggestion::write), ": write that of a country, such as `CN`"))]
    Unassigned {
        /// The text.
        text: String,
        /// The region that was probably meant.
        meant: Option<Region>,
    },
    /// A code for several countries at once, such as `EU`.
    #[error(
        "{} stands for several countries: name a group of regions under `jurisdictions`, and its countries there",
        Quoted(text)
    )]
    Group {
        /// The text.
        text: String,
    },
    /// Several codes in one text.
    #[error("{} is several codes in one text: write each as a text of its own: {}", Quoted(text), List(meant))]
    Several {
        /// The text.
        text: String,
        /// The regions that were probably meant, in their sequence.
        meant: Vec<Region>,
    },
    /// A subdivision of `ZZ`.
    #[error("{} is a subdivision of nowhere, as `ZZ` means that the region is unknown: name a region", Quoted(text))]
    UnknownSubdivided {
        /// The text.
        text: String,
    },
}

impl RegionError {
    /// The region to write instead, where it is known.
    pub(crate) fn suggestion(&self) -> Option<Suggestion> {
        match self {
            RegionError::Shape { meant, .. } | RegionError::Unassigned { meant, .. } => meant.map(Suggestion::write),
            _ => None,
        }
    }
}

struct List<'a>(&'a [Region]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(n, region)| write!(f, "{}`{region}`", if n == 0 { "" } else { ", " }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_ascending_so_that_they_can_be_searched() {
        assert!(iso3166::ASSIGNED.is_sorted_by(|a, b| a.0 < b.0));
        assert!(iso3166::TERRITORIES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(iso3166::MISTAKEN.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn only_bytes_of_a_region_as_it_is_written_are_a_region() {
        for code in ["US", "US-CA", "XK", "QM-1A2", "ZZ"] {
            let region: Region = code.parse().unwrap();
            assert_eq!(format!("{region:?}"), format!("Region({code})"));
            assert_eq!(Region::from_bytes(region.to_bytes()), Some(region));
        }
        let refused =
            [*b"us\0\0\0\0\0\0", *b"CN-HK\0\0\0", *b"US\0CA\0\0\0", *b"US\0\0\0\0\0x", *b"US-CALIF", *b"UK\0\0\0\0\0\0", [0; 8]];
        for bytes in refused {
            assert_eq!(Region::from_bytes(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_meant_is_sought_in_short_texts_alone() {
        assert_eq!(
            [16, 17].map(|len| meant(&format!("{:len$}", "GBR")).map(|region| region.to_string())),
            [Some("GB".into()), None]
        );
        // Eight codes, each with what separates it from the next.
        let codes = |spaces: usize| "GB-ENG, ".repeat(8) + &" ".repeat(spaces);
        assert_eq!([0, 1, 2].map(|spaces| several(&codes(spaces)).map(|regions| regions.len())), [Some(8), None, None]);
        assert_eq!(several(&"GB ".repeat(9)), None);
    }

    #[test]
    fn several_codes_in_one_text_are_told_apart() {
        let cases = [
            ("UK,GB-ENG", "`GB`, `GB-ENG`"),
            ("CN, HK", "`CN`, `HK`"),
            ("at;be;bg", "`AT`, `BE`, `BG`"),
            ("GB-ENG GB-SCT", "`GB-ENG`, `GB-SCT`"),
            ("US/CA,MX", "`US`, `CA`, `MX`"),
        ];
        for (text, meant) in cases {
            let error = text.parse::<Region>().unwrap_err().to_string();
            assert_eq!(error, format!("`{text}` is several codes in one text: write each as a text of its own: {meant}"));
        }
        for text in ["US CA", "CN,", ",", "CN,somewhere", "nowhere,at,all"] {
            assert!(!matches!(text.parse::<Region>(), Err(RegionError::Several { .. }) | Ok(_)), "{text}");
        }
    }

    #[test]
    fn every_territory_is_a_country_of_its_own() {
        for (subdivision, territory) in iso3166::TERRITORIES {
            let region: Region = subdivision.parse().unwrap();
            assert_eq!(region.as_str(), territory);
            assert_eq!(region, territory.parse().unwrap());
            let country: Region = subdivision.get(..2).unwrap().parse().unwrap();
            assert!(!country.covers(region), "{country} covers {region}");
        }
    }
}
