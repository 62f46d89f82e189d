//! The sample data: two providers, each with both families, and questions at the boundaries of their ranges.

use std::fmt::Write as _;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::SystemTime;

use bailiwick::{Atlas, Docket, Order, Policy, Source};
use flate2::read::GzDecoder;

use crate::dice::Dice;
use crate::library::write_verdict;
use crate::model::{Asked, Model};
use crate::statements;
use crate::world::{MEETINGS, Question, region, time};

const PROVIDERS: [&str; 2] = ["asn-country", "geo-whois-asn-country"];

/// Asks about so many addresses, by both providers together.
pub fn compare(model: &mut Model, questions: u64, seed: u64) {
    let sources: Vec<Source> = PROVIDERS.iter().map(|provider| source(provider)).collect();
    let docket = docket();
    let atlas = Atlas::builder().sources(sources.clone()).min_sources(2).build().unwrap();
    let policy = Policy::compile(&docket, &atlas).unwrap();

    let mut asked = Asked { text: "world\t2\n".to_owned(), ..Asked::default() };
    statements::docket(&mut asked.text, &docket);
    for source in &sources {
        statements::source(&mut asked.text, false, true);
        source.ranges().for_each(|(first, last, region)| statements::row(&mut asked.text, first, last, region));
    }
    let boundaries: Vec<IpAddr> = sources.iter().flat_map(Source::ranges).flat_map(|(first, last, _)| [first, last]).collect();
    let mut dice = Dice::new(seed);
    for _ in 0..questions {
        let mut q = Question::random(&boundaries, &mut dice);
        (q.meeting, q.at) = (MEETINGS[0], SystemTime::UNIX_EPOCH);
        statements::at(&mut asked.text, q.ip);
        q.state(&mut asked.text);
        let explanation = policy.explain(q.meeting(), q.ip, q.home, q.at);
        let reasons: Vec<String> =
            explanation.orders().iter().map(|part| format!("{}={}", part.order().id, part.reason().name())).collect();
        write!(asked.expected, "{}\t", policy.locate(q.ip)).unwrap();
        write_verdict(&mut asked.expected, &policy.decide_at(q.meeting(), q.ip, q.home, q.at));
        writeln!(asked.expected, "\t{}", reasons.join(",")).unwrap();
    }
    model.ask(asked);
}

fn source(provider: &str) -> Source {
    let files = ["ipv4", "ipv6"].map(|family| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../data/{provider}-{family}.csv.gz"));
        let mut rows = Vec::new();
        GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut rows).unwrap();
        Source::from_range_csv(family, rows.as_slice()).unwrap()
    });
    Source::joined(provider, files)
}

/// Orders that together reach much of the world.
fn docket() -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EAST".to_owned(), ["JP", "KR", "TW", "HK"].map(region).to_vec());
    docket.jurisdictions.insert("WEST".to_owned(), ["DE", "FR", "GB", "NL"].map(region).to_vec());
    for (id, issuer) in [("us", "US"), ("cn", "CN"), ("east", "EAST"), ("west", "WEST"), ("br", "BR")] {
        let mut order = Order::new(id, issuer);
        order.meetings.push(MEETINGS[0].to_owned());
        docket.orders.push(order);
    }
    docket.orders[0].exempt.push("8.0.0.0/7".parse().unwrap());
    docket.orders[1].networks = ["64.0.0.0/2", "2400::/12"].map(|network| network.parse().unwrap()).to_vec();
    docket.orders[4].expires = Some(time(0));
    docket
}
