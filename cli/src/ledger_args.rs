//! The arguments of `bailiwick ledger`, and its help.

use std::path::PathBuf;

use bailiwick::ledger::Head;
use clap::{Args, Subcommand};

pub(crate) const LEDGER_HELP: &str = "\
Examples:
  bailiwick ledger export --parquet 2026.parquet 2026-*.jsonl --key-file key
  bailiwick ledger import 2026.parquet --key-file key --out restored/

The archive has 8 to 29 bytes a decision, by how many meetings there are, and DuckDB, pandas and Spark read it: docs/archive.md
describes its columns.
It has no more than the ledger has, and never the key.";

const EXPORT_HELP: &str = "\
Examples:
  bailiwick ledger export --parquet 2026.parquet 2026-*.jsonl --key-file key
  bailiwick ledger export --parquet july.parquet 2026-07.jsonl --after 5005:sha256:…   the files before are kept elsewhere
  bailiwick ledger export --parquet evidence.parquet damaged.jsonl --key-file key --unverified

The ledger is verified as it is read: one that was changed is not archived, unless `--unverified` says so. The archive gets its
name when it was read again and says what was exported.

Exit status: 0; 1 when the ledger was changed; 2 when the tool was called wrongly or a file cannot be read or written.";

const IMPORT_HELP: &str = "\
Examples:
  bailiwick ledger import 2026.parquet --key-file key --out restored/

The files of the ledger come back under their names, byte for byte; none that is there is overwritten. Lines of form 2
need the key, as their salts follow from it. Decisions can be counted in an archive without the key: see docs/archive.md.

Exit status: 0; 1 when an archive was changed or the key is another one; 2 when the tool was called wrongly or a file
cannot be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Archive the files of a ledger as Parquet
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
    /// Give the files of a ledger back from their archive
    #[command(after_help = IMPORT_HELP)]
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The files of the ledger, in any sequence, compressed with gzip or not; `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
    /// The archive to write, a file that does not exist yet
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) parquet: PathBuf,
    /// The key of the ledger, all bytes of the file: checks that the salts, which are not archived, are those of the key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
    /// Archive a ledger that does not verify: every byte of it comes back, and the archive says what is wrong
    #[arg(long)]
    pub(crate) unverified: bool,
    /// A line that was published, which must be in the ledger: its number and digest
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) head: Vec<Head>,
    /// The last line of the file before the first one, when earlier files are kept elsewhere
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) after: Option<Head>,
    /// Write JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The archives, as `bailiwick ledger export` wrote them
    #[arg(required = true)]
    pub(crate) archives: Vec<PathBuf>,
    /// The key of the ledger, all bytes of the file. Needed but for form 1
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
    /// The folder to write the files of the ledger to, which is made when it is not there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) out: PathBuf,
}
