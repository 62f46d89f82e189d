//! The cost of building: lookup tables of the world, and policies.

use bailiwick::{Atlas, Docket, Policy};

use crate::heap::{self, Cost};
use crate::locate::{self, Locator};
use crate::workload::docket;
use crate::workload::world::World;

/// Something to build.
pub struct Job<'w> {
    /// Its name.
    pub name: &'static str,
    build: Box<dyn Fn() -> Cost + 'w>,
}

impl Job<'_> {
    /// Builds it, and drops it again.
    pub fn run(&self) -> Cost {
        (self.build)()
    }
}

/// The lookup table of every contender, ours first: from what each is built from, in memory.
///
/// For maxminddb that is the file, so building is opening it, and with offsets as keys one walk over it.
pub fn tables(world: &World) -> Vec<Job<'_>> {
    fn job<L: Locator + 'static>(world: &World) -> Job<'_> {
        Job { name: L::NAME, build: Box::new(|| locate::enter::<L>(world).cost) }
    }
    vec![
        job::<locate::Ours>(world),
        job::<locate::SortedVec>(world),
        job::<locate::PrefixTrie>(world),
        job::<locate::Poptrie>(world),
        job::<locate::IpNetworkTable>(world),
        job::<locate::MaxMindOffsets>(world),
        job::<locate::MaxMind>(world),
    ]
}

/// Policies, each order naming one meeting. Documented orders have an expiry, evidence and two approvals; each bare one makes the
/// compiler warn of all three. A policy of the same issuers is in force meanwhile, but for the first one.
pub const POLICIES: [&str; 8] = [
    "1,000 documented orders, the first policy on the atlas",
    "1,000 documented orders",
    "100,000 documented orders",
    "100,000 bare orders",
    "1,000 documented orders, 10 of them changed",
    "100,000 documented orders, 1,000 of them changed",
    "100,000 bare orders, 1,000 of them changed",
    "100,000 documented orders, one amended",
];

/// The policies of [`POLICIES`].
pub fn policies(world: &World) -> Vec<Job<'_>> {
    let [small, large] = [1_000, 100_000].map(|orders| docket::docket(orders, orders));
    let dockets = [docket::documented(small), docket::documented(large.clone()), large];
    // An atlas of its own, on which no policy is in force.
    let alone = Atlas::builder().source(world.source.clone()).build().expect("one source is enough");
    let first = dockets[0].clone();
    let mut builds: Vec<Box<dyn Fn() -> Cost + '_>> = vec![Box::new(move || compile(&first, &alone))];
    let in_force = dockets.each_ref().map(|docket| Policy::compile(docket, &world.atlas).expect(WELL_FORMED));
    for (docket, in_force) in dockets.iter().cloned().zip(in_force.clone()) {
        builds.push(Box::new(move || {
            let _in_force = &in_force;
            compile(&docket, &world.atlas)
        }));
    }
    for (docket, in_force) in dockets.iter().cloned().zip(in_force.clone()) {
        let changed = changed(docket);
        builds.push(Box::new(move || heap::cost(|| in_force.recompile(&changed).expect(WELL_FORMED)).1));
    }
    let ([_, large, _], [_, in_force, _]) = (dockets, in_force);
    let amended = changed(large).orders.swap_remove(0);
    builds.push(Box::new(move || heap::cost(|| in_force.amend([amended.clone()]).expect(WELL_FORMED)).1));
    POLICIES.into_iter().zip(builds).map(|(name, build)| Job { name, build }).collect()
}

const WELL_FORMED: &str = "the docket is well formed";

/// A copy of the docket in which one order in a hundred names another meeting in addition.
fn changed(mut docket: Docket) -> Docket {
    docket.orders.iter_mut().step_by(100).for_each(|order| order.meetings.push(format!("{}-too", order.id)));
    docket
}

/// The input of compiling a docket.
pub fn compile(docket: &Docket, atlas: &Atlas) -> Cost {
    heap::cost(|| Policy::compile(docket, atlas).expect(WELL_FORMED)).1
}

/// Heap bytes for each of 1,000,000 meetings under 1,000 orders, beyond the text of their ids: of the policy in all, and of what it
/// has beside its copy of the orders.
pub fn bytes_per_meeting(world: &World) -> [f64; 2] {
    let meetings = 1_000_000;
    let docket = docket::docket(meetings, 1_000);
    let text: usize = docket.orders.iter().flat_map(|order| &order.meetings).map(String::len).sum();
    let policy = compile(&docket, &world.atlas).bytes;
    let copy = heap::cost(|| docket.clone()).1.bytes;
    [policy, policy - copy].map(|bytes| (bytes as f64 - text as f64) / meetings as f64)
}
