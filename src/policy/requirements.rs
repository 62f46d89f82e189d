//! The conditions that a company sets for orders and geo sources.

use serde::{Deserialize, Serialize};

use crate::order::{Order, Status};
use crate::policy::approvals::distinct;
use crate::policy::diagnostic::DefectCause;
use crate::text::quote::excerpt;

/// Conditions that orders in force and geo sources must meet, or else a docket does not compile: the rules of a company's own legal
/// team.
///
/// By default nothing is required. Orders that are not in force may be incomplete. To keep requirements in a file, read them with
/// serde: each method is a key, `approvals` and `source_age` a number and the others `true` or `false`; an unknown key is
/// refused, so that a misspelt one is not overlooked.
///
/// ```
/// use bailiwick::{Atlas, Docket, Order, Policy, Requirements};
///
/// let requirements = Requirements::new().approvals(2).evidence_digest().expiry();
/// assert_eq!(requirements, toml::from_str("approvals = 2\nevidence_digest = true\nexpiry = true")?);
///
/// let mut docket = Docket::default();
/// docket.orders.push(Order::new("cn-1", "CN"));
/// docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// let error = Policy::compile_with(&docket, &Atlas::builder().build()?, &requirements).unwrap_err();
///
/// let fields: Vec<&str> = error.errors().iter().map(|error| error.field()).collect();
/// assert_eq!(fields, ["approved_by", "evidence", "expires"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use]
#[non_exhaustive]
pub struct Requirements {
    approvals: usize,
    evidence_digest: bool,
    expiry: bool,
    legal_basis: bool,
    reference: bool,
    received: bool,
    authority: bool,
    notice: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_age: Option<u64>,
    end_mark: bool,
}

impl Requirements {
    /// Requires nothing.
    pub fn new() -> Requirements {
        Requirements::default()
    }

    /// Requires that many distinct people to have approved the order. Names that differ only in letter case, in blanks or in
    /// characters that are not seen count once, and names of nothing else not at all.
    pub fn approvals(self, people: usize) -> Requirements {
        Requirements { approvals: people, ..self }
    }

    /// Requires evidence, of which each entry is `sha256:` and the 64 hexadecimal digits of a SHA-256 digest (FIPS 180-4), so
    /// that files can be checked against it.
    pub fn evidence_digest(self) -> Requirements {
        Requirements { evidence_digest: true, ..self }
    }

    /// Requires an end, `expires`.
    pub fn expiry(self) -> Requirements {
        Requirements { expiry: true, ..self }
    }

    /// Requires the law that the order invokes.
    pub fn legal_basis(self) -> Requirements {
        Requirements { legal_basis: true, ..self }
    }

    /// Requires a reference to the text of the order.
    pub fn reference(self) -> Requirements {
        Requirements { reference: true, ..self }
    }

    /// Requires the time at which the order arrived.
    pub fn received(self) -> Requirements {
        Requirements { received: true, ..self }
    }

    /// Requires the name of the person or office that signed the order.
    pub fn authority(self) -> Requirements {
        Requirements { authority: true, ..self }
    }

    /// Requires a text for blocked people in at least one language, and none that is empty.
    pub fn notice(self) -> Requirements {
        Requirements { notice: true, ..self }
    }

    /// Limits the age of every geo source, in days. A source of unknown age is refused, too: see
    /// [`Source::as_of`](crate::Source::as_of). So is one that is dated more than a day after the time of compilation, as a wrong date
    /// would keep it new for ever.
    ///
    /// Checked by [`Policy::compile_with`](crate::Policy::compile_with) alone.
    /// [`Policy::recompile`](crate::Policy::recompile) and [`Policy::amend`](crate::Policy::amend) go on with the atlas that they
    /// have, and warn, so that old data never keeps an order from being withdrawn.
    pub fn source_age(self, days: u64) -> Requirements {
        Requirements { source_age: Some(days), ..self }
    }

    pub(crate) fn max_source_age(&self) -> Option<u64> {
        self.source_age
    }

    /// Requires the docket to be known to be whole: read to its end mark by `Docket::from_toml` or `Docket::from_json`, or marked by
    /// [`Docket::ended`](crate::Docket::ended). A file that was cut off anywhere, or is half written, is refused then.
    pub fn end_mark(self) -> Requirements {
        Requirements { end_mark: true, ..self }
    }

    /// Whether dockets must be known to be whole.
    pub(crate) fn needs_end_mark(&self) -> bool {
        self.end_mark
    }

    /// Calls `defect` for each requirement that an order does not meet, with the field and what is missing.
    pub(crate) fn check(&self, order: &Order, mut defect: impl FnMut(&'static str, DefectCause)) {
        if order.status != Status::InForce {
            return;
        }
        let distinct = distinct(&order.approved_by);
        if distinct < self.approvals {
            defect("approved_by", DefectCause::FewApprovals { required: self.approvals, distinct });
        }
        if self.evidence_digest {
            evidence(&order.evidence, &mut defect);
        }
        let is_given = |text: &str| !text.trim().is_empty();
        let notice = !order.notice.is_empty() && order.notice.values().all(|text| is_given(text));
        let others = [
            (self.expiry, order.expires.is_some(), "expires", "an end", "when it ends, as in `2026-01-31T00:00:00Z`"),
            (self.legal_basis, is_given(&order.legal_basis), "legal_basis", "a legal basis", "the law that it invokes"),
            (self.reference, is_given(&order.reference), "reference", "a reference", "where it can be read"),
            (
                self.received,
                order.received.is_some(),
                "received",
                "a date of receipt",
                "when it arrived, as in `2026-01-31T00:00:00Z`",
            ),
            (self.authority, is_given(&order.authority), "authority", "an authority", "who signed it"),
            (self.notice, notice, "notice", "a notice", "what a blocked person is told, as in `{ en = \"…\" }`"),
        ];
        for (required, met, field, what, write) in others {
            if required && !met {
                defect(field, DefectCause::Missing { what, write });
            }
        }
    }
}

fn evidence(entries: &[String], defect: &mut impl FnMut(&'static str, DefectCause)) {
    if entries.is_empty() {
        let write = "the digest of each file that supports it, `sha256:` and 64 hexadecimal digits";
        defect("evidence", DefectCause::Missing { what: "evidence", write });
    }
    for entry in entries.iter().filter(|entry| !is_digest(entry)) {
        defect("evidence", DefectCause::NoDigest { entry: excerpt(entry) });
    }
}

fn is_digest(entry: &str) -> bool {
    /// Two digits for each of 32 bytes.
    const DIGITS: usize = 64;
    entry.strip_prefix("sha256:").is_some_and(|hex| hex.len() == DIGITS && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
