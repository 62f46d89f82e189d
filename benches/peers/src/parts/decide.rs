//! Decisions beside those of maps and policy engines.

use super::Effort;
use crate::decide::Bout;
use crate::race::{self, Column};
use crate::report::{Bound, Goal, Part, digits, fastest, ratio};
use crate::workload::sample;
use crate::workload::world::World;

const MAP: &str = "HashMap, then maxminddb";
const RECORD: &str = "HashMap, then maxminddb, record decoded";
const FULL_FIELD: &str = "HashMap, then maxminddb, full file";
const FULL_RECORD: &str = "HashMap, then maxminddb, full file, record decoded";
const OFFSET: &str = "HashMap, then maxminddb, offset as key";
const STRONG_MAP: &str = "HashMap with foldhash, then maxminddb";
const ONCE: &str = "HashMap once, then maxminddb";
const ENGINES: [&str; 3] = ["regorus, given the country", "casbin, given the country", "cedar-policy, given the country"];

/// The reasons why aims are struck.
const LISTED: &str = "two look-ups that miss caches remain, of the name and of the address: a burst pays for one";
const ENGINE: &str = "half of a decision is looking up the country, which a policy engine is given";
const BOTH_ONCE: &str = "only look-ups of addresses are compared then: ours takes a tenth of the time, give or take a hundredth";

/// Decides with everybody, on the world and on the hold-out.
pub fn decide(effort: Effort) -> Part {
    let intro = format!(
        "Nanoseconds for each decision, median <sub>quartiles</sub> of {} rounds of {} questions, contenders in turn. Each \
         round asks questions that no round before has asked, after {} ms of others that make caches and predictors the \
         contender's own. Orders are of CN, RU and IR in turn, in force without bounds in time. Clients are mixed: 80 % IPv4, \
         the n-th busiest range 1/n as busy as the first. A client inside is in a range of the issuer's, mixed in the same way. \
         All answers were asserted equal before. Policy engines are *given* the client's country, which the others look up, and \
         casbin is only asked whether to block, as it can answer nothing else. maxminddb reads a file that has nothing but a \
         code on each country and, as *full file*, one that has what DB-IP documents: continent, numbers, names in ten languages. \
         From either it decodes the one field or, as *record decoded*, all of the record; or each record is decoded once, and \
         found again by its offset, whatever it has. Heap is what each holds, with its database, and \
         without the atlas that bailiwick's policies share.",
        effort.pace.rounds,
        race::QUESTIONS,
        effort.pace.warm.as_millis()
    );
    let mut part = Part::new("Decisions", &intro);
    let world = sample::world();
    everybody(&world, effort, &mut part);
    million(&world, effort, &mut part);
    networks(&world, effort, &mut part);
    bursts(&world, effort, &mut part);
    if effort.hold_outs {
        let world = sample::hold_out();
        everybody(&world, effort, &mut part);
        million(&world, effort, &mut part);
        networks(&world, effort, &mut part);
        bursts(&world, effort, &mut part);
    }
    part
}

fn everybody(world: &World, effort: Effort, part: &mut Part) {
    let mut bout = Bout::ten_thousand(world, effort.pace.questions());
    let columns = race::decide(&mut bout, effort.pace);
    let groups: [(&str, &[&str]); 7] = [
        ("map first", &[MAP]),
        ("map with foldhash first", &[STRONG_MAP]),
        ("map first, record decoded", &[RECORD]),
        ("map first, full file", &[FULL_FIELD]),
        ("map first, full file, record decoded", &[FULL_RECORD]),
        ("map first, offset as key", &[OFFSET]),
        ("fastest policy engine", &ENGINES),
    ];
    tell(&bout, &columns, &groups, part);

    let names = names(&bout);
    let goal = |what: &str, bound: f64, column: &Column, group: &[&str]| {
        let measured = ratio(column, fastest(&names, column, group)).median;
        Goal::new(format!("{}, {}: against {what}", world.name, column.name), Bound::AtLeast(bound), measured, "x")
    };
    let [unlisted, listed @ ..] = &columns[..] else { return };
    part.goals.push(goal("map, then maxminddb", 6.0, unlisted, &[MAP]));
    part.goals.extend(listed.iter().map(|column| goal("map, then maxminddb", 10.0, column, &[MAP]).struck(LISTED)));
    let others = [
        ("map, then maxminddb with the record decoded", RECORD),
        ("map, then maxminddb on a full file", FULL_FIELD),
        ("map, then maxminddb on a full file with the record decoded", FULL_RECORD),
        ("map, then maxminddb with offsets as keys", OFFSET),
    ];
    for (what, name) in others {
        let goals = listed.iter().map(|column| goal(what, 10.0, column, &[name]));
        part.goals.extend(goals.map(|goal| if name == FULL_RECORD { goal } else { goal.struck(LISTED) }));
    }
    part.goals.extend(listed.iter().map(|column| goal("the fastest policy engine", 40.0, column, &ENGINES).struck(ENGINE)));
}

fn million(world: &World, effort: Effort, part: &mut Part) {
    let mut bout = Bout::million(world, effort.pace.questions());
    let columns = race::decide(&mut bout, effort.pace);
    tell(&bout, &columns, &[("map first", &[MAP]), ("map with foldhash first", &[STRONG_MAP])], part);
    let about = format!("{}, unlisted among 1,000,000 meetings: against map, then maxminddb", world.name);
    part.goals.push(Goal::new(about, Bound::AtLeast(3.0), ratio(&columns[0], 1).median, "x"));
}

fn networks(world: &World, effort: Effort, part: &mut Part) {
    let mut bout = Bout::networks(world, effort.pace.questions());
    let columns = race::decide(&mut bout, effort.pace);
    let narrowed = bout.field[1].name;
    tell(&bout, &columns, &[("ratio", &[narrowed])], part);
    for column in &columns {
        let about = format!("{}, {}: time with networks as a multiple of time without", world.name, column.name);
        part.goals.push(Goal::new(about, Bound::AtMost(1.5), ratio(column, 1).median, "x"));
    }
}

fn bursts(world: &World, effort: Effort, part: &mut Part) {
    let mut bout = Bout::bursts(world, effort.pace.questions(), race::QUESTIONS);
    let columns = race::decide(&mut bout, effort.pace);
    let groups: [(&str, &[&str]); 5] = [
        ("decide", &["bailiwick"]),
        ("map first", &[MAP]),
        ("map once", &[ONCE]),
        ("map once, record decoded", &["HashMap once, then maxminddb, record decoded"]),
        ("map once, offset as key", &["HashMap once, then maxminddb, offset as key"]),
    ];
    tell(&bout, &columns, &groups, part);
    let names = names(&bout);
    for column in &columns[1..] {
        let goal = |what: &str, others: &str| {
            let measured = ratio(column, fastest(&names, column, &[others])).median;
            Goal::new(format!("{}, bursts, {}: against {what}", world.name, column.name), Bound::AtLeast(10.0), measured, "x")
        };
        part.goals.push(goal("map, then maxminddb", MAP));
        part.goals.push(goal("map asked once, then maxminddb", ONCE).struck(BOTH_ONCE));
    }
}

fn names(bout: &Bout<'_>) -> Vec<&'static str> {
    bout.field.iter().map(|entry| entry.name).collect()
}

fn tell(bout: &Bout<'_>, columns: &[Column], groups: &[(&str, &[&str])], part: &mut Part) {
    part.heading(&bout.name);
    let heap = bout.field.iter().map(|entry| digits(entry.cost.mib())).collect();
    part.measured(&names(bout), &[("heap, MiB", heap)], columns, groups);
}
