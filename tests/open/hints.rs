//! Each hint of an error, followed: the file or its name is changed as the message says, and then it is read.

use super::{Folder, locate};
use bailiwick::Location;

/// The change that a hint asks for.
enum Fix {
    /// The name.
    Spec(&'static str),
    /// The content.
    Content(&'static str),
}
use Fix::{Content, Spec};

/// The content of the file `f`, its name, what is said, and what is done then. After it, 203.0.113.7 is in CN.
const HINTS: &[(&str, &str, &str, Fix)] = &[
    ("203.0.113.0/24\n", "@f", "write `zone:REGION:@f`", Spec("zone:CN:@f")),
    ("203.0.113.0/24,CN\n", "geofed:@f", "did you mean `geofeed`?", Spec("geofeed:@f")),
    ("203.0.113.0/24\n", "zone:@f", "such as `zone:CN:cn.txt`", Spec("zone:CN:@f")),
    ("203.0.113.0/24\n", "zone:CHN:@f", "did you mean `CN`?", Spec("zone:CN:@f")),
    ("203.0.113.0,203.0.113.255,US,CN\n", "@f", "as in `range:4:FILE`", Spec("range:4:@f")),
    ("203.0.113.0/24,US,CN\n", "cidr:@f", "as in `cidr:3:FILE`", Spec("cidr:3:@f")),
    ("203.0.113.0/24,CN\n", "cidr:1:@f", "such as `cidr:2:FILE`", Spec("cidr:2:@f")),
    ("203.0.113.0/24,CN\n", "x=exclude:@f", "write `exclude:NAME=FORMAT:FILE`", Spec("@f")),
    ("203.0.113.0/24,CN\n", "maxmind:@f", "name it without `maxmind:`", Spec("@f")),
    ("203.0.113.0 203.0.113.255 CN\n", "@f", "name its format, as one of range:FILE,", Content("203.0.113.0,203.0.113.255,CN\n")),
    ("203.0.113.0/24,CHN\n", "@f", "did you mean `CN`?", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.0/24,156\n", "@f", "did you mean `CN`?", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.0/24,China\n", "@f", "did you mean `CN`?", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.9/24,CN\n", "@f", "did you mean `203.0.113.0/24`?", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.0/33,CN\n", "@f", "write one like `203.0.113.0/24`", Content("203.0.113.0/24,CN\n")),
    ("203.0.113,203.0.113.255,CN\n", "range:@f", "write one like `203.0.113.0`", Content("203.0.113.0,203.0.113.255,CN\n")),
    ("203.0.113.255,203.0.113.0,CN\n", "@f", "write the lower address first", Content("203.0.113.0,203.0.113.255,CN\n")),
    ("203.0.113.0,2001:db8::,CN\n", "@f", "write both in one family", Content("203.0.113.0,203.0.113.255,CN\n")),
    ("203.0.113.0/24,\"CN\n", "@f", "close it, and double the quotes within it", Content("203.0.113.0/24,\"CN\"\n")),
    ("203.0.113.0/24,CN,US-AL,,\n", "@f", "correct one of the two", Content("203.0.113.0/24,CN,CN-GD,,\n")),
    (
        "203.0.113.0/24,CN,CN-GUANG,,\n",
        "@f",
        "a code of ISO 3166-2, such as `US-AL`, or nothing",
        Content("203.0.113.0/24,CN,,,\n"),
    ),
    ("203.0.113.0/24,CN-GD,,,\n", "@f", "the two letters of ISO 3166-1", Content("203.0.113.0/24,CN,CN-GD,,\n")),
    ("203.0.113.0/24,CN,,,\n203.0.113.0/24,HK,,,\n", "@f", "keep one of the two", Content("203.0.113.0/24,CN,,,\n")),
    ("203.0.113.0/24,CN,,,\n10.0.0.0/8,CN,,,\n", "@f", "leave the line out", Content("203.0.113.0/24,CN,,,\n")),
    (
        "203.0.113.0/24,CN,,,192.0.2.0/24,HK,,,\n",
        "@f",
        "are these two lines in one?",
        Content("203.0.113.0/24,CN,,,\n192.0.2.0/24,HK,,,\n"),
    ),
    (
        "203.0.113.0/24,CN,,,\u{2028}192.0.2.0/24,HK,,,\n",
        "@f",
        "end the line there with LF",
        Content("203.0.113.0/24,CN,,,\n192.0.2.0/24,HK,,,\n"),
    ),
    ("\n", "@f", "name a file with geo data", Content("203.0.113.0/24,CN\n")),
    ("# nothing\n", "cidr:@f", "name a file with geo data", Content("203.0.113.0/24,CN\n")),
    (
        "203.0.113.0,203.0.113.255\n",
        "@f",
        "a range of addresses as `first-last` in one column",
        Content("203.0.113.0-203.0.113.255,CN\n"),
    ),
    ("<!DOCTYPE html>\n", "@f", "download the file again", Content("203.0.113.0/24,CN\n")),
    ("{\"prefixes\": []}\n", "@f", "write its networks one a line", Content("203.0.113.0/24,CN\n")),
    ("2\u{0}0\u{0}3\u{0}", "@f", "is UTF-16 text: save it as UTF-8", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.0/24,C\u{0}N\n", "cidr:@f", "write one of ISO 3166", Content("203.0.113.0/24,CN\n")),
    ("203.0.113.0/24\n192.0.0.0/2", "zone:CN:@f", "end the line when nothing is missing", Content("203.0.113.0/24\n192.0.0.0/2\n")),
    ("203.0.113.0/24;HK\n", "zone:CN:@f", "write one like `203.0.113.0/24`", Content("203.0.113.0/24 ;HK\n")),
    (
        "network,country_name,region_code\n203.0.113.0/24,China,GD\n",
        "cidr:@f",
        "the header names no column `country_code`",
        Content("network,country_code,region_code\n203.0.113.0/24,CN,GD\n"),
    ),
    (
        "network,country_code,name\n203.0.113.0/24,CN\n",
        "@f",
        "and the header names 3: is the file complete?",
        Content("network,country_code,name\n203.0.113.0/24,CN,China\n"),
    ),
    (
        "203.0.113.0/24,CN,,,\n203.0.113.128/25,\n203.0.113.1/24,HK,,,\n",
        "@f",
        "did you mean `203.0.113.0/24`?",
        Content("203.0.113.0/24,CN,,,\n203.0.113.128/25,\n"),
    ),
    (
        "2|apnic|1|2|1|20200604|0\napnic|CN|ipv4|203.0.113.0|256||allocated\n",
        "@f",
        "it has 1 of the 2 records that it says it has, so get it from its publisher again",
        Content("2|apnic|1|1|1|20200604|0\napnic|CN|ipv4|203.0.113.0|256||allocated\n"),
    ),
    (
        "apnic|CN|ipv4|203.0.113.0|0||allocated\n",
        "@f",
        "write how many addresses there are, at least 1",
        Content("apnic|CN|ipv4|203.0.113.0|256||allocated\n"),
    ),
    (
        "apnic|CN|ipv5|203.0.113.0|256||allocated\n",
        "@f",
        "write `ipv4`, `ipv6` or `asn`",
        Content("apnic|CN|ipv4|203.0.113.0|256||allocated\n"),
    ),
    (
        "apnic|CN|ipv4|203.0.113.0|256||held\n",
        "@f",
        "write `allocated`, `assigned`",
        Content("apnic|CN|ipv4|203.0.113.0|256||assigned\n"),
    ),
    (
        "start,end,place\n203.0.113.0,203.0.113.255,CN\n",
        "@f",
        "the header names no column `country_code`",
        Content("start,end,country_code\n203.0.113.0,203.0.113.255,CN\n"),
    ),
];

#[test]
fn whoever_follows_the_hint_of_an_error_ends_well() {
    for (n, (content, spec, hint, fix)) in HINTS.iter().enumerate() {
        let folder = Folder::new(&format!("hint-{n}"));
        folder.write("f", content);
        let error = folder.open(spec).expect_err(content);
        assert!(error.contains(hint), "{content}: {error}");
        let spec = match fix {
            Spec(spec) => spec,
            Content(content) => {
                folder.write("f", content);
                spec
            }
        };
        let source = folder.open(spec).unwrap_or_else(|error| panic!("{content}: {error}"));
        let Location::In(region) = locate(&source, "203.0.113.7") else { panic!("{content} is not located") };
        assert_eq!(region.country().as_str(), "CN", "{content}");
    }
}

/// A line of more bytes than are read, compressed files and databases that are damaged: what is made of a good file.
#[test]
fn hints_about_a_file_as_a_whole_end_well() {
    let folder = Folder::new("hint-whole");
    let good = "203.0.113.0/24,CN\n";
    let is_read = |spec: &str| locate(&folder.open(spec).unwrap(), "203.0.113.7") == Location::In("CN".parse().unwrap());

    folder.write("f", format!("203.0.113.0/24,CN{}\n", " ".repeat(5000)));
    assert!(folder.open("@f").unwrap_err().contains("the line is longer than 4096 bytes: is this the right file?"));
    folder.write("f", good);
    assert!(is_read("@f"));

    let twice = super::gzip(&super::gzip(good.as_bytes()));
    folder.write("f.gz", &twice);
    assert!(folder.open("@f.gz").unwrap_err().contains("decompress it first, with `gunzip`, and name the result"));
    folder.write("f", super::gzip(good.as_bytes()));
    assert!(is_read("@f"), "the result of gunzip");

    let cut = super::gzip(good.as_bytes());
    folder.write("f.gz", &cut[..cut.len() - 4]);
    assert!(folder.open("@f.gz").unwrap_err().contains("ends before it is complete: get the file again"));
    folder.write("f.gz", &cut);
    assert!(is_read("@f.gz"));

    for rest in [&b"\0"[..], &[0; 512], b"more"] {
        folder.write("f.gz", [&cut, rest].concat());
        assert!(
            folder
                .open("@f.gz")
                .unwrap_err()
                .contains(" cannot be read: other bytes follow the data that gzip wrote: get the file again")
        );
    }
    folder.write("f.gz", &cut);
    assert!(is_read("@f.gz"), "without them, and as gunzip writes it");

    folder.write("f", "203.0.113.0/24,CN\n203.0.113.128/25,CN\nx,CN\n");
    let tolerant = bailiwick::geo::OpenOptions::new().tolerant(true);
    let spec = || folder.spec("cidr:@f").parse().unwrap();
    let error = tolerant.open(&spec()).unwrap_err().to_string();
    assert!(error.contains("so it is not passed over: correct or delete it"), "{error}");
    folder.write("f", "203.0.113.0/24,CN\n203.0.113.128/25,CN\n");
    assert!(tolerant.open(&spec()).is_ok() && is_read("cidr:@f"));

    let database = include_bytes!("../formats/mmdb/country.mmdb");
    folder.write("f", &database[..database.len() / 2]);
    assert!(folder.open("@f").unwrap_err().contains("load it from its publisher again"));
    folder.write("f", database);
    assert!(is_read("@f"));
    let error = folder.open("mmdb:country:@f").unwrap_err();
    assert!(error.contains("or name another path"), "{error}");
    assert!(is_read("mmdb:country.iso_code:@f"));
}

/// A list of ranges to be excluded excludes all of them, once it is written as is said.
#[test]
fn an_exclusion_of_ranges_excludes_them_when_the_hint_is_followed() {
    let folder = Folder::new("hint-exclude");
    folder.write("f", "203.0.113.0,203.0.113.255\n");
    assert!(folder.open("exclude:@f").unwrap_err().contains("a range of addresses as `first-last` in one column"));
    folder.write("f", "203.0.113.0-203.0.113.255\n");
    let source = folder.open("exclude:@f").unwrap();
    assert!(
        source.is_excluding()
            && source.ranges().eq([("203.0.113.0".parse().unwrap(), "203.0.113.255".parse().unwrap(), bailiwick::Region::UNKNOWN)])
    );
}

/// The path of a code that is offered has one.
#[test]
fn the_path_that_is_offered_for_a_database_has_its_codes() {
    let folder = Folder::new("hint-path");
    folder.write("f", include_bytes!("../formats/mmdb/flat.mmdb"));
    let error = folder.open("mmdb:land.code:@f").unwrap_err();
    let offered = error.split("; write `").nth(1).unwrap().trim_end_matches("`)").replace('@', &folder.spec("@"));
    assert!(bailiwick::Source::open(&offered).unwrap().load_report().located() > 0);
}

/// A database whose texts are no codes has no path that could be offered.
#[test]
fn no_path_is_offered_for_a_database_without_codes() {
    let folder = Folder::new("hint-no-path");
    let mut database = include_bytes!("../formats/mmdb/flat.mmdb").to_vec();
    // A text of two bytes begins with their number and the number of its type.
    for at in 0..database.len() - 2 {
        if database[at] == 0x42 && database[at + 1..at + 3].iter().all(u8::is_ascii_uppercase) {
            database[at + 1..at + 3].copy_from_slice(b"-1");
        }
    }
    folder.write("f", database);
    let error = folder.open("mmdb:land.code:@f").unwrap_err();
    assert!(error.contains("land.code") && !error.contains("write `mmdb:"), "{error}");
}

/// MaxMind's files are named together.
#[test]
fn the_other_half_of_maxminds_files_is_asked_for() {
    let folder = Folder::new("hint-halves");
    folder.write("blocks", "network,geoname_id\n203.0.113.0/24,1\n");
    folder.write("locations", "geoname_id,country_iso_code\n1,CN\n");
    assert!(folder.open("@blocks").unwrap_err().contains("as in `@blocks,LOCATIONS`"));
    assert!(folder.open("@locations").unwrap_err().contains("as in `BLOCKS,@locations`"));
    assert!(folder.open("@blocks,@locations").is_ok());
    assert!(folder.open("@blocks,@locations,@locations").unwrap_err().contains("name one, of any language"));
}
