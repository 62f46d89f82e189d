//! The decisions about a batch.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{BooleanArray, DictionaryArray, Int8Array, StringArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use bailiwick::{Decision, DecisionKind, InMeeting, Policy};

use crate::error::BatchError;
use crate::questions::Questions;
use crate::rows;

/// The decisions about the rows of a batch, in the sequence of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Decisions {
    codes: Int8Array,
    unasked: BooleanArray,
    domestic: BooleanArray,
    unread_regions: usize,
}

/// Decides about every row of a batch.
///
/// Each row is decided as [`Policy::decide_at`] does. A row without a meeting or a time, and one whose address is missing or cannot
/// be read, is `Allow` and [flagged](Decisions::unasked_flags). A meeting that rows share is looked up once: as the value of all
/// rows, as an entry of a dictionary, or in rows one after another.
///
/// # Errors
///
/// When columns differ in length, and when a column has a type that holds no such values.
pub fn decide(policy: &Policy, questions: &Questions) -> Result<Decisions, BatchError> {
    let mut decisions = DecisionsBuilder::new(questions.rows()?);
    let unread_regions = rows::for_each::<InMeeting<'_>>(policy, questions, |decision| {
        decisions.add(decision.as_ref());
        Ok(())
    })?;
    Ok(decisions.finish(unread_regions))
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

    /// The flag of each row: whether nothing could be asked about it, as it has no meeting, no time, or an address that is missing
    /// or cannot be read. Such a row is `Allow`.
    #[must_use]
    pub fn unasked_flags(&self) -> &BooleanArray {
        &self.unasked
    }

    /// The rows about which nothing could be asked, ascending.
    pub fn unasked(&self) -> impl Iterator<Item = usize> + '_ {
        self.unasked.values().set_indices()
    }

    /// The number of rows about which nothing could be asked.
    #[must_use]
    pub fn unasked_count(&self) -> usize {
        self.unasked.true_count()
    }

    /// The rows that are `BlockParticipant`, ascending.
    pub fn blocked(&self) -> impl Iterator<Item = usize> + '_ {
        let codes = self.codes.values().iter().enumerate();
        codes.filter(|&(_, &code)| kind(code) == DecisionKind::BlockParticipant).map(|(row, _)| row)
    }

    /// The flag of each row: whether its host account is under a domestic order.
    #[must_use]
    pub fn domestic_flags(&self) -> &BooleanArray {
        &self.domestic
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

/// Collects the decisions of as many rows as it was made for.
pub(crate) struct DecisionsBuilder {
    codes: Vec<i8>,
    unasked: BooleanBufferBuilder,
    domestic: BooleanBufferBuilder,
}

impl DecisionsBuilder {
    pub(crate) fn new(rows: usize) -> DecisionsBuilder {
        // Nearly no row has a flag.
        let flags = || {
            let mut flags = BooleanBufferBuilder::new(rows);
            flags.append_n(rows, false);
            flags
        };
        DecisionsBuilder { codes: Vec::with_capacity(rows), unasked: flags(), domestic: flags() }
    }

    /// Adds a row: `None` when nothing could be asked about it.
    #[inline]
    pub(crate) fn add(&mut self, decision: Option<&Decision<'_>>) {
        let row = self.codes.len();
        match decision {
            None => self.unasked.set_bit(row, true),
            Some(decision) if decision.host_account().order().is_some() => self.domestic.set_bit(row, true),
            Some(_) => {}
        }
        let kind = decision.map_or(DecisionKind::Allow, Decision::kind);
        self.codes.push(i8::try_from(kind.code()).unwrap_or_default());
    }

    pub(crate) fn finish(mut self, unread_regions: usize) -> Decisions {
        let flags = |buffer: BooleanBuffer| BooleanArray::new(buffer, None);
        Decisions {
            codes: Int8Array::from(self.codes),
            unasked: flags(self.unasked.finish()),
            domestic: flags(self.domestic.finish()),
            unread_regions,
        }
    }
}
