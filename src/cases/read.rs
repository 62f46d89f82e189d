//! Reads files of cases.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::de::{self, Deserialize, Deserializer};

use super::{Case, Cases, Participant};
use crate::order::ReadError;
#[cfg(feature = "json")]
use crate::order::file::Json;
#[cfg(feature = "toml")]
use crate::order::file::Toml;
use crate::order::file::{Field, Format, REGION, Rule, Shape, TEXT, TEXTS, TIME, Wrong, read, starts, without_mark};
use crate::order::strict::{self, Choice, closest};
use crate::policy::{DecisionKind, Reason};
use crate::region::Region;
use crate::text::quote::Quoted;
use crate::text::timestamp;

impl Cases {
    /// Reads a file of cases in TOML, with the feature `toml`.
    ///
    /// # Errors
    ///
    /// All that is wrong with the file, with line and column: unknown keys, and a file without cases, too.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Cases, ReadError> {
        from_text::<Toml>(text)
    }

    /// Reads a file of cases in JSON, with the feature `json`.
    ///
    /// # Errors
    ///
    /// As [`from_toml`](Cases::from_toml).
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Cases, ReadError> {
        from_text::<Json>(text)
    }
}

fn from_text<F: Format>(text: &str) -> Result<Cases, ReadError> {
    let text = without_mark(text);
    let mut cases: Cases = read::<F, Cases>(text, &FILE)?.value;
    for (case, line) in cases.cases.iter_mut().zip(starts::<F>(text, "cases")) {
        case.line = line;
    }
    Ok(cases)
}

const FILE: Shape = Shape::Table {
    fields: &[
        Field::optional("title", &TEXT),
        Field::optional("why", &TEXT),
        Field::required("cases", &Shape::List { of: &CASE, expected: CASE_LIST, never_empty: Some(NO_CASES) }),
    ],
    expected: "a file of cases: a table with `cases`",
    rule: None,
};

const CASE_LIST: &str = "a list of cases, each begun with `[[cases]]` in TOML";
const NO_CASES: &str = "there are no cases: write one, begun with `[[cases]]`";

const CASE: Shape = Shape::Table {
    fields: &[
        Field::required("meeting", &TEXT),
        Field::optional("account", &TEXT),
        Field::optional("address", &Shape::Text { expected: "an address, such as \"203.0.113.7\"", check: address }),
        Field::optional("region", &REGION),
        Field::optional("host", &REGION),
        Field::optional("at", &TIME),
        Field::optional("expect", &Shape::Text { expected: "a decision as a word", check: |text| decision(text).map(drop) }),
        Field::optional("orders", &TEXTS),
        Field::optional("domestic", &TEXT),
        Field::optional("location", &Shape::Text { expected: "a region, `contested` or `unknown`", check: location }),
        Field::optional("reasons", &Shape::Map { of: &REASON, expected: "a table, such as { cn-1 = \"reaches\" }" }),
    ],
    expected: "a case: a table with `meeting`, `address` or `region`, and `expect`",
    rule: Some(rule),
};

const REASON: Shape = Shape::Text { expected: "a reason as a word", check: |text| reason(text).map(drop) };

/// The fields that are compared, at least one of which a case must have.
const COMPARED: [&str; 5] = ["expect", "orders", "domestic", "location", "reasons"];

/// The rule for the fields of a case that are not required one by one.
fn rule(has: &dyn Fn(&str) -> bool) -> Option<Rule> {
    match (has("address"), has("region")) {
        (true, true) => return Some(Rule { field: "region", message: "`address` and `region` are given: keep one of them" }),
        (false, false) => {
            let message = "nothing says where the participant is: write `address`, or `region` for somebody in a region";
            return Some(Rule { field: "address", message });
        }
        _ => {}
    }
    let message = "the case compares nothing: write what is expected, such as `expect = \"keep-meeting\"`";
    (!COMPARED.into_iter().any(has)).then_some(Rule { field: "expect", message })
}

/// The value of a word: one of `all`, as `name` writes it.
fn find<T: Copy>(text: &str, what: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Wrong> {
    let known = all.iter().copied().find(|&value| name(value) == text);
    known.ok_or_else(|| {
        let names = all.iter().map(|&value| name(value));
        let suggestion = closest(text, names.clone());
        let choice = Choice { suggestion: suggestion.as_ref(), words: names };
        let message = format!("{} is not {what}{choice}", Quoted(text));
        Wrong { message, suggestion }
    })
}

fn decision(text: &str) -> Result<DecisionKind, Wrong> {
    find(text, "a decision", &DecisionKind::ALL, DecisionKind::name)
}

fn reason(text: &str) -> Result<Reason, Wrong> {
    find(text, "a reason", &Reason::ALL, Reason::name)
}

fn address(text: &str) -> Result<(), Wrong> {
    let message = || format!("{} is not an address: write one like `203.0.113.7` or `2001:db8::7`", Quoted(text));
    text.parse::<IpAddr>().map(drop).map_err(|_| Wrong::new(message(), None))
}

fn location(text: &str) -> Result<(), Wrong> {
    if text == "contested" || text == "unknown" {
        return Ok(());
    }
    text.parse::<Region>().map(drop).map_err(|error| Wrong::new(&error, error.suggestion()))
}

#[derive(serde::Deserialize)]
struct FileFields {
    #[serde(default)]
    title: String,
    #[serde(default)]
    why: String,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct CaseFields {
    meeting: String,
    account: Option<String>,
    address: Option<IpAddr>,
    region: Option<Region>,
    host: Option<Region>,
    #[serde(default, deserialize_with = "timestamp::deserialize_asked")]
    at: Option<SystemTime>,
    expect: Option<String>,
    orders: Option<Vec<String>>,
    domestic: Option<String>,
    location: Option<String>,
    #[serde(default, deserialize_with = "reasons")]
    reasons: Option<BTreeMap<String, String>>,
}

fn reasons<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    strict::unique_keys(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Cases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cases, D::Error> {
        let fields = FileFields::deserialize(strict::Table { deserializer, expected: FILE.expected() })?;
        if fields.cases.is_empty() {
            return Err(de::Error::custom(NO_CASES));
        }
        Ok(Cases { title: fields.title, why: fields.why, cases: fields.cases })
    }
}

/// A key that is absent is not compared. There is no `null`.
impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Case, D::Error> {
        let fields = CaseFields::deserialize(strict::Table { deserializer, expected: CASE.expected() })?;
        let has = |name: &str| match name {
            "address" => fields.address.is_some(),
            "region" => fields.region.is_some(),
            "expect" => fields.expect.is_some(),
            "orders" => fields.orders.is_some(),
            "domestic" => fields.domestic.is_some(),
            "location" => fields.location.is_some(),
            _ => fields.reasons.is_some(),
        };
        if let Some(rule) = rule(&has) {
            return Err(de::Error::custom(rule.message));
        }
        let wrong = |wrong: Wrong| de::Error::custom(wrong.message);
        let participant = match (fields.address, fields.region) {
            (Some(address), _) => Participant::At(address),
            (None, region) => Participant::In(region.unwrap_or(Region::UNKNOWN)),
        };
        let expect = fields.expect.map(|text| decision(&text)).transpose().map_err(wrong)?;
        if let Some(text) = &fields.location {
            location(text).map_err(wrong)?;
        }
        // Written as the atlas writes it.
        let location = fields.location.map(|text| text.parse::<Region>().map_or(text, |region| region.to_string()));
        let reason = |(order, text): (String, String)| reason(&text).map(|reason| (order, reason));
        let reasons = fields.reasons.map(|reasons| reasons.into_iter().map(reason).collect()).transpose().map_err(wrong)?;
        Ok(Case {
            meeting: fields.meeting,
            account: fields.account,
            participant,
            host: fields.host.unwrap_or(Region::UNKNOWN),
            at: fields.at,
            expect,
            orders: fields.orders,
            domestic: fields.domestic,
            location,
            reasons,
            line: 0,
        })
    }
}
