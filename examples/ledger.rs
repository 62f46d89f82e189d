//! A record of decisions that nobody can quietly edit: `cargo run --example ledger --features ledger`

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger, Lines, Question, Verification, Verified, VerifyError, replay};
use bailiwick::{Atlas, Docket, Meeting, Order, Policy, Source};

/// The joins, in their sequence.
const JOINS: [[&str; 2]; 4] = [
    ["june-4-vigil", "203.0.113.7"],
    ["june-4-vigil", "198.51.100.7"],
    ["weekly-sync", "203.0.113.9"],
    ["june-4-vigil", "203.0.113.8"],
];

fn verify(paths: &[&Path], verification: Verification) -> Result<Verified, VerifyError> {
    let mut verification = verification;
    for path in paths {
        let error = |error| VerifyError::Read { file: path.display().to_string(), line: 1, error };
        verification.file(path.display().to_string(), File::open(path).map_err(error)?)?;
    }
    verification.finish()
}

fn main() -> Result<(), Box<dyn Error>> {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n".as_bytes())?;
    let mut docket = Docket::default();
    let mut order = Order::new("cn-2020-0604-m2", "CN");
    order.meetings.push("june-4-vigil".to_owned());
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build()?)?;

    // Record decisions, and begin a new file in between.
    let folder = std::env::temp_dir().join(format!("bailiwick-ledger-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (june, july) = (folder.join("2020-06.jsonl"), folder.join("2020-07.jsonl"));
    let key = Key::new(b"32 random bytes or more, and secret")?;
    let mut ledger = Ledger::open(&june, key.clone())?.ledger;
    let (home, noon) = ("US".parse()?, SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_272_000));
    let mut questions = Vec::new();
    for ([meeting, address], n) in JOINS.into_iter().zip(0..) {
        let (meeting, ip) = (Meeting::new(meeting).hosted_by("account-17"), address.parse()?);
        let seq = ledger.record(&policy.explain(meeting, ip, home, noon + Duration::from_secs(n)))?;
        questions.push(Question::new(seq, meeting, ip, home)); // your own records keep these, not the ledger
        if n == 1 {
            ledger.rotate_to(&july)?;
        }
    }
    ledger.sync()?;
    let head = ledger.head();
    drop(ledger);
    println!("{}", fs::read_to_string(&june)?);

    // Verify it, and decide again.
    let verified = verify(&[&june, &july], Verification::new().expect_head(head))?;
    println!("{} lines, {} decisions, the last line is {head}\n", verified.lines, verified.records);
    for file in [&june, &july] {
        for line in Lines::new(File::open(file)?) {
            let line = line?;
            let Some(record) = line.record() else { continue };
            let question = questions.iter().find(|question| question.seq == record.seq).ok_or("no question")?;
            println!("number {}: {}, {} differences", record.seq, record.verdict, replay(&policy, &key, question, record).len());
        }
    }

    // Somebody edits one word.
    fs::write(&june, fs::read_to_string(&june)?.replacen("block-participant", "keep-meeting", 1))?;
    println!("\n{}", verify(&[&june, &july], Verification::new().expect_head(head)).expect_err("it is found"));
    Ok(fs::remove_dir_all(folder)?)
}
