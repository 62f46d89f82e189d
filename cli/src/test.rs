//! `bailiwick test`: whether an orders file decides what its authors expect.

use std::io::Write;

use bailiwick::cases::{Case, Cases, Difference, Outcome, Participant, Runner};
use bailiwick::{Explanation, Quoted};
use serde::Serialize;

use crate::args::TestArgs;
use crate::failure::Failure;
use crate::output::{self, ERROR, GOOD, count};
use crate::{diagnostics, input, orders};

#[derive(Serialize)]
struct TestJson<'a> {
    orders: &'a str,
    cases: usize,
    passed: usize,
    failures: Vec<FailureJson<'a>>,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    file: &'a str,
    case: usize,
    line: usize,
    differences: Vec<DifferenceJson<'a>>,
    explanation: &'a Explanation<'a>,
}

#[derive(Serialize)]
struct DifferenceJson<'a> {
    field: &'a str,
    expected: &'a str,
    found: &'a str,
}

/// A case that is decided otherwise than expected.
struct Failed<'a> {
    file: &'a str,
    /// From 1.
    number: usize,
    case: &'a Case,
    outcome: Outcome<'a>,
}

pub(crate) fn run(args: &TestArgs) -> Result<(), Failure> {
    args.geo.check_stdin([&args.orders].into_iter().chain(&args.cases).map(String::as_str))?;
    let docket = orders::read_or_fail(&args.orders)?;
    let files: Vec<Cases> = args.cases.iter().map(|path| orders::read_cases(path)).collect::<Result<_, Failure>>()?;
    let needs_geo = |case: &Case| matches!(case.participant, Participant::At(_));
    let is_by_address = files.iter().flat_map(|file| &file.cases).any(needs_geo);
    let geo = if is_by_address { args.geo.load_some()? } else { args.geo.load()? };
    diagnostics::show_geo(&geo, args.geo.verbose);
    let compile = |cases| Runner::new(&docket, &geo.atlas, cases).map_err(|error| diagnostics::refuse(&error, &args.orders));
    let runners: Vec<Runner> = files.iter().map(compile).collect::<Result<_, Failure>>()?;
    let mut failed = Vec::new();
    for ((path, file), runner) in args.cases.iter().zip(&files).zip(&runners) {
        for (case, number) in file.cases.iter().zip(1..) {
            let outcome = runner.run(case);
            if !outcome.passed() {
                failed.push(Failed { file: path, number, case, outcome });
            }
        }
    }
    let cases = files.iter().map(|file| file.cases.len()).sum();
    if args.geo.json {
        write_json(args, cases, &failed)?
    } else {
        write_text(args, cases, &failed)?
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
}

fn write_json(args: &TestArgs, cases: usize, failed: &[Failed<'_>]) -> Result<(), Failure> {
    let failures = failed.iter().map(|failed| FailureJson {
        file: failed.file,
        case: failed.number,
        line: failed.case.line,
        differences: failed.outcome.differences().iter().map(DifferenceJson::from).collect(),
        explanation: failed.outcome.explanation(),
    });
    let failures: Vec<FailureJson<'_>> = failures.collect();
    output::json(&TestJson { orders: &args.orders, cases, passed: cases - failures.len(), failures })
}

impl<'a> From<&'a Difference> for DifferenceJson<'a> {
    fn from(difference: &'a Difference) -> DifferenceJson<'a> {
        DifferenceJson { field: difference.field, expected: &difference.expected, found: &difference.found }
    }
}

fn write_text(args: &TestArgs, cases: usize, failed: &[Failed<'_>]) -> Result<(), Failure> {
    let mut out = output::stdout();
    for Failed { file, number, case, outcome } in failed {
        let participant = match case.participant {
            Participant::At(address) => address.to_string(),
            Participant::In(region) => format!("somebody in {region}"),
            _ => "a participant".to_owned(),
        };
        let name = input::name(file);
        writeln!(
            out,
            "{ERROR}failed{ERROR:#}: {name}, line {}, case {number}: {participant} in {}",
            case.line,
            Quoted(&case.meeting)
        )?;
        for difference in outcome.differences() {
            writeln!(out, "  {difference}")?;
        }
        writeln!(out, "\n  {}\n", outcome.explanation().to_string().replace('\n', "\n  "))?;
    }
    let style = if failed.is_empty() { GOOD } else { ERROR };
    let name = input::name(&args.orders);
    writeln!(out, "{style}{name}: {}, {} failed{style:#}", count(cases, "case"), failed.len())?;
    Ok(())
}
