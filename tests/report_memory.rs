//! A report takes as much memory for a long ledger as for a short one.
//!
//! The only test of its program, and without the harness of tests: see `memory/alone.rs`.

#[path = "memory/alone.rs"]
mod alone;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger};
use bailiwick::report::{PartialReport, Report};
use bailiwick::{Atlas, Docket, Order, Policy, Source};

#[path = "bodies/watched.rs"]
mod watched;

use watched::Watched;

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// A ledger of that many decisions about ten meetings.
fn ledger(policy: &Policy, records: usize) -> Vec<u8> {
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&[7; 32]).unwrap()).unwrap();
    let ips: [IpAddr; 3] = ["203.0.113.9", "192.0.2.9", "8.8.8.8"].map(|ip| ip.parse().unwrap());
    for n in 0..records {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(n as u64);
        ledger.record(&policy.explain(&format!("meeting-{}", n % 10), ips[n % 3], "US".parse().unwrap(), at)).unwrap();
    }
    ledger.into_inner()
}

fn main() {
    alone::run_alone("memory_does_not_grow_with_the_ledger", memory_does_not_grow_with_the_ledger);
}

fn memory_does_not_grow_with_the_ledger() {
    let mut docket = Docket::default();
    let mut order = Order::new("cn-1", "CN");
    order.meetings = (0..10).map(|n| format!("meeting-{n}")).collect();
    docket.orders.push(order);
    let source = Source::from_range_csv("a", "203.0.113.0,203.0.113.255,CN\n192.0.2.0,192.0.2.255,US\n".as_bytes()).unwrap();
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap();

    let _profiler = dhat::Profiler::builder().testing().build();
    let (from, until) = (SystemTime::UNIX_EPOCH, SystemTime::now());
    let blocked = |report: Report, records: usize| assert_eq!(report.total.people.blocked.to_string(), (records / 3).to_string());
    // The most bytes that are held while a report is made, and a partial one.
    let [short, long] = [3_000, 60_000].map(|records| {
        let ledger = ledger(&policy, records);
        let before = dhat::HeapStats::get().curr_bytes;
        let mut most = [0, 0];
        let report = Report::builder(&docket).period(from, until).finer_than_days_reveals_more();
        let watched = Watched { bytes: &ledger, most: &mut most[0] };
        blocked(report.ledger("ledger", watched).unwrap().build().unwrap(), records);
        let partial = PartialReport::builder(from, until).finer_than_days_reveals_more();
        let watched = Watched { bytes: &ledger, most: &mut most[1] };
        let partial = partial.ledger("ledger", watched).unwrap().build().unwrap();
        blocked(partial.report(&docket).finer_than_days_reveals_more().build().unwrap(), records);
        most.map(|most| most - before)
    });
    for (short, long) in short.into_iter().zip(long) {
        assert!(long <= short + 1024 && long < 200_000, "{short} bytes for 3,000 decisions, {long} for 60,000");
    }

    // Merging holds two partials, however many there are.
    let partial = |range: std::ops::Range<usize>, ledger: &[u8]| {
        let lines = ledger.split_inclusive(|&byte| byte == b'\n').skip(range.start).take(range.len());
        PartialReport::builder(from, until)
            .finer_than_days_reveals_more()
            .lines("ledger", lines)
            .unwrap()
            .build()
            .unwrap()
            .to_bytes()
    };
    let [few, many] = [10, 200].map(|partials: usize| {
        let ledger = ledger(&policy, 4_000 - 1);
        let share = 4_000 / partials;
        let files: Vec<Vec<u8>> = (0..partials).map(|n| partial(n * share..(n + 1) * share, &ledger)).collect();
        let before = dhat::HeapStats::get().curr_bytes;
        let mut most = 0;
        let mut held = || most = most.max(dhat::HeapStats::get().curr_bytes);
        let merged = PartialReport::merge(files.iter().map(|bytes| {
            held();
            PartialReport::from_bytes(bytes).unwrap()
        }));
        blocked(merged.unwrap().report(&docket).finer_than_days_reveals_more().build().unwrap(), 4_000 - 1);
        most - before
    });
    assert!(many <= few + 1024 && many < 100_000, "{few} bytes to merge 10 partials, {many} for 200");
}
