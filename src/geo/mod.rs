//! Where addresses are: sources, one file for each published format, and the atlas compiled from them.

mod error;
mod loaded;
mod source;
mod load;

mod lines;
mod csv;
mod prefix;

mod range_csv;
mod cidr_csv;
mod zone;
mod geofeed;
mod rir;
mod maxmind_csv;
#[cfg(feature = "mmdb")]
mod mmdb;

mod atlas;
mod resolve;

pub(crate) use atlas::Place;
pub use atlas::{Atlas, AtlasBuilder, AtlasError, Location};
pub use error::{LineError, SourceError};
pub use load::{CountryOf, Load};
pub use loaded::{Loaded, Refused, Skipped};
#[cfg(feature = "mmdb")]
pub use mmdb::MmdbError;
pub use source::Source;
