//! The warnings that a policy keeps.

use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use crate::net::heap::{HeapBytes, arc_counts};
use crate::order::subject::Subject;
use crate::policy::diagnostic::Warning;

/// The warnings about a docket and about the sources of its atlas.
///
/// Amended policies share the warnings of the docket that was compiled, and copy them into one list when somebody asks for it: a
/// docket of 100,000 orders may have three times as many, and an amendment must not take the time to copy them.
#[derive(Debug)]
pub(crate) struct Warnings {
    /// The warnings of the compiled docket: about sources first, then about groups, then about orders.
    compiled: Arc<[Warning]>,
    amended: Option<Amended>,
}

/// The warnings that replace compiled ones.
#[derive(Debug)]
struct Amended {
    /// The warnings about sources, found anew, as data grow older.
    of_sources: Vec<Warning>,
    /// Ascending by number: the orders that were amended, and the warnings about each.
    of_orders: Vec<(usize, Arc<[Warning]>)>,
    /// All in the docket's sequence, once somebody asked for them.
    all: OnceLock<Box<[Warning]>>,
}

impl Warnings {
    /// The warnings of a docket that was compiled as a whole, in its sequence.
    pub(crate) fn new(compiled: Vec<Warning>) -> Warnings {
        Warnings { compiled: compiled.into(), amended: None }
    }

    /// The warnings after an amendment of the orders with some numbers. `new` has those about them, one order's side by side.
    pub(crate) fn amended(&self, of_sources: Vec<Warning>, numbers: impl Iterator<Item = usize>, new: &[Warning]) -> Warnings {
        let of_one = |a: &Warning, b: &Warning| a.order_number() == b.order_number();
        let new: HashMap<_, _> =
            new.chunk_by(of_one).filter_map(|of_one| Some((of_one.first()?.order_number()?, of_one))).collect();
        let mut of_orders: Vec<(usize, Arc<[Warning]>)> =
            numbers.map(|number| (number, new.get(&number).copied().unwrap_or_default().into())).collect();
        of_orders.extend(self.amended.iter().flat_map(|amended| &amended.of_orders).cloned());
        // The sort is stable, so of two amendments of one order the new one comes first.
        of_orders.sort_by_key(|&(number, _)| number);
        of_orders.dedup_by_key(|&mut (number, _)| number);
        of_orders.shrink_to_fit();
        Warnings { compiled: self.compiled.clone(), amended: Some(Amended { of_sources, of_orders, all: OnceLock::new() }) }
    }

    /// All, in the docket's sequence.
    pub(crate) fn all(&self) -> &[Warning] {
        match &self.amended {
            None => &self.compiled,
            Some(amended) => amended.all.get_or_init(|| self.in_sequence(amended).into_iter().cloned().collect()),
        }
    }

    fn in_sequence<'w>(&'w self, amended: &'w Amended) -> Vec<&'w Warning> {
        let is_replaced = |number: usize| amended.of_orders.binary_search_by_key(&number, |&(number, _)| number).is_ok();
        let is_kept = |warning: &&Warning| warning.source().is_none() && !warning.order_number().is_some_and(is_replaced);
        let of_orders = amended.of_orders.iter().flat_map(|(_, warnings)| warnings.iter());
        let mut all: Vec<&Warning> = amended.of_sources.iter().collect();
        all.extend(self.compiled.iter().filter(is_kept).chain(of_orders));
        all.sort_by_key(|warning| warning.order_number());
        all
    }
}

impl HeapBytes for Warnings {
    fn heap_bytes(&self) -> usize {
        let whole = |warnings: &[Warning]| warnings.heap_bytes() + subjects(warnings);
        let shared = |warnings: &[Warning]| arc_counts::<Warning>() + whole(warnings);
        let amended = self.amended.as_ref().map_or(0, |amended| {
            let Amended { of_sources, of_orders, all } = amended;
            let sources = of_sources.capacity().saturating_sub(of_sources.len()) * size_of::<Warning>() + whole(of_sources);
            let entries = of_orders.capacity() * size_of::<(usize, Arc<[Warning]>)>();
            let orders = of_orders.iter().map(|(_, warnings)| shared(warnings));
            // A copied warning shares its subject.
            sources + entries + orders.sum::<usize>() + all.get().map_or(0, |all| all.heap_bytes())
        });
        shared(&self.compiled) + amended
    }
}

/// The heap bytes of the subjects of warnings. Those of one order stand side by side, and share one subject.
fn subjects(warnings: &[Warning]) -> usize {
    fn name(warning: &Warning) -> Option<&Arc<str>> {
        match &warning.subject {
            Subject::Order { id: name, .. } | Subject::Group(name) | Subject::Source(name) => Some(name),
            _ => None,
        }
    }
    let same = |a: &Warning, b: &Warning| name(a).zip(name(b)).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
    let distinct = warnings.chunk_by(same).filter_map(|of_one| of_one.first().and_then(name));
    distinct.map(|name| (arc_counts::<u8>() + name.len()).next_multiple_of(align_of::<usize>())).sum()
}
