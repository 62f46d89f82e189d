//! The contenders and workloads under criterion, which keeps a history.
//!
//! ```sh
//! cargo bench --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! Contenders run one after the other here. For ratios, run the package itself, which takes them in turn.

use std::time::Duration;

use bailiwick_peers::decide::Bout;
use bailiwick_peers::growth::{Axis, stage};
use bailiwick_peers::workload::traffic::{self, Kind};
use bailiwick_peers::workload::{sample, synth};
use bailiwick_peers::{compile, locate, race};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// The number of addresses or questions of a kind: each iteration takes the next slice.
const SUPPLY: usize = 1 << 16;

/// The largest size in growth.
const LIMIT: usize = 1_000_000;

fn group<'c>(c: &'c mut Criterion, name: &str, elements: usize) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64));
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

fn decide(c: &mut Criterion) {
    let world = sample::world();
    for bout in [Bout::ten_thousand, Bout::million, Bout::networks] {
        contest(c, "decide", &mut bout(&world, SUPPLY), None);
    }
}

/// Every contender on every column.
fn contest(c: &mut Criterion, name: &str, bout: &mut Bout<'_>, size: Option<usize>) {
    let mut group = group(c, name, race::QUESTIONS);
    for (column, questions) in &bout.columns {
        for entry in &mut bout.field {
            let mut slices = questions.chunks_exact(race::QUESTIONS).cycle();
            let id = match size {
                Some(size) => BenchmarkId::new(*column, size),
                None => BenchmarkId::new(format!("{}/{column}", bout.name), entry.name),
            };
            group.bench_function(id, |b| {
                b.iter(|| slices.next().map(|questions| entry.contender.throughput(questions)));
            });
        }
    }
}

fn locate(c: &mut Criterion) {
    let world = sample::world();
    let three = sample::three(&world);
    for world in [world, three, sample::hold_out(), synth::hold_out()] {
        let field = locate::field(&world);
        let mut group = group(c, "locate", race::ADDRESSES);
        for kind in Kind::ALL {
            let addresses = traffic::addresses(&world, kind, SUPPLY);
            for entry in &field {
                let mut slices = addresses.chunks_exact(race::ADDRESSES).cycle();
                let id = |what: &str| BenchmarkId::new(format!("{}/{} {what}", world.name, kind.name()), entry.name);
                group.bench_function(id("throughput"), |b| {
                    b.iter(|| slices.next().map(|addresses| entry.contender.throughput(addresses)));
                });
                group.bench_function(id("latency"), |b| {
                    b.iter(|| slices.next().map(|addresses| entry.contender.latency(addresses)));
                });
            }
        }
    }
}

fn compile(c: &mut Criterion) {
    let world = sample::world();
    let mut group = group(c, "compile", 1);
    group.sample_size(10);
    for (what, jobs) in [("world", compile::tables(&world)), ("policy", compile::policies(&world))] {
        for job in jobs {
            group.bench_function(BenchmarkId::new(what, job.name), |b| {
                // The input of a job is made for each run, and not measured.
                b.iter_custom(|runs| Duration::from_nanos((0..runs).map(|_| job.run().ns).sum::<f64>() as u64));
            });
        }
    }
}

fn growth(c: &mut Criterion) {
    let world = sample::world();
    for axis in Axis::ALL {
        for size in axis.sizes(LIMIT) {
            let name = format!("growth/{}", axis.name());
            stage(axis, size, &world, SUPPLY, |bout, _| contest(c, &name, bout, Some(size)));
        }
    }
}

criterion_group!(benches, decide, locate, compile, growth);
criterion_main!(benches);
