//! The requests and answers of the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json::NoticeJson;
use crate::presence::Removal;

/// A participant wants to join.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct DecideRequest {
    /// The meeting, as orders name it.
    pub(super) meeting: String,
    /// The participant's address. One that is not readable admits.
    pub(super) address: String,
    /// The account that hosts the meeting.
    #[serde(default)]
    pub(super) account: Option<String>,
    /// The home region of that account, such as `US` or `US-CA`; unknown if absent or not readable.
    #[serde(default)]
    pub(super) host_region: Option<String>,
    /// The name of the participant, for the list of exempt services.
    #[serde(default)]
    pub(super) participant: Option<String>,
    /// The participant's languages, as in `Accept-Language`.
    #[serde(default)]
    pub(super) languages: Option<String>,
}

/// What to do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct DecideAnswer {
    /// `allow`, `block-participant` or `keep-meeting`.
    pub(super) decision: String,
    /// Whether the participant is admitted: all but `block-participant`.
    pub(super) admits: bool,
    /// The orders that reach the participant, or else those that name the meeting, ascending.
    pub(super) orders: Vec<String>,
    /// The order that is domestic to the host's account, for the backend's own people to look at.
    pub(super) domestic_order: Option<String>,
    /// What to tell a participant who is blocked.
    pub(super) notice: Option<NoticeJson>,
    /// Why the participant is admitted without a decision.
    pub(super) unasked: Option<String>,
    /// Whether the participant is on the list of exempt services.
    pub(super) exempt: bool,
}

impl DecideAnswer {
    /// Admits without a decision.
    pub(super) fn admits() -> DecideAnswer {
        DecideAnswer {
            decision: "allow".to_owned(),
            admits: true,
            orders: Vec::new(),
            domestic_order: None,
            notice: None,
            unasked: None,
            exempt: false,
        }
    }
}

/// A question about a participant, at a time.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainRequest {
    /// The meeting, as orders name it.
    pub(super) meeting: String,
    /// The participant's address.
    pub(super) address: String,
    /// The account that hosts the meeting.
    #[serde(default)]
    pub(super) account: Option<String>,
    /// The home region of that account; unknown if absent or not readable.
    #[serde(default)]
    pub(super) host_region: Option<String>,
    /// The time that counts (RFC 3339); now if absent.
    #[serde(default)]
    pub(super) at: Option<String>,
}

/// Everyone who is present in a meeting.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SweepRequest {
    /// The meeting, as orders name it.
    pub(super) meeting: String,
    /// The participants, each with the address of the signalling connection. One that is not readable stays.
    #[cfg_attr(test, schemars(extend("maxProperties" = super::MAX_PARTICIPANTS)))]
    pub(super) participants: BTreeMap<String, String>,
    /// The account that hosts the meeting.
    #[serde(default)]
    pub(super) account: Option<String>,
    /// The home region of that account; unknown if absent or not readable.
    #[serde(default)]
    pub(super) host_region: Option<String>,
    /// The languages for notices, as in `Accept-Language`.
    #[serde(default)]
    pub(super) languages: Option<String>,
    /// The name from the first event of `/v1/changes`. With it these participants take the place of those that were announced for the
    /// meeting before, and the stream tells when one of them is to be removed.
    #[serde(default)]
    pub(super) subscription: Option<String>,
}

/// Who is to be removed, and who stays.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct SweepAnswer {
    /// Those to be removed. Nobody else is to be touched.
    pub(super) to_remove: Vec<Removal>,
    /// Those who stay.
    pub(super) staying: Vec<String>,
    /// Those who stay without a decision.
    pub(super) unasked: Vec<String>,
}

/// The policy in force.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct PolicyAnswer {
    /// The digest of its orders.
    pub(super) policy: String,
    /// The digest of its atlas.
    pub(super) atlas: String,
    /// The time at which it was put in force.
    pub(super) since: Option<String>,
    /// The number of its orders, of every status.
    pub(super) orders: usize,
    /// Whether its orders have an end mark.
    pub(super) has_end_mark: bool,
    /// Its geo sources.
    pub(super) sources: Vec<SourceJson>,
    /// What is valid in it and may not be meant: the first hundred.
    pub(super) warnings: Vec<String>,
    /// Why newer files are not in force.
    pub(super) refusal: Option<String>,
}

/// A geo source.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct SourceJson {
    /// Its name.
    pub(super) name: String,
    /// The time of its data, where it is known.
    pub(super) as_of: Option<String>,
    /// Whether it lists addresses that are no evidence of place.
    pub(super) excluding: bool,
    /// The number of its rows that locate addresses.
    pub(super) located: usize,
}

/// A request that is not answered (RFC 9457).
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Problem {
    /// `about:blank`: the status says what the problem is.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The phrase of the status.
    pub(super) title: String,
    /// The status.
    pub(super) status: u16,
    /// What is wrong.
    pub(super) detail: String,
    /// True: whoever cannot ask admits.
    pub(super) admits: bool,
}
