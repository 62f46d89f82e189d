//! The fields of a docket and of an order as serde sees them: names, what may be absent, and how each is written.
//!
//! The structs here are twins of the public ones and exist for the code that serde derives. Deriving on the public structs would
//! let callers past [`strict`](super::strict).
//!
//! A list or a text that is absent is empty. `regions` and `networks` narrow an order, so that an empty one would widen it: they are
//! absent or have an element.

use std::collections::BTreeMap;
use std::time::SystemTime;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::end::{self, End, EndMark, EndTable};
use super::{Demand, Docket, Order, Status, strict};
use crate::region::Region;
use crate::text::{network, timestamp};

#[derive(Deserialize)]
struct DocketRead {
    #[serde(default)]
    fenced: Vec<Region>,
    #[serde(default, deserialize_with = "strict::unique_keys")]
    jurisdictions: BTreeMap<String, Vec<Region>>,
    #[serde(default)]
    orders: Vec<Order>,
    #[serde(default, deserialize_with = "end::deserialize")]
    end: Option<EndTable>,
}

#[derive(Serialize)]
struct DocketWritten<'a> {
    // First, since TOML has plain values before tables.
    #[serde(skip_serializing_if = "<[Region]>::is_empty")]
    fenced: &'a [Region],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    jurisdictions: &'a BTreeMap<String, Vec<Region>>,
    #[serde(skip_serializing_if = "<[Order]>::is_empty")]
    orders: &'a [Order],
    // Last, as an end mark must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EndTable>,
}

impl Serialize for Docket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Docket { fenced, jurisdictions, orders, .. } = self;
        DocketWritten { fenced, jurisdictions, orders, end: EndTable::of(self) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Docket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Docket, D::Error> {
        let expected = DOCKET;
        let DocketRead { fenced, jurisdictions, orders, end } = DocketRead::deserialize(strict::Table { deserializer, expected })?;
        let mark = end.map_or(Ok(EndMark::Absent), |end| end.check(orders.len())).map_err(de::Error::custom)?;
        Ok(Docket {
            jurisdictions,
            fenced,
            orders,
            end: End(mark),
            #[cfg(feature = "orders-file")]
            origin: super::file::Origin::default(),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Order")]
struct OrderFields {
    id: String,
    issuer: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    authority: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    meetings: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    demands: Vec<Demand>,
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "timestamp")]
    received: Option<SystemTime>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "timestamp")]
    effective: Option<SystemTime>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "timestamp::until")]
    expires: Option<SystemTime>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "strict::narrowing_regions")]
    regions: Vec<Region>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "network::narrowing")]
    networks: Vec<IpNet>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "network")]
    exempt: Vec<IpNet>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    legal_basis: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reference: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    approved_by: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "strict::unique_keys")]
    notice: BTreeMap<String, String>,
}

impl Serialize for Order {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OrderFields::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Order, D::Error> {
        OrderFields::deserialize(strict::Table { deserializer, expected: ORDER })
    }
}

/// The expectation of an error about a docket that is not a table.
pub(super) const DOCKET: &str = "a docket: a table with `orders`, `jurisdictions` and `fenced`";

/// The expectation of an error about an order that is not a table.
pub(super) const ORDER: &str = "an order: a table with `id`, `issuer` and `status`";
