//! The configuration as it is written: the keys, with the positions of their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) policy: Spanned<RawPolicy>,
    #[serde(default)]
    pub(super) listen: Vec<Spanned<RawListen>>,
    pub(super) ledger: Option<RawLedger>,
    pub(super) log: Option<RawLog>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) orders: Option<Spanned<String>>,
    pub(super) geo: Option<Vec<Spanned<String>>>,
    pub(super) exclude: Option<Vec<Spanned<String>>>,
    pub(super) min_sources: Option<Spanned<usize>>,
    pub(super) requirements: Option<Spanned<String>>,
    pub(super) max_newly_reached: Option<Spanned<u64>>,
    pub(super) watch: Option<Spanned<String>>,
    pub(super) bundle: Option<Spanned<String>>,
    pub(super) origin: Option<Spanned<String>>,
    pub(super) keys: Option<Spanned<Vec<RawKey>>>,
    pub(super) threshold: Option<Spanned<BTreeMap<String, Spanned<u32>>>>,
    pub(super) state: Option<Spanned<String>>,
    pub(super) poll: Option<Spanned<String>>,
    pub(super) minimum_version: Option<Spanned<u64>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) max_size: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKey {
    pub(super) vkey: Spanned<String>,
    pub(super) role: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawListen {
    pub(super) address: Spanned<String>,
    pub(super) mode: Spanned<String>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) client_address: Option<Spanned<String>>,
    pub(super) meeting: Option<Spanned<RawRule>>,
    pub(super) account: Option<Spanned<RawRule>>,
    pub(super) host_region: Option<Spanned<RawRule>>,
    pub(super) participant: Option<Spanned<RawRule>>,
    pub(super) exempt: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) blocked_by: Option<Spanned<String>>,
    pub(super) status: Option<Spanned<u16>>,
    pub(super) max_connections: Option<Spanned<usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLedger {
    pub(super) path: Spanned<String>,
    pub(super) key: Spanned<String>,
    pub(super) rotate: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLog {
    pub(super) level: Option<Spanned<String>>,
}

/// How a value is found: a fixed text, or a table.
#[derive(Debug)]
pub(super) enum RawRule {
    Fixed(String),
    Find(Box<RawFind>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFind {
    pub(super) from: Option<Spanned<String>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) query: Option<Spanned<String>>,
    pub(super) repeated: Option<Spanned<String>>,
    pub(super) json: Option<Spanned<String>>,
    pub(super) jwt: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for RawRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawRule, D::Error> {
        struct Rule;
        impl<'de> Visitor<'de> for Rule {
            type Value = RawRule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table such as `{ query = \"room\" }`")
            }

            fn visit_str<E>(self, text: &str) -> Result<RawRule, E> {
                Ok(RawRule::Fixed(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawRule, A::Error> {
                RawFind::deserialize(MapAccessDeserializer::new(map)).map(|find| RawRule::Find(Box::new(find)))
            }
        }
        deserializer.deserialize_any(Rule)
    }
}

/// The keys of each table, as serde knows them.
pub(super) fn keys() -> Vec<(&'static str, &'static [&'static str])> {
    vec![
        ("", fields::<RawConfig>()),
        ("policy", fields::<RawPolicy>()),
        ("policy.keys", fields::<RawKey>()),
        ("listen", fields::<RawListen>()),
        ("rule", fields::<RawFind>()),
        ("ledger", fields::<RawLedger>()),
        ("log", fields::<RawLog>()),
    ]
}

/// The names of a struct's fields, by the call that its derived `Deserialize` makes.
fn fields<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    struct Names<'n>(&'n mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only the names are asked for"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            names: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = names;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
            tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut names: &'static [&'static str] = &[];
    let _ = T::deserialize(Names(&mut names));
    names
}
