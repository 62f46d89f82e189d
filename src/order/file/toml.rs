//! Orders files in TOML.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer, ValueDeserializer};

use super::error::ReadError;
use super::failure::{At, Failure};
use super::{File, Node, Origin};
use crate::order::Docket;

impl Docket {
    /// Reads an orders file in TOML, with the feature `toml`.
    ///
    /// What is valid is what `toml::from_str` reads. In addition errors tell where they are, and show it, and so do those of
    /// [`Policy::compile`](crate::Policy::compile): the docket keeps a copy of the text for them.
    ///
    /// # Errors
    ///
    /// The first thing that cannot be read.
    ///
    /// ```
    /// use bailiwick::Docket;
    ///
    /// let error = Docket::from_toml("[[orders]]\nid = 'gb-1'\nissuer = 'GB'\nmetings = ['m']\n").unwrap_err();
    /// assert_eq!((error.line(), error.column(), error.order()), (4, 1, Some("gb-1")));
    /// assert_eq!((error.value(), error.suggestion()), (Some("metings"), Some("meetings")));
    /// ```
    pub fn from_toml(text: &str) -> Result<Docket, ReadError> {
        let mut docket = read(text)?;
        docket.origin = Origin(Some(File { text: Arc::from(text), read, nodes }));
        Ok(docket)
    }
}

fn read(text: &str) -> Result<Docket, ReadError> {
    let failure = |error: &toml::de::Error, path, at: fn(Range<usize>) -> At| {
        let at = at(error.span().unwrap_or_default());
        Failure { text, root: nodes(text), path, at, message: error.message(), decode }.into_error()
    };
    let deserializer = Deserializer::parse(text).map_err(|error| failure(&error, None, At::Syntax))?;
    let read = serde_path_to_error::deserialize(deserializer);
    read.map_err(|error| failure(error.inner(), Some(error.path().clone()), At::Known))
}

/// What stands where. Tables and lists are no deeper than the parser lets them be.
fn nodes(text: &str) -> Node {
    let (root, _) = DeTable::parse_recoverable(text);
    Node { span: root.span(), children: entries(root.get_ref()), ..Node::default() }.sorted()
}

fn entries(table: &DeTable<'_>) -> Vec<Node> {
    let entry = |(key, value): (&Spanned<DeString<'_>>, _)| {
        let (name, span) = (key.get_ref().to_string(), key.span());
        Node { key: name, key_span: span, ..node(value) }
    };
    table.iter().map(entry).collect()
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let children = match value.get_ref() {
        DeValue::Table(table) => entries(table),
        DeValue::Array(values) => values.iter().map(node).collect(),
        _ => Vec::new(),
    };
    Node { span: value.span(), children, ..Node::default() }.sorted()
}

/// The text that a value stands for.
fn decode(value: &str) -> Option<String> {
    String::deserialize(ValueDeserializer::parse(value).ok()?).ok()
}
