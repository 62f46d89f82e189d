//! The files of a ledger that rotates: `ledger.jsonl`, then `ledger.1.jsonl`, `ledger.2.jsonl`, and so on.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bailiwick::Ledger;
use bailiwick::ledger::{Header, Key, Line, Lines, OpenError};

use crate::config::Rotation;
use crate::path::quoted;

/// Seconds of a day of UTC, which has no leap seconds in the time of systems.
const DAY: u64 = 24 * 60 * 60;

/// A ledger, and the file that it writes.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) ledger: Ledger<File>,
    /// The path of the first file.
    first: PathBuf,
    /// The number of the file; 0 is the first.
    number: u64,
    /// The day on which the file was begun, from 1970.
    begun: u64,
}

impl Current {
    /// Opens the last file, and goes on after it when that is sealed. Without rotation the first file is the last one, unless it is
    /// sealed or was moved away.
    pub(super) fn open(first: PathBuf, key: &Key, rotates: bool) -> Result<Current, OpenError> {
        let mut number = if rotates || !first.exists() { last(&first)? } else { 0 };
        let mut opened = Ledger::open(file(&first, number), key.clone());
        if !rotates && matches!(opened, Err(OpenError::Sealed { .. })) {
            let later = last(&first)?;
            if later > number {
                number = later;
                opened = Ledger::open(file(&first, number), key.clone());
            }
        }
        if let Err(OpenError::Sealed { head, .. }) = opened {
            number = number.saturating_add(1);
            opened = Ledger::open_after(file(&first, number), key.clone(), head);
        }
        let opened = opened?;
        if let Some(torn) = &opened.torn {
            tracing::warn!("the last line of the ledger was torn, and is set aside in {}", quoted(&torn.file));
        }
        let begun = header(&file(&first, number)).map_or_else(today, |header| day(header.opened));
        Ok(Current { ledger: opened.ledger, first, number, begun })
    }

    /// The path of the file.
    pub(super) fn path(&self) -> PathBuf {
        file(&self.first, self.number)
    }

    /// Whether it is time for another file.
    pub(super) fn is_due(&self, rotation: Rotation) -> bool {
        match rotation {
            Rotation::Size(size) => self.ledger.get_ref().metadata().is_ok_and(|file| file.len() >= size),
            Rotation::Daily => self.begun < today(),
        }
    }

    /// Seals the file and goes on in the next one. On an error before the seal the ledger goes on in this file.
    pub(super) fn rotate(&mut self) -> Result<(), OpenError> {
        let number = self.number.saturating_add(1);
        self.ledger.rotate_to(file(&self.first, number))?;
        (self.number, self.begun) = (number, today());
        Ok(())
    }
}

/// The path of a file: the number comes before the extension.
fn file(first: &Path, number: u64) -> PathBuf {
    if number == 0 {
        return first.to_owned();
    }
    let mut name = first.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(".{number}"));
    if let Some(extension) = first.extension() {
        name.push(".");
        name.push(extension);
    }
    first.with_file_name(name)
}

/// The number of the file in which the ledger goes on, or which is sealed: the highest one, or the one before when that has no whole
/// line. A rotation that was cut off left it so, and a ledger would begin anew in it. Files before may have been moved away.
fn last(first: &Path) -> Result<u64, OpenError> {
    let unusable = |path: PathBuf, error| OpenError::Io { path, error };
    let numbers = numbers(first).map_err(|error| unusable(first.to_owned(), error))?;
    let Some((&last, before)) = numbers.split_last() else { return Ok(0) };
    let Some(previous) = last.checked_sub(1) else { return Ok(0) };
    let (path, before) = (file(first, last), before.last().copied());
    match header(&path) {
        None if before == Some(previous) => Ok(previous),
        None => Err(OpenError::CutOff { path, head: None }),
        Some(begins) => match before.and_then(|before| header(&file(first, before))) {
            Some(earlier) if begins.seq <= earlier.seq => {
                let error = "it begins no later than the file before it, so it is a copy: move it away, or give it another name";
                Err(unusable(path, io::Error::other(error)))
            }
            _ => Ok(last),
        },
    }
}

/// The numbers of the files that are there, ascending.
fn numbers(first: &Path) -> io::Result<Vec<u64>> {
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let parts = name.to_str().into_iter().flat_map(|name| name.split('.'));
        let possible = parts.filter_map(|part| part.parse::<u64>().ok()).chain([0]);
        numbers.extend(possible.filter(|&number| file(first, number).file_name() == Some(name.as_os_str())));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// The header of a file. `None` when it has no whole one.
fn header(path: &Path) -> Option<Header> {
    match Lines::new(BufReader::new(File::open(path).ok()?)).next()?.ok()? {
        Line::Header(header) => Some(header),
        _ => None,
    }
}

fn today() -> u64 {
    day(SystemTime::now())
}

fn day(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() / DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick::ledger::verify;

    fn key() -> Key {
        Key::new(&std::array::from_fn::<u8, 40, _>(|n| u8::try_from(n * 3).unwrap())).unwrap()
    }

    fn name(path: &Path) -> &str {
        path.file_name().unwrap().to_str().unwrap()
    }

    fn lines(folder: &Path, names: &[&str]) -> u64 {
        let files = names.iter().map(|&name| (name, BufReader::new(File::open(folder.join(name)).unwrap())));
        verify(files).unwrap().lines
    }

    #[test]
    fn the_number_stands_before_the_extension_and_the_highest_is_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("a.ledger.jsonl");
        let last = |first: &Path| numbers(first).map(|numbers| numbers.last().copied().unwrap_or(0));
        assert_eq!(last(&first).unwrap(), 0);
        for other in
            ["a.ledger.jsonl", "a.ledger.01.jsonl", "a.ledger.x.jsonl", "a.ledger.9.json", "b.ledger.9.jsonl", "a.ledger.8"]
        {
            fs::write(folder.path().join(other), "").unwrap();
            assert_eq!(last(&first).unwrap(), 0, "{other}");
        }
        for number in [2, 10, 3] {
            assert_eq!(name(&file(&first, number)), format!("a.ledger.{number}.jsonl"));
            fs::write(file(&first, number), "").unwrap();
        }
        assert_eq!(last(&first).unwrap(), 10);
        let bare = folder.path().join("bare");
        fs::write(file(&bare, 7), "").unwrap();
        assert_eq!((name(&file(&bare, 7)), last(&bare).unwrap()), ("bare.7", 7));
        assert!(last(&folder.path().join("absent/ledger")).is_err());
    }

    #[test]
    fn a_ledger_goes_on_in_its_last_file_and_after_a_sealed_one() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("l.jsonl");
        let open = |rotates| Current::open(first.clone(), &key(), rotates).unwrap();
        let mut current = open(true);
        current.ledger.unrecorded(10).unwrap();
        current.rotate().unwrap();
        current.ledger.unrecorded(20).unwrap();
        assert_eq!(name(&current.path()), "l.1.jsonl");
        drop(current);
        // Also when it does not rotate any more.
        for rotates in [true, false] {
            let mut current = open(rotates);
            assert_eq!(name(&current.path()), "l.1.jsonl");
            current.ledger.unrecorded(30).unwrap();
        }
        // Sealed by another tool.
        let mut other = Ledger::open(folder.path().join("l.1.jsonl"), key()).unwrap().ledger;
        other.rotate_to(folder.path().join("elsewhere")).unwrap();
        drop(other);
        fs::remove_file(folder.path().join("elsewhere")).unwrap();
        let mut current = open(true);
        assert_eq!(name(&current.path()), "l.2.jsonl");
        current.ledger.unrecorded(40).unwrap();
        drop(current);
        assert_eq!(lines(folder.path(), &["l.jsonl", "l.1.jsonl", "l.2.jsonl"]), 3 + 5 + 2);
    }

    #[test]
    fn a_rotation_that_was_cut_off_loses_no_line_and_begins_no_other_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("l.jsonl"), folder.path().join("l.1.jsonl"));
        let mut current = Current::open(first.clone(), &key(), true).unwrap();
        current.ledger.unrecorded(10).unwrap();
        let unsealed = fs::read(&first).unwrap();
        current.rotate().unwrap();
        drop(current);
        let (sealed, header) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
        // Before the seal, and after it. What is left is a header without its end, a part of one, or nothing.
        let cases = [header.len() - 1, 6, 0].map(|left| [(&unsealed, 0, left), (&sealed, 1, left)]);
        for (before, number, left) in cases.into_iter().flatten() {
            fs::write(&first, before).unwrap();
            fs::write(&second, &header[..left]).unwrap();
            let mut current = Current::open(first.clone(), &key(), true).unwrap();
            assert_eq!(current.number, number);
            current.ledger.unrecorded(20).unwrap();
            if number == 0 {
                current.rotate().unwrap();
            }
            drop(current);
            assert!(lines(folder.path(), &["l.jsonl", "l.1.jsonl"]) > 4);
        }
        fs::remove_file(&first).unwrap();
        for left in [header.len() - 1, 6, 0] {
            fs::write(&second, &header[..left]).unwrap();
            assert!(matches!(Current::open(first.clone(), &key(), true), Err(OpenError::CutOff { .. })), "{left}");
            assert!(!first.exists() && fs::read(&second).unwrap() == header[..left]);
        }
    }

    #[test]
    fn a_ledger_that_rotates_no_more_goes_on_in_its_last_file_when_the_first_was_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("l.jsonl");
        let mut current = Current::open(first.clone(), &key(), true).unwrap();
        current.rotate().unwrap();
        let seq = current.ledger.unrecorded(10).unwrap();
        drop(current);
        fs::remove_file(&first).unwrap();
        let mut current = Current::open(first.clone(), &key(), false).unwrap();
        assert_eq!((name(&current.path()), current.ledger.unrecorded(20).unwrap()), ("l.1.jsonl", seq + 1));
        assert!(!first.exists());
    }

    #[test]
    fn a_copy_of_an_earlier_file_is_never_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let (first, copy) = (folder.path().join("l.jsonl"), folder.path().join("l.20260131.jsonl"));
        let mut current = Current::open(first.clone(), &key(), true).unwrap();
        current.ledger.unrecorded(10).unwrap();
        fs::copy(&first, &copy).unwrap();
        let taken = fs::read(&copy).unwrap();
        current.ledger.unrecorded(20).unwrap();
        drop(current);
        let error = Current::open(first.clone(), &key(), true).unwrap_err().to_string();
        assert!(error.contains("l.20260131.jsonl") && error.contains("it is a copy"), "{error}");
        assert_eq!(fs::read(&copy).unwrap(), taken);
        fs::remove_file(&copy).unwrap();
        assert_eq!(name(&Current::open(first, &key(), true).unwrap().path()), "l.jsonl");
    }

    #[test]
    fn a_file_is_due_at_its_size_or_on_the_next_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut current = Current::open(folder.path().join("l.jsonl"), &key(), true).unwrap();
        let size = fs::metadata(current.path()).unwrap().len();
        assert!(current.is_due(Rotation::Size(size)) && !current.is_due(Rotation::Size(size + 1)));
        assert!(current.begun + 1 >= today());
        current.begun = today() - 1;
        assert!(current.is_due(Rotation::Daily));
        current.rotate().unwrap();
        current.begun = today() + 1;
        assert!(!current.is_due(Rotation::Daily), "a clock that was set back rotates nothing");
    }
}
