//! Keys of logs and witnesses, from arguments and files.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::log::{Cosigned, SignedCheckpoint, Trust};
use bailiwick::note::{NoteKeyError, VerifierKey};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::input;
use crate::log_args::{PageArgs, TrustArgs};

/// The most bytes of a checkpoint or a key that are read.
const MAX_FILE: u64 = 1_000_000;

/// The most bytes of a secret key's file: some hundred, or 32 and a few more. Longer ones are the wrong file.
const MAX_SECRET: usize = 4 << 10;

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
    input::refuse_stdin(argument, "a key")?;
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
    input::refuse_stdin(path, "a file of this kind")?;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    match read.map_err(|error| input::unreadable(path, &error))? {
        read if u64::try_from(read).is_ok_and(|read| read > MAX_FILE) => {
            Err(Failure::unusable(format_args!("{} has more than {MAX_FILE} bytes: is it the right file?", Quoted(path))))
        }
        _ => Ok(bytes),
    }
}

/// The text of a secret key's file, without the ends of its lines. It is erased from memory when it is dropped.
pub(crate) fn secret(path: impl AsRef<Path>) -> Result<Zeroizing<String>, Failure> {
    let bytes = secret_bytes(&path)?;
    let name = path.as_ref().to_string_lossy();
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::unusable(format_args!("{} is not UTF-8 text", Quoted(&name))))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// The bytes of a secret key's file. They are read to one place, as a buffer that grows leaves copies behind.
pub(crate) fn secret_bytes(path: impl AsRef<Path>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let name = path.as_ref().to_string_lossy();
    input::refuse_stdin(&name, "a secret key")?;
    let unreadable = |error| input::unreadable(&name, &error);
    let (mut bytes, mut length) = (Zeroizing::new(vec![0; MAX_SECRET + 1]), 0);
    let mut file = File::open(&path).map_err(unreadable)?;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    if length > MAX_SECRET {
        return Err(Failure::unusable(format_args!("{} has more than {MAX_SECRET} bytes: is it the key?", Quoted(&name))));
    }
    bytes.truncate(length);
    Ok(bytes)
}

impl TrustArgs {
    /// Whom the arguments trust. `log` is the key of the log.
    pub(crate) fn trust(&self, log: &str) -> Result<Trust, Failure> {
        trust(vkey(log)?, &self.witness, self.quorum)
    }
}

impl PageArgs {
    /// Whom the page trusts. `log` is the key of the log.
    pub(crate) fn trust(&self, log: VerifierKey) -> Result<Trust, Failure> {
        trust(log, &self.witness, self.quorum)
    }
}

/// Trusts a log, and of these witnesses as many as given, or all.
fn trust(log: VerifierKey, witnesses: &[String], quorum: Option<usize>) -> Result<Trust, Failure> {
    let witnesses = witnesses.iter().map(|witness| vkey(witness)).collect::<Result<Vec<_>, _>>()?;
    let quorum = quorum.unwrap_or(witnesses.len());
    Trust::new(log, witnesses, quorum).map_err(Failure::unusable)
}
