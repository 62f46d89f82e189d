//! The values of a text, with their positions.

use std::ops::Range;

/// A value in a text, and its parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The key of the value in its table; empty in a list.
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    /// Of a table of TOML this is its header.
    pub(crate) span: Range<usize>,
    /// The values of a list as they stand, or of a table ascending by key.
    pub(crate) children: Vec<Node>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    Table,
    List,
    #[default]
    Scalar,
}

impl Node {
    /// The value with a key. The first, when a table has the key twice, which no docket has.
    pub(crate) fn child(&self, key: &str) -> Option<&Node> {
        let first = self.children.partition_point(|child| child.key.as_str() < key);
        self.children.get(first).filter(|child| child.key == key)
    }

    /// Sorts the values of a table by key. Values with one key stay as they stand, and so do those of a list.
    pub(crate) fn sorted(mut self) -> Node {
        self.children.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }

    /// The start of the value or of its key.
    pub(crate) fn start(&self) -> usize {
        if self.key_span.is_empty() { self.span.start } else { self.key_span.start.min(self.span.start) }
    }
}
