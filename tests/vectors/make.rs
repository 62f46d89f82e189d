//! Makes the ledgers, and writes down what they are.

use std::fs;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Head, Ledger, Line, Lines, Verified, verify};
use bailiwick::{Atlas, Digest, Meeting, Policy};
use serde_json::{Value, json};

use super::bodies::ledger::without_salt;
use super::{atlas, docket, folder, key};

const SOURCES: [&[&str]; 3] = [&[], &["geo-one.csv"], &["geo-one.csv", "geo-two.csv"]];

/// A meeting, an address, and nanoseconds after noon: every verdict, and every reason that the docket gives.
const JOINS: [(&str, &str, u64); 12] = [
    ("june-4-vigil", "203.0.113.1", 0),
    ("june-4-vigil", "203.0.113.200", 500_000_000),
    ("june-4-vigil", "198.51.100.7", 1),
    ("june-4-vigil", "192.0.2.1", 1_000_000_000),
    ("june-4-vigil", "233.252.0.1", 2_000_000_000),
    ("june-4-vigil", "2001:db8::1", 2_000_000_000),
    ("narrowed", "203.0.113.1", 3_000_000_000),
    ("narrowed", "203.0.113.66", 3_000_000_000),
    ("narrowed", "198.51.100.200", 3_000_000_000),
    ("over", "203.0.113.1", 3_000_000_000),
    ("rejected", "203.0.113.1", 3_000_000_000),
    ("weekly \"sync\" 会议", "233.252.0.1", 3_000_000_000),
];

#[test]
#[ignore = "writes the vectors anew"]
fn make_the_vectors() {
    let write = |name: &str, bytes: &[u8]| fs::write(folder().join(name), bytes).unwrap();
    let docket = docket("docket.toml");
    write("docket.json", (serde_json::to_string_pretty(&docket).unwrap() + "\n").as_bytes());
    let policy = Policy::compile(&docket, &atlas(SOURCES[2])).unwrap();

    let [first, second] = of_form_2(&policy);
    let old = of_form_1(&first);
    let next = Ledger::carry_on(Vec::new(), key(), last(&old)).unwrap().into_inner();
    write("form-2-a.jsonl", &first);
    write("form-2-b.jsonl", &second);
    write("form-1-a.jsonl", &old);
    write("form-1-b.jsonl", &next);

    let refused = refused(&policy).into_iter().map(|(name, line, bytes)| {
        let file = format!("refused/{name}.jsonl");
        write(&file, &bytes);
        json!({ "file": file, "line": line })
    });
    let vectors = json!({
        "key": "key",
        "ledgers": [
            described(&[("form-2-a.jsonl", &first), ("form-2-b.jsonl", &second)]),
            described(&[("form-1-a.jsonl", &old), ("form-1-b.jsonl", &next)]),
        ],
        "refused": refused.collect::<Vec<Value>>(),
        "dockets": [
            { "files": ["docket.toml", "docket.json"], "digest": policy.digest().to_string() },
            { "files": ["empty.toml"], "digest": nothing().digest().to_string() },
        ],
        "atlases": SOURCES.map(|sources| json!({ "sources": sources, "digest": atlas(sources).digest().to_string() })),
    });
    write("vectors.json", (serde_json::to_string_pretty(&vectors).unwrap() + "\n").as_bytes());
}

fn nothing() -> Policy {
    Policy::compile(&docket("empty.toml"), &Atlas::builder().build().unwrap()).unwrap()
}

/// Two files with every kind of line.
fn of_form_2(policy: &Policy) -> [Vec<u8>; 2] {
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    for (meeting, address, nanoseconds) in JOINS {
        record(&mut ledger, policy, meeting, address, nanoseconds);
    }
    ledger.unrecorded(12).unwrap();
    ledger.unrecorded(0).unwrap();
    ledger.pad().unwrap();
    let first = ledger.rotate(Vec::new()).unwrap();
    record(&mut ledger, policy, JOINS[0].0, JOINS[0].1, 0);
    [first, ledger.into_inner()]
}

fn record(ledger: &mut Ledger<Vec<u8>>, policy: &Policy, meeting: &str, address: &str, nanoseconds: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_272_000) + Duration::from_nanos(nanoseconds);
    let meeting = Meeting::new(meeting).hosted_by("account-17");
    ledger.record(&policy.explain(meeting, address.parse().unwrap(), "US".parse().unwrap(), at)).unwrap();
}

/// The header, the records and the seal of a file in form 1.
fn of_form_1(file: &[u8]) -> Vec<u8> {
    let (mut old, mut prev, mut seq) = (Vec::new(), zero(), 0);
    for line in Lines::new(file).map(Result::unwrap) {
        if !matches!(line, Line::Header(_) | Line::Record(_) | Line::Seal(_)) {
            continue;
        }
        let text = without_salt(&line.to_string(), line.seq(), seq, line.prev(), prev);
        (prev, seq) = (Digest::of(text.as_bytes()), seq + 1);
        old.extend(text.into_bytes());
        old.push(b'\n');
    }
    old
}

fn zero() -> Digest {
    format!("sha256:{}", "0".repeat(64)).parse().unwrap()
}

fn last(file: &[u8]) -> Head {
    verify([("", file)]).unwrap().head.unwrap()
}

fn described(files: &[(&str, &Vec<u8>)]) -> Value {
    let Verified { lines, records, pads, unrecorded, head, public_head, .. } =
        verify(files.iter().map(|(name, file)| (*name, file.as_slice()))).unwrap();
    json!({
        "files": files.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "lines": lines, "decisions": records, "pads": pads, "unrecorded": unrecorded,
        "head": head.map(|head| head.to_string()), "public_head": public_head.map(|head| head.to_string()),
    })
}

/// Changes of the last line of a ledger, which no digest covers, or of a whole file: a name, the join that is recorded, and what is
/// changed to what.
const CHANGES: [(&str, usize, &str, &str); 23] = [
    ("orders-repeated", 0, r#"["cn-1","cn-2"]"#, r#"["cn-1","cn-1"]"#),
    ("orders-descending", 0, r#"["cn-1","cn-2"]"#, r#"["cn-2","cn-1"]"#),
    ("orders-of-no-bytes", 0, r#"["cn-1","cn-2"]"#, r#"[""]"#),
    ("block-without-orders", 0, r#"["cn-1","cn-2"]"#, "[]"),
    ("block-that-does-not-reach", 0, r#""why":"reaches""#, r#""why":"outside""#),
    ("block-in-no-region", 0, r#""region":"CN""#, r#""region":"contested""#),
    ("keep-that-reaches", 0, "block-participant", "keep-meeting"),
    ("keep-for-no-order", 3, r#""why":"outside""#, r#""why":"no-order""#),
    ("allow-with-orders", 11, r#""orders":[]"#, r#""orders":["cn-1"]"#),
    ("allow-with-a-length", 11, r#""prefix_len":null"#, r#""prefix_len":0"#),
    ("length-beyond-a-family", 0, r#""prefix_len":25"#, r#""prefix_len":129"#),
    ("length-missing", 0, r#""prefix_len":25"#, r#""prefix_len":null"#),
    ("region-of-a-territory", 2, r#""region":"HK""#, r#""region":"CN-HK""#),
    ("region-in-lower-case", 2, r#""region":"HK""#, r#""region":"hk""#),
    ("region-unassigned", 2, r#""region":"HK""#, r#""region":"UK""#),
    ("region-zz", 2, r#""region":"HK""#, r#""region":"ZZ""#),
    ("time-with-a-zero-at-its-end", 1, ".5Z", ".50Z"),
    ("time-with-an-offset", 0, "00Z", "00+00:00"),
    ("blank", 0, r#""seq":1"#, r#""seq": 1"#),
    ("escape-that-json-does-not-demand", 0, "cn-1", "\\u0063n-1"),
    ("number-with-a-zero", 0, r#""seq":1"#, r#""seq":01"#),
    ("member-more", 0, r#","salt""#, r#","user":"u","salt""#),
    ("digest-in-upper-case", 0, r#""policy":"sha256:"#, r#""policy":"SHA256:"#),
];

fn refused(policy: &Policy) -> Vec<(&'static str, u64, Vec<u8>)> {
    let of_join = |join: usize| {
        let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
        let (meeting, address, nanoseconds) = JOINS[join];
        record(&mut ledger, policy, meeting, address, nanoseconds);
        String::from_utf8(ledger.into_inner()).unwrap()
    };
    let mut refused: Vec<_> = CHANGES
        .into_iter()
        .map(|(name, join, from, to)| {
            let whole = of_join(join);
            let (header, record) = whole.split_once('\n').unwrap();
            assert!(record.contains(from), "{name}: {record}");
            (name, 2, format!("{header}\n{}", record.replacen(from, to, 1)).into_bytes())
        })
        .collect();
    let whole = of_join(0);
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    ledger.unrecorded(10).unwrap();
    let unrecorded = String::from_utf8(ledger.into_inner()).unwrap();
    let salt = |seq| key().salt(seq).to_string();
    refused.extend([
        ("crlf", 1, whole.replace('\n', "\r\n").into_bytes()),
        ("torn", 2, whole.trim_end().as_bytes().to_vec()),
        ("empty", 1, Vec::new()),
        ("zeros", 1, vec![0; 99]),
        ("without-a-header", 1, lines[1].as_bytes().to_vec()),
        ("changed", 1, whole.replacen(":00", ":01", 1).into_bytes()),
        ("repeated", 3, [lines[0], lines[1], lines[1]].concat().into_bytes()),
        ("salt-of-another-line", 2, whole.replace(&salt(1), &salt(2)).into_bytes()),
        ("salt-not-canonical", 2, whole.replace(&salt(1), &(salt(1)[..21].to_owned() + "B")).into_bytes()),
        ("form-1-under-a-header-of-form-2", 2, whole.replace(&format!(",\"salt\":\"{}\"", salt(1)), "").into_bytes()),
        ("key-of-another-ledger", 1, whole.replacen(&key().commitment().to_string(), &"0".repeat(64), 1).into_bytes()),
        ("few-unrecorded", 2, unrecorded.replacen("\"unrecorded\":10", "\"unrecorded\":9", 1).into_bytes()),
        ("form-3", 1, whole.replacen("\"ledger\":2", "\"ledger\":3", 1).into_bytes()),
    ]);
    refused
}
