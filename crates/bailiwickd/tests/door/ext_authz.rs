//! Answers to Envoy over gRPC.

use std::collections::HashMap;

use envoy_types::ext_authz::v3::pb::{Address, CheckRequest, CheckResponse, HttpResponse};
use envoy_types::pb::envoy::config::core::v3::{self as core, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::AttributeContext;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;

use crate::support::{ADMIN, Running, VIGIL};

const PEER: &str = r#"
[[listen]]
name = "envoy"
address = "127.0.0.1:0"
mode = "ext-authz"
meeting = { path = '^/meet/(?<meeting>[^/]+)' }
[[listen]]
name = "body"
address = "127.0.0.1:0"
mode = "ext-authz"
client_address = "forwarded:10.0.0.0/8"
meeting = { json = "/room" }
"#;

fn check(path: &str, source: Option<&str>, headers: &[(&str, &str)], body: &str) -> CheckRequest {
    let http = HttpRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<HashMap<_, _>>(),
        body: body.to_owned(),
        ..HttpRequest::default()
    };
    let socket = |address: &str| SocketAddress { address: address.to_owned(), ..SocketAddress::default() };
    let address = source.map(|source| core::Address { address: Some(Address::SocketAddress(socket(source))) });
    let request = Request { http: Some(http), ..Request::default() };
    let source = Some(Peer { address, ..Peer::default() });
    let attributes = AttributeContext { source, request: Some(request), ..AttributeContext::default() };
    CheckRequest { attributes: Some(attributes) }
}

fn ask(door: &Running, name: &str, request: CheckRequest) -> Result<CheckResponse, tonic::Status> {
    let url = format!("http://{}", door.address(name));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Ok(AuthorizationClient::connect(url).await.unwrap().check(request).await?.into_inner()) })
}

fn status(response: &CheckResponse) -> i32 {
    match response.http_response.as_ref().unwrap() {
        HttpResponse::DeniedResponse(denied) => {
            assert_eq!(response.status.as_ref().unwrap().code, i32::from(tonic::Code::PermissionDenied));
            denied.status.as_ref().unwrap().code
        }
        _ => {
            assert_eq!(response.status.as_ref().unwrap().code, i32::from(tonic::Code::Ok));
            200
        }
    }
}

#[test]
fn a_participant_inside_is_refused_with_451_and_a_notice() {
    let door = Running::start(VIGIL, &format!("{PEER}{ADMIN}"));
    let asked = check("/meet/vigil?x=y", Some("127.8.0.5"), &[("accept-language", "zh")], "");
    let refused = ask(&door, "envoy", asked).unwrap();
    assert_eq!(status(&refused), 451);
    let Some(HttpResponse::DeniedResponse(denied)) = refused.http_response else { panic!("admitted") };
    let headers: HashMap<String, String> =
        denied.headers.into_iter().filter_map(|option| option.header).map(|header| (header.key, header.value)).collect();
    assert_eq!(headers["link"], "</>; rel=\"blocked-by\"");
    assert_eq!(headers["content-language"], "zh");
    let problem: serde_json::Value = serde_json::from_str(&denied.body).unwrap();
    assert_eq!(problem["detail"], "您无法从中国大陆加入。");
    assert_eq!(status(&ask(&door, "envoy", check("/meet/vigil", Some("127.0.0.5"), &[], "")).unwrap()), 200);
    assert_eq!(status(&ask(&door, "envoy", check("/meet/other", Some("127.8.0.5"), &[], "")).unwrap()), 200);
}

#[test]
fn the_source_alone_says_where_the_participant_is() {
    let door = Running::start(VIGIL, &format!("{PEER}{ADMIN}"));
    for field in ["x-forwarded-for", "forwarded", "x-real-ip", "x-envoy-external-address", "x-bailiwick-address"] {
        let inside = check("/meet/vigil", Some("127.8.0.5"), &[(field, "127.0.0.5")], "");
        let outside = check("/meet/vigil", Some("127.0.0.5"), &[(field, "127.8.0.5")], "");
        let found = [inside, outside].map(|request| status(&ask(&door, "envoy", request).unwrap()));
        assert_eq!(found, [451, 200], "{field}");
    }
    let cases = [(None, "no-address"), (Some("pipe"), "unreadable-address"), (Some(""), "unreadable-address")];
    for (source, reason) in cases {
        let before = door.unasked("envoy", reason);
        assert_eq!(status(&ask(&door, "envoy", check("/meet/vigil", source, &[], "")).unwrap()), 200);
        assert_eq!(door.unasked("envoy", reason), before + 1.0, "{source:?}");
    }
    assert_eq!(status(&ask(&door, "envoy", CheckRequest::default()).unwrap()), 200);
}

#[test]
fn a_room_in_the_body_is_found_and_a_body_that_is_too_large_admits() {
    let door = Running::start(VIGIL, &format!("{PEER}{ADMIN}"));
    let forwarded = [("x-forwarded-for", "127.0.0.9,127.8.0.5,10.0.0.1")];
    assert_eq!(status(&ask(&door, "body", check("/get_token", None, &forwarded, r#"{"room":"vigil"}"#)).unwrap()), 451);
    let large = format!(r#"{{"room":"vigil","x":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(status(&ask(&door, "body", check("/get_token", None, &forwarded, &large)).unwrap()), 200);
    assert_eq!(door.unasked("body", "large-body"), 1.0);
    // More than a message may have is an error, by which Envoy admits.
    let huge = format!(r#"{{"room":"vigil","x":"{}"}}"#, "x".repeat(300_000));
    assert!(ask(&door, "body", check("/get_token", None, &forwarded, &huge)).is_err());
    assert_eq!(status(&ask(&door, "body", check("/get_token", None, &forwarded, r#"{"room":"vigil"}"#)).unwrap()), 451);
}
