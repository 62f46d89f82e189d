//! Mode `forward-auth`: answers the subrequests of nginx, Traefik, Caddy and HAProxy.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};

use super::{Client, MAX_BODY};
use crate::asker::Asker;
use crate::config::Questions;
use crate::question::Unasked;
use crate::question::address::Connection;
use crate::question::rule::{NotFound, Request as Find};
use crate::refusal::Refusal;

/// The field with the notice, for proxies that drop the body of an answer.
const BODY: HeaderName = HeaderName::from_static("x-bailiwick-body");

/// The longest time until a body is whole. Proxies give up before.
const BODY_TIME: Duration = Duration::from_secs(5);

struct Shared {
    asker: Arc<Asker>,
    questions: Questions,
    status: StatusCode,
    needs_body: bool,
}

/// Every path and method is a question.
pub(super) fn router(asker: Arc<Asker>, questions: Questions, status: u16) -> Router {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let needs_body = questions.needs_body();
    Router::new().fallback(answer).with_state(Arc::new(Shared { asker, questions, status, needs_body }))
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let timer = shared.asker.metrics.latency.start_timer();
    let (parts, body) = request.into_parts();
    let body = if shared.needs_body { read(body).await } else { Ok(Bytes::new()) };
    let refusal = match body {
        Ok(body) => decide(&shared, &parts, &body),
        Err(reason) => shared.asker.unasked(reason),
    };
    timer.observe_duration();
    match refusal {
        None => Response::new(Body::empty()),
        Some(refusal) => refused(refusal, shared.status),
    }
}

fn decide(shared: &Shared, parts: &Parts, body: &[u8]) -> Option<Refusal> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let unknown = Connection { peer: Err(NotFound::Missing), proxied: Err(NotFound::Missing) };
    let connection = parts.extensions.get::<Client>().map_or(unknown, |client| client.0);
    let languages = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let find = Find { headers: &parts.headers, target, body };
    shared.asker.answer(&shared.questions, find, connection, languages)
}

/// Reads a body within bounds of size and time.
async fn read(body: Body) -> Result<Bytes, Unasked> {
    match tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Unasked::LargeBody),
        Err(_) => Err(Unasked::SlowBody),
    }
}

fn refused(refusal: Refusal, status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(refusal.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.extend(refusal.headers);
    headers.insert(BODY, refusal.body_header);
    headers.entry(http::header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
