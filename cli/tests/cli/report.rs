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
    let error = folder.run(&ask).failure(1);
    assert!(error.contains("number 0 should stand here") && error.contains("`--after SEQ:DIGEST`"), "{error}");
}

/// Writes a partial report. Returns what the tool says then.
fn make(folder: &Folder, line: &str) -> String {
    let ended = folder.run(line);
    assert_eq!((ended.status, ended.out.as_str()), (Some(0), ""), "{}", ended.err);
    ended.err
}

/// Makes partial reports of both files.
fn partials(folder: &Folder) -> [String; 2] {
    let line = |name| format!("report --partial {name}.partial --ledger {name}.jsonl --from 2020-06-03 --until 2020-06-10");
    ["one", "two"].map(|name| make(folder, &line(name)))
}

#[test]
fn merged_partial_reports_are_the_report_of_all_files() {
    let folder = folder("report-partial");
    for said in partials(&folder) {
        assert!(said.contains("do not publish it"), "{said}");
    }
    for format in ["markdown", "csv", "json"] {
        let whole = folder.run(&format!("{ASK} --format {format}")).text();
        for line in [
            "report orders.toml --merge one.partial two.partial",
            "report orders.toml --merge two.partial one.partial --from 2020-06-03 --until 2020-06-10",
        ] {
            assert_eq!(folder.run(&format!("{line} --format {format}")).text(), whole, "{line}");
        }
    }
    make(&folder, "report --merge two.partial one.partial --partial both.partial");
    let at_once = "report --partial at-once.partial --ledger two.jsonl one.jsonl --from 2020-06-03 --until 2020-06-10 --threads 2";
    make(&folder, at_once);
    assert_eq!(folder.read("both.partial"), folder.read("at-once.partial"));
    assert_eq!(folder.run("report orders.toml --merge both.partial").text(), folder.run(ASK).text());
}

#[cfg(unix)]
#[test]
fn a_partial_report_is_for_its_owner_alone_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("report-partial-mode");
    partials(&folder);
    let mode = std::fs::metadata(folder.0.join("one.partial")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(folder.read("one.partial").starts_with(b"{\"partial_report\":1,\"not_for_publication\":\"Exact numbers"));
    let again = "report --partial one.partial --ledger one.jsonl --from 2020-06-03 --until 2020-06-10";
    assert!(folder.run(again).failure(2).contains("`one.partial` is there already"));
}

#[test]
fn any_number_of_threads_makes_the_same_report_and_the_same_errors() {
    let folder = folder("report-threads");
    let run = |line: &str, threads: usize| folder.run(&format!("{line} --threads {threads}"));
    let head = String::from_utf8(folder.read("head")).unwrap();
    let split = String::from_utf8(folder.read("one.jsonl")).unwrap();
    let at = split.match_indices('\n').nth(9).unwrap().0 + 1;
    folder.write("first.jsonl", &split[..at]);
    folder.write("second.jsonl", &split[at..]);
    let lines = [
        ASK.to_owned(),
        format!("{ASK} --head {head}"),
        format!("{ASK} --head 999:{}", head.split_once(':').unwrap().1),
        ASK.replace("one.jsonl two.jsonl", "two.jsonl one.jsonl one.jsonl"),
        ASK.replace("one.jsonl two.jsonl", "two.jsonl two.jsonl"),
        ASK.replace("one.jsonl", "first.jsonl second.jsonl"),
        ASK.replace("one.jsonl", "orders.toml"),
        ASK.replace("one.jsonl", "nowhere.jsonl"),
        ASK.replace("2020-06-10", "2020-06-10T01:00:00Z"),
    ];
    for line in lines {
        let [one, many] = [1, 3].map(|threads| run(&line, threads));
        assert_eq!((one.status, &one.out, &one.err), (many.status, &many.out, &many.err), "{line}");
    }
    // What is refused as a file can be counted as pieces.
    let pieces = "report --partial pieces.partial --ledger second.jsonl first.jsonl --from 2020-06-03 --until 2020-06-10";
    make(&folder, &format!("{pieces} --threads 2"));
    partials(&folder);
    assert_eq!(folder.run("report orders.toml --merge two.partial pieces.partial").text(), folder.run(ASK).text());
}

#[test]
fn lines_that_are_missing_or_counted_twice_are_said() {
    let folder = folder("report-gaps");
    partials(&folder);
    let error = folder.run("report orders.toml --merge two.partial").failure(1);
    assert!(error.contains("lines 0 to 43 of the ledger are missing") && error.contains("`--allow-gaps`"), "{error}");
    let ended = folder.run("report orders.toml --merge two.partial --allow-gaps");
    assert!(ended.err.contains("warning: lines 0 to 43 of the ledger are in no partial report"), "{}", ended.err);
    assert!(ended.out.contains("Lines of the ledger are missing from this report") && !ended.out.contains("43"), "{}", ended.out);
    let error = folder.run("report orders.toml --merge one.partial two.partial one.partial").failure(1);
    assert!(error.contains("`one.partial`: lines are counted twice: lines 0 to 43, of `one.jsonl`"), "{error}");

    let seal = bailiwick::ledger::verify([("one", &*folder.read("one.jsonl"))]).unwrap().head.unwrap();
    assert!(
        folder.run(&format!("report orders.toml --merge two.partial --after {seal}")).text().contains("| CN | fewer than 10 |")
    );
    let head = String::from_utf8(folder.read("head")).unwrap();
    folder.run(&format!("report orders.toml --merge one.partial two.partial --head {head}")).text();
    let changed = String::from_utf8(folder.read("one.partial")).unwrap().replacen("\"blocked\":12", "\"blocked\":13", 1);
    folder.write("changed.partial", changed);
    let error = folder.run("report orders.toml --merge changed.partial two.partial").failure(1);
    assert!(error.contains("`changed.partial`: the partial report was changed"), "{error}");
}

#[test]
fn a_line_that_was_published_is_compared_when_its_partial_is_made() {
    let folder = folder("report-partial-head");
    partials(&folder);
    let one = folder.read("one.jsonl");
    let line = one.split(|&byte| byte == b'\n').nth(7).unwrap();
    let head = format!("7:{}", bailiwick::Digest::of(line));
    let error = folder.run(&format!("report orders.toml --merge one.partial two.partial --head {head}")).failure(1);
    let hint = format!("give it (`--head {head}`) when the partial report of its file is made");
    assert!(error.contains(&hint), "{error}");
    for (name, file) in [("1.partial", "one.jsonl"), ("2.partial", "two.jsonl")] {
        let line = format!("report --partial {name} --ledger {file} --from 2020-06-03 --until 2020-06-10 --head {head}");
        make(&folder, &line);
    }
    folder.run(&format!("report orders.toml --merge 1.partial 2.partial --head {head}")).text();
}

/// Calls, each with its exit status and its message.
const CASES: [(&str, i32, &str); 19] = [
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
    ("report - --merge -", 2, "`-` is given twice"),
    ("report --merge one.partial orders.toml", 2, "the orders file is missing: give it first, as in"),
    ("report orders.toml --merge one.jsonl", 1, "`one.jsonl`: this is not a partial report"),
    ("report orders.toml --merge nowhere.partial", 2, "there is no such file"),
    ("report orders.toml --merge a --ledger one.jsonl --from 2020-06-03 --until 2020-06-04", 2, "cannot be used with"),
    ("report --partial - --ledger one.jsonl --from 2020-06-03 --until 2020-06-04", 2, "not for everybody to read"),
    ("report --partial no/where --ledger one.jsonl --from 2020-06-03 --until 2020-06-04", 2, "`no/where` cannot be written"),
    ("report --partial out --ledger one.jsonl --from 2020-06-03 --until 2020-06-03T23:00:00Z", 2, "give days, such as"),
    ("report orders.toml --ledger one.jsonl --from 2020-06-03 --until 2020-06-04 --threads 0", 2, "--threads <N>"),
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
