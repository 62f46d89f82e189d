//! The reasons why a batch cannot be decided.

use arrow_schema::DataType;

/// The reason why a batch cannot be decided. Nothing of it was decided.
///
/// A value that cannot be read is none: its row is admitted, and counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// A column of another length.
    #[error("`{column}` has {found} rows and `{other}` has {expected}: give columns of one length, or one value for all rows")]
    Length {
        /// The column.
        column: &'static str,
        /// The number of its rows.
        found: usize,
        /// The column that it is compared with.
        other: &'static str,
        /// The number of rows of that.
        expected: usize,
    },
    /// A column of a type that holds no such values.
    #[error("`{column}` is an Arrow array of {found}: give {expected}")]
    Type {
        /// The column.
        column: &'static str,
        /// The type of its array.
        found: DataType,
        /// The types that can be read.
        expected: &'static str,
    },
    /// The orders of all rows have more ids than one Arrow list holds.
    #[error("the ids of the orders of rows 0 to {row} have more than {} bytes: decide fewer rows at once", i32::MAX)]
    TooManyIds {
        /// The row, counted from 0, whose orders do not fit any more.
        row: usize,
    },
}
