//! The number of instructions of decisions and lookups, counted by valgrind, which does not depend on the load of the machine.
//!
//! Fails when one takes ten in a hundred more than its baseline here. When a change is worth what it costs, or saves something,
//! write the new count into the table: the difference is then part of the change.

use std::hint::black_box;
use std::net::IpAddr;

use bailiwick::{Policy, Region};
use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};

#[path = "../../workload/mod.rs"]
mod workload;

use workload::questions::{Case, questions};
use workload::traffic::{Kind, addresses};
use workload::world::World;
use workload::{docket, synth};

/// Instructions of a thousand calls, the loop around them included. Names hash differently in every run, which moves the counts by
/// one in a hundred or so.
mod baseline {
    pub const UNLISTED: u64 = 61_000;
    pub const LISTED_ANY: u64 = 268_000;
    pub const LISTED_INSIDE: u64 = 312_000;
    pub const NARROWED: u64 = 386_000;
    pub const IN_MEETING: u64 = 129_000;
    pub const SWEEP_UNLISTED: u64 = 166_000;
    pub const SWEEP_LISTED: u64 = 172_000;
    pub const REGION: u64 = 110_000;
    pub const IPV4: u64 = 131_000;
    pub const IPV6: u64 = 202_000;
}

const CALLS: usize = 1_000;
const MEETINGS: usize = 1_000;
const ORDERS: usize = 100;
const NETWORKS: usize = 100;

/// A policy and the questions to it. Never freed, so that freeing it is not counted.
struct Trial {
    policy: Policy,
    home: Region,
    questions: Vec<(String, IpAddr)>,
}

/// A small table: what is counted is the path, and reading the world under valgrind takes minutes.
fn table() -> World {
    World::new("table", synth::ranges(20_000, 20_000, 249, 7))
}

fn trial(case: Case, networks: usize) -> &'static Trial {
    let world = table();
    let docket = docket::docket(MEETINGS, ORDERS);
    let docket = if networks == 0 { docket } else { docket::narrowed(docket, &world, networks) };
    let policy = Policy::compile(&docket, &world.atlas).expect("the docket is valid");
    let questions = questions(&world, case, MEETINGS, ORDERS, CALLS).into_iter().map(|one| (one.meeting, one.ip)).collect();
    Box::leak(Box::new(Trial { policy, home: "US".parse().expect("a region"), questions }))
}

fn plain(case: Case) -> &'static Trial {
    trial(case, 0)
}

fn narrowed(case: Case) -> &'static Trial {
    trial(case, NETWORKS)
}

fn look_ups(kind: Kind) -> &'static Trial {
    let world = table();
    let policy = Policy::compile(&docket::docket(1, 1), &world.atlas).expect("the docket is valid");
    let questions = addresses(&world, kind, CALLS).into_iter().map(|ip| (String::new(), ip)).collect();
    Box::leak(Box::new(Trial { policy, home: Region::UNKNOWN, questions }))
}

/// A crowd at the door of one meeting.
fn crowd(meeting: String) -> &'static Trial {
    let world = table();
    let policy = Policy::compile(&docket::docket(MEETINGS, ORDERS), &world.atlas).expect("the docket is valid");
    let questions = addresses(&world, Kind::Mix, CALLS).into_iter().map(|ip| (meeting.clone(), ip)).collect();
    Box::leak(Box::new(Trial { policy, home: "US".parse().expect("a region"), questions }))
}

fn at_most(baseline: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, baseline + baseline / 10)]));
    config
}

#[library_benchmark]
#[bench::unlisted(args = (Case::Unlisted), setup = plain, config = at_most(baseline::UNLISTED))]
#[bench::listed_any_client(args = (Case::ListedAny), setup = plain, config = at_most(baseline::LISTED_ANY))]
#[bench::listed_client_inside(args = (Case::ListedInside), setup = plain, config = at_most(baseline::LISTED_INSIDE))]
#[bench::narrowed_client_inside(args = (Case::ListedInside), setup = narrowed, config = at_most(baseline::NARROWED))]
fn decide(trial: &'static Trial) -> usize {
    let admits = |(meeting, ip): &&(String, IpAddr)| black_box(trial.policy.decide(meeting, *ip, trial.home)).admits();
    trial.questions.iter().filter(admits).count()
}

#[library_benchmark]
#[bench::listed_any_client(args = (docket::listed(0)), setup = crowd, config = at_most(baseline::IN_MEETING))]
fn in_meeting(trial: &'static Trial) -> usize {
    let Some((meeting, _)) = trial.questions.first() else { return 0 };
    let meeting = trial.policy.meeting(meeting);
    trial.questions.iter().filter(|&&(_, ip)| black_box(meeting.decide(ip, trial.home)).admits()).count()
}

#[library_benchmark]
#[bench::unlisted(args = (docket::unlisted(0)), setup = crowd, config = at_most(baseline::SWEEP_UNLISTED))]
#[bench::listed(args = (docket::listed(0)), setup = crowd, config = at_most(baseline::SWEEP_LISTED))]
fn sweep(trial: &'static Trial) -> usize {
    let Some((meeting, _)) = trial.questions.first() else { return 0 };
    let present = trial.questions.iter().enumerate().map(|(key, &(_, ip))| (key, ip));
    black_box(trial.policy.sweep(meeting, trial.home, present)).to_remove().len()
}

#[library_benchmark]
#[bench::ipv4(args = (Kind::InsideV4), setup = look_ups, config = at_most(baseline::IPV4))]
#[bench::ipv6(args = (Kind::InsideV6), setup = look_ups, config = at_most(baseline::IPV6))]
fn locate(trial: &'static Trial) -> usize {
    trial.questions.iter().filter(|&&(_, ip)| black_box(trial.policy.locate(ip)).region().is_some()).count()
}

/// Countries, subdivisions, and territories that are read as countries.
const CODES: [&str; 5] = ["US", "us", "US-CA", "CN-HK", "fr-971"];

#[library_benchmark]
#[bench::of_five_kinds(args = (CODES), config = at_most(baseline::REGION))]
fn region(texts: [&'static str; 5]) -> usize {
    texts.iter().cycle().take(CALLS).filter(|text| black_box(text.parse::<Region>()).is_ok()).count()
}

library_benchmark_group!(name = decisions; benchmarks = decide, in_meeting, sweep);
library_benchmark_group!(name = regions; benchmarks = region);
library_benchmark_group!(name = look_ups_of_addresses; benchmarks = locate);

main!(library_benchmark_groups = decisions, regions, look_ups_of_addresses);
