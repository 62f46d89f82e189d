//! From what a parser says about a failure to what is told about it: which order, which field, which value.

use std::ops::Range;

use serde_path_to_error::{Path, Segment};

use super::Node;
use super::error::{Parts, ReadError};
use crate::order::subject::Subject;
use crate::text::caret::LineIndex;
use crate::text::quote::{excerpt, shown};

/// What a parser says about a failure.
pub(super) struct Failure<'f> {
    pub(super) text: &'f str,
    pub(super) root: Node,
    /// What was being read. `None` when the text was not understood that far.
    pub(super) path: Option<Path>,
    pub(super) at: At,
    pub(super) message: &'f str,
    /// The text that a value stands for.
    pub(super) decode: fn(&str) -> Option<String>,
}

/// Where a parser stood when it failed.
pub(super) enum At {
    /// At this key or value.
    #[cfg_attr(not(feature = "toml"), expect(dead_code, reason = "only TOML tells"))]
    Known(Range<usize>),
    /// In a text that is not of the format.
    Syntax(Range<usize>),
    /// This far, having read a key or a value that can be found on the path.
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only JSON tells no more"))]
    ReadTo(usize),
}

/// A step from a table or a list to what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Failure<'_> {
    pub(super) fn into_error(self) -> ReadError {
        let mut steps = match (&self.path, &self.at) {
            (Some(path), _) => path.iter().map_while(step).collect(),
            (None, At::Syntax(span) | At::Known(span)) => steps_to(&self.root, self.text, span.start),
            (None, At::ReadTo(_)) => Vec::new(),
        };
        let read_to = if let At::ReadTo(end) = self.at { end } else { usize::MAX };
        let mut node = deepest(&self.root, &steps, read_to);
        // A key that is given twice is none yet when it is refused.
        if let Some(twice) = node.children.iter().find(|child| !child.key_span.is_empty() && child.key_span.end == read_to) {
            steps.push(Step::Key(twice.key.clone()));
            node = twice;
        }
        let is_key = match &self.at {
            At::Known(span) => *span == node.key_span && *span != node.span,
            At::Syntax(_) => false,
            At::ReadTo(end) => *end <= node.key_span.end && !node.key_span.is_empty(),
        };
        let value = match self.at {
            At::Syntax(_) => None,
            _ if is_key => Some(node.key.clone()),
            _ => self.value(node),
        };
        let span = match &self.at {
            At::Known(span) | At::Syntax(span) => span,
            At::ReadTo(_) if is_key => &node.key_span,
            At::ReadTo(_) => &node.span,
        };
        ReadError(Box::new(Parts {
            subject: self.subject(&steps),
            field: field(&steps, self.message).map(excerpt),
            value: value.as_deref().map(excerpt),
            message: one_line(self.message),
            caret: LineIndex::new(self.text).caret(span),
        }))
    }

    /// The text that a value stands for; of one that is no text, what is written.
    fn value(&self, node: &Node) -> Option<String> {
        let written = self.text.get(node.span.clone())?;
        let is_scalar = node.children.is_empty() && !written.is_empty() && !written.starts_with(['[', '{']);
        is_scalar.then(|| (self.decode)(written).unwrap_or_else(|| written.to_owned()))
    }

    fn subject(&self, steps: &[Step]) -> Option<Subject> {
        match steps {
            [Step::Key(key), Step::Index(at), ..] if key == "orders" => {
                let order = self.root.child("orders").and_then(|orders| orders.children.get(*at));
                let id = order.and_then(|order| order.child("id")).and_then(|id| self.text.get(id.span.clone()));
                let id = id.and_then(self.decode).unwrap_or_default();
                Some(Subject::order(&id, *at))
            }
            [Step::Key(key), Step::Key(name), ..] if key == "jurisdictions" => Some(Subject::group(name)),
            _ => None,
        }
    }
}

/// What is missing is no step of a path: only the message, which is serde's, says what it is.
fn field<'s>(steps: &'s [Step], message: &'s str) -> Option<&'s str> {
    let missing = message.strip_prefix("missing field `").and_then(|field| field.strip_suffix('`'));
    missing.or(match steps {
        [Step::Key(orders), Step::Index(_), Step::Key(field), ..] if orders == "orders" => Some(field),
        [Step::Key(orders), Step::Index(_), ..] if orders == "orders" => None,
        [Step::Key(field), ..] => Some(field),
        _ => None,
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        _ => None,
    }
}

/// The node that the steps lead to, as far as they do.
fn deepest<'n>(root: &'n Node, steps: &[Step], read_to: usize) -> &'n Node {
    let mut node = root;
    for step in steps {
        let inner = match step {
            Step::Key(key) => node.child_before(key, read_to),
            Step::Index(at) => node.children.get(*at),
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    node
}

/// What in a table or a list was begun last before an offset.
fn begun_last(node: &Node, offset: usize) -> Option<(usize, &Node)> {
    let start = |inner: &Node| if inner.key.is_empty() { inner.span.start } else { inner.key_span.start.min(inner.span.start) };
    let begun = node.children.iter().enumerate().filter(|(_, inner)| start(inner) <= offset);
    begun.max_by_key(|(_, inner)| start(inner))
}

/// True when the value is a table of TOML that goes on below its header.
fn is_header(node: &Node, text: &str) -> bool {
    let holds_key = node.span.start <= node.key_span.start && node.key_span.end <= node.span.end;
    let in_list = text.get(node.span.clone()).is_some_and(|header| header.starts_with("[["));
    if node.key.is_empty() { in_list } else { holds_key }
}

/// The steps to what an offset is in, when the text is not of the format: to what was begun last before it, as far as the rest of
/// the text does not end that.
fn steps_to(root: &Node, text: &str, offset: usize) -> Vec<Step> {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    // A header of TOML that is not one may be that of anything.
    if text.get(line..).is_some_and(|line| line.trim_start().starts_with('[')) {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut node = root;
    while let Some((at, inner)) = begun_last(node, offset) {
        if !is_header(inner, text) && inner.span.end < line {
            break;
        }
        steps.push(if inner.key.is_empty() { Step::Index(at) } else { Step::Key(inner.key.clone()) });
        node = inner;
    }
    steps
}

/// A message on one line and of bounded length. The middle is left out: at the end is what to do.
fn one_line(message: &str) -> String {
    /// The most characters of the beginning and of the end. No message of ours is longer; those of parsers repeat what they read.
    const SHOWN: usize = 1_000;
    let length = message.chars().count();
    let beginning = message.chars().take(SHOWN);
    let cut = (length > 2 * SHOWN).then_some('…');
    let end = message.chars().skip(SHOWN.max(length.saturating_sub(SHOWN)));
    beginning.chain(cut).chain(end).flat_map(shown).collect()
}
