//! Every geo format, recognised and named, plain and compressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Folder;

const BLOCKS: &str = "network,geoname_id,registered_country_geoname_id\n203.0.113.0/24,1814991,1819730\n";
const LOCATIONS: &str = "geoname_id,locale_code,country_iso_code,country_name\n1814991,en,CN,China\n1819730,en,HK,\"Hong Kong\"\n";
const CITY: &[u8] = include_bytes!("../../../tests/formats/mmdb/city.mmdb");
const FLAT: &[u8] = include_bytes!("../../../tests/formats/mmdb/flat.mmdb");

/// Each puts 203.0.113.1 in CN: the file's name, its content, and the format's name.
const FILES: [(&str, &str, &str); 8] = [
    ("range.csv", "203.0.113.0,203.0.113.255,CN\n", "range"),
    ("numbers.csv", "\"3405803776\",\"3405804031\",\"CN\",\"China\"\n", "range"),
    ("cidr.csv", "203.0.113.0/24,CN\n", "cidr"),
    ("feed.csv", "# feed\n203.0.113.0/24,CN,CN-GD,Guangzhou,\n", "geofeed"),
    ("delegated", "2|apnic|20200604|1|19830613|20200603|+1000\napnic|CN|ipv4|203.0.113.0|256|20110811|assigned\n", "rir"),
    ("cn.zone", "203.0.113.0/24\n", "zone"),
    ("cn-aggregated.zone", "203.0.113.0/24\n", "zone"),
    ("\u{fc}.csv", "\u{feff}203.0.113.0/24,CN\r\n", "cidr"),
];

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The location that the tool gives 203.0.113.1, and the format as which it read the first file.
fn located(folder: &Folder, geo: &str, stdin: &[u8]) -> (String, String) {
    let ended = folder.run_with(&format!("locate --verbose --json {geo} 203.0.113.1"), stdin);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let format = ended.err.split_once(" (").unwrap().1.split_once(',').unwrap().0;
    (report["location"].as_str().unwrap().to_owned(), format.to_owned())
}

#[test]
fn files_are_recognised_plain_compressed_and_from_standard_input() {
    let folder = Folder::new("formats");
    for (name, content, format) in FILES {
        let place = if format == "geofeed" { "CN-GD" } else { "CN" };
        folder.write(name, content);
        let expected = (place.to_owned(), format.to_owned());
        assert_eq!(located(&folder, &format!("--geo {name}"), b""), expected, "{name}");
        let compressed = name.replace(".csv", ".bin") + if format == "zone" { ".gz" } else { "" };
        folder.write(&compressed, gzip(content.as_bytes()));
        assert_eq!(located(&folder, &format!("--geo {compressed}"), b""), expected, "{compressed}");
        let named = if format == "zone" { "zone:CN".to_owned() } else { format.to_owned() };
        assert_eq!(located(&folder, &format!("--geo {named}:{name}"), b""), expected, "{named}");
        assert_eq!(located(&folder, &format!("--geo x={named}:-"), &gzip(content.as_bytes())), expected, "{named}");
    }
}

#[test]
fn the_files_of_maxmind_are_recognised_by_their_headers() {
    let folder = Folder::new("maxmind");
    folder.write("blocks.csv", BLOCKS);
    folder.write("blocks6.csv", "network,geoname_id,registered_country_geoname_id\n2001:db8::/32,1814991,\n");
    folder.write("locations.csv.gz", gzip(LOCATIONS.as_bytes()));
    let expected = ("CN".to_owned(), "maxmind".to_owned());
    for geo in [
        "blocks.csv,locations.csv.gz",
        "locations.csv.gz,blocks.csv",
        "maxmind:blocks.csv:locations.csv.gz",
        "mm=maxmind:blocks.csv,blocks6.csv:locations.csv.gz",
        "blocks.csv,blocks6.csv,locations.csv.gz",
    ] {
        assert_eq!(located(&folder, &format!("--geo {geo}"), b""), expected, "{geo}");
    }
    let both = folder.run("locate --geo mm=blocks.csv,blocks6.csv,locations.csv.gz 2001:db8::1").text();
    assert_eq!(both, "2001:db8::1  CN         (mm: CN)\n");
    let error = folder.run("locate --geo maxmind:geo.csv:locations.csv.gz ::1").failure(1);
    assert_eq!(error, "error: `geo.csv` is no CSV file of MaxMind: name it without `maxmind:`, so that its format is recognised\n");
    let error = folder.run("locate --geo blocks.csv ::1").failure(2);
    assert!(error.contains("name its locations, too, as in `blocks.csv,LOCATIONS`"), "{error}");
    let error = folder.run("locate --geo locations.csv.gz ::1").failure(2);
    assert!(error.contains("name its blocks, too"), "{error}");
}

#[test]
fn databases_are_recognised_and_may_have_their_own_layout() {
    let folder = Folder::new("mmdb");
    folder.write("city.mmdb", CITY);
    folder.write("flat.db", gzip(FLAT));
    assert_eq!(located(&folder, "--geo city.mmdb", b"").1, "mmdb");
    assert_eq!(located(&folder, "--geo mmdb:country_code:flat.db", b"").1, "mmdb");
    assert_eq!(located(&folder, "--geo flat.db", b"").1, "mmdb");
    let error = folder.run("locate --geo mmdb:land:flat.db ::1").failure(1);
    assert!(error.contains("; write `mmdb:country_code:flat.db`)"), "{error}");
}

#[test]
fn files_of_several_formats_may_make_one_source() {
    let folder = Folder::new("mixed");
    folder.write("hk.zone", "198.51.100.0/24\n");
    let text = folder.run("locate --geo all=geo.csv,hk.zone 198.51.100.1 203.0.113.1").text();
    assert_eq!(text, "198.51.100.1  HK         (all: HK)\n203.0.113.1   CN         (all: CN)\n");
}
