//! The keys of `[policy]` for bundles.

use bailiwick::note::VerifierKey;
use bailiwickd::config::{Config, SupplyConfig};

use crate::bundle::{key, policy};

const ADMIN: &str = "[[listen]]\naddress = \"127.0.0.1:0\"\nmode = \"admin\"\n";

const PLACE: &str = "https://example.org/fleet/orders.bundle";

const MORE: &str = "threshold = { legal = 1, operations = 1 }\npoll = \"30s\"\nminimum_version = 7\ntimeout = \"20s\"\n\
    max_size = 1000000\nmax_newly_reached = 5";

fn whole() -> String {
    policy(PLACE, "/var/lib/bailiwickd", MORE) + ADMIN
}

#[test]
fn a_configuration_with_every_key_for_bundles_is_read() {
    let config = Config::parse(&whole()).unwrap_or_else(|error| panic!("{error}"));
    let SupplyConfig::Bundle(bundle) = config.policy.supply else { panic!() };
    assert_eq!(bundle.trust.roles().collect::<Vec<_>>(), [("legal", 1, 1), ("operations", 1, 1)]);
    assert_eq!((bundle.trust.origin(), bundle.trust.max_size()), ("example.org/orders", 1_000_000));
    assert_eq!((bundle.poll.as_secs(), bundle.limits.time.as_secs(), bundle.limits.size), (30, 20, 1_000_000));
    assert_eq!(bundle.state.to_str(), Some("/var/lib/bailiwickd"));
}

#[test]
fn what_is_absent_has_the_values_of_the_page() {
    let config = Config::parse(&(policy("orders.bundle", "state", "") + ADMIN)).unwrap();
    let SupplyConfig::Bundle(bundle) = config.policy.supply else { panic!() };
    assert_eq!((bundle.poll.as_secs(), bundle.limits.time.as_secs(), bundle.limits.size), (60, 60, 256 << 20));
    assert_eq!(bundle.trust.roles().collect::<Vec<_>>(), [("legal", 1, 1), ("operations", 1, 1)]);
}

/// What is replaced, by what, what the message says, and what the caret is under.
const WRONG: [(&str, &str, &str, &str); 30] = [
    (PLACE, "ftp://example.org/a", "`ftp` cannot be fetched from", "\"ftp:"),
    (PLACE, "gs://bucket/a", "`gs` cannot be fetched from", "\"gs:"),
    (PLACE, "https://anna:secret@example.org/a", "a bundle is signed and needs none", "\"https:"),
    (PLACE, "https://example.org/a?sig=1", "never sent", "\"https:"),
    (PLACE, "https://example.org/", "names no file", "\"https:"),
    (PLACE, "s3://bucket", "names no file", "\"s3:"),
    (PLACE, "", "the place is empty", "\"\""),
    ("\"example.org/orders\"", "\"\"", "`origin`", "\"\""),
    ("\"example.org/orders\"", "\" orders\"", "`origin`", "\" orders\""),
    ("origin = \"example.org/orders\"\n", "", "needs `origin`", PLACE),
    ("state = \"/var/lib/bailiwickd\"\n", "", "needs `state`", PLACE),
    ("state = \"/var/lib/bailiwickd\"", "state = \"\"", "the folder is empty", "\"\""),
    ("role = \"legal\"", "role = \"Legal\"", "the role `Legal`", "\"Legal\""),
    ("role = \"legal\"", "role = \"legal\", key = 1", "unknown field `key`", "key"),
    ("role = \"legal\"", "role = \"operations\"", "no key has the role `legal`", "1"),
    ("legal = 1", "legal = 2", "threshold of the role `legal` is 2", "2"),
    ("legal = 1", "legal = 0", "threshold of the role `legal` is 0", "0"),
    ("legal = 1", "legal = -1", "invalid value", "-1"),
    ("legal = 1", "lawyers = 1", "no key has the role `lawyers`: the roles of `keys` are `legal`, `operations`", "1"),
    ("poll = \"30s\"", "poll = \"30\"", "`30` is not a duration", "\"30\""),
    ("poll = \"30s\"", "poll = \"50ms\"", "too short", "\"50ms\""),
    ("poll = \"30s\"", "poll = \"25h\"", "not from", "\"25h\""),
    ("timeout = \"20s\"", "timeout = \"100ms\"", "not from `1s` to `3600s`", "\"100ms\""),
    ("timeout = \"20s\"", "timeout = \"2h\"", "not from `1s` to `3600s`", "\"2h\""),
    ("max_size = 1000000", "max_size = 1000", "in bytes", "1000"),
    ("max_size = 1000000", "max_size = 9000000000000", "in bytes", "9000000000000"),
    ("minimum_version = 7", "minimum_version = 0", "versions begin at 1", "0"),
    ("poll =", "watch = \"5s\"\npoll =", "write `poll`", "\"5s\""),
    ("poll =", "geo = [\"geo.csv\"]\npoll =", "a `bundle` has this in itself", "\"geo.csv\""),
    ("poll =", "orders = \"orders.toml\"\npoll =", "remove one of them", PLACE),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (what, by, message, under) in WRONG {
        let text = whole();
        assert!(text.contains(what), "{what}");
        let said = Config::parse(&text.replacen(what, by, 1)).err().unwrap_or_else(|| panic!("{by} is taken")).to_string();
        assert!(said.contains(message), "{message}:\n{said}");
        assert!(!said.contains("secret@") || by.contains("secret"), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        let caret = lines.iter().position(|line| line.contains('^')).unwrap_or_else(|| panic!("no caret: {said}"));
        let at = lines[caret].find('^').unwrap();
        let shown = &lines[caret - 1][at..];
        assert!(shown.starts_with(under) || shown[1..].starts_with(under), "{under}:\n{said}");
    }
}

#[test]
fn keys_that_are_no_keys_are_said_with_their_place() {
    let anna = key("anna").verifier().to_string();
    let damaged = anna.replacen("+", "-", 1);
    let cases = [
        (damaged.clone(), "the key cannot be read"),
        ("/etc/bailiwickd/anna.vkey".to_owned(), "the key cannot be read"),
        (key("omar").to_secret_text(), "the key cannot be read"),
        (witness(), "is a witness's"),
    ];
    for (vkey, message) in cases {
        let said = Config::parse(&whole().replace(&anna, &vkey)).unwrap_err().to_string();
        assert!(said.contains(message), "{said}");
    }
    let said = Config::parse(&whole().replace("keys = [", "keys = []\n#")).unwrap_err().to_string();
    assert!(said.contains("no key is trusted"), "{said}");
    let twice = whole().replace("keys = [", &format!("keys = [{{ vkey = \"{anna}\", role = \"legal\" }}, "));
    let said = Config::parse(&twice).unwrap_err().to_string();
    assert!(said.contains("given twice in the role `legal`"), "{said}");
}

fn witness() -> String {
    use bailiwick::note::Algorithm;
    VerifierKey::new("example.org/witness", Algorithm::CosignatureV1, key("anna").verifier().public_key()).unwrap().to_string()
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let text = whole()
        .replace(PLACE, "ftp://example.org/a")
        .replace("legal = 1", "lawyers = 1")
        .replace("poll = \"30s\"", "poll = \"x\"")
        .replace("state = \"/var/lib/bailiwickd\"\n", "");
    let said = Config::parse(&text).unwrap_err().to_string();
    assert_eq!(said.matches("error: ").count(), 4, "{said}");
}

#[test]
fn a_secret_key_in_the_place_of_a_public_one_is_not_shown_in_a_message() {
    let secret = key("omar").to_secret_text();
    let said = Config::parse(&whole().replace(&key("anna").verifier().to_string(), &secret)).unwrap_err().to_string();
    let message = said.lines().next().unwrap();
    assert!(!message.contains(secret.rsplit('+').next().unwrap()), "{message}");
}
