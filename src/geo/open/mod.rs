//! Opening geo files as people name them.

pub(in crate::geo) mod gunzip;
mod input;
mod recognize;
mod spec;

use std::fmt::{self, Debug};

pub use self::gunzip::gunzip;
use self::input::{Input, Progress};
use self::recognize::{Kind, check, recognize};
use self::spec::Format;
pub use self::spec::SourceSpec;
use super::error::{FileError, SourceError};
use super::load_report::LoadReport;
use super::loader::{Loader, MAX_ROWS};
use super::source::Source;

/// Options of opening geo files.
///
/// ```no_run
/// use bailiwick::geo::OpenOptions;
///
/// let opened = OpenOptions::new().tolerant(true).open(&"geo-ipv4.csv.gz,geo-ipv6.csv.gz".parse()?)?;
/// for file in &opened.files {
///     println!("{} ({}): {}", file.path, file.format, file.load_report);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default)]
#[must_use]
pub struct OpenOptions<'a> {
    tolerant: bool,
    progress: Option<Progress<'a>>,
}

/// A source that was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The source, of all files together.
    pub source: Source,
    /// The files, in the sequence in which they were loaded.
    pub files: Vec<OpenedFile>,
}

/// A file of a source that was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenedFile {
    /// The path; `-` for standard input.
    pub path: String,
    /// The name of the format, as it is written before the path.
    pub format: &'static str,
    /// The result of loading it.
    pub load_report: LoadReport,
}

impl Source {
    /// Opens a source as people name it: `[exclude:][NAME=][FORMAT:]FILE[,FILE…]`, with the feature `files`. See [`SourceSpec`].
    ///
    /// Files are recognised, and decompressed where gzip wrote them. [`OpenOptions`] has more choices.
    ///
    /// # Errors
    ///
    /// A text that names no source, and a file that cannot be opened, recognised or loaded, or has no rows. A compressed file may
    /// have at most 33,554,432 rows.
    ///
    /// ```no_run
    /// # use bailiwick::{Atlas, Source};
    /// let atlas = Atlas::builder()
    ///     .source(Source::open("GeoLite2-Country-Blocks-IPv4.csv,GeoLite2-Country-Locations-en.csv")?)
    ///     .source(Source::open("exclude:tor=exits.txt")?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(spec: &str) -> Result<Source, SourceError> {
        let spec: SourceSpec = spec.parse().map_err(|error| SourceError::Spec { error })?;
        OpenOptions::new().open(&spec).map(|opened| opened.source)
    }
}

impl<'a> OpenOptions<'a> {
    /// Options for a strict load.
    pub fn new() -> OpenOptions<'a> {
        OpenOptions::default()
    }

    /// Sets whether the load is [tolerant](Loader::tolerant). The load of an excluding source never is: a lost line may block
    /// somebody.
    pub fn tolerant(mut self, tolerant: bool) -> OpenOptions<'a> {
        self.tolerant = tolerant;
        self
    }

    /// Reports progress: the file's path, how many bytes of it were read, and its length, where it has one.
    pub fn progress(mut self, progress: &'a dyn Fn(&str, u64, Option<u64>)) -> OpenOptions<'a> {
        self.progress = Some(progress);
        self
    }

    /// Opens a source.
    ///
    /// # Errors
    ///
    /// As [`Source::open`].
    pub fn open(&self, spec: &SourceSpec) -> Result<Opened, SourceError> {
        self.open_as(spec, spec.name())
    }

    /// Opens several sources. Those without a name of their own whose files have the same name are named by their whole paths.
    ///
    /// # Errors
    ///
    /// As [`Source::open`].
    pub fn open_all(&self, specs: &[SourceSpec]) -> Result<Vec<Opened>, SourceError> {
        specs.iter().zip(SourceSpec::names(specs)).map(|(spec, name)| self.open_as(spec, name)).collect()
    }

    fn open_as(&self, spec: &SourceSpec, name: String) -> Result<Opened, SourceError> {
        let loading = Loading { spec, tolerant: self.tolerant && !spec.is_excluding, progress: self.progress };
        let loaded = loading.files()?;
        let file = |file: &Loaded<'_>| OpenedFile {
            path: file.path.to_owned(),
            format: file.format,
            load_report: file.source.load_report().clone(),
        };
        let files = loaded.iter().map(file).collect();
        let source = Source::joined(name, loaded.into_iter().map(|file| file.source));
        // A row of one file may be wider than a refused line of another.
        source.check_refused()?;
        Ok(Opened { source: if spec.is_excluding { source.excluding() } else { source }, files })
    }
}

impl Debug for OpenOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions").field("tolerant", &self.tolerant).finish_non_exhaustive()
    }
}

/// The loading of one source. Each file is loaded into a source of its own, so that messages name the file and its line.
struct Loading<'a> {
    spec: &'a SourceSpec,
    tolerant: bool,
    progress: Option<Progress<'a>>,
}

struct Loaded<'a> {
    path: &'a str,
    format: &'static str,
    source: Source,
}

impl<'a> Loading<'a> {
    fn files(&self) -> Result<Vec<Loaded<'a>>, SourceError> {
        let mut loaded = Vec::new();
        let (mut blocks, mut locations) = (Vec::new(), None);
        for path in &self.spec.files {
            let in_file = |error| SourceError::File { path: path.clone(), error };
            let input = Input::open(path, self.progress).map_err(in_file)?;
            match self.kind(path, &input).map_err(in_file)? {
                Kind::Whole(format) => loaded.push(self.whole(path, input, &format).map_err(in_file)?),
                Kind::Blocks => blocks.push((path, input)),
                Kind::Locations if locations.is_some() => return Err(in_file(FileError::SecondLocations)),
                Kind::Locations => locations = Some((path, input.bytes().map_err(in_file)?)),
            }
        }
        both_halves(blocks.first().map(|&(path, _)| path), locations.as_ref().map(|&(path, _)| path))?;
        let locations = locations.map(|(_, bytes)| bytes).unwrap_or_default();
        for (path, input) in blocks {
            let source = self.loader(path, &input).maxmind_csv(input.reader(), locations.as_slice());
            let in_file = |error| SourceError::File { path: path.to_owned(), error };
            loaded.push(finished(path, "maxmind", source).map_err(in_file)?);
        }
        Ok(loaded)
    }

    /// The kind of a file: the format that was named, or the one that is recognised.
    fn kind(&self, path: &str, input: &Input<'_>) -> Result<Kind, FileError> {
        check(&input.head)?;
        let named = match &self.spec.format {
            Some(format) if *format != Format::Maxmind => return Ok(Kind::Whole(format.clone())),
            named => named.is_some(),
        };
        match recognize(path, &input.head, input.is_complete, self.spec.is_excluding) {
            Ok(Kind::Whole(_)) | Err(_) if named => Err(FileError::NotMaxmind),
            recognized => recognized,
        }
    }

    fn whole(&self, path: &'a str, input: Input<'a>, format: &Format) -> Result<Loaded<'a>, FileError> {
        let loader = self.loader(path, &input);
        let source = match format {
            Format::Range(column) => with_column(loader, *column).range_csv(input.reader()),
            Format::Cidr(column) => with_column(loader, *column).cidr_csv(input.reader()),
            Format::Zone(region) => loader.zone(*region, input.reader()),
            Format::Geofeed => loader.geofeed(input.reader()),
            Format::Rir => loader.rir(input.reader()),
            Format::Mmdb(None) => loader.mmdb(input.bytes()?),
            Format::Mmdb(Some(keys)) => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                loader.country_path(&keys).mmdb(input.bytes()?)
            }
            Format::Maxmind => return Err(FileError::NotMaxmind),
        };
        finished(path, format.name(), source)
    }

    fn loader(&self, path: &str, input: &Input<'_>) -> Loader {
        let loader = Source::loader(path);
        let loader = if input.is_compressed { loader.at_most(MAX_ROWS) } else { loader };
        if self.tolerant { loader.tolerant() } else { loader }
    }
}

fn with_column(loader: Loader, column: Option<usize>) -> Loader {
    match column {
        Some(column) => loader.code_column(column),
        None => loader,
    }
}

/// Returns an error when only MaxMind's networks or only its places are given.
fn both_halves(blocks: Option<&String>, locations: Option<&String>) -> Result<(), SourceError> {
    match (blocks, locations) {
        (Some(path), None) => Err(SourceError::File { path: path.clone(), error: FileError::NoLocations { path: path.clone() } }),
        (None, Some(path)) => Err(SourceError::File { path: path.clone(), error: FileError::NoBlocks { path: path.clone() } }),
        _ => Ok(()),
    }
}

fn finished<'a>(path: &'a str, format: &'static str, source: Result<Source, SourceError>) -> Result<Loaded<'a>, FileError> {
    let source = source.map_err(|error| match error {
        SourceError::Read { error, .. } => FileError::read(error),
        error => FileError::Load { format, path: path.to_owned(), error: Box::new(error) },
    })?;
    if source.load_report().rows() == 0 {
        return Err(FileError::NoRows { format });
    }
    Ok(Loaded { path, format, source })
}
