//! `bailiwick report`: what was demanded in a period, and what was done, for the public.

use std::io::Write;

use bailiwick::disclosure::Threshold;
use bailiwick::ledger::{Verification, VerifyError};
use bailiwick::report::{Report, ReportError};
use bailiwick::{Atlas, Policy};

use crate::args::{self, Format};
use crate::failure::Failure;
use crate::input::{Input, STDIN, plain_name};
use crate::progress::Progress;
use crate::{chain, diagnostics, orders, output};

pub(crate) fn run(args: &args::ReportArgs) -> Result<(), Failure> {
    if args.until <= args.from {
        return Err(Failure::unusable(format_args!("the period ends at {}, which is not after {}", args.until, args.from)));
    }
    if args.ledger.iter().chain([&args.orders]).filter(|file| *file == STDIN).count() > 1 {
        return Err(Failure::unusable("`-` is given twice, and there is one standard input: name a file for one of them"));
    }
    let docket = orders::read_or_fail(&args.orders)?;
    // Errors of a docket do not depend on where addresses are.
    let nowhere = Atlas::builder().build().map_err(Failure::wrong)?;
    Policy::compile(&docket, &nowhere).map_err(|error| diagnostics::refuse(&error, &args.orders))?;

    let verification = args.after.map_or_else(Verification::new, Verification::after);
    let verification = args.head.iter().fold(verification, |verification, &head| verification.expect_head(head));
    let builder = Report::builder(&docket).period(args.from.into(), args.until.into());
    let mut builder = builder.threshold(Threshold::at_least(args.threshold)).verified_by(verification);
    let progress = Progress::new();
    if args.finer_than_days_reveals_more {
        builder = builder.finer_than_days_reveals_more();
    }
    for (file, input) in chain::in_sequence(&args.ledger, &progress)? {
        let reader = input.map_or_else(|| Input::open(file, &progress), Ok)?.reader();
        builder = builder.ledger(plain_name(file), reader).map_err(failure)?;
    }
    let report = builder.build().map_err(|error| match error {
        ReportError::Verify(error) => failure(error),
        ReportError::Period => Failure::unusable(
            "the period is not of whole days: give days, such as `--from 2026-01-01 --until 2026-01-02`, or say \
             `--finer-than-days-reveals-more`",
        ),
        error => Failure::unusable(error),
    })?;
    drop(progress);
    let mut out = output::stdout();
    match args.format {
        Format::Markdown => write!(out, "{}", report.to_markdown())?,
        Format::Csv => write!(out, "{}", report.to_csv())?,
        Format::Json => writeln!(out, "{}", report.to_json())?,
    }
    Ok(())
}

fn failure(error: VerifyError) -> Failure {
    match error {
        VerifyError::Read { .. } => Failure::unusable(error),
        error => Failure::wrong(error),
    }
}
