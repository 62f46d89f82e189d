//! What the fuzz targets run, compiled once for all of them.

#[path = "../../tests/bodies/mod.rs"]
pub mod bodies;
