//! Policies that share an atlas decide as if each had one of its own, whichever were compiled before, are being compiled, or are
//! gone.

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;
use std::time::SystemTime;

use bailiwick::{Atlas, Decision, Docket, Meeting, Order, Policy, Region, Source, Status, spec};
use support::region;

/// More regions than a byte can number, most of them in one country: orders of that country concern most of the atlas.
const SUBDIVISIONS: usize = 300;
const COUNTRIES: [&str; 6] = ["CN", "HK", "DE", "FR", "US", "XK"];

/// The issuers of each docket's orders: one order each, for the common meeting and for one of its own.
const ISSUERS: [&[&str]; 10] = [
    &["CN"],
    &["HK"],
    &["CN", "HK"],
    &["HK", "CN"],
    &["US"],
    &["US-007", "US-299"],
    &["XK", "US-299", "DE"],
    &["PAIR"],
    &["US", "PAIR"],
    &[],
];

fn regions() -> Vec<Region> {
    let subdivisions = (0..SUBDIVISIONS).map(|n| region(&format!("US-{n:03}")));
    COUNTRIES.map(region).into_iter().chain(subdivisions).collect()
}

/// Two addresses of the block of a region in each family.
fn addresses(n: usize) -> [IpAddr; 4] {
    let n = u32::try_from(n).unwrap();
    let v4 = |host: u32| Ipv4Addr::from_bits(0x0b00_0000 + (n << 12) + host).into();
    let v6 = |host: u128| Ipv6Addr::from_bits((0x2001_0db8 << 96) + (u128::from(n) << 80) + host).into();
    [v4(0), v4(0xfff), v6(0), v6((1 << 80) - 1)]
}

/// One block a region in each family. Those of Germany and France are one and the same.
fn source() -> Source {
    let mut source = Source::new("provider");
    for (n, region) in regions().into_iter().enumerate() {
        let n = if region.to_string() == "FR" { n - 1 } else { n };
        let [first, last, first_v6, last_v6] = addresses(n);
        source.insert_range(first, last, region).unwrap();
        source.insert_range(first_v6, last_v6, region).unwrap();
    }
    source
}

fn atlas(source: &Source) -> Atlas {
    Atlas::builder().source(source.clone()).build().unwrap()
}

/// The orders of these issuers, and one that is not in force of everybody else.
fn docket(issuers: &[&str]) -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("PAIR".to_owned(), vec![region("US-255"), region("US-256")]);
    docket.jurisdictions.insert("REST".to_owned(), regions());
    docket.orders = issuers.iter().chain(&["REST"]).map(|issuer| Order::new(format!("{issuer}-1"), *issuer)).collect();
    for order in &mut docket.orders {
        order.meetings = vec!["all".to_owned(), order.issuer.clone()];
        order.status = if order.issuer == "REST" { Status::Received } else { Status::InForce };
    }
    docket
}

/// Asks about every region. Says how often someone was blocked.
fn agrees_with_the_specification(policy: &Policy, issuers: &[&str], source: &Source) -> usize {
    let docket = docket(issuers);
    let mut blocked = 0;
    for ip in (0..=COUNTRIES.len() + SUBDIVISIONS).flat_map(addresses) {
        for meeting in issuers.iter().take(1).chain(&["all"]) {
            let (meeting, home, at) = (Meeting::new(meeting), region("HK"), SystemTime::UNIX_EPOCH);
            let decision = policy.decide_at(meeting, ip, home, at);
            let verdict = spec::decide_at(&docket, std::slice::from_ref(source), 1, meeting, ip, home, at);
            assert_eq!(verdict, decision, "{ip} {meeting:?} {issuers:?}");
            blocked += usize::from(matches!(decision, Decision::BlockParticipant(_)));
        }
    }
    blocked
}

#[test]
fn policies_compiled_one_after_another_on_one_atlas_keep_to_their_own_orders() {
    let source = source();
    let atlas = atlas(&source);
    let mut kept = Vec::new();
    // All of them live on in the first round; in the second, each is gone before the next.
    for issuers in ISSUERS {
        kept.push(Policy::compile(&docket(issuers), &atlas).unwrap());
    }
    let blocked: Vec<usize> =
        kept.iter().zip(ISSUERS).map(|(policy, issuers)| agrees_with_the_specification(policy, issuers, &source)).collect();
    // Four addresses a region; the first issuer's own meeting is asked about, too.
    assert_eq!(blocked, [8, 8, 12, 12, 8 * 301, 12, 12, 16, 8 * 301, 0]);
    drop(kept);
    for issuers in ISSUERS.into_iter().rev() {
        agrees_with_the_specification(&Policy::compile(&docket(issuers), &atlas).unwrap(), issuers, &source);
    }
}

/// The block of what an atlas made for a policy stays where it is when that is gone, and is counted. tests/memory.rs knows its size.
#[test]
fn a_policy_counts_what_another_one_left_in_their_atlas() {
    let atlas = atlas(&source());
    let policy = Policy::compile(&docket(&["CN"]), &atlas).unwrap();
    let alone = policy.memory_usage();
    let other = Policy::compile(&docket(&["HK"]), &atlas).unwrap();
    assert_eq!(policy.memory_usage(), alone);
    drop(other);
    assert!((1..1000).contains(&(policy.memory_usage() - alone)));
}

#[test]
fn policies_compiled_at_one_time_on_one_atlas_keep_to_their_own_orders() {
    let source = source();
    let atlas = atlas(&source);
    thread::scope(|threads| {
        for issuers in ISSUERS {
            let (source, atlas) = (&source, &atlas);
            threads.spawn(move || {
                for _ in 0..3 {
                    agrees_with_the_specification(&Policy::compile(&docket(issuers), atlas).unwrap(), issuers, source);
                }
            });
        }
    });
}
