//! The heap bytes that a value owns.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::geo::AtlasSubset;
use crate::net::heap::{HeapBytes, arc_counts};
use crate::order::Order;
use crate::order::subject::Subject;
use crate::policy::diagnostic::{Warning, WarningCause};
use crate::policy::order_store::OrderStore;
use crate::policy::tables::{Groups, Tables};

/// The bytes of a vector whose elements own nothing.
fn plain<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

fn strings(vec: &Vec<String>) -> usize {
    plain(vec) + vec.iter().map(String::capacity).sum::<usize>()
}

/// The nodes are those of the standard library's B-tree when it is built from a sorted sequence, as compiling does: full ones of 11
/// entries with one entry of the level above between them. Nodes above the lowest level point to 12 others.
fn map<V>(map: &BTreeMap<String, V>, value: impl Fn(&V) -> usize) -> usize {
    let leaf = 11 * (size_of::<String>() + size_of::<V>()) + 16;
    let inner = leaf + 12 * size_of::<usize>();
    let texts: usize = map.iter().map(|(key, held)| key.capacity() + value(held)).sum();
    if map.is_empty() {
        return 0;
    }
    let mut above = map.len() / 12;
    let mut nodes = (above + 1) * leaf;
    while above > 0 {
        above /= 12;
        nodes += (above + 1) * inner;
    }
    texts + nodes
}

impl HeapBytes for Order {
    fn heap_bytes(&self) -> usize {
        let Order { id, issuer, authority, meetings, accounts, demands, status: _, .. } = self;
        let Order { received: _, effective: _, expires: _, regions, networks, exempt, .. } = self;
        let Order { legal_basis, reference, evidence, approved_by, notice, .. } = self;
        let texts = [id, issuer, authority, legal_basis, reference].into_iter().map(String::capacity).sum::<usize>();
        let lists = [meetings, accounts, evidence, approved_by].into_iter().map(strings).sum::<usize>();
        texts + lists + plain(demands) + plain(regions) + plain(networks) + plain(exempt) + map(notice, String::capacity)
    }
}

impl HeapBytes for OrderStore {
    fn heap_bytes(&self) -> usize {
        let amended = self.amendments().iter().map(|(_, order)| arc_counts::<Order>() + size_of::<Order>() + order.heap_bytes());
        arc_counts::<Order>() + self.base().heap_bytes() + plain(self.amendments()) + amended.sum::<usize>()
    }
}

impl HeapBytes for Warning {
    /// Without the subject.
    fn heap_bytes(&self) -> usize {
        #[cfg(feature = "orders-file")]
        let caret = self.caret.as_ref().map_or(0, |caret| size_of_val(&**caret) + caret.shown.capacity());
        #[cfg(not(feature = "orders-file"))]
        let caret = 0;
        caret
            + match &self.cause {
                WarningCause::NothingLocated { issuer } | WarningCause::Overreach { issuer, .. } => issuer.capacity(),
                WarningCause::EmptyReach { value, area } => value.capacity() + area.capacity(),
                WarningCause::Clipped { area, .. } => area.capacity(),
                WarningCause::FewApprovals { approved_by, .. } => strings(approved_by),
                WarningCause::Wildcard { name } => name.capacity(),
                WarningCause::NeverMatches { name, flaws, meant } => {
                    name.capacity() + plain(flaws) + meant.as_ref().map_or(0, String::capacity)
                }
                WarningCause::Expired { .. } | WarningCause::NoExpiry | WarningCause::NoEvidence => 0,
                WarningCause::ExemptAddress { .. }
                | WarningCause::SourceLocatesNothing
                | WarningCause::SpecialPurpose { .. }
                | WarningCause::OldSource { .. } => 0,
            }
    }
}

/// The subjects of warnings. Those of one order stand together, and share one.
pub(crate) fn subjects(warnings: &[Warning]) -> usize {
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

impl Tables {
    /// Heap bytes that grow with the orders. What the orders share is left out: areas, jurisdictions, groups and the atlas.
    pub(crate) fn bytes_of_orders(&self) -> usize {
        let Tables { orders, positions, rules, windows, narrowings, in_force, others, .. } = self;
        let rules = size_of_val(&**positions) + size_of_val(&**rules) + size_of_val(&**windows) + narrowings.memory_usage();
        orders.heap_bytes() + rules + in_force.memory_usage() + others.memory_usage()
    }
}

impl HeapBytes for Tables {
    fn heap_bytes(&self) -> usize {
        let Tables { areas, jurisdictions, fenced, subset, atlas, groups, requirements: _, end: _, slack: _, .. } = self;
        let areas = size_of_val(&**areas) + areas.iter().map(|area| area.memory_usage()).sum::<usize>();
        let regions: usize = jurisdictions.iter().chain([fenced]).map(|regions| regions.memory_usage()).sum();
        let subset = arc_counts::<AtlasSubset>() + size_of::<AtlasSubset>() + atlas.memory_of(subset);
        let groups = arc_counts::<Groups>() + size_of::<Groups>() + map(groups, plain);
        let shared = areas + size_of_val(&**jurisdictions) + regions + groups + subset + atlas.memory_usage();
        self.bytes_of_orders() + shared
    }
}
