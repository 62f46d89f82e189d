//! Which meeting, account and participant a request is about.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::{ADMIN, Running, VIGIL, request};

/// A listener with these rules.
fn door(rules: &str) -> Running {
    let listener = format!(
        "{ADMIN}[[listen]]\nname = \"door\"\naddress = \"127.0.0.1:0\"\nmode = \"forward-auth\"\n\
         client_address = \"header:X-Bailiwick-Address\"\n{rules}\n"
    );
    Running::start(VIGIL, &listener)
}

fn status(door: &Running, target: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
    let headers = [&[("X-Bailiwick-Address", "127.8.0.5")], headers].concat();
    request(door.address("door"), "POST", target, &headers, body).status
}

#[test]
fn a_meeting_in_the_path_is_decoded() {
    let door = door(r#"meeting = { path = '^/meet/(?<meeting>[^/]+)' }"#);
    let cases = [
        ("/meet/vigil", 403, ""),
        ("/meet/vigil?x=/meet/other", 403, ""),
        ("/meet/%76igi%6C", 403, ""),
        ("/meet/%e5%85%ad%E5%9B%9B%E7%BA%AA%E5%BF%B5", 403, ""),
        ("/meet/other", 200, ""),
        ("/meet/Vigil", 200, ""),
        ("/meet/vigil%2F", 200, ""),
        ("/meet/%ff", 200, "unreadable-meeting"),
        ("/meet/%e5%85", 200, "unreadable-meeting"),
        ("/static/vigil", 200, "no-meeting"),
        ("/?/meet/vigil", 200, "no-meeting"),
        ("/", 200, "no-meeting"),
    ];
    for (target, expected, reason) in cases {
        let before = if reason.is_empty() { 0.0 } else { door.unasked("door", reason) };
        assert_eq!(status(&door, target, &[], b""), expected, "{target}");
        if !reason.is_empty() {
            assert_eq!(door.unasked("door", reason), before + 1.0, "{target}");
        }
    }
}

#[test]
fn a_header_with_the_uri_is_read_in_the_place_of_the_target() {
    let door = door(r#"meeting = { from = "header:X-Original-Uri", path = '^/meet/(?<meeting>[^/]+)' }"#);
    let cases: [(&[(&str, &str)], u16); 7] = [
        (&[("X-Original-Uri", "/meet/vigil")], 403),
        (&[("X-Original-Uri", "https://meet.example/meet/vigil?x#y")], 403),
        (&[("X-Original-Uri", "/meet/other")], 200),
        (&[("X-Original-Uri", "/meet/vigil"), ("X-Original-Uri", "/meet/vigil")], 200),
        (&[("X-Forwarded-Uri", "/meet/vigil")], 200),
        (&[("X-Original-Uri", "")], 200),
        (&[], 200),
    ];
    for (headers, expected) in cases {
        assert_eq!(status(&door, "/meet/vigil", headers, b""), expected, "{headers:?}");
    }
}

#[test]
fn a_parameter_counts_when_it_is_clear_which_one() {
    let cases: [(&str, [u16; 3]); 9] = [
        ("/x?room=vigil", [403, 403, 403]),
        ("/x?a=b&room=%76igil&c", [403, 403, 403]),
        ("/x?ro%6Fm=vigil", [403, 403, 403]),
        ("/x?room=vigil&room=vigil", [403, 403, 403]),
        ("/x?room=other&room=vigil", [200, 200, 403]),
        ("/x?room=vigil&room=other", [200, 403, 200]),
        ("/x?room=%ff", [200, 200, 200]),
        ("/x?Room=vigil", [200, 200, 200]),
        ("/x?room", [200, 200, 200]),
    ];
    for (n, repeated) in ["", ", repeated = \"first\"", ", repeated = \"last\""].into_iter().enumerate() {
        let door = door(&format!("meeting = {{ query = \"room\"{repeated} }}"));
        for (target, expected) in &cases {
            assert_eq!(status(&door, target, &[], b""), expected[n], "{target}{repeated}");
        }
    }
}

#[test]
fn a_meeting_in_a_json_body_is_found_by_its_pointer() {
    let door = door(r#"meeting = { json = "/room/name" }"#);
    let cases: [(&[u8], u16, &str); 9] = [
        (br#"{"room":{"name":"vigil"}}"#, 403, ""),
        (br#"{"room":{"name":"\u516d\u56db\u7eaa\u5ff5"}}"#, 403, ""),
        (br#"{"room":{"name":"other"}}"#, 200, ""),
        (br#"{"room":"vigil"}"#, 200, "no-meeting"),
        (br#"{"room":{"name":["vigil"]}}"#, 200, "unreadable-meeting"),
        (br#"{"room":{"name":"vigil"}"#, 200, "unreadable-meeting"),
        (b"{\"room\":{\"name\":\"\xff\"}}", 200, "unreadable-meeting"),
        (br#"{"room":{"name":"\ud800"}}"#, 200, "unreadable-meeting"),
        (b"", 200, "unreadable-meeting"),
    ];
    for (body, expected, reason) in cases {
        let before = if reason.is_empty() { 0.0 } else { door.unasked("door", reason) };
        assert_eq!(status(&door, "/", &[], body), expected, "{}", String::from_utf8_lossy(body));
        if !reason.is_empty() {
            assert_eq!(door.unasked("door", reason), before + 1.0, "{}", String::from_utf8_lossy(body));
        }
    }
    let deep = [vec![b'['; 60_000], vec![b']'; 60_000]].concat();
    assert_eq!(status(&door, "/", &[], &deep[..60_000]), 200);
}

/// A token as LiveKit's SDKs mint it; its signature is not looked at.
fn token(room: &str) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.c2ln",
        part(json!({"alg": "HS256", "typ": "JWT"})),
        part(json!({"sub": "ada", "iss": "key", "video": {"room": room, "roomJoin": true}}))
    )
}

#[test]
fn the_room_of_a_token_is_found_in_the_same_sequence_as_livekit_finds_it() {
    let door = door("meeting = { jwt = \"/video/room\" }\nparticipant = { jwt = \"/sub\" }\nexempt = [\"egress\"]");
    let (vigil, other) = (token("vigil"), token("other"));
    let bearer = |token: &str| format!("Bearer {token}");
    let query = |token: &str| format!("/rtc?access_token={token}");
    let payload = vigil.split('.').nth(1).unwrap();
    let as_json = json!({"payload": payload, "signatures": [{"protected": "e30", "signature": "c2ln"}]}).to_string();
    let spaced = vigil.replace('.', ". ");
    let padded = format!("e30=.{payload}{}.c2ln", "=".repeat((4 - payload.len() % 4) % 4));
    let cases: Vec<(String, Option<String>, u16)> = vec![
        (query(&vigil), None, 403),
        (query(&other), None, 200),
        ("/rtc".to_owned(), Some(bearer(&vigil)), 403),
        // The field first, also when the query says something else.
        (query(&vigil), Some(bearer(&other)), 200),
        (query(&other), Some(bearer(&vigil)), 403),
        // Empty: as if it were not there.
        (query(&vigil), Some(String::new()), 403),
        // Refused by that server, and not followed by a look into the query.
        (query(&vigil), Some(format!("bearer {other}")), 200),
        (query(&vigil), Some("Basic YWRhOmE=".to_owned()), 200),
        // The first of two.
        (format!("{}&access_token={other}", query(&vigil)), None, 403),
        (format!("{}&access_token={vigil}", query(&other)), None, 200),
        (query(&vigil.replace('.', "%2E")), None, 403),
        ("/rtc".to_owned(), Some(bearer(&as_json)), 403),
        ("/rtc".to_owned(), Some(bearer(&spaced)), 403),
        ("/rtc".to_owned(), Some(bearer(&padded)), 403),
        ("/rtc".to_owned(), Some(bearer("a.b")), 200),
        ("/rtc".to_owned(), Some(bearer("a.!.c")), 200),
        ("/rtc".to_owned(), Some(bearer(&format!("{vigil}.x"))), 200),
        ("/rtc".to_owned(), None, 200),
    ];
    for (target, authorization, expected) in &cases {
        let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
        assert_eq!(status(&door, target, &headers, b""), *expected, "{target} {authorization:?}");
    }
}

#[test]
fn the_account_that_hosts_a_meeting_is_found_likewise() {
    let rules =
        "meeting = { query = \"room\" }\naccount = { from = \"header:X-Host\" }\nhost_region = { from = \"header:X-Region\" }";
    let door = door(rules);
    let cases: [(&[(&str, &str)], u16); 5] = [
        (&[("X-Host", "host-7")], 403),
        (&[("X-Host", "host-7"), ("X-Region", "CN")], 403),
        (&[("X-Host", "host-7"), ("X-Region", "nowhere")], 403),
        (&[("X-Host", "host-8")], 200),
        (&[], 200),
    ];
    for (headers, expected) in cases {
        assert_eq!(status(&door, "/?room=any", headers, b""), expected, "{headers:?}");
    }
}

#[test]
fn a_service_on_the_list_is_admitted_by_its_name_or_its_network() {
    let rules = "meeting = { query = \"room\" }\nparticipant = { from = \"header:X-User\" }\n\
                 exempt = [\"focus@auth.example.org\", \"127.8.9.0/24\", \"127.8.0.77\"]";
    let door = door(rules);
    let address = door.address("door");
    let cases = [
        ("127.8.0.5", "focus@auth.example.org", 200),
        ("127.8.0.5", "focus@auth.example.orG", 403),
        ("127.8.0.5", "ada", 403),
        ("127.8.9.1", "ada", 200),
        ("::ffff:127.8.9.1", "ada", 200),
        ("127.8.0.77", "ada", 200),
        ("127.8.0.78", "ada", 403),
    ];
    for (from, user, expected) in cases {
        let headers = [("X-Bailiwick-Address", from), ("X-User", user)];
        assert_eq!(request(address, "GET", "/?room=vigil", &headers, b"").status, expected, "{from} {user}");
    }
    assert_eq!(door.metric("bailiwick_exempt_total{listener=\"door\"}"), 4.0);
}
