//! `bailiwick verify`: every line of a ledger is there, and is what was written.

use std::io::Write;
use std::time::SystemTime;

use bailiwick::Quoted;
use bailiwick::ledger::{Line, Verified};
use bailiwick::log::{Cosigned, SignedCheckpoint, Tree, TreeHash};
use bailiwick::text::Timestamp;
use serde::Serialize;

use crate::args::VerifyArgs;
use crate::chain::{self, FaultJson};
use crate::failure::Failure;
use crate::output::{self, GOOD, NOTE, Thousands};
use crate::trust::{self, CheckpointJson};

#[derive(Serialize)]
struct VerifyJson<'a> {
    files: u64,
    lines: u64,
    decisions: u64,
    pads: u64,
    unrecorded: u64,
    form: Option<u32>,
    first: Option<String>,
    last: Option<String>,
    head: Option<String>,
    public_head: Option<String>,
    sealed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<CheckpointJson>,
    fault: Option<FaultJson<'a>>,
}

impl VerifyJson<'_> {
    fn new<'a>(verified: &Verified, fault: Option<FaultJson<'a>>) -> VerifyJson<'a> {
        let time = |time: SystemTime| Timestamp::new(time).map(|time| time.to_string());
        VerifyJson {
            files: verified.files,
            lines: verified.lines,
            decisions: verified.records,
            pads: verified.pads,
            unrecorded: verified.unrecorded,
            form: verified.form.map(bailiwick::ledger::Form::number),
            first: verified.first.and_then(time),
            last: verified.last.and_then(time),
            head: verified.head.map(|head| head.to_string()),
            public_head: verified.public_head.map(|head| head.to_string()),
            sealed: verified.is_sealed,
            checkpoint: None,
            fault,
        }
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    args.check_stdin()?;
    let key = args.key_file.as_deref().map(chain::key).transpose()?;
    let published = args.checkpoint.as_deref().map(|file| Published::read(file, args)).transpose()?;
    let (mut tree, mut root) =
        (Tree::new(), published.as_ref().filter(|published| published.size() == 0).map(|_| TreeHash::of_empty_tree()));
    let size = published.as_ref().map_or(0, Published::size);
    let each = |_: &Line, bytes: &[u8]| {
        if tree.size() < size {
            tree.append(TreeHash::of_leaf(bytes));
            root = (tree.size() == size).then(|| tree.root());
        }
    };
    let verified = match chain::verify_lines(&args.files, &args.chain, key, each)? {
        Err(fault) if args.json => {
            output::json(&VerifyJson::new(&Verified::default(), Some(FaultJson::from(&fault))))?;
            return Err(Failure::Said);
        }
        // A checkpoint is of all lines from the first one on, so that no `--after` helps.
        Err(fault) if published.is_some() && chain::begins_late(&fault, None) => {
            return Err(Failure::wrong(format_args!("{fault}. Give the earlier files, too, as the checkpoint is of their lines")));
        }
        Err(fault) => return Err(chain::failure(&fault, args.chain.after)),
        Ok(verified) => verified,
    };
    if let Some(published) = &published {
        published.check(root, verified.lines)?;
    }
    if args.json {
        let checkpoint = published.map(|published| CheckpointJson::new(&published.signed, &published.cosigned));
        return output::json(&VerifyJson { checkpoint, ..VerifyJson::new(&verified, None) });
    }
    write_text(args, &verified, published.as_ref())
}

/// A checkpoint that was published, signed by the log and as many witnesses as are demanded.
struct Published {
    file: String,
    signed: SignedCheckpoint,
    cosigned: Vec<Cosigned>,
}

impl Published {
    fn read(file: &str, args: &VerifyArgs) -> Result<Published, Failure> {
        let Some(vkey) = &args.trust.vkey else {
            return Err(Failure::unusable("give the verifier key of the log with `--vkey`: a checkpoint says nothing without it"));
        };
        let trust = args.trust.trust(vkey)?;
        let wrong = |error: &dyn std::fmt::Display| Failure::wrong(format_args!("{}: {error}", Quoted(file)));
        let signed = SignedCheckpoint::parse(&trust::bytes(file)?).map_err(|error| wrong(&error))?;
        let cosigned = trust.check(&signed).map_err(|error| wrong(&error))?;
        Ok(Published { file: file.to_owned(), signed, cosigned })
    }

    fn size(&self) -> u64 {
        self.signed.checkpoint().size()
    }

    /// Compares the root that the files give.
    fn check(&self, root: Option<TreeHash>, lines: u64) -> Result<(), Failure> {
        let (file, size) = (Quoted(&self.file), self.size());
        match root {
            Some(root) if root == self.signed.checkpoint().root() => Ok(()),
            Some(_) => Err(Failure::wrong(format_args!(
                "the files are not the ledger of which {file} was published: a line among the first {size} was changed and all after it \
                 were written anew, or it is another ledger"
            ))),
            None => Err(Failure::wrong(format_args!(
                "the files have {lines} lines, and {file} was published of {size}: lines are missing at the end, or files are not given"
            ))),
        }
    }
}

fn write_text(args: &VerifyArgs, verified: &Verified, published: Option<&Published>) -> Result<(), Failure> {
    let mut out = output::stdout();
    let report = VerifyJson::new(verified, None);
    let counts = [(report.files, "file"), (report.lines, "line"), (report.decisions, "decision")];
    let [files, lines, decisions] =
        counts.map(|(number, thing)| output::count(usize::try_from(number).unwrap_or(usize::MAX), thing));
    writeln!(out, "{GOOD}{files}, {lines}, {decisions}: every line is there, and as it was written{GOOD:#}")?;
    if let (Some(first), Some(last)) = (report.first, report.last) {
        writeln!(out, "  decisions: from {first} to {last}")?;
    }
    if let Some(head) = report.head {
        writeln!(out, "  last line: {head}{}", if report.sealed { ", a seal" } else { "" })?;
    }
    if let Some(head) = report.public_head {
        writeln!(out, "  to be published: {head}")?;
    }
    if report.unrecorded > 0 {
        writeln!(out, "  decisions that were not recorded: {}", report.unrecorded)?;
    }
    if let Some(published) = published {
        let names = published.cosigned.iter().map(|one| Quoted(&one.witness).to_string()).collect::<Vec<_>>().join(", ");
        let cosigned = if names.is_empty() { String::new() } else { format!(", cosigned by {names}") };
        writeln!(out, "  published: the first {} lines{cosigned}", Thousands(published.size().into()))?;
    }
    if args.chain.head.is_empty() && published.is_none() {
        writeln!(
            out,
            "{NOTE}note{NOTE:#}: that no line is missing at the end, and that all were not written anew, is not checked: \
             give a line that was published with `--head`"
        )?;
    }
    Ok(())
}
