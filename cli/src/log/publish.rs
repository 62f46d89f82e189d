//! `bailiwick log publish`: tiles and a checkpoint of a ledger.

use std::io::Write;
use std::path::Path;

use bailiwick::Ledger;
use bailiwick::Quoted;
use bailiwick::ledger::{Line, Lines, OpenError};
use bailiwick::log::{LogError, Published};

use super::failure;
use super::figures::{self, Figures};
use super::head::Status;
use super::page::{self, About};
use crate::chain;
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::log_args::PublishArgs;
use crate::output::{self, GOOD, Thousands};
use crate::progress::Progress;
use crate::whole;

pub(super) fn run(args: &PublishArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let key = args.sign.key()?;
    let trust = args.page.trust(key.verifier())?;
    let policies = args.policy.iter().map(|policy| figures::policy(policy)).collect::<Result<Vec<_>, _>>()?;
    let reports = Figures::read_all(&args.report)?;
    let log = args.sign.open(&args.out, &key, &progress)?;
    if args.pad {
        pad(args, log.size(), &progress)?;
    }
    let before = Status::own(&args.out, &key.verifier())?;
    let covered = log.size();
    let mut update = log.update().map_err(failure)?;
    for (file, input) in chain::in_sequence(&args.files, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        update.file(input::plain_name(file), reader, args.after).map_err(failure)?;
    }
    on_disk(&args.files)?;
    let (log, published) = update.publish(&key, &key.verifier()).map_err(failure)?;
    let mut out = output::stdout();
    let Some(checkpoint) = &published.checkpoint else {
        writeln!(
            out,
            "nothing is published: the ledger has fewer than 256 lines, which wait. `--pad` covers them now, with padding up to 256"
        )?;
        return Ok(());
    };
    match unrecorded(args, before.as_ref(), covered, &published, &progress)? {
        Some(unrecorded) => Status::new(checkpoint, before.as_ref(), unrecorded, args.bundle).write(log.path(), &key)?,
        None => output::warning(&format!(
            "the status of {} is not written, as the number of decisions that were not recorded is not known: publish all files of the \
             ledger again",
            Quoted(&args.out)
        )),
    }
    if args.page.html {
        page::write(&log, &trust, &About::Ledger { policies: &policies, reports: &reports })?;
    }
    let (origin, size) = (checkpoint.checkpoint().origin(), Thousands(checkpoint.checkpoint().size().into()));
    if published.is_new {
        writeln!(out, "{GOOD}signed a checkpoint of {size} lines{GOOD:#} as {}", Quoted(origin))?;
    } else {
        writeln!(out, "nothing new: the checkpoint of {size} lines stands, and the rest waits for the next multiple of 256")?;
    }
    Ok(())
}

/// Waits until the lines that were read are on the disk. Whoever writes the ledger may not have waited yet: a line that is signed and
/// then lost with the power is one that the log can never go on from.
fn on_disk(files: &[String]) -> Result<(), Failure> {
    for file in files.iter().filter(|file| *file != STDIN) {
        let synced = whole::sync(Path::new(file));
        synced.map_err(|error| Failure::unusable(format_args!("{} cannot be synced: {error}", input::name(file))))?;
    }
    Ok(())
}

/// The number of decisions that were not recorded, of which lines up to the checkpoint tell. When the status before is not of the
/// checkpoint before, as a process ended between the two or a file was lost, the lines after it are counted again: `None` when they are
/// not all given.
fn unrecorded(
    args: &PublishArgs,
    before: Option<&Status>,
    covered: u64,
    published: &Published,
    progress: &Progress,
) -> Result<Option<u64>, Failure> {
    let (size, number) = before.map_or((0, 0), |before| (before.size, before.unrecorded));
    if size == covered {
        return Ok(Some(number.saturating_add(published.unrecorded)));
    }
    let to = published.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.checkpoint().size());
    let (from, mut sum) = if size < to { (size, number) } else { (0, 0) };
    let mut first = None;
    for (file, input) in chain::in_sequence(&args.files, progress)? {
        let reader = input.map_or_else(|| Input::open(file, progress), Ok)?.reader();
        // The lines were verified. Where the last one is torn, they end.
        for line in Lines::new(reader).map_while(Result::ok) {
            first.get_or_insert(line.seq());
            if let Line::Unrecorded(line) = line {
                sum = if (from..to).contains(&line.seq) { sum.saturating_add(line.decisions) } else { sum };
            }
        }
    }
    Ok(first.filter(|&first| first <= from).map(|_| sum))
}

/// Writes padding to the last file of the ledger, unless lines are missing there that were signed: then it would be another history.
fn pad(args: &PublishArgs, signed: u64, progress: &Progress) -> Result<(), Failure> {
    let Some(key) = &args.key_file else { return Ok(()) };
    let key = chain::key(key)?;
    let files = chain::in_sequence(&args.files, progress)?;
    let Some((last, _)) = files.last().filter(|(file, _)| *file != STDIN) else {
        return Err(Failure::unusable("padding is written to the last file of the ledger: name it, in place of `-`"));
    };
    let name = Quoted(last);
    let opened = Ledger::open(last, key).map_err(|error| match error {
        OpenError::Sealed { .. } => Failure::unusable(format_args!(
            "{name} is sealed, so that it takes no padding: pad a ledger before it goes on in the next file, or give that file, too"
        )),
        error => Failure::unusable(error),
    })?;
    if let Some(torn) = opened.torn {
        output::note(&format!("the last line of {name} was torn, and is set aside in {}", Quoted(&torn.file.to_string_lossy())));
    }
    let mut ledger = opened.ledger;
    let found = ledger.head().seq.saturating_add(1);
    if found < signed {
        return Err(failure(LogError::Shorter { found, signed }));
    }
    let padded = ledger.pad().and_then(|lines| ledger.sync().map(|()| lines));
    let lines = padded.map_err(|error| Failure::unusable(format_args!("{name}: {error}")))?;
    output::note(&format!("wrote {} of padding to {name}", output::count(usize::try_from(lines).unwrap_or(usize::MAX), "line")));
    Ok(())
}
