//! `bailiwick log publish`: tiles and a checkpoint of a ledger.

use std::io::Write;

use bailiwick::Ledger;
use bailiwick::Quoted;
use bailiwick::ledger::OpenError;

use super::failure;
use super::head::Status;
use super::page;
use crate::chain;
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::log_args::PublishArgs;
use crate::output::{self, GOOD, Thousands};
use crate::progress::Progress;

pub(super) fn run(args: &PublishArgs) -> Result<(), Failure> {
    let progress = Progress::new();
    let key = args.sign.key()?;
    let log = args.sign.open(&args.out, &key, &progress)?;
    if args.pad {
        pad(args, &progress)?;
    }
    let before = Status::read(&args.out)?;
    let mut update = log.update().map_err(failure)?;
    for (file, input) in chain::in_sequence(&args.files, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        update.file(input::plain_name(file), reader, args.after).map_err(failure)?;
    }
    let (log, published) = update.publish(&key, &key.verifier()).map_err(failure)?;
    let mut out = output::stdout();
    let Some(checkpoint) = &published.checkpoint else {
        writeln!(
            out,
            "nothing is published: the ledger has fewer than 256 lines, which wait. `--pad` covers them now, with padding up to 256"
        )?;
        return Ok(());
    };
    let status = Status::new(checkpoint, before.as_ref(), published.unrecorded, args.bundle);
    status.write(log.path(), &key)?;
    if args.html {
        page::write(&log, &key.verifier())?;
    }
    let (origin, size) = (checkpoint.checkpoint().origin(), Thousands(checkpoint.checkpoint().size().into()));
    if published.is_new {
        writeln!(out, "{GOOD}signed a checkpoint of {size} lines{GOOD:#} as {}", Quoted(origin))?;
    } else {
        writeln!(out, "nothing new: the checkpoint of {size} lines stands, and the rest waits for the next multiple of 256")?;
    }
    Ok(())
}

/// Writes padding to the last file of the ledger.
fn pad(args: &PublishArgs, progress: &Progress) -> Result<(), Failure> {
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
    let padded = ledger.pad().and_then(|lines| ledger.sync().map(|()| lines));
    let lines = padded.map_err(|error| Failure::unusable(format_args!("{name}: {error}")))?;
    output::note(&format!("wrote {} of padding to {name}", output::count(usize::try_from(lines).unwrap_or(usize::MAX), "line")));
    Ok(())
}
