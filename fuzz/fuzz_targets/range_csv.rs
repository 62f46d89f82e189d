//! A range CSV.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::input::range_csv(bytes));
