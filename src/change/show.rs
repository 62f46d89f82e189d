//! A change as text for people, and as data for machines.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::SystemTime;

use hashbrown::HashMap;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::Change;
use super::order::{ChangeKind, OrderChange};
use crate::order::Order;
use crate::reach::Size;
use crate::region::Region;
use crate::text::number::{Addresses, Thousands};
use crate::text::quote::Quoted;
use crate::text::timestamp;

/// Sizes by region.
type Sizes = BTreeMap<Region, Size>;

/// The sizes that orders newly reach and release. Orders that change alike are counted once.
#[derive(Default)]
struct Counted {
    known: HashMap<[Option<u32>; 2], [Sizes; 2]>,
}

impl Counted {
    fn sizes(&mut self, order: &OrderChange<'_>) -> [Sizes; 2] {
        let count = || [order.reached().sizes(), order.released().sizes()];
        match order.areas() {
            Some(areas) => self.known.entry(areas).or_insert_with(count).clone(),
            None => count(),
        }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.is_empty(), self.widens(), self.releases()) {
            (true, ..) => "no decision changes",
            (_, true, true) => "some are blocked who were not, and some are released",
            (_, true, false) => "some are blocked who were not",
            (_, false, true) => "some are released, and nobody is blocked who was not",
            (_, false, false) => "decisions name other orders, and nobody is blocked or released",
        })?;
        let mut counted = Counted::default();
        for order in self.orders() {
            write_order(f, &order, counted.sizes(&order))?;
        }
        let ids: Vec<String> = self.records().filter_map(id).map(|id| Quoted(id).to_string()).collect();
        if !ids.is_empty() {
            write!(f, "\nin their records alone: {}", ids.join(", "))?;
        }
        for (label, regions) in [("fenced", self.fenced()), ("fenced no longer", self.unfenced())] {
            if !regions.is_empty() {
                write!(f, "\n{label}: {}", list(&regions))?;
            }
        }
        Ok(())
    }
}

fn id<'c>((before, after): (Option<&'c Order>, Option<&'c Order>)) -> Option<&'c str> {
    after.or(before).map(|order| order.id.as_str())
}

fn write_order(f: &mut fmt::Formatter<'_>, change: &OrderChange<'_>, sizes: [Sizes; 2]) -> fmt::Result {
    let (before, after) = (change.in_force_before(), change.in_force_after());
    let kind = match change.kind() {
        ChangeKind::Added => "added",
        ChangeKind::Withdrawn => "withdrawn",
        ChangeKind::Changed => "changed",
    };
    let issuer = after.or(before).map_or("", |order| &order.issuer);
    write!(f, "\n{kind}: order {} of {}", Quoted(change.id()), Quoted(issuer))?;
    let [reached, released] = sizes;
    for (label, region) in [("newly reaches", reached), ("releases", released)] {
        region.iter().try_for_each(|(region, size)| write!(f, "\n  {label} in {region}: {}", Amount(*size)))?;
    }
    let names = [
        ("newly names", change.meetings_added().count(), change.accounts_added().count()),
        ("names no longer", change.meetings_removed().count(), change.accounts_removed().count()),
    ];
    for (label, meetings, accounts) in names {
        let named = [(meetings, "meeting"), (accounts, "account")].into_iter().filter(|&(number, _)| number > 0);
        let named: Vec<String> = named.map(|(number, thing)| plural(number, thing)).collect();
        if !named.is_empty() {
            write!(f, "\n  {label} {}", named.join(" and "))?;
        }
    }
    match (before, after) {
        (Some(old), Some(new)) if change.window_changed() => write!(f, "\n  in force {}, and was {}", window(new), window(old))?,
        (None, Some(new)) => write!(f, "\n  in force {}", window(new))?,
        _ => {}
    }
    for (label, regions) in [("gains", change.jurisdiction_gained()), ("loses", change.jurisdiction_lost())] {
        if change.kind() == ChangeKind::Changed && !regions.is_empty() {
            write!(f, "\n  its issuer {label} authority over {}", list(&regions))?;
        }
    }
    Ok(())
}

fn list(regions: &[Region]) -> String {
    let regions: Vec<String> = regions.iter().map(Region::to_string).collect();
    regions.join(", ")
}

fn plural(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", Thousands(u128::try_from(number).unwrap_or(u128::MAX)))
}

fn window(order: &Order) -> String {
    let time = |time: SystemTime| timestamp::format(time).unwrap_or_else(|| "a time beyond RFC 3339".to_owned());
    match (order.effective.map(time), order.expires.map(time)) {
        (None, None) => "at all times".to_owned(),
        (Some(effective), None) => format!("from {effective}"),
        (None, Some(expires)) => format!("until {expires}"),
        (Some(effective), Some(expires)) => format!("from {effective} until {expires}"),
    }
}

/// The number of addresses of each family that has any.
struct Amount(Size);

impl Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |addresses| if addresses == 1 { "" } else { "es" };
        let of = |addresses, family| (addresses > 0).then(|| format!("{} {family} address{}", Addresses(addresses), s(addresses)));
        let amounts = [of(self.0.v4_addresses.into(), "IPv4"), of(self.0.v6_addresses, "IPv6")];
        f.write_str(&amounts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut counted = Counted::default();
        let orders: Vec<Shown<'_>> = self.orders().map(|order| Shown { order, sizes: counted.sizes(&order) }).collect();
        let records: Vec<&str> = self.records().filter_map(id).collect();
        let mut map = serializer.serialize_struct("Change", 7)?;
        map.serialize_field("empty", &self.is_empty())?;
        map.serialize_field("widens", &self.widens())?;
        map.serialize_field("releases", &self.releases())?;
        map.serialize_field("orders", &orders)?;
        map.serialize_field("records", &records)?;
        map.serialize_field("fenced", &self.fenced())?;
        map.serialize_field("unfenced", &self.unfenced())?;
        map.end()
    }
}

/// One order, as it is written for machines.
struct Shown<'c> {
    order: OrderChange<'c>,
    sizes: [Sizes; 2],
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Shown { order, sizes: [reached, released] } = self;
        let (before, after) = (order.in_force_before(), order.in_force_after());
        let mut map = serializer.serialize_struct("OrderChange", 13)?;
        map.serialize_field("id", order.id())?;
        map.serialize_field("issuer", &after.or(before).map(|order| &order.issuer))?;
        map.serialize_field("kind", &order.kind())?;
        map.serialize_field("meetings_added", &order.meetings_added().count())?;
        map.serialize_field("meetings_removed", &order.meetings_removed().count())?;
        map.serialize_field("accounts_added", &order.accounts_added().count())?;
        map.serialize_field("accounts_removed", &order.accounts_removed().count())?;
        map.serialize_field("window_before", &before.map(Times::of))?;
        map.serialize_field("window_after", &after.map(Times::of))?;
        map.serialize_field("reached", &Amounts::of(reached))?;
        map.serialize_field("released", &Amounts::of(released))?;
        map.serialize_field("jurisdiction_gained", &order.jurisdiction_gained())?;
        map.serialize_field("jurisdiction_lost", &order.jurisdiction_lost())?;
        map.end()
    }
}

/// A window, with `null` where it has no bound.
#[derive(Serialize)]
struct Times {
    effective: Option<String>,
    expires: Option<String>,
}

impl Times {
    fn of(order: &Order) -> Times {
        Times { effective: order.effective.and_then(timestamp::format), expires: order.expires.and_then(timestamp::format) }
    }
}

/// Sizes by region. Addresses are a text: there may be more than a number of JSON is sure to hold.
#[derive(Serialize)]
struct Amounts {
    ipv4: Family,
    ipv6: Family,
}

#[derive(Serialize)]
struct Family {
    addresses: String,
    networks: u64,
}

impl Amounts {
    fn of(sizes: &Sizes) -> BTreeMap<Region, Amounts> {
        let amounts = |size: &Size| Amounts {
            ipv4: Family { addresses: size.v4_addresses.to_string(), networks: size.v4_networks },
            ipv6: Family { addresses: size.v6_addresses.to_string(), networks: size.v6_networks },
        };
        sizes.iter().map(|(&region, size)| (region, amounts(size))).collect()
    }
}
