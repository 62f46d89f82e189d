//! Diagnostics of orders files and geo files, for people and for machines.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::mem;

use bailiwick::geo::Skipped;
use bailiwick::order::ReadDefect;
use bailiwick::policy::{Defect, WarningCause};
use bailiwick::{CompileError, Docket, Region, Warning};
use serde::Serialize;

use crate::failure::Failure;
use crate::geo::{Geo, LoadedFile};
use crate::input;
use crate::output::{self, count};
use bailiwick::Quoted;

/// Something that is wrong with an orders file, or may not be meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Diagnostic<'a> {
    Unread(&'a ReadDefect),
    Defect(&'a Defect),
    Warning(&'a Warning),
}

impl<'a> Diagnostic<'a> {
    /// For people, with colours.
    pub(crate) fn render(&self, path: &str) -> String {
        let name = input::plain_name(path);
        match self {
            Diagnostic::Unread(error) => error.render(name, true),
            Diagnostic::Defect(defect) => defect.render(name, true),
            Diagnostic::Warning(warning) => warning.render(name, true),
        }
    }

    /// The kind of diagnostic: equal for two that differ only in the order or the value.
    fn kind(&self) -> impl Eq + Hash + use<'a> {
        match self {
            // Two values of one field are most often wrong alike.
            Diagnostic::Unread(error) => (error.field(), None, None),
            Diagnostic::Defect(defect) => (None, Some(mem::discriminant(defect.cause())), None),
            Diagnostic::Warning(warning) => (None, None, Some(mem::discriminant(warning.cause()))),
        }
    }
}

/// One diagnostic, for machines.
#[derive(Serialize)]
pub(crate) struct DiagnosticJson<'a> {
    order: Option<&'a str>,
    order_number: Option<usize>,
    group: Option<&'a str>,
    source: Option<&'a str>,
    field: Option<&'a str>,
    value: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
    suggestion: Option<String>,
}

impl<'a> From<Diagnostic<'a>> for DiagnosticJson<'a> {
    fn from(diagnostic: Diagnostic<'a>) -> DiagnosticJson<'a> {
        match diagnostic {
            Diagnostic::Unread(error) => DiagnosticJson {
                order: error.order(),
                order_number: error.order_number(),
                group: error.group(),
                source: None,
                field: error.field(),
                value: error.value(),
                line: Some(error.line()),
                column: Some(error.column()),
                message: error.message().to_owned(),
                suggestion: error.suggestion().map(str::to_owned),
            },
            Diagnostic::Defect(defect) => DiagnosticJson {
                order: defect.order(),
                order_number: defect.order_number(),
                group: defect.group(),
                source: defect.source(),
                field: Some(defect.field()),
                value: None,
                line: defect.line(),
                column: defect.column(),
                message: defect.cause().to_string(),
                suggestion: defect.suggestion(),
            },
            Diagnostic::Warning(warning) => DiagnosticJson {
                order: warning.order(),
                order_number: warning.order_number(),
                group: warning.group(),
                source: warning.source(),
                field: Some(warning.field()),
                value: None,
                line: warning.line(),
                column: warning.column(),
                message: warning.cause().to_string(),
                suggestion: warning.suggestion(),
            },
        }
    }
}

/// The most diagnostics of a kind that are shown by default: a docket of ten thousand orders may have one for each.
const SHOWN: usize = 10;

/// The first diagnostics of each kind, in their sequence, and the number of the others.
pub(crate) fn first_of_each_kind<'a>(diagnostics: &[Diagnostic<'a>]) -> (Vec<Diagnostic<'a>>, usize) {
    let mut seen = HashMap::new();
    let is_shown = |diagnostic: &&Diagnostic<'a>| {
        let seen = seen.entry(diagnostic.kind()).or_insert(0);
        *seen += 1;
        *seen <= SHOWN
    };
    let first: Vec<_> = diagnostics.iter().filter(is_shown).copied().collect();
    let more = diagnostics.len() - first.len();
    (first, more)
}

/// Whether a warning is about locations, and so means nothing without geo data.
pub(crate) fn is_about_places(warning: &Warning) -> bool {
    use WarningCause::{Clipped, EmptyReach, NothingLocated};
    matches!(warning.cause(), NothingLocated { .. } | EmptyReach { .. } | Clipped { .. })
}

/// The result of loading a file, for machines.
#[derive(Serialize)]
pub(crate) struct FileJson<'a> {
    source: &'a str,
    file: &'a str,
    format: &'a str,
    rows: u64,
    located: u64,
    /// Why rows locate nothing, the most frequent first.
    skipped: Vec<SkippedJson>,
    refused: Vec<RefusedJson>,
}

#[derive(Serialize)]
struct SkippedJson {
    rows: u64,
    message: String,
}

#[derive(Serialize)]
struct RefusedJson {
    line: u64,
    message: String,
}

impl<'a> From<&'a LoadedFile> for FileJson<'a> {
    fn from(file: &'a LoadedFile) -> FileJson<'a> {
        let loaded = &file.load_report;
        let skipped = loaded.skipped().map(|(reason, rows)| SkippedJson { rows, message: reason.summary(rows) }).collect();
        let refused = loaded.refused().iter().map(|refused| RefusedJson { line: refused.line, message: refused.error.to_string() });
        FileJson {
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

/// Notes for operators about geo files: rows that name no region, or cannot be read.
pub(crate) fn notable(geo: &Geo) -> Vec<String> {
    let is_notable = |reason: &Skipped| match reason {
        // These codes mean "not located".
        Skipped::Code(code) => !["ZZ", "XX", "-", "NONE"].contains(&code.as_str()),
        Skipped::OtherCode | Skipped::Disagreeing | Skipped::Refused => true,
        _ => false,
    };
    let of_file = |file: &LoadedFile| -> Vec<String> {
        let notable = file.load_report.skipped().filter(|(reason, _)| is_notable(reason));
        let line = |(reason, rows): (&Skipped, u64)| format!("{}: {}", input::name(&file.path), reason.summary(rows));
        let mut lines: Vec<String> = notable.map(line).collect();
        let refused = file.load_report.refused().iter();
        lines.extend(refused.map(|refused| format!("{}, line {}: {}", input::name(&file.path), refused.line, refused.error)));
        lines
    };
    geo.cautions.iter().cloned().chain(geo.files.iter().flat_map(of_file)).collect()
}

/// A note on groups that span several countries: an order of such a group reaches all of them.
pub(crate) fn wide_groups(docket: &Docket) -> Option<String> {
    let countries = |regions: &[Region]| regions.iter().map(|region| region.country()).collect::<BTreeSet<Region>>().len();
    let wide = docket.jurisdictions.iter().map(|(name, regions)| (name, countries(regions))).filter(|&(_, count)| count > 1);
    let wide: Vec<String> = wide.map(|(name, count)| format!("{} ({count} countries)", Quoted(name))).collect();
    (!wide.is_empty()).then(|| format!("an order of a group reaches all of its countries: {}", wide.join(", ")))
}

/// Writes warnings about the geo sources to standard error and, with `--verbose`, the load reports. For commands other than
/// `check`, which shows the warnings itself.
pub(crate) fn show_geo(geo: &Geo, verbose: bool) {
    geo.atlas.warnings().iter().for_each(|warning| output::warning(&warning.to_string()));
    geo.cautions.iter().for_each(|caution| output::note(caution));
    show_loads(geo, verbose);
}

/// Shows what loading did, with `--verbose`.
pub(crate) fn show_loads(geo: &Geo, verbose: bool) {
    if verbose {
        for file in &geo.files {
            let summary = file.load_report.to_string().replace('\n', "\n  ");
            let (path, source) = (input::name(&file.path), Quoted(&file.source));
            output::note(&format!("{path} ({}, source {source}): {summary}", file.format));
        }
    }
}

/// Shows why a docket does not compile, for commands that need one that does.
pub(crate) fn refuse(error: &CompileError, path: &str) -> Failure {
    let errors: Vec<Diagnostic<'_>> = error.errors().iter().map(Diagnostic::Defect).collect();
    refuse_all(&errors, path)
}

/// Shows all that is wrong with a file, for commands that need one without errors.
pub(crate) fn refuse_all(errors: &[Diagnostic<'_>], path: &str) -> Failure {
    let (first, more) = first_of_each_kind(errors);
    let rendered: Vec<String> = first.iter().map(|error| error.render(path)).collect();
    output::diagnostic(&rendered.join("\n\n"));
    if more > 0 {
        output::diagnostic("");
        output::note(&format!("{} of these kinds: `bailiwick check --all` shows them", count(more, "more error")));
    }
    Failure::Said
}
