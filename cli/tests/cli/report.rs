//! `bailiwick report`.

use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger};
use bailiwick::{Atlas, Docket, Policy, Source};
use serde_json::json;

use super::{Folder, GEO, ORDER};

/// In the period from 3 to 10 June 2020.
const ASK: &str = "report orders.toml --ledger one.jsonl two.jsonl --from 2020-06-03 --until 2020-06-10";

/// With two files of a ledger, and an order that was received.
fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let received = "demands = [\"terminate-meeting\"]\nreceived = \"2020-06-03T00:00:00Z\"\neffective =";
    folder.write("orders.toml", ORDER.replace("effective =", received));
    let docket = Docket::from_toml(std::str::from_utf8(&folder.read("orders.toml")).unwrap()).unwrap();
    let source = Source::from_cidr_csv("geo", GEO.as_bytes()).unwrap();
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&[7; 32]).unwrap()).unwrap();
    let join = |ledger: &mut Ledger<Vec<u8>>, ip: &str, times: usize| {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_228_800);
        let explanation = policy.explain("vigil", ip.parse().unwrap(), "US".parse().unwrap(), at);
        (0..times).for_each(|_| _ = ledger.record(&explanation).unwrap());
    };
    join(&mut ledger, "203.0.113.9", 12);
    join(&mut ledger, "198.51.100.1", 30);
    let one = ledger.rotate(Vec::new()).unwrap();
    join(&mut ledger, "203.0.113.9", 9);
    join(&mut ledger, "8.8.8.8", 3);
    folder.write("head", ledger.head().to_string());
    folder.write("one.jsonl", one);
    folder.write("two.jsonl", ledger.into_inner());
    folder
}

#[test]
fn a_report_is_written_for_people() {
    let text = folder("report").run(ASK).text();
    assert!(text.starts_with("# Government orders about meetings\n\nFrom 2020-06-03T00:00:00Z to 2020-06-10T00:00:00Z"), "{text}");
    assert!(text.contains("\n| CN | 1 | 0 | 0 | 0 | 1 | 0 | 1 | 0 | 0 | 0 |\n"), "{text}");
    assert!(text.contains("\n| CN | 21 | 30 | fewer than 10 | 0 | fewer than 10 |\n"), "{text}");
}

#[test]
fn a_report_is_written_for_machines() {
    let folder = folder("report-machines");
    let json = folder.run(&format!("{ASK} --format json --threshold 25")).json();
    let people = json!({ "blocked": "<25", "outside": 30, "unlocated": "<25", "contested": 0, "meetings_kept": "<25" });
    assert_eq!((&json["rows"][0]["people"], &json["threshold"]), (&people, &json!(25)));
    let csv = folder.run(&format!("{ASK} --format csv")).text();
    assert!(csv.lines().nth(1).unwrap().starts_with("issuer,CN,1,") && csv.contains("\r\n"), "{csv}");
    let times = "report orders.toml --ledger one.jsonl two.jsonl --from 2020-06-03T00:00:00+08:00 --until 2020-06-03T23:00:00Z --format json --finer-than-days-reveals-more";
    let json = folder.run(times).json();
    assert_eq!((&json["from"], &json["total"]["people"]["blocked"]), (&json!("2020-06-02T16:00:00Z"), &json!(0)));
}

#[test]
fn a_ledger_that_was_changed_makes_no_report() {
    let folder = folder("report-changed");
    let two = String::from_utf8(folder.read("two.jsonl")).unwrap();
    let head = String::from_utf8(folder.read("head")).unwrap();
    assert!(folder.run(&format!("{ASK} --head {head}")).text().contains("| CN | 21 |"));

    folder.write("two.jsonl", two.replacen("\"seq\":45,\"time\":\"2020-06-04T00", "\"seq\":45,\"time\":\"2020-06-04T01", 1));
    let error = folder.run(ASK).failure(1);
    assert!(error.starts_with("error: `two.jsonl`, line 2, number ") && error.contains("was changed"), "{error}");
    folder.write("two.jsonl", two.lines().take(5).map(|line| format!("{line}\n")).collect::<String>());
    folder.run(ASK).text();
    assert!(folder.run(&format!("{ASK} --head {head}")).failure(1).contains("lines are missing"));
    let other_way_round = ASK.replace("one.jsonl two.jsonl", "two.jsonl one.jsonl");
    assert!(folder.run(&other_way_round).text().contains("| CN |"));
}

#[test]
fn files_of_earlier_periods_may_be_kept_elsewhere() {
    let folder = folder("report-after");
    let one = folder.read("one.jsonl");
    let seal = bailiwick::ledger::verify([("one", &*one)]).unwrap().head.unwrap();
    let ask = ASK.replace("one.jsonl ", "");
    assert!(folder.run(&format!("{ask} --after {seal}")).text().contains("| CN | fewer than 10 | 0 | fewer than 10 |"));
    assert!(folder.run(&ask).failure(1).contains("number 0 should stand here"));
}

/// Calls, each with its exit status and its message.
const CASES: [(&str, i32, &str); 10] = [
    (
        "report orders.toml --ledger one.jsonl --from 2020-06-03 --until 2020-06-03T23:00:00Z",
        2,
        "the period is not of whole days: give days",
    ),
    ("report orders.toml --from 2020-06-03 --until 2020-06-10", 2, "--ledger <FILE>..."),
    ("report orders.toml --ledger one.jsonl --from 2020-06-03", 2, "--until <DATE>"),
    ("report orders.toml --ledger one.jsonl --from 2020-06-31 --until 2020-07-01", 2, "write a day, such as `2026-01-01`"),
    ("report orders.toml --ledger one.jsonl --from June --until 2020-07-01", 2, "write a day, such as `2026-01-01`"),
    ("report orders.toml --ledger one.jsonl --from 2020-06-03 --until 2020-06-03", 2, "which is not after"),
    ("report orders.toml --ledger one.jsonl --from 2020-06-03 --until 2020-06-04 --threshold 9", 2, "9 is not in 10.."),
    ("report orders.toml --ledger nowhere.jsonl --from 2020-06-03 --until 2020-06-04", 2, "there is no such file"),
    ("report orders.toml --ledger orders.toml --from 2020-06-03 --until 2020-06-04", 1, "error: `orders.toml`, line 1: the line "),
    ("report - --ledger - --from 2020-06-03 --until 2020-06-04", 2, "`-` is given twice"),
];

#[test]
fn what_goes_wrong_is_said() {
    let folder = folder("report-mishaps");
    for (line, status, said) in CASES {
        let error = folder.run(line).failure(status);
        assert!(error.contains(said), "{line}: {error}");
    }
    folder.write("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"UK\"\nmeetings = [\"m\"]\nstatus = \"rejected\"\n");
    let error = folder.run(ASK).failure(1);
    assert!(error.contains("did you mean `GB`?") && error.contains("--> orders.toml:3:10"), "{error}");
}
