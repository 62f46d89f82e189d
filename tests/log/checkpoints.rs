//! Checkpoints, proofs in files, trust in witnesses, and what witnesses answer.

use bailiwick::log::{
    AddCheckpoint, Checkpoint, CheckpointError, InclusionProof, LogFolder, LogProof, LogProofError, MAX_PROOF, MAX_PROOF_FILE,
    MAX_SIZE, SignedCheckpoint, TreeHash, Trust, TrustError, WitnessError, WitnessReply,
};
use bailiwick::note::{Algorithm, MAX_NOTE, SignError, Signature, Signer, SigningKey, VerifierKey};
use ed25519_dalek::Signer as _;

use super::{Place, key, ledger, lines, publish, signing_key};

/// The example of C2SP tlog-checkpoint. Its key is not published.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

/// A witness that cosigns whatever it is given.
struct Witness {
    key: VerifierKey,
    secret: ed25519_dalek::SigningKey,
}

impl Witness {
    fn new(name: &str, seed: u8) -> Witness {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let key = VerifierKey::new(name, Algorithm::CosignatureV1, secret.verifying_key().as_bytes()).unwrap();
        Witness { key, secret }
    }
}

impl Signer for Witness {
    fn name(&self) -> &str {
        self.key.name()
    }

    fn id(&self) -> u32 {
        self.key.id()
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError> {
        let message = [b"cosignature/v1\ntime 1700000000\n", text].concat();
        Ok([&1_700_000_000_u64.to_be_bytes()[..], &self.secret.sign(&message).to_bytes()].concat())
    }
}

fn signed() -> SignedCheckpoint {
    Checkpoint::new("example.com/log", 256, TreeHash::of_leaf(b"root")).unwrap().sign(&signing_key()).unwrap()
}

#[test]
fn a_published_checkpoint_is_read_and_written_as_it_was() {
    let read = SignedCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((read.checkpoint().origin(), read.checkpoint().size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(read.note().signatures()[1].cosigned_at(), Some(1_679_315_147));
    assert_eq!(read.to_string(), EXAMPLE);
}

#[test]
fn a_text_that_is_no_checkpoint_says_why() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let parse = |text: &str| Checkpoint::parse(text).map_err(|error| error.to_string());
    assert_eq!(parse(&format!("log\n0\n{root}\nextension\n")).unwrap().extensions(), ["extension"]);
    let lines = "the note is not a checkpoint: it has the name of a log, a size and a root on three lines, and no empty line";
    for text in
        ["", "\n", "log\n", "log\n1\n", &format!("log\n1\n{root}"), &format!("\n1\n{root}\n"), &format!("log\n1\n{root}\n\nx\n")]
    {
        assert_eq!(parse(text).unwrap_err(), lines, "{text:?}");
    }
    for size in ["01", "-1", "+1", "1 ", "x", "9223372036854775808", "00"] {
        let error = parse(&format!("log\n{size}\n{root}\n")).unwrap_err();
        let expected = "is not the size of a log: it is a number of at most 9223372036854775807, without zeros in front";
        assert_eq!(error, format!("`{size}` {expected}"));
    }
    let error = parse("log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n").unwrap_err();
    assert!(error.contains("is not a hash of a tree: one is 44 characters of base64"), "{error}");
}

#[test]
fn a_checkpoint_that_could_not_be_read_is_not_made() {
    let new = |origin: &str, size| Checkpoint::new(origin, size, TreeHash::of_empty_tree());
    assert!(matches!(new("", 1), Err(CheckpointError::Lines)));
    assert!(matches!(new("log\n5", 1), Err(CheckpointError::Lines)));
    assert!(matches!(new("log", MAX_SIZE + 1), Err(CheckpointError::Size { text }) if text == (MAX_SIZE + 1).to_string()));
    assert_eq!(new("log", MAX_SIZE).unwrap().size(), MAX_SIZE);
}

#[test]
fn a_proof_of_more_bytes_than_one_can_have_is_not_read() {
    let bytes = vec![b'x'; MAX_PROOF_FILE + 1];
    assert!(matches!(LogProof::parse(&bytes), Err(LogProofError::TooLong { found }) if found == bytes.len()));
    assert!(matches!(LogProof::parse(&bytes[1..]), Err(LogProofError::NoProof)));
}

/// A leaf has its length in 16 bits (C2SP tlog-tiles), and no tree is higher than a path can be.
#[test]
fn a_proof_with_the_longest_leaf_path_and_checkpoint_can_be_read() {
    let path = vec![TreeHash::of_empty_tree(); MAX_PROOF];
    let proof = LogProof::new(Some(vec![0; 65_535]), InclusionProof::new(MAX_SIZE - 1, MAX_SIZE, path), signed());
    let text = proof.to_string();
    assert_eq!(LogProof::parse(text.as_bytes()).unwrap().to_string(), text);
    let longest = text.len() - signed().to_string().len() + MAX_NOTE;
    assert!(longest <= MAX_PROOF_FILE, "{longest}");
}

/// A proof need not have its leaf with it, and is written as it was read.
#[test]
fn a_proof_without_a_leaf_is_written_as_it_was_read() {
    let text = format!("c2sp.org/tlog-proof@v1\nindex 1\n\n{EXAMPLE}");
    assert_eq!(LogProof::parse(text.as_bytes()).unwrap().to_string(), text);
}

#[test]
fn a_quorum_of_distinct_witnesses_is_demanded() {
    let [one, two, three] = [Witness::new("w1", 1), Witness::new("w2", 2), Witness::new("w3", 3)];
    let mut checkpoint = signed();
    checkpoint.note_mut().sign(&one).unwrap();
    let trust = |witnesses: &[&Witness], quorum| Trust::new(key(), witnesses.iter().map(|one| one.key.clone()).collect(), quorum);
    let cosigned = trust(&[&one, &two], 1).unwrap().check(&checkpoint).unwrap();
    assert_eq!((cosigned.len(), cosigned[0].witness.as_str(), cosigned[0].time), (1, "w1", 1_700_000_000));
    let few = trust(&[&one, &two], 2).unwrap().check(&checkpoint).unwrap_err();
    assert!(matches!(few, TrustError::TooFew { found: 1, quorum: 2 }), "{few}");
    checkpoint.note_mut().sign(&two).unwrap();
    checkpoint.note_mut().sign(&three).unwrap();
    assert_eq!(trust(&[&one, &two], 2).unwrap().check(&checkpoint).unwrap().len(), 2);

    // One witness counts once, whatever names it has.
    let again = Witness::new("w9", 1);
    assert!(matches!(trust(&[&one, &one], 1), Err(TrustError::Twice { .. })));
    assert!(matches!(trust(&[&one, &again], 2), Err(TrustError::Twice { .. })));
    assert!(matches!(trust(&[&one], 2), Err(TrustError::Quorum { quorum: 2, given: 1 })));
    assert!(matches!(trust(&[&one, &two], 0), Err(TrustError::NoQuorum { given: 2 })));
    assert_eq!(trust(&[], 0).unwrap().quorum(), 0);
    let both = trust(&[&two, &one], 2).unwrap();
    assert_eq!((both.log(), both.witnesses(), both.quorum()), (&key(), [two.key.clone(), one.key.clone()].as_slice(), 2));
    assert!(matches!(Trust::new(key(), vec![key()], 1), Err(TrustError::NoWitness { .. })));
    assert!(matches!(Trust::new(one.key.clone(), vec![], 0), Err(TrustError::NoLog { .. })));

    // A log is no witness of its own, whatever name it gives itself.
    for name in ["w1", key().name()] {
        let own = VerifierKey::new(name, Algorithm::CosignatureV1, key().public_key()).unwrap();
        for quorum in [0, 1] {
            let error = Trust::new(key(), vec![two.key.clone(), own.clone()], quorum).unwrap_err();
            assert!(matches!(error, TrustError::OwnWitness { .. }), "{error}");
        }
    }

    // A cosignature of another checkpoint is wrong, not merely missing.
    let other = Checkpoint::new("example.com/log", 512, TreeHash::of_leaf(b"root")).unwrap().sign(&signing_key()).unwrap();
    let mut forged = other;
    forged.note_mut().add(checkpoint.note().signatures()[1].clone()).unwrap();
    assert!(matches!(trust(&[&one], 1).unwrap().check(&forged), Err(TrustError::Checkpoint(_))));
}

#[test]
fn a_checkpoint_of_another_log_or_key_is_refused() {
    let other = SigningKey::generate("example.com/log").unwrap();
    assert!(matches!(signed().verify(&other.verifier()), Err(CheckpointError::Note(_))));
    let other = SigningKey::generate("example.com/other").unwrap();
    assert!(matches!(signed().verify(&other.verifier()), Err(CheckpointError::OtherLog { .. })));
}

#[test]
fn every_line_is_proved_by_a_file_and_no_other_line_is() {
    let (place, ledger) = (Place::new(), ledger(600, 600));
    let (log, _) = publish(&place.dir(), None, &ledger).unwrap();
    let (stored, lines) = (log.stored().unwrap(), lines(&ledger));
    let trust = Trust::new(key(), vec![], 0).unwrap();
    for (line, index) in lines[..512].iter().zip(0..) {
        let proof = LogProof::new(Some(line.to_vec()), stored.inclusion(index, 512).unwrap().unwrap(), log.last().unwrap().clone());
        let read = LogProof::parse(proof.to_string().as_bytes()).unwrap();
        assert_eq!((read.to_string(), read.index()), (proof.to_string(), index));
        assert_eq!(read.verified_leaf().unwrap(), *line);
        trust.check(read.checkpoint()).unwrap();
        assert!(read.verify(lines[usize::try_from(index + 1).unwrap()]).is_err());
    }
    assert_eq!(stored.inclusion(512, 512).unwrap(), None);
}

#[test]
fn every_changed_byte_of_a_proof_is_found() {
    let (place, ledger) = (Place::new(), ledger(600, 600));
    let (log, _) = publish(&place.dir(), None, &ledger).unwrap();
    let proof = log.stored().unwrap().inclusion(300, 512).unwrap().unwrap();
    let file = LogProof::new(Some(lines(&ledger)[300].to_vec()), proof, log.last().unwrap().clone()).to_string();
    let trust = Trust::new(key(), vec![], 0).unwrap();
    let holds = |bytes: &[u8]| {
        LogProof::parse(bytes).is_ok_and(|proof| proof.verified_leaf().is_ok() && trust.check(proof.checkpoint()).is_ok())
    };
    assert!(holds(file.as_bytes()));
    for at in 0..file.len() {
        let mut bytes = file.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 8);
        assert!(!holds(&bytes), "{at}: {}", String::from_utf8_lossy(&bytes));
        assert!(!holds(&file.as_bytes()[..at]), "the first {at}");
    }
}

#[test]
fn bytes_that_are_no_proof_say_why() {
    let error = |text: &str| LogProof::parse(text.as_bytes()).unwrap_err().to_string();
    let first = "c2sp.org/tlog-proof@v1";
    assert_eq!(error(""), format!("the file is not a proof: one begins with the line `{first}`"));
    assert_eq!(error(EXAMPLE), format!("the file is not a proof: one begins with the line `{first}`"));
    assert_eq!(
        error(&format!("{first}\nextra x\nindex 1\n\n{EXAMPLE}")),
        "line 2 of the proof, `extra x`, should be `extra` and base64"
    );
    assert_eq!(
        error(&format!("{first}\nindex 01\n\n{EXAMPLE}")),
        "line 2 of the proof, `index 01`, should be `index` and a number"
    );
    assert_eq!(error(&format!("{first}\nindex 1\nx\n\n{EXAMPLE}")), "line 3 of the proof, `x`, should be a hash in base64");
    let hashes = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".repeat(64);
    assert_eq!(
        error(&format!("{first}\nindex 1\n{hashes}\n{EXAMPLE}")),
        "the proof has more than 63 hashes, and no tree is so high"
    );
    let bare = LogProof::parse(format!("{first}\nindex 1\n\n{EXAMPLE}").as_bytes()).unwrap();
    assert!(matches!(bare.verified_leaf(), Err(LogProofError::NoLeaf)));
}

#[test]
fn a_witness_is_asked_and_understood() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    let (mut log, _) = publish(&place.dir(), None, &ledger(700, 900)).unwrap();
    let ask = AddCheckpoint::new(log.stored().unwrap().consistency(256, 512).unwrap().unwrap(), log.last().unwrap().clone());
    let body = ask.to_string();
    let (proof, checkpoint) = body.split_once("\n\n").unwrap();
    assert_eq!((proof.lines().next(), proof.lines().count()), (Some("old 256"), 2));
    assert_eq!(checkpoint, log.last().unwrap().to_string());
    let from_nothing = AddCheckpoint::new(log.stored().unwrap().consistency(0, 512).unwrap().unwrap(), log.last().unwrap().clone());
    assert!(from_nothing.to_string().starts_with("old 0\n\nexample.com/log\n512\n"));

    let witness = Witness::new("w1", 1);
    let signature =
        Signature::new("w1", witness.id(), Signer::sign(&witness, log.last().unwrap().note().text().as_bytes()).unwrap()).unwrap();
    let reply = ask.reply(200, &format!("{signature}\n")).unwrap();
    assert_eq!(reply, WitnessReply::Cosigned(vec![signature.clone()]));
    assert_eq!(ask.reply(409, "256\n").unwrap(), WitnessReply::OtherSize(256));
    assert!(matches!(ask.reply(403, ""), Err(WitnessError::Signature { .. })));
    assert!(matches!(ask.reply(404, ""), Err(WitnessError::UnknownLog { .. })));
    assert!(matches!(ask.reply(422, ""), Err(WitnessError::Forked { .. })));
    assert!(matches!(ask.reply(409, "many"), Err(WitnessError::Status { status: 409, .. })));
    assert!(matches!(ask.reply(500, "\u{1b}[2J"), Err(WitnessError::Status { status: 500, .. })));
    assert!(matches!(ask.reply(200, ""), Err(WitnessError::Reply(_))));

    log.add_cosignatures(vec![signature]).unwrap();
    let trust = Trust::new(key(), vec![witness.key.clone()], 1).unwrap();
    for checkpoint in [LogFolder::read(place.dir()).unwrap().last().unwrap().clone(), log.checkpoint(512).unwrap()] {
        trust.check(&checkpoint).unwrap();
    }
}
