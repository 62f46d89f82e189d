//! A part as bytes: one line of JSON of one form, written in one way only, with its digest at the end.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::backtest::day::Day;
use crate::backtest::error::BacktestError;
use crate::backtest::partial::{Changed, MOST, Partial, Rows, Side, weight};
use crate::digest::{Digest, line};
use crate::region::Region;

/// The number of the form that is written and read. A new field makes a new form.
const FORM: u64 = 1;

/// The beginning of every form.
const START: &[u8] = b"{\"bailiwick_backtest\":";

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
    /// Written apart, as it is of the bytes before it.
    #[serde(skip_serializing)]
    digest: Option<Digest>,
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
type SetJson = (BTreeSet<usize>, Vec<(Region, Day, u64)>);

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
            digest: None,
        };
        // Texts and numbers: there is nothing that JSON cannot write.
        line::add(serde_json::to_vec(&json).unwrap_or_default())
    }

    /// Reads a part that [`to_bytes`](Partial::to_bytes) wrote.
    ///
    /// The digest at the end finds what was cut off or damaged on the way. It is no signature: numbers that somebody changed, and whose
    /// digest was computed anew, are found where they cannot be, and else by making the part again of its joins.
    ///
    /// # Errors
    ///
    /// When the bytes are not exactly what that would write, or are of another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Partial, BacktestError> {
        match form(bytes).ok_or(BacktestError::Other)? {
            FORM => {}
            found => return Err(BacktestError::Form { found, expected: FORM }),
        }
        let (digested, expected) = line::split(bytes).ok_or(BacktestError::CutOff)?;
        let found = Digest::of(digested);
        if found != expected {
            return Err(BacktestError::Damaged { expected, found });
        }
        let json: PartialJson = serde_json::from_slice(bytes).map_err(|error| BacktestError::Unread(error.to_string()))?;
        if json.digest != Some(expected) {
            return Err(BacktestError::Changed(digested.len()));
        }
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
        if written != bytes {
            let same = written.iter().zip(bytes).take_while(|(written, read)| written == read).count();
            return Err(BacktestError::Changed(same));
        }
        if partial.is_sound() { Ok(partial) } else { Err(BacktestError::Changed(0)) }
    }

    /// Whether the days are those of rows that were read, and no cell is without joins.
    fn is_sound(&self) -> bool {
        let Rows { blocked_by_both, located, unlocated, contested, days, .. } = self.rows;
        let cells = || [&self.newly_blocked, &self.newly_admitted].into_iter().flat_map(|changed| changed.cells.values()).flatten();
        let is_read = [blocked_by_both, located, unlocated, contested] != [0; 4] || cells().next().is_some();
        let is_within = |day: Day| days.is_some_and(|(first, last)| (first..=last).contains(&day));
        is_read == days.is_some()
            && days.is_none_or(|(first, last)| first <= last)
            && cells().all(|(&(_, day), &joins)| joins > 0 && is_within(day))
    }
}

/// The number of the form, which any later form has at its beginning, too. `None` for bytes that are no part.
fn form(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.strip_prefix(START)?.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
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

    /// `None` when a position is of no order, and when a set has no order or no cell.
    fn changed(self) -> Option<Changed> {
        let ChangedJson { orders, sets } = self;
        let mut changed = Changed::default();
        for (positions, cells) in sets {
            let set = positions.iter().map(|&at| orders.get(at)).collect::<Option<Vec<_>>>()?;
            if set.is_empty() || cells.is_empty() {
                return None;
            }
            let set = set.into_iter().map(|(id, issuer)| (id.as_str(), issuer.as_str()));
            changed.add(set, cells.into_iter().map(|(region, day, joins)| ((region, day), joins)));
        }
        Some(changed)
    }
}
