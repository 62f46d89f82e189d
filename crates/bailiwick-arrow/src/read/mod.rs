//! Reading columns: block by block, so that the type of an array is looked at once for many rows, and not at each.

mod addresses;
mod index;
mod plain;
mod texts;
mod times;

pub(crate) use addresses::Addresses;
pub(crate) use plain::Plain;
pub(crate) use texts::Texts;
pub(crate) use times::Timestamps;

use arrow_array::{Array, ArrayRef};

use crate::error::BatchError;
use index::Index;

/// The number of rows that are read at once: what is read of them stays in a first-level cache of 32 KiB.
pub(crate) const BLOCK: usize = 256;

/// A value that several rows share: the entry of a dictionary, a run, or the one value of all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry(usize);

impl Entry {
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// The form in which the values of a column are needed.
pub(crate) trait Make<V> {
    /// The needed form.
    type Made: Copy;

    /// Makes it of a value, which may be missing, and may be the entry that rows share.
    fn make(&mut self, value: Option<V>, entry: Option<Entry>) -> Self::Made;
}

/// A value as it is.
pub(crate) struct AsItIs;

impl<V: Copy> Make<V> for AsItIs {
    type Made = Option<V>;

    #[inline(always)]
    fn make(&mut self, value: Option<V>, _: Option<Entry>) -> Option<V> {
        value
    }
}

/// A column, from the first row on. The needed form of a value is made once, where rows share it.
pub(crate) struct Reader<'a, P: Plain<'a>, M: Make<P::Value>> {
    rows: Rows<'a, P, M::Made>,
    maker: M,
}

enum Rows<'a, P, T> {
    Same(T),
    Each { values: &'a [T], row: usize },
    Arrays(Arrays<'a, P, T>),
}

struct Arrays<'a, P, T> {
    arrays: Vec<Encoded<'a, P>>,
    /// The number of the array that is read, and of its next row.
    array: usize,
    row: usize,
    /// What was made of the entries of this array.
    made: Vec<Option<T>>,
    /// Room for the entries of a block.
    entries: Vec<Option<usize>>,
}

/// An array. A dictionary or an array of runs has its values apart, and an index into them.
struct Encoded<'a, P> {
    index: Option<Index<'a>>,
    values: P,
    rows: usize,
    /// The number of values, when rows share them.
    shared: usize,
}

impl<'a, P: Plain<'a>> Encoded<'a, P> {
    /// The array, unless its type holds no such values. An index into an index is in no format that is in use, and would make
    /// reading recursive.
    fn new(array: &'a ArrayRef) -> Option<Encoded<'a, P>> {
        match Index::new(array) {
            // With more values than rows, most are not asked for: they share little.
            Some((index, values)) => {
                let shared = if values.len() <= array.len() { values.len() } else { 0 };
                Some(Encoded { index: Some(index), values: P::new(values)?, rows: array.len(), shared })
            }
            None => Some(Encoded { index: None, values: P::new(array)?, rows: array.len(), shared: 0 }),
        }
    }
}

impl<'a, P: Plain<'a>, M: Make<P::Value>> Reader<'a, P, M> {
    /// Reads one value for all rows.
    pub(crate) fn same(value: Option<P::Value>, mut maker: M) -> Reader<'a, P, M> {
        Reader { rows: Rows::Same(maker.make(value, Some(Entry(0)))), maker }
    }

    /// Reads values that are made.
    pub(crate) fn each(values: &'a [M::Made], maker: M) -> Reader<'a, P, M> {
        Reader { rows: Rows::Each { values, row: 0 }, maker }
    }

    /// Reads arrays one after another.
    pub(crate) fn arrays(arrays: &'a [ArrayRef], column: &'static str, maker: M) -> Result<Reader<'a, P, M>, BatchError> {
        let encoded = |array: &'a ArrayRef| {
            let wrong = || BatchError::Type { column, found: array.data_type().clone(), expected: P::EXPECTED };
            Encoded::new(array).ok_or_else(wrong)
        };
        let arrays = arrays.iter().map(encoded).collect::<Result<_, _>>()?;
        let arrays = Arrays { arrays, array: 0, row: 0, made: Vec::new(), entries: Vec::new() };
        Ok(Reader { rows: Rows::Arrays(arrays), maker })
    }

    /// The number of rows that can be read next, without end when the value is that of all rows.
    pub(crate) fn remaining(&mut self) -> usize {
        match &mut self.rows {
            Rows::Same(_) => usize::MAX,
            Rows::Each { values, row } => values.len() - *row,
            Rows::Arrays(arrays) => arrays.remaining(),
        }
    }

    /// The number of the array that is read, and of the values that its rows share.
    pub(crate) fn sharing(&self) -> (usize, usize) {
        match &self.rows {
            Rows::Same(_) => (0, 1),
            Rows::Each { .. } => (0, 0),
            Rows::Arrays(arrays) => (arrays.array, arrays.arrays.get(arrays.array).map_or(0, |array| array.shared)),
        }
    }

    /// Reads the next rows, of which there are at least so many. `into` has nothing but what this reader read before.
    pub(crate) fn read(&mut self, rows: usize, into: &mut Vec<M::Made>) {
        match &mut self.rows {
            // What is there is the value already.
            Rows::Same(value) => into.resize(rows, *value),
            Rows::Each { values, row } => {
                into.clear();
                into.extend(values.iter().skip(*row).take(rows));
                *row += rows;
            }
            Rows::Arrays(arrays) => {
                into.clear();
                arrays.read(rows, into, &mut self.maker);
            }
        }
    }
}

impl<'a, P: Plain<'a>, T: Copy> Arrays<'a, P, T> {
    fn remaining(&mut self) -> usize {
        while let Some(array) = self.arrays.get(self.array) {
            if self.row < array.rows {
                return array.rows - self.row;
            }
            (self.array, self.row) = (self.array + 1, 0);
            self.made.clear();
        }
        0
    }

    fn read(&mut self, rows: usize, into: &mut Vec<T>, maker: &mut impl Make<P::Value, Made = T>) {
        let Some(Encoded { index, values, rows: of, shared }) = self.arrays.get(self.array) else { return };
        let range = self.row..of.saturating_sub(self.row).min(rows) + self.row;
        self.row = range.end;
        let Some(index) = index else {
            values.each(range, |value| into.push(maker.make(value, None)));
            return;
        };
        self.entries.clear();
        index.entries(range, &mut self.entries);
        self.made.resize(*shared, None);
        into.extend(self.entries.iter().map(|&entry| {
            let Some(entry) = entry else { return maker.make(None, None) };
            match self.made.get_mut(entry) {
                Some(made) => *made.get_or_insert_with(|| maker.make(values.get(entry), Some(Entry(entry)))),
                None => maker.make(values.get(entry), None),
            }
        }));
    }
}
