//! Where addresses are: sources, one file for each published format, and the atlas compiled from them.

mod atlas;
mod lines;
mod range_csv;
mod resolve;
mod source;

pub use atlas::{Atlas, AtlasBuilder, AtlasError, Location};
pub(crate) use atlas::{Place, Size};
pub use source::{LineError, Source, SourceError};
