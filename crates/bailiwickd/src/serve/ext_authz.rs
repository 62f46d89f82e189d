//! Mode `ext-authz`: answers Envoy's `envoy.service.auth.v3.Authorization/Check` over gRPC.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::middleware::{Next, from_fn_with_state};
use envoy_types::ext_authz::v3::pb::{
    Address, Authorization, AuthorizationServer, CheckRequest, CheckResponse, DeniedHttpResponse, HeaderAppendAction, HeaderValue,
    HeaderValueOption, HttpResponse, HttpStatus, OkHttpResponse,
};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::HttpRequest;
use envoy_types::pb::google::rpc;
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderName, HeaderValue as Value};
use tonic::{Code, Request, Response, Status};

use crate::asker::Asker;
use crate::config::Questions;
use crate::question::Unasked;
use crate::question::address::{Connection, parse};
use crate::question::rule::{NotFound, Request as Find};
use crate::refusal::Refusal;

/// The path of the service.
const PATH: &str = "/envoy.service.auth.v3.Authorization/{method}";

/// The most bytes of a message: header fields (Envoy takes 60 KiB of them), a body of [`super::MAX_BODY`], and certificates.
const MAX_MESSAGE: usize = 256 * 1024;

/// Unavailable For Legal Reasons (RFC 7725). It is not among Envoy's named statuses; the number works.
const STATUS: i32 = 451;

/// The longest time until a message is whole and answered. Envoy gives up before.
const MESSAGE_TIME: Duration = Duration::from_secs(5);

struct Door {
    asker: Arc<Asker>,
    questions: Questions,
}

pub(super) fn router(asker: Arc<Asker>, questions: Questions) -> Router {
    let door = Door { asker: Arc::clone(&asker), questions };
    let server = AuthorizationServer::new(door).max_decoding_message_size(MAX_MESSAGE);
    Router::new().route_service(PATH, server).layer(from_fn_with_state(asker, timed))
}

/// Waits for a message no longer than it may take.
async fn timed(State(asker): State<Arc<Asker>>, request: axum::extract::Request, next: Next) -> axum::response::Response {
    match tokio::time::timeout(MESSAGE_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            asker.unasked(Unasked::SlowBody);
            Status::deadline_exceeded("the message does not come in time").into_http()
        }
    }
}

#[tonic::async_trait]
impl Authorization for Door {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let timer = self.asker.metrics.latency.start_timer();
        let refusal = self.decide(request.get_ref());
        timer.observe_duration();
        Ok(Response::new(refusal.map_or_else(admitted, refused)))
    }
}

impl Door {
    fn decide(&self, request: &CheckRequest) -> Option<Refusal> {
        let attributes = request.attributes.as_ref();
        let http = attributes.and_then(|attributes| attributes.request.as_ref()?.http.as_ref());
        let peer = source(request);
        let empty = HttpRequest::default();
        let http = http.unwrap_or(&empty);
        let headers = headers(http);
        let body = if http.raw_body.is_empty() { http.body.as_bytes() } else { &http.raw_body };
        if self.questions.needs_body() && body.len() > super::MAX_BODY {
            return self.asker.unasked(Unasked::LargeBody);
        }
        let languages = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let find = Find { headers: &headers, target: &http.path, body };
        let connection = Connection { peer, proxied: Err(NotFound::Missing) };
        self.asker.answer(&self.questions, find, connection, languages)
    }
}

/// The address that Envoy names as the source of the request.
fn source(request: &CheckRequest) -> Result<IpAddr, NotFound> {
    let source = request.attributes.as_ref().and_then(|attributes| attributes.source.as_ref()?.address.as_ref()?.address.as_ref());
    match source {
        Some(Address::SocketAddress(socket)) => parse(&socket.address).ok_or(NotFound::Unreadable),
        // A Unix socket or a listener of Envoy's own.
        _ => Err(NotFound::Missing),
    }
}

/// The header fields. Envoy gives them by lower-case name, and joins equal ones by commas; newer ones give a list.
fn headers(http: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &[u8]| {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), Value::from_bytes(value)) {
            // A map that is full takes no more.
            let _ = headers.try_append(name, value);
        }
    };
    let map: &HashMap<String, String> = &http.headers;
    map.iter().for_each(|(name, value)| add(name, value.as_bytes()));
    if map.is_empty() {
        for header in http.header_map.iter().flat_map(|list| &list.headers) {
            add(&header.key, if header.raw_value.is_empty() { header.value.as_bytes() } else { &header.raw_value });
        }
    }
    headers
}

fn admitted() -> CheckResponse {
    let status = rpc::Status { code: Code::Ok.into(), ..rpc::Status::default() };
    let http_response = Some(HttpResponse::OkResponse(OkHttpResponse::default()));
    CheckResponse { status: Some(status), http_response, ..CheckResponse::default() }
}

fn refused(refusal: Refusal) -> CheckResponse {
    let header = |(name, value): (HeaderName, Value)| {
        let value = value.to_str().unwrap_or_default().to_owned();
        let header = HeaderValue { key: name.as_str().to_owned(), value, ..HeaderValue::default() };
        let append_action = HeaderAppendAction::OverwriteIfExistsOrAdd.into();
        HeaderValueOption { header: Some(header), append_action, ..HeaderValueOption::default() }
    };
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: STATUS }),
        headers: refusal.headers.into_iter().map(header).collect(),
        body: refusal.body,
    };
    let status = rpc::Status { code: Code::PermissionDenied.into(), ..rpc::Status::default() };
    CheckResponse { status: Some(status), http_response: Some(HttpResponse::DeniedResponse(denied)), ..CheckResponse::default() }
}
