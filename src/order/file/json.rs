//! Orders files in JSON.

use std::fmt;
use std::ops::Range;

use serde::Deserializer as _;
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::error::ReadError;
use super::format::{Format, Read, Refusal};
use super::node::{Kind, Node};
use crate::order::Docket;

impl Docket {
    /// Reads an orders file in JSON, with the feature `json`.
    ///
    /// Reads what `serde_json::from_str` reads, with three differences: the member `end` must be last, the text has at most
    /// [`MAX_FILE`](crate::order::MAX_FILE) bytes, and it may begin with a byte-order mark. Errors point into the text, and so do
    /// those of [`Policy::compile`](crate::Policy::compile): the docket keeps a copy of the text for them.
    ///
    /// # Errors
    ///
    /// All errors that do not follow from each other. Nothing is read after an error of syntax.
    ///
    /// ```
    /// use bailiwick::Docket;
    ///
    /// let error = Docket::from_json(r#"{"orders": [{"id": "gb-1", "issuer": "GB", "status": "in force"}]}"#).unwrap_err();
    /// assert_eq!((error.line(), error.column(), error.order()), (1, 54, Some("gb-1")));
    /// assert_eq!((error.value(), error.suggestion()), (Some("in force"), Some("in-force")));
    /// ```
    pub fn from_json(text: &str) -> Result<Docket, ReadError> {
        Docket::from_text::<Json>(text)
    }
}

/// JSON, as a format of orders files.
#[derive(Debug)]
pub(crate) struct Json;

impl Format for Json {
    const HAS_HEADERS: bool = false;

    fn read<T: DeserializeOwned>(text: &str) -> Result<Read<T>, Refusal> {
        let mut deserializer = Deserializer::from_str(text);
        // What follows the value is in none of it.
        let value = T::deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
        let value = value.map_err(|error| refused(text, &error))?;
        Ok(Read { value, misplaced_end: misplaced_end(text) })
    }

    fn nodes(text: &str) -> Node {
        node(text, text, DEPTH)
    }

    fn scalar<'t, S: DeserializeSeed<'t>>(value: &'t str, seed: S) -> Result<S::Value, String> {
        seed.deserialize(&mut Deserializer::from_str(value)).map_err(|error| message(&error))
    }
}

/// The refusal of a text. serde stops at the first wrong value, after which there may be an error of syntax.
fn refused(text: &str, error: &serde_json::Error) -> Refusal {
    let mut deserializer = Deserializer::from_str(text);
    let behind = error.is_data().then(|| IgnoredAny::deserialize(&mut deserializer).and_then(|_| deserializer.end()).err());
    let is_syntax = behind.as_ref().is_none_or(Option::is_some);
    let behind = behind.flatten();
    let told = behind.as_ref().unwrap_or(error);
    let read_to = read_to(text, told);
    let at = read_to.saturating_sub(1)..read_to;
    Refusal { message: message(told), syntax_from: is_syntax.then_some(at.start), at }
}

/// The message of an error, without the place.
fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

/// The key `end`, when another key stands behind it.
fn misplaced_end(text: &str) -> Option<Range<usize>> {
    let members = parts(text);
    let (_, before) = members.split_last()?;
    let end = before.iter().find(|(key, _)| decode(key).as_deref() == Some("end"))?;
    Some(span(text, end.0))
}

/// The number of bytes that were read before an error. The error's column counts the bytes of its line.
fn read_to(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines.map(str::len).sum::<usize>() + error.column()
}

/// The nesting depth of a docket: docket, orders, order, field, element.
const DEPTH: usize = 5;

fn node(text: &str, value: &str, depth: usize) -> Node {
    let value = value.trim_start_matches(SPACE);
    let parts = if depth > 0 && value.starts_with(['{', '[']) { parts(value) } else { Vec::new() };
    let children = parts.into_iter().map(|(key, value)| {
        let node = node(text, value, depth - 1);
        if key.is_empty() { node } else { Node { key: decode(key).unwrap_or_default(), key_span: span(text, key), ..node } }
    });
    let kind = match value.as_bytes().first() {
        Some(b'{') => Kind::Table,
        Some(b'[') => Kind::List,
        _ => Kind::Scalar,
    };
    Node { kind, span: span(text, value), children: children.collect(), ..Node::default() }.sorted()
}

/// White space, as JSON has it.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The position of a part of a text.
fn span(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    start..start + part.len()
}

/// The keys and values of an object, or the values of a list with empty keys, as they are written. After an error of syntax, the
/// rest of the text is the last value.
fn parts(value: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    // After an error, the parts read so far stay.
    drop(Deserializer::from_str(value).deserialize_any(Reader { value, parts: &mut parts }));
    parts
}

struct Reader<'p, 't> {
    value: &'t str,
    parts: &'p mut Vec<(&'t str, &'t str)>,
}

impl<'t> Reader<'_, 't> {
    /// The rest of the value after a part and its punctuation.
    fn rest(&self, part: &str, punctuation: char) -> &'t str {
        let rest = self.value.get(span(self.value, part).end..).unwrap_or_default().trim_start_matches(SPACE);
        rest.strip_prefix(punctuation).unwrap_or(rest).trim_start_matches(SPACE)
    }
}

impl<'t> Visitor<'t> for Reader<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&RawValue>()? {
            let value = map.next_value::<&RawValue>();
            self.parts.push((key.get(), value.as_ref().map_or_else(|_| self.rest(key.get(), ':'), |value| value.get())));
            value?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            match list.next_element::<&RawValue>() {
                Ok(Some(value)) => self.parts.push(("", value.get())),
                Ok(None) => return Ok(()),
                Err(error) => {
                    let open = self.value.get(..1).unwrap_or_default();
                    let last = self.parts.last().map_or(open, |&(_, last)| last);
                    self.parts.push(("", self.rest(last, ',')));
                    return Err(error);
                }
            }
        }
    }
}

/// The text that a value stands for.
fn decode(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}
