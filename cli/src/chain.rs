//! Reads and verifies the files of a ledger, for `verify`, `replay` and `report`.

use bailiwick::ledger::{Fault, FaultCause, Head, Key, Line, Record, Verification, Verified, VerifyError, first_seq};
use serde::Serialize;

use crate::args::ChainArgs;
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::progress::Progress;
use crate::trust;

/// A fault of a ledger, for machines.
#[derive(Serialize)]
pub(crate) struct FaultJson<'a> {
    file: &'a str,
    line: u64,
    seq: Option<u64>,
    message: String,
}

impl<'a> From<&'a Fault> for FaultJson<'a> {
    fn from(fault: &'a Fault) -> FaultJson<'a> {
        FaultJson { file: &fault.file, line: fault.line, seq: fault.seq, message: fault.cause.to_string() }
    }
}

/// Sorts the files of a ledger by the numbers of their first lines. Inputs that cannot be opened twice, such as standard input, are
/// returned open.
pub(crate) fn in_sequence<'a>(files: &'a [String], progress: &'a Progress) -> Result<Vec<(&'a str, Option<Input<'a>>)>, Failure> {
    let mut sequence = Vec::new();
    for file in files {
        let input = Input::open(file, progress)?;
        let seq = first_seq(&input.head);
        let is_file = file != STDIN && std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file());
        sequence.push((seq, (file.as_str(), Some(input).filter(|_| !is_file))));
    }
    sequence.sort_by_key(|(seq, _)| *seq);
    Ok(sequence.into_iter().map(|(_, file)| file).collect())
}

/// Verifies the files, and calls `each` with every record. The inner error is about the content of the files.
pub(crate) fn verify(
    files: &[String],
    chain: &ChainArgs,
    key: Option<Key>,
    mut each: impl FnMut(&Record),
) -> Result<Result<Verified, Fault>, Failure> {
    verify_lines(files, chain, key, |line, _| line.record().into_iter().for_each(&mut each))
}

/// Verifies the files, and calls `each` with every line and its bytes.
pub(crate) fn verify_lines(
    files: &[String],
    chain: &ChainArgs,
    key: Option<Key>,
    mut each: impl FnMut(&Line, &[u8]),
) -> Result<Result<Verified, Fault>, Failure> {
    let mut verification = verification(chain, key);
    let progress = Progress::new();
    for (file, input) in in_sequence(files, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        if let Err(error) = verification.each_line(input::plain_name(file), reader, &mut each) {
            return wrong(error).map(Err);
        }
    }
    verification.finish().map_or_else(|error| wrong(error).map(Err), |verified| Ok(Ok(verified)))
}

/// A verification that has verified nothing yet.
pub(crate) fn verification(chain: &ChainArgs, key: Option<Key>) -> Verification {
    let verification = chain.after.map_or_else(Verification::new, Verification::after);
    let verification = chain.head.iter().fold(verification, |verification, &head| verification.expect_head(head));
    key.into_iter().fold(verification, Verification::with_key)
}

/// The fault of a ledger, when it is that and no fault of reading.
pub(crate) fn wrong(error: VerifyError) -> Result<Fault, Failure> {
    match error {
        VerifyError::Fault(fault) => Ok(fault),
        other => Err(Failure::unusable(other)),
    }
}

/// Whether the first line of the ledger is missing, and no line is given that comes before the files: they are the later ones of a
/// ledger, or lines are missing.
pub(crate) fn begins_late(fault: &Fault, after: Option<Head>) -> bool {
    after.is_none() && fault.line == 1 && matches!(fault.cause, FaultCause::OutOfSequence { expected: 0, .. })
}

/// The failure of a command that takes `--after`.
pub(crate) fn failure(fault: &Fault, after: Option<Head>) -> Failure {
    if begins_late(fault, after) {
        return Failure::wrong(format_args!(
            "{fault}. Give the earlier files, too; where they are kept elsewhere, give their last line with `--after SEQ:DIGEST`, as \
             `bailiwick verify` of those files shows it"
        ));
    }
    Failure::wrong(fault)
}

/// Reads the key: all bytes of the file.
pub(crate) fn key(path: &str) -> Result<Key, Failure> {
    let bytes = trust::secret_bytes(path)?;
    Key::new(&bytes).map_err(|error| Failure::unusable(format_args!("{}: {error}", input::name(path))))
}
