//! A column of a batch.

use arrow_array::{Array, ArrayRef};

/// A column: one value for all rows, or arrays one after another.
#[derive(Debug, Clone)]
pub enum Column {
    /// The value of every row, as text.
    Same(Option<String>),
    /// The rows. How they are cut into arrays may differ from column to column.
    Chunks(Vec<ArrayRef>),
}

impl Column {
    /// The number of rows. `None` when the value is that of any number of rows.
    #[must_use]
    pub fn rows(&self) -> Option<usize> {
        match self {
            Column::Same(_) => None,
            Column::Chunks(chunks) => Some(chunks.iter().map(|chunk| chunk.len()).sum()),
        }
    }
}
