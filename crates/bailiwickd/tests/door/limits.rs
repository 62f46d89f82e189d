//! Clients that are slow, stuck or hostile.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{ADMIN, API, BY_HEADER, Running, VIGIL, connect, head, read, request, wait_for};

const ASK: [(&str, &str); 2] = [("X-Bailiwick-Address", "127.8.0.5"), ("X-Original-Uri", "/meet/vigil")];

/// Whether the other end closed the connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    matches!(stream.read(&mut [0; 1024]), Ok(0)) || stream.write(b"x").is_err()
}

#[test]
fn clients_that_never_end_their_header_take_the_place_of_nobody() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}max_connections = 8\n{ADMIN}"));
    let mut used = connect(door.address("door"));
    let mut stuck: Vec<TcpStream> = Vec::new();
    for n in 0..100 {
        let mut stream = connect(door.address("door"));
        let _ = stream.write_all(if n % 2 == 0 { b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: " } else { b"" });
        stuck.push(stream);
        // The connection that is used stays, as others were idle longer.
        used.write_all(&head("GET", "/", &ASK, 0)).unwrap();
        assert_eq!(read(&mut used).unwrap().status, 403);
        assert_eq!(request(door.address("door"), "GET", "/", &ASK, b"").status, 403);
    }
    assert!(door.metric("bailiwick_connections{listener=\"door\"}") <= 8.0);
    assert!(door.metric("bailiwick_connections_dropped_total{listener=\"door\"}") >= 90.0);
    wait_for("the first to be closed", || is_closed(&mut stuck[0].try_clone().unwrap()));
}

#[test]
fn a_header_or_a_beginning_that_does_not_come_is_not_waited_for() {
    let proxied = "[[listen]]\nname = \"proxied\"\naddress = \"127.0.0.1:0\"\nmode = \"forward-auth\"\n\
                   client_address = \"proxy-protocol\"\nmeeting = { json = \"/room\" }\n";
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{proxied}{ADMIN}{API}"));
    let mut slow = connect(door.address("door"));
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let idle = connect(door.address("door"));
    let mut proxied = connect(door.address("proxied"));
    proxied.write_all(b"PROXY TCP4 ").unwrap();
    // A body that does not come: the participant is admitted, and counted.
    let mut body = connect(door.address("proxied"));
    body.write_all(b"PROXY TCP4 127.8.0.5 127.0.0.1 1 2\r\nPOST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").unwrap();
    assert_eq!(read(&mut body).unwrap().status, 200);
    assert_eq!(door.unasked("proxied", "slow-body"), 1.0);
    for mut stream in [slow, idle, proxied] {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let is_open = ended.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        assert!(!is_open, "the connection is not closed");
        let text = String::from_utf8_lossy(&rest);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    }
}

#[test]
fn a_message_of_envoy_that_does_not_come_whole_is_answered_and_counted() {
    let envoy = "[[listen]]\nname = \"envoy\"\naddress = \"127.0.0.1:0\"\nmode = \"ext-authz\"\nclient_address = \"peer\"\n\
                 meeting = { query = \"room\" }\n";
    let door = Running::start(VIGIL, &format!("{envoy}{ADMIN}"));
    let mut stream = connect(door.address("envoy"));
    // Frames of RFC 9113: length, type, flags, stream. Fields of RFC 7541, section 6.2.2, each with a new name.
    let frame = |kind: u8, flags: u8, number: u8, payload: &[u8]| {
        [&[0, 0, u8::try_from(payload.len()).unwrap(), kind, flags, 0, 0, 0, number], payload].concat()
    };
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        [&[0][..], &text(name), &text(value)].concat()
    };
    let fields = [
        field(":method", "POST"),
        field(":scheme", "http"),
        field(":authority", "x"),
        field(":path", "/envoy.service.auth.v3.Authorization/Check"),
        field("content-type", "application/grpc"),
        field("te", "trailers"),
    ];
    // A message of 100 bytes is announced, and two of them come.
    let begun = [frame(4, 0, 0, &[]), frame(1, 4, 1, &fields.concat()), frame(0, 0, 1, &[0, 0, 0, 0, 100, 10, 98])].concat();
    stream.write_all(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", begun.as_slice()].concat()).unwrap();
    let mut head = [0; 9];
    loop {
        stream.read_exact(&mut head).expect("there is an answer");
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut payload).unwrap();
        if (head[3], head[8]) == (1, 1) {
            break;
        }
    }
    assert_eq!(door.unasked("envoy", "slow-body"), 1.0);
}

#[test]
fn a_header_or_a_body_that_is_too_large_is_refused_and_harms_nobody() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{API}{ADMIN}"));
    let long = "x".repeat(200_000);
    let fields: Vec<(String, String)> = (0..200).map(|n| (format!("x-{n}"), "y".to_owned())).collect();
    let many: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(request(door.address("door"), "GET", "/", &[("x-long", &long)], b"").status, 431);
    assert_eq!(request(door.address("door"), "GET", "/", &many, b"").status, 431);
    assert!([400, 414, 431].contains(&request(door.address("door"), "GET", &format!("/{long}"), &[], b"").status));
    // Many fields that a proxy takes are fine.
    let some = [&ASK[..], &many[..100]].concat();
    assert_eq!(request(door.address("door"), "GET", "/", &some, b"").status, 403);
    let body = format!("{{\"meeting\":\"{}\"", "x".repeat(5 << 20));
    assert_eq!(request(door.address("api"), "POST", "/v1/decide", &[], body.as_bytes()).status, 413);
    assert_eq!(door.unasked("api", "large-body"), 1.0);
    let participants: Vec<String> = (0..10_001).map(|n| format!("\"p{n}\":\"127.8.0.1\"")).collect();
    let sweep = format!("{{\"meeting\":\"vigil\",\"participants\":{{{}}}}}", participants.join(","));
    assert_eq!(request(door.address("api"), "POST", "/v1/sweep", &[], sweep.as_bytes()).status, 413);
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
}

#[test]
fn a_client_that_takes_no_answer_is_given_up() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}"));
    let mut deaf = connect(door.address("door"));
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let asked = head("GET", "/", &ASK, 0);
    // Until both buffers are full.
    while deaf.write_all(&asked).is_ok() {}
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    wait_for("the connection to be closed", || door.metric("bailiwick_connections{listener=\"door\"}") == 0.0);
}

#[test]
fn no_bytes_stop_a_listener() {
    let envoy = "[[listen]]\nname = \"envoy\"\naddress = \"127.0.0.1:0\"\nmode = \"ext-authz\"\nclient_address = \"peer\"\n\
                 meeting = { query = \"room\" }\n";
    let proxied = "[[listen]]\nname = \"proxied\"\naddress = \"127.0.0.1:0\"\nmode = \"forward-auth\"\n\
                   client_address = \"proxy-protocol\"\nmeeting = { query = \"room\" }\n";
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{envoy}{proxied}{API}{ADMIN}"));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let seeds: [&[u8]; 5] = [
        b"GET /?room=vigil HTTP/1.1\r\nhost: x\r\nx-bailiwick-address: 127.8.0.5\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"PROXY TCP4 127.8.0.5 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n",
        b"",
    ];
    for name in ["door", "envoy", "proxied", "api", "admin"] {
        for n in 0..60 {
            let mut bytes = seeds[n % seeds.len()].to_vec();
            for _ in 0..next() % 8 {
                let at = usize::try_from(next()).unwrap() % (bytes.len() + 1);
                bytes.insert(at, next().to_le_bytes()[0]);
            }
            if next() % 4 == 0 {
                bytes.extend((0..next() % 2000).map(|_| next().to_le_bytes()[0]));
            }
            let mut stream = connect(door.address(name));
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
            let _ = stream.read(&mut [0; 4096]);
        }
    }
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 403);
    assert_eq!(request(door.address("admin"), "GET", "/readyz", &[], b"").status, 200);
    assert_eq!(request(door.address("api"), "GET", "/v1/policy", &[], b"").status, 200);
    assert_eq!(door.joins("/meet/vigil", "127.0.0.5"), 200);
}
