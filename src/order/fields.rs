//! The fields of a docket and of an order as serde sees them: names, what may be absent, and how each is written.
//!
//! The structs here are twins of the public ones and exist for the code that serde derives. Deriving on the public structs would
//! let callers past [`strict`](super::strict).

use std::collections::BTreeMap;
use std::time::SystemTime;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Demand, Docket, Order, Status, strict};
use crate::region::Region;
use crate::text::{network, timestamp};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Docket")]
struct DocketFields {
    // First, as TOML has what is no table before tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fenced: Vec<Region>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "strict::unique_keys")]
    jurisdictions: BTreeMap<String, Vec<Region>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    orders: Vec<Order>,
    #[cfg(feature = "orders-file")]
    #[serde(skip)]
    origin: super::file::Origin,
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
    #[serde(default, skip_serializing_if = "Option::is_none", with = "timestamp")]
    expires: Option<SystemTime>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Region>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "network")]
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

macro_rules! table {
    ($name:ident, $fields:ident, $expected:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $fields::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $fields::deserialize(strict::Table { deserializer, expected: $expected })
            }
        }
    };
}

table!(Docket, DocketFields, "a docket: a table with `orders`, `jurisdictions` and `fenced`");
table!(Order, OrderFields, "an order: a table with `id`, `issuer` and `status`");
