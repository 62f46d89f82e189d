//! The values of `--geo` and `--exclude`: one source, as `[exclude:][NAME=][FORMAT:]FILE[,FILE…]`.

use std::path::Path;
use std::str::FromStr;

use bailiwick::Region;

use bailiwick::Quoted;

/// One source, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Whether the addresses are excluded as evidence of a place.
    pub(crate) is_excluding: bool,
    pub(crate) name: Option<String>,
    /// `None` when it is to be recognised.
    pub(crate) format: Option<Format>,
    /// At least one.
    pub(crate) files: Vec<String>,
}

/// A published format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Range,
    Cidr,
    Zone(Region),
    Geofeed,
    Rir,
    Maxmind,
    /// With the keys that lead to the country, where they are not MaxMind's.
    Mmdb(Option<Vec<String>>),
}

/// How formats are called, and how they are written.
pub(crate) const FORMATS: [(&str, &str); 7] = [
    ("range", "range:FILE"),
    ("cidr", "cidr:FILE"),
    ("zone", "zone:REGION:FILE"),
    ("geofeed", "geofeed:FILE"),
    ("rir", "rir:FILE"),
    ("maxmind", "maxmind:BLOCKS:LOCATIONS"),
    ("mmdb", "mmdb:FILE"),
];

impl Format {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Format::Range => "range",
            Format::Cidr => "cidr",
            Format::Zone(_) => "zone",
            Format::Geofeed => "geofeed",
            Format::Rir => "rir",
            Format::Maxmind => "maxmind",
            Format::Mmdb(_) => "mmdb",
        }
    }
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Spec, String> {
        parse(text, |path| Path::new(path).exists())
    }
}

impl Spec {
    /// The value of `--exclude`, which means the same with `exclude:` in front.
    pub(crate) fn excluding(text: &str) -> Result<Spec, String> {
        Ok(Spec { is_excluding: true, ..text.parse()? })
    }
}

/// A text that is the path of a file is that file, whatever characters it has.
fn parse(text: &str, exists: impl Fn(&str) -> bool) -> Result<Spec, String> {
    let (is_excluding, text) = match text.strip_prefix("exclude:") {
        Some(rest) if !exists(text) => (true, rest),
        _ => (false, text),
    };
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
        return Err("a file's name is missing: write `[NAME=][FORMAT:]FILE[,FILE…]`".to_owned());
    }
    Ok(Spec { is_excluding, name, format, files })
}

/// One letter before a colon is a drive of Windows.
fn is_word(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn format<'a>(word: &str, rest: &'a str, exists: &impl Fn(&str) -> bool) -> Result<(Option<Format>, &'a str), String> {
    let format = match word {
        "range" => Format::Range,
        "cidr" => Format::Cidr,
        "geofeed" => Format::Geofeed,
        "rir" => Format::Rir,
        "maxmind" => Format::Maxmind,
        "zone" => {
            let (region, rest) = rest
                .split_once(':')
                .ok_or("a zone list does not say where its networks are: write `zone:REGION:FILE`, such as `zone:CN:cn.txt`")?;
            let region = region.parse().map_err(|error| format!("{error}"))?;
            return Ok((Some(Format::Zone(region)), rest));
        }
        "mmdb" => match rest.split_once(':') {
            Some((path, file)) if !exists(rest) && !path.contains(['/', '\\']) && path.len() > 1 => {
                let keys = path.split('.').map(str::to_owned).collect();
                return Ok((Some(Format::Mmdb(Some(keys))), file));
            }
            _ => Format::Mmdb(None),
        },
        "http" | "https" | "ftp" => return Err("files are not fetched from the network: download it, and name the file".to_owned()),
        other => return Err(unknown(other)),
    };
    Ok((Some(format), rest))
}

fn unknown(word: &str) -> String {
    let near = |&&(name, _): &&(&str, &str)| strsim::damerau_levenshtein(word, name) <= 2;
    let meant = FORMATS.iter().find(near).map(|(name, _)| format!(": did you mean `{name}`?")).unwrap_or_default();
    let known: Vec<&str> = FORMATS.iter().map(|&(name, _)| name).collect();
    format!("{} is no format{meant} (the formats are {})", Quoted(word), known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Result<Spec, String> {
        parse(text, |path| ["it=is:one,file", "with:colon.mmdb"].contains(&path))
    }

    fn of(name: Option<&str>, format: Option<Format>, files: &[&str]) -> Result<Spec, String> {
        Ok(Spec {
            is_excluding: false,
            name: name.map(str::to_owned),
            format,
            files: files.iter().map(|&file| file.to_owned()).collect(),
        })
    }

    #[test]
    fn sources_are_read() {
        let cn = "CN".parse().unwrap();
        assert_eq!(spec("geo.csv"), of(None, None, &["geo.csv"]));
        assert_eq!(spec("-"), of(None, None, &["-"]));
        assert_eq!(spec("v4.csv.gz,v6.csv.gz"), of(None, None, &["v4.csv.gz", "v6.csv.gz"]));
        assert_eq!(spec("ours=v4.csv,v6.csv"), of(Some("ours"), None, &["v4.csv", "v6.csv"]));
        assert_eq!(spec("geofeed:feed"), of(None, Some(Format::Geofeed), &["feed"]));
        assert_eq!(spec("ours=zone:cn:a.txt,b.txt"), of(Some("ours"), Some(Format::Zone(cn)), &["a.txt", "b.txt"]));
        assert_eq!(spec("maxmind:blocks.csv:locations.csv"), of(None, Some(Format::Maxmind), &["blocks.csv", "locations.csv"]));
        assert_eq!(spec("maxmind:4.csv,6.csv,l.csv"), of(None, Some(Format::Maxmind), &["4.csv", "6.csv", "l.csv"]));
        assert_eq!(spec("mmdb:geo.mmdb"), of(None, Some(Format::Mmdb(None)), &["geo.mmdb"]));
        let keys = vec!["country".to_owned(), "code".to_owned()];
        assert_eq!(spec("mmdb:country.code:geo.mmdb"), of(None, Some(Format::Mmdb(Some(keys))), &["geo.mmdb"]));
        assert_eq!(spec("mmdb:with:colon.mmdb"), of(None, Some(Format::Mmdb(None)), &["with:colon.mmdb"]));
        assert_eq!(spec(r"C:\geo\v4.csv"), of(None, None, &[r"C:\geo\v4.csv"]));
        assert_eq!(spec("dir/a=b.csv"), of(None, None, &["dir/a=b.csv"]));
        assert_eq!(spec("it=is:one,file"), of(None, None, &["it=is:one,file"]));
    }

    #[test]
    fn a_source_may_exclude() {
        let excluding = |spec: Result<Spec, String>| Ok(Spec { is_excluding: true, ..spec? });
        assert_eq!(spec("exclude:tor=cidr:tor.csv"), excluding(of(Some("tor"), Some(Format::Cidr), &["tor.csv"])));
        assert_eq!(spec("exclude:tor.txt"), excluding(of(None, None, &["tor.txt"])));
        assert_eq!(Spec::excluding("tor=cidr:tor.csv"), spec("exclude:tor=cidr:tor.csv"));
        assert_eq!(Spec::excluding("exclude:tor.txt"), spec("exclude:tor.txt"));
    }

    #[test]
    fn anything_else_says_what_to_write() {
        let cases = [
            ("geofed:x.csv", "`geofed` is no format: did you mean `geofeed`?"),
            ("excel:x.csv", "`excel` is no format (the formats are range, cidr,"),
            ("zone:cn.txt", "write `zone:REGION:FILE`"),
            ("zone:UK:uk.txt", "did you mean `GB`?"),
            ("https://example.org/geo.csv", "download it"),
            ("a.csv,,b.csv", "a file's name is missing"),
            ("", "a file's name is missing"),
            ("name=", "a file's name is missing"),
        ];
        for (text, message) in cases {
            assert!(spec(text).unwrap_err().contains(message), "{text}: {:?}", spec(text));
        }
    }
}
