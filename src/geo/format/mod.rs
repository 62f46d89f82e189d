//! One file for each published format, and what they have in common.

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
