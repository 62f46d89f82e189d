//! Reads orders files and files of cases.

use bailiwick::cases::Cases;
use bailiwick::order::MAX_FILE;
use bailiwick::text::utf8;
use bailiwick::{Docket, Order, ReadError};

use crate::diagnostics::{self, Diagnostic};
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::progress::Progress;

/// Reads a docket, TOML or JSON. The outer error is about the file, the inner one about its content.
pub(crate) fn read(path: &str) -> Result<Result<Docket, ReadError>, Failure> {
    const BEGIN: &str = "an orders file has at least one order, begun with `[[orders]]`";
    let text = text(path)?;
    if text.trim().is_empty() {
        return Err(Failure::wrong(format_args!("{} is empty: {BEGIN}", input::name(path))));
    }
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if !is_json(path, &text) && text.lines().all(is_comment) {
        return Err(Failure::wrong(format_args!("{} has only comments: {BEGIN}", input::name(path))));
    }
    Ok(if is_json(path, &text) { Docket::from_json(&text) } else { Docket::from_toml(&text) })
}

/// Reads a file of cases, TOML or JSON, or shows all that is wrong with it.
pub(crate) fn read_cases(path: &str) -> Result<Cases, Failure> {
    let text = text(path)?;
    let cases = if is_json(path, &text) { Cases::from_json(&text) } else { Cases::from_toml(&text) };
    cases.map_err(|error| unread(&error, path))
}

/// The text of a file, up to the size that the library reads.
fn text(path: &str) -> Result<String, Failure> {
    let bytes = Input::open(path, &Progress::new())?.bytes_up_to(path, u64::try_from(MAX_FILE).unwrap_or(u64::MAX))?;
    utf8(&bytes).map(str::to_owned).map_err(|error| Failure::wrong(format_args!("{} cannot be read: {error}", input::name(path))))
}

/// A TOML file begins with a key, a table or a comment.
fn is_json(path: &str, text: &str) -> bool {
    path.ends_with(".json") || text.trim_start().starts_with('{')
}

/// Reads a docket, or shows all that is wrong with it.
pub(crate) fn read_or_fail(path: &str) -> Result<Docket, Failure> {
    read(path)?.map_err(|error| unread(&error, path))
}

/// Shows all that is wrong with a file.
fn unread(error: &ReadError, path: &str) -> Failure {
    let errors: Vec<Diagnostic<'_>> = error.errors().iter().map(Diagnostic::Unread).collect();
    diagnostics::refuse_all(&errors, path)
}

/// The order of an id.
pub(crate) fn find<'d>(docket: &'d Docket, id: &str) -> Result<&'d Order, Failure> {
    docket.orders.iter().find(|order| order.id == id).ok_or_else(|| {
        let near = docket.orders.iter().min_by_key(|order| strsim::damerau_levenshtein(&order.id, id));
        let hint = near.map(|order| format!(": did you mean {}?", bailiwick::Quoted(&order.id))).unwrap_or_default();
        Failure::unusable(format_args!("no order is called {}{hint}", bailiwick::Quoted(id)))
    })
}
