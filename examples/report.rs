//! The public report on a month: `cargo run --example report --features ledger`

use std::error::Error;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger};
use bailiwick::report::Report;
use bailiwick::{Atlas, Docket, Policy, Source};

const RANGES: &str = "203.0.113.0,203.0.113.255,CN\n192.0.2.0,192.0.2.255,US\n";

const ORDERS: &str = r#"
    [[orders]]
    id = "cn-2020-0604-m2"
    issuer = "CN"
    meetings = ["june-4-vigil"]
    demands = ["terminate-meeting", "suspend-host"]
    status = "in-force"
    received = "2020-06-01T09:00:00Z"
    effective = "2020-06-03T09:00:00Z"

    [[orders]]
    id = "cn-2020-0604-m5"
    issuer = "CN"
    meetings = ["a-lecture"]
    demands = ["terminate-meeting", "disclose-data"]
    status = "rejected"
    received = "2020-06-02T09:00:00Z"
"#;

/// The regions from which people join the vigil, and their numbers.
const JOINS: [(&str, usize); 4] = [("203.0.113.9", 57), ("192.0.2.9", 160), ("8.8.8.8", 12), ("203.0.113.40", 3)];

fn main() -> Result<(), Box<dyn Error>> {
    let source = Source::from_range_csv("provider", RANGES.as_bytes())?;
    let docket: Docket = toml::from_str(ORDERS)?;
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build()?)?;
    let at = |time: &str| time.parse::<jiff::Timestamp>().map(SystemTime::from);

    // The record that the backend wrote at every join.
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&[7; 32])?)?;
    let evening = at("2020-06-04T12:00:00Z")?;
    for (address, people) in JOINS {
        for seconds in 0..people {
            let time = evening + Duration::from_secs(u64::try_from(seconds)?);
            ledger.record(&policy.explain("june-4-vigil", address.parse()?, "US".parse()?, time))?;
        }
    }
    let file = ledger.into_inner();

    let report = Report::builder(&docket).period(at("2020-06-01T00:00:00Z")?, at("2020-07-01T00:00:00Z")?);
    let report = report.ledger("june.jsonl", file.as_slice())?.build()?;
    print!("{}", report.to_markdown());
    Ok(())
}
