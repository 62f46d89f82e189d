//! Amending a policy order by order: the same as compiling the docket, and nothing piles up.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Docket, Meeting, Order, Policy, Region, Requirements, Source, Status};

const RANGES: &str = "192.0.2.0,192.0.2.255,CN\n198.51.100.0,198.51.100.255,US\n203.0.113.0,203.0.113.255,DE\n";
const ADDRESSES: [&str; 6] = ["192.0.2.1", "192.0.2.200", "198.51.100.1", "198.51.100.200", "203.0.113.1", "10.0.0.1"];
const ISSUERS: [&str; 4] = ["CN", "US", "EU", "DE"];

fn atlas() -> Atlas {
    Atlas::builder().source(Source::from_range_csv("village", RANGES.as_bytes()).unwrap()).build().unwrap()
}

fn empty() -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EU".to_owned(), vec!["DE".parse().unwrap(), "FR".parse().unwrap()]);
    docket.fenced.push("CN".parse().unwrap());
    docket
}

/// Numbers without a pattern (Knuth's multiplicative hash).
fn mixed(n: usize) -> usize {
    n.wrapping_mul(2_654_435_761) >> 7
}

/// An order that shares its names with others; `version` says something else of the same id.
fn order(n: usize, version: usize) -> Order {
    let chance = mixed(n * 31 + version * 17 + 1);
    let mut order = Order::new(format!("order-{:04}", mixed(n) % 10_000), ISSUERS[chance % 4]);
    order.meetings = (0..1 + chance % 3).map(|k| format!("meeting-{}", mixed(chance + k) % 300)).collect();
    order.accounts = (0..chance % 2).map(|k| format!("account-{}", mixed(chance + k) % 100)).collect();
    order.status = if chance % 5 == 0 { Status::Withdrawn } else { Status::InForce };
    if chance % 3 == 0 {
        order.networks = vec!["192.0.2.0/25".parse().unwrap(), "203.0.113.0/24".parse().unwrap()];
    }
    if chance % 4 == 0 {
        order.exempt = vec!["198.51.100.200/32".parse().unwrap()];
    }
    if chance % 7 == 0 {
        order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(50));
    }
    order
}

fn put(docket: &mut Docket, order: &Order) {
    match docket.orders.iter_mut().find(|before| before.id == order.id) {
        Some(before) => before.clone_from(order),
        None => docket.orders.push(order.clone()),
    }
}

fn assert_same(amended: &Policy, compiled: &Policy) {
    let addresses = ADDRESSES.map(|address| address.parse::<IpAddr>().unwrap());
    let home: Region = "US".parse().unwrap();
    for n in 0..310 {
        let (meeting, account) = (format!("meeting-{n}"), format!("account-{}", mixed(n) % 110));
        for ip in addresses {
            for at in [0, 100].map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)) {
                let meeting = Meeting::new(&meeting).hosted_by(&account);
                assert_eq!(amended.decide_at(meeting, ip, home, at), compiled.decide_at(meeting, ip, home, at), "{meeting:?} {ip}");
            }
        }
    }
    assert!(amended.orders().eq(compiled.orders()));
    assert_eq!(amended.warnings(), compiled.warnings());
    #[cfg(feature = "ledger")]
    assert_eq!(amended.digest(), compiled.digest());
}

#[test]
fn a_docket_that_grows_order_by_order_says_what_compiling_it_says() {
    let atlas = atlas();
    let mut docket = empty();
    let mut policy = Policy::compile(&docket, &atlas).unwrap();
    let mut step = 0;
    for batch in [1, 1, 2, 3, 5, 40, 1, 100, 7, 300, 1, 1, 250] {
        let mut orders: Vec<Order> = (0..batch).map(|n| order((step + n) * 3 / 4, step)).collect();
        orders.sort_by_key(|order| mixed(order.id.len() + order.meetings.len()));
        orders.reverse();
        let mut ids = std::collections::BTreeSet::new();
        orders.retain(|order| ids.insert(order.id.clone()));
        step += batch;
        orders.iter().for_each(|order| put(&mut docket, order));
        policy = policy.amend(orders).unwrap();
        assert_same(&policy, &Policy::compile(&docket, &atlas).unwrap());
    }
    assert!(docket.orders.len() > 400);
}

#[test]
fn a_policy_amended_forever_stays_as_small_as_its_docket() {
    let atlas = atlas();
    let mut docket = empty();
    docket.orders = (0..200).map(|n| order(n, 0)).collect();
    docket.orders.dedup_by(|a, b| a.id == b.id);
    let mut policy = Policy::compile(&docket, &atlas).unwrap();
    let mut most = 0;
    for version in 0..5000 {
        let order = order(version % 7, version);
        put(&mut docket, &order);
        policy = policy.amend([order]).unwrap();
        most = most.max(policy.memory_usage());
    }
    let compiled = Policy::compile(&docket, &atlas).unwrap();
    assert_same(&policy, &compiled);
    assert!(most < 2 * compiled.memory_usage(), "{most} bytes, and {} compiled", compiled.memory_usage());
}

/// The list of a meeting's orders is as long as the docket. One that does not change is not written again, and one that is left
/// behind does not stay.
#[test]
fn a_meeting_that_all_orders_name_leaves_no_lists_behind() {
    let named_by_all = |n: usize, version: usize| {
        let mut order = Order::new(format!("order-{n:04}"), "CN");
        order.meetings = vec!["everyone-s".to_owned()];
        order.status = if version % 2 == 0 { Status::InForce } else { Status::Withdrawn };
        order.legal_basis = format!("{}", version / 3);
        order
    };
    let mut docket = empty();
    docket.orders = (0..4000).map(|n| named_by_all(n, 0)).collect();
    let mut policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut most = 0;
    for version in 1..500 {
        let order = named_by_all(version % 91, version);
        put(&mut docket, &order);
        policy = policy.amend([order]).unwrap();
        most = most.max(policy.memory_usage());
    }
    let compiled = Policy::compile(&docket, &atlas()).unwrap();
    assert!(most < 2 * compiled.memory_usage(), "{most} bytes, and {} compiled", compiled.memory_usage());
    assert!(policy.orders().eq(compiled.orders()));
    let decide = |policy: &Policy| -> Vec<String> {
        match policy.decide("everyone-s", ADDRESSES[0].parse().unwrap(), Region::UNKNOWN) {
            bailiwick::Decision::BlockParticipant(block) => block.orders().map(|order| order.id.clone()).collect(),
            decision => panic!("{decision:?}"),
        }
    };
    assert_eq!(decide(&policy), decide(&compiled));
}

#[test]
fn a_defect_is_numbered_as_it_was_given_and_changes_nothing() {
    let mut docket = empty();
    docket.orders = (0..9).map(|n| order(n, 0)).collect();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let (mut good, mut bad) = (order(3, 1), order(4, 1));
    good.issuer = "EU".to_owned();
    bad.regions = vec!["HK".parse().unwrap()];
    bad.status = Status::InForce;
    let error = policy.amend([good.clone(), bad.clone(), bad]).unwrap_err();
    let found: Vec<_> = error.errors().iter().map(|defect| (defect.order_number(), defect.field())).collect();
    assert_eq!(found, [(Some(2), "regions"), (Some(3), "id"), (Some(3), "regions")]);
    assert_eq!(policy.order(&good.id), Some(&docket.orders[3]));
    assert_eq!(policy.amend([good.clone()]).unwrap().order(&good.id), Some(&good));
}

#[test]
fn amending_nothing_says_the_same() {
    let mut docket = empty();
    docket.orders = (0..9).map(|n| order(n, 0)).collect();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    assert_same(&policy.amend([]).unwrap(), &policy);
}

/// Whatever the number of amendments, and whether or not one of them compiled the docket as a whole.
#[test]
fn what_was_required_and_fenced_stays_so() {
    let expiring = |n, version| {
        let mut order = order(n, version);
        order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(50));
        order
    };
    let mut policy = Policy::compile_with(&empty(), &atlas(), &Requirements::new().expiry()).unwrap();
    for version in 0..300 {
        policy = policy.amend([expiring(version % 5, version)]).unwrap();
        let mut endless = expiring(7, version);
        (endless.status, endless.expires) = (Status::InForce, None);
        let error = policy.amend([endless]).unwrap_err();
        assert_eq!(error.errors().iter().map(|defect| defect.field()).collect::<Vec<_>>(), ["expires"]);
        let [cn, us]: [Region; 2] = ["CN", "US"].map(|code| code.parse().unwrap());
        assert_eq!([cn, us].map(|participant| policy.may_relay(cn, [participant], cn)), [true, false]);
    }
}

#[test]
fn a_docket_that_changed_is_recompiled_with_the_errors_that_compiling_it_has() {
    let mut docket = empty();
    docket.orders = (0..50).map(|n| order(n, 0)).collect();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let changes: [fn(&mut Docket); 9] = [
        |_| {},
        |docket| docket.orders[30].clone_from(&order(30, 1)),
        |docket| docket.orders.push(order(60, 0)),
        |docket| docket.orders.push(docket.orders[30].clone()),
        |docket| docket.orders[30].meetings.push(String::new()),
        |docket| drop(docket.orders.remove(30)),
        |docket| docket.orders.swap(3, 30),
        |docket| drop(docket.jurisdictions.insert("EU".to_owned(), vec!["US".parse().unwrap()])),
        |docket| docket.fenced.clear(),
    ];
    for change in changes {
        let mut docket = docket.clone();
        change(&mut docket);
        match (policy.recompile(&docket), Policy::compile(&docket, &atlas())) {
            (Ok(recompiled), Ok(compiled)) => assert_same(&recompiled, &compiled),
            (recompiled, compiled) => assert_eq!(recompiled.unwrap_err(), compiled.unwrap_err()),
        }
    }
}

/// Orders that stay are not copied: both policies have them in one place.
#[test]
fn a_docket_of_which_few_orders_changed_is_recompiled_around_the_others() {
    let mut docket = empty();
    docket.orders = (0..50).map(|n| order(n, 0)).collect();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    docket.orders[30] = order(30, 1);
    docket.orders.push(order(60, 0));
    let recompiled = policy.recompile(&docket).unwrap();
    for (n, order) in docket.orders.iter().enumerate() {
        let is_shared = policy.order(&order.id).zip(recompiled.order(&order.id)).is_some_and(|(a, b)| std::ptr::eq(a, b));
        assert_eq!(is_shared, n != 30 && n != 50, "{}", order.id);
    }
}

/// On an atlas of many countries, of which the orders before reach few.
#[test]
fn an_amended_order_reaches_a_country_that_no_order_reached_before() {
    let codes = ["AT", "BE", "BG", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV"];
    let mut source = Source::new("provider");
    for (n, code) in codes.iter().enumerate() {
        source.insert(format!("23.{}.0.0/16", 3 * n).parse().unwrap(), code.parse().unwrap());
    }
    let atlas = Atlas::builder().source(source).build().unwrap();
    let issued = |id: &str, issuer: &str| {
        let mut order = Order::new(id, issuer);
        order.meetings.push("vigil".to_owned());
        order
    };
    let mut docket = Docket::default();
    docket.orders = (0..40).map(|n| issued(&format!("at-{n}"), "AT")).collect();
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let amended = policy.amend([issued("hu-1", "HU")]).unwrap();
    let again = amended.amend([issued("hu-1", "IE")]).unwrap();
    for (policy, issuers) in [(&policy, &["AT"][..]), (&amended, &["AT", "HU"]), (&again, &["AT", "IE"])] {
        for (n, code) in codes.iter().enumerate() {
            let ip = format!("23.{}.0.1", 3 * n).parse().unwrap();
            assert_eq!(!policy.decide("vigil", ip, Region::UNKNOWN).admits(), issuers.contains(code), "{code} of {issuers:?}");
        }
    }
}

/// A comment above an order moves what is said about it.
#[cfg(feature = "toml")]
#[test]
fn warnings_about_a_file_that_changed_point_into_the_new_one() {
    let text = "[[orders]]\nid = \"a\"\nissuer = \"CN\"\nmeetings = [\"m*\"]\nstatus = \"in-force\"\n";
    let [before, after] = [text.to_owned(), format!("# new\n{text}")].map(|text| Docket::from_toml(&text).unwrap());
    let recompiled = Policy::compile(&before, &atlas()).unwrap().recompile(&after).unwrap();
    assert_eq!(recompiled.warnings(), Policy::compile(&after, &atlas()).unwrap().warnings());
    assert_eq!(recompiled.warnings()[0].line(), Some(5));
    // A docket that was not read from a file has no lines.
    let made: Docket = toml::from_str(text).unwrap();
    let recompiled = recompiled.recompile(&made).unwrap();
    assert_eq!(recompiled.warnings(), Policy::compile(&made, &atlas()).unwrap().warnings());
    assert_eq!(recompiled.warnings()[0].line(), None);
}
