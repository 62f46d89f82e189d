//! The form of a docket, as data: which values stand where, so that all that are wrong can be found.
//!
//! It only serves to find errors: serde's code in [`fields`](crate::order::fields) decides what is valid.

use std::str::FromStr;

use crate::order::fields::{DOCKET as A_DOCKET, ORDER as AN_ORDER};
use crate::order::{Demand, Status, end};
use crate::region::Region;
use crate::text::suggestion::Suggestion;
use crate::text::timestamp::{LeapSecond, TimestampError};
use crate::text::{network, timestamp};

/// The form of a value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A string.
    Text { expected: &'static str, check: fn(&str) -> Result<(), Wrong> },
    /// A number from 0 on.
    Number { expected: &'static str },
    /// A list. `never_empty` says why it has an element, when it must have one.
    List { of: &'static Shape, expected: &'static str, never_empty: Option<&'static str> },
    /// A table with keys of the author's own.
    Map { of: &'static Shape, expected: &'static str },
    /// A table with keys that are known.
    Table { fields: &'static [Field], expected: &'static str, rule: Option<Check> },
}

/// A check of the keys that a table has. The argument tells whether it has a key.
type Check = fn(&dyn Fn(&str) -> bool) -> Option<Rule>;

/// An error about the keys that a table has.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) field: &'static str,
    pub(crate) message: &'static str,
}

/// A field of a table.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    pub(crate) shape: &'static Shape,
}

/// Why a string is not valid, and the one that was probably meant.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) suggestion: Option<Suggestion>,
}

impl Wrong {
    pub(crate) fn new(message: impl ToString, suggestion: Option<Suggestion>) -> Wrong {
        Wrong { message: message.to_string(), suggestion }
    }
}

impl Field {
    pub(crate) const fn optional(name: &'static str, shape: &'static Shape) -> Field {
        Field { name, is_required: false, shape }
    }

    pub(crate) const fn required(name: &'static str, shape: &'static Shape) -> Field {
        Field { name, is_required: true, shape }
    }
}

impl Shape {
    /// The expectation, as a message states it.
    pub(crate) const fn expected(&self) -> &'static str {
        match self {
            Shape::Text { expected, .. }
            | Shape::Number { expected }
            | Shape::List { expected, .. }
            | Shape::Map { expected, .. }
            | Shape::Table { expected, .. } => expected,
        }
    }
}

pub(crate) const TEXT: Shape = Shape::Text { expected: "a string", check: |_| Ok(()) };
pub(crate) const TEXTS: Shape = list(&TEXT, "a list of strings, such as [\"june-4-vigil\"]");
pub(crate) const REGION: Shape = Shape::Text { expected: "an ISO 3166 code, such as \"CN\" or \"CN-GD\"", check: region };
const REGIONS: Shape = list(&REGION, REGION_LIST);
const REGION_LIST: &str = "a list of regions, such as [\"CN-GD\"]";
const NARROWING: Shape = Shape::List { of: &REGION, expected: REGION_LIST, never_empty: Some(network::EMPTY) };
const NETWORK: Shape = Shape::Text { expected: "a network, such as \"203.0.113.0/24\"", check: a_network };
const NETWORK_LIST: &str = "a list of networks, such as [\"203.0.113.0/24\"]";
const NETWORKS: Shape = Shape::List { of: &NETWORK, expected: NETWORK_LIST, never_empty: Some(network::EMPTY) };
const EXEMPT: Shape = list(&NETWORK, NETWORK_LIST);
const A_TIME: &str = "an RFC 3339 date and time in quotes, such as \"2020-06-03T00:00:00Z\"";
pub(crate) const TIME: Shape = Shape::Text { expected: A_TIME, check: |text| time(timestamp::parse(text, LeapSecond::Later)) };
const NOTICE: Shape = Shape::Map { of: &TEXT, expected: "a table, such as { en = \"…\" }" };

/// A docket.
pub(crate) const DOCKET: Shape = Shape::Table {
    fields: &[
        Field::optional("fenced", &REGIONS),
        Field::optional("jurisdictions", &Shape::Map { of: &REGIONS, expected: "a table, such as { EU = [\"AT\"] }" }),
        Field::optional("orders", &list(&ORDER, "a list of orders, each begun with `[[orders]]` in TOML")),
        Field::optional("end", &END),
    ],
    expected: A_DOCKET,
    rule: None,
};

const END: Shape = Shape::Table {
    fields: &[Field::required("orders", &Shape::Number { expected: "the number of orders, such as 2" })],
    expected: end::EXPECTED,
    rule: None,
};

const ORDER: Shape = Shape::Table {
    fields: &[
        Field::required("id", &TEXT),
        Field::required("issuer", &TEXT),
        Field::optional("authority", &TEXT),
        Field::optional("meetings", &TEXTS),
        Field::optional("accounts", &TEXTS),
        Field::optional("demands", &list(&DEMAND, "a list of demands, such as [\"terminate-meeting\"]")),
        Field::required("status", &Shape::Text { expected: "a status as a word", check: word::<Status> }),
        Field::optional("received", &TIME),
        Field::optional("effective", &TIME),
        Field::optional("expires", &TIME),
        Field::optional("regions", &NARROWING),
        Field::optional("networks", &NETWORKS),
        Field::optional("exempt", &EXEMPT),
        Field::optional("legal_basis", &TEXT),
        Field::optional("reference", &TEXT),
        Field::optional("evidence", &TEXTS),
        Field::optional("approved_by", &TEXTS),
        Field::optional("notice", &NOTICE),
    ],
    expected: AN_ORDER,
    rule: None,
};

const DEMAND: Shape = Shape::Text { expected: "a demand as a word", check: word::<Demand> };

pub(crate) const fn list(of: &'static Shape, expected: &'static str) -> Shape {
    Shape::List { of, expected, never_empty: None }
}

fn region(text: &str) -> Result<(), Wrong> {
    text.parse::<Region>().map(drop).map_err(|error| Wrong::new(&error, error.suggestion()))
}

fn a_network(text: &str) -> Result<(), Wrong> {
    network::parse(text).map(drop).map_err(|error| Wrong::new(&error, error.suggestion()))
}

fn time(read: Result<std::time::SystemTime, TimestampError>) -> Result<(), Wrong> {
    read.map(drop).map_err(|error| Wrong::new(&error, error.suggestion().cloned()))
}

fn word<T: FromStr<Err = crate::order::WordError>>(text: &str) -> Result<(), Wrong> {
    text.parse::<T>().map(drop).map_err(|error| Wrong::new(&error, error.meant()))
}
