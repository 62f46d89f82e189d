//! Runs tests with one mutant after the other, until one of them fails.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::list::{Mutant, Name};
use crate::run::{Ended, Run};
use crate::suite::{Suite, locked};
use crate::tree::Tree;

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// A test failed.
    Caught,
    /// A test took far longer than it does without the mutant.
    TimedOut,
    /// All tests that reach it passed.
    Missed,
    /// No test reaches it.
    Unreached,
    /// The library does not compile with it.
    Unviable,
    /// It compiles, but no switch can choose it: plain cargo-mutants has to judge it.
    Unswitched,
}

/// A verdict that is kept, and on what it is based.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    pub name: Name,
    pub verdict: Verdict,
    /// The test that failed.
    pub by: String,
    /// The content of the mutant's file: a caught one stays caught when tests are added.
    pub source: u64,
    /// Of one that was missed, the seconds that its tests were allowed to take.
    pub longest: u32,
    /// All sources and tests: one that was missed is judged anew when any of them changes.
    pub all: u64,
}

/// Tests that take less than these seconds run with others in one process.
const QUICK: f64 = 0.3;

/// Judges mutants, `jobs` at a time. Each verdict is written to `results` as soon as it is there.
pub struct Judge<'a> {
    pub tree: &'a Tree,
    pub suite: &'a Suite,
    /// The switch of a mutant.
    pub site_of: &'a HashMap<u32, u32>,
    /// Tests that caught a mutant, by its function: the first to try on the next one.
    killers: Mutex<HashMap<String, usize>>,
    /// When no further mutant is judged.
    until: Option<Instant>,
}

impl<'a> Judge<'a> {
    pub fn new(tree: &'a Tree, suite: &'a Suite, site_of: &'a HashMap<u32, u32>, until: Option<Instant>) -> Judge<'a> {
        Judge { tree, suite, site_of, killers: Mutex::default(), until }
    }

    /// Judges the mutants. Runs have folders below `folder`; `results` is the file of verdicts.
    pub fn all(
        &self,
        mutants: &[&Mutant],
        folder: &Path,
        results: Option<&Path>,
        jobs: usize,
        kept: impl Fn(&Mutant, Verdict, String) -> Kept + Sync,
    ) -> Result<Vec<Kept>, Failure> {
        let file = match results {
            Some(path) => {
                Some(File::options().append(true).create(true).open(path).map_err(|error| format!("{}: {error}", path.display()))?)
            }
            None => None,
        };
        let done = Mutex::new((file, Vec::new()));
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for job in 0..jobs {
                let (done, next, kept) = (&done, &next, &kept);
                scope.spawn(move || {
                    let place = folder.join(format!("job-{job}"));
                    let _ = fs::create_dir_all(&place);
                    while self.until.is_none_or(|until| Instant::now() < until)
                        && let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let (verdict, by) = self.judge(mutant, &place);
                        let entry = kept(mutant, verdict, by);
                        let (file, entries) = &mut *locked(done);
                        if let (Some(file), Ok(line)) = (file, serde_json::to_string(&entry)) {
                            let _ = writeln!(file, "{line}");
                        }
                        entries.push(entry);
                    }
                });
            }
        });
        Ok(done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).1)
    }

    fn judge(&self, mutant: &Mutant, place: &Path) -> (Verdict, String) {
        let reaching = self.site_of.get(&mutant.id).and_then(|site| self.suite.by_site.get(site));
        let Some(reaching) = reaching else { return (Verdict::Unreached, String::new()) };
        let function = format!("{} {}", mutant.name.file, mutant.function.as_ref().map_or("", |(name, _)| name));
        let first = locked(&self.killers).get(&function).copied();
        for batch in self.batches(reaching, first) {
            let tests = &self.suite.tests;
            let program = &self.suite.programs[tests[batch[0]].program];
            let names: Vec<&str> = batch.iter().map(|test| tests[*test].name.as_str()).collect();
            let stops = batch.iter().all(|test| tests[*test].stops);
            let run = Run { tree: self.tree, program: &program.path, names: &names, mutant: Some(mutant.id), record: None, stops };
            let (ended, _) = run.run(place, &self.suite.bounds(&batch));
            if ended != Ended::Passed {
                let by = Run::last_test(place);
                if let Some(killer) = batch.iter().find(|test| tests[**test].name == by) {
                    locked(&self.killers).insert(function, *killer);
                }
                let verdict = if ended == Ended::TimedOut { Verdict::TimedOut } else { Verdict::Caught };
                return (verdict, format!("{} {by}", program.name));
            }
        }
        (Verdict::Missed, String::new())
    }

    /// Tests in the order in which they are run: what caught a neighbour, then quick ones by program, then the others from the shortest.
    fn batches(&self, reaching: &[usize], first: Option<usize>) -> Vec<Vec<usize>> {
        let tests = &self.suite.tests;
        let first = first.filter(|test| reaching.contains(test));
        let mut batches: Vec<Vec<usize>> = first.iter().map(|test| vec![*test]).collect();
        let mut quick: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
        let mut slow: Vec<usize> = Vec::new();
        for test in reaching.iter().copied().filter(|test| Some(*test) != first) {
            if tests[test].time < QUICK {
                quick.entry((tests[test].program, tests[test].stops)).or_default().push(test);
            } else {
                slow.push(test);
            }
        }
        let time = |batch: &[usize]| batch.iter().map(|test| tests[*test].time).sum::<f64>();
        let mut quick: Vec<Vec<usize>> = quick.into_values().collect();
        quick.sort_by(|one, other| time(one).total_cmp(&time(other)));
        batches.extend(quick);
        slow.sort_by(|one, other| tests[*one].time.total_cmp(&tests[*other].time));
        batches.extend(slow.into_iter().map(|test| vec![test]));
        batches
    }
}
