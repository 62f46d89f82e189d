//! Deciding about a batch.

use std::time::SystemTime;

use bailiwick::{Meeting, Policy, Region};

use crate::column::Column;
use crate::decisions::{Decisions, DecisionsBuilder};
use crate::error::BatchError;
use crate::values::Values;

/// A batch of questions: each row is one participant of one meeting.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The ids of the meetings, as texts.
    pub meetings: Column,
    /// The addresses of the participants: texts, or 16 or 4 bytes in network byte order.
    pub addresses: Column,
    /// The home regions of the hosts' accounts, as texts. A missing one is unknown.
    pub host_regions: Column,
    /// The accounts that host the meetings, as texts. A missing one is not known.
    pub accounts: Column,
}

impl Questions {
    /// The number of rows: that of each column with rows of its own. One row when no column has.
    fn rows(&self) -> Result<usize, BatchError> {
        let Questions { meetings, addresses, host_regions, accounts } = self;
        let columns = [("addresses", addresses), ("meetings", meetings), ("host_regions", host_regions), ("accounts", accounts)];
        let mut first: Option<(&'static str, usize)> = None;
        for (column, found) in columns.into_iter().filter_map(|(name, column)| Some((name, column.rows()?))) {
            match first {
                Some((other, expected)) if found != expected => {
                    return Err(BatchError::Length { column, found, other, expected });
                }
                _ => first = first.or(Some((column, found))),
            }
        }
        Ok(first.map_or(1, |(_, rows)| rows))
    }
}

/// Decides about every row of a batch at one instant.
///
/// Each row is decided as [`Policy::decide_at`] does. A row without a meeting, and one whose address is missing or cannot be read,
/// is `Allow` and [flagged](Decisions::unasked_flags).
///
/// # Errors
///
/// When columns differ in length, and when a column has a type that holds no such values.
pub fn decide(policy: &Policy, questions: &Questions, at: SystemTime) -> Result<Decisions, BatchError> {
    let rows = questions.rows()?;
    let mut meetings = Values::texts(&questions.meetings, "meetings")?;
    let mut addresses = Values::addresses(&questions.addresses, "addresses")?;
    let mut regions = Regions { texts: Values::texts(&questions.host_regions, "host_regions")?, last: None };
    let mut accounts = Values::texts(&questions.accounts, "accounts")?;
    let mut decisions = DecisionsBuilder::new(rows);
    for _ in 0..rows {
        let (meeting, account) = (meetings.next_text(), accounts.next_text());
        let address = addresses.next().and_then(|value| value.address());
        let region = regions.next().unwrap_or_else(|_| {
            decisions.unread_region();
            Region::UNKNOWN
        });
        let (Some(id), Some(address)) = (meeting, address) else {
            decisions.unasked();
            continue;
        };
        let meeting = Meeting::new(id);
        let meeting = account.map_or(meeting, |account| meeting.hosted_by(account));
        let decision = policy.decide_at(meeting, address, region, at);
        decisions.decided(decision.kind(), decision.host_account().order().is_some());
    }
    Ok(decisions.finish())
}

/// Regions, of which neighbouring rows most often have one: parsing takes longer than deciding.
struct Regions<'a> {
    texts: Values<'a>,
    last: Option<(&'a str, Region)>,
}

/// A text that is no region.
struct Unread;

impl Regions<'_> {
    fn next(&mut self) -> Result<Region, Unread> {
        let Some(text) = self.texts.next_text() else { return Ok(Region::UNKNOWN) };
        match self.last {
            Some((last, region)) if last == text => Ok(region),
            _ => {
                let region = text.parse().map_err(|_| Unread)?;
                self.last = Some((text, region));
                Ok(region)
            }
        }
    }
}
