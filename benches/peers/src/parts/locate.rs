//! Look-ups beside those of crates and a sorted vector.

use super::Effort;
use crate::locate::{self as contenders, Entry};
use crate::race::{self, Column};
use crate::report::{Bound, Goal, Part, digits, fastest, ratio};
use crate::workload::world::World;
use crate::workload::{sample, synth};

const VECTOR: &str = "sorted Vec";

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

    let mut goal = |about: String, bound: f64, measured: f64| {
        part.goals.push(Goal { about: format!("{}, {about}", world.name), bound: Bound::AtLeast(bound), measured, unit: "x" });
    };
    let over = |column: &Column, group: &[&str]| ratio(column, fastest(&names, column, group)).median;
    let [.., throughput, latency] = &hot[..] else { return };
    goal(String::from("mix, throughput: against the fastest crate"), 3.0, over(throughput, &crates));
    goal(String::from("mix, latency: against the fastest crate"), 2.0, over(latency, &crates));
    for (name, columns) in [("warm", &hot), ("cold", &cold)] {
        let worst = columns.iter().map(|column| (over(column, &names[1..]), &column.name));
        let worst = worst.min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((measured, column)) = worst {
            goal(format!("{name}, the worst column ({column}): against the fastest of all"), 1.0, measured);
        }
    }
    let most = match world.name {
        "world" => 4.0,
        "three jurisdictions" => 0.5,
        _ => return,
    };
    let about = format!("{}: heap of the atlas", world.name);
    part.goals.push(Goal { about, bound: Bound::AtMost(most), measured: field[0].cost.mib(), unit: " MiB" });
}

fn heap(field: &[Entry]) -> Vec<String> {
    field.iter().map(|entry| digits(entry.cost.mib())).collect()
}
