//! Orders files: reads a docket from a text, and finds the positions of its orders and fields.
//!
//! The `Deserialize` of [`Docket`] alone decides what is valid, in every format. When that refuses a text, [`walk`] goes through
//! all of its values and finds each that is wrong, as [`shape`] has them.

mod error;
mod format;
mod node;
mod shape;
mod walk;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "toml")]
mod toml;

use std::fmt;
use std::sync::Arc;

pub use error::{ReadDefect, ReadError};
pub(crate) use format::{Format, Read};
#[cfg(feature = "json")]
pub(crate) use json::Json;
pub(crate) use shape::{Field, REGION, Rule, Shape, TEXT, TEXTS, TIME, Wrong};
#[cfg(feature = "toml")]
pub(crate) use toml::Toml;

use super::end::{End, EndMark};
use super::{Docket, Order};
use crate::region::Region;
use crate::text::caret::{Caret, LineIndex};
use error::Passage;
use node::Node;
use serde::de::DeserializeOwned;

/// The most bytes of a text that is read: 64 MiB, which hold 100,000 orders with notices in several languages.
///
/// A parser of TOML takes up to thirty times a text's bytes in memory, so a file of half a gigabyte would take more than most
/// machines have. Longer texts are refused before they are parsed.
pub const MAX_FILE: usize = 64 << 20;

/// Reads a text, or finds all that is wrong with it.
pub(crate) fn read<F: Format, T: DeserializeOwned>(text: &str, shape: &Shape) -> Result<Read<T>, ReadError> {
    if text.len() > MAX_FILE {
        let message = format!(
            "the text has {} MiB, and at most {} MiB are read: take out orders that ended long ago",
            text.len().div_ceil(1 << 20),
            MAX_FILE >> 20
        );
        return Err(ReadError::one(text, Passage::default(), message));
    }
    F::read(text).map_err(|refused| walk::errors::<F>(text, shape, &refused))
}

/// The lines, from 1, on which the values of a list of the text begin.
pub(crate) fn starts<F: Format>(text: &str, list: &str) -> Vec<usize> {
    let (root, lines) = (F::nodes(text), LineIndex::new(text));
    root.child(list).map_or_else(Vec::new, |list| list.children.iter().map(|node| lines.caret(&node.span).line).collect())
}

/// The text without the byte-order mark with which some editors begin a file.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a docket, and checks where its end mark stands.
fn docket<F: Format>(text: &str) -> Result<Docket, ReadError> {
    let Read { value: mut docket, misplaced_end } = read::<F, Docket>(text, &shape::DOCKET)?;
    if let Some(at) = misplaced_end {
        let message = "the end mark is not at the end: move it behind all orders, groups and fences".to_owned();
        let end = Some("end".to_owned());
        return Err(ReadError::one(text, Passage { subject: None, field: end.clone(), value: end, at }, message));
    }
    if docket.end.0 == EndMark::Counted {
        docket.end = End(EndMark::Last);
    }
    Ok(docket)
}

impl Docket {
    fn from_text<F: Format>(text: &str) -> Result<Docket, ReadError> {
        let text = without_mark(text);
        let mut docket = docket::<F>(text)?;
        docket.origin = Origin(Some(File { text: Arc::from(text), read: self::docket::<F>, nodes: F::nodes }));
        Ok(docket)
    }
}

/// The text that a docket was read from; none for a docket made in code.
#[derive(Clone, Default)]
pub(super) struct Origin(Option<File>);

#[derive(Clone)]
struct File {
    text: Arc<str>,
    read: fn(&str) -> Result<Docket, ReadError>,
    nodes: fn(&str) -> Node,
}

/// Dockets compare equal whatever text they were read from.
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

/// The positions of the orders, groups and fenced regions of a docket in the text that it was read from.
#[derive(Debug)]
pub(crate) struct Positions<'d> {
    docket: &'d Docket,
    /// The docket as it stands in the text. A part that the caller has changed since then has no position.
    read: Docket,
    root: Node,
    lines: LineIndex<'d>,
}

impl Docket {
    /// Reads the text again, which is only needed for a docket with diagnostics. `None` when there is no text.
    pub(crate) fn positions(&self) -> Option<Positions<'_>> {
        let file = self.origin.0.as_ref()?;
        let read = (file.read)(&file.text).ok()?;
        Some(Positions { docket: self, read, root: (file.nodes)(&file.text), lines: LineIndex::new(&file.text) })
    }
}

impl Positions<'_> {
    /// The positions of the order with this index, when the text has an equal order with the same index.
    pub(crate) fn order(&self, position: usize) -> Option<OrderPositions<'_>> {
        let order = self.docket.orders.get(position)?;
        let node = self.root.child("orders")?.children.get(position)?;
        (self.read.orders.get(position)? == order).then_some(OrderPositions { order, node, lines: &self.lines })
    }

    /// The positions of a group, when the text has an equal one.
    pub(crate) fn group(&self, name: &str) -> Option<RegionsPositions<'_>> {
        let regions = self.docket.jurisdictions.get(name)?;
        let node = self.root.child("jurisdictions")?.child(name)?;
        (self.read.jurisdictions.get(name)? == regions).then_some(RegionsPositions { regions, node, lines: &self.lines })
    }

    /// The positions of the fenced regions, when the text has equal ones.
    pub(crate) fn fenced(&self) -> Option<RegionsPositions<'_>> {
        let (regions, node) = (&self.docket.fenced, self.root.child("fenced")?);
        (self.read.fenced == *regions).then_some(RegionsPositions { regions, node, lines: &self.lines })
    }
}

/// The position of an order in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderPositions<'p> {
    pub(crate) order: &'p Order,
    node: &'p Node,
    lines: &'p LineIndex<'p>,
}

impl OrderPositions<'_> {
    /// The caret under a field's value, or under one in its list; under the id when the order does not have the field.
    pub(crate) fn caret(&self, field: &str, at: Option<usize>) -> Caret {
        let field = self.node.child(field).or_else(|| self.node.child("id")).unwrap_or(self.node);
        let value = at.and_then(|at| field.children.get(at)).unwrap_or(field);
        self.lines.caret(&value.span)
    }
}

/// The position of a list of regions in a text: of a group, or of the fenced regions.
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
