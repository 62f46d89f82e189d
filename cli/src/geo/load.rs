//! Loading the geo files of a call, and building the atlas.

use bailiwick::geo::{FileError, LoadReport, OpenOptions, Opened, Skipped, SourceSpec};
use bailiwick::text::Timestamp;
use bailiwick::{Atlas, AtlasError, Quoted, Source, SourceError};

use crate::failure::Failure;
use crate::input::STDIN;
use crate::progress::Progress;

/// The geo files of a call, and the atlas built from them.
pub(crate) struct Geo {
    pub(crate) sources: Vec<Source>,
    /// The loaded files.
    pub(crate) files: Vec<LoadedFile>,
    /// Notes about sources that may not be meant so.
    pub(crate) cautions: Vec<String>,
    pub(crate) atlas: Atlas,
}

/// The age of a source, as `NAME=TIME`.
#[derive(Debug, Clone)]
pub(crate) struct AsOf {
    pub(crate) source: String,
    pub(crate) time: Timestamp,
}

/// A loaded file, with the name of its source.
pub(crate) struct LoadedFile {
    pub(crate) source: String,
    pub(crate) path: String,
    pub(crate) format: &'static str,
    pub(crate) load_report: LoadReport,
}

impl Geo {
    /// Loads all files, and builds the atlas of what enough of the sources agree on.
    pub(crate) fn load(specs: &[SourceSpec], dates: &[AsOf], min_sources: usize, tolerant: bool) -> Result<Geo, Failure> {
        let progress = Progress::new();
        let watch = |path: &str, done: u64, length: Option<u64>| progress.say_read(path, done, length);
        let options = OpenOptions::new().tolerant(tolerant).progress(&watch);
        let (mut sources, mut files) = (Vec::new(), Vec::new());
        for (spec, name) in specs.iter().zip(SourceSpec::names(specs)) {
            let opened = open(&spec.clone().named(&name), options)?;
            files.extend(opened.files.into_iter().map(|file| LoadedFile {
                source: name.clone(),
                path: file.path,
                format: file.format,
                load_report: file.load_report,
            }));
            sources.push(opened.source);
        }
        let sources = dated(sources, dates)?;
        progress.say(|| "compiling the atlas".to_owned());
        let atlas = agreed(&sources, min_sources)?;
        Ok(Geo { cautions: cautions(&sources, min_sources), sources, files, atlas })
    }
}

/// The sources with the times that the caller gives them.
fn dated(sources: Vec<Source>, dates: &[AsOf]) -> Result<Vec<Source>, Failure> {
    if let Some(AsOf { source, .. }) = dates.iter().find(|date| sources.iter().all(|source| source.name() != date.source)) {
        let names: Vec<String> = sources.iter().map(|source| Quoted(source.name()).to_string()).collect();
        let message = format!("`--as-of` names the source {}: the sources are {}", Quoted(source), names.join(", "));
        return Err(Failure::unusable(message));
    }
    let date = |source: Source| match dates.iter().find(|date| date.source == source.name()) {
        Some(date) => source.as_of(date.time.into()),
        None => source,
    };
    Ok(sources.into_iter().map(date).collect())
}

/// Notes about files of one provider that are given as separate sources: too few sources then speak of a family, and nothing in it
/// is located.
fn cautions(sources: &[Source], min_sources: usize) -> Vec<String> {
    let speaks =
        |source: &&Source, is_v4: bool| !source.is_excluding() && source.ranges().any(|(first, ..)| first.is_ipv4() == is_v4);
    let of_family = |(family, is_v4)| {
        let speaking = sources.iter().filter(|source| speaks(source, is_v4)).count();
        (min_sources > 1 && (1..min_sources).contains(&speaking)).then(|| {
            format!(
                "no {family} address is located: `--min-sources` is {min_sources}, and sources with {family} are {speaking} \
                 (files of one provider are one source when they are joined with a comma)"
            )
        })
    };
    [("IPv4", true), ("IPv6", false)].into_iter().filter_map(of_family).collect()
}

/// The atlas of what enough of some sources agree on.
fn agreed(sources: &[Source], min_sources: usize) -> Result<Atlas, Failure> {
    let builder = Atlas::builder().sources(sources.iter().cloned());
    builder.min_sources(min_sources).build().map_err(|error| match error {
        AtlasError::MinSources { sources: 0, .. } => {
            Failure::unusable("`--min-sources` needs sources: name geo files with `--geo FILE`")
        }
        AtlasError::MinSources { min_sources, sources } => Failure::unusable(format_args!(
            "`--min-sources` is {min_sources}, and `--geo` is given {sources} time{}: each `--geo` is one source, and files of \
             one provider are joined with a comma, so give more of them or a number from 1 to {sources}",
            if sources == 1 { "" } else { "s" },
        )),
        AtlasError::DuplicateSource { .. } => {
            Failure::unusable(format_args!("{error}, as in `--geo NAME=FILE`, or join files of one provider with a comma"))
        }
        other => Failure::wrong(other),
    })
}

/// Loads one source.
fn open(spec: &SourceSpec, options: OpenOptions<'_>) -> Result<Opened, Failure> {
    options.open(spec).map_err(|error| failure(&error, &tolerated(spec, options, &error)))
}

/// A hint on what `--tolerant` would do about a line that cannot be read.
fn tolerated(spec: &SourceSpec, options: OpenOptions<'_>, error: &SourceError) -> String {
    let is_line = |error: &SourceError| matches!(error, SourceError::Line { .. } | SourceError::Mmdb { .. });
    let is_line = matches!(error, SourceError::File { error: FileError::Load { error, .. }, .. } if is_line(error));
    if !is_line || spec.is_excluding() || spec.files().iter().any(|file| file == STDIN) {
        return String::new();
    }
    let Ok(opened) = options.tolerant(true).open(spec) else { return String::new() };
    let report = opened.source.load_report();
    let refused: u64 = report.skipped().filter(|(reason, _)| **reason == Skipped::Refused).map(|(_, rows)| rows).sum();
    match (refused, report.located()) {
        (_, 0) => String::new(),
        (0, _) => "; `--tolerant` does not locate such rows".to_owned(),
        (1, _) => "; `--tolerant` passes over this line".to_owned(),
        (lines, _) => format!("; `--tolerant` passes over {lines} such lines"),
    }
}

fn failure(error: &SourceError, hint: &str) -> Failure {
    let message = format_args!("{error}{hint}");
    match error {
        SourceError::Spec { .. } => Failure::unusable(message),
        SourceError::File { error, .. } if !error.is_in_content() => Failure::unusable(message),
        _ => Failure::wrong(message),
    }
}
