//! Joins of the past, counted under two policies.

use bailiwick::backtest::{Backtest, Join};
use bailiwick::{Meeting, Region};

use crate::error::BatchError;
use crate::questions::Questions;
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
    rows::for_each_block(questions, |block| {
        for row in block.rows() {
            match (row.name.text.filter(|name| !name.is_empty()), row.ip, row.at) {
                (Some(id), Some(ip), Some(at)) => {
                    let meeting = row.host.map_or(Meeting::new(id), |host| Meeting::new(id).hosted_by(host));
                    backtest.add(&Join::new(meeting, ip, at).hosted_in(row.home.unwrap_or(Region::UNKNOWN)));
                }
                _ => backtest.add_not_read(1),
            }
        }
        Ok(())
    })
}
