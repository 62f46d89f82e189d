//! A sweep of a meeting under way: the people who must be removed, and those who stay.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::net::IpAddr;
use std::time::SystemTime;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::disclosure::{Counts, Threshold};
use crate::geo::Location;
use crate::order::Order;
use crate::policy::Policy;
use crate::policy::decision::{Block, HostAccount};
use crate::policy::meeting::Meeting;
use crate::policy::tables::{Effect, Query, Tables};
use crate::region::Region;
use crate::text::quote::Quoted;
use crate::text::timestamp;

/// Everyone present in a meeting, decided about at one instant: who must be removed, and who stays.
///
/// Each participant has a key, which is whatever the backend knows them by. What `Debug`, `Display` and `Serialize` write has
/// neither keys nor addresses nor the meeting's name in it, and small groups are suppressed, so that it can be kept and shown.
/// Addresses are not kept at all.
///
/// ```
/// # use bailiwick::{Atlas, Docket, Order, Policy, Source};
/// # use std::net::IpAddr;
/// # let mut source = Source::new("provider");
/// # source.insert("203.0.113.0/24".parse()?, "CN".parse()?);
/// # let atlas = Atlas::builder().source(source).build()?;
/// # let mut docket = Docket::default();
/// # docket.orders.push(Order::new("cn-2020-m2", "CN"));
/// # docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// # let policy = Policy::compile(&docket, &atlas)?;
/// let present: [(&str, IpAddr); 2] = [("ada", "203.0.113.7".parse()?), ("ben", "198.51.100.7".parse()?)];
/// let sweep = policy.sweep("june-4-vigil", "US".parse()?, present);
///
/// for (participant, block) in sweep.to_remove() {
///     assert_eq!((*participant, block.orders().count()), ("ada", 1));
/// }
/// assert_eq!(sweep.staying(), ["ben"]);
/// assert!(!sweep.is_undisturbed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a sweep removes nobody by itself"]
#[derive(Clone)]
pub struct Sweep<'p, K> {
    /// The meeting, with the address of nobody.
    query: Query<'p>,
    to_remove: Vec<(K, Block<'p>)>,
    staying: Vec<K>,
    /// By location id.
    tallies: Vec<Tally>,
}

/// The people at one location.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// The effect of the orders there.
    effect: Effect,
    removed: u64,
    staying: u64,
}

/// The numbers of people of a [`Sweep`], by location: a table of those to be removed, and one of those who stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SweepCounts {
    /// The people who must be removed.
    pub to_remove: Counts<Location>,
    /// The people who stay.
    pub staying: Counts<Location>,
}

impl Policy {
    /// Decides about everyone present in a meeting, now, such as when an order arrives during it.
    ///
    /// Participants come as a key, which can be anything, and the address that their signalling comes from. The clock is read once,
    /// so that one instant counts for all. Each gets the answer of [`decide`](Policy::decide). A person costs one lookup of the
    /// address, which serves the counts by region, too.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn sweep<'p, 'm, K>(
        &'p self,
        meeting: impl Into<Meeting<'m>>,
        host_region: Region,
        participants: impl IntoIterator<Item = (K, IpAddr)>,
    ) -> Sweep<'p, K> {
        self.sweep_at(meeting, host_region, participants, SystemTime::now())
    }

    /// Decides about everyone present in a meeting at a given time.
    pub fn sweep_at<'p, 'm, K>(
        &'p self,
        meeting: impl Into<Meeting<'m>>,
        host_region: Region,
        participants: impl IntoIterator<Item = (K, IpAddr)>,
        at: SystemTime,
    ) -> Sweep<'p, K> {
        let tables = &self.inner.tables;
        let named = tables.in_force.named(meeting.into());
        let nobody = IpAddr::from([0, 0, 0, 0]);
        let query = Query { tables, named, ip: nobody, location: tables.atlas.location_id(nobody), host_region, at };
        let effects = tables.effects(named, at).into_iter();
        let tallies = effects.map(|effect| Tally { effect, removed: 0, staying: 0 }).collect();
        let mut sweep = Sweep { query, to_remove: Vec::new(), staying: Vec::new(), tallies };
        for (key, ip) in participants {
            let location = tables.atlas.location_id(ip);
            // INVARIANT: the tallies have all locations of the atlas.
            let Some(tally) = sweep.tallies.get_mut(usize::from(location)) else {
                sweep.staying.push(key);
                continue;
            };
            let is_removed = match tally.effect {
                Effect::Admitted => false,
                Effect::Blocked => true,
                Effect::OfAddress => tables.blocks(named, ip, location, at),
            };
            if is_removed {
                tally.removed += 1;
                sweep.to_remove.push((key, Block::new(Query { ip, location, ..query })));
            } else {
                tally.staying += 1;
                sweep.staying.push(key);
            }
        }
        sweep
    }
}

impl<'p, K> Sweep<'p, K> {
    /// The people who must be removed, each with the block that names the orders, in the given sequence.
    #[must_use]
    pub fn to_remove(&self) -> &[(K, Block<'p>)] {
        &self.to_remove
    }

    /// The people who stay, in the given sequence.
    #[must_use]
    pub fn staying(&self) -> &[K] {
        &self.staying
    }

    /// The people who must be removed, and those who stay.
    #[must_use]
    pub fn into_parts(self) -> (Vec<(K, Block<'p>)>, Vec<K>) {
        (self.to_remove, self.staying)
    }

    /// Whether nobody must be removed: the meeting goes on as it is.
    #[must_use]
    pub fn is_undisturbed(&self) -> bool {
        self.to_remove.is_empty()
    }

    /// The orders in force that name the meeting or its host's account, ascending by id, whether they reach anyone present or not.
    pub fn orders(&self) -> impl Iterator<Item = &'p Order> + use<'p, K> {
        self.query.named()
    }

    /// The standing of the host's account under these orders. The library does nothing to it in any case.
    #[must_use]
    pub fn host_account(&self) -> HostAccount<'p> {
        HostAccount::of(&self.query)
    }

    /// The instant that was decided about.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.query.at
    }

    /// The numbers of people to remove and of those who stay, by location, with small groups suppressed.
    #[must_use]
    pub fn counts(&self, threshold: Threshold) -> SweepCounts {
        let table = |people: fn(&Tally) -> u64| Counts::new(by_location(self.query.tables, &self.tallies, people), threshold);
        SweepCounts { to_remove: table(|tally| tally.removed), staying: table(|tally| tally.staying) }
    }
}

/// The locations that have anyone.
fn by_location(tables: &Tables, tallies: &[Tally], people: fn(&Tally) -> u64) -> BTreeMap<Location, u64> {
    tables.atlas.locations().iter().copied().zip(tallies.iter().map(people)).filter(|&(_, people)| people > 0).collect()
}

/// With the lowest [`Threshold`].
impl<K> Display for Sweep<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.counts(Threshold::default()), f)?;
        match self.host_account().order() {
            Some(order) => write!(f, "\nhost account: {}, under domestic order {}", self.query.host_region, Quoted(&order.id))?,
            None => write!(f, "\nhost account: {}, unaffected", self.query.host_region)?,
        }
        self.orders().try_for_each(|order| write!(f, "\norder in force: {} of {}", Quoted(&order.id), Quoted(&order.issuer)))
    }
}

impl Display for SweepCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_remove.total().is_zero() {
            true => f.write_str("nobody is to be removed: the meeting is undisturbed")?,
            false => write!(f, "to be removed: {}", self.to_remove)?,
        }
        write!(f, "\nstaying: {}", self.staying)
    }
}

/// Writes the counts, never a key, so that a sweep can be logged.
impl<K> Debug for Sweep<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders: Vec<&str> = self.orders().map(|order| order.id.as_str()).collect();
        let SweepCounts { to_remove, staying } = self.counts(Threshold::default());
        f.debug_struct("Sweep")
            .field("orders", &orders)
            .field("to_remove", &to_remove)
            .field("staying", &staying)
            .finish_non_exhaustive()
    }
}

/// With the lowest [`Threshold`].
impl<K> Serialize for Sweep<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let domestic = self.host_account().order();
        let orders: Vec<&str> = self.orders().map(|order| order.id.as_str()).collect();
        let SweepCounts { to_remove, staying } = self.counts(Threshold::default());
        let mut map = serializer.serialize_struct("Sweep", 8)?;
        map.serialize_field("at", &timestamp::format(self.query.at))?;
        map.serialize_field("undisturbed", &self.is_undisturbed())?;
        map.serialize_field("to_remove", &to_remove)?;
        map.serialize_field("staying", &staying)?;
        map.serialize_field("orders", &orders)?;
        map.serialize_field("host_region", &self.query.host_region)?;
        map.serialize_field("host_account", if domestic.is_some() { "under-domestic-order" } else { "unaffected" })?;
        map.serialize_field("domestic_order", &domestic.map(|order| &order.id))?;
        map.end()
    }
}
