//! The policy in force while it is replaced.

use std::net::IpAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use bailiwick::live::UpdateError;
use bailiwick::{Atlas, Decision, Docket, LivePolicy, Order, Policy, Region, Source, Status};

fn atlas() -> Atlas {
    let ranges = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n";
    Atlas::builder().source(Source::from_range_csv("village", ranges.as_bytes()).unwrap()).build().unwrap()
}

fn order(id: &str, meetings: &[&str]) -> Order {
    let mut order = Order::new(id, "CN");
    order.meetings = meetings.iter().map(|&meeting| meeting.to_owned()).collect();
    order
}

fn docket(orders: &[Order]) -> Docket {
    let mut docket = Docket::default();
    docket.orders = orders.to_vec();
    docket
}

fn live(orders: &[Order]) -> LivePolicy {
    LivePolicy::new(Policy::compile(&docket(orders), &atlas()).unwrap())
}

fn inside() -> IpAddr {
    "203.0.113.7".parse().unwrap()
}

fn ids<'p>(policy: &'p Policy, meeting: &str) -> Vec<&'p str> {
    match policy.decide(meeting, inside(), Region::UNKNOWN) {
        Decision::BlockParticipant(block) => block.orders().map(|order| order.id.as_str()).collect(),
        Decision::Allow | Decision::KeepMeeting(_) => Vec::new(),
    }
}

#[test]
fn debug_shows_the_policy_in_force() {
    let live = live(&[order("cn-1", &["vigil"])]);
    let policy = format!("{:?}", *live.load());
    assert!(policy.starts_with("Policy {"), "{policy}");
    assert_eq!(format!("{:?}", live.load()), policy);
    assert_eq!(format!("{live:?}"), format!("LivePolicy {{ in_force: {policy}, .. }}"));
}

/// Each policy has one order that names both meetings: whoever sees it in one sees it in the other.
#[test]
fn a_reader_decides_by_the_whole_of_one_policy_while_it_is_replaced() {
    let live = live(&[order("order-0", &["a", "b"])]);
    let (begun, done) = (Barrier::new(4), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                begun.wait();
                // Once at least, though all may be over before a busy machine lets this thread go on.
                loop {
                    let policy = live.load();
                    let (a, b) = (ids(&policy, "a"), ids(&policy, "b"));
                    assert_eq!((a.len(), &a), (1, &b));
                    if done.load(Relaxed) {
                        break;
                    }
                }
            });
        }
        begun.wait();
        for n in 1..=2000 {
            let change = live.recompile(&docket(&[order(&format!("order-{n}"), &["a", "b"])])).unwrap();
            assert!(!change.widens() && !change.is_empty(), "another order blocks the same people");
        }
        done.store(true, Relaxed);
    });
    assert_eq!(ids(&live.load(), "a"), ["order-2000"]);
}

#[test]
fn no_amendment_is_lost_when_many_are_made_at_once() {
    let live = live(&[]);
    thread::scope(|scope| {
        for writer in 0..4 {
            let live = &live;
            scope.spawn(move || {
                for n in 0..50 {
                    let _ = live.amend([order(&format!("{writer}-{n}"), &["vigil"])]).unwrap();
                }
            });
        }
    });
    assert_eq!(ids(&live.load(), "vigil").len(), 200);
}

#[test]
fn what_does_not_compile_leaves_the_policy_in_force() {
    let live = live(&[order("a", &["vigil"])]);
    let before = live.policy();
    let nameless = order("b", &[]);
    assert_eq!(live.recompile(&docket(std::slice::from_ref(&nameless))).unwrap_err().errors().len(), 1);
    assert_eq!(live.amend([nameless]).unwrap_err().errors().len(), 1);
    assert_eq!(ids(&live.load(), "vigil"), ["a"]);
    assert!(live.policy().orders().eq(before.orders()));
}

#[test]
fn a_policy_that_was_loaded_outlives_its_replacement() {
    let live = live(&[order("a", &["vigil"])]);
    let loaded = live.load();
    let decision = loaded.decide("vigil", inside(), Region::UNKNOWN);
    (0..100).for_each(|_| assert!(live.recompile(&Docket::default().ended()).is_ok()));
    assert!(matches!(decision, Decision::BlockParticipant(block) if block.orders().next().unwrap().id == "a"));
    assert_eq!((ids(&loaded, "vigil"), ids(&live.load(), "vigil")), (vec!["a"], vec![]));
}

#[test]
fn a_widening_change_is_refused_until_somebody_acknowledges_it() {
    let live = live(&[order("a", &["vigil"])]);
    let wider = Policy::compile(&docket(&[order("a", &["vigil", "lecture"])]), &atlas()).unwrap();
    let refused = live.replace_unless_wider(wider).unwrap_err();
    assert!(refused.change().widens() && refused.to_string().contains("acknowledge"));
    assert_eq!(ids(&live.load(), "lecture"), [""; 0]);

    let change = live.replace_acknowledged(refused).unwrap();
    assert_eq!(change.changed().count(), 1);
    assert_eq!(ids(&live.load(), "lecture"), ["a"]);
}

#[test]
fn a_change_that_releases_people_needs_no_acknowledgement() {
    let live = live(&[order("a", &["vigil", "lecture"])]);
    let mut withdrawn = order("a", &["vigil", "lecture"]);
    withdrawn.status = Status::Withdrawn;
    let narrower = live.policy().amend([withdrawn]).unwrap();
    let change = live.replace_unless_wider(narrower).unwrap();
    assert!(change.releases() && !change.widens());
    assert_eq!(ids(&live.load(), "vigil"), [""; 0]);
}

/// An acknowledgement is of a change between two policies. From a third policy, it would be another change.
#[test]
fn an_acknowledgement_holds_for_the_change_that_was_looked_at_alone() {
    let live = live(&[order("a", &["vigil"])]);
    let wider = Policy::compile(&docket(&[order("a", &["vigil", "lecture"])]), &atlas()).unwrap();
    let refused = live.replace_unless_wider(wider.clone()).unwrap_err();

    let _ = live.recompile(&Docket::default().ended()).unwrap();
    let again = live.replace_acknowledged(refused).unwrap_err();
    assert_eq!((again.change().added().count(), again.change().changed().count()), (1, 0));
    assert_eq!(ids(&live.load(), "vigil"), [""; 0]);

    // When it does not widen any more, there is nothing to acknowledge.
    let _ = live.replace(wider);
    assert!(live.replace_acknowledged(again).is_ok_and(|change| change.is_empty()));
}

#[test]
fn where_amended_orders_come_from_may_amend_the_policy_itself() {
    let live = live(&[]);
    let orders = [order("a", &["a"])].into_iter().inspect(|_| drop(live.amend([order("b", &["b"])]).unwrap()));
    let change = live.amend(orders).unwrap();
    assert_eq!(change.added().map(|order| order.id()).collect::<Vec<_>>(), ["a"]);
    assert_eq!((ids(&live.load(), "a"), ids(&live.load(), "b")), (vec!["a"], vec!["b"]));
}

/// Whatever is put in force between the making of a policy and its comparison.
#[test]
fn guarded_updates_made_at_once_lose_none_and_widen_nothing() {
    let all: Vec<Order> = (0..120).map(|n| order(&format!("{n}"), &["vigil"])).collect();
    let live = live(&all);
    thread::scope(|scope| {
        for part in all.chunks(30) {
            let live = &live;
            scope.spawn(move || {
                for order in part {
                    let mut withdrawn = order.clone();
                    withdrawn.status = Status::Withdrawn;
                    let change = live.update_unless_wider(|policy| policy.amend([withdrawn])).unwrap();
                    assert!(!change.widens());
                }
            });
        }
    });
    assert_eq!(ids(&live.load(), "vigil"), [""; 0]);

    let refused = live.update_unless_wider(|policy| policy.amend([order("0", &["vigil"])])).unwrap_err();
    assert!(matches!(refused, UpdateError::Widening(widening) if widening.change().added().count() == 1));
    let refused = live.update_unless_wider(|policy| policy.amend([order("0", &[])])).unwrap_err();
    assert!(matches!(refused, UpdateError::Compile(error) if error.errors().len() == 1));
    assert_eq!(ids(&live.load(), "vigil"), [""; 0]);
}

/// The atlas of `atlas()`, and more addresses in the territory.
fn newer_atlas() -> Atlas {
    let ranges = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,CN\n";
    Atlas::builder().source(Source::from_range_csv("village", ranges.as_bytes()).unwrap()).build().unwrap()
}

#[test]
fn orders_are_compared_without_their_atlases() {
    let old = Policy::compile(&docket(&[order("a", &["vigil"])]), &atlas()).unwrap();
    let nowhere = Atlas::builder().build().unwrap();
    for (meetings, widens) in [(&["vigil"][..], false), (&["vigil", "lecture"], true), (&["lecture"], true)] {
        for atlas in [&atlas(), &newer_atlas(), &nowhere] {
            let new = Policy::compile(&docket(&[order("a", meetings)]), atlas).unwrap();
            let change = old.docket_change_to(&new).unwrap();
            assert_eq!(change.widens(), widens, "{meetings:?}");
            assert_eq!(change.is_empty(), !widens, "{meetings:?}");
        }
    }
}

/// Of a docket with all that a docket can have, some of it amended, so that the policy holds what its orders were before.
#[test]
fn the_docket_of_a_policy_on_another_atlas_decides_as_one_compiled_there() {
    let mut whole = docket(&[order("a", &["vigil"]), order("b", &["lecture"]), order("c", &["vigil"])]);
    whole.jurisdictions.insert("BOTH".to_owned(), ["CN", "US"].map(|code| code.parse().unwrap()).to_vec());
    whole.fenced.push("CN".parse().unwrap());
    whole.orders[1].issuer = "BOTH".to_owned();
    whole.orders[1].exempt.push("198.51.100.7/32".parse().unwrap());
    whole.orders[2].networks.push("203.0.113.0/25".parse().unwrap());
    let policy = Policy::compile(&whole.clone().ended(), &newer_atlas()).unwrap();
    whole.orders[0].status = Status::Withdrawn;
    whole.orders.push(order("d", &["seminar"]));
    let policy = policy.amend([whole.orders[0].clone(), whole.orders[3].clone()]).unwrap();

    let old = Policy::compile(&Docket::default(), &atlas()).unwrap();
    let change = old.docket_change_to(&policy).unwrap();
    let (moved, compiled) = (change.after(), Policy::compile(&whole, &atlas()).unwrap());
    assert!(moved.is_ended());
    #[cfg(feature = "ledger")]
    assert_eq!(moved.digest(), compiled.digest());
    assert!(moved.orders().eq(compiled.orders()));
    for meeting in ["vigil", "lecture", "seminar", "other"] {
        for ip in ["203.0.113.7", "203.0.113.200", "198.51.100.7", "198.51.100.8", "192.0.2.1"] {
            let ip: IpAddr = ip.parse().unwrap();
            for host in [Region::UNKNOWN, "CN".parse().unwrap(), "US".parse().unwrap()] {
                assert_eq!(moved.decide(meeting, ip, host), compiled.decide(meeting, ip, host), "{meeting} {ip}");
                let may_relay = |policy: &Policy| policy.may_relay(host, [host], "CN".parse().unwrap());
                assert_eq!(may_relay(moved), may_relay(&compiled));
            }
        }
    }
}

#[test]
fn an_update_may_have_conditions_of_its_own() {
    let live = live(&[order("a", &["vigil"])]);
    let update = |orders: &[Order], atlas: &Atlas| {
        let new = Policy::compile(&docket(orders), atlas).unwrap();
        live.update(|policy| if policy.docket_change_to(&new).unwrap().widens() { Err("wider") } else { Ok(new) })
    };
    assert_eq!(update(&[order("a", &["vigil", "lecture"])], &newer_atlas()).unwrap_err(), "wider");
    assert!(ids(&live.load(), "lecture").is_empty());
    assert!(update(&[order("a", &["vigil"])], &newer_atlas()).unwrap().widens(), "the new atlas alone does, and is taken");
    assert_eq!(live.policy().locate("198.51.100.7".parse().unwrap()), newer_atlas().locate("198.51.100.7".parse().unwrap()));
}

#[test]
fn a_policy_knows_whether_its_docket_is_whole() {
    let policy = |docket: &Docket| Policy::compile(docket, &atlas()).unwrap();
    let (plain, ended) = (docket(&[order("a", &["vigil"])]), docket(&[order("a", &["vigil"])]).ended());
    assert!(!policy(&plain).is_ended());
    assert!(policy(&ended).is_ended());
    assert!(policy(&ended).amend([order("b", &["vigil"])]).unwrap().is_ended());
    assert!(policy(&plain).recompile(&ended).unwrap().is_ended());
}
