//! Counts the files of a ledger, several at once.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use bailiwick::report::{PartialBuilder, PartialError, PartialReport};

use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::input::{Input, STDIN, plain_name};
use crate::progress::Progress;

/// The period that is asked for.
pub(super) fn period(args: &ReportArgs) -> Result<(SystemTime, SystemTime), Failure> {
    let missing = || Failure::unusable("give the period: `--from DATE --until DATE`");
    Ok((args.from.ok_or_else(missing)?.into(), args.until.ok_or_else(missing)?.into()))
}

/// A builder of a partial report, as the arguments say.
fn builder(args: &ReportArgs) -> Result<PartialBuilder, Failure> {
    let (from, until) = period(args)?;
    let builder = PartialReport::builder(from, until);
    let builder = if args.finer_than_days_reveals_more { builder.finer_than_days_reveals_more() } else { builder };
    Ok(args.head.iter().fold(builder, |builder, &head| builder.compare_head(head)))
}

/// Counts the files one after the other.
pub(super) fn one_by_one(args: &ReportArgs) -> Result<PartialReport, Failure> {
    let progress = Progress::new();
    let read = |builder: PartialBuilder, file: &String| {
        builder.ledger(plain_name(file), Input::open(file, &progress)?.reader()).map_err(failure)
    };
    args.ledger.iter().try_fold(builder(args)?, read)?.build().map_err(failure)
}

/// Counts files in several threads. Memory is that of one partial report for each thread, and of one for all. `None` when that is not
/// possible, or when anything is wrong.
pub(super) fn side_by_side(args: &ReportArgs) -> Option<PartialReport> {
    let cores = || thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = args.threads.unwrap_or_else(cores).get().min(args.ledger.len());
    // Other inputs cannot be read twice.
    let is_file = |file: &String| file != STDIN && std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file());
    if threads < 2 || !args.ledger.iter().all(is_file) {
        return None;
    }
    let next = AtomicUsize::new(0);
    // Without room, so that a thread whose partial was not merged yet does not make another one.
    let (sender, receiver) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(file) = args.ledger.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send(whole_file(args, file)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // Leaving early drops the receiver, which ends the threads.
        let progress = Progress::new();
        let mut merged: Option<PartialReport> = None;
        for (done, partial) in receiver.into_iter().enumerate() {
            progress.say(|| format!("read {} of {} files", done + 1, args.ledger.len()));
            let partial = partial?;
            merged = Some(match merged {
                Some(merged) => merged.merge_with(partial).ok()?,
                None => partial,
            });
        }
        merged
    })
}

/// Counts one file. `None` when anything is wrong, or when it is a piece.
fn whole_file(args: &ReportArgs, file: &str) -> Option<PartialReport> {
    let progress = Progress::silent();
    let reader = Input::open(file, &progress).ok()?.reader();
    let partial = builder(args).ok()?.ledger(plain_name(file), reader).ok()?.build().ok()?;
    let is_whole = args.partial.is_some() || partial.parts().all(|part| part.begins_file);
    is_whole.then_some(partial)
}

pub(super) fn failure(error: PartialError) -> Failure {
    match error {
        PartialError::Verify(error) => super::failure(error),
        PartialError::Period => Failure::unusable(super::FINE),
        PartialError::Year => Failure::unusable(error),
        error => Failure::wrong(error),
    }
}
