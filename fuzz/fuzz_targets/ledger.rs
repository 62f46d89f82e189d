//! A ledger's file; and every edit of the ledger of a world made from the input.

#![no_main]

use bailiwick_fuzz::bodies::{self, world::World};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::ledger::ledger(bytes);
    bodies::ledger::ledger_detects_any_single_edit(&World::from_bytes(bytes));
});
