//! Properties of every format that is lines of text.

use std::io::{self, Read};

use bailiwick::geo::{Loader, Skipped};
use bailiwick::{Location, Source, SourceError};

use super::{locate, ranges, refusal, region};

/// A format: how it is loaded, two good lines of it, and a bad one.
struct Format {
    name: &'static str,
    load: fn(Loader, &mut dyn Read) -> Result<Source, SourceError>,
    /// The beginning of the file: at most one line.
    header: &'static str,
    good: [&'static str; 2],
    bad: &'static str,
}

const FORMATS: [Format; 6] = [
    Format {
        name: "range CSV",
        load: |load, reader| load.range_csv(reader),
        header: "",
        good: ["203.0.113.0,203.0.113.255,CN", "2001:db8::,2001:db8::ff,CN"],
        bad: "203.0.113.0,203.0.113.256,CN",
    },
    Format {
        name: "CIDR CSV",
        load: |load, reader| load.cidr_csv(reader),
        header: "",
        good: ["203.0.113.0/24,CN", "2001:db8::/120,CN"],
        bad: "203.0.113.0/33,CN",
    },
    Format {
        name: "zone list",
        load: |load, reader| load.zone(region("CN"), reader),
        header: "",
        good: ["203.0.113.0/24", "2001:db8::/120"],
        bad: "203.0.113.0/33",
    },
    Format {
        name: "geofeed",
        load: |load, reader| load.geofeed(reader),
        header: "",
        good: ["203.0.113.0/24,CN,,,", "2001:db8::/120,CN,,,"],
        bad: "203.0.113.0/33,CN,,,",
    },
    Format {
        name: "registry's statistics",
        load: |load, reader| load.rir(reader),
        header: "2|apnic|20200604|0|19830613|20200603|+1000\n",
        good: ["apnic|CN|ipv4|203.0.113.0|256|20110414|allocated", "apnic|CN|ipv6|2001:db8::|120|20110414|allocated"],
        bad: "apnic|CN|ipv4|203.0.113.0|0|20110414|allocated",
    },
    Format {
        name: "MaxMind CSV",
        load: |load, reader| load.maxmind_csv(reader, &b"geoname_id,country_iso_code\n1,CN\n"[..]),
        header: "network,geoname_id\n",
        good: ["203.0.113.0/24,1", "2001:db8::/120,1"],
        bad: "203.0.113.0/33,1",
    },
];

const RANGES: [&str; 2] = ["203.0.113.0 203.0.113.255 CN", "2001:db8:: 2001:db8::ff CN"];

impl Format {
    fn strict(&self, file: &[u8]) -> Result<Source, SourceError> {
        (self.load)(Source::loader("provider"), &mut &*file)
    }

    fn tolerant(&self, file: &[u8]) -> Source {
        (self.load)(Source::loader("provider").tolerant(), &mut &*file).unwrap()
    }

    /// The number of the first line after the header.
    fn first_line(&self) -> u64 {
        1 + u64::try_from(self.header.lines().count()).unwrap()
    }
}

#[test]
fn lines_end_in_lf_crlf_or_cr_with_blank_ones_comments_and_a_byte_order_mark_between() {
    for format in &FORMATS {
        let [one, other] = format.good;
        for file in [
            format!("{}{one}\n{other}\n", format.header),
            format!("{}{one}\n{other}", format.header),
            format!("\u{feff}{}{one}\r\n\r\n \t\n{other}\r\n", format.header),
            format!("{}{one}\r{other}\r", format.header.replace('\n', "\r")),
            format!("\u{feff}# licence\n\n{}  # indented\n  {one}\t\n#\n\t{other} \r\n# end", format.header),
        ] {
            let source = format.strict(file.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", format.name));
            assert_eq!(ranges(&source), RANGES, "{}", format.name);
            assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 2), "{}", format.name);
        }
    }
}

#[test]
fn an_empty_file_is_an_empty_source() {
    for format in &FORMATS {
        for file in ["", "\n", "# nothing\r\n", format.header] {
            let source = format.strict(file.as_bytes()).unwrap();
            assert_eq!((source.len(), source.load_report().rows()), (0, 0), "{}", format.name);
        }
    }
}

#[test]
fn the_first_bad_line_is_an_error_with_its_number() {
    for format in &FORMATS {
        let file = format!("{}{}\n# comment\n\n{}\n{}\n", format.header, format.good[0], format.bad, format.bad);
        let message = refusal(format.strict(file.as_bytes()));
        assert!(message.starts_with(&format!("source `provider`, line {}: `", format.first_line() + 3)), "{message}");
    }
}

#[test]
fn a_tolerant_load_passes_over_bad_lines_of_every_kind_and_counts_them() {
    for format in &FORMATS {
        let long = "x".repeat(10_000);
        let bad: [&[u8]; 3] = [format.bad.as_bytes(), long.as_bytes(), b"caf\xe9 \xff\xfe"];
        let mut file = format.header.as_bytes().to_vec();
        for line in [format.good[0].as_bytes(), bad[0], bad[1], bad[2], format.good[1].as_bytes(), bad[1]] {
            file.extend_from_slice(line);
            file.push(b'\n');
        }
        let source = format.tolerant(&file);
        assert_eq!(ranges(&source), RANGES, "{}", format.name);
        let loaded = source.load_report();
        assert_eq!((loaded.rows(), loaded.located()), (6, 2), "{}", format.name);
        assert_eq!(loaded.skipped().collect::<Vec<_>>(), [(&Skipped::Refused, 4)], "{}", format.name);
        let first = format.first_line();
        let lines: Vec<u64> = loaded.refused().iter().map(|refused| refused.line).collect();
        assert_eq!(lines, [first + 1, first + 2, first + 3, first + 5], "{}", format.name);
    }
}

#[test]
fn a_tolerant_load_without_bad_lines_is_the_strict_one() {
    for format in &FORMATS {
        let file = format!("{}{}\n{}\n", format.header, format.good[0], format.good[1]);
        let (strict, tolerant) = (format.strict(file.as_bytes()).unwrap(), format.tolerant(file.as_bytes()));
        assert_eq!((ranges(&strict), strict.load_report()), (ranges(&tolerant), tolerant.load_report()), "{}", format.name);
    }
}

#[test]
fn a_line_without_end_is_refused_before_memory_runs_out() {
    for format in &FORMATS {
        for byte in *b"1#,|\"\xff" {
            let mut reader = format.header.as_bytes().chain(io::repeat(byte));
            let message = refusal((format.load)(Source::loader("provider"), &mut reader));
            let line = format.first_line();
            let expected = format!("source `provider`, line {line}: the line is longer than 4096 bytes: is this the right file?");
            assert_eq!(message, expected, "{}", format.name);
        }
    }
}

#[test]
fn a_reader_that_fails_is_an_error_of_a_tolerant_load_too() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no disk"))
        }
    }
    for format in &FORMATS {
        // In the middle of a row, and while the rest of a line that is too long is passed over.
        for middle in [format.good[0].to_owned(), "x".repeat(9999)] {
            let file = format!("{}{}\n{middle}", format.header, format.good[0]);
            for load in [Source::loader("provider"), Source::loader("provider").tolerant()] {
                let message = refusal((format.load)(load, &mut file.as_bytes().chain(Fails)));
                let read = format.first_line();
                let too_long = format!("source `provider`, line {}: the line is longer than 4096 bytes: ", read + 1);
                let failed = format!("source `provider`, after line {read}: no disk");
                assert!(message == failed || message.starts_with(&too_long), "{}: {message}", format.name);
            }
        }
    }
}

#[test]
fn a_file_of_another_format_is_refused() {
    for format in &FORMATS {
        for other in FORMATS.iter().filter(|other| other.name != format.name) {
            let file = format!("{}{}\n{}\n", other.header, other.good[0], other.good[1]);
            // A CIDR CSV is a short geofeed, and a geofeed of bare prefixes a zone list: those are the only ones.
            if (format.name, other.name) == ("geofeed", "CIDR CSV") || (format.name, other.name) == ("geofeed", "zone list") {
                continue;
            }
            let message = refusal(format.strict(file.as_bytes()));
            assert!(message.starts_with("source `provider`, line 1"), "{} read as {}: {message}", other.name, format.name);
        }
    }
}

#[test]
fn a_tolerant_load_does_not_let_a_wider_row_speak_where_the_addresses_of_a_bad_line_can_be_read() {
    for (name, wide, bad) in [
        (
            "range CSV",
            "203.0.0.0,203.0.255.255,CN",
            &[
                "203.0.113.0,203.0.113.255,HK,US",
                "203.0.113.0,203.0.113.255,Hong Kong",
                "203.0.113.0,203.0.113.255",
                "203.0.113.255,203.0.113.0,HK",
            ][..],
        ),
        (
            "CIDR CSV",
            "203.0.0.0/16,CN",
            &[
                "203.0.113.0/24,HK,note,more",
                "203.0.113.0/24,\u{fffd}",
                "203.0.113.0/24",
                "203.0.113.7/24,HK",
                "203.0.113.0/24,\"HK",
            ],
        ),
        (
            "geofeed",
            "203.0.0.0/16,CN",
            &["203.0.113.7/24,HK", "203.0.113.0/24,CN,HK-1", "203.0.113.0/24,HKG", "203.0.113.0/24,CN,,,198.51.100.0/24"],
        ),
        (
            "registry's statistics",
            "apnic|CN|ipv4|203.0.0.0|65536||allocated",
            &["apnic|HK|ipv4|203.0.113.0|256|20110414", "apnic|HKG|ipv4|203.0.113.0|256||allocated"],
        ),
        ("MaxMind CSV", "203.0.0.0/16,1", &["203.0.113.0/24", "203.0.113.7/24,1", "203.0.113.0/24,1,1", "203.0.113.0/24,2"]),
    ] {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        for bad in bad {
            let source = format.tolerant(format!("{}{wide}\n{bad}\n", format.header).as_bytes());
            assert_eq!(locate(&source, "203.0.113.7"), Location::Unknown, "{name}: {bad}");
            assert_eq!(locate(&source, "203.0.112.7"), Location::In(region("CN")), "{name}: {bad}");
            assert_eq!((source.load_report().rows(), source.load_report().located()), (2, 1), "{name}: {bad}");
        }
    }
}

/// A file whose country is `CN`, and whose other fields say that it is a territory with a code of its own.
const TERRITORIES: &[(&str, &str)] = &[
    ("geofeed", "203.0.113.0/24,CN,HKG,,\n"),
    ("geofeed", "203.0.113.0/24,CN,CN-HKG,,\n"),
    ("geofeed", "203.0.113.0/24,CN,Hong Kong,,\n"),
    ("geofeed", "203.0.113.0/24,CN,,Hong Kong,\n"),
    ("geofeed", "203.0.113.0/24,CN,,\u{9999}\u{6e2f},\n"),
    ("geofeed", "203.0.113.0/24,CN,Kowloon,Hong Kong,\n"),
    ("geofeed", "203.0.113.0/24,cn,Kowloon, HONG KONG ,\n"),
    ("geofeed", "203.0.113.0/24,CN,Kowloon,\"Hong Kong, SAR China\",\n"),
    ("geofeed", "203.0.113.0/24,CN,Kowloon,HK,\n"),
    ("geofeed", "203.0.113.0/24,CN,Kowloon,CN-HK,\n"),
    ("geofeed", "203.0.113.0/24,CN,CN-GD,Hong Kong,\n"),
    ("geofeed", "203.0.113.0/24,CN,CN-GD,HK,\n"),
    ("geofeed", "203.0.113.0/24,CN,Guangdong,Hong Kong Road,\n"),
    ("geofeed", "203.0.113.0/24,FR,Saint-Denis,La R\u{e9}union,\n"),
    ("geofeed", "203.0.113.0/24,US,Tutuila,American Samoa,\n"),
    ("geofeed", "203.0.113.0/24,NL,Willemstad,Cura\u{e7}ao,\n"),
    ("cidr", "203.0.113.0/24,CN-HKG\n"),
    ("cidr", "203.0.113.0/24,CN,CN-HK\n"),
    ("cidr", "203.0.113.0/24,CN,CN-91\n"),
    ("cidr", "203.0.113.0/24,CN,Hong Kong\n"),
    ("cidr", "203.0.113.0/24,CN,US-CA\n"),
    ("cidr", "\"203.0.113.0/24\",\"CN\",\"China\",\"Taiwan\",\"Taipei\"\n"),
    ("cidr", "network,country_code,region\n203.0.113.0/24,CN,Hong Kong\n"),
    ("cidr", "network,country_code,region_code\n203.0.113.0/24,CN,HK\n"),
    ("cidr", "network,country_code,city\n203.0.113.0/24,CN,Macau\n"),
    ("range", "203.0.113.0,203.0.113.255,CN,CN-HK\n"),
    ("range", "203.0.113.0,203.0.113.255,CN,Hong Kong\n"),
    ("range", "203.0.113.0,203.0.113.255,AS,CN,Hong Kong,Kowloon\n"),
    ("range", "\"3405803776\",\"3405804031\",\"CN\",\"China\",\"Macao\",\"Macao\"\n"),
    ("range", "start,end,country,state1\n203.0.113.0,203.0.113.255,CN,TW\n"),
    ("given", "203.0.113.0,203.0.113.255,CN,CN-HK\n"),
];

/// An order of the country does not reach its territories, so what says both is in neither.
#[test]
fn a_row_that_names_a_territory_by_its_country_is_not_in_the_country() {
    for &(format, file) in TERRITORIES {
        let loader = Source::loader("provider");
        let source = match format {
            "geofeed" => loader.geofeed(file.as_bytes()),
            "cidr" => loader.cidr_csv(file.as_bytes()),
            "range" => loader.range_csv(file.as_bytes()),
            _ => loader.code_column(3).range_csv(file.as_bytes()),
        };
        let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(locate(&source, "203.0.113.7"), Location::Unknown, "{file}");
        assert_eq!(source.load_report().rows(), 1, "{file}");
    }
    // Whatever else stands beside the code leaves the country.
    for (format, file) in [
        ("geofeed", "203.0.113.0/24,CN,Guangdong,Shenzhen,\n"),
        ("geofeed", "203.0.113.0/24,CN,,Shenzhen,\n"),
        ("cidr", "203.0.113.0/24,CN,CN-GD\n"),
        ("cidr", "network,country_code,country_name,region\n203.0.113.0/24,CN,China,GD\n"),
        ("range", "203.0.113.0\t203.0.113.255\t64496\tCN\tHKT Hong Kong\n"),
        ("range", "203.0.113.0,203.0.113.255,CN,China,S\u{e3}o,\n"),
    ] {
        let loader = Source::loader("provider");
        let source = match format {
            "geofeed" => loader.geofeed(file.as_bytes()),
            "cidr" => loader.cidr_csv(file.as_bytes()),
            _ => loader.range_csv(file.as_bytes()),
        };
        assert_eq!(locate(&source.unwrap(), "203.0.113.7"), Location::In(super::region("CN")), "{file}");
    }
}

/// `::ffff:203.0.113.0/24` means 203.0.113.0/24, and not the network of IPv6 that it is by the letter.
#[test]
fn a_refused_network_of_mapped_addresses_hides_the_network_of_ipv4() {
    for line in ["::ffff:203.0.113.0/24,HK", "::ffff:203.0.113.9/24,HK"] {
        let file = format!("203.0.0.0/16,CN\n{line}\n");
        let source = Source::loader("provider").tolerant().cidr_csv(file.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.7"), Location::Unknown, "{line}");
        assert_eq!(locate(&source, "203.0.112.7"), Location::In(super::region("CN")), "{line}");
    }
    // Nothing can be meant, so any address may be.
    let file = "203.0.0.0/16,CN\n203.0.113.0/24,HK\n::ffff:203.0.113.0/40,HK\n";
    assert!(Source::loader("provider").tolerant().cidr_csv(file.as_bytes()).is_err());
}

/// The code of a state is not that of a country: `CN` is Cuneo in Italy, and `CA` is California.
#[test]
fn a_column_of_region_codes_is_not_taken_for_the_country() {
    let file = "network,country_name,region_code\n203.0.113.0/24,Italy,CN\n";
    let message = super::refusal(Source::from_cidr_csv("provider", file.as_bytes()));
    assert!(message.contains("the header names no column `country_code`"), "{message}");
}

#[test]
fn a_flag_that_is_not_plainly_unset_is_set() {
    for (flag, is_set) in [
        ("1", true),
        ("TRUE", true),
        ("t", true),
        ("yes", true),
        ("Y", true),
        ("2", true),
        ("?", true),
        ("0", false),
        ("", false),
        ("False", false),
        ("no", false),
        ("-", false),
        ("NULL", false),
    ] {
        let file = format!("network,country_code,is_anycast\n203.0.113.0/24,CN,{flag}\n");
        let source = Source::from_cidr_csv("provider", file.as_bytes()).unwrap();
        assert_eq!(locate(&source, "203.0.113.7") == Location::Unknown, is_set, "{flag}");
    }
}

/// The rows of a second file that was appended have their columns where its own header says.
#[test]
fn a_second_header_that_cannot_be_read_is_an_error_in_a_tolerant_load_too() {
    for (format, file) in [
        ("cidr", "network,country_code,registered\n192.0.2.0/24,HK,CN\nnetwork,registered,country_code\n203.0.113.0/24,CN,HK\n"),
        ("cidr", "192.0.2.0/24,HK\nnetwork,registered,country_code\n203.0.113.0/24,CN\n"),
        ("range", "start,end,country,name\n192.0.2.0,192.0.2.255,HK,x\nstart,end,name,country\n203.0.113.0,203.0.113.255,CN,HK\n"),
        ("geofeed", "ip_prefix,country\n192.0.2.0/24,HK\nip_prefix,registered,country\n203.0.113.0/24,CN\n"),
        ("maxmind", "network,geoname_id,name\n192.0.2.0/24,2,\nnetwork,registered_country_geoname_id,x\n203.0.113.0/24,1,\n"),
    ] {
        let loader = Source::loader("provider").tolerant();
        let read = match format {
            "cidr" => loader.cidr_csv(file.as_bytes()),
            "range" => loader.range_csv(file.as_bytes()),
            "geofeed" => loader.geofeed(file.as_bytes()),
            _ => loader.maxmind_csv(file.as_bytes(), &b"geoname_id,country_iso_code\n1,CN\n2,HK\n"[..]),
        };
        let message = refusal(read);
        assert!(message.contains("line 3: ") || message.contains("line 2: "), "{file}: {message}");
    }
}

#[test]
fn a_file_in_utf_16_is_named_as_one() {
    for format in &FORMATS {
        let text = format!("{}{}\n", format.header, format.good[0]);
        for (mark, bytes) in [(b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]), (b"\xfe\xff", u16::to_be_bytes)] {
            let file: Vec<u8> = mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect();
            let message = refusal(format.strict(&file));
            assert!(message.contains("UTF-16"), "{}: {message}", format.name);
        }
    }
}

/// Each character at which other programs end lines (Unicode Standard, section 5.8) may hide a row.
#[test]
fn a_line_break_of_unicode_inside_a_line_is_refused() {
    for format in &FORMATS {
        for character in ['\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'] {
            let file = format!("{}{}{character}{}\n", format.header, format.good[0], format.good[1]);
            let message = refusal(format.strict(file.as_bytes()));
            assert!(message.contains("the line has a line separator within"), "{}: {message}", format.name);
        }
        // Another character of several bytes is none.
        let file = format!("{}{}\n# caf\u{e9} \u{2027}\n", format.header, format.good[0]);
        assert_eq!(format.strict(file.as_bytes()).unwrap().load_report().located(), 1, "{}", format.name);
    }
}

/// A line that is cut off after an address may have lost a part of it, so that its addresses are not sure.
#[test]
fn a_comment_of_more_bytes_than_a_line_may_have_hides_no_address() {
    for format in &FORMATS {
        let file = format!("{}{}\n# {}\n{}\n", format.header, format.good[0], "x ".repeat(10_000), format.good[1]);
        let source = format.tolerant(file.as_bytes());
        assert_eq!(ranges(&source), RANGES, "{}", format.name);
        let refused: Vec<u64> = source.load_report().refused().iter().map(|refused| refused.line).collect();
        assert_eq!(refused, [format.first_line() + 1], "{}", format.name);
    }
}

/// The last line of a file may be as long, and may have no end.
#[test]
fn a_last_line_without_an_end_is_passed_over_whatever_its_length() {
    for format in &FORMATS {
        for length in [5_000, 70_000, 140_000] {
            let file = format!("{}{}\n{}", format.header, format.good[0], "x".repeat(length));
            let source = format.tolerant(file.as_bytes());
            assert_eq!(ranges(&source), RANGES[..1], "{}", format.name);
            assert_eq!(source.load_report().refused().len(), 1, "{}", format.name);
        }
    }
}

/// What is read of a line that is too long may end within an address, and then begins another address. Nobody is located by a wider
/// row where the line says something else.
#[test]
fn a_line_that_is_cut_off_within_its_addresses_does_not_hide_others() {
    for format in &FORMATS {
        let narrow = format.good[0];
        let wide =
            narrow.replace(".113.255", ".255.255").replace(".113.0", ".0.0").replace("/24", "/16").replace("|256|", "|65536|");
        for kept in 0..narrow.len() {
            // Rows that overlap: without them no row is taken to be wider than another.
            let rows = [wide.as_str(), &narrow.replace(".113.", ".112.")].join("\n");
            let file = format!("{}{rows}\n{}{narrow}\n", format.header, " ".repeat(4099 - kept));
            match (format.load)(Source::loader("provider").tolerant(), &mut file.as_bytes()) {
                Err(SourceError::Unreadable { refused, .. }) => {
                    assert_eq!(refused.line, format.first_line() + 2, "{}", format.name)
                }
                // Of a list of networks alone each may have lost a digit.
                Err(SourceError::Line { line, .. }) if format.name == "zone list" => assert_eq!(line, 3),
                Err(error) => panic!("{}: {error}", format.name),
                Ok(source) => assert_eq!(locate(&source, "203.0.113.200"), Location::Unknown, "{}: {kept}", format.name),
            }
        }
    }
}

/// Nor does it make a file with rows that overlap doubtful.
#[test]
fn a_comment_of_more_bytes_than_a_line_may_have_is_about_no_address() {
    for (name, wide, narrow) in [
        ("range CSV", "203.0.0.0,203.0.255.255,CN", "203.0.113.0,203.0.113.255,CN"),
        ("CIDR CSV", "203.0.0.0/16,CN", "203.0.113.0/24,CN"),
        ("zone list", "203.0.0.0/16", "203.0.113.0/24"),
        ("geofeed", "203.0.0.0/16,CN,,,", "203.0.113.0/24,CN,,,"),
        ("registry's statistics", "apnic|CN|ipv4|203.0.0.0|65536||allocated", "apnic|CN|ipv4|203.0.113.0|256||allocated"),
        ("MaxMind CSV", "203.0.0.0/16,1", "203.0.113.0/24,1"),
    ] {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        for mark in ["", "\u{feff}", "  "] {
            let file = format!("{}{wide}\n{mark}# {}\n{narrow}\n", format.header, "x ".repeat(10_000));
            assert_eq!(locate(&format.tolerant(file.as_bytes()), "203.0.113.7"), Location::In(region("CN")), "{name}");
        }
    }
}

/// In a tolerant load every line may be wrong, but not each of them.
#[test]
fn a_file_of_nothing_but_bad_lines_is_refused_by_a_tolerant_load() {
    for format in &FORMATS {
        let file = format!("{}{}\n{}\n", format.header, format.bad, format.bad);
        let loaded = (format.load)(Source::loader("provider").tolerant(), &mut file.as_bytes());
        assert!(matches!(loaded, Err(SourceError::AllRefused { rows: 2, .. })), "{}", format.name);
    }
}
