//! Every theorem, on a world made from the input.

#![no_main]

#[path = "../../tests/bodies/mod.rs"]
mod bodies;

use bodies::theorems::THEOREMS;
use bodies::world::World;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let world = World::from_bytes(bytes);
    for (_, theorem) in THEOREMS {
        theorem(&world);
    }
});
