//! `bailiwick test`.

use serde_json::json;

use super::Folder;

const CASES: &str = r#"
[[cases]]
meeting = "vigil"
address = "203.0.113.9"
host = "US"
at = "2020-06-04T12:00:00Z"
expect = "block-participant"
orders = ["cn-1"]
domestic = ""
location = "CN"
reasons = { cn-1 = "reaches" }

[[cases]]
meeting = "vigil"
region = "HK"
at = "2020-06-04T12:00:00Z"
expect = "block-participant"
"#;

#[test]
fn cases_that_hold_pass_and_one_that_does_not_is_explained() {
    let folder = Folder::new("test");
    folder.write("cases.toml", CASES.replace("\"HK\"", "\"CN\""));
    assert_eq!(folder.run("test orders.toml cases.toml --geo geo.csv").text(), "`orders.toml`: 2 cases, 0 failed\n");
    folder.write("cases.toml", CASES);
    let ended = folder.run("test orders.toml cases.toml --geo geo.csv");
    assert_eq!((ended.status, ended.err.as_str()), (Some(1), ""));
    assert_eq!(
        ended.out,
        "failed: `cases.toml`, line 13, case 2: somebody in HK in `vigil`
  `expect` is `block-participant`, and `keep-meeting` was decided

  keep meeting in meeting `vigil`
    participant: HK, by 2001:db8::/48
    host account: ZZ, unaffected
    time: 2020-06-04T12:00:00Z
    order `cn-1` of `CN` names the meeting, but HK is outside its issuer's jurisdiction

`orders.toml`: 2 cases, 1 failed
"
    );
    let ended = folder.run("test orders.toml cases.toml --geo geo.csv --json");
    assert_eq!(ended.status, Some(1));
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&report["cases"], &report["passed"]), (&json!(2), &json!(1)));
    let failure = &report["failures"][0];
    assert_eq!(
        (&failure["case"], &failure["line"], &failure["explanation"]["decision"]),
        (&json!(2), &json!(13), &json!("keep-meeting"))
    );
    assert_eq!(failure["differences"], json!([{ "field": "expect", "expected": "block-participant", "found": "keep-meeting" }]));
}

#[test]
fn a_file_of_cases_is_read_strictly_and_all_at_once() {
    let folder = Folder::new("test-strict");
    folder
        .write("cases.toml", "[[cases]]\nmeting = \"vigil\"\nexpect = \"block\"\nregion = \"UK\"\n\n[[cases]]\nmeeting = \"m\"\n");
    let error = folder.run("test orders.toml cases.toml").failure(1);
    for part in [
        "case number 1",
        "missing field `meeting`",
        "did you mean `meeting`?",
        "did you mean `GB`?",
        "`block` is not a decision",
        "nothing says where",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    for (text, said) in [
        ("", "missing field `cases`"),
        ("cases = []", "there are no cases: write one"),
        ("[[cases]]\nmeeting = \"m\"\nregion = \"CN\"\n", "the case compares nothing"),
        ("[[cases]]\nmeeting = \"m\"\nregion = \"CN\"\naddress = \"1.2.3.4\"\nexpect = \"allow\"\n", "keep one of them"),
        ("[[cases]]\nmeeting = \"m\"\naddress = \"1.2.3\"\nexpect = \"allow\"\n", "write one like `203.0.113.7`"),
    ] {
        folder.write("cases.toml", text);
        let error = folder.run("test orders.toml cases.toml").failure(1);
        assert!(error.contains(said), "{text}: {error}");
    }
    folder.write("cases.toml", CASES);
    assert!(folder.run("test orders.toml cases.toml").failure(2).contains("name a geo file"), "an address needs one");
}

#[test]
fn the_example_of_a_file_of_cases_holds() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let folder = Folder::new("test-example");
    let line = format!("test {examples}/june_fourth.toml {examples}/june_fourth_cases.toml");
    assert!(folder.run(&line).text().ends_with(": 4 cases, 0 failed\n"));
}
