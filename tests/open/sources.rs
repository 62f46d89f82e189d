//! Files that are recognised, and what is done with several.

use std::cell::RefCell;

use bailiwick::geo::{OpenOptions, SourceSpec};
use bailiwick::{Atlas, Location, Source};

use super::{Folder, gzip, locate};

/// Files that put 203.0.113.7 in CN, each after a kind that is published.
const FILES: [(&str, &str); 21] = [
    ("range.csv", "203.0.113.0,203.0.113.255,CN\n"),
    ("range-header.csv", "start,end,country\n203.0.113.0,203.0.113.255,CN\n"),
    ("dbip.csv", "203.0.113.0,203.0.113.255,AS,CN,Guangdong,Shenzhen,22.5,114.0\n"),
    ("db1.csv", "\"3405803776\",\"3405804031\",\"CN\",\"China\"\r\n"),
    ("db3.csv", "\"3405803776\",\"3405804031\",\"CN\",\"China\",\"Guangdong\",\"Shenzhen\"\r\n"),
    ("db1.cidr.csv", "\"0.0.0.0/8\",\"-\",\"-\"\r\n\"203.0.113.0/24\",\"CN\",\"China\"\r\n"),
    ("legacy.csv", "\"203.0.113.0\",\"203.0.113.255\",\"3405803776\",\"3405804031\",\"CN\",\"China\"\n"),
    ("city.csv", "203.0.113.0,203.0.113.255,CN,Guangdong,,Shenzhen,,22.5,114.0,Asia/Shanghai\n"),
    ("asn.tsv", "203.0.113.0\t203.0.113.255\t64496\tCN\tEXAMPLE\n203.0.114.0\t203.0.114.255\t0\tNone\tNot routed\n"),
    ("country.tsv", "203.0.113.0\t203.0.113.255\tCN\n203.0.114.0\t203.0.114.255\tNone\n"),
    ("ipinfo.csv", "network,country,country_code,asn\n203.0.113.0/24,China,CN,AS64496\n198.51.100.7,,,\n"),
    ("cidr.csv", "203.0.113.0/24,CN # office\n"),
    ("feed.csv", "# feed\n203.0.113.0/24,CN,,,"),
    ("feed-header.csv", "ip_prefix,alpha2code,region,city,postal_code\n203.0.113.0/24,CN,,,\n"),
    ("feed-tabs.csv", "203.0.113.0/24\tCN\t\tShenzhen\t518000\n"),
    ("feed-semicolons.csv", "203.0.113.0/24;CN;;Shenzhen;518000\n"),
    ("feed-cr.csv", "192.0.2.0/24,US,,,\r203.0.113.0/24,CN,,,\r"),
    ("feed-mark.csv", "\u{feff}203.0.113.0/24,CN,,,\r\n"),
    ("rir.txt", "2|apnic|20200604|1|19830613|20200603|+1000\rapnic|CN|ipv4|203.0.113.0|256|20110811|assigned\r"),
    ("cn.zone", "; list\n203.0.113.0/24 ; here\n"),
    ("blocks.csv,@locations.csv", ""),
];

#[test]
fn published_files_are_recognised_compressed_or_not() {
    let folder = Folder::new("published");
    folder.write(
        "blocks.csv",
        "network,geoname_id,is_anycast\n203.0.113.0/24,1,\n\u{feff}network,geoname_id,is_anycast\n192.0.2.0/24,1,1\n",
    );
    folder.write("locations.csv", "geoname_id,country_iso_code\n1,CN\n");
    for (name, content) in FILES {
        if !content.is_empty() {
            folder.write(name, content);
            folder.write(&format!("{name}.gz"), gzip(content.as_bytes()));
        }
        for name in [name.to_owned(), format!("{name}.gz")].iter().take(if content.is_empty() { 1 } else { 2 }) {
            let source = folder.open(&format!("@{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(locate(&source, "203.0.113.7"), Location::In("CN".parse().unwrap()), "{name}");
        }
    }
}

#[test]
fn a_source_that_is_named_says_what_it_is_and_how_far_it_was_read() {
    let folder = Folder::new("named");
    folder.write("geo-ipv4.csv", "203.0.113.0,203.0.113.255,CN\n");
    folder.write("geo-ipv6.csv", "2001:db8::,2001:db8::ffff,CN\n");
    let spec: SourceSpec = folder.spec("@geo-ipv4.csv,@geo-ipv6.csv").parse().unwrap();
    let paths = ["@geo-ipv4.csv", "@geo-ipv6.csv"].map(|path| folder.spec(path));
    assert_eq!((spec.name().as_str(), spec.files(), spec.is_excluding()), ("geo", paths.as_slice(), false));
    let excluding = spec.clone().excluding().named("exits");
    assert_eq!((excluding.name().as_str(), excluding.files(), excluding.is_excluding()), ("exits", paths.as_slice(), true));
    let read = RefCell::new(Vec::new());
    let progress = |path: &str, bytes: u64, len: Option<u64>| read.borrow_mut().push((path.to_owned(), bytes, len));
    let options = OpenOptions::new().progress(&progress);
    assert_eq!(format!("{options:?}"), "OpenOptions { tolerant: false, .. }");
    options.open(&spec).unwrap();
    let read = read.into_inner();
    for path in &paths {
        let len = std::fs::metadata(path).unwrap().len();
        assert!(read.contains(&(path.clone(), len, Some(len))), "{path}: {read:?}");
    }
}

#[test]
fn an_excluding_source_is_read_strictly_and_needs_no_region() {
    let folder = Folder::new("excluding");
    folder.write("range.csv", "203.0.113.0,203.0.113.255,CN\n");
    folder.write("exits.txt", "203.0.113.7\n");
    folder.write("bad.txt", "203.0.113.7\nnonsense\n203.0.113.9\n");
    folder.write("empty.txt", "# none\n");
    let exits = folder.open("exclude:tor=@exits.txt").unwrap();
    assert!(exits.is_excluding());
    assert_eq!(exits.name(), "tor");
    let atlas = Atlas::builder().source(folder.open("@range.csv").unwrap()).source(exits).build().unwrap();
    assert_eq!(atlas.locate("203.0.113.7".parse().unwrap()), Location::Unknown);
    assert_eq!(atlas.locate("203.0.113.8".parse().unwrap()), Location::In("CN".parse().unwrap()));
    let spec = folder.spec("exclude:zone:ZZ:@bad.txt").parse().unwrap();
    assert!(OpenOptions::new().tolerant(true).open(&spec).is_err());
    let error = folder.open("exclude:zone:ZZ:@empty.txt").unwrap_err();
    assert_eq!(error, "`@empty.txt` has no rows (it was read as zone): name a file with geo data");
}

#[test]
fn a_row_of_one_file_may_be_wider_than_a_refused_line_of_another() {
    let folder = Folder::new("nested");
    folder.write("wide.csv", "203.0.0.0/16,CN\n");
    folder.write("narrow.csv", "203.0.113.0/24,HK\n203.0.114.0/33,HK\n");
    let options = OpenOptions::new().tolerant(true);
    assert!(options.open(&folder.spec("@narrow.csv").parse().unwrap()).is_ok());
    let error = options.open(&folder.spec("@wide.csv,@narrow.csv").parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("line 2: `network` is `203.0.114.0/33`") && error.contains("a wider row might speak"), "{error}");
}

#[test]
fn several_sources_have_names_of_their_own() {
    let folder = Folder::new("several-named");
    std::fs::create_dir_all(folder.0.join("x")).unwrap();
    for name in ["a.csv", "x/a.csv", "b-ipv4.csv", "b-ipv6.csv"] {
        folder.write(name, "203.0.113.0/24,CN\n");
    }
    let specs = ["@a.csv", "@x/a.csv", "@b-ipv4.csv,@b-ipv6.csv", "ours=@a.csv"].map(|spec| folder.spec(spec).parse().unwrap());
    let opened = OpenOptions::new().open_all(&specs).unwrap();
    let names: Vec<String> = opened.iter().map(|opened| opened.source.name().replace(&folder.spec("@"), "@")).collect();
    assert_eq!(names, ["@a.csv", "@x/a.csv", "b", "ours"]);
    assert_eq!((opened[2].files.len(), opened[2].source.load_report().rows()), (2, 2));
}

/// The beginning that is looked at ends within the second row, which then tells nothing of the format.
#[test]
fn a_row_that_the_beginning_of_a_file_cuts_off_does_not_count() {
    let folder = Folder::new("cut");
    let rows = "203.0.113.0/24,CN\n203.0.114.0/24,HK\n";
    for cut in 0..rows.len() {
        let comment = format!("#{}\n", "x".repeat(62));
        let comments = comment.repeat(255) + &format!("#{}\n", "x".repeat(62 - cut));
        assert_eq!(comments.len() + cut, 1 << 14);
        folder.write("cut.csv", format!("{comments}{rows}"));
        let read = folder.open("@cut.csv");
        // With less than a row there is nothing to tell it by.
        assert_eq!(read.is_ok(), cut >= "203.0.113.0/24,CN\n".len(), "{cut}: {read:?}");
    }
}

#[test]
fn a_named_format_is_read_as_it_was_named() {
    let folder = Folder::new("named-format");
    folder.write("blocks.csv", "network,geoname_id\n203.0.113.0/24,1\n");
    folder.write("locations.csv", "geoname_id,country_iso_code\n1,CN\n");
    for spec in ["maxmind:@blocks.csv:@locations.csv", "maxmind:@locations.csv,@blocks.csv", "@blocks.csv,@locations.csv"] {
        let source = folder.open(spec).unwrap_or_else(|error| panic!("{spec}: {error}"));
        assert_eq!(locate(&source, "203.0.113.7"), Location::In("CN".parse().unwrap()), "{spec}");
    }
    let error = folder.open("cidr:@blocks.csv").unwrap_err();
    assert!(error.contains("line 1: the header names no column `country_code`"), "{error}");
    assert_eq!(format!("{:?}", OpenOptions::new().tolerant(true)), "OpenOptions { tolerant: true, .. }");
}

/// A small file that decompresses to more rows than are read.
#[test]
#[ignore = "takes a minute without optimization"]
fn a_compressed_file_has_a_bound_on_its_rows() {
    let folder = Folder::new("bomb");
    folder.write("bomb.gz", gzip("::1\n".repeat((1 << 25) + 1).as_bytes()));
    let error = folder.open("zone:CN:@bomb.gz").unwrap_err();
    assert!(error.contains("has more than 33554432 rows"), "{error}");
    assert!(Source::open("zone:CN:nowhere.gz").is_err());
}
