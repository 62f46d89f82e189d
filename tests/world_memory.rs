//! `Policy::memory_usage` says what the heap says, of many orders on an atlas of the world.
//!
//! The only test of its program, and without the harness of tests: see `memory/alone.rs`.

#[path = "memory/alone.rs"]
mod alone;
#[path = "memory/held.rs"]
mod held;

use std::fs::File;
use std::io::Read;

use bailiwick::{Atlas, Policy, Source};
use flate2::read::GzDecoder;
use held::{LANGUAGES, docket, each_holds_what_it_says};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Both sources of the sample data.
fn world() -> Atlas {
    let source = |name: &str| {
        let path = |family| format!("{}/data/{name}-{family}.csv.gz", env!("CARGO_MANIFEST_DIR"));
        let [v4, v6] = ["ipv4", "ipv6"].map(|family| GzDecoder::new(File::open(path(family)).unwrap()));
        Source::from_range_csv(name, v4.chain(v6)).unwrap()
    };
    let builder = Atlas::builder().source(source("geo-whois-asn-country")).source(source("asn-country"));
    builder.min_sources(2).build().unwrap()
}

fn main() {
    alone::run_alone("memory_usage_is_what_the_heap_holds_of_the_world", memory_usage_is_what_the_heap_holds_of_the_world);
}

fn memory_usage_is_what_the_heap_holds_of_the_world() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let heap = || dhat::HeapStats::get().curr_bytes;
    each_holds_what_it_says(&[("no orders on the world", world, 0, 0), ("orders on the world", world, 2_000, LANGUAGES)]);

    // Policies of one atlas share it and, when their orders are of the same countries, the part of it that those can reach.
    let before = heap();
    let atlas = world();
    let alone = Policy::compile(&docket(0, 0), &atlas).unwrap().memory_usage();
    let policies = [50, 100].map(|orders| Policy::compile(&docket(orders, 0), &atlas).unwrap());
    let [fewer, more] = policies.each_ref().map(Policy::memory_usage);
    let held = heap() - before;
    assert!(
        held > more && held < fewer + more - alone,
        "{held} bytes are held, {fewer} and {more} counted, {alone} without orders"
    );
    let [fewer_policy, more_policy] = policies;
    drop(fewer_policy);
    assert_eq!(heap() - before, more, "what is shared is counted by the policy that is left");
    drop((more_policy, atlas));
    assert_eq!(heap(), before, "nothing stays behind");
}
