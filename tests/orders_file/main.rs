//! Orders files: the diagnostics that people are shown.
//!
//! - `end`: a file that was cut off blocks nobody;
//! - `files`: files, and what is said about each, to the letter;
//! - `reading`: what errors of reading tell programs;
//! - `places`: what compiling finds points into the file, or nowhere, and never to a wrong place.

#[path = "../support/mod.rs"]
mod support;
mod end;
mod files;
mod places;
mod reading;

use bailiwick::{Atlas, Docket, ReadError};
use support::atlas_of_ranges;

/// The atlas of these tests.
fn atlas() -> Atlas {
    const ROWS: &str = "\
        192.0.2.0,192.0.2.255,US-CA
        198.51.100.0,198.51.100.255,HK
        203.0.113.0,203.0.113.127,CN-GD
        203.0.113.128,203.0.113.255,CN";
    atlas_of_ranges(ROWS)
}

/// Reads a docket by the extension of its file.
fn read(file: &str, text: &str) -> Result<Docket, ReadError> {
    if file.ends_with(".json") { Docket::from_json(text) } else { Docket::from_toml(text) }
}
