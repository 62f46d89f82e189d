//! `bailiwick reach`.

use serde_json::{Value, json};

use super::{Folder, ORDER};

#[test]
fn what_an_order_reaches_is_counted_and_listed() {
    let folder = Folder::new("reach");
    folder.write("geo.csv", "203.0.113.0/28,CN\n203.0.113.64/26,CN-GD\n198.51.100.0/24,HK\n2001:db8::/32,CN\n");
    assert_eq!(
        folder.run("reach orders.toml --geo geo.csv --networks").text(),
        "order `cn-1` of `CN`: in-force, from 2020-06-03T00:00:00Z, until 9000-01-01T00:00:00Z
                    IPv4 addresses  networks          IPv6 addresses  networks
  reaches                       79         5                 7.92e28         1
    CN                          15         4                 7.92e28         1
    CN-GD                       64         1                       0         0
  territory                     80         2                 7.92e28         1
  203.0.113.0/30 CN
  203.0.113.4/31 CN
  203.0.113.6/32 CN
  203.0.113.8/29 CN
  203.0.113.64/26 CN-GD
  2001:db8::/32 CN
"
    );
}

#[test]
fn one_order_can_be_chosen_and_none_reach_nothing() {
    let folder = Folder::new("reach-one");
    folder.write(
        "orders.toml",
        format!("{ORDER}{}", ORDER.replace("cn-1", "hk-1").replace("\"CN\"", "\"HK\"").replace("exempt", "networks")),
    );
    assert_eq!(folder.run("reach orders.toml --geo geo.csv").text().matches("order `").count(), 2);
    let hk = folder.run("reach orders.toml --geo geo.csv --order hk-1").text();
    assert!(hk.starts_with("order `hk-1` of `HK`") && hk.contains("\n  reaches                        0         0"), "{hk}");
    let error = folder.run("reach orders.toml --geo geo.csv --order cn1").failure(2);
    assert_eq!(error, "error: no order is called `cn1`: did you mean `cn-1`?\n");
    folder.write("empty.toml", "# none any more\n[end]\norders = 0\n");
    assert_eq!(folder.run("reach empty.toml --geo geo.csv").text(), "note: the file has no orders\n");
}

#[test]
fn json_of_reach_has_a_stable_shape() {
    let folder = Folder::new("reach-json");
    let size = |v4: [u64; 2], v6: &str| json!({ "ipv4": { "addresses": v4[0].to_string(), "networks": v4[1] }, "ipv6": { "addresses": v6, "networks": 1 } });
    let report = folder.run("reach orders.toml --geo geo.csv --json").json();
    let v6 = "79228162514264337593543950336";
    assert_eq!(
        report,
        json!({ "orders": [{
            "id": "cn-1", "issuer": "CN", "status": "in-force",
            "effective": "2020-06-03T00:00:00Z", "expires": "9000-01-01T00:00:00Z",
            "reach": size([255, 8], v6), "territory": size([256, 1], v6), "regions": { "CN": size([255, 8], v6) },
        }] })
    );
    let listed = folder.run("reach orders.toml --geo geo.csv --json --networks").json();
    assert_eq!(listed["orders"][0]["networks"][8], json!({ "network": "2001:db8::/32", "region": "CN" }));
}

/// Over all of the world's addresses but special-purpose ones, exactly.
#[test]
fn all_of_ipv6_is_counted() {
    let folder = Folder::new("reach-all");
    folder.write("geo.csv", "::/0,CN\n0.0.0.0/0,CN\n");
    let ended = folder.run("reach orders.toml --geo geo.csv --json");
    assert!(ended.err.starts_with("warning: source `geo`, `geo`: 2 rows name a region for special-purpose"), "{}", ended.err);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    // The lengths of the special-purpose networks of IANA's registries (RFC 6890).
    let v6_special: u128 = [128, 128, 48, 64, 7, 10, 8].map(|length| 1 << (128 - length)).iter().sum();
    let v4_special: u64 = [8, 8, 10, 8, 16, 12, 24, 16, 15, 4, 4].map(|length| 1 << (32 - length)).iter().sum();
    assert_eq!(report["orders"][0]["reach"]["ipv6"]["addresses"], (u128::MAX - (1 << 32) - v6_special + 1).to_string());
    assert_eq!(report["orders"][0]["reach"]["ipv4"]["addresses"], ((1 << 32) - v4_special - 1).to_string());
}
