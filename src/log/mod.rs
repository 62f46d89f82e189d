//! The ledger as a transparency log, which outsiders check with programs of others.
//!
//! Leaf *n* of the log is line *n* of the ledger, without its end. A [`Tree`] (RFC 6962, section 2.1) is appended to; its hashes are
//! kept in [tiles](Tile) (C2SP tlog-tiles); a [`SignedCheckpoint`] (C2SP tlog-checkpoint) has its size and root. Whoever has the
//! checkpoint can be shown that a line is in the log ([`LogProof`], C2SP tlog-proof), and that a later checkpoint goes on from an
//! earlier one ([`ConsistencyProof`], RFC 6962, section 2.1.2). Witnesses sign that it does ([`AddCheckpoint`], C2SP tlog-witness).
//!
//! [`LogFolder`] publishes to a folder. It reads the files of the ledger, and the ledger never waits for it.
//!
//! # What a checkpoint tells
//!
//! The size of a log counts decisions. So checkpoints are signed at multiples of 256 lines, as [public
//! heads](crate::Ledger::public_head) are. A proof tells the number of its line, so that two proofs tell how many lines lie between:
//! give proofs to people who may know that.
//!
//! ```
//! use bailiwick::ledger::{Key, Ledger};
//! use bailiwick::log::{LogFolder, LogProof, Trust};
//! use bailiwick::note::SigningKey;
//! # let folder = std::env::temp_dir().join(format!("bailiwick-doc-log-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&folder);
//!
//! let mut ledger = Ledger::begin(Vec::new(), Key::new(&[7; 32])?)?;
//! ledger.pad()?; // as no decision was recorded
//! let key = SigningKey::generate("example.com/log")?;
//!
//! let log = LogFolder::open(&folder, &key.verifier(), None, |_| {})?;
//! let mut update = log.update()?;
//! update.file("ledger.jsonl", ledger.get_ref().as_slice(), None)?;
//! let (log, published) = update.publish(&key, &key.verifier())?;
//! assert!(published.is_new);
//!
//! // Line 17, for somebody who has the key of the log and nothing else.
//! let line = ledger.get_ref().split(|&byte| byte == b'\n').nth(17).unwrap_or_default();
//! let (stored, checkpoint) = (log.stored()?, log.last().unwrap().clone());
//! let proof = LogProof::new(Some(line.to_vec()), stored.inclusion(17, 256)?.unwrap(), checkpoint);
//! let read = LogProof::parse(proof.to_string().as_bytes())?;
//! Trust::new(key.verifier(), vec![], 0)?.check(read.checkpoint())?;
//! assert_eq!(read.verified_leaf()?, line);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hash;
mod tile;
mod proof;
mod stored;
mod tree;
mod checkpoint;
mod trust;
mod proof_file;
mod witness;
mod folder;

pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use folder::{FolderTiles, LogError, LogFolder, Published, Update};
pub use hash::{TreeHash, TreeHashError};
pub use proof::{ConsistencyProof, InclusionProof, MAX_PROOF, MAX_SIZE, ProofError};
pub use proof_file::{LogProof, LogProofError, MAX_PROOF_FILE};
pub use stored::{StoredTree, TileError, TileSource};
pub use tile::{TILE_WIDTH, Tile, TileId};
pub use tree::Tree;
pub use trust::{Cosigned, Trust, TrustError};
pub use witness::{AddCheckpoint, MAX_REPLY, WitnessError, WitnessReply};
