//! Reading tables and words strictly, whatever the format lets through.
//!
//! The derived `Deserialize` also takes a list for a table, field by position, and a table for a word. In an order either is a
//! slip that moves its meaning, so both are refused here. Messages quote what they repeat.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use crate::text::quote::Quoted;
use crate::text::timestamp::is_toml_date;

/// Wraps a format's deserializer for the derived code of a struct: takes a table alone, whose keys are the struct's fields.
pub(super) struct Table<D> {
    pub(super) deserializer: D,
    /// What is read, for messages.
    pub(super) expected: &'static str,
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

struct KnownKey<K> {
    seed: K,
    fields: &'static [&'static str],
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KnownKey<K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        let key = String::deserialize(deserializer)?;
        if !self.fields.contains(&key.as_str()) {
            let choice = Choice(&key, self.fields.iter().copied());
            return Err(de::Error::custom(format_args!("unknown key {}: {choice}", Quoted(&key))));
        }
        self.seed.deserialize(key.as_str().into_deserializer())
    }
}

/// Reads one of a few words.
pub(super) fn word<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    what: &'static str,
    words: &'static [(&'static str, T)],
) -> Result<T, D::Error> {
    struct Word<T: 'static> {
        what: &'static str,
        words: &'static [(&'static str, T)],
    }
    impl<T: Copy> Visitor<'_> for Word<T> {
        type Value = T;

        fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "{} as a word", self.what)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            let known = self.words.iter().find(|&&(word, _)| word == text);
            known.map(|&(_, value)| value).ok_or_else(|| {
                let choice = Choice(text, self.words.iter().map(|&(word, _)| word));
                E::custom(format_args!("{} is not {}: {choice}", Quoted(text), self.what))
            })
        }
    }
    deserializer.deserialize_str(Word { what, words })
}

/// What to write instead of a text: the word that was most likely meant, or all there are.
struct Choice<'t, I>(&'t str, I);

impl<'w, I: Iterator<Item = &'w str> + Clone> fmt::Display for Choice<'_, I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        /// Texts less alike than this (Jaro-Winkler, 0 to 1) are not taken for a slip of the pen.
        const ALIKE: f64 = 0.85;
        /// No word is longer; comparing longer texts would take time for nothing.
        const LONGEST: usize = 64;
        let text = self.0.trim().to_lowercase();
        let likeness = |word: &str| if text.len() > LONGEST { 0.0 } else { strsim::jaro_winkler(&text, word) };
        let closest = self.1.clone().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(word) = closest.filter(|word| likeness(word) >= ALIKE) {
            return write!(f, "did you mean `{word}`?");
        }
        f.write_str("write one of ")?;
        self.1.clone().enumerate().try_for_each(|(n, word)| write!(f, "{}`{word}`", if n == 0 { "" } else { ", " }))
    }
}

/// Reads a map and refuses a key given twice. JSON allows it, and the last one would silently win: a group could reach further
/// than a reader of the file believes.
pub(super) fn unique_keys<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
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
