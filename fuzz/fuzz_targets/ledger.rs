//! A ledger's file; or, where the last byte of the input chooses it, every edit of the ledger of a world made from the input, which takes
//! many times as long. `cargo test` does both with each input of the corpus.

#![no_main]

use bailiwick_fuzz::bodies::{self, world::World};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if bytes.last().is_some_and(|last| last % 16 == 0) {
        bodies::ledger::ledger_detects_any_single_edit(&World::from_bytes(bytes));
    } else {
        bodies::ledger::ledger(bytes);
    }
});
