//! A ledger that records, rotates, and pads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{
    Begun, FaultCause, Head, Key, LedgerError, Lines, LinesError, OpenError, Opened, Verification, VerifyError,
};
use bailiwick::{Atlas, Digest, Docket, Ledger, Meeting, Order, Policy, Source};

use super::harness::{Loss, Row};
use super::{give_up, say, writer};

pub const ROWS: [Row; 3] = [
    Row {
        name: "ledger",
        before: |_| {},
        writers: |_| writer("ledger"),
        is_silent: false,
        check,
        is_in_use: Some(|folder| matches!(Ledger::open(folder.join(last_file(folder)), key()), Err(OpenError::InUse { .. }))),
        may_refuse: |_| false,
    },
    Row {
        name: "ledger-padded",
        before: |folder| {
            let mut ledger = Ledger::open(folder.join(FILES[0]), key()).unwrap().ledger;
            (1..250).for_each(|_| _ = ledger.unrecorded(10).unwrap());
        },
        writers: |_| writer("ledger-padded"),
        is_silent: false,
        check,
        is_in_use: Some(|folder| matches!(Ledger::open(folder.join(FILES[0]), key()), Err(OpenError::InUse { .. }))),
        may_refuse: |_| false,
    },
    Row {
        name: "ledger-cut-off",
        before: |folder| {
            // A rotation was cut off after the seal, and before the end of the next header.
            let mut ledger = Ledger::open(folder.join(FILES[0]), key()).unwrap().ledger;
            ledger.rotate_to(folder.join(FILES[1])).unwrap();
            drop(ledger);
            let header = fs::read(folder.join(FILES[1])).unwrap();
            fs::write(folder.join(FILES[1]), &header[..header.len() - 1]).unwrap();
        },
        writers: |_| writer("ledger-cut-off"),
        is_silent: false,
        check,
        is_in_use: None,
        may_refuse: |_| false,
    },
];

/// The files of the ledger, in their sequence.
const FILES: [&str; 3] = ["1.jsonl", "2.jsonl", "3.jsonl"];

fn key() -> Key {
    Key::new(&[7; 32]).unwrap()
}

/// The name of the last file that is there.
fn last_file(folder: &Path) -> &'static str {
    FILES.into_iter().rfind(|name| folder.join(name).exists()).unwrap_or(FILES[0])
}

fn policy() -> Policy {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes()).unwrap();
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("vigil".to_owned());
    let docket: Docket = [order].into_iter().collect();
    Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap()
}

/// Opens the ledger where it goes on: its first file that is not sealed. Returns the index of the file, too.
fn open(folder: &Path) -> Result<(Opened, usize), OpenError> {
    let mut sealed = None;
    for (index, name) in FILES.into_iter().enumerate() {
        let path = folder.join(name);
        let opened = match sealed {
            None => Ledger::open(path, key()),
            Some(head) => Ledger::open_after(path, key(), head),
        };
        match opened {
            Err(OpenError::Sealed { head, .. }) => sealed = Some(head),
            opened => return opened.map(|opened| (opened, index)),
        }
    }
    panic!("all files are sealed");
}

/// A ledger as a program has it: what fails is tried once more, after the file was opened again.
struct Writer<'f> {
    folder: &'f Path,
    policy: Policy,
    ledger: Ledger<File>,
    index: usize,
}

impl Writer<'_> {
    fn new(folder: &Path) -> Writer<'_> {
        let (opened, index) = open(folder).or_else(|_| open(folder)).unwrap_or_else(|error| give_up(&error));
        Writer { folder, policy: policy(), ledger: opened.ledger, index }
    }

    fn again(self) -> Self {
        let Writer { folder, policy, ledger, .. } = self;
        drop(ledger);
        let (opened, index) = open(folder).or_else(|_| open(folder)).unwrap_or_else(|error| give_up(&error));
        Writer { folder, policy, ledger: opened.ledger, index }
    }

    fn record(self) -> Self {
        let writer = self.recorded();
        acknowledge("kept", &writer.ledger);
        writer
    }

    fn recorded(mut self) -> Self {
        let record = |ledger: &mut Ledger<File>, policy: &Policy| {
            let (address, host) = ("203.0.113.7".parse().unwrap(), "US".parse().unwrap());
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_591_272_000);
            ledger.record(&policy.explain(Meeting::new("vigil"), address, host, at))
        };
        if record(&mut self.ledger, &self.policy).is_err() {
            self = self.again();
            record(&mut self.ledger, &self.policy).unwrap_or_else(|error| give_up(&error));
        }
        self
    }

    /// Waits until all lines are on the disk, and says so.
    fn sync(mut self) -> Self {
        if self.ledger.sync().is_err() {
            self = self.again();
            self.ledger.sync().unwrap_or_else(|error| give_up(&error));
        }
        acknowledge("safe", &self.ledger);
        self
    }

    fn unrecorded(mut self) -> Self {
        if self.ledger.unrecorded(17).is_err() {
            self = self.again();
            self.ledger.unrecorded(17).unwrap_or_else(|error| give_up(&error));
        }
        acknowledge("kept", &self.ledger);
        self
    }

    /// Goes on in the file of this index, unless the ledger is there.
    fn rotate(mut self, to: usize) -> Self {
        if self.index >= to {
            return self;
        }
        let path = self.folder.join(FILES[to]);
        if let Err(error) = self.ledger.rotate_to(&path) {
            if !matches!(error, OpenError::Ledger(LedgerError::Write(_) | LedgerError::Broken)) {
                // It goes on in the old file.
                self = self.record();
            }
            self = self.again();
            if self.index < to {
                self.ledger.rotate_to(&path).unwrap_or_else(|error| give_up(&error));
            }
        }
        self.index = to;
        acknowledge("safe", &self.ledger);
        self
    }
}

/// Says which line is acknowledged. `safe` lines survive a loss of power.
fn acknowledge(how: &str, ledger: &Ledger<File>) {
    let Head { seq, digest } = ledger.head();
    say(&format!("{how} {seq} {digest}"));
}

pub fn write(folder: &Path) {
    let writer = Writer::new(folder).record().record().sync().record().rotate(1);
    let writer = writer.record().sync().unrecorded().sync().record();
    // A file that is there already, as `logrotate` makes it.
    if !folder.join(FILES[2]).exists() {
        File::create(folder.join(FILES[2])).unwrap_or_else(|error| give_up(&error));
    }
    writer.rotate(2).record().record();
}

pub fn pad(folder: &Path) {
    let mut writer = Writer::new(folder);
    if writer.ledger.pad().is_err() {
        writer = writer.again();
        writer.ledger.pad().unwrap_or_else(|error| give_up(&error));
    }
    acknowledge("kept", &writer.ledger);
    let writer = writer.sync();
    assert_eq!(writer.ledger.public_head(), Some(writer.ledger.head()));
    say("safe public");
}

pub fn go_on_after_cut_off(folder: &Path) {
    Writer::new(folder).record().sync().record();
}

/// Reads the whole lines of a file, up to what is torn.
fn lines(path: &Path) -> BTreeMap<u64, Digest> {
    let (mut found, mut lines) = (BTreeMap::new(), Lines::new(File::open(path).unwrap()));
    while let Some(line) = lines.next() {
        match line {
            Ok(line) => _ = found.insert(line.seq(), Digest::of(lines.bytes())),
            Err(LinesError::Torn { .. } | LinesError::Line { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    found
}

fn check(folder: &Path, said: &[String], loss: Loss) {
    let acknowledged = said.iter().filter_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        ["safe", seq, digest] => Some((seq.parse::<u64>().unwrap(), digest.parse::<Digest>().unwrap())),
        ["kept", seq, digest] if loss == Loss::Process => Some((seq.parse().unwrap(), digest.parse().unwrap())),
        _ => None,
    });
    let acknowledged: BTreeMap<u64, Digest> = acknowledged.collect();

    // Verified as it is, the ledger is whole up to what is torn.
    let mut verification = Verification::new();
    for name in FILES.iter().filter(|name| folder.join(name).exists()) {
        match verification.file(*name, File::open(folder.join(name)).unwrap()) {
            Ok(()) => continue,
            Err(VerifyError::Fault(fault)) if matches!(fault.cause, FaultCause::Torn | FaultCause::Empty | FaultCause::Line(_)) => {
            }
            // What is not sealed is gone on with, and the next file has no line that counts.
            Err(VerifyError::Fault(fault)) if matches!(fault.cause, FaultCause::Unsealed { .. }) => {}
            Err(error) => panic!("verified as it is: {error}"),
        }
        break;
    }
    no_ledger_begins_anew(folder, &acknowledged);

    // It is gone on with.
    let opened = match open(folder) {
        Ok((opened, _)) => opened,
        // Zeros in the place of the first header: nothing was acknowledged, and the error says what to do.
        Err(OpenError::Zeros { .. }) if acknowledged.is_empty() => return,
        Err(error) => panic!("{error}"),
    };
    let before = opened.ledger.head();
    let mut writer = Writer { folder, policy: policy(), index: 0, ledger: opened.ledger };
    writer = writer.recorded();
    writer.ledger.sync().unwrap();
    let after = writer.ledger.head();
    assert_eq!(after.seq, before.seq + 1);
    drop(writer);
    let mut verification = Verification::new().with_key(key());
    let mut found = BTreeMap::new();
    for name in FILES {
        let of_file = if folder.join(name).exists() { lines(&folder.join(name)) } else { BTreeMap::new() };
        if of_file.is_empty() {
            break;
        }
        verification.file(name, File::open(folder.join(name)).unwrap()).unwrap();
        found.extend(of_file);
    }
    assert_eq!(verification.finish().unwrap().head, Some(after));
    for (seq, digest) in acknowledged {
        assert_eq!(found.get(&seq), Some(&digest), "line {seq} was acknowledged");
    }
}

/// A program that knows only the last file, and opens that without the head of the one before, is told, or goes on.
fn no_ledger_begins_anew(folder: &Path, acknowledged: &BTreeMap<u64, Digest>) {
    let last = folder.join(last_file(folder));
    let (Ok(bytes), Some((&seq, _))) = (fs::read(&last), acknowledged.last_key_value()) else { return };
    let is_gone_on_before = FILES.iter().take_while(|name| !last.ends_with(name)).any(|name| {
        let path = folder.join(name);
        !matches!(Ledger::open(&path, key()), Err(OpenError::Sealed { .. }))
    });
    if is_gone_on_before {
        return;
    }
    if let Ok(opened) = Ledger::open(&last, key()) {
        let head = opened.ledger.head();
        assert!(
            head.seq >= seq && !matches!(opened.begun, Some(Begun::Empty | Begun::New)),
            "begun anew after line {seq}: {head:?}"
        );
    }
    fs::write(last, bytes).unwrap();
}
