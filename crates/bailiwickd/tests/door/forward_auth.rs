//! Answers to the subrequests of proxies.

use crate::support::{ADMIN, BY_HEADER, NOBODY, Running, VIGIL, request};

const INSIDE: (&str, &str) = ("X-Bailiwick-Address", "127.8.0.5");
const OUTSIDE: (&str, &str) = ("X-Bailiwick-Address", "127.0.0.5");

#[test]
fn a_participant_inside_is_refused_with_a_notice_and_others_are_admitted() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}blocked_by = \"https://meet.example/law\"\n{ADMIN}"));
    let uri = ("X-Original-Uri", "/meet/vigil");

    let refused = door.ask("door", &[INSIDE, uri, ("Accept-Language", "zh-Hant-TW, zh;q=0.8")]);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("link"), Some("<https://meet.example/law>; rel=\"blocked-by\""));
    assert_eq!(refused.header("content-language"), Some("zh"));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    let problem = refused.json();
    assert_eq!((&problem["status"], &problem["detail"]), (&451.into(), &"您无法从中国大陆加入。".into()));
    let header = refused.header("x-bailiwick-body").unwrap();
    assert!(header.is_ascii());
    assert_eq!(serde_json::from_str::<serde_json::Value>(header).unwrap(), problem);

    let english = door.ask("door", &[INSIDE, uri]);
    assert_eq!((english.status, english.header("content-language")), (403, Some("en")));

    let admitted = door.ask("door", &[OUTSIDE, uri]);
    assert_eq!((admitted.status, admitted.body.len(), admitted.header("link")), (200, 0, None));
    assert_eq!(door.ask("door", &[INSIDE, ("X-Original-Uri", "/meet/another")]).status, 200);

    let decisions = |kind: &str| door.metric(&format!("bailiwick_decisions_total{{kind=\"{kind}\",listener=\"door\"}}"));
    assert_eq!([decisions("block-participant"), decisions("keep-meeting"), decisions("allow")], [2.0, 1.0, 1.0]);
}

#[test]
fn a_listener_can_refuse_with_451_itself() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}status = 451\n"));
    let refused = door.ask("door", &[INSIDE, ("X-Original-Uri", "/meet/vigil")]);
    assert_eq!((refused.status, refused.header("link")), (451, Some("</>; rel=\"blocked-by\"")));
}

#[test]
fn every_method_and_path_is_a_question() {
    let door = Running::start(VIGIL, BY_HEADER);
    let headers = [INSIDE, ("X-Original-Uri", "/meet/vigil")];
    for (method, target) in [("GET", "/"), ("POST", "/meet/x"), ("PUT", "/a/b?c=d"), ("OPTIONS", "*"), ("PURGE", "/healthz")] {
        assert_eq!(request(door.address("door"), method, target, &headers, b"").status, 403, "{method} {target}");
    }
}

#[test]
fn without_a_policy_everybody_is_admitted_and_counted_until_there_is_one() {
    let door = Running::start("this is not TOML", &format!("{BY_HEADER}{ADMIN}"));
    let ready = || request(door.address("admin"), "GET", "/readyz", &[], b"");
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 200);
    assert_eq!(door.unasked("door", "no-policy"), 1.0);
    assert_eq!(door.metric("bailiwick_policy_in_force"), 0.0);
    assert_eq!(ready().status, 503);
    assert!(ready().text().contains("this is not TOML"), "{}", ready().text());
    assert_eq!(request(door.address("admin"), "GET", "/healthz", &[], b"").status, 200);

    door.reload_with(VIGIL);
    assert_eq!((ready().status, door.joins("/meet/vigil", "127.8.0.5")), (200, 403));
}

#[test]
fn a_notice_that_no_header_field_takes_is_shortened_there_and_whole_in_the_body() {
    for (length, orders) in [(100, 1), (3000, 1), (20_000, 1), (100, 60), (3000, 60)] {
        let text = format!("六\u{7f}{}", "\\\" 四".repeat(length / 3));
        let mut docket = String::new();
        for n in 0..orders {
            let id = format!("cn-{n}-{}", "x".repeat(100));
            docket.push_str(&format!(
                "[[orders]]\nid = \"{id}\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [\"vigil\"]\n\
                 reference = \"https://example.org/{}\"\nnotice = {{ zh = {} }}\n",
                "r".repeat(length.min(4000)),
                serde_json::to_string(&text).unwrap().replace('\u{7f}', "\\u007f")
            ));
        }
        let door = Running::start(&docket, BY_HEADER);
        let refused = door.ask("door", &[INSIDE, ("X-Original-Uri", "/meet/vigil")]);
        let header = refused.header("x-bailiwick-body").unwrap();
        assert!(header.len() <= bailiwickd::refusal::MAX_BODY_HEADER && header.is_ascii(), "{} bytes", header.len());
        let (short, whole): (serde_json::Value, _) = (serde_json::from_str(header).unwrap(), refused.json());
        assert_eq!((refused.status, &whole["detail"], &short["status"]), (403, &text.clone().into(), &451.into()));
        assert!(text.starts_with(short["detail"].as_str().unwrap()));
        assert_eq!(short["issuer"], "CN");
    }
}

#[test]
fn nobody_is_refused_without_orders() {
    let door = Running::start(NOBODY, BY_HEADER);
    assert_eq!(door.joins("/meet/vigil", "127.8.0.5"), 200);
}
