//! `bailiwick report`: what was demanded in a period, and what was done, for the public.
//!
//! - `count`: counts the files of a ledger, several at once;
//! - `partial`: partial reports, written and merged.

mod count;
mod partial;

use std::io::Write;

use bailiwick::disclosure::Threshold;
use bailiwick::ledger::{Verification, VerifyError};
use bailiwick::report::{PublicationError, Report, ReportError};
use bailiwick::{Atlas, Docket, Policy};

use crate::args::{Format, ReportArgs};
use crate::failure::Failure;
use crate::input::{Input, STDIN, plain_name};
use crate::progress::Progress;
use crate::{chain, diagnostics, orders, output};

pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    if let Some((from, until)) = args.from.zip(args.until).filter(|(from, until)| until <= from) {
        return Err(Failure::unusable(format_args!("the period ends at {until}, which is not after {from}")));
    }
    if args.ledger.iter().chain(&args.merge).chain(&args.orders).filter(|file| *file == STDIN).count() > 1 {
        return Err(Failure::unusable("`-` is given twice, and there is one standard input: name a file for one of them"));
    }
    let docket = args.orders.as_deref().map(docket).transpose()?;
    let report = match (&args.partial, docket) {
        (Some(out), _) => return partial::write(args, out),
        (None, Some(docket)) if args.merge.is_empty() => of_ledger(args, &docket)?,
        (None, Some(docket)) => partial::merge(args, &docket)?,
        (None, None) => return Err(Failure::unusable(NO_ORDERS)),
    };
    let mut out = output::stdout();
    match args.format {
        Format::Markdown => write!(out, "{}", report.to_markdown())?,
        Format::Csv => write!(out, "{}", report.to_csv())?,
        Format::Json => writeln!(out, "{}", report.to_json())?,
    }
    Ok(())
}

/// The orders, which must compile.
fn docket(file: &str) -> Result<Docket, Failure> {
    let docket = orders::read_or_fail(file)?;
    // Errors of a docket do not depend on where addresses are.
    let nowhere = Atlas::builder().build().map_err(Failure::wrong)?;
    Policy::compile(&docket, &nowhere).map_err(|error| diagnostics::refuse(&error, file))?;
    Ok(docket)
}

/// Reads several files at once, where that is possible. Where anything is wrong, one after the other says what, so that the number of
/// threads makes no difference.
fn of_ledger(args: &ReportArgs, docket: &Docket) -> Result<Report, Failure> {
    count::side_by_side(args)
        .and_then(|partial| published(args, partial.report(docket)).ok())
        .map_or_else(|| in_one_pass(args, docket), Ok)
}

fn in_one_pass(args: &ReportArgs, docket: &Docket) -> Result<Report, Failure> {
    let (from, until) = count::period(args)?;
    let verification = args.after.map_or_else(Verification::new, Verification::after);
    let verification = args.head.iter().fold(verification, |verification, &head| verification.expect_head(head));
    let builder = Report::builder(docket).period(from, until);
    let mut builder = builder.threshold(Threshold::at_least(args.threshold)).verified_by(verification);
    let failure = |error| match error {
        VerifyError::Fault(fault) => chain::failure(&fault, args.after),
        error => failure(error),
    };
    let progress = Progress::new();
    if args.finer_than_days_reveals_more {
        builder = builder.finer_than_days_reveals_more();
    }
    for (file, input) in chain::in_sequence(&args.ledger, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        builder = builder.ledger(plain_name(file), reader).map_err(failure)?;
    }
    builder.build().map_err(|error| match error {
        ReportError::Verify(error) => failure(error),
        ReportError::Period => Failure::unusable(FINE),
        error => Failure::wrong(error),
    })
}

/// The report on what was counted, as the arguments say.
fn published(args: &ReportArgs, publication: bailiwick::report::Publication<'_>) -> Result<Report, PublicationError> {
    let mut publication = publication.threshold(Threshold::at_least(args.threshold));
    if args.finer_than_days_reveals_more {
        publication = publication.finer_than_days_reveals_more();
    }
    if args.allow_gaps {
        publication = publication.allow_gaps();
    }
    let publication = args.after.into_iter().fold(publication, |publication, head| publication.after(head));
    args.head.iter().fold(publication, |publication, &head| publication.expect_head(head)).build()
}

/// The hint where there is no orders file. After `--ledger` and `--merge`, it would be one of those.
const NO_ORDERS: &str = "the orders file is missing: give it first, as in `bailiwick report orders.toml --merge one.partial`; only \
                         `--partial OUT` needs none";

/// The hint where the period is not of whole days.
const FINE: &str = "the period is not of whole days: give days, such as `--from 2026-01-01 --until 2026-01-02`, or say \
                    `--finer-than-days-reveals-more`";

fn failure(error: VerifyError) -> Failure {
    match error {
        VerifyError::Read { .. } => Failure::unusable(error),
        error => Failure::wrong(error),
    }
}
