//! Test bodies that property tests, fuzz targets and the replay of their corpus share.

#![allow(dead_code, reason = "each user takes a part")]

pub mod input;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod life;
pub mod theorems;
pub mod tolerance;
pub mod world;
