//! A compiled atlas as a file, without its checksum, which is computed.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::atlas_file::hostile_of_any_length(bytes));
