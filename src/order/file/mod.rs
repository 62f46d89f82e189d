//! Orders files: text in, a docket out, and where in the text its orders and fields stand.
//!
//! What is valid is decided by the `Deserialize` of [`Docket`] alone, whatever the format. Here is only added *where* that was: the
//! [path](serde_path_to_error) to what was being read leads to it in a tree of [`Node`]s.

mod error;
mod failure;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "toml")]
mod toml;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use error::ReadError;

use super::{Docket, Order};
use crate::region::Region;
use crate::text::caret::{Caret, LineIndex};

/// A value in a text, and what is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// What the table that the value is in calls it; empty in a list.
    key: String,
    key_span: Range<usize>,
    /// Of a table of TOML this is its header.
    span: Range<usize>,
    /// The values of a list as they stand, or of a table ascending by key.
    children: Vec<Node>,
}

impl Node {
    /// The value with a key. Of several with the same one, which no docket has, that which was begun last before an offset.
    fn child_before(&self, key: &str, offset: usize) -> Option<&Node> {
        let first = self.children.partition_point(|child| child.key.as_str() < key);
        let same = self.children.iter().skip(first).take_while(|child| child.key == key);
        same.enumerate().take_while(|(n, child)| *n == 0 || child.key_span.start < offset).last().map(|(_, child)| child)
    }

    fn child(&self, key: &str) -> Option<&Node> {
        self.child_before(key, 0)
    }

    /// Puts what is in a table in its sequence. Values with the same key stay as they stand, and so do those of a list.
    fn sorted(mut self) -> Node {
        self.children.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }
}

/// What a docket was read from. A docket that was not has none.
#[derive(Clone, Default)]
pub(super) struct Origin(Option<File>);

#[derive(Clone)]
struct File {
    text: Arc<str>,
    read: fn(&str) -> Result<Docket, ReadError>,
    nodes: fn(&str) -> Node,
}

/// Where a docket comes from does not make it another.
impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0.as_ref().map_or(0, |file| file.text.len()))
    }
}

/// Where the orders, groups and fenced regions of a docket stand in the text that it was read from.
#[derive(Debug)]
pub(crate) struct Positions<'d> {
    docket: &'d Docket,
    /// The docket as the text has it. What the caller has changed since then has no place any more.
    read: Docket,
    root: Node,
    lines: LineIndex<'d>,
}

impl Docket {
    /// Reads the text again, which a docket that nothing is to be said about need not. `None` when there is no text.
    pub(crate) fn positions(&self) -> Option<Positions<'_>> {
        let file = self.origin.0.as_ref()?;
        let read = (file.read)(&file.text).ok()?;
        Some(Positions { docket: self, read, root: (file.nodes)(&file.text), lines: LineIndex::new(&file.text) })
    }
}

impl Positions<'_> {
    /// The order at a position in the docket, when it stands at the same one in the text, and is the same.
    pub(crate) fn order(&self, position: usize) -> Option<OrderPositions<'_>> {
        let order = self.docket.orders.get(position)?;
        let node = self.root.child("orders")?.children.get(position)?;
        (self.read.orders.get(position)? == order).then_some(OrderPositions { order, node, lines: &self.lines })
    }

    /// A group, when it is the same in the text.
    pub(crate) fn group(&self, name: &str) -> Option<RegionsPositions<'_>> {
        let regions = self.docket.jurisdictions.get(name)?;
        let node = self.root.child("jurisdictions")?.child(name)?;
        (self.read.jurisdictions.get(name)? == regions).then_some(RegionsPositions { regions, node, lines: &self.lines })
    }

    /// The fenced regions, when they are the same in the text.
    pub(crate) fn fenced(&self) -> Option<RegionsPositions<'_>> {
        let (regions, node) = (&self.docket.fenced, self.root.child("fenced")?);
        (self.read.fenced == *regions).then_some(RegionsPositions { regions, node, lines: &self.lines })
    }
}

/// Where an order stands in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderPositions<'p> {
    pub(crate) order: &'p Order,
    node: &'p Node,
    lines: &'p LineIndex<'p>,
}

impl OrderPositions<'_> {
    /// The caret under a field's value, or under one in its list. Of a field that the order does not have: under the id.
    pub(crate) fn caret(&self, field: &str, at: Option<usize>) -> Caret {
        let field = self.node.child(field).or_else(|| self.node.child("id")).unwrap_or(self.node);
        let value = at.and_then(|at| field.children.get(at)).unwrap_or(field);
        self.lines.caret(&value.span)
    }
}

/// Where a list of regions stands in a text: that of a group, or the fenced ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RegionsPositions<'p> {
    pub(crate) regions: &'p [Region],
    node: &'p Node,
    lines: &'p LineIndex<'p>,
}

impl RegionsPositions<'_> {
    /// The caret under the key: the group's name.
    pub(crate) fn name(&self) -> Caret {
        self.lines.caret(&self.node.key_span)
    }

    /// The caret under the list, or under a region in it.
    pub(crate) fn caret(&self, at: Option<usize>) -> Caret {
        self.lines.caret(&at.and_then(|at| self.node.children.get(at)).unwrap_or(self.node).span)
    }
}
