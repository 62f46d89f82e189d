//! The notice to a blocked person over HTTP, SIP and XMPP: `cargo run --example notice -- "zh-Hant-TW, zh;q=0.8"`

use std::error::Error;

use bailiwick::{Atlas, Decision, Docket, Policy, Source};

const ORDERS: &str = r#"
    [[orders]]
    id = "cn-2020-0604-m2"
    issuer = "CN"
    meetings = ["june-4-vigil"]
    demands = ["terminate-meeting", "suspend-host"]
    status = "in-force"
    legal_basis = "Cybersecurity Law, article 12"
    reference = "https://example.org/orders/cn-2020-0604-m2"

    [orders.notice]
    en = "You cannot join this meeting from mainland China."
    zh = "您无法从中国大陆加入此会议。"
"#;

/// The company's own pages: who carries out the block, and whom to ask about it.
const BLOCKED_BY: &str = "https://example.org/legal/blocks";
const CARD: &str = "https://example.org/legal/card.jws";

fn main() -> Result<(), Box<dyn Error>> {
    let language = std::env::args().nth(1).unwrap_or_else(|| "zh-Hant-TW, zh;q=0.8, *;q=0.1".to_owned());
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes())?;
    let docket: Docket = toml::from_str(ORDERS)?;
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build()?)?;
    let Decision::BlockParticipant(block) = policy.decide("june-4-vigil", "203.0.113.9".parse()?, "US".parse()?) else {
        return Err("this participant is inside".into());
    };
    let notice = block.notice(&language);

    let http = notice.http(BLOCKED_BY);
    println!("HTTP/1.1 {} {}", http.status, http.problem.title);
    http.headers.iter().for_each(|(name, value)| println!("{name}: {value}"));
    println!("\n{}\n", serde_json::to_string_pretty(&http.problem)?);

    let sip = notice.sip(CARD);
    println!("SIP/2.0 {} {}", sip.status, sip.reason);
    sip.headers.iter().for_each(|(name, value)| println!("{name}: {value}"));
    println!("\n{}", sip.body.replace('\r', ""));

    println!("<presence type='error'>\n{}\n</presence>", notice.xmpp());
    Ok(())
}
