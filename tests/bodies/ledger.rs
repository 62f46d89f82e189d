//! Ledgers of small worlds, edits of them, and properties of any bytes that are read as a ledger.

use std::io::Cursor;

use bailiwick::Digest;
use bailiwick::ledger::{Head, Key, Ledger, Line, Lines, Unrecorded, Verification, Verified, VerifyError, in_sequence, verify};

use super::world::World;

pub fn key() -> Key {
    Key::new(b"a key of the tests, of 32 bytes or more").unwrap()
}

/// A ledger in some files, with its last line: every question of a world, recorded one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub files: Vec<Vec<u8>>,
    pub head: Head,
}

impl Files {
    /// A file has so many records, and at least one.
    pub fn of(world: &World, records: usize) -> Files {
        let policy = world.policy();
        let mut ledger = Ledger::begin(Vec::new(), key()).unwrap();
        let mut files = Vec::new();
        for (n, q) in world.questions.iter().enumerate() {
            if n > 0 && n % records.max(1) == 0 {
                files.push(ledger.rotate(Vec::new()).unwrap());
            }
            ledger.record(&policy.explain(q.meeting(), q.ip, q.home, q.at)).unwrap();
            match world.die(100 + n, 6) {
                0 => _ = ledger.unrecorded(Unrecorded::LEAST).unwrap(),
                1 if n % 7 == 0 => _ = ledger.pad().unwrap(),
                _ => {}
            }
        }
        let head = ledger.head();
        files.push(ledger.into_inner());
        Files { files, head }
    }

    /// As a version before form 2 would have written the same decisions.
    pub fn of_form_1(world: &World, records: usize) -> Files {
        let (mut files, mut head) = (
            Vec::new(),
            Head { seq: 0, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000".parse().unwrap() },
        );
        let mut seq = 0;
        for file in Files::of(world, records).files {
            let mut old = Vec::new();
            for line in Lines::new(file.as_slice()).map(Result::unwrap) {
                if !matches!(line, Line::Header(_) | Line::Record(_) | Line::Seal(_)) {
                    continue;
                }
                let text = without_salt(&line.to_string(), line.seq(), seq, line.prev(), head.digest);
                head = Head { seq, digest: Digest::of(text.as_bytes()) };
                seq += 1;
                old.extend(text.into_bytes());
                old.push(b'\n');
            }
            files.push(old);
        }
        Files { files, head }
    }

    pub fn verify(&self) -> Result<Verified, VerifyError> {
        verify(self.named())
    }

    /// Against the last line that it once had.
    pub fn verify_head(&self) -> Result<Verified, VerifyError> {
        let mut verification = Verification::new().expect_head(self.head);
        for (name, file) in in_sequence(self.named())? {
            verification.file(name, file)?;
        }
        verification.finish()
    }

    fn named(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.files.iter().enumerate().map(|(n, file)| (format!("ledger-{n}"), file.as_slice()))
    }

    /// The lines of all files, with their ends.
    pub fn lines(&self) -> Vec<Vec<&[u8]>> {
        self.files.iter().map(|file| file.split_inclusive(|&byte| byte == b'\n').collect()).collect()
    }

    /// With other lines in one file.
    pub fn with_lines(&self, file: usize, change: impl FnOnce(&mut Vec<&[u8]>)) -> Files {
        let mut lines = self.lines()[file].clone();
        change(&mut lines);
        let mut changed = self.clone();
        changed.files[file] = lines.concat();
        changed
    }
}

/// A line of form 2 in form 1, with another number and after another line.
pub fn without_salt(line: &str, seq: u64, new_seq: u64, prev: Digest, new_prev: Digest) -> String {
    let member = |line: &str, name: &str| {
        let start = line.find(&format!("\"{name}\":\""))?;
        let end = line[start..].find("\",").map(|end| start + end + 2)?;
        Some(line[..start].to_owned() + &line[end..])
    };
    let line =
        line.replacen("\"ledger\":2", "\"ledger\":1", 1).replacen(&format!("\"seq\":{seq}"), &format!("\"seq\":{new_seq}"), 1);
    let line = if line.starts_with("{\"ledger\"") { member(&line, "key").unwrap() } else { line };
    member(&line, "salt").unwrap().replace(&prev.to_string(), &new_prev.to_string())
}

/// Every single edit of a ledger is found with its last line known. Without it, only edits of the last line and removals from the
/// end are not found.
pub fn ledger_detects_any_single_edit(world: &World) {
    let records = 1 + world.die(0, 4);
    [Files::of(world, records), Files::of_form_1(world, records)].iter().for_each(|files| any_single_edit(world, files));
}

fn any_single_edit(world: &World, files: &Files) {
    let verified = files.verify_head().unwrap();
    assert_eq!(verified.records, u64::try_from(world.questions.len()).unwrap());
    assert_eq!(files.verify().unwrap(), verified);
    let sorted = |files: &Files| {
        let mut files = files.files.clone();
        files.sort_unstable();
        files
    };
    for (what, edited) in edits(files, world) {
        if sorted(&edited) == sorted(files) {
            // The sequence in which the files are given does not matter.
            assert_eq!(edited.verify_head().unwrap(), verified, "{what}");
            continue;
        }
        assert!(edited.verify_head().is_err(), "{what} is not found in {files:?}");
        if let Ok(Verified { head: Some(head), .. }) = edited.verify() {
            // The rest is the beginning of the ledger, except for its last line.
            let last = head.seq;
            let whole = files.lines().concat();
            let left = edited.lines().concat();
            let same = usize::try_from(last).unwrap();
            assert_eq!(left[..same], whole[..same], "{what}");
            assert_eq!(left.len(), same + 1, "{what}");
        }
    }
}

/// One edit of each kind, at places that the world's dice choose.
pub fn edits(files: &Files, world: &World) -> Vec<(&'static str, Files)> {
    let file = world.die(1, files.files.len());
    let bytes = files.files[file].len();
    let byte = (world.die(2, 256) * 256 + world.die(3, 256)) % bytes;
    let lines = files.lines()[file].len();
    let (line, other) = (world.die(4, lines), world.die(5, lines));
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = files.clone();
        change(&mut changed.files[file]);
        changed
    };
    let value = u8::try_from(world.die(6, 256)).unwrap();
    let mut fewer = files.clone();
    fewer.files.remove(file);
    let mut swapped = files.clone();
    swapped.files.swap(0, file);
    let mut twice = files.clone();
    twice.files.insert(file, files.files[file].clone());
    vec![
        ("a changed byte", changed(&|bytes| bytes[byte] = value)),
        ("a byte more", changed(&|bytes| bytes.insert(byte, value))),
        ("a byte less", changed(&|bytes| _ = bytes.remove(byte))),
        ("a torn file", changed(&|bytes| bytes.truncate(byte))),
        ("a byte at the end", changed(&|bytes| bytes.push(value))),
        ("a missing line", files.with_lines(file, |lines| _ = lines.remove(line))),
        ("a repeated line", files.with_lines(file, |lines| lines.insert(other, lines[line]))),
        ("swapped lines", files.with_lines(file, |lines| lines.swap(line, other))),
        ("a missing end", files.with_lines(file, |lines| lines.truncate(line))),
        ("a missing file", fewer),
        ("swapped files", swapped),
        ("a repeated file", twice),
    ]
}

/// Any bytes as a file of a ledger: what is read of it is written the same again, what is verified is exactly that, and what is
/// wrong is told in one line.
pub fn ledger(bytes: &[u8]) {
    let mut written = Vec::new();
    let mut error = None;
    for line in Lines::new(bytes) {
        match line {
            Ok(line) => {
                assert_eq!(line.to_bytes().map(|bytes| Digest::of(&bytes)), line.digest());
                written.extend(line.to_bytes().unwrap());
                written.push(b'\n');
            }
            Err(other) => error = Some(other),
        }
    }
    assert!(bytes.starts_with(&written));
    match &error {
        None => assert_eq!(bytes, written),
        Some(error) => one_line(&error.to_string()),
    }
    match verify([("fuzz\n", bytes)]) {
        Ok(verified) => {
            assert!(error.is_none() && verified.head.is_some());
            assert_eq!(verified.lines, u64::try_from(bytes.split_inclusive(|&byte| byte == b'\n').count()).unwrap());
        }
        Err(error) => one_line(&error.to_string()),
    }
    for part in bytes.split(|&byte| byte == b'\n') {
        if let Ok(line) = Line::parse(part) {
            assert_eq!(line.to_string().as_bytes(), part);
        }
    }
    for text in bytes.split(|&byte| byte == b'\n').filter_map(|part| std::str::from_utf8(part).ok()) {
        match text.parse::<Head>() {
            Ok(head) => assert_eq!(head.to_string().parse(), Ok(head)),
            Err(error) => one_line(&error.to_string()),
        }
    }
    carries_on(bytes);
}

/// A ledger that verifies can be continued, and then verifies again.
fn carries_on(bytes: &[u8]) {
    let Ok(Verified { head: Some(head), is_sealed: true, .. }) = verify([("", bytes)]) else { return };
    // The numbers of lines come to an end.
    if let Ok(ledger) = Ledger::carry_on(Cursor::new(Vec::new()), key(), head) {
        let next = ledger.into_inner().into_inner();
        assert!(verify([("", bytes), ("", next.as_slice())]).is_ok());
    }
}

fn one_line(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}
