//! Properties of notes, keys, checkpoints and proofs that hold for any bytes.

use bailiwick::log::{AddCheckpoint, ConsistencyProof, LogProof, SignedCheckpoint, TreeHash};
use bailiwick::note::{SignedNote, SigningKey, VerifierKey};

/// The key of the notes in the corpus: that of the documentation of Go's `sumdb/note`.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// The only text that was signed with the key, in the corpus.
const SIGNED: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";

/// What is read as a note is written again, to the byte; only one text is signed; what is read as a key is written again.
pub fn note(bytes: &[u8]) {
    match SignedNote::parse(bytes) {
        Ok(note) => {
            assert_eq!(note.to_string().as_bytes(), bytes);
            if note.verify(&KEY.parse().unwrap()).is_ok() {
                assert_eq!(note.text(), SIGNED);
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<VerifierKey>() {
        Ok(key) => assert_eq!(key.to_string(), text),
        Err(error) => one_line(&error.to_string()),
    }
    match text.parse::<SigningKey>() {
        Ok(key) => assert_eq!(key.to_secret_text(), text),
        Err(error) => one_line(&error.to_string()),
    }
}

/// What is read as a checkpoint or a proof is written again, to the byte.
pub fn checkpoint(bytes: &[u8]) {
    match SignedCheckpoint::parse(bytes) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.to_string().as_bytes(), bytes);
            let (origin, size, root) =
                (checkpoint.checkpoint().origin(), checkpoint.checkpoint().size(), checkpoint.checkpoint().root());
            assert!(!origin.is_empty());
            let empty = ConsistencyProof::new(0, size, Vec::new());
            assert!(empty.verify(TreeHash::of_empty_tree(), root).is_ok());
            let ask = AddCheckpoint::new(empty, checkpoint);
            for status in [200, 403, 404, 409, 422, 500] {
                if let Err(error) = ask.reply(status, &String::from_utf8_lossy(bytes)) {
                    one_line(&error.to_string());
                }
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
    match LogProof::parse(bytes) {
        Ok(proof) => {
            assert_eq!(proof.to_string().as_bytes(), bytes);
            if let Err(error) = proof.verified_leaf() {
                one_line(&error.to_string());
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
}

fn one_line(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}
