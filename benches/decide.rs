//! The cost of decisions, lookups and compilations on the sample data: `cargo bench`.
//!
//! bailiwick alone, to be compared with itself before a change; `benches/peers` measures it beside others.

use std::hint::black_box;
use std::net::IpAddr;

use bailiwick::{Atlas, Docket, Policy, Region};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

#[path = "workload/mod.rs"]
mod workload;

use workload::questions::{Case, questions};
use workload::traffic::{Kind, addresses};
use workload::{docket, sample};

const MEETINGS: usize = 10_000;
const ORDERS: usize = 1_000;
/// Enough that neither caches nor predictors learn them.
const CALLS: usize = 1 << 16;

fn decide(c: &mut Criterion) {
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    let home: Region = "US".parse().unwrap();
    let mut group = c.benchmark_group("decide");
    group.throughput(Throughput::Elements(CALLS as u64));
    for case in Case::ALL {
        let questions: Vec<(String, IpAddr)> =
            questions(&world, case, MEETINGS, ORDERS, CALLS).into_iter().map(|one| (one.meeting, one.ip)).collect();
        let blocks = questions.iter().filter(|(meeting, ip)| !policy.decide(meeting, *ip, home).admits()).count();
        assert_eq!(blocks == 0, case == Case::Unlisted, "{}: {blocks}", case.name());
        group.bench_function(case.name(), |b| {
            b.iter(|| questions.iter().filter(|(meeting, ip)| black_box(policy.decide(meeting, *ip, home)).admits()).count());
        });
    }
    group.finish();
}

/// A meeting that is looked up once, for a burst of joins.
fn in_meeting(c: &mut Criterion) {
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    let home: Region = "US".parse().unwrap();
    let people = addresses(&world, Kind::Mix, CALLS);
    let mut group = c.benchmark_group("in meeting");
    group.throughput(Throughput::Elements(CALLS as u64));
    for (name, meeting) in [("unlisted meeting", docket::unlisted(0)), ("listed meeting", docket::listed(0))] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let meeting = policy.meeting(&meeting);
                people.iter().filter(|&&ip| black_box(meeting.decide(ip, home)).admits()).count()
            });
        });
    }
    group.finish();
}

/// The home region of a host's account, as a binding to another language parses it at each call.
fn region(c: &mut Criterion) {
    let mut group = c.benchmark_group("region");
    for text in ["US", "us", "US-CA", "CN-HK", "fr-971"] {
        group.bench_function(text, |b| b.iter(|| black_box(text).parse::<Region>().unwrap()));
    }
    group.finish();
}

/// Meetings of 100,000 people under way: one that no order names, and one that many are removed from.
fn sweep(c: &mut Criterion) {
    const PEOPLE: usize = 100_000;
    let world = sample::world();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).unwrap();
    let home: Region = "US".parse().unwrap();
    let people = addresses(&world, Kind::Mix, PEOPLE);
    let (unlisted, listed) = (docket::unlisted(0), docket::listed(0));
    let mut group = c.benchmark_group("sweep");
    group.throughput(Throughput::Elements(PEOPLE as u64));
    for (name, meeting) in [("unlisted meeting", &unlisted), ("listed meeting", &listed)] {
        let present = || people.iter().copied().enumerate();
        assert_eq!(policy.sweep(meeting, home, present()).is_undisturbed(), *meeting != listed);
        group.bench_function(name, |b| b.iter(|| policy.sweep(meeting, home, present())));
    }
    group.finish();
}

fn locate(c: &mut Criterion) {
    let world = sample::world();
    let mut group = c.benchmark_group("locate");
    group.throughput(Throughput::Elements(CALLS as u64));
    for kind in Kind::ALL {
        let addresses = addresses(&world, kind, CALLS);
        group.bench_function(kind.name(), |b| {
            b.iter(|| addresses.iter().filter(|&&ip| black_box(world.atlas.locate(ip)).region().is_some()).count());
        });
    }
    group.finish();
}

fn compile(c: &mut Criterion) {
    let world = sample::world();
    let mut group = c.benchmark_group("compile");
    group.sample_size(20);
    group.bench_function("atlas of the world", |b| {
        let build = |source| Atlas::builder().source(source).build().unwrap();
        b.iter_batched(|| world.source.clone(), build, BatchSize::PerIteration);
    });
    for orders in [ORDERS, 100 * ORDERS] {
        let docket = docket::documented(docket::docket(orders, orders));
        // While it is in force, what was compiled for its issuers is shared.
        let in_force = Policy::compile(&docket, &world.atlas).unwrap();
        group.bench_function(format!("policy of {orders} orders"), |b| b.iter(|| Policy::compile(&docket, &world.atlas).unwrap()));
        let mut order = docket.orders[orders / 2].clone();
        order.meetings.push("another".to_owned());
        group.bench_function(format!("one of {orders} orders amended"), |b| b.iter(|| in_force.amend([order.clone()]).unwrap()));
        let mut changed = docket.clone();
        changed.orders[orders / 2] = order.clone();
        let name = format!("docket of {orders} orders with one amended");
        group.bench_function(name, |b| b.iter(|| in_force.recompile(&changed).unwrap()));
        let amended = in_force.amend([order.clone()]).unwrap();
        let name = format!("what amending one of {orders} orders changes");
        group.bench_function(name, |b| b.iter(|| assert!(in_force.change_to(&amended).widens())));
        order.id.push('x');
        group.bench_function(format!("one added to {orders} orders"), |b| b.iter(|| in_force.amend([order.clone()]).unwrap()));
    }
    group.finish();
}

/// The change of a policy of many orders: of one order, made in both ways, and of all of them, as addresses moved.
fn change(c: &mut Criterion) {
    let world = sample::world();
    let mut group = c.benchmark_group("change");
    group.sample_size(20);
    for orders in [ORDERS, 100 * ORDERS] {
        let docket = docket::documented(docket::docket(orders, orders));
        let in_force = Policy::compile(&docket, &world.atlas).unwrap();
        let mut changed = docket.clone();
        changed.orders[orders / 2].meetings.push("another".to_owned());
        let amended = in_force.amend([changed.orders[orders / 2].clone()]).unwrap();
        group.bench_function(format!("one of {orders} orders, amended"), |b| b.iter(|| in_force.change_to(&amended)));
        let compiled = Policy::compile(&changed, &world.atlas).unwrap();
        group.bench_function(format!("one of {orders} orders, compiled anew"), |b| b.iter(|| in_force.change_to(&compiled)));
        let moved = Policy::compile(&docket, &sample::hold_out().atlas).unwrap();
        group.bench_function(format!("other addresses under {orders} orders"), |b| b.iter(|| in_force.change_to(&moved)));
        let everything = Policy::compile(&Docket::default(), &world.atlas).unwrap().change_to(&in_force);
        group.bench_function(format!("{orders} orders, as text"), |b| b.iter(|| everything.to_string()));
    }
    let docket = docket::docket(1, 1);
    group.bench_function("reach of one order", |b| b.iter(|| docket.reach(&docket.orders[0], &world.atlas)));
    group.finish();
}

/// The ways from a file of the world to its atlas: read as CSV, compile, and load as a compiled atlas.
#[cfg(feature = "bundle")]
fn load(c: &mut Criterion) {
    let world = sample::world();
    let (csv, file) = (sample::world_csv(), world.atlas.to_bytes());
    let mut group = c.benchmark_group("load");
    group.sample_size(20);
    group.bench_function(format!("CSV of {} bytes", csv.len()), |b| {
        b.iter(|| bailiwick::Source::from_range_csv("world", csv.as_slice()).unwrap());
    });
    group.bench_function("compile", |b| {
        let build = |source| Atlas::builder().source(source).build().unwrap();
        b.iter_batched(|| world.source.clone(), build, BatchSize::PerIteration);
    });
    group.bench_function(format!("atlas.bin of {} bytes", file.len()), |b| b.iter(|| Atlas::from_bytes(&file).unwrap()));
    group.bench_function("of that, SHA-256", |b| b.iter(|| bailiwick::Digest::of(&file)));
    group.bench_function("writing atlas.bin", |b| b.iter(|| world.atlas.to_bytes()));
    group.finish();
}

#[cfg(not(feature = "bundle"))]
fn load(_: &mut Criterion) {}

criterion_group!(benches, decide, in_meeting, region, sweep, locate, compile, change, load);
criterion_main!(benches);
