//! An orders file is watched and reloaded while decisions are made: `cargo run --release --features toml --example reload`

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, fs, path::Path, process, thread};

use bailiwick::{Atlas, Docket, LivePolicy, Policy, Region, Source};

const ORDERS: usize = 10_000;
const RELOADS: usize = 20;

/// The orders of the day: the first day's, one of which names a meeting more. On one day somebody makes a mistake.
fn write(path: &Path, day: usize) -> Result<(), Box<dyn Error>> {
    let order = |n: usize| {
        let more = match (n == day, day == RELOADS / 2) {
            (false, _) => "",
            (true, false) => ", \"another\"",
            (true, true) => ", \"\"",
        };
        let head = format!("[[orders]]\nid = \"cn-{n}\"\nissuer = \"CN\"\nmeetings = [\"meeting-{n}\"{more}]\n");
        head + "status = \"in-force\"\nexpires = \"2100-01-01T00:00:00Z\"\nevidence = [\"…\"]\napproved_by = [\"a\", \"b\"]\n"
    };
    // Whole or not at all: a reader never sees half a file.
    fs::write(path.with_extension("new"), (0..ORDERS).map(order).collect::<String>())?;
    Ok(fs::rename(path.with_extension("new"), path)?)
}

/// Decides about listed and unlisted meetings until it is told to stop. Counts how many decisions took less than 2, 4, 8, …
/// nanoseconds.
fn join(live: &LivePolicy, stop: &AtomicBool) -> [u64; 64] {
    let (inside, home) = ("203.0.113.7".parse().expect("an address"), Region::UNKNOWN);
    let meetings: Vec<String> = (0..2 * ORDERS).map(|n| format!("meeting-{n}")).collect();
    let mut took = [0; 64];
    for meeting in meetings.iter().cycle().take_while(|_| !stop.load(Relaxed)) {
        let begun = Instant::now();
        std::hint::black_box(live.load().decide(meeting, inside, home).admits());
        took[begun.elapsed().as_nanos().max(1).ilog2() as usize] += 1;
    }
    took
}

/// Puts in force what the file says, each time that it changes. A file that cannot be read or compiled leaves the policy in force.
fn watch(live: &LivePolicy, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut seen = fs::metadata(path)?.modified()?;
    for day in 1..=RELOADS {
        write(path, day)?;
        while fs::metadata(path)?.modified()? == seen {
            thread::sleep(Duration::from_millis(10));
        }
        seen = fs::metadata(path)?.modified()?;
        let docket = Docket::from_toml(&fs::read_to_string(path)?)?;
        let begun = Instant::now();
        match live.recompile(&docket) {
            Ok(change) => println!("day {day}: {} orders changed in {:?}", change.changed().count(), begun.elapsed()),
            Err(error) => println!("day {day}: {error}"),
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::temp_dir().join(format!("bailiwick-{}.toml", process::id()));
    write(&path, 0)?;
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes())?;
    let atlas = Atlas::builder().source(source).build()?;
    let live = LivePolicy::new(Policy::compile(&Docket::from_toml(&fs::read_to_string(&path)?)?, &atlas)?);
    let stop = AtomicBool::new(false);
    let (watched, took) = thread::scope(|scope| {
        let reader = scope.spawn(|| join(&live, &stop));
        let watched = watch(&live, &path);
        stop.store(true, Relaxed);
        (watched, reader.join())
    });
    fs::remove_file(&path)?;
    watched?;
    let took = took.map_err(|_| "a reader failed")?;
    let all: u64 = took.iter().sum();
    for share in [0.5, 0.99, 0.9999, 0.999_999] {
        let within = (0..64).find(|&n| took[..=n].iter().sum::<u64>() as f64 >= all as f64 * share).unwrap_or(63);
        println!("{:8.4} % of {all} decisions meanwhile took less than {:?}", share * 100.0, Duration::from_nanos(2 << within));
    }
    Ok(())
}
