//! Full disks, short writes, and kills in the middle of a line: acknowledged lines are there, and nothing follows a torn line.

use std::fs;
use std::io::{self, ErrorKind, Write};

use bailiwick::ledger::{Form, Ledger, LedgerError, Lines};

use super::{explain, folder, key, policy, records};

/// A writer that takes so many bytes, a few at a time, and then fails in some way.
#[derive(Debug)]
struct Failing {
    written: Vec<u8>,
    room: usize,
    how: How,
    calls: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    /// The disk is full.
    Full,
    /// It takes no more, and says so without an error.
    TakesNothing,
    /// Each write takes three bytes at most, and every other one is interrupted, until the disk is full.
    ShortWrites,
    /// The writer panics.
    Panics,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        let mut taken = bytes.len().min(self.room - self.written.len());
        if self.how == How::ShortWrites {
            if self.calls % 2 == 0 {
                return Err(ErrorKind::Interrupted.into());
            }
            taken = taken.min(3);
        }
        if taken == 0 {
            return match self.how {
                How::TakesNothing => Ok(0),
                How::Panics => panic!("a panic of the test"),
                How::Full | How::ShortWrites => Err(ErrorKind::StorageFull.into()),
            };
        }
        self.written.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes until the writer fails. How many records were acknowledged, and what is there.
fn write_until_full(room: usize, how: How) -> (usize, Vec<u8>) {
    let policy = policy();
    let writer = Failing { written: Vec::new(), room, how, calls: 0 };
    let Ok(mut ledger) = Ledger::begin(writer, key()) else { return (0, Vec::new()) };
    let mut acknowledged = 0;
    for _ in 0..3 {
        let explanation = explain(&policy, "vigil", "203.0.113.1");
        let mut record = || ledger.record(&explanation);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut record)) {
            Ok(Ok(_)) => acknowledged += 1,
            Ok(Err(error)) => {
                let kind = if how == How::TakesNothing { ErrorKind::WriteZero } else { ErrorKind::StorageFull };
                assert!(matches!(error, LedgerError::Write(error) if error.kind() == kind));
                break;
            }
            Err(_) => break,
        }
    }
    if acknowledged < 3 {
        let written = ledger.get_ref().written.clone();
        assert!(matches!(ledger.record(&explain(&policy, "vigil", "203.0.113.1")), Err(LedgerError::Broken)));
        assert!(matches!(ledger.flush(), Err(LedgerError::Broken)));
        let next = Failing { written: Vec::new(), room: 10_000, how, calls: 0 };
        assert!(matches!(ledger.rotate(next), Err(LedgerError::Broken)));
        assert_eq!(ledger.get_ref().written, written, "nothing is written after what is torn");
    }
    (acknowledged, ledger.into_inner().written)
}

#[test]
fn whatever_fails_at_any_byte_every_acknowledged_record_is_there() {
    let path = folder("fails").join("ledger.jsonl");
    let (all, whole) = write_until_full(usize::MAX, How::Full);
    assert_eq!(all, 3);
    // A header may be some digits longer than another: the decimals of its time.
    let header = whole.iter().position(|&byte| byte == b'\n').unwrap() + 10;
    for how in [How::Full, How::TakesNothing, How::ShortWrites, How::Panics] {
        for room in header..=whole.len() {
            let (acknowledged, written) = write_until_full(room, how);
            let whole_lines = written.iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
            assert_eq!(records(&written[..whole_lines]).len(), acknowledged, "{how:?} at {room}");
            // Opening waits for the disk.
            if room % 17 != 0 {
                continue;
            }
            fs::write(&path, &written).unwrap();
            let opened = Ledger::open(&path, key()).unwrap();
            assert_eq!(opened.verified.records, u64::try_from(acknowledged).unwrap(), "{how:?} at {room}");
            assert_eq!(records(&fs::read(&path).unwrap()).len(), acknowledged, "{how:?} at {room}");
            assert_eq!(opened.torn.is_some(), whole_lines < written.len(), "{how:?} at {room}");
            if let Some(torn) = opened.torn {
                fs::remove_file(torn.file).unwrap();
            }
        }
    }
}

/// A line of form 1 has at most 1 MiB. What is longer is no line, whole or torn, and is not held.
#[test]
fn a_line_is_as_long_as_any_line_may_be_or_torn_or_none() {
    let most = Form::One.max_line();
    let first = |bytes: Vec<u8>| Lines::new(bytes.as_slice()).next().unwrap().unwrap_err().to_string();
    let line = |length: usize, end: &str| [vec![b'{'; length], end.as_bytes().to_vec()].concat();
    for (bytes, said) in [
        (line(most, "\n"), "line 1 is not a line of a ledger"),
        (line(most + 1, "\n"), "line 1 has more than 1048576 bytes"),
        (line(most, ""), "line 1 is torn"),
        (line(most + 1, ""), "line 1 has more than 1048576 bytes"),
        (line(most + 2, ""), "line 1 has more than 1048576 bytes"),
        (b"\0".to_vec(), "line 1 holds zeros"),
    ] {
        let error = first(bytes);
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_header_that_cannot_be_written_makes_no_ledger() {
    let full = Failing { written: Vec::new(), room: 20, how: How::Full, calls: 0 };
    assert!(matches!(Ledger::begin(full, key()), Err(LedgerError::Write(_))));
}

#[test]
fn a_rotation_that_fails_leaves_no_ledger_that_goes_on() {
    let policy = policy();
    let with_room = |room| Failing { written: Vec::new(), room, how: How::Full, calls: 0 };
    // Room for the header and one record, and some of the seal, which has more than 100 bytes. Times vary in their decimals.
    let (_, three) = write_until_full(usize::MAX, How::Full);
    let two_lines: usize = three.split_inclusive(|&byte| byte == b'\n').take(2).map(<[u8]>::len).sum();
    let mut ledger = Ledger::begin(with_room(two_lines + 50), key()).unwrap();
    ledger.record(&explain(&policy, "vigil", "203.0.113.1")).unwrap();
    let head = ledger.head();
    assert!(matches!(ledger.rotate(with_room(10_000)), Err(LedgerError::Write(_))));
    assert_eq!(ledger.head(), head, "the seal is not there");
    assert!(matches!(ledger.record(&explain(&policy, "vigil", "203.0.113.1")), Err(LedgerError::Broken)));

    // Room for the seal, and none for the header of the next file.
    let mut ledger = Ledger::begin(with_room(10_000), key()).unwrap();
    assert!(matches!(ledger.rotate(with_room(20)), Err(LedgerError::Write(_))));
    assert_eq!(ledger.head().seq, 1, "the seal is there");
    assert!(matches!(ledger.record(&explain(&policy, "vigil", "203.0.113.1")), Err(LedgerError::Broken)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let error = Ledger::begin(full, key()).unwrap_err();
    assert!(matches!(&error, LedgerError::Write(error) if error.kind() == ErrorKind::StorageFull));
    assert!(error.to_string().starts_with("the ledger cannot be written: "), "{error}");
}
