//! The record of decisions, written by a thread of its own, so that no answer waits for a disk.

mod files;

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use bailiwick::ledger::{Key, LedgerError, OpenError, path_of_process};
use bailiwick::{Meeting, Policy, Region};
use prometheus::IntCounter;

use self::files::Current;
use crate::config::LedgerConfig;
use crate::path::quoted;

/// The most decisions that wait to be written. A disk that stands still for a second under 8,000 joins a second fills it; each takes
/// some 200 bytes, and [`MAX_NAMES`] at most.
const QUEUE: usize = 8192;

/// The most bytes of the names of a meeting and its account. No order names one of more than 512; with longer ones strangers could
/// fill the memory while a disk stands still.
const MAX_NAMES: usize = 4096;

/// The time between two syncs, and between two attempts to open a ledger that cannot be written.
const INTERVAL: Duration = Duration::from_secs(1);

/// The time between two looks whether the writer has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// The most bytes of a key file: keys have 32.
const MAX_KEY: u64 = 4096;

/// A question that was decided.
#[derive(Debug)]
struct Record {
    policy: Policy,
    meeting: String,
    account: Option<String>,
    address: IpAddr,
    host_region: Region,
    at: SystemTime,
}

/// What the writer is told.
#[derive(Debug)]
enum Message {
    Record(Record),
    Stop,
}

/// Takes decisions for the ledger, and never waits.
#[derive(Debug)]
pub struct Recorder {
    queue: SyncSender<Message>,
    unrecorded: Arc<Unrecorded>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Decisions that the ledger does not have.
#[derive(Debug)]
struct Unrecorded {
    /// Those whose number it does not have, either.
    pending: AtomicU64,
    all: IntCounter,
}

impl Unrecorded {
    fn count(&self) {
        self.pending.fetch_add(1, Ordering::Relaxed);
        self.all.inc();
    }
}

impl Recorder {
    /// Begins to record. A ledger that cannot be opened is tried again, and what is not recorded meanwhile is counted.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(config: &LedgerConfig, recorded: IntCounter, unrecorded: IntCounter) -> std::io::Result<Recorder> {
        let (sender, receiver) = sync_channel(QUEUE);
        let unrecorded = Arc::new(Unrecorded { pending: AtomicU64::new(0), all: unrecorded });
        let mut writer = Writer {
            config: config.clone(),
            ledger: None,
            next_attempt: Instant::now(),
            unrecorded: Arc::clone(&unrecorded),
            recorded,
            unsynced: 0,
            last_message: String::new(),
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || {
            // It verifies the whole file: no listener waits for that.
            writer.open();
            writer.run(&receiver);
        })?;
        Ok(Recorder { queue: sender, unrecorded, thread: Mutex::new(Some(thread)) })
    }

    /// Gives a decision to the ledger: what `decide_at` said about the same question. Counts it when the queue is full, or the names
    /// are too long.
    pub fn record(&self, policy: &Policy, meeting: Meeting<'_>, address: IpAddr, host_region: Region, at: SystemTime) {
        if meeting.id.len().saturating_add(meeting.host.map_or(0, str::len)) > MAX_NAMES {
            return self.unrecorded.count();
        }
        let record = Record {
            policy: policy.clone(),
            meeting: meeting.id.to_owned(),
            account: meeting.host.map(str::to_owned),
            address,
            host_region,
            at,
        };
        if self.queue.try_send(Message::Record(record)).is_err() {
            self.unrecorded.count();
        }
    }

    /// Writes what waits, and ends. Waits for the writer at most so long.
    pub fn stop(&self, at_most: Duration) {
        let last = Instant::now() + at_most;
        // The queue may be full.
        while self.queue.try_send(Message::Stop).is_err() && Instant::now() < last {
            std::thread::sleep(PAUSE);
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        while thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < last {
            std::thread::sleep(PAUSE);
        }
    }
}

/// Writes the ledger.
struct Writer {
    config: LedgerConfig,
    ledger: Option<Current>,
    next_attempt: Instant,
    unrecorded: Arc<Unrecorded>,
    recorded: IntCounter,
    /// Lines that were written since the last sync.
    unsynced: u64,
    last_message: String,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Message>) {
        let (mut is_dirty, mut synced) = (false, Instant::now());
        loop {
            match queue.recv_timeout(INTERVAL) {
                Ok(Message::Record(record)) => is_dirty |= self.write(&record),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
            if synced.elapsed() >= INTERVAL {
                self.reopen();
                is_dirty |= self.tell_unrecorded();
                if std::mem::take(&mut is_dirty) {
                    // Before the file is left, as it tells and counts what was written to one that was removed.
                    self.sync();
                }
                self.rotate();
                synced = Instant::now();
            }
        }
        self.reopen();
        self.tell_unrecorded();
        self.sync();
    }

    fn write(&mut self, record: &Record) -> bool {
        self.reopen();
        let Some(Current { ledger, .. }) = &mut self.ledger else {
            self.unrecorded.count();
            return false;
        };
        let meeting = Meeting::new(&record.meeting);
        let meeting = record.account.as_deref().map_or(meeting, |account| meeting.hosted_by(account));
        let explanation = record.policy.explain(meeting, record.address, record.host_region, record.at);
        match ledger.record(&explanation) {
            Ok(_) => {
                self.recorded.inc();
                self.unsynced = self.unsynced.saturating_add(1);
                true
            }
            Err(error) => {
                self.unrecorded.count();
                self.failed(&error);
                false
            }
        }
    }

    /// Writes how many decisions are missing, when there are enough of them to be told.
    fn tell_unrecorded(&mut self) -> bool {
        /// Fewer are a number of few people, which the ledger refuses: they are counted on.
        const LEAST: u64 = 10;
        let pending = self.unrecorded.pending.load(Ordering::Relaxed);
        if pending < LEAST {
            return false;
        }
        let Some(Current { ledger, .. }) = &mut self.ledger else { return false };
        match ledger.unrecorded(pending) {
            Ok(_) => {
                self.unrecorded.pending.fetch_sub(pending, Ordering::Relaxed);
                true
            }
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    fn sync(&mut self) {
        let unsynced = std::mem::take(&mut self.unsynced);
        if let Some(Err(error)) = self.ledger.as_mut().map(|current| current.ledger.sync()) {
            if matches!(error, LedgerError::Unlinked { .. }) {
                // Written to a file that has no name: they are gone with this process, unless somebody saves them before.
                self.unrecorded.all.inc_by(unsynced);
            }
            self.failed(&error);
        }
    }

    /// Goes on in another file when it is time. What waits in the queue is written there.
    fn rotate(&mut self) {
        let (Some(rotation), Some(current)) = (self.config.rotate, &mut self.ledger) else { return };
        if !current.is_due(rotation) {
            return;
        }
        match current.rotate() {
            Ok(()) => {
                tracing::info!("the ledger goes on in {}", quoted(&current.path()));
                // The file before was synced with its seal.
                self.unsynced = 0;
            }
            Err(error) => {
                // After a write that failed, the file is opened again, or the next one.
                if matches!(error, OpenError::Ledger(LedgerError::Write(_) | LedgerError::Broken)) {
                    self.ledger = None;
                    self.next_attempt = Instant::now() + INTERVAL;
                }
                self.say(format!("the ledger does not go on in another file: {error}"));
            }
        }
    }

    /// Says why a line is not written, and closes a ledger that takes no more.
    fn failed(&mut self, error: &LedgerError) {
        self.say(format!("a decision is not recorded: {error}"));
        if matches!(error, LedgerError::Write(_) | LedgerError::Broken) {
            self.ledger = None;
            self.next_attempt = Instant::now() + INTERVAL;
        }
    }

    fn reopen(&mut self) {
        if self.ledger.is_none() && Instant::now() >= self.next_attempt {
            self.open();
        }
    }

    fn open(&mut self) {
        match open(&self.config) {
            Ok(current) => {
                tracing::info!("the ledger is {}", quoted(&current.path()));
                self.ledger = Some(current);
                self.last_message.clear();
            }
            Err(message) => {
                self.next_attempt = Instant::now() + INTERVAL;
                self.say(format!("NOTHING IS RECORDED: {message}"));
            }
        }
    }

    /// Logs a message, unless it was the last one.
    fn say(&mut self, message: String) {
        if self.last_message != message {
            tracing::error!("{message}");
            self.last_message = message;
        }
    }
}

/// Opens a ledger, or begins one.
///
/// # Errors
///
/// A message for the operator.
fn open(config: &LedgerConfig) -> Result<Current, String> {
    let key = key(&config.key)?;
    Current::open(path_of_process(&config.path), &key, config.rotate.is_some()).map_err(|error| error.to_string())
}

/// Reads the key of a ledger.
///
/// # Errors
///
/// A message for the operator.
pub fn key(path: &Path) -> Result<Key, String> {
    let unread = |error: std::io::Error| format!("the ledger's key {} cannot be read: {error}", quoted(path));
    let mut bytes = Vec::new();
    File::open(path).map_err(unread)?.take(MAX_KEY).read_to_end(&mut bytes).map_err(unread)?;
    Key::new(&bytes).map_err(|error| format!("the ledger's key {}: {error}", quoted(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick::{Atlas, Docket};

    #[test]
    fn a_decision_that_does_not_fit_the_queue_is_counted_and_nobody_waits() {
        let (queue, _writer_that_stands_still) = sync_channel(2);
        let all = IntCounter::new("unrecorded", "unrecorded").unwrap();
        let unrecorded = Arc::new(Unrecorded { pending: AtomicU64::new(0), all: all.clone() });
        let recorder = Recorder { queue, unrecorded: Arc::clone(&unrecorded), thread: Mutex::new(None) };
        let policy = Policy::compile(&Docket::default(), &Atlas::builder().build().unwrap()).unwrap();
        for _ in 0..5 {
            recorder.record(&policy, Meeting::new("m"), IpAddr::from([127, 0, 0, 1]), Region::UNKNOWN, SystemTime::now());
        }
        assert_eq!((unrecorded.pending.load(Ordering::Relaxed), all.get()), (3, 3));
        let begun = Instant::now();
        recorder.stop(Duration::from_millis(50));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
