//! The theorems: what holds in every world. Each is a [`Theorem`].

use std::net::{IpAddr, Ipv4Addr};

use bailiwick::{
    Atlas, Decision, Docket, Explanation, HostAccount, Location, Meeting, Order, Policy, Region, Source, Status, spec,
};
use ipnet::{IpNet, Ipv6Net};

pub use super::life::*;
use super::world::{Question, Row, World, jurisdiction, region, source};

/// A function that panics where the theorem does not hold.
pub type Theorem = fn(&World);

/// Every theorem by its name.
pub const THEOREMS: &[(&str, Theorem)] = &[
    ("compiled_equals_spec", compiled_equals_spec),
    ("no_order_means_allow", no_order_means_allow),
    ("block_needs_jurisdiction", block_needs_jurisdiction),
    ("foreign_order_never_reaches_outside", foreign_order_never_reaches_outside),
    ("unlocated_is_never_blocked", unlocated_is_never_blocked),
    ("contested_is_never_blocked", contested_is_never_blocked),
    ("foreign_order_never_affects_host", foreign_order_never_affects_host),
    ("order_and_duplicate_independent", order_and_duplicate_independent),
    ("adding_an_order_never_unblocks", adding_an_order_never_unblocks),
    ("narrowing_an_order_never_blocks_more", narrowing_an_order_never_blocks_more),
    ("orders_are_local_to_what_they_name", orders_are_local_to_what_they_name),
    ("splitting_a_prefix_changes_nothing", splitting_a_prefix_changes_nothing),
    ("mapped_v4_equals_v4", mapped_v4_equals_v4),
    ("explain_agrees_with_decide", explain_agrees_with_decide),
    ("outside_its_window_an_order_does_nothing", outside_its_window_an_order_does_nothing),
    ("excluded_is_never_blocked", excluded_is_never_blocked),
    ("a_meeting_looked_up_once_agrees_with_decide", a_meeting_looked_up_once_agrees_with_decide),
    ("reasons_agree_with_explain", reasons_agree_with_explain),
    ("sweep_agrees_with_decide", sweep_agrees_with_decide),
    ("amending_equals_compiling", amending_equals_compiling),
    ("change_is_empty_iff_decisions_are_equal", change_is_empty_iff_decisions_are_equal),
    ("release_ends_every_block_of_the_order", release_ends_every_block_of_the_order),
];

fn decide<'p>(policy: &'p Policy, q: &Question) -> Decision<'p> {
    policy.decide_at(q.meeting(), q.ip, q.home, q.at)
}

fn explain<'p>(policy: &'p Policy, q: &Question) -> Explanation<'p> {
    policy.explain(q.meeting(), q.ip, q.home, q.at)
}

fn json(explanation: &Explanation<'_>) -> String {
    serde_json::to_string(explanation).unwrap()
}

fn names(order: &Order, q: &Question) -> bool {
    order.meetings.iter().any(|id| id == q.meeting) || q.host.is_some_and(|host| order.accounts.iter().any(|a| a == host))
}

fn in_force(order: &Order, q: &Question) -> bool {
    order.status == Status::InForce && order.effective.is_none_or(|t| t <= q.at) && order.expires.is_none_or(|t| q.at < t)
}

fn issuer_covers(docket: &Docket, order: &Order, region: Region) -> bool {
    jurisdiction(docket, order).iter().any(|issuer| issuer.covers(region))
}

fn with_orders(docket: &Docket, keep: impl Fn(&Order) -> bool) -> Docket {
    let mut docket = docket.clone();
    docket.orders.retain(keep);
    docket
}

/// Two policies say the same about every question, in every detail.
fn assert_same(world: &World, a: &Policy, b: &Policy) {
    for q in &world.questions {
        assert_eq!(decide(a, q), decide(b, q), "{q:?} in {world:#?}");
    }
}

pub fn compiled_equals_spec(world: &World) {
    let (policy, sources) = (world.policy(), world.sources());
    for q in &world.questions {
        let verdict = spec::decide_at(&world.docket, &sources, world.min_sources, q.meeting(), q.ip, q.home, q.at);
        assert_eq!(verdict, decide(&policy, q), "{q:?} in {world:#?}");
        assert_eq!(spec::locate(&sources, world.min_sources, q.ip), policy.locate(q.ip), "{q:?} in {world:#?}");
    }
}

pub fn no_order_means_allow(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let named = world.docket.orders.iter().any(|order| names(order, q) && in_force(order, q));
        assert_eq!(decide(&policy, q) == Decision::Allow, !named, "{q:?} in {world:#?}");
        assert_eq!(policy.decide("nobody-names-this", q.ip, q.home), Decision::Allow);
        let unnamed = Meeting::new("nobody-names-this").hosted_by("vigil");
        assert_eq!(policy.decide_at(unnamed, q.ip, q.home, q.at), Decision::Allow, "a meeting's name is no account's");
    }
}

pub fn block_needs_jurisdiction(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        if let Decision::BlockParticipant(block) = decide(&policy, q) {
            assert!(block.orders().count() > 0, "{q:?} in {world:#?}");
            for order in block.orders() {
                let inside = policy.locate(q.ip).region().is_some_and(|region| issuer_covers(&world.docket, order, region));
                assert!(inside && names(order, q) && in_force(order, q), "{} {q:?} in {world:#?}", order.id);
            }
        }
    }
}

/// Each order alone, made as wide as it can be written: it blocks nobody located outside its issuer's jurisdiction.
pub fn foreign_order_never_reaches_outside(world: &World) {
    let atlas = world.atlas();
    for order in &world.docket.orders {
        let mut docket = with_orders(&world.docket, |other| other.id == order.id);
        for wide in &mut docket.orders {
            (wide.status, wide.effective, wide.expires) = (Status::InForce, None, None);
            (wide.regions, wide.networks, wide.exempt) = (Vec::new(), everywhere(), Vec::new());
        }
        let policy = Policy::compile(&docket, &atlas).unwrap();
        for q in &world.questions {
            let inside = atlas.locate(q.ip).region().is_some_and(|region| issuer_covers(&docket, order, region));
            assert_eq!(decide(&policy, q).admits(), !(inside && names(order, q)), "{} {q:?} in {world:#?}", order.id);
        }
    }
}

fn everywhere() -> Vec<IpNet> {
    vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]
}

pub fn unlocated_is_never_blocked(world: &World) {
    admits_all_at(world, Location::Unknown);
}

pub fn contested_is_never_blocked(world: &World) {
    admits_all_at(world, Location::Contested);
}

fn admits_all_at(world: &World, location: Location) {
    let (policy, sources) = (world.policy(), world.sources());
    for q in &world.questions {
        if spec::locate(&sources, world.min_sources, q.ip) == location {
            assert!(decide(&policy, q).admits(), "{q:?} in {world:#?}");
        }
    }
}

pub fn foreign_order_never_affects_host(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let domestic = |order: &&Order| names(order, q) && in_force(order, q) && issuer_covers(&world.docket, order, q.home);
        let smallest = world.docket.orders.iter().filter(domestic).map(|order| order.id.as_str()).min();
        let standing = match decide(&policy, q).host_account() {
            HostAccount::Unaffected => None,
            HostAccount::UnderDomesticOrder(order) => Some(order.id.as_str()),
        };
        assert_eq!(standing, smallest, "{q:?} in {world:#?}");
    }
}

pub fn order_and_duplicate_independent(world: &World) {
    let mut other = world.clone();
    for regions in other.docket.jurisdictions.values_mut() {
        turn(regions, world.die(0, 7));
    }
    for order in &mut other.docket.orders {
        turn(&mut order.meetings, world.die(1, 7));
        turn(&mut order.accounts, world.die(2, 7));
        turn(&mut order.regions, world.die(3, 7));
        turn(&mut order.networks, world.die(4, 7));
        turn(&mut order.exempt, world.die(5, 7));
    }
    other.docket.orders.reverse();
    for rows in other.sources.iter_mut().chain(&mut other.excluding) {
        turn(rows, world.die(6, 7));
    }
    // The names of the sources go with their rows.
    let mut reversed = other.sources();
    reversed.reverse();
    let atlas = Atlas::builder().sources(reversed).min_sources(world.min_sources).build().unwrap();
    let (policy, again) = (world.policy(), Policy::compile(&other.docket, &atlas).unwrap());
    assert_same(world, &policy, &again);
    for q in &world.questions {
        assert_eq!(json(&explain(&policy, q)), json(&explain(&again, q)), "{q:?} in {world:#?}");
    }
    #[cfg(feature = "ledger")]
    assert_eq!([policy.digest(), policy.atlas_digest()], [again.digest(), again.atlas_digest()], "{world:#?}");
}

/// Rotates a list, reverses it, and repeats one of its elements.
fn turn<T: Clone>(list: &mut Vec<T>, by: usize) {
    let by = by % list.len().max(1);
    if let Some(again) = list.get(by).cloned() {
        list.rotate_left(by);
        list.reverse();
        list.push(again);
    }
}

pub fn adding_an_order_never_unblocks(world: &World) {
    let atlas = world.atlas();
    let with = Policy::compile(&world.docket, &atlas).unwrap();
    for order in &world.docket.orders {
        let without = with_orders(&world.docket, |other| other.id != order.id);
        let without = Policy::compile(&without, &atlas).unwrap();
        for q in &world.questions {
            assert!(decide(&without, q).admits() || !decide(&with, q).admits(), "{} {q:?} in {world:#?}", order.id);
        }
    }
}

pub fn narrowing_an_order_never_blocks_more(world: &World) {
    let atlas = world.atlas();
    let wide = Policy::compile(&world.docket, &atlas).unwrap();
    let mut networks: Vec<IpNet> = world.docket.orders.iter().flat_map(|o| [&o.networks, &o.exempt]).flatten().copied().collect();
    networks.truncate(4);
    for n in 0..world.docket.orders.len() {
        let narrower = narrowings(&world.docket.orders[n], &jurisdiction(&world.docket, &world.docket.orders[n]), &networks);
        for order in narrower {
            let mut docket = world.docket.clone();
            docket.orders[n] = order;
            let narrow = Policy::compile(&docket, &atlas).unwrap();
            for q in &world.questions {
                let more = !decide(&narrow, q).admits() && decide(&wide, q).admits();
                assert!(!more, "{:#?} {q:?} in {world:#?}", docket.orders[n]);
            }
        }
    }
}

/// Each way to write an order narrower.
fn narrowings(order: &Order, jurisdiction: &[Region], networks: &[IpNet]) -> Vec<Order> {
    let mut narrower = Vec::new();
    let mut push = |change: &dyn Fn(&mut Order)| {
        let mut changed = order.clone();
        change(&mut changed);
        narrower.push(changed);
    };
    for &network in networks {
        push(&|order| order.exempt.push(network));
        if order.networks.is_empty() {
            push(&|order| order.networks.push(network));
        }
    }
    if order.networks.len() > 1 {
        push(&|order| _ = order.networks.remove(0));
    }
    if order.regions.is_empty() {
        push(&|order| order.regions.push(jurisdiction[0]));
    }
    if order.regions.len() > 1 {
        push(&|order| _ = order.regions.remove(0));
    }
    if let (None, Some(effective)) = (order.expires, order.effective) {
        push(&|order| order.expires = Some(effective + std::time::Duration::from_secs(3600)));
    }
    push(&|order| order.status = Status::Withdrawn);
    narrower
}

pub fn orders_are_local_to_what_they_name(world: &World) {
    let atlas = world.atlas();
    let policy = Policy::compile(&world.docket, &atlas).unwrap();
    for q in &world.questions {
        let local = Policy::compile(&with_orders(&world.docket, |order| names(order, q)), &atlas).unwrap();
        assert_eq!(decide(&policy, q), decide(&local, q), "{q:?} in {world:#?}");
        assert_eq!(json(&explain(&policy, q)), json(&explain(&local, q)), "{q:?} in {world:#?}");
    }
}

pub fn splitting_a_prefix_changes_nothing(world: &World) {
    let mut split = world.clone();
    for order in &mut split.docket.orders {
        order.networks = order.networks.iter().flat_map(|&network| halves(network)).collect();
        order.exempt = order.exempt.iter().flat_map(|&network| halves(network)).collect();
    }
    for rows in split.sources.iter_mut().chain(&mut split.excluding) {
        let whole = rows.clone();
        let overlaps = |a: &Row| whole.iter().filter(|b| overlap(a, b)).count() > 1;
        *rows = whole.iter().flat_map(|row| if overlaps(row) { vec![*row] } else { split_row(row, world.die(0, 5)) }).collect();
    }
    let (policy, again) = (world.policy(), split.policy());
    assert_same(world, &policy, &again);
    for q in &world.questions {
        assert_eq!(json(&explain(&policy, q)), json(&explain(&again, q)), "{q:?} in {world:#?}");
    }
    #[cfg(feature = "ledger")]
    assert_eq!(policy.atlas_digest(), again.atlas_digest(), "{world:#?}");
}

fn halves(network: IpNet) -> Vec<IpNet> {
    match network.subnets((network.prefix_len() + 1).min(network.max_prefix_len())) {
        // Only half of `::/0` to `::ffff:0:0/95` is IPv6: the part that holds `::ffff:0:0/96` would become IPv4.
        Ok(halves) if !becomes_v4(network) => halves.collect(),
        _ => vec![network],
    }
}

fn becomes_v4(network: IpNet) -> bool {
    network == "::fffe:0:0/95".parse::<IpNet>().unwrap()
}

/// The ends of a row as IPv4 or as IPv6.
fn ends(row: &Row) -> (IpAddr, IpAddr) {
    match (row.first.to_canonical(), row.last.to_canonical()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (first.into(), last.into()),
        _ => (row.first, row.last),
    }
}

fn overlap(a: &Row, b: &Row) -> bool {
    let ((a_first, a_last), (b_first, b_last)) = (ends(a), ends(b));
    a_first.is_ipv4() == b_first.is_ipv4() && a_first <= b_last && b_first <= a_last
}

/// Two rows that hold the same addresses, cut at one of a few places.
fn split_row(row: &Row, place: usize) -> Vec<Row> {
    let (first, last) = ends(row);
    let cut = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) if a < b => {
            let (a, b) = (a.to_bits(), b.to_bits());
            let middle = [a, a + (b - a) / 2, a + (b - a) / 3, b - 1, a + (b - a) / 5][place];
            (Ipv4Addr::from_bits(middle).into(), Ipv4Addr::from_bits(middle + 1).into())
        }
        (IpAddr::V6(a), IpAddr::V6(b)) if a < b => {
            let (a, b) = (a.to_bits(), b.to_bits());
            let middle = [a, a + (b - a) / 2, a + (b - a) / 3, b - 1, a + (b - a) / 5][place];
            let cut: (IpAddr, IpAddr) =
                (std::net::Ipv6Addr::from_bits(middle).into(), std::net::Ipv6Addr::from_bits(middle + 1).into());
            let parts = [(first, cut.0), (cut.1, last)];
            if parts.iter().any(|(a, b)| a.to_canonical().is_ipv4() && b.to_canonical().is_ipv4()) {
                return vec![*row];
            }
            cut
        }
        _ => return vec![*row],
    };
    let parts = [Row { first, last: cut.0, ..*row }, Row { first: cut.1, last, ..*row }];
    assert_eq!(source("", &parts).len(), 2);
    parts.to_vec()
}

pub fn mapped_v4_equals_v4(world: &World) {
    let mut mapped = world.clone();
    for order in &mut mapped.docket.orders {
        order.networks.iter_mut().chain(&mut order.exempt).for_each(|network| *network = mapped_network(*network));
    }
    for row in mapped.sources.iter_mut().chain(&mut mapped.excluding).flatten() {
        (row.first, row.last) = (mapped_address(row.first), mapped_address(row.last));
    }
    let (policy, again) = (world.policy(), mapped.policy());
    for q in &world.questions {
        let mapped = Question { ip: mapped_address(q.ip), ..*q };
        assert_eq!(decide(&policy, q), decide(&policy, &mapped), "{q:?} in {world:#?}");
        assert_eq!(decide(&policy, q), decide(&again, q), "{q:?} in {world:#?}");
        assert_eq!(policy.locate(q.ip), again.locate(mapped.ip), "{q:?} in {world:#?}");
        assert_eq!(json(&explain(&policy, q)), json(&explain(&again, &mapped)), "{q:?} in {world:#?}");
    }
    #[cfg(feature = "ledger")]
    assert_eq!(policy.atlas_digest(), again.atlas_digest(), "{world:#?}");
}

fn mapped_address(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().into(),
        IpAddr::V6(_) => ip,
    }
}

fn mapped_network(network: IpNet) -> IpNet {
    match network {
        IpNet::V4(net) => Ipv6Net::new(net.addr().to_ipv6_mapped(), net.prefix_len() + 96).unwrap().into(),
        IpNet::V6(_) => network,
    }
}

pub fn explain_agrees_with_decide(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let (decision, explanation) = (decide(&policy, q), explain(&policy, q));
        assert_eq!(explanation.decision(), decision, "{q:?} in {world:#?}");
        assert_eq!(explanation.location(), policy.locate(q.ip), "{q:?} in {world:#?}");
        let network = explanation.network();
        assert_eq!(network.is_none(), explanation.location() == Location::Unknown, "{q:?} in {world:#?}");
        assert!(network.is_none_or(|network| network.contains(&q.ip.to_canonical())), "{q:?} in {world:#?}");

        let named = world.docket.orders.iter().filter(|order| names(order, q));
        let mut named: Vec<&str> = named.map(|order| order.id.as_str()).collect();
        named.sort_unstable();
        assert!(explanation.orders().iter().map(|part| part.order().id.as_str()).eq(named), "{q:?} in {world:#?}");

        let reaching = explanation.orders().iter().filter(|part| part.reaches()).map(|part| part.order());
        let blocked_by: Vec<&Order> = match decision {
            Decision::BlockParticipant(block) => block.orders().collect(),
            Decision::Allow | Decision::KeepMeeting(_) => Vec::new(),
        };
        assert!(reaching.eq(blocked_by), "{q:?} in {world:#?}");
    }
}

pub fn outside_its_window_an_order_does_nothing(world: &World) {
    let atlas = world.atlas();
    let policy = Policy::compile(&world.docket, &atlas).unwrap();
    for q in &world.questions {
        let inside = |order: &Order| order.effective.is_none_or(|t| t <= q.at) && order.expires.is_none_or(|t| q.at < t);
        let timely = Policy::compile(&with_orders(&world.docket, inside), &atlas).unwrap();
        assert_eq!(decide(&policy, q), decide(&timely, q), "{q:?} in {world:#?}");
    }
}

/// Nobody is blocked at an address that an excluding source holds, and one source more that excludes changes nothing elsewhere.
pub fn excluded_is_never_blocked(world: &World) {
    let sources = world.sources();
    assert_excluded(world, &world.policy(), &sources);
    let Some(aim) = world.questions.get(world.die(0, world.questions.len().max(1))) else { return };
    let width = if aim.ip.to_canonical().is_ipv4() { 32 } else { 128 };
    let length = [0, 1, 8, width - 1, width][world.die(1, 5)];
    let mut more = Source::new("more");
    more.insert(IpNet::new(aim.ip.to_canonical(), length).unwrap(), ["CN", "ZZ"].map(region)[world.die(2, 2)]);
    let sources: Vec<Source> = sources.into_iter().chain([more.excluding()]).collect();
    let atlas = Atlas::builder().sources(sources.clone()).min_sources(world.min_sources).build().unwrap();
    let (before, after) = (world.policy(), Policy::compile(&world.docket, &atlas).unwrap());
    assert_excluded(world, &after, &sources);
    for q in &world.questions {
        if !holds(&sources[sources.len() - 1], q.ip) {
            assert_eq!(decide(&before, q), decide(&after, q), "{q:?} in {world:#?}");
            assert_eq!(before.locate(q.ip), after.locate(q.ip), "{q:?} in {world:#?}");
        }
    }
}

fn assert_excluded(world: &World, policy: &Policy, sources: &[Source]) {
    for q in &world.questions {
        let excluding = sources.iter().filter(|source| source.is_excluding() && holds(source, q.ip));
        let mut excluding: Vec<&str> = excluding.map(Source::name).collect();
        excluding.sort_unstable();
        if !excluding.is_empty() {
            assert!(decide(policy, q).admits(), "{q:?} in {world:#?}");
            assert_eq!(policy.locate(q.ip), Location::Unknown, "{q:?} in {world:#?}");
        }
        assert!(policy.atlas().excluded_by(q.ip).eq(excluding.iter().copied()), "{q:?} in {world:#?}");
        assert!(explain(policy, q).excluded_by().eq(excluding), "{q:?} in {world:#?}");
    }
}

fn holds(source: &Source, ip: IpAddr) -> bool {
    source.ranges().any(|(first, last, _)| (first..=last).contains(&ip.to_canonical()))
}

/// A docket in which some orders are missing and others say what another one does, amended to what it is, in one step and order by
/// order.
pub fn amending_equals_compiling(world: &World) {
    let atlas = world.atlas();
    let (mut docket, mut orders) = (world.docket.clone(), world.docket.orders.clone());
    let mut number = 0;
    docket.orders.retain(|_| {
        number += 1;
        world.die(number, 3) > 0
    });
    for n in 0..docket.orders.len() {
        if world.die(n + 4, 2) == 0 {
            let other = &world.docket.orders[world.die(n, world.docket.orders.len())];
            let id = std::mem::replace(&mut docket.orders[n], other.clone()).id;
            docket.orders[n].id = id;
        }
    }
    let before = Policy::compile(&docket, &atlas).unwrap();
    let unchanged: Vec<String> = before.warnings().iter().map(ToString::to_string).collect();
    turn(&mut orders, world.die(0, 5));
    orders.sort_by_key(|order| order.id.bytes().rev().collect::<Vec<u8>>());
    orders.dedup_by(|a, b| a.id == b.id);
    for order in &orders {
        match docket.orders.iter_mut().find(|before| before.id == order.id) {
            Some(before) => before.clone_from(order),
            None => docket.orders.push(order.clone()),
        }
    }
    let compiled = Policy::compile(&docket, &atlas).unwrap();
    let at_once = before.amend(orders.clone()).unwrap();
    let one_by_one = orders.into_iter().fold(before.clone(), |policy, order| policy.amend([order]).unwrap());
    for amended in [&at_once, &one_by_one, &before.recompile(&docket.clone().ended()).unwrap()] {
        assert_same(world, amended, &compiled);
        assert_eq!(amended.warnings(), compiled.warnings(), "{world:#?}");
        assert!(amended.orders().eq(compiled.orders()), "{world:#?}");
        assert!(docket.orders.iter().all(|order| amended.order(&order.id) == Some(order)), "{world:#?}");
        for q in &world.questions {
            assert_eq!(json(&explain(amended, q)), json(&explain(&compiled, q)), "{q:?} in {world:#?}");
        }
    }
    assert_eq!(
        before.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
        unchanged,
        "the policy before is not touched"
    );
}
