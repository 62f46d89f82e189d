//! The compiled form: the tables that a decision looks at, and the questions it asks of them.

use std::time::SystemTime;

use crate::address::Ip;
use crate::geo::{Atlas, Place};
use crate::names::{Merged, Names, OrderIndex};
use crate::reach::{Area, Narrowing, Regions};
use crate::{Order, Region};

/// A docket on an atlas, compiled.
pub(crate) struct Compiled {
    /// Ascending by id, so that ascending positions are ascending ids.
    pub(crate) orders: Box<[Order]>,
    /// What each order means, at the order's own position.
    pub(crate) rules: Box<[Rule]>,
    pub(crate) areas: Box<[Area]>,
    pub(crate) jurisdictions: Box<[Regions]>,
    /// What the orders with status `in-force` name: all that a decision asks about.
    pub(crate) in_force: Names,
    /// What the other orders name, for explanations.
    pub(crate) others: Names,
    pub(crate) atlas: Atlas,
}

/// What one order means.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) effective: Option<SystemTime>,
    pub(crate) expires: Option<SystemTime>,
    /// Which of the areas.
    pub(crate) area: usize,
    /// Which of the jurisdictions.
    pub(crate) jurisdiction: usize,
    pub(crate) narrowing: Option<Box<Narrowing>>,
}

impl Rule {
    fn is_timed(&self) -> bool {
        self.effective.is_some() || self.expires.is_some()
    }

    fn holds_at(&self, at: SystemTime) -> bool {
        self.effective.is_none_or(|effective| effective <= at) && self.expires.is_none_or(|expires| at < expires)
    }
}

impl Compiled {
    /// True when the answer about these orders depends on the time.
    pub(crate) fn is_timed(&self, mut named: Merged<'_>) -> bool {
        named.any(|index| self.rule(index).is_some_and(Rule::is_timed))
    }

    pub(crate) fn order(&self, index: OrderIndex) -> Option<&Order> {
        self.orders.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn rule(&self, index: OrderIndex) -> Option<&Rule> {
        self.rules.get(usize::try_from(index).ok()?)
    }

    /// True when an order's issuer has authority over a region.
    pub(crate) fn issuer_covers(&self, rule: &Rule, region: Region) -> bool {
        self.jurisdictions.get(rule.jurisdiction).is_some_and(|jurisdiction| jurisdiction.cover(region))
    }

    fn reaches(&self, rule: &Rule, ip: Ip, place: Place) -> bool {
        self.areas.get(rule.area).is_some_and(|area| area.contains(place))
            && rule.narrowing.as_ref().is_none_or(|narrowing| narrowing.contains(ip))
    }
}

/// One question put to a policy, with the orders that it turns on. A decision keeps it and answers from it what else it is
/// asked, so that deciding need not collect anything.
#[derive(Clone, Copy)]
pub(crate) struct Case<'p> {
    pub(crate) compiled: &'p Compiled,
    pub(crate) named: Merged<'p>,
    pub(crate) ip: Ip,
    pub(crate) place: Place,
    pub(crate) host_region: Region,
    pub(crate) at: SystemTime,
}

impl<'p> Case<'p> {
    /// The orders in force at the time that name the meeting or the account, ascending by id.
    pub(crate) fn named(self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.rules().filter_map(move |(index, _)| self.compiled.order(index))
    }

    /// Those of them whose reach contains the address.
    pub(crate) fn reaching(self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.rules()
            .filter(move |(_, rule)| self.compiled.reaches(rule, self.ip, self.place))
            .filter_map(move |(index, _)| self.compiled.order(index))
    }

    /// The first of the named orders whose issuer covers the host's region.
    pub(crate) fn domestic(self) -> Option<&'p Order> {
        let (index, _) = self.rules().find(|(_, rule)| self.compiled.issuer_covers(rule, self.host_region))?;
        self.compiled.order(index)
    }

    fn rules(self) -> impl Iterator<Item = (OrderIndex, &'p Rule)> + use<'p> {
        self.named
            .filter_map(move |index| Some((index, self.compiled.rule(index)?)))
            .filter(move |(_, rule)| rule.holds_at(self.at))
    }
}
