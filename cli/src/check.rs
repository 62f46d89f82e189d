//! `bailiwick check`: what is wrong with an orders file, and what may not be meant.

use std::io::Write;

use bailiwick::{Policy, Warning};
use serde::Serialize;

use crate::args::CheckArgs;
use crate::diagnostics::{self, Diagnostic, DiagnosticJson, FileJson};
use crate::exhibits::Exhibits;
use crate::failure::Failure;
use crate::geo::Geo;
use crate::input;
use crate::orders;
use crate::output::{self, ERROR, GOOD, NOTE, WARNING, count};
use bailiwick::Quoted;

#[derive(Serialize)]
struct CheckJson<'a> {
    file: &'a str,
    orders: Option<usize>,
    errors: Vec<DiagnosticJson<'a>>,
    warnings: Vec<DiagnosticJson<'a>>,
    /// Notes about the groups and the geo files.
    notes: &'a [String],
    geo: Vec<FileJson<'a>>,
    /// With `--evidence`, when the orders can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a Exhibits>,
}

/// The diagnostics of the orders file.
#[derive(Default)]
struct Found<'a> {
    /// The number of orders, when they can be read.
    orders: Option<usize>,
    errors: Vec<Diagnostic<'a>>,
    warnings: Vec<Diagnostic<'a>>,
    evidence: Option<Exhibits>,
    notes: Vec<String>,
}

impl Found<'_> {
    /// The number of errors, with those of evidence.
    fn errors(&self) -> usize {
        self.errors.len() + self.evidence.as_ref().map_or(0, |evidence| evidence.missing.len())
    }
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    args.geo.check_stdin([args.orders.as_str()])?;
    // The orders come first, so that a missing file is reported at once, and not after a long load.
    let docket = orders::read(&args.orders)?;
    let evidence = match (&docket, &args.evidence) {
        (Ok(docket), Some(folder)) => Some(Exhibits::check(docket, folder)?),
        _ => None,
    };
    let geo = args.geo.load()?;
    diagnostics::show_loads(&geo, args.geo.verbose && !args.geo.json);
    let wide_groups = docket.as_ref().ok().and_then(diagnostics::wide_groups);
    let compiled = docket.map(|docket| (docket.orders.len(), Policy::check(&docket, &geo.atlas, &args.require)));
    let is_checked = |warning: &&Warning| !args.geo.is_empty() || !diagnostics::is_about_places(warning);
    let mut found = match &compiled {
        Err(error) => Found { errors: error.errors().iter().map(Diagnostic::Unread).collect(), ..Found::default() },
        Ok((orders, Err(error))) => {
            let errors = error.errors().iter().map(Diagnostic::Defect);
            Found { orders: Some(*orders), errors: errors.collect(), ..Found::default() }
        }
        Ok((orders, Ok(policy))) => {
            let warnings = policy.warnings().iter().filter(is_checked).map(Diagnostic::Warning);
            Found { orders: Some(*orders), warnings: warnings.collect(), ..Found::default() }
        }
    };
    found.evidence = evidence;
    found.notes = wide_groups.into_iter().chain(diagnostics::notable(&geo)).collect();
    if args.geo.json {
        write_json(args, &found, &geo)?
    } else {
        write_text(args, &found)?
    }
    let failed = found.errors() > 0 || (args.deny_warnings && !found.warnings.is_empty());
    if failed { Err(Failure::Said) } else { Ok(()) }
}

fn write_json(args: &CheckArgs, found: &Found<'_>, geo: &Geo) -> Result<(), Failure> {
    output::json(&CheckJson {
        file: &args.orders,
        orders: found.orders,
        errors: found.errors.iter().copied().map(DiagnosticJson::from).collect(),
        warnings: found.warnings.iter().copied().map(DiagnosticJson::from).collect(),
        notes: &found.notes,
        geo: geo.files.iter().map(FileJson::from).collect(),
        evidence: found.evidence.as_ref(),
    })
}

fn write_text(args: &CheckArgs, found: &Found<'_>) -> Result<(), Failure> {
    let mut out = output::stdout();
    for (diagnostics, thing) in [(&found.errors, "more error"), (&found.warnings, "more warning")] {
        let (shown, more) = if args.all { (diagnostics.clone(), 0) } else { diagnostics::first_of_each_kind(diagnostics) };
        for diagnostic in shown {
            writeln!(out, "{}\n", diagnostic.render(&args.orders))?;
        }
        if more > 0 {
            writeln!(out, "{NOTE}note{NOTE:#}: {} of these kinds: `--all` shows them", count(more, thing))?;
        }
    }
    if let Some(evidence) = &found.evidence {
        write_evidence(&mut out, evidence)?;
    }
    for line in &found.notes {
        writeln!(out, "{NOTE}note{NOTE:#}: {line}")?;
    }
    let (errors, warnings) = (found.errors(), found.warnings.len());
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
        (None, _) => format!("{errors} (what the orders say is checked when there are none)"),
        (Some(orders), []) => format!("{orders}, {errors}, {}", count(warnings, "warning")),
        (Some(orders), _) => format!("{orders}, {errors} (warnings are shown when there are none)"),
    };
    writeln!(out, "{style}{name}: {summary}{style:#}")?;
    Ok(())
}

fn write_evidence(out: &mut impl Write, evidence: &Exhibits) -> Result<(), Failure> {
    for missing in &evidence.missing {
        writeln!(out, "{ERROR}error{ERROR:#}: order {}, `evidence`: {}", Quoted(&missing.order), missing.message)?;
    }
    for file in &evidence.unrecorded {
        writeln!(out, "{NOTE}note{NOTE:#}: {} is recorded by no order", Quoted(file))?;
    }
    writeln!(out, "{NOTE}note{NOTE:#}: {} found", count(evidence.found, "recorded file"))?;
    Ok(())
}
