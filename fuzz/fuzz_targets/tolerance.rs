//! A geo file of nested rows, some of them damaged.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::tolerance::tolerance_never_blocks_more(bytes);
    bodies::tolerance::any_file(bytes);
});
