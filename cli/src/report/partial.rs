//! Partial reports: `bailiwick report --partial` and `--merge`.

use std::ops::RangeInclusive;
use std::path::Path;

use bailiwick::report::{PartialReport, PublicationError, Report};
use bailiwick::text::Timestamp;
use bailiwick::{Docket, Quoted};

use super::count;
use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::output;
use crate::progress::Progress;

/// The most bytes of a partial report that are read, and written: one with as many meetings has 30 million of them.
const MAX_PARTIAL: u64 = 1 << 30;

/// The most gaps that are named.
const NAMED: usize = 10;

/// Writes a partial report, of files or of several partial reports, to a new file that its owner alone can read.
pub(super) fn write(args: &ReportArgs, out: &str) -> Result<(), Failure> {
    if out == STDIN {
        return Err(Failure::unusable(
            "a partial report is not for everybody to read: give a file, as in `--partial june.partial`",
        ));
    }
    output::refuse_taken(Path::new(out))?;
    let partial = if args.merge.is_empty() {
        count::side_by_side(args).map_or_else(|| count::one_by_one(args), Ok)?
    } else {
        read_all(args)?
    };
    let bytes = partial.to_bytes();
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_PARTIAL) {
        return Err(Failure::unusable(format_args!(
            "the partial report would have more than {} MiB: make one of fewer files, or on a shorter period",
            MAX_PARTIAL >> 20
        )));
    }
    output::create_private(Path::new(out), &bytes)?;
    output::note(&format!(
        "{} has exact numbers, small ones too: do not publish it. Publish the report that `bailiwick report ORDERS --merge` makes of \
         all partial reports",
        Quoted(out)
    ));
    Ok(())
}

/// Makes the report of partial reports.
pub(super) fn merge(args: &ReportArgs, docket: &Docket) -> Result<Report, Failure> {
    let partial = read_all(args)?;
    let report = super::published(args, partial.report(docket)).map_err(|error| match error {
        PublicationError::Period => Failure::unusable(super::FINE),
        PublicationError::Gap { .. } => Failure::wrong(format_args!("{error}, or say `--allow-gaps`")),
        error => Failure::wrong(error),
    })?;
    if report.has_gaps {
        let publication = partial.report(docket);
        let publication = args.after.into_iter().fold(publication, |publication, head| publication.after(head));
        output::warning(&format!(
            "{} of the ledger are in no partial report, and the report says that lines are missing. Do not publish these numbers: they \
             count decisions",
            lines(&publication.gaps())
        ));
    }
    Ok(report)
}

/// Reads partial reports one after the other, and merges them.
fn read_all(args: &ReportArgs) -> Result<PartialReport, Failure> {
    let progress = Progress::new();
    let mut merged: Option<PartialReport> = None;
    for file in &args.merge {
        let bytes = Input::open(file, &progress)?.bytes_up_to(file, MAX_PARTIAL)?;
        let named = |error: &dyn std::fmt::Display| Failure::wrong(format_args!("{}: {error}", input::name(file)));
        let partial = PartialReport::from_bytes(&bytes).map_err(|error| named(&error))?;
        of_period(args, &partial).map_err(|error| named(&error))?;
        merged = Some(match merged {
            Some(merged) => merged.merge_with(partial).map_err(|error| named(&error))?,
            None => partial,
        });
    }
    merged.ok_or_else(|| Failure::unusable("give the partial reports: `--merge PARTIAL…`"))
}

/// A partial is about the period that is asked for, if one is.
fn of_period(args: &ReportArgs, partial: &PartialReport) -> Result<(), String> {
    let (from, until) = partial.period();
    let differs = |given: Option<Timestamp>, found| given.is_some_and(|given| std::time::SystemTime::from(given) != found);
    if differs(args.from, from) || differs(args.until, until) {
        return Err("the partial report is about another period than `--from` and `--until` say: leave them out, or make it again"
            .to_owned());
    }
    Ok(())
}

/// Numbers of lines, the first ones when there are many.
fn lines(gaps: &[RangeInclusive<u64>]) -> String {
    let range = |gap: &RangeInclusive<u64>| match (gap.start(), gap.end()) {
        (from, to) if from == to => from.to_string(),
        (from, to) => format!("{from} to {to}"),
    };
    let named: Vec<String> = gaps.iter().take(NAMED).map(range).collect();
    let more = gaps.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} other ranges") } else { String::new() };
    format!("lines {}{more}", named.join(", "))
}
