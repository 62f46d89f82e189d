//! Every theorem, on a world made from the input.

#![no_main]

use bailiwick_fuzz::bodies::theorems::THEOREMS;
use bailiwick_fuzz::bodies::world::World;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let world = World::from_bytes(bytes);
    for (_, theorem) in THEOREMS {
        theorem(&world);
    }
});
