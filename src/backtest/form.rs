//! A part as bytes: JSON of one form, in which each part is written in one way.

use serde::{Deserialize, Serialize};

use crate::backtest::day::Day;
use crate::backtest::error::BacktestError;
use crate::backtest::partial::{Changed, MOST, Partial, Rows, Side, weight};
use crate::digest::Digest;
use crate::region::Region;

/// The number of the form that is written and read. A new field makes a new form.
const FORM: u64 = 1;

/// The mark that stands at the top of each part.
const MARK: &str = "not for publication: small numbers are not suppressed here";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartialJson {
    bailiwick_backtest: u64,
    mark: String,
    in_force: SideJson,
    proposed: SideJson,
    rows: RowsJson,
    newly_blocked: ChangedJson,
    newly_admitted: ChangedJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SideJson {
    docket: Digest,
    atlas: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsJson {
    not_read: u64,
    blocked_by_both: u64,
    located: u64,
    unlocated: u64,
    contested: u64,
    days: Option<(Day, Day)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedJson {
    /// Ids and issuers, ascending by id.
    orders: Vec<(String, String)>,
    sets: Vec<SetJson>,
}

/// The positions of the orders of a set, and the cells of the set.
type SetJson = (Vec<usize>, Vec<(Region, Day, u64)>);

/// The number of the form alone, which any later form has, too.
#[derive(Deserialize)]
struct FormJson {
    bailiwick_backtest: u64,
}

impl Partial {
    /// The part as bytes, the same for the same counts, to be kept or shipped. It is **not for publication**, and says so.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Partial { in_force, proposed, rows, newly_blocked, newly_admitted } = self;
        let Rows { not_read, blocked_by_both, located, unlocated, contested, days } = *rows;
        let json = PartialJson {
            bailiwick_backtest: FORM,
            mark: MARK.to_owned(),
            in_force: SideJson::of(in_force),
            proposed: SideJson::of(proposed),
            rows: RowsJson { not_read, blocked_by_both, located, unlocated, contested, days },
            newly_blocked: ChangedJson::of(newly_blocked),
            newly_admitted: ChangedJson::of(newly_admitted),
        };
        // Texts and numbers: there is nothing that JSON cannot write.
        let mut bytes = serde_json::to_vec(&json).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a part that [`to_bytes`](Partial::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are not exactly what that would write, or are of another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Partial, BacktestError> {
        let unread = |error: serde_json::Error| BacktestError::Unread(error.to_string());
        let FormJson { bailiwick_backtest: found } = serde_json::from_slice(bytes).map_err(unread)?;
        if found != FORM {
            return Err(BacktestError::Form { found, expected: FORM });
        }
        let json: PartialJson = serde_json::from_slice(bytes).map_err(unread)?;
        // Before anything is made of it: a short list of orders and a short one of cells have many pairs.
        if json.newly_blocked.weight() > MOST || json.newly_admitted.weight() > MOST {
            return Err(BacktestError::TooManyCells { most: MOST });
        }
        let RowsJson { not_read, blocked_by_both, located, unlocated, contested, days } = json.rows;
        let partial = Partial {
            in_force: json.in_force.side(),
            proposed: json.proposed.side(),
            rows: Rows { not_read, blocked_by_both, located, unlocated, contested, days },
            newly_blocked: json.newly_blocked.changed().ok_or(BacktestError::Changed(0))?,
            newly_admitted: json.newly_admitted.changed().ok_or(BacktestError::Changed(0))?,
        };
        // A part is written in one way. So sequences, repeats, blanks and whatever else could be otherwise need no check each.
        let written = partial.to_bytes();
        match written.iter().zip(bytes).position(|(written, read)| written != read) {
            Some(at) => Err(BacktestError::Changed(at)),
            None if written.len() != bytes.len() => Err(BacktestError::Changed(written.len().min(bytes.len()))),
            None if !partial.is_sound() => Err(BacktestError::Changed(0)),
            None => Ok(partial),
        }
    }

    /// Whether the days are those of rows that were read, and no cell is without joins.
    fn is_sound(&self) -> bool {
        let Rows { blocked_by_both, located, unlocated, contested, days, .. } = self.rows;
        let cells = || [&self.newly_blocked, &self.newly_admitted].into_iter().flat_map(|changed| changed.cells.values()).flatten();
        let is_read = blocked_by_both > 0 || located > 0 || unlocated > 0 || contested > 0 || cells().next().is_some();
        let is_within = |day: Day| days.is_some_and(|(first, last)| (first..=last).contains(&day));
        is_read == days.is_some()
            && days.is_none_or(|(first, last)| first <= last)
            && cells().all(|(&(_, day), &joins)| joins > 0 && is_within(day))
    }
}

impl SideJson {
    fn of(side: &Side) -> SideJson {
        SideJson { docket: side.docket, atlas: side.atlas }
    }

    fn side(&self) -> Side {
        Side { docket: self.docket, atlas: self.atlas }
    }
}

impl ChangedJson {
    fn of(changed: &Changed) -> ChangedJson {
        let Changed { issuers, cells } = changed;
        let orders: Vec<(String, String)> = issuers.iter().map(|(id, issuer)| (id.clone(), issuer.clone())).collect();
        let position = |id: &String| orders.binary_search_by(|(other, _)| other.cmp(id)).unwrap_or(orders.len());
        let sets = cells.iter().map(|(ids, joins)| {
            let cells = joins.iter().map(|(&(region, day), &joins)| (region, day, joins));
            (ids.iter().map(position).collect(), cells.collect())
        });
        ChangedJson { sets: sets.collect(), orders }
    }

    fn weight(&self) -> usize {
        self.sets.iter().map(|(orders, cells)| weight(orders.len(), cells.len())).fold(0, usize::saturating_add)
    }

    /// `None` when a position is of no order.
    fn changed(self) -> Option<Changed> {
        let ChangedJson { orders, sets } = self;
        let mut changed = Changed::default();
        for (positions, cells) in sets {
            let set = positions.iter().map(|&at| orders.get(at)).collect::<Option<Vec<_>>>().filter(|set| !set.is_empty())?;
            for (region, day, joins) in cells {
                changed.add(set.iter().map(|(id, issuer)| (id.as_str(), issuer.as_str())), region, day, joins);
            }
        }
        Some(changed)
    }
}
