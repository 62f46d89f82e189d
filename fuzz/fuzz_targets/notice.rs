//! What a blocked person is told, whatever orders say and people ask for.

#![no_main]

#[path = "../../tests/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::input::notice(bytes));
