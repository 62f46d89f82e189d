//! Errors of filling a source and of loading its files.

#[cfg(feature = "files")]
use std::fmt::{self, Display};
#[cfg(feature = "files")]
use std::io::{self, ErrorKind};

use super::line::{At, LineError, Refused};
#[cfg(feature = "mmdb")]
use super::mmdb::MmdbError;
#[cfg(feature = "files")]
use super::spec::SpecError;
#[cfg(feature = "files")]
use crate::geo::open::gunzip::GunzipError;
use crate::net::address::RangeError;
use crate::text::quote::Quoted;

/// The name of standard input, where a file is asked for.
#[cfg(feature = "files")]
pub(in crate::geo) const STDIN: &str = "-";

/// Why a source could not be filled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Two addresses that are not the ends of a range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A line of a file that cannot be read.
    #[error("source {}, {}: {error}", Quoted(source_name), At { line: *line, part: *part })]
    Line {
        /// The name of the source.
        source_name: String,
        /// The file, when a source has several: `locations`. `None` for the file of the networks.
        part: Option<&'static str>,
        /// The number of the line, from 1.
        line: u64,
        /// The error.
        #[source]
        error: LineError,
    },
    /// The reader failed.
    #[error("source {}, after {}: {error}", Quoted(source_name), At { line: *line, part: *part })]
    Read {
        /// The name of the source.
        source_name: String,
        /// The file, when a source has several: `locations`. `None` for the file of the networks.
        part: Option<&'static str>,
        /// The number of lines that were read before.
        line: u64,
        /// The reader's error.
        #[source]
        error: std::io::Error,
    },
    /// A line that a tolerant load refused, whose addresses cannot be read, in a source with rows that overlap.
    #[error(
        "source {}, {refused}; a wider row might speak for addresses of this line, which cannot be read, so it is not passed over: correct or delete it",
        Quoted(source_name)
    )]
    Unreadable {
        /// The name of the source.
        source_name: String,
        /// The line.
        refused: Box<Refused>,
    },
    /// A tolerant load that refused every line.
    #[error("source {}: all of its {rows} lines are refused, the first being {first}", Quoted(source_name))]
    AllRefused {
        /// The name of the source.
        source_name: String,
        /// The number of lines that were refused.
        rows: u64,
        /// The first of them.
        first: Box<Refused>,
    },
    /// More rows than a compressed file may have.
    #[error("source {}: the file has more than {limit} rows: decompress it first if that is right", Quoted(source_name))]
    TooManyRows {
        /// The name of the source.
        source_name: String,
        /// The limit.
        limit: usize,
    },
    /// Fewer rows than the file itself declares.
    #[error(
        "source {} is cut off: it has {found} of the {expected} records that it says it has, so get it from its publisher again",
        Quoted(source_name)
    )]
    CutOff {
        /// The name of the source.
        source_name: String,
        /// The number of records found.
        found: u64,
        /// The number that the version line or the summary lines declare.
        expected: u64,
    },
    /// A text that does not name a source.
    #[cfg(feature = "files")]
    #[error("{error}")]
    Spec {
        /// The error of the text.
        #[source]
        error: SpecError,
    },
    /// A file that cannot be loaded.
    #[cfg(feature = "files")]
    #[error("{}", NamedFile { path, error })]
    File {
        /// The file's path; `-` for standard input.
        path: String,
        /// Why it cannot.
        #[source]
        error: FileError,
    },
    /// A MaxMind DB that cannot be read.
    #[cfg(feature = "mmdb")]
    #[error("source {}: {error}", Quoted(source_name))]
    Mmdb {
        /// The name of the source.
        source_name: String,
        /// The error.
        #[source]
        error: MmdbError,
    },
}

#[cfg(feature = "files")]
/// Why a file of a source cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {}", Reason(error))]
    Read {
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// The compressed file ends early.
    #[error("ends before it is complete: get the file again")]
    CutOff,
    /// A directory.
    #[error("is a directory: name a file in it")]
    Directory,
    /// More bytes than are held in memory.
    #[error("has more than {limit} bytes: is this the right file?")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// An empty file, or one with only blanks.
    #[error("is empty: name a file with geo data")]
    Empty,
    /// Several files in one.
    #[error("is {kind}: unpack it, and name the files in it")]
    Archive {
        /// The kind of archive.
        kind: &'static str,
    },
    /// A compression other than gzip.
    #[error("is compressed with {kind}, and only gzip is read: decompress it first, with `{command}`, and name the result")]
    Compressed {
        /// The program's name.
        kind: &'static str,
        /// The command that decompresses a file.
        command: &'static str,
    },
    /// A compiled atlas, which is not a source but what comes of sources.
    #[error("is a compiled atlas, as bundles have one: name the geo files that it was compiled from")]
    CompiledAtlas,
    /// Text in UTF-16 or UTF-32.
    #[error("is {encoding} text: save it as UTF-8")]
    Unicode {
        /// The name of the encoding.
        encoding: &'static str,
    },
    /// A page of the web, as a server sends it in place of a file.
    #[error("is a web page or XML, as servers send it in place of a file: download the file again, and look at what was sent")]
    Page,
    /// JSON, as clouds publish their ranges.
    #[error("is JSON, which is not read: write its networks one a line, as with `jq`, and name the result")]
    Json,
    /// A text without a line of a known format.
    #[error("is not recognised, as it has {}: name its format, as one of {formats}", First(line.as_deref()))]
    Unrecognised {
        /// The first line with content.
        line: Option<String>,
        /// The names of all formats, as they are written.
        formats: String,
    },
    /// A list of networks without a region.
    #[error("lists networks, and does not say where they are: write `zone:REGION:{path}`, or `exclude:{path}` for no place")]
    NoRegion {
        /// The file's path.
        path: String,
    },
    /// A file named as MaxMind's that is not.
    #[error("is no CSV file of MaxMind: name it without `maxmind:`, so that its format is recognised")]
    NotMaxmind,
    /// MaxMind's networks without its places.
    #[error("has the networks of MaxMind, and no countries: name its locations, too, as in `{path},LOCATIONS`")]
    NoLocations {
        /// The file's path.
        path: String,
    },
    /// MaxMind's places without its networks.
    #[error("has the places of MaxMind, and no networks: name its blocks, too, as in `BLOCKS,{path}`")]
    NoBlocks {
        /// The file's path.
        path: String,
    },
    /// A second file of MaxMind's places.
    #[error("is a second file of locations: name one, of any language")]
    SecondLocations,
    /// No row in the whole file.
    #[error("has no rows (it was read as {format}): name a file with geo data")]
    NoRows {
        /// The name of the format.
        format: &'static str,
    },
    /// An error of the format's reader.
    #[error("{error} (it was read as {format}{})", Layout { error, path })]
    Load {
        /// The name of the format.
        format: &'static str,
        /// The file's path.
        path: String,
        /// The error.
        #[source]
        error: Box<SourceError>,
    },
}

#[cfg(feature = "files")]
impl FileError {
    /// Whether the error is in the content of the file, and not in how it was named or opened.
    #[must_use]
    pub fn is_in_content(&self) -> bool {
        match self {
            FileError::Read { .. }
            | FileError::CutOff
            | FileError::Directory
            | FileError::TooLarge { .. }
            | FileError::NoLocations { .. }
            | FileError::NoBlocks { .. }
            | FileError::SecondLocations => false,
            FileError::Load { error, .. } => !matches!(**error, SourceError::Read { .. }),
            _ => true,
        }
    }

    pub(in crate::geo) fn read(error: io::Error) -> FileError {
        match error.kind() {
            ErrorKind::UnexpectedEof => FileError::CutOff,
            _ => FileError::Read { error },
        }
    }
}

#[cfg(feature = "files")]
/// A path as messages name it, with what is wrong.
struct NamedFile<'a> {
    path: &'a str,
    error: &'a FileError,
}

#[cfg(feature = "files")]
impl Display for NamedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            // The reader's error has the file and the line.
            FileError::Load { .. } => {
                let text = self.error.to_string();
                f.write_str(text.strip_prefix("source ").unwrap_or(&text))
            }
            error if self.path == STDIN => write!(f, "standard input {error}"),
            error => write!(f, "{} {error}", Quoted(self.path)),
        }
    }
}

#[cfg(feature = "files")]
struct Reason<'a>(&'a io::Error);

#[cfg(feature = "files")]
impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            ErrorKind::NotFound => f.write_str("there is no such file"),
            ErrorKind::PermissionDenied => f.write_str("you have no permission to"),
            // A message of ours has nothing of the file in it.
            _ if self.0.get_ref().is_some_and(|error| error.is::<GunzipError>()) => self.0.fmt(f),
            _ => Quoted(&self.0.to_string()).fmt(f),
        }
    }
}

#[cfg(feature = "files")]
struct First<'a>(Option<&'a str>);

#[cfg(feature = "files")]
impl Display for First<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, "the line {}", Quoted(line)),
            None => f.write_str("only comments"),
        }
    }
}

#[cfg(feature = "files")]
/// The hint on how to name the path of a database's code.
struct Layout<'a> {
    error: &'a SourceError,
    path: &'a str,
}

#[cfg(feature = "files")]
impl Display for Layout<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            SourceError::Mmdb { error: MmdbError::NoCountry { seen, .. }, .. } => match seen.first() {
                Some(seen) => write!(f, "; write `mmdb:{seen}:{}`", self.path),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[cfg(all(test, feature = "files"))]
mod tests {
    use super::*;

    fn refused() -> SourceError {
        SourceError::Line { source_name: "x.csv".to_owned(), part: None, line: 7, error: LineError::NotText }
    }

    fn unread() -> SourceError {
        SourceError::Read { source_name: "x.csv".to_owned(), part: None, line: 7, error: io::Error::other("no disk") }
    }

    fn load(error: SourceError) -> FileError {
        FileError::Load { format: "range", path: "x.csv".to_owned(), error: Box::new(error) }
    }

    /// Each error, whether it is in the content of the file, and its text for a file and for standard input.
    #[test]
    fn an_error_names_the_file_and_says_whether_the_content_is_wrong() {
        let path = || "x.csv".to_owned();
        let system = |kind: ErrorKind| FileError::read(kind.into());
        let line = || Some("a,b".to_owned());
        for (error, is_in_content, text) in [
            (system(ErrorKind::NotFound), false, "cannot be read: there is no such file"),
            (system(ErrorKind::PermissionDenied), false, "cannot be read: you have no permission to"),
            (FileError::read(io::Error::other("no\ndisk")), false, "cannot be read: `no\\u{a}disk`"),
            (system(ErrorKind::UnexpectedEof), false, "ends before it is complete: get the file again"),
            (FileError::Directory, false, "is a directory: name a file in it"),
            (FileError::TooLarge { limit: 9 }, false, "has more than 9 bytes: is this the right file?"),
            (
                FileError::NoLocations { path: path() },
                false,
                "has the networks of MaxMind, and no countries: name its locations, too, as in `x.csv,LOCATIONS`",
            ),
            (
                FileError::NoBlocks { path: path() },
                false,
                "has the places of MaxMind, and no networks: name its blocks, too, as in `BLOCKS,x.csv`",
            ),
            (FileError::SecondLocations, false, "is a second file of locations: name one, of any language"),
            (FileError::Empty, true, "is empty: name a file with geo data"),
            (FileError::Archive { kind: "a ZIP archive" }, true, "is a ZIP archive: unpack it, and name the files in it"),
            (FileError::Unicode { encoding: "UTF-16" }, true, "is UTF-16 text: save it as UTF-8"),
            (
                FileError::Unrecognised { line: line(), formats: "range:FILE".to_owned() },
                true,
                "is not recognised, as it has the line `a,b`: name its format, as one of range:FILE",
            ),
            (
                FileError::Unrecognised { line: None, formats: "range:FILE".to_owned() },
                true,
                "is not recognised, as it has only comments: name its format, as one of range:FILE",
            ),
            (
                FileError::NoRegion { path: path() },
                true,
                "lists networks, and does not say where they are: write `zone:REGION:x.csv`, or `exclude:x.csv` for no place",
            ),
            (FileError::NoRows { format: "range" }, true, "has no rows (it was read as range): name a file with geo data"),
        ] {
            assert_eq!(error.is_in_content(), is_in_content, "{error}");
            assert_eq!(error.to_string(), text);
            let named = SourceError::File { path: "x.csv".to_owned(), error };
            assert_eq!(named.to_string(), format!("`x.csv` {text}"));
            let SourceError::File { error, .. } = named else { unreachable!("it was made so") };
            let piped = SourceError::File { path: "-".to_owned(), error };
            assert_eq!(piped.to_string(), format!("standard input {text}"));
        }
    }

    #[test]
    fn an_error_of_a_reader_names_the_file_once() {
        for (error, is_in_content, text) in [
            (refused(), true, "`x.csv`, line 7: the line is not UTF-8 text: save the file as UTF-8 (it was read as range)"),
            (unread(), false, "`x.csv`, after line 7: no disk (it was read as range)"),
        ] {
            let error = load(error);
            assert_eq!(error.is_in_content(), is_in_content, "{error}");
            for path in ["x.csv", "-"] {
                let error =
                    SourceError::File { path: path.to_owned(), error: load(if is_in_content { refused() } else { unread() }) };
                assert_eq!(error.to_string(), text);
            }
        }
    }

    /// The message about damaged data is shown as it is, without quotes.
    #[test]
    fn damaged_data_say_what_to_do() {
        let error = FileError::read(io::Error::new(ErrorKind::InvalidData, GunzipError::Trailing));
        let text = error.to_string();
        assert!(text.starts_with("cannot be read: other bytes follow the data that gzip wrote: get the file again"), "{text}");
        assert!(!error.is_in_content() && !text.contains("`other"), "{text}");
    }
}
