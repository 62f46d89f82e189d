//! `bailiwick explain`.

use serde_json::json;

use super::Folder;

const ASK: &str = "explain orders.toml --geo geo.csv --meeting vigil --at 2020-06-04T12:00:00Z";

#[test]
fn a_decision_is_explained_for_people() {
    let folder = Folder::new("explain");
    assert_eq!(
        folder.run(&format!("{ASK} --address 203.0.113.9 --host-region US")).text(),
        "block participant in meeting `vigil`\n  participant: CN, by 203.0.113.0/24\n  host account: US, unaffected\n  \
         time: 2020-06-04T12:00:00Z\n  order `cn-1` of `CN` names the meeting and reaches the participant\n"
    );
    let exempt = folder.run(&format!("{ASK} --address 203.0.113.7")).text();
    assert!(exempt.starts_with("keep meeting in meeting `vigil`") && exempt.ends_with("but exempts the participant\n"), "{exempt}");
    let outside = folder.run(&format!("{ASK} --address 198.51.100.1 --account account-17")).text();
    assert!(outside.contains("names the meeting and the account, but HK is outside"), "{outside}");
    let early = "explain orders.toml --geo geo.csv --meeting vigil --at 2020-06-03T07:59:59+08:00 --address 203.0.113.9";
    assert!(folder.run(early).text().starts_with("allow in meeting `vigil`"));
    let now = folder.run("explain orders.toml --geo geo.csv --meeting vigil --address 203.0.113.9").text();
    assert!(now.starts_with("block participant"), "{now}");
}

/// A leap second is later than the second before, and earlier than the midnight after it.
#[test]
fn no_order_is_in_force_in_a_leap_second_that_its_text_does_not_hold() {
    let folder = Folder::new("explain-leap-second");
    for (bound, kind) in [
        ("expires = \"2016-12-31T23:59:59.5Z\"", "allow"),
        ("expires = \"2016-12-31T23:59:60Z\"", "allow"),
        ("expires = \"2017-01-01T00:00:00Z\"", "block participant"),
        ("effective = \"2016-12-31T23:59:59.5Z\"", "block participant"),
        ("effective = \"2016-12-31T23:59:60Z\"", "allow"),
        ("effective = \"2017-01-01T00:00:00Z\"", "allow"),
    ] {
        folder.write(
            "orders.toml",
            format!("[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nmeetings = [\"vigil\"]\nstatus = \"in-force\"\n{bound}\n"),
        );
        for at in ["2016-12-31T23:59:60Z", "2017-01-01T07:59:60.25+0800"] {
            let ask = format!("explain orders.toml --geo geo.csv --meeting vigil --at {at} --address 203.0.113.9");
            let explained = folder.run(&ask).text();
            assert!(explained.starts_with(kind), "{bound} at {at}: {explained}");
        }
    }
    let error =
        folder.run("explain orders.toml --geo geo.csv --meeting vigil --at 2016-12-31T23:58:60Z --address 203.0.113.9").failure(2);
    assert!(error.contains("write a date and time with an offset"), "{error}");
}

#[test]
fn json_of_explain_has_a_stable_shape() {
    let folder = Folder::new("explain-json");
    assert_eq!(
        folder.run(&format!("{ASK} --address 203.0.113.9 --host CN --json")).json(),
        json!({
            "meeting": "vigil",
            "at": "2020-06-04T12:00:00Z",
            "decision": "block-participant",
            "location": "CN",
            "network": "203.0.113.0/24",
            "excluded_by": [],
            "host_region": "CN",
            "host_account": "under-domestic-order",
            "domestic_order": "cn-1",
            "orders": [{
                "id": "cn-1", "issuer": "CN", "status": "in-force", "named_by": "meeting", "reaches": true, "reason": "reaches",
            }],
        })
    );
}

#[test]
fn orders_that_do_not_compile_explain_nothing() {
    let folder = Folder::new("explain-wrong");
    folder.write("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nstatus = \"in-force\"\n");
    let error = folder.run(&format!("{ASK} --address 203.0.113.9")).failure(1);
    assert!(error.starts_with("error: no meeting and no account is named: ") && error.contains("--> orders.toml:2:6\n"), "{error}");
}

#[test]
fn an_excluded_participant_is_explained() {
    let folder = Folder::new("explain-excluded");
    folder.write("exits.txt", "203.0.113.9\n");
    let text = folder.run(&format!("{ASK} --exclude tor=exits.txt --address 203.0.113.9")).text();
    assert!(text.starts_with("keep meeting in meeting `vigil`\n  participant: unknown, excluded by `tor`\n"), "{text}");
    assert!(text.ends_with(", but the participant's address is no evidence of a place\n"), "{text}");
    let json = folder.run(&format!("{ASK} --exclude tor=exits.txt --address 203.0.113.9 --json")).json();
    assert_eq!((&json["excluded_by"], &json["orders"][0]["reason"]), (&json!(["tor"]), &json!("unlocated")));
}

#[test]
fn an_account_that_looks_like_the_one_that_is_asked_about_is_told() {
    let folder = Folder::new("explain-near-account");
    let ask = |account: &str| {
        folder.run(&format!("explain orders.toml --geo geo.csv --meeting x --account {account} --address 203.0.113.9"))
    };
    let near = ask("Account-17");
    assert!(near.out.starts_with("allow in meeting `x`"), "{}", near.out);
    assert_eq!(near.err, "note: the account `account-17` is named, and is another one: names are compared byte for byte\n");
    assert_eq!((ask("account-17").err, ask("account-18").err), (String::new(), String::new()));
}

#[test]
fn names_that_look_like_the_one_that_is_asked_about_are_told_and_are_others() {
    let folder = Folder::new("explain-near");
    folder.write("orders.toml", super::ORDER.replace("\"vigil\"", "\"June vigil\", \"caf\u{e9}\", \"other\""));
    let near = Some("June vigil");
    for (asked, named) in [("june-vigil", None), ("JUNEVIGIL", near), ("june%20vigil", near), ("cafe\u{301}", Some("caf\u{e9}"))] {
        let line = format!("explain orders.toml --geo geo.csv --meeting {asked} --address 203.0.113.9");
        let text = folder.run(&line).text();
        assert!(text.starts_with("allow in meeting"), "{text}");
        let told = named.map(|name| format!("`{name}` is named, and is another name: names are compared byte for byte"));
        assert_eq!(text.contains("is another name"), told.is_some(), "{text}");
        assert!(told.is_none_or(|told| text.contains(&told)), "{text}");
        let json = folder.run(&format!("{line} --json")).json();
        assert_eq!(json.get("nearly_named"), named.map(|name| json!([name])).as_ref());
    }
}
