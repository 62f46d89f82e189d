//! `bailiwick ledger`: ledgers as Parquet, and back.

#[cfg(feature = "parquet")]
mod export;
#[cfg(feature = "parquet")]
mod import;

use crate::failure::Failure;
use crate::ledger_args::LedgerCommand;

#[cfg(feature = "parquet")]
pub(crate) fn run(command: &LedgerCommand) -> Result<(), Failure> {
    match command {
        LedgerCommand::Export(args) => export::run(args),
        LedgerCommand::Import(args) => import::run(args),
    }
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn run(_: &LedgerCommand) -> Result<(), Failure> {
    Err(Failure::unusable(
        "this `bailiwick` was built without Parquet: build it with the default features of its package, as `cargo install --path cli` \
         does in a clone",
    ))
}

/// A failure of an archive of this name: of its content, or of files.
#[cfg(feature = "parquet")]
fn failure(name: &std::path::Path, error: &bailiwick_parquet::ArchiveError) -> Failure {
    use bailiwick_parquet::ArchiveError;
    match error {
        // They have the name of a file in them.
        ArchiveError::Io { .. }
        | ArchiveError::Read { .. }
        | ArchiveError::Exists { .. }
        | ArchiveError::SameName { .. }
        | ArchiveError::UnknownSalt { .. } => Failure::unusable(error),
        error if error.is_of_system() => Failure::unusable(format_args!("{}: {error}", bailiwick::Quoted(&name.to_string_lossy()))),
        ArchiveError::NoKey { .. } => Failure::unusable(format_args!("{error}: give it with `--key-file`")),
        _ => Failure::wrong(format_args!("{}: {error}", bailiwick::Quoted(&name.to_string_lossy()))),
    }
}
