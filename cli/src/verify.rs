//! `bailiwick verify`: every line of a ledger is there, and is what was written.

use std::io::Write;
use std::time::SystemTime;

use bailiwick::ledger::Verified;
use jiff::Timestamp;
use serde::Serialize;

use crate::args::VerifyArgs;
use crate::chain::{self, FaultJson};
use crate::failure::Failure;
use crate::output::{self, GOOD, NOTE};

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
    fault: Option<FaultJson<'a>>,
}

impl VerifyJson<'_> {
    fn new<'a>(verified: &Verified, fault: Option<FaultJson<'a>>) -> VerifyJson<'a> {
        let time = |time: SystemTime| Timestamp::try_from(time).map(|time| time.to_string()).ok();
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
            fault,
        }
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    args.check_stdin()?;
    let key = args.key_file.as_deref().map(chain::key).transpose()?;
    match chain::verify(&args.files, &args.chain, key, |_| {})? {
        Err(fault) if args.json => {
            output::json(&VerifyJson::new(&Verified::default(), Some(FaultJson::from(&fault))))?;
            Err(Failure::Said)
        }
        Err(fault) => Err(Failure::wrong(fault)),
        Ok(verified) if args.json => output::json(&VerifyJson::new(&verified, None)),
        Ok(verified) => write_text(args, &verified),
    }
}

fn write_text(args: &VerifyArgs, verified: &Verified) -> Result<(), Failure> {
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
    if args.chain.head.is_empty() {
        writeln!(
            out,
            "{NOTE}note{NOTE:#}: that no line is missing at the end, and that all were not written anew, is not checked: \
             give a line that was published with `--head`"
        )?;
    }
    Ok(())
}
