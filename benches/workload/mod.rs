//! The questions and data of all benchmarks.
//!
//! | | |
//! |---|---|
//! | [`rng`] | random numbers that are the same in every run |
//! | [`sample`] | the files of `data/` as sources |
//! | [`synth`] | a table that no file holds: random ranges that nest |
//! | [`world`] | an atlas with its ranges, networks and class numbers |
//! | [`traffic`] | addresses to ask about |
//! | [`docket`] | orders, and the meetings that they name |
//! | [`questions`] | who joins which meeting |

#![allow(dead_code, reason = "each benchmark takes what it needs")]

pub mod rng;
pub mod sample;
pub mod synth;
pub mod world;
pub mod traffic;
pub mod docket;
pub mod questions;
