//! MaxMind's locations, `%`, and blocks.

#![no_main]

#[path = "../../tests/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::input::maxmind_csv(bytes));
