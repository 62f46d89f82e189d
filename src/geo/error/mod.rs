//! Errors of loading geo files.

mod line;
#[cfg(feature = "mmdb")]
mod mmdb;
mod source;
#[cfg(feature = "files")]
mod spec;

pub use line::{LineError, Refused};
#[cfg(feature = "mmdb")]
pub use mmdb::MmdbError;
#[cfg(feature = "files")]
pub use source::FileError;
#[cfg(feature = "files")]
pub(in crate::geo) use source::STDIN;
pub use source::SourceError;
#[cfg(feature = "files")]
pub use spec::SpecError;
