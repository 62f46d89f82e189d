//! For the page of a log: policies, and figures of reports.

use std::fmt::Write as _;

use bailiwick::text::{Timestamp, Xml};
use bailiwick::{Atlas, Digest, Policy, Quoted};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::failure::Failure;
use crate::{diagnostics, orders, trust};

/// A report, as `bailiwick report --format json` writes it. Members that the page does not show are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Figures {
    #[serde(deserialize_with = "time")]
    from: Timestamp,
    #[serde(deserialize_with = "time")]
    until: Timestamp,
    threshold: u64,
    about_done: String,
    rows: Vec<Value>,
    total: Value,
}

/// The figures of a row: the label, and where the number is (RFC 6901).
const FIGURES: [(&str, &str); 12] = [
    ("orders received", "/orders/received"),
    ("orders rejected", "/orders/rejected"),
    ("orders in force", "/orders/in_force"),
    ("orders narrowed", "/orders/narrowed"),
    ("meetings to be ended, as demanded", "/orders/demanded/terminate_meeting"),
    ("meetings ended", "/done/meetings_ended"),
    ("accounts affected", "/done/accounts_affected"),
    ("people blocked", "/people/blocked"),
    ("people let through: outside", "/people/outside"),
    ("people let through: not located", "/people/unlocated"),
    ("people let through: contested", "/people/contested"),
    ("meetings kept", "/people/meetings_kept"),
];

/// A number, or a text in its place, such as `<10`.
fn number(row: &Value, place: &str) -> Option<String> {
    match row.pointer(place)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

impl Figures {
    /// Reads reports, and puts them in the sequence of their periods, which may not overlap: the difference of two is a number that
    /// neither shows.
    pub(super) fn read_all(files: &[String]) -> Result<Vec<Figures>, Failure> {
        let mut reports = files.iter().map(|file| Figures::read(file)).collect::<Result<Vec<_>, _>>()?;
        reports.sort_by_key(|report| report.from);
        for (before, after) in reports.iter().zip(reports.iter().skip(1)) {
            if after.from < before.until {
                return Err(Failure::wrong(format_args!(
                    "two reports are on periods that overlap, which end at {} and begin at {}: publish one report on a period, as the \
                     difference of two tells what neither shows",
                    before.until, after.from
                )));
            }
        }
        Ok(reports)
    }

    fn read(file: &str) -> Result<Figures, Failure> {
        let wrong = |why: &str| {
            Failure::wrong(format_args!("{} is not a report: {why}; write one with `bailiwick report --format json`", Quoted(file)))
        };
        let report: Figures = serde_json::from_str(&trust::text(file)?).map_err(|error| wrong(&error.to_string()))?;
        for row in report.rows.iter().chain([&report.total]) {
            if let Some((label, _)) = FIGURES.iter().find(|(_, place)| number(row, place).is_none()) {
                return Err(wrong(&format!("a row has no number of {label}")));
            }
        }
        Ok(report)
    }

    /// The figures in HTML: a table for each row, which a phone has room for.
    pub(super) fn to_html(&self) -> String {
        let mut html = format!(
            "<h3>From {} to {}, the latter excluded</h3>\n<p>{}</p>\n<p>People are counted once for each attempt to join. Numbers from 1 to {} \
             are not shown.</p>\n",
            self.from,
            self.until,
            Xml(&self.about_done),
            self.threshold.saturating_sub(1)
        );
        for row in self.rows.iter().chain([&self.total]) {
            let text = |place: &str| row.pointer(place).and_then(Value::as_str);
            let name = text("/issuer").or_else(|| text("/row")).unwrap_or_default();
            // Writing to a text does not fail.
            let _ = writeln!(html, "<table>\n<caption>{}</caption>\n<tbody>", Xml(name));
            for (label, place) in FIGURES {
                let number = number(row, place).unwrap_or_default();
                let _ = writeln!(html, "<tr><th scope=\"row\">{label}</th><td>{}</td></tr>", Xml(&number));
            }
            html.push_str("</tbody>\n</table>\n");
        }
        html
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// The digest of a policy: the argument itself, or that of the orders file which it names.
pub(super) fn policy(argument: &str) -> Result<Digest, Failure> {
    if let Ok(digest) = argument.parse() {
        return Ok(digest);
    }
    let docket = orders::read_or_fail(argument)?;
    // The digest does not depend on where addresses are.
    let nowhere = Atlas::builder().build().map_err(Failure::wrong)?;
    let policy = Policy::compile(&docket, &nowhere).map_err(|error| diagnostics::refuse(&error, argument))?;
    Ok(policy.digest())
}
