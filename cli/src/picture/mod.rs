//! A picture of what an order reaches: the IPv4 space on a Hilbert curve, as PNG or SVG.

mod hilbert;
mod cells;
mod layout;
mod font;
mod png;
mod svg;

use std::path::Path;

use bailiwick::Order;

use crate::args::ReachArgs;
use crate::failure::Failure;
use crate::output;
use bailiwick::Quoted;
pub(crate) use cells::Picture;

/// Writes a picture in one format.
type Writer = fn(&Picture) -> Result<Vec<u8>, Failure>;

/// The request for a picture: its file, its order, and its resolution.
pub(crate) struct Target<'a> {
    path: &'a Path,
    write: Writer,
    pub(crate) order: &'a Order,
    /// The side of the picture is two to this power, in cells.
    pub(crate) order_of_curve: u32,
}

/// Reads the request for a picture, if there is one, and checks it before anything is loaded.
pub(crate) fn target<'a>(args: &'a ReachArgs, chosen: &[&'a Order]) -> Result<Option<Target<'a>>, Failure> {
    let Some(path) = args.picture.as_deref() else { return Ok(None) };
    let shown = path.to_string_lossy();
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let (write, cells): (Writer, u8) = match ending.as_deref() {
        Some("png") => (png::write, 20),
        Some("svg") => (svg::write, 16),
        _ => return Err(Failure::unusable(format_args!("{} does not end in .png or .svg: name such a file", Quoted(&shown)))),
    };
    let cells = args.cells.unwrap_or(cells);
    if !(8..=24).contains(&cells) || !cells.is_multiple_of(2) {
        return Err(Failure::unusable(format_args!("`--cells` is {cells}: write an even number from 8 to 24")));
    }
    if path.is_dir() {
        return Err(Failure::unusable(format_args!("{} is a directory: name a file in it", Quoted(&shown))));
    }
    let [order] = chosen else {
        return Err(Failure::unusable("a picture shows one order: say which, with `--order ID`"));
    };
    Ok(Some(Target { path, write, order, order_of_curve: u32::from(cells / 2) }))
}

impl Target<'_> {
    pub(crate) fn write(&self, picture: &Picture) -> Result<(), Failure> {
        output::replace(self.path, &(self.write)(picture)?)
    }
}
