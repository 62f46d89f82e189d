//! The configuration file, its errors and its page.

use bailiwickd::config::{Config, MAX_LISTENERS, keys};

const WHOLE: &str = r#"
[policy]
orders = "orders.toml"
geo = ["geo.csv", "other=cidr:other.csv"]
exclude = ["relays.csv"]
min_sources = 2
requirements = "req.toml"
max_newly_reached = 100000
watch = "5s"

[[listen]]
address = "127.0.0.1:19080"
mode = "forward-auth"
client_address = "header:X-Bailiwick-Address"
meeting = { from = "header:X-Original-Uri", path = '^/meet/(?<meeting>[^/?#]+)' }
account = { query = "host", repeated = "first" }
host_region = "US"
participant = { jwt = "/sub" }
exempt = ["focus@auth.example.org", "10.1.2.3"]
blocked_by = "https://meet.example/"
status = 451
max_connections = 100

[[listen]]
name = "envoy"
address = "[::1]:19081"
mode = "ext-authz"
client_address = "forwarded:10.0.0.0/8,fd00::/8"
meeting = { json = "/room" }
account = "host"
host_region = { from = "header:X-Region" }

[[listen]]
address = "127.0.0.1:19082"
mode = "api"
exempt = ["focus"]

[[listen]]
address = "127.0.0.1:19083"
mode = "admin"

[ledger]
path = "ledger-%p.jsonl"
rotate = "daily"
key = "key"

[log]
level = "debug"
"#;

#[test]
fn a_configuration_with_every_key_is_read() {
    let config = Config::parse(WHOLE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.listen.len(), config.debug, config.warnings.len()), (4, true, 0));
    for mode in ["peer", "proxy-protocol", "rfc7239:10.0.0.0/8", "header:X"] {
        let text = WHOLE.replace("header:X-Bailiwick-Address", mode);
        assert!(Config::parse(&text).is_ok(), "{mode}");
    }
}

/// What is replaced, by what, what the message says, and what the caret is under.
const WRONG: [(&str, &str, &str, &str); 40] = [
    ("orders = \"orders.toml\"", "", "nothing says where the policy comes from", "[policy]"),
    ("orders =", "order =", "unknown field `order`", "order"),
    ("orders = \"orders.toml\"", "orders = 7", "invalid type: integer `7`", "7"),
    ("watch = \"5s\"", "watch = \"5\"", "`5` is not a duration", "\"5\""),
    ("watch = \"5s\"", "watch = \"5ms\"", "`5ms` is too short", "\"5ms\""),
    ("geo = [\"geo.csv\"", "geo = [\"zone:UK:geo.csv\"", "did you mean `GB`", "\"zone:UK:geo.csv\""),
    ("watch =", "origin = \"x\"\nwatch =", "this is for a `bundle`", "\"x\""),
    ("orders = \"orders.toml\"", "orders = \"o\"\nbundle = \"b\"", "remove one of them", "\"b\""),
    ("127.0.0.1:19080", "127.0.0.1", "is not an address with a port", "\"127.0.0.1\""),
    ("127.0.0.1:19083", "127.0.0.1:19082", "another listener has this address", "\"127.0.0.1:19082\""),
    ("name = \"envoy\"", "name = \"127.0.0.1:19080\"", "another listener is named", "\"[::1]:19081\""),
    ("mode = \"api\"", "mode = \"grpc\"", "`grpc` is not a mode", "\"grpc\""),
    ("mode = \"admin\"", "mode = \"admin\"\nexempt = []", "`admin` decides about nobody", "[]"),
    ("mode = \"admin\"", "mode = \"admin\"\nstatus = 403", "only `forward-auth` has a choice", "403"),
    ("mode = \"api\"", "mode = \"api\"\nmeeting = \"x\"", "the requests of `api` say this themselves", "\"x\""),
    ("status = 451", "status = 404", "a refusal has status 403", "404"),
    ("max_connections = 100", "max_connections = 0", "without connections nobody is answered", "0"),
    ("\"header:X-Bailiwick-Address\"", "\"header:\"", "`` is not the name of a header field", "\"header:\""),
    ("\"header:X-Bailiwick-Address\"", "\"head:X\"", "does not say where the address is", "\"head:X\""),
    ("\"header:X-Bailiwick-Address\"", "\"peer:1\"", "does not say where the address is", "\"peer:1\""),
    ("forwarded:10.0.0.0/8,fd00::/8", "forwarded:10.0.0.0/33", "`10.0.0.0/33` is not a network", "\"forwarded:10.0.0.0/33\""),
    ("forwarded:10.0.0.0/8,fd00::/8", "proxy-protocol", "Envoy's connections carry many clients", "\"proxy-protocol\""),
    ("client_address = \"header:X-Bailiwick-Address\"", "", "nothing says where the participant's address is", "[[listen]]"),
    ("meeting = { json = \"/room\" }", "", "nothing says which meeting", "[[listen]]"),
    ("(?<meeting>", "(?<room>", "has no group `(?<meeting>…)`", "'^/meet/(?<room>[^/?#]+)'"),
    ("[^/?#]+)", "[^/?#", "the expression cannot be read", "'^/meet/(?<meeting>[^/?#'"),
    ("[^/?#]+)", "(a{900}){900})", "the expression cannot be read", "'^/meet/(?<meeting>(a{900}){900})'"),
    ("from = \"header:X-Original-Uri\"", "from = \"body\"", "`body` is not a place", "\"body\""),
    ("repeated = \"first\"", "repeated = \"any\"", "`any` is not `first` or `last`", "\"any\""),
    ("query = \"host\", repeated", "jwt = \"/a\", repeated", "only parameters of a `query` are repeated", "\"first\""),
    ("query = \"host\"", "query = \"host\", json = \"/a\"", "is found in one place", "{ query"),
    ("json = \"/room\"", "json = \"room\"", "`room` is not a JSON pointer", "\"room\""),
    ("json = \"/room\"", "from = \"uri\", json = \"/room\"", "`json` reads the body", "\"uri\""),
    ("{ json = \"/room\" }", "{}", "nothing says where `meeting` is", "{}"),
    ("{ json = \"/room\" }", "{ from = \"uri\" }", "the whole URI is no `meeting`", "{ from = \"uri\" }"),
    ("{ json = \"/room\" }", "{ cookie = \"x\" }", "unknown field `cookie`", "cookie"),
    ("host_region = \"US\"", "host_region = \"UK\"", "did you mean `GB`", "\"UK\""),
    ("level = \"debug\"", "level = \"loud\"", "the level is `info` or `debug`", "\"loud\""),
    ("key = \"key\"", "", "missing field `key`", "[ledger]"),
    ("\"daily\"", "\"weekly\"", "`weekly` is not a rotation: write `daily`, or a size", "\"weekly\""),
];

#[test]
fn what_is_wrong_is_said_with_its_line_and_a_caret() {
    for (from, to, message, under) in WRONG {
        assert!(WHOLE.contains(from), "{from}");
        let text = WHOLE.replacen(from, to, 1);
        let Err(error) = Config::parse(&text) else { panic!("{to:?} is taken") };
        let shown = error.render("d.toml");
        assert!(shown.contains(message), "{to:?}:\n{shown}");
        let line = text
            .lines()
            .find(|line| line.contains(under) && shown.contains(line.trim_end()))
            .unwrap_or_else(|| panic!("{under}:\n{shown}"));
        let carets = shown
            .lines()
            .find(|line| line.contains('^') && line.chars().all(|c| " |^".contains(c)))
            .unwrap_or_else(|| panic!("no caret:\n{shown}"));
        let source = shown.lines().find(|shown| shown.contains(" | ") && shown.ends_with(line.trim_end())).unwrap();
        let column = |text: &str, at: usize| text[..at].chars().count();
        let expected = column(source, source.find(under).unwrap());
        assert_eq!(column(carets, carets.find('^').unwrap()), expected, "{to:?}:\n{shown}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let text = WHOLE.replace("\"5s\"", "\"5x\"").replace("status = 451", "status = 1").replace("\"api\"", "\"apy\"");
    let shown = Config::parse(&text).unwrap_err().render("d.toml");
    assert_eq!(shown.matches("error: ").count(), 3, "{shown}");
    let many = format!("{WHOLE}{}", "[[listen]]\naddress = \"x\"\nmode = \"y\"\n".repeat(MAX_LISTENERS));
    let shown = Config::parse(&many).unwrap_err().render("d.toml");
    assert!(shown.contains("at most 64 are possible") && shown.contains("and 109 more"), "{shown}");
}

#[test]
fn no_text_is_read_with_a_panic() {
    let texts =
        ["", "\u{0}", "[policy", "policy = 1", "[[listen]]", "[policy]\nthreshold = 7", "\u{feff}[policy]", "é = \"\u{202e}\""];
    for text in texts {
        let shown = Config::parse(text).unwrap_err().render("d.toml");
        assert!(shown.starts_with("error: ") && !shown.contains('\u{0}'), "{text:?}: {shown}");
    }
    for end in 0..WHOLE.len() {
        for text in [&WHOLE[..end], &WHOLE[end..]] {
            if let Err(error) = Config::parse(text) {
                assert!(error.render("d.toml").contains("d.toml"));
            }
        }
    }
}

#[test]
fn the_page_describes_every_key() {
    let page = include_str!("../../README.md");
    for (table, names) in keys() {
        assert!(!names.is_empty(), "{table}");
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "`{name}` of [{table}] is not in README.md");
        }
    }
}

#[test]
fn the_configuration_of_the_page_is_taken() {
    let page = include_str!("../../README.md");
    let mut examples = 0;
    for block in page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        examples += 1;
        let text = if block.contains("[policy]") { block.to_owned() } else { format!("[policy]\norders = \"o\"\n{block}") };
        Config::parse(&text).unwrap_or_else(|error| panic!("{block}\n{error}"));
    }
    assert!(examples >= 2);
}
