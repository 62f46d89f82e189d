//! The result as it may be published.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::backtest::day::Day;
use crate::backtest::figure::Figure;
use crate::backtest::partial::{Changed, Partial, Rows, Side};
use crate::backtest::suppression::Suppressed;
use crate::backtest::tables::Changes;
use crate::disclosure::{Count, Threshold};

/// The result of a backtest as it may be published. The [module](super) says what is counted, what a sum means, and what is not
/// shown.
///
/// It holds what it shows and nothing else, so that no format can say more than another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The docket in force, and the geo data that it was decided with.
    pub in_force: Side,
    /// The proposed docket, and the geo data that it was decided with.
    pub proposed: Side,
    /// The days of the first and of the last row.
    pub days: Option<(Day, Day)>,
    /// The smallest number of joins that is shown.
    #[serde(serialize_with = "threshold")]
    pub threshold: Threshold,
    /// Rows that could not be read. Nobody is blocked by one, and nothing else counts them.
    pub not_read: u64,
    /// Rows that were decided under both dockets.
    pub decided: Figure,
    /// Of these: blocked under both, or admitted under both.
    pub unchanged: Figure,
    /// Of these: blocked under both, by whatever orders.
    pub blocked_by_both: Figure,
    /// Of the unchanged: admitted, at an address that is outside of the geo data.
    pub unlocated: Figure,
    /// Of the unchanged: admitted, at an address on which sources of geo data disagree.
    pub contested: Figure,
    /// Joins that the docket in force admits, and the proposed one blocks: under the orders of the proposed one.
    pub newly_blocked: Changes,
    /// Joins that the docket in force blocks, and the proposed one admits: under the orders of the one in force.
    pub newly_admitted: Changes,
}

impl Partial {
    /// What may be published: the numbers, with small ones suppressed.
    #[must_use]
    pub fn summary(&self, threshold: Threshold) -> Summary {
        Summary::new(self, threshold)
    }
}

impl Summary {
    fn new(partial: &Partial, threshold: Threshold) -> Summary {
        let Partial { in_force, proposed, rows, newly_blocked, newly_admitted } = partial;
        let Rows { not_read, blocked_by_both, located, unlocated, contested, days } = *rows;
        let sides = [newly_blocked, newly_admitted].map(|changed| Suppressed::new(changed, threshold));
        let [blocked_by_both, unlocated, contested] =
            [blocked_by_both, unlocated, contested].map(|joins| Figure::from(Count::of(joins, threshold)));
        // Every number but the one of joins that are admitted at a located address, which nothing shows.
        let others: Figure = [blocked_by_both, unlocated, contested].into_iter().chain(sides.iter().map(Suppressed::base)).sum();
        let all = [newly_blocked, newly_admitted].into_iter().map(Changed::joins).fold(located, u64::saturating_add);
        let all = [rows.blocked_by_both, rows.unlocated, rows.contested].into_iter().fold(all, u64::saturating_add);
        let decided = decided(all, located, others, threshold);
        let [newly_blocked, newly_admitted] = sides.map(|side| side.changes());
        let unchanged = match decided.most {
            Some(_) => decided.without([newly_blocked.joins, newly_admitted.joins].into_iter().sum()),
            None => Figure::at_least([blocked_by_both, unlocated, contested].into_iter().sum::<Figure>().least),
        };
        Summary {
            in_force: *in_force,
            proposed: *proposed,
            days,
            threshold,
            not_read,
            decided,
            unchanged,
            blocked_by_both,
            unlocated,
            contested,
            newly_blocked,
            newly_admitted,
        }
    }

    /// The result as JSON, in the shape of `docs/backtest.md`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts and numbers: there is nothing that JSON cannot write.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// The number of rows that were decided. It is shown where the number of joins that are admitted at located addresses, which is not
/// shown and could be had by subtraction, is large whatever the suppressed numbers are. Whether it is depends on shown numbers
/// alone.
fn decided(all: u64, located: u64, others: Figure, threshold: Threshold) -> Figure {
    let is_exact = others.number().is_some();
    let is_large = others.most.is_some_and(|most| all.checked_sub(most).is_some_and(|rest| rest >= threshold.get()));
    if is_large || (is_exact && located == 0) { Figure::exactly(all) } else { Figure::at_least(others.least) }
}

fn threshold<S: serde::Serializer>(threshold: &Threshold, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(threshold.get())
}

impl Serialize for Side {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BTreeMap::from([("docket", self.docket), ("atlas", self.atlas)]).serialize(serializer)
    }
}
