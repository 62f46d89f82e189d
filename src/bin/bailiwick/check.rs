//! `bailiwick check`: what is wrong with an orders file, and what may not be meant.

use std::io::Write;

use bailiwick::{Policy, Warning};
use serde::Serialize;

use crate::args::Check;
use crate::failure::Failure;
use crate::findings::{self, FileReport, Finding};
use crate::geo::Geo;
use crate::input;
use crate::orders;
use crate::output::{self, ERROR, GOOD, NOTE, WARNING, count};

#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    orders: Option<usize>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    /// What an operator should know of the geo files.
    notes: Vec<String>,
    geo: Vec<FileReport<'a>>,
}

/// What is found, for both kinds of readers.
#[derive(Default)]
struct Found {
    /// How many, when they can be read.
    orders: Option<usize>,
    /// As shown to people, and as given to machines.
    errors: Vec<(String, Finding)>,
    warnings: Vec<(String, Finding)>,
}

pub(crate) fn run(args: &Check) -> Result<(), Failure> {
    args.geo.check_stdin(&args.orders)?;
    // The orders first: a file that is none is said at once, and not after a long load.
    let docket = orders::read(&args.orders)?;
    let geo = args.geo.load()?;
    findings::show_loads(&geo, args.geo.verbose && !args.geo.json);
    let mut found = Found::default();
    match docket {
        Err(error) => found.errors.push((error.to_string(), Finding::from(&error))),
        Ok(docket) => {
            found.orders = Some(docket.orders.len());
            match Policy::compile(&docket, &geo.atlas) {
                Err(error) => found.errors = error.errors().iter().map(|defect| (defect.to_string(), defect.into())).collect(),
                Ok(policy) => {
                    let counts = |warning: &&Warning| !args.geo.is_empty() || !findings::is_about_places(warning);
                    let warnings = policy.warnings().iter().filter(counts);
                    found.warnings = warnings.map(|warning| (warning.to_string(), warning.into())).collect();
                }
            }
        }
    }
    let failed = !found.errors.is_empty() || (args.deny_warnings && !found.warnings.is_empty());
    if args.geo.json {
        write_json(args, found, &geo)?
    } else {
        write_text(args, &found, &geo)?
    }
    if failed { Err(Failure::Said) } else { Ok(()) }
}

fn write_json(args: &Check, found: Found, geo: &Geo) -> Result<(), Failure> {
    let for_machines = |findings: Vec<(String, Finding)>| findings.into_iter().map(|(_, finding)| finding).collect();
    output::json(&Report {
        file: &args.orders,
        orders: found.orders,
        errors: for_machines(found.errors),
        warnings: for_machines(found.warnings),
        notes: findings::notable(geo),
        geo: geo.files.iter().map(FileReport::from).collect(),
    })
}

fn write_text(args: &Check, found: &Found, geo: &Geo) -> Result<(), Failure> {
    let mut out = output::stdout();
    for (text, _) in &found.errors {
        writeln!(out, "{ERROR}error{ERROR:#}: {text}")?;
    }
    for (text, _) in &found.warnings {
        writeln!(out, "{WARNING}warning{WARNING:#}: {text}")?;
    }
    for line in findings::notable(geo) {
        writeln!(out, "{NOTE}note{NOTE:#}: {line}")?;
    }
    let (errors, warnings) = (found.errors.len(), found.warnings.len());
    if args.geo.is_empty() && errors == 0 {
        writeln!(out, "{NOTE}note{NOTE:#}: what the orders reach is not checked: name geo files with `--geo FILE`")?;
    }
    let style = match (errors, warnings) {
        (0, 0) => GOOD,
        (0, _) => WARNING,
        _ => ERROR,
    };
    let name = input::name(&args.orders);
    let (orders, errors) = (found.orders.map(|orders| count(orders, "order")), count(errors, "error"));
    let summary = match (orders, found.errors.as_slice()) {
        (None, _) => format!("{errors} (reading stops at the first)"),
        (Some(orders), []) => format!("{orders}, {errors}, {}", count(warnings, "warning")),
        (Some(orders), _) => format!("{orders}, {errors} (warnings are shown when there are none)"),
    };
    writeln!(out, "{style}{name}: {summary}{style:#}")?;
    Ok(())
}
