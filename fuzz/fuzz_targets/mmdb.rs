//! A MaxMind DB, beside a second reader.

#![no_main]

use bailiwick_fuzz::bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::input::mmdb(bytes);
    bodies::second_mmdb::as_a_second_reader_has_it(bytes);
});
