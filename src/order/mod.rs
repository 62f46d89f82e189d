//! Orders of governments, as data: the docket, its orders, groups of regions, and fenced regions.

mod words;
pub(crate) mod strict;
mod end;
pub(crate) mod subject;
#[cfg(feature = "orders-file")]
pub(crate) mod file;
mod fields;
#[cfg(feature = "ledger")]
mod evidence;

use std::collections::BTreeMap;
use std::time::SystemTime;

pub(crate) use end::{End, EndMark};
#[cfg(feature = "ledger")]
pub use evidence::{Evidence, Exhibit};
#[cfg(feature = "orders-file")]
pub use file::{MAX_FILE, ReadDefect, ReadError};
#[cfg(feature = "orders-file")]
pub(crate) use file::{OrderPositions, RegionsPositions};
use ipnet::IpNet;

pub use words::WordError;

use crate::net::heap::{HeapBytes, map, plain};
use crate::region::Region;

/// The orders as the legal team keeps them, named groups of regions, and fenced regions.
///
/// Plain data: any self-describing serde format that writes field names, such as TOML and JSON, reads and writes it. Reading is
/// strict: unknown keys, networks with host bits, times without an offset, and `regions` or `networks` that are written and empty
/// are errors. serde stops at the first error; with the features `toml` and `json`, `Docket::from_toml` and `Docket::from_json`
/// tell all at once, and point to each in the file. Whether the orders make sense is checked by
/// [`Policy::compile`](crate::Policy::compile).
///
/// ```
/// use bailiwick::{Docket, Status};
///
/// let docket: Docket = toml::from_str(r#"
///     [[orders]]
///     id = "cn-2020-0604-m2"
///     issuer = "CN"
///     meetings = ["june-4-vigil"]
///     status = "under-review"
/// "#)?;
/// assert_eq!(docket.orders[0].status, Status::UnderReview);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Docket {
    /// Groups that an issuer may be, such as `EU`, by name. Regions only: there are no groups in groups.
    pub jurisdictions: BTreeMap<String, Vec<Region>>,
    /// Regions whose servers carry only meetings of people who are all in that region: see
    /// [`Policy::may_relay`](crate::Policy::may_relay).
    pub fenced: Vec<Region>,
    /// The orders, in any sequence.
    pub orders: Vec<Order>,
    /// Whether the data had an end mark.
    pub(crate) end: End,
    /// The text that it was read from, for errors that point into it.
    #[cfg(feature = "orders-file")]
    origin: file::Origin,
}

/// One government's order about named meetings or host accounts.
///
/// In code, an empty list is no restriction: an order without `regions` and `networks` reaches all of its issuer's jurisdiction but
/// what is `exempt`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// The name of the order in the docket: unique, 1 to 512 bytes.
    pub id: String,
    /// A region or the name of a group. Bounds everything that the order can do.
    pub issuer: String,
    /// The office or person that signed it.
    pub authority: String,
    /// The ids of the meetings that it names, compared byte for byte, 1 to 512 bytes each.
    pub meetings: Vec<String>,
    /// The host accounts that it names, compared byte for byte, 1 to 512 bytes each: every meeting that they host.
    pub accounts: Vec<String>,
    /// The government's demands. A record: no demand makes the library do anything.
    pub demands: Vec<Demand>,
    /// The stage of the order. Only [`Status::InForce`] takes effect.
    pub status: Status,
    /// The time of its arrival.
    pub received: Option<SystemTime>,
    /// The start of its effect, this instant included.
    pub effective: Option<SystemTime>,
    /// The end of its effect, this instant excluded.
    pub expires: Option<SystemTime>,
    /// The regions to which it is narrowed, each inside the issuer's jurisdiction.
    pub regions: Vec<Region>,
    /// The networks to which it is narrowed further.
    pub networks: Vec<IpNet>,
    /// The networks that it does not reach.
    pub exempt: Vec<IpNet>,
    /// The law that the order invokes.
    pub legal_basis: String,
    /// The place at which the order can be read, such as a URL.
    pub reference: String,
    /// The digests of files that support it.
    pub evidence: Vec<String>,
    /// The people of the company who approved it.
    pub approved_by: Vec<String>,
    /// The text that a blocked person is shown, by language tag.
    pub notice: BTreeMap<String, String>,
}

impl FromIterator<Order> for Docket {
    fn from_iter<I: IntoIterator<Item = Order>>(orders: I) -> Docket {
        Docket { orders: orders.into_iter().collect(), ..Docket::default() }
    }
}

impl Extend<Order> for Docket {
    fn extend<I: IntoIterator<Item = Order>>(&mut self, orders: I) {
        self.orders.extend(orders);
    }
}

impl Order {
    /// An order in force that names nothing yet.
    pub fn new(id: impl Into<String>, issuer: impl Into<String>) -> Order {
        Order {
            id: id.into(),
            issuer: issuer.into(),
            authority: String::new(),
            meetings: Vec::new(),
            accounts: Vec::new(),
            demands: Vec::new(),
            status: Status::InForce,
            received: None,
            effective: None,
            expires: None,
            regions: Vec::new(),
            networks: Vec::new(),
            exempt: Vec::new(),
            legal_basis: String::new(),
            reference: String::new(),
            evidence: Vec::new(),
            approved_by: Vec::new(),
            notice: BTreeMap::new(),
        }
    }
}

impl HeapBytes for Order {
    fn heap_bytes(&self) -> usize {
        let Order { id, issuer, authority, meetings, accounts, demands, status: _, .. } = self;
        let Order { received: _, effective: _, expires: _, regions, networks, exempt, .. } = self;
        let Order { legal_basis, reference, evidence, approved_by, notice, .. } = self;
        let texts = [id, issuer, authority, legal_basis, reference].into_iter().map(String::heap_bytes).sum::<usize>();
        let lists = [meetings, accounts, evidence, approved_by].into_iter().map(Vec::heap_bytes).sum::<usize>();
        texts + lists + plain(demands) + plain(regions) + plain(networks) + plain(exempt) + map(notice, String::heap_bytes)
    }
}

/// The stage of an order at the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It arrived.
    Received,
    /// Counsel is reading it.
    UnderReview,
    /// It takes effect, within its window of time.
    InForce,
    /// It was refused.
    Rejected,
    /// Its issuer took it back.
    Withdrawn,
}

/// A demand of an order on the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Demand {
    /// To end the meeting for everyone. Never done.
    TerminateMeeting,
    /// To suspend the host's account. Never done.
    SuspendHost,
    /// To keep participants out.
    BlockParticipants,
    /// To hand over data. Out of scope of this library.
    DiscloseData,
}
