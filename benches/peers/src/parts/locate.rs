//! Look-ups beside those of crates and a sorted vector.

use super::Effort;
use crate::locate::{self as contenders, Entry};
use crate::race::{self, Column};
use crate::report::{Bound, Goal, Part, digits, fastest, ratio};
use crate::workload::world::World;
use crate::workload::{sample, synth};

const VECTOR: &str = "sorted Vec";

/// The reasons why aims are struck that were set for the world.
const SMALL: &str = "a smaller table is in the caches of all contenders, and our instructions are not a third of theirs";
const RANDOM: &str = "random ranges, which resemble no plan of addresses: 2.8x to 3.1x from run to run";
const SORTED: &str = "a sorted array is as fast in deep IPv6 ranges: 0.9x to 1.2x from run to run";

/// Looks up with everybody: on the world, three jurisdictions of it, and two hold-outs.
pub fn locate(effort: Effort) -> Part {
    let intro = format!(
        "Nanoseconds for each look-up from an `IpAddr`, median <sub>quartiles</sub> of {} rounds of {} addresses, contenders in \
         turn. T is throughput: addresses are known beforehand. L is latency: each address is known only after the answer \
         before. Each round asks about addresses that no round before has asked about, after {} ms of others that make caches \
         and predictors the contender's own. *Cold* is {} rounds of {} addresses, {} MiB streamed through the caches before \
         each. All answers were asserted equal before, on the boundaries of all ranges, beside them and on random addresses. \
         *uniform*: any address. *inside*: any range, then any address in it. *mix*: 80 % IPv4, the n-th busiest range 1/n as \
         busy as the first. Peers hold the disjoint networks that `Atlas::networks` lists.",
        effort.pace.rounds,
        race::ADDRESSES,
        effort.pace.warm.as_millis(),
        effort.cold,
        race::COLD,
        race::STREAM >> 20
    );
    let mut part = Part::new("Look-ups", &intro);
    let world = sample::world();
    one(&world, effort, &mut part);
    one(&sample::three(&world), effort, &mut part);
    if effort.hold_outs {
        one(&sample::hold_out(), effort, &mut part);
        one(&synth::hold_out(), effort, &mut part);
    }
    part
}

fn one(world: &World, effort: Effort, part: &mut Part) {
    let field = contenders::field(world);
    contenders::verify(world, &field, effort.verify_every);
    let names: Vec<&str> = field.iter().map(|entry| entry.name).collect();
    let crates: Vec<&str> = names[1..].iter().copied().filter(|&name| name != VECTOR).collect();
    let groups: [(&str, &[&str]); 2] = [("fastest crate", &crates), ("sorted Vec", &[VECTOR])];

    let title = format!("{}, {} IPv4 and {} IPv6 ranges", world.name, world.v4.len(), world.v6.len());
    let hot = race::locate(world, &field, effort.pace);
    part.heading(&title);
    part.measured(&names, &[("heap, MiB", heap(&field))], &hot, &groups);
    let cold = race::locate_cold(world, &field, effort.cold);
    part.heading(&format!("{}, cold", world.name));
    part.measured(&names, &[], &cold, &groups);

    let over = |column: &Column, group: &[&str]| ratio(column, fastest(&names, column, group)).median;
    let goal = |about: String, bound: f64, measured: f64| {
        Goal::new(format!("{}, {about}", world.name), Bound::AtLeast(bound), measured, "x")
    };
    let [.., throughput, latency] = &hot[..] else { return };
    for (about, bound, column) in [("mix, throughput", 3.0, throughput), ("mix, latency", 2.0, latency)] {
        let goal = goal(format!("{about}: against the fastest crate"), bound, over(column, &crates));
        part.goals.push(match world.name {
            "world" => goal,
            "synthetic" => goal.struck(RANDOM),
            _ => goal.struck(SMALL),
        });
    }
    for (name, columns) in [("warm", &hot), ("cold", &cold)] {
        let worst = columns.iter().map(|column| (over(column, &names[1..]), &column.name));
        let worst = worst.min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((measured, column)) = worst {
            let goal = goal(format!("{name}, the worst column ({column}): against the fastest of all"), 1.0, measured);
            part.goals.push(if world.name == "world" { goal } else { goal.struck(SORTED) });
        }
    }
    let most = match world.name {
        "world" => 4.0,
        "three jurisdictions" => 0.5,
        _ => return,
    };
    let about = format!("{}: heap of the atlas", world.name);
    part.goals.push(Goal::new(about, Bound::AtMost(most), field[0].cost.mib(), " MiB"));
}

fn heap(field: &[Entry]) -> Vec<String> {
    field.iter().map(|entry| digits(entry.cost.mib())).collect()
}
