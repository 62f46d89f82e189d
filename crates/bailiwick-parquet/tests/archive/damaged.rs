//! Archives that were changed, cut off or made to deceive.

use std::fs;
use std::path::Path;

use bailiwick_parquet::{Archive, ArchiveError};
use sha2::{Digest, Sha256};

use super::{Folder, export, key, restored, sample, vector_files, vector_key};

/// An archive of two small files.
fn archive(folder: &Folder) -> Vec<u8> {
    export(&folder.archive(), &sample(), None, Some(vector_key())).unwrap();
    fs::read(folder.archive()).unwrap()
}

fn open(folder: &Folder, bytes: &[u8]) -> Result<Archive, ArchiveError> {
    let path = folder.0.join("changed.parquet");
    fs::write(&path, bytes).unwrap();
    Archive::open(&path)
}

/// The position of the sums, of 80 bytes.
fn sums(bytes: &[u8]) -> usize {
    let length = bytes.len() - 8;
    length - usize::try_from(u32::from_le_bytes(bytes[length..length + 4].try_into().unwrap())).unwrap() - 80
}

/// Makes the sums fit, as only somebody does who means to deceive.
fn sealed_again(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = sums(&bytes);
    let footer = at + 80..bytes.len() - 8;
    let sums = [Sha256::digest(&bytes[..at]), Sha256::digest(&bytes[footer])].concat();
    bytes[at + 16..at + 80].copy_from_slice(&sums);
    bytes
}

#[test]
fn every_changed_byte_is_found_before_anything_is_decoded() {
    let folder = Folder::new();
    let bytes = archive(&folder);
    assert!(open(&folder, &bytes).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let error = open(&folder, &changed).unwrap_err();
        assert!(matches!(error, ArchiveError::Changed | ArchiveError::NotAnArchive { .. }), "byte {at}: {error}");
    }
}

#[test]
fn an_archive_that_was_cut_off_says_so() {
    let folder = Folder::new();
    let bytes = archive(&folder);
    for length in 0..bytes.len() {
        let error = open(&folder, &bytes[..length]).unwrap_err();
        assert!(matches!(error, ArchiveError::Changed | ArchiveError::NotAnArchive { .. }), "{length} bytes: {error}");
    }
    let error = open(&folder, &bytes[..bytes.len() - 1]).unwrap_err().to_string();
    assert_eq!(error, "it is not an archive of a ledger: it is no whole Parquet file, as its end is missing: get the file again");
}

/// Bytes from one end to the other, with sums that fit: what comes back is the ledger, or nothing does.
#[test]
fn an_archive_that_was_made_to_deceive_gives_no_other_ledger() {
    deceive(37);
}

/// Some minutes: `cargo test -p bailiwick-parquet --test archive -- --ignored every_byte`.
#[test]
#[ignore = "takes minutes"]
fn every_byte_of_an_archive_that_was_made_to_deceive_gives_no_other_ledger() {
    deceive(1);
}

/// Changes one byte in so many.
fn deceive(step: usize) {
    let folder = Folder::new();
    let bytes = archive(&folder);
    let expected = sample();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut outcomes = [0, 0];
    for at in (4..bytes.len() - 8).step_by(step).filter(|at| !(sums(&bytes)..sums(&bytes) + 80).contains(at)) {
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let path = folder.0.join("changed.parquet");
            fs::write(&path, sealed_again(changed)).unwrap();
            match restored(&path, Some(&vector_key())) {
                Ok(files) => {
                    // Names are the archive's to say.
                    let bytes = |files: &[(String, Vec<u8>)]| files.iter().map(|(_, file)| file.clone()).collect::<Vec<_>>();
                    assert_eq!(bytes(&files), bytes(&expected), "byte {at}");
                    outcomes[0] += 1;
                }
                Err(_) => outcomes[1] += 1,
            }
        }
    }
    std::panic::set_hook(hook);
    assert!(outcomes[0] > 0 && outcomes[1] > outcomes[0], "{outcomes:?}");
}

/// Changes a text of the footer, which has its length before it.
fn with_text(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
    sealed_again([&bytes[..at], to, &bytes[at + from.len()..]].concat())
}

#[test]
fn a_later_version_a_foreign_schema_and_a_hostile_name_are_refused() {
    let folder = Folder::new();
    let bytes = archive(&folder);
    let cases: [(&[u8], &[u8], &str); 6] = [
        (b"bailiwick.archive\x18\x011", b"bailiwick.archive\x18\x012", "it has version `2`, and only version 1 is known here"),
        (b"bailiwick.archive", b"bailiwick.archivf", "its metadata has no version of an archive"),
        (b"bailiwick.files", b"bailiwick.filez", "its metadata does not list the files of the ledger"),
        (b"\x18\x07verdict", b"\x18\x07verdicT", "it has other columns"),
        (b"form-2-a.jsonl", b"../../../jsonl", "`../../../jsonl` cannot be the name of a file"),
        (b"form-2-a.jsonl", b"form-2-b.jsonl", "its content contradicts itself (two files have one name)"),
    ];
    for (from, to, said) in cases {
        // The first `verdict` of the footer is that of the schema.
        let changed = if from.starts_with(b"\x18\x07") {
            let at = sums(&bytes) + 80 + bytes[sums(&bytes) + 80..].windows(from.len()).position(|window| window == from).unwrap();
            sealed_again([&bytes[..at], to, &bytes[at + from.len()..]].concat())
        } else {
            with_text(&bytes, from, to)
        };
        let error = open(&folder, &changed).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn what_is_no_archive_says_so() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 3] = [
        (b"", "it is not a Parquet file"),
        (&sample()[0].1, "it is not a Parquet file"),
        (&[b"PAR1".as_slice(), &[0; 200], &[4, 0, 0, 0], b"PAR1"].concat(), "it has no sums before its footer"),
    ];
    for (bytes, said) in cases {
        let error = open(&folder, bytes).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

fn said(archive: &Path, key: Option<&bailiwick::ledger::Key>) -> String {
    restored(archive, key).unwrap_err().to_string()
}

#[test]
fn lines_of_form_2_come_back_with_their_key_alone() {
    let folder = Folder::new();
    archive(&folder);
    assert_eq!(
        said(&folder.archive(), None),
        "`form-2-a.jsonl` has form 2: its lines have salts, which only the key of the ledger gives"
    );
    assert_eq!(
        said(&folder.archive(), Some(&key())),
        "`form-2-a.jsonl` was written with another key: give the key that its ledger was opened with"
    );
}

#[test]
fn lines_of_form_1_come_back_without_a_key() {
    let folder = Folder::new();
    let files = vector_files(&["form-1-a.jsonl"]);
    export(&folder.archive(), &files, None, None).unwrap();
    assert_eq!(restored(&folder.archive(), None).unwrap(), files);
}

/// A ledger of which somebody wrote the chain anew with salts of their own: it verifies without the key alone.
#[test]
fn salts_that_the_key_does_not_give_are_kept_or_found_missing() {
    use bailiwick::ledger::{Line, Lines};
    let mut prev = format!("sha256:{}", "0".repeat(64));
    let mut forged = Vec::new();
    for line in Lines::new(sample()[0].1.as_slice()).map(Result::unwrap) {
        let own = line.salt().unwrap().to_string();
        let salt = if matches!(line, Line::Header(_)) { own.clone() } else { "AAECAwQFBgcICQoLDA0ODw".to_owned() };
        let text = line.to_string().replace(&own, &salt).replace(&line.prev().to_string(), &prev);
        prev = bailiwick::Digest::of(text.as_bytes()).to_string();
        forged.extend(text.into_bytes());
        forged.push(b'\n');
    }
    let files = vec![("forged.jsonl".to_owned(), forged)];
    let without = Folder::new();
    export(&without.archive(), &files, None, None).unwrap();
    let error = said(&without.archive(), Some(&vector_key()));
    assert!(error.contains("does not come back as it was exported: its salts are not those of the key"), "{error}");

    let with = Folder::new();
    let counts = export(&with.archive(), &files, None, Some(vector_key())).unwrap();
    assert_eq!(counts.raw, counts.rows - 1, "all lines but the header are kept as their text");
    assert_eq!(restored(&with.archive(), Some(&vector_key())).unwrap(), files);
}
