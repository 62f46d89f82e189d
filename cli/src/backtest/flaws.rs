//! The rows that could not be read: how many, and which ones are the first.

use crate::backtest::chunks::place;
use crate::backtest::row::Unread;
use crate::output;
use bailiwick::Quoted;

/// The number of rows that are named.
const NAMED: usize = 5;

/// The first rows that could not be read, by file and line: the same however many threads read.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    first: Vec<(usize, u64, Unread)>,
    pub(super) rows: u64,
}

impl Flaws {
    /// Adds a row of a file, by the position of the file and the line or row.
    pub(super) fn add(&mut self, file: usize, line: u64, unread: Unread) {
        self.rows = self.rows.saturating_add(1);
        let is_early = self.first.len() < NAMED || self.first.last().is_some_and(|last| (file, line) < (last.0, last.1));
        if is_early {
            let at = self.first.partition_point(|(other, row, _)| (*other, *row) <= (file, line));
            self.first.insert(at, (file, line, unread));
            self.first.truncate(NAMED);
        }
    }

    pub(super) fn merge(&mut self, other: Flaws) {
        let rows = self.rows.saturating_add(other.rows);
        other.first.into_iter().for_each(|(file, line, unread)| self.add(file, line, unread));
        self.rows = rows;
    }

    /// Warns of the rows.
    pub(super) fn show(&self, files: &[String]) {
        for (file, line, Unread { value, hint }) in &self.first {
            let place = place(files.get(*file).map_or("", String::as_str), *line);
            output::warning(&match value {
                None => format!("{place}: the row cannot be read: {hint}"),
                Some((field, None)) => format!("{place}: `{field}` is missing: {hint}"),
                Some((field, Some(value))) => format!("{place}: `{field}` is {}: {hint}", Quoted(value)),
            });
        }
        let named = u64::try_from(self.first.len()).unwrap_or(u64::MAX);
        if let more @ 1.. = self.rows.saturating_sub(named) {
            output::warning(&format!(
                "{} were not read either",
                output::count(usize::try_from(more).unwrap_or(usize::MAX), "more row")
            ));
        }
    }
}
