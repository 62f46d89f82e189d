//! Recognition of the format of a file by its beginning or, where that does not suffice, by its name.

use std::net::IpAddr;

use super::spec::{FORMATS, Format};
use crate::geo::error::FileError;
use crate::geo::format::{CODE, FIRST, Fields, Header, NETWORK, begins_with, start_of};
use crate::region::{self, Region};
use crate::text::encoding::unicode;
use crate::text::quote::excerpt;

/// The most lines that are looked at.
const LINES: usize = 20;

/// The first bytes of compressed files and archives, with the program's name and the command that decompresses one.
const COMPRESSED: [(&[u8], &str, &str); 6] = [
    // The first layer is already read.
    (b"\x1f\x8b", "gzip twice", "gunzip"),
    (b"\xfd7zXZ\0", "xz", "xz -d"),
    (b"BZh", "bzip2", "bzip2 -d"),
    (b"\x28\xb5\x2f\xfd", "zstd", "zstd -d"),
    (b"\x04\x22\x4d\x18", "lz4", "lz4 -d"),
    (b"\x1f\x9d", "compress", "uncompress"),
];
const ARCHIVES: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
];

/// The first bytes of a compiled atlas (`docs/atlas-file.md`).
const COMPILED_ATLAS: &[u8] = b"bailiwick atlas\0";

/// A file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file that is complete alone.
    Whole(Format),
    /// MaxMind's networks.
    Blocks,
    /// MaxMind's places.
    Locations,
}

/// Refuses files that have none of the formats. `head` is the beginning of the file.
pub(super) fn check(head: &[u8]) -> Result<(), FileError> {
    if let Some(&(_, kind, command)) = COMPRESSED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(FileError::Compressed { kind, command });
    }
    if let Some(&(_, kind)) = ARCHIVES.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(FileError::Archive { kind });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(FileError::Archive { kind: "a tar archive" });
    }
    if head.starts_with(COMPILED_ATLAS) {
        return Err(FileError::CompiledAtlas);
    }
    if let Some(encoding) = unicode(head).filter(|_| is_text(head)) {
        return Err(FileError::Unicode { encoding });
    }
    match start_of(head) {
        [] => Err(FileError::Empty),
        [b'<', ..] => Err(FileError::Page),
        [b'{', ..] => Err(FileError::Json),
        [b'[', rest @ ..] if matches!(rest.trim_ascii_start(), [b'{' | b'"', ..]) => Err(FileError::Json),
        _ => Ok(()),
    }
}

/// Whether the first bytes are text in UTF-16 or UTF-32, and not small numbers of a tree: but for the zeros, none is a control
/// character. Without a byte-order mark more of them are looked at, as the first node of a tree may have such numbers; one with 32 bits
/// a record takes 8 bytes.
fn is_text(head: &[u8]) -> bool {
    let has_mark = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..]);
    let looked_at = if has_mark { 4 } else { 32 };
    head.iter().take(looked_at).all(|byte| *byte == 0 || *byte >= b'\t')
}

/// The format of a file. `is_complete` tells whether `head` is all of it.
pub(super) fn recognize(path: &str, head: &[u8], is_complete: bool, is_excluding: bool) -> Result<Kind, FileError> {
    if head.contains(&0) {
        return Ok(Kind::Whole(Format::Mmdb(None)));
    }
    let lines = lines(head, is_complete);
    let first = lines.first().copied().unwrap_or_default();
    if let Some(kind) = by_header(first) {
        return Ok(kind);
    }
    let rows: Vec<Row> = lines.iter().map(|line| Row::of(line)).collect();
    // The format's own reader reports wrong lines, with their numbers.
    let most = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count() * 2 > rows.len();
    let kind = if most(|row| row.is_statistics) {
        Format::Rir
    } else if most(Row::is_range) {
        Format::Range(None)
    } else if most(Row::has_name) || most(Row::has_code_alone) && !path.to_ascii_lowercase().contains("geofeed") {
        Format::Cidr(None)
    } else if most(Row::is_network) && rows.iter().any(|row| row.fields.len() > 1) {
        Format::Geofeed
    } else if most(Row::is_network) {
        let region = zone_region(path).or(is_excluding.then_some(Region::UNKNOWN));
        Format::Zone(region.ok_or_else(|| FileError::NoRegion { path: path.to_owned() })?)
    } else {
        let forms: Vec<&str> = FORMATS.iter().map(|&(_, form)| form).collect();
        let line = (!lines.is_empty()).then(|| excerpt(&String::from_utf8_lossy(first)));
        return Err(FileError::Unrecognised { line, formats: forms.join(", ") });
    };
    Ok(Kind::Whole(kind))
}

/// Lines with content; the last one only when it cannot be cut off.
fn lines(head: &[u8], is_complete: bool) -> Vec<&[u8]> {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let whole = match head.iter().rposition(is_end) {
        Some(end) if !is_complete => head.get(..end).unwrap_or(head),
        _ => head,
    };
    let is_content = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b";");
    whole.split(is_end).map(start_of).filter(is_content).take(LINES).collect()
}

/// The kind of a file with a header.
fn by_header(first: &[u8]) -> Option<Kind> {
    let has = |name: &'static str| Header::read(first, [&[name]]).is_ok();
    match (has("network"), has("geoname_id"), has("country_iso_code")) {
        (true, true, _) => return Some(Kind::Blocks),
        (false, true, true) => return Some(Kind::Locations),
        _ => {}
    }
    if begins_with(first, FIRST) {
        return Some(Kind::Whole(Format::Range(None)));
    }
    let is_network = begins_with(first, NETWORK) && Header::read(first, [CODE]).is_ok();
    let is_feed = matches!(Header::read(first, [NETWORK, CODE, &["region"]]).map(|header| header.positions()), Ok([0, 1, 2]));
    is_network.then_some(Kind::Whole(if is_feed { Format::Geofeed } else { Format::Cidr(None) }))
}

/// The fields of a line.
struct Row {
    fields: Vec<String>,
    is_statistics: bool,
}

impl Row {
    fn of(line: &[u8]) -> Row {
        let content = line.split(|&byte| byte == b'#').next().unwrap_or(line);
        // After a blank, `;` begins a comment of a zone list.
        let comment = content.windows(2).position(|pair| matches!(pair, [b' ' | b'\t', b';']));
        let content = content.get(..comment.unwrap_or(content.len())).unwrap_or(content);
        let fields = Fields::of(content).map(|field| String::from_utf8_lossy(&field.unwrap_or_default()).into_owned()).collect();
        Row { fields, is_statistics: line.iter().filter(|&&byte| byte == b'|').count() >= 5 }
    }

    fn field(&self, place: usize) -> &str {
        self.fields.get(place).map_or("", String::as_str)
    }

    fn is_range(&self) -> bool {
        let is_end =
            |field: &str| field.parse::<IpAddr>().is_ok() || (!field.is_empty() && field.bytes().all(|b| b.is_ascii_digit()));
        self.fields.len() > 2 && is_end(self.field(0)) && is_end(self.field(1))
    }

    fn is_network(&self) -> bool {
        let field = self.field(0);
        let address = field.split_once(['/', '-']).map_or(field, |(address, _)| address);
        address.trim().parse::<IpAddr>().is_ok()
    }

    fn has_code_alone(&self) -> bool {
        self.is_network() && self.fields.len() == 2 && !self.field(1).is_empty()
    }

    /// Whether the name of the country follows its code, as in the files of IP2Location.
    fn has_name(&self) -> bool {
        let (code, name) = (self.field(1), self.field(2));
        let is_named = || code.parse().is_ok_and(|code: Region| region::suggestion(name) == Some(code));
        self.is_network() && (code == "-" && name == "-" || name.len() > 2 && is_named())
    }
}

/// The region of `cn.zone` and `cn-aggregated.zone`, as zone lists are published.
fn zone_region(path: &str) -> Option<Region> {
    let file = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    let stem = file.strip_suffix(".gz").unwrap_or(&file).strip_suffix(".zone")?;
    stem.strip_suffix("-aggregated").unwrap_or(stem).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str, head: &[u8]) -> Result<Kind, String> {
        let recognized = check(head).and_then(|()| recognize(path, head, true, false));
        recognized.map_err(|error| error.to_string())
    }

    #[test]
    fn formats_are_recognised_by_their_lines() {
        let zone = |code: &str| Kind::Whole(Format::Zone(code.parse().unwrap()));
        let range = || Kind::Whole(Format::Range(None));
        let cidr = || Kind::Whole(Format::Cidr(None));
        let cases = [
            ("x.csv", "1.0.0.0,1.0.0.255,AU\n", range()),
            ("x.csv", "# a comment\r\n\r\n\"16777216\",\"16777471\",\"AU\",\"Australia\"\r\n", range()),
            ("x.csv", "2001:db8::,2001:db8::ff,CN\n", range()),
            ("x.tsv", "1.0.0.0\t1.0.0.255\t13335\tAU\tNAME\n", range()),
            ("x.csv", "start_ip,end_ip,country\n1.0.0.0,1.0.0.255,AU\n", range()),
            ("x.csv", "1.0.0.0/24,AU\n2001:db8::1,CN\n", cidr()),
            ("x.csv", "1.0.0.0/24,AU # office\r2.0.0.0/8,CN", cidr()),
            ("x.csv", "\"0.0.0.0/8\",\"-\",\"-\"\r\n\"1.0.1.0/24\",\"CN\",\"China\"\r\n", cidr()),
            ("x.csv", "network,country,country_code,asn\n1.0.0.0/24,China,CN,AS1\n", cidr()),
            // `-` alone does not tell a file of IP2Location.
            ("x.csv", "192.0.2.0/24,-,Town,,\n", Kind::Whole(Format::Geofeed)),
            ("geofeed.csv", "1.0.0.0/24,AU\n", Kind::Whole(Format::Geofeed)),
            ("x.csv", "192.0.2.0/24,US,US-AL,,\n", Kind::Whole(Format::Geofeed)),
            ("x.csv", "192.0.2.0/24;US;US-AL;;\n", Kind::Whole(Format::Geofeed)),
            ("x.csv", "# our feed\n192.0.2.0/24,US,US-AL,,", Kind::Whole(Format::Geofeed)),
            ("x.csv", "ip_prefix,alpha2code,region,city,postal_code\n192.0.2.0/24,US,,,\n", Kind::Whole(Format::Geofeed)),
            ("x", "\u{feff}192.0.2.0/24,US,US-AL,, # here\n192.0.2.5\n", Kind::Whole(Format::Geofeed)),
            ("x", "2|apnic|20200604|3|19830613|20200603|+1000\napnic|*|ipv4|*|1|summary\n", Kind::Whole(Format::Rir)),
            ("x", "apnic|AU|ipv4|1.0.0.0|256|20110811|assigned\n", Kind::Whole(Format::Rir)),
            ("ipdeny/cn.zone", "203.0.113.0/24\n", zone("CN")),
            ("hk-aggregated.zone.gz", "203.0.113.0/24\n", zone("HK")),
            ("cn.zone", "; list\n203.0.113.0/24 ; here\n", zone("CN")),
            ("b.csv", "network,geoname_id,registered_country_geoname_id\n203.0.113.0/24,1,1\n", Kind::Blocks),
            ("l.csv", "geoname_id,locale_code,country_iso_code\n1,en,CN\n", Kind::Locations),
            ("x", "192.0.2.0/24,US,US-AL,,\nnonsense\n192.0.3.0/24,US,,,\n", Kind::Whole(Format::Geofeed)),
            ("x", "\0\0\x01binary", Kind::Whole(Format::Mmdb(None))),
            // A tree with 32 bits a record, of which the first leads to nothing.
            ("x", "\0\0\0b\0\0\0\x01\0\0\0b", Kind::Whole(Format::Mmdb(None))),
            ("x", "\0\0\0 \0\0\0a\0\0\0\x02", Kind::Whole(Format::Mmdb(None))),
        ];
        for (path, head, expected) in cases {
            assert_eq!(kind(path, head.as_bytes()), Ok(expected), "{head}");
        }
    }

    #[test]
    fn what_is_not_recognised_says_what_to_do() {
        let cases: [(&str, &[u8], &str); 25] = [
            (
                "atlas.bin",
                b"bailiwick atlas\0\x01",
                "is a compiled atlas, as bundles have one: name the geo files that it was compiled from",
            ),
            ("x.csv", b" \n", "is empty"),
            ("x.json", b"[\n \"203.0.113.0/24\"]", "is JSON, which is not read"),
            ("orders.toml", b"[[orders]]\n", "is not recognised, as it has the line `[[orders]]`"),
            ("x.csv", b",,CN\n", "is not recognised, as it has the line `,,CN`"),
            ("list.txt", b"203.0.113.0/24\n", "write `zone:REGION:list.txt`"),
            ("x.csv", b"a,b,c\n", "as it has the line `a,b,c`: name its format, as one of range:FILE, cidr:FILE,"),
            ("x.csv", b"# nothing\n", "as it has only comments"),
            ("uk.zone", b"203.0.113.0/24\n", "zone:REGION:uk.zone"),
            ("x.zip", b"PK\x03\x04\x14\0", "is a ZIP archive: unpack it"),
            ("x.7z", b"7z\xbc\xaf\x27\x1c\x00", "is a 7-Zip archive: unpack it"),
            ("x.xz", b"\xfd7zXZ\x00\x00\x04", "is compressed with xz, and only gzip is read: decompress it first, with `xz -d`"),
            ("x.bz2", b"BZh91AY", "with `bzip2 -d`"),
            ("x.zst", b"\x28\xb5\x2f\xfd\x04", "with `zstd -d`"),
            ("x.csv", b"\xff\xfe2\x000\x00", "is UTF-16 text: save it as UTF-8"),
            ("x.csv", b"\xfe\xff\x002\x000", "is UTF-16 text: save it as UTF-8"),
            ("x.csv", b"2\x000\x003\x00", "is UTF-16 text: save it as UTF-8"),
            ("x.csv", b"2\x00\x00\x000\x00\x00\x00", "is UTF-32 text: save it as UTF-8"),
            ("x.csv", b"\x00\x00\x002\x00\x00\x000", "is UTF-32 text: save it as UTF-8"),
            // Cyrillic, behind a byte-order mark: one of its bytes is that of a control character.
            ("x.csv", b"\xff\xfe#\x00\x16\x04", "is UTF-16 text: save it as UTF-8"),
            ("x.csv", b"\xff\xfe\x00\x002\x00\x00\x00", "is UTF-32 text: save it as UTF-8"),
            (
                "x.csv",
                b"<!DOCTYPE html>\n<html>",
                "is a web page or XML, as servers send it in place of a file: download the file again",
            ),
            ("x.csv", b"\xef\xbb\xbf\r\n<?xml version=\"1.0\"?>", "is a web page or XML"),
            ("ip-ranges.json", b"{\n \"prefixes\": [", "is JSON, which is not read: write its networks one a line"),
            (
                "x.csv.gz",
                b"\x1f\x8b\x08",
                "is compressed with gzip twice, and only gzip is read: decompress it first, with `gunzip`",
            ),
        ];
        for (path, head, message) in cases {
            let error = kind(path, head).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        let mut tar = [b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(kind("x.tar.gz", &tar).unwrap_err().contains("is a tar archive: unpack it"));
    }

    /// A header is of networks when it begins with one and has a code, and a name after the code has more than two letters.
    #[test]
    fn half_a_header_and_half_a_name_tell_no_format() {
        let zone = Kind::Whole(Format::Zone("CN".parse().unwrap()));
        assert_eq!(kind("cn.zone", b"network\n203.0.113.0/24\n203.0.114.0/24\n"), Ok(zone));
        assert!(kind("x.csv", b"country,network\nCN,203.0.113.0/24\n").unwrap_err().contains("is not recognised"));
        for (row, expected) in [
            ("192.0.2.0/24,CN,China\n", Format::Cidr(None)),
            ("192.0.2.0/24,-,-\n", Format::Cidr(None)),
            ("192.0.2.0/24,CN,-\n", Format::Geofeed),
            ("192.0.2.0/24,GB,UK\n", Format::Geofeed),
            ("192.0.2.0/24,CN,Hong Kong\n", Format::Geofeed),
        ] {
            assert_eq!(kind("x.csv", row.as_bytes()), Ok(Kind::Whole(expected)), "{row}");
        }
    }

    #[cfg(feature = "bundle")]
    #[test]
    fn a_compiled_atlas_is_recognised() {
        let file = crate::Atlas::builder().build().unwrap().to_bytes();
        assert!(matches!(check(&file), Err(FileError::CompiledAtlas)));
    }

    #[test]
    fn the_last_line_of_a_head_may_be_cut_off() {
        let cut = b"1.0.0.0,1.0.0.255,AU\n1.0.1.0,1";
        assert_eq!(recognize("x", cut, false, false).unwrap(), Kind::Whole(Format::Range(None)));
        assert_eq!(recognize("x", b"1.0.0.0,1.0.0.255,AU", true, false).unwrap(), Kind::Whole(Format::Range(None)));
    }

    #[test]
    fn a_list_of_exclusions_needs_no_region() {
        let excluded = recognize("list.txt", b"203.0.113.0/24\n", true, true).unwrap();
        assert_eq!(excluded, Kind::Whole(Format::Zone(Region::UNKNOWN)));
    }
}
