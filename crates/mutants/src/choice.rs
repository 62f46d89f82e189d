//! Which mutants a run is about, from the command line.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::list::Mutant;
use crate::tree;

/// How this program is called.
pub const USAGE: &str = "\
.ci/mutants [--room ROOM]… [--file FILE]… [--changed BASE] [--missed] [--operators] [--sample N] [--seed SEED] [--shard K/N]
             [--jobs N] [--first TESTS] [--only TESTS] [--longest N] [--most N] [--seconds N] [--anew] [--build] [--unswitched]

  --room ROOM      mutants of src/ROOM, or src/ROOM.rs, in this sequence; of all rooms where none is named
  --file FILE      mutants of files whose names contain FILE
  --changed BASE   mutants in lines that changed since a revision
  --operators      mutants of operators, guards and arms alone, which need no cargo-mutants
  --missed         of the chosen mutants those that an earlier run missed
  --sample N       N of the chosen mutants, at random
  --seed SEED      another sample for another seed
  --shard K/N      each Nth of the chosen mutants, from the Kth on, counted from 0
  --jobs N         runs at a time; as many as there are processors
  --first TESTS    programs of tests to run first, as `lib,exhaustive`: the others are built only for what these miss
  --only TESTS     runs no other programs of tests, and keeps no verdicts
  --seconds N      judges no further mutants after this time, each time that tests are built
  --most N         runs, for a mutant, tests that take N seconds in all, those first that are most about it
  --longest N      leaves out tests that take more than N seconds alone; 2 where it is absent, as those that take longer catch few
                   mutants and cost most of the time
  --anew           judges each chosen mutant, also those that an earlier run has judged
  --build          ends when everything is built and recorded
  --unswitched     lists the mutants that no switch can choose, for plain cargo-mutants";

/// Seconds that a test may take where nothing else is chosen.
const LONGEST: u32 = 2;

/// The choice.
#[derive(Debug, Default)]
pub struct Choice {
    rooms: Vec<String>,
    files: Vec<String>,
    changed: Option<String>,
    sample: Option<usize>,
    seed: String,
    shard: Option<(usize, usize)>,
    pub jobs: Option<usize>,
    /// Programs of tests that are run before the others are built.
    pub first: Vec<String>,
    /// The programs of tests that are run; all where it is empty.
    pub only: Vec<String>,
    pub seconds: Option<u64>,
    /// Tests that take more seconds are left out.
    pub longest: u32,
    /// Seconds that the tests of a mutant may take in all.
    pub most: Option<u32>,
    pub anew: bool,
    pub missed: bool,
    pub builds_only: bool,
    pub shows_unswitched: bool,
    /// A file with the list of cargo-mutants. Without it, a part of it is found here.
    pub list: Option<String>,
    /// Where cargo builds, if not in a folder of its own.
    pub target: Option<PathBuf>,
}

impl Choice {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Choice, Failure> {
        let mut choice = Choice { longest: LONGEST, ..Choice::default() };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value\n\n{USAGE}"));
            match argument.as_str() {
                "--room" => choice.rooms.push(value()?),
                "--file" => choice.files.push(value()?),
                "--changed" => choice.changed = Some(value()?),
                "--sample" => choice.sample = Some(number(&value()?)?),
                "--seed" => choice.seed = value()?,
                "--jobs" => choice.jobs = Some(number(&value()?)?.max(1)),
                "--target" => choice.target = Some(value()?.into()),
                // Is of the script, which makes no list then.
                "--operators" => {}
                "--list" => choice.list = Some(value()?),
                "--first" => choice.first = value()?.split(',').map(str::to_owned).collect(),
                "--only" => choice.only = value()?.split(',').map(str::to_owned).collect(),
                "--seconds" => choice.seconds = Some(number(&value()?)? as u64),
                "--longest" => choice.longest = number(&value()?)? as u32,
                "--most" => choice.most = Some(number(&value()?)? as u32),
                "--missed" => choice.missed = true,
                "--anew" => choice.anew = true,
                "--build" => choice.builds_only = true,
                "--unswitched" => choice.shows_unswitched = true,
                "--shard" => {
                    let value = value()?;
                    let (index, count) = value.split_once('/').ok_or_else(|| format!("`{value}` is no shard: give K/N"))?;
                    let (index, count) = (number(index)?, number(count)?);
                    if index >= count {
                        return Err(format!("`{value}` is no shard: K is below N").into());
                    }
                    choice.shard = Some((index, count));
                }
                _ => return Err(format!("`{argument}` is unknown\n\n{USAGE}").into()),
            }
        }
        Ok(choice)
    }

    /// Whether the chosen mutants are so few that only they are compiled.
    pub fn is_part(&self) -> bool {
        self.changed.is_some() || self.sample.is_some() || self.missed
    }

    pub fn of<'a>(&self, mutants: &'a [Mutant], root: &Path) -> Result<Vec<&'a Mutant>, Failure> {
        let mut chosen: Vec<&Mutant> = mutants.iter().collect();
        for room in &self.rooms {
            if !mutants.iter().any(|mutant| mutant.room() == room) {
                return Err(format!("`{room}` is no room of src/ with mutants").into());
            }
        }
        if !self.rooms.is_empty() {
            // In the sequence in which they are named.
            let place = |mutant: &Mutant| self.rooms.iter().position(|room| room == mutant.room());
            chosen.retain(|mutant| place(mutant).is_some());
            chosen.sort_by_key(|mutant| place(mutant));
        }
        chosen.retain(|mutant| self.files.is_empty() || self.files.iter().any(|file| mutant.name.file.contains(file)));
        if let Some(base) = &self.changed {
            let changed = changed_lines(root, base)?;
            let is_changed = |mutant: &Mutant| {
                let (first, last) = mutant.lines;
                changed
                    .get(&mutant.name.file)
                    .is_some_and(|lines| lines.iter().any(|lines| *lines.start() <= last && first <= *lines.end()))
            };
            chosen.retain(|mutant| is_changed(mutant));
        }
        if let Some(sample) = self.sample {
            chosen.sort_by_cached_key(|mutant| {
                let mut hasher = DefaultHasher::new();
                (&self.seed, &mutant.name).hash(&mut hasher);
                hasher.finish()
            });
            chosen.truncate(sample);
        }
        if let Some((index, count)) = self.shard {
            chosen = chosen.into_iter().skip(index).step_by(count).collect();
        }
        Ok(chosen)
    }
}

fn number(text: &str) -> Result<usize, Failure> {
    text.parse().map_err(|_| format!("`{text}` is no number").into())
}

/// The lines of files below `src/` that are not as they were in a revision.
fn changed_lines(root: &Path, base: &str) -> Result<HashMap<String, Vec<RangeInclusive<usize>>>, Failure> {
    let diff = tree::output(Command::new("git").arg("-C").arg(root).args([
        "diff",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        base,
        "--",
        "src",
    ]))?;
    let mut changed: HashMap<String, Vec<RangeInclusive<usize>>> = HashMap::new();
    let mut file = String::new();
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("+++ b/") {
            file = name.to_owned();
        } else if line.starts_with("@@ ") {
            // `@@ -12,3 +14,2 @@`: two lines from line 14 on.
            let Some(after) = line.split('+').nth(1).and_then(|rest| rest.split(' ').next()) else { continue };
            let (first, count) = after.split_once(',').unwrap_or((after, "1"));
            let (first, count) = (number(first)?, number(count)?);
            if count > 0 {
                changed.entry(file.clone()).or_default().push(first..=first + count - 1);
            }
        }
    }
    Ok(changed)
}
