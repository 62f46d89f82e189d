//! Four meetings of 2020, decided again, person by person: `cargo run --release --example june_fourth`

use std::{error::Error, fs::File, io::Read};

use bailiwick::{Atlas, AtlasBuilder, Decision, HostAccount, Meeting, Policy, Source};
use flate2::read::GzDecoder;

/// The location by both sources, the address, and the owner of its network.
const PARTICIPANTS: [[&str; 3]; 10] = [
    ["CN", "166.111.8.28", "Tsinghua University"],
    ["CN", "240e::1", "China Telecom"],
    ["HK", "147.8.1.1", "Univ. of Hong Kong"],
    ["MO", "161.64.3.1", "University of Macau"],
    ["TW", "2001:b000:168::1", "Chunghwa Telecom"],
    ["US", "128.32.136.9", "Univ. of California"],
    ["DE", "2003::1", "Deutsche Telekom"],
    ["JP", "133.11.0.1", "University of Tokyo"],
    ["contested", "119.28.0.1", "one says HK, one CN"],
    ["unknown", "2001:df3:2a80::1", "only one knows it"],
];

/// A meeting, its host's account and where that is at home, and when people join; in 2020, who in it was in CN, and what became of
/// it and of the account; the order that names either and is in force when people join.
#[rustfmt::skip]
const MEETINGS: [[&str; 8]; 5] = [
    ["june-4-m1",  "host-m1", "ZZ", "2020-05-31T12:00:00Z", "nobody",    "undisturbed", "untouched", "cn-2020-m1"],
    ["june-4-m2",  "host-m2", "US", "2020-06-03T12:00:00Z", "many",      "ended",       "suspended", "cn-2020-m2"],
    ["june-4-m3",  "host-m3", "US", "2020-06-04T12:00:00Z", "many",      "ended",       "suspended", "cn-2020-m3"],
    ["m4-earlier", "host-m4", "HK", "2020-05-24T12:00:00Z", "unknown",   "was over",    "suspended", "none"],
    ["june-4-m4",  "host-m4", "HK", "2020-06-04T12:00:00Z", "not begun", "ended",       "suspended", "cn-2020-m4"],
];

fn source(name: &str) -> Result<Source, Box<dyn Error>> {
    let open = |family| File::open(format!("{}/data/{name}-{family}.csv.gz", env!("CARGO_MANIFEST_DIR"))).map(GzDecoder::new);
    Ok(Source::from_range_csv(name, open("ipv4")?.chain(open("ipv6")?))?)
}

/// The atlas on which all of some sources agree, and the millions of IPv4 addresses that it locates in CN.
fn atlas(sources: &[Source]) -> Result<(Atlas, f64), Box<dyn Error>> {
    let atlas = sources.iter().cloned().fold(Atlas::builder(), AtlasBuilder::source).min_sources(sources.len()).build()?;
    let in_cn = atlas.networks().filter(|(network, location)| network.addr().is_ipv4() && location.to_string() == "CN");
    let millions = in_cn.map(|(network, _)| f64::from(32 - network.prefix_len()).exp2() / 1e6).sum();
    Ok((atlas, millions))
}

fn main() -> Result<(), Box<dyn Error>> {
    let sources = [source("geo-whois-asn-country")?, source("asn-country")?];
    let [(_, whois), (_, asn), (atlas, both)] = [atlas(&sources[..1])?, atlas(&sources[1..])?, atlas(&sources)?];
    let policy = Policy::compile(&toml::from_str(include_str!("june_fourth.toml"))?, &atlas)?;
    let one = whois + asn - 2.0 * both;
    println!("{one:.1} million IPv4 addresses are in CN for one of two sources, not for both: nobody is blocked there.\n");
    let row = |label: &str, cells: [&str; 5]| println!("{label:<49}{}", cells.map(|c| format!("{c:<12}")).concat().trim_end());
    row("IN 2020", MEETINGS.map(|meeting| meeting[0]));
    row("people in it from CN", MEETINGS.map(|meeting| meeting[4]));
    row("the meeting", MEETINGS.map(|meeting| meeting[5]));
    row("its host's account", MEETINGS.map(|meeting| meeting[6]));
    println!();
    row("WITH BAILIWICK, under", MEETINGS.map(|meeting| meeting[7]));
    for [place, address, network] in PARTICIPANTS {
        let ip = address.parse()?;
        assert_eq!(policy.locate(ip).to_string(), place);
        let mut answers = [""; 5];
        for (answer, [meeting, account, home, joins, inside, .., order]) in answers.iter_mut().zip(MEETINGS) {
            let (meeting, at) = (Meeting::new(meeting).hosted_by(account), joins.parse::<jiff::Timestamp>()?.into());
            let decision = policy.decide_at(meeting, ip, home.parse()?, at);
            let (word, orders) = match decision {
                Decision::Allow => ("allow", vec!["none"]),
                Decision::BlockParticipant(block) => ("BLOCK", block.orders().map(|order| &*order.id).collect()),
                Decision::KeepMeeting(keep) => ("keep", keep.orders().map(|order| &*order.id).collect()),
            };
            assert_eq!((orders, decision.admits()), (vec![order], place != "CN" || order == "none"));
            assert_eq!(decision.host_account(), HostAccount::Unaffected);
            *answer = if (place, inside) == ("CN", "nobody") { "" } else { word };
        }
        row(&format!("{place:<9} {address:<16} {network}"), answers);
    }
    row("its host's account", ["unaffected"; 5]);
    Ok(())
}
