//! The published formats, one file each, and their common parts.

mod lines;
mod csv;
mod prefix;
mod code;
mod region;
mod header;
mod table;

mod range_csv;
mod cidr_csv;
mod zone;
mod geofeed;
mod rir;
mod maxmind_csv;
#[cfg(feature = "mmdb")]
mod mmdb;

#[cfg(feature = "files")]
pub(super) use csv::Fields;
#[cfg(feature = "files")]
pub(super) use header::{CODE, FIRST, Header, NETWORK, begins_with};
#[cfg(feature = "files")]
pub(super) use lines::start_of;
