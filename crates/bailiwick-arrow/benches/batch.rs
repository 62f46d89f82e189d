//! Batches beside loops over the same rows: `cargo bench -p bailiwick-arrow`.
//!
//! A loop has what a batch must find in Arrow's memory: names as `String`, addresses as `IpAddr`, the region parsed. So the
//! difference to a batch is what reading columns and writing answers costs, less what a batch saves by looking things up once.

use std::hint::black_box;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, StringArray};
use bailiwick::{Policy, Region};
use bailiwick_arrow::{Column, Questions, Times, decide, decide_batch};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

#[path = "../../../benches/workload/mod.rs"]
mod workload;

use workload::questions::{Case, questions};
use workload::{docket, sample};

const MEETINGS: usize = 10_000;
const ORDERS: usize = 1_000;
/// A batch as engines pass them on, and enough that neither caches nor predictors learn it.
const ROWS: usize = 1 << 16;

/// A batch, and its rows for a loop.
struct Rows {
    names: Vec<String>,
    ips: Vec<IpAddr>,
}

impl Rows {
    fn batch(&self, meetings: Column) -> Questions {
        let mut addresses = FixedSizeBinaryBuilder::with_capacity(self.ips.len(), 16);
        for ip in &self.ips {
            let octets = match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            addresses.append_value(octets).unwrap();
        }
        let addresses: ArrayRef = Arc::new(addresses.finish());
        let none = Column::Same(None);
        Questions {
            meetings,
            addresses: addresses.into(),
            host_regions: Column::same("US"),
            accounts: none,
            at: Times::Same(now()),
        }
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000)
}

fn loops(group: &mut BenchmarkGroup<'_, WallTime>, policy: &Policy, Rows { names, ips }: &Rows) {
    let home: Region = "US".parse().unwrap();
    group.bench_function("loop over decide_at", |b| {
        b.iter(|| names.iter().zip(ips).filter(|&(name, &ip)| black_box(policy.decide_at(name, ip, home, now())).admits()).count());
    });
}

fn batches(group: &mut BenchmarkGroup<'_, WallTime>, policy: &Policy, name: &str, questions: &Questions) {
    group.bench_function(format!("decide, {name}"), |b| b.iter(|| decide(policy, black_box(questions)).unwrap()));
    group.bench_function(format!("decide_batch, {name}"), |b| b.iter(|| decide_batch(policy, black_box(questions)).unwrap()));
}

/// Meetings in a random sequence, of 10,000: each row another one.
fn many_meetings(c: &mut Criterion) {
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    for case in Case::ALL {
        let rows = questions(&world, case, MEETINGS, ORDERS, ROWS).into_iter();
        let (names, ips) = rows.map(|one| (one.meeting, one.ip)).unzip();
        let rows = Rows { names, ips };
        let mut group = c.benchmark_group(format!("many meetings, {}", case.name()));
        group.throughput(Throughput::Elements(ROWS as u64));
        loops(&mut group, &policy, &rows);
        let texts: ArrayRef = Arc::new(rows.names.iter().map(Some).collect::<StringArray>());
        batches(&mut group, &policy, "names as texts", &rows.batch(texts.into()));
        let dictionary: ArrayRef = Arc::new(rows.names.iter().map(String::as_str).collect::<DictionaryArray<Int32Type>>());
        batches(&mut group, &policy, "names as a dictionary", &rows.batch(dictionary.into()));
        group.finish();
    }
}

/// One meeting, as in a burst of joins.
fn one_meeting(c: &mut Criterion) {
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    let ips: Vec<IpAddr> = questions(&world, Case::ListedAny, MEETINGS, ORDERS, ROWS).into_iter().map(|one| one.ip).collect();
    let home: Region = "US".parse().unwrap();
    for (name, meeting) in [("unlisted", docket::unlisted(0)), ("listed", docket::listed(0))] {
        let rows = Rows { names: vec![meeting.clone(); ROWS], ips: ips.clone() };
        let mut group = c.benchmark_group(format!("one meeting, {name}"));
        group.throughput(Throughput::Elements(ROWS as u64));
        loops(&mut group, &policy, &rows);
        group.bench_function("loop over InMeeting", |b| {
            b.iter(|| {
                let in_meeting = policy.meeting(&meeting);
                rows.ips.iter().filter(|&&ip| black_box(in_meeting.decide_at(ip, home, now())).admits()).count()
            });
        });
        batches(&mut group, &policy, "one name for all rows", &rows.batch(Column::same(meeting)));
        let texts: ArrayRef = Arc::new(rows.names.iter().map(Some).collect::<StringArray>());
        batches(&mut group, &policy, "names as texts", &rows.batch(texts.into()));
        group.finish();
    }
}

/// The rows of [`many_meetings`] in two parts, on two threads.
fn two_cores(c: &mut Criterion) {
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    let rows = questions(&world, Case::ListedAny, MEETINGS, ORDERS, 16 * ROWS).into_iter();
    let (names, ips) = rows.map(|one| (one.meeting, one.ip)).unzip();
    let rows = Rows { names, ips };
    let texts: ArrayRef = Arc::new(rows.names.iter().map(Some).collect::<StringArray>());
    let questions = rows.batch(texts.into());
    let mut group = c.benchmark_group("cores");
    group.throughput(Throughput::Elements(16 * ROWS as u64)).sample_size(20);
    for cores in [1, 2] {
        let parts = questions.split(NonZeroUsize::new(cores).unwrap()).unwrap();
        group.bench_function(format!("decide, {cores}"), |b| {
            b.iter(|| {
                std::thread::scope(|scope| {
                    let threads: Vec<_> = parts.iter().map(|part| scope.spawn(|| decide(&policy, part).unwrap())).collect();
                    threads.into_iter().map(|thread| thread.join().unwrap().len()).sum::<usize>()
                })
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = many_meetings, one_meeting, two_cores
}
criterion_main!(benches);
