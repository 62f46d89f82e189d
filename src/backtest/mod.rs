//! A backtest: whom a proposed docket would have blocked, and whom it would have admitted, had it been in force in a period that is
//! over.
//!
//! The joins of the past are decided again, each at its own time: under the docket in force, and under the proposed one. They are
//! the questions of the backend itself, with meeting and address. A ledger cannot be decided again: its lines have no address, and
//! only a hash of the meeting.
//!
//! # What is counted
//!
//! A join is *newly blocked* when the docket in force admits it and the proposed one blocks it: it counts under each order of the
//! proposed docket that blocks it. It is *newly admitted* the other way round, under each order in force that blocks it. A join that
//! both dockets block is unchanged, whichever orders block it. The region is the one that the geo data of the blocking docket place
//! the address in, and the day is that of UTC.
//!
//! A join is an attempt: a person who tries three times is counted three times. A row that cannot be read is counted apart; nobody
//! is blocked by it.
//!
//! # What a sum means
//!
//! - **Orders do not add up.** A join under two orders is in the numbers of both. [`Changes::joins`] has each join once, and
//!   [`Changes::shared`] says whether it differs from the sum.
//! - **Regions of one order, and days, add up**: a join has one region and one day.
//! - **Withdrawing an order frees fewer than it has**: joins that another order blocks as well stay blocked. Only a backtest of the
//!   docket without the order tells.
//!
//! # What is not shown
//!
//! [`Partial`] has all numbers, and is not for publication. [`Summary`] shows no number of joins from 1 to 9, or below its
//! [`Threshold`](crate::disclosure::Threshold), and none can be computed from what it shows: each suppressed number could be any
//! number from 1 to the threshold less 1.
//!
//! - Joins are cut into cells that do not overlap: by the *set* of orders that block a join together, its region and its day. Numbers
//!   by order alone would overlap, and the difference of two would be a small group.
//! - Every other number is computed from the cells as they are shown. Where one is suppressed, the sum has bounds.
//! - With the lowest threshold, the sum over the days of one set of orders and one region is exact where it leaves each suppressed day
//!   as open as before.
//! - The number of rows that were decided is exact where the joins that are admitted at located addresses, a number that is not shown,
//!   are many for all that is shown.
//! - Tables with several thresholds tell no more than the one with the lowest.
//!
//! This holds for one result. Two backtests of the same joins, with dockets that differ in one order, tell the number of that
//! order's joins; two over periods that overlap tell the number of a shorter period. Publish one.
//!
//! # Cost
//!
//! A join costs two decisions and one or two lookups of its address. Memory depends on what changed, not on the number of joins: at
//! most 2^21 cells for each direction, each counted for each order of its set, beyond which there is an error.

mod day;
mod figure;
mod error;
mod partial;
mod form;
mod cells;
mod tables;
mod suppression;
mod summary;
mod csv;
mod markdown;

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::SystemTime;

pub use day::Day;
pub use error::BacktestError;
pub use figure::Figure;
pub use partial::{Partial, Side};
pub use summary::Summary;
pub use tables::{Cell, Changes, OfDay, OfOrder, OfRegion};

use crate::geo::Location;
use crate::policy::{Decision, InMeeting, Meeting, Policy};
use crate::region::Region;
use cells::Cells;

/// A join of the past: a question that the backend asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Join<'m> {
    /// The meeting, and the account that hosts it.
    pub meeting: Meeting<'m>,
    /// The participant's address.
    pub address: IpAddr,
    /// The home region of the host's account. It decides nothing about the participant.
    pub host_region: Region,
    /// The time of the join.
    pub at: SystemTime,
}

impl<'m> Join<'m> {
    /// A join to a meeting of which the host's region is not known.
    pub fn new(meeting: impl Into<Meeting<'m>>, address: IpAddr, at: SystemTime) -> Join<'m> {
        Join { meeting: meeting.into(), address, host_region: Region::UNKNOWN, at }
    }

    /// The same join, with the home region of the host's account.
    #[must_use]
    pub fn hosted_in(self, host_region: Region) -> Join<'m> {
        Join { host_region, ..self }
    }
}

/// A counter of joins under two policies. The [module](self) says what is counted.
///
/// ```
/// use bailiwick::backtest::{Backtest, Join};
/// use bailiwick::disclosure::Threshold;
/// use bailiwick::{Atlas, Docket, Order, Policy, Source};
/// use std::time::SystemTime;
///
/// let mut source = Source::new("provider");
/// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// let atlas = Atlas::builder().source(source).build()?;
/// let in_force = Policy::compile(&Docket::default(), &atlas)?;
/// let mut docket = Docket::default();
/// docket.orders.push(Order::new("cn-1", "CN"));
/// docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// let proposed = Policy::compile(&docket, &atlas)?;
///
/// let mut backtest = Backtest::new(&in_force, &proposed);
/// for host in 1..=20 {
///     backtest.add(&Join::new("june-4-vigil", [203, 0, 113, host].into(), SystemTime::UNIX_EPOCH));
/// }
/// let summary = backtest.finish()?.summary(Threshold::default());
/// assert_eq!(summary.newly_blocked.joins.number(), Some(20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a backtest is counted by `finish`"]
pub struct Backtest<'p> {
    in_force: &'p Policy,
    proposed: &'p Policy,
    /// The meeting of the last join: most joins come in bursts to one meeting.
    last: Option<LookedUp<'p>>,
    rows: partial::Rows,
    newly_blocked: Cells<'p>,
    newly_admitted: Cells<'p>,
}

/// A meeting that was looked up in both policies.
struct LookedUp<'p> {
    id: String,
    account: Option<String>,
    in_force: InMeeting<'p>,
    proposed: InMeeting<'p>,
}

impl LookedUp<'_> {
    fn is_of(&self, meeting: Meeting<'_>) -> bool {
        self.id == meeting.id && self.account.as_deref() == meeting.host
    }
}

impl<'p> Backtest<'p> {
    /// Begins a comparison of the policy in force with a proposed one. Most often both are on one atlas, so that only the orders
    /// make a difference.
    pub fn new(in_force: &'p Policy, proposed: &'p Policy) -> Backtest<'p> {
        Backtest {
            in_force,
            proposed,
            last: None,
            rows: partial::Rows::default(),
            newly_blocked: Cells::default(),
            newly_admitted: Cells::default(),
        }
    }

    /// Decides a join under both policies, at its own time, and counts it. One whose time is outside of the years 0000 to 9999 counts
    /// as not read.
    pub fn add(&mut self, join: &Join<'_>) {
        let Join { meeting, address, host_region, at } = *join;
        let Some(day) = Day::of(at) else { return self.add_not_read(1) };
        self.rows.saw(day);
        let (in_force, proposed) = self.looked_up(meeting);
        match (in_force.decide_at(address, host_region, at), proposed.decide_at(address, host_region, at)) {
            (Decision::BlockParticipant(_), Decision::BlockParticipant(_)) => increase(&mut self.rows.blocked_by_both),
            (_, Decision::BlockParticipant(block)) => {
                self.newly_blocked.count(block, region(self.proposed, address), day);
            }
            (Decision::BlockParticipant(block), _) => {
                self.newly_admitted.count(block, region(self.in_force, address), day);
            }
            _ => increase(match self.proposed.locate(address) {
                Location::In(_) => &mut self.rows.located,
                Location::Unknown => &mut self.rows.unlocated,
                Location::Contested => &mut self.rows.contested,
            }),
        }
    }

    /// Counts rows that could not be read, or lack a meeting, an address or a time. They block nobody.
    pub fn add_not_read(&mut self, rows: u64) {
        self.rows.not_read = self.rows.not_read.saturating_add(rows);
    }

    /// Returns the counts, which can be merged with those of other joins.
    ///
    /// # Errors
    ///
    /// When more changed than can be told apart.
    pub fn finish(self) -> Result<Partial, BacktestError> {
        let Backtest { in_force, proposed, last: _, rows, newly_blocked, newly_admitted } = self;
        let full = || BacktestError::TooManyCells { most: partial::MOST };
        Ok(Partial {
            rows,
            newly_blocked: newly_blocked.finish().ok_or_else(full)?,
            newly_admitted: newly_admitted.finish().ok_or_else(full)?,
            ..Partial::empty(in_force, proposed)
        })
    }

    /// The meeting in both policies, looked up unless the join before was to it.
    fn looked_up(&mut self, meeting: Meeting<'_>) -> (InMeeting<'p>, InMeeting<'p>) {
        if let Some(last) = self.last.as_ref().filter(|last| last.is_of(meeting)) {
            return (last.in_force, last.proposed);
        }
        let (in_force, proposed) = (self.in_force.meeting(meeting), self.proposed.meeting(meeting));
        // The texts of the meeting before are written over, so that a change of meeting seldom allocates.
        let (mut id, mut account) = self.last.take().map_or((String::new(), None), |last| (last.id, last.account));
        id.clear();
        id.push_str(meeting.id);
        account = meeting.host.map(|host| {
            let mut account = account.unwrap_or_default();
            account.clear();
            account.push_str(host);
            account
        });
        self.last = Some(LookedUp { id, account, in_force, proposed });
        (in_force, proposed)
    }
}

fn increase(number: &mut u64) {
    *number = number.saturating_add(1);
}

/// The region of an address that an order reaches, which is located.
fn region(policy: &Policy, address: IpAddr) -> Region {
    match policy.locate(address) {
        Location::In(region) => region,
        Location::Unknown | Location::Contested => Region::UNKNOWN,
    }
}

/// Writes no counts: they may be too small to be shown.
impl Debug for Backtest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backtest").field("in_force", &self.in_force).field("proposed", &self.proposed).finish_non_exhaustive()
    }
}
