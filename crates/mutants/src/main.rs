//! Changes the library in thousands of places, one at a time, and tells which changes no test notices (mutation testing).
//!
//! cargo-mutants says which changes there are, its mutants. It builds the library anew for each, which takes most of a day; here all of
//! them are compiled at once, each behind a switch that the environment chooses when tests run (mutant switching, or mutation schemata).
//!
//! - `list`: the mutants of cargo-mutants; `left_out`: what has none; `choice`: those that a run is about;
//! - `sites`, `weave`: the switches, and the text of a file with them; `tree`: the copy of the repository that they are put into;
//! - `compile`: takes out what does not compile;
//! - `suite`: the tests, and the switches that each reaches; `run`: one run of some tests; `judge`: runs with one mutant after the other;
//! - `listed`: mutants that nothing can notice; `table`: scores by room.

mod choice;
mod compile;
mod discover;
mod judge;
mod left_out;
mod list;
mod listed;
mod run;
mod sites;
mod suite;
mod table;
mod tree;
mod weave;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use choice::Choice;
use compile::{Cargo, Switched, TakenOut};
use judge::{Judge, Kept, Verdict};
use list::{List, Mutant, Name};
use listed::Listed;
use table::Table;
use tree::Tree;

/// Why there is no answer.
pub type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match begin() {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}

fn begin() -> Result<ExitCode, Failure> {
    let choice = Choice::parse(std::env::args().skip(1))?;
    let root = std::env::current_dir()?;
    let folder = root.join("target/mutants");
    fs::create_dir_all(&folder)?;
    let jobs = choice.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get()));
    let list = match &choice.list {
        Some(path) => list::read(&fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?, &root)?,
        None => discover::discover(&root)?,
    };
    let listed = Listed::read(&root.join(".ci/mutants.toml"))?;
    let mut chosen = choice.of(&list.mutants, &root)?;
    if choice.missed {
        let kept = verdicts_of(&folder.join("results.jsonl"));
        chosen.retain(|mutant| kept.get(&mutant.name).is_some_and(|kept| !kept.verdict.is_noticed()));
    }
    eprintln!("{} mutants, {} chosen", list.mutants.len(), chosen.len());
    if chosen.is_empty() {
        return Ok(if print_stale(&choice, &listed, &list) { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }

    let compiled: Vec<&Mutant> = if choice.is_part() { chosen.clone() } else { list.mutants.iter().collect() };
    let mut prepared = Prepared::new(&choice, &root, &folder, &list, compiled)?;
    if choice.shows_unswitched {
        prepared.find_viable(&root, &folder, &list)?;
        for mutant in chosen.iter().filter(|mutant| prepared.verdict(mutant) == Some(Verdict::Unswitched)) {
            println!("{}", mutant.place());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let verdicts = judge(&choice, &chosen, &list, &folder, jobs, &prepared)?;
    if choice.builds_only {
        return Ok(ExitCode::SUCCESS);
    }
    prepared.find_viable(&root, &folder, &list)?;
    let mut table = Table::default();
    let mut unjudged = 0;
    let mut is_stale = print_stale(&choice, &listed, &list);
    for mutant in &chosen {
        let verdict = prepared.verdict(mutant).or_else(|| verdicts.get(&mutant.name).map(|kept| kept.verdict));
        let Some(verdict) = verdict else {
            unjudged += 1;
            continue;
        };
        let is_listed = listed.has(mutant);
        if !is_listed && matches!(verdict, Verdict::Missed | Verdict::Unreached) {
            println!(
                "{}\n    {}{}",
                mutant.place(),
                mutant.name.code,
                if verdict == Verdict::Unreached { "    (no test reaches it)" } else { "" }
            );
        }
        // A mutant that runs out of time may do the same as the library, and only take longer.
        if is_listed && matches!(verdict, Verdict::Caught | Verdict::Unviable) {
            println!("{}: listed in .ci/mutants.toml, but noticed: remove the entry", mutant.place());
            is_stale = true;
        }
        table.add(mutant.room(), verdict, is_listed);
    }
    table.print();
    if unjudged > 0 {
        println!("{unjudged} of {} not judged: the time was over", chosen.len());
    }
    Ok(if table.missed() == 0 && unjudged < chosen.len() && !is_stale { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what is listed and is no mutant any more, and says whether there is such an entry.
fn print_stale(choice: &Choice, listed: &Listed, list: &List) -> bool {
    // The list that is made here has only a part of the mutants, so that it cannot say what is none.
    let stale = if choice.list.is_some() { listed.stale(&list.mutants) } else { Vec::new() };
    for name in &stale {
        println!(".ci/mutants.toml: no such mutant, remove or mend the entry: {}: {} in `{}`", name.file, name.change, name.code);
    }
    !stale.is_empty()
}

/// The library with switches, and what has none.
struct Prepared<'a> {
    tree: Tree,
    cargo: Cargo,
    switched: Switched,
    /// The mutants that are switched, where they compile.
    compiled: Vec<&'a Mutant>,
    /// Mutants without a switch that are known not to compile.
    refused: HashSet<u32>,
    /// Mutants without a switch that the library compiles with.
    viable: HashSet<u32>,
    /// Where what is known of these sources is kept.
    known: PathBuf,
}

impl<'a> Prepared<'a> {
    fn new(choice: &Choice, root: &Path, folder: &Path, list: &List, compiled: Vec<&'a Mutant>) -> Result<Prepared<'a>, Failure> {
        let lib = fs::read_to_string(root.join("src/lib.rs"))?;
        let cargo = Cargo { target: choice.target.clone().unwrap_or_else(|| folder.join("build")) };
        // What is kept has the numbers of mutants.
        let names: Vec<(u32, &Name)> = compiled.iter().map(|mutant| (mutant.id, &mutant.name)).collect();
        let known = folder.join(format!("compiled-{:016x}", hash(&(&list.texts, names))));
        fs::create_dir_all(&known)?;
        let mut out: TakenOut = compile::remembered(&known.join("taken-out.json"));
        eprintln!("switches");
        let tree = Tree::copy(root, folder.join(if choice.is_part() { "part" } else { "tree" }), &list.texts)?;
        let switched = compile::switch(&tree, &cargo, list, &compiled, &lib, &mut out)?;
        fs::write(known.join("taken-out.json"), serde_json::to_vec(&out)?)?;
        eprintln!("    {} switches for {} mutants of {}", switched.count, switched.site_of.len(), compiled.len());
        Ok(Prepared { tree, cargo, switched, compiled, refused: out.refused, viable: HashSet::new(), known })
    }

    /// Finds which mutants without a switch compile.
    fn find_viable(&mut self, root: &Path, folder: &Path, list: &List) -> Result<(), Failure> {
        let path = self.known.join("viable.json");
        if path.exists() {
            self.viable = compile::remembered(&path);
            return Ok(());
        }
        let lib = fs::read_to_string(root.join("src/lib.rs"))?;
        let mut without: Vec<&Mutant> = self.compiled.clone();
        without.retain(|mutant| !self.switched.site_of.contains_key(&mutant.id) && !self.refused.contains(&mutant.id));
        eprintln!("{} mutants without a switch that may compile", without.len());
        let plain = Tree::copy(root, folder.join("plain"), &list.texts)?;
        self.viable = compile::viable(&plain, &self.cargo, list, &without, &lib)?;
        fs::write(&path, serde_json::to_vec(&self.viable)?)?;
        Ok(())
    }

    /// The verdict on a mutant that no switch chooses.
    fn verdict(&self, mutant: &Mutant) -> Option<Verdict> {
        if self.switched.site_of.contains_key(&mutant.id) {
            None
        } else if self.viable.contains(&mutant.id) {
            Some(Verdict::Unswitched)
        } else {
            Some(Verdict::Unviable)
        }
    }
}

/// The verdicts on mutants that are switched: those of earlier runs that still hold, and new ones.
fn judge(
    choice: &Choice,
    chosen: &[&Mutant],
    list: &List,
    folder: &Path,
    jobs: usize,
    prepared: &Prepared<'_>,
) -> Result<HashMap<Name, Kept>, Failure> {
    let results = folder.join("results.jsonl");
    let all = everything(&prepared.tree)?;
    let source_of: HashMap<&str, u64> = list.texts.iter().map(|(name, text)| (name.as_str(), hash(text))).collect();
    let holds = |kept: &Kept| match kept.verdict {
        Verdict::Caught | Verdict::TimedOut => source_of.get(kept.name.file.as_str()) == Some(&kept.source),
        _ => kept.all == all && choice.longest <= kept.longest && choice.most.unwrap_or(u32::MAX) <= kept.most.unwrap_or(u32::MAX),
    };
    let mut verdicts: HashMap<Name, Kept> = HashMap::new();
    if !choice.anew {
        verdicts.extend(verdicts_of(&results).into_iter().filter(|(_, kept)| holds(kept)));
    }
    let mut open: Vec<&Mutant> = chosen
        .iter()
        .copied()
        .filter(|mutant| prepared.switched.site_of.contains_key(&mutant.id) && !verdicts.contains_key(&mutant.name))
        .collect();
    // Runs at one time have folders of their own.
    let place: PathBuf = folder.join(format!("run-{}", std::process::id()));
    let kept = |mutant: &Mutant, verdict, by| {
        let source = source_of.get(mutant.name.file.as_str()).copied().unwrap_or(0);
        Kept { name: mutant.name.clone(), verdict, by, source, longest: choice.longest, most: choice.most, all }
    };
    // Without `--only` the last are all programs.
    let steps = [choice.first.as_slice(), choice.only.as_slice()];
    for (index, programs) in steps.into_iter().enumerate().skip(usize::from(choice.first.is_empty())) {
        open.retain(|mutant| !verdicts.contains_key(&mutant.name));
        if open.is_empty() && !choice.builds_only {
            break;
        }
        eprintln!("tests");
        let programs = suite::build(&prepared.tree, &prepared.cargo, programs)?;
        let records = folder.join("reached");
        for job in 0..jobs {
            fs::create_dir_all(records.join(format!("job-{job}")))?;
        }
        let suite = suite::record(&prepared.tree, programs, &records, jobs, f64::from(choice.longest))?;
        if !choice.builds_only {
            eprintln!("{} mutants to judge", open.len());
            let until = choice.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
            let judge = Judge::new(&prepared.tree, &suite, &prepared.switched.site_of, choice.most, until);
            // What the first programs miss is for the others, and what some programs miss is no verdict to keep.
            let keeps_missed = index == 1 && choice.only.is_empty();
            let judged = judge.all(&open, &place, &results, keeps_missed, jobs, kept)?;
            let holds = |kept: &Kept| index == 1 || kept.verdict.is_noticed();
            verdicts.extend(judged.into_iter().filter(holds).map(|kept| (kept.name.clone(), kept)));
        }
    }
    let _ = fs::remove_dir_all(&place);
    Ok(verdicts)
}

/// The last verdict on each mutant.
fn verdicts_of(results: &Path) -> HashMap<Name, Kept> {
    let text = fs::read_to_string(results).unwrap_or_default();
    let kept = text.lines().filter_map(|line| serde_json::from_str::<Kept>(line).ok());
    kept.map(|kept| (kept.name.clone(), kept)).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The content of all sources and tests of a tree.
fn everything(tree: &Tree) -> Result<u64, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![tree.root.join("src"), tree.root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.clone(), fs::read(&path)?));
            }
        }
    }
    files.sort();
    Ok(hash(&files))
}
