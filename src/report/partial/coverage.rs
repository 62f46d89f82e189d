//! Which lines of a ledger were read: nothing twice, and nothing that does not follow.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::error::MergeError;
use super::part::{Break, Part};

/// The most parts that one partial names: a million, which are some 500 MB in a file. Lines that are sorted by their number make one
/// part for each file.
const MOST_PARTS: usize = 1 << 20;

/// Parts that do not overlap, by their first line. Parts of one file that follow each other are one, so that it does not matter
/// how a file was divided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Coverage(BTreeMap<u64, Part>);

impl Coverage {
    /// Adds a part.
    pub(super) fn insert(&mut self, mut part: Part) -> Result<(), MergeError> {
        let before = self.0.range(..=part.from).next_back().map(|(_, before)| before);
        let after = self.0.range(part.from..).next().map(|(_, after)| after);
        if let Some(twice) = before.filter(|before| before.to >= part.from).or(after.filter(|after| after.from <= part.to)) {
            return Err(MergeError::Overlap { one: Box::new(twice.clone()), other: Box::new(part) });
        }
        let before = before.filter(|before| before.to.checked_add(1) == Some(part.from));
        let after = after.filter(|after| part.to.checked_add(1) == Some(after.from));
        before.map_or(Ok(()), |before| link(before, &part))?;
        after.map_or(Ok(()), |after| link(&part, after))?;
        let is_of_file = |other: &&Part| other.file == part.file;
        let (before, after) = (before.filter(is_of_file).map(|part| part.from), after.filter(is_of_file).map(|part| part.from));
        if let Some(after) = after.and_then(|from| self.0.remove(&from)) {
            part = joined(part, after);
        }
        if let Some(before) = before.and_then(|from| self.0.remove(&from)) {
            part = joined(before, part);
        }
        if self.0.len() >= MOST_PARTS {
            return Err(MergeError::TooManyParts);
        }
        self.0.insert(part.from, part);
        Ok(())
    }

    /// Adds parts, if there are any.
    pub(super) fn insert_all(&mut self, parts: impl IntoIterator<Item = Part>) -> Result<(), MergeError> {
        parts.into_iter().try_for_each(|part| self.insert(part))
    }

    /// Adds other parts.
    pub(super) fn join(&mut self, mut other: Coverage) -> Result<(), MergeError> {
        if other.0.len() > self.0.len() {
            std::mem::swap(self, &mut other);
        }
        self.insert_all(other.0.into_values())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.0.values()
    }

    /// The part that has a line.
    pub(super) fn part_of(&self, seq: u64) -> Option<&Part> {
        self.0.range(..=seq).next_back().map(|(_, part)| part).filter(|part| part.to >= seq)
    }

    /// The number of lines. There can be 2^64.
    pub(super) fn lines(&self) -> u128 {
        self.iter().map(|part| u128::from(part.to - part.from) + 1).sum()
    }

    /// The lines that are missing from a first one on.
    pub(super) fn gaps(&self, start: u64) -> Vec<RangeInclusive<u64>> {
        let mut gaps = Vec::new();
        let mut next = Some(start);
        for part in self.iter() {
            if let Some(next) = next.filter(|next| *next < part.from) {
                gaps.push(next..=part.from - 1);
            }
            next = part.to.checked_add(1);
        }
        gaps
    }
}

/// Two parts of one file as one.
fn joined(before: Part, after: Part) -> Part {
    Part { from: before.from, prev: before.prev, begins_file: before.begins_file, first_form: before.first_form, ..after }
}

fn link(before: &Part, after: &Part) -> Result<(), MergeError> {
    let parts = || (Box::new(before.clone()), Box::new(after.clone()));
    match before.is_followed_by(after.prev, after.begins_file, after.first_form) {
        Ok(()) => Ok(()),
        Err(Break::Digest) => {
            let (before, after) = parts();
            Err(MergeError::Unlinked { before, after })
        }
        Err(Break::HeaderInside | Break::AfterSeal | Break::Form) => {
            let (before, after) = parts();
            Err(MergeError::Boundary { before, after })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::ledger::Form;

    /// Two files of a ledger that were put into one, the first as an older version wrote it.
    #[test]
    fn parts_of_one_file_begin_as_the_first_and_end_as_the_last() {
        let [start, middle, end] = [Digest::ZERO, Digest::of(b"seal"), Digest::of(b"record")];
        let part = |[from, to]: [u64; 2], [prev, digest]: [Digest; 2], ends_file, form| Part {
            file: "ledgers".to_owned(),
            from,
            to,
            prev,
            digest,
            begins_file: true,
            ends_file,
            first_form: form,
            last_form: form,
        };
        let first = part([0, 9], [start, middle], true, Form::One);
        let second = part([10, 12], [middle, end], false, Form::Two);
        let whole = Part { first_form: Form::One, ..part([0, 12], [start, end], false, Form::Two) };
        for parts in [[&first, &second], [&second, &first]] {
            let mut coverage = Coverage::default();
            coverage.insert_all(parts.map(Part::clone)).unwrap();
            assert!(coverage.iter().eq([&whole]), "{coverage:?}");
        }
    }
}
