//! Policies of some dockets and atlases, and what they hold.
#![allow(dead_code, reason = "each program of tests takes what it needs")]

use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Demand, Docket, Order, Policy, Source, Status};

const RANGES: &str = "198.51.100.0,198.51.100.99,CN\n203.0.113.0,203.0.113.255,HK\n2001:db8::,2001:db8::ffff,DE\n";

/// The most languages of a notice: enough for the map behind it to have nodes on three levels.
pub const LANGUAGES: usize = 300;

pub fn nowhere() -> Atlas {
    Atlas::builder().build().unwrap()
}

pub fn village() -> Atlas {
    Atlas::builder().source(Source::from_range_csv("village", RANGES.as_bytes()).unwrap()).build().unwrap()
}

/// Sources with everything that an atlas keeps of them, and a warning about each.
pub fn sources_of_all_kinds() -> Atlas {
    let csv = |name: &str, rows: &str| Source::from_cidr_csv(name, rows.as_bytes()).unwrap();
    let exits = "198.51.100.7/32,ZZ\n203.0.113.0/28,CN\n2001:db8::/64,ZZ\n2001:db8:1::/48,ZZ\n";
    let sources = [
        Source::from_range_csv("village", RANGES.as_bytes()).unwrap(),
        csv("exits", exits).excluding().as_of(SystemTime::UNIX_EPOCH),
        csv("nothing of anything", "192.0.2.0/24,ZZ\n"),
        csv("mixed", "192.0.2.0/24,CN\n10.0.0.0/8,CN\n").as_of(SystemTime::UNIX_EPOCH),
    ];
    Atlas::builder().sources(sources).build().unwrap()
}

/// Orders that have some of what orders can have, by the bits of their numbers, and warnings of every kind.
pub fn docket(orders: usize, languages: usize) -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EU".to_owned(), ["AT", "DE", "FR"].map(|code| code.parse().unwrap()).to_vec());
    docket.fenced = ["CN", "RU", "CN"].map(|code| code.parse().unwrap())[..orders.min(3)].to_vec();
    docket.orders = (0..orders).map(|number| order(number, languages)).collect();
    docket
}

fn order(number: usize, languages: usize) -> Order {
    let has = |bit: usize| number >> bit & 1 == 1;
    let texts = |name: &str, count: usize| (0..count).map(|n| format!("{name}-{}", (number + n) * 7 % 900)).collect::<Vec<_>>();
    let mut order = Order::new(format!("order-{number}"), if has(0) { "CN" } else { "EU" });
    order.status = if has(5) { Status::Rejected } else { Status::InForce };
    order.authority = "an authority ".repeat(number % 4);
    order.meetings = texts("meeting-*", 1 + number % 3);
    order.accounts = texts("account", number % 2);
    order.demands = vec![Demand::TerminateMeeting; number % 3];
    order.evidence = texts("sha256", number % 4);
    order.approved_by = texts("counsel", number % 3);
    order.reference = format!("https://example.org/{number}");
    if has(1) {
        order.networks = vec!["198.51.100.0/25".parse().unwrap(), format!("{}.0.0.0/8", number % 224).parse().unwrap()];
    }
    if has(2) {
        order.exempt = vec!["198.51.100.7/32".parse().unwrap(), "2001:db8::/127".parse().unwrap()];
    }
    if has(3) {
        let region = match (order.status, has(0)) {
            (Status::Rejected, _) => "US",
            (_, true) => "CN-GD",
            (_, false) => "DE",
        };
        order.regions = vec![region.parse().unwrap()];
    }
    order.expires = has(4).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    order.notice = (0..languages * number / 7 % (languages + 1)).map(|n| (format!("language-{n}"), "why".repeat(n))).collect();
    order
}

/// A name, an atlas, how many orders, and the most languages of their notices.
pub type Case = (&'static str, fn() -> Atlas, usize, usize);

/// Counts what policies of some cases hold.
pub fn each_holds_what_it_says(cases: &[Case]) {
    let heap = || dhat::HeapStats::get().curr_bytes;
    for &(name, atlas, orders, languages) in cases {
        let docket = docket(orders, languages);
        // Warnings about a file hold where in it they are.
        #[cfg(feature = "toml")]
        let docket = if languages == 0 { Docket::from_toml(&toml::to_string(&docket).unwrap()).unwrap() } else { docket };
        let before = heap();
        let policy = Policy::compile(&docket, &atlas()).unwrap();
        let held = heap() - before;
        assert_eq!(policy.memory_usage(), held, "{name}");

        let clones = [policy.clone(), policy.clone()];
        assert_eq!(heap() - before, held, "{name}: a clone adds nothing");
        assert_eq!(clones.each_ref().map(Policy::memory_usage), [held; 2], "{name}: a clone shares all");

        let warnings = policy.warnings().len();
        assert!(warnings >= orders, "{name}: {warnings} warnings are counted, too");

        // What an amended policy shares with this one is its own when this one is gone.
        let changed: Vec<Order> = docket.orders.iter().step_by(3).chain(&[order(64_000, 3)]).cloned().collect();
        let steps = changed.chunks(changed.len().div_ceil(3));
        let amended = steps.fold(policy.clone(), |policy, orders| policy.amend(orders.to_vec()).unwrap());
        drop((policy, clones, changed));
        assert_eq!(amended.memory_usage(), heap() - before, "{name}, amended");
    }
}
