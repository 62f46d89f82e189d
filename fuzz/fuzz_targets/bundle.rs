//! Any bytes as a bundle, as edits of one that a node takes, and as members of one that is signed.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::bundle::bundle(bytes));
