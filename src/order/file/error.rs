//! Why an orders file could not be read, and where.

use std::fmt::{self, Display};

use crate::order::subject::Subject;
use crate::text::caret::Caret;
use crate::text::quote::Quoted;
use crate::text::snippet::{Message, Severity, suggested};

/// Why an orders file could not be read, and where: the first thing that is wrong with it.
///
/// `Display` is one line; [`render`](ReadError::render) shows the line of the file, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError(pub(super) Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) subject: Option<Subject>,
    pub(super) field: Option<String>,
    pub(super) value: Option<String>,
    /// On one line, of bounded length, with control and reordering characters escaped.
    pub(super) message: String,
    pub(super) caret: Caret,
}

impl ReadError {
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

    /// The field, named as in the file: also one that it should have, or should not. `jurisdictions` for a group.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The value that cannot be, or the key, without its quotes. `None` for a list, a table, and what is missing.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.0.value.as_deref()
    }

    /// What is wrong, without where.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to write instead, where it is known: `GB` for `UK`.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        suggested(&self.0.message)
    }

    /// Shows the error as compilers do: the line of the file, with a caret under what is wrong. `file` is the name of the file to
    /// show; `color` is for terminals. Control and reordering characters are escaped, long lines cut. There is no line break at the
    /// end.
    #[must_use]
    pub fn render(&self, file: &str, color: bool) -> String {
        let context = self.context();
        let about = context.as_ref().map(|context| -> &dyn Display { context });
        let caret = Some(&self.0.caret);
        Message { severity: Severity::Error, text: &self.0.message, about, caret }.render(file, color)
    }

    /// The order or group, and the field.
    fn context(&self) -> Option<Context<'_>> {
        let Parts { subject, field, value, message, .. } = &*self.0;
        // A message about a key names it.
        let is_named =
            |field: &str| value.as_deref().is_none_or(|key| key == field) && message.contains(&Quoted(field).to_string());
        let field = field.as_deref().filter(|field| !is_named(field));
        (subject.is_some() || field.is_some()).then_some(Context { subject: subject.as_ref(), field })
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line(), self.column())?;
        self.context().map_or(Ok(()), |context| write!(f, "{context}: "))?;
        f.write_str(&self.0.message)
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
