//! One run of a program of tests, within bounds of time and memory.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::Tree;

/// Kilobytes of addresses that a run may have: a mutant may ask for memory without end.
const MEMORY: u64 = 6_000_000;

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Seconds of a processor, which count what a run does also on a machine that does other things.
    pub processor: u64,
    /// Of a clock: for a run that waits for ever.
    pub clock: Duration,
}

impl Bounds {
    /// For a test that is measured, and that no mutant disturbs: it is of no use when it takes more than `longest` seconds.
    pub fn recording(longest: f64) -> Bounds {
        Bounds { processor: (1.5 * longest) as u64 + 1, clock: Duration::from_secs(3600) }
    }

    /// For tests that take `time` seconds when nothing is changed.
    pub fn of(time: f64) -> Bounds {
        Bounds { processor: 3 + (8.0 * time) as u64, clock: Duration::from_secs_f64(60.0 + 40.0 * time) }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Passed,
    Failed,
    TimedOut,
}

/// Some tests of a program, and what is asked of its switches.
pub struct Run<'a> {
    pub tree: &'a Tree,
    pub program: &'a Path,
    pub names: &'a [&'a str],
    /// The mutant that is active.
    pub mutant: Option<u32>,
    /// Where to record the switches that are reached.
    pub record: Option<&'a Path>,
    /// Whether the first panic ends the process.
    pub stops: bool,
}

impl Run<'_> {
    /// Runs in a folder of its own. How it ended, and the time of a processor that it took.
    pub fn run(&self, place: &Path, bounds: &Bounds) -> (Ended, Duration) {
        let temporary = place.join("tmp");
        let _ = fs::remove_dir_all(&temporary);
        let _ = fs::create_dir_all(&temporary);
        // The limits are the shell's, which becomes the program.
        let limits = format!("ulimit -c 0; ulimit -v {MEMORY}; ulimit -t {}; exec \"$0\" \"$@\"", bounds.processor);
        let mut command = Command::new("bash");
        command.arg("-c").arg(limits).arg(self.program).arg("--exact").args(self.names).arg("--test-threads=1");
        command.current_dir(&self.tree.root).process_group(0).stdin(Stdio::null());
        command.stderr(Stdio::null()).stdout(File::create(place.join("stdout")).map_or_else(|_| Stdio::null(), Stdio::from));
        command
            .env("TMPDIR", &temporary)
            .env_remove("BAILIWICK_MUTANT")
            .env_remove("BAILIWICK_REACHED")
            .env_remove("BAILIWICK_STOP");
        // Random cases are the same at each run, and are not made smaller or kept when they fail.
        command.env("PROPTEST_RNG_SEED", "20200604").env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        command.env("PROPTEST_MAX_SHRINK_ITERS", "0").env("RUST_BACKTRACE", "0");
        if let Some(mutant) = self.mutant {
            command.env("BAILIWICK_MUTANT", mutant.to_string());
        }
        if let Some(record) = self.record {
            command.env("BAILIWICK_REACHED", record);
        }
        if self.stops {
            command.env("BAILIWICK_STOP", "1");
        }
        match command.spawn() {
            Ok(child) => wait(child, Instant::now() + bounds.clock),
            Err(_) => (Ended::Failed, Duration::ZERO),
        }
    }

    /// The test that was under way when the last run in a folder ended early.
    pub fn last_test(place: &Path) -> String {
        let printed = fs::read_to_string(place.join("stdout")).unwrap_or_default();
        let failed = printed.lines().filter_map(|line| line.strip_prefix("test ")).find(|line| !line.ends_with("... ok"));
        failed.and_then(|line| line.split(" ... ").next()).unwrap_or("").to_owned()
    }
}

/// Waits for the end of a process, and ends its group when the time is over.
fn wait(mut child: std::process::Child, until: Instant) -> (Ended, Duration) {
    let mut pause = Duration::from_millis(1);
    let mut seen = (Duration::ZERO, Instant::now());
    loop {
        let ended = match child.try_wait() {
            Ok(Some(status)) if status.success() => Some(Ended::Passed),
            // SIGXCPU, and what follows it when the limit is hard: too much of the processor.
            Ok(Some(status)) => Some(if is_over(status) { Ended::TimedOut } else { Ended::Failed }),
            Err(_) => Some(Ended::Failed),
            Ok(None) if Instant::now() > until => {
                let _ = Command::new("bash").arg("-c").arg(format!("kill -KILL -- -{}", child.id())).status();
                let _ = child.wait();
                Some(Ended::TimedOut)
            }
            Ok(None) => None,
        };
        let (processor, at) = seen;
        if let Some(ended) = ended {
            return (ended, processor + at.elapsed());
        }
        if let Some(processor) = processor_time(child.id()) {
            seen = (processor, Instant::now());
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}

/// The time of a processor that a process has taken, where the system tells it: on a machine that does other things, a clock does not.
fn processor_time(id: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // proc(5): utime and stime are fields 14 and 15, in hundredths of a second; the name before them ends with `)`.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

fn is_over(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(status.signal(), Some(9 | 24))
}
