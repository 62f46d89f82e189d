//! Tests of a docket, as data: `cargo run --features toml --example cases`

use std::error::Error;

use bailiwick::cases::{Cases, Runner};
use bailiwick::{Atlas, Docket};

const ORDERS: &str = r#"
[[orders]]
id = "cn-2020-m2"
issuer = "CN"
meetings = ["june-4-vigil"]
status = "in-force"
"#;

/// The expectations of the legal team. The last one is wrong: no order names that meeting.
const CASES: &str = r#"
[[cases]]
meeting = "june-4-vigil"
region  = "CN-GD"
expect  = "block-participant"
orders  = ["cn-2020-m2"]

[[cases]]
meeting = "june-4-vigil"
region  = "HK"
expect  = "keep-meeting"
reasons = { cn-2020-m2 = "outside" }

[[cases]]
meeting = "another-meeting"
region  = "CN"
expect  = "block-participant"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let (docket, cases) = (Docket::from_toml(ORDERS)?, Cases::from_toml(CASES)?);

    // Cases that name regions need no geo files.
    let runner = Runner::new(&docket, &Atlas::builder().build()?, &cases)?;
    for case in &cases.cases {
        let outcome = runner.run(case);
        println!("line {}: {}", case.line, if outcome.passed() { "as expected" } else { "not as expected" });
        for difference in outcome.differences() {
            println!("  {difference}");
        }
    }
    Ok(())
}
