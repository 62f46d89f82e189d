//! Building lookup tables and policies.

use super::Effort;
use crate::compile::{Job, bytes_per_meeting, policies, tables};
use crate::heap::Cost;
use crate::race::rotated;
use crate::report::{Bound, Goal, Part, digits, spread};
use crate::stats::Spread;
use crate::workload::sample;

/// Builds everything, in turn.
pub fn compile(effort: Effort) -> Part {
    let intro = format!(
        "Milliseconds, median <sub>quartiles</sub> of {} rounds, in turn. The atlas is built from a filled source whose ranges \
         overlap, the others from the disjoint ranges or networks of the finished atlas, maxminddb from the bytes of a file; \
         what each is built from is made before. Heap is what the result holds. Peak is the most at any one time while building \
         beyond what the caller held before, the source or docket among that. Each order names one meeting. Documented orders \
         have an expiry, evidence and two approvals; bare ones have none, and the policy keeps three warnings for each. A policy \
         of the same issuers is in force meanwhile, but for the first, which is the first on its atlas. Where orders changed, a \
         policy of the docket before is, and is recompiled or amended: what did not change is shared, and its heap not counted again.",
        effort.compile
    );
    let mut part = Part::new("Building", &intro);
    let world = sample::world();
    let (tables, policies) = (tables(&world), policies(&world));

    part.heading("Look-up tables of the world");
    let costs = measure(&tables, effort.compile);
    tell(&tables, &costs, &mut part);
    goal("atlas of the world: time", 100.0, ms(&costs[0]).median, " ms", &mut part);

    part.heading("Policies on the world's atlas");
    let costs = measure(&policies, effort.compile);
    tell(&policies, &costs, &mut part);
    for (job, (costs, bound)) in policies.iter().zip(costs.iter().zip([None, None, None, None, Some(5.0), Some(50.0), Some(50.0)]))
    {
        if let Some(bound) = bound {
            goal(&format!("policy of {}: time", job.name), bound, ms(costs).median, " ms", &mut part);
        }
        goal(&format!("policy of {}: peak heap as a multiple of the result's", job.name), 3.0, multiple(costs), "x", &mut part);
    }

    let [in_all, beside] = bytes_per_meeting(&world);
    let about =
        "1,000,000 listed meetings under 1,000 orders: heap for each beyond the text of its id, beside the orders themselves";
    part.paragraph(&format!("{about}: {} bytes; with the policy's copy of the orders, {} bytes.", digits(beside), digits(in_all)));
    goal(about, 32.0, beside, " bytes", &mut part);
    part
}

/// The cost of each job in each round.
fn measure(jobs: &[Job<'_>], rounds: usize) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::new(); jobs.len()];
    for round in 0..rounds {
        for n in rotated(jobs.len(), round) {
            costs[n].push(jobs[n].run());
        }
    }
    costs
}

fn ms(costs: &[Cost]) -> Spread {
    Spread::of(costs.iter().map(|cost| cost.ms()).collect())
}

/// The peak as a multiple of the result: the same in every round, but for hash maps that grow as their keys fall.
fn multiple(costs: &[Cost]) -> f64 {
    Spread::of(costs.iter().map(|cost| cost.peak as f64 / cost.bytes as f64).collect()).median
}

fn tell(jobs: &[Job<'_>], costs: &[Vec<Cost>], part: &mut Part) {
    let head = ["", "ms", "heap, MiB", "peak / heap"].map(String::from);
    let row = |(job, costs): (&Job<'_>, &Vec<Cost>)| {
        vec![job.name.to_owned(), spread(ms(costs)), digits(costs[0].mib()), digits(multiple(costs))]
    };
    let rows: Vec<Vec<String>> = jobs.iter().zip(costs).map(row).collect();
    part.table(&head, &rows);
}

fn goal(about: &str, most: f64, measured: f64, unit: &'static str, part: &mut Part) {
    part.goals.push(Goal::new(about.to_owned(), Bound::AtMost(most), measured, unit));
}
