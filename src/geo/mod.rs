//! Locations of addresses: sources, one file for each published format, and the atlas compiled from them.

mod error;
mod load_report;
mod source;
mod loader;

mod format;
#[cfg(feature = "files")]
mod open;

mod location;
mod special;
mod atlas_source;
mod resolve;
mod subset;
mod atlas;
#[cfg(feature = "bundle")]
mod atlas_file;

pub use crate::net::address::RangeError;
pub use atlas::{Atlas, AtlasBuilder, AtlasError};
#[cfg(feature = "bundle")]
pub use atlas_file::AtlasFileError;
pub use atlas_source::AtlasSource;
#[cfg(feature = "mmdb")]
pub use error::MmdbError;
#[cfg(feature = "files")]
pub use error::{FileError, SpecError};
pub use error::{LineError, Refused, SourceError};
pub use load_report::{LoadReport, Noted, Skipped};
pub use loader::{CountryOf, Loader};
pub use location::Location;
pub(crate) use location::LocationId;
#[cfg(feature = "files")]
pub use open::{OpenOptions, Opened, OpenedFile, SourceSpec, gunzip};
pub use source::Source;
pub(crate) use subset::{AtlasSubset, LocationSet};
