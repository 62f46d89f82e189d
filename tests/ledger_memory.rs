//! Recording and verifying take as much memory for a long ledger as for a short one.
//!
//! The only test of its program, and without the harness of tests: see `memory/alone.rs`.

#[path = "memory/alone.rs"]
mod alone;

use std::io;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger, verify};
use bailiwick::{Atlas, Docket, Order, Policy, Source};

#[path = "bodies/watched.rs"]
mod watched;

use watched::Watched;

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Records so many decisions.
fn record<W: io::Write>(ledger: &mut Ledger<W>, policy: &Policy, records: u64) {
    for n in 0..records {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(n);
        let meeting = format!("meeting-{}", n % 1000);
        ledger.record(&policy.explain(&meeting, "203.0.113.9".parse().unwrap(), "US".parse().unwrap(), at)).unwrap();
    }
}

fn main() {
    alone::run_alone("memory_does_not_grow_with_the_ledger", memory_does_not_grow_with_the_ledger);
}

fn memory_does_not_grow_with_the_ledger() {
    let mut docket = Docket::default();
    let mut order = Order::new("cn-1", "CN");
    order.meetings = (0..10).map(|n| format!("meeting-{n}")).collect();
    docket.orders.push(order);
    let source = Source::from_range_csv("a", "203.0.113.0,203.0.113.255,CN\n".as_bytes()).unwrap();
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap();
    let key = Key::new(&[7; 32]).unwrap();

    let _profiler = dhat::Profiler::builder().testing().build();
    let held = || dhat::HeapStats::get().curr_bytes;
    let mut ledger = Ledger::begin(io::sink(), key.clone()).unwrap();
    record(&mut ledger, &policy, 1000);
    let before = held();
    record(&mut ledger, &policy, 20_000);
    assert_eq!(held(), before, "recording keeps nothing");

    let most = [2_000, 40_000].map(|records| {
        let mut ledger = Ledger::begin(Vec::new(), key.clone()).unwrap();
        record(&mut ledger, &policy, records);
        let ledger = ledger.into_inner();
        let (before, mut most) = (held(), 0);
        assert_eq!(verify([("ledger", Watched { bytes: &ledger, most: &mut most })]).unwrap().records, records);
        assert_eq!(held(), before, "verifying keeps nothing");
        most - before
    });
    // A buffer for the file and one for the line.
    assert!(most[1] <= most[0] && most[1] < 100_000, "{most:?} bytes");
}
