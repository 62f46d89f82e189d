//! The bytes of a partial report: one line of JSON, written in one way only, with its digest at the end. `docs/report.md` describes
//! it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::PartialReport;
use super::error::{MergeError, PartialFileError};
use super::part::Part;
use crate::digest::{Digest, line};
use crate::ledger::{Form, Head, KeyCommitment};
use crate::report::meetings::{LIMIT, MeetingPrefix, Meetings};
use crate::report::orders::Period;
use crate::report::people::Tallies;
use crate::text::timestamp::{self, LeapSecond};

/// The version of the bytes.
const VERSION: u64 = 1;

/// The beginning of every version.
const START: &[u8] = b"{\"partial_report\":";

/// The mark, for people who open the file.
const MARK: &str = "Exact numbers of people and hashes of meetings: never publish this file. Merge all partial reports, and publish the \
                    report that `bailiwick report --merge` makes, where small numbers are suppressed.";

/// What was verified before the partial was written.
const VERIFIED: &str = "Every line of each part was read, and carries the digest of the line before it.";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    partial_report: u64,
    not_for_publication: String,
    verified: String,
    from: String,
    until: String,
    key: Option<KeyCommitment>,
    heads: Vec<String>,
    parts: Vec<PartFields>,
    records: u64,
    sets: Vec<SetFields>,
    /// Written apart, as it is of the bytes before it.
    #[serde(skip_serializing)]
    digest: Option<Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFields {
    file: String,
    lines: [u64; 2],
    prev: Digest,
    last: Digest,
    begins_file: bool,
    ends_file: bool,
    forms: [u32; 2],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFields {
    orders: Vec<String>,
    blocked: u64,
    outside: u64,
    unlocated: u64,
    contested: u64,
    meetings: Vec<MeetingPrefix>,
}

impl PartialReport {
    /// The partial as a file: one line of JSON, the same bytes for the same lines of a ledger. It must not be published: give the file
    /// to its owner alone.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers: there is nothing that JSON cannot write.
        line::add(serde_json::to_vec(&Fields::from(self)).unwrap_or_default())
    }

    /// Reads a partial from a file. Takes memory in proportion to the bytes.
    ///
    /// The digest at the end finds changes by accident. Somebody who changes the numbers and computes it anew is found where what
    /// the file says cannot be, and else by making the partial again of the lines that it names.
    ///
    /// # Errors
    ///
    /// When [`to_bytes`](PartialReport::to_bytes) would not have written these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<PartialReport, PartialFileError> {
        let version = bytes.strip_prefix(START).ok_or(PartialFileError::Other)?;
        match leading_number(version).ok_or(PartialFileError::Other)? {
            VERSION => {}
            found => return Err(PartialFileError::Version { found }),
        }
        let (body, expected) = line::split(bytes).ok_or(PartialFileError::CutOff)?;
        let found = Digest::of(body);
        if found != expected {
            return Err(PartialFileError::Changed { expected, found });
        }
        let fields: Fields = serde_json::from_slice(bytes).map_err(|error| PartialFileError::Json(error.to_string()))?;
        let is_once = fields.digest == Some(expected);
        let partial = fields.partial()?;
        // Every member was taken, so that what is written again differs where the bytes were not canonical.
        if !is_once || partial.to_bytes() != bytes {
            return Err(PartialFileError::NotCanonical);
        }
        Ok(partial)
    }
}

fn leading_number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl From<&PartialReport> for Fields {
    fn from(partial: &PartialReport) -> Fields {
        let PartialReport { period: Period { from, until }, coverage, key, heads, records, sets } = partial;
        let mut sets: Vec<SetFields> = sets.iter().map(|(orders, tallies)| SetFields::of(orders, tallies)).collect();
        sets.sort_unstable_by(|one, other| one.orders.cmp(&other.orders));
        Fields {
            partial_report: VERSION,
            not_for_publication: MARK.to_owned(),
            verified: VERIFIED.to_owned(),
            // The builder refuses periods that cannot be written.
            from: timestamp::format(*from).unwrap_or_default(),
            until: timestamp::format(*until).unwrap_or_default(),
            key: *key,
            heads: heads.iter().map(ToString::to_string).collect(),
            parts: coverage.iter().map(PartFields::of).collect(),
            records: *records,
            sets,
            digest: None,
        }
    }
}

impl Fields {
    fn partial(self) -> Result<PartialReport, PartialFileError> {
        let Fields { from, until, key, heads, parts, records, sets, .. } = self;
        let mut partial = PartialReport::nothing(Period { from: time(&from)?, until: time(&until)? });
        (partial.key, partial.records) = (key, records);
        for part in parts {
            partial.coverage.insert(part.part()?)?;
        }
        for head in heads {
            let head: Head =
                head.parse().map_err(|_| PartialFileError::Impossible("a head is not the number and digest of a line"))?;
            let part = partial.coverage.part_of(head.seq);
            if part.is_none_or(|part| part.to == head.seq && part.digest != head.digest) {
                return Err(PartialFileError::Impossible("a head is not of its lines"));
            }
            partial.heads.insert(head);
        }
        let mut joins = 0_u64;
        for set in sets {
            let (orders, tallies) = set.tallies()?;
            joins = tallies.all_joins().and_then(|of_set| joins.checked_add(of_set)).ok_or(MergeError::Overflow)?;
            partial.set(&orders)?.add(tallies).map_err(|_| MergeError::Overflow)?;
        }
        if joins > records || u128::from(records) > partial.coverage.lines() {
            return Err(PartialFileError::Impossible("it counts more decisions than its parts have lines"));
        }
        Ok(partial)
    }
}

fn time(text: &str) -> Result<std::time::SystemTime, PartialFileError> {
    let wrong = |_| PartialFileError::Impossible("its period does not begin and end at times");
    timestamp::parse(text, LeapSecond::Later).map_err(wrong)
}

impl PartFields {
    fn of(part: &Part) -> PartFields {
        let Part { file, from, to, prev, digest, begins_file, ends_file, first_form, last_form } = part.clone();
        let forms = [first_form.number(), last_form.number()];
        PartFields { file, lines: [from, to], prev, last: digest, begins_file, ends_file, forms }
    }

    fn part(self) -> Result<Part, PartialFileError> {
        let PartFields { file, lines: [from, to], prev, last: digest, begins_file, ends_file, forms: [first, last] } = self;
        let form = |number| match number {
            1 => Ok(Form::One),
            2 => Ok(Form::Two),
            _ => Err(PartialFileError::Impossible("lines have form 1 or 2")),
        };
        let (first_form, last_form) = (form(first)?, form(last)?);
        let part = Part { file, from, to, prev, digest, begins_file, ends_file, first_form, last_form };
        if part.is_possible() { Ok(part) } else { Err(PartialFileError::Impossible("no ledger has the lines of a part")) }
    }
}

impl SetFields {
    fn of(orders: &[String], tallies: &Tallies) -> SetFields {
        let [blocked, outside, unlocated, contested] = tallies.joins;
        let meetings = tallies.meetings.iter().collect();
        SetFields { orders: orders.to_vec(), blocked, outside, unlocated, contested, meetings }
    }

    fn tallies(self) -> Result<(Vec<String>, Tallies), PartialFileError> {
        let SetFields { orders, blocked, outside, unlocated, contested, meetings: listed } = self;
        if listed.len() > LIMIT {
            return Err(PartialFileError::Impossible("it has more meetings of one set of orders than are kept"));
        }
        let mut meetings = Meetings::default();
        listed.into_iter().for_each(|meeting| meetings.insert(meeting));
        let tallies = Tallies { joins: [blocked, outside, unlocated, contested], meetings };
        let joins = tallies.all_joins().ok_or(MergeError::Overflow)?;
        let held = u64::try_from(tallies.meetings.held()).unwrap_or(u64::MAX);
        // Each join is of one meeting.
        if held == 0 || held > joins {
            return Err(PartialFileError::Impossible("a set of orders has no meetings, or more than joins"));
        }
        Ok((orders, tallies))
    }
}

impl Serialize for MeetingPrefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for MeetingPrefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MeetingPrefix, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let is_plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = if is_plain { u128::from_str_radix(text, 16).ok() } else { None };
        bits.map(|bits| MeetingPrefix(bits.to_be_bytes())).ok_or_else(|| D::Error::custom("a meeting is 32 hexadecimal digits"))
    }
}
