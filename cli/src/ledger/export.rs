//! `bailiwick ledger export`.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::ledger::{Fault, FaultCause, Form, Key, Verified};
use bailiwick_parquet::{ArchiveError, Counts, Writer};
use serde::Serialize;

use super::failure;
use crate::args::ChainArgs;
use crate::chain;
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::ledger_args::ExportArgs;
use crate::output::{self, GOOD};
use crate::progress::Progress;

/// The name in the archive of what is read from standard input.
const FROM_STDIN: &str = "ledger.jsonl";

#[derive(Serialize)]
struct ExportJson {
    files: usize,
    rows: u64,
    decisions: u64,
    raw: u64,
    ledger_bytes: u64,
    archive_bytes: u64,
    fault: Option<String>,
}

pub(crate) fn run(args: &ExportArgs) -> Result<(), Failure> {
    check_stdin(args)?;
    output::refuse_stdout(&args.parquet, "an archive", "it is read again before it gets its name, so name a file")?;
    let key = args.key_file.as_deref().map(chain::key).transpose()?;
    let failed = |error: ArchiveError| failure(&args.parquet, &error);
    let mut writer = Writer::create(&args.parquet, key.clone()).map_err(failed)?;
    // Of a ledger that does not verify, all that is wrong with it is read twice: to name it, and to keep it.
    let fault = if args.unverified { verify(args, key.clone(), name_in_archive, None)?.err() } else { None };
    let form = match &fault {
        Some(fault) => {
            unverified(args, &mut writer)?;
            writer.fault(fault.to_string());
            None
        }
        None => match verify(args, key.clone(), input::plain_name, Some(&mut writer))? {
            Ok(verified) => verified.form,
            Err(fault) if args.unverified => return Err(Failure::wrong(format_args!("{fault}: it changed while it was read"))),
            // With the right key it may verify: as it is, every line would be kept as its own text.
            Err(fault) if fault.cause == FaultCause::OtherKey => return Err(Failure::wrong(fault)),
            // What is there may be right: `--unverified` would call it wrong.
            Err(fault) if chain::begins_late(&fault, args.after) => return Err(chain::failure(&fault, args.after)),
            Err(fault) => {
                return Err(Failure::wrong(format_args!(
                    "{fault}; nothing is archived: `--unverified` archives the ledger as it is"
                )));
            }
        },
    };
    let counts = writer.finish().map_err(failed)?;
    say(args, counts, fault.as_ref())?;
    if form == Some(Form::Two) && key.is_none() {
        output::note(
            "without the key, nobody knows whether the salts of the ledger are those of its key, which an import writes: give it with \
             `--key-file`, or keep the ledger until an import has given it back",
        );
    }
    Ok(())
}

fn check_stdin(args: &ExportArgs) -> Result<(), Failure> {
    match args.files.iter().filter(|file| *file == STDIN).count() {
        0 => Ok(()),
        1 if args.unverified => Err(Failure::unusable("`--unverified` reads the ledger twice: name a file and not `-`")),
        1 => Ok(()),
        _ => Err(Failure::unusable("`-` is given twice, and there is one standard input: name a file for one of them")),
    }
}

/// The name that a file of the ledger has in the archive, and gets back.
fn name_in_archive(file: &str) -> &str {
    let name = if file == STDIN { Some(FROM_STDIN) } else { Path::new(file).file_name().and_then(|name| name.to_str()) };
    let name = name.unwrap_or(file);
    name.strip_suffix(".gz").unwrap_or(name)
}

/// Verifies the files, and writes their lines where there is a writer. `called` names the files in the fault.
fn verify(
    args: &ExportArgs,
    key: Option<Key>,
    called: impl Fn(&str) -> &str,
    mut writer: Option<&mut Writer>,
) -> Result<Result<Verified, Fault>, Failure> {
    let chain = ChainArgs { head: args.head.clone(), after: args.after };
    let mut verification = chain::verification(&chain, key);
    let progress = Progress::new();
    for (file, input) in chain::in_sequence(&args.files, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        let mut error = writer.as_mut().and_then(|writer| writer.file(name_in_archive(file)).err());
        let failed = Cell::new(error.is_some());
        let verified = verification.each_line(called(file), UntilFailed { reader, failed: &failed }, |line, bytes| {
            if let (Some(writer), None) = (&mut writer, &error) {
                error = writer.line(line, bytes).err();
                failed.set(error.is_some());
            }
        });
        if let Some(error) = error {
            return Err(failure(&args.parquet, &error));
        }
        if let Err(error) = verified {
            return chain::wrong(error).map(Err);
        }
    }
    verification.finish().map_or_else(|error| chain::wrong(error).map(Err), |verified| Ok(Ok(verified)))
}

/// A reader that ends with an error once the archive cannot be written: nothing is verified in vain.
struct UntilFailed<'a, R> {
    reader: R,
    failed: &'a Cell<bool>,
}

impl<R: Read> Read for UntilFailed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed.get() {
            return Err(io::Error::other("the archive cannot be written"));
        }
        self.reader.read(buffer)
    }
}

/// Writes the files as they are.
fn unverified(args: &ExportArgs, writer: &mut Writer) -> Result<(), Failure> {
    let progress = Progress::new();
    for (file, input) in chain::in_sequence(&args.files, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        writer.unverified(name_in_archive(file), reader).map_err(|error| match error {
            ArchiveError::UnknownSalt { .. } => Failure::unusable(format_args!("{error}, with `--key-file`")),
            error => failure(&args.parquet, &error),
        })?;
    }
    Ok(())
}

fn say(args: &ExportArgs, counts: Counts, fault: Option<&Fault>) -> Result<(), Failure> {
    let Counts { rows, records, raw, ledger_bytes, archive_bytes, .. } = counts;
    if args.json {
        let fault = fault.map(ToString::to_string);
        return output::json(&ExportJson {
            files: args.files.len(),
            rows,
            decisions: records,
            raw,
            ledger_bytes,
            archive_bytes,
            fault,
        });
    }
    let count = |number: u64, thing: &str| output::count(usize::try_from(number).unwrap_or(usize::MAX), thing);
    let files = output::count(args.files.len(), "file");
    let [lines, decisions, before, after] =
        [(rows, "line"), (records, "decision"), (ledger_bytes, "byte"), (archive_bytes, "byte")].map(|(n, thing)| count(n, thing));
    let name = Quoted(&args.parquet.to_string_lossy()).to_string();
    let mut out = output::stdout();
    writeln!(out, "{GOOD}{files}, {lines}, {decisions}, {before}: archived in {name}, {after}{GOOD:#}")?;
    if raw > 0 {
        writeln!(out, "  kept as their own text, as the columns do not give them back: {}", count(raw, "line"))?;
    }
    if let Some(fault) = fault {
        output::warning(&format!("the ledger does not verify, and the archive says so: {fault}"));
    }
    Ok(())
}
