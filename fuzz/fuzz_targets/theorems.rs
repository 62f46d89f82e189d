//! A theorem, which the last byte of the input chooses, on a world made from the input: all of them take many times as long. `cargo test`
//! asks about all of them on each input of the corpus.

#![no_main]

use bailiwick_fuzz::bodies::theorems::THEOREMS;
use bailiwick_fuzz::bodies::world::World;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let last = bytes.last().copied().unwrap_or(0);
    let (_, theorem) = THEOREMS[usize::from(last) % THEOREMS.len()];
    theorem(&World::from_bytes(bytes));
});
