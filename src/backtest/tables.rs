//! The tables of a result: numbers of joins by order, region and day.

use serde::Serialize;

use crate::backtest::day::Day;
use crate::backtest::figure::Figure;
use crate::region::Region;

/// The joins of one direction, in tables that tell nothing of small numbers together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// All joins, each counted once.
    pub joins: Figure,
    /// Whether a join is under several orders. If so, the orders together have more than all joins.
    pub shared: bool,
    /// By order. A join under several orders is counted under each.
    pub by_order: Vec<OfOrder>,
    /// By order and region of the address. A join under several orders is counted under each.
    pub by_order_and_region: Vec<OfRegion>,
    /// By day, each join counted once.
    pub by_day: Vec<OfDay>,
    /// By order, region of the address and day. A join under several orders is counted under each.
    pub cells: Vec<Cell>,
}

/// The joins under one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OfOrder {
    /// The id of the order.
    pub order: String,
    /// Its issuer, as the docket writes it.
    pub issuer: String,
    /// The number of joins.
    pub joins: Figure,
}

/// The joins under one order from one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OfRegion {
    /// The id of the order.
    pub order: String,
    /// The region of the addresses.
    pub region: Region,
    /// The number of joins.
    pub joins: Figure,
}

/// The joins of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OfDay {
    /// The day, from midnight to midnight UTC.
    pub day: Day,
    /// The number of joins.
    pub joins: Figure,
    /// The part of it that is in numbers which are shown. The rest is in suppressed ones.
    pub shown: u64,
}

/// The joins under one order from one region on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cell {
    /// The id of the order.
    pub order: String,
    /// The region of the addresses.
    pub region: Region,
    /// The day, from midnight to midnight UTC.
    pub day: Day,
    /// The number of joins.
    pub joins: Figure,
}
