//! Carets: the positions of defects and warnings in the text that their docket was read from.

use ipnet::IpNet;

use crate::order::subject::Subject;
use crate::order::{Docket, Order};
use crate::order::{OrderPositions, RegionsPositions};
use crate::policy::diagnostic::{DefectCause, Diagnostic, WarningCause};
use crate::region::Region;
use crate::text::quote::excerpt;

/// What was found, as far as its position depends on it.
pub(super) trait Cause {
    /// Whether it is about this value among those that its field lists.
    fn is_about(&self, value: Value<'_>) -> bool;
    /// Whether it is about the name of a group.
    fn is_about_name(&self) -> bool;
}

/// One of the values that a field lists.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'d> {
    Name(&'d str),
    Region(Region),
    Network(IpNet),
}

/// Gives each diagnostic its caret in the text. Diagnostics are in the sequence of the docket. One about a part that is not in the text,
/// or was changed since it was read, gets no caret.
pub(super) fn with_carets<F: Diagnostic<Cause: Cause>>(docket: &Docket, mut diagnostics: Vec<F>) -> Vec<F> {
    let Some(positions) = (!diagnostics.is_empty()).then(|| docket.positions()).flatten() else { return diagnostics };
    for same in diagnostics.chunk_by_mut(|a, b| a.subject() == b.subject()) {
        match same.first().map(Diagnostic::subject) {
            Some(Subject::Order { number, .. }) => {
                if let Some(order) = positions.order(number - 1) {
                    same.chunk_by_mut(|a, b| a.field() == b.field()).for_each(|same| in_order(order, same));
                }
            }
            Some(Subject::Group(name)) => {
                if let Some(group) = positions.group(name) {
                    same.iter_mut().for_each(|diagnostic| among_regions(group, diagnostic));
                }
            }
            Some(Subject::Docket) => {
                let of_fences = same.iter_mut().filter(|diagnostic| diagnostic.field() == "fenced");
                if let Some(fenced) = positions.fenced() {
                    of_fences.for_each(|diagnostic| among_regions(fenced, diagnostic));
                }
            }
            _ => {}
        }
    }
    diagnostics
}

/// Points the diagnostics about one field into the text, which are in the sequence of its values.
fn in_order<F: Diagnostic<Cause: Cause>>(positions: OrderPositions<'_>, diagnostics: &mut [F]) {
    let mut next = 0;
    for diagnostic in diagnostics {
        let find = |from: usize| {
            let values = (from..).map_while(|at| Some((at, value(positions.order, diagnostic.field(), at)?)));
            values.into_iter().find(|&(_, value)| diagnostic.cause().is_about(value)).map(|(at, _)| at)
        };
        // Each list is walked once; another kind of diagnostic begins again.
        let at = find(next).or_else(|| find(0));
        next = at.map_or(0, |at| at + 1);
        diagnostic.point(positions.caret(diagnostic.field(), at));
    }
}

fn among_regions<F: Diagnostic<Cause: Cause>>(positions: RegionsPositions<'_>, diagnostic: &mut F) {
    let caret = if diagnostic.cause().is_about_name() {
        positions.name()
    } else {
        positions.caret(positions.regions.iter().position(|&region| diagnostic.cause().is_about(Value::Region(region))))
    };
    diagnostic.point(caret);
}

fn value<'d>(order: &'d Order, field: &str, at: usize) -> Option<Value<'d>> {
    let name = |names: &'d [String]| names.get(at).map(|name| Value::Name(name));
    let network = |networks: &[IpNet]| networks.get(at).copied().map(Value::Network);
    match field {
        "meetings" => name(&order.meetings),
        "accounts" => name(&order.accounts),
        "evidence" => name(&order.evidence),
        "regions" => order.regions.get(at).copied().map(Value::Region),
        "networks" => network(&order.networks),
        "exempt" => network(&order.exempt),
        _ => None,
    }
}

impl Cause for DefectCause {
    fn is_about(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (DefectCause::EmptyName, Value::Name(name)) => name.is_empty(),
            (DefectCause::LongName { bytes, .. }, Value::Name(name)) => name.len() == *bytes,
            (DefectCause::NoDigest { entry }, Value::Name(name)) => *entry == excerpt(name),
            (DefectCause::UnknownRegion, Value::Region(region)) => region == Region::UNKNOWN,
            (DefectCause::Overreach { region, .. }, Value::Region(value)) => *region == value,
            (DefectCause::HostBits { network }, Value::Network(value)) => *network == value,
            _ => false,
        }
    }

    fn is_about_name(&self) -> bool {
        use DefectCause::{EmptyName, GroupNamedLikeRegion, LongName};
        matches!(self, EmptyName | LongName { .. } | GroupNamedLikeRegion { .. })
    }
}

impl Cause for WarningCause {
    fn is_about(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (WarningCause::Overreach { region, .. }, Value::Region(value)) => *region == value,
            (WarningCause::Clipped { network, .. }, Value::Network(value)) => *network == value,
            (WarningCause::Wildcard { name } | WarningCause::NeverMatches { name, .. }, Value::Name(value)) => name == value,
            (WarningCause::ExemptAddress { network }, Value::Network(value)) => *network == value,
            _ => false,
        }
    }

    fn is_about_name(&self) -> bool {
        matches!(self, WarningCause::NeverMatches { .. })
    }
}
