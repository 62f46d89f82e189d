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
    /// For tests that are measured, and that no mutant disturbs.
    pub const RECORDING: Bounds = Bounds { processor: 3600, clock: Duration::from_secs(3600) };

    /// For tests that take `time` seconds when nothing is changed.
    pub fn of(time: f64) -> Bounds {
        Bounds { processor: 5 + (8.0 * time) as u64, clock: Duration::from_secs_f64(60.0 + 40.0 * time) }
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
    /// Runs in a folder of its own. How it ended, and after which time.
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
        let began = Instant::now();
        let ended = match command.spawn() {
            Ok(child) => wait(child, began + bounds.clock),
            Err(_) => Ended::Failed,
        };
        (ended, began.elapsed())
    }

    /// The test that was under way when the last run in a folder ended early.
    pub fn last_test(place: &Path) -> String {
        let printed = fs::read_to_string(place.join("stdout")).unwrap_or_default();
        let failed = printed.lines().filter_map(|line| line.strip_prefix("test ")).find(|line| !line.ends_with("... ok"));
        failed.and_then(|line| line.split(" ... ").next()).unwrap_or("").to_owned()
    }
}

/// Waits for the end of a process, and ends its group when the time is over.
fn wait(mut child: std::process::Child, until: Instant) -> Ended {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ended::Passed,
            // SIGXCPU, and what follows it when the limit is hard: too much of the processor.
            Ok(Some(status)) => return if is_over(status) { Ended::TimedOut } else { Ended::Failed },
            Err(_) => return Ended::Failed,
            Ok(None) if Instant::now() > until => {
                let _ = Command::new("bash").arg("-c").arg(format!("kill -KILL -- -{}", child.id())).status();
                let _ = child.wait();
                return Ended::TimedOut;
            }
            Ok(None) => std::thread::sleep(pause),
        }
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}

fn is_over(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(status.signal(), Some(9 | 24))
}
