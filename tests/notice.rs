//! The notice to a blocked person, in plain text and over three protocols.

use bailiwick::{Atlas, Block, Decision, Docket, Order, Policy, Source};
use serde_json::json;

const INSIDE: &str = "203.0.113.9";
const MEETING: &str = "the-name-of-the-vigil";
const ACCOUNT: &str = "the-account-of-its-host";

fn policy(orders: Vec<Order>) -> Policy {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN-GD\n".as_bytes()).unwrap();
    let mut docket = Docket::default();
    docket.orders = orders;
    Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap()
}

/// Asks about the participant whom the orders reach.
fn blocked<T>(orders: Vec<Order>, ask: impl FnOnce(Block<'_>) -> T) -> T {
    let policy = policy(orders);
    match policy.decide(MEETING, INSIDE.parse().unwrap(), "US".parse().unwrap()) {
        Decision::BlockParticipant(block) => ask(block),
        decision => panic!("{decision}"),
    }
}

fn order(id: &str, issuer: &str, notice: &[(&str, &str)]) -> Order {
    let mut order = Order::new(id, issuer);
    order.meetings = vec![MEETING.to_owned()];
    order.accounts = vec![ACCOUNT.to_owned()];
    order.notice = notice.iter().map(|&(tag, text)| (tag.to_owned(), text.to_owned())).collect();
    order
}

fn full() -> Order {
    let mut order = order("cn-1", "CN", &[("en", "You cannot join from mainland China."), ("zh", "您无法从中国大陆加入。")]);
    order.authority = "Cyberspace administration".to_owned();
    order.legal_basis = "Article 12".to_owned();
    order.reference = "https://example.org/orders/1".to_owned();
    order
}

fn header<'h>(headers: &'h [(&'static str, String)], name: &str) -> Option<&'h str> {
    let mut values = headers.iter().filter(|(header, _)| *header == name).map(|(_, value)| value.as_str());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} is there twice");
    value
}

#[test]
fn a_person_is_told_whose_order_it_is_and_that_the_meeting_goes_on() {
    blocked(vec![full(), order("cn-2", "CN-GD", &[])], |block| {
        assert_eq!(
            block.notice("en").to_string(),
            "You cannot join from mainland China.\n\n\
             This is by order cn-1 of CN, signed by Cyberspace administration.\n\
             Legal basis: Article 12\n\
             The order can be read at: https://example.org/orders/1\n\
             Further orders: cn-2\n\
             Only you are kept out. The meeting goes on, and nothing was done to the account of its host."
        );
    });
    blocked(vec![order("cn-1", "CN", &[])], |block| {
        assert_eq!(
            block.notice("zh").to_string(),
            "You cannot join this meeting from where you are.\n\nThis is by order cn-1 of CN.\n\
             Only you are kept out. The meeting goes on, and nothing was done to the account of its host."
        );
    });
}

/// The texts of the orders, by id; the languages asked for; and the order and the language that are taken.
type Spoken =
    (&'static [(&'static str, &'static [(&'static str, &'static str)])], &'static str, &'static str, Option<&'static str>);

const SPOKEN: [Spoken; 13] = [
    (&[("a", &[("en", "x")]), ("b", &[("zh", "x")])], "zh, en;q=0.9", "b", Some("zh")),
    (&[("a", &[("en", "x")]), ("b", &[("en", "x"), ("zh", "x")])], "en", "a", Some("en")),
    (&[("a", &[]), ("b", &[("de", "x")])], "zh", "b", Some("de")),
    (&[("a", &[("fr", "x")]), ("b", &[("de", "x")])], "zh", "b", Some("de")),
    (&[("a", &[("fr", "x")]), ("b", &[("EN", "x")])], "zh", "b", Some("EN")),
    // A text of nothing but spaces says nothing.
    (&[("a", &[("zh", " \n"), ("fr", "x")]), ("b", &[])], "zh", "a", Some("fr")),
    (&[("b", &[]), ("a", &[])], "zh", "a", None),
    (&[("a", &[("", "x")])], "zh", "a", Some("")),
    (&[("a", &[("zh-Hant", "x"), ("zh", "x")])], "zh-HANT-TW", "a", Some("zh-Hant")),
    // A range of weight zero asks for nothing, not even for what is left of it without its last subtag.
    (&[("a", &[("en", "x"), ("zh", "x")])], "zh-Hant;q=0", "a", Some("en")),
    // Weights have at most three decimals, and digits alone; with others the entry is ignored.
    (&[("a", &[("de", "x"), ("zh", "x")])], "de;q=0.898, zh;q=0.899", "a", Some("zh")),
    (&[("a", &[("en", "x"), ("fr", "x")])], "fr;q=0.1234", "a", Some("en")),
    (&[("a", &[("en", "x"), ("fr", "x")])], "fr;q=0.5a", "a", Some("en")),
];

#[test]
fn the_first_order_with_a_text_in_the_best_language_speaks() {
    for (orders, asked, id, language) in SPOKEN {
        let count = orders.len();
        let orders = orders.iter().map(|(id, notice)| order(id, "CN", notice)).collect();
        blocked(orders, |block| {
            let notice = block.notice(asked);
            assert_eq!((notice.id(), notice.language(), notice.text()), (id, language, language.map(|_| "x")), "{asked}");
            assert_eq!(notice.orders().count(), count);
        });
    }
}

#[test]
fn only_orders_that_reach_the_person_speak() {
    let mut exempt = order("a", "CN", &[("zh", "not for you")]);
    exempt.exempt = vec!["203.0.113.0/28".parse().unwrap()];
    let foreign = order("b", "HK", &[("zh", "not for you either")]);
    blocked(vec![exempt, foreign, full()], |block| {
        let notice = block.notice("zh");
        assert_eq!((notice.id(), notice.text()), ("cn-1", Some("您无法从中国大陆加入。")));
        assert_eq!(notice.http("").problem.orders, ["cn-1"]);
    });
}

#[test]
fn http_is_answered_with_451_and_a_problem() {
    blocked(vec![full(), order("cn-2", "CN-GD", &[])], |block| {
        let refusal = block.notice("zh").http("https://example.org/");
        assert_eq!(refusal.status, 451);
        let headers = [
            ("Link", "<https://example.org/>; rel=\"blocked-by\""),
            ("Cache-Control", "no-store"),
            ("Content-Type", "application/problem+json"),
            ("Content-Language", "zh"),
            ("Vary", "Accept-Language"),
        ];
        assert_eq!(refusal.headers, headers.map(|(name, value)| (name, value.to_owned())));
        let problem = json!({
            "type": "about:blank",
            "title": "Unavailable For Legal Reasons",
            "status": 451,
            "detail": "您无法从中国大陆加入。",
            "issuer": "CN",
            "authority": "Cyberspace administration",
            "legal_basis": "Article 12",
            "reference": "https://example.org/orders/1",
            "orders": ["cn-1", "cn-2"],
        });
        assert_eq!(serde_json::to_value(&refusal.problem).unwrap(), problem);
        #[cfg(any(feature = "json", feature = "ledger"))]
        assert_eq!(serde_json::from_str::<serde_json::Value>(&refusal.body()).unwrap(), problem);
    });
}

#[test]
fn what_an_order_does_not_have_is_left_out() {
    blocked(vec![order("cn-1", "CN", &[])], |block| {
        let refusal = block.notice("zh").http(" ");
        assert_eq!((header(&refusal.headers, "Link"), header(&refusal.headers, "Content-Language")), (None, Some("en")));
        let problem = serde_json::to_value(&refusal.problem).unwrap();
        let members: Vec<&String> = problem.as_object().unwrap().keys().collect();
        assert_eq!(members, ["detail", "issuer", "orders", "status", "title", "type"]);
        assert_eq!(problem["detail"], "You cannot join this meeting from where you are.");
    });
}

#[test]
fn sip_is_answered_with_608_and_whom_to_ask() {
    blocked(vec![full()], |block| {
        let refusal = block.notice("zh").sip("https://example.org/card.jws");
        assert_eq!((refusal.status, refusal.reason), (608, "Rejected"));
        let headers = [
            ("Call-Info", "<https://example.org/card.jws>; purpose=jwscard"),
            ("Content-Type", "text/plain;charset=utf-8"),
            ("Content-Language", "zh"),
        ];
        assert_eq!(refusal.headers, headers.map(|(name, value)| (name, value.to_owned())));
        assert!(refusal.body.starts_with("您无法从中国大陆加入。\r\n\r\nThis is by order cn-1 of CN"), "{}", refusal.body);
        assert_eq!(refusal.body.matches('\n').count(), refusal.body.matches("\r\n").count());
        for relative in ["", "/card.jws", "example.org"] {
            assert_eq!(header(&block.notice("zh").sip(relative).headers, "Call-Info"), None, "{relative}");
        }
    });
}

#[test]
fn xmpp_is_answered_with_an_error_that_says_why() {
    let mut order = full();
    order.notice = [("en".to_owned(), "<Not> here & now".to_owned())].into();
    order.legal_basis = "Article\u{7} 12 \"a\"".to_owned();
    blocked(vec![order], |block| {
        let refusal = block.notice("").xmpp();
        assert_eq!((refusal.kind, refusal.condition, refusal.language), ("cancel", "not-allowed", Some("en")));
        assert_eq!(
            refusal.to_string(),
            "<error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>&lt;Not&gt; here &amp; now\n\n\
             This is by order cn-1 of CN, signed by Cyberspace administration.\nLegal basis: Article\\u{7} 12 &quot;a&quot;\n\
             The order can be read at: https://example.org/orders/1\n\
             Only you are kept out. The meeting goes on, and nothing was done to the account of its host.</text></error>"
        );
    });
}

#[test]
fn nothing_tells_of_the_meeting_its_host_or_the_persons_address() {
    blocked(vec![full(), order("cn-2", "CN-GD", &[])], |block| {
        let notice = block.notice("en");
        let (http, sip, xmpp) = (notice.http("https://example.org/"), notice.sip("https://example.org/"), notice.xmpp());
        let json = serde_json::to_string(&http.problem).unwrap();
        let told = format!("{notice} {notice:?} {http:?} {json} {sip:?} {xmpp:?} {xmpp}");
        for secret in [MEETING, ACCOUNT, INSIDE, "203.0.113", "CN-GD/", "US"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    });
}

#[test]
fn debug_shows_orders_by_their_ids() {
    let shown = blocked(vec![full()], |block| format!("{:?}", block.notice("")));
    let id = full().id;
    assert!(shown.starts_with(&format!("Notice {{ orders: [{id:?}], order: {id:?}, language: ")), "{shown}");
}

/// A host under a domestic order has nothing to do with whoever is blocked.
#[test]
fn nothing_tells_whether_an_order_is_domestic_to_the_host() {
    let policy = policy(vec![full()]);
    let told = ["US", "CN", "ZZ"].map(|home| {
        let Decision::BlockParticipant(block) = policy.decide(MEETING, INSIDE.parse().unwrap(), home.parse().unwrap()) else {
            panic!("{home} changes who is blocked")
        };
        format!("{} {:?} {:?} {}", block.notice(""), block.notice("").http(""), block.notice("").sip(""), block.notice("").xmpp())
    });
    assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
}

#[test]
fn whatever_an_order_holds_no_header_is_broken_and_no_line_forged() {
    let hostile = "x\r\nSet-Cookie: a=b\r\n\r\n<script>\u{202e}\u{1b}[31m>; rel=\"next\"";
    let mut order = order("id\r\nX: y", "CN", &[("zh\r\nX: y", hostile)]);
    (order.authority, order.legal_basis, order.reference) = (hostile.to_owned(), hostile.to_owned(), hostile.to_owned());
    blocked(vec![order], |block| {
        let notice = block.notice("zh");
        let (http, sip, xmpp) = (notice.http(hostile), notice.sip(&format!("sip:{hostile}")), notice.xmpp());
        for (name, value) in http.headers.iter().chain(&sip.headers) {
            assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)), "{name}: {value}");
        }
        let link = header(&http.headers, "Link").unwrap();
        assert_eq!((link.matches('>').count(), link.ends_with(">; rel=\"blocked-by\"")), (1, true), "{link}");
        assert_eq!(header(&sip.headers, "Call-Info").unwrap().matches('>').count(), 1);
        assert_eq!((header(&http.headers, "Content-Language"), header(&sip.headers, "Content-Language")), (None, None));
        assert_eq!(xmpp.language, None);
        for text in [notice.to_string(), xmpp.to_string(), sip.body.replace('\r', "")] {
            assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
            // The text has four lines of its own, and every other line is ours.
            assert_eq!(text.trim_end().lines().count(), 4 + 1 + 4, "{text}");
        }
        assert!(!xmpp.to_string().contains("<script>"));
    });
}
