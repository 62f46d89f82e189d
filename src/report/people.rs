//! Numbers of joins and meetings, as a report may show them.

use serde::Serialize;

use super::meetings::{self, LEAST_ESTIMATED, MeetingPrefix, Meetings};
use crate::disclosure::{Count, Threshold};
use crate::geo::Location;
use crate::ledger::Record;
use crate::policy::DecisionKind;

/// The people whom the orders of one row were about: how often somebody asked to join a meeting that such an order in force named,
/// and how many meetings that were.
///
/// Each join is in one cell of one row; a meeting is in each row in which it has a join. Numbers from 1 to 9, or below the report's
/// threshold, are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct People {
    /// An order reached the person, who was kept out.
    pub blocked: Count,
    /// The person was let through, being outside of what the orders reach.
    pub outside: Count,
    /// The person was let through, as nobody knew where the address is.
    pub unlocated: Count,
    /// The person was let through, as sources disagreed on where the address is.
    pub contested: Count,
    /// The meetings, all of which went on.
    pub meetings_kept: Count,
}

/// The number of cells of joins in a row.
pub(super) const CELLS: usize = 4;

/// The joins and the meetings of one row, or of the decisions with one set of orders. They leave the report's code as [`People`]
/// only, and in a partial report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tallies {
    pub(super) joins: [u64; CELLS],
    pub(super) meetings: Meetings,
}

/// The numbers of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    joins: [u64; CELLS],
    meetings: u64,
}

/// A number of joins is too large for 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overflow;

/// The cell of its row that a decision is counted in. `None` for a meeting that no order in force named.
pub(super) fn cell(record: &Record) -> Option<usize> {
    match (record.verdict, record.region) {
        (DecisionKind::Allow, _) => None,
        (DecisionKind::BlockParticipant, _) => Some(0),
        (DecisionKind::KeepMeeting, Location::In(_)) => Some(1),
        (DecisionKind::KeepMeeting, Location::Unknown) => Some(2),
        (DecisionKind::KeepMeeting, Location::Contested) => Some(3),
    }
}

impl Tallies {
    /// Counts a decision in one of the cells. There are fewer decisions than 2^64.
    pub(super) fn count(&mut self, record: &Record, cell: usize) {
        if let Some(joins) = self.joins.get_mut(cell) {
            *joins = joins.saturating_add(1);
        }
        self.meetings.insert(MeetingPrefix::from(&record.meeting));
    }

    /// Adds other decisions.
    pub(super) fn add(&mut self, other: Tallies) -> Result<(), Overflow> {
        let Tallies { joins, meetings } = other;
        for (sum, joins) in self.joins.iter_mut().zip(joins) {
            *sum = sum.checked_add(joins).ok_or(Overflow)?;
        }
        self.meetings.union(meetings);
        Ok(())
    }

    /// The number of joins.
    pub(super) fn all_joins(&self) -> Option<u64> {
        self.joins.into_iter().try_fold(0, u64::checked_add)
    }

    /// The row as it may be shown.
    pub(super) fn shown(&self, threshold: Threshold) -> People {
        let meetings = self.meetings.number();
        Tally { joins: self.joins, meetings: meetings.get() }.shown(threshold, meetings.is_estimate())
    }
}

impl Tally {
    /// Each cell of joins is shown by itself. There are at most as many meetings as joins, and at least one when there are joins.
    /// So the number of meetings tells nothing about hidden cells when it is at most the sum of the shown cells. Otherwise only the
    /// bounds that the joins imply are shown.
    ///
    /// Where no cell is hidden, an estimate is cut at the number of joins.
    fn shown(&self, threshold: Threshold, is_estimate: bool) -> People {
        let [blocked, outside, unlocated, contested] = self.joins.map(|joins| Count::of(joins, threshold));
        let joins = [blocked, outside, unlocated, contested];
        let is_hidden = joins.into_iter().any(|count| matches!(count, Count::FewerThan(_)));
        let meetings = if is_estimate && !is_hidden { self.meetings.min(sum(joins)) } else { self.meetings };
        let meetings_kept = match meetings {
            // An estimate below the threshold does not prove that there are fewer.
            meetings if is_estimate && (threshold.get()..=sum(joins)).contains(&meetings) => meetings::about(meetings),
            meetings if !is_estimate && meetings <= sum(joins) => Count::of(meetings, threshold),
            _ => Count::FewerThan(limit(joins)),
        };
        People { blocked, outside, unlocated, contested, meetings_kept }
    }
}

impl People {
    /// Nobody at all.
    pub(super) const NOBODY: People = People {
        blocked: Count::Exactly(0),
        outside: Count::Exactly(0),
        unlocated: Count::Exactly(0),
        contested: Count::Exactly(0),
        meetings_kept: Count::Exactly(0),
    };

    /// All rows together, made of what is shown of each, so that it tells nothing more.
    pub(super) fn total(rows: &[People]) -> People {
        let total = |cell: fn(&People) -> Count| joined(rows.iter().map(cell), u64::saturating_add);
        let meetings: Vec<Count> = rows.iter().map(|row| row.meetings_kept).filter(|count| !count.is_zero()).collect();
        People {
            blocked: total(|row| row.blocked),
            outside: total(|row| row.outside),
            unlocated: total(|row| row.unlocated),
            contested: total(|row| row.contested),
            meetings_kept: match meetings.as_slice() {
                [] => Count::Exactly(0),
                [one] => *one,
                // A meeting may be in several rows, so the sum would be too many, and the right number would tell how many are.
                several => at_least(several.iter().copied(), u64::max),
            },
        }
    }

    /// Every number, with its name for machines.
    pub(super) fn cells(&self) -> [(&'static str, Count); CELLS + 1] {
        [
            ("blocked", self.blocked),
            ("outside", self.outside),
            ("unlocated", self.unlocated),
            ("contested", self.contested),
            ("meetings_kept", self.meetings_kept),
        ]
    }
}

/// The sum of what is known exactly.
fn sum(counts: impl IntoIterator<Item = Count>) -> u64 {
    let exactly = |count| if let Count::Exactly(number) = count { number } else { 0 };
    counts.into_iter().map(exactly).fold(0, u64::saturating_add)
}

/// Exclusive upper bound on the sum, given what is shown.
fn limit(counts: impl IntoIterator<Item = Count>) -> u64 {
    let most = |count| match count {
        Count::Exactly(number) => number,
        Count::FewerThan(limit) => limit.saturating_sub(1),
        Count::AtLeast(_) | Count::About { .. } => u64::MAX,
    };
    counts.into_iter().map(most).fold(1, u64::saturating_add)
}

/// Joins numbers to one, which is exact when all of them are.
fn joined(counts: impl Iterator<Item = Count> + Clone, join: fn(u64, u64) -> u64) -> Count {
    let is_exact = counts.clone().all(|count| matches!(count, Count::Exactly(_)));
    if is_exact { Count::Exactly(sum(counts)) } else { at_least(counts, join) }
}

/// The lower bound of numbers that are not all zero, combined with `join`; an upper bound of their sum when none is shown.
fn at_least(counts: impl Iterator<Item = Count> + Clone, join: fn(u64, u64) -> u64) -> Count {
    let least = |count| match count {
        Count::Exactly(number) | Count::AtLeast(number) => number,
        Count::FewerThan(_) => 0,
        // An estimate may be too high; this is certain.
        Count::About { .. } => LEAST_ESTIMATED,
    };
    match counts.clone().map(least).fold(0, join) {
        0 => Count::FewerThan(limit(counts)),
        least => Count::AtLeast(least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::SystemTime;

    fn shown(rows: &[Tally], thresholds: &[Threshold]) -> Vec<(Vec<People>, People)> {
        let shown = |&threshold| {
            let rows: Vec<People> = rows.iter().map(|row| row.shown(threshold, is_estimate(row))).collect();
            let total = People::total(&rows);
            (rows, total)
        };
        thresholds.iter().map(shown).collect()
    }

    /// As for a set of meetings that is estimated without an error.
    fn is_estimate(row: &Tally) -> bool {
        row.meetings >= LEAST_ESTIMATED
    }

    /// A row that can occur: at most as many meetings as joins, and at least one when there are joins.
    fn row() -> impl Strategy<Value = Tally> {
        let number = prop_oneof![3 => Just(0_u64), 5 => 1..12_u64, 2 => 9..40_u64, 1 => 100..2_000_u64, 1 => 65_000..90_000_u64];
        (prop::array::uniform4(number), any::<prop::sample::Index>(), any::<bool>()).prop_map(|(joins, meetings, few)| {
            let all: u64 = joins.iter().sum();
            let most = if few { all.min(25) } else { all };
            Tally { joins, meetings: if all == 0 { 0 } else { 1 + u64::try_from(meetings.index(1 << 20)).unwrap() % most } }
        })
    }

    fn thresholds() -> impl Strategy<Value = Vec<Threshold>> {
        prop::collection::vec((0..40_u64).prop_map(Threshold::at_least), 1..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

        /// For readers of reports with any thresholds, each cell that the lowest threshold hides could be any number that it hides:
        /// there are rows that look the same.
        #[test]
        fn report_never_shows_a_small_count(rows in prop::collection::vec(row(), 1..5), thresholds in thresholds()) {
            let seen = shown(&rows, &thresholds);
            let lowest = thresholds.iter().min().unwrap().get();
            for (at, tally) in rows.iter().enumerate() {
                let hidden = (1..lowest).contains(&tally.meetings);
                for cell in (0..CELLS).filter(|&cell| (1..lowest).contains(&tally.joins[cell])) {
                    for joins in 1..lowest {
                        let is_possible = looks_the_same(&rows, at, &thresholds, &seen, |tally| tally.joins[cell] = joins);
                        prop_assert!(is_possible, "{joins} in cell {cell} of row {at}");
                    }
                }
                for meetings in (1..lowest).filter(|_| hidden) {
                    let is_possible = looks_the_same(&rows, at, &thresholds, &seen, |tally| tally.meetings = meetings);
                    prop_assert!(is_possible, "{meetings} meetings in row {at}");
                }
            }
        }

        #[test]
        fn what_is_shown_is_true_and_never_small(rows in prop::collection::vec(row(), 0..5), thresholds in thresholds()) {
            for threshold in thresholds {
                let people: Vec<People> = rows.iter().map(|row| row.shown(threshold, is_estimate(row))).collect();
                for (tally, people) in rows.iter().zip(&people) {
                    let numbers = tally.joins.into_iter().chain([tally.meetings]);
                    for ((name, count), number) in people.cells().into_iter().zip(numbers) {
                        prop_assert!(is_true(count, number) && is_large(count, threshold), "{name}: {count} for {number}");
                    }
                }
                let total = People::total(&people).cells();
                for (cell, (name, count)) in total.into_iter().take(CELLS).enumerate() {
                    let number = rows.iter().map(|row| row.joins[cell]).sum();
                    prop_assert!(is_true(count, number) && is_large(count, threshold), "{name}: {count} for {number}");
                }
                // Meetings may be in several rows: as many as in the greatest one, or all others besides.
                let least = rows.iter().map(|row| row.meetings).max().unwrap_or(0);
                let (name, count) = total[CELLS];
                prop_assert!(is_true(count, least) && is_large(count, threshold), "{name}: {count} for {least}");
            }
        }
    }

    fn is_true(count: Count, number: u64) -> bool {
        match count {
            Count::Exactly(exactly) => exactly == number,
            Count::FewerThan(limit) => (1..limit).contains(&number),
            Count::AtLeast(least) => least <= number,
            Count::About { number: about, .. } => about == number,
        }
    }

    fn is_large(count: Count, threshold: Threshold) -> bool {
        match count {
            Count::Exactly(number) => number == 0 || number >= threshold.get(),
            Count::FewerThan(limit) => limit >= threshold.get(),
            Count::AtLeast(least) => least >= threshold.get(),
            Count::About { number, .. } => number >= threshold.get().max(LEAST_ESTIMATED),
        }
    }

    /// Whether rows with one number set to a value can occur and look the same, for some choice of the other hidden numbers of its
    /// row.
    fn looks_the_same(
        rows: &[Tally],
        at: usize,
        thresholds: &[Threshold],
        seen: &[(Vec<People>, People)],
        set: impl Fn(&mut Tally),
    ) -> bool {
        let lowest = thresholds.iter().min().unwrap().get();
        let as_many_as_can_be = |joins: u64| if (1..lowest).contains(&joins) { lowest - 1 } else { joins };
        let row = rows[at];
        let mut filled = row;
        filled.joins = filled.joins.map(as_many_as_can_be);
        // One meeting more than the joins that a threshold shows, or few.
        let shown_by = |threshold: &Threshold| -> u64 { row.joins.iter().filter(|&&joins| joins >= threshold.get()).sum() };
        let other_meetings: Vec<u64> = thresholds.iter().map(|threshold| shown_by(threshold) + 1).chain(1..lowest).collect();
        let candidates = [row, filled].into_iter().flat_map(|base| {
            let meetings = [base.meetings].into_iter().chain(other_meetings.iter().copied());
            meetings.map(move |meetings| Tally { joins: base.joins, meetings })
        });
        candidates.into_iter().any(|mut candidate| {
            set(&mut candidate);
            let mut others = rows.to_vec();
            others[at] = candidate;
            candidate.meetings <= candidate.joins.iter().sum() && shown(&others, thresholds) == seen
        })
    }

    fn record(meeting: u32, verdict: DecisionKind, region: Location) -> Record {
        let key = crate::ledger::Key::new(&[0; 32]).unwrap();
        Record {
            seq: 0,
            time: SystemTime::UNIX_EPOCH,
            policy: crate::digest::Digest::of(b""),
            atlas: crate::digest::Digest::of(b""),
            meeting: key.hash(&meeting.to_string()),
            verdict,
            orders: Vec::new(),
            why: None,
            region,
            prefix_len: None,
            salt: None,
            prev: crate::digest::Digest::of(b""),
        }
    }

    #[test]
    fn a_decision_is_counted_with_its_meeting_once() {
        let mut tallies = Tallies::default();
        for n in 0..30 {
            let record = record(n % 12, DecisionKind::KeepMeeting, Location::Unknown);
            tallies.count(&record, cell(&record).unwrap());
        }
        assert_eq!(cell(&record(1, DecisionKind::Allow, Location::Unknown)), None, "nobody is concerned");
        let expected = People { unlocated: Count::Exactly(30), meetings_kept: Count::Exactly(12), ..People::NOBODY };
        assert_eq!(tallies.shown(Threshold::default()), expected);
        let most = Tallies { joins: [u64::MAX, 0, 0, 0], ..Tallies::default() };
        assert_eq!(most.clone().add(most), Err(Overflow));
    }

    #[test]
    fn an_estimate_is_shown_with_its_error_and_where_it_tells_nothing() {
        let kept = |joins: [u64; CELLS], meetings, threshold| {
            Tally { joins, meetings }.shown(Threshold::at_least(threshold), true).meetings_kept
        };
        let about = |number| Count::About { number, per_mille: 8 };
        assert_eq!(kept([90_000, 0, 0, 0], 70_000, 10), about(70_000));
        assert_eq!(kept([90_000, 3, 0, 0], 70_000, 10), about(70_000));
        assert_eq!(kept([70_000, 0, 0, 0], 70_100, 10), about(70_000), "there are no more meetings than joins");
        assert_eq!(kept([70_000, 3, 0, 0], 70_100, 10), Count::FewerThan(70_010), "that could be of the hidden cell");
        assert_eq!(kept([90_000, 0, 0, 0], 70_000, 80_000), Count::FewerThan(90_001), "it may be too low");
        let rows = [[90_000, 0, 0, 0], [0, 20, 0, 0]].map(|joins| Tally { joins, meetings: joins[0].max(11) });
        let [one, other] = rows.map(|row| row.shown(Threshold::default(), is_estimate(&row)));
        assert_eq!(People::total(&[one, other]).meetings_kept, Count::AtLeast(LEAST_ESTIMATED));
        assert_eq!(People::total(&[one, People::NOBODY]).meetings_kept, about(90_000));
    }

    #[test]
    fn totals_are_made_of_what_is_shown() {
        let row = |joins: [u64; CELLS], meetings| Tally { joins, meetings }.shown(Threshold::default(), false);
        let total = |rows: &[People]| {
            let People { blocked, outside, meetings_kept, .. } = People::total(rows);
            [blocked, outside, meetings_kept].map(|count| count.to_string())
        };
        assert_eq!(total(&[]), ["0", "0", "0"]);
        assert_eq!(total(&[row([57, 100, 0, 0], 12), row([20, 0, 0, 0], 11)]), ["77", "100", "at least 12"]);
        assert_eq!(total(&[row([57, 100, 0, 0], 3), row([0; CELLS], 0)]), ["57", "100", "fewer than 10"]);
        assert_eq!(total(&[row([57, 3, 0, 0], 12), row([9, 4, 0, 0], 1)]), ["at least 57", "fewer than 19", "at least 12"]);
        // With eleven meetings and one hidden cell, that cell would be the eleventh join.
        assert_eq!(row([10, 2, 0, 0], 11).meetings_kept, Count::FewerThan(20));
        assert_eq!(row([0, 2, 0, 0], 1).meetings_kept, Count::FewerThan(10));
    }
}
