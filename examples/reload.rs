//! An orders file is watched and reloaded while decisions are made: `cargo run --release --features toml --example reload`

use std::error::Error;
use std::io::Write;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};
use std::{env, fs, path::Path, process, thread};

use bailiwick::{Atlas, Docket, LivePolicy, Policy, Region, Requirements, Source};

const ORDERS: usize = 10_000;
const RELOADS: usize = 20;

/// The orders of the day: the first day's, one of which names a meeting more. On one day somebody makes a mistake.
fn write(path: &Path, day: usize) -> std::io::Result<()> {
    let order = |n: usize| {
        let more = match (n == day, day == RELOADS / 2) {
            (false, _) => "",
            (true, false) => ", \"another\"",
            (true, true) => ", \"\"",
        };
        let head = format!("[[orders]]\nid = \"cn-{n}\"\nissuer = \"CN\"\nmeetings = [\"meeting-{n}\"{more}]\n");
        head + "status = \"in-force\"\nexpires = \"2100-01-01T00:00:00Z\"\nevidence = [\"…\"]\napproved_by = [\"a\", \"b\"]\n"
    };
    // In two pieces, as by an editor or a copy that takes its time: the end mark says when the file is whole.
    let text = (0..ORDERS).map(order).collect::<String>() + &format!("[end]\norders = {ORDERS}\n");
    let (half, rest) = text.split_at(text.len() / 2);
    fs::write(path, half)?;
    thread::sleep(Duration::from_millis(20));
    fs::OpenOptions::new().append(true).open(path)?.write_all(rest.as_bytes())
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

/// Puts in force what the file says, each time that it changes, until somebody says that it does no more. What cannot be read or
/// compiled, and what is half written, leaves the policy in force.
fn watch(live: &LivePolicy, path: &Path, written: &AtomicUsize) -> Result<(), Box<dyn Error>> {
    let mut seen = None;
    loop {
        let day = written.load(Acquire);
        let now = fs::metadata(path).map(|file| (file.modified().ok(), file.len()))?;
        if seen == Some(now) {
            if day > RELOADS {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
            continue;
        }
        seen = Some(now);
        let begun = Instant::now();
        match Docket::from_toml(&fs::read_to_string(path)?) {
            Err(error) => println!("day {day}: {error}"),
            Ok(docket) => match live.recompile(&docket) {
                Ok(change) => println!("day {day}: {} orders changed in {:?}", change.changed().count(), begun.elapsed()),
                Err(error) => println!("day {day}: {error}"),
            },
        }
    }
}

/// Writes the file of each day, and then says that there are no more.
fn write_all_days(path: &Path, written: &AtomicUsize) -> std::io::Result<()> {
    for day in 1..=RELOADS {
        written.store(day, Release);
        write(path, day)?;
        thread::sleep(Duration::from_millis(100));
    }
    written.store(RELOADS + 1, Release);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::temp_dir().join(format!("bailiwick-{}.toml", process::id()));
    write(&path, 0)?;
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes())?;
    let atlas = Atlas::builder().source(source).build()?;
    let docket = Docket::from_toml(&fs::read_to_string(&path)?)?;
    let live = LivePolicy::new(Policy::compile_with(&docket, &atlas, &Requirements::new().end_mark())?);
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (watched, took) = thread::scope(|scope| {
        let reader = scope.spawn(|| join(&live, &stop));
        let writer = scope.spawn(|| write_all_days(&path, &written));
        let watched = watch(&live, &path, &written);
        let wrote = writer.join();
        stop.store(true, Relaxed);
        (watched.and_then(|()| Ok(wrote.map_err(|_| "the writer failed")??)), reader.join())
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
