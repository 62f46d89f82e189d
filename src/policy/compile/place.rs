//! Where in the text that a docket was read from its defects and warnings are.

use ipnet::IpNet;

use crate::order::subject::Subject;
use crate::order::{Docket, Order};
use crate::order::{OrderPlace, RegionsPlace};
use crate::policy::{Defect, DefectCause, Warning, WarningCause};
use crate::region::Region;
use crate::text::caret::Caret;
use crate::text::quote::excerpt;

/// A defect or a warning, as far as its place depends on it.
pub(super) trait Finding {
    fn subject(&self) -> &Subject;
    fn field(&self) -> &'static str;
    /// True when it is about this one of the values that its field lists.
    fn is_about(&self, value: Value<'_>) -> bool;
    /// True when it is about the name of a group.
    fn is_about_name(&self) -> bool;
    fn point(&mut self, caret: Caret);
}

/// One of the values that a field lists.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'d> {
    Name(&'d str),
    Region(Region),
    Network(IpNet),
}

/// Tells the findings, which are in the sequence of the docket, where they are. Those about what no text has, or what was changed
/// since it was read, are left without a place.
pub(super) fn placed<F: Finding>(docket: &Docket, mut findings: Vec<F>) -> Vec<F> {
    let Some(places) = (!findings.is_empty()).then(|| docket.places()).flatten() else { return findings };
    for same in findings.chunk_by_mut(|a, b| a.subject() == b.subject()) {
        match same.first().map(Finding::subject) {
            Some(Subject::Order { number, .. }) => {
                if let Some(order) = places.order(number - 1) {
                    same.chunk_by_mut(|a, b| a.field() == b.field()).for_each(|same| in_order(order, same));
                }
            }
            Some(Subject::Group(name)) => {
                if let Some(group) = places.group(name) {
                    same.iter_mut().for_each(|finding| among_regions(group, finding));
                }
            }
            Some(Subject::Docket) => {
                if let Some(fenced) = places.fenced() {
                    same.iter_mut().for_each(|finding| among_regions(fenced, finding));
                }
            }
            None => {}
        }
    }
    findings
}

/// Findings about one field, in the sequence of its values.
fn in_order<F: Finding>(place: OrderPlace<'_>, findings: &mut [F]) {
    let mut next = 0;
    for finding in findings {
        let find = |from: usize| {
            let values = (from..).map_while(|at| Some((at, value(place.order, finding.field(), at)?)));
            values.into_iter().find(|&(_, value)| finding.is_about(value)).map(|(at, _)| at)
        };
        // Each list is walked once; another kind of finding begins again.
        let at = find(next).or_else(|| find(0));
        next = at.map_or(0, |at| at + 1);
        finding.point(place.caret(finding.field(), at));
    }
}

fn among_regions<F: Finding>(place: RegionsPlace<'_>, finding: &mut F) {
    let caret = if finding.is_about_name() {
        place.name()
    } else {
        place.caret(place.regions.iter().position(|&region| finding.is_about(Value::Region(region))))
    };
    finding.point(caret);
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

impl Finding for Defect {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn field(&self) -> &'static str {
        self.field
    }

    fn is_about(&self, value: Value<'_>) -> bool {
        match (&self.cause, value) {
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
        matches!(self.cause, EmptyName | LongName { .. } | GroupNamedLikeRegion { .. })
    }

    fn point(&mut self, caret: Caret) {
        self.caret = Some(Box::new(caret));
    }
}

impl Finding for Warning {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn field(&self) -> &'static str {
        self.field
    }

    fn is_about(&self, value: Value<'_>) -> bool {
        match (&self.cause, value) {
            (WarningCause::Overreach { region, .. }, Value::Region(value)) => *region == value,
            (WarningCause::Clipped { network, .. }, Value::Network(value)) => *network == value,
            (WarningCause::Wildcard { name }, Value::Name(value)) => name == value,
            _ => false,
        }
    }

    fn is_about_name(&self) -> bool {
        false
    }

    fn point(&mut self, caret: Caret) {
        self.caret = Some(Box::new(caret));
    }
}
