//! The fields of a record that are read.

use std::fmt;

use ipnet::IpNet;
use maxminddb::{MaxMindDbError, PathElement, Reader};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::keys;
use crate::geo::error::{LineError, MmdbError};
use crate::geo::format::{code, header, region as regions};
use crate::geo::load_report::Skipped;
use crate::region::Region;
use crate::text::quote::excerpt;

/// Flags of a record, under `traits` as MaxMind writes them or in the record itself, each with the reason why it locates nothing.
const FLAGS: [(&str, Skipped); 4] = [
    ("is_anonymous_proxy", Skipped::AnonymousProxy),
    ("is_satellite_provider", Skipped::Satellite),
    ("is_satellite", Skipped::Satellite),
    ("is_anycast", Skipped::Anycast),
];

/// Where records have the region in the country, which is looked at for territories that have a country code of their own.
const BESIDE: [&[PathElement<'static>]; 5] = [
    &[PathElement::Key("subdivisions"), PathElement::Index(0), PathElement::Key("iso_code")],
    &[PathElement::Key("region_code")],
    &[PathElement::Key("region")],
    &[PathElement::Key("state1")],
    &[PathElement::Key("city")],
];

/// The most records that are looked through for texts that could be codes, and the most paths that an error lists.
const LOOKED_THROUGH: usize = 100;
const LISTED: usize = 4;

/// The paths of the fields that are read of each record.
pub(super) struct Layout {
    /// Paths of the country's code, of which the first record with a text at one decides.
    candidates: Vec<Vec<String>>,
    country: Option<Vec<String>>,
    subdivision: Option<Vec<String>>,
    tolerant: bool,
    seen: Vec<String>,
    looked_through: usize,
}

impl Layout {
    pub(super) fn new(candidates: Vec<Vec<String>>, subdivision: Option<Vec<String>>, tolerant: bool) -> Layout {
        Layout { candidates, country: None, subdivision, tolerant, seen: Vec::new(), looked_through: 0 }
    }

    /// Whether a record had a country.
    pub(super) fn has_country(&self) -> bool {
        self.country.is_some()
    }

    /// The error of a database in which no record had a country.
    pub(super) fn no_country(self) -> MmdbError {
        let path = self.candidates.into_iter().next().unwrap_or_default();
        MmdbError::NoCountry { path: path.join("."), seen: self.seen }
    }

    /// The place that the record of a network gives.
    pub(super) fn place(&mut self, reader: &Reader<&[u8]>, network: IpNet) -> Result<Result<Region, Skipped>, MmdbError> {
        let record = |error: MaxMindDbError| MmdbError::Record { network, reason: excerpt(&error.to_string()) };
        let found = reader.lookup(network.network()).map_err(record)?;
        if self.country.is_none() {
            let value = found.decode::<Value>().map_err(record)?.unwrap_or(Value::Other);
            self.country = self.candidates.iter().find(|path| value.has_country(path)).cloned();
            if self.looked_through < LOOKED_THROUGH {
                self.looked_through += 1;
                value.codes(&mut Vec::new(), &mut self.seen);
            }
        }
        let path = match (&self.country, self.candidates.as_slice()) {
            (Some(path), _) | (None, [path]) => path,
            _ => return Ok(Err(Skipped::NoCode)),
        };
        let text = |path: &[String]| {
            let path: Vec<PathElement<'_>> = path.iter().map(|key| element(key)).collect();
            found.decode_path::<&str>(&path).map(Option::unwrap_or_default).map_err(record)
        };
        let flags = |path: &[PathElement<'_>]| found.decode_path::<Value>(path).map_err(record);
        if !path.is_empty() {
            keys::are_there_once(&found, &[PathElement::Key("traits")]).map_err(record)?;
            let traits = flags(&[PathElement::Key("traits")])?;
            for (name, reason) in FLAGS {
                if flags(&[PathElement::Key(name)])?.is_some_and(|value| value.is_set())
                    || traits.as_ref().is_some_and(|traits| traits.has_flag(name))
                {
                    return Ok(Err(reason));
                }
            }
        }
        // The first map above both is the record itself.
        for path in [Some(path), self.subdivision.as_ref()].into_iter().flatten() {
            for length in 0..path.len() {
                let above: Vec<PathElement<'_>> = path.iter().take(length).map(|key| element(key)).collect();
                keys::are_there_once(&found, &above).map_err(record)?;
            }
        }
        let country = text(path)?;
        let subdivision = self.subdivision.as_ref().map_or(Ok(""), |path| text(path))?;
        match place(country.trim_ascii(), subdivision.trim_ascii()) {
            Ok(Ok(place)) if !path.is_empty() => {
                keys::are_there_once(&found, &[PathElement::Key("subdivisions"), PathElement::Index(0)]).map_err(record)?;
                let beside = BESIDE.iter().filter_map(|path| found.decode_path::<Value>(path).ok().flatten());
                Ok(regions::beside(Ok(place), beside.filter_map(Value::into_text)))
            }
            Ok(place) => Ok(place),
            Err(_) if self.tolerant => Ok(Err(Skipped::code(country))),
            Err(LineError::Code { value, meant, .. }) => Err(MmdbError::Code { network, path: path.join("."), value, meant }),
            Err(other) => Err(MmdbError::Record { network, reason: other.to_string() }),
        }
    }
}

/// A key that is a number is an index of a list.
fn element(key: &str) -> PathElement<'_> {
    key.parse().map_or(PathElement::Key(key), PathElement::Index)
}

/// The place of a country's code and a subdivision's.
fn place(country: &str, subdivision: &str) -> Result<Result<Region, Skipped>, LineError> {
    let region = match code::place("country", country)? {
        Ok(region) => region,
        Err(reason) => return Ok(Err(reason)),
    };
    let full = match subdivision.split_once('-') {
        Some((of, _)) if !of.eq_ignore_ascii_case(country) => return Ok(Err(Skipped::Disagreeing)),
        Some(_) => subdivision.to_owned(),
        None => format!("{country}-{subdivision}"),
    };
    match code::place("subdivision", &full) {
        Ok(Err(Skipped::Disagreeing)) => Ok(Err(Skipped::Disagreeing)),
        Ok(Ok(full)) => Ok(Ok(full)),
        // A name, or no code: the country is left, unless that is a territory that has a code of its own.
        _ => Ok(regions::beside(Ok(region), [subdivision])),
    }
}

/// A value of a record whose layout is unknown.
#[derive(Debug)]
enum Value {
    Text(String),
    /// Also a number: whether it is another than 0.
    Flag(bool),
    Map(Vec<(String, Value)>),
    Other,
}

impl Value {
    fn get(&self, key: &str) -> Option<&Value> {
        let Value::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn has_flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_set)
    }

    /// Whether a flag is set: some write it as a number or a text.
    fn is_set(&self) -> bool {
        match self {
            Value::Flag(flag) => *flag,
            Value::Text(text) => header::is_set(text.as_bytes()),
            Value::Map(_) | Value::Other => false,
        }
    }

    fn into_text(self) -> Option<String> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// Whether there is a text at the path. At `country`, which may hold a name, it must be a code.
    fn has_country(&self, path: &[String]) -> bool {
        let value = path.iter().try_fold(self, |value, key| value.get(key));
        match value {
            Some(Value::Text(text)) if path == ["country"] => code::place("country", text).is_ok(),
            Some(Value::Text(_)) => true,
            // Keys of lists are for the decoder.
            _ => path.iter().any(|key| key.parse::<usize>().is_ok()),
        }
    }

    /// Adds the paths of codes that may be the network's country.
    fn codes(&self, path: &mut Vec<String>, found: &mut Vec<String>) {
        match self {
            Value::Text(text) if matches!(code::place("country", text), Ok(Ok(_))) => {
                let path = path.join(".");
                if found.len() < LISTED && !found.contains(&path) {
                    found.push(path);
                }
            }
            Value::Map(entries) => {
                let is_other =
                    |key: &str| ["continent", "registered", "represented", "language"].iter().any(|part| key.contains(part));
                for (key, value) in entries.iter().filter(|(key, _)| !is_other(key)) {
                    path.push(key.clone());
                    value.codes(path, found);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Value::Map(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Value, E> {
                Ok(Value::Other)
            }

            // Numbers of fewer bits are given as those of 64.
            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Flag(number != 0))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Flag(number != 0))
            }

            fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
                Ok(Value::Flag(number != 0))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Flag(number != 0.0))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, MapDeserializer, SeqDeserializer};

    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn map(entries: &[(&str, &str)]) -> Value {
        Value::Map(entries.iter().map(|&(key, value)| (key.to_owned(), text(value))).collect())
    }

    fn path(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|&key| key.to_owned()).collect()
    }

    #[test]
    fn a_country_and_a_subdivision_make_the_place() {
        for (country, subdivision, expected) in [
            ("US", "", Ok("US")),
            ("us", "ca", Ok("US-CA")),
            ("US", "US-CA", Ok("US-CA")),
            ("CN", "HK", Ok("HK")),
            ("US", "California", Ok("US")),
            ("US", "CN-GD", Err(Skipped::Disagreeing)),
            ("CN", "HKG", Err(Skipped::Disagreeing)),
            ("CN", "CN-HKG", Err(Skipped::Disagreeing)),
            ("CN", "HKG#", Err(Skipped::Disagreeing)),
            ("CN", "Hong Kong", Err(Skipped::Disagreeing)),
            ("", "CA", Err(Skipped::NoCode)),
            ("EU", "", Err(Skipped::Code("EU".to_owned()))),
        ] {
            let expected = expected.map(|code| code.parse().unwrap());
            assert_eq!(place(country, subdivision), Ok(expected), "{country} {subdivision}");
        }
        assert!(place("China", "").is_err());
    }

    /// `country` may hold a name, and what is at another path is taken for a code, right or wrong.
    #[test]
    fn a_record_has_a_country_where_there_is_a_text_and_at_country_where_that_is_a_code() {
        let nested = Value::Map(vec![("country".to_owned(), map(&[("iso_code", "none of any")]))]);
        for (value, keys, expected) in [
            (map(&[("country", "CN")]), &["country"][..], true),
            (map(&[("country", "EU")]), &["country"], true),
            (map(&[("country", "China")]), &["country"], false),
            (map(&[("country_code", "China")]), &["country_code"], true),
            (map(&[("country_code", "CN")]), &["country"], false),
            (map(&[("country_code", "CN")]), &["country_code", "iso_code"], false),
            (nested, &["country", "iso_code"], true),
            (text("China"), &[], true),
            (map(&[]), &[], false),
            // Lists are not read before a path is known.
            (map(&[]), &["countries", "0"], true),
        ] {
            assert_eq!(value.has_country(&path(keys)), expected, "{value:?} {keys:?}");
        }
    }

    #[test]
    fn the_paths_of_four_codes_are_offered_once_each() {
        let codes = |value: &Value| {
            let mut found = path(&["known"]);
            value.codes(&mut Vec::new(), &mut found);
            found
        };
        let many = map(&[("a", "CN"), ("b", "China"), ("c", "EU"), ("known", "CN"), ("d", "us"), ("e", "HK"), ("f", "MO")]);
        assert_eq!(codes(&many), ["known", "a", "d", "e"]);
        let within = Value::Map(vec![("place".to_owned(), map(&[("code", "CN")])), ("registered_country".to_owned(), text("US"))]);
        assert_eq!(codes(&within), ["known", "place.code"]);
        for other in ["continent", "represented", "language_code", "continent_code"] {
            assert_eq!(codes(&map(&[(other, "AF")])), ["known"], "{other}");
        }
        assert_eq!(codes(&text("CN")), ["known", ""], "the record itself");
    }

    /// A number of any type sets a flag unless it is 0.
    #[test]
    fn a_flag_may_be_a_number_of_any_type() {
        fn flag<'de>(number: impl IntoDeserializer<'de, Error>) -> Option<bool> {
            let value = Value::deserialize(number.into_deserializer()).unwrap();
            if let Value::Flag(flag) = value { Some(flag) } else { None }
        }
        let of_zero = [
            flag(0_u8),
            flag(0_u16),
            flag(0_u32),
            flag(0_u64),
            flag(0_u128),
            flag(0_i32),
            flag(0_i64),
            flag(0.0_f32),
            flag(-0.0_f64),
            flag(false),
        ];
        assert_eq!(of_zero, [Some(false); 10]);
        let of_others = [
            flag(1_u8),
            flag(7_u16),
            flag(u32::MAX),
            flag(1_u64 << 40),
            flag(1_u128 << 100),
            flag(-1_i32),
            flag(i64::MIN),
            flag(0.5_f32),
            flag(-1e-300_f64),
            flag(true),
        ];
        assert_eq!(of_others, [Some(true); 10]);
        let list = Value::deserialize(SeqDeserializer::<_, Error>::new([1, 2].into_iter())).unwrap();
        assert!(matches!(list, Value::Other) && !list.is_set());
        let map = Value::deserialize(MapDeserializer::<_, Error>::new([("is_anycast", 1)].into_iter())).unwrap();
        assert!(map.has_flag("is_anycast") && !map.has_flag("is_satellite") && !map.is_set());
    }
}
