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
        "error: order `cn-1`, `issuer`: `UK` names no group of this docket, and `UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?\n\
         error: order `cn-1`, `id`: an earlier order has this id, too: give each order its own\n\
         error: order `cn-1`, `regions`: `HK` is outside the jurisdiction of `CN`: remove it, an order cannot reach there\n\
         `wrong.toml`: 2 orders, 3 errors (warnings are shown when there are none)\n"
    );
}

#[test]
fn warnings_fail_when_they_are_denied() {
    let folder = Folder::new("warnings");
    folder.write(
        "orders.toml",
        ORDER.replace("9000-", "2020-12-").replace("12-01-01", "12-01").replace("issuer = \"CN\"", "issuer = \"JP\""),
    );
    let text = "warning: order `cn-1`, `issuer`: nothing in the atlas lies in the jurisdiction of `JP`: the order reaches nobody\n\
                warning: order `cn-1`, `expires`: expired at `2020-12-01T00:00:00Z`, before this docket was compiled\n\
                `orders.toml`: 1 order, 0 errors, 2 warnings\n";
    assert_eq!(folder.run("check orders.toml --geo geo.csv").text().replace(CLIPPED, ""), text.replace("2 warnings", "3 warnings"));
    assert_eq!(folder.run("check orders.toml --geo geo.csv --deny-warnings").status, Some(1));
    let without_geo = folder.run("check orders.toml").text();
    assert!(without_geo.ends_with("`orders.toml`: 1 order, 0 errors, 1 warning\n"), "{without_geo}");
}

const CLIPPED: &str = "warning: order `cn-1`, `exempt`: `203.0.113.7/32` holds addresses outside `JP`: only those inside count\n";

#[test]
fn what_is_no_docket_is_shown_where_it_is() {
    let folder = Folder::new("syntax");
    folder.write("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nmetings = [\"vigil\"]\nstatus = \"in-force\"\n");
    folder.write("orders.json", r#"{"orders": [{"id": "cn-1", "issuer": "CN", "status": "in force"}]}"#);
    let toml = folder.run("check orders.toml");
    assert_eq!(toml.status, Some(1));
    assert!(toml.out.starts_with("error: `orders.toml`, line 4, column 1"), "{}", toml.out);
    assert!(toml.out.contains("4 | metings = [\"vigil\"]\n") && toml.out.contains("did you mean `meetings`?"), "{}", toml.out);
    assert!(toml.out.ends_with("`orders.toml`: 1 error (reading stops at the first)\n"), "{}", toml.out);
    let json = folder.run("check orders.json");
    assert_eq!(json.status, Some(1));
    assert!(json.out.contains("line 1, column ") && json.out.contains("did you mean `in-force`?"), "{}", json.out);
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
                "order": "cn-1", "group": null, "field": "evidence", "line": null, "column": null,
                "message": "`[]`: nothing recorded supports the order",
            }],
            "notes": ["`geo.csv`: 1 row of `EU` locates nothing"],
            "geo": [{
                "source": "geo", "file": "geo.csv", "format": "cidr", "rows": 2, "located": 1,
                "skipped": [{ "rows": 1, "message": "1 row of `EU` locates nothing" }],
                "refused": [],
            }],
        })
    );
    folder.write("orders.toml", "[[orders]]\nid = 4\n");
    let ended = folder.run("check orders.toml --json");
    assert_eq!(ended.status, Some(1));
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&report["orders"], &report["errors"][0]["line"]), (&json!(null), &json!(2)), "{report}");
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
