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
            json!({ "address": "203.0.113.1", "location": "CN", "sources": { "geo": "CN" }, "excluded_by": [] }),
            json!({ "address": "::1", "location": "unknown", "sources": { "geo": "unknown" }, "excluded_by": [] }),
        ]
    );
}

#[test]
fn an_excluded_address_is_unknown_and_the_source_that_excludes_it_is_named() {
    let folder = Folder::new("locate-excluded");
    folder.write("exits.txt", "# exits\n203.0.113.7\n2001:db8::/48\n");
    folder.write("proxies.csv", "203.0.113.0/29,ZZ\n");
    let located = "203.0.113.7  unknown    (geo: CN, excluded by exits)\n203.0.113.9  CN         (geo: CN)\n";
    for flag in
        ["--exclude exits.txt", "--geo exclude:exits.txt", "--exclude exits=zone:ZZ:exits.txt", "--exclude exclude:exits.txt"]
    {
        assert_eq!(folder.run(&format!("locate --geo geo.csv {flag} 203.0.113.7 203.0.113.9")).text(), located, "{flag}");
    }
    let both = folder.run("locate --geo geo.csv --exclude tor=exits.txt --exclude ours=cidr:proxies.csv --json 203.0.113.7").json();
    assert_eq!(
        both,
        json!({ "address": "203.0.113.7", "location": "unknown", "sources": { "geo": "CN" }, "excluded_by": ["ours", "tor"] })
    );
    let too_many = folder.run("locate --geo geo.csv --exclude exits.txt --min-sources 2 203.0.113.7");
    assert!(too_many.failure(2).contains("`--min-sources` is 2, and `--geo` is given 1 time"));
}

#[test]
fn an_exclusion_is_read_strictly_and_has_rows() {
    let folder = Folder::new("locate-exclusion-strict");
    folder.write("exits.csv", "203.0.113.7,ZZ\nnonsense,ZZ\n");
    let refused = folder.run("locate --geo geo.csv --exclude cidr:exits.csv --tolerant 203.0.113.7").failure(1);
    assert!(refused.contains("line 2"), "{refused}");
    folder.write("none.csv", "# nothing\n");
    let empty = folder.run("locate --geo geo.csv --exclude cidr:none.csv 203.0.113.7");
    assert_ne!(empty.status, Some(0), "{}", empty.err);
}

#[test]
fn a_name_of_a_source_reaches_no_terminal_as_it_is() {
    let folder = Folder::new("locate-name");
    folder.write("a\u{1b}[31m\u{202e}.csv", "203.0.113.0/24,CN\n");
    let text = folder.run("locate --geo a\u{1b}[31m\u{202e}.csv 203.0.113.1").text();
    assert_eq!(text, "203.0.113.1  CN         (`a\\u{1b}[31m\\u{202e}`: CN)\n");
}

#[test]
fn what_sources_say_of_no_place_is_warned_of() {
    let folder = Folder::new("locate-warnings");
    folder.write("mixed.csv", "203.0.113.0/24,CN\n10.0.0.0/8,CN\n");
    folder.write("none.csv", "203.0.113.0/24,ZZ\n");
    let ended = folder.run("locate --geo mixed.csv --geo none.csv --as-of mixed=2020-06-01 10.1.2.3");
    assert_eq!(ended.out, "10.1.2.3  unknown    (mixed: unknown, none: unknown)\n");
    for warning in [
        "warning: source `mixed`, `geo`: 1 row names a region for special-purpose addresses",
        "warning: source `mixed`, `geo`: it was made ",
        "warning: source `none`, `geo`: no row of it locates an address",
    ] {
        assert!(ended.err.contains(warning), "{}", ended.err);
    }
    let unknown = folder.run("locate --geo mixed.csv --as-of other=2020-06-01 10.1.2.3").failure(2);
    assert!(unknown.contains("`--as-of` names the source `other`: the sources are `mixed`"), "{unknown}");
}
