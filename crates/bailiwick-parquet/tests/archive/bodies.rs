//! What the tests of the ledger make, too.
#![allow(dead_code, reason = "a part is used here")]

#[path = "../../../../tests/bodies/ledger.rs"]
pub mod ledger;
#[path = "../../../../tests/bodies/world.rs"]
pub mod world;
