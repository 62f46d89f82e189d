//! Arbitrary bytes, and valid files with a few things changed: nothing panics, and what reads can be used.

use std::net::IpAddr;
use std::ops::Range;

use bailiwick::{Atlas, Docket, Meeting, Policy, Region, Source};
use proptest::prelude::*;

use super::round_trip::{MAXIMAL, is_written_and_read_again};
use super::{atlas, is_one_plain_line, region, seconds};

const CSV: &str = "\u{feff}# provider\r\n203.0.113.0,203.0.113.255,CN\r\n3405803776,3405803839,EU\n\
    2001:db8::,2001:db8::ffff,US-CA\n::ffff:203.0.113.0,203.0.113.9,HK\n0,281470681743359,ZZ";

const CODE: &str = "CN-HK";

/// Texts that a careless or a hostile author writes into a file.
const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "#",
    "=",
    ",",
    ":",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "null",
    "true",
    "nan",
    "-1",
    "0",
    "9999999999999999999999",
    "1e400",
    "[[orders]]",
    "[jurisdictions]",
    "id = \"x\"",
    "*",
    "/0",
    "/129",
    "ZZ",
    "EU",
    "-",
    "::",
    "0.0.0.0/0",
    "::ffff:0:0/96",
    "Z",
    "+99:99",
    "9999-12-31T23:59:59Z",
    "2020-06-03",
    "$__toml_private_datetime",
];

/// Words to put between quotes or commas, in the place of expected ones.
const WORDS: &[&str] = &[
    "",
    " ",
    "*",
    "CN",
    "cn-gd",
    "CN-HK",
    "US-CA",
    "ZZ",
    "EU",
    "UK",
    "BENELUX",
    "in-force",
    "rejected",
    "received",
    "suspend-host",
    "id",
    "203.0.113.0",
    "203.0.113.7",
    "203.0.113.0/25",
    "198.51.100.0/24",
    "2001:db8::",
    "2001:db8::/32",
    "::ffff:203.0.113.0",
    "::/0",
    "3405803776",
    "0",
    "340282366920938463463374607431768211455",
    "2020-06-03T00:00:00Z",
    "2020-06-03T08:00:00+08:00",
    "0000-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59Z",
    "june-4-vigil",
    "account-17",
    "\u{202e}",
    "粤",
];

/// One change to a file. Positions are taken modulo what there is of them.
#[derive(Debug, Clone)]
enum Change {
    Put(usize, &'static str),
    Byte(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
    Word(usize, &'static str),
    CopyWord(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        1 => (any::<usize>(), prop::sample::select(TOKENS)).prop_map(|(at, token)| Change::Put(at, token)),
        1 => any::<(usize, u8)>().prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (any::<usize>(), 0..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (any::<usize>(), 0..80_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        8 => (any::<usize>(), prop::sample::select(WORDS)).prop_map(|(at, word)| Change::Word(at, word)),
        4 => any::<(usize, usize)>().prop_map(|(from, to)| Change::CopyWord(from, to)),
    ];
    prop::collection::vec(change, 1..4)
}

/// The texts between quotes, commas and line ends that are not only blanks and brackets.
fn words(bytes: &[u8]) -> Vec<Range<usize>> {
    let ends = bytes.iter().enumerate().filter(|&(_, byte)| b"\",\r\n".contains(byte)).map(|(at, _)| at).chain([bytes.len()]);
    let words = ends.scan(0, |start, end| Some(std::mem::replace(start, end + 1)..end));
    words.filter(|word| bytes[word.clone()].iter().any(u8::is_ascii_alphanumeric)).collect()
}

fn changed(file: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for change in changes {
        let place = |at: usize| at % (bytes.len() + 1);
        let range = |at: usize, length: usize| place(at)..(place(at) + length).min(bytes.len());
        let words = words(&bytes);
        let word = |at: usize| words.get(at % words.len().max(1)).cloned().unwrap_or_default();
        let (range, put) = match *change {
            Change::Put(at, token) => (range(at, 0), token.as_bytes().to_vec()),
            Change::Byte(at, byte) => (range(at, 1), vec![byte]),
            Change::Cut(at, length) => (range(at, length), Vec::new()),
            Change::Repeat(at, length) => (range(at, 0), bytes[range(at, length)].to_vec()),
            Change::Word(at, other) => (word(at), other.as_bytes().to_vec()),
            Change::CopyWord(from, to) => (word(to), bytes[word(from)].to_vec()),
        };
        bytes.splice(range, put);
    }
    bytes
}

fn maximal_json() -> String {
    serde_json::to_string(&toml::from_str::<Docket>(MAXIMAL).unwrap()).unwrap()
}

/// Uses a docket: it is written and read again, it decides if it compiles, and every message is one line.
fn use_docket(docket: &Docket, atlas: &Atlas) {
    is_written_and_read_again(docket);
    let policy = match Policy::compile(docket, atlas) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.errors().is_empty());
            return error.errors().iter().for_each(|defect| assert!(is_one_plain_line(&defect.to_string()), "{defect}"));
        }
    };
    policy.warnings().iter().for_each(|warning| assert!(is_one_plain_line(&warning.to_string()), "{warning}"));
    assert!(policy.memory_usage() > 0);
    let names = docket.orders.iter().flat_map(|order| order.meetings.iter().chain(&order.accounts));
    for name in names.map(String::as_str).chain(["", "june-4-vigil", "account-17"]) {
        let meeting = Meeting::new(name).hosted_by(name);
        for ip in ["203.0.113.7", "::ffff:203.0.113.8", "2001:db8::7", "192.0.2.1", "8.8.8.8", "::"] {
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(
                policy.decide(meeting, ip, region("HK")).admits(),
                !format!("{:?}", policy.decide(meeting, ip, region("HK"))).starts_with("Block")
            );
            for at in [seconds(0), seconds(1_591_200_000), seconds(4_000_000_000)] {
                let decision = policy.decide_at(meeting, ip, region("US"), at);
                assert_eq!(policy.explain(meeting, ip, region("US"), at).decision(), decision);
            }
        }
    }
}

fn use_toml(bytes: &[u8]) {
    if let Ok(docket) = toml::from_slice::<Docket>(bytes) {
        use_docket(&docket, &atlas());
    }
}

fn use_json(bytes: &[u8]) {
    if let Ok(docket) = serde_json::from_slice::<Docket>(bytes) {
        use_docket(&docket, &atlas());
    }
}

/// A source that was read builds an atlas, on which a docket compiles and decides.
fn use_csv(bytes: &[u8], docket: &Docket) {
    match Source::from_range_csv("provider", bytes) {
        Ok(source) => {
            let ends: Vec<IpAddr> = source.ranges().flat_map(|(first, last, _)| [first, last]).collect();
            let atlas = Atlas::builder().source(source).build().unwrap();
            ends.into_iter().for_each(|ip| drop(atlas.locate(ip).to_string()));
            use_docket(docket, &atlas);
        }
        Err(error) => assert!(is_one_plain_line(&error.to_string()), "{error}"),
    }
}

fn use_region(text: &str) {
    match text.parse::<Region>() {
        Ok(region) => {
            assert_eq!(region.to_string().parse(), Ok(region));
            assert_eq!(region.covers(region), region != Region::UNKNOWN);
        }
        Err(error) => assert!(is_one_plain_line(&error.to_string()), "{error}"),
    }
}

#[test]
fn the_files_that_are_changed_are_valid_before() {
    let docket: Docket = toml::from_str(MAXIMAL).unwrap();
    assert_eq!(docket, serde_json::from_str(&maximal_json()).unwrap());
    use_docket(&docket, &atlas());
    assert_eq!(Source::from_range_csv("provider", CSV.as_bytes()).unwrap().len(), 5);
    use_csv(CSV.as_bytes(), &docket);
    use_region(CODE);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_no_reason_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        use_toml(&bytes);
        use_json(&bytes);
        use_csv(&bytes, &Docket::default());
        use_region(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn arbitrary_text_is_no_reason_to_panic(text in any::<String>()) {
        use_toml(text.as_bytes());
        use_json(text.as_bytes());
        use_csv(text.as_bytes(), &Docket::default());
        use_region(&text);
    }

    #[test]
    fn tokens_in_a_heap_are_no_reason_to_panic(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..40)) {
        let text = tokens.concat();
        use_toml(text.as_bytes());
        use_json(text.as_bytes());
        use_csv(text.as_bytes(), &Docket::default());
        use_region(&text);
    }

    #[test]
    fn a_changed_docket_in_toml_is_no_reason_to_panic(changes in changes()) {
        use_toml(&changed(MAXIMAL.as_bytes(), &changes));
    }

    #[test]
    fn a_changed_docket_in_json_is_no_reason_to_panic(changes in changes()) {
        use_json(&changed(maximal_json().as_bytes(), &changes));
    }

    #[test]
    fn a_changed_file_of_ranges_is_no_reason_to_panic(changes in changes()) {
        use_csv(&changed(CSV.as_bytes(), &changes), &super::clean());
    }

    #[test]
    fn a_changed_code_is_no_reason_to_panic(changes in changes()) {
        use_region(&String::from_utf8_lossy(&changed(CODE.as_bytes(), &changes)));
    }

    #[test]
    fn codes_that_look_right_are_no_reason_to_panic(text in "(CN|US|UK|EU|ZZ|x[a-z]|[A-Za-z]{1,3})([-_ –][A-Za-z0-9]{0,4})?") {
        use_region(&text);
    }
}
