//! Finds all errors of a text, value by value.

use std::fmt;
use std::iter;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::error::{Found, Passage, ReadError};
use super::format::{Format, Refusal};
use super::node::{Kind, Node};
use super::shape::{Field, Rule, Shape, Wrong};
use crate::order::end::{OrderCount, WrongCount};
use crate::order::strict::UnknownKey;
use crate::order::subject::Subject;
use crate::text::quote::Quoted;
use crate::text::suggestion::Suggestion;
use crate::text::timestamp::is_toml_date;

/// The most errors that are collected. A hostile file may have one for every few bytes; each takes some hundred bytes of memory.
const MAX_ERRORS: usize = 100_000;

/// All errors of a text that serde refuses, in the sequence of the text. An error of syntax is the last.
pub(super) fn errors<F: Format>(text: &str, shape: &Shape, refused: &Refusal) -> ReadError {
    let root = F::nodes(text);
    let whole_to = refused.syntax_from.unwrap_or(usize::MAX);
    let mut walk = Walk::<F> { text, root: &root, whole_to, path: Vec::new(), found: Vec::new(), format: PhantomData };
    walk.value(&root, shape, whole_to == usize::MAX);
    walk.count();
    let mut found = walk.found;
    found.sort_by_key(|found| found.passage.at.start);
    if refused.syntax_from.is_some() || found.is_empty() {
        let path = path_to::<F>(&root, text, refused.at.start);
        let passage =
            Passage { subject: subject::<F>(&root, text, &path), field: field(&path), value: None, at: refused.at.clone() };
        found.truncate(MAX_ERRORS - 1);
        found.push(Found { passage, message: refused.message.clone(), suggestion: None });
    }
    ReadError::new(text, found)
}

/// A step from a table or a list to one of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

struct Walk<'w, F> {
    text: &'w str,
    root: &'w Node,
    /// The offset of an error of syntax. Values that end behind it are not checked, nor are tables and lists that begin there.
    whole_to: usize,
    path: Vec<Step>,
    found: Vec<Found>,
    format: PhantomData<F>,
}

impl<'w, F: Format> Walk<'w, F> {
    /// Finds the errors of a value. A required field that is missing is an error only in a table that `is_whole`.
    fn value(&mut self, node: &'w Node, shape: &Shape, is_whole: bool) {
        // A table or a list counts when it begins before the error: its values are checked one by one.
        let end = if node.kind == Kind::Scalar { node.span.end } else { node.start() + 1 };
        // In a text that ends too early, the missing value is empty.
        let is_missing = node.kind == Kind::Scalar && node.span.is_empty() && self.whole_to < usize::MAX;
        if end > self.whole_to || is_missing || self.is_full() {
            return;
        }
        match (shape, node.kind) {
            (Shape::Text { expected, check }, Kind::Scalar) => match self.scalar(node, Text(expected)) {
                Ok(text) => {
                    if let Err(Wrong { message, suggestion }) = check(&text) {
                        self.tell(node.span.clone(), Some(text), message, suggestion);
                    }
                }
                Err(message) => self.tell(node.span.clone(), self.written(node), message, None),
            },
            (Shape::Number { .. }, Kind::Scalar) => {
                if let Err(message) = self.scalar(node, Number) {
                    self.tell(node.span.clone(), self.written(node), message, None);
                }
            }
            (Shape::List { never_empty: Some(why), .. }, Kind::List) if node.children.is_empty() => {
                self.tell(node.span.clone(), None, (*why).to_owned(), None);
            }
            (Shape::List { of, .. }, Kind::List) => self.list(node, of, is_whole),
            (Shape::Map { of, .. }, Kind::Table) => {
                in_sequence(node).into_iter().for_each(|child| self.entry(node, child, of, is_whole));
            }
            (Shape::Table { fields, rule, .. }, Kind::Table) => {
                self.table(node, fields, is_whole);
                let broken = rule.filter(|_| is_whole).and_then(|rule| rule(&|name| node.child(name).is_some()));
                if let Some(Rule { field, message }) = broken {
                    self.path.push(Step::Key(field.to_owned()));
                    self.tell(node.span.clone(), None, message.to_owned(), None);
                    self.path.pop();
                }
            }
            (shape, kind) => {
                let nothing = Nothing(shape.expected());
                let message = match kind {
                    Kind::Scalar => self.scalar(node, nothing).err(),
                    Kind::List => mismatch(nothing, SeqDeserializer::new(iter::empty::<u8>())),
                    Kind::Table => mismatch(nothing, MapDeserializer::new(iter::empty::<(u8, u8)>())),
                };
                self.tell(node.span.clone(), self.written(node), message.unwrap_or_default(), None);
            }
        }
    }

    fn list(&mut self, node: &'w Node, of: &Shape, is_whole: bool) {
        for (at, child) in node.children.iter().enumerate() {
            // A value is whole when the next one has begun.
            let has_next = node.children.get(at + 1).is_some_and(|next| next.start() < self.whole_to);
            self.path.push(Step::Index(at));
            self.value(child, of, is_whole || has_next);
            self.path.pop();
        }
    }

    fn table(&mut self, node: &'w Node, fields: &'static [Field], is_whole: bool) {
        for child in in_sequence(node) {
            match fields.iter().find(|field| field.name == child.key) {
                Some(field) => self.entry(node, child, field.shape, is_whole),
                None if child.key_span.end <= self.whole_to => {
                    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                    let unknown = UnknownKey::new(&child.key, &names);
                    let message = unknown.to_string();
                    self.tell_key(child, message, unknown.suggestion());
                }
                None => {}
            }
        }
        if is_whole {
            for field in fields.iter().filter(|field| field.is_required && node.child(field.name).is_none()) {
                self.path.push(Step::Key(field.name.to_owned()));
                self.tell(node.span.clone(), None, format!("missing field `{}`", field.name), None);
                self.path.pop();
            }
        }
    }

    /// Checks the value of a key, and reports a key that its table has before.
    fn entry(&mut self, table: &Node, child: &'w Node, of: &Shape, is_whole: bool) {
        let first = table.child(&child.key).map_or(usize::MAX, Node::start);
        if first < child.start() && child.key_span.end <= self.whole_to {
            self.tell_key(child, format!("{} is given twice: keep one", Quoted(&child.key)), None);
        }
        self.path.push(Step::Key(child.key.clone()));
        self.value(child, of, is_whole);
        self.path.pop();
    }

    /// Checks the number of orders of a docket's end mark.
    fn count(&mut self) {
        let number = self.root.child("end").and_then(|end| end.child("orders"));
        let Some(number) = number.filter(|number| number.kind == Kind::Scalar && self.whole_to == usize::MAX) else { return };
        let Ok(written) = self.scalar(number, Number) else { return };
        let orders = self.root.child("orders").map_or(0, |orders| orders.children.len());
        if written != orders {
            self.path = vec![Step::Key("end".to_owned())];
            self.tell(number.span.clone(), self.written(number), WrongCount { written, orders }.to_string(), None);
        }
    }

    fn scalar<S: DeserializeSeed<'w>>(&self, node: &Node, seed: S) -> Result<S::Value, String> {
        F::scalar(self.text.get(node.span.clone()).unwrap_or_default(), seed)
    }

    /// The text that a value stands for; of one that is no text, as it is written.
    fn written(&self, node: &Node) -> Option<String> {
        let is_scalar = node.kind == Kind::Scalar && !node.span.is_empty();
        let written = self.text.get(node.span.clone()).filter(|_| is_scalar)?;
        Some(F::scalar(written, Text("")).unwrap_or_else(|_| written.to_owned()))
    }

    fn tell_key(&mut self, child: &Node, message: String, suggestion: Option<Suggestion>) {
        self.path.push(Step::Key(child.key.clone()));
        self.tell(child.key_span.clone(), Some(child.key.clone()), message, suggestion);
        self.path.pop();
    }

    /// Whether no more errors are collected.
    fn is_full(&self) -> bool {
        self.found.len() >= MAX_ERRORS
    }

    fn tell(&mut self, at: Range<usize>, value: Option<String>, message: String, suggestion: Option<Suggestion>) {
        if self.is_full() {
            return;
        }
        let subject = subject::<F>(self.root, self.text, &self.path);
        self.found.push(Found { passage: Passage { subject, field: field(&self.path), value, at }, message, suggestion });
    }
}

/// The values of a table as they stand in the text.
fn in_sequence(table: &Node) -> Vec<&Node> {
    let mut children: Vec<&Node> = table.children.iter().collect();
    children.sort_by_key(|child| child.start());
    children
}

/// Reads a string.
struct Text(&'static str);

impl<'de> DeserializeSeed<'de> for Text {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        // Any value, so that `null` is told as what it is.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_unit<E: de::Error>(self) -> Result<String, E> {
        Err(null(self.0))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<String, A::Error> {
        Err(no_map(map, &self, "a date or time without quotes: write a string, such as \"2020-06-03T00:00:00Z\""))
    }
}

/// Reads a number from 0 on.
struct Number;

impl<'de> DeserializeSeed<'de> for Number {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        OrderCount::deserialize(deserializer).map(|OrderCount(number)| number)
    }
}

/// Accepts no value: each is of an unexpected type.
struct Nothing(&'static str);

impl<'de> DeserializeSeed<'de> for Nothing {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nothing {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(null(self.0))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Err(no_map(map, &self, format_args!("a date where another value belongs: write {}", self.0)))
    }
}

/// The error of `null`: a key that is written and has no value is not absent.
fn null<E: de::Error>(expected: &str) -> E {
    E::custom(format_args!("`null` is no value: write {expected}, or leave the key out where it may be absent"))
}

/// The error of a map where another value belongs. A date of TOML comes as a map, too. So does a number of JSON where `serde_json` keeps
/// all digits (`arbitrary_precision`).
fn no_map<'de, A: MapAccess<'de>>(mut map: A, expected: &dyn de::Expected, date: impl fmt::Display) -> A::Error {
    let unexpected = match map.next_key::<String>() {
        Ok(Some(key)) if is_toml_date(&key) => return de::Error::custom(date),
        Ok(Some(key)) if key == "$serde_json::private::Number" => de::Unexpected::Other("number"),
        _ => de::Unexpected::Map,
    };
    de::Error::invalid_type(unexpected, expected)
}

fn mismatch<'de>(nothing: Nothing, value: impl Deserializer<'de, Error = de::value::Error>) -> Option<String> {
    nothing.deserialize(value).err().map(|error| error.to_string())
}

/// The order, group or case that a path leads into.
fn subject<F: Format>(root: &Node, text: &str, path: &[Step]) -> Option<Subject> {
    match path {
        [Step::Key(key), Step::Index(at), ..] if key == "orders" => {
            let order = root.child("orders").and_then(|orders| orders.children.get(*at));
            let id = order.and_then(|order| order.child("id")).and_then(|id| text.get(id.span.clone()));
            let id = id.and_then(|id| F::scalar(id, Text("")).ok()).unwrap_or_default();
            Some(Subject::order(&id, *at))
        }
        [Step::Key(key), Step::Index(at), ..] if key == "cases" => Some(Subject::Case { number: at.saturating_add(1) }),
        [Step::Key(key), Step::Key(name), ..] if key == "jurisdictions" => Some(Subject::group(name)),
        _ => None,
    }
}

/// The field of an order or a case that a path leads into, else the key beside them.
fn field(path: &[Step]) -> Option<String> {
    let inside = match path {
        [Step::Key(list), Step::Index(_), inside @ ..] if list == "orders" || list == "cases" => inside,
        _ => path,
    };
    match inside {
        [Step::Key(field), ..] => Some(field.clone()),
        _ => None,
    }
}

/// The child that begins last before an offset.
fn begun_last(node: &Node, offset: usize) -> Option<(usize, &Node)> {
    let begun = node.children.iter().enumerate().filter(|(_, inner)| inner.start() <= offset);
    begun.max_by_key(|(_, inner)| inner.start())
}

/// Whether the value is a table of TOML that goes on below its header.
fn is_header(node: &Node, text: &str) -> bool {
    let holds_key = node.span.start <= node.key_span.start && node.key_span.end <= node.span.end;
    let in_list = text.get(node.span.clone()).is_some_and(|header| header.starts_with("[["));
    if node.key.is_empty() { in_list } else { holds_key }
}

/// The path to the value that contains an error of syntax at `offset`: it begins last before the offset, and does not end before
/// it.
fn path_to<F: Format>(root: &Node, text: &str, offset: usize) -> Vec<Step> {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    // A malformed header of TOML could be the header of any table.
    if F::HAS_HEADERS && text.get(line..).is_some_and(|line| line.trim_start().starts_with('[')) {
        return Vec::new();
    }
    // A value of TOML ends before the end of its line, and what follows it there is put to it.
    let begin = if F::HAS_HEADERS { line } else { offset };
    let mut path = Vec::new();
    let mut node = root;
    while let Some((at, inner)) = begun_last(node, offset) {
        let goes_on = F::HAS_HEADERS && is_header(inner, text);
        if inner.span.end < begin && !goes_on {
            break;
        }
        path.push(if inner.key.is_empty() { Step::Index(at) } else { Step::Key(inner.key.clone()) });
        node = inner;
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    #[test]
    fn what_comes_as_a_map_is_told_as_what_it_is() {
        for (key, text, nothing) in [
            (
                "$__toml_private_datetime",
                "a date or time without quotes: write a string, such as \"2020-06-03T00:00:00Z\"",
                "a date where another value belongs: write a list",
            ),
            ("$serde_json::private::Number", "invalid type: number, expected a string", "invalid type: number, expected a list"),
            ("id", "invalid type: map, expected a string", "invalid type: map, expected a list"),
        ] {
            let map = || MapDeserializer::<_, Error>::new([(key, "1")].into_iter());
            assert_eq!(Text("a string").deserialize(map()).unwrap_err().to_string(), text);
            assert_eq!(Nothing("a list").deserialize(map()).unwrap_err().to_string(), nothing);
        }
    }
}
