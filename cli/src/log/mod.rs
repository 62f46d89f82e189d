//! `bailiwick log`: a ledger as a transparency log.

mod keygen;
mod sign;
mod figures;
mod head;
mod heads;
mod page;
mod publish;
mod line;
mod prove;
mod proof;
mod fsck;
mod witness;
mod gather;

use bailiwick::log::LogError;

use crate::failure::Failure;
use crate::log_args::{LogArgs, LogCommand};

pub(crate) fn run(args: &LogArgs) -> Result<(), Failure> {
    match &args.command {
        LogCommand::Keygen(args) => keygen::run(args),
        LogCommand::Publish(args) => publish::run(args),
        LogCommand::Prove(args) => prove::run(args),
        LogCommand::Verify(args) => proof::run(args),
        LogCommand::Fsck(args) => fsck::run(args),
        LogCommand::Witness(args) => witness::run(args),
        LogCommand::Gather(args) => gather::run(args),
    }
}

/// Files that cannot be used, and a folder that is in use, are no error in a file's content.
fn failure(error: LogError) -> Failure {
    match error {
        LogError::Io { .. } | LogError::InUse { .. } | LogError::NoCheckpoint { .. } => Failure::unusable(error),
        _ => Failure::wrong(error),
    }
}
