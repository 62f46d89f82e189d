//! Mode `api`: questions in JSON, for connectors.

mod changes;
mod kinds;
#[cfg(test)]
mod openapi;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bailiwick::text::Timestamp;
use bailiwick::{Decision, HostAccount, Policy, Region};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::asker::{Asker, Question};
use crate::config::Exempt;
use crate::json::NoticeJson;
use crate::presence::{Announcement, MAX_NAME, NotTaken, Presence, removal};
use crate::question::Unasked;
use crate::question::address::parse;
use kinds::{DecideAnswer, DecideRequest, ExplainRequest, PolicyAnswer, Problem, SourceJson, SweepAnswer, SweepRequest};

/// The most bytes of a request: a sweep of [`MAX_PARTICIPANTS`] with names of some hundred bytes.
const MAX_BODY: usize = 4 << 20;

/// The most participants of one sweep: the largest rooms of today's servers have some thousand.
pub(super) const MAX_PARTICIPANTS: usize = 10_000;

/// The longest time until a body is whole.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The most warnings of a policy that are listed.
const MAX_WARNINGS: usize = 100;

/// The description of all this.
const OPENAPI: &str = include_str!("../../../openapi.json");

struct Shared {
    asker: Asker,
    exempt: Exempt,
    blocked_by: String,
    presence: Arc<Presence>,
}

type Api = State<Arc<Shared>>;

pub(super) fn router(asker: Asker, exempt: Exempt, blocked_by: String, presence: Arc<Presence>) -> Router {
    Router::new()
        .route("/v1/decide", post(decide))
        .route("/v1/explain", post(explain))
        .route("/v1/sweep", post(sweep))
        .route("/v1/policy", get(policy))
        .route("/v1/changes", get(changes))
        .route("/v1/openapi.json", get(|| async { ([(CONTENT_TYPE, "application/json")], OPENAPI) }))
        .fallback(|| async { Failure::new(StatusCode::NOT_FOUND, "there is nothing here: see `/v1/openapi.json`") })
        .method_not_allowed_fallback(|| async {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "another method is needed here: see `/v1/openapi.json`")
        })
        .with_state(Arc::new(Shared { asker, exempt, blocked_by, presence }))
}

/// A request that is not answered. Whoever reads `admits` alone does what a door must do that cannot ask.
struct Failure {
    status: StatusCode,
    detail: String,
}

impl Failure {
    fn new(status: StatusCode, detail: impl Into<String>) -> Failure {
        Failure { status, detail: detail.into() }
    }

    fn malformed(detail: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, detail)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            admits: true,
        };
        let mut response = json(&problem);
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// An answer. Decisions are about one instant, and must not be kept by anyone in between.
fn json(value: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(value).unwrap_or_default()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Reads a request within bounds of size and time.
async fn read<T: DeserializeOwned>(shared: &Shared, request: Request) -> Result<T, Failure> {
    let body = Limited::new(request.into_body(), MAX_BODY).collect();
    let (reason, failure) = match tokio::time::timeout(BODY_TIME, body).await {
        Ok(Ok(body)) => match of_json(&body.to_bytes()) {
            Ok(value) => return Ok(value),
            Err(failure) => (Unasked::Malformed, failure),
        },
        Ok(Err(_)) => {
            let detail =
                format!("the body has more than {MAX_BODY} bytes, or does not come whole: sweep fewer participants at once");
            (Unasked::LargeBody, Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
        Err(_) => (Unasked::SlowBody, Failure::new(StatusCode::REQUEST_TIMEOUT, "the body does not come in time")),
    };
    shared.asker.unasked(reason);
    Err(failure)
}

fn of_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::malformed(format!("the body cannot be read: {error}")))
}

fn region(text: Option<&str>) -> Region {
    // An unknown region makes every order foreign to the host, and blocks nobody.
    text.and_then(|text| text.parse().ok()).unwrap_or(Region::UNKNOWN)
}

async fn decide(State(shared): Api, request: Request) -> Result<Response, Failure> {
    let asked: DecideRequest = read(&shared, request).await?;
    let timer = shared.asker.metrics.latency.start_timer();
    let answer = decided(&shared, &asked);
    timer.observe_duration();
    Ok(json(&answer))
}

fn decided(shared: &Shared, asked: &DecideRequest) -> DecideAnswer {
    let unasked = |reason: Unasked| {
        shared.asker.unasked(reason);
        DecideAnswer { unasked: Some(reason.word().to_owned()), ..DecideAnswer::admits() }
    };
    let address = parse(&asked.address);
    if shared.exempt.holds(asked.participant.as_deref(), address) {
        shared.asker.metrics.exempt.inc();
        return DecideAnswer { exempt: true, ..DecideAnswer::admits() };
    }
    let Some(address) = address else { return unasked(Unasked::UnreadableAddress) };
    let Some(policy) = shared.asker.door.load() else { return unasked(Unasked::NoPolicy) };
    let host_region = region(asked.host_region.as_deref());
    let (account, at) = (asked.account.as_deref(), SystemTime::now());
    let question = Question { meeting: &asked.meeting, account, address, host_region, at };
    let decision = shared.asker.decided(&policy, question);
    let orders: Vec<String> = match &decision {
        Decision::Allow => Vec::new(),
        Decision::BlockParticipant(block) => block.orders().map(|order| order.id.clone()).collect(),
        Decision::KeepMeeting(keep) => keep.orders().map(|order| order.id.clone()).collect(),
    };
    let notice = match &decision {
        Decision::BlockParticipant(block) => {
            Some(NoticeJson::of(&block.notice(asked.languages.as_deref().unwrap_or_default()), &shared.blocked_by))
        }
        _ => None,
    };
    let domestic_order = match decision.host_account() {
        HostAccount::Unaffected => None,
        HostAccount::UnderDomesticOrder(order) => Some(order.id.clone()),
    };
    let (kind, admits) = (decision.kind(), decision.admits());
    DecideAnswer { decision: kind.to_string(), admits, orders, domestic_order, notice, unasked: None, exempt: false }
}

async fn explain(State(shared): Api, request: Request) -> Result<Response, Failure> {
    let asked: ExplainRequest = read(&shared, request).await?;
    let address = parse(&asked.address).ok_or_else(|| Failure::malformed("`address` is not an IP address"))?;
    let at = match &asked.at {
        None => SystemTime::now(),
        Some(text) => Timestamp::from_iso_8601(text)
            .map_err(|_| Failure::malformed("`at` is not a time such as `2020-06-04T12:00:00Z`"))?
            .into(),
    };
    let policy = shared.asker.door.policy().ok_or_else(|| no_policy(&shared))?;
    let host_region = region(asked.host_region.as_deref());
    let question = Question { meeting: &asked.meeting, account: asked.account.as_deref(), address, host_region, at };
    Ok(json(&policy.explain(question.hosted(), address, host_region, at)))
}

fn no_policy(shared: &Shared) -> Failure {
    let why = shared.asker.door.status().refusal.unwrap_or_else(|| "it is being loaded".to_owned());
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, format!("there is no policy, so everybody is admitted: {why}"))
}

async fn sweep(State(shared): Api, request: Request) -> Result<Response, Failure> {
    let asked: SweepRequest = read(&shared, request).await?;
    if asked.participants.len() > MAX_PARTICIPANTS {
        shared.asker.unasked(Unasked::LargeBody);
        let detail = format!("there are more than {MAX_PARTICIPANTS} participants: sweep some of them at a time");
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let timer = shared.asker.metrics.latency.start_timer();
    let answer = swept(&shared, &asked);
    timer.observe_duration();
    answer.map(|answer| json(&answer))
}

fn swept(shared: &Shared, asked: &SweepRequest) -> Result<SweepAnswer, Failure> {
    let mut answer = SweepAnswer::default();
    let mut asked_about: Vec<(&str, IpAddr)> = Vec::new();
    for (participant, address) in &asked.participants {
        match parse(address) {
            address if shared.exempt.holds(Some(participant), address) => {
                shared.asker.metrics.exempt.inc();
                answer.staying.push(participant.clone());
            }
            Some(address) => asked_about.push((participant, address)),
            None => {
                shared.asker.unasked(Unasked::UnreadableAddress);
                answer.unasked.push(participant.clone());
            }
        }
    }
    let languages = asked.languages.as_deref().unwrap_or_default();
    let host_region = region(asked.host_region.as_deref());
    let announcement = Announcement {
        meeting: &asked.meeting,
        account: asked.account.as_deref(),
        host_region,
        languages,
        participants: asked_about,
    };
    match &asked.subscription {
        None => {
            let policy = shared.asker.door.policy();
            everyone(shared, policy.as_ref(), &announcement, &mut answer);
        }
        Some(name) => {
            let names = [Some(&asked.meeting), asked.account.as_ref()].into_iter().flatten().chain(asked.participants.keys());
            if names.into_iter().any(|name| name.len() > MAX_NAME) {
                return Err(Failure::malformed(format!("names have at most {MAX_NAME} bytes where they are watched")));
            }
            let announced = shared.presence.announce(name, &announcement, |policy| {
                everyone(shared, policy, &announcement, &mut answer);
                answer.to_remove.iter().map(|removal| removal.participant.clone()).collect()
            });
            announced.map_err(|error| match error {
                NotTaken::Full => Failure::new(StatusCode::SERVICE_UNAVAILABLE, "more participants are present than are watched"),
                NotTaken::Unknown => {
                    Failure::new(StatusCode::NOT_FOUND, "nobody listens under this `subscription`: connect to `/v1/changes` again")
                }
            })?;
        }
    }
    Ok(answer)
}

/// Decides about everyone of a sweep. Those to be removed are recorded: that others stay was recorded when they joined.
fn everyone(shared: &Shared, policy: Option<&Policy>, announced: &Announcement<'_>, answer: &mut SweepAnswer) {
    let at = SystemTime::now();
    for &(participant, address) in &announced.participants {
        let Some(policy) = policy else {
            shared.asker.unasked(Unasked::NoPolicy);
            answer.unasked.push(participant.to_owned());
            continue;
        };
        let &Announcement { meeting, account, host_region, languages, .. } = announced;
        let question = Question { meeting, account, address, host_region, at };
        let decision = policy.decide_at(question.hosted(), address, host_region, at);
        shared.asker.metrics.decided(decision.kind());
        match decision {
            Decision::Allow | Decision::KeepMeeting(_) => answer.staying.push(participant.to_owned()),
            Decision::BlockParticipant(block) => {
                shared.asker.record(policy, question);
                answer.to_remove.push(removal(meeting, participant, &block, languages, &shared.blocked_by));
            }
        }
    }
}

async fn policy(State(shared): Api) -> Result<Response, Failure> {
    let door = &shared.asker.door;
    let policy = door.policy().ok_or_else(|| no_policy(&shared))?;
    let status = door.status();
    let time = |time: SystemTime| Timestamp::new(time).map(|time| time.to_string());
    let sources = policy.atlas().sources().iter().map(|source| SourceJson {
        name: source.name().to_owned(),
        as_of: source.known_as_of().and_then(time),
        excluding: source.is_excluding(),
        located: source.located(),
    });
    Ok(json(&PolicyAnswer {
        policy: policy.digest().to_string(),
        atlas: policy.atlas_digest().to_string(),
        since: status.since.and_then(time),
        orders: policy.orders().count(),
        has_end_mark: policy.is_ended(),
        sources: sources.collect(),
        warnings: policy.warnings().iter().take(MAX_WARNINGS).map(ToString::to_string).collect(),
        refusal: status.refusal,
    }))
}

async fn changes(State(shared): Api) -> Result<Response, Failure> {
    let listening = shared.presence.listen(&shared.blocked_by);
    let busy = || Failure::new(StatusCode::SERVICE_UNAVAILABLE, "too many connectors listen, or the daemon ends: try again later");
    listening.map(changes::stream).ok_or_else(busy)
}
