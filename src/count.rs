//! How many people there are, as far as it may be shown: small groups are suppressed, and cannot be found by subtraction.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// From how many people on their number is shown. Groups that are smaller, and not empty, are only said to be so.
///
/// It is 10 unless told, and never less: statistical offices suppress cells of fewer than 3 to 10 people, and here a cell can be
/// the participants of one meeting from one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u64);

impl Threshold {
    /// The least that there is.
    const LEAST: u64 = 10;

    /// Shows groups of at least `people`, or of at least 10 if that is more.
    #[must_use]
    pub fn at_least(people: u64) -> Threshold {
        Threshold(people.max(Threshold::LEAST))
    }

    /// The size of the smallest group whose number is shown.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Default for Threshold {
    fn default() -> Threshold {
        Threshold(Threshold::LEAST)
    }
}

/// A number of people, as it may be shown.
///
/// `Display` writes `0`, `1234`, `fewer than 10` or `at least 1234`. `Serialize` writes a number, or the text `<10` or `>=1234`:
/// whoever adds up cells without looking meets a text, and not a zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Count {
    /// That many, which may be none: that nobody is concerned is worth knowing, and about nobody.
    Exactly(u64),
    /// At least one, and fewer than that many.
    FewerThan(u64),
    /// That many or more: nobody counted further, or more would tell of a small group.
    AtLeast(u64),
}

impl Count {
    /// A number that stands alone. In a table it would be found by subtraction: see [`Counts`].
    #[must_use]
    pub fn of(people: u64, threshold: Threshold) -> Count {
        if (1..threshold.get()).contains(&people) { Count::FewerThan(threshold.get()) } else { Count::Exactly(people) }
    }

    /// True when it is certain that nobody is meant.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Count::Exactly(0)
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Count::Exactly(people) => f.pad(&people.to_string()),
            Count::FewerThan(people) => f.pad(&format!("fewer than {people}")),
            Count::AtLeast(people) => f.pad(&format!("at least {people}")),
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Count::Exactly(people) => serializer.serialize_u64(*people),
            Count::FewerThan(people) => serializer.collect_str(&format_args!("<{people}")),
            Count::AtLeast(people) => serializer.collect_str(&format_args!(">={people}")),
        }
    }
}

/// A table of numbers of people beside their total, as it may be shown.
///
/// A cell of 1 to *t* - 1 people, with the threshold *t*, is shown as fewer than *t*. The total is shown as it is when no cell is
/// hidden, or when those that are could each still be any number from 1 to *t* - 1 for all that the total tells. Otherwise it is
/// only said to be fewer than the cells allow, which adds nothing to them. So **whoever sees the table, and knows this rule, can
/// tell of a hidden cell that it is from 1 to *t* - 1, and nothing else.**
///
/// That holds for one table. Who knows the total from elsewhere, or sees a table of overlapping groups beside it, may know more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts<K> {
    cells: BTreeMap<K, Count>,
    total: Count,
}

impl<K: Ord> Counts<K> {
    /// Suppresses the small ones of some cells. Numbers are of people: beyond 2^64 - 1 they are cut.
    ///
    /// ```
    /// # use bailiwick::{Counts, Threshold};
    /// # use std::collections::BTreeMap;
    /// let counts = Counts::new(BTreeMap::from([("CN", 57), ("HK", 3)]), Threshold::default());
    /// assert_eq!(counts.get(&"HK").to_string(), "fewer than 10");
    /// assert_eq!(counts.total().to_string(), "fewer than 67");
    /// ```
    #[must_use]
    pub fn new(cells: BTreeMap<K, u64>, threshold: Threshold) -> Counts<K> {
        let total = total(cells.values().copied(), threshold);
        let cells = cells.into_iter().map(|(key, people)| (key, Count::of(people, threshold))).collect();
        Counts { cells, total }
    }

    /// Every cell with its number, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&K, Count)> {
        self.cells.iter().map(|(key, &count)| (key, count))
    }

    /// The number of one cell: zero for one that the table does not have.
    #[must_use]
    pub fn get(&self, key: &K) -> Count {
        self.cells.get(key).copied().unwrap_or(Count::Exactly(0))
    }

    /// The number of all cells together.
    #[must_use]
    pub fn total(&self) -> Count {
        self.total
    }
}

/// As `57 (CN 57, HK 0)`; a single cell is not said twice.
impl<K: Ord + Display> Display for Counts<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total)?;
        match self.cells.len() {
            0 => Ok(()),
            1 => self.cells.keys().try_for_each(|key| write!(f, ", all in {key}")),
            _ => {
                let cells: Vec<String> = self.iter().map(|(key, count)| format!("{key}: {count}")).collect();
                write!(f, " ({})", cells.join(", "))
            }
        }
    }
}

impl<K: Ord + Serialize> Serialize for Counts<K> {
    /// As `{"total": 1234, "cells": {"CN": 1234}}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Counts", 2)?;
        map.serialize_field("total", &self.total)?;
        map.serialize_field("cells", &self.cells)?;
        map.end()
    }
}

/// The total, as it may stand beside the cells.
fn total(cells: impl Iterator<Item = u64>, threshold: Threshold) -> Count {
    // 2^64 cells of less than 2^64 fit.
    let most = u128::from(threshold.get() - 1);
    let (mut hidden, mut in_hidden, mut shown) = (0_u128, 0_u128, 0_u128);
    for people in cells.map(u128::from) {
        if (1..=most).contains(&people) {
            hidden += 1;
            in_hidden += people;
        } else {
            shown += people;
        }
    }
    let cut = |people: u128| u64::try_from(people).unwrap_or(u64::MAX);
    // With one cell at 1 or at `most`, the others must be able to make up the rest. One hidden cell alone never passes.
    let others = hidden.saturating_sub(1);
    if hidden == 0 || (others + most..=others * most + 1).contains(&in_hidden) {
        Count::Exactly(cut(shown + in_hidden))
    } else {
        Count::FewerThan(cut(shown + hidden * most + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashMap};

    fn table(cells: &[u64], threshold: Threshold) -> (Vec<Count>, Count) {
        let counts = Counts::new(cells.iter().copied().enumerate().collect(), threshold);
        (counts.iter().map(|(_, count)| count).collect(), counts.total())
    }

    /// Every table of up to four cells of 0 to 25 people, and every one of five up to the sequence of its cells, which does not
    /// matter. For each table that is shown: whatever a reader takes a hidden cell for, there is a table that looks the same.
    #[test]
    fn a_hidden_cell_may_be_any_small_number_for_all_that_a_table_tells() {
        let threshold = Threshold::default();
        for cells in 1..=5 {
            let mut behind: HashMap<(Vec<Count>, Count), Vec<BTreeSet<u64>>> = HashMap::new();
            let mut each = |table_: &[u64]| {
                let seen = behind.entry(table(table_, threshold)).or_insert_with(|| vec![BTreeSet::new(); cells]);
                seen.iter_mut().zip(table_).for_each(|(seen, &people)| _ = seen.insert(people));
            };
            tables(cells, cells == 5, &mut Vec::new(), &mut each);
            for ((shown, total), mut seen) in behind {
                if cells == 5 {
                    // Hidden cells look alike, so what stands behind one of them stands behind all.
                    let hidden = shown.iter().zip(&seen).filter(|(count, _)| matches!(count, Count::FewerThan(_)));
                    let all: BTreeSet<u64> = hidden.flat_map(|(_, seen)| seen).copied().collect();
                    let hidden = shown.iter().zip(&mut seen).filter(|(count, _)| matches!(count, Count::FewerThan(_)));
                    hidden.for_each(|(_, seen)| seen.clone_from(&all));
                }
                for (count, seen) in shown.iter().zip(&seen) {
                    match count {
                        Count::Exactly(people) => assert!(seen.iter().eq([people]), "{shown:?} {total:?}"),
                        Count::FewerThan(_) => assert!(seen.iter().copied().eq(1..10), "{shown:?} {total:?}: {seen:?}"),
                        Count::AtLeast(_) => panic!("{shown:?} {total:?}"),
                    }
                }
            }
        }
    }

    fn tables(cells: usize, ascending: bool, table: &mut Vec<u64>, each: &mut impl FnMut(&[u64])) {
        if table.len() == cells {
            return each(table);
        }
        let from = table.last().copied().filter(|_| ascending).unwrap_or(0);
        for people in from..=25 {
            table.push(people);
            tables(cells, ascending, table, each);
            table.pop();
        }
    }

    #[test]
    fn what_is_shown_is_true() {
        for limit in [0, 10, 12] {
            let threshold = Threshold::at_least(limit);
            tables(3, false, &mut Vec::new(), &mut |cells| {
                let (shown, total) = table(cells, threshold);
                let sum: u64 = cells.iter().sum();
                for (count, people) in shown.into_iter().chain([total]).zip(cells.iter().copied().chain([sum])) {
                    match count {
                        Count::Exactly(exactly) => assert!(exactly == people && !(1..threshold.get()).contains(&people)),
                        Count::FewerThan(limit) => assert!(1 <= people && people < limit && limit >= threshold.get()),
                        Count::AtLeast(_) => panic!("{cells:?}"),
                    }
                }
            });
        }
    }

    #[test]
    fn totals_are_shown_where_they_tell_nothing_of_a_small_cell() {
        use Count::{Exactly, FewerThan};
        let cases: [(&[u64], Count); 10] = [
            (&[], Exactly(0)),
            (&[0, 0], Exactly(0)),
            (&[57, 20], Exactly(77)),
            // Subtraction would tell.
            (&[57, 3], FewerThan(67)),
            (&[3], FewerThan(10)),
            (&[3, 0], FewerThan(10)),
            // Two ones are all that make two.
            (&[57, 1, 1], FewerThan(76)),
            (&[57, 9, 9], FewerThan(76)),
            (&[57, 4, 6], Exactly(67)),
            (&[57, 4, 4, 4, 4, 4], Exactly(77)),
        ];
        for (cells, total) in cases {
            assert_eq!(table(cells, Threshold::default()).1, total, "{cells:?}");
        }
    }

    #[test]
    fn a_threshold_only_goes_up() {
        assert_eq!([0, 9, 10, 11, u64::MAX].map(|n| Threshold::at_least(n).get()), [10, 10, 10, 11, u64::MAX]);
        assert_eq!(Threshold::default(), Threshold::at_least(0));
    }

    #[test]
    fn enormous_numbers_are_cut() {
        let most = Threshold::at_least(u64::MAX);
        assert_eq!(table(&[u64::MAX, u64::MAX], most).1, Count::Exactly(u64::MAX));
        assert_eq!(table(&[u64::MAX - 1, 1], most).1, Count::Exactly(u64::MAX));
        assert_eq!(table(&[u64::MAX, 1], most).1, Count::FewerThan(u64::MAX));
    }

    #[test]
    fn counts_are_written_for_people_and_for_machines() {
        let counts = Counts::new(BTreeMap::from([("CN", 1234), ("HK", 0), ("US", 7)]), Threshold::default());
        let json = serde_json::to_string(&counts).unwrap();
        assert_eq!(json, r#"{"total":"<1244","cells":{"CN":1234,"HK":0,"US":"<10"}}"#);
        assert_eq!(format!("{}|{:>14}|", counts.get(&"CN"), counts.get(&"US")), "1234| fewer than 10|");
        assert!(counts.get(&"HK").is_zero() && counts.get(&"MO").is_zero() && !counts.get(&"US").is_zero());
    }
}
