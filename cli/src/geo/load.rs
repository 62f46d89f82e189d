//! Loading the geo files of a call, and building the atlas.

use std::collections::BTreeMap;

use bailiwick::geo::{LoadReport, Loader};
use bailiwick::{Atlas, AtlasError, Quoted, Region, Source, SourceError};
use jiff::Timestamp;

use super::recognize::{Kind, lists_networks, recognize};
use super::spec::{Format, Spec};
use crate::failure::Failure;
use crate::input::{self, Input, STDIN};
use crate::progress::Progress;

/// Everything that a call says about where addresses are.
pub(crate) struct Geo {
    pub(crate) sources: Vec<Source>,
    /// What loading each file did, with the name of its source.
    pub(crate) files: Vec<LoadedFile>,
    /// What may not be meant.
    pub(crate) cautions: Vec<String>,
    pub(crate) atlas: Atlas,
}

/// When a source was made, as `NAME=TIME`.
#[derive(Debug, Clone)]
pub(crate) struct AsOf {
    pub(crate) source: String,
    pub(crate) time: Timestamp,
}

/// What loading one file did.
pub(crate) struct LoadedFile {
    pub(crate) source: String,
    pub(crate) path: String,
    pub(crate) format: &'static str,
    pub(crate) load_report: LoadReport,
}

impl Geo {
    /// Loads all files, and builds the atlas of what enough of the sources agree on.
    pub(crate) fn load(specs: &[Spec], dates: &[AsOf], min_sources: usize, tolerant: bool) -> Result<Geo, Failure> {
        let progress = Progress::new();
        let (mut sources, mut files) = (Vec::new(), Vec::new());
        for (spec, name) in specs.iter().zip(names(specs)) {
            let mut parts = Vec::new();
            // A line that is lost from an exclusion blocks the people whom it protects.
            let reading = Reading { spec, tolerant: tolerant && !spec.is_excluding, progress: &progress };
            for file in reading.files()? {
                let load_report = file.source.load_report().clone();
                files.push(LoadedFile { source: name.clone(), path: file.path.to_owned(), format: file.format, load_report });
                parts.push(file.source);
            }
            let source = Source::joined(name, parts);
            sources.push(if spec.is_excluding { source.excluding() } else { source });
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

/// When files of one provider are given as sources of their own, too few sources speak of a family, and nothing in it is located.
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

/// The names of sources: as given, or else from the names of their files, or their whole paths where those are the same.
fn names(specs: &[Spec]) -> Vec<String> {
    let short: Vec<String> = specs.iter().map(|spec| spec.name.clone().unwrap_or_else(|| short_name(&spec.files))).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    short.iter().for_each(|name| *times.entry(name).or_default() += 1);
    let is_unique = |name: &str| times.get(name) == Some(&1);
    let name = |(spec, short): (&Spec, &String)| {
        if spec.name.is_some() || is_unique(short) { short.clone() } else { spec.files.join(",") }
    };
    specs.iter().zip(&short).map(name).collect()
}

/// What the names of some files have in common, without folders and endings: `geo` for `data/geo-ipv4.csv.gz,data/geo-ipv6.csv.gz`.
fn short_name(files: &[String]) -> String {
    let stem = |path: &String| -> String {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let file = file.strip_suffix(".gz").unwrap_or(file);
        file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
    };
    let mut stems = files.iter().map(stem);
    let first = stems.next().unwrap_or_default();
    let common = stems
        .fold(first.clone(), |common, stem| common.chars().zip(stem.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect());
    if files.len() == 1 {
        return if first == STDIN || first.is_empty() { "stdin".to_owned() } else { first };
    }
    let common = common.trim_end_matches(|c: char| !c.is_alphanumeric());
    let common = common.strip_suffix("ipv").or_else(|| common.strip_suffix("IPv")).unwrap_or(common);
    let common = common.trim_end_matches(|c: char| !c.is_alphanumeric());
    if common.is_empty() { first } else { common.to_owned() }
}

/// Reads the files of one source, each into a source of its own, so that messages name the file and its line.
struct Reading<'a> {
    spec: &'a Spec,
    tolerant: bool,
    progress: &'a Progress,
}

struct OneFile<'a> {
    path: &'a str,
    format: &'static str,
    source: Source,
}

impl<'a> Reading<'a> {
    fn files(&self) -> Result<Vec<OneFile<'a>>, Failure> {
        let mut read = Vec::new();
        let (mut blocks, mut locations) = (Vec::new(), None);
        for path in &self.spec.files {
            let input = Input::open(path, self.progress)?;
            let kind = match &self.spec.format {
                Some(format) if *format != Format::Maxmind => Kind::Whole(format.clone()),
                // Where the networks of an exclusion are does not matter.
                None if self.spec.is_excluding && lists_networks(&input.head) => Kind::Whole(Format::Zone(Region::UNKNOWN)),
                named => match recognize(path, &input.head).map_err(Failure::wrong)? {
                    // A file of another format than was named.
                    Kind::Whole(_) if named.is_some() => Kind::Whole(Format::Maxmind),
                    kind => kind,
                },
            };
            match kind {
                Kind::Whole(format) => read.push(self.whole(path, input, format)?),
                Kind::Blocks => blocks.push((path, input)),
                Kind::Locations if locations.is_some() => {
                    let name = input::name(path);
                    return Err(Failure::unusable(format_args!("{name} is a second file of locations: name one, of any language")));
                }
                Kind::Locations => locations = Some((path, input.bytes(path)?)),
            }
        }
        let found = (blocks.first().map(|(path, _)| path.as_str()), locations.as_ref().map(|(path, _)| path.as_str()));
        both_halves(found)?;
        let (_, locations) = locations.unzip();
        for (path, input) in blocks {
            let locations = locations.as_deref().unwrap_or_default();
            let source = self.load(path).maxmind_csv(input.reader(), locations);
            read.push(one(path, "maxmind", source)?);
        }
        Ok(read)
    }

    fn whole(&self, path: &'a str, input: Input<'_>, format: Format) -> Result<OneFile<'a>, Failure> {
        let name = format.name();
        let load = self.load(path);
        let source = match format {
            Format::Range => load.range_csv(input.reader()),
            Format::Cidr => load.cidr_csv(input.reader()),
            Format::Zone(region) => load.zone(region, input.reader()),
            Format::Geofeed => load.geofeed(input.reader()),
            Format::Rir => load.rir(input.reader()),
            Format::Mmdb(None) => load.mmdb(input.bytes(path)?),
            Format::Mmdb(Some(keys)) => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                load.country_path(&keys).mmdb(input.bytes(path)?)
            }
            Format::Maxmind => {
                let name = input::name(path);
                return Err(Failure::wrong(format_args!("{name} is no CSV file of MaxMind: see `bailiwick check --help`")));
            }
        };
        one(path, name, source)
    }

    fn load(&self, path: &str) -> Loader {
        let load = Source::loader(path);
        if self.tolerant { load.tolerant() } else { load }
    }
}

/// MaxMind's networks are nothing without its places, nor the other way round.
fn both_halves(found: (Option<&str>, Option<&str>)) -> Result<(), Failure> {
    match found {
        (Some(path), None) => Err(Failure::unusable(format_args!(
            "{} has the networks of MaxMind, and no countries: name its locations, too, as in `--geo {path},LOCATIONS`",
            input::name(path),
        ))),
        (None, Some(path)) => Err(Failure::unusable(format_args!(
            "{} has the places of MaxMind, and no networks: name its blocks, too, as in `--geo BLOCKS,{path}`",
            input::name(path),
        ))),
        _ => Ok(()),
    }
}

fn one<'a>(path: &'a str, format: &'static str, source: Result<Source, SourceError>) -> Result<OneFile<'a>, Failure> {
    let source = source.map_err(|error| unloaded(path, format, error))?;
    if source.load_report().rows() == 0 {
        let name = input::name(path);
        return Err(Failure::wrong(format_args!("{name} has no rows (it was read as {format}): name a file with geo data")));
    }
    Ok(OneFile { path, format, source })
}

fn unloaded(path: &str, format: &str, error: SourceError) -> Failure {
    let name = input::name(path);
    match error {
        SourceError::Line { line, error, .. } => Failure::wrong(format_args!(
            "{name}, line {line}: {error} (it was read as {format}; `--tolerant` passes over bad lines)"
        )),
        SourceError::Read { error, .. } => input::unreadable(path, &error),
        SourceError::Mmdb { error, .. } => {
            let hint = matches!(error, bailiwick::geo::MmdbError::NoCountry { .. });
            let hint = if hint { format!(" (as in `--geo mmdb:country_code:{path}`)") } else { String::new() };
            Failure::wrong(format_args!("{name}: {error}{hint}"))
        }
        other => Failure::wrong(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(specs: &[&str]) -> Vec<String> {
        let specs: Vec<Spec> = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        names(&specs)
    }

    #[test]
    fn sources_are_named_after_what_their_files_have_in_common() {
        assert_eq!(names_of(&["data/geo-ipv4.csv.gz,data/geo-ipv6.csv.gz", "x/asn.mmdb"]), ["geo", "asn"]);
        assert_eq!(names_of(&["GeoLite2-Blocks-IPv4.csv,GeoLite2-Blocks-IPv6.csv"]), ["GeoLite2-Blocks"]);
        assert_eq!(names_of(&["a.csv,b.csv", "-", "ours=c.csv"]), ["a", "stdin", "ours"]);
        assert_eq!(names_of(&["x/geo.csv", "y/geo.csv"]), ["x/geo.csv", "y/geo.csv"]);
    }
}
