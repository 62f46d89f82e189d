//! Where addresses are: sources, one file for each published format, and the atlas compiled from them.

mod error;
mod loaded;
mod source;
mod load;

mod format;

mod location;
mod resolve;
mod extract;
mod atlas;

pub use atlas::{Atlas, AtlasBuilder, AtlasError};
#[cfg(feature = "mmdb")]
pub use error::MmdbError;
pub use error::{LineError, SourceError};
pub(crate) use extract::{Area, Extract};
pub use load::{CountryOf, Load};
pub use loaded::{Loaded, Refused, Skipped};
pub use location::Location;
pub(crate) use location::Place;
pub use source::Source;
