//! The tests of the library, each with the time that it takes alone and the switches that it reaches.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Failure;
use crate::compile::{Cargo, remembered};
use crate::run::{self, Bounds, Ended, Run};
use crate::tree::Tree;

/// A program of tests.
#[derive(Debug)]
pub struct Program {
    pub name: String,
    pub path: PathBuf,
}

/// A test, as it passes when no mutant is active.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Test {
    /// Its program, by its place in the suite.
    pub program: usize,
    pub name: String,
    /// Seconds of a processor.
    pub time: f64,
    /// Whether it was ended after that time, as it took too long: what it reaches is not known.
    #[serde(default)]
    pub is_cut: bool,
    /// Whether it passes although the first panic ends its process: it does not when a panic is a part of it.
    pub stops: bool,
    pub reached: HashSet<u32>,
}

/// All programs of tests, and their tests.
pub struct Suite {
    pub programs: Vec<Program>,
    pub tests: Vec<Test>,
    /// The tests that reach a switch.
    pub by_site: HashMap<u32, Vec<usize>>,
}

/// Programs that are no lists of tests, or that judge what the recording disturbs: calls to the system, and allocations.
const LEFT_OUT: [&str; 1] = ["faults"];

/// Builds the tests of a tree: those of `only`, or all where it is empty. The library's own are `lib`.
pub fn build(tree: &Tree, cargo: &Cargo, only: &[String]) -> Result<Vec<Program>, Failure> {
    let mut command =
        cargo.command(tree, &["test", "--package", "bailiwick", "--all-features", "--no-run", "--quiet", "--message-format=json"]);
    if only.is_empty() {
        command.args(["--lib", "--tests"]);
    }
    for name in only {
        match name.as_str() {
            "lib" => command.arg("--lib"),
            _ => command.args(["--test", name]),
        };
    }
    let done = command.output().map_err(|error| format!("cargo: {error}"))?;
    if !done.status.success() {
        let lines = String::from_utf8_lossy(&done.stdout);
        let errors = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let rendered: Vec<String> = errors
            .filter(|value| value["message"]["level"] == "error")
            .filter_map(|value| value["message"]["rendered"].as_str().map(str::to_owned))
            .take(5)
            .collect();
        return Err(format!("the tests do not compile:\n{}{}", rendered.join("\n"), String::from_utf8_lossy(&done.stderr)).into());
    }
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&done.stdout).lines() {
        let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
        let (Some(path), Some(name)) = (value["executable"].as_str(), value["target"]["name"].as_str()) else { continue };
        let is_test = value["profile"]["test"] == true
            && !value["target"]["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "example"));
        if is_test && !LEFT_OUT.contains(&name) {
            programs.push(Program { name: name.to_owned(), path: path.into() });
        }
    }
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(programs)
}

/// Runs each test alone, `jobs` at a time, and records what it reaches; those that take more than `longest` seconds are ended, and are
/// not for mutants. What an earlier run recorded of an equal program is kept in `folder`.
pub fn record(tree: &Tree, programs: Vec<Program>, folder: &Path, jobs: usize, longest: f64) -> Result<Suite, Failure> {
    let mut tests = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        let cache = folder.join(format!("{}-{:016x}.json", program.name, content(&program.path)?));
        let mut known: Vec<Test> = remembered(&cache);
        let again = |test: &Test| test.is_cut && test.time < longest;
        if known.is_empty() || known.iter().any(again) {
            let names = if known.is_empty() {
                names(tree, program)?
            } else {
                known.iter().filter(|test| again(test)).map(|test| test.name.clone()).collect()
            };
            known.retain(|test| !again(test));
            known.extend(record_program(tree, index, program, &names, folder, jobs, longest));
            let json = serde_json::to_vec(&known).map_err(|error| error.to_string())?;
            fs::write(&cache, json).map_err(|error| format!("{}: {error}", cache.display()))?;
        }
        for test in &mut known {
            test.program = index;
        }
        tests.extend(known);
    }
    let mut by_site: HashMap<u32, Vec<usize>> = HashMap::new();
    // Long ones are known and not run: a switch that only they reach is one that all tests miss.
    for (index, test) in tests.iter().enumerate().filter(|(_, test)| !test.is_cut && test.time <= longest) {
        for site in &test.reached {
            by_site.entry(*site).or_default().push(index);
        }
    }
    Ok(Suite { programs, tests, by_site })
}

fn record_program(
    tree: &Tree,
    index: usize,
    program: &Program,
    names: &[String],
    folder: &Path,
    jobs: usize,
    longest: f64,
) -> Vec<Test> {
    let next = AtomicUsize::new(0);
    let tests = Mutex::new(Vec::new());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for job in 0..jobs {
            let (next, tests, failed) = (&next, &tests, &failed);
            scope.spawn(move || {
                let place = folder.join(format!("job-{job}"));
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match alone(tree, program, index, name, &place, longest) {
                        Some(test) => locked(tests).push(test),
                        None => locked(failed).push(name.clone()),
                    }
                }
            });
        }
    });
    for name in locked(&failed).iter() {
        eprintln!("    {} {name}: fails when nothing is changed; left out", program.name);
    }
    tests.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Runs a test alone: with a stop at the first panic, or without when panics are a part of it. None when it fails.
fn alone(tree: &Tree, program: &Program, index: usize, name: &str, place: &Path, longest: f64) -> Option<Test> {
    let record = place.join("reached");
    let bounds = Bounds::recording(longest);
    let test = |time: Duration, is_cut, stops, reached| {
        Some(Test { program: index, name: name.to_owned(), time: time.as_secs_f64(), is_cut, stops, reached })
    };
    for stops in [true, false] {
        let _ = fs::remove_file(&record);
        let run = Run { tree, program: &program.path, names: &[name], mutant: None, record: Some(&record), stops };
        let (ended, time) = run.run(place, &bounds);
        match ended {
            Ended::Passed => return test(time, false, stops, read_record(&record)),
            Ended::TimedOut => return test(time.max(Duration::from_secs_f64(longest)), true, stops, HashSet::new()),
            Ended::Failed => {}
        }
    }
    // The record itself may disturb a test that counts allocations: what it reaches is believed when it passes without.
    let reached = read_record(&record);
    let run = Run { tree, program: &program.path, names: &[name], mutant: None, record: None, stops: false };
    let (ended, time) = run.run(place, &bounds);
    if ended == Ended::Passed { test(time, false, false, reached) } else { None }
}

fn read_record(path: &Path) -> HashSet<u32> {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.chunks_exact(4).map(|number| u32::from_le_bytes([number[0], number[1], number[2], number[3]])).collect()
}

/// The tests of a program that are run when nobody asks for ignored ones.
fn names(tree: &Tree, program: &Program) -> Result<Vec<String>, Failure> {
    let list = |ignored: &[&str]| -> Result<Vec<String>, Failure> {
        let mut command = std::process::Command::new(&program.path);
        let text = crate::tree::output(command.current_dir(&tree.root).args(["--list", "--format", "terse"]).args(ignored))?;
        Ok(text.lines().filter_map(|line| line.strip_suffix(": test").map(str::to_owned)).collect())
    };
    let ignored = list(&["--ignored"])?;
    Ok(list(&[])?.into_iter().filter(|name| !ignored.contains(name)).collect())
}

fn content(path: &Path) -> Result<u64, Failure> {
    let mut hasher = DefaultHasher::new();
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// A lock, also after a thread has panicked with it.
pub fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Suite {
    /// What a mutant may take, as a multiple of what its tests take without it.
    pub fn bounds(&self, tests: &[usize]) -> Bounds {
        let time: f64 = tests.iter().map(|test| self.tests[*test].time).sum();
        run::Bounds::of(time)
    }
}
