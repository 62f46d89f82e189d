//! The counts of a part of the joins, which can be kept, shipped and merged.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use crate::backtest::day::Day;
use crate::backtest::error::BacktestError;
use crate::digest::Digest;
use crate::policy::Policy;
use crate::region::Region;

/// The most that is told apart in one direction: sets of orders, and cells, each once for each order of its set, as tables have them.
/// Some 1 GB. A month under a hundred orders that reach all subdivisions of a country is a tenth of it.
pub(super) const MOST: usize = 1 << 21;

/// The counts of a part of the joins: **not for publication**, as small numbers are in it as they are.
///
/// Parts merge in any sequence and from any cut of the joins to one result. What may be published is made at the end, by
/// [`summary`](Partial::summary).
#[derive(Clone, PartialEq, Eq)]
pub struct Partial {
    pub(super) in_force: Side,
    pub(super) proposed: Side,
    pub(super) rows: Rows,
    pub(super) newly_blocked: Changed,
    pub(super) newly_admitted: Changed,
}

/// What a policy was compiled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side {
    /// The digest of the docket: [`Policy::digest`].
    pub docket: Digest,
    /// The digest of the atlas: [`Policy::atlas_digest`].
    pub atlas: Digest,
}

/// The rows that did not change, each in one of these, and the days of all that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rows {
    /// Rows that could not be read, or had no value in a field.
    pub(super) not_read: u64,
    /// Blocked under both dockets, by whatever orders.
    pub(super) blocked_by_both: u64,
    /// Admitted under both, at a located address.
    pub(super) located: u64,
    /// Admitted under both, at an address that is not located.
    pub(super) unlocated: u64,
    /// Admitted under both, at an address on which sources disagree.
    pub(super) contested: u64,
    /// The first and the last day of the rows that were read.
    pub(super) days: Option<(Day, Day)>,
}

/// The joins of one direction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changed {
    /// The issuer of each order, by its id.
    pub(super) issuers: BTreeMap<String, String>,
    /// The joins by the ids of the orders that block them, ascending, then by region and day.
    pub(super) cells: BTreeMap<Vec<String>, Joins>,
}

/// The numbers of joins by region and day.
pub(super) type Joins = BTreeMap<(Region, Day), u64>;

impl Partial {
    /// The counts of no join.
    #[must_use]
    pub fn empty(in_force: &Policy, proposed: &Policy) -> Partial {
        let side = |policy: &Policy| Side { docket: policy.digest(), atlas: policy.atlas_digest() };
        Partial {
            in_force: side(in_force),
            proposed: side(proposed),
            rows: Rows::default(),
            newly_blocked: Changed::default(),
            newly_admitted: Changed::default(),
        }
    }

    /// Adds the counts of another part.
    ///
    /// # Errors
    ///
    /// When the parts were made with different policies, and when together they have more cells than can be told apart. Then this
    /// part is as it was.
    pub fn merge(&mut self, other: &Partial) -> Result<(), BacktestError> {
        let pairs = [
            ("the docket in force", self.in_force.docket, other.in_force.docket),
            ("the proposed docket", self.proposed.docket, other.proposed.docket),
            ("the geo data of the docket in force", self.in_force.atlas, other.in_force.atlas),
            ("the geo data of the proposed docket", self.proposed.atlas, other.proposed.atlas),
        ];
        if let Some((what, one, other)) = pairs.into_iter().find(|(_, one, other)| one != other) {
            return Err(BacktestError::Policies { what, one, other });
        }
        let Partial { rows, newly_blocked, newly_admitted, .. } = other;
        if self.newly_blocked.weight_with(newly_blocked) > MOST || self.newly_admitted.weight_with(newly_admitted) > MOST {
            return Err(BacktestError::TooManyCells { most: MOST });
        }
        self.newly_blocked.merge(newly_blocked);
        self.newly_admitted.merge(newly_admitted);
        self.rows.merge(rows);
        Ok(())
    }

    /// The policies that were compared, as their digests: in force, and proposed.
    #[must_use]
    pub fn policies(&self) -> (Side, Side) {
        (self.in_force, self.proposed)
    }
}

impl Rows {
    /// Notes the day of a row that was read.
    pub(super) fn saw(&mut self, day: Day) {
        self.days = Some(self.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
    }

    fn merge(&mut self, other: &Rows) {
        // Destructured, so that a new field breaks the build here.
        let Rows { not_read, blocked_by_both, located, unlocated, contested, days } = other;
        let add = |sum: &mut u64, more: &u64| *sum = sum.saturating_add(*more);
        add(&mut self.not_read, not_read);
        add(&mut self.blocked_by_both, blocked_by_both);
        add(&mut self.located, located);
        add(&mut self.unlocated, unlocated);
        add(&mut self.contested, contested);
        if let Some((first, last)) = *days {
            self.saw(first);
            self.saw(last);
        }
    }
}

impl Changed {
    /// Adds joins that a set of orders blocks, given as ids and issuers, ascending by id.
    pub(super) fn add<'o>(
        &mut self,
        orders: impl IntoIterator<Item = (&'o str, &'o str)>,
        cells: impl IntoIterator<Item = ((Region, Day), u64)>,
    ) {
        let mut ids = Vec::new();
        for (id, issuer) in orders {
            if !self.issuers.contains_key(id) {
                self.issuers.insert(id.to_owned(), issuer.to_owned());
            }
            ids.push(id.to_owned());
        }
        self.add_cells(ids, cells);
    }

    fn add_cells(&mut self, ids: Vec<String>, cells: impl IntoIterator<Item = ((Region, Day), u64)>) {
        let own = self.cells.entry(ids).or_default();
        for (cell, joins) in cells {
            let sum = own.entry(cell).or_default();
            *sum = sum.saturating_add(joins);
        }
    }

    fn merge(&mut self, other: &Changed) {
        let Changed { issuers, cells } = other;
        self.issuers.extend(issuers.iter().map(|(id, issuer)| (id.clone(), issuer.clone())));
        cells.iter().for_each(|(ids, joins)| self.add_cells(ids.clone(), joins.iter().map(|(&cell, &joins)| (cell, joins))));
    }

    /// What is told apart: at most [`MOST`].
    pub(super) fn weight(&self) -> usize {
        self.cells.iter().map(|(ids, joins)| weight(ids.len(), joins.len())).fold(0, usize::saturating_add)
    }

    /// The weight after a merge.
    fn weight_with(&self, other: &Changed) -> usize {
        let added = other.cells.iter().map(|(ids, joins)| match self.cells.get(ids) {
            Some(own) => ids.len().saturating_mul(joins.keys().filter(|cell| !own.contains_key(cell)).count()),
            None => weight(ids.len(), joins.len()),
        });
        added.fold(self.weight(), usize::saturating_add)
    }
}

/// The weight of a set of orders and of its cells.
pub(super) fn weight(orders: usize, cells: usize) -> usize {
    orders.saturating_mul(cells.saturating_add(1))
}

/// Writes no counts: they may be too small to be shown.
impl Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partial").field("in_force", &self.in_force).field("proposed", &self.proposed).finish_non_exhaustive()
    }
}
