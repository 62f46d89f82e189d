//! Compiling a docket on an atlas: check everything, then lower it to tables.

mod check;
mod table_builder;
#[cfg(feature = "orders-file")]
mod carets;
mod warn;
pub(crate) mod sources;
mod amend;
mod renumber;

use std::sync::Arc;
use std::time::SystemTime;

use crate::geo::Atlas;
use crate::order::{Docket, Order, Status};
use crate::policy::diagnostic::{CompileError, Warning};
use crate::policy::name_index::{NameIndex, NameTable, Naming, OrderIndex};
use crate::policy::order_store::{OrderStore, Position};
use crate::policy::requirements::Requirements;
use crate::policy::tables::{Rule, Tables, Window};
use crate::policy::warnings::Warnings;
use crate::reach::Regions;
use crate::reach::narrowing::Narrowings;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) use amend::on_atlas;
pub(crate) use amend::{amend, recompile};
#[cfg(feature = "orders-file")]
use carets::with_carets;
use check::Jurisdictions;
pub(crate) use check::Occasion;
use table_builder::{TableBuilder, number};

/// Compiles a docket, or tells all of its defects. `now` matters to warnings alone.
pub(crate) fn compile(
    docket: &Docket,
    atlas: &Atlas,
    requirements: &Requirements,
    occasion: Occasion,
    now: SystemTime,
) -> Result<(Tables, Warnings), CompileError> {
    let Lowered { by_id, rules, builder, warnings } = lower(docket, atlas, requirements, occasion, now)?;
    let subset = atlas.subset(builder.union(docket.orders.iter().zip(&rules)));
    let orders = OrderStore::new(&docket.orders);
    let mut indices = vec![0; docket.orders.len()];
    for (&position, index) in by_id.iter().zip(0..) {
        if let Some(slot) = indices.get_mut(position) {
            *slot = index;
        }
    }
    let TableBuilder { jurisdictions, windows, narrowings, areas, .. } = builder;
    let mut tables = Tables {
        in_force: names(&docket.orders, &indices, |status| status == Status::InForce),
        others: names(&docket.orders, &indices, |status| status != Status::InForce),
        orders,
        rules: by_id.iter().filter_map(|&position| rules.get(position)).copied().collect(),
        positions: by_id.iter().map(|&position| number(position)).collect(),
        windows: windows.into_boxed_slice(),
        narrowings: Narrowings::new(narrowings),
        areas: areas.into_boxed_slice(),
        jurisdictions: jurisdictions.into_boxed_slice(),
        fenced: Regions::new(&docket.fenced),
        subset,
        atlas: atlas.clone(),
        // Built from a sorted sequence, which is how maps are counted.
        groups: Arc::new(docket.jurisdictions.iter().map(|(name, regions)| (name.clone(), regions.clone())).collect()),
        requirements: requirements.clone(),
        end: docket.end.0,
        slack: 0,
    };
    tables.slack = tables.bytes_of_orders() / SLACK;
    let mut all_warnings = sources::warnings(atlas, now);
    let of_groups = warn::of_groups(docket);
    #[cfg(feature = "orders-file")]
    let of_groups = with_carets(docket, of_groups);
    all_warnings.extend(of_groups);
    all_warnings.extend(warnings);
    Ok((tables, Warnings::new(all_warnings)))
}

/// Amending may leave behind a quarter of the bytes that the orders took when they were compiled: the orders that are there still
/// take three quarters or more, so a policy takes at most 4/3 of the memory of one that is compiled anew, and compiling costs
/// each amended byte a constant, however long the chain of amendments.
const SLACK: usize = 4;

/// The most heap bytes that an order leaves behind when it is amended: those that it takes itself, and its part of each table.
fn weight(order: &Order) -> usize {
    let names = order.meetings.iter().chain(&order.accounts).map(|name| NameTable::most_bytes_of(name)).sum::<usize>();
    let tables = size_of::<Rule>() + size_of::<Position>() + size_of::<Window>();
    OrderStore::most_bytes_of(order) + tables + Narrowings::most_bytes_of(&order.networks, &order.exempt) + names
}

/// Orders that are checked and lowered to rules, in the docket's sequence.
struct Lowered<'d> {
    /// Their positions, ascending by id.
    by_id: Vec<usize>,
    rules: Vec<Rule>,
    builder: TableBuilder<'d>,
    warnings: Vec<Warning>,
}

fn lower<'d>(
    docket: &'d Docket,
    atlas: &'d Atlas,
    requirements: &Requirements,
    occasion: Occasion,
    now: SystemTime,
) -> Result<Lowered<'d>, CompileError> {
    let by_id = ascending(&docket.orders);
    let jurisdictions = check::check(docket, &by_id, requirements, occasion);
    #[cfg(feature = "orders-file")]
    let jurisdictions = jurisdictions.map_err(|error| CompileError { defects: with_carets(docket, error.defects) });
    let Jurisdictions { regions, of_orders } = jurisdictions?;
    let mut builder = TableBuilder::new(regions, atlas);
    let orders = docket.orders.iter().zip(&of_orders);
    let rules: Vec<Rule> = orders.map(|(order, &jurisdiction)| builder.rule(order, jurisdiction)).collect();
    let warnings = warn::warnings(&docket.orders, &rules, &builder, now);
    #[cfg(feature = "orders-file")]
    let warnings = with_carets(docket, warnings);
    Ok(Lowered { by_id, rules, builder, warnings })
}

/// The positions of the orders, ascending by id, and by position where ids are equal.
fn ascending(orders: &[Order]) -> Vec<usize> {
    // Ids often begin alike, and lie far apart in memory: compare the eight bytes after what they share before anything else.
    let first = orders.first().map_or("", |order| &order.id);
    let shared = |order: &Order| order.id.bytes().zip(first.bytes()).take_while(|(a, b)| a == b).count();
    let shared = orders.iter().map(shared).min().unwrap_or(0);
    let key = |order: &Order| {
        let mut key = [0; 8];
        key.iter_mut().zip(order.id.bytes().skip(shared)).for_each(|(to, from)| *to = from);
        u64::from_be_bytes(key)
    };
    let mut keyed: Vec<(u64, &str, usize)> =
        orders.iter().enumerate().map(|(n, order)| (key(order), order.id.as_str(), n)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(.., position)| position).collect()
}

/// The names of the orders of some status, in both name spaces.
fn names(orders: &[Order], indices: &[OrderIndex], of_status: impl Fn(Status) -> bool) -> NameIndex {
    let index = |names: fn(&Order) -> &Vec<String>| {
        let orders = orders.iter().zip(indices).filter(|(order, _)| of_status(order.status));
        NameTable::new(orders.flat_map(|(order, &index)| names(order).iter().map(move |name| Naming { name, order: index })))
    };
    NameIndex { meetings: index(|order| &order.meetings), accounts: index(|order| &order.accounts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Source;

    fn compiled(ids: &[&str]) -> Tables {
        let mut source = Source::new("provider");
        source.insert("192.0.2.0/24".parse().unwrap(), "CN".parse().unwrap());
        let atlas = Atlas::builder().source(source).build().unwrap();
        let mut docket = Docket::default();
        docket.orders.extend(ids.iter().map(|&id| Order::new(id, "CN")));
        docket.orders.iter_mut().for_each(|order| order.meetings.push("vigil".to_owned()));
        compile(&docket, &atlas, &Requirements::new(), Occasion::First, SystemTime::now()).unwrap().0
    }

    #[test]
    fn numbers_that_point_nowhere_reach_nobody() {
        let tables = compiled(&["order"]);
        let rule = *tables.rule(0).unwrap();
        let ip = "192.0.2.1".parse().unwrap();
        let location = tables.atlas.location_id(ip);
        assert!(tables.reaches(&rule, ip, location) && tables.window(&rule).is_none());
        let nowhere = number(usize::MAX);
        assert!(!tables.reaches(&Rule { area: nowhere, ..rule }, ip, location));
        assert!(!tables.reaches(&Rule { narrowing: nowhere, ..rule }, ip, location));
        let never = Rule { window: nowhere, ..rule };
        assert!([SystemTime::UNIX_EPOCH, SystemTime::now()].into_iter().all(|at| !tables.window(&never).unwrap().holds(at)));
    }

    #[test]
    fn amendments_may_leave_a_quarter_of_the_bytes_of_the_orders_behind() {
        let ids: Vec<String> = (0..60).map(|n| format!("order-{n}")).collect();
        let tables = compiled(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(tables.slack, tables.bytes_of_orders() / 4);
        let order = tables.order(0).unwrap();
        let names = NameTable::most_bytes_of("vigil");
        let beside = size_of::<Rule>() + size_of::<Position>() + size_of::<Window>();
        assert_eq!(weight(order), OrderStore::most_bytes_of(order) + beside + names);
        let mut narrowed = order.clone();
        narrowed.accounts.push("account".to_owned());
        narrowed.exempt.push("192.0.2.7/32".parse().unwrap());
        // A copy has no spare memory.
        let narrowed = narrowed.clone();
        let narrowing = Narrowings::most_bytes_of(&[], &narrowed.exempt);
        let more = NameTable::most_bytes_of("account") + narrowing;
        assert!(narrowing > 0);
        assert_eq!(weight(&narrowed), OrderStore::most_bytes_of(&narrowed) + beside + names + more);
        // An amendment costs what the order was and what it becomes.
        let warnings = Warnings::new(Vec::new());
        let (amended, _) = amend(&tables, &warnings, vec![narrowed.clone()], SystemTime::now()).unwrap();
        assert_eq!(amended.slack.checked_add(weight(order) + weight(&narrowed)), Some(tables.slack));
    }

    /// As when the sources became too old after the first compilation: [`Policy::compile_with`](crate::Policy::compile_with) alone
    /// refuses them.
    #[test]
    fn old_data_never_keep_an_order_from_being_withdrawn() {
        let mut source = Source::new("undated");
        source.insert("192.0.2.0/24".parse().unwrap(), "CN".parse().unwrap());
        let atlas = Atlas::builder().source(source).build().unwrap();
        let requirements = Requirements::new().source_age(0);
        assert_eq!(sources::defects(&atlas, &requirements, SystemTime::now()).len(), 1);
        let mut docket = Docket::default();
        docket.orders.push(Order::new("order", "CN"));
        docket.orders[0].meetings.push("vigil".to_owned());
        let (tables, warnings) = compile(&docket, &atlas, &requirements, Occasion::First, SystemTime::now()).unwrap();
        docket.orders[0].status = Status::Withdrawn;
        let amended = amend(&tables, &warnings, docket.orders.clone(), SystemTime::now()).unwrap();
        let recompiled = recompile(&tables, &warnings, &docket, SystemTime::now()).unwrap();
        // Groups that changed are a reason to compile from scratch.
        docket.jurisdictions.insert("NORTH".to_owned(), vec!["DK".parse().unwrap()]);
        let from_scratch = recompile(&tables, &warnings, &docket, SystemTime::now()).unwrap();
        for (tables, _) in [amended, recompiled, from_scratch] {
            assert_eq!(tables.order(0).unwrap().status, Status::Withdrawn);
        }
    }

    /// Ids that agree in the eight bytes after what all share, that end inside of them, or that have zeros there.
    #[test]
    fn indices_ascend_by_id_however_ids_begin() {
        let long = |tail: &str| format!("2026-{}{tail}", "x".repeat(8));
        let ids = [
            ["b", "a", "a\0", "a\0\0", "aa", "\0", "\0\0", "\u{ff}", "\u{10ffff}"].map(str::to_owned).to_vec(),
            [long("b"), long("a"), long(""), long("\0"), "2026-".to_owned(), "2026-x".to_owned(), "2026-\0".to_owned()].to_vec(),
            [long("é"), long("è"), long("ê"), long("z")].to_vec(),
        ];
        for ids in ids {
            let tables = compiled(&ids.iter().map(String::as_str).collect::<Vec<_>>());
            let indexed: Vec<&str> = (0..).map_while(|index| tables.order(index)).map(|order| order.id.as_str()).collect();
            let mut ascending: Vec<&str> = ids.iter().map(String::as_str).collect();
            ascending.sort_unstable();
            assert_eq!(indexed, ascending);
        }
    }
}
