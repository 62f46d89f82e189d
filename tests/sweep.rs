//! Meetings under way: the four of 2020 swept as a whole, and what a sweep shows of those who are in one.

mod support;

use std::net::IpAddr;
use std::time::SystemTime;

use bailiwick::disclosure::{Count, Threshold};
use bailiwick::policy::Sweep;
use bailiwick::{Atlas, Docket, HostAccount, Location, Meeting, Order, Policy, Region, Source};
use support::{atlas_of, region};

const PLACES: [(&str, &str); 4] =
    [("203.0.113.0/24", "CN"), ("198.51.100.0/24", "US"), ("192.0.2.0/24", "HK"), ("2001:db8::/32", "CN")];

fn atlas() -> Atlas {
    atlas_of(&PLACES)
}

fn places() -> Source {
    support::source("provider", &PLACES)
}

fn june_fourth() -> Policy {
    Policy::compile(&toml::from_str(include_str!("../examples/june_fourth.toml")).unwrap(), &atlas()).unwrap()
}

fn time(text: &str) -> SystemTime {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

/// So many people on the first addresses of each network, by names that may show nowhere.
fn people(networks: &[(&str, u8)]) -> Vec<(String, IpAddr)> {
    let mut people = Vec::new();
    for (prefix, count) in networks {
        people.extend((1..=*count).map(|n| (format!("person-{prefix}{n}"), format!("{prefix}{n}").parse().unwrap())));
    }
    people
}

const INSIDE: &str = "203.0.113.";
const INSIDE_V6: &str = "2001:db8::";
const AMERICA: &str = "198.51.100.";
const HONG_KONG: &str = "192.0.2.";
const UNLOCATED: &str = "100.64.0.";

fn ids<K>(sweep: &Sweep<'_, K>) -> Vec<String> {
    sweep.orders().map(|order| order.id.clone()).collect()
}

/// Orders that reach some addresses of a place, that do so at other times, and that name the account alone: each person is removed by
/// the orders that a decision about this person names.
#[test]
fn orders_that_are_narrowed_sweep_whom_they_reach_and_are_told_of_them() {
    let order = |id: &str, issuer: &str, change: fn(&mut Order)| {
        let mut order = Order::new(id, issuer);
        order.meetings.push("vigil".to_owned());
        change(&mut order);
        order
    };
    let networks = order("networks", "CN", |order| order.networks = vec!["203.0.113.0/30".parse().unwrap()]);
    let exempt = order("exempt", "CN", |order| order.exempt = vec!["203.0.113.0/29".parse().unwrap()]);
    let over = order("over", "CN", |order| {
        (order.expires, order.networks) = (Some(time("2020-06-01T00:00:00Z")), vec!["203.0.113.9/32".parse().unwrap()]);
    });
    let american = order("american", "US", |order| order.networks = vec!["198.51.100.2/32".parse().unwrap()]);
    let of_account = order("of-account", "HK", |order| (order.meetings, order.accounts) = (Vec::new(), vec!["host".to_owned()]));
    let dockets = [
        vec![&networks],
        vec![&exempt, &over],
        vec![&networks, &exempt, &american],
        vec![&american, &of_account],
        vec![&networks, &exempt, &over, &american, &of_account],
    ];
    let present = people(&[(INSIDE, 12), (AMERICA, 3), (HONG_KONG, 2), (UNLOCATED, 1)]);
    for orders in dockets {
        let mut docket = Docket::default();
        docket.orders = orders.into_iter().cloned().collect();
        let policy = Policy::compile(&docket, &atlas()).unwrap();
        for at in ["2020-05-01T00:00:00Z", "2020-06-04T00:00:00Z"].map(time) {
            for meeting in [Meeting::new("vigil"), Meeting::new("vigil").hosted_by("host"), Meeting::new("other").hosted_by("host")]
            {
                let sweep = policy.sweep_at(meeting, region("US"), present.clone(), at);
                let (mut removed, mut staying) = (sweep.to_remove().iter(), sweep.staying().iter());
                for (person, ip) in &present {
                    let decision = policy.decide_at(meeting, *ip, region("US"), at);
                    assert_eq!(decision, policy.meeting(meeting).decide_at(*ip, region("US"), at));
                    let spec = bailiwick::spec::decide_at(&docket, &[places()], 1, meeting, *ip, region("US"), at);
                    assert!(spec == decision, "{spec:?} {decision:?}");
                    match decision {
                        bailiwick::Decision::BlockParticipant(block) => {
                            let (key, told) = removed.next().unwrap();
                            assert_eq!(key, person);
                            assert!(told.orders().map(|order| &order.id).eq(block.orders().map(|order| &order.id)), "{person}");
                            assert_eq!(told.host_account(), block.host_account());
                        }
                        _ => assert_eq!(staying.next(), Some(person)),
                    }
                }
                assert_eq!((removed.len(), staying.len()), (0, 0));
            }
        }
    }
}

/// Also around powers of two, where people might be taken in groups. The iterator has more people behind its end, who are not asked for.
#[test]
fn a_crowd_of_any_size_is_swept_as_each_is_decided_about() {
    let policy = june_fourth();
    let (meeting, at) = ("june-4-m2", time("2020-06-03T12:00:00Z"));
    let ends: Vec<String> = [INSIDE, INSIDE_V6, AMERICA, HONG_KONG, UNLOCATED].iter().map(|prefix| format!("{prefix}7")).collect();
    let ips: Vec<IpAddr> = ends.iter().map(|ip| ip.parse().unwrap()).collect();
    for size in [0, 1, 63, 64, 65, 127, 128, 129, 1000] {
        let mut people = ips
            .iter()
            .copied()
            .cycle()
            .take(size)
            .enumerate()
            .map(Some)
            .chain([None])
            .chain(ips.iter().map(|&ip| Some((size, ip))));
        let sweep = policy.sweep_at(meeting, Region::UNKNOWN, std::iter::from_fn(move || people.next().flatten()), at);
        let stays = |&n: &usize| policy.decide_at(meeting, ips[n % ips.len()], Region::UNKNOWN, at).admits();
        let (staying, to_remove): (Vec<usize>, Vec<usize>) = (0..size).partition(stays);
        assert_eq!(sweep.staying(), staying);
        assert_eq!(sweep.to_remove().iter().map(|&(n, _)| n).collect::<Vec<_>>(), to_remove);
        assert_eq!(to_remove.is_empty(), size == 0);
    }
}

#[test]
fn m1_nobody_is_concerned_and_the_meeting_is_undisturbed() {
    let policy = june_fourth();
    let meeting = Meeting::new("june-4-m1").hosted_by("host-m1");
    let present = people(&[(AMERICA, 40), (HONG_KONG, 12)]);
    let sweep = policy.sweep_at(meeting, Region::UNKNOWN, present, time("2020-05-31T12:00:00Z"));
    assert!(sweep.is_undisturbed());
    assert_eq!((sweep.staying().len(), ids(&sweep)), (52, vec!["cn-2020-m1".to_owned()]));
    assert_eq!(sweep.host_account(), HostAccount::Unaffected);
    let counts = sweep.counts(Threshold::default());
    assert!(counts.to_remove.total().is_zero());
    assert_eq!(
        sweep.to_string(),
        "nobody is to be removed: the meeting is undisturbed\nstaying: 52 (HK: 12, US: 40)\nhost account: ZZ, unaffected\n\
         order in force: `cn-2020-m1` of `CN`"
    );
}

#[test]
fn m2_and_m3_those_inside_are_removed_and_all_others_stay() {
    let policy = june_fourth();
    for (meeting, order) in [("june-4-m2", "cn-2020-m2"), ("june-4-m3", "cn-2020-m3")] {
        let meeting = Meeting::new(meeting).hosted_by("host");
        let present = people(&[(INSIDE, 30), (AMERICA, 80), (INSIDE_V6, 5), (HONG_KONG, 20), (UNLOCATED, 3)]);
        let sweep = policy.sweep_at(meeting, region("US"), present, time("2020-06-04T12:00:00Z"));
        let (to_remove, staying) = (sweep.to_remove(), sweep.staying());
        assert_eq!((to_remove.len(), staying.len()), (35, 103));
        for (person, block) in to_remove {
            assert!(person.contains(INSIDE) || person.contains(INSIDE_V6), "{person}");
            assert!(block.orders().map(|order| order.id.as_str()).eq([order]), "{person}");
        }
        assert_eq!(sweep.host_account(), HostAccount::Unaffected);
        let counts = sweep.counts(Threshold::default());
        assert_eq!(counts.to_remove.get(&Location::In(region("CN"))), Count::Exactly(35));
        assert_eq!(counts.staying.get(&Location::Unknown), Count::FewerThan(10));
        assert_eq!(counts.staying.total(), Count::FewerThan(110), "100 and the hidden three would be 103");
    }
}

#[test]
fn m4_the_upcoming_meeting_is_swept_once_it_is_under_way_and_the_earlier_one_was_not_concerned() {
    let policy = june_fourth();
    let present = || people(&[(INSIDE, 10), (HONG_KONG, 10)]);
    let earlier = Meeting::new("m4-earlier").hosted_by("host-m4");
    let sweep = policy.sweep_at(earlier, region("HK"), present(), time("2020-05-24T12:00:00Z"));
    assert!(sweep.is_undisturbed() && ids(&sweep).is_empty());

    let upcoming = Meeting::new("june-4-m4").hosted_by("host-m4");
    let sweep = policy.sweep_at(upcoming, region("HK"), present(), time("2020-06-04T12:00:00Z"));
    assert_eq!((sweep.to_remove().len(), sweep.staying().len()), (10, 10));
    assert_eq!(sweep.host_account(), HostAccount::Unaffected);
}

#[test]
fn an_empty_meeting_is_undisturbed_and_its_host_account_is_still_looked_at() {
    let policy = june_fourth();
    let at = time("2020-06-04T12:00:00Z");
    let nobody: [(u32, IpAddr); 0] = [];
    let sweep = policy.sweep_at("june-4-m2", region("CN"), nobody, at);
    assert!(sweep.is_undisturbed() && sweep.staying().is_empty());
    assert_eq!(sweep.host_account().order().map(|order| order.id.as_str()), Some("cn-2020-m2"));
    assert_eq!(sweep.at(), at);
}

#[test]
fn what_a_sweep_writes_names_neither_people_nor_addresses_nor_the_meeting() {
    let policy = june_fourth();
    let present = people(&[(INSIDE, 4), (AMERICA, 11), (HONG_KONG, 9)]);
    let sweep =
        policy.sweep_at(Meeting::new("june-4-m2").hosted_by("host-m2"), region("US"), present, time("2020-06-04T12:00:00Z"));
    let written = [format!("{sweep:?}"), format!("{sweep:#?}"), sweep.to_string(), serde_json::to_string(&sweep).unwrap()];
    for text in &written {
        for secret in ["person", "203.0", "198.51", "192.0", "2001:", "june-4", "host-m2"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert_eq!(
        written[3],
        r#"{"at":"2020-06-04T12:00:00Z","undisturbed":false,"to_remove":{"total":"<10","cells":{"CN":"<10"}},"staying":{"total":"<21","cells":{"HK":"<10","US":11}},"orders":["cn-2020-m2"],"host_region":"US","host_account":"unaffected","domestic_order":null}"#
    );
    assert!(written[0].starts_with("Sweep { orders: [\"cn-2020-m2\"], to_remove: Counts"), "{}", written[0]);
    let coarser = sweep.counts(Threshold::at_least(50));
    assert_eq!(coarser.staying.get(&Location::In(region("US"))), Count::FewerThan(50));
}

#[test]
fn one_instant_counts_for_everyone() {
    // In force for a millisecond from now on: whoever is decided about later would be let in.
    let mut docket = Docket::default();
    let mut order = Order::new("short", "CN");
    order.meetings.push("vigil".to_owned());
    let now = SystemTime::now();
    order.expires = Some(now + std::time::Duration::from_millis(1));
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let inside: IpAddr = "203.0.113.1".parse().unwrap();
    let sweep = policy.sweep("vigil", Region::UNKNOWN, (0..200_000).map(|n| (n, inside)));
    assert!(sweep.to_remove().is_empty() || sweep.staying().is_empty());
}

/// The account of a host in the issuer's jurisdiction is under the order, and whoever reads the sweep sees by which.
#[test]
fn a_sweep_names_the_order_that_a_domestic_host_is_under() {
    let policy = june_fourth();
    let meeting = Meeting::new("june-4-m2").hosted_by("host");
    let sweep = policy.sweep_at(meeting, region("CN"), people(&[(INSIDE, 2), (AMERICA, 1)]), time("2020-06-04T12:00:00Z"));
    assert_eq!(sweep.host_account().order().map(|order| order.id.as_str()), Some("cn-2020-m2"));
    let shown = sweep.to_string();
    assert!(shown.contains("\nhost account: CN, under domestic order `cn-2020-m2`"), "{shown}");
    let json = serde_json::to_value(&sweep).unwrap();
    assert_eq!(
        (json["host_account"].as_str(), json["domestic_order"].as_str()),
        (Some("under-domestic-order"), Some("cn-2020-m2"))
    );
    let (removed, staying) = sweep.into_parts();
    assert_eq!((removed.len(), staying), (2, vec![format!("person-{AMERICA}1")]));
    assert!(removed.iter().all(|(_, block)| block.orders().any(|order| order.id == "cn-2020-m2")));
}
