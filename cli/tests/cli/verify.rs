//! `bailiwick verify`.

use bailiwick::ledger::{Key, Ledger};
use bailiwick::{Atlas, Docket, Policy, Source};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, SystemTime};

use super::{Ended, Folder, GEO, ORDER};

/// The key of these ledgers.
pub(super) const KEY: &[u8] = b"a key of the tests, of 32 bytes or more";

/// Writes `one.jsonl` with two decisions and a seal, and `two.jsonl` with one. The last line.
pub(super) fn ledger(folder: &Folder) -> String {
    let source = Source::from_cidr_csv("geo", GEO.as_bytes()).unwrap();
    let atlas = Atlas::builder().source(source).build().unwrap();
    let docket: Docket = toml::from_str(ORDER).unwrap();
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_272_000);
    let mut ledger = Ledger::begin(Vec::new(), Key::new(KEY).unwrap()).unwrap();
    let record = |ledger: &mut Ledger<Vec<u8>>, meeting: &str, address: &str, seconds| {
        let at = noon + Duration::from_secs(seconds);
        ledger.record(&policy.explain(meeting, address.parse().unwrap(), "US".parse().unwrap(), at)).unwrap();
    };
    record(&mut ledger, "vigil", "203.0.113.1", 0);
    record(&mut ledger, "vigil", "198.51.100.1", 1);
    folder.write("one.jsonl", ledger.rotate(Vec::new()).unwrap());
    record(&mut ledger, "another", "203.0.113.1", 2);
    let head = ledger.head().to_string();
    folder.write("two.jsonl", ledger.into_inner());
    folder.write("key", KEY);
    head
}

#[test]
fn a_ledger_that_nobody_changed_is_verified() {
    let folder = Folder::new("verify");
    let head = ledger(&folder);
    let said = format!(
        "2 files, 6 lines, 3 decisions: every line is there, and as it was written\n\
         \x20 decisions: from 2020-06-04T12:00:00Z to 2020-06-04T12:00:02Z\n\
         \x20 last line: {head}\n"
    );
    let note = "note: that no line is missing at the end, and that all were not written anew, is not checked: \
                give a line that was published with `--head`\n";
    assert_eq!(folder.run("verify one.jsonl two.jsonl").text(), said.clone() + note);
    assert_eq!(folder.run(&format!("verify one.jsonl two.jsonl --head {head}")).text(), said);
    assert_eq!(folder.run(&format!("verify two.jsonl one.jsonl --head {head}")).text(), said, "in any sequence");
    assert_eq!(folder.run_with("verify one.jsonl -", folder.read("two.jsonl")).text(), said.clone() + note);

    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&folder.read("one.jsonl")).unwrap();
    folder.write("one.jsonl.gz", gzip.finish().unwrap());
    assert_eq!(folder.run("verify one.jsonl.gz two.jsonl").text(), said + note);

    assert_eq!(
        folder.run("verify one.jsonl two.jsonl --json").json(),
        json!({
            "files": 2, "lines": 6, "decisions": 3, "pads": 0, "unrecorded": 0, "form": 2, "first": "2020-06-04T12:00:00Z", "last": "2020-06-04T12:00:02Z",
            "head": head, "public_head": null, "sealed": false, "fault": null
        })
    );
    let sealed = folder.run("verify one.jsonl --json").json();
    assert_eq!(sealed["sealed"], true);
    let after = sealed["head"].as_str().unwrap();
    assert!(folder.run(&format!("verify two.jsonl --after {after}")).text().starts_with("1 file, 2 lines, 1 decision: "));
}

#[test]
fn what_was_changed_is_found_and_said() {
    let folder = Folder::new("verify_changed");
    let head = ledger(&folder);
    let one = String::from_utf8(folder.read("one.jsonl")).unwrap();
    folder.write("changed.jsonl", one.replacen("T12:00:00Z", "T13:00:00Z", 1));
    let said = folder.run("verify changed.jsonl two.jsonl").failure(1);
    assert!(
        said.starts_with("error: `changed.jsonl`, line 2, number 1: the line was changed, or the next one was: it has sha256:")
    );

    let Ended { status, out, err } = folder.run("verify changed.jsonl --json");
    assert_eq!((status, err.as_str()), (Some(1), ""));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["fault"]["file"], &report["fault"]["line"], &report["fault"]["seq"]),
        (&json!("changed.jsonl"), &json!(2), &json!(1))
    );

    let cases = [
        ("verify two.jsonl", "the lines up to number 3 are missing"),
        ("verify two.jsonl", "where they are kept elsewhere, give their last line with `--after SEQ:DIGEST`"),
        (
            "verify one.jsonl two.jsonl two.jsonl",
            "`two.jsonl`, line 2, number 5: the file has no seal at its end, and `two.jsonl` follows: lines are missing",
        ),
        ("verify orders.toml", "`orders.toml`, line 1: the line is not a line of a ledger"),
    ];
    for (line, expected) in cases {
        let said = folder.run(line).failure(1);
        assert!(said.contains(expected), "{said}");
    }
    let said = folder.run(&format!("verify one.jsonl --head {head}")).failure(1);
    assert!(said.contains("`one.jsonl`, line 4, number 3: the ledger has no line 5, which was published"), "{said}");
    let other = format!("5:sha256:{}", "0".repeat(64));
    let said = folder.run(&format!("verify one.jsonl two.jsonl --head {other}")).failure(1);
    assert!(said.contains("was published as"), "{said}");
}

#[test]
fn files_of_another_key_are_told() {
    let folder = Folder::new("verify_key");
    ledger(&folder);
    assert!(folder.run("verify one.jsonl two.jsonl --key-file key").text().starts_with("2 files, 6 lines, "));
    folder.write("other", [b'x'; 40]);
    let said = folder.run("verify one.jsonl two.jsonl --key-file other").failure(1);
    assert!(said.contains("`one.jsonl`, line 1") && said.contains("another key"), "{said}");
    let report = folder.run("verify one.jsonl two.jsonl --key-file other --json");
    assert_eq!(report.status, Some(1), "{}", report.out);
    folder.write("short", "too short");
    assert!(folder.run("verify one.jsonl --key-file short").failure(2).contains("make one of at least 32 random bytes"));
    assert!(folder.run("verify one.jsonl --key-file none").failure(2).contains("there is no such file"));
}

#[test]
fn what_cannot_be_verified_is_said() {
    let folder = Folder::new("verify_mishaps");
    ledger(&folder);
    assert!(folder.run("verify none.jsonl").failure(2).contains("there is no such file"));
    assert!(folder.run("verify - -").failure(2).contains("`-` is given twice"));
    assert!(folder.run("verify one.jsonl --head 3").failure(2).contains("write the number of a line, `:` and its digest"));
    assert!(folder.run("verify").failure(2).contains("required"));
}
