//! `bailiwick report`: what was demanded in a period, and what was done, for the public.

use std::io::Write;

use bailiwick::disclosure::Threshold;
use bailiwick::ledger::{Verification, VerifyError};
use bailiwick::report::Report;
use bailiwick::{Atlas, Policy};

use crate::args::{self, Format};
use crate::failure::Failure;
use crate::input::{Input, STDIN, plain_name};
use crate::progress::Progress;
use crate::{diagnostics, orders, output};

pub(crate) fn run(args: &args::ReportArgs) -> Result<(), Failure> {
    if args.until <= args.from {
        return Err(Failure::unusable(format_args!("the period ends at {}, which is not after {}", args.until, args.from)));
    }
    if args.ledger.iter().chain([&args.orders]).filter(|file| *file == STDIN).count() > 1 {
        return Err(Failure::unusable("`-` is given twice, and there is one standard input: name a file for one of them"));
    }
    let docket = orders::read_or_fail(&args.orders)?;
    // What is wrong with a docket is so wherever addresses are.
    let nowhere = Atlas::builder().build().map_err(Failure::wrong)?;
    Policy::compile(&docket, &nowhere).map_err(|error| diagnostics::refuse(&error, &args.orders))?;

    let verification = args.after.map_or_else(Verification::new, Verification::after);
    let verification = args.head.iter().fold(verification, |verification, &head| verification.expect_head(head));
    let builder = Report::builder(&docket).period(args.from.into(), args.until.into());
    let mut builder = builder.threshold(Threshold::at_least(args.threshold)).verified_by(verification);
    let progress = Progress::new();
    for file in &args.ledger {
        let reader = Input::open(file, &progress)?.reader();
        builder = builder.ledger(plain_name(file), reader).map_err(failure)?;
    }
    let report = builder.build().map_err(failure)?;
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
