//! Joins of the past, counted under two policies.

use bailiwick::backtest::{Backtest, Join};
use bailiwick::{Meeting, Region};

use crate::error::BatchError;
use crate::questions::Questions;
use crate::read::BLOCK;
use crate::rows;

/// Adds every row of a batch to a backtest.
///
/// A row without a meeting or a time, and one whose address is missing or cannot be read, counts as not read. A host region that
/// cannot be read is unknown, which decides nothing about the participant.
///
/// # Errors
///
/// When columns differ in length, and when a column has a type that holds no such values. Then no row was added.
pub fn add_to_backtest(backtest: &mut Backtest<'_>, questions: &Questions) -> Result<(), BatchError> {
    let mut left = questions.rows()?;
    let mut meetings = rows::texts(&questions.meetings, "meetings", |text, _| text)?;
    let mut accounts = rows::texts(&questions.accounts, "accounts", |text, _| text)?;
    let mut host_regions = rows::texts(&questions.host_regions, "host_regions", rows::regions())?;
    let mut addresses = rows::addresses(&questions.addresses)?;
    let mut times = rows::times(&questions.at)?;
    let (mut names, mut hosts, mut homes, mut ips, mut instants) =
        (rows::block(), rows::block(), rows::block(), rows::block(), rows::block());
    while left > 0 {
        let most = BLOCK.min(left).min(meetings.remaining()).min(accounts.remaining()).min(host_regions.remaining());
        let rows = most.min(addresses.remaining()).min(times.remaining());
        meetings.read(rows, &mut names);
        accounts.read(rows, &mut hosts);
        host_regions.read(rows, &mut homes);
        addresses.read(rows, &mut ips);
        times.read(rows, &mut instants);
        let known = names.iter().zip(&hosts).zip(&homes).zip(&ips).zip(&instants);
        for ((((&name, &host), &home), &ip), &at) in known {
            match (name.filter(|name| !name.is_empty()), ip, at) {
                (Some(id), Some(ip), Some(at)) => {
                    let meeting = host.map_or(Meeting::new(id), |host| Meeting::new(id).hosted_by(host));
                    backtest.add(&Join::new(meeting, ip, at).hosted_in(home.unwrap_or(Region::UNKNOWN)));
                }
                _ => backtest.add_not_read(1),
            }
        }
        // INVARIANT: no column ends before the others, as all have one length.
        left = if rows == 0 { 0 } else { left - rows };
    }
    Ok(())
}
