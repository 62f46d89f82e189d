//! Reading tables strictly, whatever the format lets through.
//!
//! The derived `Deserialize` also takes a list for a table, field by position. In an order that is a slip that
//! moves its meaning, so it is refused here. Messages quote what they repeat.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

pub(crate) use super::words::{Choice, closest};
use crate::region::Region;
use crate::text::network::EMPTY;
use crate::text::quote::Quoted;
use crate::text::suggestion::Suggestion;
use crate::text::timestamp::is_toml_date;

/// Wraps a format's deserializer for the derived code of a struct: takes a table alone, whose keys are the struct's fields.
pub(crate) struct Table<D> {
    pub(crate) deserializer: D,
    /// The name of what is read, for messages.
    pub(crate) expected: &'static str,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Table<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_map(TableVisitor { visitor, fields, expected: self.expected })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct TableVisitor<V> {
    visitor: V,
    fields: &'static [&'static str],
    expected: &'static str,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for TableVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(KnownKeys { map, fields: self.fields })
    }
}

/// The entries of a table, refused at the first key that is none of the fields.
struct KnownKeys<A> {
    map: A,
    fields: &'static [&'static str],
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KnownKeys<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.map.next_key_seed(KnownKey { seed, fields: self.fields })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}

/// A key that a table does not have.
pub(super) struct UnknownKey<'k> {
    key: &'k str,
    fields: &'k [&'static str],
    suggestion: Option<Suggestion>,
}

impl<'k> UnknownKey<'k> {
    pub(super) fn new(key: &'k str, fields: &'k [&'static str]) -> UnknownKey<'k> {
        UnknownKey { key, fields, suggestion: closest(key, fields.iter().copied()) }
    }

    #[cfg(feature = "orders-file")]
    pub(super) fn suggestion(self) -> Option<Suggestion> {
        self.suggestion
    }
}

impl fmt::Display for UnknownKey<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "unknown key {}", Quoted(self.key))?;
        Choice { suggestion: self.suggestion.as_ref(), words: self.fields.iter().copied() }.fmt(f)
    }
}

struct KnownKey<K> {
    seed: K,
    fields: &'static [&'static str],
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KnownKey<K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        let key = String::deserialize(deserializer)?;
        if !self.fields.contains(&key.as_str()) {
            return Err(de::Error::custom(UnknownKey::new(&key, self.fields)));
        }
        self.seed.deserialize(key.as_str().into_deserializer())
    }
}

/// Reads the `regions` of an order. An empty list is refused: deleting the last entry would widen the order.
pub(super) fn narrowing_regions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Region>, D::Error> {
    let regions = Vec::<Region>::deserialize(deserializer)?;
    if regions.is_empty() { Err(de::Error::custom(EMPTY)) } else { Ok(regions) }
}

/// Reads a map and refuses a key given twice. JSON allows it, and the last one would silently win: a group could reach further
/// than a reader of the file believes.
pub(crate) fn unique_keys<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct UniqueKeys<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for UniqueKeys<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str("a table, such as { key = … }")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut read = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                if is_toml_date(&key) {
                    return Err(de::Error::custom("a date where a table belongs: write a table, such as { key = … }"));
                }
                if read.contains_key(&key) {
                    return Err(de::Error::custom(format_args!("{} is given twice: keep one", Quoted(&key))));
                }
                read.insert(key, map.next_value()?);
            }
            Ok(read)
        }
    }
    deserializer.deserialize_map(UniqueKeys(PhantomData))
}
