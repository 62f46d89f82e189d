//! The answers to a batch, in full.

use std::hash::Hash;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, ListArray, StringArray, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{Field, Fields};
use bailiwick::policy::{ReasonedDecision, ReasonsInMeeting};
use bailiwick::{Decision, Location, Order, Policy, Reason};
use hashbrown::HashMap;

use crate::decisions::{Decisions, DecisionsBuilder};
use crate::error::BatchError;
use crate::questions::Questions;
use crate::rows;

/// The why of a row whose meeting and account no order names, as ledgers write it.
const NO_ORDER: &str = "no-order";

/// The most bytes of ids in one answer: the offsets of an Arrow list are signed numbers of 32 bits.
const MAX_ID_BYTES: usize = 0x7FFF_FFFF;

/// The answers to a batch in full: for each row the decision, its orders, the location of the address, and the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    decisions: Decisions,
    orders: ListArray,
    regions: DictionaryArray<Int32Type>,
    whys: DictionaryArray<Int32Type>,
}

/// Decides about every row of a batch, and gives the orders, the location of the address and the reason of each.
///
/// Each row is decided as in [`decide`](crate::decide). The orders cost little. The location costs one more longest-prefix match for
/// each row, of a meeting that no order names, too; the reason is found with it. Ask [`decide`](crate::decide) where the decision
/// is enough.
///
/// # Errors
///
/// As [`decide`](crate::decide), and when the ids of all orders together have more than 2 GiB.
pub fn decide_batch(policy: &Policy, questions: &Questions) -> Result<Batch, BatchError> {
    let rows = questions.rows()?;
    let (mut decisions, mut details) = (DecisionsBuilder::new(rows), Details::new(rows));
    let unread_regions = rows::for_each::<ReasonsInMeeting<'_>>(policy, questions, |answer| {
        let decision = answer.as_ref().map(ReasonedDecision::decision);
        decisions.add(decision.as_ref());
        details.add(decision.as_ref(), answer.as_ref())
    })?;
    Ok(details.finish(decisions.finish(unread_regions)))
}

impl Batch {
    /// The decisions, as [`decide`](crate::decide) gives them.
    #[must_use]
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// The ids of the orders of each row, ascending: those that reach the participant of a block, those that name the meeting of
    /// another. Empty where nothing could be asked; no row is null.
    #[must_use]
    pub fn orders(&self) -> &ListArray {
        &self.orders
    }

    /// The location of each address: the code of a region, `contested` or `unknown`. Null where nothing could be asked.
    #[must_use]
    pub fn regions(&self) -> &DictionaryArray<Int32Type> {
        &self.regions
    }

    /// The name of the [reason](bailiwick::Reason) of the order that came nearest to reaching the participant, as in a ledger:
    /// `no-order` where no order of any status names the meeting or the account. Null where nothing could be asked.
    #[must_use]
    pub fn whys(&self) -> &DictionaryArray<Int32Type> {
        &self.whys
    }

    /// All columns as one array, which a record batch can be made from:
    ///
    /// | column | type | null |
    /// |---|---|---|
    /// | `kind` | dictionary of int8 keys and utf8: `allow`, `block-participant`, `keep-meeting` | never |
    /// | `unasked` | boolean: whether nothing could be asked | never |
    /// | `domestic` | boolean: whether the host's account is under a domestic order | never |
    /// | `orders` | list of utf8 | never |
    /// | `region` | dictionary of int32 keys and utf8 | where `unasked` |
    /// | `why` | dictionary of int32 keys and utf8 | where `unasked` |
    ///
    /// The columns are shared, not copied.
    #[must_use]
    pub fn to_struct(&self) -> StructArray {
        let columns: [(&str, ArrayRef, bool); 6] = [
            ("kind", Arc::new(self.decisions.to_arrow()), false),
            ("unasked", Arc::new(self.decisions.unasked_flags().clone()), false),
            ("domestic", Arc::new(self.decisions.domestic_flags().clone()), false),
            ("orders", Arc::new(self.orders.clone()), false),
            ("region", Arc::new(self.regions.clone()), true),
            ("why", Arc::new(self.whys.clone()), true),
        ];
        let field = |(name, array, nullable): &(&str, ArrayRef, bool)| Field::new(*name, array.data_type().clone(), *nullable);
        let fields: Fields = columns.iter().map(field).collect();
        let nulls: Option<NullBuffer> = None;
        StructArray::new(fields, columns.into_iter().map(|(_, array, _)| array).collect(), nulls)
    }
}

/// Collects what a [`Batch`] has beside the decisions.
struct Details {
    orders: ListBuilder<StringBuilder>,
    /// The bytes of ids that still fit.
    room: usize,
    regions: Categories<Location>,
    whys: Categories<Option<Reason>>,
}

impl Details {
    fn new(rows: usize) -> Details {
        let orders = ListBuilder::with_capacity(StringBuilder::new(), rows);
        Details { orders, room: MAX_ID_BYTES, regions: Categories::new(rows), whys: Categories::new(rows) }
    }

    #[inline]
    fn add(&mut self, decision: Option<&Decision<'_>>, answer: Option<&ReasonedDecision<'_>>) -> Result<(), BatchError> {
        match decision {
            None | Some(Decision::Allow) => {}
            Some(Decision::BlockParticipant(block)) => self.name(block.orders())?,
            Some(Decision::KeepMeeting(keep)) => self.name(keep.orders())?,
        }
        self.orders.append(true);
        self.regions.add(answer.map(ReasonedDecision::location));
        self.whys.add(answer.map(ReasonedDecision::why));
        Ok(())
    }

    fn name<'p>(&mut self, mut orders: impl Iterator<Item = &'p Order>) -> Result<(), BatchError> {
        let row = self.orders.len();
        orders.try_for_each(|order| {
            // Beyond this, building the array panics. An id counts as one byte at least, so that their number is bounded, too.
            self.room = self.room.checked_sub(order.id.len().max(1)).ok_or(BatchError::TooManyIds { row })?;
            self.orders.values().append_value(&order.id);
            Ok(())
        })
    }

    fn finish(mut self, decisions: Decisions) -> Batch {
        let why = |why: Option<Reason>| why.map_or(NO_ORDER.to_owned(), |reason| reason.name().to_owned());
        Batch {
            decisions,
            orders: self.orders.finish(),
            regions: self.regions.finish(|location| location.to_string()),
            whys: self.whys.finish(why),
        }
    }
}

/// Collects a column with few values that differ.
struct Categories<T> {
    keys: Vec<Option<i32>>,
    /// The key of each value.
    values: HashMap<T, i32>,
    /// The value of the row before.
    last: Option<(T, i32)>,
}

impl<T: Copy + Eq + Hash> Categories<T> {
    fn new(rows: usize) -> Categories<T> {
        Categories { keys: Vec::with_capacity(rows), values: HashMap::new(), last: None }
    }

    #[inline]
    fn add(&mut self, value: Option<T>) {
        self.keys.push(value.map(|value| match self.last {
            Some((last, key)) if last == value => key,
            _ => {
                // INVARIANT: an atlas has at most 65,536 locations, and there are fewer reasons.
                let next = i32::try_from(self.values.len()).unwrap_or(i32::MAX);
                let key = *self.values.entry(value).or_insert(next);
                self.last = Some((value, key));
                key
            }
        }));
    }

    fn finish(self, name: impl Fn(T) -> String) -> DictionaryArray<Int32Type> {
        let mut names = vec![String::new(); self.values.len()];
        for (value, key) in self.values {
            if let Some(to) = usize::try_from(key).ok().and_then(|key| names.get_mut(key)) {
                *to = name(value);
            }
        }
        DictionaryArray::new(Int32Array::from(self.keys), Arc::new(StringArray::from(names)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_do_not_fit_one_list_are_an_error_that_names_the_row() {
        let orders = ["cn-1", "cn-2"].map(|id| Order::new(id, "CN"));
        let mut details = Details { room: 15, ..Details::new(2) };
        for expected in [Ok(()), Err(BatchError::TooManyIds { row: 1 })] {
            assert_eq!(details.name(orders.iter()), expected);
            details.orders.append(true);
        }
        let error = BatchError::TooManyIds { row: 1 }.to_string();
        assert_eq!(error, "the ids of the orders of rows 0 to 1 have more than 2147483647 bytes: decide fewer rows at once");
    }
}
