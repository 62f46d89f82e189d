//! Small numbers, suppressed.
//!
//! The joins of one direction are cut into *cells*, by the set of orders that block them together, the region and the day. No join
//! is in two cells, and every number that is shown is computed from cells as they are shown, with one exception: a *series*, the
//! cells of one set and one region on all days, has its exact sum shown where [`Series::can_show`] says that this leaves each
//! suppressed cell as open as before.

use std::collections::BTreeMap;

use crate::backtest::day::Day;
use crate::backtest::figure::Figure;
use crate::backtest::partial::Changed;
use crate::backtest::tables::{Cell, Changes, OfDay, OfOrder, OfRegion};
use crate::disclosure::{Count, Threshold};
use crate::region::Region;

/// The cells of one direction as they may be shown.
pub(super) struct Suppressed<'c> {
    changed: &'c Changed,
    series: Vec<Series<'c>>,
}

/// The joins that one set of orders blocks from one region.
struct Series<'c> {
    orders: &'c [String],
    region: Region,
    /// The cells, by day.
    days: Vec<(Day, Figure)>,
    /// All days together.
    sum: Figure,
}

impl Changed {
    /// All joins.
    pub(super) fn joins(&self) -> u64 {
        self.cells.values().flat_map(|joins| joins.values()).fold(0, |sum, &joins| sum.saturating_add(joins))
    }
}

impl<'c> Suppressed<'c> {
    pub(super) fn new(changed: &'c Changed, threshold: Threshold) -> Suppressed<'c> {
        let mut series = Vec::new();
        for (orders, joins) in &changed.cells {
            let cells: Vec<(Region, Day, u64)> = joins.iter().map(|(&(region, day), &joins)| (region, day, joins)).collect();
            let of_regions = cells.chunk_by(|(one, ..), (other, ..)| one == other);
            series.extend(of_regions.filter_map(|cells| Series::new(orders, cells, threshold)));
        }
        Suppressed { changed, series }
    }

    /// All joins, from the cells alone.
    pub(super) fn base(&self) -> Figure {
        self.series.iter().flat_map(|series| &series.days).map(|&(_, joins)| joins).sum()
    }

    /// The tables.
    pub(super) fn changes(&self) -> Changes {
        let mut by_order: BTreeMap<&str, Vec<Figure>> = BTreeMap::new();
        let mut by_region: BTreeMap<(&str, Region), Vec<Figure>> = BTreeMap::new();
        let mut cells: BTreeMap<(&str, Region, Day), Vec<Figure>> = BTreeMap::new();
        let mut by_day: BTreeMap<Day, Vec<Figure>> = BTreeMap::new();
        for Series { orders, region, days, sum } in &self.series {
            days.iter().for_each(|&(day, joins)| by_day.entry(day).or_default().push(joins));
            for order in orders.iter().map(String::as_str) {
                by_order.entry(order).or_default().push(*sum);
                by_region.entry((order, *region)).or_default().push(*sum);
                days.iter().for_each(|&(day, joins)| cells.entry((order, *region, day)).or_default().push(joins));
            }
        }
        let sum = |figures: Vec<Figure>| figures.into_iter().sum::<Figure>();
        let issuer = |order: &str| self.changed.issuers.get(order).cloned().unwrap_or_default();
        let owned = |order: &str| order.to_owned();
        Changes {
            joins: self.series.iter().map(|series| series.sum).sum(),
            shared: self.series.iter().any(|series| series.orders.len() > 1),
            by_order: by_order
                .into_iter()
                .map(|(order, joins)| OfOrder { order: owned(order), issuer: issuer(order), joins: sum(joins) })
                .collect(),
            by_order_and_region: by_region
                .into_iter()
                .map(|((order, region), joins)| OfRegion { order: owned(order), region, joins: sum(joins) })
                .collect(),
            by_day: by_day
                .into_iter()
                .map(|(day, joins)| {
                    let shown = joins.iter().filter_map(|joins| joins.number()).fold(0, u64::saturating_add);
                    OfDay { day, joins: sum(joins), shown }
                })
                .collect(),
            cells: cells
                .into_iter()
                .map(|((order, region, day), joins)| Cell { order: owned(order), region, day, joins: sum(joins) })
                .collect(),
        }
    }
}

impl<'c> Series<'c> {
    /// The cells are those of one region, ascending by day.
    fn new(orders: &'c [String], cells: &[(Region, Day, u64)], threshold: Threshold) -> Option<Series<'c>> {
        let &(region, ..) = cells.first()?;
        let joins: Vec<u64> = cells.iter().map(|&(_, _, joins)| joins).collect();
        let days: Vec<(Day, Figure)> =
            cells.iter().map(|&(_, day, joins)| (day, Figure::from(Count::of(joins, threshold)))).collect();
        let sum = match Series::can_show(&joins, threshold) {
            true => Figure::exactly(joins.iter().fold(0, |sum, &joins| sum.saturating_add(joins))),
            false => days.iter().map(|&(_, joins)| joins).sum(),
        };
        Some(Series { orders, region, days, sum })
    }

    /// Whether the exact sum tells nothing about any one suppressed cell: each could be any number from 1 to the threshold less 1,
    /// with some choice of the other ones.
    ///
    /// With *k* suppressed cells of the sum *s* and the threshold *t* that is so when the others can make up for the smallest and
    /// for the largest number: (*t* - 1) + (*k* - 1) ≤ *s* ≤ 1 + (*k* - 1)(*t* - 1). With a higher threshold than the lowest no sum
    /// is shown: beside a table with a lower one, it would be the sum of fewer cells.
    fn can_show(joins: &[u64], threshold: Threshold) -> bool {
        let small = || joins.iter().filter(|joins| (1..threshold.get()).contains(joins)).map(|&joins| u128::from(joins));
        let Some(others) = small().count().checked_sub(1) else { return true };
        let (others, sum) = (u128::try_from(others).unwrap_or(u128::MAX), small().sum::<u128>());
        let most = u128::from(threshold.get()) - 1;
        threshold == Threshold::default() && most + others <= sum && sum <= 1 + others.saturating_mul(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::partial::{Partial, Rows};
    use crate::backtest::summary::Summary;
    use crate::order::Docket;
    use crate::policy::Policy;
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use std::time::{Duration, SystemTime};

    /// The joins by a set of orders, a region and a day, each by its position.
    type Cells = BTreeMap<(usize, usize, u64), u64>;

    static EMPTY: LazyLock<Partial> = LazyLock::new(|| {
        let nobody = Policy::compile(&Docket::default(), &crate::geo::Atlas::builder().build().unwrap()).unwrap();
        Partial::empty(&nobody, &nobody)
    });

    /// All numbers behind a summary.
    #[derive(Debug, Clone, PartialEq)]
    struct Numbers {
        sides: [Cells; 2],
        both: u64,
        located: u64,
        unlocated: u64,
        contested: u64,
    }

    const SETS: [&[&str]; 4] = [&["a"], &["b"], &["a", "b"], &["c"]];
    const REGIONS: [&str; 2] = ["CN", "HK"];

    impl Numbers {
        fn shown(&self, thresholds: &[Threshold]) -> Vec<Summary> {
            let side = |cells: &Cells| {
                let mut changed = Changed::default();
                for (&(set, region, day), &joins) in cells.iter().filter(|(_, joins)| **joins > 0) {
                    let day = Day::of(SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400)).unwrap();
                    changed.add(SETS[set].iter().map(|id| (*id, "CN")), [((REGIONS[region].parse().unwrap(), day), joins)]);
                }
                changed
            };
            let Numbers { sides: [blocked, admitted], both, located, unlocated, contested } = self;
            let partial = Partial {
                rows: Rows {
                    blocked_by_both: *both,
                    located: *located,
                    unlocated: *unlocated,
                    contested: *contested,
                    ..Rows::default()
                },
                newly_blocked: side(blocked),
                newly_admitted: side(admitted),
                ..EMPTY.clone()
            };
            thresholds.iter().map(|&threshold| partial.summary(threshold)).collect()
        }

        fn rows(&self) -> u64 {
            let cells: u64 = self.sides.iter().flat_map(|cells| cells.values()).sum();
            cells + self.both + self.located + self.unlocated + self.contested
        }

        /// The same number of rows, if the number that nothing shows can make up for the difference; else without any of it.
        fn with_rows(mut self, rows: u64) -> Numbers {
            self.located = (self.located + rows).saturating_sub(self.rows());
            self
        }
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![2 => Just(0_u64), 6 => 1..12_u64, 2 => 9..45_u64, 1 => 100..2_000_u64]
    }

    fn cells() -> impl Strategy<Value = Cells> {
        prop::collection::btree_map((0..SETS.len(), 0..REGIONS.len(), 0..5_u64), number(), 0..14)
    }

    fn numbers() -> impl Strategy<Value = Numbers> {
        let others = (number(), prop_oneof![number(), 0..200_u64], number(), number());
        (cells(), cells(), others).prop_map(|(blocked, admitted, (both, located, unlocated, contested))| Numbers {
            sides: [blocked, admitted],
            both,
            located,
            unlocated,
            contested,
        })
    }

    /// Numbers in which one cell has another value, which the other suppressed cells of its series make up for if they can, and
    /// others in which they have their least or most.
    fn candidates(numbers: &Numbers, side: usize, cell: (usize, usize, u64), joins: u64, lowest: u64) -> Vec<Numbers> {
        let is_beside = |other: &(usize, usize, u64), joins: u64| {
            *other != cell && (other.0, other.1) == (cell.0, cell.1) && (1..lowest).contains(&joins)
        };
        let set = |others: &dyn Fn(u64, u64) -> u64| {
            let mut changed = numbers.clone();
            let before = changed.sides[side].insert(cell, joins).unwrap();
            let mut missing = before as i64 - joins as i64;
            for (other, value) in &mut changed.sides[side] {
                if is_beside(other, *value) {
                    let (least, most) = (1 - *value as i64, lowest as i64 - 1 - *value as i64);
                    let step = missing.clamp(least, most);
                    missing -= step;
                    *value = others(*value, (*value as i64 + step) as u64);
                }
            }
            changed
        };
        vec![set(&|_, balanced| balanced), set(&|own, _| own), set(&|_, _| 1), set(&|_, _| lowest - 1)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        /// For readers of tables with any thresholds, each number that the lowest one suppresses could be any number that it
        /// suppresses: there are joins that look the same.
        #[test]
        fn backtest_never_shows_a_small_count(
            numbers in numbers(),
            thresholds in prop::collection::vec((0..40_u64).prop_map(Threshold::at_least), 1..4),
        ) {
            let seen = numbers.shown(&thresholds);
            let (lowest, rows) = (thresholds.iter().min().unwrap().get(), numbers.rows());
            let looks_the_same = |candidate: Numbers| {
                let without = Numbers { located: 0, ..candidate.clone() };
                let one = Numbers { located: 1, ..candidate.clone() };
                let others = [candidate.clone().with_rows(rows), without, one, candidate];
                others.iter().any(|other| thresholds.iter().zip(&seen).all(|(&threshold, seen)| other.shown(&[threshold])[0] == *seen))
            };
            let small = 1..lowest;
            for side in 0..2 {
                for (&cell, _) in numbers.sides[side].iter().filter(|(_, joins)| small.contains(joins)) {
                    for joins in small.clone() {
                        let is_possible = candidates(&numbers, side, cell, joins, lowest).into_iter().any(looks_the_same);
                        prop_assert!(is_possible, "{joins} in cell {cell:?} of {numbers:?}");
                    }
                }
            }
            type Field = fn(&mut Numbers) -> &mut u64;
            let fields: [Field; 3] = [|n| &mut n.both, |n| &mut n.unlocated, |n| &mut n.contested];
            for field in fields.into_iter().filter(|field| small.contains(field(&mut numbers.clone()))) {
                for joins in small.clone() {
                    let mut candidate = numbers.clone();
                    *field(&mut candidate) = joins;
                    prop_assert!(looks_the_same(candidate), "{joins} in {numbers:?}");
                }
            }
            // The number that nothing shows: if it is small, it could be any small number.
            for located in small.clone().filter(|_| small.contains(&numbers.located)) {
                let candidate = Numbers { located, ..numbers.clone() };
                let is_possible = candidate.shown(&thresholds) == seen || looks_the_same(candidate);
                prop_assert!(is_possible, "{located} located in {numbers:?}");
            }
        }
    }

    #[test]
    fn a_sum_is_shown_where_each_suppressed_number_stays_open() {
        let cases: [(&[u64], u64, bool); 12] = [
            (&[], 10, true),
            (&[57, 20], 10, true),
            (&[3], 10, false),
            (&[57, 3], 10, false),
            // Of two, only 1 + 9 to 9 + 1 leaves both open.
            (&[4, 4], 10, false),
            (&[4, 6], 10, true),
            (&[1, 1, 1], 10, false),
            (&[9, 9, 9], 10, false),
            (&[3, 4, 5], 10, true),
            (&[5; 30], 10, true),
            (&[5; 30], 11, false),
            (&[57, 20], 11, true),
        ];
        for (joins, threshold, is_shown) in cases {
            assert_eq!(Series::can_show(joins, Threshold::at_least(threshold)), is_shown, "{joins:?} with {threshold}");
        }
    }
}
