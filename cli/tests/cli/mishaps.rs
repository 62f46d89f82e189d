//! Mishaps: each message says what to do, and nothing panics.

use std::io::{Read, Write};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Folder, GEO, ORDER};

/// The key of a log that nobody has.
const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Calls, each with its exit status and its message.
const CASES: [(&str, i32, &str); 41] = [
    ("check nowhere.toml", 2, "error: `nowhere.toml` cannot be read: there is no such file\n"),
    ("check .", 2, "error: `.` is a directory: name a file in it\n"),
    ("check -", 1, "error: standard input is empty: an orders file has at least one order, begun with `[[orders]]`\n"),
    ("check binary", 1, "error: `binary` cannot be read: this is UTF-16: save it as UTF-8\n"),
    ("check orders.toml --geo nowhere.csv", 2, "error: `nowhere.csv` cannot be read: there is no such file\n"),
    ("check orders.toml --geo .", 2, "error: `.` is a directory: name a file in it\n"),
    ("check orders.toml --geo -", 1, "error: standard input is empty: name a file with geo data\n"),
    ("check - --geo -", 2, "error: `-` is given twice, and there is one standard input: name a file for one of them\n"),
    (
        "check orders.toml --geo orders.toml",
        1,
        "error: `orders.toml` is not recognised, as it has the line `[[orders]]`: name its format, as one of range:FILE,",
    ),
    (
        "check orders.toml --geo list.txt",
        1,
        "lists networks, and does not say where they are: write `zone:REGION:list.txt`, or `exclude:list.txt` for no place\n",
    ),
    (
        "check orders.toml --geo bad.csv",
        1,
        "error: `bad.csv`, line 2: `network` is `203.0.113.9/24`, which has host bits set: did you mean `203.0.113.0/24`? (it was read as cidr); `--tolerant` passes over this line\n",
    ),
    ("check orders.toml --geo cut.gz", 2, "error: `cut.gz` ends before it is complete: get the file again\n"),
    ("check orders.toml --geo comments.csv", 1, "is not recognised, as it has only comments: name its format"),
    (
        "check orders.toml --geo cidr:comments.csv",
        1,
        "error: `comments.csv` has no rows (it was read as cidr): name a file with geo data\n",
    ),
    ("check orders.toml --geo geofed:geo.csv", 2, "`geofed` is no format: did you mean `geofeed`?"),
    ("check orders.toml --geo zone:UK:list.txt", 2, "did you mean `GB`?"),
    (
        "check orders.toml --geo geo.csv --geo geo.csv",
        2,
        "error: two sources are named `geo.csv`: give each its own name, as in `--geo NAME=FILE`",
    ),
    ("check orders.toml --geo geo.csv --min-sources 2", 2, "error: `--min-sources` is 2, and `--geo` is given 1 time"),
    ("check orders.toml --min-sources 2", 2, "error: `--min-sources` needs sources: name geo files with `--geo FILE`\n"),
    ("check", 2, "Usage: bailiwick check"),
    ("chek orders.toml", 2, "a similar subcommand exists: 'check'"),
    (
        "explain orders.toml --meeting vigil --address ::1",
        2,
        "error: nothing says where addresses are: name a geo file with `--geo FILE`\n",
    ),
    ("explain orders.toml --geo geo.csv --meeting vigil --address 203.0.113", 2, "invalid value '203.0.113' for '--address <IP>'"),
    ("explain orders.toml --geo geo.csv --meeting vigil --address ::1 --at 2020-06-04", 2, "write a date and time with an offset"),
    ("explain orders.toml --geo geo.csv --meeting vigil --address ::1 --host UK", 2, "did you mean `GB`?"),
    (
        "reach orders.toml --geo geo.csv --picture reach.jpg",
        2,
        "error: `reach.jpg` does not end in .png or .svg: name such a file\n",
    ),
    ("reach orders.toml --geo geo.csv --picture -", 2, "error: `-` does not end in .png or .svg: name such a file\n"),
    ("diff orders.toml - --geo geo.csv --acknowledge", 2, "name the new orders file\n"),
    ("verify ledger.jsonl --key-file -", 2, "error: a secret key is not read from standard input: name the file\n"),
    ("log publish ledger.jsonl --key - --out log", 2, "error: a secret key is not read from standard input: name the file\n"),
    ("log keygen --origin example.com/log --out -", 2, "error: a key is not written to standard output: name a file\n"),
    ("log verify proof --vkey -", 2, "error: a key is not read from standard input: name the file\n"),
    (
        "verify ledger.jsonl --checkpoint - --vkey key.vkey",
        2,
        "error: a file of this kind is not read from standard input: name the file\n",
    ),
    (
        "bundle make --orders orders.toml --geo geo.csv --origin example.org/o --version 1 --expires 9999-12-31T23:59:59Z --out -",
        2,
        "error: a bundle is not written to standard output: name a file\n",
    ),
    ("bundle show -", 2, "error: a bundle is not read from standard input: name the file\n"),
    ("bundle sign b --key - --role legal", 2, "error: a secret key is not read from standard input: name the file\n"),
    (
        "report --partial - --ledger ledger.jsonl --from 2026-01-01 --until 2026-02-01",
        2,
        "error: a partial report is not for everybody to read: give a file, as in `--partial june.partial`\n",
    ),
    (
        "check orders.toml --geo trailing.gz",
        2,
        "cannot be read: other bytes follow the data that gzip wrote: get the file again; if",
    ),
    ("check trailing.gz", 2, "cannot be read: other bytes follow the data that gzip wrote: get the file again; if"),
    ("check orders.toml --geo damaged.gz", 2, "cannot be read: the data that gzip wrote is damaged ("),
    (
        "reach orders.toml --geo geo.csv --picture reach.png --cells 15",
        2,
        "error: `--cells` is 15: write an even number from 8 to 24\n",
    ),
];

#[test]
fn messages_say_what_to_do() {
    let folder = Folder::new("mishaps");
    folder.write("binary", b"\xff\xfe\0");
    folder.write("list.txt", "203.0.113.0/24\n");
    folder.write("bad.csv", "198.51.100.0/24,HK\n203.0.113.9/24,CN\n192.0.2.0/24,US\n");
    folder.write("cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    folder.write("comments.csv", "# none yet\n");
    let whole = gzip(GEO);
    folder.write("trailing.gz", [whole.as_slice(), &[0; 3]].concat());
    folder.write("damaged.gz", [&whole[..whole.len() - 5], &[1; 5]].concat());
    folder.write("key.vkey", VKEY);
    for (line, status, message) in CASES {
        let error = folder.run(line).failure(status);
        assert!(error.contains(message), "{line}: {error}");
    }
}

/// What is said about trailing bytes: once they are left out, the file is read.
#[test]
fn a_gzip_file_with_a_padding_is_read_once_it_is_decompressed() {
    let folder = Folder::new("mishaps-padding");
    folder.write("geo.csv.gz", [gzip(GEO), vec![0; 512]].concat());
    let error = folder.run("locate --geo geo.csv.gz 203.0.113.1").failure(2);
    assert!(error.contains("decompress it with `gunzip`, and name the result"), "{error}");
    folder.write("result.csv", GEO);
    assert!(folder.run("locate --geo result.csv 203.0.113.1").text().contains("CN"));
    folder.write("geo.csv.gz", gzip(GEO));
    assert!(folder.run("locate --geo geo.csv.gz 203.0.113.1").text().contains("CN"));
}

#[test]
fn a_picture_that_cannot_be_written_is_an_error() {
    let folder = Folder::new("unwritable");
    let ended = folder.run("reach orders.toml --geo geo.csv --picture nowhere/reach.svg");
    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("error: `nowhere/reach.svg` cannot be written: "), "{}", ended.err);
    std::fs::create_dir(folder.0.join("folder.svg")).unwrap();
    let error = folder.run("reach orders.toml --geo geo.csv --picture folder.svg").failure(2);
    assert_eq!(error, "error: `folder.svg` is a directory: name a file in it\n");
}

/// More networks are listed than a pipe holds, and nobody reads them.
#[test]
fn whoever_reads_may_stop_at_any_time() {
    let folder = Folder::new("pipe");
    let exempt: Vec<String> = (0..5000).map(|n| format!("\"2001:db8::{:x}/128\"", 2 * n)).collect();
    folder.write("orders.toml", ORDER.replace("\"203.0.113.7/32\"", &exempt.join(",")));
    let mut command = folder.command("reach orders.toml --geo geo.csv --networks");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 5];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((&first, output.status.code(), output.stderr.as_slice()), (b"order", Some(0), &b""[..]));
}

/// Texts of an orders file can forge neither lines nor colours.
#[test]
fn names_are_shown_with_their_control_characters_escaped() {
    let folder = Folder::new("forgery");
    folder.write("orders.toml", ORDER.replace("\"cn-1\"", r#""cn-1\n\u001b[31merror""#));
    let text = folder.run("reach orders.toml --geo geo.csv").text();
    folder.write("raw.toml", "[[orders]]\nid = \"\u{1b}[31m\"\n");
    let raw = folder.run("check raw.toml");
    assert!(raw.status == Some(1) && raw.out.contains(r#"id = "\u{1b}[31m""#) && !raw.out.contains('\u{1b}'), "{}", raw.out);
    assert!(text.starts_with(r"order `cn-1\u{a}\u{1b}[31merror` of `CN`"), "{text}");
}

#[test]
fn help_shows_where_to_begin() {
    let folder = Folder::new("help");
    let help = folder.run("--help").text();
    assert!(help.contains("bailiwick check orders.toml --geo geo.csv"), "{help}");
    for command in ["check", "explain", "locate", "reach"] {
        let help = folder.run(&format!("help {command}")).text();
        assert!(help.contains("Examples:\n") && help.contains("zone:REGION:FILE") && help.contains("--min-sources"), "{help}");
    }
    assert_eq!(folder.run("--version").text(), format!("bailiwick {}\n", env!("CARGO_PKG_VERSION")));
    assert!(folder.run("").failure(2).contains("Where to begin:"));
}

#[test]
fn a_file_whose_name_reads_like_something_else_is_that_file() {
    let folder = Folder::new("names");
    folder.write("a=b:c,d.csv", GEO);
    assert_eq!(folder.run("locate --geo a=b:c,d.csv 203.0.113.1").text(), "203.0.113.1  CN         (`a=b:c,d`: CN)\n");
}
