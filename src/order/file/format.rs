//! A format of orders files, as the rest of this folder sees it.

use std::ops::Range;

use serde::de::{DeserializeOwned, DeserializeSeed};

use super::node::Node;

/// A format that orders and cases are written in.
pub(crate) trait Format {
    /// Whether a table may go on below a header of its own.
    const HAS_HEADERS: bool;

    /// Reads a text, with the place of the end mark when it has one.
    fn read<T: DeserializeOwned>(text: &str) -> Result<Read<T>, Refusal>;

    /// Finds the values of a text, as far as it can be read.
    fn nodes(text: &str) -> Node;

    /// Reads a value that is no table and no list.
    fn scalar<'t, S: DeserializeSeed<'t>>(value: &'t str, seed: S) -> Result<S::Value, String>;
}

/// A value that was read from a text.
pub(crate) struct Read<T> {
    pub(crate) value: T,
    /// The key `end` of the text, when something stands behind it.
    pub(crate) misplaced_end: Option<Range<usize>>,
}

/// A parser's refusal of a text.
pub(crate) struct Refusal {
    /// On one line or several, as the parser has it.
    pub(crate) message: String,
    pub(crate) at: Range<usize>,
    /// The offset of an error of syntax. Values that end before it can be read.
    pub(crate) syntax_from: Option<usize>,
}
