//! Reading an orders file: the one place that knows how.

use std::fmt::{self, Display};

use bailiwick::{Docket, Order};

use crate::failure::Failure;
use crate::input::{self, Input};
use crate::progress::Progress;

/// Why a text is no docket.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// What is wrong, on one line.
    pub(crate) message: String,
    /// The same for people, with the line that it is about.
    shown: String,
}

impl Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Reads a docket, TOML or JSON. The outer error is about the file, the inner one about what it says.
pub(crate) fn read(path: &str) -> Result<Result<Docket, Unread>, Failure> {
    let bytes = Input::open(path, &Progress::new())?.bytes(path)?;
    let name = input::name(path);
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::wrong(format_args!("{name} is not UTF-8 text: is it an orders file?")));
    };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(Failure::wrong(format_args!(
            "{name} is empty: an orders file has at least one order, begun with `[[orders]]`"
        )));
    }
    Ok(parse(text, is_json(path, text)).map_err(|error| Unread { shown: printable(&format!("{name}, {error}")), ..error }))
}

/// Lines of a file are repeated in messages. One character stands for another, so that what points at a column still does.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// A TOML file begins with a key, a table or a comment.
fn is_json(path: &str, text: &str) -> bool {
    path.ends_with(".json") || text.trim_start().starts_with('{')
}

fn parse(text: &str, is_json: bool) -> Result<Docket, Unread> {
    if is_json {
        return serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
            let shown = format!("line {}, column {}: {message}", error.line(), error.column());
            Unread { line: Some(error.line()), column: Some(error.column()), message, shown }
        });
    }
    toml::from_str(text).map_err(|error| {
        let message = error.message().trim_end().replace('\n', ": ");
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column = before.map(|before| before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
        // Its first line says what ours says: where it is.
        let rendered = error.to_string();
        let excerpt = rendered.split_once('\n').map_or("", |(_, excerpt)| excerpt).trim_end();
        let place = line.zip(column).map(|(line, column)| format!("line {line}, column {column}")).unwrap_or_default();
        let shown = if excerpt.is_empty() { format!("{place}: {message}") } else { format!("{place}:\n{excerpt}") };
        Unread { line, column, message, shown }
    })
}

/// A docket that can be worked with.
pub(crate) fn read_or_fail(path: &str) -> Result<Docket, Failure> {
    read(path)?.map_err(Failure::wrong)
}

/// The order of an id.
pub(crate) fn find<'d>(docket: &'d Docket, id: &str) -> Result<&'d Order, Failure> {
    docket.orders.iter().find(|order| order.id == id).ok_or_else(|| {
        let near = docket.orders.iter().min_by_key(|order| strsim::damerau_levenshtein(&order.id, id));
        let hint = near.map(|order| format!(": did you mean {}?", crate::quote::Quoted(&order.id))).unwrap_or_default();
        Failure::unusable(format_args!("no order is called {}{hint}", crate::quote::Quoted(id)))
    })
}
