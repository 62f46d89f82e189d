//! The value that a message suggests to write instead of the one in the data.

use std::fmt::{self, Display};

use crate::text::quote::Quoted;

/// The value to write instead. Kept beside a message as data, so that nothing is ever read out of the message's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Suggestion {
    /// A value or a key.
    Write(String),
    /// The name of a group of the docket.
    Group(String),
}

impl Suggestion {
    pub(crate) fn write(value: impl ToString) -> Suggestion {
        Suggestion::Write(value.to_string())
    }

    /// The value alone.
    pub(crate) fn value(&self) -> &str {
        let (Suggestion::Write(value) | Suggestion::Group(value)) = self;
        value
    }
}

impl Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = if matches!(self, Suggestion::Group(_)) { "the group " } else { "" };
        write!(f, "did you mean {group}{}?", Quoted(self.value()))
    }
}

/// Ends a message with a suggestion, when there is one.
pub(crate) struct Meant<'a>(pub(crate) Option<&'a Suggestion>);

impl Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |suggestion| write!(f, ": {suggestion}"))
    }
}

/// Ends a message with a suggestion, or with what to do when there is none.
pub(crate) struct MeantOr<'a>(pub(crate) Option<Suggestion>, pub(crate) &'a str);

impl Display for MeantOr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MeantOr(suggestion, otherwise) = self;
        if suggestion.is_some() { Meant(suggestion.as_ref()).fmt(f) } else { f.write_str(otherwise) }
    }
}

/// A message without the suggestion that [`Meant`] ended it with.
#[cfg(feature = "orders-file")]
pub(crate) fn without<'m>(message: &'m str, suggestion: Option<&Suggestion>) -> &'m str {
    let end = Meant(suggestion).to_string();
    message.strip_suffix(&end).unwrap_or(message)
}
