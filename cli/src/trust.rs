//! Keys of logs and witnesses, from arguments and files.

use std::fs::{self, File};
use std::io::Read;

use bailiwick::Quoted;
use bailiwick::log::{Cosigned, SignedCheckpoint, Trust};
use bailiwick::note::{NoteKeyError, VerifierKey};
use serde::Serialize;

use crate::failure::Failure;
use crate::input;
use crate::log_args::TrustArgs;

/// The most bytes of a checkpoint or a key that are read.
const MAX_FILE: u64 = 1_000_000;

/// A checkpoint, for machines.
#[derive(Serialize)]
pub(crate) struct CheckpointJson {
    origin: String,
    size: u64,
    root: String,
    witnesses: Vec<CosignedJson>,
}

#[derive(Serialize)]
struct CosignedJson {
    name: String,
    time: u64,
}

impl CheckpointJson {
    pub(crate) fn new(signed: &SignedCheckpoint, cosigned: &[Cosigned]) -> CheckpointJson {
        let checkpoint = signed.checkpoint();
        CheckpointJson {
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            root: checkpoint.root().to_string(),
            witnesses: cosigned.iter().map(|one| CosignedJson { name: one.witness.clone(), time: one.time }).collect(),
        }
    }
}

/// The verifier key that an argument is, or that the file has which it names.
pub(crate) fn vkey(argument: &str) -> Result<VerifierKey, Failure> {
    let error = match argument.parse() {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    if !fs::exists(argument).unwrap_or(false) {
        return Err(Failure::unusable(format_args!("{error}; nor is there a file of this name")));
    }
    let text = text(argument)?;
    // A file that has no key may have a secret: nothing of it is shown.
    text.trim().parse().map_err(|error| match error {
        NoteKeyError::Form { .. } => Failure::unusable(format_args!(
            "{} does not have a verifier key: one is NAME+ID+KEY, with eight hexadecimal digits and base64",
            Quoted(argument)
        )),
        error => Failure::unusable(format_args!("{}: {error}", Quoted(argument))),
    })
}

/// The text of a small file.
pub(crate) fn text(path: &str) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|_| Failure::unusable(format_args!("{} is not UTF-8 text", Quoted(path))))
}

/// The bytes of a small file.
pub(crate) fn bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    match read.map_err(|error| input::unreadable(path, &error))? {
        read if u64::try_from(read).is_ok_and(|read| read > MAX_FILE) => {
            Err(Failure::unusable(format_args!("{} has more than {MAX_FILE} bytes: is it the right file?", Quoted(path))))
        }
        _ => Ok(bytes),
    }
}

impl TrustArgs {
    /// Whom the arguments trust. `log` is the key of the log.
    pub(crate) fn trust(&self, log: &str) -> Result<Trust, Failure> {
        let witnesses = self.witness.iter().map(|witness| vkey(witness)).collect::<Result<Vec<_>, _>>()?;
        let quorum = self.quorum.unwrap_or(witnesses.len());
        Trust::new(vkey(log)?, witnesses, quorum).map_err(Failure::unusable)
    }
}
