//! Rendering of messages that point into a file: as compilers do, the line with a caret below it.

use std::fmt::Display;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::text::caret::Caret;
use crate::text::quote::shown;
use crate::text::suggestion::{Suggestion, without};

/// The word that a message begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// A message, with what it is about.
pub(crate) struct Message<'a> {
    pub(crate) severity: Severity,
    /// On one line, with untrusted parts escaped.
    pub(crate) text: &'a str,
    /// The suggestion that the text ends with: shown at the caret.
    pub(crate) suggestion: Option<&'a Suggestion>,
    pub(crate) about: Option<&'a dyn Display>,
    pub(crate) caret: Option<&'a Caret>,
}

/// The width for the renderer. Lines are cut before, so this is wide enough even when each character is an escape.
const WIDTH: usize = 4096;

impl Message<'_> {
    /// Shows the message, without a line break at its end.
    pub(crate) fn render(&self, file: &str, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let suggestion = self.suggestion.filter(|_| self.caret.is_some());
        let title = without(self.text, suggestion);
        let suggestion = suggestion.map(ToString::to_string);
        let file: String = file.chars().flat_map(shown).collect();

        let mut group = Group::with_title(level.primary_title(title));
        if let Some(caret) = self.caret {
            let under = AnnotationKind::Primary.span(caret.under.clone()).label(suggestion.as_deref());
            let line = Snippet::source(caret.shown.as_str()).line_start(caret.line).path(file.as_str());
            group = group.element(line.annotation(under));
        }
        if let Some(about) = self.about {
            group = group.element(Level::NOTE.message(format!("in {about}")));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let rendered = renderer.term_width(WIDTH).render(&[group]);
        match self.caret {
            Some(caret) => with_column(&rendered, &file, caret),
            None => rendered,
        }
    }
}

/// Replaces the column on the second line with the column in the file. The renderer counts columns in the line that it was given,
/// which may be cut and have escapes.
fn with_column(rendered: &str, file: &str, caret: &Caret) -> String {
    let (title, rest) = rendered.split_once('\n').unwrap_or((rendered, ""));
    let counted = caret.shown.get(..caret.under.start).unwrap_or_default().chars().count() + 1;
    let (line, column) = (caret.line, caret.column);
    let rest = rest.replacen(&format!("{file}:{line}:{counted}"), &format!("{file}:{line}:{column}"), 1);
    format!("{title}\n{rest}")
}
