//! Where a participant is: each listener looks in one place.

use std::io::Write as _;

use crate::support::{ADMIN, Running, VIGIL, connect, head, read, request};

/// Listeners that differ in where the address is.
fn doors(places: &[(&str, &str)]) -> String {
    let mut text = ADMIN.to_owned();
    for (name, place) in places {
        text.push_str(&format!(
            "[[listen]]\nname = \"{name}\"\naddress = \"127.0.0.1:0\"\nmode = \"forward-auth\"\nclient_address = \"{place}\"\n\
             meeting = {{ query = \"room\" }}\n"
        ));
    }
    text
}

/// Every header field by which a proxy of some make names the client.
const FORGED: [&str; 14] = [
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Cluster-Client-IP",
    "X-Envoy-External-Address",
    "X-Original-Forwarded-For",
    "X-Bailiwick-Address",
    "X_Bailiwick_Address",
    "Client-IP",
    "Via",
    "X-Forwarded-Host",
];

#[test]
fn a_forged_header_moves_nobody() {
    let places = [("peer", "peer"), ("field", "header:X-Door"), ("list", "forwarded:10.0.0.0/8"), ("rfc", "rfc7239:10.0.0.0/8")];
    let door = Running::start(VIGIL, &doors(&places));
    // The field in which the proxy says the truth.
    let truth = |name: &str, address: &str| match name {
        "field" => Some(("X-Door", address.to_owned())),
        "list" => Some(("X-Forwarded-For", address.to_owned())),
        "rfc" => Some(("Forwarded", format!("for={address}"))),
        _ => None,
    };
    for (name, _) in places {
        for (real, lie, expected) in [("127.8.0.5", "127.0.0.5", 403), ("127.0.0.5", "127.8.0.5", 200)] {
            let truth = truth(name, real);
            // The peer of the connection is 127.0.0.1, which is outside.
            let expected = if name == "peer" { 200 } else { expected };
            for forged in FORGED {
                if truth.as_ref().is_some_and(|(field, _)| field == &forged) {
                    continue;
                }
                for lie in [lie.to_owned(), format!("for={lie}"), format!("{lie}, {lie}")] {
                    let mut headers = vec![(forged, lie.as_str())];
                    headers.extend(truth.as_ref().map(|(field, value)| (*field, value.as_str())));
                    let answer = request(door.address(name), "GET", "/?room=vigil", &headers, b"");
                    assert_eq!(answer.status, expected, "{name}: {forged}: {lie}");
                }
            }
        }
    }
}

#[test]
fn a_client_adds_to_the_list_on_the_left_and_that_does_not_count() {
    let door = Running::start(VIGIL, &doors(&[("list", "forwarded:10.0.0.0/8, 192.0.2.0/24"), ("rfc", "rfc7239:10.0.0.0/8")]));
    let cases = [
        ("list", "X-Forwarded-For", "127.0.0.5, 127.8.0.5", 403),
        ("list", "X-Forwarded-For", "127.8.0.5, 127.0.0.5", 200),
        ("list", "X-Forwarded-For", "127.0.0.5, 127.8.0.5, 10.1.1.1, 192.0.2.9", 403),
        ("list", "X-Forwarded-For", "10.9.9.9, 127.8.0.5:4444", 403),
        ("rfc", "Forwarded", "for=127.0.0.5, for=\"127.8.0.5:4\";proto=https, for=10.0.0.1", 403),
        ("rfc", "Forwarded", "for=127.8.0.5, for=127.0.0.5", 200),
    ];
    for (name, field, value, expected) in cases {
        let answer = request(door.address(name), "GET", "/?room=vigil", &[(field, value)], b"");
        assert_eq!(answer.status, expected, "{field}: {value}");
    }
}

#[test]
fn a_trusted_network_of_ipv4_may_be_written_as_ipv6() {
    let door = Running::start(VIGIL, &doors(&[("list", "forwarded:::ffff:10.0.0.0/104,::ffff:127.8.0.9")]));
    let cases = [("127.0.0.5, 127.8.0.9", 200), ("127.8.0.5, ::ffff:127.8.0.9, 10.1.2.3", 403), ("127.0.0.5, 127.8.0.8", 403)];
    for (value, expected) in cases {
        let answer = request(door.address("list"), "GET", "/?room=vigil", &[("X-Forwarded-For", value)], b"");
        assert_eq!(answer.status, expected, "{value}");
    }
}

#[test]
fn an_address_that_is_missing_doubled_or_unreadable_admits_and_is_counted() {
    let door = Running::start(VIGIL, &doors(&[("field", "header:X-Door"), ("list", "forwarded:10.0.0.0/8")]));
    type Fields<'f> = &'f [(&'f str, &'f str)];
    let cases: [(&str, Fields<'_>, &str); 9] = [
        ("field", &[], "no-address"),
        ("field", &[("X-Door", "")], "no-address"),
        ("field", &[("X-Door", "127.8.0.5"), ("X-Door", "127.8.0.5")], "doubled-address"),
        ("field", &[("X-Door", "127.8.0.5"), ("x-door", "127.0.0.5")], "doubled-address"),
        ("field", &[("X-Door", "127.8.0.5, 127.8.0.5")], "unreadable-address"),
        ("field", &[("X-Door", "127.8.0.0x5")], "unreadable-address"),
        ("list", &[("X-Forwarded-For", "10.0.0.1")], "no-address"),
        ("list", &[("X-Forwarded-For", "127.8.0.5, unknown")], "unreadable-address"),
        ("list", &[], "no-address"),
    ];
    for (name, headers, reason) in cases {
        let before = door.unasked(name, reason);
        assert_eq!(request(door.address(name), "GET", "/?room=vigil", headers, b"").status, 200, "{headers:?}");
        assert_eq!(door.unasked(name, reason), before + 1.0, "{headers:?}");
    }
}

#[test]
fn the_proxy_protocol_names_the_participant_of_a_connection() {
    let door = Running::start(VIGIL, &doors(&[("proxied", "proxy-protocol")]));
    let binary = |source: [u8; 4]| [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"[..], &source, &[127, 0, 0, 1, 0, 80, 0, 81]].concat();
    let line = |source: &str| format!("PROXY TCP4 {source} 127.0.0.1 1 2\r\n").into_bytes();
    let cases: [(Vec<u8>, u16, &str); 9] = [
        (line("127.8.0.5"), 403, ""),
        (line("127.0.0.5"), 200, ""),
        (binary([127, 8, 0, 5]), 403, ""),
        (binary([127, 0, 0, 5]), 200, ""),
        (b"PROXY UNKNOWN\r\n".to_vec(), 200, "no-address"),
        (Vec::new(), 200, "no-address"),
        (line("127.8.0.05"), 200, "unreadable-address"),
        ([line("127.8.0.5"), line("127.8.0.5")].concat(), 200, "doubled-address"),
        ([binary([127, 8, 0, 5]), line("127.0.0.5")].concat(), 200, "doubled-address"),
    ];
    for (beginning, expected, reason) in cases {
        let before = if reason.is_empty() { 0.0 } else { door.unasked("proxied", reason) };
        let mut stream = connect(door.address("proxied"));
        stream.write_all(&beginning).unwrap();
        for _ in 0..2 {
            stream.write_all(&head("GET", "/?room=vigil", &[("X-Forwarded-For", "127.8.0.5")], 0)).unwrap();
            assert_eq!(read(&mut stream).unwrap().status, expected, "{}", String::from_utf8_lossy(&beginning));
        }
        if !reason.is_empty() {
            assert_eq!(door.unasked("proxied", reason), before + 2.0, "{}", String::from_utf8_lossy(&beginning));
        }
    }
}
