//! JSON objects, one a line.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

use crate::backtest::columns::Columns;
use crate::backtest::row::{Raw, Values, absent};

/// The hint for a line that cannot be read.
pub(crate) const OBJECT: &str =
    "write one JSON object a line, with each key once, such as `{\"meeting\":\"…\",\"address\":\"…\",\"time\":\"…\"}`";

/// The values of an object.
pub(crate) fn values<'t>(line: &'t str, columns: &Columns) -> Result<Values<'t>, &'static str> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let values = deserializer.deserialize_map(Object(columns)).map_err(|_| OBJECT)?;
    deserializer.end().map_err(|_| OBJECT)?;
    Ok(values)
}

struct Object<'c>(&'c Columns);

impl<'t> Visitor<'t> for Object<'_> {
    type Value = Values<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'t>>(self, mut map: M) -> Result<Values<'t>, M::Error> {
        let (mut values, mut seen) = (absent(), [false; 5]);
        while let Some(key) = map.next_key_seed(Text)? {
            let Some(field) = self.0.field(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if let (Some(value), Some(seen)) = (values.get_mut(field.at()), seen.get_mut(field.at())) {
                if std::mem::replace(seen, true) {
                    return Err(M::Error::custom("a key twice"));
                }
                *value = map.next_value_seed(Value)?;
            }
        }
        Ok(values)
    }
}

/// A text, borrowed where it has no escapes.
struct Text;

impl<'t> DeserializeSeed<'t> for Text {
    type Value = Cow<'t, str>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Cow<'t, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Text {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A value of any kind.
struct Value;

impl<'t> DeserializeSeed<'t> for Value {
    type Value = Raw<'t>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Raw<'t>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Value {
    type Value = Raw<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Raw<'t>, E> {
        Ok(Raw::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw<'t>, E> {
        Ok(Raw::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Raw<'t>, E> {
        Ok(Raw::Absent)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Raw<'t>, E> {
        Ok(Raw::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Raw<'t>, E> {
        Ok(i64::try_from(number).map_or_else(|_| Raw::Other(number.to_string()), Raw::Number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Raw<'t>, E> {
        Ok(Raw::Other(number.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Raw<'t>, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_seq<A: serde::de::SeqAccess<'t>>(self, mut list: A) -> Result<Raw<'t>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Raw::Other("a list".to_owned()))
    }

    fn visit_map<M: MapAccess<'t>>(self, mut map: M) -> Result<Raw<'t>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Raw::Other("an object".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_and_other_keys_are_passed_over() {
        let columns = Columns::new(&[]).unwrap();
        let line = r#"{"x":[1,{"meeting":2}],"address":"1.2.3.4","meeting":"a\"b","time":7,"account":null,"host_region":false}"#;
        let expected =
            [Raw::Text("a\"b".into()), Raw::Text("1.2.3.4".into()), Raw::Number(7), Raw::Absent, Raw::Other("false".to_owned())];
        assert_eq!(values(line, &columns).unwrap(), expected);
        assert_eq!(values("{}", &columns).unwrap(), absent());
        for line in ["", "7", "[]", "{", "{\"meeting\":\"a\",\"meeting\":\"b\"}", "{}{}", "{\"meeting\":\"\\ud800\"}", "{\"a\":1,}"]
        {
            assert!(values(line, &columns).is_err(), "{line}");
        }
        let deep = format!("{{\"meeting\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(values(&deep, &columns).unwrap()[0], Raw::Other("a list".to_owned()), "no depth is recursion");
    }
}
