//! Files that would be counted twice. A group of five that is counted twice is one of ten, which is shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use bailiwick::Digest;
use bailiwick::backtest::Partial;
use bailiwick::disclosure::Threshold;

use crate::failure::Failure;
use crate::input::{STDIN, name};
use crate::output;

/// Refuses a file that is named twice, by whatever paths.
pub(super) fn refuse(files: &[String]) -> Result<(), Failure> {
    let mut seen: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for file in files.iter().filter(|file| *file != STDIN) {
        // A file that has no path is opened later, which says why it cannot be.
        let Ok(path) = fs::canonicalize(file) else { continue };
        if let Some(other) = seen.insert(path, file) {
            return Err(Failure::unusable(format_args!(
                "{} and {} are one file, and what is in it would be counted twice: name it once",
                name(other),
                name(file)
            )));
        }
    }
    Ok(())
}

/// The parts that were read, by their bytes.
#[derive(Default)]
pub(super) struct Copies<'a>(BTreeMap<Digest, &'a str>);

impl<'a> Copies<'a> {
    /// Warns of a part with the bytes of another one. Two machines can have counted as many joins of as many orders, so it is no error.
    pub(super) fn warn(&mut self, path: &'a str, bytes: &[u8], part: &Partial) {
        let Some(other) = self.0.insert(Digest::of(bytes), path) else { return };
        if part.summary(Threshold::default()).days.is_some() {
            output::warning(&format!(
                "{} has the counts of {}: if one is a copy of the other, leave it out, as its joins are counted twice",
                name(path),
                name(other)
            ));
        }
    }
}
