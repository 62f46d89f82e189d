//! Ledgers in files: opened again, torn, rotated, locked, and refused.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use bailiwick::ledger::{Head, Ledger, OpenError, Opened, Verification, VerifyError, verify};

use super::{explain, folder, key, policy, records};

/// Opens, records so many decisions, and closes. The last line.
fn record(path: &Path, decisions: usize) -> Head {
    let policy = policy();
    let mut ledger = Ledger::open(path, key()).unwrap().ledger;
    for _ in 0..decisions {
        ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    }
    ledger.sync().unwrap();
    ledger.head()
}

#[test]
fn a_ledger_goes_on_where_it_ended() {
    let path = folder("goes_on").join("ledger.jsonl");
    assert_eq!(record(&path, 2).seq, 2);
    let Opened { ledger, verified, torn, .. } = Ledger::open(&path, key()).unwrap();
    assert_eq!((verified.records, verified.head, torn), (2, Some(ledger.head()), None));
    drop(ledger);
    let head = record(&path, 3);
    let file = fs::read(&path).unwrap();
    let verified = verify([("ledger", file.as_slice())]).unwrap();
    assert_eq!((verified.records, verified.head), (5, Some(head)));
}

/// The end of the lines is looked for from behind, a piece of the file at a time.
#[test]
fn a_long_ledger_goes_on_where_it_ended_and_only_its_end_is_torn() {
    let path = folder("long").join("ledger.jsonl");
    record(&path, 100);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 3 << 14);
    // In the last line, at its beginning, and with lines of which the last piece has no end.
    let zeros = [b"torn".as_slice(), &vec![0; 1 << 15]].concat();
    for torn in [b"".as_slice(), b"{", &zeros] {
        fs::write(&path, [&whole, torn].concat()).unwrap();
        let opened = Ledger::open(&path, key()).unwrap();
        assert_eq!((opened.verified.records, opened.ledger.head().seq), (100, 100));
        assert_eq!(opened.torn.map_or(0, |torn| torn.bytes), u64::try_from(torn.len()).unwrap());
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

/// A kill in the middle of a write leaves the beginning of a line, of any length.
#[test]
fn wherever_the_file_ends_nothing_before_a_torn_line_is_lost() {
    let folder = folder("torn");
    let path = folder.join("ledger.jsonl");
    record(&path, 3);
    let whole = fs::read(&path).unwrap();
    // Opening waits for the disk: all lengths around the ends of lines, and some between.
    let is_end = |len: usize| len == whole.len() || whole[..len].ends_with(b"\n");
    let near_an_end = |len: usize| (len.saturating_sub(2)..=(len + 2).min(whole.len())).any(is_end);
    for len in (0..=whole.len()).filter(|&len| len % 13 == 0 || near_an_end(len)) {
        fs::write(&path, &whole[..len]).unwrap();
        let ends = whole[..len].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let Opened { mut ledger, verified, torn, .. } = Ledger::open(&path, key()).unwrap();
        let lines = whole[..ends].iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(verified.lines, u64::try_from(lines).unwrap());
        match torn {
            None => assert_eq!(ends, len),
            Some(torn) => {
                assert_eq!(torn.file, folder.join(format!("ledger.jsonl.torn-{lines}")));
                assert_eq!(fs::read(&torn.file).unwrap(), whole[ends..len], "it is there, byte for byte");
                assert_eq!(torn.bytes, u64::try_from(len - ends).unwrap());
                fs::remove_file(torn.file).unwrap();
            }
        }
        ledger.record(&explain(&policy(), "another", "203.0.113.1")).unwrap();
        let file = fs::read(&path).unwrap();
        assert!(file.starts_with(&whole[..ends]), "what was there is still there");
        assert_eq!(verify([("", file.as_slice())]).unwrap().records, u64::try_from(lines.saturating_sub(1) + 1).unwrap());
    }
}

#[test]
fn a_second_torn_line_of_one_number_does_not_take_the_place_of_the_first() {
    let folder = folder("torn_twice");
    let path = folder.join("ledger.jsonl");
    record(&path, 1);
    for name in ["ledger.jsonl.torn-2", "ledger.jsonl.torn-2-2", "ledger.jsonl.torn-2-3"] {
        OpenOptions::new().append(true).open(&path).unwrap().write_all(name.as_bytes()).unwrap();
        let torn = Ledger::open(&path, key()).unwrap().torn.unwrap();
        assert_eq!(torn.file, folder.join(name));
    }
    assert_eq!(fs::read_to_string(folder.join("ledger.jsonl.torn-2")).unwrap(), "ledger.jsonl.torn-2");
}

/// A machine that crashes at every start does not fill its disk with torn lines.
#[test]
fn the_hundredth_torn_line_of_one_number_is_the_last_that_is_set_aside() {
    let folder = folder("torn_often");
    let path = folder.join("ledger.jsonl");
    record(&path, 1);
    let aside = |number: usize| {
        folder.join(if number == 1 { "ledger.jsonl.torn-2".to_owned() } else { format!("ledger.jsonl.torn-2-{number}") })
    };
    (1..=100).for_each(|number| fs::write(aside(number), "torn before").unwrap());
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"torn").unwrap();
    let before = fs::read(&path).unwrap();
    let error = Ledger::open(&path, key()).unwrap_err();
    assert!(matches!(&error, OpenError::Io { path: found, .. } if *found == path), "{error}");
    assert!(error.to_string().contains("look at the `.torn-` files, and remove them"), "{error}");
    assert_eq!((fs::read(&path).unwrap(), aside(101).exists()), (before, false), "nothing is touched");
    // The way on.
    fs::remove_file(aside(100)).unwrap();
    assert_eq!(Ledger::open(&path, key()).unwrap().torn.unwrap().file, aside(100));
}

/// The name of the file for a torn line is longer than that of the ledger, and a file system has a limit.
#[cfg(unix)]
#[test]
fn a_torn_line_that_cannot_be_set_aside_stays_where_it_is() {
    let path = folder("torn_long_name").join("l".repeat(250));
    record(&path, 1);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"torn").unwrap();
    let before = fs::read(&path).unwrap();
    let error = Ledger::open(&path, key()).unwrap_err();
    assert!(matches!(&error, OpenError::Io { path, .. } if path.to_string_lossy().ends_with("l.torn-2")), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_torn_line_is_kept_from_those_who_cannot_read_the_ledger() {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder("torn_mode").join("ledger.jsonl");
    record(&path, 1);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"torn").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let torn = Ledger::open(&path, key()).unwrap().torn.unwrap();
    assert_eq!(fs::metadata(torn.file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// As some file systems leave them after a loss of power; longer than any line.
#[test]
fn zeros_at_the_end_are_set_aside() {
    let path = folder("zeros").join("ledger.jsonl");
    record(&path, 1);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&vec![0; 3 << 20]).unwrap();
    let opened = Ledger::open(&path, key()).unwrap();
    assert_eq!((opened.verified.records, opened.torn.unwrap().bytes), (1, 3 << 20));
}

/// No line was torn there: what the file held is lost, and nothing may begin anew in its place.
#[test]
fn a_file_of_zeros_is_not_begun_anew() {
    let folder = folder("only_zeros");
    let path = folder.join("ledger.jsonl");
    for zeros in [1, 300, 3 << 20] {
        fs::write(&path, vec![0; zeros]).unwrap();
        let error = Ledger::open(&path, key()).unwrap_err();
        assert!(matches!(error, OpenError::Zeros { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), vec![0; zeros]);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is set aside");
    // The way on.
    let head = record(&folder.join("before"), 1);
    fs::rename(&path, folder.join("lost")).unwrap();
    assert_eq!(Ledger::open_after(&path, key(), head).unwrap().ledger.head().seq, 2);
}

#[test]
fn a_changed_line_is_found_on_opening_and_nothing_is_touched() {
    let path = folder("changed").join("ledger.jsonl");
    record(&path, 3);
    let changed = fs::read_to_string(&path).unwrap().replacen("203", "204", 1).replacen("T12:00:00Z", "T13:00:00Z", 1);
    let torn = format!("{changed}{{\"seq\":");
    fs::write(&path, &torn).unwrap();
    let error = Ledger::open(&path, key()).unwrap_err();
    assert!(matches!(error, OpenError::Verify(VerifyError::Fault(_))), "{error}");
    assert!(error.to_string().contains("ledger.jsonl`, line 2, number 1: the line was changed"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), torn);
}

#[test]
fn a_file_that_is_no_ledger_is_not_touched() {
    let folder = folder("no_ledger");
    for (name, content) in [("key", "0123456789abcdef"), ("json", "{\"seq\":1"), ("lines", "one\ntwo\n"), ("line", "{}\n")] {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        assert!(Ledger::open(&path, key()).is_err(), "{name}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "{name}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "nothing is set aside");
    assert!(matches!(Ledger::open(folder.join("key"), key()), Err(OpenError::NoLedger { .. })));
    assert!(matches!(Ledger::open(folder.join("none/ledger"), key()), Err(OpenError::Io { .. })));
    assert!(Ledger::open(&folder, key()).is_err());
}

#[test]
fn two_ledgers_do_not_write_to_one_file() {
    let path = folder("in_use").join("ledger.jsonl");
    let first = Ledger::open(&path, key()).unwrap();
    let error = Ledger::open(&path, key()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(first);
    assert!(Ledger::open(&path, key()).is_ok());
}

/// The clones stand for the handles of a process that was started meanwhile, and has not yet run a program of its own.
#[test]
fn a_file_is_free_when_its_ledger_ends_or_goes_on_in_another() {
    let folder = folder("free");
    let (path, next) = (folder.join("1"), folder.join("2"));
    let ledger = Ledger::open(&path, key()).unwrap().ledger;
    let _inherited = ledger.get_ref().try_clone().unwrap();
    drop(ledger);
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    let _inherited = ledger.get_ref().try_clone().unwrap();
    ledger.rotate_to(&next).unwrap();
    assert!(matches!(Ledger::open(&path, key()), Err(OpenError::Sealed { .. })));
    assert!(matches!(Ledger::open(&next, key()), Err(OpenError::InUse { .. })));
    let file = ledger.into_inner();
    assert!(matches!(Ledger::open(&next, key()), Err(OpenError::InUse { .. })));
    drop(file);
    assert!(Ledger::open(&next, key()).is_ok());
}

#[test]
fn a_rotation_carries_the_chain_over() {
    let folder = folder("rotation");
    let paths = ["1", "2", "3"].map(|name| folder.join(name));
    let policy = policy();
    let mut ledger = Ledger::open(&paths[0], key()).unwrap().ledger;
    for path in &paths[1..] {
        ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
        ledger.rotate_to(path).unwrap();
    }
    let head = ledger.head();
    drop(ledger);
    let sealed = match Ledger::open(&paths[1], key()).unwrap_err() {
        OpenError::Sealed { head, .. } => head,
        other => panic!("{other}"),
    };
    assert_eq!(sealed.seq + 1, head.seq);
    // The last file alone, and as what follows the one before.
    assert_eq!(record(&paths[2], 1).seq, head.seq + 1);
    assert!(Ledger::open_after(&paths[2], key(), sealed).is_ok());
    assert!(matches!(Ledger::open_after(&paths[2], key(), head), Err(OpenError::Verify(_))));

    let files = paths.map(|path| fs::read(path).unwrap());
    let named = ["1", "2", "3"].into_iter().zip(files.iter().map(Vec::as_slice));
    let verified = verify(named).unwrap();
    assert_eq!((verified.files, verified.records, verified.lines, verified.is_sealed), (3, 3, 8, false));
}

/// The program died after the seal: the next file is not there, or is empty, or its header is torn.
#[test]
fn a_rotation_that_was_cut_short_is_made_up_for() {
    let folder = folder("cut_short");
    let (first, second) = (folder.join("1"), folder.join("2"));
    let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
    ledger.rotate_to(folder.join("0")).unwrap();
    let header = fs::read(folder.join("0")).unwrap();
    drop(ledger);
    for len in (0..header.len()).step_by(7) {
        fs::write(&second, &header[..len]).unwrap();
        let OpenError::Sealed { head, .. } = Ledger::open(&first, key()).unwrap_err() else { panic!("not sealed") };
        let opened = Ledger::open_after(&second, key(), head).unwrap();
        assert_eq!((opened.torn.is_some(), opened.ledger.head().seq), (len > 0, 2));
        opened.torn.into_iter().for_each(|torn| fs::remove_file(torn.file).unwrap());
        let files = [&first, &second].map(|path| fs::read(path).unwrap());
        assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
    }
}

#[test]
fn a_rotation_to_a_file_that_is_taken_changes_nothing() {
    let folder = folder("taken");
    let (path, other) = (folder.join("1"), folder.join("2"));
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    fs::write(&other, "something else").unwrap();
    assert!(matches!(ledger.rotate_to(&other), Err(OpenError::NotEmpty { .. })));
    assert!(matches!(ledger.rotate_to(&path), Err(OpenError::InUse { .. })));
    assert!(matches!(ledger.rotate_to(folder.join("none/2")), Err(OpenError::Io { .. })));
    assert_eq!(ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap(), 1);
    assert_eq!(fs::read_to_string(&other).unwrap(), "something else");
    assert_eq!(records(&fs::read(&path).unwrap()).len(), 1);
}

/// Lines that were acknowledged and are gone, as after a loss of power without a sync, are found by what was published.
#[test]
fn what_was_cut_off_between_two_runs_is_found_by_the_head() {
    let path = folder("cut_off").join("ledger.jsonl");
    let head = record(&path, 3);
    let whole = fs::read(&path).unwrap();
    let shorter: usize = whole.split_inclusive(|&byte| byte == b'\n').take(3).map(<[u8]>::len).sum();
    fs::write(&path, &whole[..shorter]).unwrap();
    // The same decision in the same place would be the same line. Another one is another.
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    for _ in 0..5 {
        ledger.record(&explain(&policy(), "another", "203.0.113.1")).unwrap();
    }
    drop(ledger);
    let file = fs::read(&path).unwrap();
    assert!(verify([("", file.as_slice())]).is_ok());
    let mut verification = Verification::new().expect_head(head);
    let error = verification.file("ledger", file.as_slice()).unwrap_err();
    assert!(error.to_string().contains("was published as"), "{error}");
}

#[test]
fn another_key_is_refused_and_nothing_is_touched() {
    let path = folder("other_key").join("ledger.jsonl");
    record(&path, 2);
    let before = fs::read(&path).unwrap();
    let other = bailiwick::ledger::Key::new(&[8; 32]).unwrap();
    let error = Ledger::open(&path, other.clone()).unwrap_err();
    assert!(matches!(error, OpenError::OtherKey { .. }), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("was written with another key: give the key of the ledger, or go on in a new file with `open_after`")
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    // The ways on.
    let head = Ledger::open(&path, key()).unwrap().ledger.head();
    assert!(Ledger::open_after(path.with_extension("next"), other, head).is_ok());
}

#[test]
fn a_file_of_form_1_goes_on_in_form_1_and_the_next_one_has_form_2() {
    use super::bodies::{ledger::Files, world::World};
    use bailiwick::ledger::{Form, LedgerError};
    let folder = folder("form_1");
    let (first, second) = (folder.join("1"), folder.join("2"));
    let old = Files::of_form_1(&World::from_bytes(b"a world"), 1000);
    fs::write(&first, &old.files[0]).unwrap();
    let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
    assert_eq!((ledger.form(), ledger.head()), (Form::One, old.head));
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
    assert!(matches!(ledger.pad(), Err(LedgerError::Form)));
    assert!(matches!(ledger.unrecorded(10), Err(LedgerError::Form)));
    ledger.rotate_to(&second).unwrap();
    assert_eq!(ledger.form(), Form::Two);
    ledger.pad().unwrap();
    drop(ledger);
    let files = [&first, &second].map(|path| fs::read(path).unwrap());
    assert!(!String::from_utf8_lossy(&files[0]).contains("salt"));
    let verified = verify([("2", files[1].as_slice()), ("1", files[0].as_slice())]).unwrap();
    assert_eq!((verified.files, verified.form), (2, Some(Form::Two)));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_removed_or_replaced_while_it_is_written_is_noticed() {
    use bailiwick::ledger::LedgerError;
    let folder = folder("unlinked");
    let (path, other, next) = (folder.join("ledger.jsonl"), folder.join("other"), folder.join("next"));
    let remove: fn(&Path, &Path) = |path, _| fs::remove_file(path).unwrap();
    let replace: fn(&Path, &Path) = |path, other| fs::rename(other, path).unwrap();
    for act in [remove, replace] {
        fs::write(&other, "another file").unwrap();
        let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
        ledger.sync().unwrap();
        act(&path, &other);
        ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
        let error = ledger.sync().unwrap_err();
        assert!(matches!(error, LedgerError::Unlinked { .. }), "{error}");
        assert!(error.to_string().contains("ledger.jsonl` was removed or replaced") && error.to_string().contains("`rotate_to`"));
        // The way on.
        ledger.rotate_to(&next).unwrap();
        ledger.sync().unwrap();
        [&path, &next, &other].into_iter().for_each(|path| _ = fs::remove_file(path));
    }
    // A new name is no loss, unless another file takes the old one: then somebody goes on as if that were the ledger.
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    fs::rename(&path, &other).unwrap();
    ledger.sync().unwrap();
    fs::write(&path, "").unwrap();
    let error = ledger.sync().unwrap_err();
    assert!(matches!(error, LedgerError::Replaced { .. }) && error.to_string().contains("no line is lost"), "{error}");
    // The way on.
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
    ledger.rotate_to(&next).unwrap();
    ledger.sync().unwrap();
    let files = [&other, &next].map(|path| fs::read(path).unwrap());
    assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_that_is_emptied_while_it_is_written_is_noticed() {
    use bailiwick::ledger::LedgerError;
    let folder = folder("emptied");
    let (path, copy) = (folder.join("ledger.jsonl"), folder.join("ledger.jsonl.1"));
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
    fs::copy(&path, &copy).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
    let error = ledger.sync().unwrap_err();
    assert!(matches!(error, LedgerError::Shortened { .. }) && error.to_string().contains("copytruncate"), "{error}");
    // The ways on: join the copy, and go on elsewhere.
    ledger.rotate_to(folder.join("next")).unwrap();
    let joined = [fs::read(&copy).unwrap(), fs::read(&path).unwrap()].concat();
    let next = fs::read(folder.join("next")).unwrap();
    assert_eq!(verify([("joined", joined.as_slice()), ("next", next.as_slice())]).unwrap().records, 2);
}

#[test]
fn a_file_that_is_there_and_empty_is_told_when_a_ledger_begins_in_it() {
    use bailiwick::ledger::Begun;
    let folder = folder("begun");
    assert_eq!(Ledger::open(folder.join("new"), key()).unwrap().begun, Some(Begun::New));
    assert_eq!(Ledger::open(folder.join("new"), key()).unwrap().begun, None);
    fs::write(folder.join("empty"), "").unwrap();
    assert_eq!(Ledger::open(folder.join("empty"), key()).unwrap().begun, Some(Begun::Empty));
}

/// A crash in a rotation leaves an empty next file, or some of its header: the next rotation takes it, and no ledger begins in it.
#[test]
fn what_a_crash_left_of_a_rotation_is_gone_on_with() {
    let folder = folder("next");
    let (first, second) = (folder.join("1"), folder.join("2"));
    let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
    ledger.rotate_to(folder.join("header")).unwrap();
    let header = fs::read(folder.join("header")).unwrap();
    drop(ledger);
    let sealed = fs::read(&first).unwrap();
    let last = verify([("1", sealed.as_slice())]).unwrap().head.unwrap();
    let unsealed = sealed.split_inclusive(|&byte| byte == b'\n').next().unwrap();
    for len in 0..header.len() {
        if len % 37 != 0 && len + 1 < header.len() {
            continue;
        }
        fs::write(&second, &header[..len]).unwrap();
        // As soon as the number shows, it is clear that no ledger begins there.
        if len > 19 {
            let error = Ledger::open(&second, key()).unwrap_err();
            let known = len + 1 == header.len();
            assert!(matches!(&error, OpenError::CutOff { head, .. } if *head == known.then_some(last)), "{len}: {error}");
            assert_eq!(fs::read(&second).unwrap(), &header[..len], "nothing is touched");
        }
        // It died before the seal.
        fs::write(&first, unsealed).unwrap();
        let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
        ledger.rotate_to(&second).unwrap();
        drop(ledger);
        let files = [&first, &second].map(|path| fs::read(path).unwrap());
        assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
        // It died after the seal, and says how to go on.
        fs::write(&first, &sealed).unwrap();
        fs::write(&second, &header[..len]).unwrap();
        let OpenError::Sealed { head, .. } = Ledger::open(&first, key()).unwrap_err() else { panic!("not sealed") };
        let torn = Ledger::open_after(&second, key(), head).unwrap().torn;
        torn.into_iter().for_each(|torn| fs::remove_file(torn.file).unwrap());
        assert!(verify([("1", sealed.as_slice()), ("2", fs::read(&second).unwrap().as_slice())]).is_ok());
    }
}

/// The header of another rotation is nobody's torn line: it is kept, and the ledger goes on after the line that was given.
#[test]
fn a_header_without_its_end_is_ended_when_it_goes_on_from_the_line_and_else_set_aside() {
    let folder = folder("other_header");
    let (first, second) = (folder.join("1"), folder.join("2"));
    let header = |name: &str, decisions: usize, key: bailiwick::ledger::Key| {
        let (path, next) = (folder.join(name), folder.join(format!("{name}-next")));
        let mut ledger = Ledger::open(&path, key).unwrap().ledger;
        (0..decisions).for_each(|_| _ = ledger.unrecorded(10).unwrap());
        ledger.rotate_to(&next).unwrap();
        fs::read_to_string(&next).unwrap().trim_end().to_owned()
    };
    let other_key = bailiwick::ledger::Key::new(&[8; 32]).unwrap();
    let own = header("1", 2, key());
    let OpenError::Sealed { head, .. } = Ledger::open(&first, key()).unwrap_err() else { panic!("not sealed") };
    // A member of the header, and that of another header in its place.
    let with = |other: &str, member: &str| {
        let value =
            |header: &str| header.split(&format!("\"{member}\":")).nth(1).unwrap().split([',', '}']).next().unwrap().to_owned();
        own.replacen(&format!("\"{member}\":{}", value(&own)), &format!("\"{member}\":{}", value(other)), 1)
    };
    let (same_length, longer, of_other_key) = (header("same", 2, key()), header("longer", 3, key()), header("key", 2, other_key));
    let others = [
        same_length.clone(),
        longer.clone(),
        of_other_key.clone(),
        with(&same_length, "prev"),
        with(&longer, "seq"),
        with(&of_other_key, "key"),
        with(&longer, "salt"),
    ];
    for other in others {
        assert_ne!(other, own);
        fs::write(&second, &other).unwrap();
        let opened = Ledger::open_after(&second, key(), head).unwrap();
        let torn = opened.torn.unwrap_or_else(|| panic!("it was ended: {other}"));
        assert_eq!(fs::read_to_string(&torn.file).unwrap(), other);
        fs::remove_file(torn.file).unwrap();
        let files = [&first, &second].map(|path| fs::read(path).unwrap());
        assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok(), "{other}");
    }
    fs::write(&second, &own).unwrap();
    let opened = Ledger::open_after(&second, key(), head).unwrap();
    assert_eq!((opened.torn, opened.ledger.head().seq), (None, head.seq + 1));
    assert_eq!(fs::read_to_string(&second).unwrap(), own + "\n");
}

/// What is taken for the rest of a rotation is emptied. A line that ended was acknowledged, however long it is.
#[test]
fn a_next_file_with_the_end_of_a_line_or_with_more_than_a_header_is_not_emptied() {
    let folder = folder("long_next");
    let (first, second) = (folder.join("1"), folder.join("2"));
    let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
    let text = |length: usize, end: &str| {
        let begun = "{\"ledger\":2,\"seq\":9";
        format!("{begun}{}{end}", " ".repeat(length - begun.len() - end.len()))
    };
    for other in [text(40, "\n"), text(1023, "\n"), text(1024, "\n"), text(1025, "\n"), text(1025, ""), text(5000, "")] {
        fs::write(&second, &other).unwrap();
        assert!(matches!(ledger.rotate_to(&second), Err(OpenError::NotEmpty { .. })), "{} bytes", other.len());
        assert_eq!(fs::read_to_string(&second).unwrap(), other);
    }
    fs::write(&second, text(1024, "")).unwrap();
    ledger.rotate_to(&second).unwrap();
    let files = [&first, &second].map(|path| fs::read(path).unwrap());
    assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
}

/// The next file has its name when its header is on the disk: no crash leaves it empty, so that a ledger would begin anew in it.
#[cfg(unix)]
#[test]
fn a_next_file_is_made_under_another_name() {
    let folder = folder("draft");
    let (first, second, draft) = (folder.join("1"), folder.join("2"), folder.join("2.next"));
    let mut ledger = Ledger::open(&first, key()).unwrap().ledger;
    // A crash left some of an earlier draft, which is written anew.
    fs::write(&draft, "{\"ledger\":2,\"seq\":9").unwrap();
    ledger.rotate_to(&second).unwrap();
    assert!(!draft.exists());
    ledger.sync().unwrap();
    let files = [&first, &second].map(|path| fs::read(path).unwrap());
    assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
    // Where no draft can be made, there is no next file either, and the ledger goes on. Another ledger of that name is not touched.
    fs::create_dir(folder.join("3.next")).unwrap();
    fs::copy(&first, folder.join("4.next")).unwrap();
    for name in ["3", "4"] {
        assert!(ledger.rotate_to(folder.join(name)).is_err());
        assert!(!folder.join(name).exists());
    }
    assert_eq!(fs::read(folder.join("4.next")).unwrap(), fs::read(&first).unwrap());
    ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_rotation_to_a_full_disk_leaves_the_ledger_going_on() {
    let path = folder("full_disk").join("1");
    let mut ledger = Ledger::open(&path, key()).unwrap().ledger;
    assert!(ledger.rotate_to("/dev/full").is_err());
    assert_eq!(ledger.record(&explain(&policy(), "vigil", "203.0.113.1")).unwrap(), 1);
    ledger.sync().unwrap();
    assert!(verify([("1", fs::read(&path).unwrap().as_slice())]).is_ok());
}

#[cfg(unix)]
#[test]
fn a_ledger_goes_on_through_symbolic_links() {
    let folder = folder("links");
    let links = folder.join("links");
    fs::create_dir(&links).unwrap();
    for name in ["1", "2"] {
        std::os::unix::fs::symlink(Path::new("..").join(name), links.join(name)).unwrap();
    }
    let mut ledger = Ledger::open(links.join("1"), key()).unwrap().ledger;
    ledger.rotate_to(links.join("2")).unwrap();
    ledger.sync().unwrap();
    drop(ledger);
    let files = ["1", "2"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(verify([("1", files[0].as_slice()), ("2", files[1].as_slice())]).is_ok());
}
