//! A docket in TOML beside the same one in JSON.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::docket_formats::docket_formats(bytes));
