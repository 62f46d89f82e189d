//! The difference between a policy and the next one, before the next one is put in force.
//!
//! - `sides`: the two policies, and the reach of their orders as sets of addresses;
//! - `pairs`: the orders of both, by id, and which of them have another effect;
//! - `effect`: whether any decision differs, and how: union by union, as a block that another order takes over is no new block;
//! - `order`: one order's change, to be looked at;
//! - `roster`: the people of one meeting, under both policies;
//! - `acknowledgement`: the record that somebody answers for a change;
//! - `beside`: the file with it, beside the orders;
//! - `show`: all of it as text and as data.

mod sides;
mod pairs;
mod effect;
mod order;
mod roster;
mod show;
#[cfg(feature = "ledger")]
mod acknowledgement;
#[cfg(feature = "ledger")]
mod beside;

use std::fmt::{self, Debug};

#[cfg(feature = "ledger")]
pub use acknowledgement::{Acknowledgement, AcknowledgementError};
#[cfg(feature = "ledger")]
pub use beside::{Unacknowledged, WiderError};
pub use order::{ChangeKind, OrderChange};
pub use roster::{Roster, RosterCounts};

use crate::order::Order;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use crate::policy::CompileError;
use crate::policy::Policy;
use crate::region::Region;
use effect::Effect;
use pairs::{Pair, Pairs};
use sides::Sides;

/// The difference that a new policy makes in the place of an old one.
///
/// Only what is decided counts: an order that is written otherwise and does the same is among the [`records`](Change::records),
/// while one whose addresses the new policy's atlas places elsewhere has changed. `Display` writes it for people, `Serialize` for
/// machines; how many meetings and accounts an order names is in both, and which ones is in neither.
///
/// ```
/// use bailiwick::reach::Size;
/// use bailiwick::{Atlas, Docket, Order, Policy, Source};
///
/// let mut source = Source::new("provider");
/// source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// let atlas = Atlas::builder().source(source).build()?;
/// let old = Policy::compile(&Docket::default(), &atlas)?;
///
/// let mut docket = Docket::default();
/// docket.orders.push(Order::new("cn-1", "CN"));
/// docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// let change = old.change_to(&Policy::compile(&docket, &atlas)?);
///
/// assert!(change.widens());
/// let order = change.added().next().ok_or("an order")?;
/// let newly: Size = order.reached().sizes().into_values().sum();
/// assert_eq!((order.id(), newly.v4_addresses), ("cn-1", 256));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | | cost |
/// |---|---|
/// | [`Policy::change_to`] | a comparison for each order. If some differ, once through each atlas, and for each set of orders that can name a meeting together a set operation over them at each boundary of their windows: the square of their number, if each has a window of its own |
/// | [`OrderChange::reached`], [`released`](OrderChange::released) | in proportion to the ranges of the order's territory |
#[must_use = "a change puts nothing in force"]
pub struct Change {
    sides: Sides,
    /// Orders that differ in what they do, ascending by id.
    orders: Vec<Pair>,
    /// Orders that differ otherwise, ascending by id.
    records: Vec<Pair>,
    effect: Effect,
}

impl Policy {
    /// Compares `new` with this policy. Nothing is put in force. On the command line this is `bailiwick diff OLD NEW`.
    pub fn change_to(&self, new: &Policy) -> Change {
        let sides = Sides::new(self, new);
        let Pairs { orders, records } = Pairs::new(&sides);
        let effect = Effect::new(&sides, &orders);
        Change { sides, orders, records, effect }
    }

    /// Compares the docket of `new` with that of this policy, both on the atlas of this policy: the change that the orders make,
    /// without the one that a new atlas makes. Nothing is put in force.
    ///
    /// For a reload of orders and geo data together that refuses orders which [widen](Change::widens), and takes newer geo data:
    /// if that were refused, too, stale data would stay. [`after`](Change::after) is the new docket on the atlas of this policy, and so
    /// not `new`, where their atlases differ. It is compiled for this, which takes as long as [`compile`](Policy::compile).
    ///
    /// # Errors
    ///
    /// As [`compile`](Policy::compile). A docket that was compiled on one atlas compiles on every other.
    ///
    /// ```
    /// use bailiwick::{Atlas, Docket, Order, Policy, Source};
    ///
    /// let atlas = |ranges: &str| -> Result<Atlas, Box<dyn std::error::Error>> {
    ///     Ok(Atlas::builder().source(Source::from_range_csv("provider", ranges.as_bytes())?).build()?)
    /// };
    /// let mut docket = Docket::default();
    /// docket.orders.push(Order::new("cn-1", "CN"));
    /// docket.orders[0].meetings.push("june-4-vigil".to_owned());
    /// let old = Policy::compile(&docket, &atlas("203.0.113.0,203.0.113.127,CN\n")?)?;
    /// let new = Policy::compile(&docket, &atlas("203.0.113.0,203.0.113.255,CN\n")?)?;
    ///
    /// assert!(old.change_to(&new).widens(), "the new atlas places more addresses in CN");
    /// assert!(!old.docket_change_to(&new)?.widens(), "the orders are the same");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn docket_change_to(&self, new: &Policy) -> Result<Change, CompileError> {
        Ok(self.change_to(&new.on_atlas(self.atlas())?))
    }
}

impl Change {
    /// Returns whether both policies decide alike about every meeting, account, address, host region and time. What is fenced is
    /// listed apart.
    ///
    /// There may be [`added`](Change::added), [`withdrawn`](Change::withdrawn) and [`changed`](Change::changed) orders even so: an
    /// order that reaches nobody makes no difference beside orders that reach every address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.effect.differs
    }

    /// Returns whether the new policy blocks somebody whom the old one admits: when there is a meeting, an account, an address and
    /// a time for which it does. An order that only takes over what another one reached does not widen.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.effect.widens
    }

    /// Returns whether the new policy admits somebody whom the old one blocks.
    #[must_use]
    pub fn releases(&self) -> bool {
        self.effect.releases
    }

    /// The orders in force of the new policy that were not in force in the old one, ascending by id.
    pub fn added(&self) -> impl Iterator<Item = OrderChange<'_>> {
        self.orders().filter(|order| order.kind() == ChangeKind::Added)
    }

    /// The orders in force of the old policy that are not in force in the new one, ascending by id.
    pub fn withdrawn(&self) -> impl Iterator<Item = OrderChange<'_>> {
        self.orders().filter(|order| order.kind() == ChangeKind::Withdrawn)
    }

    /// The orders that are in force in both, and name, reach or cover something else, or at another time, ascending by id.
    pub fn changed(&self) -> impl Iterator<Item = OrderChange<'_>> {
        self.orders().filter(|order| order.kind() == ChangeKind::Changed)
    }

    /// All three, ascending by id.
    pub fn orders(&self) -> impl Iterator<Item = OrderChange<'_>> {
        self.orders.iter().map(|&pair| OrderChange::new(&self.sides, pair))
    }

    /// Orders with another text and an unchanged effect, ascending by id: as they were, and as they are. One of the two
    /// is `None` for an order that is in one docket alone, and not in force there.
    pub fn records(&self) -> impl Iterator<Item = (Option<&Order>, Option<&Order>)> {
        self.records.iter().map(|pair| (self.sides.before.order(pair.before), self.sides.after.order(pair.after)))
    }

    /// The regions that the new docket fences and the old one did not, ascending. Fences are about servers and no part of a
    /// decision: a change of them alone [is empty](Change::is_empty). See [`Policy::may_relay`].
    #[must_use]
    pub fn fenced(&self) -> Vec<Region> {
        let [before, after] = [&self.sides.before, &self.sides.after].map(|side| &side.tables().fenced);
        after.iter().filter(|&region| before.iter().all(|other| other != region)).collect()
    }

    /// The regions that the old docket fenced and the new one does not, ascending.
    #[must_use]
    pub fn unfenced(&self) -> Vec<Region> {
        let [before, after] = [&self.sides.before, &self.sides.after].map(|side| &side.tables().fenced);
        before.iter().filter(|&region| after.iter().all(|other| other != region)).collect()
    }

    /// The old policy.
    pub fn before(&self) -> &Policy {
        &self.sides.before.policy
    }

    /// The new policy.
    pub fn after(&self) -> &Policy {
        &self.sides.after.policy
    }
}

/// Neither names nor addresses.
impl Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("orders", &self.orders().collect::<Vec<_>>())
            .field("records", &self.records.len())
            .field("differs", &self.effect.differs)
            .field("widens", &self.effect.widens)
            .field("releases", &self.effect.releases)
            .finish_non_exhaustive()
    }
}
