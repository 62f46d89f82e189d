//! `bailiwick locate`.

use serde_json::{Value, json};

use super::Folder;

#[test]
fn each_source_is_asked_and_all_of_them() {
    let folder = Folder::new("locate");
    folder.write("other.csv", "203.0.113.0/24,CN\n198.51.100.0/24,CN\n");
    assert_eq!(
        folder
            .run("locate --geo geo.csv --geo second=other.csv 203.0.113.1 198.51.100.1 2001:db8::1 ::ffff:203.0.113.1 9.9.9.9")
            .text(),
        "203.0.113.1         CN         (geo: CN, second: CN)\n\
         198.51.100.1        contested  (geo: HK, second: CN)\n\
         2001:db8::1         CN         (geo: CN, second: unknown)\n\
         ::ffff:203.0.113.1  CN         (geo: CN, second: CN)\n\
         9.9.9.9             unknown    (geo: unknown, second: unknown)\n"
    );
    let both = folder.run("locate --geo geo.csv --geo second=other.csv --min-sources 2 2001:db8::1");
    assert_eq!(both.out, "2001:db8::1  unknown    (geo: CN, second: unknown)\n");
    assert!(both.err.contains("no IPv6 address is located"), "{}", both.err);
}

#[test]
fn addresses_come_from_standard_input_when_none_is_named() {
    let folder = Folder::new("locate-stdin");
    let ended =
        folder.run_with("locate --geo geo.csv", "\u{feff}203.0.113.1\r\n\n  [2001:db8::1]:443 # here\rnonsense\n192.0.2.0/24\n");
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.out, "203.0.113.1      CN         (geo: CN)\n2001:db8::1      CN         (geo: CN)\n");
    assert_eq!(
        ended.err,
        "error: line 4: `nonsense` is not an address: write one like `203.0.113.7`\n\
         error: line 5: `192.0.2.0/24` is not an address: write one address, without a length\n"
    );
    assert_eq!(folder.run_with("locate --geo geo.csv -", "203.0.113.1").text(), "203.0.113.1      CN         (geo: CN)\n");
    let empty = folder.run("locate --geo geo.csv");
    assert_eq!((empty.status, empty.out.as_str()), (Some(0), ""));
    assert_eq!(empty.err, "note: standard input has no addresses: send them one a line\n");
}

#[test]
fn json_of_locate_is_a_line_for_each_address() {
    let folder = Folder::new("locate-json");
    let text = folder.run("locate --geo geo.csv --json 203.0.113.1 ::1").text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines,
        [
            json!({ "address": "203.0.113.1", "location": "CN", "sources": { "geo": "CN" } }),
            json!({ "address": "::1", "location": "unknown", "sources": { "geo": "unknown" } }),
        ]
    );
}
