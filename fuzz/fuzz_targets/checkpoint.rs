//! Checkpoints, proofs in files and answers of witnesses of any bytes.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::notes::checkpoint(bytes));
