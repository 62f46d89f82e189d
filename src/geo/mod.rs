//! Where addresses are: sources, one file for each published format, and the atlas compiled from them.

mod atlas;
mod extract;
mod lines;
mod range_csv;
mod resolve;
mod source;

pub(crate) use atlas::Place;
pub use atlas::{Atlas, AtlasBuilder, AtlasError, Location};
pub(crate) use extract::{Area, Extract};
pub use source::{LineError, Source, SourceError};
