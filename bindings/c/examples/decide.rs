//! Measures decisions from Rust: nanoseconds each, listed and unlisted. Run by benches/compare, beside `benches/decide.c`.

use std::error::Error;
use std::hint::black_box;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use bailiwick::{Atlas, Docket, Policy, Region, Source};

const DECISIONS: u32 = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (source, orders) = (arguments.next().ok_or("a geo file")?, arguments.next().ok_or("an orders file")?);
    let atlas = Atlas::builder().source(Source::open(&source)?).build()?;
    let policy = Policy::compile(&Docket::from_toml(&std::fs::read_to_string(orders)?)?, &atlas)?;
    let host: Region = "US".parse()?;
    for (meeting, blocks) in [("vigil", true), ("other", false)] {
        let mut address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 0];
        let mut blocked = 0;
        let began = Instant::now();
        for at in 0..DECISIONS {
            let [.., last] = &mut address;
            [*last, ..] = at.to_le_bytes();
            // As C passes it.
            let ip = IpAddr::V6(Ipv6Addr::from(*black_box(&address)));
            blocked += u32::from(!black_box(policy.decide(black_box(meeting), ip, black_box(host))).admits());
        }
        print!("{:.2} ", began.elapsed().as_nanos() as f64 / f64::from(DECISIONS));
        assert_eq!(blocked, if blocks { DECISIONS } else { 0 });
    }
    println!();
    Ok(())
}
