//! The columns of a batch.

use std::time::SystemTime;

use arrow_array::{Array, ArrayRef};

/// A column: one value for all rows, or arrays one after another.
#[derive(Debug, Clone)]
pub enum Column {
    /// The value of every row, as text.
    Same(Option<String>),
    /// The rows. How they are cut into arrays may differ from column to column.
    Chunks(Vec<ArrayRef>),
}

/// The times of the questions.
#[derive(Debug, Clone)]
pub enum Times {
    /// One instant for all rows.
    Same(SystemTime),
    /// An instant for each row.
    Each(Vec<Option<SystemTime>>),
    /// A column of timestamps in any unit, one array after another. They are instants: seconds or parts of them since 1970 in UTC.
    /// One with a time zone has them so in any case (the zone is for showing them), and one without is taken as UTC.
    Chunks(Vec<ArrayRef>),
}

impl Column {
    /// A column that has one text in all rows.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Column {
        Column::Same(Some(text.into()))
    }

    /// The number of rows. `None` when the value is that of any number of rows.
    #[must_use]
    pub fn rows(&self) -> Option<usize> {
        match self {
            Column::Same(_) => None,
            Column::Chunks(chunks) => Some(rows(chunks)),
        }
    }

    /// Some of the rows, which are shared and not copied.
    pub(crate) fn slice(&self, first: usize, rows: usize) -> Column {
        match self {
            Column::Same(value) => Column::Same(value.clone()),
            Column::Chunks(chunks) => Column::Chunks(slice(chunks, first, rows)),
        }
    }
}

impl Times {
    /// The number of rows. `None` when the time is that of any number of rows.
    #[must_use]
    pub fn rows(&self) -> Option<usize> {
        match self {
            Times::Same(_) => None,
            Times::Each(times) => Some(times.len()),
            Times::Chunks(chunks) => Some(rows(chunks)),
        }
    }

    /// Some of the rows. Arrays are shared and not copied.
    pub(crate) fn slice(&self, first: usize, rows: usize) -> Times {
        match self {
            Times::Same(time) => Times::Same(*time),
            Times::Each(times) => Times::Each(times.iter().skip(first).take(rows).copied().collect()),
            Times::Chunks(chunks) => Times::Chunks(slice(chunks, first, rows)),
        }
    }
}

impl From<ArrayRef> for Column {
    fn from(array: ArrayRef) -> Column {
        Column::Chunks(vec![array])
    }
}

impl From<ArrayRef> for Times {
    fn from(array: ArrayRef) -> Times {
        Times::Chunks(vec![array])
    }
}

impl From<SystemTime> for Times {
    fn from(time: SystemTime) -> Times {
        Times::Same(time)
    }
}

fn rows(chunks: &[ArrayRef]) -> usize {
    chunks.iter().map(|chunk| chunk.len()).sum()
}

fn slice(chunks: &[ArrayRef], mut first: usize, mut rows: usize) -> Vec<ArrayRef> {
    let mut slices = Vec::new();
    for chunk in chunks {
        let here = rows.min(chunk.len().saturating_sub(first));
        if here > 0 {
            slices.push(chunk.slice(first, here));
        }
        (first, rows) = (first.saturating_sub(chunk.len()), rows - here);
    }
    slices
}
