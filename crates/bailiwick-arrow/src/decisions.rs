//! The decisions about a batch.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{BooleanArray, DictionaryArray, Int8Array, StringArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use bailiwick::DecisionKind;

/// The decisions about the rows of a batch, in the sequence of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Decisions {
    codes: Int8Array,
    unasked: BooleanArray,
    domestic: BooleanArray,
    unread_regions: usize,
}

impl Decisions {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.values().len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The decision about a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<DecisionKind> {
        self.codes.values().get(row).map(|&code| kind(code))
    }

    /// All decisions.
    #[must_use]
    pub fn kinds(&self) -> Vec<DecisionKind> {
        self.codes.values().iter().map(|&code| kind(code)).collect()
    }

    /// The decisions as Arrow has them: a dictionary of the three names, with the codes of [`DecisionKind`] as keys. No row is null.
    /// The codes are shared, not copied.
    #[must_use]
    pub fn to_arrow(&self) -> DictionaryArray<Int8Type> {
        let names: StringArray = DecisionKind::ALL.iter().map(|kind| Some(kind.name())).collect();
        DictionaryArray::new(self.codes.clone(), Arc::new(names))
    }

    /// The flag of each row: whether nothing could be asked about it, as it has no meeting, or an address that is missing or cannot
    /// be read. Such a row is `Allow`.
    #[must_use]
    pub fn unasked_flags(&self) -> &BooleanArray {
        &self.unasked
    }

    /// The rows about which nothing could be asked, ascending.
    pub fn unasked(&self) -> impl Iterator<Item = usize> + '_ {
        self.unasked.values().set_indices()
    }

    /// The rows that are `BlockParticipant`, ascending.
    pub fn blocked(&self) -> impl Iterator<Item = usize> + '_ {
        let codes = self.codes.values().iter().enumerate();
        codes.filter(|&(_, &code)| kind(code) == DecisionKind::BlockParticipant).map(|(row, _)| row)
    }

    /// The rows whose host account is under a domestic order, ascending.
    pub fn domestic(&self) -> impl Iterator<Item = usize> + '_ {
        self.domestic.values().set_indices()
    }

    /// The number of rows with a host region that cannot be read. It counts as unknown, which matters to the standing of the host's
    /// account alone.
    #[must_use]
    pub fn unread_regions(&self) -> usize {
        self.unread_regions
    }
}

/// INVARIANT: all codes were made from kinds.
fn kind(code: i8) -> DecisionKind {
    u8::try_from(code).ok().and_then(DecisionKind::from_code).unwrap_or(DecisionKind::Allow)
}

/// Collects decisions row by row.
pub(crate) struct DecisionsBuilder {
    codes: Vec<i8>,
    unasked: BooleanBufferBuilder,
    domestic: BooleanBufferBuilder,
    unread_regions: usize,
}

impl DecisionsBuilder {
    pub(crate) fn new(rows: usize) -> DecisionsBuilder {
        let flags = || BooleanBufferBuilder::new(rows);
        DecisionsBuilder { codes: Vec::with_capacity(rows), unasked: flags(), domestic: flags(), unread_regions: 0 }
    }

    pub(crate) fn decided(&mut self, kind: DecisionKind, domestic: bool) {
        self.push(kind, false, domestic);
    }

    pub(crate) fn unasked(&mut self) {
        self.push(DecisionKind::Allow, true, false);
    }

    pub(crate) fn unread_region(&mut self) {
        self.unread_regions += 1;
    }

    fn push(&mut self, kind: DecisionKind, unasked: bool, domestic: bool) {
        self.codes.push(i8::try_from(kind.code()).unwrap_or_default());
        self.unasked.append(unasked);
        self.domestic.append(domestic);
    }

    pub(crate) fn finish(mut self) -> Decisions {
        let flags = |buffer: BooleanBuffer| BooleanArray::new(buffer, None);
        Decisions {
            codes: Int8Array::from(self.codes),
            unasked: flags(self.unasked.finish()),
            domestic: flags(self.domestic.finish()),
            unread_regions: self.unread_regions,
        }
    }
}
