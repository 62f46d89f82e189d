//! What is read: files and standard input, with progress, and what is said of those that cannot be read.

use std::cell::RefCell;
use std::fs;
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use bailiwick::geo::{FileError, OpenOptions};
use bailiwick::{Source, SourceError};

use super::{Folder, gzip};

/// Many networks in CN, so that the file is longer than what is looked at to recognise its format.
fn long() -> String {
    (0..2000).map(|n| format!("203.{}.{}.0/24,CN\n", n / 250, n % 250)).collect()
}

#[test]
fn progress_counts_the_bytes_of_the_file_up_to_its_length() {
    let folder = Folder::new("progress");
    for (name, bytes) in [("plain.csv", long().into_bytes()), ("packed.csv.gz", gzip(long().as_bytes()))] {
        folder.write(name, &bytes);
        let path = folder.spec(&format!("@{name}"));
        let told = RefCell::new(Vec::new());
        let progress = |path: &str, done: u64, length: Option<u64>| told.borrow_mut().push((path.to_owned(), done, length));
        let opened = OpenOptions::new().tolerant(true).progress(&progress).open(&path.parse().unwrap()).unwrap();
        assert_eq!(opened.source.load_report().rows(), 2000);
        let told = told.into_inner();
        let length = bytes.len() as u64;
        assert!(told.len() > 1 && told.iter().all(|(of, _, whole)| *of == path && *whole == Some(length)), "{told:?}");
        let done: Vec<u64> = told.iter().map(|&(_, done, _)| done).collect();
        assert!(done.is_sorted() && done[0] <= 2 && done.last() == Some(&length), "{done:?}");
    }
}

/// Makes the test below open a source in a process of its own, which has the standard input that the test gives it.
const SPEC: &str = "BAILIWICK_TEST_OPENS";

#[test]
fn standard_input_is_read_and_named() {
    const NAME: &str = "input::standard_input_is_read_and_named";
    if let Ok(spec) = std::env::var(SPEC) {
        match OpenOptions::new().open(&spec.parse().unwrap()) {
            Err(error) => println!("\nsaid: {error}"),
            Ok(opened) => {
                let [file] = opened.files.as_slice() else { panic!("{opened:?}") };
                let located = file.load_report.located();
                println!("\nsaid: {} from {} as {}: {located}", opened.source.name(), file.path, file.format);
            }
        }
        return;
    }
    let opened = |spec: &str, input: &[u8]| {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args([NAME, "--exact", "--nocapture"]).env(SPEC, spec).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = process.spawn().unwrap();
        process.stdin.take().unwrap().write_all(input).unwrap();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().find_map(|line| line.strip_prefix("said: ")).unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let networks = b"203.0.113.0/24\n2001:db8::/32\n";
    assert_eq!(opened("-", b"203.0.113.0/24,CN\n"), "stdin from - as cidr: 1");
    assert_eq!(opened("ours=-", long().as_bytes()), "ours from - as cidr: 2000");
    assert_eq!(opened("-", &gzip(long().as_bytes())), "stdin from - as cidr: 2000");
    // The hint, and what comes of it.
    let hint = "standard input lists networks, and does not say where they are: write `zone:REGION:-`, or `exclude:-` for no place";
    assert_eq!(opened("-", networks), hint);
    assert_eq!(opened("zone:CN:-", networks), "stdin from - as zone: 2");
    assert_eq!(opened("exclude:-", networks), "stdin from - as zone: 0");
    assert_eq!(opened("-", b""), "standard input is empty: name a file with geo data");
    assert_eq!(opened("-", b"PK\x03\x04\x14\0"), "standard input is a ZIP archive: unpack it, and name the files in it");
    let error = opened("cidr:-", b"203.0.113.0/24,CN\n203.0.114.0/24,CHN\n");
    assert!(error.starts_with("`-`, line 2: `code` is `CHN`"), "{error}");
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = Folder::new("unopened");
    fs::create_dir(folder.0.join("sub")).unwrap();
    let name = "x".repeat(300);
    assert_eq!(folder.open("@nowhere").unwrap_err(), "`@nowhere` cannot be read: there is no such file");
    assert_eq!(folder.open("zone:CN:@sub").unwrap_err(), "`@sub` is a directory: name a file in it");
    assert!(folder.open(&format!("@{name}")).unwrap_err().contains(" cannot be read: `"), "the system's own words are quoted");
    let error = folder.open("@a\0b").unwrap_err();
    assert!(error.starts_with("`@a\\u{0}b` cannot be read: `"), "{error}");
    // Whoever runs tests may have all permissions.
    let error = SourceError::File { path: "geo.csv".into(), error: FileError::Read { error: ErrorKind::PermissionDenied.into() } };
    assert_eq!(error.to_string(), "`geo.csv` cannot be read: you have no permission to");
}

/// Beyond the beginning, by which its format is recognised, a file may be cut off or damaged, too.
#[test]
fn a_compressed_file_that_is_cut_off_or_damaged_far_from_its_beginning_says_so() {
    let folder = Folder::new("far");
    let mut packed = gzip(long().as_bytes());
    let whole = packed.len();
    folder.write("f.gz", &packed[..whole - 9]);
    assert_eq!(folder.open("@f.gz").unwrap_err(), "`@f.gz` ends before it is complete: get the file again");
    packed[whole - 6] ^= 1;
    folder.write("f.gz", &packed);
    let error = folder.open("@f.gz").unwrap_err();
    assert!(error.starts_with("`@f.gz` cannot be read: the data that gzip wrote is damaged ("), "{error}");
    assert!(error.ends_with("): get the file again"), "{error}");
    packed[whole - 6] ^= 1;
    folder.write("f.gz", &packed);
    assert_eq!(folder.open("@f.gz").unwrap().load_report().located(), 2000);
}

/// A program that updates files keeps the last good one when the content of the new one is wrong, and tells its user to correct the command
/// otherwise.
#[test]
fn an_error_is_in_the_content_or_in_how_the_file_was_named() {
    let folder = Folder::new("content");
    fs::create_dir(folder.0.join("sub")).unwrap();
    let cut = gzip(b"203.0.113.0/24,CN\n");
    for (name, content) in [
        ("networks", &b"203.0.113.0/24\n"[..]),
        ("empty", b" \n"),
        ("none", b"# none\n"),
        ("bad", b"203.0.113.0/24,CHN\n"),
        ("page", b"<!DOCTYPE html>\n"),
        ("blocks", b"network,geoname_id\n203.0.113.0/24,1\n"),
        ("locations", b"geoname_id,country_iso_code\n1,CN\n"),
        ("cut.gz", &cut[..cut.len() - 4]),
    ] {
        folder.write(name, content);
    }
    for (spec, is_in_content) in [
        ("@nowhere", false),
        ("@sub", false),
        ("@cut.gz", false),
        ("@blocks", false),
        ("@locations", false),
        ("@blocks,@locations,@locations", false),
        ("@networks", true),
        ("@empty", true),
        ("zone:CN:@none", true),
        ("cidr:@bad", true),
        ("@page", true),
        ("maxmind:@networks,@locations", true),
    ] {
        match Source::open(&folder.spec(spec)) {
            Err(SourceError::File { error, .. }) => assert_eq!(error.is_in_content(), is_in_content, "{spec}: {error}"),
            other => panic!("{spec}: {other:?}"),
        }
    }
}
