//! The header is that of the source, and the source keeps `unsafe` where it says.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_capi::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/bailiwick.h")
}

#[test]
fn the_header_is_current() {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut made = Vec::new();
    cbindgen::generate_with_config(root(), config).unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();
    if std::env::var_os("BAILIWICK_WRITE_HEADER").is_some() {
        fs::create_dir_all(root().join("include")).unwrap();
        fs::write(header(), &made).unwrap();
    }
    let committed = fs::read_to_string(header()).unwrap();
    assert!(committed == made, "write it anew with BAILIWICK_WRITE_HEADER=1, and look at what changed");
}

#[test]
fn constants_are_in_the_header_as_they_are_in_the_source() {
    let header = fs::read_to_string(header()).unwrap();
    let enums = [
        ("BAILIWICK_ALLOW", BAILIWICK_ALLOW),
        ("BAILIWICK_BLOCK_PARTICIPANT", BAILIWICK_BLOCK_PARTICIPANT),
        ("BAILIWICK_KEEP_MEETING", BAILIWICK_KEEP_MEETING),
        ("BAILIWICK_OK", BAILIWICK_OK),
        ("BAILIWICK_INVALID", BAILIWICK_INVALID),
        ("BAILIWICK_IO", BAILIWICK_IO),
        ("BAILIWICK_WIDER", BAILIWICK_WIDER),
        ("BAILIWICK_INTERNAL", BAILIWICK_INTERNAL),
    ];
    let lines: Vec<&str> = header.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    for (name, value) in enums {
        assert!(lines.contains(&format!("{name} = {value}").as_str()), "{name}");
    }
    assert!(lines.contains(&format!("#define BAILIWICK_ABI_VERSION {BAILIWICK_ABI_VERSION}").as_str()));
    let codes = [bailiwick::DecisionKind::Allow, bailiwick::DecisionKind::BlockParticipant, bailiwick::DecisionKind::KeepMeeting];
    let constants = [BAILIWICK_ALLOW, BAILIWICK_BLOCK_PARTICIPANT, BAILIWICK_KEEP_MEETING];
    assert_eq!(codes.map(|kind| i32::from(kind.code())), constants);
}

/// Blocks of `unsafe`, not functions that are.
#[test]
fn unsafe_code_is_in_two_modules_and_each_block_has_its_reason() {
    let mut blocks = 0;
    for file in fs::read_dir(root().join("src")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let here = text.matches("unsafe {").count();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(here == 0 || ["raw.rs", "storage.rs"].contains(&name), "{name} has {here}");
        assert!(text.matches("// SAFETY: ").count() == here, "{name}: a reason for each of {here}");
        blocks += here;
    }
    assert!(blocks > 0, "this test looks in the right place");
}
