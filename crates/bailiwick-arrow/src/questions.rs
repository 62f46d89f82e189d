//! The questions of a batch.

use std::num::NonZeroUsize;

use crate::column::{Column, Times};
use crate::error::BatchError;

/// A batch of questions: each row is one participant of one meeting.
///
/// Columns of arrays have one length. Each may be plain, a dictionary (keys of any type) or run-end encoded, and is read as it is.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The ids of the meetings, as texts (`Utf8`, `LargeUtf8`, `Utf8View`). A row without one is not asked about.
    pub meetings: Column,
    /// The addresses of the participants: texts; 16 or 4 bytes in network byte order (`FixedSizeBinary`, `Binary`, `LargeBinary`,
    /// `BinaryView`), IPv4 in 16 bytes as `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2); or IPv4 addresses as `UInt32`, whose most
    /// significant byte is the first number of the address: 203.0.113.7 is 3,405,803,783. Texts are read by
    /// [`read_address`](bailiwick::text::read_address). A row without one, or with one that cannot be read, is not asked about.
    pub addresses: Column,
    /// The home regions of the hosts' accounts, as texts. A missing one is unknown, and so is one that cannot be read.
    pub host_regions: Column,
    /// The accounts that host the meetings, as texts. A missing one is not known.
    pub accounts: Column,
    /// The times of the questions. A row without one, or with one that the system's clock cannot tell, is not asked about.
    pub at: Times,
}

impl Questions {
    /// The number of rows: that of each column with rows of its own. One row when no column has.
    ///
    /// # Errors
    ///
    /// When columns differ in length.
    pub fn rows(&self) -> Result<usize, BatchError> {
        let Questions { meetings, addresses, host_regions, accounts, at } = self;
        let columns = [
            ("addresses", addresses.rows()),
            ("meetings", meetings.rows()),
            ("host_regions", host_regions.rows()),
            ("accounts", accounts.rows()),
            ("at", at.rows()),
        ];
        let mut first: Option<(&'static str, usize)> = None;
        for (column, found) in columns.into_iter().filter_map(|(name, rows)| Some((name, rows?))) {
            match first {
                Some((other, expected)) if found != expected => {
                    return Err(BatchError::Length { column, found, other, expected });
                }
                _ => first = first.or(Some((column, found))),
            }
        }
        Ok(first.map_or(1, |(_, rows)| rows))
    }

    /// Cuts the batch into parts of as many rows as another, for as many threads. Arrays are shared and not copied. Answers about
    /// the parts, one after another, are those about the whole. The last part may have fewer rows, and there may be fewer parts.
    ///
    /// # Errors
    ///
    /// When columns differ in length.
    pub fn split(&self, parts: NonZeroUsize) -> Result<Vec<Questions>, BatchError> {
        let rows = self.rows()?;
        let each = rows.div_ceil(parts.get()).max(1);
        let has_rows = self.meetings.rows().or(self.addresses.rows()).or(self.host_regions.rows()).or(self.accounts.rows());
        if has_rows.or(self.at.rows()).is_none() || rows == 0 {
            return Ok(vec![self.clone()]);
        }
        let part = |first: usize| {
            let rows = each.min(rows - first);
            Questions {
                meetings: self.meetings.slice(first, rows),
                addresses: self.addresses.slice(first, rows),
                host_regions: self.host_regions.slice(first, rows),
                accounts: self.accounts.slice(first, rows),
                at: self.at.slice(first, rows),
            }
        };
        Ok((0..rows).step_by(each).map(part).collect())
    }
}
