//! Why an orders file could not be read, and where.

use std::fmt::{self, Display};
use std::ops::Range;

use crate::order::subject::Subject;
use crate::text::caret::{Caret, LineIndex};
use crate::text::quote::{Quoted, excerpt, shown};
use crate::text::snippet::{Message, Severity};
use crate::text::suggestion::Suggestion;

/// Why a file could not be read: all that is wrong with it, in its sequence.
///
/// The accessors are those of the first error. An error of syntax is the last: nothing behind it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    first: ReadDefect,
    /// All, when there are several.
    all: Vec<ReadDefect>,
}

/// One error of a file, with its position.
///
/// `Display` is one line; [`render`](ReadDefect::render) shows the line of the file, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadDefect(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    subject: Option<Subject>,
    field: Option<String>,
    value: Option<String>,
    /// On one line, of bounded length, with control and reordering characters escaped.
    message: String,
    suggestion: Option<Suggestion>,
    caret: Caret,
}

/// One error: where, and what.
pub(super) struct Found {
    pub(super) passage: Passage,
    pub(super) message: String,
    pub(super) suggestion: Option<Suggestion>,
}

/// The passage of a text that an error is about.
#[derive(Debug, Default)]
pub(super) struct Passage {
    pub(super) subject: Option<Subject>,
    pub(super) field: Option<String>,
    pub(super) value: Option<String>,
    pub(super) at: Range<usize>,
}

impl ReadDefect {
    fn new(lines: &LineIndex<'_>, found: Found) -> ReadDefect {
        let Found { passage: Passage { subject, field, value, at }, message, suggestion } = found;
        ReadDefect(Box::new(Parts {
            subject,
            field: field.as_deref().map(excerpt),
            value: value.as_deref().map(excerpt),
            message: one_line(&message),
            suggestion,
            caret: lines.caret(&at),
        }))
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.caret.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.caret.column
    }

    /// The id of the order, when this is about an order whose id can be read.
    #[must_use]
    pub fn order(&self) -> Option<&str> {
        match &self.0.subject {
            Some(Subject::Order { id, .. }) if !id.is_empty() => Some(id),
            _ => None,
        }
    }

    /// The position of the order in the file, from 1, when this is about an order.
    #[must_use]
    pub fn order_number(&self) -> Option<usize> {
        match &self.0.subject {
            Some(Subject::Order { number, .. }) => Some(*number),
            _ => None,
        }
    }

    /// The name of the group, when this is about a group.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match &self.0.subject {
            Some(Subject::Group(name)) => Some(name),
            _ => None,
        }
    }

    /// The position of the case in a file of cases, from 1, when this is about a case.
    #[must_use]
    pub fn case_number(&self) -> Option<usize> {
        match &self.0.subject {
            Some(Subject::Case { number }) => Some(*number),
            _ => None,
        }
    }

    /// The field, named as in the file, missing and unknown ones included. `jurisdictions` for a group.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The value that is not valid, or the key, without its quotes. `None` for a list, a table, and what is missing.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.0.value.as_deref()
    }

    /// The message, without its position.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The value to write instead, where it is known: `GB` for `UK`.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_ref().map(Suggestion::value)
    }

    /// Shows the error as compilers do: the line of the file, with a caret under what is wrong. `file` is the name of the file to
    /// show; `color` is for terminals. Control and reordering characters are escaped, long lines cut. There is no line break at the
    /// end.
    #[must_use]
    pub fn render(&self, file: &str, color: bool) -> String {
        let context = self.context();
        let about = context.as_ref().map(|context| -> &dyn Display { context });
        let Parts { message, suggestion, caret, .. } = &*self.0;
        Message { severity: Severity::Error, text: message, suggestion: suggestion.as_ref(), about, caret: Some(caret) }
            .render(file, color)
    }

    /// The order, group or case, and the field.
    fn context(&self) -> Option<Context<'_>> {
        let Parts { subject, field, value, message, .. } = &*self.0;
        // A message about a key names it.
        let is_named =
            |field: &str| value.as_deref().is_none_or(|key| key == field) && message.contains(&Quoted(field).to_string());
        let field = field.as_deref().filter(|field| !is_named(field));
        (subject.is_some() || field.is_some()).then_some(Context { subject: subject.as_ref(), field })
    }
}

impl ReadError {
    /// INVARIANT: `found` has an element; if not, the error is about the beginning of the text.
    pub(super) fn new(text: &str, found: Vec<Found>) -> ReadError {
        let lines = LineIndex::new(text);
        let mut all: Vec<ReadDefect> = found.into_iter().map(|found| ReadDefect::new(&lines, found)).collect();
        let nothing = || Found { passage: Passage::default(), message: "the text cannot be read".to_owned(), suggestion: None };
        let first = all.first().cloned().unwrap_or_else(|| ReadDefect::new(&lines, nothing()));
        if all.len() < 2 {
            all.clear();
        }
        ReadError { first, all }
    }

    /// An error that is the only one.
    pub(super) fn one(text: &str, passage: Passage, message: String) -> ReadError {
        ReadError::new(text, vec![Found { passage, message, suggestion: None }])
    }

    /// All that is wrong, in the sequence of the text: at least one error, at most 100,000.
    #[must_use]
    pub fn errors(&self) -> &[ReadDefect] {
        if self.all.is_empty() { std::slice::from_ref(&self.first) } else { &self.all }
    }

    /// The line of the first error, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.first.line()
    }

    /// The column of the first error in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.first.column()
    }

    /// The id of the order that the first error is about: see [`ReadDefect::order`].
    #[must_use]
    pub fn order(&self) -> Option<&str> {
        self.first.order()
    }

    /// The position of the order that the first error is about, from 1.
    #[must_use]
    pub fn order_number(&self) -> Option<usize> {
        self.first.order_number()
    }

    /// The name of the group that the first error is about.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.first.group()
    }

    /// The position of the case that the first error is about, from 1.
    #[must_use]
    pub fn case_number(&self) -> Option<usize> {
        self.first.case_number()
    }

    /// The field of the first error: see [`ReadDefect::field`].
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.first.field()
    }

    /// The value of the first error: see [`ReadDefect::value`].
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.first.value()
    }

    /// The message of the first error, without its position.
    #[must_use]
    pub fn message(&self) -> &str {
        self.first.message()
    }

    /// The value to write instead of that of the first error, where it is known.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.first.suggestion()
    }

    /// Shows all errors as [`ReadDefect::render`] does, with an empty line between. There is no line break at the end.
    #[must_use]
    pub fn render(&self, file: &str, color: bool) -> String {
        let rendered: Vec<String> = self.errors().iter().map(|error| error.render(file, color)).collect();
        rendered.join("\n\n")
    }
}

impl Display for ReadDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line(), self.column())?;
        self.context().map_or(Ok(()), |context| write!(f, "{context}: "))?;
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ReadDefect {}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors() {
            [error] => error.fmt(f),
            errors => {
                write!(f, "{} errors in the file", errors.len())?;
                errors.iter().try_for_each(|error| write!(f, "\n  {error}"))
            }
        }
    }
}

impl std::error::Error for ReadError {}

struct Context<'e> {
    subject: Option<&'e Subject>,
    field: Option<&'e str>,
}

impl Display for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.subject, self.field) {
            (Some(subject), Some(field)) => write!(f, "{subject}, {}", Quoted(field)),
            (Some(subject), None) => subject.fmt(f),
            (None, field) => Quoted(field.unwrap_or_default()).fmt(f),
        }
    }
}

/// A message on one line and of bounded length. The middle is left out: the end says what to do.
fn one_line(message: &str) -> String {
    /// The most characters of the beginning and of the end. No message of ours is longer; those of parsers repeat what they read.
    const SHOWN: usize = 1_000;
    let length = message.chars().count();
    let beginning = message.chars().take(SHOWN);
    let cut = (length > 2 * SHOWN).then_some('…');
    let end = message.chars().skip(SHOWN.max(length.saturating_sub(SHOWN)));
    beginning.chain(cut).chain(end).flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_long_message_is_left_out_and_of_no_other() {
        let message = |length: usize| "b".repeat(length / 2) + &"e".repeat(length - length / 2);
        for length in [0, 1, 999, 1_000, 1_001, 1_500, 1_999, 2_000] {
            assert_eq!(one_line(&message(length)), message(length));
        }
        for length in [2_001, 2_002, 2_003, 5_000] {
            assert_eq!(one_line(&message(length)), "b".repeat(1_000) + "…" + &"e".repeat(1_000), "{length}");
        }
    }
}
