//! Decides on a target without a clock: the host gives the time. `.ci/wasm` builds this, and runs it under Node.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Docket, Order, Policy, Region, Requirements, Source};

static POLICY: OnceLock<Policy> = OnceLock::new();

/// The listed meeting, and one that no order names.
const MEETINGS: [&str; 2] = ["another", "june-4-vigil"];

/// The bounds of the order, in seconds since 1970: 3 and 5 June 2020.
const WINDOW: [u64; 2] = [1_591_142_400, 1_591_315_200];

fn time(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

fn policy(now: SystemTime) -> Result<Policy, Box<dyn std::error::Error>> {
    let rows = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n";
    let atlas = Atlas::builder().source(Source::from_range_csv("provider", rows.as_bytes())?).build()?;
    let mut order = Order::new("cn-2020-0604-m2", "CN");
    order.meetings.push(MEETINGS[1].to_owned());
    let [effective, expires] = WINDOW.map(|seconds| Some(time(seconds * 1000)));
    (order.effective, order.expires) = (effective, expires);
    let mut docket = Docket::default();
    docket.orders.push(order);
    Ok(Policy::compile_at(&docket, &atlas, &Requirements::new(), now)?)
}

/// Compiles the policy at a time in milliseconds since 1970. Returns the number of its warnings, or -1 when it does not compile.
#[unsafe(no_mangle)]
pub extern "C" fn compile(now: f64) -> i32 {
    match policy(time(now as u64)) {
        Ok(policy) => POLICY.get_or_init(|| policy).warnings().len() as i32,
        Err(_) => -1,
    }
}

/// Decides at a time about an IPv4 address, in the listed meeting (1) or another (0). Returns the code of the decision's kind.
#[unsafe(no_mangle)]
pub extern "C" fn decide(meeting: u32, ipv4: u32, now: f64) -> i32 {
    let Some(policy) = POLICY.get() else { return -1 };
    let ip = IpAddr::V4(Ipv4Addr::from_bits(ipv4));
    policy.decide_at(MEETINGS[meeting as usize % 2], ip, Region::UNKNOWN, time(now as u64)).kind().code().into()
}
