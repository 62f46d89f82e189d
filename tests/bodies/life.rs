//! Theorems about the life of an order: meetings under way, and policies that take the place of others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use bailiwick::change::Change;
use bailiwick::disclosure::{Count, Counts, Threshold};
use bailiwick::policy::{Consideration, Sweep};
use bailiwick::{Atlas, Block, Decision, Docket, Location, Meeting, Order, Policy, Region, Status};

use super::world::{ACCOUNTS, HOMES, MEETINGS, World, region, time};

/// Each meeting of a world, looked up once: it decides about everyone, from every home and at every time, as the policy does.
pub fn a_meeting_looked_up_once_agrees_with_decide(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let meeting = policy.meeting(q.meeting());
        for other in &world.questions {
            let decision = policy.decide_at(q.meeting(), other.ip, other.home, other.at);
            assert_eq!(meeting.decide_at(other.ip, other.home, other.at), decision, "{q:?} {other:?} in {world:#?}");
        }
    }
}

/// Each meeting of a world, looked up once with its reasons: it decides about everyone, from every home and at every time, as the
/// policy does, and gives the location and the nearest reason that an explanation gives.
pub fn reasons_agree_with_explain(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let reasons = policy.reasons(q.meeting());
        for other in &world.questions {
            let explanation = policy.explain(q.meeting(), other.ip, other.home, other.at);
            let reasoned = reasons.decide_at(other.ip, other.home, other.at);
            assert_eq!(reasoned.decision(), explanation.decision(), "{q:?} {other:?} in {world:#?}");
            let nearest = explanation.orders().iter().map(Consideration::reason).max();
            let found = (reasoned.location(), reasoned.why());
            assert_eq!(found, (explanation.location(), nearest), "{q:?} {other:?} in {world:#?}");
        }
    }
}

/// Everyone of a world in every meeting that it asks about: a sweep says of each what a decision says.
pub fn sweep_agrees_with_decide(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let participants = world.questions.iter().map(|other| other.ip).enumerate();
        let sweep = policy.sweep_at(q.meeting(), q.home, participants, q.at);
        let removed: BTreeMap<usize, Block<'_>> = sweep.to_remove().iter().copied().collect();
        assert_eq!(removed.len() + sweep.staying().len(), world.questions.len());
        assert_eq!(removed.is_empty(), sweep.is_undisturbed());
        for (n, other) in world.questions.iter().enumerate() {
            let decision = policy.decide_at(q.meeting(), other.ip, q.home, q.at);
            match decision {
                Decision::BlockParticipant(_) => {
                    assert_eq!(Decision::BlockParticipant(removed[&n]), decision, "{q:?} {other:?} in {world:#?}");
                }
                Decision::Allow => assert!(sweep.staying().contains(&n) && sweep.orders().next().is_none(), "{q:?} in {world:#?}"),
                Decision::KeepMeeting(keep) => {
                    assert!(sweep.staying().contains(&n) && sweep.orders().eq(keep.orders()), "{q:?} in {world:#?}");
                }
            }
            assert_eq!(sweep.host_account(), decision.host_account(), "{q:?} {other:?} in {world:#?}");
        }
        counts_are_true(world, &sweep);
    }
}

/// The counts of a sweep by location are true, and none is small.
fn counts_are_true(world: &World, sweep: &Sweep<'_, usize>) {
    let policy = world.policy();
    let count = |keys: &mut dyn Iterator<Item = usize>| {
        let mut people: BTreeMap<Location, u64> = BTreeMap::new();
        keys.for_each(|n| *people.entry(policy.locate(world.questions[n].ip)).or_default() += 1);
        Counts::new(people, Threshold::default())
    };
    let counts = sweep.counts(Threshold::default());
    assert_eq!(counts.to_remove, count(&mut sweep.to_remove().iter().map(|&(n, _)| n)));
    assert_eq!(counts.staying, count(&mut sweep.staying().iter().copied()));
    for (_, count) in counts.to_remove.iter().chain(counts.staying.iter()) {
        assert!(!matches!(count, Count::Exactly(1..10)), "{counts:?} in {world:#?}");
    }
}

/// The ends of the families and of the mapped block, and the ends of each special-purpose network: a range that spans one is
/// located on both sides of it.
#[rustfmt::skip]
const BOUNDARIES: [&str; 37] = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.255.255.255",
    "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.168.0.0", "192.168.255.255",
    "198.18.0.0", "198.19.255.255", "223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
    "::", "::1", "::1:0:0:0", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::", "100::ffff:ffff:ffff:ffff",
    "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::",
    "::fffe:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

/// Everything that decisions about a world and its rewritten self can turn on: the boundary of every range, every instant at which a
/// window opens or closes and the one before, every name and none, and every kind of host.
struct Grid {
    ips: Vec<IpAddr>,
    times: Vec<SystemTime>,
    meetings: Vec<Meeting<'static>>,
}

impl Grid {
    fn new(worlds: [&World; 2]) -> Grid {
        let mut boundaries: BTreeSet<IpAddr> = BOUNDARIES.iter().map(|ip| ip.parse().unwrap()).collect();
        for world in worlds {
            boundaries.extend(world.sources.iter().chain(&world.excluding).flatten().flat_map(|row| [row.first, row.last]));
            let networks = world.docket.orders.iter().flat_map(|order| order.networks.iter().chain(&order.exempt));
            boundaries.extend(networks.flat_map(|network| [network.network(), network.broadcast()]));
        }
        let ips: BTreeSet<IpAddr> =
            boundaries.into_iter().map(|ip| ip.to_canonical()).flat_map(|ip| [ip, after(ip).to_canonical()]).collect();
        let hours = (0..=8).map(time);
        let times = hours.flat_map(|at| [at - Duration::from_nanos(1), at]).collect();
        let meetings = MEETINGS.into_iter().chain(["unnamed"]).flat_map(|id| {
            let meeting = Meeting::new(id);
            ACCOUNTS.into_iter().map(move |account| meeting.hosted_by(account)).chain([meeting])
        });
        Grid { ips: ips.into_iter().collect(), times, meetings: meetings.collect() }
    }

    /// Calls `each` with both decisions about everything. Hosts and participants vary independently of each other.
    fn for_each<'p>(&self, old: &'p Policy, new: &'p Policy, mut each: impl FnMut(Decision<'p>, Decision<'p>)) {
        let mut ask = |meeting, ip, home, at| each(old.decide_at(meeting, ip, home, at), new.decide_at(meeting, ip, home, at));
        for (&meeting, &at) in self.meetings.iter().flat_map(|meeting| self.times.iter().map(move |at| (meeting, at))) {
            self.ips.iter().for_each(|&ip| ask(meeting, ip, Region::UNKNOWN, at));
            HOMES.iter().for_each(|home| ask(meeting, self.ips[0], region(home), at));
        }
    }
}

fn after(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
    }
}

/// A rewritten copy of the world, and the policies of both: on one atlas, on two equal ones, or on two that differ.
fn rewritten(world: &World) -> (World, Policy, Policy) {
    let mut other = world.clone();
    if world.die(6, 3) == 0 {
        other.docket.jurisdictions.insert("EAST".to_owned(), ["HK", "CN-GD", "CN"].map(region).to_vec());
    }
    let networks: Vec<_> = world.docket.orders.iter().flat_map(|order| &order.networks).copied().collect();
    for (n, order) in other.docket.orders.iter_mut().enumerate() {
        // A die for each order, mixed with its number so that it does not repeat with the dice.
        let die = (world.die(n, 256) * 31 + n * 7) % 17;
        rewrite(order, die, networks.get(n).copied());
    }
    match world.die(5, 5) {
        0 => _ = other.docket.orders.pop(),
        1 if other.docket.orders.len() > 1 => exchange_ids(&mut other.docket),
        _ => {}
    }
    let atlas = world.atlas();
    let new_atlas: Atlas = match world.die(7, 4) {
        0 | 1 => atlas.clone(),
        2 => world.atlas(),
        _ => {
            other.sources.iter_mut().for_each(|rows| _ = rows.pop());
            other.atlas()
        }
    };
    let old = Policy::compile(&world.docket, &atlas).unwrap();
    let new = Policy::compile(&other.docket, &new_atlas).unwrap();
    (other, old, new)
}

fn exchange_ids(docket: &mut Docket) {
    let (first, rest) = docket.orders.split_first_mut().unwrap();
    std::mem::swap(&mut first.id, &mut rest[0].id);
}

fn rewrite(order: &mut Order, how: usize, network: Option<ipnet::IpNet>) {
    match how {
        0 => order.status = Status::Withdrawn,
        1 => order.status = Status::InForce,
        2 => order.authority.push('x'),
        3 => order.meetings.extend(order.meetings.clone()),
        4 => order.meetings.push(MEETINGS[1].to_owned()),
        5 => order.accounts.push(ACCOUNTS[0].to_owned()),
        6 => order.expires = None,
        7 => order.effective = None,
        8 => order.expires = Some(order.effective.unwrap_or(time(0)) + Duration::from_secs(7200)),
        9 => order.regions.clear(),
        10 => order.networks.clear(),
        11 => order.networks.extend(network),
        12 => order.exempt.extend(network),
        13 => order.exempt.clear(),
        14 => (order.issuer, order.regions) = ("EAST".to_owned(), Vec::new()),
        _ => {}
    }
    // An order in force may not overreach, and this one may have been rejected for that.
    if order.status == Status::InForce && how == 1 {
        order.regions.clear();
    }
}

/// A change is empty, widens and releases exactly when there is something that is decided otherwise, blocked newly, or admitted
/// newly.
pub fn change_is_empty_iff_decisions_are_equal(world: &World) {
    let (other, old, new) = rewritten(world);
    let (mut differs, mut widens, mut releases) = (false, false, false);
    Grid::new([world, &other]).for_each(&old, &new, |before, after| {
        differs |= before != after;
        widens |= before.admits() && !after.admits();
        releases |= !before.admits() && after.admits();
    });
    let change = old.change_to(&new);
    let said = (!change.is_empty(), change.widens(), change.releases());
    assert_eq!(said, (differs, widens, releases), "{change:?} from {world:#?} to {:#?}", other.docket);

    let back = new.change_to(&old);
    assert_eq!((!back.is_empty(), back.widens(), back.releases()), (differs, releases, widens), "{back:?} to {world:#?}");
    assert!(!old.change_to(&old).widens() && old.change_to(&old).is_empty() && old.change_to(&old).orders().next().is_none());
    orders_say_what_they_reach(world, &other, &change);
}

/// The change of each order agrees with decisions under that order alone.
fn orders_say_what_they_reach(world: &World, other: &World, change: &Change) {
    let grid = Grid::new([world, other]);
    for order in change.orders() {
        let alone = |policy: &Policy, order: Option<&Order>, ip: IpAddr| {
            let Some(order) = order.filter(|order| order.status == Status::InForce) else { return false };
            let at = order.effective.unwrap_or(time(0)).min(order.expires.map_or(time(9), |end| end - Duration::from_nanos(1)));
            let meeting = order.meetings.first().map_or(Meeting::new("unnamed"), |meeting| Meeting::new(meeting));
            let meeting = order.accounts.first().map_or(meeting, |account| meeting.hosted_by(account));
            match policy.decide_at(meeting, ip, Region::UNKNOWN, at) {
                Decision::BlockParticipant(block) => block.orders().any(|other| other.id == order.id),
                Decision::Allow | Decision::KeepMeeting(_) => false,
            }
        };
        let (reached, released) = (order.reached(), order.released());
        let lists = |ranges: &bailiwick::reach::Ranges, ip: IpAddr| {
            ranges.iter().any(|(first, last, _)| (first..=last).contains(&ip.to_canonical()))
        };
        for &ip in &grid.ips {
            let before = alone(change.before(), order.before(), ip);
            let after = alone(change.after(), order.after(), ip);
            assert_eq!(
                (lists(&reached, ip), lists(&released, ip)),
                (after && !before, before && !after),
                "{order:?} {ip} {world:#?}"
            );
        }
    }
}

/// Withdrawing an order, removing it from the docket, or letting it expire ends exactly the blocks that it alone made; people who
/// were blocked by it alone may come back.
pub fn release_ends_every_block_of_the_order(world: &World) {
    let atlas = world.atlas();
    let old = Policy::compile(&world.docket, &atlas).unwrap();
    for n in 0..world.docket.orders.len() {
        let id = &world.docket.orders[n].id;
        let [mut withdrawn, mut removed] = [world.docket.clone(), world.docket.clone()];
        withdrawn.orders[n].status = Status::Withdrawn;
        removed.orders.remove(n);
        for docket in [withdrawn, removed] {
            let new = Policy::compile(&docket, &atlas).unwrap();
            let change = old.change_to(&new);
            assert!(!change.widens(), "{change:?} {world:#?}");
            world.questions.iter().for_each(|q| ends_its_blocks(world, &change, id, q.at));
        }
        // An order that ends at an instant has ended at that instant.
        for q in &world.questions {
            let mut expired = world.docket.clone();
            expired.orders[n].expires = Some(q.at);
            if world.docket.orders[n].effective.is_none_or(|effective| effective < q.at) {
                let new = Policy::compile(&expired, &atlas).unwrap();
                ends_its_blocks(world, &old.change_to(&new), id, q.at);
            }
        }
    }
}

/// Everyone of the world in every meeting, at one instant.
fn ends_its_blocks(world: &World, change: &Change, id: &str, at: SystemTime) {
    for q in &world.questions {
        let present = world.questions.iter().map(|other| other.ip).enumerate();
        let roster = change.roster_at(q.meeting(), q.home, present, at);
        let reinstated: Vec<usize> = roster.reinstated().iter().map(|&(n, _)| n).collect();
        let still_blocked: Vec<usize> = roster.still_blocked().iter().map(|&(n, _)| n).collect();
        for (n, other) in world.questions.iter().enumerate() {
            let before = change.before().decide_at(q.meeting(), other.ip, q.home, at);
            let after = change.after().decide_at(q.meeting(), other.ip, q.home, at);
            let orders: Vec<&str> = match before {
                Decision::BlockParticipant(block) => block.orders().map(|order| order.id.as_str()).collect(),
                Decision::Allow | Decision::KeepMeeting(_) => Vec::new(),
            };
            assert_eq!(reinstated.contains(&n), orders == [id], "{id} {q:?} {other:?} in {world:#?}");
            assert_eq!(still_blocked.contains(&n), orders.iter().any(|other| *other != id), "{id} {q:?} in {world:#?}");
            assert_eq!(after.admits(), !still_blocked.contains(&n), "{id} {q:?} in {world:#?}");
        }
        assert!(roster.to_remove().is_empty());
        assert_eq!(roster.unaffected().len() + reinstated.len() + still_blocked.len(), world.questions.len());
    }
}
