//! Going through the files of a ledger, as `verify` and `replay` do.

use bailiwick::ledger::{Fault, Record, Verification, Verified, VerifyError};
use serde::Serialize;

use crate::args::ChainArgs;
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::progress::Progress;

/// What is wrong with a ledger, for machines.
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

/// Verifies the files, and calls `each` with every record. The inner error is about what the files hold.
pub(crate) fn verify(
    files: &[String],
    chain: &ChainArgs,
    mut each: impl FnMut(&Record),
) -> Result<Result<Verified, Fault>, Failure> {
    let verification = chain.after.map_or_else(Verification::new, Verification::after);
    let mut verification = chain.head.iter().fold(verification, |verification, &head| verification.expect_head(head));
    let progress = Progress::new();
    for file in files {
        let reader = Input::open(file, &progress)?.reader();
        if let Err(error) = verification.records(input::plain_name(file), reader, &mut each) {
            return wrong(error).map(Err);
        }
    }
    verification.finish().map_or_else(|error| wrong(error).map(Err), |verified| Ok(Ok(verified)))
}

fn wrong(error: VerifyError) -> Result<Fault, Failure> {
    match error {
        VerifyError::Fault(fault) => Ok(fault),
        other => Err(Failure::unusable(other)),
    }
}
