//! Where addresses are: sources, one file for each published format, and the atlas compiled from them.

mod error;
mod load_report;
mod source;
mod loader;

mod format;

mod location;
mod special;
mod atlas_source;
mod resolve;
mod subset;
mod atlas;

pub use crate::net::address::RangeError;
pub use atlas::{Atlas, AtlasBuilder, AtlasError};
pub use atlas_source::AtlasSource;
#[cfg(feature = "mmdb")]
pub use error::MmdbError;
pub use error::{LineError, SourceError};
pub use load_report::{LoadReport, Refused, Skipped};
pub use loader::{CountryOf, Loader};
pub use location::Location;
pub(crate) use location::LocationId;
pub use source::Source;
pub(crate) use subset::{AtlasSubset, LocationSet};
