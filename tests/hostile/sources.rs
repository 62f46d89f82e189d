//! Files of ranges that must not be read, those that must, and sources that make no atlas.

use std::error::Error as _;
use std::io::{self, Read};

use bailiwick::geo::LineError;
use bailiwick::{Atlas, AtlasError, Location, Region, Source, SourceError};

use super::{is_one_plain_line, region};

/// Rows that cannot be read, and what is said about them.
const REFUSED: &[(&str, &str)] = &[
    (
        "office,last,code",
        "`first` is `office`, which is not an address: write one like `203.0.113.0` or `2001:db8::`, or a decimal number",
    ),
    ("203.0.113.0,203.0.113.256,CN", "`last` is `203.0.113.256`, which is not an address: "),
    ("203.0.113,203.0.113.255,CN", "`first` is `203.0.113`, which is not an address: "),
    ("203.0.113.0/24,203.0.113.255,CN", "`first` is `203.0.113.0/24`, which is not an address: "),
    ("010.0.0.0,10.0.0.255,CN", "`first` is `010.0.0.0`, which is not an address: "),
    ("0x0a000000,10.0.0.255,CN", "`first` is `0x0a000000`, which is not an address: "),
    ("fe80::%eth0,fe80::1,CN", "`first` is `fe80::%eth0`, which is not an address: "),
    ("[2001:db8::],2001:db8::1,CN", "`first` is `[2001:db8::]`, which is not an address: "),
    ("+5,6,CN", "`first` is `+5`, which is not an address: "),
    ("5,+6,CN", "`last` is `+6`, which is not an address: "),
    ("-1,6,CN", "`first` is `-1`, which is not an address: "),
    ("1e3,2000,CN", "`first` is `1e3`, which is not an address: "),
    ("1_000,2_000,CN", "`first` is `1_000`, which is not an address: "),
    ("٥,٦,CN", "`first` is `٥`, which is not an address: "),
    (
        "0,340282366920938463463374607431768211456,CN",
        "`last` is `340282366920938463463374607431768211456`, which is not an address: ",
    ),
    (",,", "`first` is ``, which is not an address: "),
    ("203.0.113.0,,CN", "`last` is ``, which is not an address: "),
    ("203.0.113.0\u{1b}[2J,203.0.113.9,CN", "`first` is `203.0.113.0\\u{1b}[2J`, which is not an address: "),
    ("203.0.113.0\0,203.0.113.9,CN", "`first` is `203.0.113.0\\u{0}`, which is not an address: "),
    ("203.0.113.0,203.0.113.255", "the line has 2 fields, and not the 3 of `first,last,code`"),
    ("203.0.113.0,203.0.113.255,China", "`code` is `China`, which is not a code: did you mean `CN`?"),
    ("203.0.113.0,203.0.113.255,CN,HK", "the columns 3 and 4 may both be the code: name the column, as in `range:4:FILE`"),
    (
        "203.0.113.9,203.0.113.0,CN",
        "the range from `203.0.113.9` to `203.0.113.0` ends before it begins: write the lower address first",
    ),
    (
        "2001:db8::9,2001:db8::,CN",
        "the range from `2001:db8::9` to `2001:db8::` ends before it begins: write the lower address first",
    ),
    ("::ffff:203.0.113.9,203.0.113.0,CN", "the range from `::ffff:203.0.113.9` to `203.0.113.0` ends before it begins: "),
    ("9,5,CN", "the range from `0.0.0.9` to `0.0.0.5` ends before it begins: "),
    ("4294967296,5,CN", "the range from `::1:0:0` to `::5` ends before it begins: "),
    (
        "203.0.113.0,2001:db8::,CN",
        "the range from `203.0.113.0` to `2001:db8::` has one end in IPv4 and one in IPv6: write both in one family",
    ),
    ("::,203.0.113.0,CN", "the range from `::` to `203.0.113.0` has one end in IPv4 and one in IPv6: write both in one family"),
    ("203.0.113.0,4294967296,CN", "the range from `203.0.113.0` to `::1:0:0` has one end in IPv4 and one in IPv6: "),
];

/// Files that must be read, each with the ranges that they hold.
const READ: &[(&str, &[&str])] = &[
    ("", &[]),
    ("\n\r\n  \n\t\n# 203.0.113.0,203.0.113.255,CN\n  # indented\n#", &[]),
    ("203.0.113.0,203.0.113.255,CN", &["203.0.113.0 203.0.113.255 CN"]),
    ("203.0.113.7,203.0.113.7,CN\n", &["203.0.113.7 203.0.113.7 CN"]),
    (
        "203.0.113.0,203.0.113.255,CN\r\n2001:db8::,2001:db8::f,US-CA\r\n",
        &["203.0.113.0 203.0.113.255 CN", "2001:db8:: 2001:db8::f US-CA"],
    ),
    ("\u{feff}203.0.113.0,203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    ("\u{feff}# a comment\n203.0.113.0,203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    ("\u{feff}\n\n203.0.113.0,203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    (" 203.0.113.0 ,\t203.0.113.255 , CN \n", &["203.0.113.0 203.0.113.255 CN"]),
    (
        "203.0.113.0,203.0.113.255,cn\n2001:DB8::,2001:DB8::F,us-ca\n",
        &["203.0.113.0 203.0.113.255 CN", "2001:db8:: 2001:db8::f US-CA"],
    ),
    ("203.0.113.0,203.0.113.255,CN-91\n", &["203.0.113.0 203.0.113.255 HK"]),
    // Numbers.
    ("0,4294967295,CN\n", &["0.0.0.0 255.255.255.255 CN"]),
    ("3405803776,3405804031,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    ("0,4294967296,CN\n", &[":: ::1:0:0 CN"]),
    ("0,340282366920938463463374607431768211455,CN\n", &[":: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff CN"]),
    ("42540766411282592856903984951653826560,42540766411282592856903984951653826575,CN\n", &["2001:db8:: 2001:db8::f CN"]),
    // Numbers and texts mixed: a number is in the family of the text beside it.
    ("203.0.113.0,3405804031,CN\n3405803776,203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"; 2]),
    ("5,::f,CN\n::5,15,CN\n", &["::5 ::f CN"; 2]),
    // Mapped ends: a plain and a mapped IPv4 end make one IPv4 range.
    ("::ffff:203.0.113.0,::ffff:203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    ("203.0.113.0,::ffff:203.0.113.255,CN\n::ffff:cb00:7100,203.0.113.255,CN\n", &["203.0.113.0 203.0.113.255 CN"; 2]),
    ("281474087547136,281474087547391,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    ("::ffff:203.0.113.0,3405804031,CN\n", &["203.0.113.0 203.0.113.255 CN"]),
    // What only overlaps the mapped block stays IPv6.
    ("::ffff:203.0.113.0,::1:0:0:0,CN\n", &["::ffff:203.0.113.0 ::1:0:0:0 CN"]),
    ("0,281470681743359,CN\n", &[":: ::fffe:ffff:ffff CN"]),
];

/// Codes that providers use and that are no region.
const NO_REGIONS: [&str; 16] = ["AN", "XX", "AP", "EU", "eu", "UK", "??", "-", "A1", "a2", "O1", "T1", "", " ", "ZZ", "zz"];

/// Texts in the column of the code that are none.
const NO_CODES: [&str; 10] = ["--", "*", "USA", "China", "CN-", "\u{1b}[31m", "156", "N/A", "CN/HK", "A3"];

fn read(text: &str) -> Result<Source, SourceError> {
    Source::from_range_csv("provider", text.as_bytes())
}

fn locate(source: Source, ip: &str) -> Location {
    Atlas::builder().source(source).build().unwrap().locate(ip.parse().unwrap())
}

/// Gives its bytes, each after an interruption, then its end.
struct Interrupted<'a> {
    bytes: &'a [u8],
    ready: bool,
    end: Option<io::Error>,
}

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ready = !self.ready;
        if self.ready {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = buffer.len().min(7);
        match (self.bytes.read(&mut buffer[..some])?, self.end.take()) {
            (0, Some(end)) => Err(end),
            (read, end) => {
                self.end = end;
                Ok(read)
            }
        }
    }
}

#[test]
fn a_row_that_cannot_be_read_is_refused_with_the_number_of_its_line_and_the_reason() {
    for (row, message) in REFUSED {
        for (file, line) in [
            ((*row).to_owned(), 1),
            (format!("\u{feff}{row}\r\n"), 1),
            (format!("198.51.100.0,198.51.100.255,HK\n# comment\n\n\r\n  {row}  \n198.51.100.0,198.51.100.255,HK\n"), 5),
        ] {
            let error = read(&file).expect_err(&file);
            let shown = error.to_string();
            assert!(shown.starts_with(&format!("source `provider`, line {line}: {message}")), "{shown}\n{message}");
            assert!(is_one_plain_line(&shown), "{shown}");
            assert!(matches!(error, SourceError::Line { line: said, .. } if said == line));
        }
    }
}

#[test]
fn every_file_of_the_form_is_read() {
    for (file, ranges) in READ {
        let source = read(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let read: Vec<String> = source.ranges().map(|(first, last, region)| format!("{first} {last} {region}")).collect();
        assert_eq!(read, *ranges, "{file:?}");
    }
}

#[test]
fn a_code_that_is_no_region_hides_the_wider_row() {
    for code in NO_REGIONS {
        for rows in [
            ["203.0.113.0,203.0.113.255,CN", "203.0.113.64,203.0.113.127,"],
            ["203.0.113.0,203.0.113.255,cn", "3405803840,3405803903,"],
        ] {
            let source = read(&format!("{}\n{}{code}\n", rows[0], rows[1])).unwrap();
            assert_eq!(locate(source.clone(), "203.0.113.64"), Location::Unknown, "{code}");
            assert_eq!(locate(source.clone(), "203.0.113.127"), Location::Unknown, "{code}");
            assert_eq!(locate(source.clone(), "203.0.113.63"), Location::In(region("CN")), "{code}");
            assert_eq!(locate(source, "203.0.113.128"), Location::In(region("CN")), "{code}");
        }
    }
}

#[test]
fn a_code_column_without_a_code_is_an_error_and_hides_the_wider_row_in_a_tolerant_load() {
    for code in NO_CODES {
        let rows = format!("203.0.113.0,203.0.113.255,CN\n203.0.113.64,203.0.113.127,{code}\n");
        let error = read(&rows).unwrap_err().to_string();
        assert!(error.starts_with("source `provider`, line 2: `code` is `"), "{error}");
        let source = Source::loader("provider").tolerant().range_csv(rows.as_bytes()).unwrap();
        assert_eq!(locate(source.clone(), "203.0.113.64"), Location::Unknown, "{code}");
        assert_eq!(locate(source, "203.0.113.63"), Location::In(region("CN")), "{code}");
    }
}

#[test]
fn a_code_that_is_no_region_ties_with_one_that_is() {
    let source = read("203.0.113.0,203.0.113.255,CN\n203.0.113.0,203.0.113.255,EU\n").unwrap();
    assert_eq!(locate(source, "203.0.113.7"), Location::Contested);
}

#[test]
fn a_line_has_at_most_4096_bytes() {
    let row = "203.0.113.0,203.0.113.255,CN";
    let comment = "#".to_owned() + &"x".repeat(4095);
    let padded = " ".repeat(4096 - row.len()) + row;
    for end in ["", "\n", "\r\n"] {
        for fits in [&comment, &padded] {
            assert_eq!(fits.len(), 4096);
            read(&format!("\n{fits}{end}")).unwrap();
            for too_long in [format!("\n{fits}x{end}"), format!("\n {fits}{end}"), format!("\n{fits}{fits}{end}")] {
                let error = read(&too_long).unwrap_err().to_string();
                assert_eq!(error, "source `provider`, line 2: the line is longer than 4096 bytes: is this the right file?");
            }
        }
    }
}

#[test]
fn a_line_without_end_is_refused_before_memory_runs_out() {
    for byte in *b"1#, \xff" {
        let error = Source::from_range_csv("provider", io::repeat(byte)).unwrap_err();
        assert_eq!(error.to_string(), "source `provider`, line 1: the line is longer than 4096 bytes: is this the right file?");
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused_with_the_number_of_their_line() {
    for line in [&b"203.0.113.0,203.0.113.255,\xff\xfe"[..], b"203.0.113.0,caf\xe9,CN", b"\xc0\x80,1,CN", b"\xed\xa0\x80,1,CN"] {
        let file = [b"\n\n", line, b"\n"].concat();
        let error = Source::from_range_csv("provider", file.as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "source `provider`, line 3: the line is not UTF-8 text: save the file as UTF-8");
        assert!(matches!(error, SourceError::Line { line: 3, error: LineError::NotText, .. }));
    }
    // A licence's header may be in any encoding.
    assert!(Source::from_range_csv("provider", &b"# caf\xe9\n"[..]).unwrap().is_empty());
    let utf_16: Vec<u8> = "203.0.113.0,203.0.113.255,CN\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    read(std::str::from_utf8(&utf_16).unwrap()).unwrap_err();
}

#[test]
fn a_reader_that_is_interrupted_is_read_to_its_end() {
    let bytes = b"203.0.113.0,203.0.113.255,CN\r\n198.51.100.0,198.51.100.255,HK";
    let source = Source::from_range_csv("provider", Interrupted { bytes, ready: false, end: None }).unwrap();
    assert_eq!(source.len(), 2);
}

#[test]
fn a_reader_that_fails_is_an_error_after_the_last_line_that_was_read() {
    for (bytes, line) in [
        (&b""[..], 0),
        (b"203.0.113.0,203.0.113.255,CN\n", 1),
        (b"203.0.113.0,203.0.113.255,CN\n# comment\n198.51.100.0,198.51.1", 2),
    ] {
        let end = Some(io::Error::new(io::ErrorKind::ConnectionReset, "the disk is on fire"));
        let error = Source::from_range_csv("provider", Interrupted { bytes, ready: false, end }).unwrap_err();
        assert_eq!(error.to_string(), format!("source `provider`, after line {line}: the disk is on fire"));
        assert_eq!(error.source().map(ToString::to_string), Some("the disk is on fire".to_owned()));
        let SourceError::Read { line: said, error: cause, .. } = error else { panic!("{error}") };
        assert_eq!(
            (said, cause.kind(), cause.to_string()),
            (line, io::ErrorKind::ConnectionReset, "the disk is on fire".to_owned())
        );
    }
}

#[test]
fn the_name_of_a_source_begins_no_line_of_its_own() {
    let name = "provider\nforged\u{1b}[31m\u{202e}";
    let bad_row = Source::from_range_csv(name, &b"x"[..]).unwrap_err();
    let end = Some(io::Error::other("failed"));
    let bad_reader = Source::from_range_csv(name, Interrupted { bytes: b"", ready: false, end }).unwrap_err();
    let twice = Atlas::builder().source(Source::new(name)).source(Source::new(name)).build().unwrap_err();
    for message in [bad_row.to_string(), bad_reader.to_string(), twice.to_string()] {
        assert!(is_one_plain_line(&message), "{message}");
    }
}

#[test]
fn a_range_made_in_code_is_held_to_the_same_rules_and_a_bad_one_is_not_inserted() {
    let mut source = Source::new("provider");
    for (first, last, message) in [
        (
            "203.0.113.9",
            "203.0.113.0",
            "the range from `203.0.113.9` to `203.0.113.0` ends before it begins: write the lower address first",
        ),
        (
            "2001:db8::1",
            "2001:db8::",
            "the range from `2001:db8::1` to `2001:db8::` ends before it begins: write the lower address first",
        ),
        (
            "::ffff:0.0.0.1",
            "0.0.0.0",
            "the range from `::ffff:0.0.0.1` to `0.0.0.0` ends before it begins: write the lower address first",
        ),
        (
            "203.0.113.0",
            "2001:db8::",
            "the range from `203.0.113.0` to `2001:db8::` has one end in IPv4 and one in IPv6: write both in one family",
        ),
        ("::", "203.0.113.0", "the range from `::` to `203.0.113.0` has one end in IPv4 and one in IPv6: write both in one family"),
    ] {
        let error = source.insert_range(first.parse().unwrap(), last.parse().unwrap(), region("CN")).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(source.is_empty());
    }
}

#[test]
fn a_number_of_sources_that_cannot_be_met_or_that_asks_for_nothing_is_refused() {
    for (sources, min_sources, builds) in [
        (0, 0, false),
        (0, 1, true),
        (0, 2, false),
        (1, 0, false),
        (1, 1, true),
        (1, 2, false),
        (3, 0, false),
        (3, 3, true),
        (3, 4, false),
        (3, usize::MAX, false),
    ] {
        let names = ["a", "b", "c"].into_iter().take(sources);
        let builder = names.fold(Atlas::builder(), |builder, name| builder.source(Source::new(name))).min_sources(min_sources);
        match builder.build() {
            Ok(_) => assert!(builds, "{min_sources} of {sources}"),
            Err(error) => {
                assert!(!builds, "{min_sources} of {sources}");
                assert!(error.to_string().starts_with(&format!("`min_sources` is {min_sources} with {sources} source")), "{error}");
                assert!(matches!(error, AtlasError::MinSources { .. }));
            }
        }
    }
}

#[test]
fn two_sources_of_one_name_are_refused() {
    let mut filled = Source::new("provider");
    filled.insert("203.0.113.0/24".parse().unwrap(), region("CN"));
    let error = Atlas::builder().source(filled).source(Source::new("other")).source(Source::new("provider")).build().unwrap_err();
    assert_eq!(error.to_string(), "two sources are named `provider`: give each its own name");
    Atlas::builder().source(Source::new("provider")).source(Source::new("Provider")).build().unwrap();
}

/// Subdivisions of three characters: some 46,000 a country.
#[test]
fn an_atlas_of_more_regions_than_it_can_tell_apart_is_refused() {
    const LIMIT: usize = 65_534;
    let of = |digit: usize| char::from_digit((digit % 36).try_into().unwrap(), 36).unwrap();
    let code = |n: usize| format!("{}-{}{}{}", ["US", "CA"][n / 46_656], of(n / 1296), of(n / 36), of(n));
    let mut source = Source::new("many");
    for n in 0..LIMIT {
        source.insert(format!("2400:{n:x}::/32").parse().unwrap(), region(&code(n)));
    }
    let atlas = |source: &Source| Atlas::builder().source(source.clone()).build();
    let built = atlas(&source).unwrap();
    for n in [0, 46_655, 46_656, LIMIT - 1] {
        assert_eq!(built.locate(format!("2400:{n:x}::1").parse().unwrap()), Location::In(region(&code(n))));
    }
    source.insert("2500::/32".parse().unwrap(), region(&code(LIMIT)));
    let error = atlas(&source).unwrap_err();
    assert_eq!(error, AtlasError::TooManyRegions { regions: LIMIT + 1, limit: LIMIT });
    assert!(error.to_string().contains("65535"), "{error}");
}

#[test]
fn an_atlas_without_a_source_or_of_empty_ones_locates_nothing() {
    for builder in [
        Atlas::builder(),
        Atlas::builder().source(Source::new("a")),
        Atlas::builder().source(Source::new("a")).source(Source::new("b")).min_sources(2),
    ] {
        let atlas = builder.build().unwrap();
        for ip in [
            "0.0.0.0",
            "203.0.113.7",
            "255.255.255.255",
            "::",
            "::ffff:203.0.113.7",
            "2001:db8::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            assert_eq!(atlas.locate(ip.parse().unwrap()), Location::Unknown, "{ip}");
        }
    }
}

#[test]
fn a_source_of_unknown_regions_alone_locates_nothing() {
    let mut source = Source::new("provider");
    source.insert("0.0.0.0/0".parse().unwrap(), Region::UNKNOWN);
    source.insert("::/0".parse().unwrap(), Region::UNKNOWN);
    assert_eq!(locate(source.clone(), "203.0.113.7"), Location::Unknown);
    assert_eq!(locate(source, "2001:db8::"), Location::Unknown);
}
