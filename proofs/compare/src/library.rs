//! The library's answers, each by all doors of Rust: `decide_at`, `meeting`, `explain`, `sweep_at`, `spec`, `change_to`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use bailiwick::change::Change;
use bailiwick::reach::Ranges;
use bailiwick::{Decision, HostAccount, Location, Policy, Region, Source, spec};

use crate::dice::Dice;
use crate::model::Asked;
use crate::seen::Seen;
use crate::statements::{address, instant};
use crate::world::{ACCOUNTS, HOMES, MEETINGS, Question, World, region, time};

impl Question {
    /// What the model is asked.
    pub fn statement(&self) -> String {
        let host = self.host.unwrap_or("-");
        format!("question\t{}\t{host}\t{}\t{}\t{}", self.meeting, address(self.ip), self.home, instant(self.at))
    }

    /// A question at a boundary of something, or beside it.
    pub fn random(boundaries: &[IpAddr], dice: &mut Dice) -> Question {
        let hour = time(dice.below(9) as u64) - Duration::from_secs(3600);
        Question {
            meeting: if dice.one_in(12) { "another" } else { dice.choose(&MEETINGS) },
            host: dice.choose(&[None, Some(ACCOUNTS[0]), Some(ACCOUNTS[1]), Some(MEETINGS[0])]),
            ip: somewhere(boundaries, dice),
            home: region(dice.choose(&HOMES)),
            at: hour - Duration::from_nanos(dice.below(2) as u64),
        }
    }
}

/// Ends of special-purpose networks, at which every world is asked now and then.
const SPECIAL: [&str; 24] = [
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.0",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.255",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "224.0.0.0",
    "::1",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::ffff:ffff:ffff:ffff",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::",
];

/// A boundary, an address beside one, or any address; an IPv4 address now and then as the mapped one that it is.
fn somewhere(boundaries: &[IpAddr], dice: &mut Dice) -> IpAddr {
    let ip = match boundaries {
        _ if dice.one_in(8) => dice.choose(&SPECIAL).parse().unwrap(),
        [] => IpAddr::V4(Ipv4Addr::from_bits(dice.below(1 << 32) as u32)),
        _ => dice.choose(boundaries),
    };
    let ip = match (ip, dice.below(8)) {
        (IpAddr::V4(ip), 0 | 1) => Ipv4Addr::from_bits(ip.to_bits().wrapping_sub(1)).into(),
        (IpAddr::V4(ip), 2 | 3) => Ipv4Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
        (IpAddr::V4(ip), 4) => Ipv4Addr::from_bits(ip.to_bits() ^ 1 << dice.below(32)).into(),
        (IpAddr::V6(ip), 0 | 1) => Ipv6Addr::from_bits(ip.to_bits().wrapping_sub(1)).into(),
        (IpAddr::V6(ip), 2 | 3) => Ipv6Addr::from_bits(ip.to_bits().wrapping_add(1)).into(),
        (IpAddr::V6(ip), 4) => Ipv6Addr::from_bits(ip.to_bits() ^ 1 << dice.below(128)).into(),
        (ip, _) => ip,
    };
    match ip {
        IpAddr::V4(ip) if dice.one_in(4) => ip.to_ipv6_mapped().into(),
        ip => ip,
    }
}

/// A world, compiled.
pub struct Compiled {
    pub world: World,
    sources: Vec<Source>,
    pub policy: Policy,
    pub boundaries: Vec<IpAddr>,
}

impl Compiled {
    pub fn new(world: &World) -> Compiled {
        let policy = Policy::compile(&world.docket, &world.atlas()).unwrap();
        Compiled::with(world, policy)
    }

    /// Compiles a changed world, half of the time out of the policy before, where both have the sources in common.
    pub fn after(before: &Compiled, world: &World, dice: &mut Dice, seen: &mut Seen) -> Compiled {
        let sources = |world: &World| (world.sources.clone(), world.published.clone(), world.excluding.clone(), world.min_sources);
        if sources(&before.world) != sources(world) {
            return Compiled::new(world);
        }
        let (old, new) = (&before.world.docket, &world.docket);
        let only_adds = old.orders.iter().all(|order| new.orders.iter().any(|other| other.id == order.id));
        let policy = match dice.below(3) {
            _ if only_adds && old.fenced == new.fenced => {
                seen.add("amended");
                before.policy.amend(new.orders.clone())
            }
            0 => Policy::compile(new, before.policy.atlas()),
            1 => before.policy.recompile(&new.clone().ended()),
            _ => Policy::compile(new, &world.atlas()),
        };
        Compiled::with(world, policy.unwrap())
    }

    fn with(world: &World, policy: Policy) -> Compiled {
        let rows = world.sources.iter().chain(&world.excluding).flatten();
        let mut boundaries: Vec<IpAddr> = rows.flat_map(|row| [row.first, row.last]).collect();
        for order in &world.docket.orders {
            boundaries.extend(order.networks.iter().chain(&order.exempt).flat_map(|net| [net.network(), net.broadcast()]));
        }
        Compiled { world: world.clone(), sources: world.sources(), policy, boundaries }
    }

    /// Asks about people one by one and about all of them together, and about servers.
    pub fn ask(&self, asked: &mut Asked, questions: u64, dice: &mut Dice, seen: &mut Seen) {
        for _ in 0..questions {
            let question = Question::random(&self.boundaries, dice);
            asked.ask(question.statement(), self.answer(&question, seen));
        }
        self.ask_sweep(asked, dice);
        self.ask_relay(asked, dice, seen);
    }

    fn answer(&self, q: &Question, seen: &mut Seen) -> String {
        let decision = self.policy.decide_at(q.meeting(), q.ip, q.home, q.at);
        let location = self.policy.locate(q.ip);
        let answer = format!("{location}\t{}", verdict(&decision));
        note(seen, q, location, &decision);

        let explanation = self.policy.explain(q.meeting(), q.ip, q.home, q.at);
        if explanation.excluded_by().next().is_some() {
            seen.add("excluded");
        }
        let mut reasons: Vec<String> = Vec::new();
        for part in explanation.orders() {
            seen.add(part.reason().name());
            reasons.push(format!("{}={}", part.order().id, part.reason().name()));
        }
        reasons.sort();

        let ruled = spec::decide_at(&self.world.docket, &self.sources, self.world.min_sources, q.meeting(), q.ip, q.home, q.at);
        let ruled_location = spec::locate(&self.sources, self.world.min_sources, q.ip);
        let ruled =
            format!("{ruled_location}\t{}\t{}\t{}", ruled.kind, ruled.orders.join(","), ruled.domestic.as_deref().unwrap_or("-"));
        let of_meeting = self.policy.meeting(q.meeting()).decide_at(q.ip, q.home, q.at);
        let explained = format!("{}\t{}", explanation.location(), verdict(&explanation.decision()));
        let answers = [("spec", ruled), ("explain", explained), ("meeting", format!("{location}\t{}", verdict(&of_meeting)))];
        match answers.into_iter().find(|(_, other)| *other != answer) {
            Some((door, other)) => format!("{answer}, but {door}: {other}"),
            None => format!("{answer}\t{}", reasons.join(",")),
        }
    }

    fn ask_sweep(&self, asked: &mut Asked, dice: &mut Dice) {
        let q = Question::random(&self.boundaries, dice);
        let people: Vec<IpAddr> = (0..dice.below(12)).map(|_| somewhere(&self.boundaries, dice)).collect();
        let sweep = self.policy.sweep_at(q.meeting(), q.home, people.iter().copied().enumerate(), q.at);
        let removed: Vec<String> =
            sweep.to_remove().iter().map(|(n, block)| format!("{n}={}", ids(block.orders().map(|order| &order.id)))).collect();
        let staying: Vec<String> = sweep.staying().iter().map(ToString::to_string).collect();
        let mut statement = format!("sweep\t{}\t{}\t{}\t{}", q.meeting, q.host.unwrap_or("-"), q.home, instant(q.at));
        people.iter().for_each(|&ip| statement += &format!("\t{}", address(ip)));
        asked.ask(statement, format!("{}\t{}", removed.join(" "), staying.join(" ")));
    }

    fn ask_relay(&self, asked: &mut Asked, dice: &mut Dice, seen: &mut Seen) {
        let mut somewhere = || region(dice.choose(&HOMES));
        let (host, server) = (somewhere(), somewhere());
        let people: Vec<Region> = (0..2).map(|_| somewhere()).collect();
        let may = self.policy.may_relay(host, people.iter().copied(), server);
        seen.add(if may { "relayed" } else { "not relayed" });
        asked.ask(format!("relay\t{host}\t{server}\t{}\t{}", people[0], people[1]), may.to_string());
    }
}

/// Asks what the change from one policy to another does, as a whole when `whole`, and to addresses.
pub fn change(asked: &mut Asked, before: &Compiled, after: &Compiled, whole: bool, dice: &mut Dice, seen: &mut Seen) {
    // The model asks about all boundaries; of crowds these are too many.
    const MOST: usize = 150;
    let change = before.policy.change_to(&after.policy);
    if whole && before.boundaries.len() + after.boundaries.len() <= MOST {
        let answer = (change.is_empty(), change.widens(), change.releases());
        match answer {
            (true, ..) => seen.add("change: empty"),
            (_, false, false) => seen.add("change: neither, but not empty"),
            (_, widens, releases) => {
                if widens {
                    seen.add("change: widens");
                }
                if releases {
                    seen.add("change: releases");
                }
            }
        }
        asked.ask("change".to_owned(), format!("{}\t{}\t{}", answer.0, answer.1, answer.2));
    }
    let boundaries: Vec<IpAddr> = before.boundaries.iter().chain(&after.boundaries).copied().collect();
    let mut orders: Vec<&str> = before.policy.orders().chain(after.policy.orders()).map(|order| order.id.as_str()).collect();
    orders.sort_unstable();
    orders.dedup();
    for id in orders {
        for _ in 0..6 {
            let ip = somewhere(&boundaries, dice);
            let (reached, released) = effect_on(&change, id, ip);
            if reached {
                seen.add("reached");
            }
            if released {
                seen.add("released");
            }
            asked.ask(format!("reached\t{id}\t{}", address(ip)), format!("{reached}\t{released}"));
        }
    }
}

/// Whether an order reaches an address from now on, and whether it reaches it no longer.
fn effect_on(change: &Change, id: &str, ip: IpAddr) -> (bool, bool) {
    let ip = ip.to_canonical();
    let Some(order) = change.orders().find(|order| order.id() == id) else { return (false, false) };
    let hold = |ranges: Ranges| ranges.iter().any(|(first, last, _)| first <= ip && ip <= last);
    (hold(order.reached()), hold(order.released()))
}

/// Kind, ids and domestic order, as the model writes them.
pub fn verdict(decision: &Decision<'_>) -> String {
    let orders = match decision {
        Decision::Allow => String::new(),
        Decision::BlockParticipant(block) => ids(block.orders().map(|order| &order.id)),
        Decision::KeepMeeting(keep) => ids(keep.orders().map(|order| &order.id)),
    };
    let domestic = match decision.host_account() {
        HostAccount::Unaffected => "-",
        HostAccount::UnderDomesticOrder(order) => &order.id,
    };
    format!("{}\t{orders}\t{domestic}", decision.kind())
}

fn ids<'o>(ids: impl Iterator<Item = &'o String>) -> String {
    ids.map(String::as_str).collect::<Vec<_>>().join(",")
}

fn note(seen: &mut Seen, q: &Question, location: Location, decision: &Decision<'_>) {
    seen.add(&decision.kind().to_string());
    seen.add(match location {
        Location::In(_) => "located",
        Location::Contested => "contested",
        Location::Unknown => "unknown",
    });
    if q.ip.is_ipv6() && q.ip.to_canonical().is_ipv4() {
        seen.add("mapped");
    }
    if decision.host_account() != HostAccount::Unaffected {
        seen.add("domestic");
    }
}
