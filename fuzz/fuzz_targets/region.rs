//! A region's code.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::input::region(bytes));
