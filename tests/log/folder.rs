//! Publishing into a folder: step by step, after a crash, and after each way in which files can be wrong.

use std::fs;
use std::path::Path;

use bailiwick::log::{LogError, LogFolder, TileError, TreeHash};
use bailiwick::note::{Signature, SigningKey, VerifierKey};

use super::{Place, files, key, ledger, lines, publish, signing_key};

fn size(dir: &Path) -> u64 {
    LogFolder::read(dir).unwrap().size()
}

#[test]
fn a_checkpoint_covers_a_multiple_of_256_lines_and_the_rest_waits() {
    for (lines, covered) in [(1, 0), (255, 0), (256, 256), (257, 256), (511, 256), (512, 512), (1000, 768)] {
        let place = Place::new();
        let (log, published) = publish(&place.dir(), None, &ledger(lines, lines)).unwrap();
        assert_eq!((log.size(), published.is_new, published.lines), (covered, covered > 0, lines));
        assert_eq!(place.dir().exists(), covered > 0, "fewer write nothing");
        if covered > 0 {
            log.verify(Some(&key()), |_| {}).unwrap();
        }
    }
}

#[test]
fn publishing_step_by_step_gives_the_tiles_of_publishing_at_once() {
    let whole = ledger(1500, 1500);
    let (steps, once) = (Place::new(), Place::new());
    publish(&once.dir(), None, &whole).unwrap();
    let mut covered = Vec::new();
    for lines in [100, 256, 300, 300, 700, 1499, 1500] {
        // The rest of a line that is being written waits, too.
        let mut upto = ledger(lines, 1500);
        upto.extend_from_slice(b"{\"unrecorded\":10,\"se");
        let (log, published) = publish(&steps.dir(), Some(&steps.memory()), &upto).unwrap();
        covered.push((log.size(), published.is_new));
    }
    assert_eq!(covered, [(0, false), (256, true), (256, false), (256, false), (512, true), (1280, true), (1280, false)]);
    let log = LogFolder::read(steps.dir()).unwrap();
    assert_eq!(log.checkpoints().unwrap(), [256, 512, 1280]);
    log.verify(Some(&key()), |_| {}).unwrap();
    for (path, bytes) in files(&once.dir()) {
        let path = steps.dir().join(path.strip_prefix(once.dir()).unwrap());
        assert_eq!(fs::read(&path).unwrap(), bytes, "{}", path.display());
    }
}

#[test]
fn later_files_are_enough() {
    let (place, whole) = (Place::new(), ledger(1100, 1100));
    publish(&place.dir(), None, &ledger(600, 1100)).unwrap();
    let after = |from: usize| lines(&whole)[from..].iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect::<Vec<u8>>();
    let update = |from: usize| {
        let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
        for (line, bytes) in (from..).zip(lines(&after(from))) {
            update.line(u64::try_from(line).unwrap(), bytes)?;
        }
        update.publish(&signing_key(), &key())
    };
    assert!(matches!(update(513), Err(LogError::Gap { found: 513, published: 512 })));
    assert_eq!(update(512).unwrap().0.size(), 1024);
    assert_eq!(update(300).unwrap().0.size(), 1024);
}

#[test]
fn the_same_lines_write_nothing() {
    let place = Place::new();
    publish(&place.dir(), Some(&place.memory()), &ledger(600, 600)).unwrap();
    let before = files(&place.0);
    // A file that is written with the content that it had is another file all the same.
    #[cfg(unix)]
    let numbers = || -> Vec<u64> {
        files(&place.0).iter().map(|(path, _)| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap())).collect()
    };
    #[cfg(unix)]
    let numbers_before = numbers();
    let (_, published) = publish(&place.dir(), Some(&place.memory()), &ledger(600, 600)).unwrap();
    assert!(!published.is_new);
    assert_eq!(files(&place.0), before);
    #[cfg(unix)]
    assert_eq!(numbers(), numbers_before);
}

/// There may be as many lines as are signed, and no more.
#[test]
fn a_ledger_that_ends_at_its_checkpoint_is_none_that_was_cut() {
    let place = Place::new();
    publish(&place.dir(), Some(&place.memory()), &ledger(512, 512)).unwrap();
    let (log, published) = publish(&place.dir(), Some(&place.memory()), &ledger(512, 512)).unwrap();
    assert_eq!((log.size(), published.is_new, published.lines), (512, false, 512));
    drop(log);
    let error = publish(&place.dir(), Some(&place.memory()), &ledger(511, 512)).unwrap_err();
    assert!(matches!(error, LogError::Shorter { found: 511, signed: 512 }), "{error}");
}

/// Each line of the test's ledger but the first tells of ten.
#[test]
fn decisions_that_were_not_recorded_are_counted_once_in_the_lines_that_are_newly_covered() {
    let place = Place::new();
    let mut counted = Vec::new();
    for lines in [255, 300, 300, 512, 1100] {
        counted.push(publish(&place.dir(), None, &ledger(lines, 1100)).unwrap().1.unrecorded);
    }
    assert_eq!(counted, [0, 2550, 0, 2560, 5120]);
}

/// A process that ended before it signed may have left a tile of lines that were then written otherwise.
#[test]
fn a_tile_that_nothing_was_signed_over_is_written_anew() {
    let place = Place::new();
    let once = Place::new();
    publish(&once.dir(), None, &ledger(900, 900)).unwrap();
    let old = LogFolder::read(once.dir()).unwrap();
    for tile in ["tile/0/000", "tile/0/002", "tile/1/000.p/3"] {
        let path = place.dir().join(tile);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, [9; 8192]).unwrap();
    }
    let (log, _) = publish(&place.dir(), None, &ledger(900, 900)).unwrap();
    assert_eq!(log.last().unwrap().checkpoint(), old.last().unwrap().checkpoint());
    log.verify(Some(&key()), |_| {}).unwrap();
}

/// A file of a full tile has 8192 bytes, and the tile no byte more.
#[test]
fn a_tile_with_a_byte_behind_its_end_is_refused() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(600, 900)).unwrap();
    let path = place.dir().join("tile/0/000");
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 8192);
    fs::write(&path, [bytes, vec![0]].concat()).unwrap();
    let error = publish(&place.dir(), None, &ledger(900, 900)).unwrap_err();
    assert!(matches!(&error, LogError::Tile { source: TileError::Length { tile }, .. } if tile == "tile/0/000"), "{error}");
}

#[test]
fn every_flipped_bit_of_a_published_file_is_refused_and_nothing_is_signed() {
    let place = Place::new();
    publish(&place.dir(), Some(&place.memory()), &ledger(600, 900)).unwrap();
    let before = files(&place.0);
    for (path, bytes) in &before {
        let step = if bytes.len() > 1000 { 97 } else { 1 };
        for at in (0..bytes.len()).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(path, &flipped).unwrap();
            let done = publish(&place.dir(), Some(&place.memory()), &ledger_900());
            let error = done.err().unwrap_or_else(|| panic!("{}, byte {at}", path.display())).to_string();
            assert!(error.len() > 40, "{error}");
            assert!(!place.dir().join("checkpoints/768").exists());
            if !path.ends_with("key.signed") {
                let checked = LogFolder::read(place.dir()).and_then(|log| log.verify(Some(&key()), |_| {}));
                assert!(checked.is_err(), "{}, byte {at}", path.display());
            }
            fs::write(path, bytes).unwrap();
        }
    }
    assert_eq!(publish(&place.dir(), Some(&place.memory()), &ledger_900()).unwrap().0.size(), 768);
}

fn ledger_900() -> Vec<u8> {
    use std::sync::OnceLock;
    static LEDGER: OnceLock<Vec<u8>> = OnceLock::new();
    LEDGER.get_or_init(|| ledger(900, 900)).clone()
}

#[test]
fn a_missing_tile_is_named() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(600, 600)).unwrap();
    for tile in ["tile/0/000", "tile/0/001", "tile/1/000.p/2"] {
        let path = place.dir().join(tile);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let error = publish(&place.dir(), None, &ledger(900, 900)).unwrap_err();
        assert!(
            matches!(&error, LogError::Tile { source: TileError::Missing { tile: missing }, .. } if missing == tile),
            "{error}"
        );
        fs::write(&path, bytes).unwrap();
    }
}

/// Of the file that is being written, the rest of a line waits. Another file that ends so was cut off.
#[test]
fn one_torn_line_waits_and_a_second_one_is_an_error() {
    let place = Place::new();
    let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
    let torn = [ledger(300, 600), b"{\"unrecorded\":10,\"se".to_vec()].concat();
    update.file("first", torn.as_slice(), None).unwrap();
    let error = update.file("second", &b"{\"unrecorded\":10,\"se"[..], None).unwrap_err();
    assert!(matches!(error, LogError::Ledger(_)) && error.to_string().contains("`second`"), "{error}");
}

#[test]
fn a_ledger_that_was_changed_cut_or_forked_is_refused() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(700, 700)).unwrap();
    let forked = publish(&place.dir(), None, &ledger(900, 300)).unwrap_err();
    assert!(matches!(forked, LogError::OtherLine { seq: 300 }), "{forked}");
    let cut = publish(&place.dir(), None, &ledger(300, 700)).unwrap_err();
    assert!(matches!(cut, LogError::Shorter { found: 300, signed: 512 }), "{cut}");
    // A fork after the last line that is covered is none.
    assert_eq!(publish(&place.dir(), None, &ledger(900, 600)).unwrap().0.size(), 768);
    let mut edited = ledger(900, 600);
    let at = edited.len() / 3;
    edited[at] ^= 1;
    assert!(matches!(publish(&place.dir(), None, &edited), Err(LogError::Ledger(_) | LogError::OtherLine { .. })));
}

/// The folder alone, the ledger alone, and both are restored from a backup of an earlier day.
#[test]
fn no_second_history_is_signed_after_a_restore() {
    let place = Place::new();
    let memory = place.memory();
    publish(&place.dir(), Some(&memory), &ledger(300, 900)).unwrap();
    let backup = files(&place.dir());
    publish(&place.dir(), Some(&memory), &ledger(800, 900)).unwrap();

    let restore = || {
        fs::remove_dir_all(place.dir()).unwrap();
        for (path, bytes) in &backup {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    };
    // The ledger alone.
    let error = publish(&place.dir(), Some(&memory), &ledger(400, 900)).unwrap_err();
    assert!(matches!(error, LogError::Shorter { found: 400, signed: 768 }), "{error}");
    let error = publish(&place.dir(), Some(&memory), &ledger(1000, 400)).unwrap_err();
    assert!(matches!(error, LogError::OtherLine { seq: 400 }), "{error}");
    // Both: another history would be signed.
    restore();
    let error = publish(&place.dir(), Some(&memory), &ledger(1000, 400)).unwrap_err();
    assert!(matches!(error, LogError::Forked { size: 768, .. }), "{error}");
    assert_eq!(files(&place.dir()), backup, "no tile of the other history is written");
    let error = publish(&place.dir(), Some(&memory), &ledger(600, 900)).unwrap_err();
    assert!(matches!(error, LogError::Shorter { found: 600, signed: 768 }), "{error}");
    // The folder alone: the ledger gives the tiles again.
    assert_eq!(publish(&place.dir(), Some(&memory), &ledger(800, 900)).unwrap().0.size(), 768);
    // Without the folder, too, and without what the key remembers.
    fs::remove_dir_all(place.dir()).unwrap();
    assert_eq!(publish(&place.dir(), Some(&memory), &ledger(800, 900)).unwrap().0.size(), 768);
}

#[test]
fn what_a_key_remembers_is_written_again_when_it_was_lost() {
    let place = Place::new();
    publish(&place.dir(), Some(&place.memory()), &ledger(300, 900)).unwrap();
    let old = fs::read(place.memory()).unwrap();
    publish(&place.dir(), Some(&place.memory()), &ledger(600, 900)).unwrap();
    let new = fs::read(place.memory()).unwrap();
    fs::remove_file(place.memory()).unwrap();
    publish(&place.dir(), Some(&place.memory()), &ledger(600, 900)).unwrap();
    assert_eq!(fs::read(place.memory()).unwrap(), new);
    fs::write(place.memory(), &old).unwrap();
    publish(&place.dir(), Some(&place.memory()), &ledger(600, 900)).unwrap();
    fs::remove_dir_all(place.dir()).unwrap();
    let error = publish(&place.dir(), Some(&place.memory()), &ledger(600, 400)).unwrap_err();
    assert!(matches!(error, LogError::Forked { size: 512, .. }), "{error}");
}

#[test]
fn a_crash_at_any_write_is_gone_on_from() {
    let place = Place::new();
    publish(&place.dir(), Some(&place.memory()), &ledger(300, 900)).unwrap();
    let before = files(&place.0);
    publish(&place.dir(), Some(&place.memory()), &ledger(800, 900)).unwrap();
    let after = files(&place.0);
    // Files are written in this sequence: tiles, what the key remembers, the checkpoint of its size, the last checkpoint.
    let mut written: Vec<_> = after.iter().filter(|file| !before.contains(file)).cloned().collect();
    let rank = |path: &Path| {
        let has = |name: &str| path.components().any(|part| part.as_os_str() == name);
        if has("tile") {
            0
        } else if has("key.signed") {
            1
        } else if has("checkpoints") {
            2
        } else {
            3
        }
    };
    written.sort_by_key(|(path, _)| rank(path));
    assert!(written.len() > 4);
    for crash in 0..=written.len() {
        fs::remove_dir_all(&place.0).unwrap();
        for (path, bytes) in before.iter().chain(&written[..crash]) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let (log, _) = publish(&place.dir(), Some(&place.memory()), &ledger(800, 900)).unwrap();
        assert_eq!(log.size(), 768, "after {crash} files");
        drop(log);
        assert_eq!(files(&place.0), after, "after {crash} files");
    }
}

#[test]
fn two_processes_do_not_publish_at_once() {
    let place = Place::new();
    // Both begin in a folder without a checkpoint.
    let mut late = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    late.file("ledger", ledger(600, 600).as_slice(), None).unwrap();
    let error = late.publish(&signing_key(), &key()).unwrap_err();
    assert!(matches!(error, LogError::InUse { .. }), "{error}");

    let held = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap();
    let error = publish(&place.dir(), None, &ledger(600, 900)).unwrap_err();
    assert!(matches!(error, LogError::InUse { .. }), "{error}");
    drop(held);
    publish(&place.dir(), None, &ledger(600, 900)).unwrap();
}

/// The lock of a folder does not keep these apart.
#[test]
fn two_processes_do_not_sign_two_histories_for_two_folders() {
    let place = Place::new();
    let begin = |name: &str, lines: &[u8]| {
        let mut update = LogFolder::open(place.0.join(name), &key(), Some(&place.memory()), |_| {}).unwrap().update().unwrap();
        update.file("ledger", lines, None).unwrap();
        update
    };
    let (one, two) = (begin("one", &ledger(600, 600)), begin("two", &ledger(900, 300)));
    one.publish(&signing_key(), &key()).unwrap();
    let error = two.publish(&signing_key(), &key()).unwrap_err();
    assert!(matches!(&error, LogError::InUse { path } if *path == place.memory()), "{error}");
    assert!(!place.0.join("two/checkpoint").exists());
    // While the other process signs, too.
    let three = begin("three", &ledger(900, 600));
    let held = fs::OpenOptions::new().write(true).open(place.0.join("key.signed.lock")).unwrap();
    fs4::FileExt::lock(&held).unwrap();
    let error = three.publish(&signing_key(), &key()).unwrap_err();
    assert!(matches!(&error, LogError::InUse { path } if *path == place.memory()), "{error}");
}

#[test]
fn a_cosignature_that_comes_late_takes_nothing_back() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    let mut slow = LogFolder::read(place.dir()).unwrap();
    let mut quick = LogFolder::read(place.dir()).unwrap();
    let signature = |name: &str| Signature::new(name, 7, vec![1; 72]).unwrap();
    quick.add_cosignatures(vec![signature("w1")]).unwrap();
    let (held, _) = publish(&place.dir(), None, &ledger(700, 900)).unwrap();
    assert!(matches!(slow.add_cosignatures(vec![signature("w2")]), Err(LogError::InUse { .. })));
    drop(held);
    slow.add_cosignatures(vec![signature("w2")]).unwrap();
    assert_eq!(size(&place.dir()), 512);
    let last = fs::read_to_string(place.dir().join("checkpoint")).unwrap();
    assert!(last.starts_with("example.com/log\n512\n"), "{last}");
    let kept = fs::read_to_string(place.dir().join("checkpoints/256")).unwrap();
    assert!(kept.contains("— w1 ") && kept.contains("— w2 "), "{kept}");
}

#[test]
fn another_key_does_not_go_on_with_a_log() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 600)).unwrap();
    for name in ["example.com/log", "example.com/other"] {
        let other = SigningKey::generate(name).unwrap();
        let error = LogFolder::open(place.dir(), &other.verifier(), None, |_| {}).unwrap_err();
        assert!(matches!(error, LogError::Checkpoint { .. }), "{error}");
    }
    // A signer that signs with another key than it says.
    let other: VerifierKey = SigningKey::generate("example.com/log").unwrap().verifier();
    let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
    update.file("ledger", ledger(600, 600).as_slice(), None).unwrap();
    assert!(matches!(update.publish(&signing_key(), &other), Err(LogError::Sign(_))));
    assert_eq!(size(&place.dir()), 256);
}

#[test]
fn a_file_of_form_1_is_refused() {
    let place = Place::new();
    let ledger = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/form-1-a.jsonl")).unwrap();
    let error = publish(&place.dir(), None, &ledger).unwrap_err();
    assert!(matches!(error, LogError::FormOne { .. }), "{error}");
    assert!(!place.dir().exists());
}

#[test]
fn a_checkpoint_of_another_tree_in_the_folder_is_found() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    publish(&place.dir(), None, &ledger(700, 900)).unwrap();
    let other = bailiwick::log::Checkpoint::new("example.com/log", 256, TreeHash::of_leaf(b"x")).unwrap();
    fs::write(place.dir().join("checkpoints/256"), other.sign(&signing_key()).unwrap().to_string()).unwrap();
    let error = LogFolder::read(place.dir()).unwrap().verify(Some(&key()), |_| {}).unwrap_err();
    assert!(matches!(error, LogError::OtherCheckpoint { .. }), "{error}");
}

#[test]
fn a_key_that_signed_another_tree_of_fewer_lines_signs_nothing_more() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(600, 900)).unwrap();
    let other = bailiwick::log::Checkpoint::new("example.com/log", 256, TreeHash::of_leaf(b"x")).unwrap();
    fs::write(place.memory(), other.sign(&signing_key()).unwrap().to_string()).unwrap();
    let error = publish(&place.dir(), Some(&place.memory()), &ledger(600, 900)).unwrap_err();
    assert!(matches!(error, LogError::Forked { size: 256, .. }), "{error}");
}

/// Somebody puts the tiles of another history there after the folder was opened: what is signed goes on from the last checkpoint.
#[test]
fn no_other_history_is_signed_when_tiles_change_after_they_were_verified() {
    let (place, other) = (Place::new(), Place::new());
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    publish(&other.dir(), None, &ledger(300, 100)).unwrap();
    let log = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap();
    for tile in ["tile/0/000", "tile/1/000.p/1"] {
        fs::copy(other.dir().join(tile), place.dir().join(tile)).unwrap();
    }
    let mut update = log.update().unwrap();
    update.file("ledger", ledger(600, 100).as_slice(), None).unwrap();
    let error = update.publish(&signing_key(), &key()).unwrap_err();
    assert!(matches!(&error, LogError::OtherCheckpoint { path } if *path == place.dir().join("checkpoint")), "{error}");
    assert_eq!(size(&place.dir()), 256);
    assert!(!place.dir().join("checkpoints/512").exists());
}

/// The key has signed at a size at which this log signs nothing, and the folder is new.
#[test]
fn a_key_that_signed_another_tree_of_any_size_signs_nothing_more() {
    let place = Place::new();
    let mut at_300 = LogFolder::open(place.0.join("right"), &key(), None, |_| {}).unwrap().update_all().unwrap();
    for (seq, line) in (0..).zip(lines(&ledger(300, 900))) {
        at_300.line(seq, line).unwrap();
    }
    let right = at_300.publish(&signing_key(), &key()).unwrap().0.last().unwrap().to_string();
    fs::write(place.memory(), right).unwrap();
    let error = publish(&place.dir(), Some(&place.memory()), &ledger(900, 100)).unwrap_err();
    assert!(matches!(error, LogError::Forked { size: 300, .. }), "{error}");
    assert!(!place.dir().join("checkpoint").exists());
    assert_eq!(publish(&place.dir(), Some(&place.memory()), &ledger(900, 900)).unwrap().0.size(), 768);
}

/// The size of a log of heads is no secret: each line is covered, and a later one goes on from there.
#[test]
fn lines_whose_number_is_no_secret_are_all_covered() {
    let place = Place::new();
    for size in [3, 300, 301] {
        let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update_all().unwrap();
        for (seq, line) in (0..).zip(lines(&ledger(size, 900))) {
            update.line(seq, line).unwrap();
        }
        let (log, published) = update.publish(&signing_key(), &key()).unwrap();
        assert_eq!((log.size(), published.is_new), (size, true));
        log.verify(Some(&key()), |_| {}).unwrap();
    }
}

#[test]
fn lines_come_one_after_the_other() {
    let place = Place::new();
    let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
    update.line(0, b"0").unwrap();
    for seq in [0, 2] {
        assert!(matches!(update.line(seq, b"x"), Err(LogError::OtherLine { seq: found }) if found == seq));
    }
    update.line(1, b"1").unwrap();
}

/// Tiles are written while lines are read, so that a long ledger takes no more memory than a short one.
#[test]
fn the_tiles_of_a_long_ledger_do_not_wait_for_its_end() {
    let place = Place::new();
    let mut update = LogFolder::open(place.dir(), &key(), None, |_| {}).unwrap().update().unwrap();
    let tile = place.dir().join("tile/0/000");
    for seq in 0..1024 * 256 {
        assert!(seq != 512 || !tile.exists());
        update.line(seq, &seq.to_be_bytes()).unwrap();
    }
    assert!(tile.exists());
    let (log, _) = update.publish(&signing_key(), &key()).unwrap();
    assert_eq!(log.size(), 1024 * 256);
    log.verify(Some(&key()), |_| {}).unwrap();
}

/// A process that ended between writing the two leaves `checkpoint` behind, or none.
#[test]
fn a_folder_without_the_copy_of_its_last_checkpoint_is_whole_and_one_without_the_checkpoint_is_not() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    publish(&place.dir(), None, &ledger(700, 900)).unwrap();
    let copy = place.dir().join("checkpoint");
    let bytes = fs::read(&copy).unwrap();
    fs::remove_file(&copy).unwrap();
    LogFolder::read(place.dir()).unwrap().verify(None, |_| {}).unwrap();
    fs::write(&copy, bytes).unwrap();
    // A checkpoint under the number of another one.
    let [old, last] = ["checkpoints/256", "checkpoints/512"].map(|name| place.dir().join(name));
    let kept = fs::read(&last).unwrap();
    fs::write(&last, fs::read(&old).unwrap()).unwrap();
    let open = || LogFolder::open(place.dir(), &key(), None, |_| {}).map(drop);
    assert!(matches!(open(), Err(LogError::OtherCheckpoint { path }) if path == last));
    fs::remove_file(&last).unwrap();
    assert!(matches!(open(), Err(LogError::OtherCheckpoint { path }) if path == last));
    fs::write(&last, kept).unwrap();
    open().unwrap();
}

/// Somebody put another checkpoint of the size there after this one was read: it gets no signature.
#[test]
fn another_checkpoint_of_the_size_is_not_cosigned() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    let mut log = LogFolder::read(place.dir()).unwrap();
    let other = bailiwick::log::Checkpoint::new("example.com/log", 256, TreeHash::of_leaf(b"x")).unwrap();
    let path = place.dir().join("checkpoints/256");
    let bytes = other.sign(&signing_key()).unwrap().to_string();
    fs::write(&path, &bytes).unwrap();
    let error = log.add_cosignatures(vec![Signature::new("w1", 7, vec![1; 72]).unwrap()]).unwrap_err();
    assert!(matches!(&error, LogError::OtherCheckpoint { path: found } if *found == path), "{error}");
    assert!(error.to_string().starts_with(&format!("`{}", place.dir().display())), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), bytes);
}

/// A key that signed a tree without leaves that is not the empty tree goes on with no folder.
#[test]
fn a_key_that_signed_another_empty_tree_signs_nothing_more() {
    let place = Place::new();
    for (root, is_right) in [(TreeHash::of_leaf(b"x"), false), (TreeHash::of_empty_tree(), true)] {
        let signed = bailiwick::log::Checkpoint::new("example.com/log", 0, root).unwrap().sign(&signing_key()).unwrap();
        fs::write(place.memory(), signed.to_string()).unwrap();
        let published = publish(&place.dir(), Some(&place.memory()), &ledger(600, 900));
        assert_eq!(published.is_ok(), is_right);
        assert!(is_right || matches!(published, Err(LogError::Forked { size: 0, .. })));
    }
}

/// A note has at most 1,000,000 bytes, and no byte behind them is passed over.
#[test]
fn a_checkpoint_is_as_long_as_a_note_may_be_and_no_longer() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    let copy = place.dir().join("checkpoint");
    let text = LogFolder::read(place.dir()).unwrap().last().unwrap().note().text().to_owned();
    let signed = |length: usize| {
        let longer = format!("{text}{}\n", "x".repeat(length));
        bailiwick::log::Checkpoint::parse(&longer).unwrap().sign(&signing_key()).unwrap().to_string()
    };
    let longest = signed(1 + bailiwick::note::MAX_NOTE - signed(1).len());
    assert_eq!(longest.len(), 1_000_000);
    fs::write(&copy, &longest).unwrap();
    assert_eq!(LogFolder::read(place.dir()).unwrap().last().unwrap().to_string(), longest);
    fs::write(&copy, longest + "\n").unwrap();
    let error = LogFolder::read(place.dir()).unwrap_err();
    assert!(matches!(&error, LogError::Checkpoint { path, .. } if *path == copy), "{error}");
}

/// The signatures of `checkpoint` are those that are served: it is read unless there is a later one.
#[test]
fn the_last_checkpoint_has_the_signatures_of_the_file_that_is_served() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    let mut served = LogFolder::read(place.dir()).unwrap().last().unwrap().clone();
    served.note_mut().add(Signature::new("w1", 7, vec![1; 72]).unwrap()).unwrap();
    fs::write(place.dir().join("checkpoint"), served.to_string()).unwrap();
    assert_eq!(LogFolder::read(place.dir()).unwrap().last().unwrap().to_string(), served.to_string());
}

/// Somebody else may make a folder after it was found absent. Here it is the one above the folder that is absent.
#[test]
fn a_folder_that_appears_while_it_is_made_is_used() {
    let place = Place::new();
    let path = place.0.join("absent").join("..");
    assert_eq!(publish(&path, None, &ledger(300, 900)).unwrap().0.size(), 256);
    assert_eq!(size(&place.0), 256);
}

/// Files in the place of folders, and folders in the place of files.
#[test]
fn what_cannot_be_read_is_named() {
    let place = Place::new();
    publish(&place.dir(), None, &ledger(300, 900)).unwrap();
    for (name, is_folder) in [("checkpoints", false), ("checkpoint", true), ("tile/0", false)] {
        let (path, aside) = (place.dir().join(name), place.0.join("aside"));
        fs::rename(&path, &aside).unwrap();
        if is_folder {
            fs::create_dir(&path).unwrap()
        } else {
            fs::write(&path, "").unwrap()
        }
        let error = LogFolder::read(place.dir()).and_then(|log| log.verify(None, |_| {})).unwrap_err();
        match &error {
            LogError::Io { path: found, .. } => assert_eq!(*found, path),
            LogError::Tile { source: TileError::Read { tile, .. }, .. } => assert_eq!(tile, "tile/0/000"),
            other => panic!("{name}: {other}"),
        }
        if is_folder {
            fs::remove_dir(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        fs::rename(&aside, &path).unwrap();
    }
    LogFolder::read(place.dir()).unwrap().verify(None, |_| {}).unwrap();
}
