//! `bailiwick check`.

use serde_json::json;

use super::{Folder, ORDER};

const WRONG: &str = r#"
[[orders]]
id = "cn-1"
issuer = "UK"
meetings = ["vigil"]
status = "in-force"

[[orders]]
id = "cn-1"
issuer = "CN"
regions = ["HK"]
meetings = ["vigil"]
status = "in-force"
"#;

#[test]
fn nothing_is_wrong_with_a_careful_order() {
    let folder = Folder::new("careful");
    assert_eq!(folder.run("check orders.toml --geo geo.csv").text(), "`orders.toml`: 1 order, 0 errors, 0 warnings\n");
    assert_eq!(
        folder.run("check orders.toml").text(),
        "note: what the orders reach is not checked: name geo files with `--geo FILE`\n\
         `orders.toml`: 1 order, 0 errors, 0 warnings\n"
    );
    assert_eq!(folder.run_with("check - --geo geo.csv", ORDER).text(), "standard input: 1 order, 0 errors, 0 warnings\n");
    assert_eq!(folder.run_with("check orders.toml --geo -", super::GEO).text(), "`orders.toml`: 1 order, 0 errors, 0 warnings\n");
}

#[test]
fn all_errors_are_shown_at_once() {
    let folder = Folder::new("errors");
    folder.write("wrong.toml", WRONG);
    let ended = folder.run("check wrong.toml --geo geo.csv");
    assert_eq!(ended.status, Some(1));
    assert_eq!(
        ended.out,
        "error: `UK` names no group of this docket, and `UK` is not a code that ISO 3166-1 assigns
 --> wrong.toml:4:10
  |
4 | issuer = \"UK\"
  |          ^^^^ did you mean `GB`?
  |
  = note: in order `cn-1`, `issuer`

error: an earlier order has this id, too: give each order its own
 --> wrong.toml:9:6
  |
9 | id = \"cn-1\"
  |      ^^^^^^
  |
  = note: in order `cn-1`, `id`

error: `HK` is outside the jurisdiction of `CN`: remove it, an order cannot reach there
  --> wrong.toml:11:12
   |
11 | regions = [\"HK\"]
   |            ^^^^
   |
   = note: in order `cn-1`, `regions`

`wrong.toml`: 2 orders, 3 errors (warnings are shown when there are none)
"
    );
}

#[test]
fn warnings_fail_when_they_are_denied() {
    let folder = Folder::new("warnings");
    folder.write(
        "orders.toml",
        ORDER.replace("9000-", "2020-12-").replace("12-01-01", "12-01").replace("issuer = \"CN\"", "issuer = \"JP\""),
    );
    let text = folder.run("check orders.toml --geo geo.csv").text();
    let titles: Vec<&str> = text.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(
        titles,
        [
            "warning: nothing in the atlas lies in the jurisdiction of `JP`: the order reaches nobody",
            "warning: `203.0.113.7/32` holds addresses outside `JP`: only those inside count",
            "warning: expired at `2020-12-01T00:00:00Z`, before this docket was compiled",
        ]
    );
    assert!(text.ends_with("\n\n`orders.toml`: 1 order, 0 errors, 3 warnings\n"), "{text}");
    assert_eq!(folder.run("check orders.toml --geo geo.csv --deny-warnings").status, Some(1));
    let without_geo = folder.run("check orders.toml").text();
    assert!(without_geo.ends_with("`orders.toml`: 1 order, 0 errors, 1 warning\n"), "{without_geo}");
}

#[test]
fn ten_diagnostics_of_each_kind_are_shown_and_all_when_asked_for() {
    let folder = Folder::new("many");
    let order = |n: usize| ORDER.replace("cn-1", &format!("cn-{n}")).replace("evidence", "# evidence");
    let orders: String = (0..40).map(order).collect();
    folder.write("orders.toml", format!("{orders}{}", order(40).replace("vigil", "vigil-*")));
    let text = folder.run("check orders.toml").text();
    let count = |text: &str, part: &str| text.matches(part).count();
    assert_eq!((count(&text, "warning: "), count(&text, "warning: `vigil-*`")), (11, 1), "{text}");
    assert!(text.contains("\n\nnote: 31 more warnings of these kinds: `--all` shows them\n"), "{text}");
    assert!(text.ends_with("`orders.toml`: 41 orders, 0 errors, 42 warnings\n"), "{text}");
    let all = folder.run("check orders.toml --all").text();
    assert_eq!((count(&all, "warning: "), count(&all, "these kinds")), (42, 0), "{all}");
    let json = folder.run("check orders.toml --json").json();
    assert_eq!(json["warnings"].as_array().unwrap().len(), 42);

    let wrong: String = (0..40).map(|n| order(n).replace("CN", "UK")).collect();
    folder.write("orders.toml", wrong);
    let error = folder.run("reach orders.toml --geo geo.csv").failure(1);
    assert_eq!(count(&error, "error: "), 10, "{error}");
    assert!(error.ends_with("note: 30 more errors of these kinds: `bailiwick check --all` shows them\n"), "{error}");
}

#[test]
fn what_is_no_docket_is_shown_where_it_is() {
    let folder = Folder::new("syntax");
    folder.write("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nmetings = [\"vigil\"]\nstatus = \"in-force\"\n");
    folder.write("orders.json", r#"{"orders": [{"id": "cn-1", "issuer": "CN", "status": "in force"}]}"#);
    let toml = folder.run("check orders.toml");
    let shown = "error: unknown key `metings`
 --> orders.toml:4:1
  |
4 | metings = [\"vigil\"]
  | ^^^^^^^ did you mean `meetings`?
  |
  = note: in order `cn-1`
";
    assert_eq!(
        (toml.status, toml.out),
        (Some(1), format!("{shown}\n`orders.toml`: 1 error (what the orders say is checked when there are none)\n"))
    );
    assert_eq!(folder.run("reach orders.toml --geo geo.csv").failure(1), shown);
    let json = folder.run("check orders.json");
    assert_eq!(json.status, Some(1));
    assert!(json.out.contains("--> orders.json:1:54\n") && json.out.contains("did you mean `in-force`?"), "{}", json.out);
    let stdin = folder.run_with("check -", "[[orders]]\nid = 4").out;
    assert!(stdin.contains("--> standard input:2:6\n"), "{stdin}");
}

#[test]
fn rows_that_locate_nothing_are_told() {
    let folder = Folder::new("notes");
    folder.write("geo.csv", "203.0.113.0/24,CN\n198.51.100.0/24,EU\n198.51.101.0/24,EU\n192.0.2.0/24,ZZ\nnonsense,CN\n");
    assert_eq!(
        folder.run("check orders.toml --geo geo.csv --tolerant").text(),
        "note: `geo.csv`: 2 rows of `EU` locate nothing\n\
         note: `geo.csv`: 1 row refused\n\
         note: `geo.csv`, line 5: `network` is `nonsense`, which is not a network: write one like `203.0.113.0/24` or `2001:db8::/32`\n\
         `orders.toml`: 1 order, 0 errors, 0 warnings\n"
    );
    let verbose = folder.run("check orders.toml --geo geo.csv --tolerant --verbose");
    assert!(verbose.err.starts_with("note: `geo.csv` (cidr, source `geo`): 5 rows read, 1 located\n"), "{}", verbose.err);
}

#[test]
fn files_of_one_provider_that_are_given_as_two_sources_are_noticed() {
    let folder = Folder::new("apart");
    folder.write("v4.csv", "203.0.113.0/24,CN\n");
    folder.write("v6.csv", "2001:db8::/32,CN\n");
    let apart = folder.run("check orders.toml --geo v4.csv --geo v6.csv --min-sources 2").text();
    assert!(apart.contains("note: no IPv4 address is located: `--min-sources` is 2, and sources with IPv4 are 1"), "{apart}");
    let joined = folder.run("check orders.toml --geo v4.csv,v6.csv").text();
    assert!(!joined.contains("note"), "{joined}");
}

#[test]
fn json_of_check_has_a_stable_shape() {
    let folder = Folder::new("check-json");
    folder.write("geo.csv", "203.0.113.0/24,CN\n198.51.100.0/24,EU\n");
    folder.write("orders.toml", ORDER.replace("evidence = [\"sha256:00\"]", ""));
    assert_eq!(
        folder.run("check orders.toml --geo geo.csv --json").json(),
        json!({
            "file": "orders.toml",
            "orders": 1,
            "errors": [],
            "warnings": [{
                "order": "cn-1", "order_number": 1, "group": null, "source": null, "field": "evidence", "value": null, "line": 3, "column": 6,
                "message": "nothing recorded supports the order", "suggestion": null,
            }],
            "notes": ["`geo.csv`: 1 row of `EU` locates nothing"],
            "geo": [{
                "source": "geo", "file": "geo.csv", "format": "cidr", "rows": 2, "located": 1,
                "skipped": [{ "rows": 1, "message": "1 row of `EU` locates nothing" }],
                "refused": [],
            }],
        })
    );
    folder.write("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nregions = [\"UK\"]\nstatus = \"in-force\"\n");
    let ended = folder.run("check orders.toml --json");
    assert_eq!(ended.status, Some(1));
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        (&report["orders"], &report["errors"]),
        (
            &json!(null),
            &json!([{
                "order": "cn-1", "order_number": 1, "group": null, "source": null, "field": "regions", "value": "UK", "line": 4, "column": 12,
                "message": "`UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?", "suggestion": "GB",
            }])
        )
    );
    folder.write("orders.toml", WRONG);
    let report: serde_json::Value = serde_json::from_str(&folder.run("check orders.toml --json").out).unwrap();
    assert_eq!((&report["errors"][0]["suggestion"], &report["errors"][0]["line"]), (&json!("GB"), &json!(4)), "{report}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    let folder = Folder::new("colours");
    let colours = |variables: &[(&str, &str)]| {
        let output = folder.command("check orders.toml").envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colours(&[]));
    assert!(colours(&[("CLICOLOR_FORCE", "1")]));
    assert!(!colours(&[("NO_COLOR", "1")]));
}

#[test]
fn what_the_legal_team_requires_is_checked_and_pointed_to() {
    let folder = Folder::new("required");
    folder.write("short.toml", ORDER.replace("\"counsel-b\"", "\" Counsel-A \""));
    let ended = folder.run("check short.toml --geo geo.csv --require approvals=2,evidence,expiry,legal-basis");
    assert_eq!(ended.status, Some(1));
    assert_eq!(
        ended.out,
        "error: an order in force needs 2 distinct approvals, and has 1: add the names of those who agreed
  --> short.toml:12:15
   |
12 | approved_by = [\"counsel-a\", \" Counsel-A \"]
   |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = note: in order `cn-1`, `approved_by`

error: `sha256:00` is not a digest: write `sha256:` and 64 hexadecimal digits
  --> short.toml:11:13
   |
11 | evidence = [\"sha256:00\"]
   |             ^^^^^^^^^^^
   |
   = note: in order `cn-1`, `evidence`

error: an order in force needs a legal basis: write the law that it invokes
 --> short.toml:3:6
  |
3 | id = \"cn-1\"
  |      ^^^^^^
  |
  = note: in order `cn-1`, `legal_basis`

`short.toml`: 1 order, 3 errors (warnings are shown when there are none)
"
    );
    folder.run("check orders.toml --geo geo.csv --require approvals=2,expiry").text();
    for (wrong, said) in [
        ("approvals", "say how many, as in `approvals=2`"),
        ("approvals=two", "`two` is not a number of people: write one, as in `approvals=2`"),
        ("evidense", "`evidense` is nothing that can be required: see `bailiwick check --help`"),
        ("expiry=1", "`expiry=1` is nothing that can be required: see `bailiwick check --help`"),
    ] {
        let error = folder.run(&format!("check orders.toml --require {wrong}")).failure(2);
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_files_behind_recorded_evidence_are_checked() {
    let folder = Folder::new("evidence");
    std::fs::create_dir_all(folder.0.join("scans/older")).unwrap();
    folder.write("scans/letter.pdf", "abc");
    folder.write("scans/other.txt", "another");
    let letter = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    folder.write("orders.toml", ORDER.replace("sha256:00", letter));
    let check = "check orders.toml --geo geo.csv --evidence scans";
    assert_eq!(
        folder.run(check).text(),
        "note: `other.txt` is recorded by no order\nnote: 1 recorded file found\n`orders.toml`: 1 order, 0 errors, 0 warnings\n"
    );
    assert_eq!(
        folder.run(&format!("{check} --json")).json()["evidence"],
        json!({ "missing": [], "unrecorded": ["other.txt"], "found": 1 })
    );

    folder.write("scans/letter.pdf", "abd");
    let ended = folder.run(check);
    assert_eq!(ended.status, Some(1));
    let missing = format!("error: order `cn-1`, `evidence`: no file in `scans` has {letter}\n");
    assert!(ended.out.starts_with(&missing), "{}", ended.out);
    assert!(ended.out.ends_with("`orders.toml`: 1 order, 1 error, 0 warnings\n"), "{}", ended.out);

    folder.write("orders.toml", ORDER);
    let ended = folder.run(check);
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.out.starts_with("error: order `cn-1`, `evidence`: `sha256:00` has 2 characters after `sha256:`"),
        "{}",
        ended.out
    );

    // What no order in force records is nobody's error.
    folder.write("orders.toml", ORDER.replace("in-force", "rejected"));
    assert_eq!(folder.run(check).status, Some(0));
    assert!(folder.run("check orders.toml --evidence none").failure(2).contains("`none` cannot be read: there is no such file"));
}

#[test]
fn all_that_cannot_be_read_is_shown_at_once() {
    let folder = Folder::new("unread");
    folder.write(
        "orders.toml",
        "[[orders]]\nid = \"a\"\nissuer = \"CN\"\nstatus = \"in force\"\nregions = [\"UK\"]\nnetworks = []\n",
    );
    let ended = folder.run("check orders.toml");
    assert_eq!((ended.status, ended.out.matches("error: ").count()), (Some(1), 3), "{}", ended.out);
    assert!(ended.out.ends_with("`orders.toml`: 3 errors (what the orders say is checked when there are none)\n"), "{}", ended.out);
    let report: serde_json::Value = serde_json::from_str(&folder.run("check orders.toml --json").out).unwrap();
    assert_eq!(report["errors"].as_array().unwrap().iter().map(|error| &error["line"]).collect::<Vec<_>>(), [4, 5, 6]);
}

#[test]
fn a_file_without_orders_is_refused_unless_that_is_meant() {
    let folder = Folder::new("no-orders");
    for (text, said) in [("# managed by a tool\n", "has only comments"), ("\u{feff}\n", "is empty")] {
        folder.write("orders.toml", text);
        let error = folder.run("check orders.toml").failure(1);
        assert!(error.contains(said) && error.contains("[[orders]]"), "{error}");
    }
    for text in ["fenced = [\"CN\"]\n", "orders = []\n"] {
        folder.write("orders.toml", text);
        let ended = folder.run("check orders.toml");
        assert!(ended.status == Some(1) && ended.out.contains("the docket has no orders"), "{}", ended.out);
        folder.write("orders.toml", format!("{text}[end]\norders = 0\n"));
        assert_eq!(folder.run("check orders.toml").status, Some(0));
    }
}

#[test]
fn an_end_mark_can_be_required() {
    let folder = Folder::new("end");
    let ended = folder.run("check orders.toml --require end");
    assert!(ended.status == Some(1) && ended.out.contains("end it with `[end]` and `orders = 1`"), "{}", ended.out);
    folder.write("orders.toml", format!("{ORDER}[end]\norders = 1\n"));
    assert_eq!(
        folder.run("check orders.toml --geo geo.csv --require end").text(),
        "`orders.toml`: 1 order, 0 errors, 0 warnings\n"
    );
}

#[test]
fn files_that_are_no_text_are_named_with_what_to_do() {
    let folder = Folder::new("encodings");
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(ORDER.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (bytes, said) in [
        (utf16.as_slice(), "this is UTF-16: save it as UTF-8"),
        (b"{\0\"\0o\0", "this is UTF-16: save it as UTF-8"),
        (b"\xfd7zXZ\0\0", "this is compressed, as .xz: decompress it first, with `unxz`"),
        (b"PK\x03\x04", "with `unzip`"),
        (b"id = \"\xe9\"", "this is not UTF-8 text: line 1"),
    ] {
        for name in ["orders.toml", "orders.json"] {
            folder.write(name, bytes);
            let error = folder.run(&format!("check {name}")).failure(1);
            assert!(error.contains(said), "{error}");
        }
    }
    folder.write("orders.toml", format!("\u{feff}{ORDER}"));
    assert_eq!(folder.run("check orders.toml --geo geo.csv").text(), "`orders.toml`: 1 order, 0 errors, 0 warnings\n");
}

#[test]
fn groups_of_several_countries_are_told_once() {
    let folder = Folder::new("groups");
    folder.write("orders.toml", format!("[jurisdictions]\nONE = [\"CN-GD\", \"CN\"]\nEU = [\"AT\", \"BE\"]\n{ORDER}"));
    let text = folder.run("check orders.toml --geo geo.csv").text();
    assert!(text.starts_with("note: an order of a group reaches all of its countries: `EU` (2 countries)\n"), "{text}");
}
