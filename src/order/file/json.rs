//! Orders files in JSON.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::error::ReadError;
use super::failure::{At, Failure};
use super::{File, Node, Origin};
use crate::order::Docket;

impl Docket {
    /// Reads an orders file in JSON, with the feature `json`.
    ///
    /// What is valid is what `serde_json::from_str` reads. In addition errors tell where they are, and show it, and so do those of
    /// [`Policy::compile`](crate::Policy::compile): the docket keeps a copy of the text for them.
    ///
    /// # Errors
    ///
    /// The first thing that cannot be read.
    ///
    /// ```
    /// use bailiwick::Docket;
    ///
    /// let error = Docket::from_json(r#"{"orders": [{"id": "gb-1", "issuer": "GB", "status": "in force"}]}"#).unwrap_err();
    /// assert_eq!((error.line(), error.column(), error.order()), (1, 54, Some("gb-1")));
    /// assert_eq!((error.value(), error.suggestion()), (Some("in force"), Some("in-force")));
    /// ```
    pub fn from_json(text: &str) -> Result<Docket, ReadError> {
        let mut docket = read(text)?;
        docket.origin = Origin(Some(File { text: Arc::from(text), read, nodes }));
        Ok(docket)
    }
}

fn read(text: &str) -> Result<Docket, ReadError> {
    let mut deserializer = Deserializer::from_str(text);
    let failure = |error: &serde_json::Error, root, path| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let read_to = read_to(text, error);
        let at = if error.is_data() { At::ReadTo(read_to) } else { At::Syntax(read_to.saturating_sub(1)..read_to) };
        Failure { text, root, path, at, message, decode }.into_error()
    };
    let docket = serde_path_to_error::deserialize(&mut deserializer);
    let docket = docket.map_err(|error| failure(error.inner(), nodes(text), Some(error.path().clone())))?;
    // What follows the docket is in none of it.
    deserializer.end().map_err(|error| failure(&error, Node::default(), None))?;
    Ok(docket)
}

/// How many bytes were read before an error. Its column counts those of its line.
fn read_to(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines.map(str::len).sum::<usize>() + error.column()
}

/// How deep a docket is: in it are its orders, an order, a field, and what the field lists.
const DEPTH: usize = 5;

/// What stands where, as far as it can be read.
fn nodes(text: &str) -> Node {
    node(text, text, DEPTH)
}

fn node(text: &str, value: &str, depth: usize) -> Node {
    let value = value.trim_start_matches(SPACE);
    let parts = if depth > 0 && value.starts_with(['{', '[']) { parts(value) } else { Vec::new() };
    let children = parts.into_iter().map(|(key, value)| {
        let node = node(text, value, depth - 1);
        if key.is_empty() { node } else { Node { key: decode(key).unwrap_or_default(), key_span: span(text, key), ..node } }
    });
    Node { span: span(text, value), children: children.collect(), ..Node::default() }.sorted()
}

/// White space, as JSON has it.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where a part of a text stands in it.
fn span(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    start..start + part.len()
}

/// The keys and values of an object, or the values of a list with empty keys, as they are written. Where that stops to be JSON, the
/// last value is all that follows.
fn parts(value: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    // An error leaves what was read before it.
    drop(Deserializer::from_str(value).deserialize_any(Reader { value, parts: &mut parts }));
    parts
}

struct Reader<'p, 't> {
    value: &'t str,
    parts: &'p mut Vec<(&'t str, &'t str)>,
}

impl<'t> Reader<'_, 't> {
    /// What follows a part of the value and the punctuation after it.
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
