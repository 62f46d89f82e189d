//! What is found in an orders file and in geo files, for people and for machines.

use std::io::Write;

use bailiwick::{CompileError, Defect, Loaded, Skipped, Warning, WarningCause};
use serde::Serialize;

use crate::failure::Failure;
use crate::geo::{Geo, LoadedFile};
use crate::input;
use crate::orders::Unread;
use crate::output::{self, ERROR};
use crate::quote::Quoted;

/// One finding about the orders, for machines.
#[derive(Serialize)]
pub(crate) struct Finding {
    order: Option<String>,
    group: Option<String>,
    field: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

impl From<&Defect> for Finding {
    fn from(defect: &Defect) -> Finding {
        of(defect.order(), defect.group(), defect.field(), defect.cause())
    }
}

impl From<&Warning> for Finding {
    fn from(warning: &Warning) -> Finding {
        of(warning.order(), warning.group(), warning.field(), warning.cause())
    }
}

impl From<&Unread> for Finding {
    fn from(error: &Unread) -> Finding {
        let message = error.message.clone();
        Finding { order: None, group: None, field: None, line: error.line, column: error.column, message }
    }
}

fn of(order: Option<&str>, group: Option<&str>, field: &str, cause: impl ToString) -> Finding {
    let owned = |text: &str| text.to_owned();
    let (order, group) = (order.map(owned), group.map(owned));
    Finding { order, group, field: Some(field.to_owned()), line: None, column: None, message: cause.to_string() }
}

/// True when a warning is about where addresses are, and so means nothing without geo data.
pub(crate) fn is_about_places(warning: &Warning) -> bool {
    use WarningCause::{Clipped, EmptyReach, NothingLocated};
    matches!(warning.cause(), NothingLocated { .. } | EmptyReach { .. } | Clipped { .. })
}

/// What loading a file did, for machines.
#[derive(Serialize)]
pub(crate) struct FileReport<'a> {
    source: &'a str,
    file: &'a str,
    format: &'a str,
    rows: u64,
    located: u64,
    /// Why rows locate nothing, the most frequent first.
    skipped: Vec<SkippedReport>,
    refused: Vec<RefusedReport>,
}

#[derive(Serialize)]
struct SkippedReport {
    rows: u64,
    message: String,
}

#[derive(Serialize)]
struct RefusedReport {
    line: u64,
    message: String,
}

impl<'a> From<&'a LoadedFile> for FileReport<'a> {
    fn from(file: &'a LoadedFile) -> FileReport<'a> {
        let loaded = &file.loaded;
        let skipped = reasons(loaded).map(|(_, rows, message)| SkippedReport { rows, message }).collect();
        let refused =
            loaded.refused().iter().map(|refused| RefusedReport { line: refused.line, message: refused.error.to_string() });
        FileReport {
            source: &file.source,
            file: &file.path,
            format: file.format,
            rows: loaded.rows(),
            located: loaded.located(),
            skipped,
            refused: refused.collect(),
        }
    }
}

/// Why rows locate nothing, with the text that the library has for it: its summary has a line for each, after the first.
fn reasons(loaded: &Loaded) -> impl Iterator<Item = (&Skipped, u64, String)> {
    let lines: Vec<String> = loaded.to_string().lines().skip(1).map(|line| line.trim().to_owned()).collect();
    loaded.skipped().zip(lines).map(|((reason, rows), line)| (reason, rows, line))
}

/// What an operator should know of the geo files: rows that name no region, or could not be read.
pub(crate) fn notable(geo: &Geo) -> Vec<String> {
    let is_notable = |reason: &Skipped| match reason {
        // These say plainly that they do not locate.
        Skipped::Code(code) => !["ZZ", "XX", "-"].contains(&code.as_str()),
        Skipped::OtherCode | Skipped::Disagreeing | Skipped::Refused => true,
        _ => false,
    };
    let of_file = |file: &LoadedFile| -> Vec<String> {
        let notable = reasons(&file.loaded).filter(|(reason, ..)| is_notable(reason));
        let mut lines: Vec<String> = notable.map(|(_, _, line)| format!("{}: {line}", input::name(&file.path))).collect();
        let refused = file.loaded.refused().iter();
        lines.extend(refused.map(|refused| format!("{}, line {}: {}", input::name(&file.path), refused.line, refused.error)));
        lines
    };
    geo.cautions.iter().cloned().chain(geo.files.iter().flat_map(of_file)).collect()
}

/// Says what may not be meant and, with `--verbose`, what loading did: on standard error, as it is no answer to what was asked.
pub(crate) fn show_geo(geo: &Geo, verbose: bool) {
    geo.cautions.iter().for_each(|caution| output::note(caution));
    show_loads(geo, verbose);
}

/// Shows what loading did, with `--verbose`.
pub(crate) fn show_loads(geo: &Geo, verbose: bool) {
    if verbose {
        for file in &geo.files {
            let summary = file.loaded.to_string().replace('\n', "\n  ");
            let (path, source) = (input::name(&file.path), Quoted(&file.source));
            output::note(&format!("{path} ({}, source {source}): {summary}", file.format));
        }
    }
}

/// Says why a docket does not compile, for commands that need one that does.
pub(crate) fn refuse(error: &CompileError) -> Failure {
    for defect in error.errors() {
        let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}: {defect}");
    }
    Failure::Said
}
