//! What is wrong with a configuration, shown with the line and a caret.

use std::fmt::{self, Display};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use bailiwick::Quoted;

/// The most problems that are shown: whoever reads the first ones sees what the others are about.
const SHOWN: usize = 20;

/// The most bytes of a line that is shown: longer ones are named by their number alone.
const LONGEST_LINE: usize = 400;

/// All that is wrong with a configuration.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
    text: String,
}

#[derive(Debug)]
struct Problem {
    at: Option<Range<usize>>,
    message: String,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, at: Option<Range<usize>>, message: impl Into<String>) {
        self.0.push(Problem { at, message: message.into() });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_error(mut self, text: &str) -> ConfigError {
        self.0.sort_by_key(|problem| problem.at.as_ref().map(|at| at.start));
        ConfigError { problems: self.0, text: text.to_owned() }
    }
}

impl ConfigError {
    /// The error of a text that is not TOML, or has unknown keys or other types of values.
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
        let problem = Problem { at: error.span(), message: error.message().trim_end().replace('\n', ", ") };
        ConfigError { problems: vec![problem], text: text.to_owned() }
    }

    /// Shows all problems, each with its line and a caret, as compilers do.
    #[must_use]
    pub fn render(&self, file: &str) -> String {
        let mut shown: Vec<String> = self.problems.iter().take(SHOWN).map(|problem| self.one(problem, file)).collect();
        match self.problems.len().saturating_sub(SHOWN) {
            0 => {}
            more => shown.push(format!("and {more} more")),
        }
        shown.join("\n\n")
    }

    fn one(&self, problem: &Problem, file: &str) -> String {
        let printable = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let (message, file) = (printable(&problem.message), printable(file));
        let Some(line) = problem.at.as_ref().and_then(|at| self.line(at)) else { return format!("error: {message}\n --> {file}") };
        if line.text.len() > LONGEST_LINE {
            return format!("error: {message}\n --> {file}:{}", line.number);
        }
        let shown = printable(line.text);
        let under = AnnotationKind::Primary.span(line.under);
        let snippet = Snippet::source(shown.as_str()).line_start(line.number).path(file.as_str()).annotation(under);
        let group = Group::with_title(Level::ERROR.primary_title(message.as_str())).element(snippet);
        Renderer::plain().render(&[group])
    }

    /// The line on which a span begins, with the part of the span that is on it.
    fn line(&self, at: &Range<usize>) -> Option<Line<'_>> {
        let before = self.text.get(..at.start)?;
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let text = self.text.get(begin..)?.split(['\n', '\r']).next()?;
        let number = before.matches('\n').count() + 1;
        let start = (at.start - begin).min(text.len());
        let mut end = at.end.saturating_sub(begin).clamp(start, text.len());
        // `printable` keeps the number of bytes but for control characters of two bytes, which no key has.
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if text.chars().any(|c| c.is_control() && c.len_utf8() > 1) {
            return None;
        }
        Some(Line { text, number, under: start..end })
    }
}

struct Line<'t> {
    text: &'t str,
    number: usize,
    under: Range<usize>,
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render("configuration"))
    }
}

impl std::error::Error for ConfigError {}

/// A value as messages name it.
pub(super) fn quoted(text: &str) -> String {
    Quoted(text).to_string()
}
