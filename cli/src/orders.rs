//! Reading an orders file: the one place that knows how.

use bailiwick::{Docket, Order, ReadError};

use crate::failure::Failure;
use crate::input::{self, Input};
use crate::output;
use crate::progress::Progress;

/// Reads a docket, TOML or JSON. The outer error is about the file, the inner one about what it says.
pub(crate) fn read(path: &str) -> Result<Result<Docket, ReadError>, Failure> {
    let bytes = Input::open(path, &Progress::new())?.bytes(path)?;
    let name = input::name(path);
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::wrong(format_args!("{name} is not UTF-8 text: is it an orders file?")));
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim().is_empty() {
        return Err(Failure::wrong(format_args!(
            "{name} is empty: an orders file has at least one order, begun with `[[orders]]`"
        )));
    }
    Ok(if is_json(path, text) { Docket::from_json(text) } else { Docket::from_toml(text) })
}

/// A TOML file begins with a key, a table or a comment.
fn is_json(path: &str, text: &str) -> bool {
    path.ends_with(".json") || text.trim_start().starts_with('{')
}

/// A docket that can be worked with.
pub(crate) fn read_or_fail(path: &str) -> Result<Docket, Failure> {
    read(path)?.map_err(|error| {
        output::diagnostic(&error.render(input::plain_name(path), true));
        Failure::Said
    })
}

/// The order of an id.
pub(crate) fn find<'d>(docket: &'d Docket, id: &str) -> Result<&'d Order, Failure> {
    docket.orders.iter().find(|order| order.id == id).ok_or_else(|| {
        let near = docket.orders.iter().min_by_key(|order| strsim::damerau_levenshtein(&order.id, id));
        let hint = near.map(|order| format!(": did you mean {}?", bailiwick::Quoted(&order.id))).unwrap_or_default();
        Failure::unusable(format_args!("no order is called {}{hint}", bailiwick::Quoted(id)))
    })
}
