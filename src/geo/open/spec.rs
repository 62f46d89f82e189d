//! The text that names a source: `[exclude:][NAME=][FORMAT:]FILE[,FILE…]`.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use crate::geo::error::{STDIN, SpecError};
use crate::region::Region;
use crate::text::quote::excerpt;

/// A source as people name it: `[exclude:][NAME=][FORMAT:]FILE[,FILE…]`.
///
/// The files of one provider make one source when a comma joins them. `-` is standard input. A text that is the path of a file is that
/// file, whatever characters it has. Formats are `range:`, `range:COLUMN:`, `cidr:`, `cidr:COLUMN:`, `zone:REGION:`, `geofeed:`, `rir:`,
/// `maxmind:BLOCKS:LOCATIONS`, `mmdb:` and `mmdb:PATH:`, where `PATH` is the path of the country's code in a record, with dots, and empty
/// for a record that is itself the code. Without one the format is recognised.
///
/// ```
/// use bailiwick::geo::SourceSpec;
///
/// let spec: SourceSpec = "exclude:relays=cidr:egress.csv".parse()?;
/// assert!(spec.is_excluding());
/// assert_eq!(spec.name(), "relays");
/// # Ok::<(), bailiwick::geo::SpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    pub(super) is_excluding: bool,
    pub(super) name: Option<String>,
    /// `None` when it is to be recognised.
    pub(super) format: Option<Format>,
    /// At least one.
    pub(super) files: Vec<String>,
}

/// A published format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// With the column of the code, where it was named.
    Range(Option<usize>),
    Cidr(Option<usize>),
    Zone(Region),
    Geofeed,
    Rir,
    Maxmind,
    /// With the keys that lead to the country, where they were named.
    Mmdb(Option<Vec<String>>),
}

/// The names of the formats, and how they are written.
pub(super) const FORMATS: [(&str, &str); 7] = [
    ("range", "range:FILE"),
    ("cidr", "cidr:FILE"),
    ("zone", "zone:REGION:FILE"),
    ("geofeed", "geofeed:FILE"),
    ("rir", "rir:FILE"),
    ("maxmind", "maxmind:BLOCKS:LOCATIONS"),
    ("mmdb", "mmdb:FILE"),
];

impl Format {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Format::Range(_) => "range",
            Format::Cidr(_) => "cidr",
            Format::Zone(_) => "zone",
            Format::Geofeed => "geofeed",
            Format::Rir => "rir",
            Format::Maxmind => "maxmind",
            Format::Mmdb(_) => "mmdb",
        }
    }
}

impl SourceSpec {
    /// Whether the source is a list of addresses that are no evidence of a place.
    #[must_use]
    pub fn is_excluding(&self) -> bool {
        self.is_excluding
    }

    /// The same source as a list of addresses that are no evidence of a place.
    #[must_use]
    pub fn excluding(mut self) -> SourceSpec {
        self.is_excluding = true;
        self
    }

    /// The same source under that name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> SourceSpec {
        self.name = Some(name.into());
        self
    }

    /// The name of the source: as given, or else the common part of the names of its files.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| short_name(&self.files))
    }

    /// The paths of its files, in the given sequence. `-` is standard input.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Names for several sources: as given, or else short ones, or whole paths where the short ones are equal.
    #[must_use]
    pub fn names(specs: &[SourceSpec]) -> Vec<String> {
        let short: Vec<String> = specs.iter().map(SourceSpec::name).collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        short.iter().for_each(|name| *times.entry(name).or_default() += 1);
        let is_unique = |name: &str| times.get(name) == Some(&1);
        let name = |(spec, short): (&SourceSpec, &String)| {
            if spec.name.is_some() || is_unique(short) { short.clone() } else { spec.files.join(",") }
        };
        specs.iter().zip(&short).map(name).collect()
    }
}

/// The common part of the names of files, without folders and extensions: `geo` for `data/geo-ipv4.csv.gz,data/geo-ipv6.csv.gz`.
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
    // A name of nothing but an extension is no name of a source.
    if first.is_empty() {
        return files.join(",");
    }
    if files.len() == 1 {
        return if first == STDIN { "stdin".to_owned() } else { first };
    }
    let common = common.trim_end_matches(|c: char| !c.is_alphanumeric());
    let common = common.strip_suffix("ipv").or_else(|| common.strip_suffix("IPv")).unwrap_or(common);
    let common = common.trim_end_matches(|c: char| !c.is_alphanumeric());
    if common.is_empty() { first } else { common.to_owned() }
}

impl FromStr for SourceSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<SourceSpec, SpecError> {
        parse(text, |path| Path::new(path).exists())
    }
}

/// Reads a text. One that is the path of a file is that file.
fn parse(text: &str, exists: impl Fn(&str) -> bool) -> Result<SourceSpec, SpecError> {
    if let Some(rest) = text.strip_prefix("exclude:").filter(|_| !exists(text)) {
        return parse(rest, exists).map(SourceSpec::excluding);
    }
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '\\', ':', ',']);
    let (name, rest) = match text.split_once('=') {
        Some((name, rest)) if is_name(name) && !exists(text) => (Some(name.to_owned()), rest),
        _ => (None, text),
    };
    let (format, files) = match rest.split_once(':') {
        Some((word, rest_of_it)) if !exists(rest) && is_word(word) => format(word, rest_of_it, &exists)?,
        _ => (None, rest),
    };
    let separators: &[char] = if format == Some(Format::Maxmind) { &[',', ':'] } else { &[','] };
    let files: Vec<String> =
        if exists(files) { vec![files.to_owned()] } else { files.split(separators).map(str::to_owned).collect() };
    if files.iter().any(String::is_empty) {
        return Err(SpecError::NoFile);
    }
    Ok(SourceSpec { is_excluding: false, name, format, files })
}

/// Whether a text can be a format's name. One letter before a colon is a drive of Windows.
fn is_word(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn format<'a>(word: &str, rest: &'a str, exists: &impl Fn(&str) -> bool) -> Result<(Option<Format>, &'a str), SpecError> {
    let format = match word {
        "range" => return with_column("range", 2, rest, exists, Format::Range),
        "cidr" => return with_column("cidr", 2, rest, exists, Format::Cidr),
        "geofeed" => Format::Geofeed,
        "rir" => Format::Rir,
        "maxmind" => Format::Maxmind,
        "zone" => {
            let (region, rest) = rest.split_once(':').ok_or(SpecError::NoRegion)?;
            return Ok((Some(Format::Zone(region.parse()?)), rest));
        }
        "mmdb" => match rest.split_once(':') {
            Some((path, file)) if !exists(rest) && !path.contains(['/', '\\']) && path.len() != 1 => {
                let keys = path.split('.').filter(|_| !path.is_empty()).map(str::to_owned).collect();
                return Ok((Some(Format::Mmdb(Some(keys))), file));
            }
            _ => Format::Mmdb(None),
        },
        "http" | "https" | "ftp" => return Err(SpecError::Network),
        "exclude" => return Err(SpecError::ExcludeFirst),
        other => return Err(unknown(other)),
    };
    Ok((Some(format), rest))
}

/// A format whose code column may be named: `range:3:FILE`.
fn with_column<'a>(
    name: &'static str,
    first: usize,
    rest: &'a str,
    exists: &impl Fn(&str) -> bool,
    format: fn(Option<usize>) -> Format,
) -> Result<(Option<Format>, &'a str), SpecError> {
    match rest.split_once(':') {
        Some((column, file)) if !exists(rest) && column.bytes().all(|b| b.is_ascii_digit()) => {
            let number = column.parse().ok().filter(|number| (first..1000).contains(number));
            let wrong = || SpecError::Column { text: excerpt(column), first, format: name };
            Ok((Some(format(Some(number.ok_or_else(wrong)?))), file))
        }
        _ => Ok((Some(format(None)), rest)),
    }
}

fn unknown(word: &str) -> SpecError {
    let near = |&&(name, _): &&(&str, &str)| strsim::damerau_levenshtein(word, name) <= 2;
    let meant = FORMATS.iter().find(near).map(|&(name, _)| name);
    let formats: Vec<&str> = FORMATS.iter().map(|&(name, _)| name).collect();
    SpecError::Format { word: excerpt(word), meant, formats: formats.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Result<SourceSpec, SpecError> {
        parse(text, |path| ["it=is:one,file", "with:colon.mmdb", "4:x.csv", "exclude:x"].contains(&path))
    }

    fn of(name: Option<&str>, format: Option<Format>, files: &[&str]) -> Result<SourceSpec, SpecError> {
        let files = files.iter().map(|&file| file.to_owned()).collect();
        Ok(SourceSpec { is_excluding: false, name: name.map(str::to_owned), format, files })
    }

    #[test]
    fn sources_are_read() {
        let cn = "CN".parse().unwrap();
        assert_eq!(spec("geo.csv"), of(None, None, &["geo.csv"]));
        assert_eq!(spec("-"), of(None, None, &["-"]));
        assert_eq!(spec("v4.csv.gz,v6.csv.gz"), of(None, None, &["v4.csv.gz", "v6.csv.gz"]));
        assert_eq!(spec("ours=v4.csv,v6.csv"), of(Some("ours"), None, &["v4.csv", "v6.csv"]));
        assert_eq!(spec("geofeed:feed"), of(None, Some(Format::Geofeed), &["feed"]));
        assert_eq!(spec("range:3:x.csv"), of(None, Some(Format::Range(Some(3))), &["x.csv"]));
        assert_eq!(spec("cidr:x.csv"), of(None, Some(Format::Cidr(None)), &["x.csv"]));
        assert_eq!(spec("ours=zone:cn:a.txt,b.txt"), of(Some("ours"), Some(Format::Zone(cn)), &["a.txt", "b.txt"]));
        assert_eq!(spec("maxmind:blocks.csv:locations.csv"), of(None, Some(Format::Maxmind), &["blocks.csv", "locations.csv"]));
        assert_eq!(spec("maxmind:4.csv,6.csv,l.csv"), of(None, Some(Format::Maxmind), &["4.csv", "6.csv", "l.csv"]));
        assert_eq!(spec("mmdb:geo.mmdb"), of(None, Some(Format::Mmdb(None)), &["geo.mmdb"]));
        let keys = vec!["country".to_owned(), "code".to_owned()];
        assert_eq!(spec("mmdb:country.code:geo.mmdb"), of(None, Some(Format::Mmdb(Some(keys))), &["geo.mmdb"]));
        assert_eq!(spec("mmdb::geo.mmdb"), of(None, Some(Format::Mmdb(Some(vec![]))), &["geo.mmdb"]));
        assert_eq!(spec("mmdb:with:colon.mmdb"), of(None, Some(Format::Mmdb(None)), &["with:colon.mmdb"]));
        assert_eq!(spec(r"C:\geo\v4.csv"), of(None, None, &[r"C:\geo\v4.csv"]));
        assert_eq!(spec("dir/a=b.csv"), of(None, None, &["dir/a=b.csv"]));
        assert_eq!(spec("it=is:one,file"), of(None, None, &["it=is:one,file"]));
        assert_eq!(spec("exclude:x"), of(None, None, &["exclude:x"]));
        // What looks like a name, a path of keys or a column, and is a part of a file's name.
        assert_eq!(spec("=x.csv"), of(None, None, &["=x.csv"]));
        assert_eq!(spec("mmdb:dir/a:b.mmdb"), of(None, Some(Format::Mmdb(None)), &["dir/a:b.mmdb"]));
        assert_eq!(spec(r"mmdb:dir\a:b.mmdb"), of(None, Some(Format::Mmdb(None)), &[r"dir\a:b.mmdb"]));
        assert_eq!(spec("mmdb:D:geo.mmdb"), of(None, Some(Format::Mmdb(None)), &["D:geo.mmdb"]));
        assert_eq!(spec("range:D:x.csv"), of(None, Some(Format::Range(None)), &["D:x.csv"]));
        assert_eq!(spec("cidr:4:x.csv"), of(None, Some(Format::Cidr(None)), &["4:x.csv"]));
        assert_eq!(spec("exclude:tor=zone:ZZ:exits"), spec("tor=zone:ZZ:exits").map(SourceSpec::excluding));
    }

    #[test]
    fn a_source_tells_its_files_and_whether_it_excludes() {
        for (text, is_excluding) in [("a.csv,b.csv", false), ("exclude:a.csv,b.csv", true), ("exclude:x=zone:CN:a.csv,b.csv", true)]
        {
            let spec = spec(text).unwrap();
            assert_eq!(spec.is_excluding(), is_excluding, "{text}");
            assert_eq!(spec.files(), ["a.csv", "b.csv"], "{text}");
            assert!(spec.excluding().is_excluding(), "{text}");
        }
    }

    #[test]
    fn anything_else_says_what_to_write() {
        let cases = [
            ("geofed:x.csv", "`geofed` is no format: did you mean `geofeed`?"),
            ("excel:x.csv", "`excel` is no format (the formats are range, cidr,"),
            ("zone:cn.txt", "write `zone:REGION:FILE`"),
            ("zone:UK:uk.txt", "did you mean `GB`?"),
            ("range:1:x.csv", "write a number from 2 to 999, such as `range:2:FILE`"),
            ("tor=exclude:x.csv", "write `exclude:NAME=FORMAT:FILE`"),
            ("https://example.org/geo.csv", "download it"),
            ("a.csv,,b.csv", "a file's name is missing"),
            ("", "a file's name is missing"),
            ("name=", "a file's name is missing"),
            ("exclude:", "a file's name is missing"),
        ];
        for (text, message) in cases {
            let error = spec(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn sources_are_named_after_what_their_files_have_in_common() {
        let names_of = |specs: &[&str]| SourceSpec::names(&specs.iter().map(|text| spec(text).unwrap()).collect::<Vec<_>>());
        assert_eq!(names_of(&["data/geo-ipv4.csv.gz,data/geo-ipv6.csv.gz", "x/asn.mmdb"]), ["geo", "asn"]);
        assert_eq!(names_of(&["GeoLite2-Blocks-IPv4.csv,GeoLite2-Blocks-IPv6.csv"]), ["GeoLite2-Blocks"]);
        assert_eq!(names_of(&["geo1.csv,geo2.csv", "x-1.csv,x-2.csv"]), ["geo", "x"]);
        assert_eq!(names_of(&["a.csv,b.csv", "-", "ours=c.csv"]), ["a", "stdin", "ours"]);
        assert_eq!(names_of(&["x/geo.csv", "y/geo.csv"]), ["x/geo.csv", "y/geo.csv"]);
        for (files, name) in [("x/.csv", "x/.csv"), ("y/.csv,y/geo.csv", "y/.csv,y/geo.csv"), ("y/geo.csv,y/.csv", "geo")] {
            assert_eq!(names_of(&[files]), [name]);
        }
    }
}
