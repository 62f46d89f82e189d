//! `bailiwick backtest`.

use std::io::Write as _;

use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Folder, ORDER};

/// The joins of a week: a meeting, an address, a day of June 2020, and how many.
const JOINS: [(&str, &str, u32, usize); 10] = [
    ("vigil", "203.0.113.9", 4, 57),
    ("vigil", "203.0.113.9", 5, 3),
    ("vigil", "203.0.113.200", 4, 40),
    ("vigil", "192.0.2.9", 4, 30),
    ("march", "198.51.100.9", 4, 12),
    ("march", "198.51.100.9", 6, 24),
    ("march", "2001:db8::9", 6, 4),
    ("march", "8.8.8.8", 6, 15),
    ("lecture", "203.0.113.9", 7, 60),
    ("lecture", "192.0.2.9", 8, 50),
];

pub(super) const ASK: &str = "backtest --orders orders.toml --proposed new.toml --geo geo.csv";

/// The rows: meeting, address, time, account and host region.
pub(super) fn rows() -> Vec<[String; 5]> {
    let row = |(meeting, address, day, at): (&str, &str, u32, usize)| {
        let time = format!("2020-06-{day:02}T{:02}:{:02}:00Z", at / 60 % 24, at % 60);
        let account = if at % 2 == 0 { "account-1" } else { "" };
        [meeting, address, &time, account, "US"].map(str::to_owned)
    };
    JOINS.iter().flat_map(|&(meeting, address, day, times)| (0..times).map(move |at| row((meeting, address, day, at)))).collect()
}

pub(super) fn csv(rows: &[[String; 5]]) -> String {
    let lines = rows.iter().map(|row| row.join(",") + "\n");
    std::iter::once("meeting,address,time,account,host_region\n".to_owned()).chain(lines).collect()
}

fn jsonl(rows: &[[String; 5]]) -> String {
    let line = |[meeting, address, time, account, host]: &[String; 5]| {
        let account = Some(account).filter(|account| !account.is_empty());
        format!("{}\n", json!({"meeting": meeting, "address": address, "time": time, "account": account, "host_region": host}))
    };
    rows.iter().map(line).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// With `joins.csv`, and `new.toml`, in which the order of CN is narrower and two are added.
pub(super) fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let narrower = ORDER.replace("203.0.113.7/32", "203.0.113.0/25");
    let march = |id: &str, issuer: &str| {
        ORDER.replace("cn-1", id).replace("\"CN\"", issuer).replace("vigil", "march").replace("accounts = [\"account-17\"]", "")
    };
    folder.write("new.toml", format!("{narrower}{}{}", march("hk-1", "\"HK\""), march("cn-2", "\"CN\"")));
    folder.write("joins.csv", csv(&rows()));
    folder
}

/// Compares with a file beside this one, or writes it anew.
fn golden(file: &str, found: &str) {
    let path = format!("{}/tests/cli/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BAILIWICK_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "{file}");
}

#[test]
fn a_backtest_is_written_for_people_for_machines_and_as_a_picture() {
    let folder = folder("backtest");
    golden("backtest.md", &folder.run(&format!("{ASK} joins.csv --picture june.svg")).text());
    golden("backtest.csv", &folder.run(&format!("{ASK} joins.csv --format csv")).text());
    golden("backtest.json", &folder.run(&format!("{ASK} joins.csv --format json")).text());
    golden("backtest.svg", &String::from_utf8(folder.read("june.svg")).unwrap());
    let json = folder.run(&format!("{ASK} joins.csv --json --threshold 25")).json();
    assert_eq!((&json["threshold"], &json["newly_blocked"]["by_day"][0]["joins"]), (&json!(25), &json!({"least": 1, "most": 24})));
}

#[test]
fn every_format_says_the_same_with_any_number_of_threads() {
    let folder = folder("backtest-formats");
    let expected = folder.run(&format!("{ASK} joins.csv --format json")).text();
    let (all, mut shuffled) = (rows(), rows());
    shuffled.sort_by_key(|row| row[2].bytes().rev().collect::<Vec<u8>>());
    let quoted: Vec<[String; 5]> = all.iter().map(|row| row.clone().map(|field| format!("\"{field}\""))).collect();
    folder.write("quoted.csv", csv(&quoted).replace('\n', "\r\n"));
    folder.write("joins.jsonl", jsonl(&shuffled));
    folder.write("joins.csv.gz", gzip(&csv(&shuffled)));
    folder.write("bom.csv", format!("\u{feff}{}", csv(&all).trim_end()));
    let (one, two) = all.split_at(101);
    folder.write("one.jsonl", jsonl(one));
    folder.write("two.csv", csv(two));
    let columns = csv(&all).replacen("meeting,address,time,", "room,ip,joined,", 1);
    folder.write("columns.csv", columns);
    for files in [
        "joins.csv --threads 3",
        "quoted.csv --threads 1",
        "joins.jsonl --threads 7",
        "joins.csv.gz",
        "bom.csv",
        "one.jsonl two.csv --threads 2",
        "columns.csv --columns meeting=room,address=ip,time=joined",
    ] {
        assert_eq!(folder.run(&format!("{ASK} --format json {files}")).text(), expected, "{files}");
    }
    assert_eq!(folder.run_with(&format!("{ASK} --format json -"), gzip(&csv(&all))).text(), expected);
}

#[test]
fn parts_are_merged_to_the_result_of_one_pass() {
    let folder = folder("backtest-parts");
    let expected = folder.run(&format!("{ASK} joins.csv --format json")).text();
    let all = rows();
    for (name, rows) in [("a", &all[..50]), ("b", &all[50..201]), ("c", &all[201..])] {
        folder.write(&format!("{name}.csv"), csv(rows));
        let ended = folder.run(&format!("{ASK} {name}.csv --partial {name}.part"));
        assert!(ended.status == Some(0) && ended.out.is_empty() && ended.err.contains("not for publication"), "{}", ended.err);
    }
    for merge in [
        "--merge a.part b.part c.part",
        "--merge c.part a.part b.part",
        "--orders orders.toml --proposed new.toml --geo geo.csv c.csv --merge b.part a.part",
    ] {
        assert_eq!(folder.run(&format!("backtest --format json {merge}")).text(), expected, "{merge}");
    }
    let other = folder.run(&format!("{} a.csv --merge b.part", ASK.replace("new.toml", "orders.toml"))).failure(1);
    assert!(other.contains("`b.part` does not belong to what is before it: the parts differ in the proposed docket"), "{other}");
    let twice = folder.run("backtest --merge a.csv").failure(1);
    assert!(twice.contains("`a.csv`: this is not a part of a backtest"), "{twice}");
}

#[test]
fn a_part_that_was_cut_off_or_damaged_is_refused_by_name() {
    let folder = folder("backtest-damaged");
    folder.run(&format!("{ASK} joins.csv --partial a.part"));
    let part = folder.read("a.part");
    let changed = |from: &str, to: &str| String::from_utf8(part.clone()).unwrap().replacen(from, to, 1).into_bytes();
    let damaged = [
        (
            part[..part.len() / 2].to_vec(),
            "`b.part`: the part has no digest at its end: it was cut off or changed, so get it again",
        ),
        (part[..part.len() - 1].to_vec(), "`b.part`: the part has no digest at its end"),
        (changed(",57]", ",58]"), "`b.part`: the part was changed: its bytes have sha256:"),
        (changed("\"bailiwick_backtest\":1", "\"bailiwick_backtest\":2"), "`b.part`: the part has form 2"),
        (Vec::new(), "`b.part`: this is not a part of a backtest"),
    ];
    for (bytes, message) in damaged {
        assert_ne!(bytes, part);
        folder.write("b.part", bytes);
        for merge in ["b.part", "a.part b.part", "b.part a.part"] {
            let error = folder.run(&format!("backtest --merge {merge}")).failure(1);
            assert!(error.contains(message), "{error}");
        }
    }
    folder.run("backtest --merge a.part").text();
}

#[test]
fn options_of_which_one_would_be_passed_over_are_refused() {
    let folder = folder("backtest-options");
    for options in [
        "--json --format csv",
        "--json --format markdown",
        "--partial a.part --format csv",
        "--partial a.part --json",
        "--partial a.part --threshold 20",
    ] {
        let error = folder.run(&format!("{ASK} joins.csv {options}")).failure(2);
        assert!(error.contains("cannot be used with"), "{options}: {error}");
    }
    assert!(!folder.0.join("a.part").exists());
    let json = folder.run(&format!("{ASK} joins.csv --json")).text();
    assert_eq!(folder.run(&format!("{ASK} joins.csv --format json")).text(), json);
}

#[test]
fn rows_that_cannot_be_read_are_named_and_counted_and_block_nobody() {
    let folder = folder("backtest-rows");
    let good = "vigil,203.0.113.9,2020-06-04T00:00:00Z,,US\n";
    let bad = [
        (",203.0.113.9,2020-06-04T00:00:00Z,,", "`meeting` is missing: give one"),
        ("vigil,203.0.113.9:443,2020-06-04T00:00:00Z,,", "`address` is `203.0.113.9:443`: write one address, like"),
        ("vigil,203.0.113.9,2020-06-04T00:00:00,,", "`time` is `2020-06-04T00:00:00`: end it with `Z`"),
        ("vigil,203.0.113.9,2020-06-04T00:00:00Z", "the row cannot be read: write as many fields"),
        ("vigil,203.0.113.9,2020-06-04T00:00:00Z,a\"b,", "the row cannot be read: write a quote in a field doubled"),
        ("vigil,,2020-06-04T00:00:00Z,,", "`address` is missing: give one"),
        ("vigil,203.0.113.9,9999-12-31T23:59:59-05:00,,", "it is not in the years 0000 to 9999"),
        ("vigil,203.0.113.9,2020-06-04T00:00:60Z,,", "or does not exist: give"),
        ("vigil,203.0.113.9,1591228800,,", "or a number and `--time-unit`"),
    ];
    for (row, message) in bad {
        folder.write("bad.csv", format!("meeting,address,time,account,host_region\n{}{row}\n{good}", good.repeat(12)));
        let ended = folder.run(&format!("{ASK} --format json bad.csv"));
        assert!(
            ended.status == Some(0) && ended.err.starts_with("warning: bad.csv:14: ") && ended.err.contains(message),
            "{}",
            ended.err
        );
        let json: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!((&json["not_read"], &json["newly_admitted"]["joins"]), (&json!(1), &json!({"least": 13, "most": 13})), "{row}");
    }
    // What is written instead is read.
    folder.write("number.csv", format!("meeting,address,time\n{}", "vigil,203.0.113.9,1591228800\n".repeat(12)));
    let json = folder.run(&format!("{ASK} --format json --time-unit s number.csv")).json();
    assert_eq!((&json["not_read"], &json["newly_admitted"]["joins"]["least"]), (&json!(0), &json!(12)));
    // The last second that can be written is often meant as for ever, and is a time as every other.
    let last = "vigil,203.0.113.9,9999-12-31T23:59:59Z\n".repeat(12);
    folder.write("last.csv", format!("meeting,address,time\n{last}"));
    let json = folder.run(&format!("{ASK} --format json last.csv")).json();
    assert_eq!((&json["not_read"], &json["decided"]["least"], &json["days"][1]), (&json!(0), &json!(12), &json!("9999-12-31")));
    // The first five are named, whichever thread reads them.
    folder.write("many.csv", format!("meeting,address,time\n{}", "vigil,x,y\n".repeat(60_000)));
    for threads in [1, 4] {
        let ended = folder.run(&format!("{ASK} --threads {threads} joins.csv many.csv"));
        let lines: Vec<&str> = ended.err.lines().collect();
        assert!(lines.len() == 6 && lines[0].contains("many.csv:2: ") && lines[4].contains("many.csv:6: "), "{}", ended.err);
        assert_eq!(lines[5], "warning: 59,995 more rows were not read either");
    }
}

#[test]
fn hostile_files_are_refused_or_counted() {
    let folder = folder("backtest-hostile");
    let head = "meeting,address,time\n";
    let refused: [(&[u8], &str); 9] = [
        (b"[{\"meeting\":\"a\"}]", "begins with `[`, as a list of JSON: write one object a line"),
        (b"", "is empty: a file of joins begins with a line of names"),
        (b"room,ip\n", "has no column `meeting` for the meeting: it has `room`, `ip`; say which one with `--columns meeting=NAME`"),
        (b"meeting,address,time,meeting\n", "has two columns `meeting`"),
        (b"meeting,address,\"time\n", "has a quote where none can be"),
        (b"meeting,address,ti\"me\n", "has a quote where none can be"),
        (b"meeting,addr\xff,time\n", "line 1"),
        (b"meeting,address,time\na,b,c\n\"a,b,c\na,b,c\n", "a quote that opens in line 3 is not closed"),
        (&[b'x'; 3_000_000], "has no column"),
    ];
    for (content, message) in refused {
        folder.write("hostile.csv", content);
        let error = folder.run(&format!("{ASK} hostile.csv")).failure(1);
        assert!(error.contains(message), "{message}: {}", &error[..error.len().min(400)]);
    }
    folder.write("joins.csv.gz", [gzip(&csv(&rows())), vec![0; 3]].concat());
    let error = folder.run(&format!("{ASK} joins.csv.gz")).failure(2);
    assert!(error.contains("`joins.csv.gz` cannot be read: other bytes follow the data that gzip wrote"), "{error}");
    folder.write("long.csv", format!("{head}{}", "x".repeat(3_000_000)));
    assert!(folder.run(&format!("{ASK} long.csv")).failure(1).contains("long.csv`, line 2, has more than 1024 KiB"));
    folder.write("quotes.csv", format!("{head}\"{}", "x\n".repeat(3_000_000)));
    assert!(folder.run(&format!("{ASK} quotes.csv")).failure(1).contains("a quote that opens in line 2 is not closed"));
    let lines = [
        "{",
        "[]",
        "{}",
        "7",
        "{\"meeting\":\"a\",\"meeting\":\"a\"}",
        "\u{0}",
        "{\"meeting\":{\"a\":[]},\"address\":7,\"time\":true}",
    ];
    folder.write("hostile.jsonl", format!("{{\"meeting\":1}}\n{}\n{}", lines.join("\n"), "[".repeat(10_000)));
    let ended = folder.run(&format!("{ASK} --format json hostile.jsonl"));
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.status, &json["not_read"], &json["decided"]["most"]), (Some(0), &json!(9), &json!(0)), "{}", ended.err);
    assert!(ended.err.contains("hostile.jsonl:1: `meeting` is `1`: write it as a text"), "{}", ended.err);
    folder.write("blank.csv", format!("{head}\n\n  \n"));
    assert_eq!(folder.run(&format!("{ASK} --format json blank.csv")).json()["not_read"], json!(0));
}

#[test]
fn a_wrong_call_is_told() {
    let folder = folder("backtest-calls");
    let cases = [
        ("backtest".to_owned(), "--orders <FILE>"),
        ("backtest --orders orders.toml joins.csv".to_owned(), "--proposed <FILE>"),
        ("backtest --orders orders.toml --proposed new.toml joins.csv".to_owned(), "name a geo file with `--geo FILE`"),
        (format!("{ASK} joins.csv --picture june.png"), "`june.png` does not end in .svg"),
        (format!("{ASK} joins.csv --threshold 9"), "9 is not in 10.."),
        (format!("{ASK} joins.csv --columns room=meeting"), "`room` is no field of a join: the fields are meeting, address, time"),
        (format!("{ASK} joins.csv --columns meeting=a,meeting=b"), "`--columns` gives a name for `meeting` twice"),
        (format!("{ASK} joins.csv --columns meeting=time"), "`meeting` and `time` are both in the column `time`"),
        (format!("{ASK} joins.csv --columns account=nobody"), "has no column `nobody` for the account"),
        (format!("{ASK} absent.csv"), "there is no such file"),
        (format!("{ASK} ."), "is a directory"),
        (format!("{ASK} - -"), "`-` is given twice"),
        (format!("{ASK} joins.csv --threads 0"), "--threads"),
    ];
    for (line, message) in cases {
        let ended = folder.run(&line);
        assert!(
            matches!(ended.status, Some(1 | 2)) && ended.err.contains(message) && ended.out.is_empty(),
            "{line}: {}",
            ended.err
        );
    }
}

/// A group of five that is counted twice would be one of ten, and shown.
#[test]
fn a_file_that_is_named_twice_is_refused_and_a_copy_of_a_part_is_warned_of() {
    let folder = folder("backtest-twice");
    folder.run(&format!("{ASK} joins.csv --partial a.part"));
    folder.write("copy.part", folder.read("a.part"));
    let refused = [
        (format!("{ASK} joins.csv ./joins.csv"), "`joins.csv` and `./joins.csv` are one file"),
        ("backtest --merge a.part a.part".to_owned(), "would be counted twice: name it once"),
    ];
    for (line, message) in refused {
        let error = folder.run(&line).failure(2);
        assert!(error.contains(message), "{error}");
    }
    let ended = folder.run("backtest --merge a.part copy.part");
    assert!(ended.status == Some(0) && ended.err.contains("`copy.part` has the counts of `a.part`"), "{}", ended.err);
    folder.write("none.csv", "meeting,address,time\n");
    folder.run(&format!("{ASK} none.csv --partial b.part"));
    folder.write("c.part", folder.read("b.part"));
    folder.run("backtest --merge b.part c.part").text();
}

#[test]
fn a_part_takes_the_place_of_no_file_and_its_owner_alone_can_read_it() {
    let folder = folder("backtest-private");
    let joins = folder.read("joins.csv");
    // Without a name for the part, the first file of joins is taken for it.
    folder.write("more.csv", &joins);
    let error = folder.run(&format!("{ASK} --partial joins.csv more.csv")).failure(2);
    assert!(error.contains("`joins.csv` is there already: give another file, or move it away"), "{error}");
    assert_eq!(folder.read("joins.csv"), joins);
    let error = folder.run(&format!("{ASK} joins.csv --partial -")).failure(2);
    assert!(error.contains("is not written to standard output: name a file"), "{error}");
    assert_eq!(folder.run(&format!("{ASK} joins.csv --partial a.part")).status, Some(0));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&folder.0.join("a.part").metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Most often a proposed order is to take effect after the joins of the past.
#[test]
fn a_proposed_order_that_was_in_force_at_no_join_is_warned_of_and_the_hint_ends_well() {
    let folder = folder("backtest-foresight");
    let ask = "backtest --orders orders.toml --proposed later.toml --geo geo.csv joins.csv --format json";
    let march = ORDER.replace("cn-1", "cn-2").replace("vigil", "march").replace("accounts = [\"account-17\"]", "");
    let days = [("2020-06-03T00:00:00Z", "2031-01-01T00:00:00Z"), ("in-force", "received")];
    for (from, to) in days {
        folder.write("later.toml", format!("{ORDER}{}", march.replace(from, to)));
        let ended = folder.run(ask);
        let hint = "propose it with `status = \"in-force\"` and `effective = \"2020-06-04T00:00:00Z\"`";
        assert!(ended.err.starts_with("warning: later.toml: the order `cn-2` blocks none of these joins, as it "), "{}", ended.err);
        assert!(ended.err.contains(hint), "{}", ended.err);
    }
    let early = march.replace("2020-06-03T00:00:00Z", "2020-06-04T00:00:00Z");
    folder.write("later.toml", format!("{ORDER}{early}"));
    let json = folder.run(ask).json();
    assert!(json["newly_blocked"]["joins"]["least"].as_u64().unwrap() > 0, "{json}");
    // An order that is in both dockets changes nothing, whenever it takes effect.
    let both = march.replace("2020-06-03T00:00:00Z", "2031-01-01T00:00:00Z");
    folder.write("orders.toml", format!("{ORDER}{both}"));
    folder.write("later.toml", format!("{both}{ORDER}"));
    folder.run(ask).text();
}

#[test]
fn more_threads_than_a_system_has_are_no_fault() {
    let folder = folder("backtest-threads");
    let expected = folder.run(&format!("{ASK} joins.csv")).text();
    assert_eq!(folder.run(&format!("{ASK} joins.csv --threads 10000000")).text(), expected);
}

#[test]
fn nothing_about_one_person_is_written() {
    let folder = folder("backtest-secrets");
    let forms =
        ["markdown", "csv", "json"].map(|format| folder.run(&format!("{ASK} joins.csv --picture p.svg --format {format}")).text());
    let picture = String::from_utf8(folder.read("p.svg")).unwrap();
    folder.run(&format!("{ASK} joins.csv --partial p.part"));
    let part = String::from_utf8(folder.read("p.part")).unwrap();
    for form in forms.iter().chain([&picture, &part]) {
        for secret in ["vigil", "march", "lecture", "account-1", "203.0.113", "198.51.100", "2001:db8", "T00:"] {
            assert!(!form.contains(secret), "{secret} in {form}");
        }
    }
}
