//! Orders files in TOML.

use std::ops::Range;

use serde::de::{DeserializeOwned, DeserializeSeed};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer, ValueDeserializer};

use super::error::ReadError;
use super::format::{Format, Read, Refusal};
use super::node::{Kind, Node};
use crate::order::Docket;

impl Docket {
    /// Reads an orders file in TOML, with the feature `toml`.
    ///
    /// Reads what `toml::from_str` reads, with three differences: an end mark must be last, the text has at most
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
    /// let error = Docket::from_toml("[[orders]]\nid = 'gb-1'\nissuer = 'GB'\nmetings = ['m']\nstatus = 'in force'\n").unwrap_err();
    /// assert_eq!((error.line(), error.column(), error.order()), (4, 1, Some("gb-1")));
    /// assert_eq!((error.value(), error.suggestion()), (Some("metings"), Some("meetings")));
    /// assert_eq!(error.errors()[1].suggestion(), Some("in-force"));
    /// ```
    pub fn from_toml(text: &str) -> Result<Docket, ReadError> {
        Docket::from_text::<Toml>(text)
    }
}

/// TOML, as a format of orders files.
#[derive(Debug)]
pub(crate) struct Toml;

impl Format for Toml {
    const HAS_HEADERS: bool = true;

    fn read<T: DeserializeOwned>(text: &str) -> Result<Read<T>, Refusal> {
        let refused = |error: &toml::de::Error, syntax_from| Refusal {
            message: error.message().to_owned(),
            at: error.span().unwrap_or_default(),
            syntax_from,
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        if let Some(first) = errors.iter().min_by_key(|error| error.span().map(|span| span.start)) {
            // The error may be later in its line than values that it spoils, so nothing of the line counts as read.
            let at = first.span().unwrap_or_default().start;
            let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
            return Err(refused(first, Some(line)));
        }
        let misplaced_end = misplaced_end(root.get_ref());
        let value = T::deserialize(Deserializer::from(root)).map_err(|error| refused(&error, None))?;
        Ok(Read { value, misplaced_end })
    }

    /// The parser limits the depth of tables and lists, and so of this recursion.
    fn nodes(text: &str) -> Node {
        let (root, _) = DeTable::parse_recoverable(text);
        Node { kind: Kind::Table, children: entries(root.get_ref()), ..Node::default() }.sorted()
    }

    fn scalar<'t, S: DeserializeSeed<'t>>(value: &'t str, seed: S) -> Result<S::Value, String> {
        let read = ValueDeserializer::parse(value).and_then(|value| seed.deserialize(value));
        read.map_err(|error| error.message().to_owned())
    }
}

/// The key `end`, when another key or a header stands behind it.
fn misplaced_end(root: &DeTable<'_>) -> Option<Range<usize>> {
    let (end, _) = root.iter().find(|(key, _)| key.get_ref() == "end")?;
    let at = end.span();
    let others = root.iter().filter(|(key, _)| key.get_ref() != "end");
    others.map(|(key, value)| key.span().start.max(last(value))).any(|last| last > at.start).then_some(at)
}

/// The start of the last part of a value.
fn last(value: &Spanned<DeValue<'_>>) -> usize {
    let inner = match value.get_ref() {
        DeValue::Table(table) => table.iter().map(|(key, value)| key.span().start.max(last(value))).max(),
        // Tables of a list stand in its sequence.
        DeValue::Array(values) => values.iter().next_back().map(last),
        _ => None,
    };
    inner.unwrap_or_default().max(value.span().start)
}

fn entries(table: &DeTable<'_>) -> Vec<Node> {
    let entry = |(key, value): (&Spanned<DeString<'_>>, _)| {
        let (name, span) = (key.get_ref().to_string(), key.span());
        Node { key: name, key_span: span, ..node(value) }
    };
    table.iter().map(entry).collect()
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let (kind, children) = match value.get_ref() {
        DeValue::Table(table) => (Kind::Table, entries(table)),
        DeValue::Array(values) => (Kind::List, values.iter().map(node).collect()),
        _ => (Kind::Scalar, Vec::new()),
    };
    Node { kind, span: value.span(), children, ..Node::default() }.sorted()
}
