//! The cost of a decision, and of each item, as their number grows. bailiwick alone.

use crate::decide::{Bout, Entry, Given, Ours, enter};
use crate::heap::Cost;
use crate::locate;
use crate::stats::Spread;
use crate::workload::docket;
use crate::workload::questions::{Case, questions};
use crate::workload::synth;
use crate::workload::world::World;

/// The items whose number grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Meetings, ten under each order.
    Meetings,
    /// Orders, each naming one meeting.
    Orders,
    /// Issuers of 1,000 orders that name 10,000 meetings.
    Jurisdictions,
    /// Ranges of addresses, random and nested, half of them IPv6, of 249 regions; 10,000 meetings under 1,000 orders.
    Ranges,
}

impl Axis {
    /// All of them.
    pub const ALL: [Axis; 4] = [Axis::Meetings, Axis::Orders, Axis::Jurisdictions, Axis::Ranges];

    /// Their name.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Meetings => "meetings",
            Axis::Orders => "orders",
            Axis::Jurisdictions => "jurisdictions",
            Axis::Ranges => "ranges",
        }
    }

    /// The other items.
    pub fn about(self) -> &'static str {
        match self {
            Axis::Meetings => {
                "Ten meetings under each order of CN, RU and IR, on the world. Bytes are the policy's, without the atlas."
            }
            Axis::Orders => {
                "One meeting under each order of CN, RU and IR, on the world. Bytes are the policy's, without the atlas."
            }
            Axis::Jurisdictions => {
                "10,000 meetings under 1,000 orders, issued in turn, on the world. Bytes are the policy's, without the atlas."
            }
            Axis::Ranges => {
                "Random nested ranges, half of them IPv6, of 249 regions; 10,000 meetings under 1,000 orders of CN, RU and IR. \
                 Bytes and building are the atlas's."
            }
        }
    }

    /// The subject of bytes and building time.
    pub fn costs(self) -> (&'static str, &'static str) {
        match self {
            Axis::Meetings => ("heap bytes for each meeting", "building, ns for each meeting"),
            Axis::Orders => ("heap bytes for each order", "building, ns for each order"),
            Axis::Jurisdictions => ("heap bytes of the policy", "building the policy, ns"),
            Axis::Ranges => ("heap bytes for each range", "building, ns for each range"),
        }
    }

    /// Their number, step by step, up to a limit.
    pub fn sizes(self, limit: usize) -> Vec<usize> {
        let decades = |from: u32, to: u32| (from..=to).map(|exponent| 10usize.pow(exponent)).collect();
        let sizes: Vec<usize> = match self {
            Axis::Meetings => decades(1, 7),
            Axis::Orders => decades(1, 6),
            Axis::Jurisdictions => vec![1, 3, 10, 30, 100, 250],
            Axis::Ranges => decades(0, 6),
        };
        sizes.into_iter().filter(|&size| size <= limit).collect()
    }
}

/// The columns of a stage.
pub const CASES: [Case; 2] = [Case::Unlisted, Case::ListedAny];

/// Builds one size, hands it over with what one of them cost, and drops it.
pub fn stage<T>(axis: Axis, size: usize, world: &World, count: usize, then: impl FnOnce(&mut Bout<'_>, Each) -> T) -> T {
    match axis {
        Axis::Meetings => policy(size, size.div_ceil(10), &docket::ISSUERS, size, world, count, then),
        Axis::Orders => policy(size, size, &docket::ISSUERS, size, world, count, then),
        Axis::Jurisdictions => {
            let codes: Vec<String> = synth::regions(size).iter().map(ToString::to_string).collect();
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            policy(10_000, 1_000, &codes, 1, world, count, then)
        }
        Axis::Ranges => {
            let world = World::new("synthetic", synth::ranges(size.div_ceil(2), size / 2, 249, 11));
            let costs: Vec<Cost> = (0..5).map(|_| locate::enter::<locate::Ours>(&world).cost).collect();
            let ns = Spread::of(costs.iter().map(|cost| cost.ns).collect()).median;
            let each = Each::of(Cost { ns, ..costs[0] }, size);
            policy(10_000, 1_000, &docket::ISSUERS, size, &world, count, |bout, _| then(bout, each))
        }
    }
}

/// The cost of one of many, or of all together: see [`Axis::costs`].
#[derive(Debug, Clone, Copy)]
pub struct Each {
    /// Heap bytes.
    pub bytes: f64,
    /// Nanoseconds to build.
    pub ns: f64,
}

impl Each {
    fn of(cost: Cost, size: usize) -> Each {
        Each { bytes: cost.bytes as f64 / size as f64, ns: cost.ns / size as f64 }
    }
}

fn policy<T>(
    meetings: usize,
    orders: usize,
    issuers: &[&str],
    shares: usize,
    world: &World,
    count: usize,
    then: impl FnOnce(&mut Bout<'_>, Each) -> T,
) -> T {
    let field: Vec<Entry> = {
        let docket = docket::docket_of(meetings, orders, issuers);
        vec![enter::<Ours>(&Given { docket: &docket, atlas: &world.atlas, file: &[] })]
    };
    let columns = CASES.map(|case| (case.name(), questions(world, case, meetings, orders, count))).into();
    let each = Each::of(field[0].cost, shares);
    then(&mut Bout { name: String::new(), field, columns }, each)
}
