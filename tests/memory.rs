//! `Policy::memory_usage` says what the heap says, of few orders.
//!
//! A program without the harness of tests: the heap is counted for the whole process, and the thread that waits for a test takes some
//! of it, on a busy machine while the test counts.

#[path = "memory/held.rs"]
mod held;

use bailiwick::Policy;
use held::{Case, LANGUAGES, docket, each_holds_what_it_says, nowhere, sources_of_all_kinds, village};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

fn main() {
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
