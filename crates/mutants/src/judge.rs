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

impl Verdict {
    /// Whether a test noticed it.
    pub fn is_noticed(self) -> bool {
        matches!(self, Verdict::Caught | Verdict::TimedOut)
    }
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
    /// Of one that was missed, the seconds that each test was allowed to take, and all of them.
    pub longest: u32,
    #[serde(default)]
    pub most: Option<u32>,
    /// All sources and tests: one that was missed is judged anew when any of them changes.
    pub all: u64,
}

/// Tests run in rounds, those that are most about a mutant first: the first round takes these seconds, and each further one four times as
/// much as the one before it.
const FIRST_ROUND: f64 = 0.3;
const GROWTH: f64 = 4.0;

/// Killers of mutants of a file that are tried before all others.
const KILLERS: usize = 4;

/// Judges mutants, `jobs` at a time. Each verdict is written to `results` as soon as it is there.
pub struct Judge<'a> {
    pub tree: &'a Tree,
    pub suite: &'a Suite,
    /// The switch of a mutant.
    pub site_of: &'a HashMap<u32, u32>,
    /// Tests that caught a mutant, by its function or file, and how many they caught: the first to try on the next one.
    killers: Mutex<HashMap<String, BTreeMap<usize, usize>>>,
    /// Seconds that the tests of a mutant take at most when nothing is changed.
    most: f64,
    /// When no further mutant is judged.
    until: Option<Instant>,
}

impl<'a> Judge<'a> {
    pub fn new(
        tree: &'a Tree,
        suite: &'a Suite,
        site_of: &'a HashMap<u32, u32>,
        most: Option<u32>,
        until: Option<Instant>,
    ) -> Judge<'a> {
        Judge { tree, suite, site_of, killers: Mutex::default(), most: most.map_or(f64::INFINITY, f64::from), until }
    }

    /// Judges the mutants. Runs have folders below `folder`; `results` is the file of verdicts: those on
    /// missed ones are written to it when `keeps_missed` says so.
    pub fn all(
        &self,
        mutants: &[&Mutant],
        folder: &Path,
        results: &Path,
        keeps_missed: bool,
        jobs: usize,
        kept: impl Fn(&Mutant, Verdict, String) -> Kept + Sync,
    ) -> Result<Vec<Kept>, Failure> {
        let file =
            File::options().append(true).create(true).open(results).map_err(|error| format!("{}: {error}", results.display()))?;
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
                        if (keeps_missed || verdict.is_noticed())
                            && let Ok(line) = serde_json::to_string(&entry)
                        {
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
        let first = self.killers_of(&function, &mutant.name.file, reaching);
        let tests = &self.suite.tests;
        let mut taken = 0.0;
        for batch in self.batches(reaching, &first) {
            if taken > self.most {
                break;
            }
            taken += batch.iter().map(|test| tests[*test].time).sum::<f64>();
            let program = &self.suite.programs[tests[batch[0]].program];
            let names: Vec<&str> = batch.iter().map(|test| tests[*test].name.as_str()).collect();
            let stops = batch.iter().all(|test| tests[*test].stops);
            let run = Run { tree: self.tree, program: &program.path, names: &names, mutant: Some(mutant.id), record: None, stops };
            let (ended, _) = run.run(place, &self.suite.bounds(&batch));
            if ended != Ended::Passed {
                let by = Run::last_test(place);
                if let Some(killer) = batch.iter().find(|test| tests[**test].name == by) {
                    let mut killers = locked(&self.killers);
                    for key in [function, mutant.name.file.clone()] {
                        *killers.entry(key).or_default().entry(*killer).or_default() += 1;
                    }
                }
                let verdict = if ended == Ended::TimedOut { Verdict::TimedOut } else { Verdict::Caught };
                return (verdict, format!("{} {by}", program.name));
            }
        }
        (Verdict::Missed, String::new())
    }

    /// What caught most mutants of a function, and of its file, for the time that it takes.
    fn killers_of(&self, function: &str, file: &str, reaching: &[usize]) -> Vec<usize> {
        let killers = locked(&self.killers);
        let mut chosen = Vec::new();
        for (key, count) in [(function, 1), (file, KILLERS)] {
            let Some(caught) = killers.get(key) else { continue };
            let mut known: Vec<(usize, f64)> = caught
                .iter()
                .filter(|(test, _)| reaching.contains(test) && !chosen.contains(*test))
                .map(|(test, caught)| (*test, *caught as f64 / (0.01 + self.suite.tests[*test].time)))
                .collect();
            known.sort_by(|one, other| other.1.total_cmp(&one.1));
            chosen.extend(known.into_iter().take(count).map(|(test, _)| test));
        }
        chosen
    }

    /// Tests in the order in which they are run: what caught neighbours, then in rounds those that take little time and reach little
    /// else, by program.
    pub fn batches(&self, reaching: &[usize], first: &[usize]) -> Vec<Vec<usize>> {
        let tests = &self.suite.tests;
        let mut batches: Vec<Vec<usize>> = first.iter().map(|test| vec![*test]).collect();
        let rank = |test: &usize| (0.005 + tests[*test].time) * tests[*test].reached.len() as f64;
        let mut others: Vec<usize> = reaching.iter().copied().filter(|test| !first.contains(test)).collect();
        others.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
        let mut others = others.into_iter().peekable();
        let mut length = FIRST_ROUND;
        while others.peek().is_some() {
            let mut round: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
            let mut time = 0.0;
            while time < length
                && let Some(test) = others.next()
            {
                time += tests[test].time;
                round.entry((tests[test].program, tests[test].stops)).or_default().push(test);
            }
            let time = |batch: &[usize]| batch.iter().map(|test| tests[*test].time).sum::<f64>();
            let mut round: Vec<Vec<usize>> = round.into_values().collect();
            round.sort_by(|one, other| time(one).total_cmp(&time(other)));
            batches.extend(round);
            length *= GROWTH;
        }
        batches
    }
}
