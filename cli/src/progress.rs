//! A line on the terminal while a load takes long.

use std::cell::Cell;
use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// Loads that take less time than this say nothing.
const PATIENCE: Duration = Duration::from_millis(700);

/// The time between two changes of the line.
const PACE: Duration = Duration::from_millis(100);

/// One line on standard error that changes, when that is a terminal.
pub(crate) struct Progress {
    is_terminal: bool,
    next: Cell<Instant>,
    shown: Cell<bool>,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress::on(io::stderr().is_terminal())
    }

    fn on(is_terminal: bool) -> Progress {
        Progress { is_terminal, next: Cell::new(Instant::now() + PATIENCE), shown: Cell::new(false) }
    }

    /// For readers beside others, which would overwrite each other's line.
    pub(crate) fn silent() -> Progress {
        Progress::on(false)
    }

    /// Shows how far the reading of a file is.
    pub(crate) fn say_read(&self, name: &str, done: u64, length: Option<u64>) {
        self.say(|| match length.filter(|&length| length > 0) {
            Some(length) => format!("reading {name}: {} %", done.saturating_mul(100) / length),
            None => format!("reading {name}: {} KiB", done / 1024),
        });
    }

    /// Shows what is being done, if it is time for that.
    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        let now = Instant::now();
        if self.is_terminal && now >= self.next.get() {
            self.next.set(now + PACE);
            self.shown.set(true);
            let _ = write!(io::stderr(), "\r\x1b[2K{}", what());
        }
    }
}

impl Drop for Progress {
    /// Leaves the terminal as it was.
    fn drop(&mut self) {
        if self.shown.get() {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}

/// A reader that says how far it is.
pub(crate) struct Watched<'a, R> {
    pub(crate) reader: R,
    pub(crate) progress: &'a Progress,
    pub(crate) name: &'a str,
    pub(crate) done: u64,
    /// The file's length, where it has one.
    pub(crate) length: Option<u64>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.done = self.done.saturating_add(u64::try_from(read).unwrap_or(0));
        self.progress.say_read(self.name, self.done, self.length);
        Ok(read)
    }
}
