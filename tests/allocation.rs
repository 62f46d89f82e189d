//! Deciding allocates nothing.
//!
//! The only test of its program, and without the harness of tests: see `memory/alone.rs`.

#[path = "memory/alone.rs"]
mod alone;

use std::fmt::{self, Write};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Decision, Docket, HostAccount, Meeting, Order, Policy, Region, Source, Status};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Each meeting is named by 8 orders, each account by some 30. A few more of either are asked about, which no order names.
const ORDERS: usize = 4_000;
const MEETINGS: usize = 500;
const ACCOUNTS: usize = 70;

const RANGES: [[&str; 3]; 6] = [
    ["198.51.100.0", "198.51.100.255", "CN"],
    ["203.0.113.0", "203.0.113.127", "HK"],
    ["203.0.113.128", "203.0.113.255", "US-CA"],
    ["203.0.113.128", "203.0.113.255", "US-NY"],
    ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "CN-GD"],
    ["2001:db8:aaaa::", "2001:db8:aaaa:ffff:ffff:ffff:ffff:ffff", "DE"],
];

const ISSUERS: [&str; 5] = ["CN", "HK", "DE", "EU", "US"];

/// In the networks of orders, outside of them and exempt; contested and unknown; IPv4, mapped and IPv6.
const ADDRESSES: [&str; 10] = [
    "198.51.100.7",
    "198.51.100.8",
    "198.51.100.200",
    "203.0.113.5",
    "203.0.113.200",
    "192.0.2.1",
    "::ffff:198.51.100.8",
    "2001:db8::7",
    "2001:db8::8",
    "2001:db8:aaaa::8",
];

const HOSTS: [&str; 4] = ["CN", "HK", "US-CA", "ZZ"];

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// An order that has some of what orders can have, by the bits of its number.
fn order(number: usize, now: SystemTime) -> Order {
    let has = |bit: usize| number >> bit & 1 == 1;
    let mut order = Order::new(format!("order-{number}"), ISSUERS[number % ISSUERS.len()]);
    order.meetings = vec![format!("meeting-{}", number % MEETINGS)];
    order.accounts = if has(0) { vec![format!("account-{}", number % ACCOUNTS)] } else { Vec::new() };
    if has(1) {
        order.networks = vec!["198.51.100.0/25".parse().unwrap(), "2001:db8::/33".parse().unwrap()];
    }
    if has(2) {
        order.exempt = vec!["198.51.100.7/32".parse().unwrap(), "2001:db8::7/128".parse().unwrap()];
    }
    if has(3) && order.issuer == "CN" {
        order.regions = vec!["CN-GD".parse().unwrap()];
    }
    if has(6) {
        order.notice =
            [("en", "You cannot join."), ("zh", "您无法加入。")].map(|(tag, text)| (tag.to_owned(), text.to_owned())).into();
    }
    order.effective = has(4).then_some(now - YEAR);
    order.expires = has(5).then_some(now + YEAR);
    order.status = if number % 7 == 0 { Status::Rejected } else { Status::InForce };
    order
}

fn policy(now: SystemTime) -> Policy {
    let mut source = Source::new("test");
    for [first, last, region] in RANGES {
        source.insert_range(first.parse().unwrap(), last.parse().unwrap(), region.parse().unwrap()).unwrap();
    }
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EU".to_owned(), vec!["DE".parse().unwrap(), "FR".parse().unwrap()]);
    docket.fenced = vec!["CN".parse().unwrap(), "DE".parse().unwrap()];
    docket.orders = (0..ORDERS).map(|number| order(number, now)).collect();
    Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap()
}

/// The number of each answer.
#[derive(Debug, Default)]
struct Answers {
    allow: usize,
    block: usize,
    keep: usize,
    domestic: usize,
    foreign: usize,
    orders: usize,
    notices: Length,
}

/// Counts the bytes of texts.
#[derive(Debug, Default)]
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

impl Answers {
    /// Asks a decision for all that it can tell.
    fn count(&mut self, decision: Decision<'_>) {
        match decision {
            Decision::Allow => self.allow += 1,
            Decision::BlockParticipant(block) => {
                self.block += 1;
                self.orders += block.orders().count();
                assert_eq!(block.host_account(), decision.host_account());
                write!(self.notices, "{}", block.notice("de-AT, zh-Hant;q=0.75, fr;q=0")).unwrap();
            }
            Decision::KeepMeeting(keep) => {
                self.keep += 1;
                self.orders += keep.orders().count();
                assert_eq!(keep.host_account(), decision.host_account());
            }
        }
        match decision.host_account() {
            HostAccount::Unaffected => self.foreign += 1,
            HostAccount::UnderDomesticOrder(order) => self.domestic += usize::from(!order.id.is_empty()),
        }
        assert_eq!(decision.admits(), !matches!(decision, Decision::BlockParticipant(_)));
    }
}

fn main() {
    alone::run_alone("deciding_allocates_nothing", deciding_allocates_nothing);
}

fn deciding_allocates_nothing() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let now = SystemTime::now();
    let policy = policy(now);
    let meetings: Vec<String> = (0..MEETINGS + 50).map(|number| format!("meeting-{number}")).collect();
    let accounts: Vec<String> = (0..ACCOUNTS + 10).map(|number| format!("account-{number}")).collect();
    let addresses: Vec<IpAddr> = ADDRESSES.iter().map(|ip| ip.parse().unwrap()).collect();
    let hosts: Vec<Region> = HOSTS.iter().map(|region| region.parse().unwrap()).collect();
    let mut answers = Answers::default();

    let before = dhat::HeapStats::get();
    for (meeting, account) in meetings.iter().zip(accounts.iter().cycle()) {
        let unhosted = Meeting::from(meeting);
        for meeting in [unhosted, unhosted.hosted_by(account)] {
            let reasons = policy.reasons(meeting);
            for &ip in &addresses {
                answers.count(reasons.decide_at(ip, Region::UNKNOWN, now).decision());
                for &host in &hosts {
                    answers.count(policy.decide(meeting, ip, host));
                    for at in [SystemTime::UNIX_EPOCH, now, now + 2 * YEAR] {
                        answers.count(policy.decide_at(meeting, ip, host, at));
                    }
                }
            }
        }
    }
    for &server in &hosts {
        let _ = policy.may_relay(server, hosts.iter().copied(), server);
        let _ = policy.may_relay(server, [server; 3], server);
    }
    let after = dhat::HeapStats::get();

    assert_eq!(after.total_blocks - before.total_blocks, 0, "blocks allocated by {answers:?}");
    let Answers { allow, block, keep, domestic, foreign, orders, notices: Length(notices) } = answers;
    assert!([allow, block, keep, domestic, foreign].into_iter().all(|answers| answers > 1_000), "{answers:?}");
    assert!(orders > 100_000 && notices > 100_000, "{orders} {notices}");

    let _explanation = policy.explain("meeting-1", addresses[0], hosts[0], now);
    assert!(dhat::HeapStats::get().total_blocks > after.total_blocks, "what does allocate is counted");
}
