//! The notice to a blocked person, for any texts of orders and any languages.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::input::notice(bytes));
