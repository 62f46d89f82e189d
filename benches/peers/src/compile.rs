//! What it takes to get ready: look-up tables of the world, and policies.

use bailiwick::{Atlas, Docket, Policy};

use crate::heap::{self, Cost};
use crate::locate::{self, Locator};
use crate::workload::docket;
use crate::workload::world::World;

/// Something to build.
pub struct Job<'w> {
    /// What to call it.
    pub name: &'static str,
    build: Box<dyn Fn() -> Cost + 'w>,
}

impl Job<'_> {
    /// Builds it, and drops it again.
    pub fn run(&self) -> Cost {
        (self.build)()
    }
}

/// The look-up table of every contender, ours first: from what each is built from, in memory.
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
/// compiler warn of all three. All but the last replace a policy of the same issuers, as a changed docket does.
pub const POLICIES: [&str; 5] = [
    "1,000 documented orders",
    "1,000 bare orders",
    "100,000 documented orders",
    "100,000 bare orders",
    "1,000 documented orders, the first policy on the atlas",
];

/// The policies of [`POLICIES`].
pub fn policies(world: &World) -> Vec<Job<'_>> {
    let dockets = [1_000, 100_000].map(|orders| docket::docket(orders, orders));
    let [small, large] = dockets.map(|bare| [docket::documented(bare.clone()), bare]);
    let first = small[0].clone();
    let in_force = Policy::compile(&first, &world.atlas).expect("the docket is well formed");
    let change = |docket: Docket| -> Box<dyn Fn() -> Cost + '_> {
        let in_force = in_force.clone();
        Box::new(move || {
            let _in_force = &in_force;
            policy(&docket, &world.atlas)
        })
    };
    // An atlas of its own, on which no policy is in force.
    let atlas = Atlas::builder().source(world.source.clone()).build().expect("one source is enough");
    let alone: Box<dyn Fn() -> Cost + '_> = Box::new(move || policy(&first, &atlas));
    let builds = small.into_iter().chain(large).map(change).chain([alone]);
    POLICIES.into_iter().zip(builds).map(|(name, build)| Job { name, build }).collect()
}

/// What compiling a docket takes.
pub fn policy(docket: &Docket, atlas: &Atlas) -> Cost {
    heap::cost(|| Policy::compile(docket, atlas).expect("the docket is well formed")).1
}

/// Heap bytes for each of 1,000,000 meetings under 1,000 orders, beyond the text of their ids: of the policy in all, and of what it
/// has beside its copy of the orders.
pub fn bytes_per_meeting(world: &World) -> [f64; 2] {
    let meetings = 1_000_000;
    let docket = docket::docket(meetings, 1_000);
    let text: usize = docket.orders.iter().flat_map(|order| &order.meetings).map(String::len).sum();
    let policy = policy(&docket, &world.atlas).bytes;
    let copy = heap::cost(|| docket.clone()).1.bytes;
    [policy, policy - copy].map(|bytes| (bytes as f64 - text as f64) / meetings as f64)
}
