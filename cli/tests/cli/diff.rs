//! `bailiwick diff`.

use bailiwick::change::Acknowledgement;
use bailiwick::{Atlas, Docket, Policy};
use serde_json::json;

use super::{Folder, ORDER};

/// The order narrowed, and one of Hong Kong beside it.
fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let narrower = ORDER.replace("203.0.113.7/32", "203.0.113.0/25");
    let another = ORDER.replace("cn-1", "hk-1").replace("\"CN\"", "\"HK\"");
    folder.write("narrower.toml", &narrower);
    folder.write("wider.toml", format!("{narrower}{another}"));
    folder
}

#[test]
fn what_a_new_file_changes_is_told() {
    let folder = folder("diff");
    assert_eq!(
        folder.run("diff orders.toml wider.toml --geo geo.csv").text(),
        "some are blocked who were not, and some are released
changed: order `cn-1` of `CN`
  releases in CN: 127 IPv4 addresses
added: order `hk-1` of `HK`
  newly reaches in HK: 256 IPv4 addresses
  newly names 1 meeting and 1 account
  in force from 2020-06-03T00:00:00Z until 9000-01-01T00:00:00Z
"
    );
    let listed = folder.run("diff narrower.toml wider.toml --geo geo.csv --networks").text();
    assert!(listed.ends_with("\nnetworks of order `hk-1`\n  + 198.51.100.0/24 HK\n"), "{listed}");
    assert_eq!(folder.run("diff orders.toml orders.toml --geo geo.csv").text(), "no decision changes\n");
    folder.write("text.toml", ORDER.replace("counsel-b", "counsel-c"));
    let text = folder.run("diff orders.toml text.toml --geo geo.csv").text();
    assert_eq!(text, "no decision changes\nin their records alone: `cn-1`\n");
}

#[test]
fn a_file_that_widens_can_be_denied() {
    let folder = folder("diff-deny");
    folder.run("diff orders.toml wider.toml --geo geo.csv").text();
    let denied = folder.run("diff orders.toml wider.toml --geo geo.csv --deny-widening");
    assert!(denied.status == Some(1) && denied.out.starts_with("some are blocked who were not"), "{}", denied.out);
    folder.run("diff orders.toml narrower.toml --geo geo.csv --deny-widening").text();
    folder.run("diff orders.toml orders.toml --geo geo.csv --deny-widening").text();
}

#[test]
fn new_geo_data_is_a_change_as_well() {
    let folder = folder("diff-geo");
    folder.write("moved.csv", "203.0.113.0/24,CN\n192.0.2.0/24,CN\n2001:db8::/32,CN\n");
    assert_eq!(
        folder.run("diff orders.toml orders.toml --geo-old geo.csv --geo moved.csv").text(),
        "some are blocked who were not\nchanged: order `cn-1` of `CN`\n  newly reaches in CN: 256 IPv4 addresses\n"
    );
}

#[test]
fn json_of_diff_has_a_stable_shape() {
    let folder = folder("diff-json");
    let window = json!({"effective": "2020-06-03T00:00:00Z", "expires": "9000-01-01T00:00:00Z"});
    assert_eq!(
        folder.run("diff narrower.toml wider.toml --geo geo.csv --json --networks").json(),
        json!({
            "old": "narrower.toml",
            "new": "wider.toml",
            "empty": false,
            "widens": true,
            "releases": false,
            "orders": [{
                "id": "hk-1",
                "issuer": "HK",
                "kind": "added",
                "meetings_added": 1,
                "meetings_removed": 0,
                "accounts_added": 1,
                "accounts_removed": 0,
                "window_before": null,
                "window_after": window,
                "reached": {
                    "HK": {"ipv4": {"addresses": "256", "networks": 1}, "ipv6": {"addresses": "0", "networks": 0}},
                },
                "released": {},
                "jurisdiction_gained": ["HK"],
                "jurisdiction_lost": [],
            }],
            "records": [],
            "fenced": [],
            "unfenced": [],
            "networks": {"hk-1": {"reached": [{"network": "198.51.100.0/24", "region": "HK"}], "released": []}},
        })
    );
    assert!(folder.run("diff orders.toml orders.toml --geo geo.csv --json").json().get("networks").is_none());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = folder("diff-wrong");
    folder.write("wrong.toml", ORDER.replace("\"CN\"", "\"UK\""));
    for files in ["wrong.toml orders.toml", "orders.toml wrong.toml"] {
        let error = folder.run(&format!("diff {files} --geo geo.csv")).failure(1);
        assert!(error.contains("did you mean `GB`?") && error.contains("wrong.toml:4:10"), "{error}");
    }
    let error = folder.run("diff - - --geo geo.csv").failure(2);
    assert!(error.contains("`-` is given twice"), "{error}");
    let error = folder.run("diff orders.toml - --geo geo.csv --geo-old -").failure(2);
    assert!(error.contains("`-` is given twice"), "{error}");
    let error = folder.run("diff orders.toml wider.toml").failure(2);
    assert!(error.contains("name a geo file with `--geo FILE`"), "{error}");
    assert!(folder.run_with("diff - wider.toml --geo geo.csv", ORDER).text().contains("added: order `hk-1`"));
}

/// A date is that of the source of its name, whether it is one of the new or of the old orders.
#[test]
fn dates_are_given_to_old_sources_too() {
    let folder = folder("diff-as-of");
    folder.write("june.csv", super::GEO);
    let run = |dates: &str| folder.run(&format!("diff orders.toml wider.toml --geo geo.csv --geo-old june.csv {dates}"));
    let old = |name: &str| format!("warning: source `{name}`, `geo`: it was made ");
    let said = run("--as-of june=2001-01-01").err;
    assert!(said.contains(&old("june")) && !said.contains(&old("geo")), "{said}");
    let said = run("--as-of geo=2001-01-01").err;
    assert!(said.contains(&old("geo")) && !said.contains(&old("june")), "{said}");
    let said = run("--as-of july=2001-01-01").failure(2);
    assert!(said.contains("`--as-of` names the source `july`"), "{said}");
}

#[test]
fn a_change_that_is_acknowledged_has_a_file_with_both_digests() {
    let folder = folder("diff-acknowledged");
    let ended = folder.run("diff narrower.toml wider.toml --geo geo.csv --acknowledge");
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(ended.out.starts_with("some are blocked who were not\n"), "{}", ended.out);
    assert!(ended.err.contains("`wider.toml.acknowledged` is written"), "{}", ended.err);

    let atlas = Atlas::builder().build().unwrap();
    let policy = |name: &str| {
        let docket = Docket::from_toml(&String::from_utf8(folder.read(name)).unwrap()).unwrap();
        Policy::compile(&docket, &atlas).unwrap()
    };
    let [narrower, wider] = ["narrower.toml", "wider.toml"].map(policy);
    let written: Acknowledgement = String::from_utf8(folder.read("wider.toml.acknowledged")).unwrap().parse().unwrap();
    assert!(written.covers(&narrower.change_to(&wider)));
    assert!(!written.covers(&policy("orders.toml").change_to(&wider)));
}

/// Only the content of the file is new.
#[cfg(unix)]
#[test]
fn an_acknowledgement_stays_where_and_whose_it_was() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder("diff-acknowledged-link");
    let (link, target) = (folder.0.join("wider.toml.acknowledged"), folder.0.join("elsewhere"));
    folder.write("elsewhere", "of an earlier change");
    folder.write("wider.toml.acknowledged.new", "mine");
    symlink("elsewhere", &link).unwrap();
    std::fs::set_permissions(&target, PermissionsExt::from_mode(0o640)).unwrap();
    assert_eq!(folder.run("diff narrower.toml wider.toml --geo geo.csv --acknowledge").status, Some(0));
    assert!(link.is_symlink() && folder.read("wider.toml.acknowledged.new") == b"mine");
    assert!(String::from_utf8(folder.read("elsewhere")).unwrap().parse::<Acknowledgement>().is_ok());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    std::fs::remove_file(link).unwrap();
    std::fs::create_dir(folder.0.join("wider.toml.acknowledged")).unwrap();
    let ended = folder.run("diff narrower.toml wider.toml --geo geo.csv --acknowledge");
    assert!(ended.status == Some(2) && ended.err.contains("`wider.toml.acknowledged` cannot be written: "), "{}", ended.err);
}

#[test]
fn what_has_no_file_or_must_not_widen_is_not_acknowledged() {
    let folder = folder("diff-not-acknowledged");
    let error = folder.run_with("diff orders.toml - --geo geo.csv --acknowledge", ORDER).failure(2);
    assert!(error.contains("name the new orders file"), "{error}");
    let error = folder.run("diff orders.toml wider.toml --geo geo.csv --acknowledge --deny-widening").failure(2);
    assert!(error.contains("cannot be used with"), "{error}");
}
