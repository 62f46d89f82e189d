//! The geo formats, one file each: published examples, and every corner of them by hand.
//!
//! - `range_csv`, `cidr_csv`, `zone`, `geofeed`, `rir`, `maxmind_csv`, `mmdb`: the formats;
//! - `every_format`: what holds for all formats that are lines of text;
//! - `loaded`: load reports;
//! - `sample_data`: the whole world through several formats, the same at every boundary.

#[path = "../support/mod.rs"]
mod support;
mod cidr_csv;
mod every_format;
mod geofeed;
mod loaded;
mod maxmind_csv;
#[cfg(feature = "mmdb")]
mod mmdb;
mod range_csv;
mod rir;
mod sample_data;
mod zone;

use bailiwick::{Atlas, Location, Source, SourceError};
use support::region;

/// The ranges of a source as `first last region`.
fn ranges(source: &Source) -> Vec<String> {
    source.ranges().map(|(first, last, region)| format!("{first} {last} {region}")).collect()
}

fn locate(source: &Source, ip: &str) -> Location {
    Atlas::builder().source(source.clone()).build().unwrap().locate(ip.parse().unwrap())
}

/// The error about a file that must not be read.
fn refusal(loaded: Result<Source, SourceError>) -> String {
    let message = loaded.unwrap_err().to_string();
    assert!(!message.contains(char::is_control), "{message:?}");
    message
}

/// The reasons for which rows locate nothing, as the summary gives them.
fn summary(source: &Source) -> Vec<String> {
    source.load_report().to_string().lines().map(|line| line.trim_start().to_owned()).collect()
}
