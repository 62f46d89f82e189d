//! `Policy::memory_usage` says what the heap says, of few orders.
//!
//! The only test of its program, and without the harness of tests: see `memory/alone.rs`.

#[path = "memory/alone.rs"]
mod alone;
#[path = "memory/held.rs"]
mod held;

use bailiwick::Policy;
use held::{Case, LANGUAGES, docket, each_holds_what_it_says, nowhere, sources_of_all_kinds, village};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

fn main() {
    alone::run_alone("memory_usage_is_what_the_heap_holds", memory_usage_is_what_the_heap_holds);
}

fn memory_usage_is_what_the_heap_holds() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let heap = || dhat::HeapStats::get().curr_bytes;
    let cases: [Case; 7] = [
        ("no orders", village, 0, 0),
        ("one order", village, 1, 0),
        ("orders of all kinds", village, 64, 0),
        ("orders with notices", village, 64, LANGUAGES),
        ("orders that reach nobody", nowhere, 64, 0),
        ("no orders on sources of all kinds", sources_of_all_kinds, 0, 0),
        ("orders on sources of all kinds", sources_of_all_kinds, 64, 0),
    ];
    each_holds_what_it_says(&cases);

    // What an atlas made for the orders of another policy leaves a block behind when that is gone.
    let before = heap();
    let atlas = village();
    let policy = Policy::compile(&docket(2, 0), &atlas).unwrap();
    drop(Policy::compile(&docket(1, 0), &atlas).unwrap());
    drop(atlas);
    assert_eq!(policy.memory_usage(), heap() - before, "what another policy left is counted");
}
