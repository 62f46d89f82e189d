//! Test bodies that property tests, fuzz targets and the replay of their corpus share.

#![allow(dead_code, reason = "each user takes a part")]

#[cfg(feature = "bundle")]
pub mod atlas_file;
#[cfg(feature = "bundle")]
pub mod bundle;
#[cfg(all(feature = "toml", feature = "json"))]
pub mod docket_formats;
pub mod input;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod life;
#[cfg(feature = "log")]
pub mod notes;
#[cfg(feature = "ledger")]
pub mod partial;
#[cfg(feature = "mmdb")]
pub mod second_mmdb;
#[cfg(feature = "bundle")]
pub mod special;
pub mod theorems;
pub mod tolerance;
pub mod world;
