//! Every edit of a small ledger is found, and so is any of a random one.

use std::io::{self, Read};
use std::time::Duration;

use bailiwick::Digest;
use bailiwick::ledger::{FaultCause, Head, Key, Ledger, Line, Verification, VerifyError, verify};
use proptest::prelude::*;

use super::bodies::ledger::{self, Files};
use super::bodies::world::World;
use super::{explain, key, policy};

/// Two files: a header, two records and a seal; a header and two records.
fn files() -> Files {
    files_with(key())
}

fn files_with(key: Key) -> Files {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key).unwrap();
    let record = |ledger: &mut Ledger<Vec<u8>>, meeting, address| ledger.record(&explain(&policy, meeting, address)).unwrap();
    record(&mut ledger, "vigil", "203.0.113.1");
    record(&mut ledger, "another", "233.252.0.1");
    let first = ledger.rotate(Vec::new()).unwrap();
    record(&mut ledger, "vigil", "198.51.100.1");
    record(&mut ledger, "vigil", "203.0.113.1");
    let head = ledger.head();
    Files { files: vec![first, ledger.into_inner()], head }
}

/// The position and the kind of the fault.
fn fault(error: VerifyError) -> (String, u64, Option<u64>, FaultCause) {
    match error {
        VerifyError::Fault(fault) => (fault.file, fault.line, fault.seq, fault.cause),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_written_is_verified() {
    let files = files();
    let verified = files.verify_head().unwrap();
    assert_eq!((verified.files, verified.lines, verified.records), (2, 7, 4));
    assert_eq!((verified.first, verified.last), (Some(super::noon()), Some(super::noon())));
    assert_eq!((verified.head, verified.is_sealed), (Some(files.head), false));
    assert_eq!(files.head.seq, 6);
}

/// A fault is told at the line that has it, and for what it is: the file and the line are what people look at.
#[test]
fn each_fault_of_a_chain_of_files_is_told_where_it_is() {
    let files = files();
    let [first, second] = [&files.files[0], &files.files[1]].map(|file| String::from_utf8(file.clone()).unwrap());
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let verify = |parts: [&str; 2]| {
        let mut verification = Verification::new();
        ["one", "two"].into_iter().zip(parts).try_for_each(|(name, part)| verification.file(name, part.as_bytes()))?;
        verification.finish()
    };
    let told = |parts: [&str; 2]| fault(verify(parts).unwrap_err());
    let at = |file: &str, line: u64, seq: u64| (file.to_owned(), line, Some(seq));
    assert!(verify([&first, &second]).is_ok());

    // The first line of the second file was changed, which its next line tells.
    let Ok(Line::Header(mut header)) = Line::parse(lines(&second)[0].trim_end().as_bytes()) else { panic!("a header") };
    header.opened += Duration::from_secs(1);
    let changed =
        String::from_utf8(Line::Header(header.clone()).to_bytes().unwrap()).unwrap() + "\n" + &lines(&second)[1..].concat();
    let (file, line, seq, cause) = told([&first, &changed]);
    assert!((file, line, seq) == at("two", 1, 4) && matches!(cause, FaultCause::Changed { .. }));
    // The second file without its first line.
    let (file, line, seq, cause) = told([&first, &lines(&second)[1..].concat()]);
    assert_eq!(((file, line, seq), cause), (at("two", 1, 5), FaultCause::NoHeader));
    // One that has the number and the digest that it must, and is no header.
    let Ok(Line::Record(mut record)) = Line::parse(lines(&second)[1].trim_end().as_bytes()) else { panic!("a record") };
    let seal = Digest::of(lines(&first)[3].trim_end().as_bytes());
    (record.seq, record.prev, record.salt) = (4, seal, header.salt);
    let record = String::from_utf8(Line::Record(record).to_bytes().unwrap()).unwrap() + "\n";
    let (file, line, seq, cause) = told([&first, &record]);
    assert_eq!(((file, line, seq), cause), (at("two", 1, 4), FaultCause::NoHeader));
    // A file that was split, and one of another ledger at the place of its second half.
    let halves = [lines(&first)[..2].concat(), lines(&first)[2..].concat()];
    let (file, line, seq, cause) = told([&halves[0], &halves[1]]);
    assert!((file, line, seq) == at("two", 1, 2) && matches!(cause, FaultCause::Split { .. }));
    let other = String::from_utf8(files_with(Key::new(&[8; 32]).unwrap()).files[0].clone()).unwrap();
    let (file, line, seq, cause) = told([&halves[0], &lines(&other)[2..].concat()]);
    assert_eq!(((file, line, seq), cause), (at("one", 2, 1), FaultCause::Unsealed { next: "two".to_owned() }));
    // A first line of all that follows another one.
    header.seq = 0;
    let begun = String::from_utf8(Line::Header(header).to_bytes().unwrap()).unwrap() + "\n";
    let (file, line, seq, cause) = fault(Verification::new().file("one", begun.as_bytes()).unwrap_err());
    assert_eq!((file, line, seq), at("one", 1, 0));
    assert!(matches!(cause, FaultCause::OtherBefore { found, .. } if found == seal), "{cause:?}");
}

/// Each file is read once, for its lines and for the decisions that it records.
#[test]
fn the_decisions_of_a_ledger_are_read_while_it_is_verified() {
    let files = files();
    let mut verification = Verification::default();
    let mut found = Vec::new();
    for (name, file) in ["one", "two"].into_iter().zip(&files.files) {
        verification.records(name, file.as_slice(), |record| found.push(record.seq)).unwrap();
    }
    assert_eq!(found, [1, 2, 5, 6]);
    assert_eq!(verification.finish().unwrap().head, Some(files.head));
}

#[test]
fn a_reader_that_fails_is_no_fault_of_the_ledger() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no disk"))
        }
    }
    let error = Verification::new().file("one", files().files[0].as_slice().chain(Fails)).unwrap_err();
    assert!(matches!(&error, VerifyError::Read { file, error, .. } if file == "one" && error.to_string() == "no disk"), "{error}");
}

/// As base64url of RFC 4648 has it: six bits a character, the first ones first.
#[test]
fn heads_salts_and_keys_are_shown_as_they_are_written() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, salt, commitment) = (files().head, key().salt(7), key().commitment());
    assert_eq!(serde_json::to_value(head).unwrap(), serde_json::json!(head.to_string()));
    let bits = u128::from_be_bytes(*salt.as_bytes());
    let characters = (0..21).map(|at| char::from(ALPHABET[(bits >> (122 - 6 * at) & 63) as usize]));
    let last = char::from(ALPHABET[((bits & 3) << 4) as usize]);
    assert_eq!(salt.to_string(), characters.chain([last]).collect::<String>());
    assert_eq!(format!("{salt:?} {commitment:?}"), format!("Salt({salt}) KeyCommitment({commitment})"));
}

/// The files are named as arguments of a shell.
#[test]
fn whoever_follows_the_hint_to_a_split_file_joins_its_parts() {
    let file = files().files.remove(0);
    let end = file.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for (names, arguments) in [
        (["a.jsonl", "b.jsonl"], "`cat a.jsonl b.jsonl > joined.jsonl`"),
        (["", "-b"], "`cat '' './-b' > joined.jsonl`"),
        (["it's", "two words"], "`cat 'it'\\''s' 'two words' > joined.jsonl`"),
    ] {
        let mut verification = Verification::new();
        let parts = names.into_iter().zip([&file[..end], &file[end..]]);
        let error = parts.map(|(name, part)| verification.file(name, part)).find_map(Result::err).unwrap().to_string();
        assert!(error.contains(arguments), "{error}");
    }
}

/// A published line that is in none of the files: after their last line, or before their first one.
#[test]
fn a_published_line_that_is_missing_is_missed_where_it_should_be() {
    let files = files();
    let seal = Head { seq: 3, digest: Digest::of(files.lines()[0][3].strip_suffix(b"\n").unwrap()) };
    let head = |seq| Head { seq, digest: Digest::of(b"published") };
    let missed = |head: Head| {
        let mut verification = Verification::after(seal).expect_head(head);
        verification.file("two", files.files[1].as_slice()).unwrap();
        fault(verification.finish().unwrap_err())
    };
    assert_eq!(missed(head(7)), ("two".to_owned(), 3, Some(6), FaultCause::EndsEarly { missing: head(7) }));
    assert_eq!(missed(head(2)), ("two".to_owned(), 1, None, FaultCause::EndsEarly { missing: head(2) }));
    // The last line is demanded when it was read already: no line is missing behind it.
    let mut verification = Verification::after(seal);
    verification.file("two", files.files[1].as_slice()).unwrap();
    let late = fault(verification.expect_head(files.head).finish().unwrap_err());
    assert_eq!(late, ("two".to_owned(), 1, None, FaultCause::EndsEarly { missing: files.head }));
}

/// Every bit of every byte is turned, and every byte made one that means something.
#[test]
fn every_changed_byte_is_found() {
    let files = files();
    for file in 0..files.files.len() {
        let last_line = files.files[file].len() - files.lines()[file].last().unwrap().len();
        for at in 0..files.files[file].len() {
            let mut changed = files.clone();
            let was = files.files[file][at];
            let values = (0..8).map(|bit| was ^ 1 << bit).chain(*b"\0\n\r \"\\,:{}09afA\xff");
            for value in values.filter(|&value| value != was) {
                changed.files[file][at] = value;
                assert!(changed.verify_head().is_err(), "{value} at {at} of file {file} is not found");
                // Without the head, the last line of all vouches for itself.
                let is_last = file == 1 && at >= last_line;
                assert!(is_last || changed.verify().is_err(), "{value} at {at} of file {file} is found with the head only");
            }
        }
    }
}

#[test]
fn every_place_at_which_a_file_is_cut_off_is_found() {
    let files = files();
    for file in 0..2 {
        let ends: Vec<usize> = (0..files.files[file].len()).filter(|&n| n == 0 || files.files[file][n - 1] == b'\n').collect();
        for len in 0..files.files[file].len() {
            let mut cut = files.clone();
            cut.files[file].truncate(len);
            assert!(cut.verify_head().is_err(), "file {file} cut to {len}");
            // Without the head, whole lines can be missing from the end of the last file.
            let whole = file == 1 && len > 0 && ends.contains(&len);
            assert_eq!(cut.verify().is_ok(), whole, "file {file} cut to {len}");
        }
    }
}

#[test]
fn every_removed_repeated_or_moved_line_is_found() {
    let files = files();
    for (file, lines) in files.lines().iter().enumerate() {
        for (line, other) in (0..lines.len()).flat_map(|line| (0..=lines.len()).map(move |other| (line, other))) {
            let removed = files.with_lines(file, |lines| _ = lines.remove(line));
            assert!(removed.verify_head().is_err(), "line {line} of file {file} is missing");
            let repeated = files.with_lines(file, |lines| lines.insert(other, lines[line]));
            assert!(repeated.verify().is_err(), "line {line} of file {file} is repeated before {other}");
            if other < lines.len() && line != other {
                let swapped = files.with_lines(file, |lines| lines.swap(line, other));
                assert!(swapped.verify().is_err(), "lines {line} and {other} of file {file} are swapped");
            }
        }
    }
}

/// A change of the files; where the fault is then: file, line, number; and what is said.
#[test]
fn a_fault_says_which_line_and_what_should_be_there() {
    let files = files();
    type Case = (&'static str, Files, (&'static str, u64, Option<u64>), &'static str);
    let changed = |line: usize, from: &str, to: &str| {
        let (mut changed, mut lines) = (files.clone(), files.lines()[0].clone());
        let edited = String::from_utf8(lines[line].to_vec()).unwrap().replacen(from, to, 1);
        assert_ne!(edited.as_bytes(), lines[line]);
        lines[line] = edited.as_bytes();
        changed.files[0] = lines.concat();
        changed
    };
    let only =
        |files: &[&Vec<u8>]| Files { files: files.iter().map(|&file| file.clone()).collect(), head: super::edits::files().head };
    let cases: [Case; 18] = [
        (
            "a time",
            changed(1, "2020-06-04T12", "2020-06-04T13"),
            ("ledger-0", 2, Some(1)),
            "the line was changed, or the next one was",
        ),
        ("a space", changed(1, ":", ": "), ("ledger-0", 2, None), "the line is not written as a ledger writes it: it was changed"),
        ("a key", changed(1, "verdict", "verdikt"), ("ledger-0", 2, None), "the line is not a line of a ledger (`unknown field"),
        ("a form", changed(0, ":2,", ":3,"), ("ledger-0", 1, None), "has form 3, and only forms 1 and 2 are known"),
        ("another form", changed(0, ":2,", ":1,"), ("ledger-0", 1, None), "is not written as a ledger writes it"),
        (
            "a line without salt",
            without_salt(&files),
            ("ledger-0", 2, Some(1)),
            "has form 1, and the header of its file names form 2",
        ),
        (
            "an allow with orders",
            changed(1, "block-participant", "allow"),
            ("ledger-0", 2, None),
            "for the verdict `allow`, which no ledger writes: it was changed",
        ),
        ("CR LF", crlf(&files), ("ledger-0", 1, None), "the line ends with CR LF, and a ledger ends lines with LF"),
        (
            "a missing line",
            files.with_lines(0, |l| _ = l.remove(1)),
            ("ledger-0", 2, Some(2)),
            "number 1 should stand here: it is missing",
        ),
        ("two", files.with_lines(0, |l| _ = l.drain(1..3)), ("ledger-0", 2, Some(3)), "the lines up to number 2 are missing"),
        (
            "a repeated line",
            files.with_lines(0, |l| l.insert(2, l[1])),
            ("ledger-0", 3, Some(1)),
            "number 2 should stand here: the line is repeated",
        ),
        ("no header", files.with_lines(0, |l| _ = l.remove(0)), ("ledger-0", 1, Some(1)), "does not begin with a header"),
        (
            "no seal",
            files.with_lines(0, |l| _ = l.pop()),
            ("ledger-0", 3, Some(2)),
            "has no seal at its end, and `ledger-1` follows",
        ),
        ("more", files.with_lines(0, |l| l.push(l[1])), ("ledger-0", 5, Some(1)), "stands after the seal"),
        ("torn", files.with_lines(1, |l| l[2] = &l[2][..9]), ("ledger-1", 3, None), "the line is torn"),
        ("empty", only(&[&files.files[0], &Vec::new()]), ("ledger-1", 1, None), "the file is empty"),
        (
            "the second alone",
            only(&[&files.files[1]]),
            ("ledger-0", 1, Some(4)),
            "number 0 should stand here: the lines up to number 3",
        ),
        ("two in one", only(&[&files.files.concat()]), ("ledger-0", 5, Some(4)), "a header stands in the middle"),
    ];
    for (what, files, (file, line, seq), said) in cases {
        let error = files.verify().unwrap_err();
        let message = error.to_string();
        assert!(message.contains(said), "{what}: {message}");
        let (at_file, at_line, at_seq, _) = fault(error);
        assert_eq!((at_file.as_str(), at_line, at_seq), (file, line, seq), "{what}: {message}");
    }
}

/// The first record without its salt, and the next line after it.
fn without_salt(files: &Files) -> Files {
    let lines = files.lines()[0].iter().map(|line| String::from_utf8(line.to_vec()).unwrap()).collect::<Vec<_>>();
    let salt = lines[1].find("\"salt\"").unwrap();
    let record = lines[1][..salt].to_owned() + &lines[1][lines[1].find("\"prev\"").unwrap()..];
    let mut changed = files.clone();
    changed.files[0] = [&lines[0], &record, &lines[2], &lines[3]].map(String::as_bytes).concat();
    changed
}

fn crlf(files: &Files) -> Files {
    let crlf = |file: &Vec<u8>| String::from_utf8(file.clone()).unwrap().replace('\n', "\r\n").into_bytes();
    Files { files: files.files.iter().map(crlf).collect(), ..*files }
}

/// The hint of the message: remove the carriage returns.
#[test]
fn a_ledger_with_cr_lf_is_verified_without_the_crs() {
    let files = files();
    assert!(crlf(&files).verify().unwrap_err().to_string().contains("remove the CRs"));
    let lf = |mut file: Vec<u8>| {
        file.retain(|&byte| byte != b'\r');
        file
    };
    let again = Files { files: crlf(&files).files.into_iter().map(lf).collect(), ..files.clone() };
    assert_eq!(again, files);
}

/// A shell lists `ledger.10` before `ledger.2`.
#[test]
fn files_are_verified_in_the_sequence_of_their_headers() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    let mut files = Vec::new();
    for _ in 0..12 {
        ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
        files.push(ledger.rotate(Vec::new()).unwrap());
    }
    let head = ledger.head();
    files.push(ledger.into_inner());
    let mut named: Vec<(String, &[u8])> = files.iter().enumerate().map(|(n, file)| (format!("ledger.{n}"), &**file)).collect();
    let in_shell = |named: &mut Vec<(String, &[u8])>| named.sort_unstable();
    in_shell(&mut named);
    assert_eq!(named[2].0, "ledger.10");
    assert_eq!(verify(named.clone()).unwrap().head, Some(head));
    named.reverse();
    assert_eq!(verify(named.clone()).unwrap().head, Some(head));
    named.retain(|(name, _)| name != "ledger.5");
    let (file, line, seq, cause) = fault(verify(named.clone()).unwrap_err());
    assert_eq!((file.as_str(), line, seq), ("ledger.6", 1, Some(18)));
    assert_eq!(cause, FaultCause::OutOfSequence { expected: 15, found: 18 });
    // What is not a ledger is said to be none, wherever it stands.
    named.insert(3, ("notes.txt".to_owned(), b"notes"));
    assert_eq!(fault(verify(named).unwrap_err()).0, "notes.txt");
}

/// As a rotation tool does it that copies a file and empties it, while the ledger goes on.
#[test]
fn a_file_that_was_copied_and_emptied_is_named_with_a_way_on() {
    let policy = policy();
    let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
    let record = |ledger: &mut Ledger<Vec<u8>>| ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    record(&mut ledger);
    let copied = ledger.get_ref().len();
    record(&mut ledger);
    let whole = ledger.into_inner();
    let (copy, rest) = whole.split_at(copied);
    let said = |files: &[(&str, &[u8])]| verify(files.iter().copied()).unwrap_err().to_string();

    for files in [[("a.1", copy), ("a", rest)], [("a", rest), ("a.1", copy)]] {
        assert_eq!(
            said(&files),
            "`a`, line 1, number 2: the file was split without a seal: join it with the part before, as in \
             `cat a.1 a > joined.jsonl`, and give the joined file; let the ledger rotate itself"
        );
    }
    assert!(said(&[("it's", copy), ("-x y", rest)]).contains(r"`cat 'it'\''s' './-x y' > joined.jsonl`"));
    assert!(verify([("joined.jsonl", [copy, rest].concat().as_slice())]).is_ok());
    assert!(said(&[("a", rest)]).contains("give the part before this one, too"));
    assert!(
        said(&[("a", b""), ("a.1", copy)]).contains("`a`, line 1: the file is empty: its lines are missing. If a rotation tool")
    );
    // The program was started again after the file was emptied.
    let anew = Ledger::begin(Vec::new(), key()).unwrap().into_inner();
    let anew = said(&[("a.1", copy), ("a", &anew)]);
    assert!(anew.starts_with("`a`, line 1, number 0: a ledger begins here anew, though `a.1` comes before"), "{anew}");
    // Something else is missing where a part does not go on from the other.
    assert!(said(&[("a.1", &copy[..copy.len() / 2]), ("a", rest)]).contains("torn"));
    let other = [copy, rest].concat();
    assert!(said(&[("b", &other), ("a", rest)]).contains("has no seal at its end, and `a` follows"));
}

#[test]
fn zeros_are_not_taken_for_a_torn_line() {
    let zeros = [0; 9];
    assert!(
        verify([("zeros", zeros.as_slice())]).unwrap_err().to_string().contains("holds zeros, as some file systems leave them")
    );
    let long = vec![0; 3 << 20];
    let files = files();
    let after = [files.files[1].as_slice(), &long].concat();
    let named = [("one", files.files[0].clone()), ("zeros", after)];
    let error = verify(named.iter().map(|(name, file)| (*name, file.as_slice()))).unwrap_err();
    assert!(error.to_string().starts_with("`zeros`, line 4: the line holds zeros"), "{error}");
}

#[test]
fn a_ledger_of_another_key_and_a_salt_of_another_line_are_found() {
    let (files, other) = (files(), Key::new(&[8; 32]).unwrap());
    let verify_with = |files: &Files, key: Key| {
        let mut verification = Verification::new().with_key(key);
        verification.file("0", files.files[0].as_slice())?;
        verification.finish()
    };
    assert!(verify_with(&files, key()).is_ok());
    assert_eq!(fault(verify_with(&files, other.clone()).unwrap_err()).3, FaultCause::OtherKey);
    // The salt of another number: whoever writes the chain anew without the key cannot do better.
    let lines = files.lines()[0].iter().map(|line| String::from_utf8(line.to_vec()).unwrap()).collect::<Vec<_>>();
    let salted = lines[1].replace(&key().salt(1).to_string(), &key().salt(2).to_string());
    let salted = Files { files: vec![[&*lines[0], &*salted].concat().into_bytes()], ..files };
    assert!(salted.verify().is_ok());
    assert_eq!(fault(verify_with(&salted, key()).unwrap_err()).3, FaultCause::OtherSalt);
}

#[test]
fn errors_tell_their_causes() {
    use std::error::Error as _;
    let error = verify([("ledger", b"{}\n".as_slice())]).unwrap_err();
    let VerifyError::Fault(fault) = &error else { panic!("{error}") };
    let line = fault.source().unwrap().source().unwrap();
    assert!(line.to_string().starts_with("is not a line of a ledger"), "{line}");
}

#[test]
fn a_ledger_that_was_written_anew_is_found_by_what_was_published() {
    let (old, new) = (files(), files_with(Key::new(&[8; 32]).unwrap()));
    let published: Vec<Head> = old
        .lines()
        .concat()
        .iter()
        .zip(0..)
        .map(|(line, seq)| Head { seq, digest: bailiwick::Digest::of(&line[..line.len() - 1]) })
        .collect();
    assert!(new.verify().is_ok());
    let verify_with = |files: &Files, heads: &[Head]| {
        let mut verification = heads.iter().fold(Verification::new(), |verification, &head| verification.expect_head(head));
        for (n, file) in files.files.iter().enumerate() {
            verification.file(n.to_string(), file.as_slice())?;
        }
        verification.finish()
    };
    assert!(verify_with(&old, &published).is_ok());
    // The first header may be the same.
    for &head in &published[1..] {
        assert!(matches!(fault(verify_with(&new, &[head]).unwrap_err()).3, FaultCause::Published { .. }));
    }
    let later = Head { seq: 7, ..old.head };
    let (file, line, seq, cause) = fault(verify_with(&old, &[published[3], later]).unwrap_err());
    assert_eq!((file.as_str(), line, seq, cause), ("1", 3, Some(6), FaultCause::EndsEarly { missing: later }));
    assert!(matches!(
        fault(verify_with(&Files { files: vec![], ..old.clone() }, &[later]).unwrap_err()).3,
        FaultCause::EndsEarly { .. }
    ));
}

#[test]
fn later_files_are_verified_after_the_line_that_they_follow() {
    let files = files();
    let seal = &files.lines()[0][3];
    let head = Head { seq: 3, digest: bailiwick::Digest::of(&seal[..seal.len() - 1]) };
    let verify_after = |head| {
        let mut verification = Verification::after(head);
        verification.file("later", files.files[1].as_slice())?;
        verification.finish()
    };
    assert_eq!(verify_after(head).unwrap().records, 2);
    let other = Head { digest: files.head.digest, ..head };
    assert!(matches!(fault(verify_after(other).unwrap_err()).3, FaultCause::OtherBefore { .. }));
    let earlier = Head { seq: 2, ..head };
    assert!(matches!(fault(verify_after(earlier).unwrap_err()).3, FaultCause::OutOfSequence { expected: 3, found: 4 }));
    assert!(verify_after(Head { seq: u64::MAX, ..head }).is_err());
}

#[test]
fn the_line_that_later_files_follow_may_be_the_one_that_was_published() {
    let files = files();
    let seal = &files.lines()[0][3];
    let head = Head { seq: 3, digest: bailiwick::Digest::of(&seal[..seal.len() - 1]) };
    let verify_with = |published| {
        let mut verification = Verification::after(head).expect_head(published);
        verification.file("later", files.files[1].as_slice())?;
        verification.finish()
    };
    assert_eq!(verify_with(head).unwrap().records, 2);
    for other in [Head { digest: files.head.digest, ..head }, Head { seq: 2, ..head }] {
        assert_eq!(fault(verify_with(other).unwrap_err()).3, FaultCause::EndsEarly { missing: other });
    }
}

#[test]
fn a_reader_that_fails_is_no_fault() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let error = verify([("ledger", Broken)]).unwrap_err();
    assert!(matches!(error, VerifyError::Read { line: 1, .. }));
    assert_eq!(error.to_string(), "`ledger`, line 1 cannot be read: unplugged");
}

#[test]
fn no_files_are_no_lines() {
    let verified = verify(Vec::<(String, &[u8])>::new()).unwrap();
    assert_eq!((verified.lines, verified.head), (0, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn ledger_detects_any_single_edit(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        ledger::ledger_detects_any_single_edit(&World::from_bytes(&bytes));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        ledger::ledger(&bytes);
    }

    /// A ledger with a few bytes of it changed.
    #[test]
    fn nearly_a_ledger_is_read_without_a_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        seed in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = Files::of(&World::from_bytes(&seed), 100).files.remove(0);
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        ledger::ledger(&bytes);
    }
}
