//! The keys of a map, each of which may be there once.

use std::fmt;

use maxminddb::{LookupResult, MaxMindDbError, PathElement};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Checks that the map at a path, if there is one, has no key twice. Some readers take the first value, others the last, so a record with
/// two countries is no evidence of either.
///
/// # Errors
///
/// A key that is there twice, and a map that cannot be read.
pub(super) fn are_there_once(found: &LookupResult<'_, &[u8]>, path: &[PathElement<'_>]) -> Result<(), MaxMindDbError> {
    found.decode_path::<Keys>(path).map(drop)
}

/// A value, of which the keys were checked if it is a map. What they lead to is not decoded.
struct Keys;

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Keys, D::Error> {
        deserializer.deserialize_any(Keys)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Keys;

    // Numbers of fewer bits are given as those of 64.

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = map.next_entry::<&str, IgnoredAny>()? {
            keys.push(key);
        }
        keys.sort_unstable();
        let twice = keys.windows(2).find_map(|pair| if let [a, b] = pair { Some(a).filter(|_| a == b) } else { None });
        twice.map_or(Ok(Keys), |key| Err(A::Error::custom(format_args!("the key {key} is given twice"))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Keys, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Keys)
    }

    fn visit_str<E>(self, _: &str) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Keys, E> {
        Ok(Keys)
    }
}
