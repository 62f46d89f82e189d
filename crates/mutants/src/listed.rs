//! Mutants that no test can notice, each with the reason: `.ci/mutants.toml`.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::Failure;
use crate::list::{Mutant, Name};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mutants: Vec<Entry>,
}

/// Mutants of one line that share a reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    /// The line, without indentation.
    code: String,
    /// The changes in words, as this program prints them.
    changes: Vec<String>,
    reason: String,
    /// How often the file has the change in a line like this.
    #[serde(default = "once")]
    times: usize,
    /// Which of these is meant, counted from 1, where the others are noticed.
    nth: Option<usize>,
}

fn once() -> usize {
    1
}

/// The listed mutants.
#[derive(Debug, Default)]
pub struct Listed {
    names: HashMap<Name, ()>,
}

impl Listed {
    /// Reads the list; without the file nothing is listed.
    pub fn read(path: &Path) -> Result<Listed, Failure> {
        let Ok(text) = std::fs::read_to_string(path) else { return Ok(Listed::default()) };
        let fault = |what: String| format!("{}: {what}", path.display());
        let file: File = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
        let mut listed = Listed::default();
        for entry in file.mutants {
            if entry.reason.trim().is_empty() || entry.changes.is_empty() || entry.times == 0 || entry.nth == Some(0) {
                return Err(fault(format!("`{}`: without a reason, a change, or a place", entry.code)).into());
            }
            for change in entry.changes {
                let places = entry.nth.map_or(1..=entry.times, |nth| nth..=nth);
                for times in places {
                    let name = Name { file: entry.file.clone(), change: change.clone(), code: entry.code.trim().to_owned(), times };
                    if listed.names.insert(name, ()).is_some() {
                        return Err(fault(format!("`{change}` in `{}` is listed twice", entry.code)).into());
                    }
                }
            }
        }
        Ok(listed)
    }

    pub fn has(&self, mutant: &Mutant) -> bool {
        self.names.contains_key(&mutant.name)
    }

    /// What is listed and is no mutant any more.
    pub fn stale(&self, mutants: &[Mutant]) -> Vec<&Name> {
        let mut stale: Vec<&Name> = self.names.keys().filter(|name| !mutants.iter().any(|mutant| mutant.name == **name)).collect();
        stale.sort();
        stale
    }
}
