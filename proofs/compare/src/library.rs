//! The library's answers, each by all doors of Rust: `decide_at`, `meeting`, `explain`, `sweep_at`, `spec`, `change_to`.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use bailiwick::change::Change;
use bailiwick::reach::Ranges;
use bailiwick::{Atlas, CompileError, Decision, Docket, HostAccount, Location, Order, Policy, Region, Source, spec};

use crate::dice::Dice;
use crate::generated;
use crate::model::Asked;
use crate::seen::{Kind, Seen};
use crate::statements::{address, at, instant};
use crate::world::{ACCOUNTS, HOMES, MEETINGS, Question, World, region, time};

/// Questions about each address, so that many are asked at each of its locations: other names, homes and times.
const AT_EACH: u64 = 4;

impl Question {
    /// Writes what the model is asked, behind the statement of the address.
    pub fn state(&self, text: &mut String) {
        let host = self.host.unwrap_or("-");
        writeln!(text, "question\t{}\t{host}\t{}\t{}", self.meeting, self.home.as_str(), instant(self.at)).unwrap();
    }

    /// A question about an address.
    pub fn about(ip: IpAddr, dice: &mut Dice) -> Question {
        let hour = time(dice.below(9) as u64) - Duration::from_secs(3600);
        Question {
            meeting: if dice.one_in(12) { "another" } else { dice.choose(&MEETINGS) },
            host: dice.choose(&[None, Some(ACCOUNTS[0]), Some(ACCOUNTS[1]), Some(MEETINGS[0])]),
            ip,
            home: region(dice.choose(&HOMES)),
            at: hour - Duration::from_nanos(dice.below(2) as u64),
        }
    }

    /// A question at a boundary of something, or beside it.
    pub fn random(boundaries: &[IpAddr], dice: &mut Dice) -> Question {
        Question::about(somewhere(boundaries, dice), dice)
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
        let sources = world.sources();
        let policy = Policy::compile(&world.docket, &atlas(world, &sources)).unwrap();
        Compiled::with(world, sources, policy)
    }

    /// Compiles a changed world, half of the time out of the policy before, where both have the sources in common.
    pub fn after(before: &Compiled, world: &World, dice: &mut Dice, seen: &mut Seen) -> Compiled {
        if !have_the_same_sources(&before.world, world) {
            return Compiled::new(world);
        }
        let sources = world.sources();
        let (old, new) = (&before.world.docket, &world.docket);
        let only_adds = old.orders.iter().all(|order| new.orders.iter().any(|other| other.id == order.id));
        let policy = match dice.below(3) {
            _ if only_adds && old.fenced == new.fenced => {
                seen.add(Kind::Amended);
                amended(&before.policy, old, new, dice)
            }
            0 => Policy::compile(new, before.policy.atlas()),
            1 => before.policy.recompile(&new.clone().ended()),
            _ => Policy::compile(new, &atlas(world, &sources)),
        };
        Compiled::with(world, sources, policy.unwrap())
    }

    fn with(world: &World, sources: Vec<Source>, policy: Policy) -> Compiled {
        let rows = world.sources.iter().chain(&world.excluding).flatten();
        let mut boundaries: Vec<IpAddr> = rows.flat_map(|row| [row.first, row.last]).collect();
        for order in &world.docket.orders {
            boundaries.extend(order.networks.iter().chain(&order.exempt).flat_map(|net| [net.network(), net.broadcast()]));
        }
        Compiled { world: world.clone(), sources, policy, boundaries }
    }

    /// Asks about people one by one and about all of them together, and about servers.
    pub fn ask(&self, asked: &mut Asked, questions: u64, dice: &mut Dice, seen: &mut Seen) {
        for _ in 0..questions.div_ceil(AT_EACH) {
            let ip = somewhere(&self.boundaries, dice);
            let (location, ruled) = (self.policy.locate(ip), spec::locate(&self.sources, self.world.min_sources, ip));
            let location = if location == ruled { location.to_string() } else { format!("{location}, but spec: {ruled}") };
            at(&mut asked.text, ip);
            for _ in 0..AT_EACH {
                let question = Question::about(ip, dice);
                question.state(&mut asked.text);
                asked.expected.push_str(&location);
                asked.expected.push('\t');
                self.answer(&question, &mut asked.expected, seen);
                asked.expected.push('\n');
            }
        }
        self.ask_sweep(asked, dice, seen);
        self.ask_relay(asked, dice, seen);
    }

    /// Writes the kind, the ids, the domestic order and the reasons. Adds what another door says, if it differs.
    fn answer(&self, q: &Question, text: &mut String, seen: &mut Seen) {
        let decision = self.policy.decide_at(q.meeting(), q.ip, q.home, q.at);
        let of_meeting = self.policy.meeting(q.meeting()).decide_at(q.ip, q.home, q.at);
        let explanation = self.policy.explain(q.meeting(), q.ip, q.home, q.at);
        let ruled = spec::decide_at(&self.world.docket, &self.sources, self.world.min_sources, q.meeting(), q.ip, q.home, q.at);

        write_verdict(text, &decision);
        let is_ruled = ruled.kind == decision.kind()
            && ruled.orders.iter().eq(orders(&decision).map(|order| &order.id))
            && ruled.domestic.as_ref() == decision.host_account().order().map(|order| &order.id);
        if !is_ruled {
            write!(text, ", but spec: {ruled:?}").unwrap();
        }
        for (door, other) in [("explain", explanation.decision()), ("meeting", of_meeting)] {
            if other != decision {
                write!(text, ", but {door}: ").unwrap();
                write_verdict(text, &other);
            }
        }
        let location = self.policy.locate(q.ip);
        if explanation.location() != location {
            write!(text, ", but explain: {}", explanation.location()).unwrap();
        }

        text.push('\t');
        for (n, part) in explanation.orders().iter().enumerate() {
            seen.add(part.reason().into());
            let between = if n > 0 { "," } else { "" };
            [between, &part.order().id, "=", part.reason().name()].iter().for_each(|part| text.push_str(part));
        }
        note(seen, q, location, &decision);
        if explanation.excluded_by().next().is_some() {
            seen.add(Kind::Excluded);
        }
    }

    fn ask_sweep(&self, asked: &mut Asked, dice: &mut Dice, seen: &mut Seen) {
        let q = Question::random(&self.boundaries, dice);
        let people: Vec<IpAddr> = (0..dice.below(12)).map(|_| somewhere(&self.boundaries, dice)).collect();
        let sweep = self.policy.sweep_at(q.meeting(), q.home, people.iter().copied().enumerate(), q.at);
        let removed: Vec<String> =
            sweep.to_remove().iter().map(|(n, block)| format!("{n}={}", ids(block.orders().map(|order| &order.id)))).collect();
        let staying: Vec<String> = sweep.staying().iter().map(ToString::to_string).collect();
        removed.iter().for_each(|_| seen.add(Kind::Removed));
        staying.iter().for_each(|_| seen.add(Kind::Stays));
        write!(asked.text, "sweep\t{}\t{}\t{}\t{}", q.meeting, q.host.unwrap_or("-"), q.home, instant(q.at)).unwrap();
        people.iter().for_each(|&ip| write!(asked.text, "\t{}", address(ip)).unwrap());
        asked.text.push('\n');
        writeln!(asked.expected, "{}\t{}", removed.join(" "), staying.join(" ")).unwrap();
    }

    fn ask_relay(&self, asked: &mut Asked, dice: &mut Dice, seen: &mut Seen) {
        let mut somewhere = || region(dice.choose(&HOMES));
        let (host, server) = (somewhere(), somewhere());
        let people: Vec<Region> = (0..2).map(|_| somewhere()).collect();
        let may = self.policy.may_relay(host, people.iter().copied(), server);
        seen.add(if may { Kind::Relayed } else { Kind::NotRelayed });
        writeln!(asked.text, "relay\t{host}\t{server}\t{}\t{}", people[0], people[1]).unwrap();
        writeln!(asked.expected, "{may}").unwrap();
    }
}

/// Amends a policy by all orders of the new docket; by those that differ, so that others keep what they share; or by those on a detour,
/// so that what the detour needed is left over.
fn amended(policy: &Policy, old: &Docket, new: &Docket, dice: &mut Dice) -> Result<Policy, CompileError> {
    let differing: Vec<Order> = new.orders.iter().filter(|order| !old.orders.contains(order)).cloned().collect();
    match dice.below(3) {
        0 => policy.amend(new.orders.clone()),
        1 => policy.amend(differing),
        _ => {
            let mut detour = differing.clone();
            detour.iter_mut().for_each(|order| generated::issue_anew(order, dice));
            policy.amend(detour)?.amend(differing)
        }
    }
}

fn atlas(world: &World, sources: &[Source]) -> Atlas {
    Atlas::builder().sources(sources.iter().cloned()).min_sources(world.min_sources).build().unwrap()
}

fn have_the_same_sources(a: &World, b: &World) -> bool {
    a.sources == b.sources && a.published == b.published && a.excluding == b.excluding && a.min_sources == b.min_sources
}

/// Asks what the change from one policy to another does, as a whole when `whole`, and to addresses.
pub fn change(asked: &mut Asked, before: &Compiled, after: &Compiled, whole: bool, dice: &mut Dice, seen: &mut Seen) {
    // The model asks about all boundaries; of crowds these are too many.
    const MOST: usize = 150;
    let change = before.policy.change_to(&after.policy);
    if whole && before.boundaries.len() + after.boundaries.len() <= MOST {
        let answer = (change.is_empty(), change.widens(), change.releases());
        match answer {
            (true, ..) => seen.add(Kind::ChangeEmpty),
            (_, false, false) => seen.add(Kind::ChangeOther),
            (_, widens, releases) => {
                if widens {
                    seen.add(Kind::ChangeWidens);
                }
                if releases {
                    seen.add(Kind::ChangeReleases);
                }
            }
        }
        asked.text.push_str("change\n");
        writeln!(asked.expected, "{}\t{}\t{}", answer.0, answer.1, answer.2).unwrap();
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
                seen.add(Kind::Reached);
            }
            if released {
                seen.add(Kind::Released);
            }
            at(&mut asked.text, ip);
            writeln!(asked.text, "reached\t{id}").unwrap();
            writeln!(asked.expected, "{reached}\t{released}").unwrap();
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

/// Writes kind, ids and domestic order, as the model does.
pub fn write_verdict(text: &mut String, decision: &Decision<'_>) {
    text.push_str(decision.kind().name());
    text.push('\t');
    for (n, order) in orders(decision).enumerate() {
        text.push_str(if n > 0 { "," } else { "" });
        text.push_str(&order.id);
    }
    text.push('\t');
    text.push_str(decision.host_account().order().map_or("-", |order| &order.id));
}

/// The orders that a decision gives.
fn orders<'p>(decision: &Decision<'p>) -> impl Iterator<Item = &'p Order> {
    let (block, keep) = match decision {
        Decision::Allow => (None, None),
        Decision::BlockParticipant(block) => (Some(block.orders()), None),
        Decision::KeepMeeting(keep) => (None, Some(keep.orders())),
    };
    block.into_iter().flatten().chain(keep.into_iter().flatten())
}

fn ids<'o>(ids: impl Iterator<Item = &'o String>) -> String {
    ids.map(String::as_str).collect::<Vec<_>>().join(",")
}

fn note(seen: &mut Seen, q: &Question, location: Location, decision: &Decision<'_>) {
    seen.add(decision.kind().into());
    seen.add(location.into());
    if q.ip.is_ipv6() && q.ip.to_canonical().is_ipv4() {
        seen.add(Kind::Mapped);
    }
    if decision.host_account() != HostAccount::Unaffected {
        seen.add(Kind::Domestic);
    }
}
