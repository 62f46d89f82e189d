//! The test vectors of `docs/json.md`: ledgers, dockets and geo files with their digests, for whoever writes a verifier.
//!
//! `cargo test --all-features --test vectors -- --ignored` makes the ledgers anew, with other times of their headers; the dockets
//! and geo files are written by hand.

#[path = "../bodies/mod.rs"]
mod bodies;
mod make;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick::ledger::{Head, Key, Verification, Verified, VerifyError};
use bailiwick::{Atlas, Docket, Policy, Source};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn vectors() -> Value {
    serde_json::from_slice(&read("vectors.json")).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn key() -> Key {
    Key::new(&read("key")).unwrap()
}

fn docket(name: &str) -> Docket {
    let text = String::from_utf8(read(name)).unwrap();
    if name.ends_with(".toml") { Docket::from_toml(&text).unwrap() } else { Docket::from_json(&text).unwrap() }
}

fn atlas(sources: &[&str]) -> Atlas {
    let add = |builder: bailiwick::AtlasBuilder, name: &&str| {
        builder.source(Source::from_range_csv(*name, read(name).as_slice()).unwrap())
    };
    sources.iter().fold(Atlas::builder(), add).build().unwrap()
}

#[test]
fn every_ledger_has_the_head_and_the_counts_that_are_written_down() {
    let vectors = vectors();
    for ledger in vectors["ledgers"].as_array().unwrap() {
        let mut verification = Verification::new().with_key(key());
        for file in texts(&ledger["files"]) {
            verification.file(file, read(file).as_slice()).unwrap();
        }
        let Verified { lines, records, pads, unrecorded, head, public_head, .. } = verification.finish().unwrap();
        let found = [lines, records, pads, unrecorded].map(Value::from);
        let [head, public_head] = [head, public_head].map(|head| head.map_or(Value::Null, |head: Head| head.to_string().into()));
        let expected = ["lines", "decisions", "pads", "unrecorded"].map(|count| ledger[count].clone());
        assert_eq!((found, head, public_head), (expected, ledger["head"].clone(), ledger["public_head"].clone()));
    }
}

#[test]
fn every_ledger_that_no_ledger_wrote_is_refused_at_its_line() {
    for refused in vectors()["refused"].as_array().unwrap() {
        let name = refused["file"].as_str().unwrap();
        let mut verification = Verification::new().with_key(key());
        let error = verification.file(name, read(name).as_slice()).unwrap_err();
        let VerifyError::Fault(fault) = &error else { panic!("{error}") };
        assert_eq!(Some(fault.line), refused["line"].as_u64(), "{error}");
    }
}

#[test]
fn every_docket_and_atlas_has_the_digest_that_is_written_down() {
    let vectors = vectors();
    let nowhere = Atlas::builder().build().unwrap();
    for docket in vectors["dockets"].as_array().unwrap() {
        for file in texts(&docket["files"]) {
            let policy = Policy::compile(&self::docket(file), &nowhere).unwrap();
            assert_eq!(policy.digest().to_string(), docket["digest"].as_str().unwrap(), "{file}");
        }
    }
    for atlas in vectors["atlases"].as_array().unwrap() {
        let sources = texts(&atlas["sources"]);
        assert_eq!(self::atlas(&sources).digest().to_string(), atlas["digest"].as_str().unwrap(), "{sources:?}");
    }
}

/// The verifier in Python, which was written from `docs/json.md`, comes to the same. Where there is no Python, nothing is shown.
#[test]
fn another_verifier_comes_to_the_same() {
    let verify = folder().join("verify.py");
    let Ok(output) = Command::new("python3").arg("-B").arg(&verify).output() else { return };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
}
