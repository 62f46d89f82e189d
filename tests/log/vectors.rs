//! The vectors of `tests/vectors/log`: a checkpoint that `aics-witness` cosigned, and a proof.

use std::fs;
use std::path::Path;

use bailiwick::log::{LogFolder, LogProof, SignedCheckpoint, Trust};
use bailiwick::note::{SigningKey, VerifierKey};

use super::{Place, lines};

fn read(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log").join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(read(name)).unwrap().trim_end().to_owned()
}

#[test]
fn the_ledger_gives_the_checkpoint_and_the_proof() {
    let key: SigningKey = text("log.key").parse().unwrap();
    let vkey: VerifierKey = text("log.vkey").parse().unwrap();
    let place = Place::new();
    let ledger = read("ledger.jsonl");
    let mut update = LogFolder::open(place.dir(), &vkey, None, |_| {}).unwrap().update().unwrap();
    update.file("ledger.jsonl", ledger.as_slice(), None).unwrap();
    let (log, published) = update.publish(&key, &vkey).unwrap();
    let cosigned = SignedCheckpoint::parse(&read("checkpoint")).unwrap();
    let ours = published.checkpoint.unwrap();
    assert_eq!((ours.note().text(), &ours.note().signatures()[0]), (cosigned.note().text(), &cosigned.note().signatures()[0]));

    let proof = LogProof::parse(&read("17.tlog-proof")).unwrap();
    let path = log.stored().unwrap().inclusion(17, 256).unwrap().unwrap();
    assert_eq!(LogProof::new(Some(lines(&ledger)[17].to_vec()), path, cosigned), proof);
}

#[test]
fn the_cosignature_of_a_strangers_witness_verifies() {
    let witness: VerifierKey = text("witness.vkey").parse().unwrap();
    let trust = Trust::new(text("log.vkey").parse().unwrap(), vec![witness], 1).unwrap();
    let proof = LogProof::parse(&read("17.tlog-proof")).unwrap();
    assert_eq!(trust.check(proof.checkpoint()).unwrap()[0].witness, "witness.example/w1");
    assert!(proof.verified_leaf().unwrap().starts_with(b"{\"unrecorded\":10,\"seq\":17,"));
    let changed = String::from_utf8(read("checkpoint")).unwrap().replacen("256", "512", 1);
    assert!(trust.check(&SignedCheckpoint::parse(changed.as_bytes()).unwrap()).is_err());
}
