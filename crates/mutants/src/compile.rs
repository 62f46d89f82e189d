//! Finds the mutants that do not compile: the compiler's errors say where, and what stands there is taken out until there are none.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Failure;
use crate::list::{List, Mutant};
use crate::sites::{self, encloses};
use crate::tree::Tree;
use crate::weave::{self, Woven};

/// What was taken out, so that the next run begins there.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TakenOut {
    /// Mutants that no switch can choose.
    pub unswitched: HashSet<u32>,
    /// Those of them that do not compile without a switch, either: a body that the compiler refuses to return early.
    pub refused: HashSet<u32>,
    /// Functions, with their files, that must stay `const`.
    pub constant: HashSet<(String, String)>,
}

/// An error of the compiler: the bytes of files that it points at, first what it is about.
#[derive(Debug)]
struct CompilerError {
    message: String,
    rendered: String,
    places: Vec<(String, Range<usize>)>,
}

/// A program that calls cargo in a tree, with a folder for what it builds.
pub struct Cargo {
    pub target: PathBuf,
}

impl Cargo {
    pub fn command(&self, tree: &Tree, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        command.args(arguments).current_dir(&tree.root).env("CARGO_TARGET_DIR", &self.target);
        command.env_remove("RUSTC_WRAPPER").env_remove("RUSTFLAGS");
        command
    }

    /// Checks the library of a tree. What the compiler refuses, and nothing when it compiles.
    fn check(&self, tree: &Tree) -> Result<Vec<CompilerError>, Failure> {
        let mut command =
            self.command(tree, &["check", "--package", "bailiwick", "--lib", "--all-features", "--quiet", "--message-format=json"]);
        let done = command.stderr(Stdio::piped()).output().map_err(|error| format!("cargo: {error}"))?;
        let errors: Vec<CompilerError> = String::from_utf8_lossy(&done.stdout).lines().filter_map(error).collect();
        if errors.is_empty() && !done.status.success() {
            return Err(format!("cargo check failed:\n{}", String::from_utf8_lossy(&done.stderr)).into());
        }
        Ok(errors)
    }
}

/// The error of a line of cargo's output.
fn error(line: &str) -> Option<CompilerError> {
    let value: Value = serde_json::from_str(line).ok()?;
    let message = value.get("message").filter(|message| message["level"] == "error")?;
    let mut places = Vec::new();
    let spans = message["spans"].as_array()?;
    let (first, others): (Vec<&Value>, Vec<&Value>) = spans.iter().partition(|span| span["is_primary"] == true);
    for mut span in first.into_iter().chain(others) {
        loop {
            let number = |key: &str| span[key].as_u64().unwrap_or(0) as usize;
            places.push((span["file_name"].as_str().unwrap_or("").to_owned(), number("byte_start")..number("byte_end")));
            match span["expansion"].get("span") {
                Some(outer) => span = outer,
                None => break,
            }
        }
    }
    (!places.is_empty()).then(|| CompilerError {
        message: message["message"].as_str().unwrap_or("").to_owned(),
        rendered: message["rendered"].as_str().unwrap_or("").to_owned(),
        places,
    })
}

/// The switches of a tree that compiles: the mutants that can be chosen, each with its switch.
pub struct Switched {
    pub site_of: HashMap<u32, u32>,
    pub count: usize,
}

/// Puts the switches of `mutants` into a tree, and takes out those that do not compile.
pub fn switch(
    tree: &Tree,
    cargo: &Cargo,
    list: &List,
    mutants: &[&Mutant],
    lib: &str,
    out: &mut TakenOut,
) -> Result<Switched, Failure> {
    loop {
        let (files, switched) = weave_all(list, mutants, out)?;
        let texts = list.texts.iter().map(|(name, text)| (name.clone(), files.get(name).map_or(text, |woven| &woven.text).clone()));
        tree.write_library(&texts.collect(), lib, Some(switched.count))?;
        let errors = cargo.check(tree)?;
        if errors.is_empty() {
            return Ok(switched);
        }
        let before = out.unswitched.len() + out.constant.len();
        for error in &errors {
            let blame = |(file, range): &(String, Range<usize>)| files.get(file)?.blame(range);
            let blamed = error.places.iter().find_map(blame);
            if let Some(function) = not_constant(&error.message) {
                for file in list.texts.keys() {
                    out.constant.insert((file.clone(), function.to_owned()));
                }
            }
            out.unswitched.extend(blamed.into_iter().flat_map(|blame| &blame.mutants));
            // Only what the error is about, and no other place that it names.
            out.refused.extend(error.places.first().and_then(blame).and_then(|blame| blame.returned));
        }
        eprintln!("    {} errors: {} mutants taken out", errors.len(), out.unswitched.len());
        if out.unswitched.len() + out.constant.len() == before {
            let shown: Vec<&str> = errors.iter().take(5).map(|error| error.rendered.as_str()).collect();
            return Err(format!("errors outside of switches:\n{}", shown.join("\n")).into());
        }
    }
}

fn weave_all(list: &List, mutants: &[&Mutant], out: &mut TakenOut) -> Result<(BTreeMap<String, Woven>, Switched), Failure> {
    let mut files = BTreeMap::new();
    let mut site_of = HashMap::new();
    let mut next = 0;
    for (name, text) in &list.texts {
        let here: Vec<&Mutant> =
            mutants.iter().copied().filter(|mutant| mutant.name.file == *name && !out.unswitched.contains(&mutant.id)).collect();
        if here.is_empty() {
            continue;
        }
        let constant = out.constant.iter().filter(|(file, _)| file == name).map(|(_, function)| function.clone()).collect();
        let sites = sites::find(text, &here, &constant).map_err(|error| format!("{name}: {error}"))?;
        out.unswitched.extend(&sites.unswitched);
        let woven =
            weave::weave(text, &sites, &mut next, |number, site| site_of.extend(site.mutants.iter().map(|(id, _)| (*id, number))));
        files.insert(name.clone(), woven);
    }
    Ok((files, Switched { site_of, count: next as usize }))
}

/// The function that a message says is not `const`, but called where it has to be.
fn not_constant(message: &str) -> Option<&str> {
    let rest = message.split_once("cannot call non-const ")?.1;
    let path = rest.split('`').nth(1)?;
    let name = path.rsplit("::").next()?;
    (name != "at").then_some(name)
}

/// Which of some mutants compile when they are put into the code as they are, without a switch. Of each function one is tried at a time,
/// as errors in a function are about nothing outside of it.
pub fn viable(tree: &Tree, cargo: &Cargo, list: &List, mutants: &[&Mutant], lib: &str) -> Result<HashSet<u32>, Failure> {
    let mut waiting: Vec<&Mutant> = mutants.to_vec();
    let mut viable = HashSet::new();
    while !waiting.is_empty() {
        let mut functions = HashSet::new();
        let key =
            |mutant: &Mutant| (mutant.name.file.clone(), mutant.function.as_ref().map_or(mutant.lines.0, |(_, range)| range.start));
        let (tried, later): (Vec<&Mutant>, Vec<&Mutant>) = waiting.into_iter().partition(|mutant| functions.insert(key(mutant)));
        waiting = later;
        // A constant can be at fault for an error in a function.
        let (constants, in_functions) = tried.into_iter().partition(|mutant| mutant.function.is_none());
        let mut groups: Vec<Vec<&Mutant>> = vec![constants, in_functions];
        while let Some(mut group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            let (files, places) = replace_all(list, &group);
            tree.write_library(&files, lib, None)?;
            let errors = cargo.check(tree)?;
            let refused: HashSet<u32> = errors.iter().filter_map(|error| blamed(error, &places)).collect();
            if errors.is_empty() {
                viable.extend(group.iter().map(|mutant| mutant.id));
            } else if !refused.is_empty() {
                group.retain(|mutant| !refused.contains(&mutant.id));
                groups.push(group);
            } else if group.len() > 1 {
                // The error is in no mutant, but follows from one, as a constant does from another one. Halves tell from which.
                let half = group.split_off(group.len() / 2);
                groups.extend([half, group]);
            }
        }
        eprintln!("    {} compile without a switch; {} to be tried", viable.len(), waiting.len());
    }
    Ok(viable)
}

/// The mutant in whose function, or constant, an error is.
fn blamed(error: &CompilerError, places: &[Place]) -> Option<u32> {
    error.places.iter().find_map(|(file, range)| {
        let around = places.iter().filter(|(place, around, _)| place == file && encloses(around, range));
        around.min_by_key(|(_, around, _)| around.len()).map(|(_, _, id)| *id)
    })
}

/// The bytes of a file that a mutant is to blame for.
type Place = (String, Range<usize>, u32);

/// All files with mutants in them, and for each mutant its function's bytes and its own.
fn replace_all(list: &List, mutants: &[&Mutant]) -> (BTreeMap<String, String>, Vec<Place>) {
    let mut files = BTreeMap::new();
    let mut places = Vec::new();
    for (name, text) in &list.texts {
        let mut here: Vec<&Mutant> = mutants.iter().copied().filter(|mutant| mutant.name.file == *name).collect();
        here.sort_by_key(|mutant| mutant.span.start);
        let mut changed = String::new();
        let mut at = 0;
        let mut moved: Vec<(usize, isize)> = Vec::new();
        for mutant in &here {
            // A function inside of another that is replaced as a whole is tried another time: it counts as compiling.
            if mutant.span.start < at {
                continue;
            }
            changed.push_str(&text[at..mutant.span.start]);
            let begin = changed.len();
            changed.push_str(&mutant.replacement);
            places.push((name.clone(), begin..changed.len(), mutant.id));
            at = mutant.span.end;
            moved.push((at, changed.len() as isize - at as isize));
        }
        changed.push_str(&text[at..]);
        let now = |byte: usize| {
            moved.iter().rev().find(|(from, _)| *from <= byte).map_or(byte, |(_, by)| byte.saturating_add_signed(*by))
        };
        for mutant in &here {
            let around = mutant.function.as_ref().map_or(mutant.span.clone(), |(_, range)| range.clone());
            places.push((name.clone(), now(around.start)..now(around.end), mutant.id));
        }
        files.insert(name.clone(), changed);
    }
    (files, places)
}

/// Reads a file of JSON that an earlier run wrote, or begins anew.
pub fn remembered<T: Default + for<'a> Deserialize<'a>>(path: &Path) -> T {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
