//! Regions: ISO 3166 codes, and what covers what.

mod iso3166;

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::quote::{Quoted, excerpt};

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

/// How many letters the country's code has.
const COUNTRY: usize = 2;

impl Region {
    /// No known region, written `ZZ`. It covers nothing, and nothing covers it: not even itself.
    pub const UNKNOWN: Region = Region { code: *b"ZZ\0\0\0\0" };

    /// True when an authority over `self` has authority over `other`: a region covers itself, and a country its subdivisions.
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

    /// A region of a code that is already upper case and known to be well formed.
    fn from_code(text: &str) -> Region {
        let mut code = [0; 6];
        code.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Region { code }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Region, RegionError> {
        let bytes = text.as_bytes();
        let shape = || RegionError::Shape { text: excerpt(text), meant: meant(text) };
        let (country, subdivision) = match text.split_once('-') {
            Some((country, subdivision)) => (country, Some(subdivision)),
            None => (text, None),
        };
        if country.len() != COUNTRY || !country.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(shape());
        }
        if let Some(subdivision) = subdivision
            && (!(1..=3).contains(&subdivision.len()) || !subdivision.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return Err(shape());
        }
        let mut code = [0; 6];
        code.iter_mut().zip(bytes).for_each(|(to, from)| *to = from.to_ascii_uppercase());
        let region = Region { code };
        let country = region.country();
        if iso3166::GROUPS.contains(&country.as_str()) {
            return Err(RegionError::Group { text: excerpt(text) });
        }
        if !is_country(country.as_str()) {
            return Err(RegionError::Unassigned { text: excerpt(text), meant: meant(text) });
        }
        if country == Region::UNKNOWN && subdivision.is_some() {
            return Err(RegionError::UnknownSubdivided { text: excerpt(text) });
        }
        Ok(match find(&iso3166::TERRITORIES, region.as_str()) {
            Some(territory) => Region::from_code(territory),
            None => region,
        })
    }
}

fn is_country(code: &str) -> bool {
    iso3166::ASSIGNED.binary_search_by_key(&code, |&(alpha2, _)| alpha2).is_ok() || iso3166::is_user_assigned(code)
}

/// What stands beside `key` in a table ascending by its first column.
fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let at = table.binary_search_by_key(&key, |&(from, _)| from).ok()?;
    table.get(at).map(|&(_, to)| to)
}

/// The region that a person who wrote `text` most likely had in mind, when there is one.
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
    if corrected == text { None } else { corrected.parse().ok() }
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
    #[error("{} is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`){}", Quoted(text), Meant { region: *meant, otherwise: "" })]
    Shape {
        /// The text.
        text: String,
        /// The region that was probably meant.
        meant: Option<Region>,
    },
    /// A well-formed code that ISO 3166-1 assigns to no country.
    #[error("{} is not a code that ISO 3166-1 assigns{}", Quoted(text), Meant { region: *meant, otherwise: ": write that of a country, such as `CN`" })]
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
    /// A subdivision of `ZZ`.
    #[error("{} is a subdivision of nowhere, as `ZZ` means that the region is unknown: name a region", Quoted(text))]
    UnknownSubdivided {
        /// The text.
        text: String,
    },
}

struct Meant {
    region: Option<Region>,
    otherwise: &'static str,
}

impl Display for Meant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            Some(region) => write!(f, ": did you mean `{region}`?"),
            None => f.write_str(self.otherwise),
        }
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
