//! Evidence of place: special-purpose addresses, exclusions, and the age of sources.

mod support;

use std::time::{Duration, SystemTime};

use bailiwick::geo::AtlasError;
use bailiwick::policy::{DefectCause, Reason, WarningCause};
use bailiwick::{Atlas, Decision, Docket, Location, Order, Policy, Region, Requirements, Source, spec};
use support::{ip, source};

/// The first and the last address of each special-purpose network (IANA's registries, RFC 6890).
const SPECIAL: [(&str, &str); 18] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
    ("::", "::"),
    ("::1", "::1"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// The addresses beside these networks, and the documentation networks, which examples locate.
const ORDINARY: [&str; 30] = [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "2001:db8::1",
    "3fff::1",
    "::2",
    "64:ff9b::1",
    "64:ff9b:2::",
    "100:0:0:1::",
    "fbff:ffff::1",
    "fec0::",
    "feff:ffff::1",
];

fn cn() -> Region {
    "CN".parse().unwrap()
}

fn atlas(sources: &[Source]) -> Atlas {
    Atlas::builder().sources(sources.iter().cloned()).build().unwrap()
}

/// The location of an address, by the compiled atlas and by the specification.
fn locate(sources: &[Source], text: &str) -> Location {
    let location = atlas(sources).locate(ip(text));
    assert_eq!(spec::locate(sources, 1, ip(text)), location, "{text}");
    location
}

fn docket() -> Docket {
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("vigil".to_owned());
    let mut docket = Docket::default();
    docket.orders.push(order);
    docket
}

fn special_ends() -> impl Iterator<Item = &'static str> {
    SPECIAL.iter().flat_map(|&(first, last)| [first, last])
}

#[test]
fn a_row_of_all_addresses_locates_nobody_at_a_special_purpose_address() {
    let everywhere = [source("all", &[("0.0.0.0/0", "CN"), ("::/0", "CN")])];
    for address in special_ends() {
        assert_eq!(locate(&everywhere, address), Location::Unknown, "{address}");
    }
    for address in ORDINARY {
        assert_eq!(locate(&everywhere, address), Location::In(cn()), "{address}");
    }
    assert_eq!(locate(&everywhere, "::ffff:10.1.2.3"), Location::Unknown);
    assert_eq!(locate(&everywhere, "::ffff:203.0.113.1"), Location::In(cn()));
    assert_eq!((atlas(&everywhere).sources()[0].located(), atlas(&everywhere).sources()[0].special_purpose()), (2, 2));
}

#[test]
fn a_list_of_own_networks_locates_them() {
    for (first, last) in SPECIAL {
        let mut own = Source::new("own");
        own.insert_range(ip(first), ip(last), cn()).unwrap();
        let everywhere = source("all", &[("0.0.0.0/0", "US"), ("::/0", "US")]);
        for address in [first, last] {
            assert_eq!(locate(&[own.clone()], address), Location::In(cn()), "{address}");
            assert_eq!(locate(&[own.clone(), everywhere.clone()], address), Location::In(cn()), "the other is not heard");
        }
        assert_eq!(atlas(&[own]).sources()[0].special_purpose(), 0);
    }
    // Blocks that touch are one: a range over both lies in the union.
    let mut own = Source::new("own");
    own.insert_range(ip("239.0.0.0"), ip("240.0.0.9"), cn()).unwrap();
    own.insert("::/127".parse().unwrap(), cn());
    assert_eq!(locate(&[own.clone()], "240.0.0.1"), Location::In(cn()));
    assert_eq!(locate(&[own], "::1"), Location::In(cn()));
}

#[test]
fn one_ordinary_row_makes_a_source_silent_about_special_purpose_addresses() {
    for other in ["203.0.113.0/24 CN", "203.0.113.0/24 ZZ", "9.0.0.0/7 CN", "2001:db8::/32 CN"] {
        let (network, code) = other.split_once(' ').unwrap();
        let mixed = [source("mixed", &[("10.0.0.0/8", "CN"), (network, code)])];
        assert_eq!(locate(&mixed, "10.1.2.3"), Location::Unknown, "{other}");
    }
}

#[test]
fn the_formats_of_providers_never_locate_special_purpose_addresses() {
    let private = "10.0.0.0,10.255.255.255,CN\n";
    let statistics = "apnic|CN|ipv4|10.0.0.0|16777216|20110414|allocated\n";
    let published = [
        Source::from_range_csv("range", private.as_bytes()).unwrap(),
        Source::from_rir("rir", statistics.as_bytes()).unwrap(),
        Source::from_geofeed("feed", "127.0.0.0/8,CN,,,\n".as_bytes()).unwrap(),
    ];
    for source in published {
        for address in ["10.1.2.3", "127.0.0.1"] {
            assert_eq!(locate(std::slice::from_ref(&source), address), Location::Unknown, "{source:?}");
        }
        let atlas = atlas(&[source]);
        assert_eq!((atlas.sources()[0].located(), atlas.sources()[0].special_purpose()), (0, 1), "{atlas:?}");
    }
    let own = [
        Source::from_cidr_csv("cidr", "10.0.0.0/8,CN\n".as_bytes()).unwrap(),
        Source::from_zone("zone", cn(), "10.0.0.0/8\n".as_bytes()).unwrap(),
    ];
    for source in own {
        assert_eq!(locate(&[source], "10.1.2.3"), Location::In(cn()));
    }
    // Two files of one source, of which a provider published one.
    let files = [Source::from_range_csv("", private.as_bytes()).unwrap(), source("", &[("10.1.0.0/16", "CN")])];
    assert_eq!(locate(&[Source::joined("both", files)], "10.1.2.3"), Location::Unknown);
}

/// Of two files: when one was published, their rows locate nothing in special-purpose networks; when one excludes, both do.
#[test]
fn a_source_of_two_files_is_as_careful_as_each_of_them() {
    let own = || source("", &[("10.0.0.0/8", "CN")]);
    let published = || Source::from_range_csv("", "10.0.0.0,10.255.255.255,CN\n".as_bytes()).unwrap();
    let cases = [
        ([own(), own()], Location::In(cn())),
        ([own(), published()], Location::Unknown),
        ([published(), own()], Location::Unknown),
        ([published(), published()], Location::Unknown),
    ];
    for (files, location) in cases {
        assert_eq!(locate(&[Source::joined("both", files)], "10.1.2.3"), location);
    }
    let plain = || source("", &[("203.0.113.0/24", "CN")]);
    let exits = || source("", &[("203.0.113.7/32", "CN")]).excluding();
    let cases = [([plain(), plain()], false), ([plain(), exits()], true), ([exits(), plain()], true), ([exits(), exits()], true)];
    for (files, is_excluding) in cases {
        assert_eq!(Source::joined("both", files).is_excluding(), is_excluding);
    }
}

#[test]
fn an_excluded_address_is_unknown_whatever_is_said_of_it() {
    let provider = || source("provider", &[("203.0.113.0/24", "CN"), ("2001:db8::/32", "CN")]);
    let contesting = || source("contesting", &[("203.0.113.0/25", "HK")]);
    let own = || source("own", &[("10.0.0.0/8", "CN")]);
    for code in ["CN", "HK", "ZZ"] {
        let rows = [("203.0.113.7/32", code), ("203.0.0.0/16", "ZZ"), ("10.1.0.0/16", code), ("2001:db8::/33", code)];
        let one = source("exits", &rows[..1]).excluding();
        assert_eq!(locate(&[provider(), one.clone()], "203.0.113.7"), Location::Unknown);
        assert_eq!(locate(&[provider(), one.clone()], "203.0.113.8"), Location::In(cn()));
        assert_eq!(locate(&[provider(), contesting(), one.clone()], "203.0.113.7"), Location::Unknown, "before it is contested");
        assert_eq!(locate(&[provider(), contesting(), one], "203.0.113.8"), Location::Contested);

        let all = source("exits", &rows).excluding();
        for address in ["203.0.113.7", "203.0.113.8", "10.1.2.3", "2001:db8::1", "::ffff:203.0.113.7"] {
            assert_eq!(locate(&[provider(), own(), all.clone()], address), Location::Unknown, "{address}");
        }
        assert_eq!(locate(&[provider(), own(), all.clone()], "10.2.0.0"), Location::In(cn()));
        assert_eq!(locate(&[provider(), own(), all], "2001:db8:8000::"), Location::In(cn()));
    }
}

#[test]
fn an_exclusion_does_not_count_for_min_sources() {
    let (provider, exits) = (source("provider", &[("203.0.113.0/24", "CN")]), source("exits", &[("203.0.113.7/32", "CN")]));
    let build =
        |min_sources| Atlas::builder().source(provider.clone()).source(exits.clone().excluding()).min_sources(min_sources).build();
    assert_eq!(build(1).unwrap().locate(ip("203.0.113.8")), Location::In(cn()));
    assert_eq!(build(2).unwrap_err(), AtlasError::MinSources { min_sources: 2, sources: 1 });

    let alone = Atlas::builder().source(exits.clone().excluding()).build().unwrap();
    assert_eq!(alone.locate(ip("203.0.113.7")), Location::Unknown);
    let two = Atlas::builder().source(exits.excluding()).min_sources(2).build().unwrap_err();
    assert_eq!(two.to_string(), "`min_sources` is 2 with 0 sources that can locate: write a number from 1 to 1");
}

#[test]
fn an_exclusion_that_lost_rows_is_an_error() {
    let empty = Atlas::builder().source(Source::new("exits").excluding()).build().unwrap_err();
    assert!(matches!(empty, AtlasError::EmptyExclusion { .. }) && empty.to_string().starts_with("source `exits` "), "{empty}");

    let lines = "203.0.113.7,ZZ\nnonsense,ZZ\n";
    let tolerant = Source::loader("exits").tolerant().cidr_csv(lines.as_bytes());
    let Ok(tolerant) = tolerant else { return };
    let lost = Atlas::builder().source(tolerant.excluding()).build().unwrap_err();
    assert!(matches!(lost, AtlasError::IncompleteExclusion { lines: 1, .. }), "{lost}");
}

#[test]
fn an_explanation_names_the_sources_that_exclude() {
    let sources = [
        source("provider", &[("203.0.113.0/24", "CN")]),
        source("tor", &[("203.0.113.7/32", "ZZ")]).excluding(),
        source("a\u{1b}[31m", &[("203.0.113.0/29", "ZZ")]).excluding(),
    ];
    let policy = Policy::compile(&docket(), &atlas(&sources)).unwrap();
    let at = SystemTime::UNIX_EPOCH;
    assert!(matches!(policy.decide_at("vigil", ip("203.0.113.7"), Region::UNKNOWN, at), Decision::KeepMeeting(_)));
    let excluded = policy.explain("vigil", ip("203.0.113.7"), Region::UNKNOWN, at);
    assert_eq!(excluded.excluded_by().collect::<Vec<_>>(), ["a\u{1b}[31m", "tor"]);
    assert_eq!(excluded.orders()[0].reason(), Reason::Unlocated);
    let text = excluded.to_string();
    assert!(text.contains("participant: unknown, excluded by `a\\u{1b}[31m`, `tor`\n"), "{text}");
    let json = serde_json::to_value(&excluded).unwrap();
    assert_eq!((&json["location"], &json["excluded_by"]), (&"unknown".into(), &serde_json::json!(["a\u{1b}[31m", "tor"])));

    let located = policy.explain("vigil", ip("203.0.113.99"), Region::UNKNOWN, at);
    assert_eq!((located.excluded_by().count(), located.location()), (0, Location::In(cn())));
    assert_eq!(serde_json::to_value(&located).unwrap()["excluded_by"], serde_json::json!([]));
}

/// What is said of each order, to those who ask why somebody was blocked, or was not.
#[test]
fn an_explanation_says_why_each_order_reaches_the_participant_or_does_not() {
    let place = |name: &str, places: &[(&str, &str)]| source(name, places);
    let atlas = atlas(&[
        place("a", &[("203.0.113.0/24", "CN"), ("198.51.100.0/24", "HK"), ("192.0.2.0/24", "CN")]),
        place("b", &[("203.0.113.0/24", "CN"), ("198.51.100.0/24", "HK"), ("192.0.2.0/24", "US")]),
        place("tor", &[("203.0.113.200/32", "ZZ")]).excluding(),
    ]);
    let hour = |hours: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(hours * 3600);
    let order = |id: &str, change: fn(&mut Order)| {
        let mut order = Order::new(id, "CN");
        order.meetings = vec!["vigil".to_owned()];
        change(&mut order);
        order
    };
    let mut docket = Docket::default();
    docket.orders = vec![
        order("account", |order| (order.meetings, order.accounts) = (vec![], vec!["anna".to_owned()])),
        order("both", |order| order.accounts = vec!["anna".to_owned()]),
        order("early", |order| order.effective = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(3600 * 20))),
        order("exempting", |order| order.exempt = vec!["203.0.113.7/32".parse().unwrap()]),
        order("late", |order| order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(3600 * 10))),
        order("networks", |order| order.networks = vec!["203.0.113.128/25".parse().unwrap()]),
        order("regions", |order| order.regions = vec!["CN-GD".parse().unwrap()]),
        order("withdrawn", |order| order.status = bailiwick::Status::Withdrawn),
    ];
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let meeting = || bailiwick::Meeting::new("vigil").hosted_by("anna");
    let explain = |address: &str, host: &str| policy.explain(meeting(), ip(address), host.parse().unwrap(), hour(12));
    let inside = explain("203.0.113.7", "CN");
    assert_eq!(inside.host_region(), cn());
    assert_eq!(
        inside.orders()[..2].iter().map(|order| format!("{:?}", order.named_by())).collect::<Vec<_>>(),
        ["Account", "MeetingAndAccount"]
    );
    assert_eq!(
        inside.to_string().split("\n  ").skip(1).collect::<Vec<_>>(),
        [
            "participant: CN, by 203.0.113.0/25",
            "host account: CN, under domestic order `account`",
            "time: 1970-01-01T12:00:00Z",
            "order `account` of `CN` names the account and reaches the participant",
            "order `both` of `CN` names the meeting and the account and reaches the participant",
            "order `early` of `CN` names the meeting, but is not effective before 1970-01-01T20:00:00Z",
            "order `exempting` of `CN` names the meeting, but exempts the participant",
            "order `late` of `CN` names the meeting, but expired at 1970-01-01T10:00:00Z",
            "order `networks` of `CN` names the meeting, but the participant is not in the networks it is narrowed to",
            "order `regions` of `CN` names the meeting, but CN is not in the regions it is narrowed to",
            "order `withdrawn` of `CN` names the meeting, but is not in force: it is withdrawn",
        ]
    );
    // The host's account is abroad.
    assert!(explain("203.0.113.7", "US").to_string().contains("\n  host account: US, unaffected\n"));
    for (address, said) in [
        ("198.51.100.7", "names the account, but HK is outside its issuer's jurisdiction"),
        ("192.0.2.7", "names the account, but the sources do not agree on where the participant is"),
        ("8.8.8.8", "names the account, but nobody knows where the participant is"),
        ("203.0.113.200", "names the account, but the participant's address is no evidence of a place"),
    ] {
        let shown = explain(address, "US").to_string();
        assert!(
            shown.starts_with("keep meeting in meeting `vigil`\n") && shown.contains(&format!("order `account` of `CN` {said}\n")),
            "{shown}"
        );
    }
}

fn days_ago(days: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(days * 24 * 3600 + 60)
}

/// The warnings about the sources: `order`, `source`, `field` and text.
fn said(policy: &Policy) -> Vec<String> {
    let about_sources = policy.warnings().iter().filter(|warning| warning.source().is_some());
    about_sources
        .map(|warning| {
            assert_eq!((warning.order(), warning.group(), warning.field()), (None, None, "geo"));
            warning.to_string()
        })
        .collect()
}

#[test]
fn sources_that_are_old_or_locate_nothing_are_warned_of() {
    let good = || source("good", &[("203.0.113.0/24", "CN")]);
    // Half a day for the test to run in.
    let ahead = |days: u64| SystemTime::now() + Duration::from_secs(days * 86_400 + 43_200);
    let cases: [(Source, &[&str]); 10] = [
        (good(), &[]),
        (good().as_of(days_ago(179)), &[]),
        (good().as_of(SystemTime::now() + Duration::from_secs(86_400)), &[]),
        (good().as_of(ahead(1)), &["source `good`, `geo`: it is dated 1 day ahead of the clock, so its age is not known"]),
        (good().as_of(ahead(3000)), &["source `good`, `geo`: it is dated 3000 days ahead of the clock"]),
        (good().as_of(days_ago(200)), &["source `good`, `geo`: it was made 200 days ago"]),
        (Source::new("empty"), &["source `empty`, `geo`: no row of it locates an address"]),
        (source("zz", &[("203.0.113.0/24", "ZZ")]), &["source `zz`, `geo`: no row of it locates an address"]),
        (
            source("mixed", &[("203.0.113.0/24", "CN"), ("10.0.0.0/8", "CN"), ("192.168.0.0/16", "ZZ")]),
            &["source `mixed`, `geo`: 1 row names a region for special-purpose addresses"],
        ),
        (good().excluding().as_of(days_ago(400)), &["source `good`, `geo`: it was made 400 days ago"]),
    ];
    for (source, expected) in cases {
        let policy = Policy::compile(&Docket::default(), &atlas(&[source])).unwrap();
        assert_eq!(policy.atlas().warnings(), policy.warnings());
        let said = said(&policy);
        let agree = said.len() == expected.len() && said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected));
        assert!(agree, "{said:?} {expected:?}");
    }
}

#[test]
fn a_required_age_is_an_error_at_first_and_a_warning_from_then_on() {
    let required = Requirements::new().source_age(30);
    let good = || source("good", &[("203.0.113.0/24", "CN")]);
    Policy::compile_with(&docket(), &atlas(&[good().as_of(days_ago(29))]), &required).unwrap();

    let old = Policy::compile_with(&docket(), &atlas(&[good().as_of(days_ago(31))]), &required).unwrap_err();
    assert_eq!((old.errors()[0].source(), old.errors()[0].field()), (Some("good"), "geo"));
    assert!(matches!(old.errors()[0].cause(), DefectCause::OldSource { days: 31, limit: 30 }), "{old}");
    let unknown = Policy::compile_with(&docket(), &atlas(&[good()]), &required).unwrap_err();
    assert!(matches!(unknown.errors()[0].cause(), DefectCause::UnknownSourceAge { limit: 30 }), "{unknown}");

    // A date after now would keep a source new for ever.
    let later = |days: u64| SystemTime::now() + Duration::from_secs(days * 86_400 + 43_200);
    let future = Policy::compile_with(&docket(), &atlas(&[good().as_of(later(2))]), &required).unwrap_err();
    assert!(matches!(future.errors()[0].cause(), DefectCause::FutureSource { days: 2, limit: 30 }), "{future}");
    // Registries date their files by the day, in time zones ahead of UTC.
    Policy::compile_with(&docket(), &atlas(&[good().as_of(later(0))]), &required).unwrap();
    // A policy goes on with the atlas that it has, so that an order can be withdrawn.
    let policy = Policy::compile(&docket(), &atlas(&[good().as_of(later(2))])).unwrap();
    assert!(policy.recompile(&docket()).is_ok());

    // Errors of the docket are told at once with those of the sources.
    let mut wrong = docket();
    wrong.orders[0].issuer = "UK".to_owned();
    let both = Policy::compile_with(&wrong, &atlas(&[good()]), &required).unwrap_err();
    assert_eq!(both.errors().iter().map(|error| error.field()).collect::<Vec<_>>(), ["geo", "issuer"]);
}

#[test]
fn warnings_about_sources_stay_in_amended_policies() {
    let old = source("old", &[("203.0.113.0/24", "CN")]).as_of(days_ago(300));
    let policy = Policy::compile(&docket(), &atlas(&[old])).unwrap();
    let mut changed = docket();
    changed.orders[0].authority = "an office".to_owned();
    for after in [policy.amend(changed.orders.clone()).unwrap(), policy.recompile(&changed).unwrap()] {
        assert_eq!(said(&after), said(&policy));
        assert!(matches!(after.warnings()[0].cause(), WarningCause::OldSource { days: 300 }));
    }
}

#[test]
fn the_atlas_keeps_what_its_sources_are() {
    let (june, may) = (days_ago(1), days_ago(30));
    let files = [source("v4", &[("203.0.113.0/24", "CN")]).as_of(june), source("v6", &[("2001:db8::/32", "ZZ")]).as_of(may)];
    let joined = Source::joined("b", files);
    assert_eq!(joined.known_as_of(), Some(may), "the oldest of several files");
    let undated = Source::joined("c", [source("", &[("203.0.113.0/24", "CN")]).as_of(june), Source::new("")]);
    assert_eq!(undated.known_as_of(), None, "one file may be of any age");
    let excluding = source("a", &[("203.0.113.7/32", "CN")]).excluding();

    let atlas = atlas(&[joined, undated, excluding]);
    let kept: Vec<_> = atlas.sources().iter().map(|s| (s.name(), s.known_as_of(), s.is_excluding(), s.located())).collect();
    assert_eq!(kept, [("a", None, true, 0), ("b", Some(may), false, 1), ("c", None, false, 1)]);
    let policy = Policy::compile(&docket(), &atlas).unwrap();
    assert_eq!(policy.atlas().sources(), atlas.sources());
}
