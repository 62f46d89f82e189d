//! What it takes to get ready: look-up tables of the world, and policies.

use bailiwick::{Docket, Policy};

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
/// compiler warn of all three.
pub const POLICIES: [&str; 4] =
    ["1,000 documented orders", "1,000 bare orders", "100,000 documented orders", "100,000 bare orders"];

/// The policies of [`POLICIES`].
pub fn policies(world: &World) -> Vec<Job<'_>> {
    let dockets = [1_000, 100_000].map(|orders| docket::docket(orders, orders));
    let [small, large] = dockets.map(|bare| [docket::documented(bare.clone()), bare]);
    let job = |(name, docket): (_, Docket)| Job { name, build: Box::new(move || policy(&docket, world)) };
    POLICIES.into_iter().zip(small.into_iter().chain(large)).map(job).collect()
}

/// What compiling a docket takes.
pub fn policy(docket: &Docket, world: &World) -> Cost {
    heap::cost(|| Policy::compile(docket, &world.atlas).expect("the docket is well formed")).1
}

/// Heap bytes of a policy for each of 1,000,000 meetings under 1,000 orders, beyond the text of their ids.
pub fn bytes_per_meeting(world: &World) -> f64 {
    let meetings = 1_000_000;
    let docket = docket::docket(meetings, 1_000);
    let text: usize = docket.orders.iter().flat_map(|order| &order.meetings).map(String::len).sum();
    (policy(&docket, world).bytes as f64 - text as f64) / meetings as f64
}
