//! Numbers of people as they may be published: small groups are suppressed, and cannot be found by subtraction.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The size of the smallest group whose number is shown. Smaller groups that are not empty are shown as small.
///
/// The default is 10, which is also the least: statistical offices suppress cells of fewer than 3 to 10 people, and here a cell can
/// be the participants of one meeting from one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u64);

impl Threshold {
    /// The lowest threshold.
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
/// `Display` writes `0`, `1234`, `fewer than 10`, `at least 1234` or `about 70120 ± 0.8 %`. `Serialize` writes a number, or the text
/// `<10`, `>=1234` or `~70120±0.8%`: a program that adds up cells meets a text, and not a zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Count {
    /// Exactly this number. Zero is shown, too: it is worth knowing, and tells about nobody.
    Exactly(u64),
    /// At least one, and fewer than this number.
    FewerThan(u64),
    /// This number or more: counting stopped there, or a closer number would tell about a small group.
    AtLeast(u64),
    /// About this number: an estimate.
    About {
        /// The number.
        number: u64,
        /// The error, in thousandths of the number. In 95 of 100 cases the estimate is off by no more.
        per_mille: u16,
    },
}

impl Count {
    /// A number that stands alone. In a table it would be found by subtraction: see [`Counts`].
    #[must_use]
    pub fn of(people: u64, threshold: Threshold) -> Count {
        if (1..threshold.get()).contains(&people) { Count::FewerThan(threshold.get()) } else { Count::Exactly(people) }
    }

    /// Returns whether it is certain that nobody is counted.
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
            Count::About { number, per_mille } => f.pad(&format!("about {number} ± {}.{} %", per_mille / 10, per_mille % 10)),
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Count::Exactly(people) => serializer.serialize_u64(*people),
            Count::FewerThan(people) => serializer.collect_str(&format_args!("<{people}")),
            Count::AtLeast(people) => serializer.collect_str(&format_args!(">={people}")),
            Count::About { number, per_mille } => {
                serializer.collect_str(&format_args!("~{number}±{}.{}%", per_mille / 10, per_mille % 10))
            }
        }
    }
}

/// A table of numbers of people beside their total, as it may be shown.
///
/// A cell of 1 to *t* - 1 people, with the threshold *t*, is shown as fewer than *t*. The total is computed from the cells as they
/// are shown: exact when none is hidden, and otherwise an upper bound, which tells nothing more. So **a reader who knows this rule
/// learns of a hidden cell that it is from 1 to *t* - 1, and nothing else**. Tables with several thresholds tell no more than the
/// one with the lowest.
///
/// This holds for one table. A reader who knows the total from elsewhere, or has a second table of overlapping groups, may learn
/// more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts<K> {
    cells: BTreeMap<K, Count>,
    total: Count,
}

impl<K: Ord> Counts<K> {
    /// Suppresses small cells. A total above 2^64 - 1 is shown as 2^64 - 1.
    ///
    /// ```
    /// # use bailiwick::disclosure::{Counts, Threshold};
    /// # use std::collections::BTreeMap;
    /// let counts = Counts::new(BTreeMap::from([("CN", 57), ("HK", 3)]), Threshold::default());
    /// assert_eq!(counts.get(&"HK").to_string(), "fewer than 10");
    /// assert_eq!(counts.total().to_string(), "fewer than 67");
    /// ```
    #[must_use]
    pub fn new(cells: BTreeMap<K, u64>, threshold: Threshold) -> Counts<K> {
        let cells: BTreeMap<K, Count> = cells.into_iter().map(|(key, people)| (key, Count::of(people, threshold))).collect();
        let total = total(cells.values());
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

/// Written as `57 (CN: 57, HK: 0)`, or `57, all in CN` when there is one cell.
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

/// The total of cells as they are shown.
fn total<'c>(cells: impl Iterator<Item = &'c Count>) -> Count {
    // 2^64 cells of less than 2^64 fit.
    let (mut least, mut most) = (0_u128, 0_u128);
    for &cell in cells {
        let (from, to) = match cell {
            Count::Exactly(people) | Count::AtLeast(people) | Count::About { number: people, .. } => (people, people),
            Count::FewerThan(people) => (1, people - 1),
        };
        least += u128::from(from);
        most += u128::from(to);
    }
    let cut = |people: u128| u64::try_from(people).unwrap_or(u64::MAX);
    match u64::try_from(most + 1) {
        _ if least == most => Count::Exactly(cut(most)),
        Ok(limit) => Count::FewerThan(limit),
        Err(_) => Count::AtLeast(cut(least)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashMap};

    /// Cells and total.
    type Shown = (Vec<Count>, Count);

    fn table(cells: &[u64], threshold: Threshold) -> Shown {
        let counts = Counts::new(cells.iter().copied().enumerate().collect(), threshold);
        (counts.iter().map(|(_, count)| count).collect(), counts.total())
    }

    /// Every table of up to three cells of 0 to 25 people, with one threshold or with two. For every value that a hidden cell may
    /// have, there is a table that is shown alike.
    #[test]
    fn a_hidden_cell_may_be_any_small_number_for_all_that_tables_tell() {
        for (thresholds, cells) in [(vec![10], 3), (vec![10, 11], 3), (vec![10, 20], 3), (vec![10, 15, 26], 2)] {
            // The true values of each cell, over all tables that look alike.
            let mut behind: HashMap<Vec<Shown>, Vec<BTreeSet<u64>>> = HashMap::new();
            tables(cells, &mut Vec::new(), &mut |people| {
                let shown = thresholds.iter().map(|&threshold| table(people, Threshold::at_least(threshold))).collect();
                let seen = behind.entry(shown).or_insert_with(|| vec![BTreeSet::new(); cells]);
                seen.iter_mut().zip(people).for_each(|(seen, &people)| _ = seen.insert(people));
            });
            for (shown, seen) in behind {
                for (count, seen) in shown[0].0.iter().zip(&seen) {
                    match count {
                        Count::Exactly(people) => assert!(seen.iter().eq([people]), "{shown:?}"),
                        Count::FewerThan(_) => assert!(seen.iter().copied().eq(1..10), "{shown:?}: {seen:?}"),
                        Count::AtLeast(_) | Count::About { .. } => panic!("{shown:?}"),
                    }
                }
            }
        }
    }

    fn tables(cells: usize, table: &mut Vec<u64>, each: &mut impl FnMut(&[u64])) {
        if table.len() == cells {
            return each(table);
        }
        for people in 0..=25 {
            table.push(people);
            tables(cells, table, each);
            table.pop();
        }
    }

    #[test]
    fn what_is_shown_is_true() {
        for limit in [0, 10, 12] {
            let threshold = Threshold::at_least(limit);
            tables(3, &mut Vec::new(), &mut |cells| {
                let (shown, total) = table(cells, threshold);
                let sum: u64 = cells.iter().sum();
                for (count, people) in shown.into_iter().chain([total]).zip(cells.iter().copied().chain([sum])) {
                    match count {
                        Count::Exactly(exactly) => assert!(exactly == people && !(1..threshold.get()).contains(&people)),
                        Count::FewerThan(limit) => assert!(1 <= people && people < limit && limit >= threshold.get()),
                        Count::AtLeast(_) | Count::About { .. } => panic!("{cells:?}"),
                    }
                }
            });
        }
    }

    #[test]
    fn a_total_is_shown_where_no_cell_is_hidden() {
        use Count::{Exactly, FewerThan};
        let cases: [(&[u64], Count); 9] = [
            (&[], Exactly(0)),
            (&[0, 0], Exactly(0)),
            (&[57, 20], Exactly(77)),
            // Subtraction would tell.
            (&[57, 3], FewerThan(67)),
            (&[3], FewerThan(10)),
            (&[3, 0], FewerThan(10)),
            (&[57, 1, 1], FewerThan(76)),
            (&[57, 9, 9], FewerThan(76)),
            (&[57, 4, 4, 4], FewerThan(85)),
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
        assert_eq!(table(&[u64::MAX - 1, 1], most).1, Count::AtLeast(2));
        assert_eq!(table(&[u64::MAX, 1], most).1, Count::AtLeast(u64::MAX));
    }

    #[test]
    fn counts_are_written_for_people_and_for_machines() {
        let counts = Counts::new(BTreeMap::from([("CN", 1234), ("HK", 0), ("US", 7)]), Threshold::default());
        let json = serde_json::to_string(&counts).unwrap();
        assert_eq!(json, r#"{"total":"<1244","cells":{"CN":1234,"HK":0,"US":"<10"}}"#);
        assert_eq!(format!("{}|{:>14}|", counts.get(&"CN"), counts.get(&"US")), "1234| fewer than 10|");
        assert_eq!(counts.to_string(), "fewer than 1244 (CN: 1234, HK: 0, US: fewer than 10)");
        let (one, none) = (BTreeMap::from([("CN", 57)]), BTreeMap::<&str, u64>::new());
        assert_eq!([one, none].map(|cells| Counts::new(cells, Threshold::default()).to_string()), ["57, all in CN", "0"]);
        let about = Count::About { number: 70_120, per_mille: 8 };
        assert_eq!(
            (about.to_string(), serde_json::to_string(&about).unwrap()),
            ("about 70120 ± 0.8 %".into(), "\"~70120±0.8%\"".into())
        );
        assert!(counts.get(&"HK").is_zero() && counts.get(&"MO").is_zero() && !counts.get(&"US").is_zero());
    }
}
