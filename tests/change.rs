//! Changes of policies: each way in which an order can change, all of a small universe, and people who may come back.

#[path = "bodies/special.rs"]
mod special;
mod support;

use std::time::{Duration, SystemTime};

use bailiwick::change::ChangeKind;
use bailiwick::disclosure::Threshold;
use bailiwick::reach::{Ranges, Size};
use bailiwick::{Atlas, Decision, Meeting, Order, Policy, Region, Status};
use special::SPECIAL;
use support::{atlas_of as atlas, docket, ip, network, order, region, source};

const PLACES: [(&str, &str); 5] = [
    ("203.0.113.0/24", "CN"),
    ("203.0.114.0/24", "CN-GD"),
    ("198.51.100.0/24", "US"),
    ("192.0.2.0/24", "HK"),
    ("2001:db8::/32", "CN"),
];

fn hour(n: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(3600 * n)
}

fn compile(orders: impl IntoIterator<Item = Order>, atlas: &Atlas) -> Policy {
    Policy::compile(&docket(orders), atlas).unwrap()
}

fn listed(ranges: &Ranges) -> Vec<String> {
    ranges.networks().map(|(network, region)| format!("{network} {region}")).collect()
}

/// An edit of an order of CN about `vigil`, whether it widens and releases, and the text about it.
type Case = (fn(&mut Order), (bool, bool), &'static str);

const CASES: &[Case] = &[
    (
        |order| order.networks.push("203.0.113.0/24".parse().unwrap()),
        (false, true),
        "some are released, and nobody is blocked who was not\n\
         changed: order `cn-1` of `CN`\n  \
           releases in CN: 7.92e28 IPv6 addresses\n  \
           releases in CN-GD: 256 IPv4 addresses",
    ),
    (
        |order| order.exempt.clear(),
        (true, false),
        "some are blocked who were not\n\
         changed: order `cn-1` of `CN`\n  \
           newly reaches in CN: 1 IPv4 address",
    ),
    (
        |order| order.meetings = vec!["another".to_owned(), "third".to_owned()],
        (true, true),
        "some are blocked who were not, and some are released\n\
         changed: order `cn-1` of `CN`\n  \
           newly names 2 meetings\n  \
           names no longer 1 meeting",
    ),
    (
        |order| order.accounts.push("account".to_owned()),
        (true, false),
        "some are blocked who were not\n\
         changed: order `cn-1` of `CN`\n  \
           newly names 1 account",
    ),
    (
        |order| order.expires = Some(hour(8)),
        (false, true),
        "some are released, and nobody is blocked who was not\n\
         changed: order `cn-1` of `CN`\n  \
           in force from 1970-01-01T01:00:00Z until 1970-01-01T08:00:00Z, and was from 1970-01-01T01:00:00Z until \
         1970-01-01T09:00:00Z",
    ),
    (
        |order| (order.effective, order.expires) = (Some(hour(8)), Some(hour(10))),
        (true, true),
        "some are blocked who were not, and some are released\n\
         changed: order `cn-1` of `CN`\n  \
           in force from 1970-01-01T08:00:00Z until 1970-01-01T10:00:00Z, and was from 1970-01-01T01:00:00Z until \
         1970-01-01T09:00:00Z",
    ),
    (
        |order| order.status = Status::Withdrawn,
        (false, true),
        "some are released, and nobody is blocked who was not\n\
         withdrawn: order `cn-1` of `CN`\n  \
           releases in CN: 255 IPv4 addresses, 7.92e28 IPv6 addresses\n  \
           releases in CN-GD: 256 IPv4 addresses\n  \
           names no longer 1 meeting",
    ),
    (
        |order| order.issuer = "CN-GD".to_owned(),
        (false, true),
        "some are released, and nobody is blocked who was not\n\
         changed: order `cn-1` of `CN-GD`\n  \
           releases in CN: 255 IPv4 addresses, 7.92e28 IPv6 addresses\n  \
           its issuer loses authority over CN",
    ),
    (
        |order| order.id = "cn-2".to_owned(),
        (false, false),
        "decisions name other orders, and nobody is blocked or released\n\
         withdrawn: order `cn-1` of `CN`\n  \
           releases in CN: 255 IPv4 addresses, 7.92e28 IPv6 addresses\n  \
           releases in CN-GD: 256 IPv4 addresses\n  \
           names no longer 1 meeting\n\
         added: order `cn-2` of `CN`\n  \
           newly reaches in CN: 255 IPv4 addresses, 7.92e28 IPv6 addresses\n  \
           newly reaches in CN-GD: 256 IPv4 addresses\n  \
           newly names 1 meeting\n  \
           in force from 1970-01-01T01:00:00Z until 1970-01-01T09:00:00Z",
    ),
    (|order| order.authority = "an office".to_owned(), (false, false), "no decision changes\nin their records alone: `cn-1`"),
    (|order| order.meetings.push("vigil".to_owned()), (false, false), "no decision changes\nin their records alone: `cn-1`"),
    (
        |order| order.exempt = ["203.0.113.7/32", "192.0.2.0/24"].map(|network| network.parse().unwrap()).to_vec(),
        (false, false),
        "no decision changes\nin their records alone: `cn-1`",
    ),
    (|_| {}, (false, false), "no decision changes"),
];

fn before() -> Order {
    let mut order = order("cn-1", "CN", "vigil");
    order.exempt.push("203.0.113.7/32".parse().unwrap());
    (order.effective, order.expires) = (Some(hour(1)), Some(hour(9)));
    order
}

#[test]
fn each_way_to_change_an_order_is_told() {
    let atlas = atlas(&PLACES);
    for (change, (widens, releases), text) in CASES {
        let mut changed = before();
        change(&mut changed);
        let change = compile([before()], &atlas).change_to(&compile([changed], &atlas));
        assert_eq!(change.to_string(), *text);
        assert_eq!((change.widens(), change.releases()), (*widens, *releases), "{text}");
        assert_eq!(change.is_empty(), text.starts_with("no decision"), "{text}");
    }
}

#[test]
fn an_order_of_each_kind_is_listed_with_what_it_reaches() {
    let atlas = atlas(&PLACES);
    let mut narrowed = order("b", "CN", "vigil");
    narrowed.networks.push("203.0.113.0/25".parse().unwrap());
    let mut wider = narrowed.clone();
    (wider.networks, wider.exempt) = (vec!["203.0.112.0/23".parse().unwrap()], vec!["203.0.113.0/30".parse().unwrap()]);
    let old = compile([order("a", "HK", "vigil"), narrowed], &atlas);
    let new = compile([wider, order("c", "US", "vigil")], &atlas);
    let change = old.change_to(&new);

    let kinds: Vec<_> = change.orders().map(|order| (order.id(), order.kind())).collect();
    assert_eq!(kinds, [("a", ChangeKind::Withdrawn), ("b", ChangeKind::Changed), ("c", ChangeKind::Added)]);
    let [withdrawn, changed, added] =
        [change.withdrawn().next(), change.changed().next(), change.added().next()].map(Option::unwrap);
    assert_eq!((listed(&withdrawn.released()), withdrawn.reached().is_empty()), (vec!["192.0.2.0/24 HK".to_owned()], true));
    assert_eq!(listed(&changed.reached()), ["203.0.113.128/25 CN"]);
    assert_eq!(listed(&changed.released()), ["203.0.113.0/30 CN"]);
    assert_eq!((listed(&added.reached()), added.released().is_empty()), (vec!["198.51.100.0/24 US".to_owned()], true));
    assert!(withdrawn.meetings_removed().eq(["vigil"]) && added.meetings_added().eq(["vigil"]));
    assert_eq!((changed.meetings_added().count(), changed.accounts_removed().count()), (0, 0));
    assert!(withdrawn.after().is_none() && added.before().is_none() && !changed.window_changed());
}

/// Edits of an order of CN about `vigil` that name no networks, and of one whose networks or exemptions leave the same addresses to it
/// as its regions do. With each edit, what its end says and its way back.
#[test]
fn regions_networks_and_exemptions_are_compared_by_the_addresses_that_they_leave() {
    let atlas = atlas(&PLACES);
    let plain = || order("cn-1", "CN", "vigil");
    let with = |regions: &[&str], networks: &[&str], exempt: &[&str]| {
        let mut order = plain();
        order.regions = regions.iter().map(|code| region(code)).collect();
        order.networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        order.exempt = exempt.iter().map(|network| network.parse().unwrap()).collect();
        order
    };
    let mut signed = plain();
    signed.authority = "an office".to_owned();
    let of_gd = "203.0.114.0/24";
    let but_gd = ["203.0.113.0/24", "2001:db8::/32"];
    let alike = [
        (plain(), signed),
        (plain(), with(&[], &["0.0.0.0/0", "::/0"], &[])),
        (plain(), with(&[], &[], &["192.0.2.0/24"])),
        (plain(), with(&["CN"], &[], &[])),
        (with(&[], &[of_gd], &[]), with(&["CN-GD"], &[of_gd], &[])),
        (with(&[], &[], &but_gd), with(&["CN-GD"], &[], &but_gd)),
        (with(&[], &[of_gd], &[]), with(&["CN-GD"], &[], &[])),
        (with(&[], &[], &but_gd), with(&["CN-GD"], &[], &[])),
    ];
    for (one, other) in alike {
        for (old, new) in [(&one, &other), (&other, &one)] {
            let change = compile([old.clone()], &atlas).change_to(&compile([new.clone()], &atlas));
            assert_eq!(change.to_string(), "no decision changes\nin their records alone: `cn-1`", "{old:?} to {new:?}");
            assert!(change.is_empty() && !change.widens() && !change.releases() && change.orders().next().is_none());
        }
        let same = compile([one.clone()], &atlas).change_to(&compile([one], &atlas)).to_string();
        assert_eq!(same, "no decision changes");
    }
    let narrower = [
        (with(&["CN-GD"], &[], &[]), "CN: 256 IPv4 addresses, 7.92e28 IPv6 addresses"),
        (with(&[], &["203.0.113.0/24", "203.0.114.0/24"], &[]), "CN: 7.92e28 IPv6 addresses"),
        (with(&[], &[], &["203.0.114.0/25"]), "CN-GD: 128 IPv4 addresses"),
        (with(&["CN-GD"], &[], &but_gd), "CN: 256 IPv4 addresses, 7.92e28 IPv6 addresses"),
    ];
    for (narrower, addresses) in narrower {
        let (wide, narrow) = (compile([plain()], &atlas), compile([narrower], &atlas));
        let (there, back) = (wide.change_to(&narrow), narrow.change_to(&wide));
        assert!(there.releases() && !there.widens() && back.widens() && !back.releases(), "{addresses}");
        let said = |begins: &str, does: &str| format!("{begins}\nchanged: order `cn-1` of `CN`\n  {does} in {addresses}");
        assert_eq!(there.to_string(), said("some are released, and nobody is blocked who was not", "releases"));
        assert_eq!(back.to_string(), said("some are blocked who were not", "newly reaches"));
    }
}

/// Orders that are not narrowed change alike where their areas do, and are counted once. Orders that are narrowed are not alike.
#[test]
fn each_order_is_told_with_the_addresses_that_it_reaches_itself() {
    let atlas = atlas(&PLACES);
    let narrowed = |id: &str, network: &str| {
        let mut order = order(id, "CN", "vigil");
        order.networks.push(network.parse().unwrap());
        order
    };
    let orders =
        || [narrowed("a", "203.0.113.0/25"), narrowed("b", "203.0.113.0/31"), order("c", "HK", "vigil"), order("d", "HK", "vigil")];
    let text = compile([], &atlas).change_to(&compile(orders(), &atlas)).to_string();
    let reached: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  newly reaches in ")).collect();
    assert_eq!(reached, ["CN: 128 IPv4 addresses", "CN: 2 IPv4 addresses", "HK: 256 IPv4 addresses", "HK: 256 IPv4 addresses"]);
}

#[test]
fn accounts_and_meetings_that_come_and_go_are_told_by_name() {
    let atlas = atlas(&PLACES);
    let with = |meetings: [&str; 2], accounts: [&str; 2]| {
        let mut order = before();
        (order.meetings, order.accounts) = (meetings.map(str::to_owned).to_vec(), accounts.map(str::to_owned).to_vec());
        compile([order], &atlas)
    };
    let change = with(["a", "b"], ["k", "l"]).change_to(&with(["b", "c"], ["l", "m"]));
    let order = change.orders().next().unwrap();
    assert!(order.meetings_added().eq(["c"]) && order.meetings_removed().eq(["a"]));
    assert!(order.accounts_added().eq(["m"]) && order.accounts_removed().eq(["k"]));
    let text = change.to_string();
    assert!(text.contains("\n  newly names 1 meeting and 1 account\n  names no longer 1 meeting and 1 account"), "{text}");
}

#[test]
fn an_order_that_reaches_nobody_changes_only_what_decisions_name() {
    let atlas = atlas(&PLACES);
    let mut nowhere = order("b", "CN", "vigil");
    nowhere.exempt = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    for order in [order("a", "FR", "vigil"), nowhere] {
        let [none, one] = [compile([], &atlas), compile([order], &atlas)];
        for change in [none.change_to(&one), one.change_to(&none)] {
            assert!(!change.widens() && !change.releases() && !change.is_empty(), "{change}");
            assert!(change.to_string().starts_with("decisions name other orders, and nobody is blocked or released"), "{change}");
        }
    }
}

#[test]
fn an_order_that_takes_over_what_another_reached_does_not_widen() {
    let atlas = atlas(&PLACES);
    let halves = |id: &str, network: &str| {
        let mut order = order(id, "CN", "vigil");
        order.networks.push(network.parse().unwrap());
        order
    };
    let old = compile([halves("a", "203.0.113.0/25"), halves("b", "203.0.113.128/25")], &atlas);
    let new = compile([halves("whole", "203.0.113.0/24")], &atlas);
    let change = old.change_to(&new);
    assert!(!change.widens() && !change.releases() && !change.is_empty());

    // It widens when it lasts longer than the order that it takes over, or reaches one address more.
    let mut longer = before();
    longer.expires = None;
    assert!(compile([before()], &atlas).change_to(&compile([longer], &atlas)).widens());
    let one_more = compile([halves("whole", "203.0.113.0/24"), halves("one", "203.0.114.0/32")], &atlas);
    assert!(old.change_to(&one_more).widens());
}

/// The meeting has more orders than are compared one by one, and at each hour other ones are in force.
#[test]
fn what_many_orders_reach_together_is_compared_with_what_many_others_do() {
    let atlas = atlas(&PLACES);
    let in_force = |id: String, network: &str, effective, expires| {
        let mut order = order(&id, "CN", "vigil");
        order.networks.push(network.parse().unwrap());
        (order.effective, order.expires) = (Some(hour(effective)), Some(hour(expires)));
        order
    };
    let split = |except: u64| {
        let effective = |n| if n == except { 1000 } else { n % 50 };
        let order = |n| in_force(format!("each-{n:03}"), &format!("203.0.113.{n}/32"), effective(n), 2000 - n);
        compile((0..256).map(order), &atlas)
    };
    let whole = |effective, expires| compile([in_force("all".to_owned(), "203.0.113.0/24", effective, expires)], &atlas);
    let judged = |old: &Policy, new: &Policy| {
        let change = old.change_to(new);
        (change.is_empty(), change.widens(), change.releases())
    };
    let never = u64::MAX;
    let cases = [
        // All are in force from hour 49 on, and the first of them goes out of force at 1745.
        (split(never), whole(49, 1745), (false, false, true)),
        (split(never), whole(48, 1745), (false, true, true)),
        (split(never), whole(49, 1746), (false, true, true)),
        (split(128), whole(999, 1745), (false, true, true)),
        (split(128), whole(1000, 1745), (false, false, true)),
        (whole(0, 2000), split(never), (false, false, true)),
        (whole(0, 1999), split(never), (false, true, true)),
        (split(never), split(never), (true, false, false)),
        (split(128), split(never), (false, true, false)),
        (split(never), split(255), (false, false, true)),
    ];
    for (n, (old, new, expected)) in cases.iter().enumerate() {
        assert_eq!(judged(old, new), *expected, "{n}");
        let (empty, widens, releases) = *expected;
        assert_eq!(judged(new, old), (empty, releases, widens), "{n}, backwards");
    }
}

#[test]
fn the_same_docket_on_another_atlas_is_a_change_where_the_addresses_moved() {
    let old = compile([before()], &atlas(&PLACES));
    let alike = compile([before()], &atlas(&PLACES));
    assert!(old.change_to(&alike).is_empty() && old.change_to(&alike).orders().next().is_none());

    let mut places = PLACES;
    places[0].1 = "HK";
    places[3].1 = "CN";
    let moved = compile([before()], &atlas(&places));
    let change = old.change_to(&moved);
    let order = change.changed().next().unwrap();
    assert_eq!(listed(&order.reached()), ["192.0.2.0/24 CN"]);
    let released: Size = order.released().sizes().into_values().sum();
    assert_eq!((released.v4_addresses, released.v6_addresses), (255, 0));
    assert!(change.widens() && change.releases());
}

/// Both atlases have the same regions, and so number them alike.
#[test]
fn addresses_that_change_places_are_released_and_reached() {
    let places = |first, second| {
        atlas(&[("192.0.2.0/25", "CN"), ("192.0.2.128/25", "US"), ("203.0.113.0/24", first), ("198.51.100.0/24", second)])
    };
    let mut narrowed = order("narrowed", "CN", "vigil");
    narrowed.networks = vec!["0.0.0.0/0".parse().unwrap()];
    for order in [order("plain", "CN", "vigil"), narrowed] {
        let [old, new] = [places("CN", "US"), places("US", "CN")].map(|atlas| compile([order.clone()], &atlas));
        let change = old.change_to(&new);
        assert!(change.widens() && change.releases() && !change.is_empty());
        let changed = change.orders().next().unwrap();
        assert_eq!(
            (listed(&changed.reached()), listed(&changed.released())),
            (vec!["198.51.100.0/24 CN".to_owned()], vec!["203.0.113.0/24 CN".to_owned()])
        );
        // Data that only lose a place release, and those that gain one widen.
        let less = compile([order], &places("US", "US"));
        let (loses, gains) = (old.change_to(&less), less.change_to(&old));
        assert_eq!((loses.widens(), loses.releases(), gains.widens(), gains.releases()), (false, true, true, false));
    }
}

#[test]
fn another_jurisdiction_changes_who_is_a_domestic_host() {
    let atlas = atlas(&PLACES);
    let group = |regions: &[&str]| {
        let mut docket = docket([order("1", "GROUP", "vigil")]);
        docket.jurisdictions.insert("GROUP".to_owned(), regions.iter().map(|code| region(code)).collect());
        Policy::compile(&docket, &atlas).unwrap()
    };
    assert!(group(&["US", "US-CA"]).change_to(&group(&["US"])).is_empty());
    let change = group(&["CN"]).change_to(&group(&["CN", "DE"]));
    // Nothing of DE is in the atlas: nobody is reached who was not.
    assert!(!change.is_empty() && !change.widens() && !change.releases());
    assert_eq!(change.changed().next().unwrap().jurisdiction_gained(), [region("DE")]);
    assert!(change.to_string().ends_with("\n  its issuer gains authority over DE"), "{change}");
}

#[test]
fn fences_are_told_beside_decisions() {
    let fenced = |codes: &[&str]| {
        let mut docket = docket([]);
        docket.fenced = codes.iter().map(|code| region(code)).collect();
        Policy::compile(&docket, &atlas(&PLACES)).unwrap()
    };
    let change = fenced(&["RU", "CN"]).change_to(&fenced(&["CN", "CN-GD", "CN-GD"]));
    assert_eq!((change.fenced(), change.unfenced()), (vec![region("CN-GD")], vec![region("RU")]));
    assert_eq!(change.to_string(), "no decision changes\nfenced: CN-GD\nfenced no longer: RU");
}

#[test]
fn the_time_in_which_an_order_is_in_force_is_told() {
    let atlas = atlas(&PLACES);
    let with = |effective: Option<u64>, expires: Option<u64>| {
        let mut order = order("cn-1", "CN", "vigil");
        (order.effective, order.expires) = (effective.map(hour), expires.map(hour));
        compile([order], &atlas)
    };
    let cases = [
        (None, None, "at all times"),
        (Some(1), None, "from 1970-01-01T01:00:00Z"),
        (None, Some(2), "until 1970-01-01T02:00:00Z"),
        (Some(1), Some(2), "from 1970-01-01T01:00:00Z until 1970-01-01T02:00:00Z"),
    ];
    for (effective, expires, said) in cases {
        let policy = with(effective, expires);
        let added = compile([], &atlas).change_to(&policy).to_string();
        assert!(added.ends_with(&format!("\n  in force {said}")), "{added}");
        let changed = with(Some(3), Some(4)).change_to(&policy).to_string();
        let was = "from 1970-01-01T03:00:00Z until 1970-01-01T04:00:00Z";
        assert!(changed.contains(&format!("\n  in force {said}, and was {was}")), "{changed}");
    }
}

#[test]
fn changes_and_sweeps_can_be_sent_to_other_threads() {
    fn is_sent<T: Send + Sync>(_: &T) {}
    let policy = compile([before()], &atlas(&PLACES));
    let change = policy.change_to(&policy);
    is_sent(&change);
    is_sent(&policy.sweep("vigil", Region::UNKNOWN, [(1, ip("203.0.113.1"))]));
    is_sent(&change.roster("vigil", Region::UNKNOWN, [(1, ip("203.0.113.1"))]));
}

#[test]
fn people_come_back_when_the_only_order_against_them_ends() {
    let atlas = atlas(&PLACES);
    let mut of_guangdong = order("gd", "CN-GD", "vigil");
    of_guangdong.accounts.push("account".to_owned());
    let old = compile([before(), of_guangdong.clone()], &atlas);
    let new = compile([of_guangdong], &atlas);
    let people = [("one", "203.0.113.1"), ("two", "203.0.114.1"), ("three", "192.0.2.1")].map(|(key, at)| (key, ip(at)));
    let change = old.change_to(&new);
    let roster = change.roster_at("vigil", region("US"), people, hour(2));
    assert!(roster.reinstated().iter().map(|(key, _)| *key).eq(["one"]));
    assert!(roster.reinstated()[0].1.orders().map(|order| order.id.as_str()).eq(["cn-1"]));
    assert!(roster.still_blocked().iter().map(|(key, _)| *key).eq(["two"]));
    assert!(roster.still_blocked()[0].1.orders().map(|order| order.id.as_str()).eq(["gd"]));
    assert_eq!((roster.unaffected(), roster.to_remove().len()), (["three"].as_slice(), 0));

    let back = new.change_to(&old);
    let roster = back.roster_at("vigil", region("US"), people, hour(2));
    assert!(roster.to_remove().iter().map(|(key, _)| *key).eq(["one"]) && roster.reinstated().is_empty());
    let roster = back.roster_at("vigil", region("US"), people, hour(9));
    assert_eq!((roster.to_remove().len(), roster.still_blocked().len(), roster.at()), (0, 1, hour(9)));
}

#[test]
fn what_is_written_names_neither_people_nor_meetings_nor_addresses() {
    let atlas = atlas(&PLACES);
    let mut wide = before();
    wide.accounts.push("account-17".to_owned());
    let old = compile([order("b", "HK", "dinner")], &atlas);
    let change = old.change_to(&compile([wide], &atlas));
    let present = (1..=12).map(|n| (format!("person-{n}"), ip(&format!("203.0.113.{n}"))));
    let roster = change.roster_at(Meeting::new("vigil").hosted_by("account-17"), region("US"), present, hour(2));
    let written = [
        change.to_string(),
        format!("{change:?} {:?}", change.orders().collect::<Vec<_>>()),
        serde_json::to_string(&change).unwrap(),
        format!("{roster:?} {roster} {}", roster.counts(Threshold::at_least(20))),
        serde_json::to_string(&roster).unwrap(),
    ];
    for text in written {
        for secret in ["person", "203.0", "vigil", "dinner", "account-17"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let debugged = format!("{change:?}");
    assert!(debugged.contains("OrderChange { id: \"b\", kind: Withdrawn, .. }"), "{debugged}");
    assert!(debugged.ends_with("records: 0, differs: true, widens: true, releases: true, .. }"), "{debugged}");
    assert!(format!("{roster:?}").starts_with("Roster(RosterCounts { to_remove: "), "{roster:?}");
    assert!(roster.to_string().starts_with("to be removed: 11, all in CN\nmay come back: 0\n"), "{roster}");
}

#[test]
fn a_change_is_data_for_machines() {
    let atlas = atlas(&PLACES);
    let mut renamed = before();
    renamed.networks.push("203.0.113.0/24".parse().unwrap());
    let mut received = order("later", "HK", "vigil");
    received.status = Status::Received;
    let change = compile([before()], &atlas).change_to(&compile([renamed, received], &atlas));
    let expected = serde_json::json!({
        "empty": false,
        "widens": false,
        "releases": true,
        "orders": [{
            "id": "cn-1",
            "issuer": "CN",
            "kind": "changed",
            "meetings_added": 0,
            "meetings_removed": 0,
            "accounts_added": 0,
            "accounts_removed": 0,
            "window_before": {"effective": "1970-01-01T01:00:00Z", "expires": "1970-01-01T09:00:00Z"},
            "window_after": {"effective": "1970-01-01T01:00:00Z", "expires": "1970-01-01T09:00:00Z"},
            "reached": {},
            "released": {
                "CN": {
                    "ipv4": {"addresses": "0", "networks": 0},
                    "ipv6": {"addresses": "79228162514264337593543950336", "networks": 1},
                },
                "CN-GD": {"ipv4": {"addresses": "256", "networks": 1}, "ipv6": {"addresses": "0", "networks": 0}},
            },
            "jurisdiction_gained": [],
            "jurisdiction_lost": [],
        }],
        "records": ["later"],
        "fenced": [],
        "unfenced": [],
    });
    assert_eq!(serde_json::to_value(&change).unwrap(), expected);
}

/// Four networks that cover the address space, without special-purpose addresses, which are not located.
const WORLD: [(&str, &str); 4] = [("0.0.0.0/2", "CN"), ("64.0.0.0/2", "CN"), ("128.0.0.0/1", "HK"), ("::/0", "HK")];

/// Every order with an id in the universe.
fn universe(id: &str) -> Vec<Option<Order>> {
    let mut orders = vec![None];
    for issuer in ["CN", "HK", "BOTH"] {
        for narrowing in 0..4 {
            for expires in [None, Some(hour(2))] {
                let mut order = order(id, issuer, "vigil");
                order.expires = expires;
                match narrowing {
                    1 => order.networks.push(network("0.0.0.0/2")),
                    2 => order.exempt.push(network("0.0.0.0/2")),
                    3 => order.exempt.extend([network("0.0.0.0/0"), network("::/0")]),
                    _ => {}
                }
                orders.push(Some(order));
            }
        }
    }
    orders
}

/// Compares what changes say with asking about everything, for the pairs of dockets of two orders that are chosen by their positions.
/// The number of changes that make no difference though orders changed, and of those in which orders only take over.
fn changes_are_told_as_they_are(is_chosen: impl Fn(usize, usize) -> bool) -> (usize, usize) {
    let (first, second) = (universe("a"), universe("b"));
    let atlas = atlas(&WORLD);
    let policies: Vec<Policy> = first
        .iter()
        .flat_map(|a| second.iter().map(move |b| [a, b]))
        .map(|orders| {
            let mut docket = docket(orders.into_iter().flatten().cloned());
            docket.jurisdictions.insert("BOTH".to_owned(), ["CN", "HK"].map(region).to_vec());
            Policy::compile(&docket, &atlas).unwrap()
        })
        .collect();
    let ips = ["1.0.0.0", "64.0.0.0", "128.0.0.0", "2001:db8::", "10.0.0.0"].map(ip);
    let questions: Vec<_> = ips.into_iter().flat_map(|ip| ["CN", "HK"].map(|home| (ip, region(home)))).collect();
    let answers = |policy| -> Vec<Decision<'_>> {
        let ask = |(ip, home), at| Policy::decide_at(policy, "vigil", ip, home, at);
        questions.iter().flat_map(|&question| [1, 2].map(|n| ask(question, hour(n)))).collect()
    };
    let all: Vec<Vec<Decision<'_>>> = policies.iter().map(answers).collect();
    let (mut silent, mut taken_over) = (0, 0);
    for (at, (old, before)) in policies.iter().zip(&all).enumerate() {
        for (_, (new, after)) in policies.iter().zip(&all).enumerate().filter(|&(to, _)| is_chosen(at, to)) {
            let pairs = || before.iter().zip(after);
            let change = old.change_to(new);
            let said = (change.is_empty(), change.widens(), change.releases());
            let is_so = (
                pairs().all(|(a, b)| a == b),
                pairs().any(|(a, b)| a.admits() && !b.admits()),
                pairs().any(|(a, b)| !a.admits() && b.admits()),
            );
            assert_eq!(said, is_so, "{change}");
            silent += usize::from(change.is_empty() && change.orders().next().is_some());
            taken_over += usize::from(!change.is_empty() && change.added().next().is_some() && !change.widens());
        }
    }
    (silent, taken_over)
}

/// Where orders reach every address, nobody is kept in a meeting that they name. One order more or less is told by those that block.
#[test]
fn orders_that_come_and_go_are_told_where_every_address_is_blocked() {
    // A list of own networks locates the others, too.
    let own = SPECIAL.map(|network| (network, "CN"));
    let sources = [source("provider", &[("0.0.0.0/0", "CN"), ("::/0", "CN")]), source("own", &own)];
    let atlas = sources.into_iter().fold(Atlas::builder(), |atlas, source| atlas.source(source)).build().unwrap();
    let dockets = [&[][..], &["a"], &["b"], &["a", "b"], &["a", "b", "c"]];
    let policies = dockets.map(|ids| compile(ids.iter().map(|id| order(id, "CN", "vigil")), &atlas));
    let networks = SPECIAL.into_iter().chain(["1.0.0.0/8", "2001:db8::/32"]).map(network);
    let ends: Vec<_> = networks.flat_map(|network| [network.network(), network.broadcast()]).collect();
    let decisions = |policy| -> Vec<Decision<'_>> {
        ends.iter().flat_map(|&ip| ["CN", "HK"].map(|home| Policy::decide(policy, "vigil", ip, region(home)))).collect()
    };
    for (old, before) in policies.iter().zip(&dockets) {
        assert!(decisions(old).iter().all(|decision| decision.admits() == before.is_empty()), "{before:?}");
        for (new, after) in policies.iter().zip(&dockets) {
            let change = old.change_to(new);
            let said = (change.is_empty(), change.widens(), change.releases());
            let is_so =
                (decisions(old) == decisions(new), before.is_empty() && !after.is_empty(), after.is_empty() && !before.is_empty());
            assert_eq!(said, is_so, "{before:?} to {after:?}: {change}");
        }
    }
}

/// Every two dockets of two orders each. Orders that make no difference, and orders that only take over, are among them.
#[test]
fn every_change_of_a_small_universe_is_told_as_it_is() {
    let (silent, taken_over) = changes_are_told_as_they_are(|_, _| true);
    assert!(silent > 100 && taken_over > 1000, "{silent} {taken_over}");
}

/// Some of the same, in less time: each docket as the old and as the new one.
#[test]
fn each_docket_of_a_small_universe_is_left_and_reached_as_it_is_told() {
    let (silent, taken_over) = changes_are_told_as_they_are(|old, new| (7 * old + new) % 23 == 0);
    assert!(silent > 10 && taken_over > 100, "{silent} {taken_over}");
}
