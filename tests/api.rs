//! The public API as other programs use it: fields, defaults, exhaustive and open enums, lifetimes. `tests/contract.rs` has the
//! signatures. Most of this file is true when it compiles.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick::DecisionKind;
use bailiwick::geo::{CountryOf, LineError, LoadReport, Loader, Refused, Skipped};
use bailiwick::notice::{HttpRefusal, Notice, SipRefusal, XmppRefusal};
use bailiwick::spec::{self, Verdict};
use bailiwick::{
    Atlas, Block, CompileError, Decision, Demand, Docket, Explanation, HostAccount, Location, Meeting, Order, Policy, Region,
    RegionError, Source, Status,
};
use ipnet::IpNet;
use serde::Serialize;
use support::{ip, region};

const INSIDE: &str = "203.0.113.7";
const OUTSIDE: &str = "198.51.100.7";

fn source() -> Source {
    let mut source = Source::new("provider");
    source.insert("203.0.113.0/24".parse().unwrap(), region("CN"));
    source
}

/// One order of CN about one meeting and one account, in force until 2096.
fn docket() -> Docket {
    let mut order = Order::new("cn-1", "CN");
    order.meetings = vec!["june-4-vigil".to_owned()];
    order.accounts = vec!["account-1".to_owned()];
    order.expires = Some(UNIX_EPOCH + Duration::from_secs(4_000_000_000));
    let mut docket = Docket::default();
    docket.orders.push(order);
    docket
}

fn policy() -> Policy {
    Policy::compile(&docket(), &Atlas::builder().source(source()).build().unwrap()).unwrap()
}

// Signatures beside those of `tests/contract.rs`, each as the type of a function.

#[test]
fn loaders_relays_and_notices_have_their_signatures() {
    let _: fn(&'static str) -> Loader = Source::loader;
    let _: fn(Loader) -> Loader = Loader::tolerant;
    let _: for<'s> fn(&'s Source) -> &'s LoadReport = Source::load_report;
    let _: fn(&Policy, Region, Vec<Region>, Region) -> bool = Policy::may_relay;
    fn of_a_block<'p>(_: &'p Policy) {
        let _: fn(&Block<'p>, &'static str) -> Notice<'p> = Block::notice;
        let _: fn(&Notice<'p>, &'static str) -> HttpRefusal<'p> = Notice::http;
        let _: fn(&Notice<'p>, &'static str) -> SipRefusal = Notice::sip;
        let _: fn(&Notice<'p>) -> XmppRefusal<'p> = Notice::xmpp;
    }
    of_a_block(&policy());
}

#[test]
fn errors_and_warnings_name_the_order_the_field_and_the_value() {
    fn said(order: Option<&str>, field: &str, text: &impl Display) -> String {
        format!("{order:?} {field}: {text}")
    }
    let mut docket = docket();
    let policy = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap();
    let shown = policy.warnings().iter().map(|warning| said(warning.order(), warning.field(), warning));
    assert!(shown.clone().count() > 0);
    shown.for_each(|text| assert!(text.starts_with("Some(\"cn-1\") "), "{text}"));

    docket.orders[0].issuer = "UK".to_owned();
    let error: CompileError = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap_err();
    let shown: Vec<String> = error.errors().iter().map(|error| said(error.order(), error.field(), error)).collect();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].starts_with("Some(\"cn-1\") issuer: ") && shown[0].contains("`UK`"), "{}", shown[0]);
}

// Fields.

#[test]
fn a_docket_and_an_order_have_the_fields_of_the_data() {
    let Docket { jurisdictions, fenced, orders, .. } = Docket::default();
    let _: (BTreeMap<String, Vec<Region>>, Vec<Region>, Vec<Order>) = (jurisdictions, fenced, orders);
    let order = Order::new("id", "CN");
    let Order { id, issuer, authority, legal_basis, reference, .. } = order.clone();
    let _: [String; 5] = [id, issuer, authority, legal_basis, reference];
    let Order { meetings, accounts, evidence, approved_by, .. } = order.clone();
    let _: [Vec<String>; 4] = [meetings, accounts, evidence, approved_by];
    let Order { received, effective, expires, .. } = order.clone();
    let _: [Option<SystemTime>; 3] = [received, effective, expires];
    let Order { networks, exempt, .. } = order.clone();
    let _: [Vec<IpNet>; 2] = [networks, exempt];
    let Order { regions, demands, status, notice, .. } = order;
    let _: (Vec<Region>, Vec<Demand>, Status, BTreeMap<String, String>) = (regions, demands, status, notice);
}

#[test]
fn a_new_order_is_in_force_and_has_nothing_else_but_its_id_and_issuer() {
    let order = Order::new("cn-1", String::from("CN"));
    assert_eq!(order.status, Status::InForce);
    let json = serde_json::to_value(&order).unwrap();
    assert_eq!(json, serde_json::json!({ "id": "cn-1", "issuer": "CN", "status": "in-force" }));
}

#[test]
fn an_empty_docket_is_the_default_and_compiles() {
    let docket = Docket::default();
    assert!(docket.jurisdictions.is_empty() && docket.orders.is_empty());
    let policy = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap();
    assert!(policy.warnings().is_empty());
    assert!(matches!(policy.decide("any", ip(INSIDE), region("US")), Decision::Allow));
}

#[test]
fn a_meeting_has_an_id_and_perhaps_a_host() {
    let Meeting { id, host, .. } = Meeting::new("june-4-vigil").hosted_by("account-1");
    assert_eq!((id, host), ("june-4-vigil", Some("account-1")));
    assert_eq!(Meeting::from("june-4-vigil").host, None);
}

#[test]
fn a_verdict_is_three_public_fields_and_equals_the_decision_that_says_the_same() {
    let policy = policy();
    let verdict = |ip: IpAddr| spec::decide_at(&docket(), &[source()], 1, "june-4-vigil".into(), ip, region("CN"), UNIX_EPOCH);
    for (address, kind) in [(INSIDE, DecisionKind::BlockParticipant), (OUTSIDE, DecisionKind::KeepMeeting)] {
        let Verdict { kind: said, orders, domestic } = verdict(ip(address));
        let (orders, domestic): (Vec<String>, Option<String>) = (orders, domestic);
        assert_eq!((said, orders, domestic), (kind, vec!["cn-1".to_owned()], Some("cn-1".to_owned())));

        let decision = policy.decide_at("june-4-vigil", ip(address), region("CN"), UNIX_EPOCH);
        let typed = Verdict { kind, orders: vec!["cn-1".to_owned()], domestic: Some("cn-1".to_owned()) };
        assert!(typed == decision);
        assert!(Verdict { domestic: None, ..verdict(ip(address)) } != decision);
        assert!(Verdict { orders: Vec::new(), ..verdict(ip(address)) } != decision);
        assert!(Verdict { kind: DecisionKind::Allow, ..verdict(ip(address)) } != decision);
    }
    assert!(Verdict { kind: DecisionKind::Allow, orders: Vec::new(), domestic: None } == Decision::Allow);
}

// Exhaustive or not.

#[test]
#[deny(unreachable_patterns)]
fn decisions_host_accounts_and_locations_are_matched_without_a_wildcard() {
    let policy = policy();
    for (meeting, address, home, expected) in [
        ("june-4-vigil", INSIDE, "US", "block cn-1, unaffected, in CN"),
        ("june-4-vigil", OUTSIDE, "CN", "keep cn-1, domestic cn-1, nowhere"),
        ("other", INSIDE, "CN", "allow, unaffected, in CN"),
    ] {
        let decision = policy.decide(meeting, ip(address), region(home));
        let verdict = match decision {
            Decision::Allow => "allow".to_owned(),
            Decision::BlockParticipant(block) => format!("block {}", block.orders().next().unwrap().id),
            Decision::KeepMeeting(keep) => format!("keep {}", keep.orders().next().unwrap().id),
        };
        let account = match decision.host_account() {
            HostAccount::Unaffected => "unaffected".to_owned(),
            HostAccount::UnderDomesticOrder(order) => format!("domestic {}", order.id),
        };
        let location = match policy.locate(ip(address)) {
            Location::In(region) => format!("in {region}"),
            Location::Contested => "contested".to_owned(),
            Location::Unknown => "nowhere".to_owned(),
        };
        assert_eq!(format!("{verdict}, {account}, {location}"), expected);
        assert_eq!(decision.admits(), !verdict.starts_with("block"));
    }
}

/// A wildcard after all variants is unreachable, but for an enum that may get more of them.
#[test]
#[deny(unreachable_patterns)]
fn statuses_and_demands_may_get_more_variants() {
    let status = |status| match status {
        Status::Received => "received",
        Status::UnderReview => "under-review",
        Status::InForce => "in-force",
        Status::Rejected => "rejected",
        Status::Withdrawn => "withdrawn",
        _ => "",
    };
    for value in [Status::Received, Status::UnderReview, Status::InForce, Status::Rejected, Status::Withdrawn] {
        assert_eq!(serde_json::to_value(value).unwrap(), status(value));
    }
    let demand = |demand| match demand {
        Demand::TerminateMeeting => "terminate-meeting",
        Demand::SuspendHost => "suspend-host",
        Demand::BlockParticipants => "block-participants",
        Demand::DiscloseData => "disclose-data",
        _ => "",
    };
    for value in [Demand::TerminateMeeting, Demand::SuspendHost, Demand::BlockParticipants, Demand::DiscloseData] {
        assert_eq!(serde_json::to_value(value).unwrap(), demand(value));
    }
    match DecisionKind::Allow {
        DecisionKind::Allow | DecisionKind::BlockParticipant | DecisionKind::KeepMeeting => {}
    }
}

// Lifetimes.

#[test]
fn a_decision_outlives_the_meeting_that_it_is_about() {
    fn decide(policy: &Policy) -> [Decision<'_>; 3] {
        let (id, account) = (String::from("june-4-vigil"), String::from("account-1"));
        let by_id = policy.decide(&id, ip(OUTSIDE), region("US"));
        let by_text = policy.decide_at(id.as_str(), ip(OUTSIDE), region("US"), UNIX_EPOCH);
        let by_account = policy.decide(Meeting::new(&id).hosted_by(&account), ip(OUTSIDE), region("US"));
        drop((id, account));
        [by_id, by_text, by_account]
    }
    let policy = policy();
    assert!(decide(&policy).iter().all(|decision| matches!(decision, Decision::KeepMeeting(_))));
}

#[test]
fn the_account_of_a_meeting_need_not_live_as_long_as_its_id() {
    let (policy, id) = (policy(), String::from("other"));
    let decision = {
        let account = String::from("account-1");
        policy.decide(Meeting::new(&id).hosted_by(&account), ip(INSIDE), region("US"))
    };
    assert!(!decision.admits());
}

#[test]
fn orders_outlive_the_block_or_the_keep_and_the_decision_that_gave_them() {
    fn orders<'p>(policy: &'p Policy, address: &str) -> Box<dyn Iterator<Item = &'p Order> + 'p> {
        let decision = policy.decide("june-4-vigil", ip(address), region("US"));
        match &decision {
            Decision::Allow => Box::new(std::iter::empty()),
            Decision::BlockParticipant(block) => Box::new(block.orders()),
            Decision::KeepMeeting(keep) => Box::new(keep.orders()),
        }
    }
    fn host_account(policy: &Policy) -> HostAccount<'_> {
        let decision = policy.decide("june-4-vigil", ip(INSIDE), region("CN"));
        decision.host_account()
    }
    let policy = policy();
    for address in [INSIDE, OUTSIDE] {
        let ids: Vec<&str> = orders(&policy, address).map(|order| order.id.as_str()).collect();
        assert_eq!(ids, ["cn-1"]);
    }
    assert!(matches!(host_account(&policy), HostAccount::UnderDomesticOrder(order) if order.id == "cn-1"));
}

#[test]
fn an_explanation_owns_the_name_of_the_meeting_and_is_for_people_and_for_logs() {
    fn explain(policy: &Policy) -> Explanation<'_> {
        let (id, account) = (String::from("june-4-vigil"), String::from("account-1"));
        policy.explain(Meeting::new(&id).hosted_by(&account), ip(INSIDE), region("US"), UNIX_EPOCH)
    }
    fn is_for_people_and_logs<T: Display + Serialize + Debug>(_: &T) {}
    let policy = policy();
    let explanation = explain(&policy);
    is_for_people_and_logs(&explanation);
    assert!(explanation.to_string().contains("june-4-vigil") && explanation.to_string().contains("cn-1"));
    assert!(serde_json::to_string(&explanation).unwrap().contains("june-4-vigil"));
}

#[test]
fn an_explanation_says_how_each_order_names_the_meeting_and_why_it_reaches_or_not() {
    let at = UNIX_EPOCH + Duration::from_secs(86_400);
    let mut docket = Docket::default();
    // The id of an order, what it names, and a change that decides whether it reaches.
    type Case = (&'static str, &'static [&'static str], &'static [&'static str], fn(&mut Order));
    let orders: [Case; 9] = [
        ("a", &["vigil"], &[], |_| {}),
        ("b", &[], &["host"], |order| order.status = Status::Received),
        ("c", &["vigil"], &["host"], |order| order.effective = Some(UNIX_EPOCH + Duration::from_secs(86_401))),
        ("d", &["vigil"], &["other"], |order| order.expires = Some(UNIX_EPOCH + Duration::from_secs(86_400))),
        ("e", &["vigil"], &[], |order| order.issuer = "US".to_owned()),
        ("f", &["vigil"], &[], |order| order.regions = vec![region("CN-GD")]),
        ("g", &["vigil"], &[], |order| order.networks = vec!["198.51.100.0/24".parse().unwrap()]),
        ("h", &["vigil"], &[], |order| order.exempt = vec!["203.0.113.7/32".parse().unwrap()]),
        ("i", &["other"], &["other"], |_| {}),
    ];
    for (id, meetings, accounts, change) in orders {
        let mut order = Order::new(id, "CN");
        order.meetings = meetings.iter().map(|&name| name.to_owned()).collect();
        order.accounts = accounts.iter().map(|&name| name.to_owned()).collect();
        change(&mut order);
        docket.orders.push(order);
    }
    let mut exits = Source::new("exits");
    exits.insert("203.0.113.9/32".parse().unwrap(), region("ZZ"));
    let builder = Atlas::builder().source(source()).source(exits.excluding());
    let policy = Policy::compile(&docket, &builder.build().unwrap()).unwrap();
    let explain = |address: &str| policy.explain(Meeting::new("vigil").hosted_by("host"), ip(address), region("CN"), at);
    let lines = |address: &str| explain(address).to_string().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        lines(INSIDE),
        [
            "block participant in meeting `vigil`",
            "participant: CN, by 203.0.113.0/29",
            "host account: CN, under domestic order `a`",
            "time: 1970-01-02T00:00:00Z",
            "order `a` of `CN` names the meeting and reaches the participant",
            "order `b` of `CN` names the account, but is not in force: it is received",
            "order `c` of `CN` names the meeting and the account, but is not effective before 1970-01-02T00:00:01Z",
            "order `d` of `CN` names the meeting, but expired at 1970-01-02T00:00:00Z",
            "order `e` of `US` names the meeting, but CN is outside its issuer's jurisdiction",
            "order `f` of `CN` names the meeting, but CN is not in the regions it is narrowed to",
            "order `g` of `CN` names the meeting, but the participant is not in the networks it is narrowed to",
            "order `h` of `CN` names the meeting, but exempts the participant",
        ]
    );
    let unlocated = lines(OUTSIDE);
    assert_eq!(unlocated[..2], ["keep meeting in meeting `vigil`", "participant: unknown"]);
    assert_eq!(unlocated[4], "order `a` of `CN` names the meeting, but nobody knows where the participant is");
    let excluded = lines("203.0.113.9");
    assert_eq!(excluded[1], "participant: unknown, excluded by `exits`");
    assert_eq!(excluded[4], "order `a` of `CN` names the meeting, but the participant's address is no evidence of a place");
    let json = serde_json::to_value(explain(INSIDE)).unwrap();
    let named: Vec<&str> = json["orders"].as_array().unwrap().iter().map(|order| order["named_by"].as_str().unwrap()).collect();
    assert_eq!(named[..4], ["meeting", "account", "meeting-and-account", "meeting"]);
}

#[test]
fn a_decision_is_shown_by_its_kind_and_the_ids_of_its_orders() {
    let policy = policy();
    let decide = |meeting: &'static str, address: &str, host: &str| policy.decide(meeting, ip(address), region(host));
    let [block, keep] = [INSIDE, OUTSIDE].map(|address| decide("june-4-vigil", address, "US"));
    let allow = decide("other", INSIDE, "US");
    let domestic = decide("june-4-vigil", OUTSIDE, "CN");
    assert_eq!([allow, block, keep].map(|decision| decision.to_string()), ["allow", "block participant", "keep meeting"]);
    assert_eq!(format!("{allow:>7}|{keep:<14}|"), "  allow|keep meeting  |");
    assert_eq!(
        [allow, block, keep, domestic].map(|decision| format!("{decision:?}")),
        [
            "Allow",
            "BlockParticipant(Block { orders: [\"cn-1\"], domestic: None, .. })",
            "KeepMeeting(Keep { orders: [\"cn-1\"], domestic: None, .. })",
            "KeepMeeting(Keep { orders: [\"cn-1\"], domestic: Some(\"cn-1\"), .. })",
        ]
    );
    // Decisions are equal that say one thing about one list of orders.
    let all = [allow, block, keep, domestic];
    for (n, one) in all.iter().enumerate() {
        assert!(all.iter().enumerate().all(|(m, other)| (one == other) == (n == m)), "{one:?}");
    }
    let shown = |meeting: &'static str| [format!("{:?}", policy.meeting(meeting)), format!("{:?}", policy.reasons(meeting))];
    for (meeting, is_named) in [("june-4-vigil", "is_named: true, .. }"), ("other", "is_named: false, .. }")] {
        let [in_meeting, reasons] = shown(meeting);
        assert!(
            in_meeting.starts_with("InMeeting { policy: Policy { orders: 1,") && in_meeting.ends_with(is_named),
            "{in_meeting}"
        );
        assert!(reasons.starts_with("ReasonsInMeeting { policy: Policy {") && reasons.ends_with(is_named), "{reasons}");
    }
}

#[test]
fn sources_and_atlases_are_shown_by_their_sizes() {
    assert_eq!(format!("{:?}", source()), "Source { name: \"provider\", v4: 1, v6: 0, .. }");
    let atlas = format!("{:?}", Atlas::builder().source(source()).build().unwrap());
    assert!(atlas.starts_with("Atlas { regions: 1, memory_usage: ") && atlas.ends_with(", .. }"), "{atlas}");
}

/// Such networks are made in code: a file that has them is not read.
#[test]
fn a_network_with_host_bits_is_told_with_the_one_that_it_may_mean() {
    let mut docket = docket();
    docket.orders[0].networks = vec!["203.0.113.7/24".parse().unwrap()];
    let error = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap_err();
    assert_eq!(error.errors()[0].suggestion().as_deref(), Some("203.0.113.0/24"));
}

#[test]
fn a_policy_outlives_the_docket_and_the_atlas_that_it_was_compiled_from() {
    let policy: Policy = {
        let (docket, atlas) = (docket(), Atlas::builder().source(source()).build().unwrap());
        Policy::compile(&docket, &atlas).unwrap()
    };
    let other = std::thread::spawn({
        let policy = policy.clone();
        move || policy.decide("june-4-vigil", ip(INSIDE), region("US")).admits()
    });
    assert_eq!(other.join().unwrap(), policy.decide("june-4-vigil", ip(INSIDE), region("US")).admits());
}

// Traits beside those of `tests/contract.rs`.

#[test]
fn what_a_load_tells_is_debug_and_may_be_shared_between_threads() {
    fn debug_and_shared<T: Debug + Send + Sync + 'static>() {}
    debug_and_shared::<(CountryOf, Loader, LoadReport, LineError, Refused, Skipped)>();
    fn error<T: Error + Send + Sync + 'static>() {}
    error::<LineError>();
    let _: Box<dyn Error + Send + Sync> = Box::new("UK".parse::<Region>().unwrap_err());
}

#[test]
fn what_is_compiled_is_cloned_cheaply() {
    assert_eq!(size_of::<Policy>(), size_of::<usize>());
    assert_eq!(size_of::<Atlas>(), size_of::<usize>());
}

#[test]
fn a_region_is_a_key_of_any_map() {
    fn key<T: Copy + Eq + Ord + Hash + Display + FromStr<Err = RegionError>>() {}
    key::<Region>();
}
