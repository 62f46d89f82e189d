//! The status of a node: what the fleet's log of heads has of it.

use std::fs;
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::log::SignedCheckpoint;
use bailiwick::note::{SignedNote, SigningKey, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::{output, trust};

/// The first line of a status.
const FIRST: &str = "bailiwick-status/v1";

/// The name of its file in the folder of a node.
const FILE: &str = "status";

/// The number of lines from one public checkpoint of a node to the next, as `Ledger::public_head` has it.
pub(super) const PUBLIC: u64 = 256;

/// The fewest unrecorded decisions of which a node tells, but for none: those of fewer people are not told.
const LEAST: u64 = 10;

/// What a node says beside its checkpoint: a note signed with the key of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) origin: String,
    pub(super) size: u64,
    /// The decisions that were made and not recorded, of which lines up to the size tell: 0, or at least 10.
    pub(super) unrecorded: u64,
    /// The version of the bundle in force.
    pub(super) bundle: Option<u64>,
}

/// A leaf of the fleet's log of heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FleetHead {
    pub(super) seq: u64,
    pub(super) node: String,
    pub(super) size: u64,
    pub(super) root: String,
    pub(super) bundle: Option<u64>,
    pub(super) unrecorded: u64,
}

impl FleetHead {
    /// What is wrong with the head after the one before of its node: nothing of that kind is ever gathered.
    pub(super) fn flaw(&self, before: Option<&FleetHead>) -> Option<&'static str> {
        if self.size == 0 || !self.size.is_multiple_of(PUBLIC) {
            return Some("which is not a multiple of 256");
        }
        if (1..LEAST).contains(&self.unrecorded) {
            return Some("and tells of fewer than 10 decisions that were not recorded");
        }
        let before = before?;
        if self.size < before.size || self.unrecorded < before.unrecorded {
            return Some("and the one before of this node has more, or tells of more decisions that were not recorded");
        }
        (self.size == before.size && self.root != before.root).then_some("and the one before has another root for them")
    }

    /// Whether a checkpoint is the one of the head.
    pub(super) fn is_of(&self, signed: &SignedCheckpoint) -> bool {
        let checkpoint = signed.checkpoint();
        (self.node.as_str(), self.size, self.root.as_str())
            == (checkpoint.origin(), checkpoint.size(), &*checkpoint.root().to_string())
    }
}

impl Status {
    /// The status at a checkpoint: the number of decisions that were not recorded, and the version of the bundle, where there is a new one.
    pub(super) fn new(signed: &SignedCheckpoint, before: Option<&Status>, unrecorded: u64, bundle: Option<u64>) -> Status {
        let checkpoint = signed.checkpoint();
        Status {
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            unrecorded,
            bundle: bundle.or(before.and_then(|before| before.bundle)),
        }
    }

    /// Reads and verifies the status in the node's own folder, so that no changed number is signed again; `None` when there is none.
    pub(super) fn own(folder: &str, key: &VerifierKey) -> Result<Option<Status>, Failure> {
        let Some((path, note)) = Status::note(folder)? else { return Ok(None) };
        let restore = "restore it, or remove it and publish all files of the ledger again";
        note.verify(key).map_err(|error| Failure::wrong(format_args!("{}: {error}: {restore}", Quoted(&path))))?;
        let status = Status::parse(note.text());
        status.map(Some).ok_or_else(|| Failure::wrong(format_args!("{} is not the status of a node: {restore}", Quoted(&path))))
    }

    /// Reads and verifies the status in a node's folder.
    pub(super) fn verified(folder: &str, key: &VerifierKey) -> Result<Status, Failure> {
        let missing =
            || Failure::wrong(format_args!("{} has no status: publish all files of its ledger there again", Quoted(folder)));
        let (path, note) = Status::note(folder)?.ok_or_else(missing)?;
        note.verify(key).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(&path))))?;
        Status::parse(note.text()).ok_or_else(|| Failure::wrong(format_args!("{} is not the status of a node", Quoted(&path))))
    }

    fn note(folder: &str) -> Result<Option<(String, SignedNote)>, Failure> {
        let path = Path::new(folder).join(FILE).to_string_lossy().into_owned();
        if !fs::exists(&path).unwrap_or(false) {
            return Ok(None);
        }
        let note = SignedNote::parse(&trust::bytes(&path)?);
        note.map(|note| Some((path.clone(), note))).map_err(|error| Failure::wrong(format_args!("{}: {error}", Quoted(&path))))
    }

    fn parse(text: &str) -> Option<Status> {
        let [first, origin, size, unrecorded, bundle] = text.strip_suffix('\n')?.split('\n').collect::<Vec<_>>().try_into().ok()?;
        let bundle = match bundle.strip_prefix("bundle ")? {
            "none" => None,
            version => Some(version.parse().ok()?),
        };
        let unrecorded = unrecorded.strip_prefix("unrecorded ")?.parse().ok()?;
        (first == FIRST).then_some(Status { origin: origin.to_owned(), size: size.parse().ok()?, unrecorded, bundle })
    }

    /// Writes the status to a node's folder, unless it is there.
    pub(super) fn write(&self, folder: &Path, key: &SigningKey) -> Result<(), Failure> {
        let bundle = self.bundle.map_or_else(|| "none".to_owned(), |version| version.to_string());
        let text = format!("{FIRST}\n{}\n{}\nunrecorded {}\nbundle {bundle}\n", self.origin, self.size, self.unrecorded);
        let mut note = SignedNote::new(text).map_err(Failure::unusable)?;
        note.sign(key).map_err(Failure::unusable)?;
        output::replace(&folder.join(FILE), note.to_string().as_bytes())
    }
}
