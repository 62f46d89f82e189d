//! The arguments of `bailiwick log`, and its help.

use bailiwick::ledger::Head;
use clap::{Args, Subcommand};

pub(crate) const LOG_HELP: &str = "\
Examples:
  bailiwick log keygen --origin example.com/log --out log.key          once; log.key.vkey is for everybody
  bailiwick log publish 2026-*.jsonl --key log.key --out log/          as often as you like, at fixed times
  bailiwick log witness log/ --url http://127.0.0.1:7380 --witness witness.vkey
  bailiwick log prove 2026-*.jsonl --log log/ --seq 17 > 17.tlog-proof
  bailiwick log verify 17.tlog-proof --vkey log.key.vkey --witness witness.vkey
  bailiwick log fsck log/ --ledger 2026-*.jsonl --vkey log.key.vkey
  bailiwick log publish 2026-*.jsonl --key log.key --out log/ --html --witness witness.vkey
  bailiwick log gather node1/ node2/ --into fleet/ --key fleet.key --vkey node1.vkey --vkey node2.vkey
  bailiwick log fsck fleet/ --node node1/ node2/ --vkey fleet.key.vkey

Any web server serves the folder. A checkpoint covers a multiple of 256 lines; the rest waits, as the number of lines
counts decisions. A proof tells the number of its line: two proofs tell how many lines lie between.

Exit status: 0 when all is well, 1 when something was changed, 2 when the tool was called wrongly or a file cannot be
used.";

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    pub(crate) command: LogCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Make the key of a log: a secret, and FILE.vkey for everybody
    Keygen(KeygenArgs),
    /// Publish the files of a ledger: tiles, and a checkpoint at the largest multiple of 256 lines
    Publish(PublishArgs),
    /// Prove to somebody that a line is in the log; writes the proof to standard output
    Prove(ProveArgs),
    /// Verify proofs that `prove` wrote, and write their lines to standard output
    Verify(ProofArgs),
    /// Check everything in a folder: tiles, checkpoints, and the lines of the ledger
    Fsck(FsckArgs),
    /// Ask a witness to cosign the last checkpoint
    Witness(WitnessArgs),
    /// Collect the checkpoints of the nodes of a fleet in a log of heads
    Gather(GatherArgs),
}

/// Whom an outsider trusts.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// The verifier key of the log, or a file that has it
    #[arg(long, value_name = "KEY")]
    pub(crate) vkey: Option<String>,
    /// The verifier key of a witness, or a file that has it; once for each
    #[arg(long, value_name = "KEY", requires = "vkey")]
    pub(crate) witness: Vec<String>,
    /// The number of these witnesses that must have cosigned, from 1 on [default: all]
    #[arg(long, value_name = "N", requires = "vkey")]
    pub(crate) quorum: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    /// The name of the log: a name of yours and a path, such as example.com/log, without blanks and `+`
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: String,
    /// The file for the secret; the verifier key is written to FILE.vkey. Neither may exist yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: String,
}

/// Where and with what a log is signed.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The key of the log, as `keygen` wrote it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: String,
    /// The file that remembers what the key has signed [default: KEY.signed]
    #[arg(long, value_name = "FILE")]
    pub(crate) signed: Option<String>,
}

/// The page for the public, and the witnesses that it knows.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// Write a page for the public, too: index.html in the folder, where anyone can check a proof in a browser
    #[arg(long)]
    pub(crate) html: bool,
    /// The verifier key of a witness, or a file that has it, for the page, which checks its cosignatures; once for each
    #[arg(long, value_name = "KEY", requires = "html")]
    pub(crate) witness: Vec<String>,
    /// The number of these witnesses that must have cosigned, from 1 on [default: all]
    #[arg(long, value_name = "N", requires = "html")]
    pub(crate) quorum: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// The files of the ledger, in any sequence, compressed with gzip or not. Once something is published, the files from its last
    /// line on are enough
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
    /// The folder to publish to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: String,
    /// Write padding to the last file of the ledger first, up to the next multiple of 256 lines, so that every line is covered
    #[arg(long, requires = "key_file")]
    pub(crate) pad: bool,
    /// The key of the ledger, with which padding is written: all bytes of the file
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
    /// The last line of the file before the first one, when earlier files are kept elsewhere
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) after: Option<Head>,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// A policy for the page: its digest, or its orders file; once for each that was in force
    #[arg(long, value_name = "DIGEST", requires = "html")]
    pub(crate) policy: Vec<String>,
    /// A report for the page, as `bailiwick report --format json` writes it; once for each period
    #[arg(long, value_name = "FILE", requires = "html")]
    pub(crate) report: Vec<String>,
    /// The version of the bundle in force, for the fleet's log of heads
    #[arg(long, value_name = "N")]
    pub(crate) bundle: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// The files of the ledger, or the one that has the line
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
    /// The folder to which the ledger is published
    #[arg(long, value_name = "FOLDER")]
    pub(crate) log: String,
    /// The number of the line
    #[arg(long, value_name = "N")]
    pub(crate) seq: u64,
    /// The folder of the fleet's log of heads: adds the proof that the checkpoint is in it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) fleet: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ProofArgs {
    /// The files of proofs; `-` for standard input
    #[arg(required = true)]
    pub(crate) proofs: Vec<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// The verifier key of the fleet's log of heads, or a file that has it: the proof must lead there, and the witnesses are of that
    #[arg(long, value_name = "KEY", requires = "vkey")]
    pub(crate) fleet: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FsckArgs {
    /// The folder to which the ledger is published, or the one of a fleet's log of heads
    pub(crate) folder: String,
    /// The files of the ledger, in any sequence, compressed with gzip or not. A log of heads has its own lines
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) ledger: Vec<String>,
    /// The folder of a node, of which the heads in a fleet's log must be
    #[arg(long, value_name = "FOLDER", num_args = 1.., conflicts_with = "ledger")]
    pub(crate) node: Vec<String>,
    /// The last line of the file before the first one, when earlier files are kept elsewhere
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) after: Option<Head>,
    /// The verifier key of the log, or a file that has it: are the checkpoints signed with it?
    #[arg(long, value_name = "KEY")]
    pub(crate) vkey: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessArgs {
    /// The folder to which the ledger is published
    pub(crate) folder: String,
    /// The submission prefix of the witness, such as http://127.0.0.1:7380
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// The verifier key of the witness, or a file that has it: its answer is verified
    #[arg(long, value_name = "KEY")]
    pub(crate) witness: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GatherArgs {
    /// The folders to which the nodes publish
    #[arg(required = true)]
    pub(crate) nodes: Vec<String>,
    /// The folder of the fleet's log of heads
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: String,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
    /// The verifier key of a node, or a file that has it; once for each
    #[arg(long, value_name = "KEY", required = true)]
    pub(crate) vkey: Vec<String>,
    #[command(flatten)]
    pub(crate) page: PageArgs,
}
